"""Tell a simulated file by its mark, and keep the mark in the tidy tables made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.mark import MARK, has_mark, is_simulated
from autonomy_stats.raw import RawSheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bears_mark", "with_names"]

WITHIN = 40
"""Rows of a sheet in which the mark is looked for: every row of a simulated file bears it."""


def bears_mark(rows: RawSheet, tables: dict[str, pd.DataFrame]) -> bool:
    """Tell whether a sheet is simulated.

    Parameters
    ----------
    rows : RawSheet
        Its first rows, as they were read.
    tables : dict of str to pandas.DataFrame
        The tidy tables made of it, whose schools may be named as simulated.
    """
    return has_mark(rows.rows[:WITHIN]) or is_simulated(*tables.values())


def with_names(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables of a simulated file, schools without a name called by the mark.

    So the mark outlives what is done with a table by itself, such as saving it.
    """
    return {
        name: frame.assign(school_name=frame["school_name"].fillna(MARK))
        for name, frame in tables.items()
    }
