"""The mark of simulated files: read in every layout, whatever was done to the file."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import every_layout
import pandas as pd
import pytest
from books import read_book, write_book
from every_layout import FILES, LAYOUTS, Official
from pandas.testing import assert_frame_equal

from autonomy_stats import large, load_file
from autonomy_stats.loaders.cached import load_cached
from autonomy_stats.loaders.load import load_recognised, recognise
from autonomy_stats.loaders.marks import WITHIN
from autonomy_stats.mark import MARK, has_mark, is_simulated, marked
from autonomy_stats.raw import open_raw

WITHOUT_NAMES = ("california-caaspp-201", "california-caaspp-2021")
"""Their column `Filler`, which nothing is read from, bears the mark."""

SIMULATED = [f for f in FILES if f.layout != "michigan-meap-2001"]  # has no text, and is never made
CAASPP = next(f for f in FILES if f.layout == "california-caaspp-2017")
WORKBOOK = next(f for f in FILES if f.layout == "colorado-cmas-2017")
TIDY = next(f for f in FILES if f.layout == "tidy-achievement")


def write(official: Official, folder: Path) -> Path:
    """Write a file as the simulation does: every school's name, or every row, bears the mark."""
    before = f"{MARK} district 3 - " if official.layout.startswith("massachusetts-mcas") else ""

    def tables() -> dict[str, pd.DataFrame]:
        made = official.tables().items()
        return {
            name: frame.assign(school_name=f"{before}{MARK} school " + frame["school_id"])
            for name, frame in made
        }

    path = replace(official, tables=tables).write(folder)
    if official.layout.startswith(WITHOUT_NAMES):
        book = read_book(path, LAYOUTS[official.layout])
        at = book.sheets[None][book.bottoms[None]].index("Filler")
        for row in book.sheets[None][book.bottoms[None] + 1 :]:
            row[at] = MARK
        write_book(book, path)
    return path


# Every layout


@pytest.mark.parametrize("official", SIMULATED, ids=lambda official: official.id)
def test_a_marked_file_is_simulated(official, tmp_path):
    loaded = load_file(write(official, tmp_path))
    assert loaded.simulated
    for frame in loaded.tables.values():
        assert frame["school_name"].str.startswith(MARK).all()
        assert is_simulated(frame)


@pytest.mark.parametrize("official", FILES, ids=lambda official: official.id)
def test_a_file_without_the_mark_is_not(official, tmp_path):
    loaded = load_file(official.write(tmp_path))
    assert not loaded.simulated
    assert not is_simulated(*loaded.tables.values())


def test_every_layout_was_tried():
    assert {official.layout for official in FILES} >= {*LAYOUTS}
    assert any(f.layout.startswith(WITHOUT_NAMES) for f in FILES)


# What is done to files


@pytest.mark.parametrize("official", [CAASPP, TIDY], ids=lambda official: official.layout)
@pytest.mark.parametrize("kept", [slice(0, 1), slice(-1, None)], ids=["first", "last"])
def test_a_single_row_keeps_the_mark(official, kept, tmp_path):
    path = write(official, tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    at = 1 + lines[0].startswith(b"#")
    path.write_bytes(b"".join([*lines[:at], *lines[at:][kept]]))
    assert load_file(path).simulated


def test_a_workbook_saved_again_with_few_rows_keeps_the_mark(tmp_path):
    path = write(WORKBOOK, tmp_path)
    book = read_book(path, LAYOUTS[WORKBOOK.layout])
    ((name, rows),) = book.sheets.items()
    schools = [row for row in rows if has_mark([map(str, row)])]
    assert len(schools) > 3
    write_book(book.with_rows(name, [*rows[: book.bottoms[name] + 1], schools[-2]]), path)
    assert load_file(path).simulated


def test_a_packed_file_keeps_the_mark(tmp_path):
    packed = tmp_path / "research.txt.gz"
    packed.write_bytes(gzip.compress(write(CAASPP, tmp_path).read_bytes()))
    assert load_file(packed).simulated


def test_large_text_is_known_by_its_first_rows(tmp_path, monkeypatch):
    path = write(CAASPP, tmp_path)
    monkeypatch.setattr(large, "LARGE", 500)
    raw = open_raw(path)
    assert raw.large is not None
    loaded = load_recognised(raw, recognise(raw), within=["1964733"])
    assert loaded.simulated
    assert len(loaded.tables["achievement"])


@pytest.mark.parametrize("official", [CAASPP, WORKBOOK], ids=lambda official: official.layout)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_converted_table_keeps_the_mark(official, kind, tmp_path):
    table = load_file(write(official, tmp_path)).tables["achievement"]
    path = tmp_path / f"converted.{kind}"
    if kind == "csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path)
    loaded = load_file(path)
    assert loaded.layout == "tidy-achievement"
    assert loaded.simulated


def test_one_name_far_below_the_first_rows_is_enough(tmp_path):
    table = every_layout.students("colorado", range(1990, 2010))
    assert len(table) > WITHIN
    path = tmp_path / "students.csv"
    for last in (table["school_name"].iloc[-1], f"{MARK} school 12"):
        table.loc[len(table) - 1, "school_name"] = last
        table.to_csv(path, index=False)
        assert load_file(path).simulated == last.startswith(MARK)


def test_the_cache_keeps_the_mark(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTONOMY_STATS_CACHE", str(tmp_path / "kept"))
    path = write(CAASPP, tmp_path)
    read = [load_cached(open_raw(path), LAYOUTS[CAASPP.layout]) for _ in range(2)]
    assert [one.simulated for one in read] == [True, True]
    assert_frame_equal(read[0].tables["achievement"], read[1].tables["achievement"])


@pytest.mark.real_data
def test_no_official_file_bears_the_mark(raw_root):
    from autonomy_stats.loaders.survey import survey

    known = [item for item in survey(raw_root) if item.layout is not None]
    seen = [raw for item in known if not (raw := open_raw(item.path)).large]
    assert len(seen) > 20
    for raw in seen:
        for sheet in raw.sheet_names or (None,):
            assert not has_mark(raw.head(sheet, rows=WITHIN).rows), raw.path


# Frames


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([False, True], True),
        ([False, False], False),
        ([None, True], True),
        ([None, None], False),
        (["False", "True"], True),
        ([float("nan"), 1.0], True),
        ([], False),
    ],
)
@pytest.mark.parametrize("name", ["simulated", "simulated_x", "simulated_first"])
def test_a_column_says_so(values, expected, name):
    assert is_simulated(pd.DataFrame({"school_id": values, name: values})) == expected


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_names_say_so(dtype):
    names = pd.Series(["Ash School", None, f"{MARK} school 1"], dtype=dtype)
    assert is_simulated(pd.DataFrame({"school_name": names}))
    assert not is_simulated(pd.DataFrame({"school_name": names[:2]}))


def test_a_column_that_stands_twice_is_looked_at_twice():
    twice = pd.DataFrame([[False, True]], columns=["simulated", "simulated"])
    assert is_simulated(twice)


def test_only_the_beginning_of_a_cell_counts():
    assert not has_mark([[f"not {MARK}", "", MARK.lower()]])
    assert has_mark([["", f"{MARK} district 3 - {MARK} school 12"]])


def test_marked_adds_a_last_column_only_to_what_is_simulated():
    result = pd.DataFrame({"simulated": [False], "estimate": [1.0]})
    assert marked(result, pd.DataFrame(), None) is result
    made = marked(result, pd.DataFrame({"school_name": [MARK]}))
    assert made.to_dict("list") == {"estimate": [1.0], "simulated": [True]}
    assert list(made) == ["estimate", "simulated"]
