"""How far each school, operator or type moves an estimate, the furthest with their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.figures.labels_apart import label_points
from autonomy_stats.figures.stamp import stamped
from autonomy_stats.figures.style import INK, MARKERS, MUTED, PALETTE, page, plain_axes, styled
from autonomy_stats.labels import capital, listed, outcome_label, type_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from autonomy_stats.models import Fit

__all__ = ["draw_influence", "plot_influence"]

KINDS = ("school", "operator", "type")
ROWS = {"school": "one school", "operator": "one operator", "type": "one type"}
NAMES = 3
"""Of each kind and side that are named."""

LEAST = 0.05
"""Share of the largest change of all; what moves the estimate less has no name."""

SPREAD = 0.3
"""Of the points of a kind, up and down, so that they do not hide each other."""

HEIGHT = 3.2
LONGEST = 40
"""Letters of a name."""


def plot_influence(fit: Fit, school_type: str) -> Figure:
    """Draw an estimate without each school, each operator and each type.

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
    >>> len(plot_influence(fit, "independent_charter").axes)
    1
    """
    return _figure(school_type, fit)


def draw_influence(axes: Axes, table: pd.DataFrame, school_type: str, estimate: float) -> list[str]:
    """Draw a type's estimate without each case, a row for each kind of case.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw, its place on the page set.
    table : pandas.DataFrame
        Of `influence`.
    school_type : str
        Whose estimate.
    estimate : float
        As it stands.

    Returns
    -------
    list of str
        Names for which there was no room.
    """
    own = table[(table["school_type"] == school_type) & table["estimate"].notna()]
    kinds = [kind for kind in KINDS if (own["left_out"] == kind).any()]
    low, high = min(own["estimate"].min(), estimate), max(own["estimate"].max(), estimate)
    margin = 0.3 * max(high - low, 1e-9)
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(-0.6, len(kinds) - 0.4)
    axes.axvline(estimate, color=INK, linewidth=1.2, zorder=1)
    if low - margin < 0 < high + margin:
        axes.axvline(0, color=MUTED, linewidth=0.8, linestyle="dotted", zorder=1)
    named: list[tuple[tuple[float, float], str]] = []
    others: list[tuple[float, float]] = []
    for number, kind in enumerate(reversed(kinds)):
        rows = own[own["left_out"] == kind].sort_values("change").reset_index(drop=True)
        heights = number + SPREAD * (np.arange(len(rows)) % 5 - 2) / 2
        for side, same in (("the type", True), ("others", False)):
            at = rows["of_type"].str.split(", ").map(lambda of: school_type in of) == same
            axes.plot(
                rows["estimate"][at],
                heights[at],
                linestyle="none",
                marker=MARKERS[0],
                markersize=5 if same else 3.5,
                color=PALETTE[0] if same else MUTED,
                markerfacecolor=PALETTE[0] if same else "white",
                label=side,
                zorder=3,
            )
        chosen = set(rows.index[:NAMES]) | set(rows.index[-NAMES:])
        if kind != "type":
            chosen &= set(rows.index[rows["change"].abs() > LEAST * own["change"].abs().max()])
        order = sorted(rows.index, key=lambda at: -abs(rows["change"][at]))
        for at_row in order:
            point = (float(rows["estimate"][at_row]), float(heights[at_row]))
            if at_row in chosen:
                named.append((point, _short(rows.loc[at_row].to_dict())))
            else:
                others.append(point)
    axes.set_yticks(range(len(kinds)), [ROWS[kind] for kind in reversed(kinds)])
    plain_axes(axes)
    points, names = [point for point, _ in named], [name for _, name in named]
    return label_points(axes, points, names, others=others, size=7.5)


def _short(row: dict[Any, Any]) -> str:
    """Return a name that fits: of a school whose name repeats its district's, what is its own."""
    if row["left_out"] == "type":
        return type_label(str(row["which"]))
    name = str(row["name"]).split(" - ")[-1]
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…"


@stamped
def _figure(school_type: str, fit: Fit) -> Figure:
    """Draw the figure on a page of its own."""
    from autonomy_stats.models.robustness.influence import influence

    table = influence(fit, refits=1)
    own = table[table["school_type"] == school_type]
    if own.empty:
        raise UsageError(f"{school_type!r} has no estimate that something could be left out of")
    stated = float((own["estimate"] - own["change"]).dropna().iloc[0])
    words, unit = outcome_label(fit.outcome)
    with styled():
        sheet = page(
            f"{capital(type_label(school_type))}: the difference without each",
            f"Difference in {words} ({unit}) when one is left out",
            _caption(own, school_type, stated),
            HEIGHT + 0.55,
        )
        axes = sheet.axes(1.15, 0.4, 6.2, HEIGHT)
        draw_influence(axes, table, school_type, stated)
    return sheet.figure


def _caption(own: pd.DataFrame, school_type: str, stated: float) -> str:
    """Say what is drawn, and what moves the estimate most."""
    parts = [f"Line: the difference with all schools, {stated:+.1f}."]
    most = []
    for kind in KINDS:
        rows = own[(own["left_out"] == kind) & own["change"].notna()]
        if len(rows):
            row = rows.sort_values("change", key=abs).iloc[-1].to_dict()
            most.append(f"{_short(row)} ({row['estimate']:+.1f})")
    parts.append(f"What moves it most: {listed(most)}.")
    parts.append(
        f"Filled: {type_label(school_type)} are among what is left out; hollow: other schools "
        "alone. Up and down within a row means nothing."
    )
    parts.append("A difference between schools, not what attending one does.")
    return " ".join(parts)
