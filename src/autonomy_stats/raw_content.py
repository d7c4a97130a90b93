"""What the bytes of a raw file are: undo compression, open workbooks, decode text."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

from autonomy_stats.errors import RawFileError, UnrecognisedFileError
from autonomy_stats.raw_limits import held, refuse_large_workbook

__all__ = [
    "DAMAGED",
    "ENCODINGS",
    "OLE",
    "PARQUET",
    "UNDECODED",
    "ZIP",
    "decoded",
    "refuse_no_table",
    "unpacked",
    "workbook_of",
]

TABLE_SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xls")
ENCODINGS = ("utf-8-sig", "cp1252")
UNDECODED = f"{{path}}: the text is in none of the encodings {', '.join(ENCODINGS)}"

ZIP, OLE, GZIP, BZIP2 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"BZh"
PARQUET = b"PAR1"
# Also what a zip raises that needs a password or was packed in a way Python lacks.
DAMAGED = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)


def unpacked(path: Path, content: bytes) -> bytes:
    """Undo gzip, bzip2 and zip (but a workbook, which is a zip too, stays as it is)."""
    try:
        if content.startswith(GZIP):
            return held(path, gzip.open(io.BytesIO(content)).read)
        if content.startswith(BZIP2):
            return held(path, bz2.open(io.BytesIO(content)).read)
        if content.startswith(ZIP):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                names = archive.namelist()
                if any(name.startswith("xl/") for name in names):
                    return content
                if "[Content_Types].xml" in names:
                    raise UnrecognisedFileError(f"{path}: an office file, but not a workbook")
                tables = [n for n in names if n.lower().endswith(TABLE_SUFFIXES)]
                if len(tables) != 1:
                    inside = f" ({', '.join(map(repr, tables[:5]))})" if tables else ""
                    raise RawFileError(
                        f"{path}: a zip with {len(tables)} tables in it{inside}; one is expected; "
                        "unpack it into the raw folder, and keep the zip elsewhere"
                    )
                with archive.open(tables[0]) as stream:
                    return held(path, stream.read)
    except DAMAGED as problem:
        raise RawFileError(
            f"{path}: cut short or damaged ({problem}); download the file again"
        ) from None
    return content


def workbook_of(path: Path, content: bytes) -> Any:
    """Open a workbook through calamine, which reads a formula's error as a blank cell.

    Such errors are refused, but in the old format (.xls), where they cannot be told.
    """
    from python_calamine import CalamineWorkbook

    try:
        failed = refuse_large_workbook(path, content) if content.startswith(ZIP) else ""
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except RawFileError:
        raise
    except Exception as problem:  # calamine raises several kinds
        raise RawFileError(
            f"{path}: not a workbook that can be read ({problem}); download the file again"
        ) from None
    if failed:
        raise RawFileError(
            f"{path}, cell {failed}: holds an error in place of its number; download the file again"
        )
    return workbook


def refuse_no_table(path: Path, content: bytes) -> None:
    """Refuse what is no table: nothing, a web page, binary data."""
    if not content.strip():
        raise RawFileError(f"{path}: the file is empty; download it again")
    if content.lstrip()[:1] == b"<":
        raise RawFileError(
            f"{path}: a web page or XML, not a table; a site's error page is often saved under "
            "the name of the file: download the file again"
        )
    if b"\x00" in content[:4096]:
        raise UnrecognisedFileError(
            f"{path}: neither a workbook nor text; expected .xlsx, .xls or text"
        )


def decoded(path: Path, content: bytes) -> str:
    """Decode text, refusing what is no table."""
    refuse_no_table(path, content)
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RawFileError(UNDECODED.format(path=path))
