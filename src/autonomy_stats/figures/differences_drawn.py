"""The drawing of a frame of differences: a block of rows for each school type."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.differences import DEFAULT, ORDERED, POOLED, in_order, with_texts
from autonomy_stats.figures.differences_told import (
    LINE_WORDS,
    digits_of,
    subtitle,
)
from autonomy_stats.figures.intervals import draw_interval, signed, write_margin
from autonomy_stats.figures.rows import judged_limits, within, write_beside
from autonomy_stats.figures.style import INK, MARKERS, MUTED, PALETTE, page, plain_axes, styled
from autonomy_stats.labels import capital, type_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_differences"]

LOOKS = {
    POOLED: (PALETTE[0], MARKERS[0]),
    "composite": (PALETTE[0], MARKERS[0]),
    "ela_and_math": (PALETTE[0], MARKERS[0]),
    "ela": (PALETTE[1], MARKERS[1]),
    "math": (PALETTE[2], MARKERS[2]),
}
"""Colour and marker of each subject."""

AGAINST = (INK, MARKERS[3])
OTHERWISE = (MUTED, MARKERS[4])

WIDTH, NAMES, AXES = 10.2, 2.8, 2.2
"""Inches: of the page, of the names at the left, of the axes."""

ARROW = 7
"""Points between the axes and the texts beside them, for the arrows of intervals that go on."""

ROW, GAP = 0.26, 0.45
"""Height of a row in inches, and of the space between two types in rows."""

SCHOOLS, OPERATORS, NOTE = 130, 176, 238
"""Points from the right of the axes to each column of the margin; differences stand first."""

SHORT, LONG = 26, 38
"""Most characters of a name beside the words for a subject, and of one without."""

NOTE_WIDTH, NOTE_SIZE = 25, 7.5
"""Characters of a line of a note, which has two lines at most, and size of its letters."""


@dataclass(frozen=True)
class Line:
    """A row of the drawing: where it is, its names, its numbers and how it looks."""

    height: float
    name: str
    part: str = ""
    row: dict[Any, Any] | None = None
    look: tuple[str, str] = AGAINST
    otherwise: dict[Any, Any] | None = None


def draw_differences(frame: pd.DataFrame, title: str, caption: str) -> Figure:
    """Draw a frame of differences.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `differences` returns it, or as it is read from the figure's CSV.
    title, caption : str
        Texts above and below.

    Returns
    -------
    matplotlib.figure.Figure
        Types with an estimate first, a row for each subject; then the comparisons between
        types, of the first subject; then the reference, and types without an estimate with the
        reason. An interval that leaves the axes ends in an arrow.
    """
    frame = with_texts(frame)
    lines = _lines(frame)
    lowest = min(line.height for line in lines)
    limits = judged_limits(frame)
    with styled():
        height = ROW * (1.6 - lowest)
        sheet = page(title, subtitle(frame), caption, height + 0.6, width=WIDTH)
        axes = sheet.axes(NAMES, 0.35, AXES, height)
        for line in lines:
            _draw(axes, line, limits)
        axes.set_xlim(*limits)
        axes.set_ylim(lowest - 0.8, 0.8)
        axes.set_yticks([line.height for line in lines], [line.part for line in lines])
        axes.tick_params(axis="y", labelsize=8.5, labelcolor=MUTED, pad=ARROW)
        axes.tick_params(axis="x", labelsize=8.5)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        plain_axes(axes, zero=True)
        _margins(axes, lines, digits_of(frame))
    return sheet.figure


def _lines(frame: pd.DataFrame) -> list[Line]:
    """Return the rows of the drawing from the top down, at heights from 0 downwards."""
    reference = frame["reference"].iloc[0]
    own = frame[frame["reference"] == reference]
    default = own[own["line"] == DEFAULT]
    first = default["subject"].iloc[0]
    lines: list[Line] = []
    height = 0.0
    rest: list[str] = []
    for name in in_order(default["school_type"]):
        rows = default[default["school_type"] == name]
        if name == reference or rows["estimate"].isna().all():
            rest.append(name)
            continue
        for number, row in enumerate(rows.to_dict("records")):
            lines.append(_line(height, row, "" if number else name, own))
            height -= 1
        height -= GAP
    others = frame[(frame["reference"] != reference) & (frame["subject"] == first)]
    for name in dict.fromkeys(others["school_type"]):
        lines.append(Line(height, f"{capital(type_label(name))} against"))
        for row in others[others["school_type"] == name].to_dict("records"):
            height -= 1
            lines.append(Line(height, f"    {type_label(row['reference'])}", row=row))
        height -= 1 + GAP
    for name in sorted(rest, key=lambda name: name != reference):
        row = default[default["school_type"] == name].to_dict("records")[0]
        lines.append(Line(height, capital(type_label(name)), row=row))
        height -= 1
    return lines


def _line(height: float, row: dict[Any, Any], name: str, own: pd.DataFrame) -> Line:
    """Return a row of a type, with its estimate by another estimator if there is one."""
    same = own[
        (own["line"] == ORDERED)
        & (own["school_type"] == row["school_type"])
        & (own["subject"] == row["subject"])
        & own["estimate"].notna()
    ].to_dict("records")
    return Line(
        height,
        capital(type_label(name)) if name else "",
        capital(LINE_WORDS.get(row["subject"], row["subject"])),
        row,
        LOOKS.get(row["subject"], AGAINST),
        same[0] if same else None,
    )


def _draw(axes: Axes, line: Line, limits: tuple[float, float]) -> None:
    """Draw the point and the interval of a row, and its name."""
    axes.annotate(
        within(line.name, SHORT if line.part else LONG),
        (0, line.height),
        xycoords=("axes fraction", "data"),
        xytext=(-72 * NAMES, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        annotation_clip=False,
    )
    if line.row is None or not np.isfinite(line.row["estimate"]) or _is_reference(line.row):
        return
    colour, marker = line.look
    draw_interval(axes, line.height, line.row, colour=colour, marker=marker, limits=limits)
    if line.otherwise is not None:
        colour, marker = OTHERWISE
        row = line.otherwise
        draw_interval(
            axes,
            line.height - 0.38,
            row,
            colour=colour,
            marker=marker,
            size=0.55,
            limits=limits,
        )


def _is_reference(row: dict[Any, Any]) -> bool:
    """Tell whether a row is that of the type which the others are compared with."""
    return bool(row["school_type"] == row["reference"])


def _margins(axes: Axes, lines: list[Line], digits: int) -> None:
    """Write the numbers of each row, and its note."""
    told = [line for line in lines if line.row is not None]
    rows = [line.row for line in told if line.row is not None]
    heights = [line.height for line in told]
    shown = [bool(np.isfinite(row["estimate"])) and not _is_reference(row) for row in rows]
    columns = {
        ("difference [95 %]", ARROW): [
            signed(row, digits) if has else "" for row, has in zip(rows, shown, strict=True)
        ],
        ("schools", SCHOOLS): [
            f"{row['n_schools']:,.0f}"
            if has or _is_reference(row)
            else f"({row['n_schools_before']:,.0f})"
            for row, has in zip(rows, shown, strict=True)
        ],
        ("operators", OPERATORS): [
            f"{row['n_operators']:,.0f}" if has and row["n_operators"] == row["n_operators"] else ""
            for row, has in zip(rows, shown, strict=True)
        ],
    }
    for (heading, offset), texts in columns.items():
        write_margin(axes, texts, heading, offset, heights=heights)
    for row, height, has in zip(rows, heights, shown, strict=True):
        offset = NOTE if has else ARROW
        write_beside(axes, height, _note(row, has), offset, NOTE_SIZE, MUTED)


def _note(row: dict[Any, Any], has: bool) -> str:
    """Return the note of a row in two lines at most; the CSV has the whole of a longer one."""
    text = "the reference" if _is_reference(row) else str(row["note"])
    lines = textwrap.wrap(
        text, NOTE_WIDTH if has else NOTE_WIDTH + 3, max_lines=2, placeholder=" ..."
    )
    return "\n".join(lines)
