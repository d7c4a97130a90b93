"""List the files of a raw folder, whatever else lies in it."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["list_files"]

NOTES = {".md", ".json", ".html", ".pdf"}


def list_files(folder: Path) -> list[Path]:
    """Return every file below a folder that could be a raw file, in a fixed order.

    Links to folders are followed, each folder once. A link that leads nowhere and a folder that
    cannot be read are listed too, for whoever opens them to say so. Hidden files, notes such as
    `README.md`, pipes, sockets and devices are not listed.
    """
    found: list[Path] = []
    seen: set[tuple[int, int]] = set()

    def unreadable(problem: OSError) -> None:
        found.append(Path(problem.filename))

    if not folder.is_dir():
        return []
    for place, folders, names in os.walk(folder, onerror=unreadable, followlinks=True):
        status = os.stat(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        found += [path for name in names if _could_be_raw(path := Path(place, name))]
    return sorted(found)


def _could_be_raw(path: Path) -> bool:
    """Tell whether a path is a file, or a link that leads nowhere, and no note or lock."""
    return (
        path.suffix.lower() not in NOTES
        and path.name != "SHA256SUMS"
        and not path.name.startswith((".", "~$"))  # ~$: lock file of an open workbook
        and (path.is_file() or (path.is_symlink() and not path.exists()))
    )
