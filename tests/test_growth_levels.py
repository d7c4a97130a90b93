"""Levels of growth: Tennessee's boundaries, and the index behind a mean level."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from autonomy_stats.errors import UsageError
from autonomy_stats.simulate.growth_levels import (
    expected_level,
    index_of_level,
    value_added_levels,
)

MEANS = np.linspace(1.001, 4.999, 41)


@pytest.mark.parametrize(
    ("index", "level"),
    [
        *((-9.0, 1), (-2.001, 1), (-2.0, 2), (-1.001, 2), (-1.0, 3), (0.0, 3)),
        *((0.999, 3), (1.0, 4), (1.999, 4), (2.0, 5), (9.0, 5)),
    ],
)
def test_a_boundary_belongs_to_the_higher_level(index: float, level: int) -> None:
    assert value_added_levels(index) == level


def test_levels_keep_their_shape() -> None:
    levels = value_added_levels([[-3.0, 0.0], [1.5, 3.0]])
    assert levels.tolist() == [[1, 3], [4, 5]]
    assert levels.dtype == np.int64


def test_mean_level_is_that_of_many_draws() -> None:
    index, draws = np.linspace(-4, 4, 9), 40_000
    levels = value_added_levels(index + np.random.default_rng(0).normal(size=(draws, len(index))))
    error = levels.std(axis=0) / np.sqrt(draws)
    assert (np.abs(levels.mean(axis=0) - expected_level(index)) < 4 * error).all()


def test_mean_level_is_the_sum_over_levels() -> None:
    index = 0.7
    ends = np.array([-np.inf, -2, -1, 1, 2, np.inf])
    share = np.diff(stats.norm.cdf(ends - index))
    assert expected_level(index) == pytest.approx(share @ [1, 2, 3, 4, 5])


def test_round_trip() -> None:
    index = index_of_level(MEANS)
    np.testing.assert_allclose(expected_level(index), MEANS, rtol=1e-13)
    assert (np.diff(index) > 0).all()
    np.testing.assert_allclose(index, -index[::-1], atol=1e-9)  # level 3 is the middle
    np.testing.assert_allclose(index_of_level(expected_level(index)), index, atol=1e-9)


def test_a_level_next_to_the_end_has_an_index() -> None:
    ends = np.array([np.nextafter(1, 2), np.nextafter(5, 4)])
    assert np.abs(index_of_level(ends)).min() > 9
    np.testing.assert_allclose(expected_level(index_of_level(ends)), ends, rtol=1e-15)


def test_shapes() -> None:
    assert index_of_level(3.0).shape == expected_level(3.0).shape == ()
    assert index_of_level([[2.0, 3.0]]).shape == (1, 2)
    assert index_of_level([]).shape == (0,)


@pytest.mark.parametrize("level", [[2.0, 5.0], 1.0, 0.0, np.nan])
def test_refuses_a_mean_level_that_no_index_has(level) -> None:
    with pytest.raises(UsageError, match="between 1 and 5, neither reached"):
        index_of_level(level)


def test_refuses_a_missing_index() -> None:
    with pytest.raises(UsageError, match="1 of 2 growth indexes are missing"):
        value_added_levels([0.5, np.nan])
