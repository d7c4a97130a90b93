"""What a raw file gives: its tidy tables, and all that a reader must know of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LoadedFile"]


@dataclass(frozen=True)
class LoadedFile:
    """A raw file as tidy tables.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    state : str
        State in lower case.
    layout : str
        Layout that the file has, such as `indiana-istep-2017`.
    sha256 : str
        Hash of the file as downloaded.
    simulated : bool
        Whether the file says that it is simulated: a cell of the first rows that were read, or
        a school's name, begins with the mark (see `autonomy_stats.mark`).
    tables : dict of str to pandas.DataFrame
        Tidy tables by name, as `autonomy_stats.schema` declares them.
    own_years : frozenset of int
        Spring years that the file was published for; others are prior-year columns.
    sheet_years : frozenset of int
        Spring years of its sheets, read or not; empty where its rows name their years.
    passed_over : dict of str to int
        Rows that are no school's, or not read, counted by what they are.
    corrected : dict of str to int
        Cells that the file gets wrong and that a source mends, counted by what they are.
    stands_in : frozenset of str
        Tables that give way to those of other files.
    """

    path: Path
    state: str
    layout: str
    sha256: str
    simulated: bool
    tables: dict[str, pd.DataFrame] = field(repr=False)
    own_years: frozenset[int] = frozenset()
    sheet_years: frozenset[int] = frozenset()
    passed_over: dict[str, int] = field(default_factory=dict)
    corrected: dict[str, int] = field(default_factory=dict)
    stands_in: frozenset[str] = frozenset()
