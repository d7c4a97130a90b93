"""Tennessee: three-year mean NCE by school, 2014.

Agency: Tennessee Department of Education, "School Achievement" of the Report Card: mean normal
curve equivalents (NCE) of three years, with letter grades.

An NCE is a level, not growth: it is `mean_score`. Percents do not come with it, so that those
columns are missing; a school without tested grades has no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.cells import first_row, numbers
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy
from autonomy_stats.loaders.tennessee_ids import (
    AGENCY,
    SERIES_START,
    identity,
    schools_only,
    year_in_rows,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS", "LETTERS"]

LETTERS = {"A": 55.0, "B": 50.0, "C": 45.0, "D": 40.0, "F": 1.0}
"""Letter grades with the lowest mean that each stands for."""

NCE = {"math": "math", "reading": "ela", "social": "social_studies", "science": "science"}


def _tidy_nce(sheet: Sheet, _year: int) -> Tidy:
    import pandas as pd

    sheet, passed_over = schools_only(sheet)
    school = identity(sheet).assign(end_year=year_in_rows(sheet))
    results = []
    for field, subject in NCE.items():
        mean, status = numbers(sheet, field, {"": "not_published"})
        _check_letters(sheet, field, mean)
        wrong = (mean < 1) | (mean > 99)
        if wrong.any():
            row = first_row(wrong)
            raise DataError(
                f"{sheet.where(row, field)}: got {sheet.frame.loc[row, field]!r}; expected a "
                "normal curve equivalent, 1 to 99"
            )
        rows = school.assign(
            assessment="TCAP, mean NCE of three years",
            series=f"TCAP NCE {SERIES_START}",
            subject=subject,
            grade="all",
            student_group="all",
            mean_score=mean,
            status=status,
        )
        results.append(rows[mean.notna()])
    table = pd.concat(results)
    without = len(school) - table["school_id"].nunique()
    return Tidy({"achievement": table}, passed_over | {"schools without a result": without})


def _check_letters(sheet: Sheet, field: str, mean: pd.Series) -> None:
    """Raise where a subject's letter grade is not that of its mean."""
    letter = sheet.frame[f"{field} letter"]
    expected = mean.isna().map({True: "", False: "F"})
    for grade, lowest in reversed(LETTERS.items()):
        expected = expected.mask(mean >= lowest, grade)
    if (wrong := letter != expected).any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, field)}: got {sheet.frame.loc[row, field]!r} beside the grade "
            f"{letter[row]!r}; expected {expected[row]!r} there, as A is {LETTERS['A']:g} or more "
            f"and each next grade {LETTERS['A'] - LETTERS['B']:g} less. A column may stand under "
            "another's header"
        )


LAYOUTS = (
    Layout(
        layout_id="tennessee-nce-2014",
        state="tennessee",
        agency=AGENCY,
        title="school achievement: three-year mean NCE and grades, 2013-14",
        columns={
            "SCHOOL YEAR": "year",
            "DISTRICT ID": "system",
            "district name": IGNORED,
            "SCHOOL ID": "school",
            "school name": "name",
            "Math 3yr Average NCE": "math",
            "Math Grade": "math letter",
            "Math Trend": IGNORED,
            "Reading 3yr Average NCE": "reading",
            "Reading Grade": "reading letter",
            "Reading Trend": IGNORED,
            "Social Studies 3yr Average NCE": "social",
            "Social Studies Grade": "social letter",
            "Social Studies Trend": IGNORED,
            "Science 3yravg cur": "science",
            "Science Grade": "science letter",
            "Science Trend": IGNORED,
            **{
                f"ACT {years} {test}": IGNORED
                for years in ("3yr", "1yr")
                for test in ("composite", "english", "math", "Reading", "science")
            },
        },
        tidy=_tidy_nce,
        year_of=lambda sheet: int(year_in_rows(sheet).iloc[0]),
        sheets=r".+",
        sheet_example="School Achievement",
        many_years=True,
    ),
)
