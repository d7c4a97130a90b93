"""The fractional logit against R, and what it refuses."""

from __future__ import annotations

import runpy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden_estimators import (
    DATA,
    DESIGNS,
    GOLDEN,
    LONE,
    assert_fitted_gives_the_table,
    assert_same,
    chosen,
    design,
    settings,
)

from autonomy_stats.errors import EstimationError
from autonomy_stats.models import fractional_logit
from autonomy_stats.models.fractional_logit import fit_fractional_logit
from autonomy_stats.models.separation import separating_terms

OUTCOME = "proficient_pct"
OPTIONS = {"vcov": "CR1", "working": "identity"}

# R differentiates the averages numerically and stops glm by the deviance, each of which leaves
# about 1e-9; 2.1e-9 is the largest deviation seen. A wrong formula is off by far more.
TOLERANCE = 1e-7

# The same numbers in another way within this package: rounding, times the condition of the design.
SAME = {"rtol": 1e-8}


def changed(**values) -> pd.DataFrame:
    """The data with some columns replaced."""
    return DATA.assign(**values)


def test_data_are_those_of_the_program():
    made = runpy.run_path(str(GOLDEN / "make_data.py"))["schools"](np.random.default_rng(20240607))
    pd.testing.assert_frame_equal(made.assign(grade=made["grade"].astype("str")), DATA)


@pytest.mark.parametrize(("name", "kind", "working"), settings("fractional_logit"))
def test_agrees_with_r(name, kind, working):
    estimates = fit_fractional_logit(design(OUTCOME, name), vcov=kind, working=working)
    wanted = chosen("fractional_logit", name, kind, working)["points"]
    assert_same(estimates.table, wanted, TOLERANCE)
    assert estimates.n_clusters == DATA[DESIGNS[name][1]].nunique()
    std_errors = np.sqrt(np.diag(estimates.covariance))
    np.testing.assert_allclose(std_errors, estimates.table["std_error"], rtol=1e-12)


def test_settings_are_all_that_are_offered():
    kinds = {(kind, working) for _, kind, working in settings("fractional_logit")}
    assert kinds == {
        ("CR0", "identity"),
        ("CR1", "identity"),
        *((kind, w) for kind in ("CR2", "CR3") for w in ("identity", "inverse_weights")),
    }


@pytest.mark.parametrize("kind", ["CR0", "CR1"])
def test_working_model_does_not_touch_the_plain_sandwich(kind):
    one, other = (
        fit_fractional_logit(design(OUTCOME), vcov=kind, working=working).table
        for working in ("identity", "inverse_weights")
    )
    assert_same(one, other, 1e-12)
    assert (one["df"] == DATA["school_id"].nunique() - 1).all()


@pytest.mark.parametrize("working", ["identity", "inverse_weights"])
def test_contrasts_can_be_taken_where_they_have_df(working):
    fit = fit_fractional_logit(design(OUTCOME), vcov="CR2", working=working)
    assert_fitted_gives_the_table(fit, "CR2", working)
    assert fit_fractional_logit(design(OUTCOME), vcov="CR1", working=working).fitted is None


def test_without_controls_the_difference_is_that_of_weighted_means():
    bare = design(OUTCOME, controls=(), absorb=())
    table = fit_fractional_logit(bare, **OPTIONS).table
    means = DATA.groupby("school_type")[[OUTCOME, "n_tested"]].apply(
        lambda rows: np.average(rows[OUTCOME], weights=rows["n_tested"])
    )
    wanted = means.drop("traditional") - means["traditional"]
    np.testing.assert_allclose(table["estimate"], wanted[table.index], **SAME)


def test_a_weight_is_so_many_students_of_a_school():
    """Two students of a school's row are two rows of it: weights say whose average it is."""
    frame = changed(n_tested=1.0 + DATA["n_tested"] % 3)
    repeated = frame.loc[frame.index.repeat(frame["n_tested"])]
    weighted = fit_fractional_logit(design(OUTCOME, frame=frame), **OPTIONS)
    alone = fit_fractional_logit(design(OUTCOME, frame=repeated, weights=None), **OPTIONS)
    assert_same(weighted.table, alone.table, 1e-8)


@pytest.mark.parametrize("kind", ["CR1", "CR2"])
def test_unit_of_the_weights_does_not_matter(kind):
    large = design(OUTCOME, frame=changed(n_tested=DATA["n_tested"] * 1e6))
    before = fit_fractional_logit(design(OUTCOME), vcov=kind, working="identity").table
    assert_same(fit_fractional_logit(large, vcov=kind, working="identity").table, before, 1e-8)


def test_slope_of_a_control_is_the_average_change_with_a_point_more():
    """Against the fitted shares themselves, moved by a small step."""
    fit = design(OUTCOME)
    coefficients = fractional_logit._coefficients(fit)
    step, weight = 1e-4, fit.weights / fit.weights.sum()
    j = fit.terms.index("black_pct")

    def mean(move: float) -> float:
        moved = fit.matrix.copy()
        moved[:, j] += move
        return float(weight @ (100 / (1 + np.exp(-moved @ coefficients))))

    slope = fit_fractional_logit(fit, **OPTIONS).table.loc["black_pct", "estimate"]
    assert slope == pytest.approx((mean(step) - mean(-step)) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("kind", ["CR1", "CR2"])
def test_type_of_one_school_leaves_the_others_their_numbers(kind):
    """Its own standard error means nothing, and `effect_table` shows none."""
    table = fit_fractional_logit(design(OUTCOME, frame=LONE), vcov=kind, working="identity").table
    assert (table["std_error"].drop("turnaround") > 0).all()
    assert (table["df"].drop("turnaround") > 2).all()
    assert np.isfinite(table.loc["turnaround", ["estimate", "std_error"]].to_numpy(float)).all()


# What is refused


def where(**values) -> pd.Series:
    """Which rows have some values."""
    return pd.concat([DATA[column] == value for column, value in values.items()], axis=1).all(
        axis=1
    )


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (
            DATA[OUTCOME].where(DATA.index != 5, 100.4),
            r"0 to 100; 1 of 328 rows lie outside, the first is 100.4 \(school_id 000, ",
        ),
        (DATA[OUTCOME] - 50, r"rows lie outside, the first is -"),
        (DATA[OUTCOME] * 0 + 40, r"the outcome is 40 in all 328 rows"),
        (DATA[OUTCOME] * 0, r"the outcome is 0 in all 328 rows"),
        (
            DATA[OUTCOME].mask(DATA["school_type"] == "turnaround", 100.0),
            r"no finite estimate: 'turnaround' tells rows at 0 or 100 percent",
        ),
        (
            DATA[OUTCOME].mask(where(subject="ela", grade="08", end_year=2016), 0.0),
            r"no finite estimate: a cell of subject x grade x end_year tells rows",
        ),
        (
            DATA["black_pct"].gt(40) * 100.0,
            r"no finite estimate: 'black_pct' tells rows at 0 or 100 percent from all others \(328",
        ),
    ],
)
def test_outcomes_without_an_estimate_are_refused(outcome, message):
    with pytest.raises(EstimationError, match=message):
        fit_fractional_logit(design(OUTCOME, frame=changed(**{OUTCOME: outcome})), **OPTIONS)


def test_a_type_with_one_row_elsewhere_is_estimated():
    top = DATA[OUTCOME].mask(DATA["school_type"] == "turnaround", 100.0)
    top[DATA.index[DATA["school_type"] == "turnaround"][0]] = 99.0
    fit = fit_fractional_logit(design(OUTCOME, frame=changed(**{OUTCOME: top})), **OPTIONS)
    assert fit.table.loc["turnaround", "estimate"] > 30


def test_more_columns_than_rows_are_refused():
    one_each = DATA.drop_duplicates("school_id")
    few = one_each[one_each["school_type"].isin(["traditional", "pilot"])].iloc[[0, 1, -2, -1]]
    with pytest.raises(EstimationError, match=r"4 rows can't support 4 parameters"):
        fit_fractional_logit(design(OUTCOME, frame=few, absorb=()), **OPTIONS)


def test_dependent_columns_are_refused_by_name():
    whole = design(OUTCOME)
    matrix = whole.matrix.copy()
    matrix[:, whole.terms.index("pilot")] = 3 * matrix[:, whole.terms.index("low_income_pct")]
    with pytest.raises(EstimationError, match="column 'pilot' of the design is a combination"):
        fit_fractional_logit(replace(whole, matrix=matrix), **OPTIONS)


def test_no_convergence_is_refused(monkeypatch):
    monkeypatch.setattr(fractional_logit, "MOST_ITERATIONS", 1)
    with pytest.raises(EstimationError, match="did not converge in 1 iterations over 328 rows"):
        fit_fractional_logit(design(OUTCOME), **OPTIONS)


# Separation


def grows_for_ever(rows: np.ndarray, outcome: np.ndarray) -> bool:
    """Whether ever longer Newton steps go on to gain, by the size that the index reaches."""
    coefficients = np.zeros(rows.shape[1])
    for _ in range(60):
        share = 1 / (1 + np.exp(-np.clip(rows @ coefficients, -25, 25)))
        curved = (rows.T * (share * (1 - share))) @ rows + 1e-9 * np.eye(rows.shape[1])
        coefficients += np.linalg.solve(curved, rows.T @ (outcome - share))
    return bool(np.abs(rows @ coefficients).max() > 12)


@pytest.mark.parametrize("seed", range(40))
def test_separation_is_found_where_iteration_never_ends(seed):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([np.ones(9), rng.integers(0, 3, (9, 2))]).astype(float)
    rows = rows[:, : np.linalg.matrix_rank(rows)]
    outcome = rng.choice([0.0, 0.5, 1.0], 9, p=[0.45, 0.1, 0.45])
    ends = outcome != 0.5
    signs = np.where(outcome[ends] == 1, 1.0, -1.0)[:, None]
    found = separating_terms(signs * rows[ends], rows[~ends], ["a", "b", "c"][: rows.shape[1]])
    assert bool(found) == grows_for_ever(rows, outcome)
