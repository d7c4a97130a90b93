"""Mend what an official file gets wrong, where a source says so.

Each correction is a row of a CSV in `facts/corrections/`: the school, the column, what the file
says, what is right, and the source. It is applied only where the file says just that, and counted.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["correct"]

FOLDER = Path(__file__).resolve().parent.parent / "facts" / "corrections"


def correct(frame: pd.DataFrame, name: str) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return a tidy table with a file's known errors mended.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of a tidy table, one for each school.
    name : str
        Name of the file of corrections, without its suffix; there need be none.

    Returns
    -------
    frame : pandas.DataFrame
        The table, mended.
    counts : dict of str to int
        Cells mended, by what they are.
    """
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        return frame, {}
    counts: dict[str, int] = {}
    frame = frame.copy()
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            column = row["column"]
            wrong = (frame["school_id"] == row["school_id"]) & (frame[column] == row["published"])
            frame.loc[wrong, column] = row["corrected"]
            what = f"{column} {row['published']!r}, in truth {row['corrected']!r}"
            counts[what] = counts.get(what, 0) + int(wrong.sum())
    return frame, {what: count for what, count in counts.items() if count}
