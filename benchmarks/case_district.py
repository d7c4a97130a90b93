"""A statewide CAASPP file to the tidy rows of one district, beside what merely reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from caaspp_contenders import CONTENDERS
from measure import OURS, Case

SIZES, QUICK = (350_000, 3_500_000), (2_000, 20_000)
NEEDS = {"polars": "polars", "duckdb": "duckdb"}
SMALL = 2_000


def write(folder: Path, rows: int) -> None:
    """Write the file, and a small one to get ready with."""
    from caaspp_file import write_statewide

    for name, count in (("whole", rows), ("small", min(rows, SMALL))):
        (folder / name).mkdir()
        write_statewide(folder / name / "statewide.txt", count, 0)


def _work(name: str) -> Callable[[Path, int], Callable[[], object]]:
    """Return the work of a contender, which has read a small file already."""

    def ready(folder: Path, _rows: int) -> Callable[[], object]:
        CONTENDERS[name](folder / "small" / "statewide.txt")[0]()
        return CONTENDERS[name](folder / "whole" / "statewide.txt")[0]

    return ready


CASES = tuple(
    Case(
        "statewide file to one district",
        name,
        SIZES,
        QUICK,
        "rows",
        work=_work(name),
        write=write,
        needs=NEEDS.get(name.partition(".")[0], ""),
    )
    for name in sorted(CONTENDERS, key=lambda name: name != OURS)
)
