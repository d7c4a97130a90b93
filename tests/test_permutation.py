"""School-level permutation: by definition, its level under the null, and its intervals."""

from __future__ import annotations

import numpy as np
import pytest

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.inference.permutation import permutation_test


def made(seed=0, labelled=4, reference=20, other=6, gap=0.0):
    """Columns, outcome, label, clusters, which are exchangeable, weights."""
    rng = np.random.default_rng(seed)
    m = labelled + reference + other
    clusters = np.repeat(np.arange(m), rng.integers(2, 7, m))
    kind = np.repeat([1, 0, 2], [labelled, reference, other])[clusters]
    share = rng.normal(size=m)[clusters]
    columns = np.column_stack([np.ones(len(clusters)), share, kind == 2]).astype(float)
    outcome = 3 * share + gap * (kind == 1) + rng.normal(size=m)[clusters]
    outcome = outcome + rng.normal(size=len(clusters))
    weights = rng.uniform(5, 60, len(clusters))
    return columns, outcome, (kind == 1).astype(float), clusters, kind != 2, weights


def statistic(columns, outcome, label, clusters, weights):
    """The coefficient of the label and its CR0 t statistic, from a whole fit."""
    whole = np.column_stack([columns, label])
    root = np.sqrt(weights)
    found = np.linalg.lstsq(whole * root[:, None], outcome * root, rcond=None)[0]
    robust = cluster_robust(whole, outcome - whole @ found, clusters, weights, kind="CR0")
    return found[-1], found[-1] / np.sqrt(robust.vcov[-1, -1])


def test_p_value_by_definition():
    columns, outcome, label, clusters, exchangeable, weights = made(gap=2.0)
    found = permutation_test(
        columns, outcome, label, clusters, exchangeable, weights, draws=400, seed=3
    )
    codes = np.unique(clusters)
    first = np.array([np.flatnonzero(clusters == code)[0] for code in codes])
    held, dealt = label[first], exchangeable[first]
    labels = np.repeat(held[None, :], 400, axis=0)
    labels[:, dealt] = np.random.default_rng(3).permuted(labels[:, dealt], axis=1)
    labels[0] = held
    drawn = [
        abs(statistic(columns, outcome, deal[clusters], clusters, weights)[1]) for deal in labels
    ]
    observed = abs(statistic(columns, outcome, label, clusters, weights)[1])
    assert found.statistic == pytest.approx(observed, rel=1e-9)
    assert found.p_value == np.mean(np.array(drawn) >= observed * (1 - 1e-9))


def test_interval_holds_the_differences_that_are_not_rejected():
    columns, outcome, label, *rest = made(gap=2.0)
    found = permutation_test(columns, outcome, label, *rest, draws=999)
    width = found.conf_high - found.conf_low
    for end, inward in ((found.conf_low, 1), (found.conf_high, -1)):
        inside, outside = (
            permutation_test(columns, outcome - label * value, label, *rest, draws=999).p_value
            for value in (end + 0.002 * inward * width, end - 0.002 * inward * width)
        )
        assert outside <= 0.05 < inside


def test_level_with_four_labelled_schools():
    """Of 400 samples without a difference, 5 % are rejected, but for Monte Carlo error."""
    rejected = [permutation_test(*made(seed), draws=199).p_value <= 0.05 for seed in range(400)]
    error = np.sqrt(0.05 * 0.95 / 400)
    assert abs(np.mean(rejected) - 0.05) < 3 * error


def test_deals_and_seed_have_defaults():
    assert permutation_test(*made()) == permutation_test(*made(), draws=9999, seed=0)


def test_one_deal_is_that_of_the_sample():
    assert permutation_test(*made(gap=9.0), draws=1).p_value == 1


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_the_weights_does_not_matter(unit):
    *sample, weights = made(gap=2.0)
    one, other = (permutation_test(*sample, scale * weights, draws=199) for scale in (1, unit))
    assert other.p_value == one.p_value
    assert other.statistic == pytest.approx(one.statistic, rel=1e-9)


def test_same_seed_same_result():
    one, same, other = (permutation_test(*made(), draws=199, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.conf_low != other.conf_low


def test_refused():
    columns, outcome, label, clusters, exchangeable, weights = made()
    mixed = label.copy()
    mixed[0] = 1 - mixed[0]
    with pytest.raises(UsageError, match="label must be the same for all rows of a cluster"):
        permutation_test(columns, outcome, mixed, clusters, exchangeable, weights)
    with pytest.raises(EstimationError, match="the label adds nothing"):
        permutation_test(
            np.column_stack([columns, label]), outcome, label, clusters, exchangeable, weights
        )
    with pytest.raises(UsageError, match="draws must be at least 1"):
        permutation_test(columns, outcome, label, clusters, exchangeable, weights, draws=0)
