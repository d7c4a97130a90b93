"""The states' official files: known numbers, and every file recognised for what it is.

Michigan's file comes with a package: its numbers are in `test_effects.py`.
"""

from __future__ import annotations

import pytest

from autonomy_stats import estimate_effects, load_file, load_panel
from autonomy_stats.errors import UnrecognisedFileError
from autonomy_stats.loaders.survey import survey
from autonomy_stats.raw_listing import list_files

pytestmark = pytest.mark.real_data

# The known numbers are published, or were found by other code, rounded to a tenth: half a unit of
# the last digit, and a little.
TENTH = 0.051
HUNDREDTH = 0.0051

LAYOUTS = {
    "colorado/2015_16_PK_12_FreeReducedLunchEligibilitybySchool_1.xlsx": (
        "colorado-membership-lunch"
    ),
    "colorado/2015_16_sch_membershipbysch_race_ethnicity_gender_grade_1.xlsx": (
        "colorado-membership-race"
    ),
    "colorado/2016-17_PK-12_PupilMembership_bySchool_FRL_0.xlsx": "colorado-membership-lunch",
    "colorado/2016-17_sch_membershipbysch_race_ethnicity_gender_grade.xlsx": (
        "colorado-membership-race"
    ),
    "colorado/2017 CMAS ELA Math District & School Overall Results FINAL.xlsx": (
        "colorado-cmas-2017"
    ),
    "indiana/istep-2017-grade3-8-final-school.xlsx": "indiana-istep-2017",
    "indiana/press2016istepschoolpublic-grades-03-08.xlsx": "indiana-istep-2009",
    "indiana/school-enrollment-ell-special-education-2006-23.xlsx": (
        "indiana-enrollment-language-disability"
    ),
    "indiana/school-enrollment-ethnicity-and-free-reduced-price-meal-status-2006-23.xlsx": (
        "indiana-enrollment-race-meals"
    ),
}


def test_every_file_is_recognised_or_said_not_to_be(raw_root):
    found = {item.path: item for item in survey(raw_root)}
    files = list_files(raw_root)
    assert len(files) >= len(LAYOUTS)
    for path in files:
        item = found[path]
        state = path.relative_to(raw_root).parts[0]
        if item.layout is not None:
            assert item.layout.state == state
        else:
            assert type(item.problem) is UnrecognisedFileError, item.problem
            assert str(path) in str(item.problem)
    for name, layout in LAYOUTS.items():
        item = found.get(raw_root / name)
        assert item is None or item.layout.layout_id == layout


@pytest.mark.parametrize("name", LAYOUTS)
def test_whole_file_loads(raw_file, name):
    loaded = load_file(raw_file(name))
    assert loaded.layout == LAYOUTS[name]
    assert all(len(table) > 1000 for table in loaded.tables.values())


# Indiana


@pytest.fixture(scope="module")
def both_passed(raw_root):
    """Percent passing both subjects, all grades, of the state's public schools."""
    frame = load_panel(
        "indiana", [2016, 2017], subjects=["ela_and_math"], grades="all", raw=raw_root
    ).frame
    return frame[frame["proficient_pct"].notna() & frame["n_tested"].notna()]


def average(rows):
    return (rows["proficient_pct"] * rows["n_tested"]).sum() / rows["n_tested"].sum()


@pytest.mark.parametrize(("year", "percent", "count"), [(2016, 25.27, 58), (2017, 24.49, 57)])
def test_indianapolis_public_schools(both_passed, year, percent, count):
    rows = both_passed[(both_passed["end_year"] == year) & (both_passed["district_id"] == "5385")]
    assert rows["school_id"].nunique() == len(rows) == count
    assert average(rows) == pytest.approx(percent, abs=HUNDREDTH)


@pytest.mark.parametrize(("year", "percent"), [(2016, 50.6), (2017, 50.5)])
def test_indiana_public_schools(both_passed, year, percent):
    rows = both_passed[both_passed["end_year"] == year]
    assert average(rows) == pytest.approx(percent, abs=TENTH)
    # Private schools have ids that begin with a letter; so have the schools for the blind and deaf.
    lettered = rows[rows["school_id"].str.match("[A-Z]")]
    assert set(lettered["district_id"]) <= {"9605", "9610"}


INNOVATION = pytest.mark.parametrize(
    ("year", "percent", "count", "without"), [(2016, 15.1, 4, 26.0), (2017, 21.2, 8, 24.8)]
)


@INNOVATION
def test_innovation_network_schools(both_passed, year, percent, count, without):
    rows = both_passed[both_passed["end_year"] == year]
    innovation = rows[rows["school_type"] == "innovation_network"]
    assert len(innovation) == count
    assert average(innovation) == pytest.approx(percent, abs=TENTH)
    # Six of the eight report inside the district, in both years under the same ids.
    eight = both_passed[both_passed["end_year"] == 2017].query(
        "school_type == 'innovation_network'"
    )["school_id"]
    inside = rows[(rows["district_id"] == "5385") & rows["school_id"].isin(eight)]
    assert len(inside) == 6
    rest = rows[(rows["district_id"] == "5385") & ~rows["school_id"].isin(eight)]
    assert average(rest) == pytest.approx(without, abs=TENTH)


def test_same_eight_innovation_schools(both_passed):
    eight = both_passed[
        (both_passed["end_year"] == 2017) & (both_passed["school_type"] == "innovation_network")
    ]["school_id"]
    same = both_passed[both_passed["school_id"].isin(eight)]
    found = {year: average(rows) for year, rows in same.groupby("end_year")}
    assert found == pytest.approx({2016: 16.6, 2017: 21.2}, abs=TENTH)
    assert same.groupby("end_year").size().tolist() == [8, 8]


# Denver


@pytest.fixture(scope="module")
def denver(raw_root):
    return load_panel("denver", [2016], courses=True, raw=raw_root)


def test_denver_schools_with_a_percent(denver):
    shown = denver.frame[denver.frame["proficient_pct"].notna()]
    assert shown.groupby("subject")["school_id"].nunique().to_dict() == {"ela": 166, "math": 160}
    means = denver.frame[denver.frame["mean_score"].notna()]
    assert means.groupby("subject")["school_id"].nunique().to_dict() == {"ela": 177, "math": 175}


def test_denver_rows_of_2017(raw_root):
    frame = load_panel("denver", [2017], courses=True, raw=raw_root).frame
    assert (frame["school_id"].nunique(), len(frame)) == (193, 1179)


def test_denver_counts_of_types(denver):
    shown = denver.frame[denver.frame["proficient_pct"].notna()]
    counts = shown.groupby("school_type")["school_id"].nunique()
    assert counts["independent_charter"] == 40
    assert counts["innovation"] == 36


# Wide on purpose: the sizes that the study is about, whichever of the defensible choices is made
# (course tests in or out, roster revised by a school or two).
@pytest.mark.parametrize(
    ("subjects", "courses", "low", "high"),
    [
        (("ela", "math"), False, 6, 9),
        (("ela", "math"), True, 6, 9),
        (("ela",), False, 9, 10.5),
        (("math",), False, 4, 7),
        (("math",), True, 4, 7),
    ],
)
def test_denver_estimates(denver, subjects, courses, low, high):
    rows = denver.frame[denver.frame["subject"].isin(subjects)]
    rows = rows if courses else rows[rows["grade"].str.fullmatch(r"\d\d")]
    effects = estimate_effects(rows, "proficient_pct").effects.set_index("school_type")
    assert low < effects.loc["independent_charter", "estimate"] < high
    innovation = effects.loc["innovation"]
    assert abs(innovation["estimate"]) < 3
    assert innovation["conf_low"] < 0 < innovation["conf_high"]
