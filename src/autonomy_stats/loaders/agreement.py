"""Columns that must agree with each other: how a column under another's header is told.

A layout declares what holds in each of its rows: parts that add up, a percent that is a count over
a total, a number that is at most another. Agencies print a few rows in which it does not
(`autonomy_stats.quality` counts them), so that one row that fails is let pass. Where more fail
than slips explain (`cells.too_many`), a column stands under another's header or rows are shifted,
and the file is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError, Where
from autonomy_stats.loaders.cells import too_many
from autonomy_stats.loaders.layout import normal

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

__all__ = [
    "Agreement",
    "adds_up",
    "adds_up_to",
    "at_most",
    "check_agreements",
    "is_share",
    "together",
]

STORED = 1e-6
"""How far apart equal numbers may be stored."""

PLAIN = r"^-?\d{1,15}(\.\d{1,15})?$"
"""A number as most cells write it."""

MISSING = float("nan")


@dataclass(frozen=True)
class Agreement:
    """What must hold between columns in each row.

    Parameters
    ----------
    texts : tuple of str
        Header texts; a file that lacks one of them is not checked.
    wrong : callable
        Given an array of numbers for each text, returns where it does not hold.
    meaning : str
        What must hold, for the error.
    blank : float
        What a blank cell stands for; missing: its row is not checked.
    optional : bool
        Whether texts but the first may be absent, and are then left out.
    marks : bool
        Whether rows are checked too in which a mark or nothing stands for a number, which is then
        missing.
    """

    texts: tuple[str, ...]
    wrong: Callable[..., Any]
    meaning: str
    blank: float = MISSING
    optional: bool = False
    marks: bool = False


def adds_up(
    parts: Sequence[str],
    whole: str,
    slack: float = STORED,
    blank: float = MISSING,
    *,
    optional: bool = False,
) -> Agreement:
    """Return that columns add up to another one.

    Parameters
    ----------
    parts : sequence of str
        Header texts.
    whole : str
        Header text of the sum.
    slack : float
        How far apart they may lie.
    blank, optional
        As in `Agreement`.
    """
    return Agreement(
        (whole, *parts),
        lambda whole, *parts: abs(sum(parts) - whole) > slack,
        f"{_listed(parts)} add up to {whole!r}",
        blank,
        optional,
    )


def adds_up_to(number: float, parts: Sequence[str], slack: float) -> Agreement:
    """Return that columns add up to a number, give or take a slack."""
    return Agreement(
        tuple(parts),
        lambda *parts: abs(sum(parts) - number) > slack,
        f"{_listed(parts)} add up to {number:g}",
    )


def is_share(
    count: str, total: str, percent: str, slack: float = 1.0, blank: float = MISSING
) -> Agreement:
    """Return that a percent, or a fraction, is a count over a total.

    Parameters
    ----------
    count, total, percent : str
        Header texts.
    slack : float
        How many points they may lie apart.
    blank : float
        As in `Agreement`.
    """

    def wrong(count: Array, total: Array, percent: Array) -> Any:
        import numpy as np

        # A column of percents that all lie within 0 and 1 is one of fractions.
        scale = 100.0 if np.max(percent, initial=0.0) <= 1 else 1.0
        some = total > 0
        return some & (abs(100 * count / np.where(some, total, 1.0) - scale * percent) > slack)

    meaning = f"{percent!r} is {count!r} of {total!r}"
    return Agreement((count, total, percent), wrong, meaning, blank)


def at_most(less: str, more: str, slack: float = STORED, *, zero: bool = True) -> Agreement:
    """Return that a column is nowhere above another, but for a slack.

    Where `zero` is false, a zero in the other says nothing: it is not known there.
    """
    return Agreement(
        (less, more),
        lambda less, more: (less > more + slack) & ((more > 0) | zero),
        f"{less!r} is at most {more!r}",
    )


def together(*texts: str) -> Agreement:
    """Return that columns are all numbers in a row, or none of them is."""

    def wrong(*columns: Array) -> Any:
        import numpy as np

        missing = np.isnan(columns)
        return missing.any(axis=0) & ~missing.all(axis=0)

    meaning = f"a row has numbers in all of {_listed(texts)}, or in none"
    return Agreement(texts, wrong, meaning, marks=True)


def check_agreements(
    agreements: Sequence[Agreement],
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    where: Callable[[int], Where],
) -> None:
    """Raise if columns disagree in more rows than an agency's slips explain.

    Parameters
    ----------
    agreements : sequence of Agreement
        What must hold.
    header : sequence of str
        Header texts of a sheet.
    rows : sequence of sequence of str
        Its rows below the header.
    where : callable
        Gives the place of a row, by its index.

    Raises
    ------
    DataError
        Naming the columns and the first row in which they disagree.
    """
    import numpy as np

    places = {normal(text): index for index, text in enumerate(header) if text}
    held: dict[str, tuple[Array, Any]] = {}
    for agreement in agreements:
        texts = tuple(text for text in agreement.texts if normal(text) in places)
        whole = texts == agreement.texts
        if not whole and not (agreement.optional and texts[:1] == agreement.texts[:1]):
            continue
        for text in set(texts) - held.keys():
            at = places[normal(text)]
            cells = [row[at] if at < len(row) else "" for row in rows]
            held[text] = _numbers(cells), np.array([c == "" for c in cells])
        values, blank = (np.array([held[text][n] for text in texts]) for n in (0, 1))
        values = np.where(blank, agreement.blank, values)
        absent = np.isnan(values)
        checked = ~blank.all(axis=0) & (agreement.marks | ~absent.any(axis=0))
        wrong = checked.copy()
        wrong[checked] = agreement.wrong(*values[:, checked])
        if too_many(wrong, checked):
            first = int(wrong.nonzero()[0][0])
            got = ", ".join("no number" if v != v else f"{v:g}" for v in values[:, first])
            raise DataError(
                f"{where(first)}: the columns {_listed(texts)} do not agree: got {got}; expected "
                f"that {agreement.meaning}. So it is in {int(wrong.sum())} of "
                f"{int(checked.sum())} rows: a column may stand under another's header, or rows "
                "may be shifted. Download the file again"
            )


def _numbers(cells: Sequence[str]) -> Array:
    """Return cells as numbers, missing where one is none; fast where all are plain, by Arrow."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array(cells, pa.string())
    plain = pc.match_substring_regex(texts, PLAIN)
    values = pc.if_else(plain, texts, None).cast(pa.float64()).to_numpy(zero_copy_only=False)
    values = np.array(values)
    for index in map(int, np.flatnonzero(~plain.to_numpy(zero_copy_only=False))):
        values[index] = _number(cells[index]) if cells[index] else MISSING
    return values


def _number(cell: str) -> float:
    """Return a cell as a number, missing if it is none."""
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return MISSING


def _listed(texts: Sequence[str], most: int = 4) -> str:
    """Return header texts in quotes, a long list cut."""
    shown = ", ".join(repr(" ".join(text.split())) for text in texts[:most])
    return shown if len(texts) <= most else f"{shown} and {len(texts) - most} more"
