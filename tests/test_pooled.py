"""Random-effects means against metafor, brute force and what theory promises."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.pooled import NARROWED, ONE_ESTIMATE, Pooled, pool

GOLDEN = Path(__file__).parent / "golden" / "metafor"
EXPECTED = pd.read_csv(GOLDEN / "expected.csv")

# Both refine tau2 to about 1e-13; the largest relative deviation seen is 6e-14.
TOLERANCE = 1e-11


def log_risk_ratios() -> pd.DataFrame:
    """Log risk ratios of the 13 trials, and their standard errors."""
    trials = pd.read_csv(GOLDEN / "trials.csv")
    treated = trials["treated_positive"] + trials["treated_negative"]
    control = trials["control_positive"] + trials["control_negative"]
    ratio = (trials["treated_positive"] / treated) / (trials["control_positive"] / control)
    variance = (
        1 / trials["treated_positive"] - 1 / treated + 1 / trials["control_positive"] - 1 / control
    )
    return pd.DataFrame({"set": "bcg", "estimate": np.log(ratio), "std_error": np.sqrt(variance)})


SETS = pd.concat([log_risk_ratios(), pd.read_csv(GOLDEN / "sets.csv")])
CASES = list(EXPECTED[["set", "test", "conf_level"]].itertuples(index=False, name=None))


def of(name: str, **options) -> Pooled:
    rows = SETS[SETS["set"] == name]
    return pool(rows["estimate"], rows["std_error"], **options)


@pytest.mark.parametrize(("name", "test", "conf_level"), CASES)
def test_agrees_with_metafor(name: str, test: str, conf_level: float) -> None:
    expected = EXPECTED.query("set == @name and test == @test and conf_level == @conf_level")
    numbers = expected.iloc[0].drop(["set", "test", "conf_level"])
    pooled = of(name, conf_level=conf_level, truncate=test == "adhoc")
    actual = [getattr(pooled, column) for column in numbers.index]
    np.testing.assert_allclose(
        np.array(actual, float), numbers.astype(float), rtol=TOLERANCE, atol=0
    )


def test_every_set_and_number_is_compared() -> None:
    assert set(EXPECTED["set"]) == set(SETS["set"])
    uncompared = {field.name for field in fields(Pooled)} - set(EXPECTED.columns)
    assert uncompared == {"truncated", "note"}


def test_published_numbers_of_the_trials() -> None:
    pooled = of("bcg")
    published = (-0.714532, 0.180792, 0.313243, -1.108444, -0.320621)
    found = (pooled.estimate, pooled.std_error, pooled.tau2, pooled.conf_low, pooled.conf_high)
    assert found == pytest.approx(published, abs=5.1e-7)  # six decimals


hundredths = st.integers(-5000, 5000).map(lambda number: number / 100)
pairs = st.lists(st.tuples(hundredths, st.floats(0.1, 20)), min_size=2, max_size=12)


def restricted(tau2: float, y: np.ndarray, variance: np.ndarray) -> float:
    """Restricted log-likelihood, from the multivariate normal density of the contrasts."""
    contrasts = np.c_[np.ones(len(y) - 1), -np.eye(len(y) - 1)]
    covariance = contrasts @ np.diag(variance + tau2) @ contrasts.T
    return float(stats.multivariate_normal.logpdf(contrasts @ y, cov=covariance))


@settings(deadline=None)
@given(pairs)
def test_no_other_tau2_is_likelier(values: list[tuple[float, float]]) -> None:
    y, error = np.array(values).T
    if np.ptp(y) == 0:
        return
    tau2 = pool(y, error).tau2
    best = restricted(tau2, y, error**2)
    for other in np.r_[0.0, np.geomspace(1e-3, 1e5, 60)]:
        assert restricted(other, y, error**2) <= best + 1e-7


@settings(deadline=None)
@given(pairs, hundredths, st.floats(0.01, 100))
def test_a_change_of_unit_changes_the_unit_only(values, shift: float, scale: float) -> None:
    y, error = np.array(values).T
    if np.ptp(y) == 0:
        return
    first, second = pool(y, error), pool(shift + scale * y, scale * error)
    close = {"rel": 1e-5, "abs": 1e-6 * scale}
    assert second.estimate == pytest.approx(shift + scale * first.estimate, **close)
    assert second.conf_high == pytest.approx(shift + scale * first.conf_high, **close)
    assert second.i2 == pytest.approx(first.i2, rel=1e-4, abs=1e-3)
    assert second.q_p_value == pytest.approx(first.q_p_value, rel=1e-4, abs=1e-9)


def test_equal_standard_errors_give_the_t_interval_of_a_mean() -> None:
    y = np.array([3.0, 9.0, -4.0, 6.0, 1.0])
    pooled = pool(y, np.full(5, 2.0))
    assert pooled.tau2 == pytest.approx(y.var(ddof=1) - 4)
    low, high = stats.t.interval(0.95, 4, y.mean(), stats.sem(y))
    assert (pooled.conf_low, pooled.conf_high) == pytest.approx((low, high))
    half = stats.t.ppf(0.975, 4) * np.sqrt(stats.sem(y) ** 2 + pooled.tau2)
    assert pooled.prediction_high == pytest.approx(y.mean() + half)
    assert pooled.i2 == pytest.approx(100 * (1 - 4 / y.var(ddof=1)))


@pytest.mark.parametrize(
    ("errors", "level"), [([1.5, 1.8, 2.0, 2.2, 2.5], 0.95), ([1.0, 1.5, 2.0, 2.5, 4.0], 0.93)]
)
def test_share_of_intervals_that_hold_the_truth(errors: list[float], level: float) -> None:
    """The docstring says how far the level is kept where standard errors differ."""
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(2000):
        pooled = pool(3 + rng.normal(0, 2, 5) + rng.normal(0, errors), errors)
        held += pooled.conf_low <= 3 <= pooled.conf_high
    assert held / 2000 == pytest.approx(level, abs=0.015)  # three standard errors of a share


def test_q_profile_ends_are_where_the_spread_is_what_chance_allows() -> None:
    rows = SETS[SETS["set"] == "six_cities"]
    y, variance = rows["estimate"].to_numpy(), rows["std_error"].to_numpy() ** 2
    pooled = of("six_cities")

    def spread(tau2: float) -> float:
        return optimize.minimize_scalar(lambda m: ((y - m) ** 2 / (variance + tau2)).sum()).fun

    assert stats.chi2.sf(spread(pooled.tau2_low), 5) == pytest.approx(0.025, abs=1e-6)
    assert stats.chi2.cdf(spread(pooled.tau2_high), 5) == pytest.approx(0.025, abs=1e-6)


def test_one_estimate_is_given_back_without_inference() -> None:
    pooled = pool([4.0], [1.5])
    assert (pooled.estimate, pooled.n, pooled.note) == (4.0, 1, ONE_ESTIMATE)
    rest = [pooled.std_error, pooled.conf_low, pooled.tau2, pooled.p_value, pooled.prediction_low]
    assert np.isnan(rest).all()


def test_notes_say_how_far_to_trust() -> None:
    assert of("six_cities").note == ""
    assert of("two").note == "too few to judge"
    assert of("agreeing").note == f"too few to judge; {NARROWED}"
    assert NARROWED not in of("agreeing", truncate=True).note
    assert of("agreeing").std_error < of("agreeing", truncate=True).std_error


def test_equal_estimates_have_no_spread_to_judge_by() -> None:
    with pytest.raises(EstimationError, match="all 3 estimates are 2"):
        pool([2.0, 2.0, 2.0], [1.0, 2.0, 3.0])
    pooled = pool([2.0, 2.0, 2.0], [1.0, 2.0, 3.0], truncate=True)
    assert pooled.std_error == pytest.approx((1 + 1 / 4 + 1 / 9) ** -0.5)


@pytest.mark.parametrize(
    ("estimates", "errors", "options", "words"),
    [
        ([1.0, np.nan], [1.0, 1.0], {}, "position 1: got estimate nan"),
        ([1.0, 2.0], [0.0, 1.0], {}, "position 0: got estimate 1 with standard error 0"),
        ([1.0, 2.0], [1.0, np.inf], {}, "position 1"),
        ([1.0, 2.0], [1.0], {}, "two sequences of one length"),
        (["high", "low"], [1.0, 1.0], {}, "must be numbers"),
        ([1.0, 2.0], [1.0, 1.0], {"method": "DL"}, "method must be 'REML'"),
        ([1.0, 2.0], [1.0, 1.0], {"conf_level": 95}, "conf_level"),
    ],
)
def test_refuses(estimates, errors, options, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        pool(estimates, errors, **options)


def test_refuses_nothing_to_pool() -> None:
    with pytest.raises(EstimationError, match="no estimate"):
        pool([], [])
