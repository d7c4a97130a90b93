"""One page on how far one estimate could be wrong."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.figures.intervals import signed
from autonomy_stats.figures.love_plot import draw_love
from autonomy_stats.figures.misclassification_drawn import draw_misclassification
from autonomy_stats.figures.parts_drawn import draw_parts
from autonomy_stats.figures.sensitivity_contour import draw_contour
from autonomy_stats.figures.specification_curve import (
    LABELS,
    curve_rows,
    draw_choices,
    draw_curve,
)
from autonomy_stats.figures.stamp import stamped
from autonomy_stats.figures.style import INK, MUTED, Page, page, styled
from autonomy_stats.figures.without_one import draw_without_one
from autonomy_stats.labels import capital, outcome_label, type_label
from autonomy_stats.models.robustness.choices import CHOICE_NAMES
from autonomy_stats.models.robustness.result import Robustness
from autonomy_stats.models.robustness.sensitivity import sensitivity_contours
from autonomy_stats.models.wording import unit_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from autonomy_stats.models import Fit

__all__ = ["plot_robustness"]

LOWER = 4.75
"""Height of the two lower rows of panels in inches."""

ESTIMATES, OPTION = 1.45, 0.117
"""Heights in inches: of the curve's estimates, and of each option below them."""

OPTIONS = LABELS + 0.05
"""Inches that the names of the options take at the left."""

HEADING, SMALL = 9.0, 7.5
"""Sizes of a panel's heading, and of the letters in it."""

Box = tuple[float, float, float, float]
Drawing = Callable[["Axes", Any, str, dict[Any, Any]], None]

PANELS: dict[str, tuple[Box, float, str]] = {
    "balance": ((3.9, 2.78, 1.75, 1.65), 1.0, "C  Balance"),
    "misclassification": ((6.15, 2.78, 1.35, 1.65), 0.35, "D  Roster in error"),
    "influence": ((1.95, 0.3, 1.7, 1.8), 1.95, "E  Without one"),
    "heterogeneity": ((5.3, 0.3, 1.65, 1.8), 1.3, "F  Parts"),
}
"""Of each panel its place in the body in inches, how far left its heading begins, the heading."""

DRAWN: dict[str, Drawing] = {
    "balance": lambda axes, table, school_type, _: draw_love(axes, table, school_type),
    "misclassification": draw_misclassification,
    "influence": draw_without_one,
    "heterogeneity": draw_parts,
}

CAPTION = (
    "A: sorted estimates over the option that each took; diamond: the default; blue: intervals "
    "above zero, orange: below. B: the estimate beside a confounder that explains such shares of "
    "what is left of type and outcome; bold: zero, dashed: the interval reaches zero; diamonds: as "
    "strong as a control, circles: twice and three times. C: shares of students, filled: as they "
    "are, hollow: by the weights that the regression gives these schools; bands: 0.05 and 0.25 "
    "(What Works Clearinghouse). D: lowest and highest estimate if so many schools are of another "
    "type. E: what moves the estimate most. F: p: test that the parts agree. Hollow points: too "
    "few schools to judge. Lines: intervals, where there are any. A difference between schools, "
    "not what attending one does."
)


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
    place = f"{where}: " if where else ""
    upper = _height_of_curve(result, school_type)
    with styled():
        sheet = page(
            f"{place}{type_label(school_type)}",
            _subtitle(result.fit, row),
            CAPTION,
            LOWER + upper,
        )
        _curve(sheet, result, school_type, upper)
        _contour(sheet, result, school_type)
        for part, (box, indent, heading) in PANELS.items():
            axes = sheet.axes(*box)
            _head(axes, heading, indent)
            table = getattr(result, part)
            if table is None or not (table["school_type"] == school_type).any():
                _blank(axes, result.problems.get(part, "not asked for"))
            else:
                DRAWN[part](axes, table, school_type, row)
    return sheet.figure


def _subtitle(fit: Fit, row: dict[Any, Any]) -> str:
    """Say what is asked, and the estimate."""
    note = f" ({row['note']})" if row["note"] else ""
    return (
        f"How far could it be wrong? {capital(outcome_label(fit.outcome)[0])}, difference from "
        f"{type_label(fit.reference)}: {signed(row)} {unit_of(fit)}, {row['n_schools']:,} schools"
        f"{note}"
    )


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
    axes = sheet.axes(0.5, 2.78, 2.1, 1.65)
    _head(axes, "B  Not measured", 0.5)
    if result.sensitivity is None:
        _blank(axes, result.problems.get("sensitivity", "not asked for"))
        return
    draw_contour(axes, sensitivity_contours(result.fit, school_type), result.sensitivity)
    axes.tick_params(labelsize=SMALL)
    axes.set_xlabel("share of the type explained", fontsize=SMALL)
    axes.set_ylabel("... of the outcome", fontsize=SMALL)


def _height_of_curve(result: Robustness, school_type: str) -> float:
    """Return the height of the upper panels in inches."""
    if result.curve is None:
        return 1.2
    return ESTIMATES + OPTION * _rows(curve_rows(result.curve, school_type)) + 0.35


def _rows(rows: pd.DataFrame) -> float:
    """Return how many options are drawn, with the space between choices, in rows."""
    varied = [n for n in (rows[choice].nunique() for choice in CHOICE_NAMES) if n > 1]
    return sum(varied) + 0.61 * len(varied)


def _curve(sheet: Page, result: Robustness, school_type: str, height: float) -> None:
    """Draw the specification curve over its choices."""
    width = sheet.width - OPTIONS - 0.05
    upper = sheet.axes(OPTIONS, LOWER + height - 0.25 - ESTIMATES, width, ESTIMATES)
    _head(upper, "A  Every defensible choice", OPTIONS)
    if result.curve is None:
        _blank(upper, result.problems.get("curve", "not asked for"))
        return
    rows = curve_rows(result.curve, school_type)
    draw_curve(upper, rows)
    lower = sheet.axes(OPTIONS, LOWER, width, height - 0.35 - ESTIMATES)
    draw_choices(lower, rows)
    upper.tick_params(labelsize=SMALL)
    lower.tick_params(labelsize=SMALL)
    for text in lower.texts:
        text.set_fontsize(SMALL)
