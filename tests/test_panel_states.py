"""Panels where a state's files have ids, releases or tests of their own."""

from __future__ import annotations

import pandas as pd
import pytest

from autonomy_stats import load_panel
from autonomy_stats.errors import MissingDataError
from autonomy_stats.facts import Place
from autonomy_stats.loaders.gather import gather
from autonomy_stats.schema import conform, empty
from autonomy_stats.simulate.files_california import WRITERS as CALIFORNIA
from autonomy_stats.simulate.files_massachusetts import WRITERS as MASSACHUSETTS

CITY = Place("city", "california", "City", district_ids=("1964733",), directory=True)
DISTRICT_SCHOOL, CHARTER = "19647336012345", "19647330198765"
CHARTER_AS_RELEASED = "19101990198765"
OTHER_COUNTY, OTHER_DISTRICT = "30666216000001", "19768696000002"


def results(*schools, percents=None, end_year=2015, state="california", **values):
    rows = pd.DataFrame(
        [
            {
                "state": state,
                "end_year": end_year,
                "district_id": school[:7] if state == "california" else school[:4],
                "school_id": school,
                "school_name": f"School {school}",
                "assessment": "Smarter Balanced",
                "series": "Smarter Balanced 2015",
                "subject": subject,
                "grade": "04",
                "student_group": "all",
                "n_tested": 50.0,
                "n_tested_status": "reported",
                "proficient_pct": float((percents or {}).get(school, 40)),
                "status": "reported",
            }
            | values
            for school in schools
            for subject in ("ela", "math")
        ]
    )
    passed = (rows["n_tested"] * rows["proficient_pct"] / 100).round()
    return conform(rows.assign(proficient_n=passed), "achievement")


def entities(folder, end_year=2015):
    rows = {DISTRICT_SCHOOL: "district", CHARTER: "charter_direct", OTHER_DISTRICT: "district"}
    directory = pd.DataFrame(
        {
            "state": "california",
            "end_year": end_year,
            "district_id": [school[:7] for school in rows],
            "school_id": list(rows),
            "school_name": "A School",
            "sector": list(rows.values()),
        }
    )
    era = "california-entities-2015" if end_year < 2020 else "california-entities-2021"
    return CALIFORNIA[era](
        folder / "entities.txt", {"directory": conform(directory, "directory")}, end_year
    )


@pytest.fixture
def first_release(tmp_path):
    made = results(DISTRICT_SCHOOL, CHARTER_AS_RELEASED, OTHER_DISTRICT, OTHER_COUNTY)
    CALIFORNIA["california-caaspp-2015-first"](tmp_path / "a.txt", {"achievement": made}, 2015)
    return tmp_path


def test_first_release_of_2015_takes_the_ids_of_the_entities_file(first_release):
    entities(first_release)
    panel = load_panel(CITY, [2015], raw=first_release)
    types = panel.frame.drop_duplicates("school_id").set_index("school_id")["school_type"]
    assert types.to_dict() == {DISTRICT_SCHOOL: "traditional", CHARTER: "independent_charter"}
    assert set(panel.frame["district_id"]) == {"1964733"}
    (release,) = [
        one for one in gather("california", [2015], first_release).loaded if "caaspp" in one.layout
    ]
    assert release.corrected == {"rows under the ids of the directory": 2}


def test_charters_are_not_told_without_a_directory(first_release):
    with pytest.raises(MissingDataError, match=r"City: the state.*none of spring 2015"):
        load_panel(CITY, [2015], raw=first_release)


def test_school_that_the_directory_lacks_is_unknown(tmp_path):
    other = "19647336099999"
    made = results(DISTRICT_SCHOOL, other, OTHER_DISTRICT, end_year=2016)
    CALIFORNIA["california-caaspp-2016"](tmp_path / "a.txt", {"achievement": made}, 2016)
    entities(tmp_path, 2016)
    panel = load_panel(CITY, [2016], raw=tmp_path)
    types = panel.frame.drop_duplicates("school_id").set_index("school_id")["school_type"]
    assert types.to_dict() == {DISTRICT_SCHOOL: "traditional", other: "unknown"}
    line = panel.join_report[panel.join_report["side"] == "results, not in the directory"]
    assert line[["n_schools", "n_rows", "note"]].to_numpy().tolist() == [[1, 2, other]]


def test_statewide_file_is_read_for_the_place_alone(tmp_path):
    made = results(DISTRICT_SCHOOL, OTHER_DISTRICT, OTHER_COUNTY, end_year=2016)
    CALIFORNIA["california-caaspp-2016"](tmp_path / "a.txt", {"achievement": made}, 2016)
    (whole,) = gather("california", [2016], tmp_path).loaded
    (part,) = gather("california", [2016], tmp_path, within=["1964733"]).loaded
    assert whole.tables["achievement"]["school_id"].nunique() == 3
    assert part.tables["achievement"]["school_id"].unique().tolist() == [DISTRICT_SCHOOL]
    # Two rows of each other school, and the state's two totals.
    assert part.passed_over["rows of other places"] == 6


# Massachusetts

BOSTON = Place("a_city", "massachusetts", "A city", district_ids=("0035",))
SCHOOLS = ("00350012", "00350014")
OTHERS = {
    "growth": empty("growth"),
    "directory": conform(
        pd.DataFrame(
            {
                "state": "massachusetts",
                "end_year": 2018,
                "school_id": SCHOOLS,
                "sector": "district",
            }
        ),
        "directory",
    ),
}


def bay_state(*schools, end_year=2018, **values):
    made = results(*schools, end_year=end_year, state="massachusetts", **values)
    return made.assign(mean_score=740.0 if end_year < 2017 else 497.0)


def test_statewide_report_beats_the_open_data(tmp_path):
    test = {"assessment": "Next-Generation MCAS", "series": "Next-Generation MCAS"}
    report = bay_state(SCHOOLS[0], percents={SCHOOLS[0]: 44}, **test)
    open_data = bay_state(*SCHOOLS, percents={SCHOOLS[0]: 46, SCHOOLS[1]: 30}, **test)
    MASSACHUSETTS["massachusetts-mcas-2017"](
        tmp_path / "mcas-2018-grade-4.xlsx",
        {"achievement": report, **OTHERS},
        2018,
    )
    MASSACHUSETTS["massachusetts-open-data-mcas"](
        tmp_path / "open.csv", {"achievement": open_data, **OTHERS}, 2018
    )
    frame = load_panel(BOSTON, [2018], raw=tmp_path).frame
    found = frame.set_index(["school_id", "subject"])["proficient_pct"]
    assert found[SCHOOLS[0]].tolist() == pytest.approx([44, 44])
    assert found[SCHOOLS[1]].tolist() == pytest.approx([30, 30])


def test_numbered_grades_of_one_test_leave_the_total_rows_of_another(tmp_path):
    legacy = bay_state(SCHOOLS[0], end_year=2016, assessment="MCAS", series="MCAS")
    parcc = bay_state(SCHOOLS[1], end_year=2016, grade="all", assessment="PARCC", series="PARCC")
    MASSACHUSETTS["massachusetts-mcas-legacy"](
        tmp_path / "mcas-2016-grade-4.xlsx",
        {"achievement": legacy, **OTHERS},
        2016,
    )
    MASSACHUSETTS["massachusetts-parcc-2015"](
        tmp_path / "parcc-2016.xlsx", {"achievement": parcc, **OTHERS}, 2016
    )
    frame = load_panel(BOSTON, [2016], raw=tmp_path).frame
    assert frame.groupby("school_id")["grade"].unique().str[0].to_dict() == {
        SCHOOLS[0]: "04",
        SCHOOLS[1]: "all",
    }
