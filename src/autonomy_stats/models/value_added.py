"""Value added of schools: an outcome at equal results of the same school in the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autonomy_stats.labels import control_label
from autonomy_stats.models.design import DEFAULT_ABSORB
from autonomy_stats.models.effects import DEFAULT_DROP_TYPES, estimate_effects
from autonomy_stats.models.prior import WITH_PRIOR, build_prior

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit

__all__ = ["estimate_value_added"]

CAUTIONS = (
    "School level: the year before is that of the school's students then, not of each student "
    "followed; who came and who left is in one of the two results alone.",
    "The prior is measured with error, and part of it passes (regression to the mean): too little "
    "of it is held equal, so that a type with lower priors looks too low, and one with higher "
    "priors too high. models.prior_error.prior_error says by how much.",
)


def estimate_value_added(
    frame: pd.DataFrame,
    outcome: str,
    *,
    prior: str = "same_cohort",
    end_years: Sequence[int] | None = None,
    school_type: str = "school_type",
    reference: str = "traditional",
    controls: Sequence[str] | None = None,
    absorb: Sequence[str] = DEFAULT_ABSORB,
    weights: str | None = "auto",
    cluster: str = "school_id",
    vcov: str = "CR2",
    working: str = "identity",
    drop_types: Sequence[str] = DEFAULT_DROP_TYPES,
    conf_level: float = 0.95,
) -> Fit:
    """Estimate how an outcome differs by type at equal results of the school the year before.

    Weighted least squares as in `estimate_effects`, with the school's own result of the year
    before in the same subject among the controls. It is value added of schools, not of students:
    a published result of a school stands in for the prior achievement of its students. That is
    weaker than a growth model of students, which states publish (`table="growth"`), and a
    difference between schools, not what attending one does.

    Parameters
    ----------
    frame : pandas.DataFrame
        A panel of consecutive years: one row a year of a school in a subject and grade, with
        `school_id` and `end_year`.
    outcome : str
        Column to compare, such as `proficient_pct`.
    prior : {"same_cohort", "same_grade"}
        `same_cohort`: of the grade below, mostly the same students a year younger. The lowest
        tested grade of a school has none and is left out and counted. `same_grade`: of the same
        grade, thus of other students; for panels of all grades together.
    end_years : sequence of int, optional
        Years of the outcome; default: each whose year before is in the frame.
    controls : sequence of str, optional
        As in `estimate_effects`; the prior is added to them.
    school_type, reference, absorb, weights, cluster, vcov, working, drop_types, conf_level
        As in `estimate_effects`. Types, controls and weights are those of the outcome's year.

    Returns
    -------
    Fit
        `effects` in the outcome's unit. `coefficients` has a row for the prior,
        `prior_OUTCOME`. Rows without a prior are counted in `exclusions` as
        `no OUTCOME_given_prior`.

    Raises
    ------
    UsageError
        If an argument is not among the allowed values, names no column, or the rows have no
        numbered grades for `same_cohort`.
    EstimationError
        If no row has a prior; if outcome and prior are of series or growth measures that are not
        comparable; and as `estimate_effects` does.

    Notes
    -----
    `same_cohort` is the default since value added means the progress of students, and only there
    are the students mostly the same. With `same_grade` the prior says what results the school
    had, and what is compared is near to the change of `estimate_change` where the slope is near
    one. One slope of the prior holds for all cells; `Fit.beside` lets it differ by subject and by
    level.

    References
    ----------
    McCaffrey, D. F., Lockwood, J. R., Koretz, D., Louis, T. A. and Hamilton, L. (2004). Models for
    value-added modeling of teacher effects. *Journal of Educational and Behavioral Statistics*
    29(1), 67-101.

    Raudenbush, S. W. and Willms, J. D. (1995). The estimation of school effects. *Journal of
    Educational and Behavioral Statistics* 20(4), 307-335.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcde") * 2, "end_year": [2016] * 5 + [2017] * 5,
    ...     "school_type": (["pilot"] * 2 + ["traditional"] * 3) * 2,
    ...     "grade": ["03"] * 5 + ["04"] * 5, "n_tested": 50,
    ...     "proficient_pct": [20.0, 40, 50, 30, 40, 24, 34, 35, 25, 30],
    ... })
    >>> fit = estimate_value_added(frame, "proficient_pct", controls=[])
    >>> fit.coefficients[["term", "estimate"]].round(2)
                       term  estimate
    0  prior_proficient_pct       0.5
    1                 pilot       4.0
    """
    held = build_prior(
        frame,
        outcome,
        prior=prior,
        end_years=end_years,
        school_type=school_type,
        controls=controls,
        absorb=absorb,
        weights=weights,
        cluster=cluster,
        drop_types=drop_types,
    )
    fit = estimate_effects(
        held.frame,
        f"{outcome}{WITH_PRIOR}",
        school_type=school_type,
        reference=reference,
        controls=(*held.controls, held.prior),
        absorb=held.absorbed,
        weights=held.weights,
        cluster=cluster,
        vcov=vcov,
        working=working,
        drop_types=drop_types,
        conf_level=conf_level,
    )
    notes = [*held.notes, *fit.notes]
    if held.missing_controls:
        missing = ", ".join(control_label(control) for control in held.missing_controls)
        notes.append(f"Not held equal, since no file gives it: share {missing}.")
    return replace(
        fit,
        missing_controls=held.missing_controls,
        notes=(*notes, *CAUTIONS),
        alike=("of similar composition and " if held.controls else "of similar ")
        + "results the year before",
    )
