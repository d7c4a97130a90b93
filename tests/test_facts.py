"""Places and rosters: complete, sourced, and of declared types."""

from __future__ import annotations

import pytest

from autonomy_stats.errors import UsageError
from autonomy_stats.facts import PLACES, find_place, load_roster, types_in
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.schema import CONFIDENCES, SCHOOL_TYPES

EACH = pytest.mark.parametrize("place", [place.place_id for place in PLACES])


@EACH
def test_place(place):
    found = find_place(place)
    assert found.state in {layout.state for layout in LAYOUTS}
    assert found.is_state == (found.place_id == found.state)
    assert not (found.district_ids and found.district_prefix)
    assert found.rosters


def test_places_are_distinct():
    assert len({place.place_id for place in PLACES}) == len(PLACES)
    with pytest.raises(UsageError, match=r"no place is called 'nowhere'; the places are .*denver"):
        find_place("nowhere")


@EACH
def test_roster(place):
    roster = load_roster(place)
    assert len(roster)
    assert set(roster["state"]) == {find_place(place).state}
    assert set(roster["school_type"]) <= set(SCHOOL_TYPES)
    assert set(roster["confidence"]) <= set(CONFIDENCES)
    # A source is more than a word: who said it, and where or when.
    assert roster["source"].str.len().min() > 20
    assert roster["source"].str.contains(r"http|\d{4}").all()
    assert roster["school_name"].str.len().min() > 0


@EACH
def test_no_year_gives_a_school_two_types(place):
    roster = load_roster(place)
    for year in range(2001, 2020):
        assert not types_in(roster, year, "unverified")["school_id"].duplicated().any()


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2015, "traditional"),
        (2016, "traditional"),
        (2017, "innovation_network"),
        (2018, "innovation_network"),
    ],
)
def test_types_change_with_the_year(year, expected):
    types = types_in(load_roster("indianapolis"), year).set_index("school_id")
    assert types.loc["5498", "school_type"] == expected


def test_intervals_are_inclusive_and_open_where_blank():
    roster = load_roster("indianapolis")
    turnaround = [
        year
        for year in range(2009, 2025)
        if types_in(roster, year).set_index("school_id")["school_type"].get("5465") == "turnaround"
    ]
    assert turnaround == [2013, 2014, 2015]
    assert types_in(roster, 1995).set_index("school_id").loc["1537", "school_type"] == (
        "independent_charter"
    )


@pytest.mark.parametrize(
    ("confidence", "settled"),
    [("documented", False), ("inferred", True), ("unverified", True)],
)
def test_types_below_a_confidence_are_unknown(confidence, settled):
    types = types_in(load_roster("michigan"), 2001, confidence)
    assert len(types) == 78
    assert set(types["school_type"]) == {"independent_charter" if settled else "unknown"}
    assert set(types["roster_confidence"]) == {"inferred"}


def test_unknown_confidence():
    with pytest.raises(UsageError, match=r"confidence must be one of .*got 'sure'"):
        types_in(load_roster("michigan"), 2001, "sure")
