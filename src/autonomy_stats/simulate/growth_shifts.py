"""How far a school's students must be shifted for its median growth percentile to be as wanted.

Let students of school s have a current score of ``r * prior + g_s + spread * noise``, the noise
standard normal. If the shifts g do not go with the prior scores, students of any prior score are
the same mixture of schools, and a student at v beyond what the prior says has the growth percentile
100 F(v), where F is the weighted mean of the normal distributions about all shifts. The median
student of school s is at g_s: the school's median is 100 F(g_s). If the shifts do go with the
prior scores, students are compared with more students of schools like theirs, and medians lie
nearer to 50.

All students are compared with each other, so not every set of medians is possible:

- Their weighted mean is 50, since of two students one is above the other.
- If a share W of the students is in the schools with the lowest medians, the weighted mean of these
  medians is above 50 W: with fewer points they would be below even each other.

For medians of mean 50 the second is also enough; shifts are then one set, up to a constant. (It is
Landau's condition on the scores of a tournament.)

References
----------
Landau, H. G. (1953). On dominance relations and the structure of animal societies: III. The
condition for a score structure. *Bulletin of Mathematical Biophysics* 15(2), 143-148.
Thurstone, L. L. (1927). A law of comparative judgment. *Psychological Review* 34(4), 273-286.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import EstimationError, UsageError

__all__ = ["centre_medians", "shifts_of_medians"]

FloatArray = NDArray[np.float64]

MIDDLE = 50.0
"""Median growth percentile of a state."""

STEPS_A_SPREAD = 32
"""Points a spread at which the distribution is computed; between them it is off by 2e-9 or less."""

TOLERANCE = 1e-9
"""Largest change of a shift, in spreads, after which there are no more."""

MOST_ROUNDS = 1000
"""Rounds; ten are usual, fifty if medians reach from 1 to 99, and hundreds for few schools that
are more than two spreads apart."""


def centre_medians(medians: ArrayLike, weights: ArrayLike) -> FloatArray:
    """Return medians moved by a constant, so that their weighted mean is 50.

    Differences between schools stay as they are.

    Parameters
    ----------
    medians : array_like of shape (n,)
        Median growth percentile of each school, in points.
    weights : array_like of shape (n,)
        Students of each, above 0.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Medians of weighted mean 50.

    Raises
    ------
    UsageError
        If values are not finite or as many, or a weight is not above 0.

    Examples
    --------
    >>> centre_medians([40.0, 50.0, 70.0], [1, 1, 2])
    array([32.5, 42.5, 62.5])
    """
    values, share = _checked("medians", medians, weights)
    return values + (MIDDLE - share @ values)


def shifts_of_medians(targets: ArrayLike, weights: ArrayLike, spread: float) -> FloatArray:
    """Return how far each school's students must be shifted for its median to be as wanted.

    Parameters
    ----------
    targets : array_like of shape (n,)
        Median growth percentile of each school, in points. They are moved by a constant first, so
        that their weighted mean is 50 (`centre_medians`).
    weights : array_like of shape (n,)
        Students of each, above 0.
    spread : float
        Standard deviation of the students of a school about what prior score and shift say, in the
        score's unit.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Shifts in the score's unit, of weighted mean zero.

    Raises
    ------
    UsageError
        If values are not finite or as many, or a weight or the spread is not above 0.
    EstimationError
        If no shifts give these medians, because they are too far apart.

    Examples
    --------
    >>> shifts_of_medians([38.54, 50.0, 61.46], [1, 1, 1], 10.0).round(2)
    array([-3.,  0.,  3.])
    """
    from scipy.special import ndtri

    unit = _checked_spread(spread)
    medians = centre_medians(targets, weights)
    values, school = np.unique(medians, return_inverse=True)
    weight = _checked("targets", medians, weights)[1]
    share = np.asarray(np.bincount(school, weight), dtype=np.float64)
    _check_possible(values, share)
    wanted = ndtri(values / 100)
    shifts = wanted.copy()
    for _ in range(MOST_ROUNDS):
        change = wanted - ndtri(_distribution(shifts, share))
        change -= share @ change  # shifts are one set up to a constant
        shifts += change
        if np.abs(change).max() <= TOLERANCE:
            centred: FloatArray = unit * (shifts - share @ shifts)
            return centred[school]
    raise EstimationError(
        f"no shifts were found in {MOST_ROUNDS} rounds for median growth percentiles from "
        f"{values[0]:.4g} to {values[-1]:.4g}; choose targets nearer to each other"
    )


def _distribution(shifts: FloatArray, share: FloatArray) -> FloatArray:
    """Return the mixture's distribution function at the shifts, in spreads, from a fine table."""
    from scipy.interpolate import CubicHermiteSpline
    from scipy.special import ndtr

    low, high = shifts.min(), shifts.max()
    table = np.linspace(low, high + 1e-6, 2 + int(STEPS_A_SPREAD * (high - low)))
    distance = table[:, None] - shifts
    density = np.exp(-(distance**2) / 2) / np.sqrt(2 * np.pi)
    between = CubicHermiteSpline(table, ndtr(distance) @ share, density @ share)
    return np.asarray(between(shifts), dtype=float)


def _check_possible(values: FloatArray, share: FloatArray) -> None:
    """Refuse medians, from low to high and of mean 50, that students of each other can't have."""
    below = np.cumsum(share)[:-1]
    mean = np.cumsum(share * values)[:-1] / below
    short = MIDDLE * below - mean
    if len(short) and short.max() >= 0:
        at = int(np.argmax(short))
        raise EstimationError(
            f"the schools with the lowest median growth percentiles, {100 * below[at]:.3g} % of "
            f"all students, would have a mean of {mean[at]:.4g}, after centring; it must be above "
            f"{MIDDLE * below[at]:.4g}, since they are students of each other. Choose targets "
            "nearer to 50"
        )


def _checked(name: str, values: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return values, and weights that add up to one."""
    numbers, weight = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    if numbers.ndim != 1 or numbers.shape != weight.shape or not len(numbers):
        raise UsageError(
            f"{name} and weights must be two sequences of one length, above 0; got shapes "
            f"{numbers.shape} and {weight.shape}"
        )
    bad = ~(np.isfinite(numbers) & np.isfinite(weight) & (weight > 0))
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise UsageError(
            f"school {at} of {len(numbers)}: got {numbers[at]:g} in {name} with weight "
            f"{weight[at]:g}; each needs a finite value and a weight above 0"
        )
    return numbers, weight / weight.sum()


def _checked_spread(spread: float) -> float:
    """Return a spread above 0."""
    if not (np.isfinite(spread) and spread > 0):
        raise UsageError(f"spread must be a finite number above 0; got {spread!r}")
    return float(spread)
