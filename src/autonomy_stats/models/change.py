"""How an outcome of the same schools changed between two years, by school type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError
from autonomy_stats.labels import control_label
from autonomy_stats.mark import marked
from autonomy_stats.models.change_frame import CHANGED, Changes, build_changes
from autonomy_stats.models.design import DEFAULT_ABSORB, type_text
from autonomy_stats.models.effects import DEFAULT_DROP_TYPES, estimate_effects
from autonomy_stats.models.means import weighted_mean
from autonomy_stats.models.paired import FIRST

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit

__all__ = ["changes_by_type", "estimate_change"]

REGRESSION = (
    "Schools that get a type because results were low tend to have higher ones next time, whatever "
    "is done (regression to the mean)."
)


def estimate_change(
    frame: pd.DataFrame,
    outcome: str,
    *,
    years: tuple[int, int] | None = None,
    type_changes: str = "last",
    school_type: str = "school_type",
    reference: str = "traditional",
    controls: Sequence[str] | None = None,
    first_year_controls: Sequence[str] = (),
    absorb: Sequence[str] = DEFAULT_ABSORB,
    weights: str | None = "auto",
    cluster: str = "school_id",
    vcov: str = "CR2",
    working: str = "identity",
    drop_types: Sequence[str] = DEFAULT_DROP_TYPES,
    conf_level: float = 0.95,
) -> Fit:
    """Estimate how the outcome of the same schools changed, by type against the reference type.

    A difference in differences: the regression of the outcome on an effect of each school in each
    subject and grade, effects of subject x grade x year, shares, and school type in the last year.
    It is fitted as the regression of changes on types, changes of shares, and subject x grade,
    which gives the same estimates (see Notes). It is a difference between changes, not what a type
    of school does to its students: other students sit the test of a grade each year, and schools
    change type for a reason.

    Parameters
    ----------
    frame : pandas.DataFrame
        A panel of at least two years: one row a year of a school in a subject and grade, with
        `school_id` and `end_year`.
    outcome : str
        Column to compare, such as `proficient_pct`.
    years : tuple of int, optional
        First and last spring year; default: the earliest and the latest with a known outcome.
    type_changes : {"last", "first", "apart", "drop"}
        Schools whose type differs between the years: by their type of the last or of the first
        year; `apart`, as a type `FIRST to LAST` of their own; or left out. `Fit.notes` counts
        them. For types of your own choice, fill the column with the same type in both years.
    controls : sequence of str, optional
        Shares (0-100) of which the change is held equal; default: the study's, those with values
        in both years. Not for shares that the change of type itself moves.
    first_year_controls : sequence of str
        Columns held equal at their value in the first year, so that schools that were alike are
        compared.
    absorb : sequence of str
        As in `estimate_effects`. A column whose value differs between the years, such as `series`,
        is absorbed as the pair of its values.
    weights : str or None
        As in `estimate_effects`; a pair of rows has the harmonic mean of its two weights.
    school_type, reference, cluster, vcov, working, drop_types, conf_level
        As in `estimate_effects`. `working` is of the changes.

    Returns
    -------
    Fit
        `effects` has one row a type: its change less that of the reference type, in the outcome's
        unit, `n_students` those of the last year. Rows without a partner in the other year are
        counted in `exclusions` as `no OUTCOME_change`, and by year in `notes`.

    Raises
    ------
    UsageError
        If an argument is not among the allowed values, names no column, or a school has two types
        in a year.
    EstimationError
        If there are no two years, or no school has results in both; if the rows pool series,
        growth measures or definitions that are not comparable; and as `estimate_effects` does.

    Notes
    -----
    With weights `v` and `w` in the two years, least squares with an effect for each pair of rows is
    least squares of its change with weight ``v w / (v + w)``, half their harmonic mean: the
    estimates are the same. So are CR2 standard errors and degrees of freedom where a pair's two
    weights are equal, or there are none. Where they are not, the two differ slightly (in the golden
    data by up to 1 % and, of the types' degrees of freedom, 5 %), since the working model is here
    of changes, and there of results.

    References
    ----------
    Angrist, J. D. and Pischke, J.-S. (2009). *Mostly Harmless Econometrics*, chapter 5. Princeton
    University Press.

    Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models. *Journal of Business & Economic
    Statistics* 36(4), 672-683.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcd") * 2, "end_year": [2016] * 4 + [2017] * 4, "n_tested": 50,
    ...     "school_type": ["pilot", "pilot", "traditional", "traditional"] * 2,
    ...     "proficient_pct": [20.0, 40, 50, 30, 29, 47, 54, 32],
    ... })
    >>> fit = estimate_change(frame, "proficient_pct")
    >>> fit.effects[["school_type", "estimate", "n_schools", "note"]]
       school_type  estimate  n_schools              note
    0        pilot       5.0          2  too few to judge
    1  traditional       0.0          2         reference
    """
    changes = build_changes(
        frame,
        outcome,
        years=years,
        type_changes=type_changes,
        school_type=school_type,
        controls=controls,
        first_year_controls=first_year_controls,
        absorb=absorb,
        weights=weights,
        cluster=cluster,
        drop_types=drop_types,
    )
    fit = estimate_effects(
        changes.frame,
        f"{outcome}_change",
        school_type=school_type,
        reference=reference,
        controls=changes.controls,
        absorb=changes.absorbed,
        weights=changes.weights,
        cluster=cluster,
        vcov=vcov,
        working=working,
        drop_types=(*drop_types, CHANGED),
        conf_level=conf_level,
    )
    return replace(
        fit,
        missing_controls=changes.missing_controls,
        notes=(*changes.notes, *_notes(changes), *fit.notes, REGRESSION),
        alike=_alike(changes),
    )


def changes_by_type(fit: Fit) -> pd.DataFrame:
    """Return the change of each type by itself, and the means that it goes from and to.

    Nothing is held equal: of the rows of a fit of `estimate_change`, the weighted mean of the
    first year, of the last, and of the change, with the same weights in all three.

    Parameters
    ----------
    fit : Fit
        Of `estimate_change`.

    Returns
    -------
    pandas.DataFrame
        One row a type: `school_type, mean_first, mean_last, change, std_error, df, conf_low,
        conf_high, n_schools, n_rows`, in the outcome's unit. Intervals are CR2, clustered, and
        treat the schools as a sample of such schools; none for one school.

    Raises
    ------
    UsageError
        If the fit is none of `estimate_change`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcd") * 2, "end_year": [2016] * 4 + [2017] * 4, "n_tested": 50,
    ...     "school_type": ["pilot", "pilot", "traditional", "traditional"] * 2,
    ...     "proficient_pct": [20.0, 40, 50, 30, 29, 47, 54, 32],
    ... })
    >>> fit = estimate_change(frame, "proficient_pct")
    >>> changes_by_type(fit)[["school_type", "mean_first", "mean_last", "change"]]
       school_type  mean_first  mean_last  change
    0        pilot        30.0       38.0     8.0
    1  traditional        40.0       43.0     3.0
    """
    import pandas as pd

    first = f"{fit.outcome.removesuffix('_change')}{FIRST}"
    if fit.asked is None or first not in fit.asked.frame:
        raise UsageError("expected a fit of estimate_change; means of others: models.means")
    rows, options = fit.asked.frame, fit.asked.options
    rows = rows.assign(_weight=1.0 if fit.weights is None else rows[fit.weights])
    rows = rows.dropna(subset=[fit.outcome, "_weight", *fit.controls])
    kinds = type_text(rows[options["school_type"]])
    table = []
    for kind in fit.effects.loc[fit.effects["n_schools"] > 0, "school_type"]:
        own = rows[kinds == kind]
        found = weighted_mean(
            own, fit.outcome, "_weight", cluster=fit.cluster, conf_level=fit.conf_level
        )
        before = weighted_mean(own, first, "_weight", cluster=fit.cluster)["estimate"]
        means = {"mean_first": before, "mean_last": before + found["estimate"]}
        spread = {c: found[c] for c in ("std_error", "df", "conf_low", "conf_high")}
        counts = {"n_schools": own["school_id"].nunique(), "n_rows": len(own)}
        table.append(
            {"school_type": kind, **means, "change": found["estimate"], **spread, **counts}
        )
    return marked(pd.DataFrame(table), fit)


def _alike(changes: Changes) -> str:
    """Say what the schools compared have in common."""
    if any(control.endswith(FIRST) for control in changes.controls):
        return "alike in the first year"
    return "whose composition changed alike" if changes.controls else ""


def _notes(changes: Changes) -> list[str]:
    """Say what the controls and the weights of a change are."""
    notes = []
    if any(not control.endswith(FIRST) for control in changes.controls):
        notes.append("Shares are held equal as their changes between the years.")
    if changes.missing_controls:
        missing = ", ".join(control_label(control) for control in changes.missing_controls)
        notes.append(f"Change not held equal, since no file gives it: share {missing}.")
    if changes.weights is not None:
        notes.append(
            f"{changes.weights}: the harmonic mean of both years' weights, which a regression "
            "with an effect of each school gives a change."
        )
    return notes
