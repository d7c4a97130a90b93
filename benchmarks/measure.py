"""What is measured, and how: each case in a process of its own, in turns, medians of repeats."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import peak_mb

# Only what costs next to nothing is imported here: Linux counts the memory of the process that
# starts another as the other's own peak.

OURS = "autonomy-stats"
COMMAND = [sys.executable, "-c", "from autonomy_stats.cli import main; main()"]
"""The command `autonomy-stats` of the package that is measured, wherever it stands."""

EVERY = 0.02
"""Seconds between looks at the memory of a command and the processes that it started."""


@dataclass(frozen=True)
class Case:
    """One program's way to do a thing.

    Parameters
    ----------
    what, program : str
        The thing, and who does it: `OURS`, or another.
    sizes, quick : tuple of int
        Sizes that it is done at, the second ten times the first; and those of a first look.
    unit : str
        What a size counts.
    work : callable, optional
        Given a folder and a size, returns what is timed, without arguments.
    command : callable, optional
        Given a folder and a size, returns a command line that is timed as a whole.
    write : callable, optional
        Given a folder and a size, writes the files that all programs read.
    needs : str
        A module without which the program is left out, or `Rscript`.
    calls : int
        How often it is done in a process; seconds are of the quickest.
    """

    what: str
    program: str
    sizes: tuple[int, ...] = (1,)
    quick: tuple[int, ...] = (1,)
    unit: str = ""
    work: Callable[[Path, int], Callable[[], object]] | None = None
    command: Callable[[Path, int], list[str]] | None = None
    write: Callable[[Path, int], object] | None = None
    needs: str = ""
    calls: int = 1

    @property
    def is_at_hand(self) -> bool:
        """Whether what it needs is installed."""
        return not self.needs or importlib.util.find_spec(self.needs) is not None


def run_here(case: Case, folder: Path, size: int) -> dict[str, float]:
    """Do a case's work in this process."""
    assert case.work is not None
    work = case.work(folder, size)
    seconds = []
    for _ in range(case.calls):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return {"seconds": min(seconds), "peak_mb": peak_mb()}


def run_apart(script: str, case: Case, folder: Path, size: int) -> dict[str, float]:
    """Do a case in a process of its own."""
    if case.command is not None:
        return run_command(case.command(folder, size))
    asked = ["--one", case.what, case.program, str(folder), str(size)]
    done = subprocess.run([sys.executable, script, *asked], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{case.what}, {case.program}: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_command(command: list[str]) -> dict[str, float]:
    """Time a command, and look at the memory of it and of all processes that it starts."""
    import psutil

    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        most, top = 0, psutil.Process(process.pid)
        while process.poll() is None:
            most = max(most, _held(top))
            time.sleep(EVERY)
        seconds = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"{' '.join(command)}: {process.stderr.read().decode()}")
    return {"seconds": seconds, "peak_mb": most / 2**20}


def _held(top: Any) -> int:
    """Return the bytes that a process and its descendants hold, shared ones counted in each."""
    import psutil

    total = 0
    try:
        for process in (top, *top.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.Error:  # one has just ended
        pass
    return total


def measured(
    script: str, cases: Sequence[Case], folder: Path, repeats: int, *, quick: bool
) -> list[dict[str, Any]]:
    """Return a row for each case and size: of one thing, programs take turns."""
    rows = []
    for what in dict.fromkeys(case.what for case in cases):
        own = [case for case in cases if case.what == what and case.is_at_hand]
        for number, size in enumerate(own[0].quick if quick else own[0].sizes):
            at = folder / what.replace(" ", "_").replace(",", "") / str(size)
            at.mkdir(parents=True)
            if own[0].write is not None:
                asked = ["--write", what, own[0].program, str(at), str(size)]
                subprocess.run([sys.executable, script, *asked], check=True)
            here = [case for case in own if size in (case.quick if quick else case.sizes)]
            runs: dict[Case, list[dict[str, float]]] = {case: [] for case in here}
            for _ in range(repeats):
                for case in here:
                    runs[case].append(run_apart(script, case, at, size))
            rows += [_row(case, size, number, found) for case, found in runs.items()]
            print(f"{what}: {size:,} {own[0].unit}", file=sys.stderr, flush=True)
    return _compared(rows)


def _row(case: Case, size: int, number: int, runs: list[dict[str, float]]) -> dict[str, Any]:
    """Return one row of the results."""
    return {
        "what": case.what,
        "size": size,
        "unit": case.unit,
        "program": case.program,
        "median_s": statistics.median(run["seconds"] for run in runs),
        "least_s": min(run["seconds"] for run in runs),
        "peak_mb": max(run["peak_mb"] for run in runs),
        "larger": number,
    }


def _compared(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add how many times as long as ours each took, and as long as it took at the first size."""
    ours = {(row["what"], row["size"]): row for row in rows if row["program"] == OURS}
    first = {(row["what"], row["program"]): row for row in reversed(rows) if not row["larger"]}
    for row in rows:
        own = ours.get((row["what"], row["size"]))
        small = first.get((row["what"], row["program"])) if row.pop("larger") else None
        row["times_ours"] = row["median_s"] / own["median_s"] if own else None
        row["growth_s"] = row["median_s"] / small["median_s"] if small else None
        row["growth_mb"] = row["peak_mb"] / small["peak_mb"] if small else None
    return rows
