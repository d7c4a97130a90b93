"""Every estimate without a school, an operator or a type is that of the fit made again."""

from __future__ import annotations

import numpy as np
import pytest
from frames import panel
from refits import type_estimates

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.robustness.influence import influence

OUTCOME = "proficient_pct"
SCHOOLS = {"traditional": 16, "pilot": 7, "innovation": 5, "turnaround": 1}

DIGITS = 1e-9
"""Estimates are near 10; the formula leaves 1e-12 of them, and its threshold costs four digits."""


def schools(**options):
    frame = panel(SCHOOLS, gaps={"pilot": 6.0}, seed=5, **options)
    number = frame["school_id"].astype(int)
    frame["operator"] = np.where(number % 4 == 0, "Network A", "")
    frame["operator"] = frame["operator"].mask(number % 9 == 0, "Network B")
    return frame.assign(network=(number // 2).astype(str))


def with_own_grade():
    """Two schools, one of them a pilot, have the grade 08 to themselves; one the grade 09."""
    frame = schools()
    number = frame["school_id"].astype(int)
    fifth = frame["grade"] == "05"
    frame.loc[fifth & number.isin([3, 17]), "grade"] = "08"
    frame.loc[fifth & (number == 18), "grade"] = "09"
    return frame


def of_two_types():
    """A school that became a pilot, and an operator that has schools of two types."""
    frame = schools(years=(2016, 2017), grades=("03",))
    frame.loc[(frame["school_id"] == "0004") & (frame["end_year"] == 2017), "school_type"] = "pilot"
    return frame


CASES = {
    "weighted": (schools, {}),
    "unweighted": (schools, {"weights": None}),
    "ols": (schools, {"estimator": "ols"}),
    "clustered by network": (schools, {"cluster": "network"}),
    "a grade of its own": (with_own_grade, {}),
    "two types": (of_two_types, {}),
    "no controls": (schools, {"controls": [], "absorb": [], "vcov": "CR3"}),
}


def left_out(frame, row):
    column = {"school": "school_id", "operator": "operator", "type": "school_type"}
    return frame[frame[column[row["left_out"]]] != row["which"]]


@pytest.mark.parametrize("name", CASES)
def test_estimates_equal_refits(name):
    make, options = CASES[name]
    frame = make()
    fit = estimate_effects(frame, OUTCOME, **options)
    stated = fit.effects.set_index("school_type")["estimate"]
    table = influence(fit)
    assert {"school", "operator", "type"} == set(table["left_out"])
    for _, own in table.groupby(["left_out", "which"]):
        again = type_estimates(
            left_out(frame, own.iloc[0]),
            OUTCOME,
            controls=fit.controls,
            absorb=fit.absorbed,
            weights=fit.weights,
        )
        for row in own.to_dict("records"):
            expected = again.get(row["school_type"], np.nan)
            assert row["estimate"] == pytest.approx(expected, abs=DIGITS, nan_ok=True)
            change = expected - stated[row["school_type"]]
            assert row["change"] == pytest.approx(change, abs=DIGITS, nan_ok=True)


@pytest.mark.parametrize("name", ["weighted", "clustered by network", "a grade of its own"])
def test_intervals_are_those_of_refits(name):
    make, options = CASES[name]
    frame = make()
    table = influence(estimate_effects(frame, OUTCOME, **options))
    judged = table[table["std_error"].notna()]
    for _, own in judged.groupby(["left_out", "which"]):
        rows = left_out(frame, own.iloc[0])
        effects = estimate_effects(rows, OUTCOME, **options).effects.set_index("school_type")
        again = effects.loc[own["school_type"]]
        for column in ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high"):
            assert own[column].to_numpy() == pytest.approx(again[column].to_numpy(), rel=1e-7)
        assert own["note"].tolist() == again["note"].tolist()


@pytest.fixture(scope="module")
def fit():
    return estimate_effects(schools(), OUTCOME)


@pytest.fixture(scope="module")
def table(fit):
    return influence(fit)


def test_every_school_is_left_out_once_for_each_type(fit, table):
    own = table[table["left_out"] == "school"]
    assert len(own) == 29 * 3
    assert not own.duplicated(["which", "school_type"]).any()
    assert set(own["of_type"]) == set(SCHOOLS)


def test_the_largest_changes_come_first_and_have_intervals(table):
    for (kind, _), own in table.groupby(["left_out", "school_type"], sort=False):
        size = own["change"].abs().dropna()
        assert size.is_monotonic_decreasing
        if own["school_type"].iloc[0] == "turnaround":
            continue  # one school: no interval, whoever is left out
        judged = own.loc[own["std_error"].notna(), "change"]
        assert {own["change"].min(), own["change"].max()} <= set(judged), kind


def test_no_refit_no_interval_but_for_types(fit):
    table = influence(fit, refits=0)
    judged = table[table["std_error"].notna()]
    schools_judged = judged[judged["left_out"] == "school"]
    assert set(judged["left_out"]) == {"school", "type"}
    assert set(schools_judged["of_type"]) == {"turnaround"}  # its column is gone: another fit


def test_the_only_school_of_a_type_leaves_no_estimate(table):
    (row,) = table[
        (table["left_out"] == "school")
        & (table["of_type"] == "turnaround")
        & (table["school_type"] == "turnaround")
    ].to_dict("records")
    assert np.isnan(row["estimate"])
    assert row["note"] == "no school of the type is left"


def test_operators_of_one_school_are_schools(table):
    assert set(table.loc[table["left_out"] == "operator", "which"]) == {"Network A", "Network B"}


def test_a_case_that_can_not_be_estimated_says_why():
    frame = panel({"traditional": 1, "pilot": 4, "innovation": 4})
    table = influence(estimate_effects(frame, OUTCOME, controls=[]))
    row = table[table["of_type"] == "traditional"].iloc[0]
    assert np.isnan(row["estimate"])
    assert "reference type" in row["note"]


def test_other_estimators_and_wrong_arguments_are_refused(fit):
    with pytest.raises(UsageError, match="refits must be"):
        influence(fit, refits=-1)
    with pytest.raises(UsageError, match="influence takes a Fit"):
        influence(fit.effects)
    mixed = estimate_effects(schools(), OUTCOME, estimator="mixed")
    with pytest.raises(EstimationError, match="influence is worked out for least squares"):
        influence(mixed)
