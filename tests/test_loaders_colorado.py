"""Colorado's workbooks: exact tidy values from small files."""

from __future__ import annotations

import pandas as pd
import pytest
from examples import (
    cmas,
    counts,
    membership_lunch,
    membership_race_2016,
    membership_race_2017,
)
from files import membership_race_sheet, write_workbook

from autonomy_stats import load_file
from autonomy_stats.errors import DataError

NAN = float("nan")
VALUES = ["n_tested", "proficient_n", "proficient_pct", "proficient_pct_low", "proficient_pct_high"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load_file(write_workbook(tmp_path_factory.mktemp("co") / "x.xlsx", cmas()))


def test_cmas_as_a_whole(results):
    assert (results.state, results.layout) == ("colorado", "colorado-cmas-2017")
    assert results.own_years == {2017}
    assert results.passed_over == {"state and district totals": 2, "footnote": 2}
    table = results.tables["achievement"]
    assert table.groupby("end_year").size().to_dict() == {2016: 4, 2017: 8}
    assert set(table["school_id"]) == {"0220", "0408", "0067", "0187"}
    assert set(table["assessment"]) == {"CMAS (PARCC)"}


@pytest.mark.parametrize(
    ("key", "status", "n_status", "mean", "values"),
    [
        ((2017, "0220", "ela", "03"), "reported", "reported", 740, (1500, 600, 40, 40, 40)),
        ((2017, "0220", "math", "03"), "reported", "reported", 740, (60, 12, 20, 20, 20)),
        ((2017, "0408", "math", "Algebra I"), "reported", "reported", 740, (20, 15, 75, 75, 75)),
        ((2017, "0067", "ela", "09"), "reported", "reported", 740, (40, 10, 25, 25, 25)),
        # Nothing is known but that fewer than 16 had a score.
        ((2017, "0220", "math", "04"), "suppressed", None, NAN, (NAN, NAN, NAN, 0, 100)),
        # A mean below 725: a starred count is 0 to 3 students, here of 60. From 725 on: what the
        # mean allows, with no score below 650 and those who meet expectations at 750 or above.
        ((2017, "0408", "ela", "04"), "suppressed", "reported", 724, (60, NAN, NAN, 0, 5)),
        ((2017, "0408", "ela", "05"), "suppressed", "reported", 725, (60, NAN, NAN, 0, 75)),
        # Prior-year columns: the number tested is count over the rounded percent.
        ((2016, "0220", "ela", "03"), "reported", "derived", 735, (80, 30, 37.5, 37.5, 37.5)),
        ((2016, "0067", "ela", "09"), "reported", "derived", 733, (50, 20, 40, 40, 40)),
        # Starred, of a number tested that is not given: 0 to 3 of at least 16.
        ((2016, "0220", "math", "04"), "suppressed", None, 700, (NAN, NAN, NAN, 0, 18.75)),
        ((2016, "0408", "math", "Algebra I"), "suppressed", None, NAN, (NAN, NAN, NAN, 0, 100)),
    ],
)
def test_cmas_values(results, key, status, n_status, mean, values):
    table = results.tables["achievement"]
    row = table.set_index(["end_year", "school_id", "subject", "grade"]).loc[key]
    assert row["status"] == status
    assert (None if pd.isna(row["n_tested_status"]) else row["n_tested_status"]) == n_status
    assert row["mean_score"] == pytest.approx(mean, nan_ok=True)
    assert tuple(row[VALUES]) == pytest.approx(values, nan_ok=True)


def test_participation_is_of_the_own_year_only(results):
    table = results.tables["achievement"].set_index(["end_year", "school_id", "subject", "grade"])
    assert table.loc[(2017, "0220", "ela", "03"), "participation_pct"] == 95.5
    prior = results.tables["achievement"].query("end_year == 2016")
    assert prior["participation_pct"].isna().all()


# Membership


def shares(loaded, school):
    frame = loaded.tables["demographics"].set_index("school_id")
    numbers = frame.select_dtypes("float64").loc[school].dropna()
    return {name.removesuffix("_pct"): value for name, value in numbers.items()}


def test_race_2016_blank_label_of_the_total(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", membership_race_2016()))
    assert loaded.layout == "colorado-membership-race"
    assert loaded.own_years == {2016}
    assert loaded.passed_over == {"totals, and students of no school": 5, "rows of one grade": 1}
    assert loaded.tables["demographics"]["school_id"].tolist() == ["0220", "0067"]
    assert shares(loaded, "0220") == pytest.approx(
        {
            "enrollment": 100,
            "native_american": 2,
            "asian": 5,
            "black": 10,
            "hispanic": 50,
            "white": 33,
            "pacific_islander": 0,
            "multiracial": 0,
        }
    )
    # Thousands with a comma, padded with spaces.
    assert shares(loaded, "0067")["enrollment"] == 2000
    assert shares(loaded, "0067")["asian"] == 75


def test_race_2017_labelled_total(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", membership_race_2017()))
    assert loaded.own_years == {2017}
    assert loaded.passed_over == {"totals, and students of no school": 0, "rows of one grade": 1}
    assert shares(loaded, "0220")["asian"] == 50
    assert shares(loaded, "0408") == {"enrollment": 0}


@pytest.mark.parametrize("label", ["Sch Total", "ALL GRADE LEVELS"])
def test_other_labels_of_the_total(tmp_path, label):
    row = ["0880", "DENVER COUNTY 1", "0220", "SCHOOL 0220", label, *counts(1, 1), 4]
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", membership_race_sheet([row])))
    assert shares(loaded, "0220")["native_american"] == 50


@pytest.mark.parametrize(("years", "end_year"), [("2015-2016", 2016), ("2016-2017", 2017)])
def test_lunch(tmp_path, years, end_year):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", membership_lunch(years)))
    assert loaded.layout == "colorado-membership-lunch"
    assert loaded.own_years == {end_year}
    assert loaded.passed_over == {"totals, and students of no school": 3}
    assert shares(loaded, "0220") == pytest.approx({"low_income": 91.7})
    assert shares(loaded, "0067") == {}


def test_district_ids_that_lost_their_zeros_are_not_taken_for_totals(tmp_path):
    made = membership_race_2017()
    for row in made.body:
        row[0] = int(row[0])
    path = write_workbook(tmp_path / "x.xlsx", made)
    with pytest.raises(DataError, match=r"row 5, column 'Org\. Code': got '880'; expected"):
        load_file(path)
