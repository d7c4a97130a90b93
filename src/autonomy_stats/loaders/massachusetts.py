"""Massachusetts: results of the MCAS tests by school, one export a grade or for grades 3 to 8.

Agency: Department of Elementary and Secondary Education, School and District Profiles, statewide
reports "Next Generation MCAS Achievement Results" (2017 on) and "MCAS Achievement Results" (the
legacy tests: grades 3 to 8 through 2016, grade 10 through 2018). The Excel export has a title
that names the year and the report, then the header. It does not name the grade: the file's name
must (`mcas-2018-grade-3.xlsx`), and is checked against what the content can tell.

Proficient is meeting or exceeding expectations (`M+E`), in the legacy tests proficient or advanced
(`P+A`). A school has a row where at least ten students were tested; a blank result in a row is
taken for fewer. The student growth percentile (SGP) is the median of a school's students through
2017, and their mean from 2018; the header's text says which where it does (`Median SGP`,
`Ave. SGP`), else the year does. It is blank where fewer than twenty students have one, and where
none has, as in grade 3: the latter has no growth row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.loaders import (
    massachusetts_compilation,
    massachusetts_enrollment,
    massachusetts_open_data,
    massachusetts_parcc,
)
from autonomy_stats.loaders.agreement import Agreement, adds_up, at_most, is_share, together
from autonomy_stats.loaders.layout import IGNORED, Layout, Levels, Sheet, Tidy
from autonomy_stats.loaders.massachusetts_common import (
    AGENCY,
    LEGACY,
    NEXT_GENERATION,
    STATE,
    TOTALS,
    Assessment,
    achievement,
    identity,
    schools_only,
    subjects,
    year_of_results,
)
from autonomy_stats.loaders.massachusetts_grade import grade_of
from autonomy_stats.loaders.massachusetts_growth import growth, growth_measure, growth_shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

SCHOOL = {
    "School Name": "name",
    "Org Name": "name",
    "School Code": "school",
    "Org Code": "school",
    "Subject": "subject",
}
STUDENTS = {
    "No. of Students Included": "n_tested",
    "Student Included": "n_tested",
    "Stud. Incl. #": "n_tested",
}
GROWTH = {
    "SGP": "sgp",
    "Included In SGP": "n_sgp",
    "Incl. in SGP(#)": "n_sgp",
    "Avg.SGP": "sgp",
    "Included In Avg.SGP": "n_sgp",
} | {
    text: field
    for kind in ("Median", "Ave.", "Avg.", "Mean")
    for text, field in ((f"{kind} SGP", "sgp"), (f"Included In {kind} SGP", "n_sgp"))
}
"""Header texts of several years; the kind decides between median and mean."""


ROUNDED = 0.6
"""How far rounding moves a percent that is printed as a whole number, and one with a decimal."""


def _levels(upper: str, second: str, *others: str) -> dict[str, str]:
    """Return the columns of the levels: counts of the proficient ones, to check their sum."""
    levels = (upper, second, *others)
    unused = {f"{level} {kind}": IGNORED for level in levels for kind in "#%"}
    return unused | {f"{upper} #": "upper_n", f"{second} #": "next_n"}


def _adding_up(*levels: str) -> tuple[Levels, Levels]:
    return (
        Levels({f"{level} %": level for level in levels}, "n_tested"),
        Levels({f"{level} #": level for level in levels}, "n_tested", counts=True),
    )


def _agree(both: str, *levels: str) -> tuple[Agreement, ...]:
    """Return what holds between results and growth, in each way of writing their columns."""
    made = [together(f"{both} #", f"{both} %")]
    for students in STUDENTS:
        made.append(adds_up([f"{level} #" for level in levels], students))
        made += [is_share(f"{level} #", students, f"{level} %") for level in levels]
        made.append(together(f"{both} #", students))
        made += [at_most(text, students) for text, field in GROWTH.items() if field == "n_sgp"]
    percentiles, grown = (
        [text for text, named in GROWTH.items() if named == field] for field in ("sgp", "n_sgp")
    )
    return (*made, *(growth_shown(text, count) for text in percentiles for count in grown))


def _tidy(sheet: Sheet, end_year: int, assessment: Assessment) -> Tidy:
    grade = grade_of(sheet)
    schools, totals = schools_only(sheet)
    school = identity(schools, end_year)
    subject = subjects(schools)
    grown = _growth(schools, school, assessment, subject, grade)
    tested = achievement(schools, school, assessment, subject=subject, grade=grade)
    return Tidy(
        {"achievement": tested} | ({} if grown.empty else {"growth": grown}), {TOTALS: totals}
    )


def _growth(
    sheet: Sheet, school: pd.DataFrame, assessment: Assessment, subject: pd.Series, grade: str
) -> pd.DataFrame:
    measure = growth_measure(sheet, int(school["end_year"].iloc[0]) if len(school) else 0)
    return growth(sheet, school, assessment, measure=measure, subject=subject, grade=grade)


def _tidy_next_generation(sheet: Sheet, end_year: int) -> Tidy:
    return _tidy(sheet, end_year, NEXT_GENERATION)


def _tidy_legacy(sheet: Sheet, end_year: int) -> Tidy:
    return _tidy(sheet, end_year, LEGACY)


def _year_of(sheet: Sheet) -> int:
    return year_of_results(sheet, r"\b((?:19|20)\d\d)\b", "a title that names the year")


LAYOUTS = (
    Layout(
        layout_id="massachusetts-mcas-2017",
        state=STATE,
        agency=AGENCY,
        title="Next Generation MCAS Achievement Results by school, export of one grade or of 3-8",
        columns={
            **SCHOOL,
            "M+E #": "n",
            "M+E %": "pct",
            **_levels("E", "M", "PM", "NM"),
            **STUDENTS,
            "Part. Rate": "participation",
            "Part. Rate %": "participation",
            "Participation Rate": "participation",
            "Avg. Scaled Score": "mean_score",
            **GROWTH,
            "Ach. PCTL": IGNORED,
        },
        tidy=_tidy_next_generation,
        year_of=_year_of,
        sheets=".+",
        sheet_example="Next Generation MCAS Achievemen",
        optional=frozenset({"participation"}),
        levels=_adding_up("E", "M", "PM", "NM"),
        agree=_agree("M+E", "E", "M", "PM", "NM"),
    ),
    Layout(
        layout_id="massachusetts-mcas-legacy",
        state=STATE,
        agency=AGENCY,
        title="MCAS Achievement Results by school (legacy tests), export of one grade or of all",
        columns={
            **SCHOOL,
            "P+A #": "n",
            "P+A %": "pct",
            **_levels("A", "P", "NI", "W/F"),
            **STUDENTS,
            "CPI": IGNORED,
            **GROWTH,
        },
        tidy=_tidy_legacy,
        year_of=_year_of,
        sheets=".+",
        sheet_example="MCAS Achievement Results",
        levels=_adding_up("A", "P", "NI", "W/F"),
        agree=(*_agree("P+A", "A", "P", "NI", "W/F"), at_most("P+A %", "CPI", ROUNDED)),
    ),
    *massachusetts_compilation.LAYOUTS,
    *massachusetts_enrollment.LAYOUTS,
    *massachusetts_open_data.LAYOUTS,
    *massachusetts_parcc.LAYOUTS,
)
