"""The mark of simulated files, which no table or drawing made from one may lose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMN", "MARK", "has_mark", "is_simulated", "marked"]

MARK = "SIMULATED"
"""How every school name of a simulated file begins, or a cell of every row without names.

It stands in the rows, so that it survives re-saving, cutting rows out and conversion.
"""

COLUMN = "simulated"
"""Column of a frame that says which rows, or that all of it, came from simulated files."""

NAME = "school_name"

AFTER_JOINS = ("", "_x", "_y", "_first", "_last")
"""What a merge of two frames that share a column puts behind its name."""

YES = (True, "True", "TRUE", "true")
"""What a file that is read as text makes of a true value, too."""


def has_mark(rows: Iterable[Iterable[str]]) -> bool:
    """Tell whether any cell of some rows begins with the mark.

    Examples
    --------
    >>> has_mark([["School", "Percent"], ["SIMULATED school 12", "40"]])
    True
    """
    return any(cell.startswith(MARK) for row in rows for cell in row)


def is_simulated(*sources: object) -> bool:
    """Tell whether any of several frames, or results made from frames, is of simulated files.

    Parameters
    ----------
    *sources : object
        Frames: simulated if the column `simulated` is true in any row, or any `school_name`
        begins with the mark. Results: simulated if their attribute `simulated` is true. True
        itself is, and anything else is not.

    Examples
    --------
    >>> import pandas as pd
    >>> is_simulated(pd.DataFrame({"simulated": [False, True]}))
    True
    >>> is_simulated(pd.DataFrame({"school_name": ["Ash School"]}), 3.0)
    False
    """
    return any(
        _of_frame(source) if hasattr(source, "columns") else _of_result(source)
        for source in sources
    )


def marked(frame: pd.DataFrame, *sources: object) -> pd.DataFrame:
    """Return a frame with a last column `simulated`, true in all rows, if a source is simulated.

    Parameters
    ----------
    frame : pandas.DataFrame
        A result.
    *sources : object
        What it was made from, as in `is_simulated`.

    Returns
    -------
    pandas.DataFrame
        The frame as it is if no source is simulated.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"proficient_pct": [40.0, 50.0], "simulated": [True, False]})
    >>> marked(pd.DataFrame({"estimate": [10.0]}), panel)
       estimate  simulated
    0      10.0       True
    """
    if not is_simulated(*sources):
        return frame
    return frame.drop(columns=COLUMN, errors="ignore").assign(**{COLUMN: True})


def _of_frame(frame: Any) -> bool:
    """Tell whether a frame has a simulated row; a missing value is not known to be simulated."""
    if any(bool(values.isin(YES).any()) for values in _columns(frame, COLUMN)):
        return True
    return any(
        bool(names.astype("str").str.startswith(MARK).fillna(False).any())
        for names in _columns(frame, NAME)
    )


def _columns(frame: Any, name: str) -> Iterator[Any]:
    """Yield the columns of a name, whatever merges have made of it."""
    names = {f"{name}{end}" for end in AFTER_JOINS}
    for at, column in enumerate(frame.columns):
        if column in names:
            yield frame.iloc[:, at]


def _of_result(result: object) -> bool:
    """Tell whether a result says that it is simulated, or is itself what says so."""
    return result is True or getattr(result, COLUMN, False) is True
