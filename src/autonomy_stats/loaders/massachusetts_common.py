"""What the Massachusetts layouts share: codes, totals, tests, counts that must agree.

A school is its organization code of eight digits: four of the district, four of the school, which
are zero for a district and all eight for the state. Such rows are totals, and never enter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.cells import (
    check_ids,
    counts,
    first_row,
    numbers,
    percents,
    school_year_end,
    scores,
    too_many,
    year_in,
)
from autonomy_stats.loaders.layout import Sheet, normal

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AGENCY",
    "EXACT",
    "FEW_TESTED",
    "LEGACY",
    "NEXT_GENERATION",
    "PARCC",
    "STATE",
    "TOTALS",
    "Assessment",
    "achievement",
    "check_shares",
    "identity",
    "low_income_definition",
    "schools_only",
    "subjects",
    "year_of_results",
]

STATE = "massachusetts"
AGENCY = "Massachusetts Department of Elementary and Secondary Education"
TOTALS = "state and district totals"


@dataclass(frozen=True)
class Assessment:
    """A test: its name, its comparable series, and its lowest and highest scale score."""

    name: str
    series: str
    lowest: float
    highest: float


NEXT_GENERATION = Assessment("Next-Generation MCAS", "Next-Generation MCAS 2017", 440, 560)
LEGACY = Assessment("MCAS", "Legacy MCAS", 200, 280)
PARCC = Assessment("PARCC", "PARCC 2015", 650, 850)

FEW_TESTED = {"": "suppressed", "N/A": "suppressed"}
"""Results of fewer than ten students are not shown; as a rule the school has no row at all."""

MOST_TAKEN = 110.0
"""Rates of participation a little above 100, of students who moved, are missing."""

EXACT = 9
"""Decimals of a percent that a fraction is turned to: 0.29 is 29, not 28.999999999999996."""

SUBJECTS = {
    "ela": "ela",
    "ela/l": "ela",
    "english": "ela",
    "english language arts": "ela",
    "math": "math",
    "mth": "math",
    "mathematics": "math",
    "sci": "science",
    "ste": "science",
    "science and tech/eng": "science",
    "bio": "biology",
    "che": "chemistry",
    "tec": "technology_engineering",
    "phy": "physics",
    "civ": "civics",
}


def year_of_results(sheet: Sheet, pattern: str, expected: str) -> int:
    """Return the spring year of a title, which names it or, as `2015-16`, the school year."""
    if re.search(r"\b20\d\d-(20)?\d\d\b", sheet.title):
        return school_year_end(sheet)
    return year_in(sheet, sheet.title, pattern, expected)


def schools_only(sheet: Sheet) -> tuple[Sheet, int]:
    """Return a sheet without the rows of the state and of districts, and how many they were."""
    code = sheet.frame["school"]
    state = sheet.frame["name"].str.fullmatch(r"state( totals?)?( - state totals?)?", case=False)
    total = code.str.fullmatch(r"\d{4}0000") | (state & code.isin(["", "0"]))
    return sheet.without(total), int(total.sum())


def identity(sheet: Sheet, end_year: int | pd.Series) -> pd.DataFrame:
    """Return the columns that say which school, in which year."""
    import pandas as pd

    code = check_ids(sheet, "school", r"\d{8}", "an organization code of 8 digits")
    return pd.DataFrame(
        {
            "state": STATE,
            "end_year": end_year,
            "district_id": code.str[:4],
            "school_id": code,
            "school_name": sheet.frame["name"],
        }
    )


def subjects(sheet: Sheet) -> pd.Series:
    """Return subjects under the package's names; one that has none keeps its own, lower case."""
    texts = check_ids(sheet, "subject", r"[A-Za-z].*", "a subject such as ELA or MATH")
    plain = texts.map(normal)
    return plain.map(SUBJECTS).fillna(plain)


def achievement(
    sheet: Sheet,
    school: pd.DataFrame,
    assessment: Assessment,
    *,
    subject: pd.Series | str,
    grade: pd.Series | str,
    student_group: pd.Series | str = "all",
    prefix: str = "",
    fraction: bool = False,
    marks: dict[str, str] = FEW_TESTED,
) -> pd.DataFrame:
    """Return achievement rows of a layout's fields, each after a prefix.

    The fields are `pct` and `n_tested`; `n`, with `upper_n` and `next_n`, the counts of the two
    levels that are proficient; `mean_score` and `participation`, where the layout has them.
    """
    import pandas as pd

    percent, status = percents(sheet, f"{prefix}pct", marks, fraction=fraction)
    percent = percent.round(EXACT) if fraction else percent
    tested, _ = counts(sheet, f"{prefix}n_tested", marks)
    rows = school.assign(
        assessment=assessment.name,
        series=assessment.series,
        subject=subject,
        grade=grade,
        student_group=student_group,
        n_tested=tested,
        n_tested_status=pd.Series("reported", index=tested.index).where(tested.notna()),
        proficient_pct=percent,
        proficient_pct_low=percent.fillna(0.0),
        proficient_pct_high=percent.fillna(100.0),
        status=status,
    )
    if f"{prefix}n" in sheet.frame:
        rows["proficient_n"], _ = counts(sheet, f"{prefix}n", marks)
        fields = (f"{prefix}n", f"{prefix}n_tested", f"{prefix}pct")
        check_shares(sheet, fields, percent, marks)
        _check_levels(sheet, prefix, marks)
    if f"{prefix}mean_score" in sheet.frame:
        scale = (assessment.lowest, assessment.highest)
        rows["mean_score"] = scores(sheet, f"{prefix}mean_score", marks, *scale)[0]
    if f"{prefix}participation" in sheet.frame:
        rows["participation_pct"] = _participation(sheet, f"{prefix}participation", marks, fraction)
    return rows


def _participation(sheet: Sheet, column: str, marks: dict[str, str], fraction: bool) -> pd.Series:
    """Return rates of participation, missing where they are above 100."""
    scale = 100 if fraction else 1
    taken = scores(sheet, column, marks, 0.0, MOST_TAKEN / scale)[0] * scale
    return taken.round(EXACT).where(taken <= 100)


def check_shares(
    sheet: Sheet,
    columns: tuple[str, str, str],
    percent: pd.Series,
    marks: dict[str, str],
) -> None:
    """Raise if a published percent lies more than a point from count over total.

    Rounding explains half a point. More is a column that stands under another's header.
    `columns` names the fields of count, total and percent.
    """
    count, total = (numbers(sheet, column, marks)[0] for column in columns[:2])
    apart = (100 * count / total.where(total > 0) - percent).abs() > 1
    if too_many(apart, percent.notna()):
        row = first_row(apart)
        raise DataError(
            f"{sheet.where(row, columns[2])}: got {sheet.frame.loc[row, columns[2]]!r}; "
            f"expected {count[row]:g} of {total[row]:g}, as the columns "
            f"{sheet.headers[columns[0]]!r} and {sheet.headers[columns[1]]!r} say"
        )


def _check_levels(sheet: Sheet, prefix: str, marks: dict[str, str]) -> None:
    """Raise where the two upper levels are not the proficient."""
    columns = [f"{prefix}{field}" for field in ("n", "upper_n", "next_n")]
    proficient, upper, second = (numbers(sheet, column, marks)[0] for column in columns)
    wrong = (proficient - upper - second).abs() > 0
    if too_many(wrong, proficient.notna()):
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, columns[0])}: got {sheet.frame.loc[row, columns[0]]!r}; expected "
            f"{upper[row]:g} + {second[row]:g}, as the columns {sheet.headers[columns[1]]!r} and "
            f"{sheet.headers[columns[2]]!r} say"
        )


def low_income_definition(end_year: int) -> str:
    """Return what the state counts as low income in a year; each change is a break."""
    if end_year <= 2014:
        return "low income: free or reduced-price lunch"
    if end_year <= 2021:
        return "economically disadvantaged: SNAP, TAFDC, foster care or MassHealth"
    return "low income: state benefits, expanded MassHealth, homeless or confirmed by the district"
