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
