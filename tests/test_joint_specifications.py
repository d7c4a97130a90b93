"""Joint inference across specifications: the deals, the statistics, and its size without a
difference."""

from __future__ import annotations

import numpy as np
import pytest
from frames import panel

from autonomy_stats.models.robustness import specification_curve
from autonomy_stats.models.robustness.grid import asked_options, make_grid
from autonomy_stats.models.robustness.joint import STATISTICS, deal_schools, joint_inference
from autonomy_stats.models.robustness.reading import read_arrays

OUTCOME = "proficient_pct"


def test_deals_are_permutations_and_the_first_is_as_observed():
    deals = deal_schools(7, 50, seed=1)
    assert (np.sort(deals, axis=1) == np.arange(7)).all()
    assert (deals[0] == np.arange(7)).all()
    assert not (deals[1:] == np.arange(7)).all(axis=1).any()


def test_what_is_observed_is_the_estimate():
    found = specification_curve(panel({"traditional": 20, "pilot": 9}), draws=19)
    observed = found.joint.set_index("statistic")["observed"]
    assert observed["median estimate"] == pytest.approx(found.estimates["estimate"].median())
    assert 0 <= observed["share significant"] <= 1


def test_a_difference_is_found_and_its_type_told_apart():
    frame = panel({"traditional": 24, "pilot": 9, "innovation": 8}, gaps={"pilot": 15.0})
    found = specification_curve(frame, draws=199).joint.set_index(["school_type", "statistic"])
    for statistic in STATISTICS:
        # No more than all can be significant, which 5 % of deals come near to.
        limit = 0.08 if statistic == "share significant" else 0.01
        assert found.loc[("pilot", statistic), "p_value"] <= limit
        assert found.loc[("innovation", statistic), "p_value"] > 0.08


def test_without_covariates_the_deals_are_those_of_labels():
    """All ways to choose 3 of 7 schools, of one row each: the p-value is that of enumeration."""
    from itertools import combinations

    values = np.array([4.0, 9.0, 11.0, 1.0, 2.0, 3.0, 6.0])
    frame = panel({"pilot": 3, "traditional": 4}, subjects=("ela",), grades=("03",))
    frame[OUTCOME] = values
    found = specification_curve(frame, controls=[], weights=None, draws=4000).joint
    median = found.set_index("statistic")["p_value"]["median estimate"]
    picked = [list(one) for one in combinations(range(7), 3)]
    gaps = [values[one].mean() - np.delete(values, one).mean() for one in picked]
    exact = np.mean(np.abs(gaps) >= abs(gaps[0]) - 1e-9)
    # Three standard errors of 4,000 deals.
    assert median == pytest.approx(exact, abs=3 * np.sqrt(exact * (1 - exact) / 4000))


def test_a_type_of_one_school_has_the_reason():
    found = specification_curve(panel({"traditional": 12, "pilot": 1}), draws=9).joint
    assert found["note"].eq("fewer than two schools to deal among").all()
    assert found["p_value"].isna().all()


def test_size_without_a_difference():
    """60 panels without a difference, half of the pilot schools' numbers by low income.

    Of 60, more than 8 rejections at 5 % have a chance of 0.4 % (binomial); the fuller run is
    in docs/method.md.
    """
    rejected = dict.fromkeys(STATISTICS, 0)
    for seed in range(60):
        frame = panel(
            {"traditional": 18, "pilot": 7}, seed=seed, subjects=("ela",), grades=("03", "04")
        )
        arrays = read_arrays(frame, OUTCOME, asked_options({}))
        grid = make_grid({"": arrays}, "core", 0, 0)
        picked = grid.specifications
        limits = [{"pilot": 2.1}] * len(picked)
        for row in joint_inference({"": arrays}, picked, limits, draws=99, seed=seed):
            rejected[row["statistic"]] += row["p_value"] <= 0.05
    assert max(rejected.values()) <= 8
    assert max(rejected.values()) >= 1
