"""Tables of the page: frames as rows of cells, each with the value that it is sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autonomy_stats.report.words import as_text, is_missing, number

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MOST_ROWS",
    "Cell",
    "Column",
    "Table",
    "number_cell",
    "number_column",
    "of_frame",
    "table",
    "text_column",
]

MOST_ROWS = 150
"""A figure's table with more rows is left to its CSV."""


MANY = 10
"""Most columns that fit the width of a sheet of paper in the usual print."""


SMALLEST_P = 0.001
"""Smaller p-values are written as smaller than this one."""

FEW = 16
"""Most rows of a table that is kept on one sheet of paper."""


@dataclass(frozen=True)
class Cell:
    """A cell: its text, and the number that it is sorted by.

    Parameters
    ----------
    text : str
        What is read.
    value : str
        Number to sort by; empty: sort by the text.
    """

    text: str
    value: str = ""


@dataclass(frozen=True)
class Column:
    """A column: its heading, how a record becomes its cell, and how it is set.

    Parameters
    ----------
    heading : str
        Its heading.
    cell : callable
        Makes a record's cell.
    look : {"", "number", "wide", "code"}
        Class of its cells: numbers to the right, long texts, hashes.
    """

    heading: str
    cell: Callable[[Mapping[Any, Any]], Cell]
    look: str = ""


@dataclass(frozen=True)
class Table:
    """A table as the template writes it.

    Parameters
    ----------
    name : str
        Id of its caption.
    caption : str
        What it holds.
    columns : sequence of Column
        Its columns; the first names the rows.
    rows : list of lists of Cell
        Its cells.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: list[list[Cell]] = field(repr=False)

    @property
    def many(self) -> bool:
        """Whether it has so many columns that paper needs a smaller print."""
        return len(self.columns) > MANY

    @property
    def short(self) -> bool:
        """Whether it has so few rows that paper need not break it."""
        return len(self.rows) <= FEW


def table(
    name: str, caption: str, columns: Sequence[Column], records: Iterable[Mapping[Any, Any]]
) -> Table:
    """Make a table of records.

    Examples
    --------
    >>> made = table("t", "Heights", [text_column("School", "school")], [{"school": "Ash"}])
    >>> made.rows[0][0].text
    'Ash'
    """
    return Table(name, caption, columns, [[c.cell(record) for c in columns] for record in records])


def text_column(
    heading: str, key: str, words: Callable[[Any], str] = as_text, look: str = ""
) -> Column:
    """Return a column of texts."""
    return Column(heading, lambda record: Cell(words(record.get(key))), look)


def number_column(heading: str, key: str, digits: int | None = None) -> Column:
    """Return a column of numbers."""
    return Column(heading, lambda record: number_cell(record.get(key), digits), "number")


def number_cell(value: Any, digits: int | None = None) -> Cell:
    """Return the cell of a number; a missing one is empty."""
    return Cell("") if is_missing(value) else Cell(number(value, digits), f"{float(value):.10g}")


def p_cell(value: Any) -> Cell:
    """Return the cell of a p-value, which is never zero.

    Examples
    --------
    >>> p_cell(0.0171).text, p_cell(0.00002).text
    ('0.017', '< 0.001')
    """
    cell = number_cell(value, 3)
    small = not is_missing(value) and float(value) < SMALLEST_P
    return Cell(f"< {SMALLEST_P}", cell.value) if small else cell


def of_frame(name: str, caption: str, frame: pd.DataFrame | None) -> Table | None:
    """Return a figure's numbers as a table, every column as the CSV names it.

    Parameters
    ----------
    name, caption : str
        Of the table.
    frame : pandas.DataFrame or None
        The numbers.

    Returns
    -------
    Table or None
        None if there is no frame, or if it has more than `MOST_ROWS` rows.

    Examples
    --------
    >>> import pandas as pd
    >>> made = of_frame("t", "Heights", pd.DataFrame({"school": ["Ash"], "height": [1.5]}))
    >>> [cell.text for cell in made.rows[0]]
    ['Ash', '1.5']
    """
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    if frame is None or frame.empty or len(frame) > MOST_ROWS:
        return None
    columns = []
    for key in frame.columns:
        numeric = is_numeric_dtype(frame[key]) and not is_bool_dtype(frame[key])
        year = numeric and str(key).endswith("year")
        heading = str(key)
        columns.append(
            number_column(heading, key) if numeric and not year else text_column(heading, key)
        )
    return table(name, caption, columns, frame.to_dict("records"))
