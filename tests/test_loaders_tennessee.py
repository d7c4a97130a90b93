"""Tennessee's workbooks: exact tidy values from small files, round trips, and the real files."""

from __future__ import annotations

import pandas as pd
import pytest
from files import Made, write_workbook
from pandas.testing import assert_frame_equal

from autonomy_stats import load_file
from autonomy_stats.errors import DataError, LayoutError, UsageError
from autonomy_stats.raw import open_raw
from autonomy_stats.simulate.files_tennessee import WRITERS

NAN = float("nan")
VALUES = ["n_tested", "proficient_n", "proficient_pct", "proficient_pct_low", "proficient_pct_high"]

# Percents are printed to a tenth: half a unit of the last digit, and a little.
TENTH = 0.0501


def load(path, *sheets):
    return load_file(write_workbook(path / "data_2015_x.xlsx", *sheets))


def same_again(loaded, path, end_year):
    """Write what was loaded and load it again."""
    again = load_file(
        WRITERS[loaded.layout](path / "data_2015_again.xlsx", loaded.tables, end_year)
    )
    assert again.layout == loaded.layout
    assert set(again.tables) == set(loaded.tables)
    for name, table in loaded.tables.items():
        key = [c for c in ("school_id", "subject", "grade", "student_group") if c in table]
        frames = [t.sort_values(key, ignore_index=True) for t in (again.tables[name], table)]
        assert_frame_equal(*frames)
    return again


# TCAP

TCAP = [
    "year",
    "system",
    "system_name",
    "school",
    "school_name",
    "subject",
    "grade",
    "subgroup",
    "valid_tests",
    "n_below_bsc",
    "n_bsc",
    "n_prof",
    "n_adv",
    "pct_below_bsc",
    "pct_bsc",
    "pct_prof",
    "pct_adv",
    "pct_bsc_and_below",
    "pct_prof_adv",
]
SHOWN = [40, 6, 10, 18, 6, 15.0, 25.0, 45.0, 15.0, 40.0, 60.0]


def tcap_row(subject, grade, cells, group="All Students", school=2470, year=2015, system=792):
    return [year, system, "Shelby County", school, "A School", subject, grade, group, *cells]


def tcap(year=2015, header=TCAP):
    rows = [
        tcap_row("Math", "All Grades", SHOWN, school=0, system=0),
        tcap_row("Math", "All Grades", SHOWN, school=0),
        tcap_row("Math", "All Grades", SHOWN),
        tcap_row("Math", "3", SHOWN),
        tcap_row("Math", 3, [12, *["**"] * 10], "Hispanic"),
        tcap_row("RLA", "4", [25, *["***"] * 10]),
        tcap_row("RLA", "5", ["*"] * 11),
        tcap_row("RLA", "12", [None] * 11),
        tcap_row("Science", "3", SHOWN, "Students with Disabilities"),
        tcap_row("Social Studies", "3", SHOWN, "English Language Learners with T1/T2"),
        tcap_row("Algebra I", "All Grades", [30, *["**"] * 10], school=8005, system=985),
        tcap_row("Algebra I", "8", [30, *["**"] * 10], school=8005, system=985),
        tcap_row("English II", "Missing Grade", SHOWN),
    ]
    return Made("Sheet1", list(header), [[year, *row[1:]] for row in rows])


@pytest.mark.parametrize("year", [2013, 2014, 2015])
def test_tcap(tmp_path, year):
    loaded = load(tmp_path, tcap(year))
    assert (loaded.state, loaded.layout) == ("tennessee", "tennessee-tcap-2013")
    assert loaded.own_years == {year}
    assert loaded.passed_over == {
        "footnote": 0,
        "totals of the state and of systems": 2,
        "subjects that are not read": 0,
        "rows of nobody": 1,
        "students of no known grade": 1,
        "one grade of a course": 1,
    }
    table = loaded.tables["achievement"].set_index(["subject", "grade", "student_group"])
    expected = {
        ("math", "all", "all"): ("reported", (40, 24, 60, 60, 60)),
        ("math", "03", "all"): ("reported", (40, 24, 60, 60, 60)),
        ("math", "03", "hispanic"): ("censored", (12, NAN, NAN, 95, 100)),
        ("ela", "04", "all"): ("censored", (25, NAN, NAN, 0, 5)),
        ("ela", "05", "all"): ("suppressed", (NAN, NAN, NAN, 0, 100)),
        ("science", "03", "disability"): ("reported", (40, 24, 60, 60, 60)),
        ("social_studies", "03", "english_language_learners_with_t1_t2"): (
            "reported",
            (40, 24, 60, 60, 60),
        ),
        ("math", "Algebra I", "all"): ("censored", (30, NAN, NAN, 95, 100)),
    }
    assert len(table) == len(expected)
    for key, (status, values) in expected.items():
        row = table.loc[key]
        assert row["status"] == status
        assert tuple(row[VALUES]) == pytest.approx(values, nan_ok=True)
        assert pd.isna(row["n_tested"]) == pd.isna(row["n_tested_status"])
    assert table["school_id"].tolist() == ["792-2470"] * 7 + ["985-8005"]
    assert table.loc[("math", "Algebra I", "all"), "series"] == "TCAP EOC 2010"
    assert set(table["end_year"]) == {year}
    same_again(loaded, tmp_path, year)


def test_tcap_other_names_of_the_system(tmp_path):
    header = ["district" if t == "system" else t for t in TCAP]
    header = ["district_name" if t == "system_name" else t for t in header]
    made = tcap(header=header)
    assert_frame_equal(
        load(tmp_path, made).tables["achievement"], load(tmp_path, tcap()).tables["achievement"]
    )


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("grade", "2", "got '2'; expected one of 'All Grades'"),
        ("system", "79A", "got '79A'; expected a system number"),
        ("school", "", "expected a school number"),
        ("year", "15", "expected a spring year"),
        ("pct_prof_adv", "****", r"expected a number or one of '\*'"),
        ("pct_prof_adv", 160, "expected 0 to 100"),
        ("valid_tests", "**", "expected a number"),
        ("n_adv", "x", "expected a number"),
    ],
)
def test_tcap_bad_cells(tmp_path, column, cell, message):
    with pytest.raises(DataError, match=rf"row 5, column '{column}': .*{message}"):
        load(tmp_path, tcap().put(3, column, cell))


def test_a_subject_that_is_not_read_is_counted(tmp_path):
    loaded = load(tmp_path, tcap().put(3, "subject", "Graduation Rate"))
    assert loaded.passed_over["subjects that are not read"] == 1
    made = tcap()
    for row in range(2, 12):
        made.put(row, "subject", "Geography")
    with pytest.raises(DataError, match="got 'Geography', and the like in 10 of 11 rows"):
        load(tmp_path, made)


def test_levels_may_be_starred_beside_a_percent(tmp_path):
    """By the later rule `**` hides levels of either end, and the percent where it is at one."""
    made = tcap().put(3, "n_prof", "**").put(3, "n_adv", "**")
    for level in ("below_bsc", "bsc", "prof", "adv"):
        made.put(3, f"n_{level}", "**").put(3, f"pct_{level}", "**")
    table = load(tmp_path, made).tables["achievement"]
    table = table.set_index(["subject", "grade", "student_group"])
    shown = table.loc[("math", "03", "all")]
    assert (shown["proficient_pct"], shown["status"]) == (60, "reported")
    hidden = table.loc[("math", "03", "hispanic")]
    bounds = ["status", "proficient_pct_low", "proficient_pct_high"]
    assert hidden[bounds].tolist() == ["suppressed", 0, 100]
    below = table.loc[("ela", "04", "all")]
    assert below[bounds].tolist() == ["censored", 0, 5]


def test_counts_do_not_stand_beside_hidden_percents(tmp_path):
    made = tcap()
    for row in (4, 5):
        made.put(row, "n_prof", 7).put(row, "n_adv", 2)
    with pytest.raises(DataError, match="'n_prof', 'n_adv', 'pct_prof_adv' do not agree"):
        load(tmp_path, made)


# Three-year mean NCE

NCE = ["SCHOOL YEAR", "DISTRICT ID", "district name", "SCHOOL ID", "school name"]
NCE += ["Math 3yr Average NCE", "Math Grade", "Math Trend"]
NCE += ["Reading 3yr Average NCE", "Reading Grade", "Reading Trend"]
NCE += ["Social Studies 3yr Average NCE", "Social Studies Grade", "Social Studies Trend"]
NCE += ["Science 3yravg cur", "Science Grade", "Science Trend"]
NCE += ["ACT 3yr composite", "ACT 3yr english", "ACT 3yr math", "ACT 3yr Reading"]
NCE += ["ACT 3yr science", "ACT 1yr composite", "ACT 1yr english", "ACT 1yr math"]
NCE += ["ACT 1yr Reading", "ACT 1yr science"]


def nce():
    means = [64, "A", "NC", 57, "A", "+", 58, "A", "NC", None, None, None]
    rows = [
        [2014, 792, "Shelby County", 5, "With", *means, *[None] * 10],
        [2014, 792, "Shelby County", 8105, "Without", *[None] * 12, *[19.5] * 10],
    ]
    return Made("School%20Achievement%20-%202013", NCE, rows)


def test_nce_is_a_level_and_has_no_percent(tmp_path):
    loaded = load(tmp_path, nce())
    assert loaded.layout == "tennessee-nce-2014"
    assert loaded.own_years == {2014}
    assert loaded.passed_over["schools without a result"] == 1
    table = loaded.tables["achievement"]
    assert table.set_index("subject")["mean_score"].to_dict() == {
        "math": 64,
        "ela": 57,
        "social_studies": 58,
    }
    assert set(table["school_id"]) == {"792-5"}
    assert (set(table["grade"]), set(table["status"])) == ({"all"}, {"reported"})
    assert table[VALUES].isna().all(axis=None)
    same_again(loaded, tmp_path, 2014)


def test_nce_out_of_range(tmp_path):
    with pytest.raises(DataError, match=r"got '640'; expected a normal curve equivalent"):
        load(tmp_path, nce().put(0, "Math 3yr Average NCE", 640))


# Growth

TVAAS = ["District Number", "District Name", "School Number", "School Name"]
TVAAS += ["School-Wide: Composite", "School-Wide: Literacy", "School-Wide: Numeracy"]
TVAAS += ["School-Wide: Literacy and Numeracy", "School-Wide: Science"]


def tvaas(*more):
    rows = [
        [792, "Shelby County", 2470, "A School", 5, 1, 3, 2, None, *([4] * len(more))],
        ["00985", "ASD", "8005", "B School", *[None] * (5 + len(more))],
    ]
    return Made("Sheet1", [*TVAAS, *more], rows)


@pytest.mark.parametrize(
    ("name", "year", "series"),
    [
        ("data_school_wide_tvaas_2015.xlsx", 2015, "TVAAS (TCAP)"),
        ("tvaas_2014-15.xlsx", 2015, "TVAAS (TCAP)"),
        ("data_school_wide_tvaas_2016.xlsx", 2016, "TVAAS (TNReady)"),
        ("2020-21_tvaas.xlsx", 2021, "TVAAS (TNReady)"),
    ],
)
def test_tvaas_levels(tmp_path, name, year, series):
    more = ["School-Wide: Social Studies"] if year > 2015 else []
    loaded = load_file(write_workbook(tmp_path / name, tvaas(*more)))
    assert loaded.layout == "tennessee-tvaas-2015"
    assert loaded.own_years == {year}
    table = loaded.tables["growth"]
    expected = {"composite": 5, "ela": 1, "math": 3, "ela_and_math": 2}
    expected |= {"social_studies": 4} if more else {}
    assert table.set_index("subject")["value"].to_dict() == expected
    assert set(table["school_id"]) == {"792-2470"}
    assert (set(table["measure"]), set(table["series"])) == ({"tvaas_level"}, {series})
    assert loaded.passed_over["subjects without a level"] == 6 + len(more)
    if year < 2017:
        path = tmp_path / f"again_{year}.xlsx"
        again = load_file(WRITERS[loaded.layout](path, loaded.tables, year))
        assert_frame_equal(again.tables["growth"], table)


def test_tvaas_year_must_stand_in_the_name(tmp_path):
    with pytest.raises(LayoutError, match=r"growth\.xlsx: .* name the file as the agency does"):
        load_file(write_workbook(tmp_path / "growth.xlsx", tvaas()))
    with pytest.raises(UsageError, match="must hold its year, 2015"):
        WRITERS["tennessee-tvaas-2015"](tmp_path / "growth.xlsx", {}, 2015)


def test_tvaas_marks_and_notes(tmp_path):
    made = tvaas().put(0, "School-Wide: Literacy", "*").put(0, "School-Wide: Numeracy", "N/A")
    made.body.append([None, None, None, "A note below the rows", *[None] * 5])
    loaded = load(tmp_path, made)
    assert loaded.tables["growth"]["subject"].tolist() == ["composite", "ela_and_math"]
    assert loaded.passed_over["rows of no school"] == 1


@pytest.mark.parametrize("cell", [6, 0, 2.5])
def test_tvaas_no_level(tmp_path, cell):
    with pytest.raises(DataError, match=r"row 2, .*expected a level, 1 to 5, or nothing"):
        load(tmp_path, tvaas().put(0, "School-Wide: Literacy", cell))


# Profile

RACES = ["White", "African_American", "Hispanic", "Asian", "Native_American"]
PROFILE = ["year", "district", "district_name", "SCHOOL_NAME", "SCHOOL_ID", "Grades_served"]
PROFILE += ["SAFE_SCHOOL", "Average_Daily_Membership", "Total", *RACES, "Male", "Female"]
PROFILE += [f"{text}_PCT" for text in (*RACES, "Male", "Female")]
PROFILE += [f"{race}_{sex}" for sex in ("Male", "Female") for race in RACES]
PROFILE += ["Limited_English_Proficient", "Limited_English_Proficient_PCT"]
PROFILE += ["Students_with_Disabilities", "Students_with_Disabilities_PCT"]
PROFILE += ["Free_eligible", "Reduced_eligible", "Free_reduced_eligible"]
PROFILE += ["Free_PCT", "Reduced_PCT", "Free_reduced_PCT"]


def profile():
    """A total, a school with all groups, one that feeds all, one given twice, one of nobody."""

    def row(school, total, shares, more):
        who = [2014, 792, "Shelby County", f"School {school}", school, "K-5", "Safe School", total]
        counts = [None if s is None else s * total / 100 for s in shares]
        cells = [*who, total, *counts, total, None, *shares, 100, None, *[None] * 10]
        return [*cells, *more]

    none = [None] * 10
    rows = [
        row(0, 700, [20, 80, None, None, None], [30, 4, 70, 10, 350, 0, 350, 50, 0, 50]),
        row(1, 200, [25, 50, 10, 2, 0.5], [None, 1.5, 30, 15, 80, 20, 100, 41, 10, 51.25]),
        row(2, 100, [None, 100, None, None, None], [*none[:4], -1, -1, -1, 100, 100, 100]),
        row(3, 50, [None, 90, 10, None, None], [20, 40, 5, 10, 25, 5, 30, 50, 10, 60]),
        row(3, 50, [None, 90, 10, None, None], [20, 40, 5, 10, 25, 5, 30, 50, 10, 60]),
        [2014, 792, "Shelby County", "Adult School", 4, "9-12", "Safe School", *[None] * 36],
    ]
    return Made("School%20Profile%20-%202013", PROFILE, rows)


def test_profile(tmp_path):
    loaded = load(tmp_path, profile())
    assert loaded.layout == "tennessee-profile-2013"
    assert loaded.own_years == {2014}
    assert loaded.passed_over == {
        "footnote": 0,
        "totals of the state and of systems": 1,
        "schools without students": 1,
        "rows given twice": 1,
    }
    table = loaded.tables["demographics"].set_index("school_id")
    shares = ["enrollment", "white_pct", "black_pct", "hispanic_pct", "asian_pct"]
    shares += ["native_american_pct", "english_learner_pct", "disability_pct", "low_income_pct"]
    assert table[shares].T.to_dict("list") == {
        "792-1": [200, 25, 50, 10, 2, 0.5, 1.5, 15, 51.25],
        "792-2": [100, 0, 100, 0, 0, 0, 0, 0, 100],
        "792-3": [50, 0, 90, 10, 0, 0, 40, 10, 60],
    }
    assert table[["multiracial_pct", "pacific_islander_pct"]].isna().all(axis=None)
    assert set(table["low_income_definition"]) == {"eligible for free or reduced-price meals"}
    same_again(loaded, tmp_path, 2014)


@pytest.mark.parametrize(
    ("year", "definition", "first"),
    [
        (2013, "eligible for free or reduced-price meals", [2013, "00792", "SCHOOL NO"]),
        (2015, "economically disadvantaged", [2015, 792, "SCHOOL_ID"]),
    ],
)
def test_profiles_of_other_springs(tmp_path, year, definition, first):
    tables = load(tmp_path, profile()).tables
    frame = tables["demographics"].assign(end_year=year, low_income_definition=definition)
    path = WRITERS["tennessee-profile-2013"](tmp_path / "p.xlsx", {"demographics": frame}, year)
    rows = open_raw(path).sheet("School%20Profile%20-%202013").rows
    assert [rows[2][0], rows[2][1], rows[0][4]] == [str(cell) for cell in first]
    assert ("ECONOMICALLY_DISADVANTAGED_PCT" in rows[0]) == (year == 2015)
    loaded = load_file(path)
    assert loaded.own_years == {year}
    assert_frame_equal(loaded.tables["demographics"], frame.astype({"end_year": "Int64"}))


@pytest.mark.parametrize(
    ("row", "column", "cell", "message"),
    [
        (2, "Free_reduced_PCT", 99, "got '99'; expected 100, as the count is -1"),
        (1, "Total", None, "got nothing, with percents beside it"),
        (1, "White_PCT", 120, "expected 0 to 100"),
        (1, "Asian_PCT", "**", "expected a number"),
        (1, "Total", "*", "expected a number"),
    ],
)
def test_profile_bad_cells(tmp_path, row, column, cell, message):
    with pytest.raises(DataError, match=rf"row {row + 2}, column '{column}': .*{message}"):
        load(tmp_path, profile().put(row, column, cell))


def test_profile_with_a_new_column(tmp_path):
    with pytest.raises(LayoutError, match="'MULTIRACIAL_PCT' not known to this layout"):
        load(tmp_path, profile().add("MULTIRACIAL_PCT"))


# Directory

DIRECTORY = ["SCHOOL_YEAR", "FIPS_CODE", "LEA_ID", "LEA_NCES", "LEA_ACCOUNTS", "SCHOOL_NO"]
DIRECTORY += ["SCH_NCES", "SCHOOL_ID", "SCHOOL_TYPE", "ADDR1", "CITY", "STATE", "ZIP", "CHARTER"]


def directory():
    def row(system, school, kind, charter):
        name = f"School {school}"
        where = ["1 Main ST", "Memphis", "TN", "38131-1", charter]
        return [2015, 47, system, "--", "A system", school, "--", name, kind, *where]

    rows = [
        row(792, 5, "Public", "N"),
        row(792, 8105, "Public Charter", "Y"),
        row(985, 10, "Public", "N"),
        row(985, 8015, "Public Charter", "Y"),
        row(964, 5, "State Special School", "N"),
    ]
    return Made("2015%20School%20Directory", DIRECTORY, rows)


def test_directory(tmp_path):
    loaded = load(tmp_path, directory())
    assert loaded.layout == "tennessee-directory-2015"
    assert loaded.own_years == {2015}
    table = loaded.tables["directory"].set_index("school_id")
    assert table["sector"].to_dict() == {
        "792-5": "district",
        "792-8105": "charter",
        "985-10": "other",
        "985-8015": "charter",
        "964-5": "other",
    }
    assert table["operator"].dropna().to_dict() == {"985-10": "Achievement School District"}
    assert table.loc["792-5", "school_name"] == "School 5"
    assert set(table["locality"]) == {"Memphis"}
    same_again(loaded, tmp_path, 2015)


def test_directory_bad_mark(tmp_path):
    with pytest.raises(DataError, match="row 2, column 'CHARTER': got ''; expected Y or N"):
        load(tmp_path, directory().put(0, "CHARTER", None))


# Real files


@pytest.mark.real_data
def test_real_state_results_read_as_a_school(raw_file, tmp_path):
    """The state's file has no school: its rows are given a school's numbers here."""
    loaded = load_file(raw_file("tennessee/data_2013_state_base.xlsx"))
    assert loaded.layout == "tennessee-tcap-2013"
    assert len(loaded.tables["achievement"]) == 0
    assert loaded.passed_over["totals of the state and of systems"] == 984

    rows = open_raw(raw_file("tennessee/data_2013_state_base.xlsx")).sheet("Sheet1").rows
    made = Made("Sheet1", rows[0], [[r[0], 10, r[2], 5, *r[4:]] for r in rows[1:]])
    loaded = load(tmp_path, made)
    table = loaded.tables["achievement"]
    assert loaded.own_years == {2013}
    assert sum(loaded.passed_over.values()) + len(table) == 984
    assert table["student_group"].nunique() == 12
    # Four subjects of grades 3 to 8 and of all grades, and seven courses, of twelve groups.
    assert table["status"].value_counts().to_dict() == {"reported": 411, "censored": 9}
    shown = table[table["status"] == "reported"]
    assert shown["proficient_pct"].between(5, 95).all()  # beyond, it is censored
    recomputed = 100 * shown["proficient_n"] / shown["n_tested"]
    # Two percents, each rounded to a tenth, are added up.
    assert (recomputed - shown["proficient_pct"]).abs().max() < 2 * TENTH


@pytest.mark.real_data
def test_real_nce(raw_file):
    loaded = load_file(raw_file("tennessee/data_2014_school_achievement.xlsx"))
    table = loaded.tables["achievement"]
    assert (loaded.own_years, len(table), table["school_id"].nunique()) == ({2014}, 5404, 1351)
    shelby = table[table["district_id"] == "792"]
    assert shelby["school_id"].nunique() == 191
    assert not (table["district_id"] == "985").any()


@pytest.mark.real_data
def test_real_profile(raw_file):
    table = load_file(raw_file("tennessee/data_2014_school_profile.xlsx")).tables["demographics"]
    assert len(table) == table["school_id"].nunique() == 1769
    assert table.groupby("district_id").size()[["792", "985"]].tolist() == [257, 16]
    races = ["white_pct", "black_pct", "hispanic_pct", "asian_pct", "native_american_pct"]
    total = table[races].sum(axis=1)
    assert total.min() > 90  # the rest are of races that are not printed
    assert total.max() < 100 + TENTH
    shares = [*races, "english_learner_pct", "disability_pct", "low_income_pct"]
    assert table[shares].notna().all(axis=None)


@pytest.mark.real_data
def test_real_nce_has_demographics_for_each_school(raw_file):
    names = ("school_achievement", "school_profile")
    files = [load_file(raw_file(f"tennessee/data_2014_{name}.xlsx")).tables for name in names]
    results, schools = files[0]["achievement"], files[1]["demographics"]
    assert set(results["school_id"]) <= set(schools["school_id"])


@pytest.mark.real_data
def test_real_directory(raw_file):
    table = load_file(raw_file("tennessee/data_schl_directory_2015.xlsx")).tables["directory"]
    assert len(table) == 1810
    counts = table.groupby("district_id")["sector"].value_counts()
    assert counts["792"].to_dict() == {"district": 181, "charter": 40}
    assert counts["985"].to_dict() == {"charter": 17, "other": 7}
