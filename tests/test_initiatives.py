"""Initiatives: of known categories and types, and where the texts name them."""

from __future__ import annotations

import re

import pytest
from seeds import lines_of

import autonomy_stats as aus
from autonomy_stats.errors import DataError
from autonomy_stats.facts import load_report_counts
from autonomy_stats.schema import SCHOOL_TYPES, validate

INITIATIVES = aus.load_initiatives()
EACH = pytest.mark.parametrize(
    "row", INITIATIVES.to_dict("records"), ids=INITIATIVES["initiative_id"]
)
INDICATORS = [
    "legal_authority",
    "eligibility",
    "school_based_authority",
    "enrollment",
    "governance",
]
AREAS = ["staffing", "academic", "budget", "operations"]
WORDS = {"two": 2, "four": 4, "six": 6}
LONGEST_CELL = 16
REFERENCES = [
    pytest.param(place, cites, id=f"{row['initiative_id']}-{place}")
    for row in INITIATIVES.to_dict("records")
    for place, cites in zip(row["lines"].split(";"), row["cites"].split(";"), strict=True)
]


def given(value):
    return value is not None and value == value


def cited_numbers(row):
    """Whole numbers among what a row cites, words for them as well."""
    words = row["cites"].lower().replace(";", " ").split()
    return [WORDS.get(word) or int(word) for word in words if word in WORDS or word.isdigit()]


@EACH
def test_a_row_is_consistent(row):
    assert given(row["category"]) == given(row["category_by"])
    assert given(row["start_year"]) == given(row["start_of"])
    assert given(row["n_schools"]) == given(row["count_wording"]) == given(row["schools_end_year"])
    if given(row["school_type"]):
        assert set(row["school_type"].split(";")) <= set(SCHOOL_TYPES)
    if row["category"] in ("district_run", "partner_led") and given(row["employer"]):
        assert row["employer"] == "district"
    assert (row["employer"] == "operator") == (row["bargaining"] == "outside")


@EACH
def test_cells_are_short(row):
    for name in (*INDICATORS, *AREAS, "note"):
        if given(row[name]):
            assert len(row[name].split()) <= LONGEST_CELL + 10 * (name == "note"), name


@EACH
def test_its_numbers_are_cited(row):
    numbers = cited_numbers(row)
    if given(row["start_year"]):
        assert str(row["start_year"]) in row["cites"]
    if given(row["n_schools"]):
        counted = [number for number in numbers if number < 1900]
        assert row["n_schools"] in (*counted, sum(counted))


def test_the_second_report_s_ten_are_classed_by_it():
    named = INITIATIVES[INITIATIVES["category_by"] == "named"].groupby("category")
    assert named["initiative_id"].agg(sorted).to_dict() == {
        "district_run": ["denver_innovation", "fulton_charter_system", "la_pilot"],
        "partner_led": ["chicago_ausl", "la_partnership"],
        "partner_run": [
            "camden_renaissance",
            "denver_luminary",
            "indianapolis_innovation_network",
            "springfield_empowerment",
            "texas_campus_charters",
        ],
    }


def test_every_model_of_the_matrix_is_an_initiative():
    models = aus.load_autonomy()[["place", "school_type"]].drop_duplicates()
    known = INITIATIVES.set_index(["place", "school_type"]).index
    assert all(tuple(model) in known for model in models.to_numpy())


def test_counts_are_among_the_reports_counts():
    """Where the report or Public Impact counts a type in a place, the initiative says the same."""
    counts = load_report_counts().dropna(subset="seed")
    for row in INITIATIVES.dropna(subset=["school_type", "n_schools"]).to_dict("records"):
        of_type = counts[
            (counts["place"] == row["place"]) & (counts["school_type"] == row["school_type"])
        ]
        if row["initiative_id"] == "denver_luminary" or of_type.empty:
            continue
        numbers = {*of_type["n_schools"].dropna(), *of_type["n_low"].dropna()}
        offset = 1 if row["count_wording"] == "more_than" else 0
        assert row["n_schools"] + offset in numbers, row["initiative_id"]


def test_every_text_names_some():
    texts = {place[:3] for lines in INITIATIVES["lines"] for place in lines.split(";")}
    assert texts == {"000", "001", "002", "003", "004"}


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("category", "district-run"),
        ("employer", "state"),
        ("bargaining", "none"),
        ("start_of", "zone"),
        ("count_wording", "some"),
        ("name", None),
    ],
)
def test_what_the_table_does_not_allow_is_refused(column, word):
    assert validate(INITIATIVES, "initiatives").equals(INITIATIVES)
    wrong = INITIATIVES.copy()
    wrong.loc[0, column] = word
    with pytest.raises(DataError, match=rf"table initiatives: row 2, column '{column}'"):
        validate(wrong, "initiatives", rows=range(2, len(wrong) + 2))


# The texts


@pytest.mark.parametrize(("place", "cites"), REFERENCES)
def test_the_lines_hold_what_they_are_cited_for(place, cites):
    seed, _, lines = place.partition(":")
    assert 1 <= len(cites.split()) <= 3
    text = " ".join(lines_of(seed, lines).split())
    assert re.search(rf"(?<!\w){re.escape(cites)}(?!\w)", text), text


def test_all_that_the_summary_lists_are_there():
    """The third text lists nine by name, separated by semicolons."""
    listed = lines_of("003", "4").partition(":")[2].split(";")
    assert len(listed) == 9
    citing = INITIATIVES[INITIATIVES["lines"].str.contains("003:4")]
    assert len(citing) == len(listed)
