"""A random intercept for each school, by REML over the one ratio of variances.

``y = X b + u_school + e`` with ``var(u) = ratio * s2`` and ``var(e) = s2 / weight``. The inverse
covariance of a school's rows is ``W - k W 1 1' W`` with ``k = ratio / (1 + ratio * sum(W))``, so
that all that the likelihood needs are sums by school. Agrees with ``lmer`` of the R package lme4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.inference.cluster_robust import Kind
from autonomy_stats.models.inference.prepared import RANK_TOLERANCE
from autonomy_stats.models.logistic import estimate_table, refuse_unusable, reported
from autonomy_stats.models.wls import Estimates, Fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.inference.prepared import FloatArray, IntArray

__all__ = ["MixedEstimates", "fit_mixed"]

MODEL = "model"
"""What `vcov` calls the covariance that the model itself implies."""

GRID = np.r_[0.0, np.geomspace(1e-6, 0.5, 40), 1 - np.geomspace(0.5, 1e-9, 60)[1:]]
"""Shares of variance between schools among which the likelihood is searched for its top."""

PERFECT = 1e-20
"""Share of the outcome's variation below which what is left of it is rounding."""


@dataclass(frozen=True, kw_only=True)
class MixedEstimates(Estimates):
    """Estimates of a model with school intercepts, and its variances.

    `variance_school` is that of the intercepts, `variance_residual` that of a row of weight one,
    `log_likelihood` the restricted one, `n_schools` the number of intercepts. A variance of zero
    is an estimate: the rows of a school are no more alike than the model's other rows.
    """

    variance_school: float
    variance_residual: float
    log_likelihood: float
    n_schools: int


def fit_mixed(design: Design, *, vcov: str, working: str) -> MixedEstimates:
    """Fit a linear model with a random intercept for each school, by REML.

    Weights are precisions here: a row's own variance is taken to fall as its weight rises, and a
    school's rows count by how much they tell, so that large schools count for less than under
    weighted least squares.

    Parameters
    ----------
    design : Design
        Rows, columns and weights, of full column rank.
    vcov : {"CR2", "CR3", "CR1", "CR0", "model"}
        The covariance that the model implies (``lmer``), or a cluster-robust one of the
        generalised least squares fit. CR0 and CR1 are those of clubSandwich; CR2, CR3 and the
        Satterthwaite degrees of freedom of all four are of the rows with the school's share of
        its mean taken off, and have the fitted variances as their working model. Under `model`,
        the degrees of freedom are those between and within schools, as ``lme`` of the R package
        nlme has them: a column that never differs within a school has the schools less such
        columns, any other the rows less schools less such columns.
    working : {"identity", "inverse_weights"}
        Either: the working model is the fitted one, in which weights are precisions.

    Returns
    -------
    MixedEstimates

    Raises
    ------
    EstimationError
        If the outcome never differs or the columns explain all of it, the columns are too many
        or dependent, or the rows can't tell schools from residuals.
    UsageError
        If `vcov` is not among the allowed values.

    References
    ----------
    Patterson, H. D. and Thompson, R. (1971). Recovery of inter-block information when block sizes
    are unequal. *Biometrika* 58(3), 545-554.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats.models.design import build_design
    >>> frame = pd.DataFrame({
    ...     "school_id": list("aabbccdd"), "school_type": ["traditional"] * 4 + ["pilot"] * 4,
    ...     "proficient_pct": [40.0, 44.0, 50.0, 54.0, 60.0, 64.0, 74.0, 70.0],
    ... })
    >>> design = build_design(
    ...     frame, "proficient_pct", school_type="school_type", reference="traditional",
    ...     controls=(), absorb=(), weights=None, cluster="school_id", drop_types=(),
    ... )
    >>> fit = fit_mixed(design, vcov="model", working="identity")
    >>> fit.table.loc["pilot"].round(3).to_dict()
    {'estimate': 20.0, 'std_error': 7.071, 'df': 2.0}
    >>> round(fit.variance_school, 3), round(fit.variance_residual, 3)
    (46.0, 8.0)
    """
    if vcov not in (allowed := (*get_args(Kind), MODEL)):
        raise UsageError(f"vcov must be one of {allowed}; got {vcov!r}")
    refuse_unusable(design, "the outcome", len(design.terms))
    schools = _schools(design)
    sums = _sums(design, schools)
    ratio = _best_ratio(sums)
    part = sums.at(ratio)
    coefficients: FloatArray = sums.start + np.linalg.solve(sums.triangle, part.shift)
    variance = part.left / sums.spare
    rows, outcome = (_less_mean(a, design, schools, ratio) for a in (design.matrix, design.outcome))
    residuals = outcome - rows @ coefficients
    named = reported(design, design.terms)
    fitted = None
    if vcov == MODEL:
        covariance = np.asarray(variance * np.linalg.inv(rows.T @ rows), dtype=np.float64)
        df = _between_within(design.matrix, schools)[named]
        clusters = len(pd.unique(pd.Series(design.clusters)))
    else:
        robust = cluster_robust(
            rows,
            residuals,
            design.clusters,
            kind=cast("Kind", vcov),
            contrasts=np.eye(rows.shape[1])[named],
        )
        covariance, df, clusters = robust.vcov, robust.df, robust.n_clusters
        fitted = Fitted(rows, residuals, coefficients, design.clusters, None, design.terms)
    covariance = covariance[np.ix_(named, named)]
    terms = pd.Index([design.terms[j] for j in named])
    return MixedEstimates(
        table=estimate_table(terms.rename("term"), coefficients[named], covariance, df),
        covariance=pd.DataFrame(covariance, index=terms, columns=terms),
        n_clusters=clusters,
        fitted=fitted,
        variance_school=ratio * variance,
        variance_residual=variance,
        log_likelihood=-0.5 * sums.deviance(ratio),
        n_schools=int(schools.max()) + 1,
    )


def _schools(design: Design) -> IntArray:
    """Return the number of each row's school, refusing what can't carry intercepts."""
    codes, labels = pd.factorize(design.frame[design.school])
    if len(labels) < 2 or len(labels) == len(codes):
        raise EstimationError(
            f"a random intercept needs several schools, and more than one row of some; there are "
            f"{len(labels)} {design.school!r} in {len(codes)} rows. Use estimator='wls'"
        )
    spread = pd.Series(design.clusters).groupby(codes).nunique()
    if (spread > 1).any():
        raise EstimationError(
            f"{int((spread > 1).sum())} schools have rows in several clusters, the first is "
            f"{labels[int(np.argmax(spread > 1))]}; with a school intercept, a cluster holds whole "
            f"schools. Cluster by {design.school!r} or by what schools belong to"
        )
    return np.asarray(codes, dtype=np.intp)


@dataclass(frozen=True)
class _At:
    """The fit at a ratio: sum of squares left, shift of the coefficients, and what led there."""

    left: float
    shift: FloatArray
    scale: FloatArray
    bread: FloatArray


@dataclass(frozen=True)
class _Sums:
    """What the likelihood needs, in the basis of the weighted least squares fit.

    `size` is the sum of a school's weights, `basis` (schools, p) and `residual` (schools,) sums of
    weighted rows and residuals; `start` and `triangle` lead back to the coefficients; `spare` is
    rows less columns; `constant` is what of the deviance does not move.
    """

    size: FloatArray
    basis: FloatArray
    residual: FloatArray
    squares: float
    start: FloatArray
    triangle: FloatArray
    spare: int
    constant: float

    def at(self, ratio: float) -> _At:
        """Return the generalised least squares fit at a ratio of variances."""
        scale = 1 + ratio * self.size
        pull = ratio / scale
        bread = np.eye(self.basis.shape[1]) - (self.basis.T * pull) @ self.basis
        pulled = self.basis.T @ (pull * self.residual)
        shift = -np.linalg.solve(bread, pulled)
        left = self.squares - self.residual**2 @ pull + pulled @ shift
        return _At(float(left), np.asarray(shift, dtype=np.float64), scale, bread)

    def deviance(self, ratio: float) -> float:
        """Return minus twice the restricted log-likelihood, the residual variance profiled out."""
        part = self.at(ratio)
        spread = np.log(part.scale).sum() + np.linalg.slogdet(part.bread)[1]
        return float(self.constant + spread + self.spare * np.log(part.left / self.spare))

    def slope(self, ratio: float) -> float:
        """Return the derivative of the deviance by the ratio."""
        part = self.at(ratio)
        scores = (self.residual - self.basis @ part.shift) / part.scale
        scaled = self.basis / part.scale[:, None]
        trace = np.einsum("gi,ij,gj->", scaled, np.linalg.inv(part.bread), scaled)
        fall = self.spare * (scores @ scores) / part.left
        return float((self.size / part.scale).sum() - trace - fall)


def _sums(design: Design, schools: IntArray) -> _Sums:
    """Sum the rows of each school, refusing what leaves the variances undetermined."""
    n, p = design.matrix.shape
    weight = np.ones(n) if design.weights is None else design.weights
    root = np.sqrt(weight)
    unit, triangle = np.linalg.qr(root[:, None] * design.matrix)
    start = np.linalg.solve(triangle, unit.T @ (root * design.outcome))
    residual = root * (design.outcome - design.matrix @ start)
    squares = float(residual @ residual)
    centred = design.outcome - np.average(design.outcome, weights=weight)
    if squares <= PERFECT * float(weight @ centred**2):
        raise EstimationError(
            f"the {p} columns explain the outcome of all {n} rows without error: nothing is left "
            f"to tell how sure an estimate is. Hold fewer controls equal (controls=)"
        )
    indicator = np.zeros((int(schools.max()) + 1, p))
    np.add.at(indicator, schools, root[:, None] * unit)
    size = np.bincount(schools, weight).astype(np.float64)
    if (size - (indicator**2).sum(axis=1) <= RANK_TOLERANCE * size).all():
        raise EstimationError(
            "the columns already give each school a level of its own; nothing is left for a "
            "random intercept. Absorb fewer columns (absorb=), or use estimator='wls'"
        )
    fixed = 2 * np.log(np.abs(np.diag(triangle))).sum() - np.log(weight).sum()
    return _Sums(
        size=size,
        basis=indicator,
        residual=np.bincount(schools, root * residual).astype(np.float64),
        squares=squares,
        start=start,
        triangle=triangle,
        spare=n - p,
        constant=float(fixed + (n - p) * (1 + np.log(2 * np.pi))),
    )


def _best_ratio(sums: _Sums) -> float:
    """Return the ratio of variances that maximises the restricted likelihood."""
    from scipy.optimize import brentq

    ratios = GRID / (1 - GRID) / sums.size.mean()
    best = int(np.argmin([sums.deviance(ratio) for ratio in ratios]))
    if best == len(ratios) - 1:
        raise EstimationError(
            "the rows of each school leave no variation for a residual, so that the variance "
            "between schools can't be set against it. Use one row a school and estimator='wls'"
        )
    low, high = ratios[max(best - 1, 0)], ratios[best + 1]
    if low == 0 and sums.slope(0.0) >= 0:
        return 0.0
    return float(brentq(sums.slope, low, high, xtol=1e-300, rtol=1e-14))


def _less_mean(values: FloatArray, design: Design, schools: IntArray, ratio: float) -> FloatArray:
    """Take off a share of the school's mean and weight, so that rows are alike and independent.

    Multiplies by the symmetric root of the inverse covariance, for rows times root weights.
    """
    weight = np.ones(len(schools)) if design.weights is None else design.weights
    size = np.bincount(schools, weight)
    columns = values.reshape(len(schools), -1)
    mean = np.zeros((len(size), columns.shape[1]))
    np.add.at(mean, schools, weight[:, None] * columns)
    taken = (1 - 1 / np.sqrt(1 + ratio * size)) / size
    left = columns - (taken[:, None] * mean)[schools]
    return np.asarray((np.sqrt(weight)[:, None] * left).reshape(values.shape))


def _between_within(matrix: FloatArray, schools: IntArray) -> FloatArray:
    """Return degrees of freedom of each column: of schools if constant in them, else of rows."""
    first = np.unique(schools, return_index=True)[1]
    outer: NDArray[np.bool_] = (matrix == matrix[first][schools]).all(axis=0)
    between = np.linalg.matrix_rank(np.column_stack([np.ones(len(first)), matrix[first][:, outer]]))
    n, p = matrix.shape
    df = np.where(outer, len(first) - between, n - len(first) - (p - between))
    return np.where(df > 0, df, np.nan).astype(np.float64)
