"""Files as cells, so that tests can spoil any of them alike: read, changed, written again."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from autonomy_stats.loaders.layout import Layout
from autonomy_stats.loaders.matching import match
from autonomy_stats.loaders.tidy_csv import after_comments
from autonomy_stats.raw import open_raw
from autonomy_stats.simulate.files import write_sheets_xlsx

Rows = list[list[Any]]


@dataclass(frozen=True)
class Book:
    """A file as cells: rows by sheet (None: delimited text), and how it is written.

    `tops` is the index of the first row of each sheet's header, `bottoms` that of its last.
    """

    layout: Layout
    sheets: dict[str | None, Rows]
    tops: dict[str | None, int]
    bottoms: dict[str | None, int]
    delimiter: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"
    quoted: bool = False

    @property
    def is_text(self) -> bool:
        return None in self.sheets

    def text(self) -> str:
        """Return delimited text as its agency writes it."""
        stream = io.StringIO()
        if self.quoted:  # all but what is empty, as California does
            for row in self.sheets[None]:
                cells = ('"' + str(cell).replace('"', '""') + '"' if cell else "" for cell in row)
                stream.write(self.delimiter.join(cells) + self.newline)
        else:
            writer = csv.writer(stream, delimiter=self.delimiter, lineterminator=self.newline)
            writer.writerows(self.sheets[None])
        return stream.getvalue()

    def with_rows(self, name: str | None, rows: Rows) -> Book:
        return replace(self, sheets=self.sheets | {name: rows})


def read_book(path: Path, layout: Layout) -> Book:
    """Read an official file back as cells."""
    raw = open_raw(path)
    if raw.is_workbook:
        workbook = load_workbook(path, read_only=True)
        sheets = {s.title: [list(row) for row in s.iter_rows(values_only=True)] for s in workbook}
        workbook.close()
        bottoms = {name: match(raw.sheet(name), layout).header_row - 1 for name in sheets}
        tops = {name: row - layout.grouped for name, row in bottoms.items()}
        return Book(layout, sheets, tops, bottoms)
    content = path.read_bytes()
    text = content.decode("utf-8" if "Peña".encode() in content else "cp1252")
    newline = "\r\n" if "\r\n" in text else "\n"
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter))
    at = after_comments(rows)
    return Book(
        layout,
        {None: rows},
        {None: at},
        {None: at},
        layout.delimiter,
        "utf-8" if "Peña".encode() in content else "cp1252",
        newline,
        text.startswith('"'),
    )


def write_book(book: Book | bytes, path: Path) -> Path:
    """Write a book, or its bytes."""
    if isinstance(book, bytes):
        path.write_bytes(book)
    elif book.is_text:
        path.write_bytes(book.text().encode(book.encoding))
    else:
        write_sheets_xlsx(path, {str(name): rows for name, rows in book.sheets.items()})
    return path
