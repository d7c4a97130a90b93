"""Percents with normal errors on the logit scale, whose means are what they are set to be.

A percent ``100 / (1 + exp(-(a + s Z)))`` with Z standard normal lies within 0 and 100 whatever Z
is. Its intercept a is solved for, so that its mean is a given one: no truncation, no bias.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.detectable import Components
from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["LogitSpread", "intercepts", "match_spread"]

NODES = 61
"""Of the Gauss-Hermite quadrature: with a spread of 2 the mean is right to 1e-6 points."""

LARGEST = 4.0
"""Spread on the logit scale beyond which a percent is next to 0 or 100 in most schools."""

QUANTILES = 99
"""Means at which variances are matched, for those of all rows."""

STEPS = 60
"""Halvings of an interval of 80: to the last digit."""


@dataclass(frozen=True)
class LogitSpread:
    """Standard deviations on the logit scale: between schools, and between rows of a school."""

    between: float
    within: float

    @property
    def total(self) -> float:
        """Return the standard deviation of a row's error."""
        return float(np.hypot(self.between, self.within))


def intercepts(means: FloatArray, spread: float | FloatArray) -> FloatArray:
    """Return the intercepts at which percents have the given means.

    Parameters
    ----------
    means : array of shape (n,)
        Within (0, 100).
    spread : float or array of shape (n,)
        Standard deviation on the logit scale.

    Examples
    --------
    >>> import numpy as np
    >>> intercepts(np.array([50.0, 20.0]), 0.0).round(3).tolist()
    [0.0, -1.386]
    """
    nodes, weights = _quadrature()
    distance = np.broadcast_to(spread, means.shape)[:, None] * nodes
    low, high = np.full(means.shape, -40.0), np.full(means.shape, 40.0)
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = _percent(middle[:, None] + distance) @ weights > means
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    found: FloatArray = (low + high) / 2
    return found


def match_spread(means: FloatArray, wanted: Components) -> LogitSpread:
    """Return the spread at which the variances of percents are, on average, the wanted ones.

    Parameters
    ----------
    means : array of shape (n,)
        Means of the rows, within (0, 100).
    wanted : Components
        Variances between schools, and between rows of a school, in squared points.

    Raises
    ------
    EstimationError
        If percents with these means cannot vary as much.

    Examples
    --------
    >>> import numpy as np
    >>> spread = match_spread(np.array([20.0, 40.0]), Components(36.0, 64.0))
    >>> round(spread.between, 2), round(spread.within, 2)
    (0.3, 0.4)
    """
    from scipy.optimize import brentq

    means = np.quantile(means, (np.arange(QUANTILES) + 0.5) / QUANTILES)
    nodes, weights = _quadrature()
    total = wanted.between + wanted.within

    def variance(spread: float) -> float:
        percent = _percent(intercepts(means, spread)[:, None] + spread * nodes)
        return float(((percent - means[:, None]) ** 2 @ weights).mean())

    if total <= 0:
        return LogitSpread(0.0, 0.0)
    if variance(LARGEST) < total:
        raise EstimationError(
            f"errors of variance {total:.0f} do not fit percents with a mean of {means.mean():.0f}"
        )
    spread = float(brentq(lambda s: variance(s) - total, 0.0, LARGEST, xtol=1e-10))
    middle = intercepts(means, spread)[:, None, None]

    def shared(part: float) -> float:
        """Return the variance of the mean of a school's rows, if its error has such a part."""
        own, other = spread * part**0.5, spread * (1 - part) ** 0.5
        expected = _percent(middle + own * nodes[:, None] + other * nodes) @ weights
        return float(((expected - means[:, None]) ** 2 @ weights).mean())

    part = 1.0
    if wanted.within > 0:
        part = float(brentq(lambda x: shared(x) - wanted.between, 0.0, 1.0, xtol=1e-10))
    return LogitSpread(spread * part**0.5, spread * (1 - part) ** 0.5)


@cache
def _quadrature() -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of the standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes.astype(np.float64), (weights / weights.sum()).astype(np.float64)


def _percent(logit: FloatArray) -> FloatArray:
    """Return percents from logits."""
    from scipy.special import expit

    percent: FloatArray = 100 * expit(logit)
    return percent
