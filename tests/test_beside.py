"""What stands beside an estimate: each line is the fit that a user would make by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.models.beside import COLUMNS
from autonomy_stats.models.interacted import by_part, parts_agree

SCHOOLS = {"traditional": 24, "pilot": 9, "charter": 6, "alone": 1, "exam": 2}
NUMBERS = ["estimate", "std_error", "df", "p_value", "conf_low", "conf_high"]


@pytest.fixture(scope="module")
def frame():
    made = panel(SCHOOLS, gaps={"charter": 8.0}, grades=("04", "05", "06", "07"))
    school = made["school_id"].astype(int)
    made = made.assign(
        level=np.where(made["grade"] < "06", "elementary", "middle"),
        operator=np.where(made["school_type"] == "charter", "Network " + (school % 2).map(str), ""),
        roster_confidence=np.where(school % 3 == 0, "inferred", "documented"),
        mean_score=made["proficient_pct"] / 2 + 700,
    )
    traditional = made["school_type"] == "traditional"
    return made.assign(roster_confidence=made["roster_confidence"].where(~traditional))


@pytest.fixture(scope="module")
def fit(frame):
    return estimate_effects(frame, "proficient_pct")


@pytest.fixture(scope="module")
def beside(fit):
    return fit.beside


def line(beside, variation, subset="", school_type="charter"):
    chosen = beside[(beside["variation"] == variation) & (beside["subset"] == subset)]
    return chosen.set_index("school_type").loc[school_type]


def effect(fit, school_type="charter"):
    return fit.effects.set_index("school_type").loc[school_type]


def assert_same(one, other):
    for name in NUMBERS:
        assert one[name] == pytest.approx(other[name], rel=1e-7), name


def test_columns_and_variations(beside):
    assert list(beside.columns) == COLUMNS
    assert beside["variation"].unique().tolist() == [
        "as asked",
        "unweighted",
        "one row a school",
        "mean score",
        "ladder",
        "clustered by operator",
        "documented roster only",
        "by subject",
        "by level",
    ]
    assert set(beside["school_type"].dropna()) == {"traditional", "pilot", "charter", "alone"}


def test_each_part_is_the_fit_of_its_rows(frame, beside):
    for part in ("subject", "level"):
        for one in frame[part].unique():
            own = estimate_effects(frame[frame[part] == one], "proficient_pct")
            assert_same(line(beside, f"by {part}", one), effect(own))


def test_agreement_is_tested_jointly(frame, fit, beside):
    apart = by_part(frame, "proficient_pct", "subject", fit.controls, fit.asked.options)
    test = parts_agree(apart)
    assert test.df_constraints == 2  # pilot and charter: not the type of one school
    found = beside[beside["subset"] == "test that they agree"].iloc[0]
    assert found["school_type"] is None or pd.isna(found["school_type"])
    assert found["p_value"] == pytest.approx(test.p_value)
    assert (found["statistic"], found["df"]) == pytest.approx((test.statistic, test.df_residual))


def test_a_gap_in_one_subject_alone_is_found(frame, fit):
    moved = frame["school_type"].eq("charter") & frame["subject"].eq("math")
    bent = frame.assign(proficient_pct=frame["proficient_pct"] + 15 * moved)
    before, after = (
        parts_agree(by_part(rows, "proficient_pct", "subject", fit.controls, fit.asked.options))
        for rows in (frame, bent)
    )
    assert after.p_value < 0.01 < before.p_value


def test_ladder_adds_controls_in_order(frame, beside):
    steps = {
        "raw": (),
        "+ race": ("black_pct", "hispanic_pct", "asian_pct"),
        "+ low income": ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct"),
    }
    assert beside.loc[beside["variation"] == "ladder", "subset"].unique().tolist() == list(steps)
    for step, controls in steps.items():
        own = estimate_effects(frame, "proficient_pct", controls=controls)
        assert_same(line(beside, "ladder", step), effect(own))


def test_other_variations(frame, fit, beside):
    assert_same(line(beside, "as asked"), effect(fit))
    unweighted = estimate_effects(frame, "proficient_pct", weights=None)
    assert_same(line(beside, "unweighted"), effect(unweighted))
    assert_same(
        line(beside, "mean score", "points of the test"),
        effect(estimate_effects(frame, "mean_score")),
    )
    operator = frame["operator"].where(frame["operator"] != "", frame["school_id"])
    clustered = estimate_effects(
        frame.assign(cluster=operator), "proficient_pct", cluster="cluster"
    )
    assert clustered.n_clusters == 24 + 9 + 1 + 2
    assert_same(line(beside, "clustered by operator"), effect(clustered))
    sure = estimate_effects(frame[frame["roster_confidence"] != "inferred"], "proficient_pct")
    assert_same(line(beside, "documented roster only"), effect(sure))
    assert line(beside, "documented roster only")["n_schools"] < 6


def test_one_row_a_school_counts_each_once(frame, fit, beside):
    own = frame[~frame["school_type"].isin(["exam"])]
    cell = own.groupby(["subject", "grade", "end_year"])
    centre = cell["proficient_pct"].transform(
        lambda part: np.average(part, weights=own.loc[part.index, "n_tested"])
    )
    gap = own.assign(gap=own["proficient_pct"] - centre)
    rows = gap.groupby("school_id").apply(
        lambda part: pd.Series(
            {
                "proficient_pct": np.average(part["gap"], weights=part["n_tested"]),
                "school_type": part["school_type"].iloc[0],
                **part[list(fit.controls)].iloc[0],
            }
        )
    )
    expected = estimate_effects(
        rows.reset_index(), "proficient_pct", weights=None, controls=fit.controls, absorb=()
    )
    assert expected.n_rows == 40
    assert_same(line(beside, "one row a school"), effect(expected))


def test_what_cannot_be_estimated_says_why(frame):
    charters = frame["school_type"].eq("charter")
    rows = frame[~(frame["level"].eq("middle") & ~charters)]
    found = estimate_effects(rows, "proficient_pct").beside
    apart = found[found["variation"] == "by level"]
    assert apart["estimate"].notna().sum() < len(apart)
    assert apart["note"].str.len().gt(0).any()


def test_a_level_with_one_reference_school_has_no_interval():
    """Within it, nothing tells the difference from that school's own error."""
    frame = panel({"traditional": 12, "pilot": 8})
    first = frame.loc[frame["school_type"] == "traditional", "school_id"].iloc[0]
    pilots = frame.loc[frame["school_type"] == "pilot", "school_id"].unique()[:4]
    high = frame["school_id"].isin([first, *pilots])
    frame = frame.assign(level=high.map({True: "high", False: "middle"}))
    fit = estimate_effects(frame, "proficient_pct", controls=[])
    rows = fit.beside[fit.beside["variation"] == "by level"].set_index(["subset", "school_type"])
    assert rows.loc[("high", "pilot"), "conf_low"] != rows.loc[("high", "pilot"), "conf_low"]
    assert "no interval" in rows.loc[("high", "pilot"), "note"]
    assert rows.loc[("middle", "pilot"), "note"] == ""
    assert fit.headline["level"].unique().tolist() == ["all"]


def two_years():
    """A panel of two years in which a school changed type and shares differ by year."""
    frame = panel({"traditional": 14, "pilot": 8}, years=(2016, 2017))
    later = frame["end_year"] == 2017
    frame.loc[later, "black_pct"] += 2 * frame["school_id"].astype(int)[later] % 7
    frame.loc[~later & (frame["school_id"] == "0015"), "school_type"] = "traditional"
    return frame


def one_row(frame):
    made = estimate_effects(frame, "proficient_pct").beside
    return made[made["variation"] == "one row a school"].set_index("school_type")


def test_one_row_a_school_does_not_depend_on_the_order_of_rows():
    frame = two_years()
    rows, shuffled = one_row(frame), one_row(frame.sample(frac=1, random_state=1))
    assert rows["estimate"].tolist() == pytest.approx(shuffled["estimate"].tolist())
    # The school that changed type has a row of each.
    assert rows["n_schools"].to_dict() == {"pilot": 8, "traditional": 15}


def test_one_row_a_school_averages_what_differs_between_its_rows():
    """The same regression, made of weighted means by hand."""
    frame = two_years()
    own = frame.assign(w=frame["n_tested"])
    columns = ["proficient_pct", "black_pct", "hispanic_pct", "asian_pct", "low_income_pct"]
    cells = [own[c] for c in ("subject", "grade", "end_year")]
    weighed = own[columns].mul(own["w"], axis=0)
    apart = own[columns] - weighed.groupby(cells).transform("sum").div(
        own.groupby(cells)["w"].transform("sum"), axis=0
    )
    apart[columns[2:]] = own[columns[2:]]  # the same in all rows of a school
    key = [own["school_id"], own["school_type"]]
    sums = apart.mul(own["w"], axis=0).groupby(key).sum()
    means = sums.div(own.groupby(key)["w"].sum(), axis=0).reset_index()
    pilot = (means["school_type"] == "pilot").astype(float)
    design = np.column_stack([np.ones(len(means)), pilot, means[columns[1:]]])
    expected = np.linalg.lstsq(design, means["proficient_pct"], rcond=None)[0][1]
    assert one_row(frame).loc["pilot", "estimate"] == pytest.approx(expected)


def test_the_ladder_ends_at_the_estimate_asked_for():
    frame = panel({"traditional": 14, "pilot": 8}).assign(other=lambda f: f["n_tested"] % 5)
    fit = estimate_effects(frame, "proficient_pct", controls=["black_pct", "other"])
    ladder = fit.beside[fit.beside["variation"] == "ladder"]
    assert ladder["subset"].unique().tolist() == ["raw", "+ race", "+ others"]
    last = ladder[ladder["subset"] == "+ others"].set_index("school_type")["estimate"]
    assert last["pilot"] == pytest.approx(fit.effects.set_index("school_type")["estimate"]["pilot"])


def test_one_row_a_school_counts_schools_whatever_the_cluster():
    frame = panel({"traditional": 14, "pilot": 8})
    frame["network"] = frame["school_id"].astype(int).mod(6).astype("str")
    made = estimate_effects(frame, "proficient_pct", cluster="network").beside
    rows = made[made["variation"] == "one row a school"].set_index("school_type")["n_schools"]
    assert rows.to_dict() == {"pilot": 8, "traditional": 14}


def test_rows_without_a_level_are_counted():
    frame = panel({"traditional": 20, "pilot": 12})
    frame["level"] = frame["school_id"].astype(int).mod(2).map({0: "middle", 1: "elementary"})
    frame.loc[frame["grade"] == "05", "level"] = None
    fit = estimate_effects(frame, "proficient_pct")
    lost = int((frame["grade"] == "05").sum())
    assert fit.headline["reason"].str.contains(f"; {lost} rows without a level left out").all()


def test_a_fit_of_the_model_s_own_errors_has_no_joint_test():
    frame = panel({"traditional": 20, "pilot": 12})
    frame["level"] = frame["school_id"].astype(int).mod(2).map({0: "middle", 1: "elementary"})
    fit = estimate_effects(frame, "proficient_pct", estimator="mixed", vcov="model")
    reason = fit.headline["reason"].iloc[0]
    assert reason == "no test that the levels agree: mixed with model errors gives no joint test"
