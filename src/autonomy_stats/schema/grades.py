"""Which rows of results stand for each grade by itself, and which for all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.schema.tables import GRADES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ALL_GRADES", "by_grade", "is_course"]

ALL_GRADES = "all"
"""Grade of the rows of all grades together."""

TEST = ("end_year", "subject", "assessment")
"""Columns that tell tests apart."""


def is_course(grade: pd.Series) -> pd.Series:
    """Tell which grades are course tests: neither numbers, nor all together, nor blank.

    Examples
    --------
    >>> import pandas as pd
    >>> is_course(pd.Series(["03", "3", "all", "", "Algebra I"])).tolist()
    [False, False, False, False, True]
    """
    text = grade.astype("str")
    return ~(text.isin([*GRADES, ""]) | text.str.isdigit())


def by_grade(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows are results by grade: numbered where a test has any, else all together.

    Course tests are neither.

    Parameters
    ----------
    rows : pandas.DataFrame
        With `grade`; a test is a spring, subject and assessment, as far as there are such columns.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"end_year": [2015, 2016, 2016], "grade": ["all", "03", "all"]})
    >>> by_grade(rows).tolist()
    [True, True, False]
    """
    course, whole = is_course(rows["grade"]), rows["grade"] == ALL_GRADES
    plain = ~course & ~whole
    test = [rows[name] for name in TEST if name in rows]
    numbered = plain.groupby(test, dropna=False).transform("any") if test else plain.any()
    return ~course & (whole != numbered)
