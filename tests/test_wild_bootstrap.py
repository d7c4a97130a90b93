"""The wild cluster bootstrap against wildboottest, by definition, and its intervals."""

from __future__ import annotations

import itertools
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_cluster_robust import DESIGNS, fitted

from autonomy_stats.errors import UsageError
from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.inference import wild_bootstrap as module
from autonomy_stats.models.inference.wild_bootstrap import draw_signs, wild_bootstrap

GOLDEN = Path(__file__).parent / "golden" / "wildboottest"
SHARED = runpy.run_path(str(GOLDEN / "run_wildboottest.py"))
EXPECTED = pd.read_csv(GOLDEN / "expected.csv")


def least_squares(columns, outcome, weights=None):
    root = np.ones(len(outcome)) if weights is None else np.sqrt(weights)
    found = np.linalg.lstsq(columns * root[:, None], outcome * root, rcond=None)[0]
    return found, outcome - columns @ found


@pytest.mark.parametrize(
    "row", EXPECTED.to_dict("records"), ids=lambda r: f"{r['design']}, {r['term']}"
)
def test_agrees_with_wildboottest(row):
    columns, outcome, clusters = SHARED["DESIGNS"][row["design"]]
    assert outcome @ np.arange(1, len(outcome) + 1) == pytest.approx(row["outcome_sum"], rel=1e-10)
    coefficients, residuals = least_squares(columns, outcome)
    number = SHARED["COLUMNS"].index(row["term"])
    found = wild_bootstrap(columns, residuals, clusters, np.eye(3)[number], coefficients[number])
    assert found.enumerated
    assert 2 * found.n_draws == row["draws"]
    # It counts the sample itself and its mirror image as larger or not by rounding error.
    assert found.p_value_strict <= row["p_value"] + 1e-12
    assert row["p_value"] <= found.p_value + 1e-12
    assert found.p_value - found.p_value_strict <= 2 / found.n_draws


def by_definition(columns, outcome, clusters, contrast, null, weights):
    """Share of all sign patterns with as large a t statistic, each sample fitted anew."""
    bread = np.linalg.inv((columns.T * weights) @ columns)
    coefficients = bread @ (columns.T @ (weights * outcome))
    variance = contrast @ bread @ contrast
    restricted = coefficients - bread @ contrast * ((contrast @ coefficients - null) / variance)
    errors = outcome - columns @ restricted
    codes = np.unique(clusters)

    def statistic(sample):
        found = bread @ (columns.T @ (weights * sample))
        left = weights * (sample - columns @ found)
        scores = np.array([(columns.T * (clusters == c)) @ left for c in codes])
        return (contrast @ found - null) / np.sqrt(((scores @ bread @ contrast) ** 2).sum())

    observed = abs(statistic(outcome))
    drawn = [
        abs(statistic(columns @ restricted + errors * np.array(signs)[clusters]))
        for signs in itertools.product([-1, 1], repeat=len(codes))
    ]
    return np.mean(np.array(drawn) >= observed * (1 - 1e-9))


@pytest.mark.parametrize("null", [0.0, 0.4, -1.5])
def test_weighted_sample_by_definition(null):
    columns, outcome, clusters = SHARED["DESIGNS"]["8 clusters, 4 treated"]
    weights = np.random.default_rng(2).uniform(1, 40, len(outcome))
    coefficients, residuals = least_squares(columns, outcome, weights)
    contrast = np.array([0.0, 0.2, 1.0])
    found = wild_bootstrap(
        columns, residuals, clusters, contrast, contrast @ coefficients, weights, null=null
    )
    assert found.p_value == by_definition(columns, outcome, clusters, contrast, null, weights)


@pytest.mark.parametrize("conf_level", [0.4, 0.9, 0.95])
def test_ends_of_the_interval_are_where_the_test_turns(conf_level):
    regression = DESIGNS["small_school_types"]
    coefficients, residuals = fitted(regression)
    last = np.eye(len(coefficients))[-1]

    def p_value(value):
        return wild_bootstrap(
            regression.design,
            residuals,
            regression.clusters,
            last,
            coefficients[-1],
            regression.weights,
            null=value,
            draws=1999,
            conf_level=conf_level,
        )

    found = p_value(0.0)
    width = found.conf_high - found.conf_low
    assert found.conf_low < coefficients[-1] < found.conf_high
    for end, inward in ((found.conf_low, 1), (found.conf_high, -1)):
        assert p_value(end + inward * 0.002 * width).p_value > 1 - conf_level
        assert p_value(end - inward * 0.002 * width).p_value <= 1 - conf_level


def test_seed_and_blocks(monkeypatch):
    regression = DESIGNS["weighted"]
    coefficients, residuals = fitted(regression)
    arguments = (regression.design, residuals, regression.clusters, np.eye(4)[1], coefficients[1])
    one, same, other = (
        wild_bootstrap(*arguments, regression.weights, draws=499, seed=seed) for seed in (1, 1, 2)
    )
    assert one == same
    assert one.p_value != other.p_value
    assert not one.enumerated
    webb = wild_bootstrap(*arguments, regression.weights, draws=499, multipliers="webb")
    assert webb.p_value == pytest.approx(one.p_value, abs=0.1)


def test_webb_points_are_those_of_the_paper():
    """Webb (2023): plus and minus the roots of 1/2, 1 and 3/2, each as likely."""
    drawn = np.concatenate(list(draw_signs(9, 4000, "webb", 0)))
    points, counts = np.unique(drawn, return_counts=True)
    np.testing.assert_allclose(np.sign(points) * points**2, [-1.5, -1, -0.5, 0.5, 1, 1.5])
    # 36,000 draws: a count has a standard deviation of 71.
    assert np.abs(counts - 6000).max() < 4 * 71


@pytest.mark.parametrize(
    ("draws", "number", "enumerated"), [(1, 1, False), (3, 3, False), (4, 4, True)]
)
def test_all_patterns_are_taken_where_there_are_no_more(draws, number, enumerated):
    sample = ([[1.0]] * 6, [-3.0, -2, 0, -1, 4, 2], [1, 1, 2, 2, 3, 3], [1.0], 5.0)
    found = wild_bootstrap(*sample, draws=draws)
    assert (found.n_draws, found.enumerated) == (number, enumerated)


@pytest.mark.parametrize(("m", "draws"), [(9, 250), (8, 200), (8, 128)])
def test_draws_are_as_many_in_blocks_of_any_size(m, draws, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_ENTRIES", 30 * m)
    drawn = np.concatenate(list(draw_signs(m, draws, "rademacher", 0)))
    enumerated = 2 ** (m - 1) <= draws
    assert len(drawn) == (2 ** (m - 1) if enumerated else draws)
    assert len(np.unique(drawn, axis=0)) == len(drawn) or not enumerated
    assert set(np.unique(drawn)) == {-1, 1}


def test_defaults_and_statistic():
    regression = DESIGNS["weighted"]
    coefficients, residuals = fitted(regression)
    sample = (regression.design, residuals, regression.clusters, np.eye(4)[1], coefficients[1])
    found = wild_bootstrap(*sample, regression.weights)
    assert found == wild_bootstrap(
        *sample, regression.weights, null=0, draws=9999, conf_level=0.95, seed=0
    )
    robust = cluster_robust(
        regression.design, residuals, regression.clusters, regression.weights, kind="CR0"
    )
    moved = wild_bootstrap(*sample, regression.weights, null=2.0, draws=9)
    for test, null in ((found, 0), (moved, 2)):
        expected = (coefficients[1] - null) / np.sqrt(robust.vcov[1, 1])
        assert test.statistic == pytest.approx(expected, rel=1e-9)


def test_too_few_patterns_to_reject_leave_the_interval_open():
    columns, outcome, clusters = SHARED["DESIGNS"]["6 clusters, 3 treated"]
    coefficients, residuals = least_squares(columns, outcome)
    arguments = (columns, residuals, clusters, np.array([0, 0, 1.0]), coefficients[2])
    found = wild_bootstrap(*arguments, conf_level=0.99)  # 1 of 32 patterns is 3 %
    assert (found.conf_low, found.conf_high) == (-np.inf, np.inf)
    assert np.isfinite(wild_bootstrap(*arguments, conf_level=0.9).conf_low)


@pytest.mark.parametrize("options", [{"draws": 0}, {"multipliers": "normal"}])
def test_bad_options(options):
    with pytest.raises(UsageError, match=next(iter(options))):
        wild_bootstrap([[1.0]] * 4, [1.0, -1, 1, -1], [1, 1, 2, 2], [1.0], 2.0, **options)
