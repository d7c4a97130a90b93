"""How far a type's difference moves if schools are of another type than the roster says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.style import INK, MUTED, PALETTE, plain_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["draw_misclassification"]

SMALL = 7.5
"""Size of the letters."""


def draw_misclassification(
    axes: Axes, table: pd.DataFrame, school_type: str, fit_row: dict[Any, Any]
) -> None:
    """Draw the lowest and the highest estimate by the number of schools of another type.

    Of one school the search is exact; of more, the estimate moves at least so far. Thin lines are
    the intervals of the outermost estimates.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    table : pandas.DataFrame
        As `misclassification` returns it.
    school_type : str
        Which type.
    fit_row : dict
        The type's row of `Fit.effects`.
    """
    own = table[(table["school_type"] == school_type) & (table["moves"] == "any")]
    stated = float(fit_row["estimate"])
    for direction, marker in (("lowest", "v"), ("highest", "^")):
        rows = own[own["direction"] == direction].sort_values("n_moved")
        moved = np.r_[0, rows["n_moved"].to_numpy(float)]
        found = np.r_[stated, rows["estimate"].to_numpy(float)]
        axes.plot(moved, found, color=PALETTE[0], linewidth=1.0, zorder=3)
        axes.plot(moved[1:], found[1:], marker, color=PALETTE[0], markersize=5, zorder=4)
        end = "conf_low" if direction == "lowest" else "conf_high"
        for x, y, outer in zip(moved[1:], found[1:], rows[end], strict=True):
            axes.plot([x, x], [y, outer], color=MUTED, linewidth=0.9, zorder=2)
    interval = [fit_row["conf_low"], fit_row["conf_high"]]
    axes.plot([0, 0], interval, color=MUTED, linewidth=0.9, zorder=2)
    axes.plot(0, stated, "o", color=PALETTE[0], markersize=5.5, zorder=5)
    most = int(own["n_moved"].max()) if len(own) else 0
    axes.set_xticks(range(most + 1))
    axes.set_xlim(-0.3, most + 0.3)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    plain_axes(axes)
    axes.grid(visible=False)
    axes.grid(axis="y", color="#c8c8c8", linewidth=0.5)
    axes.axhline(0, color=INK, linewidth=1.0, zorder=1)
    axes.tick_params(labelsize=SMALL)
    axes.set_xlabel("schools of another type", fontsize=SMALL)
