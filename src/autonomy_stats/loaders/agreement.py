"""Columns that must agree with each other: how a column under another's header is told.

A layout declares what holds in each of its rows: parts that add up, a percent that is a count over
a total, a number that is at most another. Agencies print a few rows in which it does not
(`autonomy_stats.quality` counts them). Where it fails in more than `MOST_WRONG` of the rows, a
column stands under another's header, or rows are shifted, and the file is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError, Where

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["Agreement", "adds_up", "at_most", "check_agreements", "is_share"]

MOST_WRONG = 0.05
"""Share of the rows in which columns may disagree: in official files it is below a fiftieth."""

STORED = 1e-6
"""How far apart equal numbers may be stored."""


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
        What a cell without a number stands for; missing: its row is not checked.
    """

    texts: tuple[str, ...]
    wrong: Callable[..., Any]
    meaning: str
    blank: float = float("nan")


def adds_up(
    parts: Sequence[str], whole: str | float, slack: float = STORED, blank: float = float("nan")
) -> Agreement:
    """Return that columns add up to another one, or to a number.

    Parameters
    ----------
    parts : sequence of str
        Header texts.
    whole : str or float
        A header text, or the sum.
    slack : float
        How far apart they may lie.
    blank : float
        What a cell without a number stands for.
    """
    if isinstance(whole, str):
        return Agreement(
            (whole, *parts),
            lambda whole, *parts: abs(sum(parts) - whole) > slack,
            f"{_listed(parts)} add up to {whole!r}",
            blank,
        )
    return Agreement(
        tuple(parts),
        lambda *parts: abs(sum(parts) - whole) > slack,
        f"{_listed(parts)} add up to {whole:g}",
        blank,
    )


def is_share(
    count: str, total: str, percent: str, slack: float = 1.0, blank: float = float("nan")
) -> Agreement:
    """Return that a percent, or a fraction, is a count over a total.

    Parameters
    ----------
    count, total, percent : str
        Header texts.
    slack : float
        How many points they may lie apart.
    blank : float
        What a cell without a number stands for.
    """
    import numpy as np

    def wrong(count: Array, total: Array, percent: Array) -> Any:
        # A column of percents that all lie within 0 and 1 is one of fractions.
        scale = 100.0 if np.nanmax(percent, initial=0.0) <= 1 else 1.0
        known = total > 0
        share = 100 * count / np.where(known, total, 1.0)
        return known & (abs(share - scale * percent) > slack)

    meaning = f"{percent!r} is {count!r} of {total!r}"
    return Agreement((count, total, percent), wrong, meaning, blank)


def at_most(less: str, more: str) -> Agreement:
    """Return that a column is nowhere above another.

    Parameters
    ----------
    less, more : str
        Header texts.
    """
    return Agreement(
        (less, more), lambda less, more: less > more + STORED, f"{less!r} is at most {more!r}"
    )


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
        What must hold; header texts normalised.
    header : sequence of str
        Header texts of a sheet, normalised.
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

    places = {text: index for index, text in enumerate(header)}
    held: dict[str, tuple[Array, Any]] = {}
    for agreement in agreements:
        if not set(agreement.texts) <= places.keys():
            continue
        for text in set(agreement.texts) - held.keys():
            at = places[text]
            cells = [row[at] if at < len(row) else "" for row in rows]
            held[text] = np.array([_number(c) for c in cells]), np.array([c == "" for c in cells])
        numbers, blank = (np.array([held[text][n] for text in agreement.texts]) for n in (0, 1))
        values = np.where(blank, agreement.blank, numbers)
        checked = ~np.isnan(values).any(axis=0) & ~blank.all(axis=0)
        wrong = checked & agreement.wrong(*values)
        if wrong.sum() > MOST_WRONG * checked.sum():
            first = int(wrong.nonzero()[0][0])
            got = ", ".join(f"{value[first]:g}" for value in values)
            raise DataError(
                f"{where(first)}: the columns {_listed(agreement.texts)} do not agree: got {got}; "
                f"expected that {agreement.meaning}, and so in {int(wrong.sum())} of "
                f"{int(checked.sum())} rows. A column may stand under another's header: download "
                "the file again"
            )


def _number(cell: str) -> float:
    """Return a cell as a number, missing if it is none."""
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return float("nan")


def _listed(texts: Sequence[str], most: int = 4) -> str:
    """Return header texts in quotes, a long list cut."""
    shown = ", ".join(repr(text) for text in texts[:most])
    return shown if len(texts) <= most else f"{shown} and {len(texts) - most} more"
