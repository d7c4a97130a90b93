"""Levels of growth as Tennessee gives them to schools, and what index a school needs for one.

TVAAS, the Tennessee Value-Added Assessment System, divides a school's growth measure by its
standard error. Level 5 is an index of 2 or higher, level 4 one from 1 to 2, level 3 from -1 to 1,
level 2 from -2 to -1, and level 1 one below -2; an index exactly on a boundary gets the higher
level (SAS Institute for the Tennessee Department of Education, help page "School Evaluation
Composites" of the public TVAAS reports, tvaas.sas.com).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import EstimationError, UsageError

__all__ = ["CUTS", "LEVELS", "expected_level", "index_of_level", "value_added_levels"]

LEVELS = (1, 2, 3, 4, 5)
"""Levels of growth."""

CUTS = (-2.0, -1.0, 1.0, 2.0)
"""Growth indexes from which on the second to fifth level are given."""

FARTHEST = 12.0
"""An index further from zero than this gives level 1 or 5 to the last digit."""


def value_added_levels(index: ArrayLike) -> NDArray[np.int64]:
    """Return the levels of growth indexes.

    Parameters
    ----------
    index : array_like
        Growth measure over its standard error.

    Returns
    -------
    numpy.ndarray of int
        Levels from 1 to 5, of the same shape.

    Raises
    ------
    UsageError
        If an index is missing.

    Examples
    --------
    >>> value_added_levels([-2.1, -2.0, 0.0, 1.0, 7.5])
    array([1, 2, 3, 4, 5])
    """
    values = np.asarray(index, dtype=float)
    if np.isnan(values).any():
        raise UsageError(
            f"{int(np.isnan(values).sum())} of {values.size} growth indexes are missing; leave "
            "these schools out, and count them"
        )
    return np.searchsorted(CUTS, values, side="right").astype(np.int64) + LEVELS[0]


def expected_level(index: ArrayLike) -> NDArray[np.float64]:
    """Return the mean level over a standard normal error about true growth indexes.

    Parameters
    ----------
    index : array_like
        True growth measure over its standard error.

    Returns
    -------
    numpy.ndarray
        Mean levels from 1 to 5, of the same shape.

    Examples
    --------
    >>> expected_level([-9.0, 0.0, 1.0]).round(3)
    array([1.   , 3.   , 3.635])
    """
    from scipy.special import ndtr

    values = np.asarray(index, dtype=float)
    passed = ndtr(values[..., None] - np.array(CUTS))
    mean: NDArray[np.float64] = LEVELS[0] + passed.sum(axis=-1)
    return mean


def index_of_level(level: ArrayLike) -> NDArray[np.float64]:
    """Return the true growth indexes about which the mean level is as given.

    Parameters
    ----------
    level : array_like
        Mean levels, each within (1, 5).

    Returns
    -------
    numpy.ndarray
        Indexes, of the same shape: the inverse of `expected_level`.

    Raises
    ------
    UsageError
        If a level is not within (1, 5).
    EstimationError
        If an index is not found.

    Examples
    --------
    >>> index_of_level([1.5, 3.0, 4.5]).round(3)
    array([-2.263,  0.   ,  2.263])
    """
    from scipy.optimize.elementwise import find_root

    wanted = np.asarray(level, dtype=float)
    if not ((wanted > LEVELS[0]) & (wanted < LEVELS[-1])).all():
        raise UsageError(
            f"mean levels must lie between {LEVELS[0]} and {LEVELS[-1]}, neither reached; got "
            f"{wanted.min():g} to {wanted.max():g}"
        )
    ends = (np.full_like(wanted, -FARTHEST), np.full_like(wanted, FARTHEST))
    found = find_root(lambda index, goal: expected_level(index) - goal, ends, args=(wanted,))
    if not found.success.all():
        raise EstimationError(f"no index was found for {int((~found.success).sum())} levels")
    return np.asarray(found.x, dtype=float)
