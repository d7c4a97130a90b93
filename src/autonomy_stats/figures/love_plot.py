"""How alike schools of a type and reference schools are, share by share: a love plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.style import INK, MUTED, PALETTE, plain_axes
from autonomy_stats.labels import capital, control_label
from autonomy_stats.models.robustness.balance import ADJUSTABLE, SATISFIED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["draw_love"]

SMALL = 7.5
"""Size of the letters."""


def draw_love(axes: Axes, table: pd.DataFrame, school_type: str) -> None:
    """Draw the standardized difference of each share, raw and adjusted.

    Filled: as the schools are. Hollow square: by the regression's weights of the type's and the
    reference's own schools; those of all rows together are at zero by construction. The bands are
    the What Works Clearinghouse's: to 0.05 alike, to 0.25 to be adjusted for.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    table : pandas.DataFrame
        As `balance` returns it.
    school_type : str
        Which type.
    """
    rows = table[(table["school_type"] == school_type) & table["std_difference"].notna()]
    rows = rows.iloc[np.argsort(rows["std_difference"].abs().to_numpy(), kind="stable")]
    heights = np.arange(len(rows))
    for size, shade in ((ADJUSTABLE, "#eeeeee"), (SATISFIED, "#d4d4d4")):
        axes.axvspan(-size, size, color=shade, linewidth=0, zorder=0)
    raw, adjusted = (rows[f"std_difference{end}"] for end in ("", "_reference"))
    axes.hlines(heights, adjusted.fillna(raw), raw, color=MUTED, linewidth=0.8, zorder=2)
    axes.plot(raw, heights, "o", color=PALETTE[0], markersize=5.5, zorder=4, label="as they are")
    axes.plot(
        adjusted,
        heights,
        "s",
        color=INK,
        markerfacecolor="white",
        markersize=4.5,
        zorder=5,
        label="by the regression's weights",
    )
    axes.set_yticks(heights, [capital(control_label(name)) for name in rows["control"]])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    farthest = 1.1 * max(float(np.nanmax(np.abs([raw, adjusted]))), ADJUSTABLE)
    axes.set_xlim(-farthest, farthest)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    plain_axes(axes, zero=True)
    axes.grid(visible=False)
    axes.tick_params(labelsize=SMALL)
    axes.set_xlabel("standard deviations from the reference", fontsize=SMALL)
