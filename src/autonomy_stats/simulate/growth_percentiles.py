"""Student growth percentiles of a whole state's students.

As the states compute them (Betebenner 2009; the R package SGP): quantile regressions of the current
score on cubic splines of the prior score say what share of the students with a like prior score
lies below a student. Knots stand at the 20th, 40th, 60th and 80th percentile of the prior scores,
and curves that cross are sorted. Unlike there, one prior score is used, and 19 curves with straight
lines between them instead of 100.

References
----------
Betebenner, D. W. (2009). Norm- and criterion-referenced student growth. *Educational Measurement:
Issues and Practice* 28(4), 42-51.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.simulate.quantile_regression import quantile_regression

__all__ = ["KNOTS", "LEVELS", "growth_percentiles", "prior_splines"]

FloatArray = NDArray[np.float64]

LEVELS: FloatArray = np.arange(1, 20) / 20
"""Quantiles of the current score that are fitted."""

KNOTS = (0.2, 0.4, 0.6, 0.8)
"""Quantiles of the prior score at which the cubic pieces join, as in the package SGP."""

DEGREE = 3

FEWEST_A_COLUMN = 20
"""Students needed for each column of the splines, so that the outermost curves have one beyond."""

SAME = 1e-6
"""A score this near to a curve, in standard deviations of the scores, lies on it."""

LOWEST, HIGHEST = 1.0, 99.0
"""The states report no growth percentile of 0 or 100."""


def prior_splines(prior: ArrayLike, knots: Sequence[float] = KNOTS) -> FloatArray:
    """Return cubic B-splines of prior scores, the columns of the quantile regressions.

    The outer knots stand at the lowest and highest score. The package SGP puts them a tenth of the
    range further out, which gives other coefficients and the same curves.

    Parameters
    ----------
    prior : array_like of shape (n,)
        Scores, in any unit.
    knots : sequence of float
        As in `growth_percentiles`.

    Returns
    -------
    numpy.ndarray of shape (n, p)
        Splines, four more than knots, which add up to one in each row.

    Raises
    ------
    UsageError
        If a knot is not within (0, 1).
    EstimationError
        If there are too few students or distinct scores.

    Examples
    --------
    >>> prior_splines(range(200)).shape
    (200, 8)
    """
    from scipy.interpolate import BSpline

    scores, at = np.asarray(prior, dtype=float), np.asarray(knots, dtype=float)
    if at.ndim != 1 or not ((at > 0) & (at < 1)).all():
        raise UsageError(f"knots must each lie between 0 and 1; got {knots!r}")
    fewest = FEWEST_A_COLUMN * (len(at) + DEGREE + 1)
    if len(scores) < fewest:
        raise EstimationError(
            f"growth percentiles with {len(at)} knots need {fewest} students or more; got "
            f"{len(scores)}"
        )
    low, high = scores.min(), scores.max()
    inner = np.unique(np.quantile(scores, at))
    inner = inner[(inner > low) & (inner < high)]
    distinct, columns = len(np.unique(scores)), len(inner) + DEGREE + 1
    if distinct < columns:
        raise EstimationError(
            f"growth percentiles with {len(inner)} distinct knots need {columns} distinct prior "
            f"scores or more; got {distinct}"
        )
    outer = DEGREE + 1
    steps = np.concatenate([np.repeat(low, outer), inner, np.repeat(high, outer)])
    splines: FloatArray = BSpline.design_matrix(scores, steps, DEGREE).toarray()
    return splines


def growth_percentiles(
    current: ArrayLike, prior: ArrayLike, *, knots: Sequence[float] = KNOTS
) -> FloatArray:
    """Return the percentile of each student among students of a like prior score.

    All students are used, and nothing is drawn at random.

    Parameters
    ----------
    current, prior : array_like of shape (n,)
        Scores of this year and the last, of all students of a state in one subject and grade, in
        any unit.
    knots : sequence of float
        Quantiles of the prior score at which the cubic pieces join, each within (0, 1). Those that
        fall together, or on the lowest or highest score, count once, or not.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Percentiles from 1 to 99, not rounded.

    Raises
    ------
    UsageError
        If scores are not two finite numbers a student, or a knot is not within (0, 1).
    EstimationError
        If there are too few students or distinct prior scores for the splines, or the prior score
        tells the current one without error.

    Notes
    -----
    Between two curves a percentile lies as far as the score does. A score on several curves, as
    the highest possible score may be, gets the middle of theirs.

    Beyond the outermost curves, at 5 and 95, there is nothing to go by but the other students
    there: they are ranked by their distance from the curve as a share of the distance between the
    curve and the median, and the ranks are spread evenly over 0 to 5, or 95 to 100. So a percentile
    is as often below 1 as between 1 and 2, and what is outside 1 to 99 is then set to 1 or 99. At
    one prior score the order is that of the current scores.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> prior = rng.normal(size=5000)
    >>> noise = rng.normal(size=5000)
    >>> percentiles = growth_percentiles(500 + 80 * prior + 60 * noise, prior)
    >>> [float(round(np.median(percentiles[noise > level]))) for level in (-9, 0, 1)]
    [50.0, 75.0, 92.0]
    """
    now, before = _checked(current, prior)
    splines = prior_splines(before, knots)
    curves = np.sort(splines @ quantile_regression(splines, now, LEVELS), axis=1)
    # Rounding must not say on which side of a curve a score on it lies.
    score = now[:, None]
    curves = np.where(np.abs(curves - score) <= SAME * now.std(), score, curves)
    share = _between(now, curves)
    middle = curves[:, len(LEVELS) // 2]
    for side, outermost in ((1, curves[:, -1]), (-1, curves[:, 0])):
        beyond = side * (now - outermost) > 0
        rank = _ranks((now - outermost)[beyond], (outermost - middle)[beyond], now.std())
        share[beyond] = 0.5 + side * (LEVELS[-1] - 0.5 + LEVELS[0] * rank)
    return np.clip(100 * share, LOWEST, HIGHEST)


def _checked(current: ArrayLike, prior: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the scores as arrays, refusing what are none."""
    now, before = np.asarray(current, dtype=float), np.asarray(prior, dtype=float)
    if now.ndim != 1 or now.shape != before.shape:
        raise UsageError(
            "current and prior must be two sequences of one length; got shapes "
            f"{now.shape} and {before.shape}"
        )
    bad = ~(np.isfinite(now) & np.isfinite(before))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise UsageError(
            f"student {at} of {len(now)}: got current score {now[at]:g} and prior score "
            f"{before[at]:g}; {int(bad.sum())} students lack one of the two finite scores. Leave "
            "them out, and count them"
        )
    return now, before


def _between(score: FloatArray, curves: FloatArray) -> FloatArray:
    """Return the share of each score between curves; outside them, that of the outermost."""
    below = (curves < score[:, None]).sum(axis=1)
    at_most = (curves <= score[:, None]).sum(axis=1)
    row, last = np.arange(len(score)), len(LEVELS) - 1
    low, high = np.clip(below - 1, 0, last), np.clip(below, 0, last)
    width = curves[row, high] - curves[row, low]
    along = np.divide(score - curves[row, low], width, out=np.zeros_like(score), where=width > 0)
    between = LEVELS[low] + along * (LEVELS[high] - LEVELS[low])
    on = (LEVELS[high] + LEVELS[np.clip(at_most - 1, 0, last)]) / 2
    share: FloatArray = np.where(at_most > below, on, between)
    return share


def _ranks(distance: FloatArray, width: FloatArray, scale: float) -> FloatArray:
    """Return ranks of distances as shares of a width, evenly within 0 and 1; ties share one."""
    from scipy.stats import rankdata

    if not len(distance):
        return distance
    # Where a test has a ceiling, the curves may meet there.
    ranks = rankdata(np.abs(distance) / np.maximum(np.abs(width), SAME * scale))
    even: FloatArray = (ranks - 0.5) / len(distance)
    return even
