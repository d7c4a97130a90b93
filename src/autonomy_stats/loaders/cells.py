"""Turn text cells into numbers, never dropping a mark without saying what it meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, LayoutError

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.loaders.layout import Sheet

__all__ = [
    "check_ids",
    "check_mostly",
    "counts",
    "first_row",
    "numbers",
    "percents",
    "school_year_end",
    "scores",
    "too_many",
    "year_in",
]

MOST_WRONG = 0.1
"""Share of the rows in which columns may disagree.

In official files at hand it is at most 1.6 %; a column under another's header disagrees in most.
"""

FEWEST_KNOWN = 0.5
"""Share of the rows in which a column of few known texts has one of them."""

THOUSANDS = r"-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?"
"""A number with commas: they stand before three digits. Elsewhere one may be a decimal point."""


def numbers(sheet: Sheet, column: str, marks: Mapping[str, str]) -> tuple[pd.Series, pd.Series]:
    """Return a column as numbers, and each cell's status.

    Parameters
    ----------
    sheet : Sheet
        A sheet under its layout.
    column : str
        Field name.
    marks : mapping of str to str
        Each text that may stand in place of a number, with the status it means.

    Returns
    -------
    values : pandas.Series of float
        Missing where a mark stands.
    status : pandas.Series of str
        `reported`, or the mark's status.

    Raises
    ------
    DataError
        Naming the first cell that is neither a number nor a declared mark.
    """
    import pandas as pd

    text = sheet.frame[column].str.strip()
    marked = text.isin(list(marks))
    plain = text.where(~marked)
    if (commas := plain.str.contains(",", regex=False, na=False)).any():
        plain = plain.where(~commas | plain.str.fullmatch(THOUSANDS, na=False))
        plain = plain.str.replace(",", "", regex=False)
    values = _parsed(plain)
    status = pd.Series("reported", index=text.index, dtype="str")
    if marked.any():
        status[marked] = text[marked].map(dict(marks))
    wrong = (values.isna() | values.abs().eq(float("inf"))) & ~marked
    if wrong.any():
        row = first_row(wrong)
        allowed = ", ".join(repr(mark) for mark in marks) or "no mark"
        raise DataError(
            f"{sheet.where(row, column)}: got {text[row]!r}; expected a number or one of {allowed}"
        )
    return values, status


def _parsed(text: pd.Series) -> pd.Series:
    """Return texts as numbers, missing where one is none; fast if all are, by Arrow."""
    import pandas as pd
    import pyarrow as pa

    try:
        values = pa.array(text, pa.string()).cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # some text is no number, or is written in another way
        return pd.to_numeric(text, errors="coerce").astype("float64")
    return pd.Series(values, text.index, dtype="float64")


def percents(
    sheet: Sheet, column: str, marks: Mapping[str, str], *, fraction: bool = False
) -> tuple[pd.Series, pd.Series]:
    """Return a column as percents within 0-100, and each cell's status.

    Parameters
    ----------
    sheet, column, marks
        As in `numbers`.
    fraction : bool
        Whether the file writes 0-1 rather than 0-100.
    """
    values, status = numbers(sheet, column, marks)
    values = values * 100 if fraction else values
    wrong = (values < 0) | (values > 100)
    if wrong.any():
        row = first_row(wrong)
        scale = "0 to 1" if fraction else "0 to 100"
        raise DataError(
            f"{sheet.where(row, column)}: got {sheet.frame.loc[row, column]!r}; expected {scale}"
        )
    return values, status


def counts(sheet: Sheet, column: str, marks: Mapping[str, str]) -> tuple[pd.Series, pd.Series]:
    """Return a column as whole numbers, none below zero, and each cell's status; see `numbers`."""
    values, status = numbers(sheet, column, marks)
    wrong = (values < 0) | (values % 1 > 0)
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, column)}: got {sheet.frame.loc[row, column]!r}; expected a number "
            "of students, which is whole"
        )
    return values, status


def scores(
    sheet: Sheet, column: str, marks: Mapping[str, str], lowest: float, highest: float
) -> tuple[pd.Series, pd.Series]:
    """Return a column as numbers within a scale, and each cell's status; see `numbers`."""
    values, status = numbers(sheet, column, marks)
    wrong = (values < lowest) | (values > highest)
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, column)}: got {sheet.frame.loc[row, column]!r}; expected "
            f"{lowest:g} to {highest:g}"
        )
    return values, status


def first_row(wrong: pd.Series) -> int:
    """Return the row number of the first true value."""
    return int(wrong.index[wrong.to_numpy()][0])


def too_many(wrong: pd.Series, checked: pd.Series) -> bool:
    """Tell whether more rows are wrong, of those checked, than an agency's slips explain."""
    return bool(wrong.sum() > max(1, MOST_WRONG * checked.sum()))


def check_ids(sheet: Sheet, column: str, pattern: str, expected: str) -> pd.Series:
    """Return a column of ids, each checked against a pattern.

    Raises
    ------
    DataError
        Naming the first cell that is no id, and what an id looks like.
    """
    text = sheet.frame[column].str.strip()
    wrong = ~text.str.fullmatch(pattern)
    if wrong.any():
        row = first_row(wrong)
        raise DataError(f"{sheet.where(row, column)}: got {text[row]!r}; expected {expected}")
    return text


def check_mostly(sheet: Sheet, column: str, known: pd.Series, expected: str) -> None:
    """Raise if most rows do not hold what a column holds: it is another column.

    A few rows may: an agency adds a kind of school, or a test.
    """
    if len(known) and known.mean() < FEWEST_KNOWN:
        row = first_row(~known)
        raise DataError(
            f"{sheet.where(row, column)}: got {sheet.frame.loc[row, column]!r}, and the like in "
            f"{int((~known).sum())} of {len(known)} rows; expected {expected}. A column may stand "
            "under another's header"
        )


def year_in(sheet: Sheet, text: str, pattern: str, expected: str) -> int:
    """Return the year that a sheet's name or title gives.

    Raises
    ------
    LayoutError
        If it gives none.
    """
    found = re.search(pattern, text)
    if found is None:
        raise LayoutError(f"{sheet.where()}: no year in {text!r}; expected {expected}")
    return int(found.group(1))


def school_year_end(sheet: Sheet) -> int:
    """Return the spring year of a title such as `2015-2016 ...` or `2015-16 ...`."""
    start = year_in(sheet, sheet.title, r"\b(20\d\d)-(?:20)?\d\d\b", "a school year like 2015-2016")
    return start + 1
