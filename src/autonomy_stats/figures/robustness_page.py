"""One page on how far one estimate could be wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.figures.influence_drawn import draw_influence
from autonomy_stats.figures.intervals import signed
from autonomy_stats.figures.love_plot import draw_love
from autonomy_stats.figures.misclassification_drawn import draw_misclassification
from autonomy_stats.figures.parts_drawn import draw_parts
from autonomy_stats.figures.sensitivity_contour import draw_contour
from autonomy_stats.figures.stamp import stamped
from autonomy_stats.figures.style import INK, MUTED, Page, page, styled
from autonomy_stats.labels import capital, outcome_label, type_label
from autonomy_stats.models.robustness.result import Robustness
from autonomy_stats.models.robustness.sensitivity import sensitivity_contours
from autonomy_stats.models.wording import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_robustness"]

BODY = 8.2
"""Height of the panels in inches: the page is one of paper with its margins."""

HEADING = 9.0
"""Size of a panel's heading."""

PANELS: dict[str, tuple[tuple[float, float, float, float], float, str]] = {
    "balance": ((3.9, 3.05, 1.75, 2.0), 1.0, "C  Balance"),
    "misclassification": ((6.15, 3.05, 1.35, 2.0), 0.35, "D  Roster in error"),
    "influence": ((1.95, 0.3, 1.7, 2.05), 1.95, "E  Without one"),
    "heterogeneity": ((5.3, 0.3, 1.65, 2.05), 1.3, "F  Parts"),
}
"""Of each panel its place in the body in inches, how far left its heading begins, the heading."""


def plot_robustness(result: Robustness, school_type: str, *, where: str = "") -> Figure:
    """Draw on one page what a type's estimate hangs on.

    Panels: the specification curve; the strength of a confounder; balance; schools of another
    type than the roster says; what is left without a school, an operator or a type; parts of the
    rows. A part that the result lacks leaves its panel blank, with the reason.

    Parameters
    ----------
    result : Robustness
        Result of `robustness`.
    school_type : str
        A type with an estimate.
    where : str
        Place, test and year, for the title.

    Returns
    -------
    matplotlib.figure.Figure
        `SIMULATED` stands across the page of a result of simulated files.

    Raises
    ------
    UsageError
        If it is no result, or the type has no estimate.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> found = aus.robustness(panel.frame, weights=None, parts=["balance", "influence"])
    >>> figure = plot_robustness(found, "independent_charter", where="Michigan, spring 2001")
    >>> len(figure.axes)
    6
    """
    if not isinstance(result, Robustness):
        raise UsageError(f"expected a Robustness of robustness(), got a {type(result).__name__}")
    if school_type not in result.school_types:
        raise UsageError(
            f"{school_type!r} has no estimate here; there are {', '.join(result.school_types)}"
        )
    return _drawn(where, school_type, result)


@stamped
def _drawn(where: str, school_type: str, result: Robustness) -> Figure:
    """Draw the page."""
    row: dict[Any, Any] = (
        result.fit.effects.set_index("school_type", drop=False).loc[school_type].to_dict()
    )
    words = outcome_label(result.fit.outcome)[0]
    place = f"{where}: " if where else ""
    with styled():
        sheet = page(
            f"{place}{type_label(school_type)}, how far could it be wrong?",
            f"{capital(words)}, difference from {type_label(result.fit.reference)} of similar "
            f"composition: {signed(row)} {unit_of(result.fit)}, {row['n_schools']:,} schools"
            + (f" ({row['note']})" if row["note"] else ""),
            _caption(result, school_type),
            BODY,
        )
        _curve(sheet, result, school_type)
        _contour(sheet, result, school_type)
        for part, (box, indent, heading) in PANELS.items():
            _panel(sheet, result, part, box, heading, indent, _DRAW[part], school_type, row)
    return sheet.figure


def _panel(
    sheet: Page,
    result: Robustness,
    part: str,
    box: tuple[float, float, float, float],
    heading: str,
    indent: float,
    draw: Callable[[Axes, Any, str, dict[Any, Any]], None],
    school_type: str,
    row: dict[Any, Any],
) -> None:
    """Draw one part in its box, under its heading; without it, say why."""
    axes = sheet.axes(*box)
    _head(axes, heading, indent)
    table = getattr(result, part)
    if table is None:
        _blank(axes, result.problems.get(part, "not asked for"))
    elif not (table["school_type"] == school_type).any():
        _blank(axes, "no row of this type")
    else:
        draw(axes, table, school_type, row)


def _head(axes: Axes, text: str, indent: float) -> None:
    """Write a panel's heading above it, so many inches left of the axes."""
    axes.annotate(
        text,
        (0, 1),
        xycoords="axes fraction",
        xytext=(-72 * indent, 6),
        textcoords="offset points",
        fontsize=HEADING,
        fontweight="bold",
        color=INK,
        annotation_clip=False,
    )


def _blank(axes: Axes, why: str) -> None:
    """Say in place of a panel why it is not there."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    width = max(14, int(axes.get_window_extent().width / axes.figure.dpi * 15))
    axes.text(
        0,
        0.95,
        textwrap.fill(f"Not made: {why}", width, max_lines=8),
        transform=axes.transAxes,
        va="top",
        fontsize=7.5,
        color=MUTED,
    )


def _contour(sheet: Page, result: Robustness, school_type: str) -> None:
    """Draw the estimate over the strengths of a confounder."""
    axes = sheet.axes(0.5, 3.05, 2.1, 2.0)
    _head(axes, "B  Not measured", 0.5)
    if result.sensitivity is None:
        _blank(axes, result.problems.get("sensitivity", "not asked for"))
        return
    try:
        grid = sensitivity_contours(result.fit, school_type)
    except (EstimationError, UsageError) as problem:
        _blank(axes, str(problem))
        return
    draw_contour(axes, grid, result.sensitivity)
    axes.tick_params(labelsize=7.5)
    axes.set_xlabel("share of the type explained", fontsize=7.5)
    axes.set_ylabel("share of the outcome explained", fontsize=7.5)


def _curve(sheet: Page, result: Robustness, school_type: str) -> None:
    """Draw the specification curve."""
    axes = sheet.axes(1.6, 5.6, 5.9, 2.4)
    _head(axes, "A  Every defensible choice", 1.6)
    _blank(axes, result.problems.get("curve", "not asked for"))


def _caption(result: Robustness, school_type: str) -> str:
    """Say how to read each panel, and the numbers that it hangs on."""
    return " ".join(
        [
            "A: sorted estimates with intervals over the options of each choice; the default is "
            "marked.",
            "B: estimate next to a confounder that explains such shares of what is left of the "
            "type and of the outcome; bold: zero; dashed: the interval reaches zero; points: as "
            "strong as a control.",
            "C: filled, shares of students as they are; hollow, by the regression's weights of "
            "these schools; bands: 0.05 and 0.25 standard deviations (What Works Clearinghouse).",
            "D: lowest and highest estimate if so many schools are of another type.",
            "E: the schools, operators and types that move the estimate most.",
            "F: p: test that the parts agree; hollow: too few schools to judge.",
            "Thin lines: intervals. A difference between schools, not what attending one does.",
        ]
    )


_DRAW: dict[str, Callable[[Axes, Any, str, dict[Any, Any]], None]] = {
    "balance": lambda axes, table, school_type, _: draw_love(axes, table, school_type),
    "misclassification": draw_misclassification,
    "influence": draw_influence,
    "heterogeneity": draw_parts,
}
