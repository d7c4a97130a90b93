"""Quantile regression against R's quantreg, a general linear program, and what a best fit is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.simulate import quantile_regression as module
from autonomy_stats.simulate.growth_percentiles import LEVELS, prior_splines
from autonomy_stats.simulate.quantile_regression import quantile_regression

GOLDEN = Path(__file__).parent / "golden" / "quantreg"
DATA = pd.read_csv(GOLDEN / "data.csv")
EXPECTED = pd.read_csv(GOLDEN / "expected.csv")

# The interior point method stops at 1e-12 of the loss; R's simplex method ends on a corner. The
# largest relative deviations seen are 1e-8 of a fitted value and 3e-13 of a loss.
FITTED, LOSS = 1e-7, 1e-11


def loss(y: np.ndarray, fitted: np.ndarray, level: float) -> float:
    residual = y - fitted
    return float((residual * (level - (residual < 0))).sum())


def scores(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Splines and scores that are curved, skewed and of uneven spread."""
    rng = np.random.default_rng(seed)
    prior = rng.normal(size=n)
    return prior_splines(prior), prior + np.exp(0.6 * prior) * rng.gamma(2, size=n)


@pytest.mark.parametrize("name", ["normal", "skewed", "whole"])
def test_agrees_with_quantreg(name: str) -> None:
    rows = DATA[DATA["set"] == name]
    splines, y = prior_splines(rows["prior"]), rows["current"].to_numpy()
    curves = pd.DataFrame(splines @ quantile_regression(splines, y, LEVELS), columns=LEVELS)
    wanted = EXPECTED[EXPECTED["set"] == name]
    for level in LEVELS:
        chosen = wanted[np.isclose(wanted["level"], level)].set_index("what")["value"]
        assert loss(y, curves[level], level) == pytest.approx(chosen["loss"], rel=LOSS)
    curves.index = pd.Index(rows["prior"])
    fitted = wanted[wanted["what"] == "fitted"]
    assert len(fitted) == (0 if name == "whole" else 9 * len(LEVELS))
    for row in fitted.itertuples():
        nearest = LEVELS[np.argmin(np.abs(LEVELS - row.level))]
        assert curves.loc[row.prior, nearest] == pytest.approx(row.value, rel=FITTED)


def test_every_set_is_compared() -> None:
    assert set(EXPECTED["set"]) == set(DATA["set"]) == {"normal", "skewed", "whole"}


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize(("n", "levels"), [(170, [0.02, 0.3, 0.98]), (6000, [0.05, 0.5, 0.95])])
def test_no_linear_program_finds_a_better_fit(n: int, levels: list[float], rounded: bool) -> None:
    """The larger design is one of which most rows are set, not solved."""
    x, y = scores(n)
    y = y.round() if rounded else y
    coefficients = quantile_regression(x, y, levels)
    for level, found in zip(levels, coefficients.T, strict=True):
        best = linprog(-y, A_eq=x.T, b_eq=(1 - level) * x.sum(axis=0), bounds=(0, 1))
        assert loss(y, x @ found, level) == pytest.approx(-best.fun - (1 - level) * y.sum())


def test_a_large_fit_is_as_good_as_can_be() -> None:
    """Rows above pull up by the level, rows below down by the rest; those on the fit balance them.

    A best fit passes through as many rows as it has columns, and none needs to pull harder than a
    row above or below would.
    """
    x, y = scores(10_000)
    coefficients = quantile_regression(x, y, LEVELS)
    for level, found in zip(LEVELS, coefficients.T, strict=True):
        residual = y - x @ found
        on = np.abs(residual) < 1e-6
        assert on.sum() == x.shape[1]
        pull = np.where(residual > 0, level, level - 1)
        needed = np.linalg.solve(x[on].T, -x[~on].T @ pull[~on])
        assert needed.min() >= level - 1
        assert needed.max() <= level


@pytest.mark.parametrize("share", [0.001, 0.01, 1.0])
def test_rows_set_at_first_do_not_matter(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = scores(3000)
    wanted = quantile_regression(x, y, LEVELS)
    monkeypatch.setattr(module, "FEWEST_NEAR", 1)
    monkeypatch.setattr(module, "SHARE_NEAR", share)
    np.testing.assert_allclose(quantile_regression(x, y, LEVELS), wanted, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_a_fit_of_groups_gives_their_quantiles(seed: int) -> None:
    """As many prior scores as columns; of most groups any value between two students is as good."""
    sizes = [12, 92, 376, 548, 388, 75, 8]
    prior = np.repeat(np.arange(7), sizes)
    y = np.random.default_rng(seed).normal(size=len(prior))
    splines = prior_splines(prior)
    assert splines.shape[1] == 7
    for level in (0.25, 0.5):
        fitted = splines @ quantile_regression(splines, y, [level])[:, 0]
        for group in range(7):
            low, high = (
                np.quantile(y[prior == group], level, method=method)
                for method in ("inverted_cdf", "higher")
            )
            value = fitted[prior == group][0]
            assert low - 1e-6 <= value <= high + 1e-6


def test_order_of_levels_does_not_matter() -> None:
    x, y = scores(500)
    wanted = quantile_regression(x, y, [0.1, 0.5, 0.9])
    np.testing.assert_array_equal(quantile_regression(x, y, [0.9, 0.1, 0.5]), wanted[:, [2, 0, 1]])


@pytest.mark.parametrize(
    ("design", "outcome", "levels", "words"),
    [
        ([1.0, 2.0], [1.0, 2.0], [0.5], r"shape \(n, p\)"),
        ([[1.0], [1.0]], [1.0], [0.5], r"got \(2, 1\) and \(1,\)"),
        ([[1.0], [np.inf]], [1.0, 2.0], [0.5], "finite"),
        ([[1.0], [1.0]], [1.0, np.nan], [0.5], "finite"),
        ([[1.0], [1.0]], [1.0, 2.0], [0.5, 1.0], "between 0 and 1"),
    ],
)
def test_refuses(design, outcome, levels, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        quantile_regression(design, outcome, levels)


def test_refuses_columns_that_depend_on_each_other() -> None:
    with pytest.raises(EstimationError, match="2 columns of the design depend on each other"):
        quantile_regression([[1.0, 2.0]] * 9, np.arange(9.0), [0.5])


@pytest.mark.parametrize("outcome", [np.full(9, 4.0), 3 + 2 * np.arange(9.0)])
def test_refuses_an_outcome_without_error(outcome: np.ndarray) -> None:
    with pytest.raises(EstimationError, match="without error"):
        quantile_regression(np.column_stack([np.ones(9), np.arange(9.0)]), outcome, [0.5])
