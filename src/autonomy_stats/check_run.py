"""Compare a run's tables with committed ones: values, not pixels, and where they drift."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from autonomy_stats.errors import MissingDataError

__all__ = ["ABSOLUTE", "RELATIVE", "Check", "Drift", "check_run"]

RELATIVE = 1e-6
"""Largest difference of two numbers that are the same, relative to the larger.

The tables have ten digits; another processor or another build of the linear algebra moves the last
few of them.
"""

ABSOLUTE = 1e-9
"""The same near zero, where what is left of a subtraction has no digit in common."""

OF_ALL = ("joins", "estimates")
"""Tables of a run as a whole, whose column `figure` says which figure a row belongs to."""

SCORECARD = "scorecard"
NOT_AT_HAND = "no results at hand"
"""How the scorecard's reason begins where the raw files do not hold what a claim needs."""

ENDS = "in the committed table only", "in this run only"


@dataclass(frozen=True)
class Drift:
    """One difference between a run and what was committed.

    Parameters
    ----------
    table : str
        Figure, or table of the run.
    row : str
        Which row: its number in the committed table, and its texts.
    column : str
        Which column; empty if the row or the table is in one of the two only.
    committed, found : str
        The cell in each; for a row or a table, where it is.
    """

    table: str
    row: str
    column: str
    committed: str
    found: str

    def __str__(self) -> str:
        """Return the difference as a line."""
        where = ", ".join(part for part in (self.table, self.row, self.column) if part)
        if not self.column:
            return f"{where}: {self.committed or self.found}"
        return f"{where}: committed {self.committed!r}, now {self.found!r}"


@dataclass(frozen=True)
class Check:
    """What came of comparing a run with committed tables.

    Parameters
    ----------
    compared : tuple of str
        Tables that were compared.
    not_drawn : tuple of str
        Committed figures, and claims of the committed scorecard, that the raw files at hand
        cannot give: no drift.
    drifts : tuple of Drift
        All differences.
    other_inputs : tuple of str
        Figures that this run drew from other files than the committed ones were.
    """

    compared: tuple[str, ...]
    not_drawn: tuple[str, ...]
    drifts: tuple[Drift, ...]
    other_inputs: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing drifted."""
        return not self.drifts


def check_run(
    run: str | os.PathLike[str],
    against: str | os.PathLike[str],
    *,
    skipped: Sequence[str] = (),
    failed: Sequence[str] = (),
    only: Sequence[str] = (),
) -> Check:
    r"""Compare the tables of a run with committed ones.

    Numbers agree within `RELATIVE`, or `ABSOLUTE` near zero; texts must be the same. Rows are
    matched by their texts, so that one that is missing or new is told as that and not as a change
    of every row after it.

    Parameters
    ----------
    run, against : path
        Folder of the run, and of the committed results.
    skipped : sequence of str
        Figures that the raw files at hand can't draw.
    failed : sequence of str
        Figures that failed: a drift if they are committed.
    only : sequence of str
        Figures to compare; default: all, and the tables of the run as a whole.

    Returns
    -------
    Check

    Raises
    ------
    MissingDataError
        If a folder has no table.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as old, tempfile.TemporaryDirectory() as new:
    ...     _ = Path(old, "fig06.csv").write_text("school_type,estimate\npilot,2.5\n")
    ...     _ = Path(new, "fig06.csv").write_text("school_type,estimate\npilot,2.6\n")
    ...     print(*check_run(new, old).drifts)
    fig06, row 1 (pilot), estimate: committed '2.5', now '2.6'
    """
    old, new = _tables(Path(against)), _tables(Path(run))
    if only:
        old, new = ({n: p for n, p in one.items() if n in only} for one in (old, new))
    left_out = set(skipped)
    drifts: list[Drift] = []
    compared: list[str] = []
    not_drawn = [name for name in old if name in left_out]
    for name in {**old, **new}:
        if name in left_out:
            continue
        if name not in old or name not in new:
            where = "failed in this run" if name in failed else ENDS[name not in old]
            drifts.append(Drift(name, "", "", where, ""))
            continue
        compared.append(name)
        if name == SCORECARD:
            claims = _not_at_hand(old[name], new[name])
            not_drawn += [f"claim {claim}" for claim in claims]
            drifts += _compared(name, old[name], new[name], "claim_id", claims)
        elif name in OF_ALL:
            drifts += _compared(name, old[name], new[name], "figure", [*left_out, *failed])
        else:
            drifts += _compared(name, old[name], new[name])
    changed = _other_inputs(Path(against), Path(run), {one.table for one in drifts})
    return Check(tuple(compared), tuple(not_drawn), tuple(drifts), tuple(changed))


def _tables(folder: Path) -> dict[str, Path]:
    """Return the tables of a folder by name."""
    found = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    if not found:
        raise MissingDataError(f"{folder}: no table (.csv) of a run; name the folder of one")
    return found


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return a table's columns and rows, each cell as text."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, restval="")
        rows = list(reader)
        return list(reader.fieldnames or []), rows


def _compared(
    table: str, old: Path, new: Path, column: str = "", leave_out: Sequence[str] = ()
) -> Iterator[Drift]:
    """Yield the differences of two tables, but for rows that are left out."""
    (names, before), (names_now, now) = _read(old), _read(new)
    for name in names:
        if name not in names_now:
            yield Drift(table, "", "", f"column {name} {ENDS[0]}", "")
    for name in names_now:
        if name not in names:
            yield Drift(table, "", "", f"column {name} {ENDS[1]}", "")
    shared = [name for name in names if name in names_now]
    texts = [name for name in shared if not _are_decimals([row[name] for row in before])]
    if column:
        before, now = (
            [row for row in rows if row.get(column) not in leave_out] for rows in (before, now)
        )
    key, key_now = ([tuple(row[name] for name in texts) for row in rows] for rows in (before, now))
    matched = SequenceMatcher(None, key, key_now, autojunk=False)
    for _, start, end, start_now, end_now in matched.get_opcodes():
        both = min(end - start, end_now - start_now)
        for step in range(both):
            label = _label(start + step, before[start + step], texts)
            yield from _cells(table, label, before[start + step], now[start_now + step], shared)
        for at in range(start + both, end):
            yield Drift(table, _label(at, before[at], texts), "", ENDS[0], "")
        for at in range(start_now + both, end_now):
            yield Drift(table, _label(at, now[at], texts), "", ENDS[1], "")


def _cells(
    table: str, label: str, before: dict[str, str], now: dict[str, str], columns: Sequence[str]
) -> Iterator[Drift]:
    """Yield the cells of a row that differ."""
    for name in columns:
        if not _same(before[name], now[name]):
            yield Drift(table, label, name, before[name], now[name])


def _label(at: int, row: dict[str, str], texts: Sequence[str]) -> str:
    """Name a row by its number and its first texts."""
    words = [row[name] for name in texts if row[name]][:3]
    short = [word if len(word) <= 40 else f"{word[:37]}..." for word in words]
    return f"row {at + 1}" + (f" ({', '.join(short)})" if short else "")


def _number(text: str) -> float | None:
    """Return a text as a number, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None


def _are_decimals(cells: Sequence[str]) -> bool:
    """Tell whether a column's cells are numbers that may drift: some have a fraction."""
    numbers = [_number(cell) for cell in cells if cell]
    known = [number for number in numbers if number is not None]
    return len(known) == len(numbers) and any(not number.is_integer() for number in known)


def _same(before: str, now: str) -> bool:
    """Tell whether two cells agree."""
    if before == now:
        return True
    one, other = _number(before), _number(now)
    if one is None or other is None:
        return False
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _not_at_hand(old: Path, new: Path) -> list[str]:
    """Return the claims that this run had no results for, and the committed scorecard had."""
    held = {row["claim_id"]: row["reason"] for row in _read(old)[1]}
    return [
        row["claim_id"]
        for row in _read(new)[1]
        if row["reason"].startswith(NOT_AT_HAND) and held.get(row["claim_id"]) != row["reason"]
    ]


def _other_inputs(old: Path, new: Path, tables: set[str]) -> list[str]:
    """Return which of some figures were drawn from other files than before."""
    before, now = _inputs(old), _inputs(new)
    return [name for name in sorted(tables) if before.get(name) != now.get(name)]


def _inputs(folder: Path) -> dict[str, set[str]]:
    """Return the hashes of each figure's files, as a folder's manifest lists them."""
    found: dict[str, set[str]] = {}
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        for entry in manifest["inputs"].values():
            for figure in entry["figures"]:
                found.setdefault(figure, set()).add(entry["sha256"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return found
