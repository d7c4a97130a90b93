"""The roster of Boston: types that change, what is compared in 2018, and ids of official files."""

from __future__ import annotations

import pytest

from autonomy_stats import estimate_effects, load_panel
from autonomy_stats.facts import find_place, load_roster, types_in
from autonomy_stats.loaders.gather import gather

ROSTER = load_roster("boston")


def types(year, confidence="inferred"):
    return types_in(ROSTER, year, confidence).set_index("school_id")["school_type"]


@pytest.mark.parametrize(
    ("school", "changes"),
    [
        # Harbor School, then the upper school of Henderson.
        ("00350426", {2015: "pilot", 2016: "innovation", 2018: "innovation", 2020: "unknown"}),
        # Kennedy and Blackstone left Level 4 and became innovation schools.
        ("00350166", {2014: "turnaround", 2015: "innovation", 2019: "innovation"}),
        ("00350390", {2013: "turnaround", 2014: "innovation", 2018: "innovation", 2019: "unknown"}),
        # Madison Park went the other way.
        ("00350537", {2016: "innovation", 2017: "turnaround"}),
        # Winthrop left turnaround status in the autumn of 2018, Mattahunt closed in 2017.
        ("00350180", {2013: None, 2014: "turnaround", 2018: "turnaround", 2019: None}),
        ("00350226", {2017: "turnaround", 2018: None}),
        # Orchard Gardens was Level 4 and pilot at once.
        ("00350257", {2012: "pilot", 2018: "pilot"}),
    ],
)
def test_types_change_with_the_year(school, changes):
    assert {year: types(year).get(school) for year in changes} == changes


def test_holmes_is_settled_only_by_a_count():
    assert types(2018)["00350138"] == "traditional"
    assert types(2018, "documented")["00350138"] == "unknown"
    assert types(2020)["00350138"] == "unknown"


def test_counts_of_the_district():
    """Pilot and Horace Mann schools are as many as the district counts in 2018-19."""
    of = types(2018).value_counts()
    assert of["pilot"] == 20
    assert of["horace_mann"] == 6
    # Henderson is one school of two codes.
    assert of["innovation"] - 1 == 7
    assert of["turnaround"] == 11


def test_a_term_that_ended_without_a_renewal_seen_is_unverified():
    late = ROSTER[ROSTER["school_type"] == "unknown"]
    assert set(late["confidence"]) == {"unverified"}
    assert late["to_end_year"].isna().all()


def test_charters_report_under_districts_of_their_own():
    own = ~ROSTER["school_id"].str.startswith(find_place("boston").district_ids)
    charters = {"independent_charter", "horace_mann"}
    assert set(ROSTER[own]["school_type"]) == charters
    assert not set(ROSTER[~own]["school_type"]) & charters


def test_a_network_runs_schools_of_two_types():
    up = ROSTER[ROSTER["operator"] == "UP Education Network"]
    assert dict(zip(up["school_id"], up["school_type"], strict=True)) == {
        "00350167": "turnaround",
        "04800405": "horace_mann",
        "35050405": "horace_mann",
    }


@pytest.mark.real_data
def test_ids_and_names_are_those_of_the_state_s_files(raw_root):
    tables = gather("massachusetts", [2017, 2018], raw_root).tables
    files = tables["demographics"].drop_duplicates("school_id", keep="first")
    known = files.set_index("school_id")["school_name"]
    assert set(ROSTER["school_id"]) <= set(known.index)
    # Two schools had another name when they were of the type.
    renamed = ROSTER["school_name"].isin(["Harbor School", "John P Holland"])
    assert renamed.sum() == 2
    for row in ROSTER[~renamed].itertuples():
        assert known[row.school_id].endswith(row.school_name)


@pytest.mark.real_data
def test_panel_of_2018(raw_root):
    panel = load_panel("boston", [2018], raw=raw_root)
    effects = estimate_effects(panel.frame, "proficient_pct").effects.set_index("school_type")
    compared = {
        "traditional": 56,
        "independent_charter": 14,
        "pilot": 13,
        "innovation": 6,
        "turnaround": 6,
        "horace_mann": 4,
    }
    assert effects["n_schools"].to_dict() == {**compared, "exam": 0, "alternative": 0}
    assert sum(compared.values()) == 99
    left_out = effects["n_schools_before"] - effects["n_schools"]
    assert left_out[left_out > 0].to_dict() == {"exam": 3, "alternative": 1}
    report = panel.join_report
    assert (report[report["join"] == "demographics"]["n_schools"] == 0).all()
    unlisted = report[report["side"] == "results, not rostered"]
    assert unlisted.set_index("school_type")["n_schools"].to_dict() == {"traditional": 55}
