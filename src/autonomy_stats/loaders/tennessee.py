"""Tennessee: TCAP results by school, 2013 to 2015.

Agency: Tennessee Department of Education, "Base" files of the Report Card (one row for each
school, subject, grade and group of students; the state's file has the same columns). The mean
scores, profile, directory and growth files are in the modules beside this one.

Marks. `*`: fewer than ten students were tested, which may hide that number too. `**`: more than
95 percent are proficient or advanced. `***`: more than 95 percent are below. The last two are
censored, not missing: the percent lies within 95 to 100, or within 0 to 5. A row that is blank
from the number tested on is of nobody.

Another rule came later: `**` in the levels where any of them is below 5 or above 95 percent, and in
the percent proficient where that is. A file in which a percent stands beside starred levels, which
the older rule never gives, is read so: `**` is then either end, suppressed within 0 to 100.

Traps. Proficient counts are not given: they are proficient and advanced added up. Algebra, English
I to III, Biology, Chemistry and US History are end-of-course tests: their row of all grades is a
course here; their rows of one grade hold the same students again and are passed over, as are
students of no known grade.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError
from autonomy_stats.loaders import tennessee_growth, tennessee_nce, tennessee_schools
from autonomy_stats.loaders.agreement import Agreement, adds_up, is_share
from autonomy_stats.loaders.cells import check_mostly, counts, first_row, percents
from autonomy_stats.loaders.layout import IGNORED, Layout, Levels, Sheet, Tidy
from autonomy_stats.loaders.tennessee_ids import (
    AGENCY,
    SERIES_START,
    identity,
    schools_only,
    year_in_rows,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

MARKS = {"*": "suppressed", "**": "censored", "***": "censored", "": "not_published"}
LOW = {"*": 0.0, "**": 95.0, "***": 0.0, "": 0.0}
HIGH = {"*": 100.0, "**": 100.0, "***": 5.0, "": 100.0}

EITHER_END = "**"
"""By the later rule: below 5 percent, or above 95."""

SUBJECTS = {"Math": "math", "RLA": "ela", "Science": "science", "Social Studies": "social_studies"}
COURSES = {
    "Algebra I": "math",
    "Algebra II": "math",
    "English I": "ela",
    "English II": "ela",
    "English III": "ela",
    "Biology I": "science",
    "Chemistry": "science",
    "US History": "social_studies",
}
GRADES = {"All Grades": "all"} | {str(grade): f"{grade:02d}" for grade in range(3, 13)}
NO_GRADE = "Missing Grade"

ALL_STUDENTS = "All Students"
GROUPS = {
    ALL_STUDENTS: "all",
    "Native American": "native_american",
    "Hawaiian or Pacific Islander": "pacific_islander",
    "Economically Disadvantaged": "low_income",
    "Students with Disabilities": "disability",
    "English Language Learners": "english_learner",
}
"""Groups that the tidy tables name; another is called as the file calls it, in lower case."""

LEVELS = ("below_bsc", "bsc", "prof", "adv")


def _tidy_base(sheet: Sheet, _year: int) -> Tidy:
    year_in_rows(sheet)
    sheet, passed_over = schools_only(sheet)
    frame = sheet.frame
    read = frame["subject"].isin(list(SUBJECTS | COURSES))
    check_mostly(sheet, "subject", read, f"one of {', '.join(map(repr, SUBJECTS | COURSES))}")
    sheet = sheet.without(~read)
    frame = sheet.frame
    _check_grades(sheet)
    if len(frame) and not (frame["subgroup"] == ALL_STUDENTS).any():
        raise DataError(
            f"{sheet.where(None, 'subgroup')}: no row is of {ALL_STUDENTS!r}; expected some of "
            "each school"
        )
    nobody = (frame["valid_tests"] == "") & (frame["pct_prof_adv"] == "")
    no_grade = ~nobody & (frame["grade"] == NO_GRADE)
    course = frame["subject"].isin(list(COURSES))
    again = ~nobody & ~no_grade & course & (frame["grade"] != "All Grades")
    sheet = sheet.without(nobody | no_grade | again)
    passed_over |= {
        "subjects that are not read": int((~read).sum()),
        "rows of nobody": int(nobody.sum()),
        "students of no known grade": int(no_grade.sum()),
        "one grade of a course": int(again.sum()),
    }
    return Tidy({"achievement": _results(sheet)}, passed_over)


def _results(sheet: Sheet) -> pd.DataFrame:
    """Return a row for each row of schools."""
    frame = sheet.frame
    tested, tested_status = counts(sheet, "valid_tests", {"*": "suppressed", "": "not_published"})
    proficient, _ = counts(sheet, "n_prof", MARKS)
    advanced, _ = counts(sheet, "n_adv", MARKS)
    percent, status = percents(sheet, "pct_prof_adv", MARKS)
    shown = frame["pct_prof_adv"]
    if ((frame["n_prof"] == EITHER_END) & percent.notna()).any():
        either_end = shown == EITHER_END
        shown, status = shown.mask(either_end, "*"), status.mask(either_end, "suppressed")
    course = frame["subject"].isin(list(COURSES))
    assessment = course.map({True: "TCAP EOC", False: "TCAP"}).astype("str")
    return identity(sheet).assign(
        end_year=year_in_rows(sheet),
        assessment=assessment,
        series=assessment + f" {SERIES_START}",
        subject=frame["subject"].map(SUBJECTS | COURSES),
        grade=frame["grade"].map(GRADES).where(~course, frame["subject"]),
        student_group=frame["subgroup"].map(_group),
        n_tested=tested,
        n_tested_status=tested_status.where(tested.notna()),
        proficient_n=proficient + advanced,
        proficient_pct=percent,
        proficient_pct_low=percent.fillna(shown.map(LOW)),
        proficient_pct_high=percent.fillna(shown.map(HIGH)),
        status=status,
    )


def _group(text: str) -> str:
    """Return the name of a group of students."""
    return GROUPS.get(text) or re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _check_grades(sheet: Sheet) -> None:
    """Raise for a grade that this module does not know."""
    wrong = ~sheet.frame["grade"].isin([*GRADES, NO_GRADE])
    if wrong.any():
        row = first_row(wrong)
        allowed = ", ".join(map(repr, (*GRADES, NO_GRADE)))
        raise DataError(
            f"{sheet.where(row, 'grade')}: got {sheet.frame.loc[row, 'grade']!r}; expected one of "
            f"{allowed}"
        )


TENTH = 0.0501
"""How far rounding to a tenth moves a percent, and a little."""

ALL_TESTED = Agreement(
    ("valid_tests", "pct_bsc_and_below", "pct_prof_adv"),
    lambda tested, below, above: (tested > 0) & (abs(below + above - 100) > 2 * TENTH),
    "'pct_bsc_and_below' and 'pct_prof_adv' add up to 100",
)
TOGETHER = Agreement(
    ("n_prof", "n_adv", "pct_prof_adv"),
    lambda prof, adv, share: ((prof != prof) != (adv != adv)) | ((share != share) & (prof == prof)),
    "'n_prof' and 'n_adv' stand together, and not beside a hidden 'pct_prof_adv'",
    marks=True,
)
LAYOUTS = (
    Layout(
        layout_id="tennessee-tcap-2013",
        state="tennessee",
        agency=AGENCY,
        title="TCAP base file (school, system or state), 2013 to 2015",
        columns={
            "year": "year",
            "system": "system",
            "district": "system",
            "system_name": IGNORED,
            "district_name": IGNORED,
            "school": "school",
            "school_name": "name",
            "subject": "subject",
            "grade": "grade",
            "subgroup": "subgroup",
            "valid_tests": "valid_tests",
            "n_below_bsc": IGNORED,
            "n_bsc": IGNORED,
            "n_prof": "n_prof",
            "n_adv": "n_adv",
            "pct_below_bsc": IGNORED,
            "pct_bsc": IGNORED,
            "pct_prof": IGNORED,
            "pct_adv": IGNORED,
            "pct_bsc_and_below": IGNORED,
            "pct_prof_adv": "pct_prof_adv",
        },
        tidy=_tidy_base,
        year_of=lambda sheet: int(year_in_rows(sheet).iloc[0]),
        sheets=r".+",
        sheet_example="Sheet1",
        many_years=True,
        levels=(
            Levels({f"pct_{level}": level for level in LEVELS}, "valid_tests"),
            Levels({f"n_{level}": level for level in LEVELS}, "valid_tests", counts=True),
        ),
        agree=(
            adds_up([f"n_{level}" for level in LEVELS], "valid_tests"),
            *(is_share(f"n_{n}", "valid_tests", f"pct_{n}", TENTH) for n in ("prof", "adv")),
            adds_up(["pct_prof", "pct_adv"], "pct_prof_adv", 2 * TENTH),
            ALL_TESTED,
            TOGETHER,
        ),
    ),
    *tennessee_nce.LAYOUTS,
    *tennessee_schools.LAYOUTS,
    *tennessee_growth.LAYOUTS,
)
