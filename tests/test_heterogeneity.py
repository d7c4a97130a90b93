"""Heterogeneity: parts are those of `by_part`, slopes those of a regression written out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.models.beside import AGREE
from autonomy_stats.models.robustness.heterogeneity import THIRDS, heterogeneity

OUTCOME = "proficient_pct"
SCHOOLS = {"traditional": 40, "pilot": 24, "innovation": 12, "turnaround": 1, "exam": 2}
YEARS = "slope of years since conversion or opening"
POOR = "slope of share low-income"


@pytest.fixture(scope="module")
def frame():
    made = panel(SCHOOLS, gaps={"pilot": 4.0}, grades=("05", "06"))
    made["level"] = np.where(made["grade"] == "05", "elementary", "middle")
    number = made["school_id"].astype(int)
    made["from_end_year"] = (2006 + number % 9).where(made["school_type"] != "traditional")
    pilot = made["school_type"] == "pilot"
    made.loc[pilot & (made["level"] == "middle"), OUTCOME] += 12.0
    made.loc[pilot, OUTCOME] += 2.0 * (2016 - made["from_end_year"])
    made.loc[made["school_type"] == "innovation", OUTCOME] += 0.6 * (made["low_income_pct"] - 30)
    return made


@pytest.fixture(scope="module")
def fit(frame):
    return estimate_effects(frame, OUTCOME)


@pytest.fixture(scope="module")
def table(fit):
    return heterogeneity(fit)


def row(table, variation, subset, school_type="pilot"):
    own = table[(table["variation"] == variation) & (table["subset"] == subset)]
    kinds = own["school_type"].isna() if school_type is None else own["school_type"] == school_type
    (found,) = own[kinds].to_dict("records")
    return found


@pytest.mark.parametrize("part", ["level", "subject"])
def test_parts_are_those_that_stand_beside_a_fit(fit, table, part):
    beside = fit.beside[fit.beside["variation"] == f"by {part}"]
    for wanted in beside[beside["school_type"].notna()].to_dict("records"):
        found = row(table, f"by {part}", wanted["subset"], wanted["school_type"])
        for name in ("estimate", "std_error", "conf_low"):
            assert found[name] == pytest.approx(wanted[name], nan_ok=True)
        assert found["note"] == wanted["note"]
    (test,) = beside[beside["school_type"].isna()].to_dict("records")
    assert row(table, f"by {part}", AGREE, None)["p_value"] == pytest.approx(test["p_value"])


def test_a_difference_between_levels_is_found_of_its_type_only(table):
    assert row(table, "by level", AGREE)["p_value"] < 0.001
    assert row(table, "by level", AGREE, "innovation")["p_value"] > 0.05
    gap = row(table, "by level", "middle")["estimate"]
    gap -= row(table, "by level", "elementary")["estimate"]
    assert gap == pytest.approx(12, abs=4)


def test_thirds_are_of_the_reference_schools(frame, table):
    schools = frame.drop_duplicates("school_id")
    own = schools.loc[schools["school_type"] == "traditional", "low_income_pct"]
    cuts = [-1, *np.percentile(own, [100 / 3, 200 / 3]), 101]
    pilots = schools.loc[schools["school_type"] == "pilot", "low_income_pct"]
    for third, count in pd.cut(pilots, cuts, labels=THIRDS).value_counts().items():
        assert row(table, "by share low-income", third)["n_schools"] == count


def test_slopes_are_those_of_a_regression_written_out(frame, table):
    kept = frame[frame["school_type"] != "exam"].copy()
    kinds = ("innovation", "pilot", "turnaround")
    cells = pd.get_dummies(kept["subject"] + kept["grade"], dtype=float)
    shares = kept[["black_pct", "hispanic_pct", "asian_pct", "low_income_pct"]]
    of_type = pd.DataFrame({kind: (kept["school_type"] == kind) * 1.0 for kind in kinds})
    years = 2016 - kept["from_end_year"].fillna(2016)
    for name, number in ((POOR, kept["low_income_pct"] / 10), (YEARS, years)):
        products = of_type[["innovation", "pilot"]].mul(number, axis=0).add_suffix("_slope")
        matrix = pd.concat([cells, shares, of_type, products], axis=1)
        found = sm.WLS(kept[OUTCOME], matrix, weights=kept["n_tested"]).fit().params
        subset = table.loc[table["variation"] == name, "subset"].iloc[0]
        for kind in ("innovation", "pilot"):
            assert row(table, name, subset, kind)["estimate"] == pytest.approx(
                found[f"{kind}_slope"], rel=1e-8
            )


def test_true_slopes_are_within_their_intervals(table):
    poor = row(table, POOR, "for 10 points more", "innovation")
    assert poor["conf_low"] < 6 < poor["conf_high"]
    assert poor["p_value"] < 0.05
    age = row(table, YEARS, "for each year more", "pilot")
    assert age["conf_low"] < 2 < age["conf_high"]
    assert age["p_value"] < 0.05


def test_few_schools_are_marked_and_dropped_types_absent(table):
    one = table[table["school_type"] == "turnaround"]
    assert one.loc[one["estimate"].notna(), "note"].eq("one school: no interval").all()
    assert one["conf_low"].isna().all()
    slopes = one[one["variation"].isin([POOR, YEARS])]
    assert slopes["note"].eq("too few to judge").all()
    assert slopes["estimate"].isna().all()
    assert "exam" not in set(table["school_type"])


def test_student_groups_are_compared_where_there_are_several(frame):
    groups = [frame.assign(student_group=name) for name in ("all", "low_income")]
    both = pd.concat(groups, ignore_index=True)
    low = (both["student_group"] == "low_income") & (both["school_type"] == "pilot")
    both.loc[low, OUTCOME] -= 10.0
    table = heterogeneity(estimate_effects(both, OUTCOME))
    assert row(table, "by student group", AGREE)["p_value"] < 0.001
    gap = row(table, "by student group", "all")["estimate"]
    gap -= row(table, "by student group", "low_income")["estimate"]
    assert gap == pytest.approx(10)


def test_schools_without_a_year_are_counted(frame):
    unknown = frame["school_id"].isin(["0041", "0042"])
    some = frame.assign(from_end_year=frame["from_end_year"].where(~unknown))
    test = row(
        heterogeneity(estimate_effects(some, OUTCOME)), YEARS, "test that no type has a slope", None
    )
    assert test["note"].endswith(f"; {int(unknown.sum())} rows without it left out")


def test_a_number_that_is_the_same_in_all_schools_has_no_slope(frame):
    same = frame.assign(from_end_year=2010)
    pilot = row(heterogeneity(estimate_effects(same, OUTCOME)), YEARS, "for each year more")
    assert pilot["note"] == "the same in all its schools: no slope"


def test_other_estimators_say_why_there_is_none(frame):
    table = heterogeneity(estimate_effects(frame, OUTCOME, estimator="aipw"))
    assert table["estimate"].isna().all()
    assert table["note"].str.startswith("aipw").all()
    assert set(table["variation"]) >= {"by level", "by subject", POOR, YEARS}
