"""Colorado: tidy rows of the CMAS workbooks; their layouts are in `colorado`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.cells import (
    check_ids,
    check_mostly,
    counts,
    first_row,
    percents,
    scores,
)
from autonomy_stats.loaders.layout import Sheet, Tidy
from autonomy_stats.scales import PARCC

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEWEST_SHOWN", "MOST_STARRED", "latest_year", "tidy", "tidy_2015"]

HIGHEST = 850.0
"""Highest score."""

FEWEST_SHOWN = 16.0
"""Scores of fewer students are not shown."""

MOST_STARRED = 3.0
"""Most students that a starred count of students who met expectations stands for."""

COURSES = ("Algebra I", "Algebra II", "Geometry", "Integrated I", "Integrated II", "Integrated III")
"""Tests that are of a course, not of a grade."""

SUBJECTS = {
    r"ELA\b.*|ENGLISH LANU?GU?AGE ARTS.*": "ela",
    r"MATH(EMATICS)?": "math",
    r"(COLORADO )?SPANISH LANGUAGE ARTS.*|CSLA|SLA": "spanish_language_arts",
}
"""Content areas as the workbooks spell them; the first pattern holds a misspelling of 2016."""

MARKS = {
    "*": "suppressed",
    "- -": "suppressed",
    "< 16": "suppressed",
    "<16": "suppressed",
    "NA": "not_published",
    "": "not_published",
}
MARKS_2015 = MARKS | {"-": "not_published"}

CENSORED = r"([<>])\s*=?\s*(\d+(?:\.\d+)?)\s*%?"
"""A percent of 2015 that is only said to lie below, or above, a bound."""

LAST_PARCC = 2017
"""Last spring that the tests were called PARCC; scale and cut scores stayed."""


def tidy(sheet: Sheet, end_year: int) -> Tidy:
    """Make tidy tables of a workbook of 2016 to 2019."""
    import pandas as pd

    schools, passed_over = _schools(sheet)
    identity = _identity(schools, r"\d{4}")
    own = _own_year(schools, identity, end_year)
    prior = _prior_year(schools, identity, end_year - 1)
    return Tidy({"achievement": pd.concat([own, prior])}, passed_over)


def tidy_2015(sheet: Sheet, end_year: int) -> Tidy:
    """Make tidy tables of the workbook of 2015: ids are numbers, percents may be censored."""
    schools, passed_over = _schools(sheet)
    identity = _identity(schools, r"\d{1,4}")
    return Tidy({"achievement": _first_year(schools, identity, end_year)}, passed_over)


def _schools(sheet: Sheet) -> tuple[Sheet, dict[str, int]]:
    """Return the rows of schools, and a count of the others."""
    footers = (sheet.frame["test"] == "") & (sheet.frame["content"] == "")
    sheet = sheet.without(footers)
    level = check_ids(
        sheet, "level", r"(?i)state|dist(rict)?|sch(ool)?", "STATE, DISTRICT or SCHOOL"
    )
    totals = ~level.str.upper().str.startswith("SCH")
    counts = {"state and district totals": int(totals.sum()), "footnote": int(footers.sum())}
    return sheet.without(totals), counts


def _identity(sheet: Sheet, code: str) -> pd.DataFrame:
    import pandas as pd

    district = check_ids(sheet, "district", code, "a district code of 4 digits")
    school = check_ids(sheet, "school", code, "a school code of 4 digits")
    test = sheet.frame["test"].str.replace("*", "", regex=False).str.strip()
    grade = test.str.extract(r"^(?:.*\bGrade )?(\d{1,2})$")[0].str.zfill(2)
    known = grade.notna() | test.isin(COURSES) | (test.str.lower() == "all grades")
    check_mostly(sheet, "test", known, f"a grade, 'All Grades', or one of {', '.join(COURSES)}")
    return pd.DataFrame(
        {
            "state": "colorado",
            "district_id": district.str.zfill(4),
            "school_id": school.str.zfill(4),
            "school_name": sheet.frame["name"],
            "series": "CMAS PARCC",
            "subject": _subject(sheet),
            "grade": grade.fillna(test.where(test.str.lower() != "all grades", "all")),
            "student_group": "all",
        }
    )


def _subject(sheet: Sheet) -> pd.Series:
    """Return the subject of each row."""
    content = sheet.frame["content"].str.strip().str.upper()
    subject = content.replace({rf"^(?:{p})$": s for p, s in SUBJECTS.items()}, regex=True)
    wrong = ~subject.isin(list(SUBJECTS.values()))
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, 'content')}: got {sheet.frame.loc[row, 'content']!r}; expected "
            "English or Spanish language arts, or mathematics"
        )
    return subject


def _own_year(sheet: Sheet, identity: pd.DataFrame, end_year: int) -> pd.DataFrame:
    """Return the rows of the workbook's own year."""
    percent, status = percents(sheet, "met_pct", MARKS)
    mean, _ = scores(sheet, "mean", MARKS, PARCC.lowest, HIGHEST)
    tested, _ = counts(sheet, "valid_n", MARKS)
    low, high = _starred(percent, status, tested, mean)
    return _rows(
        identity,
        end_year,
        n_tested=tested,
        n_tested_status="reported",
        participation_pct=percents(sheet, "participation", MARKS)[0],
        proficient_n=counts(sheet, "met_n", MARKS)[0],
        proficient_pct=percent,
        proficient_pct_low=low,
        proficient_pct_high=high,
        mean_score=mean,
        status=status,
    )


def _prior_year(sheet: Sheet, identity: pd.DataFrame, end_year: int) -> pd.DataFrame:
    """Return the rows of the prior-year columns, with the number tested derived."""
    percent, status = percents(sheet, "prior_met_pct", MARKS)
    mean, _ = scores(sheet, "prior_mean", MARKS, PARCC.lowest, HIGHEST)
    met, _ = counts(sheet, "prior_met_n", MARKS)
    tested = (100 * met / percent.where(percent > 0)).round()
    low, high = _starred(percent, status, tested, mean)
    return _rows(
        identity,
        end_year,
        n_tested=tested,
        n_tested_status="derived",
        proficient_n=met,
        proficient_pct=percent,
        proficient_pct_low=low,
        proficient_pct_high=high,
        mean_score=mean,
        status=status,
    )


def _starred(
    percent: pd.Series, status: pd.Series, tested: pd.Series, mean: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Return the bounds of each percent by the rule in the docstring of `colorado`."""
    shown = status == "reported"
    few = 100 * MOST_STARRED / tested.fillna(FEWEST_SHOWN).clip(lower=FEWEST_SHOWN)
    high = few.where(mean < PARCC.approached, PARCC.largest_share(mean))
    return percent.where(shown, 0.0), percent.where(shown, high)


def _first_year(sheet: Sheet, identity: pd.DataFrame, end_year: int) -> pd.DataFrame:
    """Return the rows of 2015, bounded by what the marks and the mean allow."""
    text = sheet.frame["met_pct"].str.strip()
    fraction = _is_fraction(text)
    bound = text.str.extract(rf"^{CENSORED}$")
    at = bound[1].astype("float64")
    at = at.where(text.str.contains("%", regex=False) | (at > 1) | (not fraction), 100 * at)
    marks = MARKS_2015 | dict.fromkeys(text[at.notna()], "censored")
    percent, status = percents(sheet, "met_pct", marks, fraction=fraction)
    mean, _ = scores(sheet, "mean", MARKS_2015, PARCC.lowest, HIGHEST)
    tested, _ = counts(sheet, "valid_n", MARKS_2015)
    counted = sheet.frame["met_n"].str.strip()
    uncounted = MARKS_2015 | dict.fromkeys(counted[counted.str.fullmatch(CENSORED)], "censored")
    taken_part = _is_fraction(sheet.frame["participation"].str.strip())
    return _rows(
        identity,
        end_year,
        n_tested=tested,
        n_tested_status="reported",
        participation_pct=percents(sheet, "participation", MARKS_2015, fraction=taken_part)[0],
        proficient_n=counts(sheet, "met_n", uncounted)[0],
        proficient_pct=percent,
        proficient_pct_low=percent.fillna(at.where(bound[0] == ">", 0.0)),
        proficient_pct_high=percent.fillna(at.where(bound[0] == "<", PARCC.largest_share(mean))),
        mean_score=mean,
        status=status,
    )


def _is_fraction(text: pd.Series) -> bool:
    """Tell whether a column of percents is written 0 to 1: no number in it is larger."""
    import pandas as pd

    values = pd.to_numeric(text, errors="coerce")
    return not bool((values > 1).any())


def _rows(identity: pd.DataFrame, end_year: int, **values: Any) -> pd.DataFrame:
    """Return the rows that the workbook has a result or a mark for."""
    rows = identity.assign(
        end_year=end_year,
        assessment="CMAS (PARCC)" if end_year <= LAST_PARCC else "CMAS",
        **values,
    )
    rows["n_tested_status"] = rows["n_tested_status"].where(rows["n_tested"].notna())
    return rows[rows["status"] != "not_published"]


def latest_year(text: str) -> int | None:
    """Return the latest year that a text names.

    Examples
    --------
    >>> latest_year("CMAS 2018 Results 2017-2018 2016-2017")
    2018
    """
    years = [int(year) for year in re.findall(r"\b20\d\d\b", text)]
    return max(years, default=None)
