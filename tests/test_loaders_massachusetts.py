"""Massachusetts' exports, compilation and open data: exact tidy values, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest
from files import Made, write_text, write_workbook

from autonomy_stats import load_file, load_panel
from autonomy_stats.errors import DataError, LayoutError, UsageError
from autonomy_stats.facts import Place
from autonomy_stats.loaders.massachusetts import LAYOUTS
from autonomy_stats.loaders.massachusetts_grade import grade_named
from autonomy_stats.loaders.matching import read_sheet
from autonomy_stats.raw import open_raw
from autonomy_stats.schema import CONTROLS, table
from autonomy_stats.simulate.files_massachusetts import WRITERS

NAN = float("nan")
BY_ID = {layout.layout_id: layout for layout in LAYOUTS}
ALDER, BIRCH, CEDAR = "00350012", "00350390", "04800405"
TOTALS = "state and district totals"


def values(loaded, name, columns, key):
    """Values of some columns of the row that a school, and what follows it, names."""
    frame = loaded.tables[name]
    names = ["school_id", *[k for k in ("end_year", "subject", "grade") if k in key]]
    found = frame[(frame[names] == [key[n] for n in names]).all(axis=1)]
    assert len(found) == 1
    row = found.iloc[0]
    return [None if pd.isna(v) else v for v in row[columns]]


# Exports of the MCAS results

RESULTS = ["n_tested", "proficient_n", "proficient_pct", "proficient_pct_low"]
RESULTS += ["proficient_pct_high", "mean_score", "status"]


def next_generation(rows, year=2018, sgp=("SGP", "Included In SGP")):
    """An export; of each row school, subject, E, M, tested, score, SGP and number in it."""
    header = ["School Name", "School Code", "Subject", "M+E #", "M+E %", "E #", "E %", "M #"]
    header += ["M %", "PM #", "PM %", "NM #", "NM %", "No. of Students Included"]
    header += ["Avg. Scaled Score", *sgp, "Ach. PCTL"]
    body = []
    for school, subject, upper, second, tested, score, *growth in rows:
        name = {"00000000": "State", ALDER: "Boston - Alder", BIRCH: "Boston - Birch"}[school]
        cells = [" "] * 11 if tested == " " else None
        if cells is None:
            met, number = upper + second, f"{tested:>12,}"
            cells = [f"{met:>12,}", round(100 * met / tested)]
            for count in (upper, second, tested - met, 0):
                cells += [str(count), round(100 * count / tested)]
            cells.append(number)
        body.append([name, school, subject, *cells, score, *growth, ""])
    title = f"{year} Next Generation MCAS Achievement Results "
    return Made("Next Generation MCAS Achievemen", header, body, [[title]])


GRADE_4 = (
    (ALDER, "ELA", 9, 43, 119, "     500.7", "     41.6", "         110"),
    (ALDER, "MATH", 5, 31, 119, "491.3", "", "12"),
    (BIRCH, "ELA", 0, 0, 20, "460.0", "", ""),
    (BIRCH, "SCI", " ", " ", " ", "N/A", "N/A", "N/A"),
    ("00000000", "ELA", 6326, 29502, 69329, "502.2", "50.0", "67,378"),
)


def export(folder, made, name="mcas-2018-grade-4.xlsx"):
    return load_file(write_workbook(folder / name, made))


def test_next_generation(tmp_path):
    loaded = export(tmp_path, next_generation(GRADE_4))
    assert (loaded.state, loaded.layout) == ("massachusetts", "massachusetts-mcas-2017")
    assert (loaded.own_years, loaded.passed_over) == ({2018}, {TOTALS: 1})
    rows = loaded.tables["achievement"]
    assert rows[["district_id", "assessment", "series", "grade", "student_group"]].iloc[
        0
    ].tolist() == ["0035", "Next-Generation MCAS", "Next-Generation MCAS 2017", "04", "all"]
    assert rows["school_name"].tolist()[0] == "Boston - Alder"


@pytest.mark.parametrize(
    ("school", "subject", "expected"),
    [
        (ALDER, "ela", [119, 52, 44, 44, 44, 500.7, "reported"]),
        (ALDER, "math", [119, 36, 30, 30, 30, 491.3, "reported"]),
        (BIRCH, "ela", [20, 0, 0, 0, 0, 460, "reported"]),
        # Blank and N/A: fewer than ten students, so that any percent is possible.
        (BIRCH, "science", [None, None, None, 0, 100, None, "suppressed"]),
    ],
)
def test_next_generation_values(tmp_path, school, subject, expected):
    loaded = export(tmp_path, next_generation(GRADE_4))
    key = {"school_id": school, "subject": subject}
    assert values(loaded, "achievement", RESULTS, key) == expected


def test_growth_is_shown_suppressed_or_not_there(tmp_path):
    grown = export(tmp_path, next_generation(GRADE_4)).tables["growth"]
    columns = ["school_id", "subject", "measure", "value", "n_students", "status"]
    assert grown[columns].fillna(-1).to_numpy().tolist() == [
        [ALDER, "ela", "sgp_mean", 41.6, 110, "reported"],
        [ALDER, "math", "sgp_mean", -1, 12, "suppressed"],
    ]
    assert set(grown["series"]) == {"Next-Generation MCAS 2017, mean SGP"}


@pytest.mark.parametrize(
    ("year", "header", "measure"),
    [
        (2017, "SGP", "sgp_median"),
        (2018, "SGP", "sgp_mean"),
        (2017, "Avg. SGP", "sgp_mean"),
        (2019, "Avg.SGP", "sgp_mean"),
        (2019, "Mean SGP", "sgp_mean"),
        (2018, "Median SGP", "sgp_median"),
    ],
)
def test_median_and_mean_growth(tmp_path, year, header, measure):
    made = next_generation(GRADE_4, year, (header, f"Included In {header}"))
    grown = export(tmp_path, made).tables["growth"]
    assert set(grown["measure"]) == {measure}
    assert set(grown["end_year"]) == {year}


def test_participation_of_later_exports(tmp_path):
    made = next_generation(GRADE_4[:1], 2022).add("Part. Rate", 97)
    rows = export(tmp_path, made, "NextGenMCAS grade 5.xlsx").tables["achievement"]
    assert rows[["participation_pct", "grade"]].to_numpy().tolist() == [[97, "05"]]


# Which grade: the export does not say


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("mcas-2018-grade-3", "03"),
        ("mcas-2018-grade-10", "10"),
        ("2018-3-NextGenMCAS", "03"),
        ("2018_08_mcas", "08"),
        ("NextGenMCAS 2019 Grade 05", "05"),
        ("2018 MCAS 10th grade", "10"),
        ("mcas_2018_gr4", "04"),
        ("mcas-2017-grades-3-8-reassembled", "all"),
        ("2018 Grades 3 through 8", "all"),
        ("MCAS (all grades) 2019", "all"),
        ("2022_HSSci_NextGenMCAS", "high school science"),
        ("NextGenMCAS (3)", None),
        ("mcas-2018-10-25", None),
        ("grade 3 and grade 4", None),
        ("2018 Next Generation MCAS Achievement Results", None),
    ],
)
def test_grade_of_a_name(text, grade):
    assert grade_named(text) == grade


def test_title_tells_the_grade(tmp_path):
    made = next_generation(GRADE_4)
    made.above = [["2018 Next Generation MCAS Achievement Results - Grade 06"]]
    assert set(export(tmp_path, made, "x.xlsx").tables["achievement"]["grade"]) == {"06"}
    with pytest.raises(DataError, match="the title says grade '06', the file's name '07'"):
        export(tmp_path, made, "grade-7.xlsx")


def test_state_total_tells_all_grades(tmp_path):
    state = ("00000000", "ELA", 29763, 178570, 425349, "499.1", "50", "331,923")
    made = next_generation([*GRADE_4[:1], state], 2017)
    assert set(export(tmp_path, made, "NextGenMCAS.xlsx").tables["achievement"]["grade"]) == {"all"}
    with pytest.raises(DataError, match="the name says grade '04', but the state's total is of"):
        export(tmp_path, made, "grade-4.xlsx")


def test_no_grade_told(tmp_path):
    with pytest.raises(LayoutError, match=r"NextGenMCAS.xlsx, .*: which grade\? .*mcas-2018-grade"):
        export(tmp_path, next_generation(GRADE_4), "NextGenMCAS.xlsx")
    with pytest.raises(DataError, match="the name says grade 3, but there are growth percentiles"):
        export(tmp_path, next_generation(GRADE_4), "grade-3.xlsx")


# What an export may not say


def spoilt(made, text, value, row=0):
    return made.put(row, text, value)


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("School Code", "350012", "row 3, column 'School Code': got '350012'; expected an organi"),
        ("M+E %", "many", "got 'many'; expected a number or one of '', 'N/A'"),
        ("Avg. Scaled Score", "44", "'Avg. Scaled Score': got '44'; expected 440 to 560"),
        ("SGP", "110", "column 'SGP': got '110'; expected 0 to 100"),
        ("No. of Students Included", "", "column 'M\\+E #'"),
    ],
)
def test_wrong_cells(tmp_path, text, value, message):
    made = spoilt(next_generation(GRADE_4), text, value)
    if text == "No. of Students Included":
        made.put(0, "M+E #", "x")
    with pytest.raises(DataError, match=message):
        export(tmp_path, made)


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("M+E %", "9", "column 'M\\+E %': got '9'; expected 52 of 119, as the columns 'M\\+E #'"),
        ("M+E #", "53", "column 'M\\+E #': got '53'; expected 9 \\+ 43, as the columns 'E #'"),
    ],
)
def test_a_slip_passes_and_many_do_not(tmp_path, text, value, message):
    """An agency prints a row whose numbers disagree; a column of such rows is another column."""
    made = next_generation(GRADE_4).put(0, text, value)
    column = {"M+E %": "proficient_pct", "M+E #": "proficient_n"}[text]
    rows = export(tmp_path, made).tables["achievement"]
    assert rows[column].iloc[0] == float(value)
    with pytest.raises(DataError, match=message):
        export(tmp_path, made.put(1, text, value))


def test_grade_3_may_mark_that_there_is_no_growth(tmp_path):
    rows = [(*row[:6], "N/A", "N/A") for row in GRADE_4[:-1]]
    loaded = export(tmp_path, next_generation(rows, 2019), "mcas-2019-grade-3.xlsx")
    assert set(loaded.tables["achievement"]["grade"]) == {"03"}
    assert "growth" not in loaded.tables or loaded.tables["growth"].empty


def test_a_title_may_name_the_school_year(tmp_path):
    made = legacy()
    made.above[0][0] = made.above[0][0].replace("2016", "2015-16")
    assert export(tmp_path, made, "mcas-grade-10.xlsx").own_years == {2016}


def test_wrong_columns(tmp_path):
    made = next_generation(GRADE_4).rename("School Name", "District Name")
    made.rename("School Code", "District Code")
    with pytest.raises(LayoutError, match="'District Name', 'District Code' not known to this"):
        export(tmp_path, made)
    made = next_generation(GRADE_4).rename("M+E %", "MEE %")
    with pytest.raises(LayoutError, match=r"'M\+E %' expected, not found; column 'MEE %' not kn"):
        export(tmp_path, made)
    made = next_generation(GRADE_4)
    made.above = [["Next Generation MCAS Achievement Results"]]
    with pytest.raises(LayoutError, match="no year in 'Next Generation"):
        export(tmp_path, made)
    with pytest.raises(DataError, match="2 rows share a key"):
        export(tmp_path, next_generation([*GRADE_4, GRADE_4[0]]))


# Legacy tests


def legacy(kind="Median SGP", included="No. of Students Included", year=2016):
    header = ["School Name", "School Code", "Subject", "P+A #", "P+A %", "A #", "A %", "P #"]
    header += ["P %", "NI #", "NI %", "W/F #", "W/F %", included, "CPI", kind]
    header += [f"Included In {kind}"]
    subjects = ("ENGLISH LANGUAGE ARTS", "MATHEMATICS", "SCIENCE AND TECH/ENG")
    one = ["104", 83, "73", 58, "31", 25, "14", 11, "7", 6, "125", "94.2"]
    body = [["Boston - Alder", ALDER, s, *one, "52.5", "114"] for s in subjects[:2]]
    body.append(["Boston - Alder", ALDER, subjects[2], *one, "N/A", ""])
    body.append(["State Totals", "00000000", subjects[0], *one, "50.0", "60,000"])
    return Made("MCAS", header, body, [[f"{year} MCAS Achievement Results "]])


@pytest.mark.parametrize(
    ("kind", "included", "year", "measure"),
    [
        ("Median SGP", "No. of Students Included", 2016, "sgp_median"),
        ("Ave. SGP", "Student Included", 2018, "sgp_mean"),
    ],
)
def test_legacy(tmp_path, kind, included, year, measure):
    path = write_workbook(tmp_path / "mcas grade 10.xlsx", legacy(kind, included, year))
    loaded = load_file(path)
    assert (loaded.layout, loaded.passed_over) == ("massachusetts-mcas-legacy", {TOTALS: 1})
    rows = loaded.tables["achievement"]
    assert rows["subject"].tolist() == ["ela", "math", "science"]
    assert set(rows["series"]) == {"Legacy MCAS"}
    expected = [125, 104, 83, 83, 83, None, "reported"]
    key = {"school_id": ALDER, "subject": "math"}
    assert values(loaded, "achievement", RESULTS, key) == expected
    grown = loaded.tables["growth"]
    assert (
        grown[["measure", "value", "n_students"]].to_numpy().tolist() == [[measure, 52.5, 114]] * 2
    )


# PARCC


def parcc():
    header = ["Org Name", "Org Code", "Grade/Subject", "L4+5 #", "L4+5 %"]
    header += [f"L{level} {sign}" for level in (5, 4, 3, 2, 1) for sign in "#%"]
    header += ["Average Scaled Score", "Stud. Incl. #", "CPI #", "Trans. CPI", "SGP #"]
    header += ["Trans. SGP Median"]
    one = [40, 40, 10, 10, 30, 30, 30, 30, 20, 20, 10, 10, 741.5, 100, 100, 75.1, 90, 46]
    small = ["N/A"] * 18
    body = [
        ["Boston - Alder", ALDER, "GRADES 3-8 ELA/L", *one],
        ["Boston - Alder", ALDER, "GRADE 3 Math", *one[:-2], "N/A", "N/A"],
        ["Boston - Alder", ALDER, "GRADE 8 ALG. I", *small],
        ["Boston", "00350000", "GRADES 3-8 ELA/L", *one],
    ]
    below = [[None], ["NOTE: there are notes"]]
    return Made("parcc", header, body, [["2016 PARCC Results"], *[[None]] * 6], below)


def test_parcc_export(tmp_path):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", parcc()))
    assert loaded.layout == "massachusetts-parcc-2015"
    assert loaded.passed_over == {TOTALS: 1, "note": 1}
    rows = loaded.tables["achievement"]
    assert rows[["grade", "subject"]].to_numpy().tolist() == [
        ["all", "ela"],
        ["03", "math"],
        ["Algebra I", "math"],
    ]
    assert set(rows["series"]) == {"PARCC 2015"}
    key = {"school_id": ALDER, "grade": "all", "subject": "ela"}
    expected = [100, 40, 40, 40, 40, 741.5, "reported"]
    assert values(loaded, "achievement", RESULTS, key) == expected
    suppressed = [None, None, None, 0, 100, None, "suppressed"]
    key["grade"], key["subject"] = "Algebra I", "math"
    assert values(loaded, "achievement", RESULTS, key) == suppressed
    grown = loaded.tables["growth"]
    assert grown[["grade", "measure", "value", "n_students"]].to_numpy().tolist() == [
        ["all", "sgp_median", 46, 90]
    ]


@pytest.mark.parametrize("text", ["GRADES 3-8", "GRADE 9 MATH", "GRADE 3 ART"])
def test_parcc_grade_and_subject(tmp_path, text):
    made = parcc().put(0, "Grade/Subject", text)
    with pytest.raises(DataError, match=f"'Grade/Subject': got '{text}'; expected"):
        load_file(write_workbook(tmp_path / "x.xlsx", made))


def pages():
    header = list(BY_ID["massachusetts-parcc-pages"].columns)
    one = ["ELA", 40, 7, 33, 27, 19, 14, 739, 20228, 20870, 74.1, 13881, 46.0]
    body = [
        [2016, "00350000", "Boston", "district", *one],
        [2016, ALDER, "Alder", "school", *one],
        [2015, "04800000", "Cedar (District)", "one-school district", *one],
        [2015, "04750000", "Closed (District)", "one-school district", *one[:-2], "", ""],
    ]
    return Made("pages", header, body)


def test_parcc_pages(tmp_path):
    loaded = load_file(write_text(tmp_path / "x.csv", pages()))
    assert loaded.layout == "massachusetts-parcc-pages"
    assert (loaded.own_years, loaded.passed_over) == ({2015, 2016}, {TOTALS: 1})
    rows = loaded.tables["achievement"]
    # The district's only school, by the state's list; one that is not on it keeps its district's.
    assert rows["school_id"].tolist() == [ALDER, CEDAR, "04750000"]
    assert rows["district_id"].tolist() == ["0035", "0480", "0475"]
    columns = ["end_year", "subject", "grade", "n_tested", "proficient_pct", "mean_score"]
    assert rows[columns].iloc[0].tolist() == [2016, "ela", "all", 20228, 40, 739]
    grown = loaded.tables["growth"]
    assert grown[["school_id", "value", "measure"]].to_numpy().tolist() == [
        [ALDER, 46, "sgp_median"],
        [CEDAR, 46, "sgp_median"],
    ]


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("scope", "state", "got 'state'; expected one of school, one-school district, district"),
        ("pct_l4_5", "33", "got '33'; expected the sum of levels 4 and 5"),
        ("year", "2017", "got '2017'; expected 2015 or 2016"),
    ],
)
def test_wrong_pages(tmp_path, text, value, message):
    with pytest.raises(DataError, match=message):
        load_file(write_text(tmp_path / "x.csv", pages().put(1, text, value)))


# Enrollment

RACE_TEXTS = ("African American", "Asian", "Hispanic", "White", "Native American")
RACE_TEXTS += ("Native Hawaiian, Pacific Islander", "Multi-Race, Non-Hispanic")


def race(older=True):
    body = [
        ["Boston - Alder", f"\xa0{ALDER}", 45.1, 4, 40.2, 8, 0, 0.4, 2.2, 54.9, 45.1],
        ["State Totals - State Totals", "\xa000000000", 9, 6.9, 20, 60.1, 0.2, 0.1, 3.6, 51, 49],
    ]
    title = ["2017-18 Enrollment By Race/Gender Report (School)"]
    if older:
        header = ["SCHOOL", "ORG CODE", *RACE_TEXTS, "Males", "Females"]
        return Made("school", header, body, [title, *[[None]] * 3])
    header = ["School Name", "School Code", *RACE_TEXTS, "Males", "Females"]
    return Made("Enrollment By Race Gender Repor", header, body, [title]).add("Non-Binary", 0)


@pytest.mark.parametrize("older", [True, False])
def test_race(tmp_path, older):
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", race(older)))
    assert loaded.layout == "massachusetts-enrollment-race"
    assert (loaded.own_years, loaded.passed_over) == ({2018}, {TOTALS: 1})
    columns = ["district_id", "black_pct", "asian_pct", "hispanic_pct", "white_pct"]
    columns += ["native_american_pct", "pacific_islander_pct", "multiracial_pct", "enrollment"]
    expected = ["0035", 45.1, 4, 40.2, 8, 0, 0.4, 2.2, None]
    assert values(loaded, "demographics", columns, {"school_id": ALDER}) == expected


def test_races_that_do_not_add_up(tmp_path):
    made = race().put(0, "Hispanic", 0.1)
    made.body.append(["Boston - Birch", BIRCH, *made.body[0][2:]])
    path = write_workbook(tmp_path / "x.xlsx", made)
    with pytest.raises(DataError, match=r"row 6: the shares of all races add up to 59\.8;"):
        load_file(path)


TEXTS = ("First Language Not English", "English Language Learner", "Students With Disabilities")
TEXTS += ("High Needs", "Economically Disadvantaged")
COUNTS = (913, 64.1, 137, 9.6, 171, 12, 751, 52.7, 568, 39.9)


def populations(older=True, texts=TEXTS, years="2017-18"):
    title = [f"{years} Selected Populations Report (School)"]
    body = [["Boston - Alder", f"\xa0{ALDER}", *COUNTS]]
    body.append(["State Totals - State Totals", "\xa000000000", *[0] * 10])
    if older:
        merged = ["SCHOOL", "ORGCODE", *[cell for text in texts for cell in (text, None)]]
        above = [title, *[[None]] * 3, merged]
        return Made("selectedpopulations", [None, None, *"#%" * 5], body, above)
    header = ["School Name", "School Code", *[f"{t} {sign}" for t in texts for sign in "#%"]]
    made = Made("Selected Populations Report", header, body, [title])
    return made.add("Free Lunch #", "").add("Free Lunch %", "")


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize(
    ("years", "poor", "definition"),
    [
        ("2013-14", "Low Income", "low income: free or reduced-price lunch"),
        (
            "2017-18",
            TEXTS[-1],
            "economically disadvantaged: SNAP, TAFDC, foster care or MassHealth",
        ),
        ("2021-22", "Low Income", "low income: state benefits, expanded MassHealth, homeless or "),
    ],
)
def test_populations(tmp_path, older, years, poor, definition):
    made = populations(older, (*TEXTS[:-1], poor), years)
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", made))
    flat = "" if older else "-flat"
    assert loaded.layout == f"massachusetts-selected-populations{flat}"
    assert (loaded.own_years, loaded.passed_over) == ({int(years[:4]) + 1}, {TOTALS: 1})
    columns = ["english_learner_pct", "disability_pct", "low_income_pct", "white_pct"]
    key = {"school_id": ALDER}
    assert values(loaded, "demographics", columns, key) == [9.6, 12, 39.9, None]
    assert values(loaded, "demographics", ["low_income_definition"], key)[0].startswith(definition)


def test_wrong_populations(tmp_path):
    with pytest.raises(LayoutError, match="no column 'Low Income', which the state published for"):
        load_file(write_workbook(tmp_path / "x.xlsx", populations(years="2023-24")))
    made = populations()
    made.body[0][5] = 12.6
    made.body.append(["Boston - Birch", BIRCH, *made.body[0][2:]])
    with pytest.raises(DataError, match="row 7: no number of students fits all counts and"):
        load_file(write_workbook(tmp_path / "x.xlsx", made))


# The compilation of 2016-17


def compilation(**cells):
    """Two schools; the second has no student."""
    header = list(BY_ID["massachusetts-compilation-2017"].columns)
    one = {
        "School Code": ALDER,
        "School Name": "Alder",
        "School Type": "Public School",
        "Town": "Dorchester",
        "District Code": "00350000",
        "TOTAL_Enrollment": 400,
        "English Language Learner": 100.0,
        "Students With Disabilities": 60.0,
        "Economically Disadvantaged": 250.0,
        "% Economically Disadvantaged": 94.4,
        "% English Language Learner": 25.0,
        "% Students With Disabilities": 15.0,
        "% African American": 40.0,
        "% Asian": 10.0,
        "% Hispanic": 30.0,
        "% White": 18.0,
        "% Native American": 0.0,
        "% Native Hawaiian, Pacific Islander": 0.5,
        "% Multi-Race, Non-Hispanic": 1.5,
        "MCAS_10thGrade_Math_P+A #": 20.0,
        "% MCAS_10thGrade_Math_P+A": 40.0,
        "MCAS_10thGrade_Math_A #": 5.0,
        "MCAS_10thGrade_Math_P #": 15.0,
        "MCAS_10thGrade_Math_Stud. Incl. #": 50.0,
        "MCAS_10thGrade_Math_SGP": 52.5,
        "MCAS_10thGrade_Math_Incl. in SGP(#)": 45.0,
        "MCAS_8thGrade_English_Incl. in SGP(#)": 19.0,
    }
    none = {"School Code": CEDAR, "School Name": "Cedar", "School Type": "Charter School"}
    none |= {"Town": "Boston", "District Code": "04800000", "TOTAL_Enrollment": 0}
    rows = [one | cells, none]
    return Made("compilation", header, [[row.get(text, "") for text in header] for row in rows])


def test_compilation(tmp_path):
    assert len(compilation().header) == 297
    loaded = load_file(write_text(tmp_path / "x.csv", compilation()))
    assert (loaded.layout, loaded.own_years) == ("massachusetts-compilation-2017", {2017})
    key = {"school_id": ALDER, "end_year": 2017}
    columns = ["enrollment", "low_income_pct", "english_learner_pct", "disability_pct", "black_pct"]
    # 250 of 400: never the 94.4 of the column that is sorted apart.
    assert values(loaded, "demographics", columns, key) == [400, 62.5, 25, 15, 40]
    key["school_id"] = CEDAR
    assert values(loaded, "demographics", columns, key) == [0, None, None, None, None]
    assert loaded.tables["directory"]["sector"].tolist() == ["district", "charter"]
    assert loaded.tables["directory"]["locality"].tolist() == ["Dorchester", "Boston"]
    rows = loaded.tables["achievement"]
    assert rows[["end_year", "school_id", "grade", "subject"]].to_numpy().tolist() == [
        [2016, ALDER, "10", "math"]
    ]
    key = {"school_id": ALDER, "subject": "math"}
    expected = [50, 20, 40, 40, 40, None, "reported"]
    assert values(loaded, "achievement", RESULTS, key) == expected
    grown = loaded.tables["growth"].sort_values("grade")
    assert grown[["grade", "value", "status"]].fillna(-1).to_numpy().tolist() == [
        ["08", -1, "suppressed"],
        ["10", 52.5, "reported"],
    ]
    assert set(grown["measure"]) == {"sgp_median"}


def test_lost_leading_zeros_are_put_back(tmp_path):
    cells = {"School Code": "350012", "District Code": "350000"}
    loaded = load_file(write_text(tmp_path / "x.csv", compilation(**cells)))
    assert loaded.tables["directory"]["school_id"].tolist() == [ALDER, CEDAR]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"District Code": "00360000"}, "got '00360000'; expected '00350000', as the school's"),
        ({"School Type": "Private"}, "got 'Private'; expected 'Public School' or 'Charter School'"),
        ({"Economically Disadvantaged": 401}, "got 401; expected at most the 400 enrolled"),
        ({"% English Language Learner": 52}, "got '52'; expected 100 of 400, as the columns"),
        ({"MCAS_10thGrade_Math_A #": 6}, "got '20.0'; expected 6 \\+ 15"),
    ],
)
def test_wrong_compilation(tmp_path, cells, message):
    made = compilation(**cells)
    other = compilation(**{"School Code": BIRCH, **cells})
    made.body.append(other.body[0])
    with pytest.raises(DataError, match=message):
        load_file(write_text(tmp_path / "x.csv", made))


# Open data


def open_mcas(scale=1.0, group="STU_GRP"):
    header = [t for t in BY_ID["massachusetts-open-data-mcas"].columns if t != "STUGRP"]
    usual = {"SY": 2018, "ORG_CODE": ALDER, "ORG_NAME": "Alder", "ORG_TYPE": "Public School"}
    usual |= {"TEST_GRADE": "03", "SUBJECT_CODE": "ELA", "STU_GRP": "All Students"}
    usual |= {"M_PLUS_E_CNT": 29, "M_PLUS_E_PCT": round(0.29 * scale, 2), "E_CNT": 9, "M_CNT": 20}
    usual |= {"STU_CNT": 100, "STU_PART_PCT": round(0.99 * scale, 2), "AVG_SCALED_SCORE": 490}
    none = dict.fromkeys(("M_PLUS_E_CNT", "M_PLUS_E_PCT", "E_CNT", "M_CNT", "STU_CNT"), "")
    none |= {"STU_PART_PCT": "", "AVG_SCALED_SCORE": ""}
    rows = [
        usual,
        usual | {"TEST_GRADE": "ALL (03-08)", "AVG_SGP": 41.6, "AVG_SGP_INCL": 80},
        usual | {"SY": 2017, "TEST_GRADE": "ALL (03-08)", "AVG_SGP": 55, "AVG_SGP_INCL": 80},
        usual | {"STU_GRP": "English Learners"} | none,
        usual
        | {"ORG_CODE": CEDAR, "ORG_TYPE": "Charter School", "TEST_GRADE": "HS SCI"}
        | {"SUBJECT_CODE": "BIO"},
        usual | {"ORG_CODE": "00350000", "ORG_TYPE": "Public School District"},
        usual | {"ORG_CODE": "00000000", "ORG_TYPE": "State"},
    ]
    body = [[row.get(text, "") for text in header] for row in rows]
    header[header.index("STU_GRP")] = group
    return Made("mcas", header, body)


@pytest.mark.parametrize(("scale", "group"), [(1.0, "stu_grp"), (100.0, "STUGRP")])
def test_open_data_mcas(tmp_path, scale, group):
    loaded = load_file(write_text(tmp_path / "x.csv", open_mcas(scale, group)))
    assert loaded.layout == "massachusetts-open-data-mcas"
    assert (loaded.own_years, loaded.passed_over) == ({2017, 2018}, {TOTALS: 2})
    rows = loaded.tables["achievement"]
    columns = ["end_year", "school_id", "subject", "grade", "student_group"]
    columns += ["proficient_pct", "participation_pct", "status"]
    assert rows[columns].fillna(-1).to_numpy().tolist() == [
        [2018, ALDER, "ela", "03", "all", 29, 99, "reported"],
        [2018, ALDER, "ela", "all", "all", 29, 99, "reported"],
        [2017, ALDER, "ela", "all", "all", 29, 99, "reported"],
        [2018, ALDER, "ela", "03", "English Learners", -1, -1, "suppressed"],
        [2018, CEDAR, "biology", "high school science", "all", 29, 99, "reported"],
    ]
    grown = loaded.tables["growth"]
    assert grown[["end_year", "measure", "value"]].to_numpy().tolist() == [
        [2018, "sgp_mean", 41.6],
        [2017, "sgp_median", 55],
    ]
    directory = loaded.tables["directory"]
    assert directory[["end_year", "school_id", "sector"]].to_numpy().tolist() == [
        [2018, ALDER, "district"],
        [2017, ALDER, "district"],
        [2018, CEDAR, "charter"],
    ]


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("TEST_GRADE", "3-8", "got '3-8'; expected one of 03, 04"),
        ("SY", "2017-18", "got '2017-18'; expected a spring year such as 2018"),
        ("M_PLUS_E_PCT", "0.92", "got '0.92'; expected 29 of 100"),
        ("M_PLUS_E_PCT", "29", "expected 29 of 100|expected 0 to 1"),
    ],
)
def test_wrong_open_data(tmp_path, text, value, message):
    path = write_text(tmp_path / "x.csv", open_mcas().put(0, text, value).put(1, text, value))
    with pytest.raises(DataError, match=message):
        load_file(path)


def test_stars_of_open_data_hide_growth(tmp_path):
    made = open_mcas().put(1, "AVG_SGP", "*").put(1, "AVG_SGP_INCL", 12)
    loaded = load_file(write_text(tmp_path / "x.csv", made))
    assert sorted(loaded.tables["growth"]["status"]) == ["reported", "suppressed"]


def test_more_taken_than_enrolled_is_no_rate(tmp_path):
    made = open_mcas().put(0, "STU_PART_PCT", "1.01")
    rows = load_file(write_text(tmp_path / "x.csv", made)).tables["achievement"]
    assert rows["participation_pct"].isna().tolist()[:2] == [True, False]
    with pytest.raises(DataError, match=r"got '1\.4'; expected 0 to 1\.1"):
        load_file(write_text(tmp_path / "y.csv", made.put(0, "STU_PART_PCT", "1.4")))


def open_enrollment():
    header = list(BY_ID["massachusetts-open-data-enrollment"].columns)
    usual = {"ORG_CODE": ALDER, "ORG_NAME": "Alder", "ORG_TYPE": "School", "TOTAL_CNT": 400}
    usual |= {"AIAN_PCT": 0, "AS_PCT": 0.1, "BAA_PCT": 0.4, "HL_PCT": 0.3, "MNHL_PCT": 0.015}
    usual |= {"NHPI_PCT": 0.005, "WH_PCT": 0.18, "EL_CNT": 100, "EL_PCT": 0.25}
    usual |= {"SWD_CNT": 60, "SWD_PCT": 0.15}
    rows = [
        usual | {"SY": 2014, "LI_CNT": 320, "LI_PCT": 0.8},
        usual | {"SY": 2018, "ECD_CNT": 250, "ECD_PCT": 0.625},
        usual | {"SY": 2022, "LI_CNT": 300, "LI_PCT": 0.75},
        usual | {"SY": 2022, "ORG_CODE": "00350000", "ORG_TYPE": "District"},
    ]
    return Made("enrollment", header, [[row.get(text, "") for text in header] for row in rows])


def test_open_data_enrollment(tmp_path):
    loaded = load_file(write_text(tmp_path / "x.csv", open_enrollment()))
    assert loaded.layout == "massachusetts-open-data-enrollment"
    assert (loaded.own_years, loaded.passed_over) == ({2014, 2018, 2022}, {TOTALS: 1})
    rows = loaded.tables["demographics"]
    assert rows["low_income_pct"].tolist() == [80, 62.5, 75]
    assert rows["low_income_definition"].nunique() == 3
    columns = ["enrollment", "black_pct", "multiracial_pct", "english_learner_pct"]
    key = {"school_id": ALDER, "end_year": 2018}
    assert values(loaded, "demographics", columns, key) == [400, 40, 1.5, 25]
    path = write_text(
        tmp_path / "y.csv", open_enrollment().put(0, "EL_PCT", 0.52).put(1, "EL_PCT", 0.52)
    )
    with pytest.raises(DataError, match=r"'EL_PCT' do not agree: got 100, 400, 0\.52; expected"):
        load_file(path)


# Written back

EXAMPLES = {
    "massachusetts-mcas-2017": ("mcas-2018-grade-4.xlsx", lambda: next_generation(GRADE_4)),
    "massachusetts-mcas-legacy": ("mcas-grade-10.xlsx", legacy),
    "massachusetts-parcc-2015": ("parcc.xlsx", parcc),
    "massachusetts-parcc-pages": ("pages.csv", pages),
    "massachusetts-enrollment-race": ("race.xlsx", race),
    "massachusetts-selected-populations": ("populations.xlsx", populations),
    "massachusetts-selected-populations-flat": ("flat.xlsx", lambda: populations(older=False)),
    "massachusetts-compilation-2017": ("compilation.csv", compilation),
    "massachusetts-open-data-mcas": ("mcas.csv", open_mcas),
    "massachusetts-open-data-enrollment": ("enrollment.csv", open_enrollment),
}


def assert_same(one, other):
    assert one.layout == other.layout
    assert one.tables.keys() == other.tables.keys()
    for name, frame in one.tables.items():
        key = list(table(name).key)
        frames = [f.sort_values(key, ignore_index=True) for f in (frame, other.tables[name])]
        pd.testing.assert_frame_equal(*frames)


def test_every_layout_has_a_writer_and_an_example():
    assert set(BY_ID) == set(WRITERS) == set(EXAMPLES)


@pytest.mark.parametrize("layout", EXAMPLES)
def test_what_is_written_is_read(tmp_path, layout):
    name, make = EXAMPLES[layout]
    write = write_text if name.endswith("csv") else write_workbook
    loaded = load_file(write(tmp_path / name, make()))
    assert loaded.layout == layout
    again = WRITERS[layout](tmp_path / "again" / name, loaded.tables, max(loaded.own_years))
    assert_same(loaded, load_file(again))


@pytest.mark.parametrize("layout", ["race", "selected-populations"])
def test_newer_exports_are_written_too(tmp_path, layout):
    key = f"massachusetts-{'enrollment-' if layout == 'race' else ''}{layout}"
    loaded = load_file(write_workbook(tmp_path / "x.xlsx", EXAMPLES[key][1]()))
    path = WRITERS[key](tmp_path / "y.xlsx", loaded.tables, 2018, older=False)
    tables = load_file(path).tables["demographics"]
    pd.testing.assert_frame_equal(tables, loaded.tables["demographics"])


def test_a_mean_of_legacy_growth_and_participation_are_written(tmp_path):
    made = legacy("Ave. SGP", "Student Included", 2018)
    loaded = load_file(write_workbook(tmp_path / "grade-10.xlsx", made))
    path = WRITERS[loaded.layout](tmp_path / "again-grade-10.xlsx", loaded.tables, 2018)
    assert_same(loaded, load_file(path))
    made = next_generation(GRADE_4[:2], 2022).add("Part. Rate", 97)
    loaded = load_file(write_workbook(tmp_path / "grade-5.xlsx", made))
    path = WRITERS[loaded.layout](tmp_path / "again-grade-5.xlsx", loaded.tables, 2022)
    assert_same(loaded, load_file(path))


def test_an_export_is_named_after_its_grade(tmp_path):
    tables = export(tmp_path, next_generation(GRADE_4)).tables
    with pytest.raises(UsageError, match=r"NextGenMCAS.xlsx: an export has one grade, which its"):
        WRITERS["massachusetts-mcas-2017"](tmp_path / "NextGenMCAS.xlsx", tables, 2018)


# The official files

FOLDER = "massachusetts"
OFFICIAL = {
    # layout, years, then of each table: rows, schools, schools of Boston
    "mcas-2017-grades-3-8-reassembled.xlsx": (
        "massachusetts-mcas-2017",
        {2017},
        {"achievement": (2750, 1376, 84), "growth": (2658, 1330, 83)},
    ),
    "mcas-2018-grade-3.xlsx": (
        "massachusetts-mcas-2017",
        {2018},
        {"achievement": (1917, 959, 73)},
    ),
    "mcas-2018-grade-4.xlsx": (
        "massachusetts-mcas-2017",
        {2018},
        {"achievement": (1869, 935, 69), "growth": (1869, 935, 69)},
    ),
    "mcas-2018-grade-5.xlsx": (
        "massachusetts-mcas-2017",
        {2018},
        {"achievement": (1748, 874, 69), "growth": (1748, 874, 69)},
    ),
    "mcas-2018-grade-6.xlsx": (
        "massachusetts-mcas-2017",
        {2018},
        {"achievement": (1118, 559, 41), "growth": (1118, 559, 41)},
    ),
    "mcas-2018-grade-7.xlsx": (
        "massachusetts-mcas-2017",
        {2018},
        {"achievement": (958, 479, 45), "growth": (958, 479, 45)},
    ),
    "mcas-2018-grade-8.xlsx": (
        "massachusetts-mcas-2017",
        {2018},
        {"achievement": (955, 478, 44), "growth": (955, 478, 44)},
    ),
    "enrollmentbyracegender-2018.xlsx": (
        "massachusetts-enrollment-race",
        {2018},
        {"demographics": (1847, 1847, 118)},
    ),
    "selectedpopulations-2018.xlsx": (
        "massachusetts-selected-populations",
        {2018},
        {"demographics": (1847, 1847, 118)},
    ),
    "MA_Public_Schools_2017.csv": (
        "massachusetts-compilation-2017",
        {2017},
        {
            "achievement": (3072, 704, 28),
            "growth": (2554, 690, 28),
            "demographics": (1861, 1861, 118),
            "directory": (1861, 1861, 118),
        },
    ),
    "parcc_profile_pages_2015_2016.csv": (
        "massachusetts-parcc-pages",
        {2015, 2016},
        {"achievement": (28, 11, 5), "growth": (28, 11, 5)},
    ),
}
ROUNDING = 0.51
"""Half a point; the table of 2017 rounds 41.496 to 41.50 and that to 42."""


@pytest.fixture(scope="module")
def official(raw_file):
    read = {}

    def load(name):
        if name not in read:
            read[name] = load_file(raw_file(f"{FOLDER}/{name}"))
        return read[name]

    return load


@pytest.mark.real_data
@pytest.mark.parametrize("name", OFFICIAL)
def test_official_file(official, tmp_path, name):
    layout, years, counts = OFFICIAL[name]
    loaded = official(name)
    assert (loaded.layout, loaded.own_years) == (layout, years)
    found = {
        table_name: (
            len(frame),
            frame["school_id"].nunique(),
            frame.loc[frame["district_id"] == "0035", "school_id"].nunique(),
        )
        for table_name, frame in loaded.tables.items()
    }
    assert found == counts
    assert_same(loaded, load_file(WRITERS[layout](tmp_path / name, loaded.tables, max(years))))


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", [n for n, (_, _, counts) in OFFICIAL.items() if "achievement" in counts]
)
def test_published_rates_are_those_of_the_counts(official, name):
    rows = official(name).tables["achievement"]
    assert set(rows["status"]) == {"reported"}
    assert (rows["n_tested"] >= 10).all()
    if rows["proficient_n"].notna().any():
        rate = 100 * rows["proficient_n"] / rows["n_tested"]
        assert (rate - rows["proficient_pct"]).abs().max() < ROUNDING


@pytest.mark.real_data
def test_fewer_than_twenty_have_no_growth_shown(official):
    for name in (f"mcas-2018-grade-{grade}.xlsx" for grade in range(4, 9)):
        grown = official(name).tables["growth"]
        assert set(grown["measure"]) == {"sgp_mean"}
        few = grown["status"] == "suppressed"
        assert grown.loc[few, "n_students"].max() < 20 <= grown.loc[~few, "n_students"].min()
    grown = official("mcas-2017-grades-3-8-reassembled.xlsx").tables["growth"]
    assert set(grown["measure"]) == {"sgp_median"}


@pytest.mark.real_data
def test_spot_values(official):
    key = {"school_id": "00350390", "subject": "ela"}
    loaded = official("mcas-2018-grade-3.xlsx")
    assert values(loaded, "achievement", RESULTS, key) == [83, 15, 18, 18, 18, 485.3, "reported"]
    key = {"school_id": "00350012", "subject": "math"}
    assert values(official("mcas-2018-grade-8.xlsx"), "growth", ["value", "n_students"], key)
    key = {"school_id": "00350541"}
    race = official("enrollmentbyracegender-2018.xlsx")
    assert values(race, "demographics", ["black_pct", "hispanic_pct"], key) == [45.1, 40.2]
    columns = ["english_learner_pct", "disability_pct", "low_income_pct"]
    populations = official("selectedpopulations-2018.xlsx")
    assert values(populations, "demographics", columns, key) == [16.5, 23.2, 61.6]


@pytest.mark.real_data
def test_boston_of_the_profile_pages(raw_file):
    """The district's rows are totals, which never enter: they are read as the file has them."""
    raw = open_raw(raw_file(f"{FOLDER}/parcc_profile_pages_2015_2016.csv"))
    rows = read_sheet(raw.text(","), BY_ID["massachusetts-parcc-pages"]).frame
    boston = rows[(rows["school"] == "00350000") & (rows["year"] == "2016")].set_index("subject")
    assert boston["pct"].to_dict() == {"ELA": "40", "MATH": "37"}
    assert boston["sgp"].astype(float).to_dict() == {"ELA": 46, "MATH": 44}


@pytest.mark.real_data
def test_only_schools_are_those_of_the_list(official):
    """Each charter district of the profile pages whose code is replaced has that one school."""
    directory = official("MA_Public_Schools_2017.csv").tables["directory"]
    pages = official("parcc_profile_pages_2015_2016.csv").tables["achievement"]
    listed = directory.groupby("district_id")["school_id"].agg(list)
    alone = pages[pages["district_id"].isin(["0416", "0480", "0484", "3505"])]
    assert alone["school_id"].nunique() == 4
    for district, school in zip(alone["district_id"], alone["school_id"], strict=True):
        assert listed[district] == [school]


@pytest.mark.real_data
def test_the_percent_of_low_income_is_sorted_apart(raw_file, official):
    sheet = pd.read_csv(raw_file(f"{FOLDER}/MA_Public_Schools_2017.csv"), dtype={0: str})
    rows = official("MA_Public_Schools_2017.csv").tables["demographics"]
    own = rows.set_index("school_id")["low_income_pct"]
    misplaced = sheet.set_index("School Code")["% Economically Disadvantaged"]
    assert ((own - misplaced).abs() > 1).sum() > 1700
    assert own.mean() == pytest.approx(misplaced.mean(), abs=0.1)


@pytest.mark.real_data
def test_boston_2018_has_controls_of_its_year(raw_root):
    """Schools of the district; the city's charters come with a roster."""
    boston = Place("boston_district", "massachusetts", "Boston", district_ids=("0035",))
    rows = load_panel(boston, [2018], raw=raw_root / FOLDER).frame
    assert rows["school_id"].nunique() == 85
    assert sorted(rows["grade"].unique()) == [f"{grade:02d}" for grade in range(3, 9)]
    assert set(rows["demographics_year"]) == {2018}
    assert rows[list(CONTROLS)].notna().all(axis=None)
    assert set(rows["series"]) == {"Next-Generation MCAS 2017"}
