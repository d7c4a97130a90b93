"""What the two logistic estimators share: average differences on the outcome's own scale.

The expectation of the outcome of a row is a sum of logistic curves, ``sum_k step_k L(x'b - t_k)``:
one curve of 100 points for a percent, one of a level's width for each threshold of ordered levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
from scipy.special import expit

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.guards import refuse_constant
from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.inference.prepared import RANK_TOLERANCE
from autonomy_stats.models.wls import Fitted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.inference.cluster_robust import Kind, Working
    from autonomy_stats.models.inference.prepared import FloatArray

__all__ = [
    "Linearised",
    "average_differences",
    "estimate_table",
    "example_row",
    "mean_weights",
    "refuse_unusable",
    "reported",
]

SMALL_SAMPLE = ("CR2", "CR3")
"""Kinds that adjust for few clusters, and take Satterthwaite's degrees of freedom with it."""


@dataclass(frozen=True)
class Linearised:
    """A fit as the least squares regression that it equals at its estimates.

    Parameters
    ----------
    rows : array of shape (n, p)
        Derivatives of the fitted values by the p parameters.
    residuals, weights : array of shape (n,)
        With ``rows' (weights * residuals) = 0``.
    clusters : array of shape (n,)
        Cluster of each row.
    parameters : array of shape (p,)
        Estimates.
    terms : tuple of str
        Names of the parameters.
    sensitivity : array of shape (p, p)
        Minus the derivative of ``rows' (weights * residuals)`` by the parameters.
    """

    rows: FloatArray
    residuals: FloatArray
    weights: FloatArray
    clusters: NDArray[Any]
    parameters: FloatArray
    terms: tuple[str, ...]
    sensitivity: FloatArray

    def inference(
        self, gradient: FloatArray, vcov: str, working: str
    ) -> tuple[FloatArray, FloatArray, int]:
        """Return covariance (q, q) and df (q,) of functions of the parameters, and the clusters.

        The functions are given by their derivatives (q, p). The degrees of freedom are
        Satterthwaite's under CR2 and CR3, and the clusters less one under CR0 and CR1.
        """
        contrasts = gradient @ self._step()
        robust = cluster_robust(
            self.rows,
            self.residuals,
            self.clusters,
            self.weights,
            kind=cast("Kind", vcov),
            working=cast("Working", working),
            contrasts=contrasts,
        )
        few = np.full(len(contrasts), robust.n_clusters - 1.0)
        df = robust.df if vcov in SMALL_SAMPLE else few
        return contrasts @ robust.vcov @ contrasts.T, df, robust.n_clusters

    def fitted(self, named: Sequence[int], estimates: FloatArray, gradient: FloatArray) -> Fitted:
        """Return the regression whose coefficients are the functions, in place of `named`."""
        functions = np.eye(len(self.parameters))
        functions[list(named)] = gradient
        coefficients = self.parameters.copy()
        coefficients[list(named)] = estimates
        return Fitted(
            matrix=self.rows @ np.linalg.inv(functions @ self._step()),
            residuals=self.residuals,
            coefficients=coefficients,
            clusters=self.clusters,
            weights=self.weights,
            terms=self.terms,
        )

    def _step(self) -> FloatArray:
        """Return how the parameters move with the coefficients of the regression."""
        information = (self.rows.T * self.weights) @ self.rows
        return np.asarray(np.linalg.solve(self.sensitivity, information))


def average_differences(
    design: Design,
    matrix: FloatArray,
    terms: Sequence[str],
    coefficients: FloatArray,
    thresholds: FloatArray,
    steps: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Average, over the rows of a fit, what each type and control is associated with.

    Of a type: the difference in expectation if all rows were of the type and if all were of the
    reference. Of a control: the slope of the expectation. Rows count by their weights.

    Parameters
    ----------
    design : Design
        What was fitted.
    matrix : array of shape (n, p)
        Its columns, named by `terms`.
    coefficients : array of shape (p,)
        Estimates.
    thresholds, steps : array of shape (m,)
        Where each curve rises, and by how much.

    Returns
    -------
    estimates : array of shape (q,)
        For each reported term, in their order.
    gradient : array of shape (q, m + p)
        Derivatives by thresholds and coefficients.
    """
    weight = mean_weights(design) / len(matrix)
    kinds = [j for j, term in enumerate(terms) if term in design.types]
    reference = matrix.copy()
    reference[:, kinds] = 0.0

    def curves(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the curves (n, m), and their slopes times the steps and weights."""
        level = expit((rows @ coefficients)[:, None] - thresholds)
        return level, weight[:, None] * steps * level * (1 - level)

    def derivatives(slope: FloatArray, rows: FloatArray) -> FloatArray:
        """Return the derivative of a weighted sum of curves."""
        return np.concatenate([-slope.sum(axis=0), slope.sum(axis=1) @ rows])

    base, base_slope = curves(reference)
    own, own_slope = curves(matrix)
    estimates, gradient = [], []
    for j in reported(design, terms):
        if j in kinds:
            rows = reference.copy()
            rows[:, j] = 1.0
            level, slope = curves(rows)
            estimates.append(weight @ (level - base) @ steps)
            gradient.append(derivatives(slope, rows) - derivatives(base_slope, reference))
        else:
            estimates.append(coefficients[j] * own_slope.sum())
            change = coefficients[j] * derivatives(own_slope * (1 - 2 * own), matrix)
            change[len(thresholds) + j] += own_slope.sum()
            gradient.append(change)
    width = len(thresholds) + len(coefficients)
    return np.array(estimates), np.reshape(gradient, (len(estimates), width))


def reported(design: Design, terms: Sequence[str]) -> list[int]:
    """Return the numbers of the terms that are reported: controls and types."""
    named = {*design.controls, *design.types}
    return [j for j, term in enumerate(terms) if term in named]


def mean_weights(design: Design) -> FloatArray:
    """Return the weights as multiples of their mean; all one if there are none."""
    if design.weights is None:
        return np.ones(len(design.outcome))
    return np.asarray(design.weights / design.weights.mean())


def estimate_table(
    index: pd.Index, estimates: FloatArray, covariance: FloatArray, df: FloatArray
) -> pd.DataFrame:
    """Return `estimate, std_error, df` of some estimates."""
    # A variance that nothing tells of may come out below zero, by rounding.
    std_error = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return pd.DataFrame({"estimate": estimates, "std_error": std_error, "df": df}, index=index)


def refuse_unusable(design: Design, outcome: str, parameters: int) -> None:
    """Stop if the outcome never differs, or the columns are too many or not independent.

    Parameters
    ----------
    design : Design
        What is to be fitted.
    outcome : str
        How to call the outcome.
    parameters : int
        How many parameters the fit has.
    """
    y, x = design.outcome, design.matrix
    refuse_constant(y, outcome)
    if parameters >= len(y):
        raise EstimationError(
            f"{len(y)} rows can't support {parameters} parameters; more rows than parameters are "
            f"needed. Absorb fewer columns (absorb=) or hold fewer controls equal (controls=)"
        )
    scaled = x / np.maximum(np.linalg.norm(x, axis=0), np.finfo(float).tiny)
    left = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    if (weak := np.flatnonzero(left < RANK_TOLERANCE)).size:
        raise EstimationError(
            f"column {design.terms[weak[0]]!r} of the design is a combination of the ones before "
            f"it; leave it out (controls=, absorb= or drop_types=)"
        )


def example_row(design: Design, bad: NDArray[np.bool_]) -> str:
    """Say what names the first of some rows."""
    columns = ("school_id", design.school, "end_year", "subject", "grade")
    row = design.frame[bad].iloc[0]
    held = dict.fromkeys(column for column in columns if column in row)
    return ", ".join(f"{column} {row[column]}" for column in held)
