"""A type's difference in each part of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.intervals import draw_interval
from autonomy_stats.figures.rows import judged_limits, write_beside
from autonomy_stats.figures.style import MARKERS, MUTED, PALETTE, plain_axes
from autonomy_stats.labels import capital
from autonomy_stats.models.beside import AGREE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_parts"]

SMALL = 7.5
"""Size of the letters."""

SUBJECTS = {"ela": "ELA", "ela_and_math": "ELA and math"}
"""Names of subjects whose capitals are not at their beginning alone."""

LEVELS = ("elementary", "middle", "high")

GAP = 0.55
"""Space between two splits, in rows."""


def draw_parts(axes: Axes, table: pd.DataFrame, school_type: str, fit_row: dict[Any, Any]) -> None:
    """Draw the difference in each level, subject, group and third of low income.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    table : pandas.DataFrame
        As `heterogeneity` returns it.
    school_type : str
        Which type.
    fit_row : dict
        The type's row of `Fit.effects`: the estimate of all rows stands first.

    Notes
    -----
    A hollow point has a note, such as too few schools to judge; its interval is cut off at the
    ends of the axes, with an arrow. Beside each split stands the p-value of the test that its
    parts agree.
    """
    own = table[(table["school_type"] == school_type) & table["variation"].str.startswith("by ")]
    lines: list[tuple[float, str, dict[Any, Any]]] = [(0.0, "All", fit_row)]
    tests: list[tuple[float, str]] = []
    height = -1.0 - GAP
    for name, rows in own.groupby("variation", sort=False):
        known = rows[(rows["subset"] != AGREE) & rows["estimate"].notna()]
        parts = sorted(known.to_dict("records"), key=_order)
        if not parts:
            continue
        for row in parts:
            lines.append((height, _part(str(name), str(row["subset"])), row))
            height -= 1
        (p_value,) = rows.loc[rows["subset"] == AGREE, "p_value"]
        told = "no test" if p_value != p_value else f"p {p_value:.3f}"
        told = "p < 0.001" if p_value < 0.001 else told
        tests.append((height + 1 + (len(parts) - 1) / 2, told))
        height -= GAP
    limits = judged_limits(pd.DataFrame([row for _, _, row in lines]))
    for at, _, row in lines:
        draw_interval(axes, at, row, colour=PALETTE[0], marker=MARKERS[0], size=0.7, limits=limits)
    axes.axvline(float(fit_row["estimate"]), color=MUTED, linewidth=0.8, linestyle="dotted")
    axes.set_xlim(*limits)
    axes.set_ylim(height + GAP + 0.3, 0.7)
    axes.set_yticks([at for at, _, _ in lines], [name for _, name, _ in lines])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    plain_axes(axes, zero=True)
    axes.tick_params(labelsize=SMALL)
    for at, told in tests:
        write_beside(axes, at, told, 6, SMALL)


def _order(row: dict[Any, Any]) -> tuple[int, str]:
    """Return where a part stands among the others: levels in their own order."""
    name = str(row["subset"])
    return (LEVELS.index(name) if name in LEVELS else 0, name)


def _part(split: str, part: str) -> str:
    """Return the words for a part of the rows."""
    if split == "by share low-income":
        return f"{capital(part.partition(' ')[2])} low-income"
    return SUBJECTS.get(part, capital(part.replace("_", " ")))
