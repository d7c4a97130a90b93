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
    BLOCK_2017,
    MEALS_2018,
    RACES_2010,
    istep_2016_sheet,
    istep_2017_sheet,
    race_meals_sheet,
    write_workbook,
)
from pandas.testing import assert_frame_equal

from autonomy_stats import load_file
from autonomy_stats.errors import DataError
from autonomy_stats.loaders.indiana_both import both_tested
from autonomy_stats.raw import open_raw
from autonomy_stats.simulate.files_indiana import WRITERS

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


def test_totals_and_notes_below_the_schools(tmp_path):
    made = race_meals(2016).add("", None)
    made.below = [["", "State Total", None, None, 60, 2], ["* Counts of 1 October."], [None] * 15]
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    assert len(loaded.tables["demographics"]) == 3
    assert loaded.passed_over["totals and notes"] == 2


def test_school_that_lost_its_id_is_no_total(tmp_path):
    made = race_meals(2016).put(0, "Schl ID", None)
    with pytest.raises(DataError, match="row 2, column 'Schl ID': got ''; expected a school id"):
        load_file(write_workbook(tmp_path / "x.xlsx", made))


def test_language_and_disability(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", language_disability(2016)))
    assert loaded.layout == "indiana-enrollment-language-disability"
    assert shares(loaded, "5498") == pytest.approx({"english_learner": 15, "disability": 20})
    assert shares(loaded, "5444") == pytest.approx({"english_learner": 0, "disability": 15})


# Other springs, and round trips through the official layouts


def same_again(loaded, path, **more):
    """Write what was loaded, and load it again."""
    end_year = max(loaded.own_years)
    again = load_file(WRITERS[loaded.layout](path, loaded.tables, end_year, **more))
    assert (again.layout, again.own_years) == (loaded.layout, loaded.own_years)
    for name, table in loaded.tables.items():
        key = [c for c in ("end_year", "school_id", "subject", "grade") if c in table]
        frames = [t.sort_values(key, ignore_index=True) for t in (again.tables[name], table)]
        assert_frame_equal(*frames)


def test_round_trip_of_results(old, new, tmp_path):
    same_again(old, tmp_path / "x.xlsx")
    same_again(new, tmp_path / "y.xlsx")


def test_spring_2018_is_laid_out_as_2017(tmp_path):
    made = istep_2017()
    made.name = "Spring 2018"
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    assert (loaded.layout, loaded.own_years) == ("indiana-istep-2017", {2018})
    assert set(loaded.tables["achievement"]["series"]) == {"ISTEP+ 2015"}
    same_again(loaded, tmp_path / "y.xlsx")
    header = open_raw(tmp_path / "y.xlsx").sheet("Spring 2018").rows[1]
    assert header[:5] == ["Corp ID", "Corp Name", "School ID", "School Name", "ELA\nPass N"]
    assert header[4:13] == list(BLOCK_2017)


def test_historical_workbook_has_six_springs(tmp_path):
    rows = [{"corp": "0015", "school": "0013", "name": "A", "Grade 3": (9, 0.9, 8, 0.8, 0.7)}]
    sheets = [istep_2016_sheet(rows, year) for year in range(2014, 2008, -1)]
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", *sheets))
    assert loaded.own_years == set(range(2009, 2015))
    assert set(loaded.tables["achievement"]["series"]) == {"ISTEP+ 2009"}
    assert len(loaded.tables["achievement"]) == 3 * 6
    same_again(loaded, tmp_path / "y.xlsx", earlier=range(2013, 2008, -1))


@pytest.mark.parametrize("year", [2006, 2010, 2011, 2012, 2014, 2016, 2018, 2023])
def test_round_trip_of_enrollment(tmp_path, year):
    race = load_file(write_workbook(tmp_path / "x.xlsx", race_meals(2016)))
    language = load_file(write_workbook(tmp_path / "y.xlsx", language_disability(2016)))
    for number, loaded in enumerate([race, language]):
        frame = loaded.tables["demographics"].assign(end_year=year)
        frame["end_year"] = frame["end_year"].astype("Int64")
        if year <= 2010 and loaded is race:  # Asian and Pacific Islander students are one column
            frame[["asian_pct", "pacific_islander_pct"]] = NAN
        path = tmp_path / f"again{number}.xlsx"
        again = load_file(WRITERS[loaded.layout](path, {"demographics": frame}, year))
        assert (again.layout, again.own_years) == (loaded.layout, {year})
        assert_frame_equal(again.tables["demographics"], frame)


# The number tested in both subjects


@pytest.mark.parametrize(
    ("fraction", "ela", "math", "tested", "passed"),
    [
        (17 / 57, 60, 58, 57, 17),
        (1.0, 10, 10, NAN, NAN),  # 9 of 9, or 10 of 10
        (0.0, 60, 58, NAN, NAN),
        (0.25, 57, 57, NAN, NAN),  # 13 of 52, or 14 of 56
        (17 / 57 + 1e-4, 60, 58, NAN, NAN),  # rounded by somebody
        (17 / 50, 60, 58, NAN, NAN),  # more than a tenth were tested in one subject only
        (NAN, 60, 58, NAN, NAN),
        (0.3, NAN, 58, NAN, NAN),
    ],
)
def test_both_tested(fraction, ela, math, tested, passed):
    cells = [pd.Series([value], dtype="float64") for value in (fraction, ela, math)]
    found = [series.iloc[0] for series in both_tested(*cells)]
    assert found == pytest.approx([tested, passed], nan_ok=True)


def rebuilt(loaded, end_year):
    """Each school's cells of both subjects, with the number tested as published and rebuilt."""
    table = loaded.tables["achievement"]
    table = table[(table["end_year"] == end_year) & (table["status"] == "reported")]
    key = ["district_id", "school_id", "grade"]
    wide = table.pivot(index=key, columns="subject", values=["n_tested", "proficient_pct"])
    tested, percent = wide["n_tested"], wide["proficient_pct"]["ela_and_math"]
    fraction = percent / 100
    told, passed = both_tested(fraction, tested["ela"], tested["math"])
    return pd.DataFrame(
        {
            "percent": percent,
            "ela": tested["ela"],
            "published": tested["ela_and_math"],
            "rebuilt": told,
            "passed": passed,
        }
    ).dropna(subset="percent")


@pytest.mark.real_data
def test_real_counts_are_rebuilt_exactly(raw_file):
    """The rule against the spring that publishes the truth."""
    loaded = load_file(raw_file("indiana/istep-2017-grade3-8-final-school.xlsx"))
    cells = rebuilt(loaded, 2017)
    told = cells[cells["rebuilt"].notna()]
    assert len(cells) == 7745
    assert len(told) / len(cells) > 0.93
    assert (told["rebuilt"] == told["published"]).all()
    # English language arts stands in for it in earlier springs.
    assert (cells["ela"] == cells["published"]).mean() == pytest.approx(0.80, abs=0.005)
    assert (cells["ela"] >= cells["published"]).all()


@pytest.mark.real_data
def test_real_pooled_percent_by_either_weight(raw_file):
    """The press quoted 25.3 for the district in 2016; by the stand-in weights it is 25.2."""
    loaded = load_file(raw_file("indiana/press2016istepschoolpublic-grades-03-08.xlsx"))
    cells = rebuilt(loaded, 2016)
    assert cells["rebuilt"].notna().mean() > 0.9
    ips = cells.loc[("5385", slice(None), "all"), :]
    for weight, expected in [("ela", 25.19), ("rebuilt", 25.27)]:
        weights = ips[weight].fillna(ips["ela"])
        pooled = (ips["percent"] * weights).sum() / weights.sum()
        assert pooled == pytest.approx(expected, abs=0.0051)
