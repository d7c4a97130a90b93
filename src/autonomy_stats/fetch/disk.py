"""Write into a raw folder so that a file under its final name is always whole.

A file is written in a hidden folder inside the raw folder, checked there, and then moved to
its name in one step: under a final name there is never a part of a file, even if the process
is killed. The raw folder passes over hidden folders; one left by a killed process is removed a
day later.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autonomy_stats.fetch.address import DownloadError
from autonomy_stats.raw import sha256_of

__all__ = ["has_content", "move", "refuse_overwriting", "remove_old_scratch", "scratch_folder"]

SCRATCH = ".fetching-"
DAY = 24 * 3600


def has_content(path: Path, sha256: str) -> bool:
    """Whether a file is there with a hash."""
    return path.is_file() and sha256_of(path) == sha256


def refuse_overwriting(members: dict[str, str], folder: Path) -> None:
    """Refuse to put a member in the place of another file of its name."""
    for name, sha256 in members.items():
        path = folder / name
        if path.exists() and not has_content(path, sha256):
            raise DownloadError(
                f"{path}: left as it is; the archive holds another file of this name (expected "
                f"sha256 {sha256}): move it away and fetch again, or add --accept-changed to "
                "replace it"
            )


def move(path: Path, final: Path) -> None:
    """Give a whole file its final name in one step, its bytes on the disk before it."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(path, final)


@contextmanager
def scratch_folder(raw: Path) -> Iterator[Path]:
    """Give a hidden folder on the raw folder's own disk, removed at the end."""
    raw.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=raw, prefix=SCRATCH) as folder:
        yield Path(folder)


def remove_old_scratch(raw: Path) -> None:
    """Remove what killed processes left, but nothing that one may still be writing."""
    for folder in raw.glob(f"{SCRATCH}*"):
        newest = max((p.stat().st_mtime for p in (folder, *folder.rglob("*"))), default=0.0)
        if time.time() - newest > DAY:
            shutil.rmtree(folder, ignore_errors=True)
