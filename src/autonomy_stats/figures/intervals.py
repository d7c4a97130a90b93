"""Rows of points with intervals: the drawing that most figures share."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.style import INK, MUTED, plain_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["ROW", "draw_intervals", "signed", "span"]

ROW = 0.34
"""Height of a row in inches."""


def draw_intervals(
    axes: Axes,
    rows: pd.DataFrame,
    *,
    colour: str,
    marker: str,
    labels: Sequence[str] | None,
    zero: bool = True,
) -> None:
    """Draw one row for each estimate, from the top down.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    rows : pandas.DataFrame
        `estimate, conf_low, conf_high`, and, where there are any, `bound_low, bound_high`
        (a bar below the interval) and `limit_low, limit_high` (a thin line through it). A row
        without an estimate is left blank; one whose `note` is not empty is drawn hollow.
    colour, marker : str
        Of the points.
    labels : sequence of str or None
        Names of the rows; None: none, for a panel beside another.
    zero : bool
        Whether to mark zero.
    """
    heights = np.arange(len(rows))[::-1]
    for height, row in zip(heights, rows.to_dict("records"), strict=True):
        if not np.isfinite(row["estimate"]):
            axes.annotate(
                str(row.get("note", "")),
                (0, height),
                xytext=(4, 0),
                textcoords="offset points",
                color=MUTED,
                fontsize=8,
                va="center",
            )
            continue
        if np.isfinite(row.get("limit_low", np.nan)):
            ends = [row["limit_low"], row["limit_high"]]
            axes.plot(ends, [height - 0.28] * 2, color=MUTED, linewidth=0.9, zorder=2)
        low, high = row.get("bound_low", np.nan), row.get("bound_high", np.nan)
        if np.isfinite(low) and np.isfinite(high):
            axes.plot(
                [low, high],
                [height - 0.28] * 2,
                color=MUTED,
                linewidth=3.2,
                alpha=0.6,
                solid_capstyle="butt",
                zorder=2,
            )
        if np.isfinite(row["conf_low"]):
            axes.plot(
                [row["conf_low"], row["conf_high"]],
                [height] * 2,
                color=colour,
                linewidth=1.8,
                zorder=3,
            )
        hollow = bool(row.get("note"))
        axes.plot(
            row["estimate"],
            height,
            marker=marker,
            markersize=6.5,
            color=colour,
            markerfacecolor="white" if hollow else colour,
            zorder=4,
        )
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_yticks(heights, labels if labels is not None else [""] * len(rows))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    plain_axes(axes, zero=zero)


def span(*frames: pd.DataFrame, pad: float = 0.06) -> tuple[float, float]:
    """Return horizontal limits that hold every point, interval and bound, and zero."""
    ends = ("conf_low", "conf_high", "bound_low", "bound_high", "limit_low", "limit_high")
    columns = ("estimate", *ends)
    values = np.concatenate(
        [frame[c].to_numpy(float) for frame in frames for c in columns if c in frame] + [[0.0]]
    )
    low, high = np.nanmin(values), np.nanmax(values)
    margin = pad * (high - low)
    return float(low - margin), float(high + margin)


def signed(row: Mapping[Hashable, Any]) -> str:
    """Write an estimate with its interval, as the margin of a figure shows it."""
    if not np.isfinite(row["estimate"]):
        return ""
    text = f"{row['estimate']:+.1f}"
    if np.isfinite(row["conf_low"]):
        text += f"  [{row['conf_low']:+.1f}, {row['conf_high']:+.1f}]"
    return text.replace("-", "\N{MINUS SIGN}")


def write_margin(axes: Axes, texts: Sequence[str], heading: str, offset: float = 6) -> None:
    """Write one text for each row at the right of the axes, under a heading."""
    style: dict[str, Any] = {"va": "center", "fontsize": 8.5, "annotation_clip": False}
    heights = np.arange(len(texts))[::-1]
    for height, text in zip(heights, texts, strict=True):
        axes.annotate(
            text,
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(offset, 0),
            textcoords="offset points",
            color=INK,
            **style,
        )
    axes.annotate(
        heading,
        (1, len(texts) - 0.3),
        xycoords=("axes fraction", "data"),
        xytext=(offset, 5),
        textcoords="offset points",
        color=MUTED,
        **style,
    )
