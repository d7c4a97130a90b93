"""What is said of a broken official file: file, sheet, row or column, what was got and was due."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from examples import (
    CMAS_ROWS,
    MEAP_ROWS,
    cmas,
    istep_2016,
    istep_2017,
    language_disability,
    membership_lunch,
    membership_race_2016,
    race_meals,
)
from files import Made, cmas_sheet, meap_sheet, write_text, write_workbook

from autonomy_stats import load_file
from autonomy_stats.errors import DataError, LayoutError, UnrecognisedFileError

MAKERS: dict[str, Callable[[], Made]] = {
    "meap": lambda: meap_sheet(MEAP_ROWS),
    "istep 2016": istep_2016,
    "istep 2017": istep_2017,
    "race meals": lambda: race_meals(2016),
    "language": lambda: language_disability(2016),
    "cmas": cmas,
    "race": membership_race_2016,
    "lunch": membership_lunch,
}
# Of each layout: a column that is used, one of a number or percent, and the column of school ids.
USED = {
    "meap": ("bcode", "math4", "bcode"),
    "istep 2016": ("School Name", "ELA Percent Pass", "Sch ID"),
    "istep 2017": ("School Name", "ELA Percent Pass", "School ID"),
    "race meals": ("Hispanic", "Grand Total", "Schl ID"),
    "language": ("Special Education N", "ELL N", "Schl ID"),
    "cmas": ("Number of Valid Scores", "% Met or Exceeded Expectations", "School Code"),
    "race": ("White Male", "PK-12 Total", "School Code"),
    "lunch": ("SCHOOL NAME", "% FREE AND REDUCED", "SCHOOL CODE"),
}
LAYOUTS = pytest.mark.parametrize("kind", MAKERS)


def written(folder: Path, kind: str, made: Made) -> Path:
    if kind == "meap":
        return write_text(folder / "renamed by a user.csv", made)
    return write_workbook(folder / "renamed by a user.xlsx", made)


def complaint(path: Path, error: type[Exception]) -> str:
    """The message of the error that loading raises, of just that kind."""
    with pytest.raises(error) as caught:
        load_file(path)
    assert type(caught.value) is error
    assert str(path) in str(caught.value)
    return str(caught.value)


def place(kind: str, made: Made, row: int) -> str:
    return f"row {row}" if kind == "meap" else f"sheet {made.name!r}, row {row}"


@LAYOUTS
def test_whole_file_loads(tmp_path, kind):
    loaded = load_file(written(tmp_path, kind, MAKERS[kind]()))
    assert all(len(table) for table in loaded.tables.values())


# Columns


@LAYOUTS
def test_header_is_compared_without_case_and_white_space(tmp_path, kind):
    made = MAKERS[kind]()
    made.header = [f" {str(text).upper()}\n".replace(" ", "\n  ") for text in made.header]
    assert len(load_file(written(tmp_path, kind, made)).tables)


@LAYOUTS
def test_renamed_column(tmp_path, kind):
    column = USED[kind][0]
    made = MAKERS[kind]().rename(column, "Something Else")
    message = complaint(written(tmp_path, kind, made), LayoutError)
    assert place(kind, made, made.header_row) in message
    assert f"column '{column}' expected, not found" in message
    assert "column 'Something Else' not known" in message


@LAYOUTS
def test_removed_column(tmp_path, kind):
    column = USED[kind][0]
    made = MAKERS[kind]().remove(column)
    message = complaint(written(tmp_path, kind, made), LayoutError)
    assert place(kind, made, made.header_row) in message
    assert f"column '{column}' expected, not found" in message
    assert "not known" not in message


@LAYOUTS
def test_extra_column(tmp_path, kind):
    made = MAKERS[kind]().add("Brand New")
    message = complaint(written(tmp_path, kind, made), LayoutError)
    assert place(kind, made, made.header_row) in message
    assert "Brand New' not known" in message
    assert "expected, not found" not in message


@LAYOUTS
def test_column_without_header(tmp_path, kind):
    made = MAKERS[kind]().add("", "a stray cell")
    message = complaint(written(tmp_path, kind, made), DataError)
    assert place(kind, made, made.header_row + 1) in message
    assert "'a stray cell' under no header" in message
    assert f"expected {len(made.header) - 1} cells" in message


@LAYOUTS
def test_repeated_column(tmp_path, kind):
    column = USED[kind][0]
    made = MAKERS[kind]().add(column)
    if kind.startswith("istep"):
        made.above[0].extend([None] * (len(made.header) - len(made.above[0]) - 1) + ["Grade 3"])
        made.header[-1] = "ELA\nPercent Pass"
    message = complaint(written(tmp_path, kind, made), LayoutError)
    assert place(kind, made, made.header_row) in message
    assert "stands twice" in message


def test_missing_grade_block_names_a_few_columns_and_counts_the_rest(tmp_path):
    made = istep_2016()
    for _ in range(5):
        del made.header[4], made.above[0][4]
        for row in made.body:
            del row[4]
    message = complaint(written(tmp_path, "istep", made), LayoutError)
    assert "'Grade 3 / ELA Pass N'" in message
    assert "and 1 more" in message


def test_one_of_several_columns_is_needed(tmp_path):
    made = race_meals(2016).remove("Free/Reduced price meals")
    message = complaint(written(tmp_path, "race meals", made), LayoutError)
    for column in ("Free Meals", "Reduced Price Meals", "Free/Reduced Price Meals"):
        assert repr(column) in message


# Files that are not quite the layout's


# Text has no sheets; how the membership workbooks of most years name theirs is not known.
ANY_SHEET = ("meap", "race", "lunch")


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind not in ANY_SHEET])
def test_wrong_sheet_name(tmp_path, kind):
    made = MAKERS[kind]()
    expected = {"istep 2016": "'Spring 2016'", "istep 2017": "'Spring 2017'", "race": "2015-2016"}
    made.name = "Sheet1"
    message = complaint(written(tmp_path, kind, made), LayoutError)
    assert "the sheets are 'Sheet1'" in message
    assert expected.get(kind, "a name like '") in message


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_wrong_delimiter(tmp_path, delimiter):
    path = write_text(tmp_path / "m.csv", meap_sheet(MEAP_ROWS), delimiter=delimiter)
    message = complaint(path, LayoutError)
    assert f"row 1: the columns are separated by {delimiter!r}" in message
    assert "is separated by ','" in message


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind != "cmas"])
def test_no_row_below_the_header(tmp_path, kind):
    made = MAKERS[kind]()
    made.body, made.below = [], []
    message = complaint(written(tmp_path, kind, made), DataError)
    assert place(kind, made, made.header_row) in message
    assert "no row stands below the header" in message


@pytest.mark.parametrize("kind", ["race", "lunch"])
def test_no_school_year_in_the_title(tmp_path, kind):
    made = MAKERS[kind]()
    made.above[1] = ["PUPIL MEMBERSHIP BY SCHOOL"]
    message = complaint(written(tmp_path, kind, made), LayoutError)
    assert f"sheet {made.name!r}: no year in" in message
    assert "PUPIL MEMBERSHIP BY SCHOOL" in message
    assert "expected a school year like 2015-2016" in message


def test_no_year_in_the_title_of_cmas(tmp_path):
    made = cmas_sheet(CMAS_ROWS, title="CMAS District and School Level Achievement Results")
    message = complaint(written(tmp_path, "cmas", made), LayoutError)
    assert f"sheet {made.name!r}: no year in" in message
    assert "expected a title with the year" in message


def test_second_sheet_without_header(tmp_path):
    other = istep_2016()
    other.name, other.header, other.above = "Spring 2015", ["a", "b"], []
    path = write_workbook(tmp_path / "x.xlsx", istep_2016(), other)
    message = complaint(path, LayoutError)
    assert "sheet 'Spring 2015': no row looks like the header" in message
    assert "'Corp ID'" in message


@pytest.mark.parametrize(
    "made",
    [
        Made("Sheet1", ["School", "Score"], [["0001", 5]]),
        Made("Spring 2016", ["Corp ID", "School Name"], [["0015", "A"]]),
        Made("2016", ["Corp ID", "Total"], [["0015", 1]]),
        Made("Data", [], []),
    ],
)
def test_unrecognised_workbook(tmp_path, made):
    path = write_workbook(tmp_path / "x.xlsx", made)
    assert f"sheets {made.name}" in complaint(path, UnrecognisedFileError)


def test_unrecognised_text(tmp_path):
    path = write_text(tmp_path / "x.csv", Made("t", ["id", "score"], [["1", "2"]]))
    assert "delimited text" in complaint(path, UnrecognisedFileError)


# Cells


@LAYOUTS
@pytest.mark.parametrize("cell", ["12x", "-", "**", "inf", "TRUE", "1e999", "4 5", "\uff15"])
def test_bad_number(tmp_path, kind, cell):
    column = USED[kind][1]
    row = 3 if kind in ("cmas", "race") else 1  # before it stand totals
    made = MAKERS[kind]()
    if kind.startswith("istep"):
        row = 0
    made.put(row, column, cell)
    message = complaint(written(tmp_path, kind, made), DataError)
    assert place(kind, made, made.header_row + 1 + row) in message
    assert f"{column}'" in message
    assert f"got {cell!r}; expected a number or one of" in message


@pytest.mark.parametrize(
    ("kind", "row", "column", "cell", "scale"),
    [
        ("meap", 0, "math4", "100.1", "0 to 100"),
        ("meap", 0, "lunch", "-0.1", "0 to 100"),
        ("istep 2016", 0, "ELA Percent Pass", 60, "0 to 1"),
        ("istep 2017", 0, "Both Math and ELA Percent Pass", 1.01, "0 to 1"),
        ("istep 2017", 0, "Math Percent Pass", -0.5, "0 to 1"),
        ("cmas", 2, "% Met or Exceeded Expectations", "140.0", "0 to 100"),
        ("cmas", 2, "2016 % Met or Exceeded Expectations", "101", "0 to 100"),
        ("cmas", 2, "Participation Rate", "100.5", "0 to 100"),
        ("lunch", 1, "% FREE AND REDUCED", 91.7, "0 to 1"),
    ],
)
def test_percent_out_of_range(tmp_path, kind, row, column, cell, scale):
    made = MAKERS[kind]().put(row, column, cell)
    message = complaint(written(tmp_path, kind, made), DataError)
    assert place(kind, made, made.header_row + 1 + row) in message
    assert f"{column}': got '{cell}'; expected {scale}" in message


@pytest.mark.parametrize(
    ("kind", "row", "cells"),
    [
        ("meap", 1, ["", "12345x", "123456"]),
        ("istep 2016", 0, ["", "548", "54988", "AA35", "a035"]),
        ("istep 2017", 0, ["", "548"]),
        ("race meals", 0, ["", "54981", "54-9"]),
        ("language", 0, ["", "school"]),
        ("cmas", 2, ["", "220", "02200", "A220"]),
        ("race", 3, ["220", "O220"]),
        ("lunch", 1, ["220", "O220"]),
    ],
)
def test_bad_school_id(tmp_path, kind, row, cells):
    column = USED[kind][2]
    for cell in cells:
        made = MAKERS[kind]().put(row, column, cell)
        message = complaint(written(tmp_path, kind, made), DataError)
        assert place(kind, made, made.header_row + 1 + row) in message
        assert f"column {column!r}: got {cell!r}; expected" in message


@pytest.mark.parametrize("kind", ["istep 2016", "istep 2017", "cmas", "race", "lunch"])
def test_school_twice(tmp_path, kind):
    made = MAKERS[kind]()
    row = next(row for row in reversed(made.body) if "0220" in row or "5498" in row)
    made.body.append(list(row))
    message = complaint(written(tmp_path, kind, made), DataError)
    assert f"sheet {made.name!r}: table" in message
    assert "rows share a key" in message
    assert row[made.at(USED[kind][2])] in message


def test_row_cut_short(tmp_path):
    path = write_text(tmp_path / "m.csv", meap_sheet(MEAP_ROWS))
    path.write_text(path.read_text()[:-30])
    message = complaint(path, DataError)
    assert "row 5: got" in message
    assert "expected 11 cells" in message


def test_comma_without_quotes_shifts_a_row(tmp_path):
    made = meap_sheet(MEAP_ROWS)
    made.body[2].insert(0, "1")
    message = complaint(write_text(tmp_path / "m.csv", made), DataError)
    assert "row 4: got '1.5' under no header" in message


def test_row_numbers_count_empty_rows(tmp_path):
    made = race_meals(2016).put(2, "Black", "x")
    made.body.insert(1, [None] * len(made.header))
    message = complaint(written(tmp_path, "race meals", made), DataError)
    assert "sheet '2016', row 5, column 'Black': got 'x'" in message
