"""The whole study, as the command: cold, from tidy tables kept before, and with nothing changed.

On the raw folder of AUTONOMY_STATS_RAW; without one, and in a first look, on Michigan's file of
2001 alone, which comes with a package.
"""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path

from measure import COMMAND, OURS, Case

RAW = "AUTONOMY_STATS_RAW"
WHOLE, ONE = 1, 0
"""Sizes: the whole study, one figure."""


def command(folder: Path, size: int, out: str, *options: str) -> list[str]:
    """Return the command of a run, whose cache is kept in the folder."""
    asked = [*COMMAND, "reproduce", "--out", str(folder / out), *options]
    if size == ONE:
        (folder / "empty").mkdir(exist_ok=True)
        asked += ["--only", "michigan_2001", "--raw", str(folder / "empty")]
    return ["env", f"AUTONOMY_STATS_CACHE={folder / 'cache'}", *asked]


def write(folder: Path, size: int) -> None:
    """Run once, so that its tables are kept."""
    subprocess.run(command(folder, size, "again"), check=True, stdout=subprocess.DEVNULL)


def _cold(folder: Path, size: int) -> list[str]:
    run = command(folder, size, f"cold-{uuid.uuid4().hex}", "--no-cache")
    return [run[0], *run[2:]]


SIZES = (WHOLE,) if os.environ.get(RAW) else (ONE,)
CASES = (
    Case("whole run, cold", OURS, SIZES, (ONE,), command=_cold),
    Case(
        "whole run, tables kept",
        OURS,
        SIZES,
        (ONE,),
        command=lambda folder, size: command(folder, size, f"warm-{uuid.uuid4().hex}"),
        write=write,
    ),
    Case(
        "whole run, nothing changed",
        OURS,
        SIZES,
        (ONE,),
        command=lambda folder, size: command(folder, size, "again"),
        write=write,
    ),
)
