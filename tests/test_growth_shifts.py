"""Shifts of schools' students: medians come out as wanted, in theory and of simulated students."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.simulate.growth_percentiles import growth_percentiles
from autonomy_stats.simulate.growth_shifts import centre_medians, shifts_of_medians

# The table of the distribution function is off by up to 2e-7 points.
POINTS = 1e-6

SPREAD = 7.0


def schools(n: int, deviation: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Targets that reach far beyond the middle, and sizes that differ much."""
    rng = np.random.default_rng(seed)
    return 50 + deviation * rng.normal(size=n), rng.gamma(1, 60, size=n) + 1


def medians_of_shifts(shifts, weights, spread) -> np.ndarray:
    """Where the median student of each school stands among the students of all schools."""
    at, share = np.asarray(shifts) / spread, np.asarray(weights) / np.sum(weights)
    return 100 * (stats.norm.cdf(at[:, None] - at) @ share)


@pytest.mark.parametrize(("n", "deviation"), [(2, 9.0), (30, 15.0), (800, 12.0), (800, 0.0)])
def test_medians_are_the_targets(n: int, deviation: float) -> None:
    targets, students = schools(n, deviation)
    wanted = centre_medians(targets, students)
    shifts = shifts_of_medians(targets, students, SPREAD)
    np.testing.assert_allclose(medians_of_shifts(shifts, students, SPREAD), wanted, atol=POINTS)
    assert shifts @ students == pytest.approx(0, abs=1e-6 * students.sum())
    assert (np.argsort(shifts) == np.argsort(wanted)).all() or deviation == 0


def test_targets_alike_need_one_shift() -> None:
    shifts = shifts_of_medians([40.0, 60.0, 40.0, 60.0], [1, 2, 3, 4], SPREAD)
    assert shifts[0] == shifts[2] < 0 < shifts[1] == shifts[3]
    assert shifts_of_medians([70.0], [5], SPREAD) == [0.0]


def test_shifts_come_back() -> None:
    rng = np.random.default_rng(1)
    wanted, students = SPREAD * 0.5 * rng.normal(size=200), rng.gamma(1, 60, size=200) + 1
    wanted -= students @ wanted / students.sum()
    shifts = shifts_of_medians(medians_of_shifts(wanted, students, SPREAD), students, SPREAD)
    np.testing.assert_allclose(shifts, wanted, atol=1e-6)


def test_medians_are_quantiles_of_the_mixture() -> None:
    """Two schools of equal size: half of F comes from each."""
    distance = 3.0 / SPREAD
    wanted = 50 * (0.5 + stats.norm.cdf(distance))
    medians = medians_of_shifts([0.0, 3.0], [9, 9], SPREAD)
    np.testing.assert_allclose(medians, [100 - wanted, wanted])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(-1.2, 1.2), st.floats(0.01, 1)), min_size=2, max_size=12))
def test_medians_of_schools_far_apart_are_found(pairs: list[tuple[float, float]]) -> None:
    """Schools of a state differ by a third of the spread among the students of one."""
    shifts, weights = np.array(pairs).T
    medians = medians_of_shifts(shifts, weights, 1.0)
    assert weights @ medians / weights.sum() == pytest.approx(50)
    found = shifts_of_medians(medians, weights, 1.0)
    np.testing.assert_allclose(medians_of_shifts(found, weights, 1.0), medians, atol=POINTS)


def test_centring_keeps_differences() -> None:
    targets, students = schools(20, 12.0)
    centred = centre_medians(targets + 8, students)
    assert students @ centred / students.sum() == pytest.approx(50)
    np.testing.assert_allclose(np.diff(centred), np.diff(targets))


def test_simulated_students_have_the_medians() -> None:
    """Schools of 200 students: a median has a standard error of 2 to 3 points."""
    rng = np.random.default_rng(2)
    each, n = 200, 100
    targets = centre_medians(50 + 13 * rng.normal(size=n), np.ones(n))
    shifts = shifts_of_medians(targets, np.ones(n), SPREAD)
    school = np.repeat(np.arange(n), each)
    prior = 3 * rng.normal(size=n)[school] + 10 * rng.normal(size=n * each)
    current = 0.8 * prior + shifts[school] + SPREAD * rng.normal(size=n * each)
    medians = np.median(growth_percentiles(current, prior).reshape(n, each), axis=1)
    # That of a median score, times the points that the state's students have there.
    density = 100 * stats.norm.pdf(shifts[:, None], shifts, SPREAD).mean(axis=1)
    error = SPREAD * np.sqrt(np.pi / 2 / each) * density
    deviation = (medians - targets) / error
    assert abs(deviation.mean()) < 4 / np.sqrt(n)
    assert (deviation**2).sum() < stats.chi2.ppf(0.999, n)
    slope = np.polyfit(targets, medians, 1, w=1 / error)[0]
    assert slope == pytest.approx(1, abs=4 * error.mean() / targets.std() / np.sqrt(n))


@pytest.mark.parametrize(
    ("targets", "weights", "share"),
    [([-1.0, 50.0, 101.0], [1, 1, 1], 33.3), ([5.0, 5.0, 95.0, 95.0], [1, 1, 1, 1], 50)],
)
def test_refuses_medians_that_students_of_each_other_cannot_have(targets, weights, share) -> None:
    with pytest.raises(EstimationError, match=f"{share:g} % of all students"):
        shifts_of_medians(targets, weights, SPREAD)


def test_refuses_medians_too_far_apart_to_be_found() -> None:
    """Possible, but only if the two schools are worlds apart."""
    with pytest.raises(EstimationError, match="no shifts were found in 1000 rounds"):
        shifts_of_medians([25.0 + 1e-9, 75.0 - 1e-9], [1, 1], SPREAD)


@pytest.mark.parametrize(
    ("values", "weights", "spread", "words"),
    [
        ([50.0], [1, 2], 1.0, r"got shapes \(1,\) and \(2,\)"),
        ([], [], 1.0, "one length, above 0"),
        ([50.0, np.nan], [1, 2], 1.0, "school 1 of 2: got nan"),
        ([50.0, 40.0], [0, 2], 1.0, "school 0 of 2: got 50 in .* with weight 0"),
        ([50.0, 40.0], [1, 2], 0.0, "spread"),
        ([50.0, 40.0], [1, 2], np.nan, "spread"),
    ],
)
def test_refuses(values, weights, spread, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        shifts_of_medians(values, weights, spread)
