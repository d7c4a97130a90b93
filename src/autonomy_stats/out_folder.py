"""The folder of a run's results: one run at a time, and errors that say what to do."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autonomy_stats.errors import UsageError

__all__ = ["only_run", "scratch_in", "writable"]

SCRATCH = ".writing-results-"
"""Beginning of what this module writes and removes; simulated files are written apart."""


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Make a folder if need be, and say of what cannot be written there what to do about it.

    Raises
    ------
    OSError
        Naming the folder: a full disk, one that is read only, a file of its name, ...
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as problem:
        reason = problem.strerror or str(problem)
        if "results cannot be written" in reason:
            raise
        raise OSError(
            problem.errno,
            f"results cannot be written here ({reason}); make room or give leave to write, or "
            "name another folder with --out",
            str(folder),
        ) from None


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """Give a hidden folder on the disk of another, removed at the end."""
    with tempfile.TemporaryDirectory(
        dir=folder, prefix=SCRATCH, ignore_cleanup_errors=True
    ) as scratch:
        yield Path(scratch)


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder meanwhile, and remove what killed ones left half written.

    The folder itself is locked, by the system, which lets go of it when the process ends in
    whatever way. Where it can lock no folder (Windows, some network disks), two runs at once are
    not told apart: each file is then still whole, but `manifest.json` may be of one run alone.

    Raises
    ------
    UsageError
        If another run is writing there.
    OSError
        If the folder takes nothing.
    """
    absent = not folder.exists()
    locked = None
    try:
        with writable(folder):
            with scratch_in(folder):  # to find out now, not when the first figure is drawn
                pass
            try:
                locked = _lock(folder)
            except UsageError:
                absent = False  # the other run's, made a moment ago
                raise
        if locked is not None:
            _remove_left_over(folder)
        yield
    finally:
        if absent:
            with suppress(OSError):  # a run that draws nothing leaves nothing
                folder.rmdir()
        if locked is not None:
            os.close(locked)


def _lock(folder: Path) -> int | None:
    """Lock a folder until the descriptor is closed; None where the system locks none."""
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise UsageError(
            f"{folder}: another run is writing its results here; wait for it to end, or name "
            "another folder with --out"
        ) from None
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_left_over(folder: Path) -> None:
    """Remove what killed runs left half written."""
    for left in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
