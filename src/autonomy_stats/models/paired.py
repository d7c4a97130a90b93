"""Rows of the same school in two years, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.design import type_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FIRST",
    "either",
    "pair_key",
    "side_by_side",
    "spoken",
    "types_of_schools",
    "with_whole_years",
]

FIRST = "_first"
"""End of the names of the first year's columns."""

KEY = ("school_id", "subject", "grade", "student_group")
"""What is the same in both years, where the frame has it."""


def with_whole_years(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its years as whole numbers.

    Raises
    ------
    UsageError
        If a year is missing or no whole number.
    """
    import pandas as pd

    years = pd.to_numeric(frame["end_year"].astype("object"), errors="coerce")
    wrong = ~(years % 1 == 0)
    if wrong.any():
        got = frame.loc[wrong, "end_year"].iloc[0]
        raise UsageError(f"end_year must hold whole spring years, such as 2017; got {got!r}")
    return frame.assign(end_year=years.astype("int64"))


def pair_key(frame: pd.DataFrame) -> list[str]:
    """Return the columns that name what is followed from one year to the next."""
    return [column for column in KEY if column in frame]


def side_by_side(
    first: pd.DataFrame, last: pd.DataFrame, key: Sequence[str], how: Literal["outer", "left"]
) -> pd.DataFrame:
    """Put the rows of two years side by side, one row for each school, subject and grade.

    Parameters
    ----------
    first, last : pandas.DataFrame
        Rows of the first and of the last year.
    key : sequence of str
        Columns that are the same in both.
    how : {"outer", "left"}
        Whether rows of the first year alone are kept; those of the last always are.

    Returns
    -------
    pandas.DataFrame
        The last year's columns, and the first year's with `_first` behind their names.

    Raises
    ------
    EstimationError
        If a year has two rows of a school in a subject and grade.

    Examples
    --------
    >>> import pandas as pd
    >>> first = pd.DataFrame({"school_id": ["a", "b"], "y": [1.0, 2.0]})
    >>> last = pd.DataFrame({"school_id": ["b", "c"], "y": [5.0, 3.0]})
    >>> side_by_side(first, last, ["school_id"], "left")
      school_id    y  y_first
    0         b  5.0      2.0
    1         c  3.0      NaN
    """
    key = list(key)
    for rows in (first, last):
        if (twice := rows.duplicated(key)).any():
            raise EstimationError(
                f"{int(twice.sum())} rows stand twice: a school has one row a year for each "
                f"{' x '.join(key[1:]) or 'school'}, and the first to repeat is "
                f"{rows.loc[twice, key].iloc[0].to_dict()}. Keep the rows of one assessment, "
                "measure or course"
            )
    right = first.rename(columns={c: f"{c}{FIRST}" for c in first if c not in key})
    return last.merge(right, on=key, how=how, validate="1:1", sort=False)


def either(pairs: pd.DataFrame, column: str) -> pd.Series:
    """Return the last year's value of a column, the first year's where there is none."""
    if f"{column}{FIRST}" not in pairs:
        return pairs[column]
    return pairs[column].where(pairs[column].notna(), pairs[f"{column}{FIRST}"])


def spoken(pairs: pd.DataFrame, column: str) -> pd.Series:
    """Return a text for both years' values of a column: `A`, or `A to B` where they differ."""
    last, first = (type_text(pairs[name]) for name in (column, f"{column}{FIRST}"))
    return last.where(first == last, first + " to " + last)


def types_of_schools(rows: pd.DataFrame, school_type: str) -> pd.Series:
    """Return the type of each school, indexed by school, of rows of one year.

    Raises
    ------
    UsageError
        If a school has two types.
    """
    pairs = rows.assign(_type=type_text(rows[school_type]))[["school_id", "_type", "end_year"]]
    pairs = pairs.drop_duplicates()
    if (twice := pairs["school_id"].duplicated()).any():
        school, year = pairs.loc[twice, ["school_id", "end_year"]].iloc[0]
        given = pairs.loc[pairs["school_id"] == school, "_type"].tolist()
        raise UsageError(f"school {school!r} has the types {given} in {year}; give it one a year")
    return pairs.set_index("school_id")["_type"]
