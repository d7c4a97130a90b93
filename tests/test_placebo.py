"""Schools before they are given a type: against R, with known differences, and reasons for none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel
from golden_change import DATA, SETTINGS, SHARES, TOLERANCE, WEIGHTS, expected

from autonomy_stats import estimate_effects, load_panel, load_roster
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.change import estimate_change
from autonomy_stats.models.placebo import before_conversion

GOLDEN_LATER = {
    school: (kind, 2018)
    for school, kind in DATA.drop_duplicates("school_id").set_index("school_id")["later"].items()
    if kind
}
CASES = {
    "before_2016": ("level", 2016),
    "before_2017": ("level", 2017),
    "before_change": ("change", 2017),
}


@pytest.mark.parametrize(("setting", "working"), SETTINGS)
def test_agrees_with_r(setting, working):
    options = {"controls": SHARES, "weights": WEIGHTS[setting], "working": working}
    found = before_conversion(DATA, "proficient_pct", GOLDEN_LATER, **options)
    found = found.set_index(["quantity", "end_year"])
    for model, at in CASES.items():
        wanted = expected(model, setting, working).loc["later_pilot"]
        for column in ("estimate", "std_error", "df"):
            assert found.loc[at, column] == pytest.approx(wanted[column], rel=TOLERANCE), column
        assert found.loc[at, "n_schools"] == 5


YEARS = (2015, 2016, 2017)
LATER = {f"{number:04d}": ("izone", 2018) for number in range(1, 6)}  # of the 20 traditional


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return panel({"traditional": 20, "pilot": 6, "izone": 3}, years=YEARS)


def at(found: pd.DataFrame, quantity: str, year: int, kind: str = "izone") -> pd.Series:
    rows = found[
        (found["quantity"] == quantity)
        & (found["end_year"] == year)
        & (found["school_type"] == kind)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_recovers_the_truth_exactly(frame):
    """Chosen for results 6 lower, which then fall by 1 a year more than others'."""
    later = frame["school_id"].isin(LATER)
    year = frame["end_year"] - 2015
    percent = 50 + 2 * year - 0.3 * frame["low_income_pct"] + later * (-6 - 1 * year)
    rows = frame.assign(proficient_pct=percent + 4 * frame["school_type"].eq("izone"))
    found = before_conversion(rows, "proficient_pct", LATER)
    for end_year, gap in zip(YEARS, (-6, -7, -8), strict=True):
        assert at(found, "level", end_year)["estimate"] == pytest.approx(gap)
    for end_year in YEARS[1:]:
        change = at(found, "change", end_year)
        assert change["estimate"] == pytest.approx(-1)
        assert (change["from_end_year"], change["n_schools"]) == (end_year - 1, 5)
    assert len(found) == 5


def test_is_the_fit_with_future_types_as_labels(frame):
    """Schools that have the type already, and those of others, stay what they are."""
    found = before_conversion(frame, "proficient_pct", LATER)
    labels = frame["school_type"].mask(frame["school_id"].isin(LATER), "later izone")
    rows = frame.assign(school_type=labels)
    level = estimate_effects(rows[rows["end_year"] == 2016], "proficient_pct").effects
    change = estimate_change(rows, "proficient_pct", years=(2015, 2016)).effects
    for quantity, effects in ("level", level), ("change", change):
        wanted = effects.set_index("school_type").loc["later izone"]
        row = at(found, quantity, 2016)
        for column in ("estimate", "std_error", "df", "conf_low", "p_value_holm", "n_rows"):
            assert row[column] == pytest.approx(wanted[column]), column


def test_a_school_counts_until_it_has_the_type(frame):
    """Two schools are given it in 2017, three in 2018; one roster names both."""
    roster = pd.DataFrame(
        {
            "school_id": list(LATER),
            "school_type": "izone",
            "from_end_year": [2017, 2017, 2018, 2018, 2018],
            "source": "made up",
        }
    )
    has = frame["school_id"].isin(roster["school_id"][:2]) & (frame["end_year"] == 2017)
    rows = frame.assign(school_type=frame["school_type"].mask(has, "izone"))
    found = before_conversion(rows, "proficient_pct", roster)
    counts = {
        (row["quantity"], row["end_year"]): (row["n_schools"], row["n_schools_later"])
        for row in found.to_dict("records")
    }
    assert counts == {
        ("level", 2015): (5, 5),
        ("level", 2016): (5, 5),
        ("level", 2017): (3, 3),
        ("change", 2016): (5, 5),
        ("change", 2017): (3, 3),
    }


def test_the_next_type_counts_and_the_reference_is_none(frame):
    roster = pd.DataFrame(
        [
            ("0001", "pilot", 2018),
            ("0001", "izone", 2020),
            ("0002", "traditional", 2018),
            ("0003", "izone", None),
            ("0004", "unknown", 2018),
        ],
        columns=["school_id", "school_type", "from_end_year"],
    )
    found = before_conversion(frame, "proficient_pct", roster)
    assert at(found, "level", 2016, "pilot")["note"] == "one school: no interval"
    assert np.isfinite(at(found, "level", 2016, "pilot")["estimate"])
    assert at(found, "level", 2016, "izone")["note"] == "no school has it after 2016"
    assert set(found["school_type"]) == {"pilot", "izone"}


def test_every_type_has_a_row_or_a_reason(frame):
    later = {
        "0001": ("izone", 2016),  # has results before in 2015 alone
        "0021": ("izone", 2018),  # a pilot school
        "9998": ("izone", 2018),  # not in the frame
        "9999": ("horace_mann", 2018),
    }
    rows = frame[(frame["school_id"] != "0001") | (frame["end_year"] == 2015)]
    found = before_conversion(rows, "proficient_pct", later)
    note = at(found, "level", 2015)["note"]
    assert (
        note
        == "1 of 3 without rows in 2015; 1 of 3 not traditional before; one school: no interval"
    )
    row = at(found, "change", 2017)
    assert (row["n_schools"], row["n_schools_later"]) == (0, 2)
    assert row["note"] == "1 of 2 without rows in 2016 and 2017; 1 of 2 not traditional before"
    assert at(found, "level", 2017, "horace_mann")["note"] == "1 of 1 without rows in 2017"
    assert found["estimate"].notna().sum() == 1
    assert len(found) == 5 * 2


def test_one_year_has_no_change(frame):
    found = before_conversion(frame[frame["end_year"] == 2016], "proficient_pct", LATER)
    assert at(found, "level", 2016)["n_schools"] == 5
    row = at(found, "change", 2016)
    assert row["note"] == "proficient_pct of 2016 alone: a change takes two years"
    assert (row["n_schools"], row["n_schools_later"]) == (0, 5)


def test_what_can_not_be_estimated_says_why(frame):
    series = frame["end_year"].map({2015: "Old", 2016: "New", 2017: "New"})
    found = before_conversion(frame.assign(series=series), "proficient_pct", LATER)
    row = at(found, "change", 2016)
    assert row["note"].startswith("the rows pool what is not comparable: series of")
    assert np.isnan(row["estimate"])
    assert np.isfinite(at(found, "change", 2017)["estimate"])
    bare = frame.assign(asian_pct=frame["asian_pct"].mask(frame["school_id"].isin(LATER)))
    found = before_conversion(bare, "proficient_pct", LATER)
    assert found["note"].str.startswith("control 'asian_pct' is missing for 5 of 5 schools").all()


@pytest.mark.parametrize(
    ("later", "options", "words"),
    [
        (pd.DataFrame({"school_id": ["a"]}), {}, "no column 'school_type'"),
        (
            pd.DataFrame(
                {"school_id": "a", "school_type": ["izone", "pilot"], "from_end_year": 2018}
            ),
            {},
            "gives school 'a' 'pilot' and another type from 2018 on",
        ),
        (LATER, {"years": (2015, 2016)}, "'years' is no option here"),
        (LATER, {"working": "none"}, "working must be one of"),
    ],
)
def test_refuses_arguments(frame, later, options, words):
    with pytest.raises(UsageError, match=words):
        before_conversion(frame, "proficient_pct", later, **options)


def test_refuses_a_frame_without_results(frame):
    with pytest.raises(EstimationError, match="nothing to compare"):
        before_conversion(frame.assign(proficient_pct=np.nan), "proficient_pct", LATER)


# The states' files


@pytest.mark.real_data
def test_indianapolis_before_its_innovation_schools(raw_root):
    """Schools that became innovation schools in 2017 or 2018: low before, and too few to tell."""
    options = {"subjects": ["ela_and_math"], "grades": "all"}
    frame = load_panel("indianapolis", [2015, 2016, 2017], raw=raw_root, **options).frame
    roster = load_roster("indianapolis")
    found = before_conversion(frame, "proficient_pct", roster, controls=[])
    kind = "innovation_network"
    change = at(found, "change", 2016, kind)
    assert change["n_schools"] == 6
    assert change[["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(
        [2.9, -5.6, 11.3], abs=0.05
    )
    # By hand: means of changes with the harmonic mean of both years' students.
    new = roster[(roster["school_type"] == kind) & (roster["from_end_year"] >= 2017)]
    rows = frame[frame["end_year"] <= 2016]
    wide = rows.pivot(index="school_id", columns="end_year", values=["proficient_pct", "n_tested"])
    wide = wide.astype(float).dropna()
    of_2016 = rows[rows["end_year"] == 2016].set_index("school_id")["school_type"]
    weight = 1 / (1 / wide["n_tested"][2015] + 1 / wide["n_tested"][2016])
    step = wide["proficient_pct"][2016] - wide["proficient_pct"][2015]
    becoming = wide.index.isin(new["school_id"])
    district = (of_2016.reindex(wide.index) == "traditional") & ~becoming
    assert becoming.sum() == 6
    means = [np.average(step[own], weights=weight[own]) for own in (becoming, district)]
    assert change["estimate"] == pytest.approx(means[0] - means[1])
    level = at(found, "level", 2016, kind)
    assert level["estimate"] == pytest.approx(-7.2, abs=0.05)
    assert level["conf_low"] < 0 < level["conf_high"]
    assert "without rows in 2016" in level["note"]


@pytest.mark.real_data
def test_denver_has_no_school_before_and_after(raw_root):
    frame = load_panel("denver", [2016, 2017], raw=raw_root).frame
    found = before_conversion(frame, "proficient_pct", load_roster("denver"))
    assert found["estimate"].isna().all()
    assert at(found, "level", 2016, "innovation")["note"] == "3 of 3 without rows in 2016"
    assert at(found, "change", 2017, "innovation")["note"] == "no school has it after 2017"
