"""Growth percentiles: uniform at every prior score, known for normal scores; school medians."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.simulate.growth_percentiles import (
    LEVELS,
    growth_percentiles,
    prior_splines,
)

N = 10_000


def normal(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Current and prior scores of one spread, and the true percentiles."""
    rng = np.random.default_rng(seed)
    prior, noise = rng.normal(500, 80, N), rng.normal(size=N)
    return 100 + 0.8 * prior + 48 * noise, prior, 100 * stats.norm.cdf(noise)


def uneven(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Current and prior scores that no straight line and no one spread describe."""
    rng = np.random.default_rng(seed)
    prior = rng.normal(size=N)
    return 3 * np.tanh(prior) + np.exp(0.5 * prior) * rng.gamma(2, size=N), prior


def whole() -> tuple[np.ndarray, np.ndarray]:
    """Whole scores; a fifth of the students have the highest one."""
    rng = np.random.default_rng(3)
    prior = np.clip(np.round(250 + 12 * rng.normal(size=N)), 220, 268)
    return np.clip(np.round(50 + 0.8 * prior + 9 * rng.normal(size=N)), 200, 260), prior


def unevenness(percentiles: np.ndarray, prior: np.ndarray) -> float:
    """Chi-squared of 10 classes of percentiles in each of 20 bins of the prior score."""
    bins = pd.qcut(prior, 20, labels=False)
    counts = np.histogram2d(bins, percentiles, [20, 10], [[0, 20], [0, 100]])[0]
    wanted = counts.sum(axis=1, keepdims=True) / 10
    return float(((counts - wanted) ** 2 / wanted).sum())


# Each bin has nine classes that may deviate; the splines take some of that away.
LIMIT = stats.chi2.ppf(0.99, 20 * 9)


@pytest.mark.parametrize("scores", [lambda: normal()[:2], uneven])
def test_uniform_at_every_prior_score(scores) -> None:
    current, prior = scores()
    assert unevenness(growth_percentiles(current, prior), prior) < LIMIT


def test_distances_from_a_straight_line_would_not_be_uniform() -> None:
    """So the test above can fail."""
    current, prior = uneven()
    slope, level = np.polyfit(prior, current, 1)
    ranks = 100 * stats.rankdata(current - level - slope * prior) / N
    assert unevenness(ranks, prior) > 10 * LIMIT


@pytest.mark.parametrize("scores", [lambda: normal()[:2], uneven])
def test_uniform_beyond_the_outermost_curves(scores) -> None:
    """Every point beyond 5 and 95 has its percent; the last one is set to 1, or 99."""
    percentiles = growth_percentiles(*scores())
    assert percentiles.min() == 1
    assert percentiles.max() == 99
    ends = np.histogram(percentiles, [1, 1 + 1e-9, 2, 3, 4, 5 - 1e-9])[0]
    other = np.histogram(percentiles, [95 + 1e-9, 96, 97, 98, 99 - 1e-9, 99])[0]
    np.testing.assert_allclose(np.concatenate([ends, other]), N / 100, atol=4)


def test_known_answer_for_normal_scores() -> None:
    """What is left is sampling error, 1.2 points by theory, and the straight lines between."""
    current, prior, wanted = normal()
    deviation = growth_percentiles(current, prior) - wanted
    theory = 100 * np.sqrt((LEVELS * (1 - LEVELS)).mean() * 8 / N)
    assert np.sqrt((deviation**2).mean()) < 1.3 * theory
    assert abs(deviation.mean()) < 0.3
    inside = (np.abs(stats.zscore(prior)) < 2) & (wanted > 1) & (wanted < 99)
    assert np.abs(deviation[inside]).max() < 5


@pytest.mark.parametrize("scores", [lambda: (uneven()[0], np.round(uneven()[1], 1)), whole])
def test_monotone_in_the_current_score(scores) -> None:
    current, prior = scores()
    table = pd.DataFrame({"prior": prior, "current": current})
    table["percentile"] = growth_percentiles(current, prior)
    table = table.sort_values(["prior", "current"])
    steps = table.groupby("prior").diff()
    assert (steps["percentile"].dropna() >= 0).all()
    assert (steps["percentile"][steps["current"] == 0] == 0).all()


def test_scale_of_the_scores_does_not_matter() -> None:
    current, prior = uneven()
    percentiles = growth_percentiles(current, prior)
    other = growth_percentiles(300 + 50 * current, -4 + 0.01 * prior)
    np.testing.assert_allclose(other, percentiles, atol=1e-5)


def test_order_of_the_students_does_not_matter() -> None:
    current, prior = uneven()
    order = np.random.default_rng(0).permutation(N)
    shuffled = growth_percentiles(current[order], prior[order])
    np.testing.assert_allclose(shuffled, growth_percentiles(current, prior)[order], atol=1e-5)


def test_scores_turned_round_turn_the_percentiles_round() -> None:
    current, prior = uneven()
    turned = growth_percentiles(-current, prior)
    np.testing.assert_allclose(turned, 100 - growth_percentiles(current, prior), atol=1e-5)


def test_the_highest_score_gets_the_middle_of_the_curves_on_it() -> None:
    """Of 37.5 % with the highest score, the curves from 65 to 95 are all there."""
    noise, prior = np.random.default_rng(0).normal(size=(2, N))
    current = np.minimum(noise, np.quantile(noise, 0.625))
    percentiles = growth_percentiles(current, prior, knots=[0.5])
    top = (current == current.max()) & (np.abs(prior) < 3)  # at its ends a curve may turn up
    np.testing.assert_array_equal(percentiles[top], (65 + 95) / 2)
    assert percentiles[current < current.max()].max() < 65


def test_whole_scores_have_percentiles_about_the_middle() -> None:
    current, prior = whole()
    percentiles = pd.Series(growth_percentiles(current, prior))
    means = percentiles.groupby(pd.qcut(prior, 10, labels=False, duplicates="drop")).mean()
    assert (means - 50).abs().max() < 3  # four standard errors are 2.6


def test_knots_that_fall_together_count_once() -> None:
    current, prior = uneven()
    prior = np.maximum(prior, np.quantile(prior, 0.3))  # the lowest knot is the lowest score
    assert prior_splines(prior).shape == (N, 7)
    assert prior_splines(prior, [0.5, 0.5, 0.7]).shape == (N, 6)
    wanted = growth_percentiles(current, prior, knots=[0.4, 0.6, 0.8])
    np.testing.assert_array_equal(growth_percentiles(current, prior), wanted)


def test_splines_add_up_to_one() -> None:
    splines = prior_splines(uneven()[1])
    np.testing.assert_allclose(splines.sum(axis=1), 1)
    assert splines.min() >= 0


@pytest.mark.parametrize(
    ("current", "prior", "options", "words"),
    [
        ([1.0], [1.0, 2.0], {}, r"got shapes \(1,\) and \(2,\)"),
        ([1.0, np.nan], [1.0, 2.0], {}, "student 1 of 2: got current score nan .* 1 students lack"),
        (np.arange(200), np.arange(200), {"knots": [0.2, 1.0]}, "knots must each lie"),
    ],
)
def test_refuses(current, prior, options, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        growth_percentiles(current, prior, **options)


@pytest.mark.parametrize(
    ("current", "prior", "words"),
    [
        (np.arange(159), np.arange(159), "4 knots need 160 students or more; got 159"),
        (np.arange(200), np.arange(200) % 5, "distinct prior scores or more; got 5"),
        (np.arange(200), np.arange(200), "without error"),
    ],
)
def test_refuses_students_that_do_not_do(current, prior, words: str) -> None:
    with pytest.raises(EstimationError, match=words):
        growth_percentiles(current, prior)
