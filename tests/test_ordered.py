"""The proportional-odds logit against R, the fractional logit and itself, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_estimators import (
    DATA,
    LONE,
    assert_fitted_gives_the_table,
    assert_same,
    chosen,
    design,
    expected,
    settings,
)

from autonomy_stats.errors import EstimationError
from autonomy_stats.models import ordered
from autonomy_stats.models.cumulative import Cumulative
from autonomy_stats.models.fractional_logit import fit_fractional_logit
from autonomy_stats.models.ordered import OrderedEstimates, fit_ordered

# R differentiates scores and averages numerically, which leaves about 1e-9, and clm stops at a
# gradient of 1e-10; 1e-9 is the largest deviation seen.
TOLERANCE = 1e-7

# polr stops by the likelihood, which is flat at its top: half the digits. 1.1e-7 was seen.
POLR_TOLERANCE = 1e-6


def fit(kind: str = "CR1", working: str = "identity", name: str = "weighted", **options):
    return fit_ordered(design("level", name, **options), vcov=kind, working=working)


def changed(level: pd.Series) -> pd.DataFrame:
    return DATA.assign(level=level)


@pytest.mark.parametrize(("name", "kind", "working"), settings("ordered"))
def test_agrees_with_r(name, kind, working):
    estimates = fit(kind, working, name)
    wanted = chosen("ordered", name, kind, working)
    assert estimates.levels == (1, 2, 3, 4, 5)
    assert_same(estimates.table, wanted["levels"], TOLERANCE)
    assert_same(estimates.log_odds, wanted["log_odds"], TOLERANCE)
    for level, rows in estimates.probabilities.groupby("level"):
        table = rows.set_index("school_type")
        assert_same(table, wanted[f"probability {level}"], TOLERANCE)
    assert len(wanted) == 2 + len(estimates.levels)


@pytest.mark.parametrize("name", ["weighted", "unweighted"])
def test_log_odds_are_those_of_polr(name):
    wanted = expected("ordered").query("design == @name and table == 'polr'").set_index("term")
    odds = fit(name=name).log_odds.loc[wanted.index, "estimate"]
    np.testing.assert_allclose(odds, wanted["estimate"], rtol=POLR_TOLERANCE)


def test_probabilities_add_up():
    estimates = fit()
    by_type = estimates.probabilities.set_index(["school_type", "level"])["estimate"].unstack()
    np.testing.assert_allclose(by_type.sum(axis=1), 0, atol=1e-12)
    expected_level = by_type @ by_type.columns.to_numpy(float)
    types = estimates.table.loc[by_type.index, "estimate"]
    np.testing.assert_allclose(expected_level, types, rtol=1e-10)


def test_two_levels_are_the_logit_of_the_other_estimator():
    high = (DATA["level"] >= 4).astype(int)
    frame = changed(high).assign(percent=100.0 * high)
    for kind in ("CR0", "CR1"):  # CR2 of percents has another working model
        both = fit_fractional_logit(design("percent", frame=frame), vcov=kind, working="identity")
        two = fit(kind, frame=frame)
        table = two.table.assign(
            estimate=100 * two.table["estimate"], std_error=100 * two.table["std_error"]
        )
        assert_same(table, both.table, 1e-8)


@pytest.mark.parametrize("kind", ["CR1", "CR2"])
def test_turned_round_levels_give_turned_round_signs(kind):
    before, after = fit(kind), fit(kind, frame=changed(6 - DATA["level"]))
    table = after.table.assign(estimate=-after.table["estimate"])
    assert_same(table, before.table, 1e-8)
    np.testing.assert_allclose(after.covariance, before.covariance, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("working", ["identity", "inverse_weights"])
def test_unit_of_the_weights_does_not_matter(working):
    large = DATA.assign(n_tested=DATA["n_tested"] * 1e6)
    before, after = fit("CR2", working), fit("CR2", working, frame=large)
    assert_same(after.table, before.table, 1e-8)


def test_a_weight_is_so_many_students_of_a_school():
    frame = DATA.assign(n_tested=1.0 + DATA["n_tested"] % 3)
    repeated = frame.loc[frame.index.repeat(frame["n_tested"])]
    assert_same(fit(frame=frame).table, fit(frame=repeated, weights=None).table, 1e-8)


def test_a_level_that_does_not_occur_has_no_row():
    """Levels keep their numbers: without a 4, a step from 3 leads to 5."""
    without = changed(DATA["level"].replace(4, 5))
    estimates = fit(frame=without)
    assert estimates.levels == (1, 2, 3, 5)
    renamed = fit(frame=changed(without["level"].replace(5, 4)))
    assert_same(estimates.log_odds, renamed.log_odds, 1e-12)
    top = renamed.probabilities.query("level == 4").set_index("school_type")["estimate"]
    types = estimates.table.loc[top.index, "estimate"] - renamed.table.loc[top.index, "estimate"]
    np.testing.assert_allclose(types, top, rtol=1e-9)


@pytest.mark.parametrize("working", ["identity", "inverse_weights"])
def test_contrasts_can_be_taken_where_they_have_df(working):
    assert_fitted_gives_the_table(fit("CR2", working), "CR2", working)
    assert fit("CR1", working).fitted is None


def test_observed_information_is_the_derivative_of_the_score():
    rows = np.column_stack([DATA["black_pct"] / 50, DATA["school_type"] == "pilot"]).astype(float)
    model = Cumulative(rows, DATA["level"].to_numpy() - 1, 5, DATA["n_tested"].to_numpy() / 38)
    at, step = np.array([-2.0, -0.8, 0.7, 2.0, 0.3, -0.9]), 1e-5
    score, information = model.score_and_information(at)
    for j, move in enumerate(step * np.eye(len(at))):
        gain = model.log_likelihood(at + move) - model.log_likelihood(at - move)
        assert score[j] == pytest.approx(gain / (2 * step), rel=1e-6)
        ahead, behind = (model.score_and_information(at + m)[0] for m in (move, -move))
        bend = (behind - ahead) / (2 * step)
        np.testing.assert_allclose(information[j], bend, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["CR1", "CR2"])
def test_type_of_one_school_leaves_the_others_their_numbers(kind):
    """Its own standard error means nothing, and `effect_table` shows none."""
    table = fit(kind, frame=LONE).table
    assert (table["std_error"].drop("turnaround") > 0).all()
    assert (table["df"].drop("turnaround") > 2).all()
    assert np.isfinite(table.loc["turnaround", ["estimate", "std_error"]].to_numpy(float)).all()


# What is refused


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (DATA["level"] + 0.5 * (DATA.index == 7), r"whole levels; 1 of 328 rows have others, the "),
        (
            DATA["proficient_pct"].round(),
            r"at most 10 levels; the outcome has \d+ values, 0 to 100",
        ),
        (DATA["level"] * 0 + 3, r"the level is 3 in all 328 rows"),
        (
            DATA["level"].mask(DATA["school_type"] == "charter", 5),
            r"no finite estimate: 'charter' tells some levels from all others",
        ),
        (
            DATA["level"].mask((DATA["subject"] == "ela") & (DATA["grade"] == "08"), 1),
            r"no finite estimate: a cell of subject x grade x end_year tells some levels",
        ),
        (1 + DATA["black_pct"] // 16, r"no finite estimate: 'black_pct' tells some levels"),
    ],
)
def test_levels_without_an_estimate_are_refused(level, message):
    with pytest.raises(EstimationError, match=message):
        fit(frame=changed(level))


def test_a_type_with_one_row_elsewhere_is_estimated():
    level = DATA["level"].mask(DATA["school_type"] == "charter", 5)
    level[DATA.index[DATA["school_type"] == "charter"][0]] = 1
    estimates = fit(frame=changed(level))
    assert isinstance(estimates, OrderedEstimates)
    assert estimates.table.loc["charter", "estimate"] > 1


def test_no_convergence_is_refused(monkeypatch):
    monkeypatch.setattr(ordered, "MOST_ITERATIONS", 2)
    with pytest.raises(EstimationError, match="did not converge in 2 iterations over 328 rows"):
        fit()
