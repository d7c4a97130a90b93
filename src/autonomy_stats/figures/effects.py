"""Any fit as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.figures.intervals import ROW, draw_intervals, signed, span, write_margin
from autonomy_stats.figures.stamp import stamped
from autonomy_stats.figures.style import MARKERS, PALETTE, page, styled
from autonomy_stats.labels import controls_in_words, outcome_label, type_label
from autonomy_stats.models import Fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_effects"]


@stamped
def plot_effects(fit: Fit) -> Figure:
    """Draw a fit: one row a school type, its difference and interval, and how many schools.

    Parameters
    ----------
    fit : Fit
        Result of `estimate_effects`.

    Returns
    -------
    matplotlib.figure.Figure
        Belongs to no window: `figure.savefig(path)` writes it, a notebook shows it after
        `%matplotlib inline`. A hollow point has a note, such as too few schools to judge.
        `SIMULATED` stands across the drawing of a fit of simulated files.

    Raises
    ------
    EstimationError
        If no type has an estimate.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001])
    >>> figure = aus.plot_effects(aus.estimate_effects(panel.frame, "proficient_pct"))
    >>> len(figure.axes)
    1
    """
    if not isinstance(fit, Fit):
        raise UsageError(f"expected a Fit of estimate_effects, got a {type(fit).__name__}")
    rows = fit.effects[fit.effects["school_type"] != fit.reference]
    rows = rows[rows["estimate"].notna()].reset_index(drop=True)
    if rows.empty:
        raise EstimationError("no school type of this fit has an estimate to draw")
    words, unit = outcome_label(fit.outcome)
    labels = [type_label(name)[0].upper() + type_label(name)[1:] for name in rows["school_type"]]
    records = rows.to_dict("records")
    with styled():
        height = ROW * len(rows) + 0.95
        sheet = page(
            f"{words[0].upper()}{words[1:]}: difference from {type_label(fit.reference)}",
            f"{unit[0].upper()}{unit[1:]}, among schools {fit.alike}".removesuffix(
                ", among schools "
            ),
            _caption(fit),
            height,
        )
        axes = sheet.axes(2.2, 0.3, 2.6, height - 0.75)
        draw_intervals(axes, rows, colour=PALETTE[0], marker=MARKERS[0], labels=labels)
        axes.set_xlim(*span(rows))
        percent = f"{100 * fit.conf_level:g} %"
        write_margin(axes, [signed(row) for row in records], f"difference [{percent}]")
        write_margin(axes, [f"{row['n_schools']:,}" for row in records], "schools", offset=125)
    return sheet.figure


def _caption(fit: Fit) -> str:
    """Return how the fit was made, in sentences."""
    noted = fit.effects[fit.effects["estimate"].notna() & (fit.effects["note"] != "")]
    noted = noted[noted["school_type"] != fit.reference]
    parts = [
        f"{fit.schools(fit.reference):,} {type_label(fit.reference)} are compared with.",
        f"Held equal: {controls_in_words(fit.controls)}."
        if fit.controls
        else "Nothing is held equal.",
        f"Weighted by {fit.weights}." if fit.weights else "Unweighted.",
        f"Lines: {100 * fit.conf_level:g} % intervals, clustered by {fit.cluster}, {fit.vcov} with "
        "Satterthwaite degrees of freedom.",
    ]
    if len(noted):
        pairs = zip(noted["school_type"], noted["note"], strict=True)
        parts.append("Hollow: " + "; ".join(f"{type_label(t)}, {note}" for t, note in pairs) + ".")
    parts.append("A difference between schools, not what attending one does.")
    return " ".join(parts)
