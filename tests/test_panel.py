"""Panels: which rows, which type, which demographics, and what the join report counts."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from examples import (
    INDIANA_ROSTER,
    MEAP_ROWS,
    cmas,
    colorado,
    indiana,
    indiana_roster,
    istep_2016,
    meap,
    membership_lunch,
    race_meals,
)
from files import meap_sheet, roster_sheet, write_text, write_workbook

from autonomy_stats import load_panel
from autonomy_stats.errors import DataError, MissingDataError, RawFileError, UsageError
from autonomy_stats.facts import find_place


@pytest.fixture
def indiana_raw(tmp_path):
    return indiana(tmp_path / "raw")


@pytest.fixture
def colorado_raw(tmp_path):
    return colorado(tmp_path / "raw")


@pytest.fixture
def roster(tmp_path):
    return indiana_roster(tmp_path)


def types(panel):
    return panel.frame.groupby("end_year").apply(
        lambda rows: (
            rows.drop_duplicates("school_id").set_index("school_id")["school_type"].to_dict()
        )
    )


def report(panel, side):
    lines = panel.join_report[panel.join_report["side"] == side]
    return {
        line["school_type"]: (line["n_schools"], line["n_rows"])
        for line in lines.to_dict("records")
    }


# Which schools, which types


def test_types_by_year_and_private_schools_out(indiana_raw, roster):
    panel = load_panel("indianapolis", [2016, 2017], roster=roster, raw=indiana_raw)
    assert types(panel).to_dict() == {
        2016: {"5498": "traditional", "0013": "traditional", "5444": "independent_charter"},
        2017: {"5498": "innovation_network", "5444": "independent_charter"},
    }
    assert panel.frame["place"].unique().tolist() == ["indianapolis"]
    operators = panel.frame.drop_duplicates("school_id").set_index("school_id")["operator"]
    assert operators["5444"] == "Concept"
    assert report(panel, "private schools left out") == {"": (0, 0)}


def test_a_state_has_all_but_private_schools(indiana_raw, roster):
    panel = load_panel("indiana", [2016], roster=roster, raw=indiana_raw)
    # Not every school of the state is on the roster: what it does not name is unknown.
    assert types(panel)[2016] == {
        "5498": "traditional",
        "0013": "unknown",
        "5444": "independent_charter",
        "B001": "unknown",
    }
    (counted,) = report(panel, "private schools left out").values()
    assert counted[0] == 1
    assert "A035" in panel.join_report["note"][0]


def test_private_school_stays_out_even_if_rostered(indiana_raw, tmp_path):
    rows = [{"school_id": "A035", "school_type": "independent_charter"}]
    path = write_text(tmp_path / "r.csv", roster_sheet(rows, "indianapolis", "indiana"))
    panel = load_panel("indianapolis", [2016], roster=path, raw=indiana_raw)
    assert set(panel.frame["school_id"]) == {"5498", "0013"}
    (counted,) = report(panel, "private schools left out").values()
    assert counted[0] == 1


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        ("documented", ["independent_charter", "unknown", "unknown"]),
        ("inferred", ["independent_charter", "innovation_network", "unknown"]),
        ("unverified", ["independent_charter", "innovation_network", "turnaround"]),
    ],
)
def test_confidence(indiana_raw, tmp_path, confidence, expected):
    rows = [
        {"school_id": "5444", "school_type": "independent_charter"},
        {"school_id": "5498", "school_type": "innovation_network", "confidence": "inferred"},
        {"school_id": "0013", "school_type": "turnaround", "confidence": "unverified"},
    ]
    path = write_text(tmp_path / "r.csv", roster_sheet(rows, "indianapolis", "indiana"))
    panel = load_panel("indianapolis", [2016], roster=path, raw=indiana_raw, confidence=confidence)
    found = types(panel)[2016]
    assert [found[school] for school in ("5444", "5498", "0013")] == expected
    low = report(panel, f"rostered below {confidence!r}")
    assert low.get("unknown", (0, 0))[0] == expected.count("unknown")
    said = panel.frame.drop_duplicates("school_id").set_index("school_id")["roster_confidence"]
    assert said.to_dict() == {"5444": "documented", "5498": "inferred", "0013": "unverified"}


def test_county_by_prefix_of_the_district(tmp_path):
    raw = meap(tmp_path / "raw").parent
    panel = load_panel("wayne_county", [2001], raw=raw)
    assert types(panel)[2001] == {
        "0405": "traditional",
        "12": "traditional",
        "8336": "independent_charter",
    }
    assert len(load_panel("michigan", [2001], raw=raw).frame) == 2 * len(MEAP_ROWS)


def test_join_report_counts_each_side_by_type(indiana_raw, roster):
    panel = load_panel("indianapolis", [2016], roster=roster, raw=indiana_raw)
    assert panel.join_report.columns.tolist() == [
        "join",
        "side",
        "school_type",
        "n_schools",
        "n_rows",
        "note",
    ]
    assert report(panel, "rostered, no results") == {"independent_charter": (1, 1)}
    # 0013: grade 8, ELA and math.
    assert report(panel, "results, not rostered") == {"traditional": (1, 2)}
    assert report(panel, "results, no demographics") == {"": (0, 0)}
    assert report(panel, "rows") == {"independent_charter": (1, 2), "traditional": (2, 6)}
    notes = panel.join_report.set_index("side")["note"]
    assert notes["rostered, no results"] == "9999"
    assert notes["results, not rostered"] == "0013"


def test_sources_name_the_files(indiana_raw):
    panel = load_panel("indianapolis", [2016], raw=indiana_raw)
    found = panel.sources.set_index(["file", "table"])
    assert found.index.tolist() == [
        (str(indiana_raw / "a.xlsx"), "achievement"),
        (str(indiana_raw / "a.xlsx"), "directory"),
        (str(indiana_raw / "c.xlsx"), "demographics"),
        (str(indiana_raw / "d.xlsx"), "demographics"),
    ]
    assert found["sha256"].str.fullmatch("[0-9a-f]{64}").all()
    assert found["n_rows"].min() > 0


# Rosters of one's own


def test_roster_by_path_text_and_frame_agree(indiana_raw, roster):
    by_path, by_text, by_frame = (
        load_panel("indianapolis", [2016, 2017], roster=one, raw=indiana_raw).frame
        for one in (roster, str(roster), pd.read_csv(roster, dtype="str"))
    )
    assert by_path.equals(by_text)
    assert by_path.drop(columns="operator").equals(by_frame.drop(columns="operator"))


def roster_frame(**columns):
    rows = [{"state": "indiana", "place": "indianapolis", "source": "a test"} | row for row in ROWS]
    return pd.DataFrame(rows).assign(**columns)


ROWS = [
    {"school_id": "5498", "school_type": "pilot", "confidence": "documented"},
    {"school_id": "5444", "school_type": "magnet school", "confidence": "documented"},
]


def test_roster_of_types_of_ones_own(indiana_raw):
    own = replace(find_place("indianapolis"), place_id="my_city", rosters=())
    panel = load_panel(own, [2016], roster=roster_frame(), raw=indiana_raw)
    assert types(panel)[2016] == {"5498": "pilot", "5444": "magnet school", "0013": "traditional"}


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        ({"school_id": "5498"}, "share a key"),
        ({"school_id": "5498", "from_end_year": [2010, 2012]}, "row 1.*'from_end_year'.*by row 0"),
        ({"from_end_year": "abc"}, "column 'from_end_year' must hold values of the kind 'year'"),
        ({"from_end_year": 2016.5}, "column 'from_end_year'"),
        ({"from_end_year": 2016, "to_end_year": 2015}, "row 1, column 'to_end_year': got 2015"),
        ({"confidence": ["documented", "sure"]}, "row 1, column 'confidence'.*'sure'"),
        ({"source": ["x", ""]}, "row 1, column 'source'"),
        ({"school_type": ["pilot", "pilott"]}, "row 1, column 'school_type': got 'pilott'; .*own"),
        ({"school_id": ["5498", "00350012"]}, "row 1, column 'school_id': got '00350012'; .*4 dig"),
        ({"school_id": ["5498", None]}, "row 1, column 'school_id'"),
    ],
)
def test_bad_roster_frame(indiana_raw, columns, match):
    frame = roster_frame(**{"school_type": "pilot"} | columns)
    with pytest.raises(DataError, match=match):
        load_panel("indianapolis", [2016], roster=frame, raw=indiana_raw)


def bad_roster(tmp_path, change):
    made = roster_sheet(INDIANA_ROSTER, "indianapolis", "indiana")
    change(made)
    return write_text(tmp_path / "bad roster.csv", made)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda m: m.put(2, "confidence", "sure"), "row 4, column 'confidence'.*'sure'"),
        (lambda m: m.put(1, "source", ""), "row 3, column 'source'"),
        (lambda m: m.put(0, "school_id", ""), "row 2, column 'school_id'"),
        (lambda m: m.put(0, "to_end_year", "16-17"), "row 2, column 'to_end_year': got '16-17'"),
        (lambda m: m.put(0, "to_end_year", 2017), "row 3, column 'from_end_year'.*by row 2"),
        (lambda m: m.put(0, "from_end_year", 2018), "row 2, column 'to_end_year': got 2016"),
        (lambda m: m.put(1, "from_end_year", ""), r"share a key \(row 3\)"),
        (lambda m: m.put(3, "from_end_year", 16), "row 5, column 'from_end_year'"),
        (lambda m: m.body[2].append("x"), "row 4: got 12 cells; expected 11"),
        (lambda m: m.body[2].pop(), "row 4: got 10 cells; expected 11"),
        (lambda m: m.remove("source"), "column 'source' expected, not found"),
        (lambda m: m.add("colour"), "column 'colour' not known"),
        (lambda m: m.add("source"), "stands twice"),
    ],
)
def test_bad_roster_csv(tmp_path, indiana_raw, change, match):
    path = bad_roster(tmp_path, change)
    with pytest.raises(DataError, match=match) as caught:
        load_panel("indianapolis", [2016], roster=path, raw=indiana_raw)
    assert str(path) in str(caught.value)


def test_blank_lines_of_a_roster_are_passed_over_and_counted(tmp_path, indiana_raw):
    def blank(made):
        made.body.insert(1, [""] * 11)
        made.put(3, "confidence", "sure")

    with pytest.raises(DataError, match="row 5, column 'confidence'"):
        load_panel("indianapolis", [2016], roster=bad_roster(tmp_path, blank), raw=indiana_raw)


def test_roster_that_cannot_be_read(tmp_path, indiana_raw):
    made = roster_sheet(INDIANA_ROSTER, "indianapolis", "indiana")
    (tmp_path / "empty.csv").touch()
    for path, match in (
        (tmp_path / "none.csv", "no such file"),
        (tmp_path / "empty.csv", "is empty"),
        (write_workbook(tmp_path / "r.xlsx", made), "a workbook; a roster is a CSV"),
    ):
        with pytest.raises(RawFileError, match=match):
            load_panel("indianapolis", [2016], roster=path, raw=indiana_raw)


def test_roster_of_another_state_matches_nothing(tmp_path, colorado_raw, indiana_raw):
    # Ids of four digits are used by both states.
    rows = [
        {"school_id": "0220", "school_type": "innovation", "state": "indiana"},
        {"school_id": "0067", "school_type": "innovation"},
    ]
    path = write_text(tmp_path / "r.csv", roster_sheet(rows, "denver", "colorado"))
    panel = load_panel("denver", [2017], roster=path, raw=colorado_raw)
    assert types(panel)[2017]["0220"] == "traditional"
    assert types(panel)[2017]["0067"] == "innovation"
    with pytest.raises(UsageError, match=r"no row of the state 'colorado'.*'indiana'"):
        load_panel("denver", [2017], roster=indiana_roster(tmp_path), raw=colorado_raw)


# Which rows


def test_grades_each_or_all_never_both(indiana_raw):
    each = load_panel("indianapolis", [2016], raw=indiana_raw).frame
    assert set(each["grade"]) == {"03", "04", "06", "08"}
    whole = load_panel("indianapolis", [2016], grades="all", raw=indiana_raw).frame
    assert set(whole["grade"]) == {"all"}
    assert whole["level"].isna().all()
    assert each.drop_duplicates("grade").set_index("grade")["level"].to_dict() == {
        "03": "elementary",
        "04": "elementary",
        "06": "middle",
        "08": "middle",
    }


def test_grades_each_falls_back_to_all_where_no_grade_is_published(tmp_path):
    made = istep_2016()
    first, last = made.at("ELA Pass N", 6), len(made.header)
    for row in made.body:
        row[4:first] = [None] * (first - 4)
        row.extend([None] * (last - len(row)))
    raw = write_workbook(tmp_path / "raw" / "a.xlsx", made).parent
    rows = load_panel("indianapolis", [2016], raw=raw).frame
    assert set(rows["grade"]) == {"all"}
    assert set(rows["school_id"]) == {"5498", "0013", "5444"}


def test_subjects(indiana_raw):
    both = load_panel("indianapolis", [2016], subjects=["ela_and_math"], raw=indiana_raw).frame
    assert set(both["subject"]) == {"ela_and_math"}
    assert set(load_panel("indianapolis", [2016], raw=indiana_raw).frame["subject"]) == {
        "ela",
        "math",
    }


def test_course_tests_come_in_only_when_asked_for(colorado_raw):
    plain = load_panel("denver", [2017], raw=colorado_raw).frame
    assert "Algebra I" not in set(plain["grade"])
    courses = load_panel("denver", [2017], courses=True, raw=colorado_raw).frame
    assert set(courses["grade"]) - set(plain["grade"]) == {"Algebra I"}
    assert len(courses) == len(plain) + 1
    assert set(plain["district_id"]) == {"0880"}


def test_demographics_table_has_untested_schools(indiana_raw, roster):
    panel = load_panel("indianapolis", [2016], table="demographics", roster=roster, raw=indiana_raw)
    assert panel.frame.set_index("school_id")["school_type"].to_dict() == {
        "5498": "traditional",
        "0013": "traditional",
        "5444": "independent_charter",
    }
    assert "subject" not in panel.frame


# Which demographics


def test_demographics_of_the_same_year(indiana_raw):
    frame = load_panel("indianapolis", [2016], raw=indiana_raw).frame
    rows = frame.drop_duplicates("school_id").set_index("school_id")
    assert rows.loc["5498", "black_pct"] == 60
    assert rows.loc["5498", "english_learner_pct"] == 15
    assert set(rows["demographics_year"]) == {2016}


@pytest.mark.parametrize(
    ("held", "wanted", "used"),
    [((2014, 2018), 2017, 2018), ((2015, 2018), 2016, 2015), ((2015, 2017), 2016, 2015)],
)
def test_demographics_of_the_nearest_year_are_said_to_be(tmp_path, held, wanted, used):
    raw = indiana(tmp_path / "raw")
    (raw / "d.xlsx").unlink()
    sheets = [race_meals(year) for year in held]
    for sheet, year in zip(sheets, held, strict=True):
        sheet.put(0, "Black", year - 2000).put(0, "White", 2068 - year)
    write_workbook(raw / "c.xlsx", *sheets)
    panel = load_panel("indianapolis", [wanted], raw=raw)
    assert set(panel.frame["demographics_year"]) == {used}
    school = panel.frame[panel.frame["school_id"] == "5498"]
    assert set(school["black_pct"]) == {float(used - 2000)}
    counted = report(panel, "demographics of another year")
    assert sum(schools for schools, _ in counted.values()) == panel.frame["school_id"].nunique()


def test_no_demographics_file_is_counted(tmp_path):
    raw = write_workbook(tmp_path / "raw" / "a.xlsx", cmas()).parent
    panel = load_panel("denver", [2016], raw=raw)
    assert sum(n for n, _ in report(panel, "results, no demographics file").values()) == 2
    assert panel.frame["demographics_year"].isna().all()


def test_school_without_demographics_is_counted_one_with_some_is_not(tmp_path):
    raw = write_workbook(tmp_path / "raw" / "a.xlsx", cmas()).parent
    write_workbook(raw / "g.xlsx", membership_lunch())
    panel = load_panel("denver", [2016], courses=True, raw=raw)
    # The lunch file has no enrollment; of its schools none is without demographics.
    counted = panel.join_report.set_index("side").loc["results, no demographics"]
    assert counted["note"] == "0408"
    assert counted["n_schools"] == 1


# What is said where something is missing or wrong


def test_missing_results_name_place_year_and_what_to_do(tmp_path, indiana_raw):
    with pytest.raises(MissingDataError) as caught:
        load_panel("indianapolis", [2014, 2016], raw=indiana_raw)
    message = str(caught.value)
    for part in (
        "Indianapolis",
        "achievement of spring 2014",
        "Put the agency's file into the raw",
    ):
        assert part in message
    assert "2016" not in message
    with pytest.raises(MissingDataError, match="Denver: no raw file with achievement"):
        load_panel("denver", [2016], raw=indiana_raw)


def test_missing_results_name_the_files_that_could_not_be_read(tmp_path):
    raw = tmp_path / "raw"
    write_text(raw / "tabs.csv", meap_sheet(MEAP_ROWS), delimiter="\t")
    (raw / "page.xlsx").write_text("<html>")
    with pytest.raises(MissingDataError) as caught:
        load_panel("denver", [2016], raw=raw)
    for part in ("Files that could not be read", "page.xlsx: a web page", "tabs.csv"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [{"student_group": "black"}, {"table": "growth"}],
)
def test_no_such_rows(indiana_raw, options):
    with pytest.raises(MissingDataError, match=r"Indianapolis.*2016"):
        load_panel("indianapolis", [2016], raw=indiana_raw, **options)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"subjects": ["ela", "art"]}, "subject 'art'; there are ela, ela_and_math, math"),
        ({"end_years": [2016.7]}, r"spring years such as 2016; got \[2016.7\]"),
        ({"place": "boise"}, "no place is called 'boise'; the places are .*denver"),
        ({"end_years": 2016}, r"end_years is a sequence; got 2016, write \[2016\]"),
        ({"end_years": "2016"}, "end_years is a sequence"),
        ({"end_years": []}, "end_years is empty"),
        ({"end_years": ["spring"]}, "end_years are spring years"),
        ({"end_years": None}, "end_years are spring years"),
        ({"subjects": "math"}, r"subjects is a sequence; got 'math', write \['math'\]"),
        ({"table": "directory"}, "table must be one of .*'growth'.*got 'directory'"),
        ({"grades": "03"}, "grades must be one of .*'each', 'all'.*got '03'"),
        ({"measure": "sgp"}, "measure must be one of .*'sgp_median'.*got 'sgp'"),
        ({"confidence": "sure"}, "confidence must be one of .*'inferred'.*got 'sure'"),
        ({"roster": 3}, "roster is the path of a CSV or a frame; got 3"),
    ],
)
def test_bad_argument(indiana_raw, options, match):
    arguments = {"place": "indianapolis", "end_years": [2016], "raw": indiana_raw} | options
    with pytest.raises(UsageError, match=match):
        load_panel(**arguments)


def test_absent_raw_folder(tmp_path):
    with pytest.raises(MissingDataError, match=r"absent: no such folder \(named by raw\)"):
        load_panel("michigan", [2001], raw=tmp_path / "absent")
