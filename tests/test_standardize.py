"""Differences in student standard deviations, against normal scores and the inverse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.standardize import points_of_sd, scale_gap_sd, to_student_sd

rates = st.floats(1, 99)
shifts = st.floats(-2, 2)


@settings(deadline=None)
@given(rates, shifts)
def test_points_and_back(rate: float, shift: float) -> None:
    back = to_student_sd(points_of_sd(shift, rate), 1.0, rate)
    assert back.estimate == pytest.approx(shift, abs=1e-9)


def test_recovers_the_shift_of_normal_scores() -> None:
    """Two normal populations of equal spread, 0.3 apart, whatever the cut score."""
    for cut in (-1.0, 0.0, 0.5, 1.7):
        reference, other = 100 * stats.norm.sf(cut), 100 * stats.norm.sf(cut - 0.3)
        assert to_student_sd(other - reference, 1.0, reference).estimate == pytest.approx(0.3)


@settings(deadline=None)
@given(rates, st.floats(-0.9, 0.9))
def test_standard_error_is_the_derivative(rate: float, share: float) -> None:
    gap = share * min(rate, 100 - rate)
    step = 1e-5
    above, below = (to_student_sd(gap + s, 1.0, rate).estimate for s in (step, -step))
    slope = (above - below) / (2 * step)
    assert to_student_sd(gap, 2.5, rate).std_error == pytest.approx(2.5 * slope, rel=1e-4)


@settings(deadline=None)
@given(rates, st.lists(st.floats(-0.9, 0.9), min_size=2, max_size=2, unique=True))
def test_larger_gaps_stay_larger(rate: float, shares: list[float]) -> None:
    small, large = (share * min(rate, 100 - rate) for share in sorted(shares))
    if large - small > 1e-6:
        first, second = (to_student_sd(gap, 1.0, rate).estimate for gap in (small, large))
        assert first < second
    assert to_student_sd(0.0, 1.0, rate).estimate == 0


@pytest.mark.parametrize(("rate", "points"), [(31.0, 3.6), (50.0, 4.0), (5.0, 1.1), (95.0, 0.9)])
def test_a_tenth_of_a_standard_deviation_in_points(rate: float, points: float) -> None:
    assert points_of_sd(0.10, rate) == pytest.approx(points, abs=0.051)


def test_ends_are_transformed_themselves() -> None:
    gap = to_student_sd(10.0, 4.0, 20.0, conf_low=2.0, conf_high=18.0)
    assert gap.conf_low == pytest.approx(to_student_sd(2.0, 1.0, 20.0).estimate)
    assert gap.conf_high == pytest.approx(to_student_sd(18.0, 1.0, 20.0).estimate)
    open_ended = to_student_sd(-5.0, 40.0, 20.0, conf_low=-83.0, conf_high=90.0)
    assert (open_ended.conf_low, open_ended.conf_high) == (-np.inf, np.inf)
    assert np.isnan(to_student_sd(10.0, 4.0, 20.0).conf_low)


def test_series_keep_their_index_and_what_is_missing() -> None:
    gaps = pd.Series([5.0, np.nan, 0.0], index=["pilot", "exam", "traditional"])
    found = to_student_sd(gaps, gaps / 2, 40.0)
    pd.testing.assert_index_equal(found.estimate.index, gaps.index)
    assert found.estimate["pilot"] == to_student_sd(5.0, 2.5, 40.0).estimate
    assert found.std_error["pilot"] == to_student_sd(5.0, 2.5, 40.0).std_error
    assert np.isnan(found.estimate["exam"])
    assert found.estimate["traditional"] == 0
    references = pd.Series([40.0, 50.0, 60.0], index=gaps.index)
    assert points_of_sd(0.1, references).tolist() == [
        points_of_sd(0.1, rate) for rate in references
    ]


def test_nullable_columns_are_numbers_too() -> None:
    gaps = pd.Series([5.0, None], dtype="Float64")
    found = to_student_sd(gaps, gaps, 40.0)
    assert found.estimate.notna().tolist() == [True, False]


def test_scale_scores_are_divided() -> None:
    assert scale_gap_sd(-7.0, 35.0) == -0.2
    spreads = pd.Series([30.0, 40.0])
    assert scale_gap_sd(pd.Series([3.0, 3.0]), spreads).tolist() == pytest.approx([0.1, 0.075])


@pytest.mark.parametrize("rate", [0.0, 100.0, -3.0, 101.0, np.nan])
def test_refuses_reference_rates_without_a_probit(rate: float) -> None:
    for call in (lambda: to_student_sd(1.0, 1.0, rate), lambda: points_of_sd(0.1, rate)):
        with pytest.raises(UsageError, match="above 0 and below 100"):
            call()


@pytest.mark.parametrize(("gap", "rate", "got"), [(-12.0, 10.0, "-2 %"), (70.0, 30.0, "100 %")])
def test_refuses_gaps_that_leave_the_range(gap: float, rate: float, got: str) -> None:
    with pytest.raises(EstimationError, match=f"gives {got}"):
        to_student_sd(gap, 1.0, rate)


@pytest.mark.parametrize("spread", [0.0, -1.0, np.nan, np.inf])
def test_refuses_spreads_that_are_none(spread: float) -> None:
    with pytest.raises(UsageError, match="student_sd must be a number above 0"):
        scale_gap_sd(1.0, spread)


def test_refuses_what_does_not_line_up() -> None:
    gaps, others = pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0], index=[1, 0])
    with pytest.raises(UsageError, match="std_error has another index than estimate"):
        to_student_sd(gaps, others, 40.0)
    with pytest.raises(UsageError, match="estimate must be a number or a Series; got a list"):
        scale_gap_sd([1.0, 2.0], 3.0)
    with pytest.raises(UsageError, match="sd must be a number"):
        points_of_sd("much", 40.0)
