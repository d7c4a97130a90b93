"""Massachusetts: the compilation of state reports of 2016-17, one row a school, 297 columns.

Put together by others from statewide reports of the Department of Elementary and Secondary
Education, and handed on as `MA_Public_Schools_2017.csv`. The file names no year; it is that of
its only known edition. Enrollment, populations and races are of 2016-17, the MCAS columns of
spring 2016: legacy MCAS, which most districts had left for PARCC in grades 3 to 8 (Boston has
grade 10 only). The growth percentile is a median.

Its percent of economically disadvantaged students is sorted apart from its rows, and never used:
the share is the count over the enrollment. A blank share is of a school without students, a blank
result of a grade that the school does not have or did not test in MCAS. A copy saved by a
spreadsheet has lost the leading zeros of its codes; they are put back, and the code of the
district must be that of the school.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.agreement import (
    Agreement,
    adds_up,
    adds_up_to,
    at_most,
    is_share,
    together,
)
from autonomy_stats.loaders.cells import counts, first_row, percents
from autonomy_stats.loaders.layout import IGNORED, Layout, Levels, Sheet, Tidy
from autonomy_stats.loaders.massachusetts_common import (
    AGENCY,
    LEGACY,
    STATE,
    TOTALS,
    achievement,
    check_shares,
    identity,
    low_income_definition,
    schools_only,
)
from autonomy_stats.loaders.massachusetts_growth import growth, growth_shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

END_YEAR = 2017
MCAS_YEAR = 2016

SECTORS = {"Public School": "district", "Charter School": "charter"}
NOT_TESTED = {"": "not_published"}
NO_STUDENTS = {"": "not_published"}

GRADES = {
    f"{grade}{'rd' if grade == 3 else 'th'}Grade": f"{grade:02d}" for grade in (*range(3, 9), 10)
}
SUBJECTS = {"Math": "math", "English": "ela"}
LEVELS = ("A", "P", "NI", "W/F")

SHARES = {
    "% African American": "black_pct",
    "% Asian": "asian_pct",
    "% Hispanic": "hispanic_pct",
    "% White": "white_pct",
    "% Native American": "native_american_pct",
    "% Native Hawaiian, Pacific Islander": "pacific_islander_pct",
    "% Multi-Race, Non-Hispanic": "multiracial_pct",
    "% English Language Learner": "english_learner_pct",
    "% Students With Disabilities": "disability_pct",
}

NOT_USED = (
    *("Function", "State", "Zip", "Grade", "District Name"),
    *(f"{grade}_Enrollment" for grade in ("PK", "K", *range(1, 13), "SP")),
    *("First Language Not English", "% First Language Not English"),
    *("High Needs", "% High Needs"),
    "% Economically Disadvantaged",  # sorted apart from its rows
    *("% Males", "% Females"),
    *("Total # of Classes", "Average Class Size", "Number of Students"),
    *("Salary Totals", "Average Salary", "FTE Count"),
    *("In-District Expenditures", "Total In-district FTEs"),
    *("Average In-District Expenditures per Pupil", "Total Expenditures", "Total Pupil FTEs"),
    *("Average Expenditures per Pupil", "# in Cohort", "% Graduated", "% Still in School"),
    *("% Non-Grad Completers", "% GED", "% Dropped Out", "% Permanently Excluded"),
    *("High School Graduates (#)", "Attending Coll./Univ. (#)", "% Attending College"),
    *("% Private Two-Year", "% Private Four-Year", "% Public Two-Year", "% Public Four-Year"),
    *("% MA Community College", "% MA State University", "% UMass"),
    *("AP_Test Takers", "AP_Tests Taken", "AP_One Test", "AP_Two Tests", "AP_Three Tests"),
    *("AP_Four Tests", "AP_Five or More Tests"),
    *(f"AP_Score={score}" for score in range(1, 6)),
    *("% AP_Score 1-2", "% AP_Score 3-5"),
    *("SAT_Tests Taken", "Average SAT_Reading", "Average SAT_Writing", "Average SAT_Math"),
    *("Accountability and Assistance Level", "Accountability and Assistance Description"),
    "School Accountability Percentile (1-99)",
    "Progress and Performance Index (PPI) - All Students",
    "Progress and Performance Index (PPI) - High Needs Students",
    "District_Accountability and Assistance Level",
    "District_Accountability and Assistance Description",
    "District_Progress and Performance Index (PPI) - All Students",
    "District_Progress and Performance Index (PPI) - High Needs Students",
)


def _columns() -> dict[str, str]:
    columns = {
        "School Code": "school",
        "School Name": "name",
        "School Type": "type",
        "Town": "town",
        "District Code": "district",
        "TOTAL_Enrollment": "enrollment",
        "English Language Learner": "english_learner_n",
        "Students With Disabilities": "disability_n",
        "Economically Disadvantaged": "low_income_n",
        **SHARES,
        **dict.fromkeys(NOT_USED, IGNORED),
    }
    for grade_text, grade in GRADES.items():
        for subject_text, subject in SUBJECTS.items():
            prefix, field = f"MCAS_{grade_text}_{subject_text}_", f"{grade} {subject} "
            columns |= {
                f"{prefix}P+A #": f"{field}n",
                f"% {prefix}P+A": f"{field}pct",
                f"{prefix}Stud. Incl. #": f"{field}n_tested",
                f"{prefix}CPI": IGNORED,
                f"{prefix}SGP": f"{field}sgp",
                f"{prefix}Incl. in SGP(#)": f"{field}n_sgp",
            }
            for level in LEVELS:
                columns |= {f"{prefix}{level} #": IGNORED, f"% {prefix}{level}": IGNORED}
            columns |= {f"{prefix}A #": f"{field}upper_n", f"{prefix}P #": f"{field}next_n"}
    return columns


def _levels() -> tuple[Levels, ...]:
    """Return the columns of the levels: shares and counts of each grade and subject."""
    made = []
    for grade_text, grade in GRADES.items():
        for subject_text, subject in SUBJECTS.items():
            prefix, tested = f"MCAS_{grade_text}_{subject_text}_", f"{grade} {subject} n_tested"
            shares = {f"% {prefix}{level}": level for level in LEVELS}
            counts = {f"{prefix}{level} #": level for level in LEVELS}
            made += [Levels(shares, tested), Levels(counts, tested, counts=True)]
    return tuple(made)


RACES = tuple(SHARES)[:7]
TENTHS = 0.5
"""How far rounding to a tenth moves the sum of the races."""


def _agree() -> tuple[Agreement, ...]:
    """Return what holds between columns of results, and between those of students."""
    made = [
        adds_up_to(100, RACES, TENTHS),
        *(
            is_share(text, "TOTAL_Enrollment", f"% {text}", 0.0501)
            for text in ("English Language Learner", "Students With Disabilities", "High Needs")
        ),
        at_most("Economically Disadvantaged", "High Needs"),
    ]
    for grade in GRADES:
        for subject in SUBJECTS:
            prefix = f"MCAS_{grade}_{subject}_"
            tested, passed = f"{prefix}Stud. Incl. #", f"% {prefix}P+A"
            made += [
                adds_up([f"{prefix}{level} #" for level in LEVELS], tested),
                *(is_share(f"{prefix}{n} #", tested, f"% {prefix}{n}") for n in LEVELS),
                together(f"{prefix}P+A #", passed, tested),
                at_most(f"{prefix}Incl. in SGP(#)", tested),
                at_most(passed, f"{prefix}CPI", 0.6),
                growth_shown(f"{prefix}SGP", f"{prefix}Incl. in SGP(#)"),
            ]
    return tuple(made)


def _tidy(sheet: Sheet, _end_year: int) -> Tidy:
    import pandas as pd

    for column in ("school", "district"):
        sheet.frame[column] = sheet.frame[column].str.zfill(8)
    schools, totals = schools_only(sheet)
    school = identity(schools, END_YEAR)
    _check_districts(schools, school)
    blocks = [(grade, subject) for grade in GRADES.values() for subject in SUBJECTS.values()]
    tested = school.assign(end_year=MCAS_YEAR)
    results = [_results(schools, tested, *block) for block in blocks]
    grown = [_growth(schools, tested, *block) for block in blocks]
    return Tidy(
        {
            "achievement": pd.concat([r for r in results if len(r)] or results[:1]),
            "growth": pd.concat([g for g in grown if len(g)] or grown[:1]),
            "demographics": _demographics(schools, school),
            "directory": school.assign(sector=_sectors(schools), locality=schools.frame["town"]),
        },
        {TOTALS: totals},
    )


def _check_districts(sheet: Sheet, school: pd.DataFrame) -> None:
    """Raise where the school's code does not begin with its district's."""
    expected = school["district_id"] + "0000"
    wrong = sheet.frame["district"] != expected
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, 'district')}: got {sheet.frame.loc[row, 'district']!r}; expected "
            f"{expected[row]!r}, as the school's code begins"
        )


def _sectors(sheet: Sheet) -> pd.Series:
    wrong = ~sheet.frame["type"].isin(list(SECTORS))
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, 'type')}: got {sheet.frame.loc[row, 'type']!r}; expected "
            f"{' or '.join(map(repr, SECTORS))}"
        )
    return sheet.frame["type"].map(SECTORS)


def _demographics(sheet: Sheet, school: pd.DataFrame) -> pd.DataFrame:
    enrollment, _ = counts(sheet, "enrollment", {})
    shares = {name: percents(sheet, name, NO_STUDENTS)[0] for name in SHARES.values()}
    for group in ("english_learner", "disability"):
        fields = (f"{group}_n", "enrollment", f"{group}_pct")
        check_shares(sheet, fields, shares[f"{group}_pct"], NO_STUDENTS)
    poor, _ = counts(sheet, "low_income_n", NO_STUDENTS)
    wrong = poor > enrollment
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, 'low_income_n')}: got {poor[row]:g}; expected at most the "
            f"{enrollment[row]:g} enrolled"
        )
    return school.assign(
        enrollment=enrollment,
        **shares,
        low_income_pct=100 * poor / enrollment.where(enrollment > 0),
        low_income_definition=low_income_definition(END_YEAR),
    )


def _results(sheet: Sheet, school: pd.DataFrame, grade: str, subject: str) -> pd.DataFrame:
    rows = achievement(
        sheet,
        school,
        LEGACY,
        subject=subject,
        grade=grade,
        prefix=f"{grade} {subject} ",
        marks=NOT_TESTED,
    )
    return rows[rows["status"] != "not_published"]


def _growth(sheet: Sheet, school: pd.DataFrame, grade: str, subject: str) -> pd.DataFrame:
    return growth(
        sheet,
        school,
        LEGACY,
        measure="sgp_median",
        subject=subject,
        grade=grade,
        prefix=f"{grade} {subject} ",
    )


LAYOUTS = (
    Layout(
        layout_id="massachusetts-compilation-2017",
        state=STATE,
        agency=f"{AGENCY}; compiled by others",
        title="compilation of state reports by school, 2016-17 (MA_Public_Schools_2017.csv)",
        columns=_columns(),
        tidy=_tidy,
        year_of=lambda _sheet: END_YEAR,
        prior_years=True,
        levels=_levels(),
        agree=_agree(),
    ),
)
