"""Rows of a figure of several cities: headings, names, and axes that the rows of all share."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.intervals import span
from autonomy_stats.figures.style import INK, MARKERS, MUTED, PALETTE, plain_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "GAP",
    "Row",
    "heading",
    "judged_limits",
    "look_of",
    "note_lines",
    "set_rows",
    "within",
    "write_beside",
]

GAP = 0.5
"""Space before a heading, in rows."""


@dataclass(frozen=True)
class Row:
    """A row of a drawing.

    Parameters
    ----------
    height : float
        Where it is; the first is at 0, others below.
    name, part : str
        What stands at its left: name, and next to the axes which part of it.
    cells : tuple of dict
        Its estimates, as rows of a frame, one a panel.
    is_heading : bool
        Whether it names the rows that follow, and has no estimates.
    """

    height: float
    name: str
    part: str = ""
    cells: tuple[dict[Any, Any], ...] = field(default=())
    is_heading: bool = False


def heading(rows: Sequence[Row], name: str) -> Row:
    """Return a heading below the rows that there are."""
    return Row(rows[-1].height - 1 - GAP if rows else 0.0, name, is_heading=True)


def look_of(school_type: str) -> tuple[str, str]:
    """Return colour and marker: charters' own, and those of all other types."""
    number = 0 if school_type == "independent_charter" else 1
    return PALETTE[number], MARKERS[number]


def judged_limits(frame: pd.DataFrame) -> tuple[float, float]:
    """Return limits that hold every point, and the intervals that can be judged.

    Examples
    --------
    >>> frame = pd.DataFrame({"estimate": [1.0, 2.0], "conf_low": [0.0, -90.0],
    ...                       "conf_high": [2.0, 90.0], "note": ["", "too few to judge"]})
    >>> [round(end, 2) for end in judged_limits(frame)]
    [-0.12, 2.12]
    """
    noted = frame["note"].notna() & (frame["note"] != "")
    ends = frame[["conf_low", "conf_high"]]
    low, high = span(frame.assign(**ends.mask(noted)))
    return (low, high) if high > low else span(frame)


def within(text: str, most: int) -> str:
    """Return a text cut to so many characters; the CSV has the whole of it."""
    return text if len(text) <= most else f"{text[: most - 4].rstrip()} ..."


def note_lines(text: str, most: int = 2) -> str:
    """Return a note in so many lines of 27 letters; the CSV has the whole of a longer one.

    Examples
    --------
    >>> note_lines("too few to judge; 6 of 114 schools lack a control").splitlines()
    ['too few to judge; 6 of 114', 'schools lack a control']
    """
    return "\n".join(textwrap.wrap(text, 27, max_lines=most, placeholder=" ..."))


def set_rows(
    axes: Axes,
    rows: Sequence[Row],
    limits: tuple[float, float],
    *,
    names: float = 0.0,
    zero: bool = True,
    ticks: int = 5,
) -> None:
    """Set the axes of rows, and write names at their left.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes of a panel.
    rows : sequence of Row
        The rows.
    limits : tuple of float
        Horizontal limits.
    names : float
        Inches at the left for the names; 0: none, for a panel beside another.
    zero : bool
        Whether to mark zero.
    ticks : int
        Most intervals between ticks.
    """
    axes.set_xlim(*limits)
    axes.set_ylim(min(row.height for row in rows) - 0.8, 0.8)
    told = [row for row in rows if not row.is_heading]
    axes.set_yticks([row.height for row in told], [row.part if names else "" for row in told])
    axes.tick_params(axis="y", labelsize=8.5, labelcolor=MUTED, pad=7)
    axes.tick_params(axis="x", labelsize=8)
    locator = MaxNLocator(ticks)
    low, high = limits
    axes.set_xticks([t for t in locator.tick_values(low, high) if low <= t <= high])
    plain_axes(axes, zero=zero)
    axes.set_facecolor("none")  # a heading may reach below the panel beside
    for row in rows if names else ():
        axes.annotate(
            row.name,
            (0, row.height),
            xycoords=("axes fraction", "data"),
            xytext=(-72 * names, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=INK,
            fontweight="bold" if row.is_heading else "normal",
            annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1} if row.is_heading else None,
        )


def write_beside(
    axes: Axes, height: float, text: str, offset: float, size: float = 8.5, colour: str = INK
) -> None:
    """Write a text at the right of the axes, so many points from them."""
    axes.annotate(
        text,
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=(offset, 0),
        textcoords="offset points",
        va="center",
        fontsize=size,
        color=colour,
        annotation_clip=False,
    )
