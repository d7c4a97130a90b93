"""The roster of Memphis: the iZone as it grew, the Achievement School District, official ids."""

from __future__ import annotations

import pytest

from autonomy_stats import estimate_effects, load_panel
from autonomy_stats.facts import find_place, load_roster, types_in
from autonomy_stats.loaders.gather import gather

PLACE = find_place("memphis")
ROSTER = load_roster("memphis")
BRICK_CHURCH = "985-8005"


def types(year, confidence="inferred"):
    return types_in(ROSTER, year, confidence).set_index("school_id")["school_type"]


@pytest.mark.parametrize(("year", "schools"), [(2013, 7), (2014, 13), (2015, 17), (2016, 18)])
def test_the_izone_has_as_many_schools_as_the_district_counts(year, schools):
    assert (types(year) == "izone").sum() == schools


@pytest.mark.parametrize(
    ("school", "changes"),
    [
        ("792-2470", {2012: None, 2013: "izone", 2018: "izone"}),
        ("792-2835", {2014: None, 2015: "izone"}),
        # Fairley was merged into a new school in 2016, Mitchell was in the zone for three years.
        ("792-2190", {2016: "izone", 2017: None}),
        ("792-2520", {2016: None, 2017: "izone", 2019: "izone", 2020: None}),
        # A suburban school of the merged district, in a district of its own since.
        ("792-3", {2013: None, 2014: "unknown", 2015: None}),
    ],
)
def test_types_change_with_the_year(school, changes):
    assert {year: types(year).get(school) for year in changes} == changes


def test_one_school_of_the_zone_stands_on_a_count():
    assert types(2015)["792-2715"] == "izone"
    assert types(2015, "documented")["792-2715"] == "unknown"


def test_the_achievement_school_district_belongs_by_roster_but_for_nashville():
    assert PLACE.district_ids == ("792",)
    state_run = ROSTER[ROSTER["school_id"].str.startswith("985-")]
    assert set(state_run["school_type"]) == {"asd_direct", "asd_charter", "alternative"}
    assert BRICK_CHURCH not in set(ROSTER["school_id"])


def test_a_network_runs_charters_of_both_districts():
    kipp = ROSTER[ROSTER["operator"] == "KIPP"]
    assert set(kipp["school_type"]) == {"independent_charter", "asd_charter"}


@pytest.mark.real_data
def test_ids_names_and_charters_are_those_of_the_state_s_files(raw_root):
    tables = gather("tennessee", [2014, 2015], raw_root).tables
    directory = tables["directory"].set_index("school_id")
    profile = tables["demographics"].set_index("school_id")
    names = {**profile["school_name"].to_dict(), **directory["school_name"].to_dict()}
    for row in ROSTER.itertuples():
        assert " ".join(names[row.school_id].split()) == row.school_name
    held = types(2015, "unverified")
    city = directory[directory["district_id"].isin(["792", "985"])].drop(BRICK_CHURCH)
    charters = set(city.index[city["sector"] == "charter"])
    assert set(held.index[held.isin(["independent_charter", "asd_charter"])]) == charters
    # Every school of the Achievement School District has a type.
    assert set(city.index[city["district_id"] == "985"]) <= set(held.index)


@pytest.mark.real_data
def test_suburbs_are_those_of_municipal_districts_a_year_later(raw_root):
    directory = gather("tennessee", [2015], raw_root).tables["directory"]
    later = directory[directory["district_id"].isin(["793", "794", "795", "796", "797", "798"])]
    numbers = set(later["school_id"].str.split("-").str[1])
    suburbs = ROSTER[ROSTER["school_type"] == "unknown"]
    assert len(suburbs) == 30
    assert set(suburbs["school_id"].str.split("-").str[1]) <= numbers
    assert not set(suburbs["school_id"]) & set(directory["school_id"])


@pytest.mark.real_data
def test_panel_of_2014(raw_root):
    panel = load_panel("memphis", [2014], raw=raw_root)
    effects = estimate_effects(panel.frame, "mean_score").effects.set_index("school_type")
    assert effects["n_schools"].to_dict() == {
        "traditional": 132,
        "independent_charter": 21,
        "izone": 13,
        "unknown": 0,
    }
    assert effects.loc["unknown", "n_schools_before"] == 25
    assert set(panel.frame["district_id"]) == {"792"}
