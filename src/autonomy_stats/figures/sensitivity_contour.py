"""An estimate over all strengths of a confounder, with what would be as strong as the controls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from autonomy_stats.figures.labels_apart import label_points
from autonomy_stats.figures.stamp import stamped
from autonomy_stats.figures.style import INK, MUTED, PALETTE, page, plain_axes, styled
from autonomy_stats.labels import capital, control_label, listed, outcome_label, type_label
from autonomy_stats.models.robustness.benchmarks import ALL_CONTROLS, GROUPS
from autonomy_stats.models.robustness.sensitivity import sensitivity, sensitivity_contours

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from autonomy_stats.models import Fit

__all__ = ["draw_contour", "plot_sensitivity"]

LEVELS = 9
SIDE = 4.9
"""Height of the drawing in inches."""

CLEAR = 0.06
"""Share of the drawing at each edge where no line is labelled."""

MOST = 0.95
"""No drawing goes further: at 1 the confounder is the type itself."""


def plot_sensitivity(fit: Fit, school_type: str) -> Figure:
    """Draw how strong a confounder would have to be to change an estimate.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects` by least squares.
    school_type : str
        A type with an estimate.

    Returns
    -------
    matplotlib.figure.Figure
        `SIMULATED` stands across the drawing of a fit of simulated files.

    Raises
    ------
    UsageError
        If the type has no estimate.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> len(plot_sensitivity(fit, "independent_charter").axes)
    1
    """
    return _figure(school_type, fit)


def draw_contour(axes: Axes, grid: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """Draw a type's estimate over the strengths of a confounder.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw, its place on the page set.
    grid : pandas.DataFrame
        Of `sensitivity_contours`, of one type.
    table : pandas.DataFrame
        Of `sensitivity`; the rows of that type are benchmarks.

    Returns
    -------
    list of str
        Benchmarks that lie beyond the drawing, or have no room for a name, in words.
    """
    of_type, of_outcome = (np.unique(grid[name]) for name in ("r2_type", "r2_outcome"))
    shape = len(of_outcome), len(of_type)

    def over(name: str) -> np.ndarray:
        return grid[name].to_numpy().reshape(shape)

    axes.set_xlim(0, of_type[-1])
    axes.set_ylim(0, of_outcome[-1])
    found = over("estimate")
    levels = [at for at in MaxNLocator(LEVELS).tick_values(found.min(), found.max()) if at != 0]
    lines = axes.contour(
        of_type, of_outcome, found, levels, colors=MUTED, linewidths=0.6, linestyles="solid"
    )
    texts = axes.clabel(lines, fmt="%+.3g", fontsize=7.5, colors=MUTED, inline_spacing=3)
    texts = _inside(axes, texts)
    _line(axes, of_type, of_outcome, over("estimate"), 0.0, "solid")
    nearest = "conf_low" if grid["estimate"].iloc[0] > 0 else "conf_high"
    if grid[nearest].notna().all():
        _line(axes, of_type, of_outcome, over(nearest), 0.0, "dashed")
    plain_axes(axes)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(True)
    own = table[(table["school_type"] == grid["school_type"].iloc[0]) & (table["times"] > 0)]
    return _benchmarks(axes, own, list(texts))


def _inside(axes: Axes, texts: Sequence[Text]) -> list[Text]:
    """Return the labels of lines that stand clear of the edges, and remove the others."""
    kept = []
    for text in texts:
        at = axes.transAxes.inverted().transform(axes.transData.transform(text.get_position()))
        if (at > CLEAR).all() and (at < 1 - CLEAR).all():
            kept.append(text)
        else:
            text.remove()
    return kept


def _line(
    axes: Axes, x: np.ndarray, y: np.ndarray, values: np.ndarray, at: float, style: str
) -> None:
    """Draw one contour in ink, if it crosses the drawing."""
    if values.min() < at < values.max():
        axes.contour(x, y, values, [at], colors=INK, linewidths=1.4, linestyles=style)


def _benchmarks(axes: Axes, rows: pd.DataFrame, texts: list) -> list[str]:  # type: ignore[type-arg]
    """Draw each benchmark once as strong, and smaller and hollow more times as strong."""
    points: list[tuple[float, float]] = []
    others: list[tuple[float, float]] = []
    names, beyond = [], []
    right, top = axes.get_xlim()[1], axes.get_ylim()[1]
    for benchmark, own in rows.groupby("benchmark", sort=False):
        own = own[(own["r2_type"] <= right) & (own["r2_outcome"] <= top)].sort_values("times")
        if not (own["times"] == 1).any():
            beyond.append(_name(str(benchmark)))
            continue
        axes.plot(own["r2_type"], own["r2_outcome"], color=PALETTE[0], linewidth=0.6, zorder=3)
        for row in own.to_dict("records"):
            once = row["times"] == 1
            axes.plot(
                row["r2_type"],
                row["r2_outcome"],
                marker="D" if once else "o",
                markersize=5.5 if once else 3.5,
                color=PALETTE[0],
                markerfacecolor=PALETTE[0] if once else "white",
                linestyle="none",
                clip_on=False,
                zorder=4,
            )
            (points if once else others).append((row["r2_type"], row["r2_outcome"]))
        names.append(_name(str(benchmark)))
    without = label_points(axes, points, names, beside=texts, others=others)
    return beyond + without


def _name(benchmark: str) -> str:
    """Return the words for a benchmark."""
    if benchmark == ALL_CONTROLS or benchmark in GROUPS:
        return benchmark
    return (
        f"share {control_label(benchmark)}"
        if benchmark.endswith("_pct")
        else (control_label(benchmark))
    )


@stamped
def _figure(school_type: str, fit: Fit) -> Figure:
    """Draw the figure on a page of its own."""
    table = sensitivity(fit)
    own = table[(table["school_type"] == school_type)]
    single = own[(own["times"] == 1) & (own["benchmark"] != ALL_CONTROLS)]
    once = single[["r2_type", "r2_outcome"]].max(axis=1)
    seen = float(once[once < MOST].max()) if (once < MOST).any() else 0.0
    value = float(own["robustness_value"].iloc[0]) if len(own) else 0.0  # no type: refused below
    most = float(np.clip(max(1.25 * value, 1.15 * seen), 0.05, MOST))
    grid = sensitivity_contours(fit, school_type, most=most)
    words, unit = outcome_label(fit.outcome)
    with styled():
        beyond: list[str] = []
        for _ in range(2):  # again, once it is known what lies beyond
            sheet = page(
                f"{capital(type_label(school_type))}: how strong would a confounder have to be?",
                f"Difference in {words} ({unit}) next to a confounder of each strength",
                _caption(own, fit, beyond),
                SIDE + 0.75,
            )
            axes = sheet.axes(0.75, 0.6, 6.4, SIDE)
            beyond = draw_contour(axes, grid, table)
        axes.set_xlabel("share of the remaining variance of the type that it explains")
        axes.set_ylabel("share of the remaining variance of the outcome")
    return sheet.figure


def _caption(own: pd.DataFrame, fit: Fit, beyond: list[str]) -> str:
    """Say what is drawn."""
    row = own.iloc[0]
    level = f"{100 * fit.conf_level:g} %"
    parts = [
        f"The difference is {row['estimate']:+.1f}. Solid: where it would be zero (both sides "
        f"{row['robustness_value']:.2f})."
    ]
    if row["robustness_value_interval"] > 0:
        parts.append(
            f"Dashed: where its {level} interval would begin to cover zero (both sides "
            f"{row['robustness_value_interval']:.2f})."
        )
    elif row["robustness_value_interval"] == 0:
        parts.append(f"Its {level} interval covers zero as it stands.")
    parts += [
        "Diamonds: a confounder as strong as a control; circles: two and three times as strong.",
        f"Between schools lies {row['between_share']:.0%} of the remaining variance of the "
        "outcome: a confounder with one value a school explains no more.",
    ]
    if beyond:
        parts.append(f"Beyond the drawing, or without room: {listed(beyond)}.")
    parts.append("A difference between schools, not what attending one does.")
    return " ".join(parts)
