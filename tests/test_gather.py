"""Many raw files of one state: each key once, conflicts named, broken files listed."""

from __future__ import annotations

import re
import shutil

import pytest
from examples import (
    CMAS_ROWS,
    MEAP_ROWS,
    cmas,
    indiana,
    istep_2016,
    language_disability,
    meap,
    membership_lunch,
    membership_race_2016,
    race_meals,
    race_meals_2012,
    shown,
)
from files import Made, cmas_sheet, meap_sheet, write_text, write_workbook

from autonomy_stats.errors import (
    DataError,
    LayoutError,
    MissingDataError,
    RawFileError,
    UnrecognisedFileError,
)
from autonomy_stats.loaders.gather import gather
from autonomy_stats.loaders.survey import survey
from autonomy_stats.panel import load_panel

WEB_PAGE = b"<html>the page has moved</html>"


def by_key(frame, *columns):
    return frame.set_index(list(columns)).sort_index()


# Survey


def test_survey_lists_each_file_with_its_layout_or_its_problem(tmp_path):
    raw = tmp_path / "raw"
    meap(raw / "deep", "some name.csv")
    write_workbook(raw / "i.xlsx", istep_2016())
    write_workbook(raw / "other.xlsx", Made("S", ["a"], [[1]]))
    write_text(raw / "semicolons.csv", meap_sheet(MEAP_ROWS), delimiter=";")
    (raw / "page.xlsx").write_bytes(WEB_PAGE)
    (raw / "README.md").write_text("notes")
    found = {item.path.name: item for item in survey(raw)}
    assert list(found) == [
        "some name.csv",
        "i.xlsx",
        "other.xlsx",
        "page.xlsx",
        "semicolons.csv",
    ]
    assert found["some name.csv"].layout.layout_id == "michigan-meap-2001"
    assert found["i.xlsx"].layout.layout_id == "indiana-istep-2009"
    assert type(found["other.xlsx"].problem) is UnrecognisedFileError
    assert type(found["semicolons.csv"].problem) is LayoutError
    assert type(found["page.xlsx"].problem) is RawFileError
    assert "page.xlsx" in str(found["page.xlsx"].problem)


def test_packaged_example_is_read_only_where_no_folder_has_one(tmp_path):
    (tmp_path / "empty").mkdir()
    packaged = survey(tmp_path / "empty")
    assert [item.layout.layout_id for item in packaged] == ["michigan-meap-2001"]
    raw = meap(tmp_path / "raw").parent
    assert [item.path.name for item in survey(raw)] == ["meap01.csv"]
    assert len(gather("michigan", [2001], raw).tables["demographics"]) == len(MEAP_ROWS)


def test_default_folder_is_data_raw(tmp_path):
    # Tests run in an empty folder, so that a relative path is below it.
    meap(tmp_path / "data" / "raw")
    assert len(gather("michigan", [2001]).tables["demographics"]) == len(MEAP_ROWS)


def test_changed_file_is_read_again(tmp_path):
    path = meap(tmp_path / "raw")
    assert len(gather("michigan", [2001], path.parent).tables["demographics"]) == 4
    write_text(path, meap_sheet(MEAP_ROWS[:3]))
    assert len(gather("michigan", [2001], path.parent).tables["demographics"]) == 3


def test_no_file_of_a_state(tmp_path):
    (tmp_path / "raw").mkdir()
    assert gather("indiana", [2016], tmp_path / "raw").tables == {}
    with pytest.raises(MissingDataError, match="no such folder"):
        gather("indiana", [2016], tmp_path / "absent")


def test_broken_file_of_another_state_is_not_raised(tmp_path):
    raw = indiana(tmp_path / "raw")
    write_text(raw / "m.csv", meap_sheet(MEAP_ROWS).rename("lunch", "meals"))
    (raw / "page.xlsx").write_bytes(WEB_PAGE)
    assert set(gather("indiana", [2016], raw).tables) == {
        "achievement",
        "demographics",
        "directory",
    }
    (problem,) = gather("michigan", [2001], raw).broken
    assert isinstance(problem, LayoutError)
    assert re.search(r"m\.csv.*'lunch' expected", str(problem))
    with pytest.raises(LayoutError, match="'lunch' expected"):
        load_panel("michigan", [2001], raw=raw)


def test_years_not_wanted_are_not_parsed(tmp_path):
    broken = istep_2016().put(0, "ELA Percent Pass", "12x")
    broken.name = "Spring 2015"
    path = write_workbook(tmp_path / "raw" / "i.xlsx", istep_2016(), broken)
    tables = gather("indiana", [2016], path.parent).tables
    assert set(tables["achievement"]["end_year"]) == {2016}
    (problem,) = gather("indiana", [2015, 2016], path.parent).broken
    assert isinstance(problem, DataError)
    assert "'12x'" in str(problem)


# Several files with the same rows


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.bz2", ".csv"])
def test_same_numbers_twice_count_once(tmp_path, suffix):
    path = meap(tmp_path / "raw")
    once = gather("michigan", [2001], path.parent)
    meap(tmp_path / "raw", f"copy{suffix}")
    twice = gather("michigan", [2001], path.parent)
    assert len(once.loaded) == 1
    assert len(twice.loaded) == 2
    for name, frame in once.tables.items():
        key = ["school_id", "subject"] if "subject" in frame else ["school_id"]
        assert by_key(twice.tables[name], *key).equals(by_key(frame, *key))


@pytest.mark.parametrize(
    ("column", "table"), [("math4", "achievement"), ("enroll", "demographics")]
)
def test_different_numbers_are_refused_naming_both_files(tmp_path, column, table):
    first = meap(tmp_path / "raw", "first.csv")
    second = write_text(tmp_path / "raw" / "second.csv", meap_sheet(MEAP_ROWS).put(0, column, 50))
    with pytest.raises(DataError) as caught:
        gather("michigan", [2001], first.parent)
    message = str(caught.value)
    assert f"{first} and {second} give {table}" in message
    assert "'school_id': '4937'" in message
    assert "keep only the file that is right" in message


def cmas_2016():
    """A workbook of 2016's own, whose number tested is reported and whose percent is exact."""
    row = CMAS_ROWS[2] | shown(81, 31, 735)
    title = "CMAS ELA and Math (PARCC) 2016 District and School Level Achievement Results"
    return cmas_sheet([row | {"prior_mean": "NA", "prior_met": "NA", "prior_met_pct": "NA"}], title)


def test_own_year_beats_prior_year_columns(tmp_path):
    raw = tmp_path / "raw"
    write_workbook(raw / "a.xlsx", cmas())
    write_workbook(raw / "b.xlsx", cmas_2016())
    rows = gather("colorado", [2016], raw).tables["achievement"]
    rows = by_key(rows, "school_id", "subject", "grade")
    own = rows.loc[("0220", "ela", "03")]
    assert (own["n_tested"], own["n_tested_status"], own["proficient_pct"]) == (
        81,
        "reported",
        38.3,
    )
    # What only the later file has stays.
    kept = rows.loc[("0067", "ela", "09")]
    assert (kept["n_tested_status"], kept["proficient_pct"]) == ("derived", 40)
    assert len(rows) == 4


def test_prior_year_columns_come_with_a_year_they_were_not_published_for(tmp_path):
    raw = write_workbook(tmp_path / "raw" / "a.xlsx", cmas()).parent
    assert set(gather("colorado", [2016], raw).tables["achievement"]["end_year"]) == {2016}
    assert set(gather("colorado", [2016, 2017], raw).tables["achievement"]["end_year"]) == {
        2016,
        2017,
    }
    assert gather("colorado", [2015], raw).tables == {}


# Demographics of several files


def test_demographics_are_put_together(tmp_path):
    raw = write_workbook(tmp_path / "raw" / "c.xlsx", race_meals(2016)).parent
    write_workbook(raw / "d.xlsx", language_disability(2016))
    rows = by_key(gather("indiana", [2016], raw).tables["demographics"], "school_id")
    assert rows.index.tolist() == ["0013", "5444", "5498"]
    school = rows.loc["5498"]
    assert (school["black_pct"], school["low_income_pct"]) == (60, 60)
    assert (school["english_learner_pct"], school["disability_pct"]) == (15, 20)
    assert school["low_income_definition"] == "free or reduced-price meals"
    assert rows.loc["0013", ["black_pct", "english_learner_pct"]].isna().all()


def test_race_and_lunch_of_colorado_are_put_together(tmp_path):
    raw = write_workbook(tmp_path / "raw" / "f.xlsx", membership_race_2016()).parent
    write_workbook(raw / "g.xlsx", membership_lunch())
    rows = by_key(gather("colorado", [2016], raw).tables["demographics"], "school_id")
    assert rows["enrollment"].to_dict() == {"0067": 2000, "0220": 100}
    assert rows.loc["0220", "low_income_pct"] == pytest.approx(91.7)
    assert rows["low_income_pct"].isna().to_dict() == {"0067": True, "0220": False}


def test_other_vintage_of_a_workbook_agrees_or_is_named(tmp_path):
    raw = write_workbook(tmp_path / "raw" / "c.xlsx", race_meals(2016)).parent
    other = write_workbook(raw / "later.xlsx", race_meals(2016), race_meals_2012())
    assert len(gather("indiana", [2016], raw).tables["demographics"]) == 3
    write_workbook(other, race_meals(2016).put(3, "Black", 51))
    with pytest.raises(DataError) as caught:
        gather("indiana", [2016], raw)
    assert f"{raw / 'c.xlsx'} and {other} give demographics" in str(caught.value)
    assert "'5444'" in str(caught.value)


def test_file_may_have_any_place_below_the_folder(tmp_path):
    raw = indiana(tmp_path / "raw")
    whole = gather("indiana", [2016, 2017], raw)
    for number, path in enumerate(sorted(raw.iterdir())):
        (raw / f"{number}" / "x").mkdir(parents=True)
        shutil.move(path, raw / f"{number}" / "x" / "file.bin")
    moved = gather("indiana", [2016, 2017], raw)
    for name, frame in whole.tables.items():
        assert moved.tables[name].reset_index(drop=True).equals(frame.reset_index(drop=True))
