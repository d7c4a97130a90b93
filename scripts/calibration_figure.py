"""Figure of the calibration study: coverage by city, type and method; made by `calibration.py`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from autonomy_stats.figures.style import INK, MARKERS, MUTED, PALETTE, page, plain_axes, styled
from autonomy_stats.labels import type_label

FIGURE_ID = "calibration"
TITLE = "How often 95 % intervals hold a truth that is known"
METHODS = {
    "CR2": "CR2, Satterthwaite\n(the default)",
    "CR3": "CR3, Satterthwaite",
    "wild_bootstrap": "wild cluster\nbootstrap",
    "permutation": "permutation\nof types",
    "CR1": "CR1, clusters\nless one",
    "CR0": "CR0, normal",
    "HC1": "HC1, not\nclustered",
}
SPREADS = {
    "reference": "All schools vary as the district's",
    "own": "Types of ten schools or more vary as their own",
}
OFFSETS = {"reference": 0.15, "own": -0.15}
TICKS = (0.5, 0.8, 0.95, 0.99, 0.999)
LOWEST, HIGHEST = 0.4, 0.9995
"""Ends of the axis: a share of 1 has no place on a logit scale and is drawn at its end."""
ROW, COLUMN, LABELS = 0.36, 1.15, 2.6
WILSON = 1.96


def data(coverage: pd.DataFrame, words: Mapping[str, str]) -> pd.DataFrame:
    """Return coverage where no type differs, with Wilson's intervals for its Monte Carlo error."""
    rows = coverage[(coverage["truth"] == 0) & coverage["coverage"].notna()]
    runs = rows["runs"] - rows["runs_without_interval"]
    square = WILSON**2 / runs
    middle = (rows["coverage"] + square / 2) / (1 + square)
    half = np.sqrt(rows["coverage"] * (1 - rows["coverage"]) * square + square**2 / 4) / (
        1 + square
    )
    names = ["design", "spread", "school_type", "method", "n_schools", "runs", "coverage"]
    return rows[names].assign(
        place=rows["design"].map(words), low=middle - half, high=np.minimum(middle + half, 1.0)
    )


def draw(frame: pd.DataFrame) -> Figure:
    """Draw one column for each method, one row for each type, on a scale that opens the ends."""
    kinds = frame[["place", "school_type", "n_schools"]].drop_duplicates()
    heights, headings, top = {}, {}, 0.0
    for place, group in kinds.groupby("place", sort=False):
        headings[place] = top
        top -= 1.0
        for row in group.itertuples():
            heights[(place, row.school_type)] = top
            top -= 1.0
    with styled():
        body = ROW * (-top + 0.3) + 1.25
        sheet = page(TITLE, _subtitle(frame), _caption(frame), body, width=11.2)
        for number, (method, words) in enumerate(METHODS.items()):
            axes = sheet.axes(LABELS + number * COLUMN, 0.45, COLUMN - 0.16, body - 1.25)
            _column(axes, frame[frame["method"] == method], heights)
            axes.set_ylim(top + 0.5, 0.6)
            axes.set_title(words, fontsize=8.5, color=INK, pad=5)
            labels = [_label(kind) for kind in kinds.itertuples()] if number == 0 else []
            axes.set_yticks(list(heights.values()) if number == 0 else [], labels, fontsize=8.5)
            if number == 0:
                _headings(axes, headings)
        _legend(sheet.axes(0.0, body - 0.34, 8.0, 0.3))
    return sheet.figure


def _subtitle(frame: pd.DataFrame) -> str:
    runs = int(frame["runs"].iloc[0])
    return f"Share of {runs:,} simulated outcomes on each city's design, no type differing in truth"


def _caption(frame: pd.DataFrame) -> str:
    ends = int((frame["coverage"] > HIGHEST).sum())
    return (
        "Dashed line: 95 %. Bars: 95 % intervals for Monte Carlo error. Hollow: the bar lies below "
        "the line. Numbers in brackets: schools. The scale is logit; shares above "
        f"{100 * HIGHEST:g} %, of which there are {ends}, are drawn at its end. The bootstrap and "
        "the permutation test the truth: a test that does not reject it counts as an interval "
        "that holds it. No permutation where schools changed type between the years "
        "(Indianapolis). Types of one school have no interval."
    )


def _label(kind) -> str:
    text = type_label(kind.school_type)
    if text[1].islower():  # not iZone
        text = text[0].upper() + text[1:]
    return f"{text} ({kind.n_schools})"


def _headings(axes: Axes, headings: Mapping[str, float]) -> None:
    """Write the cities above their types, at the left of the page."""
    for place, height in headings.items():
        axes.annotate(
            place,
            (0, height),
            xycoords=("axes fraction", "data"),
            xytext=(-72 * (LABELS - 0.02), 0),
            textcoords="offset points",
            fontsize=9,
            fontweight="bold",
            color=INK,
            va="center",
            annotation_clip=False,
        )


def _column(axes: Axes, rows: pd.DataFrame, heights: Mapping[tuple[str, str], float]) -> None:
    """Draw the points of one method."""
    axes.set_xscale("logit")
    axes.set_xlim(LOWEST, HIGHEST + 0.00015)
    for number, (spread, offset) in enumerate(OFFSETS.items()):
        for row in rows[rows["spread"] == spread].itertuples():
            height = heights[(row.place, row.school_type)] + offset
            ends = np.clip([row.low, row.high], LOWEST, HIGHEST)
            axes.plot(ends, [height] * 2, color=PALETTE[number], linewidth=1.2, zorder=3)
            axes.plot(
                min(row.coverage, HIGHEST),
                height,
                marker=MARKERS[number],
                markersize=4,
                color=PALETTE[number],
                markerfacecolor="white" if row.high < 0.95 else PALETTE[number],
                zorder=4,
                clip_on=False,
            )
    plain_axes(axes)
    axes.axvline(0.95, color=INK, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    axes.set_xticks(TICKS, [f"{100 * tick:g}" for tick in TICKS], fontsize=7)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("%", fontsize=8, color=MUTED, labelpad=1)


def _legend(axes: Axes) -> None:
    """Say what the two marks are."""
    axes.axis("off")
    handles = [
        Line2D([], [], color=PALETTE[i], marker=MARKERS[i], markersize=4.5, linewidth=1.2)
        for i in range(len(SPREADS))
    ]
    axes.legend(
        handles,
        list(SPREADS.values()),
        loc="center left",
        bbox_to_anchor=(-0.01, 0.5),
        ncols=2,
        frameon=False,
        fontsize=9,
    )
