"""Tidy tables that a user wrote: recognised, read to the last bit, or refused naming the cell."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from examples import istep_2017
from files import write_workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autonomy_stats as aus
from autonomy_stats.errors import (
    AutonomyStatsError,
    DataError,
    LayoutError,
    RawFileError,
    UnrecognisedFileError,
    UsageError,
)
from autonomy_stats.facts import Place, load_roster
from autonomy_stats.loaders.survey import survey
from autonomy_stats.loaders.tidy_csv import TIDY_LAYOUTS, TIDY_TABLES
from autonomy_stats.schema import table, validate
from autonomy_stats.simulate.files import write_tidy_csv

SCHOOL = {"state": "ohio", "end_year": "2019", "district_id": "012", "school_id": "0001"}
TEST = {
    "assessment": "Test",
    "series": "Test 1",
    "subject": "math",
    "grade": "04",
    "student_group": "all",
}
ROWS = {
    "achievement": [
        SCHOOL | TEST | {"n_tested": "90", "proficient_pct": "41.1", "status": "reported"},
        SCHOOL | TEST | {"school_id": "0002", "status": "suppressed"},
        SCHOOL | TEST | {"school_id": "0003", "status": "censored", "proficient_pct_high": "5"},
        SCHOOL | TEST | {"school_id": "0004", "status": "not_published"},
    ],
    "growth": [
        SCHOOL
        | {"subject": "ela", "grade": "all", "series": "G 1", "measure": "mgp"}
        | {"value": "52.5", "n_students": "80", "status": "reported"},
    ],
    "demographics": [SCHOOL | {"enrollment": "400", "low_income_pct": "55"}],
    "directory": [SCHOOL | {"sector": "charter", "operator": "A, Ltd"}],
}


def text_of(rows, columns=None, comments=()):
    columns = columns or list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    stream.writelines(f"{line}\n" for line in comments)
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write(folder, name="achievement", rows=None, **options):
    path = folder / f"{name}.csv"
    path.write_text(text_of(rows or ROWS[name], **options), encoding="utf-8")
    return path


def changed(name, row, **cells):
    rows = [dict(one) for one in ROWS[name]]
    rows[row] |= cells
    return rows


# Recognition


@pytest.mark.parametrize("name", TIDY_TABLES)
@pytest.mark.parametrize("line", ["named", "commented", "bare"])
def test_a_file_is_recognised(name, line, tmp_path):
    comments = {
        "named": [f"# autonomy-stats {name}", "# what it is, in words", ""],
        "commented": ["# only words", *["# more"] * 50],
        "bare": [],
    }[line]
    loaded = aus.load_file(write(tmp_path, name, comments=comments))
    assert (loaded.layout, loaded.state) == (f"tidy-{name}", "ohio")
    assert list(loaded.tables) == [name]
    frame = loaded.tables[name]
    assert frame.columns.tolist() == table(name).column_names
    assert len(frame) == len(ROWS[name])
    assert frame["school_id"].iloc[0] == "0001"
    assert frame["district_id"].iloc[0] == "012"
    assert loaded.own_years == {2019}


def test_layouts_are_those_of_the_tables():
    for layout in TIDY_LAYOUTS:
        declared = table(layout.layout_id.removeprefix("tidy-"))
        assert list(layout.columns) == declared.column_names
        assert layout.required == {c.name for c in declared.columns if c.required}


def test_columns_may_stand_in_any_order_and_rows_below_blank_ones(tmp_path):
    columns = list(reversed(ROWS["growth"][0]))
    path = write(tmp_path, "growth", columns=columns)
    path.write_text(path.read_text().replace("\n", "\n\n", 1) + "\n,,\n", encoding="utf-8")
    assert aus.load_file(path).tables["growth"]["value"].tolist() == [52.5]


def test_a_file_that_a_spreadsheet_saved(tmp_path):
    """A mark of the byte order, comments in cells, columns and lines that pad."""
    text = '\ufeff"# autonomy-stats demographics",,,\r\n# one, and more,,\r\n'
    text += "state,end_year,school_id,enrollment,,\r\nohio,2019,0001,300,,\r\n,,,,,\r\n"
    path = tmp_path / "d.csv"
    path.write_bytes(text.encode())
    assert aus.load_file(path).tables["demographics"]["enrollment"].tolist() == [300]


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("a,b\n1,2\n", UnrecognisedFileError, ("no layout",)),
        ("state,end_year,school_id\nohio,2019,1\n", UnrecognisedFileError, ("no layout",)),
        ("# autonomy-stats roster\nstate\n", UnrecognisedFileError, ("roster=",)),
        ("# autonomy-stats growht\nstate\n", LayoutError, ("row 1", "'growht'", "growth")),
        ("# autonomy-stats growth\n", LayoutError, ("no header", "growth")),
        ('# autonomy-stats growth\n# x,"y\nstate\n', LayoutError, ("no header", "quote")),
        (
            "# autonomy-stats demographics\nstate,end_year,enrolment\nohio,2019,1\n",
            LayoutError,
            ("row 2", "'school_id' expected", "'enrolment' not known", "enrollment"),
        ),
        (
            "state,end_year,school_id,school_id,enrollment\nohio,2019,1,1,1\n",
            LayoutError,
            ("row 1", "'school_id' stands twice"),
        ),
        (
            "# autonomy-stats demographics;\nstate;end_year;school_id\nohio;2019;1\n",
            LayoutError,
            ("row 2", "not separated by ','"),
        ),
        (
            "# autonomy-stats demographics\nstate,end_year,school_id\n,,\n",
            DataError,
            ("row 2", "no row", "school_id"),
        ),
        (
            "state,end_year,school_id,enrollment\nOhio,2019,1,1\n",
            DataError,
            ("row 2, column 'state'", "'Ohio'", "lower case"),
        ),
        (
            "state,end_year,school_id,enrollment\nohio,2019,1,1,000\n",
            DataError,
            ("row 2", "5 cells", "expected 4", "quotes"),
        ),
    ],
)
def test_what_is_no_such_file(text, kind, words, tmp_path):
    path = tmp_path / "a file.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AutonomyStatsError) as caught:
        aus.load_file(path)
    assert type(caught.value) is kind
    assert all(word in str(caught.value) for word in ("a file.csv", *words)), str(caught.value)


def test_official_files_are_not_taken_for_tidy_ones(tmp_path):
    write_workbook(tmp_path / "raw" / "i.xlsx", istep_2017())
    write(tmp_path / "raw", "growth")
    found = {item.path.name: item.layout for item in survey(tmp_path / "raw")}
    assert found["growth.csv"].state == "ohio"
    assert found["i.xlsx"].layout_id == "indiana-istep-2017"


# Cells


@pytest.mark.parametrize(
    ("name", "row", "cells", "words"),
    [
        ("achievement", 1, {"state": "utah"}, ("row 3, column 'state'", "'utah'", "one state")),
        ("achievement", 0, {"end_year": "19"}, ("row 2, column 'end_year'", "'19'", "four digits")),
        ("achievement", 0, {"end_year": "2018-19"}, ("row 2, column 'end_year'", "'2018-19'")),
        ("achievement", 3, {"school_id": ""}, ("row 5, column 'school_id'", "nothing", "text")),
        ("achievement", 0, {"grade": "4"}, ("row 2, column 'grade'", "'4'", "'03'")),
        ("achievement", 0, {"n_tested": "-1"}, ("row 2, column 'n_tested'", "'-1'", "0 or more")),
        ("achievement", 0, {"n_tested": "1,200"}, ("row 2, column 'n_tested'", "'1,200'")),
        ("achievement", 0, {"n_tested": "inf"}, ("row 2, column 'n_tested'", "'inf'")),
        ("achievement", 0, {"n_tested": "nan"}, ("row 2, column 'n_tested'", "'nan'")),
        ("achievement", 0, {"n_tested": "1e999"}, ("row 2, column 'n_tested'", "'1e999'")),
        ("achievement", 1, {"proficient_pct": "*"}, ("row 3, column 'proficient_pct'", "status")),
        ("achievement", 1, {"proficient_pct": "<5"}, ("row 3, column 'proficient_pct'", "'<5'")),
        ("achievement", 0, {"proficient_pct": "101"}, ("row 2, column 'proficient_pct'", "100")),
        ("achievement", 0, {"proficient_pct": ""}, ("row 2, column 'status'", "another status")),
        ("achievement", 1, {"proficient_pct": "50"}, ("row 3, column 'status'", "derived")),
        ("achievement", 1, {"status": "hidden"}, ("row 3, column 'status'", "suppressed")),
        ("achievement", 0, {"proficient_pct_high": "40"}, ("row 2, column 'proficient_pct_high'",)),
        ("achievement", 2, {"proficient_pct_low": "6"}, ("row 4, column 'proficient_pct_low'",)),
        ("achievement", 2, {"school_id": "0002"}, ("2 rows share a key (row 4)", "'0002'")),
        ("growth", 0, {"value": ""}, ("row 2, column 'status'", "value")),
        ("growth", 0, {"measure": "growth"}, ("row 2, column 'measure'", "sgp_median")),
        ("directory", 0, {"sector": "Charter"}, ("row 2, column 'sector'", "charter_local")),
    ],
)
def test_a_cell_that_its_column_does_not_allow(name, row, cells, words, tmp_path):
    path = write(tmp_path, name, changed(name, row, **cells))
    with pytest.raises(DataError) as caught:
        aus.load_file(path)
    assert all(word in str(caught.value) for word in (str(path), *words)), str(caught.value)


def test_percents_written_as_fractions_are_refused(tmp_path):
    row = ROWS["achievement"][0]
    rows = [row | {"school_id": f"{n:04d}", "proficient_pct": f"0.{n + 10}"} for n in range(12)]
    with pytest.raises(DataError, match=r"row 13, column 'proficient_pct': got 0\.21.*by 100"):
        aus.load_file(write(tmp_path, rows=rows))
    assert len(aus.load_file(write(tmp_path, rows=rows[:9])).tables["achievement"]) == 9


def test_blank_bounds_are_filled_and_given_ones_kept(tmp_path):
    rows = aus.load_file(write(tmp_path)).tables["achievement"]
    bounds = rows[["proficient_pct_low", "proficient_pct_high"]]
    assert bounds.iloc[:3].to_numpy().tolist() == [[41.1, 41.1], [0, 100], [0, 5]]
    assert bounds.iloc[3].isna().all()
    assert rows["n_tested_status"].tolist()[0] == "reported"
    assert rows["n_tested_status"].isna().tolist() == [False, True, True, True]


NUMBERS = st.floats(0, 100, allow_nan=False)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8
).filter(lambda text: not text.startswith("#"))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(TEXTS, TEXTS, NUMBERS), min_size=1, unique_by=lambda r: r[0]))
def test_values_come_back_to_the_last_bit(rows, tmp_path):
    made = [
        SCHOOL | {"school_id": i, "low_income_definition": t, "asian_pct": repr(x)}
        for i, t, x in rows
    ]
    frame = aus.load_file(write(tmp_path, "demographics", made)).tables["demographics"]
    got = frame[["school_id", "low_income_definition", "asian_pct"]].to_numpy().tolist()
    assert got == [list(row) for row in rows]


# Parquet


@pytest.mark.parametrize("name", TIDY_TABLES)
@pytest.mark.parametrize("narrow", [False, True])
def test_parquet_gives_what_csv_gives(name, narrow, tmp_path):
    frame = aus.load_file(write(tmp_path, name)).tables[name]
    stored = frame.dropna(axis="columns", how="all") if narrow else frame
    stored.to_parquet(tmp_path / "t.parquet")
    loaded = aus.load_file(tmp_path / "t.parquet")
    assert (loaded.layout, loaded.state) == (f"tidy-{name}", "ohio")
    pd.testing.assert_frame_equal(loaded.tables[name], frame, check_exact=True)


def test_parquet_of_whole_numbers_and_categories(tmp_path):
    rows = pd.DataFrame(ROWS["demographics"]).assign(end_year=2019, enrollment=400)
    rows = rows.assign(low_income_pct=55.0, state=rows["state"].astype("category"))
    rows.to_parquet(tmp_path / "d.parquet")
    frame = aus.load_file(tmp_path / "d.parquet").tables["demographics"]
    assert frame[["end_year", "enrollment"]].to_numpy().tolist() == [[2019, 400]]


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"school_id": 1}, DataError, ("column 'school_id'", "int64", "leading zeros")),
        ({"enrollment": "400"}, DataError, ("column 'enrollment'", "a number")),
        ({"enrollment": True}, DataError, ("column 'enrollment'", "bool")),
        ({"enrollment": -1.0}, DataError, ("row 1, column 'enrollment'", "0 or more")),
        ({"enrollment": float("inf")}, DataError, ("row 1, column 'enrollment'", "inf")),
        ({"end_year": 2019.5}, DataError, ("row 1, column 'end_year'", "2019.5")),
        ({"school_id": None}, DataError, ("row 1, column 'school_id'", "nothing")),
        ({"state": None}, DataError, ("row 1, column 'state'", "lower case")),
        ({"extra": 1.0}, LayoutError, ("column 'extra' not known",)),
    ],
)
def test_parquet_that_is_refused(change, kind, words, tmp_path):
    usual = {"state": "ohio", "end_year": 2019, "school_id": "01", "enrollment": 400.0}
    pd.DataFrame([usual | change]).to_parquet(tmp_path / "d.parquet")
    with pytest.raises(AutonomyStatsError) as caught:
        aus.load_file(tmp_path / "d.parquet")
    assert type(caught.value) is kind
    assert all(word in str(caught.value) for word in ("d.parquet", *words)), str(caught.value)


@pytest.mark.parametrize("keep", [4, 40, -1])
def test_parquet_cut_short(keep, tmp_path):
    path = tmp_path / "d.parquet"
    validate(pd.DataFrame(ROWS["demographics"]), "demographics").to_parquet(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(RawFileError, match=r"d\.parquet: .*cut short or damaged"):
        aus.load_file(path)


def test_other_parquet_is_unrecognised(tmp_path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(UnrecognisedFileError, match="no tidy table"):
        aus.load_file(tmp_path / "a.parquet")
    with pytest.raises(RawFileError, match="a roster is a CSV"):
        load_roster("denver", tmp_path / "a.parquet")


# A place that the package has never heard of


def town(folder, n=10):
    """Schools 0000 to 0009: charters are 6 points above what their students' poverty gives."""
    shares = [(tested, low) for tested, low in [(90, 20), (80, 45), (70, 60), (95, 85), (60, 30)]]
    results, students, sectors = [], [], []
    for number in range(n):
        tested, low = shares[number % 5]
        school = SCHOOL | {"school_id": f"{number:04d}"}
        school |= {"district_id": "012" if number < 8 else "900"}
        charter = number in (3, 8)
        percent = 70 - low / 2 + 6 * charter
        values = {"n_tested": tested, "proficient_pct": percent, "status": "reported"}
        results.append(school | TEST | values)
        students.append(school | {"low_income_pct": low})
        sectors.append(school | {"sector": "charter" if charter else "district"})
    for name, rows in (
        ("achievement", results),
        ("demographics", students),
        ("directory", sectors),
    ):
        write(folder, name, rows)
    return folder


ROSTER = """\
# autonomy-stats roster
# anything, in words
state,place,school_id,school_name,school_type,operator,from_end_year,to_end_year,source,\
confidence,note
ohio,town,0008,,partner,,,,a letter of 2019,documented,
"""


def test_types_come_from_the_directory(tmp_path):
    place = Place("town", "ohio", "Our Town", district_ids=("012", "900"))
    panel = aus.load_panel(place, [2019], subjects=["math"], raw=town(tmp_path))
    assert panel.frame["place"].unique().tolist() == ["town"]
    effects = aus.estimate_effects(panel.frame, "proficient_pct").effects.set_index("school_type")
    assert effects.loc["independent_charter", "estimate"] == pytest.approx(6)


def test_types_come_from_a_roster_with_comments(tmp_path):
    (tmp_path / "notes").mkdir()
    roster = tmp_path / "notes" / "roster.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    raw = town(tmp_path)
    place = Place("town", "ohio", "Our Town", district_ids=("012",))
    panel = aus.load_panel(place, [2019], subjects=["math"], raw=raw, roster=roster)
    schools = panel.frame.groupby("school_type")["school_id"].agg(list).to_dict()
    assert schools["partner"] == ["0008"]  # of another district, but on the roster
    assert schools["independent_charter"] == ["0003"]
    assert len(schools["traditional"]) == 7
    roster.write_text(ROSTER.replace("documented", "sure"), encoding="utf-8")
    with pytest.raises(DataError, match="row 4, column 'confidence'"):
        aus.load_panel(place, [2019], raw=raw, roster=roster)


def test_a_place_may_be_a_whole_state(tmp_path):
    panel = aus.load_panel(
        Place("ohio", "ohio", "Ohio", unlisted="unknown"), [2019], raw=town(tmp_path)
    )
    schools = panel.frame.groupby("school_type")["school_id"].nunique().to_dict()
    assert schools == {"independent_charter": 2, "unknown": 8}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"district_ids": "012"}, r"district_ids is a tuple of texts; write \('012',\)"),
        ({"unlisted": "none"}, "unlisted must be one of"),
        ({"state": "Ohio"}, "lower case"),
    ],
)
def test_a_place_that_would_select_nothing(options, words):
    with pytest.raises(UsageError, match=words):
        Place(**{"place_id": "town", "state": "ohio", "name": "Town"} | options)


def test_an_unknown_place_says_how_to_name_one():
    with pytest.raises(UsageError, match=r"'town'.*facts\.Place"):
        aus.load_panel("town", [2019])


# Written by the package


@pytest.mark.parametrize("name", TIDY_TABLES)
def test_a_table_is_written_as_it_is_read(name, tmp_path):
    loaded = aus.load_file(write(tmp_path, name)).tables[name]
    if "n_tested" in loaded:
        loaded.loc[0, ["n_tested", "proficient_pct"]] = [93, 100 / 3]
        loaded.loc[0, ["proficient_pct_low", "proficient_pct_high"]] = 100 / 3
    again = aus.load_file(write_tidy_csv(tmp_path / "new" / "again.csv", name, loaded))
    pd.testing.assert_frame_equal(again.tables[name], loaded, check_exact=True)


@pytest.mark.parametrize(
    ("name", "change", "kind", "words"),
    [
        ("directory", {"name": "A"}, UsageError, "no column 'name'"),
        ("directory", {"sector": "charters"}, DataError, "charters"),
        ("directory", {"state": ["ohio", "iowa"]}, UsageError, "one state; got ohio, iowa"),
        ("roster", {}, UsageError, "no tidy CSV holds the table 'roster'"),
    ],
)
def test_what_a_tidy_csv_does_not_hold(name, change, kind, words, tmp_path):
    two = [SCHOOL | {"sector": "charter"}, SCHOOL | {"school_id": "0002", "sector": "district"}]
    frame = pd.DataFrame(two).astype({"end_year": "int64"}).assign(**change)
    with pytest.raises(kind, match=words):
        write_tidy_csv(tmp_path / "x.csv", name, frame)
    with pytest.raises(UsageError, match="got no row"):
        write_tidy_csv(tmp_path / "x.csv", "directory", frame[:0][["state"]])
    assert not (tmp_path / "x.csv").exists()
