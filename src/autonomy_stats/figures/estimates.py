"""Every estimate of a run in one table, from the frames of its figures."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from autonomy_stats.figures.registry import find_figure
from autonomy_stats.mark import COLUMN, is_simulated

__all__ = ["COLUMNS", "estimates"]

COLUMNS = (
    "figure",
    "place",
    "outcome",
    "subject",
    "level",
    "line",
    "school_type",
    "reference",
    "estimate",
    "std_error",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "n_schools",
    "n_operators",
    "n_schools_reference",
    "n_rows",
    "assessment",
    "end_years",
    "note",
    COLUMN,
)
"""Columns of the table. What a figure does not know is missing."""

NAMES = ("place", "outcome", "subject", "level", "line", "school_type", "reference", "estimate")
"""Columns by which a frame is known to hold estimates."""

TEXTS = ("figure", *NAMES[:-1], "assessment", "end_years", "note")


def estimates(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the estimates of a run's figures, one row each.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        What each figure shows, by its id.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`. `subject`: `ela;math` are both together; several `end_years` are separated by
        `;` too. `line`: `default`, or which other way of asking. `reference`: the type compared
        with, empty where there is none, as of a change. The reference type itself has no row; a
        type without an estimate has one, with the reason in `note`. Frames without estimates
        give no row.

    Examples
    --------
    >>> frame = pd.DataFrame({
    ...     "place": ["boston"], "outcome": "growth", "subject": "ela;math", "level": "all",
    ...     "line": "default", "school_type": "pilot", "reference": "traditional",
    ...     "estimate": [-1.5], "conf_low": [-6.0], "conf_high": [3.0], "end_years": "2018",
    ... })
    >>> table = estimates({"fig02": frame})
    >>> table[["figure", "school_type", "estimate", "end_years", "simulated"]]
      figure school_type  estimate end_years  simulated
    0  fig02       pilot      -1.5      2018      False
    """
    tables = [
        table for figure_id, frame in frames.items() if len(table := _of_figure(figure_id, frame))
    ]
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables, ignore_index=True)


def _of_figure(figure_id: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the estimates of one figure."""
    own = getattr(find_figure(figure_id), "estimates", None)
    simulated = is_simulated(frame)
    rows = frame if own is None else own(frame)
    if not set(NAMES) <= set(rows.columns):
        return pd.DataFrame()
    rows = rows[rows["school_type"].notna() & (rows["school_type"] != rows["reference"])]
    rows = rows.assign(figure=figure_id, **{COLUMN: simulated}).reindex(columns=list(COLUMNS))
    texts = {name: rows[name].astype("object").fillna("").astype("str") for name in TEXTS}
    numbers = [name for name in COLUMNS if name not in (*TEXTS, COLUMN)]
    return rows.assign(**texts, **{name: rows[name].astype("float64") for name in numbers})
