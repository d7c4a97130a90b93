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

__all__ = ["ROW", "draw_interval", "draw_intervals", "signed", "span", "write_margin"]

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
        draw_interval(axes, height, row, colour=colour, marker=marker)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_yticks(heights, labels if labels is not None else [""] * len(rows))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    plain_axes(axes, zero=zero)


def draw_interval(
    axes: Axes,
    height: float,
    row: Mapping[Hashable, Any],
    *,
    colour: str,
    marker: str,
    size: float = 1.0,
    limits: tuple[float, float] | None = None,
) -> None:
    """Draw one estimate with its interval, and its bounds where it has some.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    height : float
        Height of the row.
    row : mapping
        As a row of `draw_intervals`.
    colour, marker : str
        Of the point.
    size : float
        Size of point and line, as a share of the usual.
    limits : tuple of float, optional
        Where an interval that goes on ends in an arrow.
    """
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
    if not np.isnan(row["conf_low"]):
        ends = np.clip([row["conf_low"], row["conf_high"]], *(limits or (-np.inf, np.inf)))
        axes.plot(ends, [height] * 2, color=colour, linewidth=1.8 * size, zorder=3)
        for end, whole, arrow in zip(
            ends, (row["conf_low"], row["conf_high"]), ("<", ">"), strict=True
        ):
            if end != whole:
                axes.plot(
                    end, height, arrow, color=colour, markersize=5 * size, zorder=3, clip_on=False
                )
    hollow = bool(row.get("note"))
    axes.plot(
        row["estimate"],
        height,
        marker=marker,
        markersize=6.5 * size,
        color=colour,
        markerfacecolor="white" if hollow else colour,
        zorder=4,
    )


def span(*frames: pd.DataFrame, pad: float = 0.06) -> tuple[float, float]:
    """Return horizontal limits that hold every point, interval and bound, and zero."""
    ends = ("conf_low", "conf_high", "bound_low", "bound_high", "limit_low", "limit_high")
    columns = ("estimate", *ends)
    values = np.concatenate(
        [frame[c].to_numpy(float) for frame in frames for c in columns if c in frame] + [[0.0]]
    )
    values = values[np.isfinite(values)]  # an end may lie beyond every rate
    low, high = values.min(), values.max()
    margin = pad * (high - low)
    return float(low - margin), float(high + margin)


def signed(row: Mapping[Hashable, Any], digits: int = 1) -> str:
    """Write an estimate with its interval, as the margin of a figure shows it.

    A zero keeps its sign, which says on which side of zero an end lies.
    """
    if not np.isfinite(row["estimate"]):
        return ""
    text = f"{row['estimate']:+.{digits}f}"
    if not np.isnan(row["conf_low"]):
        text += f"  [{row['conf_low']:+.{digits}f}, {row['conf_high']:+.{digits}f}]"
    return text.replace("-", "\N{MINUS SIGN}").replace("inf", "\N{INFINITY}")


def write_margin(
    axes: Axes,
    texts: Sequence[str],
    heading: str,
    offset: float = 6,
    *,
    heights: Sequence[float] | None = None,
) -> None:
    """Write one text for each row at the right of the axes, under a heading.

    The rows are at the whole numbers from the top down, if no heights are given.
    """
    style: dict[str, Any] = {"va": "center", "fontsize": 8.5, "annotation_clip": False}
    top = len(texts) - 0.3 if heights is None else max(heights) + 0.7
    heights = np.arange(len(texts))[::-1].tolist() if heights is None else heights
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
        (1, top),
        xycoords=("axes fraction", "data"),
        xytext=(offset, 5),
        textcoords="offset points",
        color=MUTED,
        **style,
    )
