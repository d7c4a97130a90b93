"""A type's difference without each school, operator or type: those that move it most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.intervals import draw_interval
from autonomy_stats.figures.rows import judged_limits
from autonomy_stats.figures.style import MARKERS, MUTED, PALETTE, plain_axes
from autonomy_stats.labels import capital, type_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_without_one"]

SMALL = 7.5
"""Size of the letters."""

LONGEST = 33
"""Most characters of a name; the table has the whole of it."""

CAPITALS = 0.75
"""Share of the characters for which a line has room in capitals."""

MOST = {"school": 4, "operator": 3, "type": 3}
"""How many of each kind are drawn, those that move the estimate most."""


def draw_without_one(
    axes: Axes, table: pd.DataFrame, school_type: str, fit_row: dict[Any, Any]
) -> None:
    """Draw the difference as it is, then without what moves it most.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    table : pandas.DataFrame
        As `influence` returns it.
    school_type : str
        Which type.
    fit_row : dict
        The type's row of `Fit.effects`.
    """
    own = table[(table["school_type"] == school_type) & table["estimate"].notna()]
    rows: list[tuple[str, dict[Any, Any]]] = [("All", fit_row)]
    for kind, most in MOST.items():
        found = own[own["left_out"] == kind]
        order = np.argsort(-found["change"].abs().to_numpy(), kind="stable")[:most]
        rows += [(_without(row), row) for row in found.iloc[order].to_dict("records")]
    limits = judged_limits(pd.DataFrame([row for _, row in rows]))
    heights = -np.arange(len(rows), dtype=float)
    for number, (height, (_, row)) in enumerate(zip(heights, rows, strict=True)):
        at = MARKERS[0] if number == 0 else MARKERS[1]
        colour = PALETTE[0] if number == 0 else PALETTE[1]
        draw_interval(axes, height, row, colour=colour, marker=at, size=0.7, limits=limits)
    axes.axvline(float(fit_row["estimate"]), color=MUTED, linewidth=0.8, linestyle="dotted")
    axes.set_xlim(*limits)
    axes.set_ylim(heights[-1] - 0.7, 0.7)
    axes.set_yticks(heights, [name for name, _ in rows])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    plain_axes(axes, zero=True)
    axes.tick_params(labelsize=SMALL)


def _without(row: dict[Any, Any]) -> str:
    """Return the words for what is left out."""
    if row["left_out"] == "type":
        return f"All {type_label(str(row['which']))}"
    name = capital(str(row["name"] or row["which"]))
    name = name.rpartition(" - ")[2] if " - " in name else name
    count = f" ({row['n_schools']})" if row["left_out"] == "operator" else ""
    most = round(LONGEST * (CAPITALS if name.isupper() else 1)) - len(count)
    short = name if len(name) <= most else f"{name[: most - 4].rstrip()} ..."
    return short + count
