"""What must hold of parsers and joins whatever is in the files: hypothesis makes the files up."""

from __future__ import annotations

import csv
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autonomy_stats as aus
from autonomy_stats.errors import DataError
from autonomy_stats.facts import Place
from autonomy_stats.loaders.cells import counts, numbers, percents
from autonomy_stats.loaders.gather import gather
from autonomy_stats.loaders.layout import Sheet

SLOW = settings(max_examples=25, deadline=None)

# Cells

MARKS = {"*": "suppressed", "***": "suppressed", "N/A": "not_published", "": "not_published"}
GROUPED = st.integers(-(10**9), 10**9).map(lambda number: f"{number:,}")
PLAIN = st.floats(-1e9, 1e9).map(repr) | st.integers(-(10**9), 10**9).map(str)
CELLS = GROUPED | PLAIN | st.sampled_from(list(MARKS))
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


def sheet_of(cells, first_row=2):
    rows = range(first_row, first_row + len(cells))
    frame = pd.DataFrame({"value": pd.Series(cells, index=rows, dtype="str")})
    return Sheet(Path("file.csv"), None, frame, "", {"value": "Percent"})


@given(st.lists(CELLS, min_size=1))
@example(["1,234.5", "*"])
def test_a_cell_is_its_number_or_its_mark_and_nothing_else(cells):
    values, status = numbers(sheet_of(cells), "value", MARKS)
    assert len(values) == len(status) == len(cells)
    for cell, value, said in zip(cells, values, status, strict=True):
        if cell in MARKS:
            assert np.isnan(value)
            assert said == MARKS[cell]
        else:
            assert value == float(cell.replace(",", ""))
            assert said == "reported"


@given(st.lists(CELLS | ANY_TEXT, min_size=1))
@example(["1,23", "5"])  # a decimal comma
@example(["inf"])
@example(["nan"])
@example(["1_000"])  # Python's own way to write a number
def test_any_other_text_is_refused_where_it_stands(cells):
    wrong = [number for number, cell in enumerate(cells) if not is_number_or_mark(cell)]
    if wrong:
        with pytest.raises(DataError, match=rf"row {wrong[0] + 2}, column 'Percent': got"):
            numbers(sheet_of(cells), "value", MARKS)
        return
    values, _ = numbers(sheet_of(cells), "value", MARKS)
    for cell, value in zip(cells, values, strict=True):
        assert np.isnan(value) == (cell.strip() in MARKS)


def is_number_or_mark(cell):
    """Tell so by a rule of its own: digits with a point, thousands by commas, an exponent."""
    pattern = r"[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?"
    text = cell.strip()
    shaped = re.fullmatch(pattern, text, re.ASCII) and re.search(r"\d", text.split("e")[0])
    return text in MARKS or bool(shaped)


@given(st.lists(PLAIN, min_size=1))
def test_bounds_are_kept_to_the_last_bit(cells):
    told = [float(cell) for cell in cells]
    for parse, allowed in (
        (percents, lambda value: 0 <= value <= 100),
        (counts, lambda value: value >= 0 and value == int(value)),
    ):
        if all(map(allowed, told)):
            values, _ = parse(sheet_of(cells), "value", MARKS)
            assert values.tolist() == told
        else:
            with pytest.raises(DataError):
                parse(sheet_of(cells), "value", MARKS)


# Joins

PLACE = Place("made_up", "ohio", "Made-up", ("001",))
YEARS = (2018, 2019)
SCHOOLS = st.lists(st.from_regex(r"\A0[0-9]{1,4}\Z"), min_size=1, max_size=6, unique=True)
CONFIDENCES = ("documented", "inferred", "unverified")


@st.composite
def files(draw):
    """Draw results, demographics and a roster of some schools, each of some of them only."""
    ids = draw(SCHOOLS)
    pairs = [(school, year) for school in ids for year in YEARS]
    some = st.lists(st.sampled_from(pairs), unique=True)
    results = [
        {"state": "ohio", "end_year": year, "district_id": "001", "school_id": school}
        | {"assessment": "Test", "series": "Test 1", "subject": subject, "grade": grade}
        | {"student_group": "all", "n_tested": 50, "proficient_pct": 40.0 + number}
        | {"status": "reported"}
        for number, (school, year) in enumerate(draw(st.permutations(pairs)))
        for subject in ("ela", "math")
        for grade in ("04", "all")
    ]
    shares = [
        {"state": "ohio", "end_year": year, "school_id": school, "low_income_pct": float(number)}
        for number, (school, year) in enumerate(draw(some))
    ]
    roster = []
    for school in draw(st.lists(st.sampled_from(ids), unique=True)):
        begin = draw(st.sampled_from([None, *YEARS]))
        end = draw(st.sampled_from([None, *(year for year in YEARS if year >= (begin or 0))]))
        confidence = draw(st.sampled_from(CONFIDENCES))
        roster.append(
            {"state": "ohio", "place": "made_up", "school_id": school, "school_name": "A school"}
            | {"school_type": draw(st.sampled_from(["pilot", "innovation"])), "operator": ""}
            | {"from_end_year": begin, "to_end_year": end, "source": "A page"}
            | {"confidence": confidence, "note": ""}
        )
    return results, shares, roster


ROSTER = ["state", "place", "school_id", "school_name", "school_type", "operator", "from_end_year"]
ROSTER += ["to_end_year", "source", "confidence", "note"]


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def expected_type(roster, school, year):
    """Return a school's type as a reader of the roster would tell it."""
    for row in roster:
        begun = row["from_end_year"] is None or row["from_end_year"] <= year
        ended = row["to_end_year"] is not None and row["to_end_year"] < year
        if row["school_id"] == school and begun and not ended:
            return "unknown" if row["confidence"] == "unverified" else row["school_type"]
    return "traditional"


@SLOW
@given(files())
def test_a_panel_loses_no_row_and_counts_what_it_lacks(made):
    results, shares, roster = made
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "results.csv"), results)
        if shares:
            write(Path(folder, "shares.csv"), shares)
        panel = aus.load_panel(
            PLACE, YEARS, raw=folder, roster=pd.DataFrame(roster, columns=ROSTER)
        )
    frame, report = panel.frame, panel.join_report
    wanted = {
        (row["end_year"], row["school_id"], row["subject"]): row["proficient_pct"]
        for row in results
        if row["grade"] == "04"
    }
    held = frame.set_index(["end_year", "school_id", "subject"])["proficient_pct"]
    assert held.to_dict() == wanted
    assert held.index.is_unique
    for row in frame.to_dict("records"):
        assert row["school_type"] == expected_type(roster, row["school_id"], row["end_year"])
    known = {(row["end_year"], row["school_id"]): row["low_income_pct"] for row in shares}
    years = {year for year, _ in known}
    for row in frame.to_dict("records"):
        nearest = row["end_year"] if row["end_year"] in years else min(years, default=None)
        share = known.get((nearest, row["school_id"]), np.nan)
        np.testing.assert_equal(row.get("low_income_pct", np.nan), share)
    lacking = report[
        report["side"].isin(["results, no demographics", "results, no demographics file"])
    ]
    without = [row for row in frame.to_dict("records") if not row_has_shares(row, known, years)]
    assert lacking["n_rows"].sum() == len(without)


def row_has_shares(row, known, years):
    nearest = row["end_year"] if row["end_year"] in years else min(years, default=None)
    return (nearest, row["school_id"]) in known


@SLOW
@given(files(), st.data())
def test_a_table_in_several_files_is_the_table(made, data):
    results, _, _ = made
    which = [data.draw(st.integers(0, 2)) for _ in results]
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as parts:
        write(Path(whole, "all.csv"), results)
        for number in set(which):
            own = [row for row, file in zip(results, which, strict=True) if file == number]
            write(Path(parts, f"part{number}.csv"), own)
        one = gather("ohio", YEARS, whole).tables["achievement"]
        several = gather("ohio", YEARS, parts).tables["achievement"]
    key = ["end_year", "school_id", "subject", "grade"]
    pd.testing.assert_frame_equal(
        *(frame.sort_values(key, ignore_index=True) for frame in (one, several)), check_exact=True
    )


@SLOW
@given(files())
def test_two_files_that_disagree_are_refused_and_nothing_else_is(made):
    results, _, _ = made
    other = [dict(row) for row in results]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "a.csv"), results)
        write(Path(folder, "b.csv"), other)
        again = gather("ohio", YEARS, folder).tables["achievement"]
        assert len(again) == len(results)
        other[0]["proficient_pct"] += 0.1
        write(Path(folder, "b.csv"), other)
        with pytest.raises(DataError, match=r"give achievement of .* different numbers"):
            gather("ohio", YEARS, folder)
