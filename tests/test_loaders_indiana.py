"""Indiana's workbooks: exact tidy values from small files."""

from __future__ import annotations

import pandas as pd
import pytest
from examples import (
    istep_2016,
    istep_2017,
    language_disability,
    race_meals,
    race_meals_2012,
)
from files import (
    MEALS_2018,
    RACES_2010,
    istep_2016_sheet,
    istep_2017_sheet,
    race_meals_sheet,
    write_workbook,
)

from autonomy_stats import load_file

NAN = float("nan")
VALUES = ["n_tested", "proficient_n", "proficient_pct", "proficient_pct_low", "proficient_pct_high"]


def rows_of(loaded, school):
    frame = loaded.tables["achievement"]
    return frame[frame["school_id"] == school].set_index(["grade", "subject"])


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    return load_file(write_workbook(tmp_path_factory.mktemp("in") / "x.xlsx", istep_2016()))


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    return load_file(write_workbook(tmp_path_factory.mktemp("in") / "y.xlsx", istep_2017()))


# ISTEP+ as through 2016: the number tested is derived


def test_layouts_are_told_apart(old, new):
    assert (old.state, old.layout, old.own_years) == ("indiana", "indiana-istep-2009", {2016})
    assert (new.state, new.layout, new.own_years) == ("indiana", "indiana-istep-2017", {2017})
    assert old.passed_over == {"footnote": 1}


@pytest.mark.parametrize(
    ("school", "cell", "status", "n_status", "values"),
    [
        ("5498", ("03", "ela"), "reported", "derived", (50, 30, 60, 60, 60)),
        ("5498", ("03", "math"), "reported", "derived", (50, 25, 50, 50, 50)),
        # Both subjects have no count of their own: the number tested in ELA stands in.
        ("5498", ("03", "ela_and_math"), "reported", "derived", (50, NAN, 40, 40, 40)),
        # 0 / 0: the number tested cannot be told.
        ("5498", ("04", "ela"), "reported", None, (NAN, 0, 0, 0, 0)),
        ("5498", ("04", "math"), "reported", "derived", (12, 7, 700 / 12, 700 / 12, 700 / 12)),
        ("5498", ("all", "math"), "reported", "derived", (62, 32, 3200 / 62, 3200 / 62, 3200 / 62)),
        ("0013", ("08", "ela"), "suppressed", None, (NAN, NAN, NAN, 0, 100)),
        ("0013", ("08", "math"), "reported", "derived", (16, 12, 75, 75, 75)),
        ("0013", ("08", "ela_and_math"), "suppressed", None, (NAN, NAN, NAN, 0, 100)),
    ],
)
def test_2016_values(old, school, cell, status, n_status, values):
    row = rows_of(old, school).loc[cell]
    assert row["status"] == status
    assert (None if pd.isna(row["n_tested_status"]) else row["n_tested_status"]) == n_status
    assert tuple(row[VALUES]) == pytest.approx(values, nan_ok=True)


def test_blank_grades_have_no_row(old):
    assert sorted(set(rows_of(old, "5498").index.get_level_values("grade"))) == ["03", "04", "all"]
    assert sorted(set(rows_of(old, "0013").index.get_level_values("grade"))) == ["08", "all"]
    assert set(old.tables["achievement"]["student_group"]) == {"all"}


def test_sectors(old):
    directory = old.tables["directory"].set_index("school_id")
    assert directory["sector"].to_dict() == {
        "5498": "public",
        "0013": "public",
        "5444": "public",
        "A035": "private",
        "B001": "other",
    }
    assert directory.loc["A035", "district_id"] == "N/A"
    assert directory.loc["5444", "district_id"] == "9895"


@pytest.mark.parametrize(("year", "series"), [(2014, "ISTEP+ 2009"), (2015, "ISTEP+ 2015")])
def test_a_sheet_for_each_spring_and_the_break_of_2015(tmp_path, year, series):
    rows = [{"corp": "0015", "school": "0013", "name": "A", "Grade 3": (9, 0.9, 9, 0.9, 0.9)}]
    sheets = [istep_2016_sheet(rows, year), istep_2016_sheet(rows, 2016)]
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", *sheets))
    assert loaded.own_years == {year, 2016}
    by_year = loaded.tables["achievement"].groupby("end_year")["series"].unique()
    assert by_year[year].tolist() == [series]
    assert by_year[2016].tolist() == ["ISTEP+ 2015"]


def test_school_with_no_result_has_no_row(tmp_path):
    made = istep_2017_sheet([{"corp": "5385", "school": "5498", "name": "No grade"}])
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    assert len(loaded.tables["achievement"]) == 0
    assert loaded.tables["directory"]["school_id"].tolist() == ["5498"]


# ISTEP+ as from 2017


@pytest.mark.parametrize(
    ("school", "cell", "status", "values"),
    [
        ("5498", ("03", "ela"), "reported", (60, 30, 50, 50, 50)),
        ("5498", ("03", "ela_and_math"), "reported", (60, 20, 100 / 3, 100 / 3, 100 / 3)),
        ("5498", ("05", "math"), "suppressed", (NAN, NAN, NAN, 0, 100)),
        ("5444", ("all", "ela_and_math"), "reported", (50, 24, 48, 48, 48)),
        ("A035", ("all", "ela"), "reported", (10, 9, 90, 90, 90)),
    ],
)
def test_2017_values(new, school, cell, status, values):
    row = rows_of(new, school).loc[cell]
    assert row["status"] == status
    assert tuple(row[VALUES]) == pytest.approx(values, nan_ok=True)
    assert pd.isna(row["n_tested"]) or row["n_tested_status"] == "reported"


# Enrollment


def shares(loaded, school):
    frame = loaded.tables["demographics"].set_index("school_id")
    numbers = frame.select_dtypes("float64").loc[school].dropna()
    return {name.removesuffix("_pct"): value for name, value in numbers.items()}


def test_race_and_meals(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", race_meals(2017), race_meals(2016)))
    assert loaded.layout == "indiana-enrollment-race-meals"
    assert loaded.own_years == {2016, 2017}
    # Of two sheets, one row each was added to the other row of the same school.
    assert loaded.passed_over == {"rows added to another of the school": 2}
    table = loaded.tables["demographics"]
    assert table.groupby("end_year").size().to_dict() == {2016: 3, 2017: 3}
    loaded = load_file(write_workbook(tmp_path / "y.xlsx", race_meals(2016)))
    assert shares(loaded, "5498") == pytest.approx(
        {
            "enrollment": 100,
            "black": 60,
            "hispanic": 20,
            "asian": 2,
            "white": 18,
            "native_american": 0,
            "pacific_islander": 0,
            "multiracial": 0,
            "low_income": 60,
        }
    )
    assert shares(loaded, "5444")["low_income"] == 75
    assert shares(loaded, "0013") == {"enrollment": 0}
    assert loaded.tables["demographics"]["school_name"][0] == "Cold Spring School"


def test_numeric_ids_of_2012_and_two_kinds_of_meals(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", race_meals_2012()))
    row = loaded.tables["demographics"].iloc[0]
    assert (row["district_id"], row["school_id"]) == ("0015", "0013")
    assert shares(loaded, "0013")["low_income"] == 56
    assert shares(loaded, "0013")["asian"] == 3


def test_asian_with_pacific_islanders_is_not_asian(tmp_path):
    row = {"corp": "0015", "school": "0013", "name": "A", "Asian or Pacific Islander": 10}
    row |= {"White": 90, "Free/Reduced Price Meals": 40, "TOTAL ENROLLMENT": 100}
    made = race_meals_sheet(2010, [row], races=RACES_2010, meals=MEALS_2018)
    found = shares(load_file(write_workbook(tmp_path / "x.xlsx", made)), "0013")
    assert "asian" not in found
    assert "pacific_islander" not in found
    assert (found["white"], found["low_income"]) == (90, 40)


def test_empty_column_and_trailing_rows_of_other_vintages(tmp_path):
    made = race_meals(2016).add("", None)
    made.below = [[None] * 3, [""] * 15]
    assert len(load_file(write_workbook(tmp_path / "x.xlsx", made)).tables["demographics"]) == 3


def test_language_and_disability(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", language_disability(2016)))
    assert loaded.layout == "indiana-enrollment-language-disability"
    assert shares(loaded, "5498") == pytest.approx({"english_learner": 15, "disability": 20})
    assert shares(loaded, "5444") == pytest.approx({"english_learner": 0, "disability": 15})
