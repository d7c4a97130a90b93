"""Growth of simulated students, with a true difference between types of schools.

Massachusetts and Colorado publish medians of students' growth percentiles: each student has a
score of the spring before, such that the school's median percentile is what it is set to be.
Tennessee publishes levels of a school's growth index, its growth over its standard error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.simulate.cities import City, settings
from autonomy_stats.simulate.growth_levels import index_of_level
from autonomy_stats.simulate.growth_percentiles import growth_percentiles
from autonomy_stats.simulate.growth_shifts import shifts_of_medians
from autonomy_stats.simulate.truth import Truth

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.simulate.students import Spring

    Floats = NDArray[np.float64]

__all__ = ["growth_indices", "student_percentiles"]

FEWEST_AND_MOST = (8.0, 92.0)
"""Least and largest true median percentile of a school's grade."""

LEVELS = (1.1, 4.9)
"""Least and largest true expected level of a school."""

ITERATIONS = 20
"""Iterations of a slope, of which each takes off nine tenths of what it is wrong by."""

AVERAGE_LEVEL = 3.0
"""Level of a school that grows as the state does."""


def student_percentiles(
    city: City, schools: pd.DataFrame, spring: Spring, truth: Truth, rng: np.random.Generator
) -> dict[str, Floats]:
    """Return each tested student's growth percentile by subject; missing in the first grade.

    Parameters
    ----------
    city, schools, spring, truth, rng
        As in `draw_spring`; the spring has its results.
    """
    constants = settings(city.place)
    cells, cell = spring.cells, spring.tested_cell
    grade = cells["grade"].to_numpy()
    number = np.bincount(cell, minlength=len(cells))
    # A score of the year before: not in the first tested grade, nor where a grade was skipped.
    grown = np.isin(grade - 1, city.grades) & (number > 0)
    has = grown[cell]
    deviation = rng.normal(size=len(schools))
    percentiles = {}
    for subject, latent in spring.latent.items():
        target = _targets(city, schools, spring, truth, deviation, rng)
        middle = _normal_quantile(spring.chance[subject])
        prior = np.full(len(cell), np.nan)
        prior[has] = _prior_scores(
            latent[has],
            middle[has],
            target[grown],
            number[grown],
            np.searchsorted(np.flatnonzero(grown), cell[has]),
            constants,
            rng,
        )
        percentile = np.full(len(cell), np.nan)
        for one in sorted(set(grade[grown])):
            rows = grade[cell] == one
            percentile[rows] = np.rint(growth_percentiles(latent[rows], prior[rows]))
        percentiles[subject] = percentile
    return percentiles


def _targets(
    city: City,
    schools: pd.DataFrame,
    spring: Spring,
    truth: Truth,
    deviation: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Return the true median percentile of each cell; deviations are cut evenly."""
    constants = settings(city.place)
    of_cell = spring.cells["school"].to_numpy()
    added = schools[f"type_{spring.end_year}"].map(truth.of(city.place, "growth")).fillna(0.0)
    mean = 50 + added.to_numpy()[of_cell]
    low, high = FEWEST_AND_MOST
    room = np.minimum(mean - low, high - mean)
    moved = constants["growth_school_sd"] * deviation[of_cell]
    moved = moved + constants["growth_cell_sd"] * rng.normal(size=len(of_cell))
    target: Floats = mean + moved.clip(-room, room)
    return target


def _prior_scores(
    latent: Floats,
    middle: Floats,
    target: Floats,
    number: NDArray[np.intp],
    cell: NDArray[np.intp],
    constants: Mapping[str, float],
    rng: np.random.Generator,
) -> Floats:
    """Return scores of the year before that give each cell its median percentile.

    With current score ``m + e`` and prior score ``(m - g) / a + f``, where ``m`` is known of the
    student and ``e`` and ``f`` correlate at ``r``, the residual ``current - a * prior`` has mean
    ``g``, the shift of the student's cell, whatever ``m`` is. It does not depend on the prior
    score over the whole state, as a percentile must not, for the slope
    ``a = r + (cov(m, g) - var(g)) / a``, which is found by iteration.
    """
    own = latent - middle
    r = constants["prior_correlation"]
    unit = shifts_of_medians(target, number, 1.0)[cell]
    slope = r
    for _ in range(ITERATIONS):
        shift = unit * np.sqrt(1 + slope**2 - 2 * slope * r)  # times the residual's spread
        covariance = np.cov(middle, shift)
        slope = r + (covariance[0, 1] - covariance[1, 1]) / slope
    other = r * own + np.sqrt(1 - r**2) * rng.normal(size=len(own))
    prior: Floats = (middle - shift) / slope + other
    return prior


def growth_indices(
    city: City, schools: pd.DataFrame, spring: Spring, truth: Truth, rng: np.random.Generator
) -> dict[str, Floats]:
    """Return each school's growth index by subject; missing for a school without students tested.

    The index is the mean of its students' gains over its standard error: normal with variance
    one around what gives the school its true expected level.
    """
    constants = settings(city.place)
    of_cell = spring.cells["school"].to_numpy()
    school = of_cell[spring.tested_cell]
    number = np.bincount(school, minlength=len(schools))
    added = schools[f"type_{spring.end_year}"].map(truth.of(city.place, "growth")).fillna(0.0)
    mean = AVERAGE_LEVEL + added.to_numpy()
    low, high = LEVELS
    room = np.minimum(mean - low, high - mean)
    shared = rng.normal(size=len(schools))
    indices = {}
    for subject in spring.latent:
        # Half of what sets schools apart is the same in every subject.
        moved = np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(size=len(schools))
        level = mean + (constants["level_sd"] * moved).clip(-room, room)
        # Gains in standard deviations of a student's gain, given the expected index.
        shift = index_of_level(level) / np.sqrt(number.clip(min=1))
        gain = shift[school] + rng.normal(size=len(school))
        total = np.bincount(school, weights=gain, minlength=len(schools))
        index = total / np.sqrt(number.clip(min=1))
        indices[subject] = np.where(number > 0, index, np.nan)
    return indices


def _normal_quantile(share: Floats) -> Floats:
    from scipy.special import ndtri

    quantile: Floats = ndtri(share)
    return quantile
