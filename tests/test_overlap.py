"""Overlap: the rule by hand, levels apart, and the estimate without schools beyond it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError
from autonomy_stats.models.robustness.overlap import PERCENTILE, overlap, overlap_schools

OUTCOME = "proficient_pct"
CONTROLS = ["black_pct", "low_income_pct"]


@pytest.fixture(scope="module")
def frame():
    made = panel({"traditional": 30, "pilot": 12, "innovation": 5, "exam": 2})
    made.loc[made["school_id"].isin(["0031", "0032"]), "low_income_pct"] += 60.0
    return made


@pytest.fixture(scope="module")
def fit(frame):
    return estimate_effects(frame, OUTCOME, controls=CONTROLS)


def test_distances_are_those_of_pairs_one_by_one(frame, fit):
    schools = frame.drop_duplicates("school_id").set_index("school_id")
    own = schools[schools["school_type"] == "traditional"][CONTROLS]
    inverse = np.linalg.inv(own.cov().to_numpy())

    def nearest(school: str) -> float:
        others = own.drop(index=school, errors="ignore") - schools.loc[school, CONTROLS].astype(
            float
        )
        return min(float(np.sqrt(row @ inverse @ row)) for row in others.to_numpy())

    table = overlap_schools(fit).set_index("school_id")
    assert table["distance"].to_dict() == pytest.approx({s: nearest(s) for s in table.index})
    limit = np.percentile([nearest(s) for s in own.index], PERCENTILE)
    assert table["limit"].unique() == pytest.approx([limit])
    assert (table["comparable"] == (table["distance"] <= limit)).all()


def test_far_schools_are_named_and_the_estimate_is_that_of_a_refit(frame, fit):
    row = overlap(fit).set_index("school_type").loc["pilot"]
    assert "School 31 (0031)" in row["schools_beyond"]
    assert "School 32 (0032)" in row["schools_beyond"]
    schools = overlap_schools(fit)
    beyond = schools.loc[~schools["comparable"], "school_id"]
    refit = estimate_effects(frame[~frame["school_id"].isin(beyond)], OUTCOME, controls=CONTROLS)
    wanted = refit.effects.set_index("school_type").loc["pilot"]
    for name in ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high"):
        assert row[name] == wanted[name], name
    assert row["n_schools_left"] == 12 - row["n_beyond"] == wanted["n_schools"]
    assert row["beyond_pct"] == pytest.approx(100 * row["n_beyond"] / 12)
    assert row["estimate_all"] == fit.effects.set_index("school_type").loc["pilot", "estimate"]


def test_a_control_beyond_all_reference_schools_is_named(fit):
    table = overlap_schools(fit).set_index("school_id")
    assert table.loc["0032", "outside"] == "low_income_pct"
    assert (table.loc[table["outside"] != "", "distance"] > 0).all()


def test_every_school_of_a_type_has_a_row_and_reference_and_dropped_none(fit):
    counts = overlap_schools(fit)["school_type"].value_counts().to_dict()
    assert counts == {"pilot": 12, "innovation": 5}


def test_only_schools_of_the_same_level_are_comparable(frame):
    high = frame["school_id"].isin(["0031", *(f"{n:04d}" for n in range(1, 11))])
    table = overlap_schools(
        estimate_effects(
            frame.assign(level=np.where(high, "high", "middle")), OUTCOME, controls=CONTROLS
        )
    ).set_index("school_id")
    assert table.loc["0031", "nearest_id"] <= "0010"
    assert (table.drop(index="0031")["nearest_id"] > "0010").all()


def test_a_level_without_reference_schools_has_no_comparison():
    few = panel({"traditional": 12, "pilot": 6}, grades=("03",))
    few["level"] = np.where(few["school_type"] == "pilot", "high", "middle")
    row = overlap(estimate_effects(few, OUTCOME)).iloc[0]
    assert (row["n_beyond"], row["beyond_pct"], row["n_schools_left"]) == (6, 100.0, 0)
    assert np.isnan(row["estimate"])
    schools = overlap_schools(estimate_effects(few, OUTCOME))
    assert np.isinf(schools["distance"]).all()
    assert schools["nearest_id"].eq("").all()


def test_where_all_schools_are_comparable_nothing_changes():
    same = panel({"traditional": 20})
    twins = same.assign(
        school_type="pilot", school_id="9" + same["school_id"].str[1:], school_name="Twin"
    )
    fit = estimate_effects(pd.concat([same, twins], ignore_index=True), OUTCOME)
    row = overlap(fit).iloc[0]
    assert row["n_beyond"] == 0
    assert row["estimate"] == row["estimate_all"]
    assert row["schools_beyond"] == ""


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"controls": []}, "holds no share equal"),
        ({"controls": ["white_pct", "black_pct"]}, "white_pct, black_pct is the same in all"),
    ],
)
def test_what_gives_no_distance_is_refused(frame, options, why):
    with pytest.raises(EstimationError, match=why):
        overlap(estimate_effects(frame, OUTCOME, **options))


def test_too_few_reference_schools_are_refused():
    few = panel({"traditional": 5, "pilot": 6})
    with pytest.raises(EstimationError, match="5 reference schools are too few"):
        overlap(estimate_effects(few, OUTCOME))
