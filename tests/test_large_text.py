"""Large text of which a place is wanted: other lines are not split, and it makes no difference."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from autonomy_stats import large, raw
from autonomy_stats.errors import DataError, RawFileError
from autonomy_stats.loaders import large_text
from autonomy_stats.loaders.large_lines import lines_with
from autonomy_stats.loaders.load import load_recognised, recognise
from autonomy_stats.raw import open_raw
from autonomy_stats.simulate.files_california_caaspp import caaspp_header

# Picking lines

CELLS = st.sampled_from(["", "6", "64", "647", "64733", "647335", "0", "7 "])


@given(
    lines=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=12),
    texts=st.lists(st.sampled_from(["64733", "647", "64", "6", "335"]), max_size=3),
    ended=st.booleans(),
)
@example(lines=[("64733", "", "")], texts=["64733"], ended=False)
def test_lines_with_a_text_are_picked(lines, texts, ended):
    text = "\n".join("^".join(line) for line in lines) + "\n" * (ended and bool(lines))
    whole = text.splitlines(keepends=True)
    wanted = [n for n, line in enumerate(whole) if any(t in line for t in texts)]
    found = lines_with(text.encode(), [t.encode() for t in texts], "^", 3)
    if not text:
        return
    assert found.n_lines == len(whole)
    assert found.numbers.tolist() == wanted
    assert found.text.decode() == "".join(whole[n] for n in wanted)


@pytest.mark.parametrize(
    "block", [b"a^b\nc\n", b"a^b\nc^d^e\n", b"a^b\n\nc^d\n", b"a^b\nc^'d\ne'\n"]
)
def test_lines_that_only_a_parser_can_tell(block):
    assert lines_with(block, [b"a"], "^", 2) is None


# A file of rows of two places

HEADER = caaspp_header("2017")
HERE, ELSEWHERE = "1964733", "3066621"
N_HERE, N_ROWS = 12, 120


def row(number: int, place: str, **changes: str) -> list[str]:
    """A row of a school with its number as code; cells by their header text."""
    cells = dict.fromkeys(HEADER, "") | {
        "County Code": place[:2],
        "District Code": place[2:],
        "School Code": f"{number:07d}",
        "Test Year": "2018",
        "Subgroup ID": "1",
        "Test Type": "B",
        "Grade": "13",
        "Test Id": "1",
        "Students Tested": "40",
        "Students with Scores": "40",
        "Percentage Standard Met and Above": f"{number % 100}.25",
    }
    return list((cells | changes).values())


def rows() -> list[list[str]]:
    """Rows in no order of places."""
    step = N_ROWS // N_HERE
    return [row(n, HERE if n % step == 5 else ELSEWHERE) for n in range(1, N_ROWS + 1)]


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Write rows, and read those of a place in blocks of about ten rows."""
    monkeypatch.setattr(large, "LARGE", 2000)
    monkeypatch.setattr(large_text, "BLOCK", 1500)

    def write_and_load(lines, within=(HERE,)):
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows([HEADER, *lines])
        path = tmp_path / "x.txt"
        path.write_bytes(text.getvalue().encode())
        opened = open_raw(path)
        assert opened.large is not None
        return load_recognised(opened, recognise(opened), within=within)

    return write_and_load


def achievement(loaded) -> pd.DataFrame:
    return loaded.tables["achievement"].drop(columns="end_year")


def test_rows_of_a_place_are_those_of_the_whole(load):
    whole = achievement(load(rows(), None))
    loaded = load(rows())
    expected = whole[whole["district_id"] == HERE].reset_index(drop=True)
    assert len(expected) == N_HERE
    assert_frame_equal(achievement(loaded).reset_index(drop=True), expected)
    assert loaded.passed_over["rows of other places"] == N_ROWS - N_HERE


def test_code_in_another_cell_is_not_a_place(load):
    lines = rows()
    lines[1] = row(64733, ELSEWHERE)
    lines[50] = row(51, ELSEWHERE, **{"Total Tested At Entity Level": "64733"})
    lines[51] = row(52, "3064733")
    loaded = load(lines)
    assert_frame_equal(achievement(loaded), achievement(load(rows())))
    assert loaded.passed_over["rows of other places"] == N_ROWS - N_HERE


@pytest.mark.parametrize("at", [0, 4, 50, 54, 119])
def test_delimiter_in_quotes_is_no_delimiter(load, at):
    lines = rows()
    place = HERE if at in (4, 54) else ELSEWHERE
    lines[at] = row(at + 1, place, **{"Total Tested At Entity Level": "1,234"})
    loaded = load(lines)
    assert_frame_equal(achievement(loaded), achievement(load(rows())))
    assert loaded.passed_over["rows of other places"] == N_ROWS - N_HERE


@pytest.mark.parametrize("at", [50, 54, 119])  # beyond the first rows, which are looked at anyway
@pytest.mark.parametrize("n_cells", [29, 33])
def test_broken_row_of_any_place_is_refused(load, at, n_cells):
    lines = rows()
    lines[at] = [*lines[at], "x"][:n_cells]
    with pytest.raises(DataError, match=rf"row {at + 2}: got {n_cells} cells; expected 32"):
        load(lines)


def test_broken_rows_that_make_up_for_each_other(load, monkeypatch):
    """Seen if one of them is wanted: the block has as many delimiters as it should."""
    monkeypatch.setattr(large_text, "BLOCK", 100_000)
    lines = rows()
    assert (lines[53][1], lines[54][1]) == (ELSEWHERE[2:], HERE[2:])
    lines[53], lines[54] = [*lines[53], "x"], lines[54][:-1]
    with pytest.raises(DataError, match=r"row 55: got 33 cells; expected 32"):
        load(lines)


def test_bad_cell_is_named_by_its_row(load):
    lines = rows()
    lines[54] = row(55, HERE, **{"Percentage Standard Met and Above": "oops"})
    with pytest.raises(DataError, match=r"row 56, column 'Percentage.*'oops'"):
        load(lines)


# The hash is made in a thread


def test_hash_that_cannot_be_made(tmp_path, monkeypatch):
    def fails(path):
        raise OSError("no longer there")

    monkeypatch.setattr(large, "LARGE", 10)
    monkeypatch.setattr(raw, "sha256_of", fails)
    (tmp_path / "x.txt").write_text("a,b\n" * 10, encoding="utf-8")
    opened = open_raw(tmp_path / "x.txt")
    with pytest.raises(RawFileError, match=r"x\.txt: cut short or damaged \(no longer there\)"):
        _ = opened.sha256
