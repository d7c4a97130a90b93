"""The doubly robust difference: what composition predicts, corrected by weighted residuals.

Right in large samples if either the regression of the reference schools or the model of which
schools are of the type is right.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.school_differences import (
    LEAST_COMPARED,
    SchoolEstimates,
    Weighed,
    weighted_differences,
)
from autonomy_stats.models.separation import separating_terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.inference.prepared import FloatArray
    from autonomy_stats.models.school_level import Schools

__all__ = ["HIGHEST_PROPENSITY", "fit_aipw"]

HIGHEST_PROPENSITY = 0.9
"""Above this, next to no reference school has the composition (Crump and others 2009)."""

LARGEST_SCORE = 1e-8
"""Weighted residual of a share that the fit may leave, as a share of the whole weight."""

MOST_ITERATIONS = 100


def fit_aipw(design: Design, *, vcov: str, working: str) -> SchoolEstimates:
    """Estimate each type's average difference by augmented inverse probability weighting.

    The unit is the school. Its outcome is the weighted mean of its rows, less what the regression
    of the reference schools' rows on cells and composition expects of them. A logit of the type on
    composition, over the schools of the type and the reference schools, weighted as they are,
    gives each reference school the odds of being of the type. The estimate is the type's weighted
    mean less the reference schools' mean with these odds as weights: the normalised doubly robust
    average over the schools of the type. Schools with a propensity above 0.9 are taken out once,
    and the logit fitted again; the type's note counts
    them.

    The influence function of the estimate is that of a difference in two weighted means, since
    errors of the two models have no part in it to first order where both are right. The standard
    error is therefore that of the regression of these outcomes on the type with these weights; CR2
    with Satterthwaite degrees of freedom is its correction for few schools.

    Parameters
    ----------
    design : Design
        Rows, columns and weights of the fit.
    vcov : {"CR2", "CR3", "CR0"}
        Cluster-robust covariance; CR0 is the plain influence function.
    working : {"identity", "inverse_weights"}
        Working model of CR2 and of the degrees of freedom.

    Returns
    -------
    SchoolEstimates
        A type of fewer than ten schools, of which fewer than half are left, or which composition
        tells from the reference without error, has no estimate, and its reason in `type_notes`.

    Raises
    ------
    EstimationError
        If no type can be compared, or the reference schools do not support it.

    References
    ----------
    Crump, R. K., Hotz, V. J., Imbens, G. W. and Mitnik, O. A. (2009). Dealing with limited overlap
    in estimation of average treatment effects. *Biometrika* 96(1), 187-199.

    Robins, J. M., Rotnitzky, A. and Zhao, L. P. (1994). Estimation of regression coefficients when
    some regressors are not always observed. *Journal of the American Statistical Association*
    89(427), 846-866.

    Examples
    --------
    Pilot schools score 6 points above what their share of low-income students leads to expect.

    >>> import numpy as np, pandas as pd
    >>> from autonomy_stats.models.design import build_design
    >>> share = np.r_[np.linspace(10, 90, 30), np.linspace(20, 80, 10)]
    >>> pilot = np.arange(40) >= 30
    >>> frame = pd.DataFrame({
    ...     "school_id": [f"{n:02d}" for n in range(40)],
    ...     "school_type": np.where(pilot, "pilot", "traditional"), "low_income_pct": share,
    ...     "proficient_pct": 70 - share / 2 + 6 * pilot + np.tile([1.0, -1.0], 20),
    ... })
    >>> design = build_design(
    ...     frame, "proficient_pct", school_type="school_type", reference="traditional",
    ...     controls=["low_income_pct"], absorb=(), weights=None, cluster="school_id",
    ...     drop_types=(),
    ... )
    >>> fit = fit_aipw(design, vcov="CR2", working="identity")
    >>> bool(abs(fit.table.loc["pilot", "estimate"] - 6) < 0.5)
    True
    """
    return weighted_differences(design, _weigh, vcov=vcov, working=working)


def _weigh(schools: Schools, kind: str) -> Weighed:
    """Give the schools of a type their weight, and reference schools theirs times the odds."""
    own, reference = schools.of(kind), schools.of(schools.reference)
    used = np.concatenate([own, reference])
    propensity = _propensity(schools, used, kind)
    inside = propensity <= HIGHEST_PROPENSITY
    out = ~inside[: len(own)]
    lost = (
        f"{int(out.sum())} of {len(own)} schools and {int((~inside[len(own) :]).sum())} of "
        f"{len(reference)} reference schools left out, propensity above {HIGHEST_PROPENSITY:g}"
    )
    used, propensity = used[inside], propensity[inside]
    if not inside.all() and (~out).mean() >= LEAST_COMPARED:  # else no estimate follows
        try:
            propensity = _propensity(schools, used, kind)
        except EstimationError as problem:
            raise EstimationError(f"{problem}; {lost}") from None
    weights = np.zeros(len(schools.names))
    odds = propensity / (1 - propensity)
    weights[used] = schools.weights[used] * np.where(schools.kinds[used] == kind, 1.0, odds)
    return Weighed(weights, "" if inside.all() else lost)


def _propensity(schools: Schools, used: NDArray[np.intp], kind: str) -> FloatArray:
    """Return the probability of being of the type, given composition."""
    import statsmodels.api as sm

    rows = np.column_stack([np.ones(len(used)), schools.composition[used]])
    member = (schools.kinds[used] == kind).astype(float)
    weight = schools.weights[used] / schools.weights[used].mean()
    sign = np.where(member == 1, 1.0, -1.0)[:, None]
    nobody = np.empty((0, rows.shape[1]))
    terms = separating_terms(sign * rows, nobody, ["constant", *schools.controls])
    if terms:
        named = ", ".join(term for term in terms if term != "constant")
        raise EstimationError(f"its schools are told from all reference schools by {named}")
    model = sm.GLM(member, rows, family=sm.families.Binomial(), var_weights=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is checked below, and refused
        fitted = model.fit(maxiter=MOST_ITERATIONS, tol=1e-12, tol_criterion="params")
    propensity = np.asarray(fitted.fittedvalues, dtype=np.float64)
    score = np.abs(rows.T @ (weight * (member - propensity))) / len(used)
    if not (score < LARGEST_SCORE).all():
        raise EstimationError(f"the logit of its schools did not end in {MOST_ITERATIONS} steps")
    return propensity
