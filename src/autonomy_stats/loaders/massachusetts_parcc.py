"""Massachusetts: PARCC results by school, spring 2015 and 2016.

Agency: Department of Elementary and Secondary Education, statewide report "PARCC Achievement
Results", and the School and District Profiles pages. Districts chose between PARCC and MCAS in
those years; Boston took PARCC. Proficient is level 4 or 5. Growth is the transitional SGP, a
median.

The export is one subject and one grade, or grades 3 to 8, a file; `Grade/Subject` says which. No
copy of it was at hand. The header texts are those that public programs name that read it, in the
order of its columns that others describe; a text that is not among them stops the load. Rows
below the table have no grade and subject: notes.

The profile pages are a table that was read off them, with the shares of the levels but no
counts: 2016 and 2015, grades 3 to 8, Boston and some of its schools. A charter school whose
district has no other school stands there under its district's code. `ONLY_SCHOOL` gives the
school's own, from the state's list of 2016-17; one that closed before keeps its district's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.agreement import adds_up, adds_up_to, at_most, is_share, together
from autonomy_stats.loaders.cells import check_ids, first_row, percents
from autonomy_stats.loaders.layout import IGNORED, Layout, Levels, Sheet, Tidy
from autonomy_stats.loaders.massachusetts_common import (
    AGENCY,
    PARCC,
    STATE,
    TOTALS,
    achievement,
    identity,
    schools_only,
    subjects,
    year_of_results,
)
from autonomy_stats.loaders.massachusetts_growth import growth, growth_shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

GRADE_AND_SUBJECT = r"GRADES? (3-8|0?[3-8]) (.+)"
ALGEBRA = r"alg(?:ebra|\.)? i"
SCOPES = ("school", "one-school district", "district")

ONLY_SCHOOL = {
    "04160000": "04160305",
    "04800000": "04800405",
    "04840000": "04840505",
    "35050000": "35050405",
}
"""Codes of charter districts to those of their only school (compilation of 2016-17)."""


def _tidy_export(sheet: Sheet, end_year: int) -> Tidy:
    notes = sheet.frame["tested"] == ""
    schools, totals = schools_only(sheet.without(notes))
    found = schools.frame["tested"].str.upper().str.extract(GRADE_AND_SUBJECT)
    _require(schools, "tested", found[0].notna(), "a grade and subject such as 'GRADE 3 MATH'")
    named = replace(schools, frame=schools.frame.assign(subject=found[1]))
    subject, grade = subjects(named), found[0].str.zfill(2).replace("3-8", "all")
    algebra = subject.str.fullmatch(ALGEBRA)
    subject, grade = subject.mask(algebra, "math"), grade.mask(algebra, "Algebra I")
    known = subject.isin(["ela", "math"])
    _require(schools, "tested", known, "the subject ELA/L, MATH or ALG. I")
    school = identity(schools, end_year)
    tested = achievement(schools, school, PARCC, subject=subject, grade=grade)
    grown = growth(schools, school, PARCC, measure="sgp_median", subject=subject, grade=grade)
    return Tidy(
        {"achievement": tested, "growth": grown}, {TOTALS: totals, "note": int(notes.sum())}
    )


def _require(sheet: Sheet, column: str, right: pd.Series, expected: str) -> None:
    """Raise for the first cell that is not as expected."""
    if not right.all():
        row = first_row(~right)
        raise DataError(
            f"{sheet.where(row, column)}: got {sheet.frame.loc[row, column]!r}; expected {expected}"
        )


def _tidy_pages(sheet: Sheet, _end_year: int) -> Tidy:
    scope = sheet.frame["scope"]
    _require(sheet, "scope", scope.isin(SCOPES), f"one of {', '.join(SCOPES)}")
    schools = sheet.without(scope == "district")
    codes = schools.frame["school"]
    alone = schools.frame["scope"] == "one-school district"
    schools.frame["school"] = codes.mask(alone, codes.map(ONLY_SCHOOL).fillna(codes))
    school = identity(schools, check_ids(schools, "year", r"201[56]", "2015 or 2016").astype(int))
    subject = subjects(schools)
    _check_levels(schools)
    return Tidy(
        {
            "achievement": achievement(schools, school, PARCC, subject=subject, grade="all"),
            "growth": growth(
                schools, school, PARCC, measure="sgp_median", subject=subject, grade="all"
            ),
        },
        {TOTALS: int((scope == "district").sum())},
    )


def _check_levels(sheet: Sheet) -> None:
    """Raise where the share at levels 4 and 5 is not their sum, but for rounding."""
    together, four, five = (
        percents(sheet, column, {})[0] for column in ("pct", "level_4", "level_5")
    )
    _require(sheet, "pct", (together - four - five).abs() <= 1, "the sum of levels 4 and 5")


def _year_of_pages(sheet: Sheet) -> int:
    return int(check_ids(sheet, "year", r"201[56]", "2015 or 2016").iloc[0])


def _year_of(sheet: Sheet) -> int:
    return year_of_results(sheet, r"\b(201[56])\b", "a title that names 2015 or 2016")


def _export_columns() -> dict[str, str]:
    columns = {
        "Org Name": "name",
        "School Name": "name",
        "Org Code": "school",
        "School Code": "school",
        "District Name": IGNORED,
        "Org Type": IGNORED,
        "Grade/Subject": "tested",
        "L4+5 #": "n",
        "L4+5 %": "pct",
    }
    for level in (5, 4, 3, 2, 1):
        columns |= {f"L{level} #": IGNORED, f"L{level} %": IGNORED}
    return columns | {
        "L5 #": "upper_n",
        "L4 #": "next_n",
        "Average Scaled Score": "mean_score",
        "Avg. Scaled Score": "mean_score",
        "Stud. Incl. #": "n_tested",
        "CPI #": IGNORED,
        "CPI": IGNORED,
        "Trans. CPI": IGNORED,
        "SGP #": "n_sgp",
        "Trans. SGP Median": "sgp",
        "Trans. SGP": "sgp",
    }


LAYOUTS = (
    Layout(
        layout_id="massachusetts-parcc-2015",
        state=STATE,
        agency=AGENCY,
        title="PARCC Achievement Results by school, 2015 and 2016",
        columns=_export_columns(),
        tidy=_tidy_export,
        year_of=_year_of,
        sheets=".+",
        sheet_example="parcc",
        levels=(
            Levels({f"L{level} %": str(level) for level in range(1, 6)}, "n_tested"),
            Levels({f"L{level} #": str(level) for level in range(1, 6)}, "n_tested", counts=True),
        ),
        agree=(
            adds_up([f"L{level} #" for level in range(1, 6)], "Stud. Incl. #"),
            *(is_share(f"L{n} #", "Stud. Incl. #", f"L{n} %") for n in range(1, 6)),
            together("L4+5 #", "L4+5 %"),
            at_most("SGP #", "Stud. Incl. #"),
            *(growth_shown(text, "SGP #") for text in ("Trans. SGP Median", "Trans. SGP")),
        ),
    ),
    Layout(
        layout_id="massachusetts-parcc-pages",
        state=STATE,
        agency=AGENCY,
        title="PARCC results read off the school and district profile pages, 2015 and 2016",
        columns={
            "year": "year",
            "org_code": "school",
            "org_name": "name",
            "scope": "scope",
            "subject": "subject",
            "pct_l4_5": "pct",
            "pct_l5": "level_5",
            "pct_l4": "level_4",
            "pct_l3": IGNORED,
            "pct_l2": IGNORED,
            "pct_l1": IGNORED,
            "avg_score": "mean_score",
            "n_included": "n_tested",
            "n_cpi": IGNORED,
            "trans_cpi": IGNORED,
            "n_sgp": "n_sgp",
            "trans_sgp": "sgp",
        },
        tidy=_tidy_pages,
        year_of=_year_of_pages,
        many_years=True,
        levels=(Levels({f"pct_l{level}": str(level) for level in range(1, 6)}, "n_tested"),),
        agree=(
            adds_up_to(100, [f"pct_l{level}" for level in range(1, 6)], 2.6),
            at_most("n_included", "n_cpi"),
            at_most("n_sgp", "n_included"),
            at_most("pct_l4_5", "trans_cpi", 0.6),
            growth_shown("trans_sgp", "n_sgp"),
        ),
    ),
)
