"""A resampling distribution of t statistics for any hypothesised value, and its interval.

For a hypothesised value r, let delta be the estimate less r. The numerator of each resampled t
statistic is linear in delta and its variance quadratic, so that the test of another value costs no
new resampling.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["Resampled"]

FARTHEST = 1e4
"""An interval reaches no further than this many standard errors; beyond, it is unbounded."""

PRECISION = 1e-5
"""Of the ends of an interval, in standard errors."""

TIE = 1e-10
"""Relative difference below which two t statistics are the same one."""


@dataclass(frozen=True)
class Resampled:
    """Resampled t statistics.

    Parameters
    ----------
    numerator : tuple of two arrays (draws,)
        Constant and slope in delta.
    variance : tuple of three arrays (draws,)
        Constant, slope and square in delta.
    std_error : float
        Of the sample, by the same formula.
    """

    numerator: tuple[FloatArray, FloatArray]
    variance: tuple[FloatArray, FloatArray, FloatArray]
    std_error: float

    def observed(self, delta: float) -> float:
        """Return the t statistic of the sample."""
        return delta / self.std_error if self.std_error > 0 else float("nan")

    def p_values(self, delta: float) -> tuple[float, float]:
        """Return the shares of draws that are at least as large, and larger, without sign."""
        squared, target = self._compared(delta)
        return (
            float((squared >= target * (1 - TIE)).mean()),
            float((squared > target * (1 + TIE)).mean()),
        )

    def _compared(self, delta: float) -> tuple[FloatArray, FloatArray]:
        """Return squared numerators, and what they are at the observed t statistic."""
        squared = (self.numerator[0] + delta * self.numerator[1]) ** 2
        variance = self.variance[0] + delta * (self.variance[1] + delta * self.variance[2])
        return squared, self.observed(delta) ** 2 * variance

    def _rejects(self, delta: float, level: float) -> bool:
        """Return whether no larger share than the level is at least as large."""
        squared, target = self._compared(delta)
        return int(np.count_nonzero(squared >= target * (1 - TIE))) / len(squared) <= level

    def interval(self, estimate: float, conf_level: float) -> tuple[float, float]:
        """Return the nearest values on either side that the test rejects."""
        level = 1 - conf_level
        low, high = (estimate - self._end(sign, level) * self.std_error for sign in (1, -1))
        return float(low), float(high)

    def _end(self, sign: int, level: float) -> float:
        """Return the distance, in standard errors, beyond which values are rejected."""
        inside, outside = 0.0, 1.0
        while not self._rejects(sign * outside * self.std_error, level):
            inside, outside = outside, 2 * outside
            if outside > FARTHEST:
                return sign * float("inf")
        while outside - inside > PRECISION:
            middle = (inside + outside) / 2
            rejected = self._rejects(sign * middle * self.std_error, level)
            inside, outside = (inside, middle) if rejected else (middle, outside)
        return sign * outside
