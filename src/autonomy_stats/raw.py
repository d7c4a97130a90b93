"""Find, hash and read raw files, every cell as text.

What a file is, is told by its first bytes, never by its name: a web page saved as `.xlsx`
or a workbook cut short is refused here, before any layout is tried. Compressed files
(gzip, bzip2, zip with one table in it) are read as what they hold.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from autonomy_stats.errors import RawFileError
from autonomy_stats.large import LargeText, find_large
from autonomy_stats.raw_content import (
    DAMAGED,
    ENCODINGS,
    OLE,
    PARQUET,
    UNDECODED,
    ZIP,
    decoded,
    refuse_no_table,
    unpacked,
    workbook_of,
)

__all__ = [
    "DELIMITERS",
    "RawFile",
    "RawSheet",
    "open_raw",
    "sha256_of",
]

DELIMITERS = (",", "\t", ";", "|", "^")


@dataclass(frozen=True)
class RawSheet:
    """One rectangular table of text: a sheet of a workbook, or a whole delimited file.

    Parameters
    ----------
    path : pathlib.Path
        The file on disk.
    name : str or None
        Name of the sheet; None for delimited text.
    rows : list of list of str
        All rows, empty ones too, so that `rows[i]` is row `i + 1` of a spreadsheet.
    """

    path: Path
    name: str | None
    rows: list[list[str]]


@dataclass(frozen=True)
class RawFile:
    """A readable raw file.

    Parameters
    ----------
    path : pathlib.Path
        The file on disk.
    sheet_names : tuple of str
        Sheets of a workbook; empty for delimited text.
    large : LargeText or None
        Text that is too large to hold, and read in blocks.
    """

    path: Path
    _hash: str | Future[str] = field(repr=False)
    sheet_names: tuple[str, ...]
    _content: Any = field(repr=False)
    large: LargeText | None = None
    _opened: dict[str, Any] = field(default_factory=dict, repr=False)
    _read: dict[str, RawSheet] = field(default_factory=dict, repr=False)

    @property
    def sha256(self) -> str:
        """Hash of the file on disk, as downloaded; that of a large file is made in a thread."""
        return self._hash if isinstance(self._hash, str) else self._hash.result()

    @property
    def n_held(self) -> int:
        """About how many bytes are held as long as the file is."""
        if isinstance(self._content, (bytes, str)):
            return len(self._content)
        return 0 if self.large else 8 * self.path.stat().st_size  # a workbook with its sheets

    @property
    def is_workbook(self) -> bool:
        """Whether the file has sheets."""
        return bool(self.sheet_names)

    @property
    def parquet(self) -> bytes | None:
        """Content of a Parquet file; None for any other."""
        return self._content if isinstance(self._content, bytes) else None

    @property
    def is_cut(self) -> bool:
        """Whether a text's last row holds something, but no line break stands after it."""
        if not isinstance(self._content, str) or self._content.endswith(("\n", "\r")):
            return False
        last = self._content[self._content.rfind("\n") + 1 :]
        return bool(last.strip("".join(DELIMITERS) + ' "'))

    def sheet(self, name: str) -> RawSheet:
        """Return a sheet of a workbook, read once."""
        if name not in self._read:
            self._read[name] = self._sheet(name, None)
        return self._read[name]

    def text(self, delimiter: str) -> RawSheet:
        """Return a delimited file, split at a delimiter; read once for each, unless large."""
        if self.large is not None:
            return self._text(delimiter, None)
        if delimiter not in self._read:
            self._read[delimiter] = self._text(delimiter, None)
        return self._read[delimiter]

    def let_go(self) -> None:
        """Let go of the cells that were read; they are read again if asked for."""
        self._read.clear()
        self._opened.clear()

    def head(self, name: str | None, delimiter: str = ",", rows: int = 40) -> RawSheet:
        """Return the first rows of a sheet, or of delimited text (name None)."""
        return self._text(delimiter, rows) if name is None else self._sheet(name, rows)

    def _sheet(self, name: str, most: int | None) -> RawSheet:
        try:
            if name not in self._opened:
                self._opened[name] = self._content.get_sheet_by_name(name)
            rows = self._opened[name].to_python(skip_empty_area=False, nrows=most)
        except Exception as problem:  # calamine raises several kinds
            raise RawFileError(f"{self.path}, sheet {name!r}: cannot be read: {problem}") from None
        return RawSheet(self.path, name, [_as_texts(row) for row in rows])

    def _text(self, delimiter: str, most: int | None) -> RawSheet:
        content = self._content
        if self.large is not None:
            content = self.large.text() if most is None else self.large.head()
        lines = io.StringIO(content.replace("\xa0", " "), newline="")
        reader = csv.reader(lines, delimiter=delimiter)
        try:
            rows = [list(map(str.strip, row)) for row in islice(reader, most)]
        except csv.Error as problem:
            raise RawFileError(
                f"{self.path}, line {reader.line_num}: cannot be read as delimited text: {problem}"
            ) from None
        return RawSheet(self.path, None, rows)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def open_raw(path: str | os.PathLike[str]) -> RawFile:
    """Open a raw file and tell what it is from its content.

    Parameters
    ----------
    path : path
        A workbook or a delimited text, plain or compressed.

    Returns
    -------
    RawFile

    Raises
    ------
    RawFileError
        If the file is missing, empty, cut short, a web page, or holds no table.
    """
    path = Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):  # reading one may never end
        raise RawFileError(f"{path}: a pipe, socket or device; save what it gives as a file")
    if (large := find_large(path)) is not None:
        return _open_large(large)
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise RawFileError(f"{path}: is a folder; a file is expected") from None
    except FileNotFoundError:
        raise RawFileError(f"{path}: no such file") from None
    except OSError as problem:
        raise RawFileError(f"{path}: cannot be read: {problem.strerror}") from None
    sha256 = hashlib.sha256(content).hexdigest()
    content = unpacked(path, content)
    if content.startswith((ZIP, OLE)):
        workbook = workbook_of(path, content)
        return RawFile(path, sha256, tuple(workbook.sheet_names), workbook)
    if content.startswith(PARQUET):
        return RawFile(path, sha256, (), content)
    return RawFile(path, sha256, (), decoded(path, content))


def _open_large(large: LargeText) -> RawFile:
    """Open a text that is too large to hold: decoded as a stream, and hashed while it is read."""
    with _not_damaged(large.path):
        refuse_no_table(large.path, large.start())
    aside = ThreadPoolExecutor(1)
    hashed = aside.submit(_hash_of_large, large.path)
    aside.shutdown(wait=False)  # the thread ends with its work
    with _not_damaged(large.path):
        encoding = large.encoding_of(ENCODINGS)
    if encoding is None:
        raise RawFileError(UNDECODED.format(path=large.path))
    return RawFile(large.path, hashed, (), None, replace(large, encoding=encoding))


def _hash_of_large(path: Path) -> str:
    """Return the sha256 of a large file."""
    with _not_damaged(path):
        return sha256_of(path)


@contextmanager
def _not_damaged(path: Path) -> Iterator[None]:
    """Say of a file that cannot be read to its end what to do about it."""
    try:
        yield
    except DAMAGED as problem:
        raise RawFileError(
            f"{path}: cut short or damaged ({problem}); download the file again"
        ) from None


def _as_texts(row: Iterable[object]) -> list[str]:
    """Return cells as a reader of the sheet sees them."""
    return [
        cell.replace("\xa0", " ").strip() if isinstance(cell, str) else _as_text(cell)
        for cell in row
    ]


def _as_text(cell: object) -> str:
    """Return a cell that holds no text as text: whole numbers without `.0`."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return "" if cell is None else str(cell)
