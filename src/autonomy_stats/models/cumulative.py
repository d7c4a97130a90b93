"""Likelihood of ordered levels, each between two thresholds of a logistic variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_expit

if TYPE_CHECKING:
    from autonomy_stats.models.inference.prepared import FloatArray, IntArray

__all__ = ["Cumulative", "log_probability", "slopes"]


@dataclass(frozen=True)
class Cumulative:
    """Likelihood of coded levels, in thresholds and coefficients."""

    rows: FloatArray
    code: IntArray
    levels: int
    weight: FloatArray

    def bounds(self, parameters: FloatArray, code: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return how far the thresholds above and below a level are from a row's index."""
        cuts = self.levels - 1
        ends = np.concatenate([[-np.inf], parameters[:cuts], [np.inf]])
        index = self.rows @ parameters[cuts:]
        return ends[code + 1] - index, ends[code] - index

    def spread(self, code: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the derivatives of these two distances by the parameters, each (n, p)."""
        cuts = self.levels - 1
        upper = np.hstack([np.equal.outer(code, np.arange(cuts)), -self.rows])
        lower = np.hstack([np.equal.outer(code - 1, np.arange(cuts)), -self.rows])
        upper[code == cuts] = 0.0
        lower[code == 0] = 0.0
        return upper.astype(float), lower.astype(float)

    def log_likelihood(self, parameters: FloatArray) -> float:
        """Return the weighted log-likelihood; minus infinity if the thresholds cross."""
        if (np.diff(parameters[: self.levels - 1]) <= 0).any():
            return -np.inf
        return float(self.weight @ log_probability(*self.bounds(parameters, self.code)))

    def score_and_information(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the gradient of the log-likelihood and minus its second derivative."""
        upper, lower = self.bounds(parameters, self.code)
        by_upper, by_lower = self.spread(self.code)
        w = self.weight
        rise, fall = slopes(upper, lower)
        score = by_upper.T @ (w * rise) + by_lower.T @ (w * fall)
        with np.errstate(over="ignore"):  # an infinite width has no shared curvature
            shared = 0.25 / np.sinh(0.5 * (upper - lower)) ** 2
        cross = (by_upper.T * (w * shared)) @ by_lower
        information = (
            (by_upper.T * (w * (expit(upper) * expit(-upper) + shared))) @ by_upper
            + (by_lower.T * (w * (expit(lower) * expit(-lower) + shared))) @ by_lower
            - cross
            - cross.T
        )
        return score, information


def log_probability(upper: FloatArray, lower: FloatArray) -> FloatArray:
    """Return log(L(upper) - L(lower)) without cancellation."""
    return np.asarray(log_expit(upper) + log_expit(-lower) + np.log(-np.expm1(lower - upper)))


def slopes(upper: FloatArray, lower: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the derivatives of `log_probability`."""
    with np.errstate(over="ignore"):  # an infinite width adds nothing
        both = 1 / np.expm1(upper - lower)
    return expit(-upper) + both, -expit(lower) - both
