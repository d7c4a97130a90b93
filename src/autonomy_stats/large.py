"""Delimited text too large to hold in memory: opened anew, as a stream, each time it is read.

Plain, gzip, bzip2, or the one table of a zip; how much text there is, is told by unpacking no
more of it than `LARGE` bytes.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from autonomy_stats.errors import RawFileError
from autonomy_stats.raw_limits import MOST_HELD, MOST_UNPACKED

__all__ = ["LARGE", "LargeText", "find_large"]

LARGE = 16 * 2**20
"""Bytes of text above which a file is read in blocks."""

HEAD = 2**20
"""Bytes that the first rows are looked for in."""

_ZIP, _GZIP, _BZIP2 = b"PK\x03\x04", b"\x1f\x8b", b"BZh"
_NOT_TEXT = (b"\xd0\xcf\x11\xe0", b"PAR1")


@dataclass(frozen=True)
class LargeText:
    """A large delimited text on disk.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    packed : {"", "gzip", "bzip2", "zip"}
        How it is packed.
    member : str
        Name of the table in a zip.
    encoding : str
        Encoding of the text, once it is known.
    """

    path: Path
    packed: str = ""
    member: str = ""
    encoding: str = ""

    def open(self) -> IO[bytes]:
        """Return the text's bytes from the first, unpacked as they are read."""
        if self.packed == "gzip":
            return cast("IO[bytes]", gzip.open(self.path))
        if self.packed == "bzip2":
            return cast("IO[bytes]", bz2.open(self.path))
        if self.packed == "zip":
            with zipfile.ZipFile(self.path) as archive:
                return archive.open(self.member)
        return self.path.open("rb")

    def start(self) -> bytes:
        """Return the first bytes."""
        with self.open() as stream:
            return stream.read(HEAD)

    def head(self) -> str:
        """Return the first lines, whole."""
        start = self.start()
        if len(start) == HEAD:
            start = start[: start.rfind(b"\n") + 1] or start
        return start.decode(self.encoding, errors="replace")

    def text(self) -> str:
        """Return all of the text, at the cost of holding it."""
        with self.open() as stream, io.TextIOWrapper(stream, self.encoding, newline="") as text:
            content = text.read(MOST_HELD + 1)
        if len(content) > MOST_HELD:
            raise RawFileError(
                f"{self.path}: more than {MOST_HELD >> 20} MiB of text, in a layout that is read "
                "whole; write it as Parquet, or as several files of fewer rows"
            )
        return content

    def encoding_of(self, encodings: Sequence[str]) -> str | None:
        """Return the first of several encodings that decodes the whole text; None if none does."""
        for encoding in encodings:
            left = MOST_UNPACKED
            decoder = codecs.getincrementaldecoder(encoding)()
            try:
                with self.open() as stream:
                    while chunk := stream.read(HEAD):
                        left -= len(chunk)
                        if self.packed and left < 0:
                            raise RawFileError(
                                f"{self.path}: unpacks to more than {MOST_UNPACKED >> 30} GiB; not "
                                "read: unpack it yourself if it is what its publisher offers"
                            )
                        # Most of such files is plain ASCII, which needs no decoding.
                        if not chunk.isascii() or decoder.getstate()[0]:
                            decoder.decode(chunk)
                    decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
            return encoding
        return None


def find_large(path: Path) -> LargeText | None:
    """Return a file as a large text; None if it is small, no text, or cannot be unpacked.

    Parameters
    ----------
    path : pathlib.Path
        Any file.

    Returns
    -------
    LargeText or None
    """
    try:
        with path.open("rb") as stream:
            first = stream.read(4)
        if first.startswith(_NOT_TEXT):
            return None
        if first.startswith(_ZIP):
            return _in_zip(path)
        packed = {_GZIP: "gzip", _BZIP2: "bzip2"}.get(first[: 2 if first[:2] == _GZIP else 3], "")
        found = LargeText(path, packed)
        if not packed:
            return found if path.stat().st_size > LARGE else None
        with found.open() as stream:
            start = stream.read(4)
            more = stream.read(LARGE)
        return found if len(more) == LARGE and not start.startswith((*_NOT_TEXT, _ZIP)) else None
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None  # what is wrong is said where the file is read whole


def _in_zip(path: Path) -> LargeText | None:
    """Return the only table of a zip, if it is large text."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        tables = [n for n in names if n.lower().endswith((".csv", ".txt", ".tsv"))]
        if len(tables) != 1 or archive.getinfo(tables[0]).file_size <= LARGE:
            return None
        others = [n for n in names if n.lower().endswith((".xlsx", ".xls"))]
        return None if others else LargeText(path, "zip", tables[0])
