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
from files import Made, membership_race_sheet, write_workbook
from pandas.testing import assert_frame_equal

from autonomy_stats import load_file
from autonomy_stats.errors import DataError, LayoutError
from autonomy_stats.raw import open_raw
from autonomy_stats.schema import validate
from autonomy_stats.simulate.files_colorado import WRITERS

NAN = float("nan")

# Percents are printed to a tenth: half a unit of the last digit, and a little.
TENTH = 0.0501

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


@pytest.mark.parametrize("label", ["Sch Total", "ALL GRADE LEVELS", "(All Grade Levels)"])
def test_other_labels_of_the_total(tmp_path, label):
    row = ["0880", "DENVER COUNTY 1", "0220", "SCHOOL 0220", label, *counts(1, 1), 4]
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", membership_race_sheet([row])))
    assert shares(loaded, "0220")["native_american"] == 50


@pytest.mark.parametrize(("years", "end_year"), [("2015-2016", 2016), ("2016-2017", 2017)])
def test_lunch(tmp_path, years, end_year):
    made = membership_lunch(years)
    if end_year == 2017:
        for row, text in enumerate(["0%-25%", "75%-100%", "N/A", "0%-25%", "25%-50%"]):
            made.put(row, "% FRL RANGE", text)
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    assert loaded.layout == "colorado-membership-lunch"
    assert loaded.own_years == {end_year}
    assert loaded.passed_over == {"totals, and students of no school": 3}
    assert shares(loaded, "0220") == pytest.approx({"low_income": 91.7})
    assert shares(loaded, "0067") == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("50%-75%", {"low_income": 62.5, "low_income_pct_low": 50, "low_income_pct_high": 75}),
        (">95%", {"low_income": 97.5, "low_income_pct_low": 95, "low_income_pct_high": 100}),
        ("<5%", {"low_income": 2.5, "low_income_pct_low": 0, "low_income_pct_high": 5}),
        ("N/A", {}),
    ],
)
def test_range_of_a_hidden_share(tmp_path, text, found):
    made = membership_lunch("2016-2017")
    for row in range(len(made.body)):
        made.put(row, "% FRL RANGE", text)
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    assert shares(loaded, "0067") == found
    status = loaded.tables["demographics"].set_index("school_id")["shares_status"]
    assert (status["0067"] == "suppressed") == bool(found)
    assert pd.isna(status["0220"])


def test_range_that_is_none(tmp_path):
    made = membership_lunch("2016-2017")
    with pytest.raises(DataError, match=r"'% FRL RANGE': got '0'; expected a range like 25%-50%"):
        load_file(write_workbook(tmp_path / "x.xlsx", made))


def test_district_ids_that_lost_their_zeros_are_not_taken_for_totals(tmp_path):
    made = membership_race_2017()
    for row in made.body:
        row[0] = int(row[0])
    path = write_workbook(tmp_path / "x.xlsx", made)
    with pytest.raises(DataError, match=r"row 4, column 'Org\. Code': got '880'; expected"):
        load_file(path)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["010 (1st)", "All of them"], "row 4, .*: school '0220' has no row of all grades"),
        (["Sch Total", ""], "2 rows share a key"),
    ],
)
def test_each_school_has_one_total(tmp_path, labels, message):
    rows = [["0880", "DENVER", "0220", "SCHOOL", label, *counts(1, 1), 2] for label in labels]
    path = write_workbook(tmp_path / "x.xlsx", membership_race_sheet(rows))
    with pytest.raises(DataError, match=message):
        load_file(path)


def learners():
    header = ["Distr Code", "Sch Code", "School Name", "PK-12 Count", "EL Count", "EL Pct"]
    rows = [
        ["0880", "0220", "SCHOOL 0220", 200, 30, 0.15],
        ["0880", "0067", "SCHOOL 0067", 60, "*", "*"],
        ["0880", "0000", "Not a school", 5, "*", "*"],
    ]
    above = [["Colorado Department of Education"], ["2016-2017 PK-12 English Learners by School"]]
    return Made("Data", header, rows, above)


def test_learners(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", learners()))
    assert loaded.layout == "colorado-membership-learners"
    assert loaded.own_years == {2017}
    assert shares(loaded, "0220") == {"english_learner": 15}
    assert shares(loaded, "0067") == {
        "english_learner": 2.5,
        "english_learner_pct_low": 0,
        "english_learner_pct_high": 5,
    }
    assert loaded.tables["demographics"]["shares_status"].fillna("").tolist() == ["", "suppressed"]


# Round trips through the official layouts


def same_again(tables, name, path, writer, end_year):
    """Write tables in an official layout and load them again."""
    key = ["end_year", "school_id", *(c for c in ("subject", "grade") if c in tables[name])]
    loaded = load_file(WRITERS[writer](path, tables, end_year=end_year))
    assert loaded.layout == writer
    expected, got = (
        t.sort_values(key, ignore_index=True) for t in (tables[name], loaded.tables[name])
    )
    assert_frame_equal(got, expected)
    return loaded


def test_round_trip_of_2017(results, tmp_path):
    tables = {"achievement": results.tables["achievement"]}
    same_again(tables, "achievement", tmp_path / "x.xlsx", "colorado-cmas-2017", 2017)


@pytest.mark.parametrize(
    ("enrollment", "share", "count"),
    [(300, 33.0, 300), (300, 100 / 3, 300), (300, 33.3, 1000), (NAN, 33.0, 1000), (300, NAN, 300)],
)
def test_lunch_is_written_of_the_enrollment(tmp_path, enrollment, share, count):
    """A thousand students where the share is not one of whole students among those enrolled."""
    school = {"state": "colorado", "end_year": 2016, "district_id": "0880", "school_id": "0220"}
    school |= {"school_name": "A School", "enrollment": enrollment, "low_income_pct": share}
    tables = {"demographics": validate(pd.DataFrame([school]), "demographics")}
    path = WRITERS["colorado-membership-lunch"](tmp_path / "x.xlsx", tables, 2016)
    rows = open_raw(path).sheet("2015-2016 Data").rows
    assert rows[3][rows[2].index("PK-12 COUNT")] == str(count)
    again = load_file(path).tables["demographics"]
    assert again["low_income_pct"].tolist() == pytest.approx([share], rel=1e-12, nan_ok=True)


def rows_of(end_year, school, subject, grade, percent, tested=40, mean=740.0, **more):
    """A row of a result that is shown."""
    row = {"state": "colorado", "end_year": end_year, "district_id": "0880"}
    row |= {"school_id": school, "school_name": f"SCHOOL {school}", "subject": subject}
    row |= {"assessment": "CMAS (PARCC)" if end_year <= 2017 else "CMAS", "series": "CMAS PARCC"}
    row |= {"grade": grade, "student_group": "all", "n_tested": tested, "mean_score": mean}
    row |= {"n_tested_status": "reported", "participation_pct": 95.5, "status": "reported"}
    row |= {"proficient_n": percent * tested / 100, "proficient_pct": percent}
    return row | {"proficient_pct_low": percent, "proficient_pct_high": percent} | more


STARRED = {"proficient_n": NAN, "proficient_pct": NAN, "proficient_pct_low": 0.0}
STARRED |= {"status": "suppressed"}
PRIOR = {"n_tested_status": "derived", "participation_pct": NAN}
NOT_TESTED = {"n_tested": NAN, "n_tested_status": None}


def era(end_year):
    """Every mark of a spring, and of the year before where the workbook has it."""
    last = end_year - 1
    rows = [
        rows_of(end_year, "0220", "ela", "03", 37.5),
        rows_of(end_year, "0220", "ela", "all" if end_year > 2017 else "04", 62.5, 1600),
        rows_of(end_year, "0220", "math", "Algebra I" if end_year < 2019 else "08", 0.0),
    ]
    if end_year == 2015:
        censored = STARRED | {"status": "censored", "mean_score": 700.0}
        return [
            *rows,
            rows_of(2015, "0067", "ela", "05", 1, 90, **censored | {"proficient_pct_high": 5.0}),
            rows_of(2015, "0067", "math", "05", 1, 90, **censored)
            | {"proficient_pct_low": 95.0, "proficient_pct_high": 100.0, "mean_score": 780.0},
            rows_of(2015, "0067", "math", "06", 1, 90, **STARRED | {"proficient_pct_high": 50.0})
            | {"mean_score": 700.0},
        ]
    spanish = "ela" if end_year < 2018 else "spanish_language_arts"
    return [
        *rows,
        rows_of(end_year, "0067", spanish, "05", 1, 60, 724.0, **STARRED)
        | {"proficient_pct_high": 5.0},
        rows_of(end_year, "0067", "math", "05", 1, mean=NAN, **STARRED | NOT_TESTED)
        | {"proficient_pct_high": 100.0, "participation_pct": NAN},
        rows_of(last, "0220", "ela", "03", 25.0, 80, **PRIOR),
        rows_of(last, "0187", "math", "03", 12.5, **PRIOR),
        rows_of(last, "0067", "math", "05", 1, **STARRED | PRIOR | NOT_TESTED)
        | {"proficient_pct_high": 75.0, "mean_score": 725.0},
    ]


@pytest.mark.parametrize(
    ("end_year", "sheets", "header_row", "column", "text"),
    [
        (2015, ["Achievement Results"], 3, 22, "Percent Exceeded Expecations"),
        (2016, ["ELA", "MATH"], 5, 24, "2015 Mean Scale Score"),
        (2018, ["District and School Detail_1"], 7, 25, "2017 # Met or Exceeded Expectations**"),
        (2019, ["CMAS ELA and Math"], 12, 13, "Mean Scale Score"),
        (2019, ["CMAS ELA and Math"], 12, 26, "Number Met or Exceeded Expectations"),
    ],
)
def test_other_springs(tmp_path, end_year, sheets, header_row, column, text):
    tables = {"achievement": validate(pd.DataFrame(era(end_year)), "achievement")}
    layout = f"colorado-cmas-{end_year}"
    loaded = same_again(tables, "achievement", tmp_path / "x.xlsx", layout, end_year)
    assert loaded.own_years == {end_year}
    raw = open_raw(tmp_path / "x.xlsx")
    assert list(raw.sheet_names) == sheets
    header = raw.sheet(sheets[0]).rows[header_row - 1]
    assert header[0] == "Level"
    assert " ".join(header[column].split()) == text


def cmas_2015(percent="0.375", met=15, valid=40, **cells):
    header = ["Level", "District Code", "District Name", "School Code", "School Name", "Year"]
    header += ["Content Area", "Test", "Number of Total Records", "Number of Valid Scores"]
    header += ["Number of No Scores", "Participation Rate", "Mean Scale Score"]
    for level in ("Did Not Yet Meet", "Partially Met", "Approached", "Met"):
        header += [f"Number {level} Expectations", f"Percent {level} Expectations"]
    header += ["Number Exceeded Expectations", "Percent Exceeded Expecations"]
    header += ["Number Met or Exceeded Expectations", "Percent Met or Exceeded Expectations"]
    who = ["SCHOOL", 880, "DENVER COUNTY 1", 220, "A SCHOOL", 2015, "ELA", "ELA Grade 03  "]
    row = [*who, 45, valid, 5, 0.89, 700, *["*"] * 10, met, percent]
    for text, value in cells.items():
        row[header.index(text.replace("_", " "))] = value
    state = ["STATE", 0, "All Districts", 0, "All Schools", *row[5:-1], 0.41]
    above = [["CMAS PARCC Achievement Results"], [None]]
    return Made("Achievement Results", header, [state, row], above, [["* Not displayed."]])


@pytest.mark.parametrize(
    ("percent", "met", "status", "values"),
    [
        (0.375, 15, "reported", (40, 15, 37.5, 37.5, 37.5)),
        ("<5%", "<4", "censored", (40, NAN, NAN, 0, 5)),
        ("<= 5%", "*", "censored", (40, NAN, NAN, 0, 5)),
        ("> 95%", ">38", "censored", (40, NAN, NAN, 95, 100)),
        ("<0.05", "*", "censored", (40, NAN, NAN, 0, 5)),
        # No score lies below 650: a mean of 700 allows half of the students at 750.
        ("*", "*", "suppressed", (40, NAN, NAN, 0, 50)),
    ],
)
def test_marks_of_2015(tmp_path, percent, met, status, values):
    made = cmas_2015(percent, met)
    if percent == "> 95%":
        made.put(1, "Mean Scale Score", 790)
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    assert loaded.layout == "colorado-cmas-2015"
    assert loaded.passed_over == {"state and district totals": 1, "footnote": 1}
    row = loaded.tables["achievement"].iloc[0]
    assert (row["school_id"], row["district_id"], row["grade"]) == ("0220", "0880", "03")
    assert row["status"] == status
    assert tuple(row[VALUES]) == pytest.approx(values, nan_ok=True)
    assert row["participation_pct"] == 89


def test_percents_of_2015_may_be_of_a_hundred(tmp_path):
    made = cmas_2015(37.5, Participation_Rate=89)
    row = load_file(write_workbook(tmp_path / "x.xlsx", made)).tables["achievement"].iloc[0]
    assert (row["proficient_pct"], row["participation_pct"]) == (37.5, 89)


@pytest.mark.parametrize("mark", ["-", "NA"])
def test_no_result_of_2015(tmp_path, mark):
    made = cmas_2015(mark, mark, "<16", Mean_Scale_Score=mark, Participation_Rate=mark)
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    assert len(loaded.tables["achievement"]) == 0


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("Content Area", "Science", "got 'Science'; expected English or Spanish language arts"),
        ("Level", "REGION", "expected STATE, DISTRICT or SCHOOL"),
        ("Year", 2016, "expected the year 2015"),
        ("Percent Met or Exceeded Expectations", "<x%", "expected a number"),
        ("School Code", "22A", "expected a school code of 4 digits"),
    ],
)
def test_bad_cells_of_2015(tmp_path, column, cell, message):
    path = write_workbook(tmp_path / "x.xlsx", cmas_2015().put(1, column, cell))
    with pytest.raises(DataError, match=rf"row 5, column '{column}': .*{message}"):
        load_file(path)


@pytest.mark.parametrize("end_year", [2016, 2018, 2019])
def test_title_of_another_year(tmp_path, end_year):
    tables = {"achievement": validate(pd.DataFrame(era(end_year)), "achievement")}
    path = WRITERS[f"colorado-cmas-{end_year}"](tmp_path / "x.xlsx", tables)
    raw = open_raw(path)
    spoilt = []
    for name in raw.sheet_names:
        grid = [list(row) for row in raw.sheet(name).rows]
        at = next(i for i, row in enumerate(grid) if row[0] == "Level")
        above = [[cell.replace(str(end_year), "2021") for cell in row] for row in grid[:at]]
        spoilt.append(Made(name, grid[at], grid[at + 1 :], above))
    path = write_workbook(tmp_path / "y.xlsx", *spoilt)
    with pytest.raises(LayoutError, match=f"names the year 2021; expected {end_year}"):
        load_file(path)


def test_header_text_that_no_description_gave(tmp_path):
    made = cmas_2015().rename("Participation Rate", "Participation")
    with pytest.raises(LayoutError, match="'Participation Rate' expected, not found"):
        load_file(write_workbook(tmp_path / "x.xlsx", made))


@pytest.mark.parametrize("end_year", [2015, 2016, 2017, 2018, 2020])
def test_round_trip_of_membership(tmp_path, end_year):
    usual = {"state": "colorado", "end_year": end_year, "district_id": "0880"}
    usual |= {"school_id": "0220", "school_name": "SCHOOL 0220"}
    race = dict.fromkeys(("asian_pct", "multiracial_pct", "pacific_islander_pct"), 0.0)
    race |= {"black_pct": 12.5, "hispanic_pct": 50.0, "white_pct": 37.0, "native_american_pct": 0.5}
    lunch = {"low_income_definition": "eligible for free or reduced-price lunch"}
    frames = {
        "colorado-membership-race": [usual | race | {"enrollment": 200.0}],
        "colorado-membership-lunch": [usual | lunch | {"low_income_pct": 91.5}],
    }
    if end_year > 2016:
        hidden = {"school_id": "0067", "low_income_pct": 12.5, "low_income_pct_low": 0.0}
        hidden |= {"low_income_pct_high": 25.0, "shares_status": "suppressed"}
        frames["colorado-membership-lunch"].append(usual | lunch | hidden)
    for layout, rows in frames.items():
        tables = {"demographics": validate(pd.DataFrame(rows), "demographics")}
        path = tmp_path / f"{layout}.xlsx"
        loaded = same_again(tables, "demographics", path, layout, end_year)
        assert loaded.own_years == {end_year}


def test_round_trip_of_learners(tmp_path):
    tables = load_file(write_workbook(tmp_path / "x.xlsx", learners())).tables
    path = tmp_path / "y.xlsx"
    same_again(tables, "demographics", path, "colorado-membership-learners", 2017)


# Real files


@pytest.mark.real_data
def test_real_rates_are_those_of_the_counts(raw_file):
    name = "colorado/2017 CMAS ELA Math District & School Overall Results FINAL.xlsx"
    table = load_file(raw_file(name)).tables["achievement"]
    assert table.groupby(["end_year", "status"]).size().to_dict() == {
        (2016, "reported"): 8728,
        (2016, "suppressed"): 2777,
        (2017, "reported"): 8976,
        (2017, "suppressed"): 2995,
    }
    shown = table[(table["status"] == "reported") & (table["end_year"] == 2017)]
    recomputed = 100 * shown["proficient_n"] / shown["n_tested"]
    assert (recomputed - shown["proficient_pct"]).abs().max() < TENTH


@pytest.mark.real_data
def test_real_round_trip(raw_file, tmp_path):
    name = "colorado/2017 CMAS ELA Math District & School Overall Results FINAL.xlsx"
    table = load_file(raw_file(name)).tables["achievement"]
    tables = {"achievement": table[table["district_id"] == "0880"].reset_index(drop=True)}
    same_again(tables, "achievement", tmp_path / "x.xlsx", "colorado-cmas-2017", 2017)


@pytest.mark.real_data
def test_real_lunch_has_ranges(raw_file):
    name = "colorado/2016-17_PK-12_PupilMembership_bySchool_FRL_0.xlsx"
    table = load_file(raw_file(name)).tables["demographics"]
    assert len(table) == 1876
    hidden = table[table["shares_status"] == "suppressed"]
    assert (hidden["low_income_pct_high"] - hidden["low_income_pct_low"] == 25).all()
    assert table["low_income_pct"].notna().sum() == len(table) - 2  # of these no range is given
