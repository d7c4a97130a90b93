"""A specification curve: sorted estimates with intervals, over the choices that made them.

Above, one point for each specification of one school type, from the smallest estimate to the
largest, with its interval; below, which option of each choice it took. Where a band of marks leans
to one side, that option goes with small or with large estimates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.figures.stamp import stamped
from autonomy_stats.figures.style import INK, MUTED, PALETTE, RULE, page, styled
from autonomy_stats.labels import capital, outcome_label, type_label
from autonomy_stats.mark import marked
from autonomy_stats.models.robustness.choices import CHOICE_NAMES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from autonomy_stats.models.robustness import SpecificationCurve

__all__ = ["curve_rows", "draw_choices", "draw_curve", "plot_specification_curve"]

ESTIMATES = 2.6
"""Height of the upper panel in inches."""

OPTION, BETWEEN = 0.165, 0.1
"""Height of an option, and of the space between choices, in inches."""

LABELS = 2.55
"""Width of the names of the options in inches."""

MANY = 250
"""From so many specifications on, intervals are a band and marks are thin."""

COLOUR = {"positive": PALETTE[0], "negative": PALETTE[1], "neither": "#8a8a8a"}
"""Of intervals that lie above zero, below it, and on both sides."""


def curve_rows(curve: SpecificationCurve, school_type: str) -> pd.DataFrame:
    """Return the estimates of one type, sorted, in the form that the drawings take.

    Parameters
    ----------
    curve : SpecificationCurve
        Of `specification_curve`.
    school_type : str
        A type with estimates.

    Returns
    -------
    pandas.DataFrame
        The rows of `SpecificationCurve.estimates` with an estimate, from the smallest on, with
        their `place` (0, 1, ...).

    Raises
    ------
    UsageError
        If the curve has no such type.
    EstimationError
        If no specification has an estimate of it.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> from autonomy_stats.models.robustness import specification_curve
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> curve = specification_curve(panel.frame, weights=None, draws=0)
    >>> curve_rows(curve, "independent_charter")["place"].tolist()
    [0, 1, 2, 3]
    """
    types = list(dict.fromkeys(curve.estimates["school_type"]))
    if school_type not in types:
        raise UsageError(f"the curve has no type {school_type!r}; it has {', '.join(types)}")
    rows = curve.estimates[curve.estimates["school_type"] == school_type]
    rows = rows[rows["estimate"].notna()]
    if rows.empty:
        raise EstimationError(f"no specification has an estimate of {school_type!r} to draw")
    rows = rows.sort_values(["estimate", "specification"]).reset_index(drop=True)
    return marked(rows.assign(place=rows.index), curve)


def draw_curve(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw sorted estimates with their intervals.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    rows : pandas.DataFrame
        Of `curve_rows`.
    """
    place, estimate = rows["place"].to_numpy(), rows["estimate"].to_numpy()
    low, high = rows["conf_low"].to_numpy(), rows["conf_high"].to_numpy()
    core, sign = rows["core"].to_numpy(dtype=bool), _signs(low, high)
    many = len(rows) > MANY
    for name, colour in COLOUR.items():
        own = (sign == name) & np.isfinite(low)
        width = 0.4 if many else 1.1
        axes.vlines(
            place[own], low[own], high[own], color=colour, linewidth=width,
            alpha=0.35 if many else 0.8, zorder=2,
        )  # fmt: skip
    size = 1.2 if many else 3.2
    axes.plot(place, estimate, ".", color=MUTED, markersize=size, zorder=3)
    axes.plot(place[core], estimate[core], "o", color=INK, markersize=size + 0.6, zorder=4)
    _limit(axes, rows)
    axes.axhline(0, color=INK, linewidth=1.0, zorder=1)
    median = float(np.median(estimate[core] if core.any() else estimate))
    axes.axhline(median, color=MUTED, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1)
    default = rows[rows["default"]]
    if len(default):
        at, value = default["place"].iloc[0], default["estimate"].iloc[0]
        axes.plot(
            at, value, "D", markersize=7, markerfacecolor="white", markeredgecolor=INK,
            markeredgewidth=1.4, zorder=6,
        )  # fmt: skip
    axes.set_xlim(-0.01 * len(rows) - 0.6, 1.01 * len(rows) - 0.4)
    axes.set_xticks([])
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)


def draw_choices(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw which option of each choice the sorted estimates took.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; `draw_curve` draws above.
    rows : pandas.DataFrame
        Of `curve_rows`. Choices with one option only are left out.
    """
    place = rows["place"].to_numpy()
    core = rows["core"].to_numpy(dtype=bool)
    default = rows[rows["default"]]
    ticks, labels, height = [], [], 0.0
    thin = 0.35 if len(rows) > MANY else min(2.6, 330 / len(rows))
    for number, (choice, options) in enumerate(_varied(rows)):
        first = height
        for option in options:
            own = rows[choice].to_numpy() == option
            for kept, colour in ((own & ~core, "#ababab"), (own & core, INK)):
                axes.vlines(place[kept], height - 0.36, height + 0.36, color=colour, linewidth=thin)
            if len(default) and default[choice].iloc[0] == option:
                axes.plot(
                    default["place"].iloc[0], height, "D", markersize=4.5, markerfacecolor="white",
                    markeredgecolor=INK, markeredgewidth=1.1, zorder=5,
                )  # fmt: skip
            ticks.append(height)
            labels.append(option.replace("_", " "))
            height += 1.0
        shade = "#f2f2f2" if number % 2 == 0 else "white"
        axes.axhspan(first - 0.5 - _GAP / 2, height - 0.5 + _GAP / 2, color=shade, zorder=0)
        axes.annotate(
            choice, (0, (first + height - 1) / 2), xycoords=("axes fraction", "data"),
            xytext=(-72 * LABELS + 4, 0), textcoords="offset points", va="center", ha="left",
            fontsize=8.5, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
        height += _GAP
    axes.set_ylim(height - 0.5 - _GAP / 2, -0.5 - _GAP / 2)
    axes.set_xlim(-0.01 * len(rows) - 0.6, 1.01 * len(rows) - 0.4)
    axes.set_yticks(ticks, labels, fontsize=8.5)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)


@stamped
def plot_specification_curve(curve: SpecificationCurve, school_type: str | None = None) -> Figure:
    """Draw the specification curve of one school type.

    Parameters
    ----------
    curve : SpecificationCurve
        Of `specification_curve`.
    school_type : str, optional
        A type; default: the one of most schools in the default specification.

    Returns
    -------
    matplotlib.figure.Figure
        Estimates above, choices below. Black marks are of core specifications, grey ones of the
        rest of the full grid; the diamond is the default. `SIMULATED` stands across a drawing of
        simulated files.

    Raises
    ------
    UsageError, EstimationError
        As `curve_rows`.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> from autonomy_stats.models.robustness import specification_curve
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> curve = specification_curve(panel.frame, weights=None, draws=0)
    >>> len(plot_specification_curve(curve).axes)
    2
    """
    return _plot(school_type or _largest(curve), curve)


def _plot(school_type: str, curve: SpecificationCurve) -> Figure:
    """Draw one type of a curve."""
    rows = curve_rows(curve, school_type)
    options = [options for _, options in _varied(rows)]
    below = OPTION * (sum(map(len, options)) + _GAP * len(options)) + 0.05
    words, unit = outcome_label(curve.outcome)
    with styled():
        sheet = page(
            f"{capital(type_label(school_type))}: {words}, difference from "
            f"{type_label(curve.reference)}",
            f"{capital(unit)}; {len(rows):,} specifications, from the smallest estimate to the "
            f"largest",
            _caption(curve, school_type, rows),
            ESTIMATES + below + 0.15,
        )
        width = sheet.width - LABELS - 0.05
        upper = sheet.axes(LABELS, below + 0.15, width, ESTIMATES - 0.1)
        draw_curve(upper, rows)
        draw_choices(sheet.axes(LABELS, 0.0, width, below), rows)
    return sheet.figure


_GAP = BETWEEN / OPTION
"""Space between choices, in options."""


def _signs(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return on which side of zero each interval lies."""
    return np.where(low > 0, "positive", np.where(high < 0, "negative", "neither"))


def _limit(axes: Axes, rows: pd.DataFrame) -> None:
    """Let the axis hold every estimate and nineteen of twenty intervals; the others go on."""
    estimate = rows["estimate"].to_numpy()
    low, high = rows["conf_low"].dropna(), rows["conf_high"].dropna()
    bottom = min([estimate.min(), 0.0, *([low.quantile(0.05)] if len(low) else [])])
    top = max([estimate.max(), 0.0, *([high.quantile(0.95)] if len(high) else [])])
    margin = 0.06 * (top - bottom)
    axes.set_ylim(bottom - margin, top + margin)


def _varied(rows: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Return the choices with several options, each with its options in their order."""
    first = rows.sort_values("specification")
    varied = [(name, list(dict.fromkeys(first[name]))) for name in CHOICE_NAMES]
    return [(name, options) for name, options in varied if len(options) > 1]


def _largest(curve: SpecificationCurve) -> str:
    """Return the type of most schools in the default specification."""
    default = curve.estimates[curve.estimates["default"]]
    known = default[default["estimate"].notna()]
    if known.empty:
        raise EstimationError("the default specification has no estimate of any type to draw")
    return str(known.sort_values("n_schools")["school_type"].iloc[-1])


def _caption(curve: SpecificationCurve, school_type: str, rows: pd.DataFrame) -> str:
    """Return what is seen, in sentences."""
    summary = curve.summary[curve.summary["school_type"] == school_type]
    core = summary[summary["among"] == "core"].iloc[0]
    percent = f"{100 * curve.conf_level:g} %"
    parts = [
        f"Lines: {percent} intervals, blue above zero, orange below, grey on both sides; "
        "long ones are cut. Diamond: the default. Broken line: median"
        + (" of the core." if not rows["core"].all() else "."),
        f"Of {core['n_estimated']} core specifications {100 * core['positive']:.0f} % are above "
        f"zero ({100 * core['positive_significant']:.0f} % with their interval) and "
        f"{100 * core['negative']:.0f} % below ({100 * core['negative_significant']:.0f} %).",
    ]
    if core["moves_most"]:
        parts.append(
            f"Choosing otherwise moves the estimate most in '{core['moves_most']}': by "
            f"{core['largest_mean_move']:.1f} on average."
        )
    if not rows["core"].all():
        parts.append(
            f"Black: core; grey: others of the full grid of {curve.n_possible:,} specifications."
        )
    own = curve.joint[curve.joint["school_type"] == school_type]
    tested = own[own["p_value"].notna()]
    if len(tested):
        told = ", ".join(
            f"{row['statistic']} p {row['p_value']:.3f}" for row in tested.to_dict("records")
        )
        parts.append(f"If there were no difference in any core specification: {told}.")
    parts.append("A difference between schools, not what attending one does.")
    return " ".join(parts)
