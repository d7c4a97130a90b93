"""California's files: exact tidy values from small files, round trips, and the real files."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from autonomy_stats import large, load_file
from autonomy_stats.errors import (
    DataError,
    LayoutError,
    RawFileError,
    UnrecognisedFileError,
    UsageError,
)
from autonomy_stats.loaders import california_caaspp, corrections, large_text
from autonomy_stats.loaders.california_api import HEADER
from autonomy_stats.loaders.gather import gather
from autonomy_stats.loaders.load import load_recognised, recognise
from autonomy_stats.mark import MARK
from autonomy_stats.raw import open_raw
from autonomy_stats.simulate.files_california import WRITERS

NAN = float("nan")
BOUNDS = ["proficient_pct", "proficient_pct_low", "proficient_pct_high"]

AREAS = [f"Area {n}" for n in (1, 2, 3, 4)]
CODES = ["County Code", "District Code", "School Code", "Filler", "Test Year", "Subgroup ID"]
PERCENTS = [
    "Percentage Standard Exceeded",
    "Percentage Standard Met",
    "Percentage Standard Met and Above",
    "Percentage Standard Nearly Met",
    "Percentage Standard Not Met",
    "Students with Scores",
]
SCORES = ["CAASPP Reported Enrollment", "Students Tested", "Mean Scale Score", *PERCENTS]
ENTITY = ["Total CAASPP Enrollment", "Total Tested At Entity Level"]


def areas(near):
    return [f"{a} Percentage {n} Standard" for a in AREAS for n in ("Above", near, "Below")]


def to_2019(*counts, near="Near", scores=SCORES):
    return [*CODES, "Test Type", *counts, "Grade", "Test Id", *scores, *areas(near)]


HEADERS = {
    "2015-first": to_2019(
        *ENTITY,
        "Total Tested At Subgroup Level",
        near="At or Near",
        scores=[*SCORES[:2], "Percent Tested", *SCORES[2:]],
    ),
    "2015": to_2019(*ENTITY, "Total Tested at Subgroup Level", near="At or Near"),
    "2016": to_2019(*ENTITY, "Total Tested with Scores"),
    "2017": to_2019("Total Tested At Entity Level", "Total Tested with Scores"),
    "2021": [
        *CODES[:5],
        "Student Group ID",
        "Test Type",
        "Total Tested at Reporting Level",
        "Total Tested with Scores at Reporting Level",
        "Grade",
        "Test ID",
        "Students Enrolled",
        *SCORES[1:],
        *areas("Near"),
        "Type ID",
    ],
}
COUNTED = [f"{w} {n}" for n in (p[11:] for p in PERCENTS[:5]) for w in ("Percentage", "Count")]
HEADERS["2024"] = [
    "County Code",
    "District Code",
    "District Name",
    "School Code",
    "School Name",
    "Type ID",
    "Filler",
    "Test Year",
    "Test Type",
    "Test ID",
    "Student Group ID",
    "Grade",
    "Total Students Enrolled",
    "Total Students Tested",
    "Total Students Tested with Scores",
    "Mean Scale Score",
    *COUNTED,
    "Overall Total",
    *(
        f"{area} {what}"
        for area in (*AREAS, "Composite Area 1", "Composite Area 2")
        for what in (
            *(
                f"{w} {n} Standard"
                for n in ("Above", "Near", "Below")
                for w in ("Percentage", "Count")
            ),
            "Total",
        )
    ),
]
WIDTHS = {"2015-first": 34, "2015": 33, "2016": 33, "2017": 32, "2021": 33, "2024": 69}
YEARS = {"2015-first": 2015, "2015": 2015, "2016": 2016, "2017": 2018, "2021": 2022, "2024": 2025}
ERAS = pytest.mark.parametrize("era", HEADERS)

SCHOOL = "19647336012345"
CHARTER = "19647330198765"
NAMES = {
    "group": ("Subgroup ID", "Student Group ID"),
    "grade": ("Grade",),
    "test": ("Test Id", "Test ID"),
    "enrolled": ("CAASPP Reported Enrollment", "Students Enrolled", "Total Students Enrolled"),
    "tested": ("Students Tested", "Total Students Tested"),
    "scores": ("Students with Scores", "Total Students Tested with Scores"),
    "mean": ("Mean Scale Score",),
    "met": ("Percentage Standard Met and Above",),
    "met_n": ("Count Standard Met and Above",),
    "type": ("Type ID",),
    "name": ("School Name",),
    "year": ("Test Year",),
    "test_type": ("Test Type",),
}
USUAL = {"group": "1", "test": "1", "type": "7", "name": "A School", "test_type": "B"}


def cells(era, school, **values):
    """A row of a release; cells by the short names of `NAMES`."""
    row = dict.fromkeys(HEADERS[era], "")
    row |= {"County Code": school[:2], "District Code": school[2:7], "School Code": school[7:]}
    if "scores" in values:
        values = {"tested": values["scores"], "enrolled": values["scores"]} | values
    for short, value in (USUAL | {"year": str(YEARS[era])} | values).items():
        row |= {text: value for text in NAMES[short] if text in row}
    return list(row.values())


def write(path, lines, delimiter, encoding="utf-8"):
    quoted = [[f'"{c}"' if c else "" for c in line] for line in lines]
    lines = quoted if delimiter == "," else lines
    text = "".join(delimiter.join(line) + "\r\n" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def caaspp(path, era, rows):
    return write(path, [HEADERS[era], *rows], "," if era < "2021" else "^", "cp1252")


def rows_of(era):
    """All students: every mark and status, and totals; groups of the first school."""
    made = [
        cells(era, "0" * 14, grade="13", scores="3000000", met="44", mean="0.0", type="4"),
        cells(era, "19" + "0" * 12, grade="13", scores="700000", met="40", type="05"),
        cells(era, "1964733" + "0" * 7, grade="3", scores="31190", met="41", type="06"),
        cells(
            era, SCHOOL, grade="3", scores="50", enrolled="80", tested="60", met="48", mean="2410.5"
        ),
        cells(era, SCHOOL, grade="04", scores="9", met="*", mean="*", met_n="*"),
        cells(era, SCHOOL, grade="5", scores="*", met="*", mean="*", met_n="*"),
        cells(era, SCHOOL, grade="6", scores="0", met="0", mean="0.0", met_n="0"),
        cells(era, SCHOOL, grade="13", scores="100", met="30", mean="0.0", met_n="30"),
        cells(era, SCHOOL, grade="13", scores="100", met="20", test="02", met_n="20"),
        cells(era, CHARTER, grade="11", scores="40", met="75", mean="2600", type="09", met_n="30"),
        cells(era, CHARTER, grade="13", scores="40", met="", mean="N/A", type="09", test="2"),
    ]
    groups = {"31": "60", "111": "40", "128": "*", "99": "95", "160": "7", "180": "80", "074": "55"}
    groups |= {"76": "*", "78": "30", "80": "12", "120": "5", "250": "3"}
    for group, count in groups.items():
        for test in ("1", "2"):
            made.append(
                cells(era, SCHOOL, group=group, test=test, grade="13", scores=count, met="*")
            )
    return made


def by_key(loaded, group="all"):
    frame = loaded.tables["achievement"]
    frame = frame[frame["student_group"] == group]
    return frame.set_index(["school_id", "grade", "subject"])


@pytest.fixture(scope="module", params=HEADERS)
def loaded(request, tmp_path_factory):
    era = request.param
    return era, load_file(caaspp(tmp_path_factory.mktemp("in") / "x.txt", era, rows_of(era)))


# Research files: every release


def test_headers_are_as_published():
    assert {era: len(header) for era, header in HEADERS.items()} == WIDTHS
    declared = {
        one.layout_id.removeprefix("california-caaspp-"): one for one in california_caaspp.LAYOUTS
    }
    for era, header in HEADERS.items():
        assert {text.lower() for text in header} <= {t.lower() for t in declared[era].columns}


def test_release_is_told_by_its_header(loaded):
    era, file = loaded
    assert file.layout == f"california-caaspp-{era}"
    assert file.own_years == {YEARS[era]}
    assert file.passed_over == {
        "rows of other places": 0,
        "state, county and district totals": 3,
        "student groups that are not read": 4,
    }


@pytest.mark.parametrize(
    ("school", "cell", "status", "tested", "bounds", "mean"),
    [
        (SCHOOL, ("03", "ela"), "reported", 50, (48, 48, 48), 2410.5),
        (SCHOOL, ("04", "ela"), "suppressed", 9, (NAN, 0, 100), NAN),
        (SCHOOL, ("05", "ela"), "suppressed", NAN, (NAN, 0, 100), NAN),
        # A percent of no students is none, and a mean of 0.0 is not on the scale.
        (SCHOOL, ("06", "ela"), "not_published", 0, (NAN, NAN, NAN), NAN),
        (SCHOOL, ("all", "ela"), "reported", 100, (30, 30, 30), NAN),
        (SCHOOL, ("all", "math"), "reported", 100, (20, 20, 20), NAN),
        (CHARTER, ("11", "ela"), "reported", 40, (75, 75, 75), 2600),
        (CHARTER, ("all", "math"), "not_published", 40, (NAN, NAN, NAN), NAN),
    ],
)
def test_values(loaded, school, cell, status, tested, bounds, mean):
    era, file = loaded
    row = by_key(file).loc[(school, *cell)]
    assert row["status"] == status
    assert row["n_tested"] == pytest.approx(tested, nan_ok=True)
    assert (row["n_tested_status"] == "reported") == (tested == tested)
    assert tuple(row[BOUNDS]) == pytest.approx(bounds, nan_ok=True)
    assert row["mean_score"] == pytest.approx(mean, nan_ok=True)
    assert row["district_id"] == "1964733"
    assert row["series"] == (
        "Smarter Balanced adjusted form" if era >= "2021" else "Smarter Balanced 2015"
    )


def test_participation_counts_and_names(loaded):
    era, file = loaded
    rows = by_key(file)
    assert rows.loc[(SCHOOL, "03", "ela"), "participation_pct"] == 75
    assert by_key(file, "black")["participation_pct"].isna().all()
    counts = rows["proficient_n"].dropna().tolist()
    assert counts == ([30, 20, 30] if era == "2024" else [])
    assert rows["school_name"].notna().all() == (era == "2024")


def test_directory_where_the_file_has_types(loaded):
    era, file = loaded
    if era < "2021":
        assert "directory" not in file.tables
        return
    sectors = file.tables["directory"].set_index("school_id")["sector"]
    assert sectors.to_dict() == {SCHOOL: "district", CHARTER: "charter_direct"}


def test_control_shares_are_of_students_tested(loaded):
    _, file = loaded
    assert file.stands_in == {"demographics"}
    shares = file.tables["demographics"].set_index("school_id")
    assert shares.index.tolist() == [SCHOOL]  # the charter has no rows of groups
    row = shares.loc[SCHOOL]

    def bounds(name):
        return tuple(row[[f"{name}_low", f"{name}", f"{name}_high"]])

    assert bounds("low_income_pct") == (60, 60, 60)
    assert bounds("black_pct") == (55, 55, 55)
    assert bounds("english_learner_pct") == (7, 7, 7)
    # 0 to 10 students of 100 are hidden; but 95 have no disability, so that 5 have one.
    assert bounds("disability_pct") == (5, 5, 5)
    assert bounds("asian_pct") == (0, 5, 10)
    # No one of a group that other schools have, and a group that the file does not have at all.
    assert bounds("white_pct") == (12, 12, 12)
    assert np.isnan(bounds("multiracial_pct")).all()
    assert row["shares_status"] == "suppressed"
    assert row["low_income_definition"] == "socioeconomically disadvantaged"
    assert np.isnan(row["enrollment"])


def test_group_without_a_row_is_no_student(tmp_path):
    other = "19647336054321"
    rows = [
        cells("2016", school, group=group, grade="13", scores=count, met="*")
        for school, group, count in [
            (SCHOOL, "1", "100"),
            (SCHOOL, "31", "40"),
            (SCHOOL, "111", "60"),
            (other, "1", "50"),
            (other, "31", "50"),
            (other, "160", "20"),
        ]
    ]
    shares = load_file(caaspp(tmp_path / "x.txt", "2016", rows)).tables["demographics"]
    shares = shares.set_index("school_id")
    assert shares["low_income_pct"].to_dict() == {SCHOOL: 40, other: 100}
    assert shares["english_learner_pct"].to_dict() == {SCHOOL: 0, other: 40}
    assert set(shares["shares_status"]) == {"derived"}


def test_low_income_needs_both_of_its_groups(tmp_path):
    rows = [
        cells("2016", SCHOOL, group=group, grade="13", scores="50", met="40")
        for group in ("1", "31")
    ]
    shares = load_file(caaspp(tmp_path / "x.txt", "2016", rows)).tables["demographics"]
    assert shares["low_income_pct"].isna().all()


def test_all_students_only_gives_no_demographics(tmp_path):
    rows = [cells("2016", SCHOOL, grade="3", scores="50", met="40")]
    assert set(load_file(caaspp(tmp_path / "x.txt", "2016", rows)).tables) == {"achievement"}


def test_lost_leading_zeros_lose_nothing(tmp_path):
    padded = caaspp(tmp_path / "a.txt", "2017", rows_of("2017"))
    text = padded.read_text(encoding="cp1252")
    bare = tmp_path / "b.txt"
    bare.write_text(text.replace('"0198765"', '"198765"').replace('"074"', '"74"'), "cp1252")
    assert bare.read_bytes() != padded.read_bytes()
    for name, table in load_file(padded).tables.items():
        assert_frame_equal(load_file(bare).tables[name], table)


@ERAS
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"met": "120"}, "'120'; expected 0 to 100"),
        ({"met": "x"}, "'x'; expected a number"),
        ({"test": "17"}, "'17'; expected one of '1', '2'"),
        ({"grade": "10"}, "'10'; expected one of '3'"),
        ({"group": "1a"}, "'1a'; expected one of '1'"),
        ({"test_type": "X"}, "'X'; expected one of 'B'"),
        ({"year": "2099"}, "'2099'; expected 20"),
    ],
)
def test_bad_cell_is_named(tmp_path, era, change, expected):
    row = {"grade": "3", "scores": "50", "met": "40"}
    rows = [cells(era, SCHOOL, **row), cells(era, CHARTER, **(row | change))]
    path = caaspp(tmp_path / "x.txt", era, rows)
    with pytest.raises(DataError, match=r"x\.txt, row 3, column.*" + expected):
        load_file(path)


LEVELS = ("Exceeded", "Met", "Nearly Met", "Not Met")


@ERAS
def test_rows_of_nobody_may_be_zeros(tmp_path, era):
    """Nobody's levels add up to nothing; an enrollment of zero says nothing of those tested."""
    nobody = {"scores": "0", "met": "0", "met_n": "0", "mean": "0"}
    rows = [cells(era, SCHOOL, grade=grade, **nobody) for grade in ("3", "4", "5")]
    rows += [
        cells(era, SCHOOL, grade=grade, scores="50", enrolled="0", met="40", met_n="20")
        for grade in ("6", "7", "8")
    ]
    for row, levels in zip(rows, [["0"] * 4] * 3 + [["10", "30", "30", "30"]] * 3, strict=True):
        for level, percent in zip(LEVELS, levels, strict=True):
            row[HEADERS[era].index(f"Percentage Standard {level}")] = percent
    loaded = load_file(caaspp(tmp_path / "x.txt", era, rows))
    found = loaded.tables["achievement"].set_index("grade")
    assert found["status"].tolist() == ["not_published"] * 3 + ["reported"] * 3
    assert found["participation_pct"].isna().all()


@ERAS
def test_levels_of_another_column_are_refused(tmp_path, era):
    rows = [cells(era, SCHOOL, grade=g, scores="50", met="40", met_n="20") for g in "345678"]
    for row in rows:
        for level, percent in zip(LEVELS, ("10", "30", "30", "3"), strict=True):
            row[HEADERS[era].index(f"Percentage Standard {level}")] = percent
    with pytest.raises(DataError, match=r"x\.txt, row 2: .* do not agree: got 10, 30, 30, 3;"):
        load_file(caaspp(tmp_path / "x.txt", era, rows))


def test_bad_type_is_named(tmp_path):
    rows = [cells("2024", SCHOOL, grade="3", scores="50", met="40", type="8")]
    with pytest.raises(DataError, match="'Type ID': got '8'; expected one of '7', '9', '10'"):
        load_file(caaspp(tmp_path / "x.txt", "2024", rows))


def test_year_that_is_none(tmp_path):
    rows = [cells("2016", SCHOOL, grade="3", scores="50", met="40", year="16")]
    with pytest.raises(LayoutError, match="'16'; expected a spring year"):
        load_file(caaspp(tmp_path / "x.txt", "2016", rows))


def test_repeated_row_is_refused(tmp_path):
    rows = [cells("2016", SCHOOL, grade="3", scores="50", met="40")] * 2
    with pytest.raises(DataError, match="2 rows share a key"):
        load_file(caaspp(tmp_path / "x.txt", "2016", rows))


def test_paper_test_of_the_same_agency_is_not_taken_for_it(tmp_path):
    header = [
        t.replace("Standard Met and Above", "At Or Above Proficient") for t in HEADERS["2015"]
    ]
    path = write(tmp_path / "ca2015_1_csv_v3.txt", [header, ["1"] * len(header)], ",")
    with pytest.raises(UnrecognisedFileError):
        load_file(path)


@pytest.mark.parametrize("large_from", [16 * 2**20, 100])
@pytest.mark.parametrize("domains", [False, True])
@ERAS
def test_science_test_of_the_same_agency_is_not_taken_for_it(
    tmp_path, monkeypatch, era, domains, large_from
):
    """CAST: test type X, test 17, the areas named by domain, or as those of other tests."""
    monkeypatch.setattr(large, "LARGE", large_from)
    names = {"Area 1": "Earth and Space Sciences Domain", "Area 2": "Life Sciences Domain"}
    header = [
        next((t.replace(a, name) for a, name in names.items() if domains and t[:6] == a), t)
        for t in HEADERS[era]
    ]
    assert (header != HEADERS[era]) == domains
    rows = [
        cells(era, school, grade=grade, scores="50", met="30", test="17", test_type="X")
        for school, grade in (("0" * 14, "13"), (SCHOOL, "05"))
    ]
    path = write(tmp_path / "cast.txt", [header, *rows], "," if era < "2021" else "^")
    with pytest.raises(UnrecognisedFileError):
        load_file(path)


def test_unknown_column_is_named(tmp_path):
    rows = [["x", *cells("2017", SCHOOL, grade="3", scores="50", met="40")]]
    path = write(tmp_path / "x.txt", [["New Column", *HEADERS["2017"]], *rows], ",")
    with pytest.raises(LayoutError, match="column 'New Column' not known"):
        load_file(path)


# Large files are read in blocks


@pytest.fixture
def small_blocks(monkeypatch):
    """Take every file of more than 2,000 bytes for a large one, and read it in many blocks."""
    monkeypatch.setattr(large, "LARGE", 2000)
    monkeypatch.setattr(large_text, "BLOCK", 3000)


PACKED = pytest.mark.parametrize("packed", ["txt", "gz", "zip"])


def pack(path, packed):
    if packed == "gz":
        target = path.with_suffix(".gz")
        target.write_bytes(gzip.compress(path.read_bytes()))
        return target
    if packed == "zip":
        target = path.with_suffix(".zip")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, path.name)
        return target
    return path


@ERAS
@PACKED
def test_large_file_is_read_as_a_small_one(tmp_path, monkeypatch, era, packed):
    path = caaspp(tmp_path / "x.txt", era, rows_of(era))
    whole = load_file(path)
    monkeypatch.setattr(large, "LARGE", 2000)
    monkeypatch.setattr(large_text, "BLOCK", 3000)
    raw = open_raw(pack(path, packed))
    assert raw.large is not None
    blocks = load_file(raw.path)
    assert blocks.passed_over == whole.passed_over
    assert set(blocks.tables) == set(whole.tables)
    for name, table in whole.tables.items():
        assert_frame_equal(blocks.tables[name], table)
    if packed == "txt":
        assert blocks.sha256 == whole.sha256


def many_places(era):
    """Five schools of Los Angeles among many of another county."""
    made = []
    for number in range(1, 61):
        place = "1964733" if number % 12 == 0 else "3066621"
        for group in ("1", "31", "111", "250"):
            school = f"{place}{number:07d}"
            made.append(cells(era, school, group=group, grade="13", scores="40", met="55"))
    return made


@ERAS
def test_place_is_kept_and_the_rest_is_counted(tmp_path, small_blocks, era):
    raw = open_raw(caaspp(tmp_path / "x.txt", era, many_places(era)))
    loaded = load_recognised(raw, recognise(raw), within=["1964733"])
    assert loaded.tables["achievement"]["school_id"].nunique() == 5
    assert len(loaded.tables["achievement"]) == 15
    assert loaded.tables["demographics"]["low_income_pct"].tolist() == [50] * 5
    assert loaded.passed_over == {
        "rows of other places": 220,
        "state, county and district totals": 0,
        "student groups that are not read": 5,
    }


@pytest.mark.parametrize(
    ("within", "schools"),
    [
        (["30"], 55),
        (["19", "3066621"], 60),
        (["1"], 5),
        # A whole id names a school by its last seven digits, whatever its district is here.
        (["19999990000001"], 1),
        (["1964733", "19647330000001"], 6),
        (["9999999"], 0),
        ([], 0),
    ],
)
def test_places_by_the_beginning_of_their_ids(tmp_path, small_blocks, within, schools):
    raw = open_raw(caaspp(tmp_path / "x.txt", "2021", many_places("2021")))
    loaded = load_recognised(raw, recognise(raw), within=within)
    assert loaded.tables["achievement"]["school_id"].nunique() == schools
    assert loaded.own_years == {2022}


@pytest.mark.parametrize("within", [["1964733"], ["1964733", "19647330000012"], ["3066621"]])
def test_blocks_are_passed_over_unread_without_a_difference(
    tmp_path, small_blocks, monkeypatch, within
):
    raw = open_raw(caaspp(tmp_path / "x.txt", "2024", sorted(many_places("2024"))))
    unread = load_recognised(raw, recognise(raw), within=within)
    monkeypatch.setattr(large_text, "MOST_TRACES", -1)
    read = load_recognised(raw, recognise(raw), within=within)
    assert unread.passed_over == read.passed_over
    assert sum(read.passed_over.values()) + len(read.tables["achievement"]) == 240
    for name, table in read.tables.items():
        assert_frame_equal(unread.tables[name], table)


def test_year_that_is_not_wanted_is_not_read(tmp_path, small_blocks):
    rows = [*many_places("2016"), cells("2016", SCHOOL, grade="x")]
    raw = open_raw(caaspp(tmp_path / "x.txt", "2016", rows))
    assert load_recognised(raw, recognise(raw), [2017]).tables == {}
    with pytest.raises(DataError, match="got 'x'"):
        load_recognised(raw, recognise(raw), [2016])


def test_bad_cell_of_a_large_file_is_named_by_its_row(tmp_path, small_blocks):
    rows = many_places("2016")
    rows[100] = cells("2016", SCHOOL, grade="3", scores="50", met="oops")
    with pytest.raises(DataError, match=r"row 102, column 'Percentage.*'oops'"):
        load_file(caaspp(tmp_path / "x.txt", "2016", rows))


@pytest.mark.parametrize("cut", [-3, 1])
def test_row_with_another_number_of_cells(tmp_path, small_blocks, cut):
    rows = many_places("2016")
    rows[100] = rows[100][:cut] if cut < 0 else [*rows[100], "extra"]
    with pytest.raises(DataError, match=r"x\.txt, row 102: got 3\d cells; expected 33"):
        load_file(caaspp(tmp_path / "x.txt", "2016", rows))


def test_large_file_cut_short_within_its_last_row(tmp_path, small_blocks):
    path = caaspp(tmp_path / "x.txt", "2017", many_places("2017"))
    path.write_bytes(path.read_bytes()[:-120])
    with pytest.raises(DataError, match="cut short"):
        load_file(path)


def test_damaged_large_archive(tmp_path, small_blocks):
    path = pack(caaspp(tmp_path / "x.txt", "2017", many_places("2017")), "gz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RawFileError, match="cut short or damaged"):
        load_file(path)


def test_large_file_without_a_row(tmp_path, monkeypatch):
    path = caaspp(tmp_path / "x.txt", "2017", [])
    monkeypatch.setattr(large, "LARGE", 100)
    with pytest.raises(DataError, match="no row stands below the header"):
        load_file(path)


def test_large_web_page_and_binary(tmp_path, small_blocks):
    for name, start in (("page", b"<html>"), ("binary", b"\x00\x01")):
        (tmp_path / name).write_bytes(start + b"x" * 5000)
        with pytest.raises(RawFileError, match=r"web page|neither a workbook nor text"):
            open_raw(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_names_of_a_large_file_in_either_encoding(tmp_path, small_blocks, encoding):
    rows = many_places("2024")
    rows[100] = cells("2024", SCHOOL, grade="3", scores="50", met="40", name="Peña Élite")
    path = write(tmp_path / "x.txt", [HEADERS["2024"], *rows], "^", encoding)
    assert open_raw(path).large.encoding == ("utf-8-sig" if encoding == "utf-8" else encoding)
    names = by_key(load_file(path))["school_name"]
    assert names[(SCHOOL, "03", "ela")] == "Peña Élite"


def test_large_file_holds_no_text(tmp_path, small_blocks):
    raw = open_raw(caaspp(tmp_path / "x.txt", "2016", many_places("2016")))
    assert raw.text(",") is not raw.text(",")
    assert len(raw.text(",").rows) == 241
    assert len(raw.head(None, ",", 5).rows) == 5


# Entities

ENTITIES = ["County Code", "District Code", "School Code"]
ENTITY_NAMES = ["County Name", "District Name", "School Name", "Zip Code"]


def entities(path, year, rows, encoding):
    """Each row: code, type, names; in the order and with the header of the year."""
    type_id = "Type Id" if year < 2019 else "Type ID"
    header = [*ENTITIES, "Filler", "Test Year", type_id, *ENTITY_NAMES]
    if year >= 2024:
        header = [*ENTITIES, type_id, "Filler", "Test Year", *ENTITY_NAMES]
    lines = [header]
    for code, kind, *names in rows:
        codes = [code[:2], code[2:7], code[7:]]
        middle = [kind, "", str(year)] if year >= 2024 else ["", str(year), kind]
        lines.append([*codes, *middle, *names, "90001"])
    return write(path, lines, "," if year < 2021 else "^", encoding)


ENTITY_ROWS = [
    ("0" * 14, "4", "State of California", "", ""),
    ("19" + "0" * 12, "5", "Los Angeles", "", ""),
    ("1964733" + "0" * 7, "6", "Los Angeles", "Los Angeles Unified", ""),
    (SCHOOL, "7", "Los Angeles", "Los Angeles Unified", "Peña School"),
    (CHARTER, "09", "Los Angeles", "Own Charter", "Own Charter"),
    ("19647336017438", "10", "Los Angeles", "Los Angeles Unified", "Affiliated"),
]


@pytest.mark.parametrize(
    ("year", "encoding"),
    [
        (2015, "utf-8"),
        (2016, "cp1252"),
        (2018, "cp1252"),
        (2019, "cp1252"),
        (2022, "cp1252"),
        (2023, "utf-8"),
        (2024, "cp1252"),
        (2025, "utf-8"),
    ],
)
def test_entities_of_every_year(tmp_path, year, encoding):
    loaded = load_file(entities(tmp_path / "e.txt", year, ENTITY_ROWS, encoding))
    assert loaded.layout == f"california-entities-{2015 if year < 2021 else 2021}"
    assert loaded.own_years == {year}
    assert loaded.passed_over == {"state, county and district totals": 3}
    assert loaded.corrected == {}
    directory = loaded.tables["directory"].set_index("school_id")
    assert directory["sector"].tolist() == ["district", "charter_direct", "charter_local"]
    assert directory.loc[SCHOOL, "school_name"] == "Peña School"
    assert set(directory["locality"]) == {"Los Angeles"}
    assert set(directory["district_id"]) == {"1964733"}


WRONG_IN_2015 = "19647336015929"


@pytest.mark.parametrize(
    ("year", "kind", "sector", "n_corrected"),
    [
        (2015, "10", "district", 1),
        (2015, "9", "charter_direct", 0),
        (2016, "10", "charter_local", 0),
    ],
)
def test_wrong_flag_of_2015_is_mended_and_counted(tmp_path, year, kind, sector, n_corrected):
    rows = [(WRONG_IN_2015, kind, "Los Angeles", "Los Angeles Unified", "A School")]
    loaded = load_file(entities(tmp_path / "e.txt", year, rows, "utf-8"))
    assert loaded.tables["directory"]["sector"].tolist() == [sector]
    assert sum(loaded.corrected.values()) == n_corrected


def test_corrections_have_a_source():
    rows = pd.read_csv(corrections.FOLDER / "california_entities_2015.csv", dtype=str)
    assert len(rows) == rows["school_id"].nunique() == 16
    assert rows["school_id"].str.fullmatch(r"1964733\d{7}").all()
    assert rows.notna().all(axis=None)


# Academic Performance Index

API_ROW = {
    "RTYPE": "S",
    "STYPE": "E",
    "CHARTER": "",
    "SNAME": "A School",
    "CNAME": "Los Angeles",
    "VALID": "300",
    "API13": "812",
    "API12": "B",
    "PCT_AA": "10",
    "PCT_AI": "0",
    "PCT_AS": "5",
    "PCT_FI": "3",
    "PCT_HI": "70",
    "PCT_PI": "0",
    "PCT_WH": "10",
    "PCT_MR": "2",
    "MEALS": "80",
    "P_EL": "30",
    "P_DI": "12",
    "ENROLL": "400",
    "TESTED": "390",
}
NO_SHARES = dict.fromkeys(
    [t for t in API_ROW if t.startswith(("PCT", "P_", "MEALS", "ENROLL"))], ""
)


def api(path, rows):
    lines = [HEADER.split()]
    lines += [[(API_ROW | row).get(text, "") for text in HEADER.split()] for row in rows]
    content = "".join(",".join(line) + "\r\n" for line in lines).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


API_ROWS = [
    {"CDS": SCHOOL},
    {"CDS": CHARTER, "CHARTER": "D", "STYPE": "H", "API13": "", "VALID": "", "SIZE": "T"},
    {"CDS": "19647330000002", "CHARTER": "Y", "STYPE": "M", "API13": "", "VALID": ""}
    | NO_SHARES
    | {"TESTED": ""},
    {"CDS": "1964733" + "0" * 7, "RTYPE": "D", "STYPE": "1"},
    {"CDS": "0" * 14, "RTYPE": "X", "STYPE": ""},
    dict.fromkeys(HEADER.split(), ""),
]


def test_academic_performance_index(tmp_path):
    loaded = load_file(api(tmp_path / "2013-growth-api.csv.gz", API_ROWS))
    assert (loaded.layout, loaded.own_years) == ("california-api-2013", {2013})
    assert loaded.passed_over == {"state and district totals": 2}
    rows = loaded.tables["achievement"].set_index("school_id")
    assert rows["status"].tolist() == ["reported", "suppressed", "not_published"]
    assert rows["mean_score"].tolist() == pytest.approx([812, NAN, NAN], nan_ok=True)
    assert rows.loc[SCHOOL, ["n_tested", "participation_pct"]].tolist() == [300, 97.5]
    assert rows[BOUNDS].isna().all(axis=None)
    assert set(rows["subject"]) == {"all"}
    shares = loaded.tables["demographics"].set_index("school_id")
    assert len(shares) == 2
    assert shares.loc[SCHOOL, ["black_pct", "asian_pct", "low_income_pct"]].tolist() == [10, 5, 80]
    assert shares["low_income_definition"].unique().tolist() == ["free or reduced-price meals"]
    directory = loaded.tables["directory"]
    assert directory["sector"].tolist() == ["district", "charter_direct", "charter_local"]
    assert directory["level"].tolist() == ["elementary", "high", "middle"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"API13": "81"}, "'81'; expected 200 to 1000"),
        ({"API13": "B"}, "'B'; expected a number"),
        ({"CHARTER": "N"}, "'N'; expected one of '', 'D', 'Y'"),
        ({"RTYPE": "Q"}, "'Q'; expected one of 'S'"),
        ({"CDS": "1964733601234"}, "expected a code of 14 digits"),
        ({"PCT_AA": "101"}, "'101'; expected 0 to 100"),
    ],
)
def test_bad_cell_of_the_index(tmp_path, change, expected):
    with pytest.raises(DataError, match=expected):
        load_file(api(tmp_path / "x.csv", [{"CDS": SCHOOL} | change]))


# School profile

PROFILE_2324 = ["aa", "ai", "as", "fi", "hi", "pi", "wh", "mr", "nr", "el", "sed", "swd"]
PROFILE_2526 = [
    "african_american",
    "american_indian",
    "asian",
    "filipino",
    "hispanic",
    "pacific_islander",
    "white",
    "two_or_more_races",
    "not_reported",
    "english_learner",
    "socioeconomically_disadvantaged",
    "students_with_disabilities",
    "free_reduced_meal_eligible",
    "foster",
    "homeless",
    "migrant",
]
PROFILE = [
    "cds",
    "school_name",
    "type_id",
    "enr_2023_24_cum",
    *(f"pct_{name}_2324" for name in PROFILE_2324),
    *(f"pct_{name}_2526" for name in PROFILE_2526),
    *("schoolLevel", "schoolType", "gradeSpan", "magnet", "dass", "charter"),
    "enrollment_2025_26",
]


def profile(path, rows):
    usual = {"school_name": "A School", "type_id": "7", "schoolLevel": "Elementary"}
    lines = [[(usual | row).get(text, "") for text in PROFILE] for row in rows]
    return write(path, [PROFILE, *lines], ",")


def of_2324(enrolled, **shares):
    return {"enr_2023_24_cum": enrolled} | {f"pct_{n}_2324": v for n, v in shares.items()}


def bounds_of(row, *names):
    return {n: tuple(row[[f"{n}_pct_low", f"{n}_pct", f"{n}_pct_high"]]) for n in names}


def test_blank_share_is_an_interval(tmp_path):
    # 200 students, each race's blank is 0 to 10 of them, and 4 % are left for seven blanks.
    row = of_2324("200.0", hi="90", wh="6", sed="75", el="20")
    later = {f"pct_{name}_2526": "10" for name in PROFILE_2526} | {"enrollment_2025_26": "180"}
    loaded = load_file(
        profile(tmp_path / "p.csv", [{"cds": SCHOOL} | row | later, {"cds": CHARTER}])
    )
    assert loaded.layout == "california-profile-2024"
    assert loaded.own_years == {2024, 2026}
    assert loaded.passed_over == {
        "schools without shares of 2023-24": 1,
        "schools without shares of 2025-26": 1,
    }
    shares = loaded.tables["demographics"].set_index("end_year")
    assert len(shares) == 2
    first = shares.loc[2024]
    assert first["shares_status"] == "suppressed"
    assert first["enrollment"] == 200
    found = bounds_of(first, "hispanic", "black", "english_learner", "low_income", "disability")
    assert found == {
        "hispanic": (90, 90, 90),
        "black": pytest.approx((0, 2.005, 4.01)),
        "english_learner": (20, 20, 20),
        "low_income": (75, 75, 75),
        "disability": (0, 2.5, 5),
    }
    second = shares.loc[2026]
    assert (second["shares_status"], second["black_pct"], second["enrollment"]) == (
        "reported",
        10,
        180,
    )
    assert loaded.tables["directory"]["end_year"].unique().tolist() == [2024]


def test_what_the_shown_races_leave_bounds_the_hidden_ones(tmp_path):
    # Of 100 students, 12 are of two hidden groups: each has at least 2 and at most 10.
    shown = dict.fromkeys(PROFILE_2324, "0") | {"hi": "88", "aa": "", "as": "", "el": ""}
    loaded = load_file(profile(tmp_path / "p.csv", [{"cds": SCHOOL} | of_2324("100", **shown)]))
    row = loaded.tables["demographics"].iloc[0]
    low = 12 - 7 * 0.005 - 10
    expected = pytest.approx((low, (low + 10) / 2, 10))
    assert bounds_of(row, "black", "asian") == {"black": expected, "asian": expected}
    assert bounds_of(row, "english_learner") == {"english_learner": (0, 5, 10)}


def test_school_of_few_students(tmp_path):
    loaded = load_file(profile(tmp_path / "p.csv", [{"cds": SCHOOL} | of_2324("8", sed="100")]))
    row = loaded.tables["demographics"].iloc[0]
    assert bounds_of(row, "disability") == {"disability": (0, 50, 100)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type_id": "6"}, "'6'; expected one of '7'"),
        ({"schoolLevel": "Odd"}, "'Odd'; expected one of 'Elementary'"),
        ({"pct_hi_2324": "*"}, r"'\*'; expected a number or one of ''"),
        ({"cds": "1964733"}, "expected a code of 14 digits"),
    ],
)
def test_bad_cell_of_the_profile(tmp_path, change, expected):
    row = {"cds": SCHOOL} | of_2324("200", hi="90") | change
    with pytest.raises(DataError, match=expected):
        load_file(profile(tmp_path / "p.csv", [row]))


# Written again


def assert_same_again(loaded, path, end_year):
    again = load_file(WRITERS[loaded.layout](path, loaded.tables, end_year))
    assert again.layout == loaded.layout
    assert set(again.tables) == set(loaded.tables)
    for name, table in loaded.tables.items():
        key = [c for c in ("end_year", "school_id", "subject", "grade") if c in table]
        key += ["student_group"] if "student_group" in table else []
        frames = [t.sort_values(key, ignore_index=True) for t in (again.tables[name], table)]
        assert_frame_equal(*frames)


@ERAS
def test_research_file_written_again(tmp_path, era):
    rows = [row for row in rows_of(era) if "80" not in row]  # tested and scores are one there
    loaded = load_file(caaspp(tmp_path / "x.txt", era, rows))
    assert_same_again(loaded, tmp_path / "again.txt", YEARS[era])
    header = (tmp_path / "again.txt").read_text(encoding="cp1252").split("\n")[0].strip()
    delimiter = "," if era < "2021" else "^"
    assert header.replace('"', "").split(delimiter) == HEADERS[era]


@pytest.mark.parametrize("year", [2015, 2016, 2019, 2022, 2024])
def test_entities_written_again(tmp_path, year):
    encoding = "utf-8" if year == 2015 else "cp1252"
    loaded = load_file(entities(tmp_path / "e.txt", year, ENTITY_ROWS, encoding))
    assert_same_again(loaded, tmp_path / "again.txt", year)
    assert (tmp_path / "again.txt").read_bytes().count(b"\r\n") == 7


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_index_written_again(tmp_path, suffix):
    rows = [API_ROWS[0] | {"TESTED": "300"}, {**API_ROWS[1], "ENROLL": "", "TESTED": ""}]
    loaded = load_file(api(tmp_path / "x.csv", rows))
    assert_same_again(loaded, tmp_path / f"again{suffix}", 2013)


def test_profile_written_again(tmp_path):
    shown = dict.fromkeys(PROFILE_2324, "11.5") | {"hi": "8", "fi": "11.5", "nr": "0", "el": ""}
    later = {f"pct_{name}_2526": "10.5" for name in PROFILE_2526} | {"enrollment_2025_26": "99"}
    row = {"cds": SCHOOL} | of_2324("200.0", **shown) | later
    loaded = load_file(profile(tmp_path / "p.csv", [row]))
    assert_same_again(loaded, tmp_path / "again.csv", 2024)


def test_every_layout_has_a_writer():
    from autonomy_stats.loaders.california import LAYOUTS

    assert set(WRITERS) == {layout.layout_id for layout in LAYOUTS}


def test_shares_become_rows_of_groups(tmp_path):
    """Controls and results of one file, where the tables have no results by group."""
    rows = [
        cells("2016", SCHOOL, grade=grade, test=test, scores="200", met="40")
        for grade in ("3", "13")
        for test in ("1", "2")
    ]
    tables = load_file(caaspp(tmp_path / "a.txt", "2016", rows)).tables
    key = tables["achievement"][["state", "end_year", "school_id"]].drop_duplicates()
    tables["demographics"] = key.assign(low_income_pct=62.5, black_pct=20.0, disability_pct=12.0)
    tables["achievement"]["mean_score"] = 2450.5
    path = WRITERS["california-caaspp-2016"](tmp_path / "b.txt", tables, 2016)
    again = load_file(path)
    shares = again.tables["demographics"].iloc[0]
    assert shares[["low_income_pct", "black_pct", "disability_pct"]].tolist() == [62.5, 20, 12]
    assert_frame_equal(by_key(again).sort_index(), by_key_of(tables["achievement"]).sort_index())
    groups = again.tables["achievement"].query("student_group != 'all'")
    assert len(groups) == 2 * 5
    assert groups[["proficient_pct", "mean_score"]].isna().all(axis=None)


@ERAS
@pytest.mark.parametrize("marked", [True, False])
def test_the_mark_stands_in_every_row(tmp_path, era, marked):
    """Before the years with names, in `Filler`; of a file that bears no mark, nowhere."""
    rows = [row for row in rows_of(era) if "80" not in row]  # tested and scores are one there
    tables = load_file(caaspp(tmp_path / "x.txt", era, rows)).tables
    name = f"{MARK} school 7" if marked else "Seventh School"
    tables["achievement"]["school_name"] = name
    path = WRITERS[f"california-caaspp-{era}"](tmp_path / "again.txt", tables, YEARS[era])
    delimiter = "," if era < "2021" else "^"
    rows = list(csv.DictReader(io.StringIO(path.read_text("cp1252")), delimiter=delimiter))
    schools = [row for row in rows if int(row["School Code"])]
    assert len(schools) == len(tables["achievement"])
    assert {row.get("School Name", "") for row in schools} == {name if era == "2024" else ""}
    in_filler = marked and era != "2024"
    assert {row["Filler"] for row in rows} == {MARK if in_filler else ""}
    again, expected = load_file(path).tables["achievement"], tables["achievement"]
    read = name if era == "2024" else MARK if in_filler else NAN
    expected["school_name"] = pd.Series(read, expected.index, dtype="str")
    assert_frame_equal(*(t.sort_values(KEY, ignore_index=True) for t in (again, expected)))


KEY = ["school_id", "subject", "grade", "student_group"]


@pytest.mark.parametrize(
    ("table", "column", "value"), [("achievement", "grade", "09"), ("directory", "sector", "other")]
)
def test_what_a_research_file_cannot_hold(tmp_path, table, column, value):
    tables = load_file(caaspp(tmp_path / "x.txt", "2024", rows_of("2024"))).tables
    tables[table][column] = value
    with pytest.raises(UsageError, match=f"no code for the {column} '{value}'; it has"):
        WRITERS["california-caaspp-2024"](tmp_path / "again.txt", tables, YEARS["2024"])


def by_key_of(frame):
    return frame.set_index(["school_id", "grade", "subject"])


# Several files together


def test_enrollment_beats_students_tested(tmp_path):
    raw = tmp_path / "raw"
    rows = [
        cells("2024", SCHOOL, group=group, grade="13", scores=count, met="40", year="2024")
        for group, count in (("1", "100"), ("31", "80"), ("111", "20"))
    ]
    rows += [
        cells(
            "2024", CHARTER, group=group, grade="13", scores="50", met="40", year="2024", type="9"
        )
        for group in ("1", "31", "111")
    ]
    caaspp(raw / "a.txt", "2024", rows)
    shown = {"cds": SCHOOL} | of_2324("200", sed="70", hi="100")
    profile(raw / "p.csv", [shown])
    entities(raw / "e.txt", 2024, ENTITY_ROWS, "cp1252")
    tables = gather("california", [2024], raw).tables
    shares = tables["demographics"].set_index("school_id")
    assert shares["low_income_pct"].to_dict() == {SCHOOL: 70, CHARTER: 50}
    directory = tables["directory"].set_index("school_id")
    assert directory.loc[SCHOOL, ["sector", "locality", "level"]].tolist() == [
        "district",
        "Los Angeles",
        "elementary",
    ]


def test_two_releases_with_other_numbers_are_refused(tmp_path):
    raw = tmp_path / "raw"
    for name, met in (("a.txt", "40"), ("b.txt", "41")):
        caaspp(raw / name, "2016", [cells("2016", SCHOOL, grade="3", scores="50", met=met)])
    with pytest.raises(DataError, match=r"a\.txt and .*b\.txt give achievement"):
        gather("california", [2016], raw)


def test_gather_keeps_a_place(tmp_path, small_blocks):
    caaspp(tmp_path / "raw" / "x.txt", "2016", many_places("2016"))
    gathered = gather("california", [2016], tmp_path / "raw", ["1964733"])
    assert gathered.tables["achievement"]["school_id"].nunique() == 5
    assert (
        gather("california", [2016], tmp_path / "raw").tables["achievement"]["school_id"].nunique()
        == 60
    )


# Real files


@pytest.fixture(scope="module")
def los_angeles_2024(raw_file):
    return load_file(raw_file("california/sb_ca2024_lausd_reassembled.txt"))


@pytest.mark.real_data
def test_los_angeles_2024(los_angeles_2024):
    loaded = los_angeles_2024
    assert loaded.passed_over["state, county and district totals"] == 16
    directory = loaded.tables["directory"]
    counts = {"district": 708, "charter_direct": 219, "charter_local": 51}
    assert directory["sector"].value_counts().to_dict() == counts
    rows = loaded.tables["achievement"].merge(directory[["school_id", "sector"]], on="school_id")
    assert (len(rows), rows["school_id"].nunique()) == (7702, 978)
    assert rows["status"].value_counts().to_dict() == {"reported": 7552, "suppressed": 150}
    shown = rows[rows["status"] == "reported"].groupby("sector")["school_id"].nunique().to_dict()
    assert shown == counts | {"district": 696}
    # Fewer than eleven students: none of the starred rows has more.
    assert rows.loc[rows["status"] == "suppressed", "n_tested"].max() == 10
    assert rows.loc[rows["status"] == "reported", "n_tested"].min() == 11


# Los Angeles Unified's own row of 2024 is 43.06 and 32.83; schools hold 99.9 % of its students.
@pytest.mark.real_data
@pytest.mark.parametrize(("subject", "district"), [("ela", 43.06), ("math", 32.83)])
def test_schools_of_type_7_add_up_to_their_district(los_angeles_2024, subject, district):
    rows = los_angeles_2024.tables["achievement"]
    rows = rows[(rows["subject"] == subject) & (rows["grade"] == "all")]
    sectors = los_angeles_2024.tables["directory"].set_index("school_id")["sector"]
    own = rows[rows["school_id"].map(sectors).ne("charter_direct")]
    own = own[own["status"] == "reported"]
    percent = np.average(own["proficient_pct"], weights=own["n_tested"])
    assert percent == pytest.approx(district, abs=0.2)


@pytest.mark.real_data
def test_published_percents_are_those_of_their_counts(los_angeles_2024):
    rows = los_angeles_2024.tables["achievement"]
    rows = rows[rows["status"] == "reported"]
    off = (100 * rows["proficient_n"] / rows["n_tested"] - rows["proficient_pct"]).abs() > 0.00501
    # Students with scores but at no level: the percent's denominator is the smaller number.
    assert off.sum() == 448
    grades = rows[rows["grade"] != "all"].groupby(["school_id", "subject"])["n_tested"].sum()
    whole = rows[rows["grade"] == "all"].set_index(["school_id", "subject"])["n_tested"]
    assert (grades <= whole.reindex(grades.index)).mean() > 0.99


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("year", "encoding", "counts", "los_angeles", "n_corrected"),
    [
        (2015, "utf-8-sig", (10268, 817, 336), (753, 196, 53), 16),
        (2016, "cp1252", (8817, 855, 319), (717, 205, 49), 0),
        (2024, "cp1252", (8985, 956, 305), (708, 219, 51), 0),
    ],
)
def test_real_entities(raw_file, year, encoding, counts, los_angeles, n_corrected):
    path = raw_file(f"california/sb_ca{year}entities_csv.txt")
    loaded = load_file(path)
    directory = loaded.tables["directory"]
    sectors = ["district", "charter_direct", "charter_local"]
    assert tuple(directory["sector"].value_counts()[sectors]) == counts
    own = directory[directory["district_id"] == "1964733"]
    assert tuple(own["sector"].value_counts()[sectors]) == los_angeles
    assert sum(loaded.corrected.values()) == n_corrected
    path.read_bytes().decode(encoding)


@pytest.mark.real_data
def test_real_index(raw_file):
    loaded = load_file(raw_file("california/2013-growth-api.csv.gz"))
    assert len(loaded.tables["directory"]) == 9932
    assert loaded.passed_over == {"state and district totals": 1014}
    rows = loaded.tables["achievement"]
    own = rows[rows["district_id"] == "1964733"]
    assert (len(own), int(own["mean_score"].notna().sum())) == (970, 952)
    shares = loaded.tables["demographics"]
    assert int((shares["district_id"] == "1964733").sum()) == 957
    # The schools whose flag of 2015 is mended were no charters in 2013.
    wrong = pd.read_csv(corrections.FOLDER / "california_entities_2015.csv", dtype=str)
    sectors = loaded.tables["directory"].set_index("school_id")["sector"]
    assert set(sectors[wrong["school_id"]]) == {"district"}


@pytest.mark.real_data
def test_real_profile(raw_file):
    loaded = load_file(raw_file("california/lausd_school_profile_2023_24_and_2025_26.csv"))
    shares = loaded.tables["demographics"]
    assert shares["end_year"].value_counts().to_dict() == {2026: 968, 2024: 965}
    rows = shares[shares["end_year"] == 2024]
    assert (rows["shares_status"] == "suppressed").sum() == 964
    controls = ["black", "hispanic", "asian", "english_learner", "low_income", "disability"]
    assert rows[[f"{name}_pct" for name in controls]].notna().all(axis=None)
    for name in controls:
        low, value, high = (rows[f"{name}_pct{end}"] for end in ("_low", "", "_high"))
        assert ((low <= value) & (value <= high)).all()
        # Never more than ten students.
        assert ((high - low) * rows["enrollment"] / 100 <= 10 + 1e-9).all()


@pytest.mark.real_data
def test_code_list_is_not_data(raw_file):
    with pytest.raises(UnrecognisedFileError):
        load_file(raw_file("california/StudentGroups_2024.txt"))


@pytest.mark.real_data
def test_real_files_in_blocks_are_the_same(raw_file, monkeypatch, los_angeles_2024):
    monkeypatch.setattr(large, "LARGE", 2**16)
    monkeypatch.setattr(large_text, "BLOCK", 2**16)
    again = load_file(raw_file("california/sb_ca2024_lausd_reassembled.txt"))
    assert again.sha256 == los_angeles_2024.sha256
    for name, table in los_angeles_2024.tables.items():
        assert_frame_equal(again.tables[name], table)
