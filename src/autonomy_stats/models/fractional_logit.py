"""Fractional logit: shares as means of a logistic curve, reported as average differences in points.

Papke and Wooldridge (1996): the quasi-likelihood needs the mean to be right and nothing else, so
that shares of 0 and 100 percent need no special treatment.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.logistic import (
    Linearised,
    average_differences,
    estimate_table,
    example_row,
    mean_weights,
    refuse_unusable,
    reported,
)
from autonomy_stats.models.separation import separating_terms
from autonomy_stats.models.wls import Estimates

if TYPE_CHECKING:
    from autonomy_stats.models.design import Design
    from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["fit_fractional_logit"]

POINTS = 100.0
"""A percent's range."""

STEP_TOLERANCE = 1e-10
"""Iteration ends when no coefficient moves by more; rounding leaves about 1e-13."""

LARGEST_SCORE = 1e-10
"""Sum of a column's residuals that may be left, as a share of the column's own sum."""

MOST_ITERATIONS = 100


def fit_fractional_logit(design: Design, *, vcov: str, working: str) -> Estimates:
    """Fit percents by a fractional logit (statsmodels), with cluster-robust inference.

    Estimates are average differences in percentage points: of a type, between all rows of the fit
    if they were of the type and if they were of the reference; of a control, a point of its share
    more. Rows count by their weights, in the fit and in the averages. Standard errors follow by
    the delta method, with the rows' composition taken as given.

    Parameters
    ----------
    design : Design
        Rows, columns and weights, of full column rank; the outcome a percent within 0 to 100.
    vcov : {"CR2", "CR3", "CR1", "CR0"}
        Cluster-robust covariance. CR1 is the sandwich times m / (m - 1) for m clusters, as
        ``vcovCL(type = "HC0", cadjust = TRUE)`` of the R package sandwich and as Stata's
        ``fracreg, vce(cluster)``; it and CR0 have m - 1 degrees of freedom. CR2 and CR3 adjust the
        residuals of the linearised fit and have Satterthwaite's, as ``vcovCR`` of clubSandwich.
    working : {"identity", "inverse_weights"}
        Working model of CR2 and of Satterthwaite's degrees of freedom: percents of equal
        variance, or of the binomial variance over the weight (``target = rep(1, n)``, and the
        default, of clubSandwich).

    Returns
    -------
    Estimates

    Raises
    ------
    EstimationError
        If the outcome is no percent or never differs, the columns are too many or dependent, or
        no finite estimate exists.

    References
    ----------
    Papke, L. E. and Wooldridge, J. M. (1996). Econometric methods for fractional response
    variables with an application to 401(k) plan participation rates. *Journal of Applied
    Econometrics* 11(6), 619-632.

    Examples
    --------
    With nothing held equal, the difference is that of the means.

    >>> import pandas as pd
    >>> from autonomy_stats.models.design import build_design
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcdef"), "school_type": ["traditional"] * 3 + ["pilot"] * 3,
    ...     "proficient_pct": [40.0, 60.0, 50.0, 70.0, 60.0, 80.0],
    ... })
    >>> design = build_design(
    ...     frame, "proficient_pct", school_type="school_type", reference="traditional",
    ...     controls=(), absorb=(), weights=None, cluster="school_id", drop_types=(),
    ... )
    >>> table = fit_fractional_logit(design, vcov="CR2", working="identity").table
    >>> table.loc["pilot"].round(3).to_dict()
    {'estimate': 20.0, 'std_error': 8.165, 'df': 4.0}
    """
    _check(design)
    coefficients = _coefficients(design)
    linear = _linearised(design, coefficients)
    estimates, gradient = average_differences(
        design, design.matrix, design.terms, coefficients, np.zeros(1), np.array([POINTS])
    )
    gradient = gradient[:, 1:]  # the one curve has no threshold apart from the cells
    covariance, df, clusters = linear.inference(gradient, vcov, working)
    named = reported(design, design.terms)
    terms = pd.Index([design.terms[j] for j in named], name="term")
    small = vcov in ("CR2", "CR3")
    return Estimates(
        estimate_table(terms, estimates, covariance, df),
        pd.DataFrame(covariance, index=terms.rename(None), columns=terms.rename(None)),
        clusters,
        linear.fitted(named, estimates, gradient) if small else None,
    )


def _check(design: Design) -> None:
    """Refuse outcomes that are no percents, and designs without finite estimates."""
    y = design.outcome
    outside = ~((y >= 0) & (y <= POINTS))
    if outside.any():
        raise EstimationError(
            f"a fractional logit needs percents from 0 to 100; {int(outside.sum())} of {len(y)} "
            f"rows lie outside, the first is {y[outside][0]:g} ({example_row(design, outside)}). "
            f"Use estimator='wls' for outcomes of another unit"
        )
    refuse_unusable(design, "the outcome", len(design.terms))
    ends = (y == 0) | (y == POINTS)
    sign = np.where(y[ends] == POINTS, 1.0, -1.0)[:, None]
    terms = separating_terms(sign * design.matrix[ends], design.matrix[~ends], design.terms)
    if not terms:
        return
    named = [term for term in terms if term in {*design.controls, *design.types}]
    what = f"{named[0]!r}" if named else f"a cell of {' x '.join(design.absorbed) or 'all rows'}"
    raise EstimationError(
        f"the fractional logit has no finite estimate: {what} tells rows at 0 or 100 percent from "
        f"all others ({int(ends.sum())} of {len(y)} rows are there). Use estimator='wls', absorb "
        f"fewer columns, or leave the type or control out"
    )


def _coefficients(design: Design) -> FloatArray:
    """Return the maximum of the quasi-likelihood."""
    import statsmodels.api as sm

    y, weight = design.outcome / POINTS, mean_weights(design)
    model = sm.GLM(y, design.matrix, family=sm.families.Binomial(), var_weights=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is checked below, and refused
        fitted = model.fit(maxiter=MOST_ITERATIONS, tol=STEP_TOLERANCE, tol_criterion="params")
    coefficients = np.asarray(fitted.params, dtype=np.float64)
    residual = weight * (y - np.asarray(fitted.fittedvalues))
    score = np.abs(design.matrix.T @ residual) / (np.abs(design.matrix).T @ weight)
    if not (np.isfinite(coefficients).all() and (score < LARGEST_SCORE).all()):
        raise EstimationError(
            f"the fractional logit did not converge in {MOST_ITERATIONS} iterations over "
            f"{len(y)} rows and {len(design.terms)} columns. Use estimator='wls', or absorb fewer "
            f"columns"
        )
    return coefficients


def _linearised(design: Design, coefficients: FloatArray) -> Linearised:
    """Return the fit as a regression of the shares, of which each row has its own weight."""
    from scipy.special import expit

    index = design.matrix @ coefficients
    share, variance = expit(index), expit(index) * expit(-index)
    weight = mean_weights(design)
    return Linearised(
        rows=variance[:, None] * design.matrix,
        residuals=design.outcome / POINTS - share,
        weights=weight / variance,
        clusters=design.clusters,
        parameters=coefficients,
        terms=design.terms,
        sensitivity=(design.matrix.T * (weight * variance)) @ design.matrix,
    )
