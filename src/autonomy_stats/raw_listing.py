"""Find the raw folder, and list its files, whatever else lies in it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from autonomy_stats.errors import MissingDataError

__all__ = ["list_files", "packaged_file", "raw_folder"]

RAW_VARIABLE = "AUTONOMY_STATS_RAW"
DEFAULT_FOLDER = Path("data/raw")

NOTES = {".md", ".json", ".html", ".pdf"}


def raw_folder(raw: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of raw files: the argument, `$AUTONOMY_STATS_RAW`, or `data/raw`.

    Parameters
    ----------
    raw : path or None
        A folder that must exist if given.

    Returns
    -------
    pathlib.Path
        The default folder need not exist.

    Raises
    ------
    MissingDataError
        If the folder that was named, here or in the environment, does not exist.
    """
    named = raw if raw is not None else os.environ.get(RAW_VARIABLE)
    if not named:
        return DEFAULT_FOLDER
    folder = Path(named)
    if not folder.is_dir():
        origin = "raw" if raw is not None else f"${RAW_VARIABLE}"
        raise MissingDataError(
            f"{folder}: no such folder (named by {origin}); name one that exists"
        )
    return folder


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


def packaged_file(package: str, member: str) -> Path | None:
    """Return a data file of an installed package, without importing it; None if absent."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / member
    return path if path.is_file() else None
