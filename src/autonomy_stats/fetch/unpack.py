"""Unpack tables from a zip, trusting nothing that the zip says of itself."""

from __future__ import annotations

import stat
import zipfile
import zlib
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from autonomy_stats.fetch.address import DownloadError

__all__ = ["LIMIT", "unpack"]

LIMIT = 8 << 30
"""Bytes that an archive may unpack to: several times the largest statewide file."""

BLOCK = 1 << 20


def unpack(archive: Path, pattern: str, folder: Path, *, limit: int = LIMIT) -> list[Path]:
    """Unpack the members of a zip whose names fit a pattern, into one flat folder.

    Parameters
    ----------
    archive : pathlib.Path
        A zip.
    pattern : str
        As a shell writes it (`*.txt`), for the last part of a member's name.
    folder : pathlib.Path
        Where the files are written, under the last part of their names: an empty, temporary
        one, since on an error it holds a part of them.
    limit : int
        Bytes that all members together may have, counted as they are written.

    Returns
    -------
    list of pathlib.Path
        The files, in the order of the archive.

    Raises
    ------
    DownloadError
        If the zip is damaged or locked, holds no such member, two of one name, more than the
        limit, or a name that leads out of the folder.
    """
    written: list[Path] = []
    left = limit
    try:
        with zipfile.ZipFile(archive) as content:
            for member in content.infolist():
                _refuse_unsafe(archive, member)
                name = PurePosixPath(member.filename).name
                if member.is_dir() or not fnmatchcase(name, pattern):
                    continue
                target = folder / name
                if target in written:
                    raise DownloadError(f"{archive.name}: two members are called {name!r}")
                left -= _copy(content, member, target, left)
                if left < 0:
                    raise DownloadError(
                        f"{archive.name}: unpacks to more than {limit:,} bytes; not unpacked: if "
                        "the archive is sound, unpack it by hand into the raw folder"
                    )
                written.append(target)
            if not written:
                found = ", ".join(repr(name) for name in content.namelist()[:10])
                raise DownloadError(
                    f"{archive.name}: no member is called {pattern}; it holds {found or 'nothing'}"
                )
    # RuntimeError: a password is needed. NotImplementedError: packed in a way Python lacks.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as problem:
        raise DownloadError(
            f"{archive.name}: damaged, or cannot be unpacked ({problem}); fetch it again"
        ) from None
    return written


def _refuse_unsafe(archive: Path, member: zipfile.ZipInfo) -> None:
    """Refuse names that lead elsewhere, and links."""
    name = member.orig_filename
    path = PurePosixPath(name)
    link = stat.S_ISLNK(member.external_attr >> 16)
    if link or path.is_absolute() or ".." in path.parts or any(c in name for c in "\\:\0"):
        raise DownloadError(
            f"{archive.name}: member {name!r} leads out of the archive; nothing was unpacked: "
            "this is not the publisher's file"
        )


def _copy(content: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Write a member, at most one block more than is left; return its bytes."""
    if member.file_size > left:
        return member.file_size
    size = 0
    with content.open(member) as source, target.open("xb") as sink:
        while size <= left and (block := source.read(BLOCK)):
            sink.write(block)
            size += len(block)
    return size
