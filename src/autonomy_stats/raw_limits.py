"""Refuse what would take far more memory than its bytes on disk, before it takes any.

A compressed file can unpack to a thousand times its size, and a workbook with a single cell in its
last row and column is read as a table of seventeen thousand million cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

from autonomy_stats.errors import RawFileError

__all__ = ["MOST_CELLS", "MOST_HELD", "MOST_UNPACKED", "held", "refuse_large_workbook"]

MOST_HELD = 256 * 2**20
"""Bytes of unpacked content that are held at once: ten times the largest official workbook's."""

MOST_UNPACKED = 8 * 2**30
"""Bytes that a text read in blocks may unpack to: several times the largest statewide file."""

MOST_CELLS = 2**24
"""Cells of a sheet, up to the last row and column: as many as the old format (.xls) can have."""

_FAR = re.compile(rb'<(?:c|row)(?! r="(?:[A-I]?[A-Z])?[0-9]{1,5}")[\s/>]')
"""A cell or row beyond column IZ or row 99,999, or one whose place is not the first thing told."""

_ERROR = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]* t="e"')


def held(path: Path, read: Callable[[int], bytes]) -> bytes:
    """Return all that a function reads, if that is not too much to hold.

    Raises
    ------
    RawFileError
        If it is more than `MOST_HELD` bytes.
    """
    content = read(MOST_HELD + 1)
    if len(content) > MOST_HELD:
        raise RawFileError(
            f"{path}: unpacks to more than {MOST_HELD >> 20} MiB, too much to be read whole; no "
            "official file of this kind is so large: download it again from the publisher's page"
        )
    return content


def refuse_large_workbook(path: Path, content: bytes) -> str:
    """Refuse a workbook (.xlsx) that is too large to be read, or is none that Excel writes.

    Returns
    -------
    str
        Its first cell with an error such as #DIV/0!; empty if it has none.

    Raises
    ------
    RawFileError
        If it unpacks to more than `MOST_HELD` bytes, a sheet has more than `MOST_CELLS` cells, or
        its XML declares a document type, which can name other files or repeat itself without end.
    """
    failed = ""
    for name, part in _parts(path, content):
        if b"<!DOCTYPE" in part:
            raise RawFileError(
                f"{path}: {name} declares a document type, as no workbook does; not read: download "
                "the file again from the publisher's page"
            )
        if b"sheetData" not in part:
            continue
        if _FAR.search(part) or b"<!" in part or b":c" in part or b":row" in part:
            rows, columns = _extent(path, name, part)
            if rows * columns > MOST_CELLS:
                raise RawFileError(
                    f"{path}: {name} reaches to row {rows:,} and column {columns:,}; at most "
                    f"{MOST_CELLS:,} cells are read. Delete what stands far below or beside the "
                    "table, or save the sheet as CSV"
                )
        if not failed and b' t="e"' in part and (found := _ERROR.search(part)):
            failed = found.group(1).decode()
    return failed


def _parts(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the files in a workbook, whatever size each says it has."""
    left = MOST_HELD
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if {"xl/workbook.bin", "content.xml"} & set(archive.namelist()):
            raise RawFileError(f"{path}: a workbook of another format; save it as .xlsx")
        for member in archive.infolist():
            member.file_size = left + 2  # not what it says, but its end or the limit
            with archive.open(member) as stream:
                part = stream.read(left + 1)
            left -= len(part)
            if left < 0:
                raise RawFileError(
                    f"{path}: the workbook unpacks to more than {MOST_HELD >> 20} MiB; not read: "
                    "download it again from the publisher's page, or save the sheet as CSV"
                )
            yield member.filename, part


def _extent(path: Path, name: str, sheet: bytes) -> tuple[int, int]:
    """Return the last row and the last column of a sheet that hold something, counted from 1."""
    row = column = rows = columns = 0
    in_cell = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, rows, columns, in_cell
        tag = tag.rpartition(":")[2]
        place = attributes.get("r", "").upper()
        letters = place.rstrip("0123456789")
        number = place[len(letters) :]
        if tag == "row":
            row, column = int(number or row + 1), 0
        elif tag == "c":
            row = int(number or row)
            column = _column(letters) or column + 1
            in_cell = True
        elif in_cell:
            rows, columns = max(rows, row), max(columns, column)

    def end(tag: str) -> None:
        nonlocal in_cell
        in_cell = in_cell and tag.rpartition(":")[2] != "c"

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(sheet, True)
    except (expat.ExpatError, ValueError) as problem:
        raise RawFileError(
            f"{path}: {name} cannot be read ({problem}); download the file again"
        ) from None
    return rows, columns


def _column(letters: str) -> int:
    """Return the number of a column, from 1; 0 for none.

    Examples
    --------
    >>> _column("A"), _column("XFD"), _column("")
    (1, 16384, 0)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
