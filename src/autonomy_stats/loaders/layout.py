"""What a layout is: which sheets, which header texts, and which field each column becomes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import Where

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.loaders.agreement import Agreement
    from autonomy_stats.raw import RawFile

    Tables = dict[str, pd.DataFrame]

__all__ = ["ELSEWHERE", "IGNORED", "Layout", "LeftOut", "Levels", "Sheet", "Tidy", "normal"]

IGNORED = ""
"""Field of a column that the package knows and does not use."""

LeftOut = Callable[[Mapping[str, Any], Collection[str] | None], Any]
"""Given columns as Arrow arrays of text by field, and the beginnings of the school ids that are
wanted (None: all), returns which rows to leave out, a Boolean array; None: none of them."""


ELSEWHERE = "rows of other places"
"""Why a row is left out that is of no wanted school."""


def normal(text: str) -> str:
    """Return a header text without case and with runs of white space collapsed."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class Tidy:
    """What a layout makes of a sheet.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        Tidy tables.
    passed_over : dict of str to int
        Rows that are no school's, counted by what they are.
    corrected : dict of str to int
        Cells that the file gets wrong and that a source mends, counted by what they are.
    """

    tables: dict[str, pd.DataFrame]
    passed_over: dict[str, int] = field(default_factory=dict)
    corrected: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """A sheet under its layout: text cells, columns named by field, index the row number."""

    path: Path
    name: str | None
    frame: pd.DataFrame
    title: str
    headers: Mapping[str, str]

    def where(self, row: int | None = None, column: str | None = None) -> Where:
        """Return a place in this sheet, a field named by its header in the file."""
        header = self.headers.get(column, column) if column else None
        return Where(self.path, self.name, row, header)

    def without(self, rows: pd.Series) -> Sheet:
        """Return the sheet without the rows where a mask is true."""
        return replace(self, frame=self.frame[~rows])


@dataclass(frozen=True)
class Levels:
    """Columns that split a row's students by level of achievement, which are read for checks only.

    Parameters
    ----------
    columns : mapping of str to str
        Header text to level; several texts may name one level.
    tested : str
        Field of the number of students at all levels.
    counts : bool
        Whether the columns are numbers of students, and not shares of them.
    """

    columns: Mapping[str, str]
    tested: str
    counts: bool = False


@dataclass(frozen=True)
class Layout:
    """An official layout.

    Parameters
    ----------
    layout_id : str
        Short name, `state-file-era`.
    state : str
        State in lower case.
    agency : str
        Who publishes it.
    title : str
        What the file is, as a user would ask the agency for it.
    columns : mapping of str to str
        Header text to field. Header texts are compared without case and with runs of white
        space collapsed. Several texts may name one field; `IGNORED` marks a known column that
        is not used.
    tidy : callable
        Makes tidy tables of a sheet.
    year_of : callable or None
        Spring year of a sheet, from its title; None: the group `year` of `sheets`.
    sheets : str or None
        Pattern of the names of a workbook's sheets to read; None for delimited text.
    sheet_example : str
        Such a name, for error messages.
    optional : frozenset of str
        Fields that may be absent.
    one_of : tuple of frozenset of str
        Groups of fields of which at least one must be there; each may be absent by itself.
    grouped : bool
        Whether a row of group labels stands above the header (`Grade 3` over five columns);
        header texts are then written `Grade 3 / Pass N`.
    delimiter : str
        Of delimited text.
    prior_years : bool
        Whether the file also gives earlier years, which that year's own file overrules.
    many_years : bool
        Whether the rows name their years, all of them the file's own; `year_of` then gives any
        one of them.
    title_like : str
        Pattern that the text above the header must hold, to tell layouts of one header apart.
    numbered : bool
        Whether header texts repeat: the second is then written `Text (2)`, and so on.
    read : callable or None
        Reads the file in place of the matching of header texts.
    hallmarks : frozenset of str
        Fields without which a file is not taken for this layout at all, to tell it from another
        file of the same agency with most of its columns.
    first_row : mapping of str to collection of str
        Fields with the texts one of which the first row below the header must have, to tell a
        file from another of the same header.
    left_out : mapping of str to callable
        Tells rows that never enter from their text alone, by what they are, in this order (see
        `LeftOut`): large files can then be read in blocks.
    traces : callable or None
        Given the beginnings of the school ids that are wanted, returns texts of which any row of
        a wanted school holds one; None: there are none. Lines of a large file without any are
        left out as `ELSEWHERE`; of their cells, only the delimiters are counted.
    stands_in : frozenset of str
        Tables that this file gives only where no other file does: its rows of a key give way.
    settle : callable or None
        Given the tidy tables and the state's directory, returns the tables under the ids of the
        directory, and how many rows changed theirs: for files with ids that no other has.
    levels : tuple of Levels
        Levels of achievement, to check that they add up.
    agree : tuple of Agreement
        What must hold between columns, used or not: it tells one under another's header.
    """

    layout_id: str
    state: str
    agency: str
    title: str
    columns: Mapping[str, str]
    tidy: Callable[[Sheet, int], Tidy]
    year_of: Callable[[Sheet], int] | None = None
    sheets: str | None = None
    sheet_example: str = ""
    optional: frozenset[str] = frozenset()
    one_of: tuple[frozenset[str], ...] = ()
    grouped: bool = False
    delimiter: str = ","
    prior_years: bool = False
    many_years: bool = False
    title_like: str = ""
    numbered: bool = False
    read: Callable[[RawFile, Layout], Sheet] | None = None
    hallmarks: frozenset[str] = frozenset()
    first_row: Mapping[str, Collection[str]] = field(default_factory=dict)
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    traces: Callable[[Collection[str]], Collection[str] | None] | None = None
    stands_in: frozenset[str] = frozenset()
    settle: Callable[[Tables, pd.DataFrame], tuple[Tables, int]] | None = None
    levels: tuple[Levels, ...] = ()
    agree: tuple[Agreement, ...] = ()

    @cached_property
    def known(self) -> dict[str, str]:
        """Header texts, normalised, to fields."""
        return {normal(text): name for text, name in self.columns.items()}

    @cached_property
    def required(self) -> set[str]:
        """Fields that every file of this layout has."""
        return {n for n in self.columns.values() if n} - self.optional.union(*self.one_of)
