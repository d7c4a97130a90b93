"""What stops a fit: rows that do not support it, each refusal naming the rows and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import EstimationError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["refuse_bad_rows", "refuse_break", "refuse_incomplete"]

ROW_KEY = ("school_id", "end_year", "assessment", "subject", "grade", "student_group")
"""What names a row of results."""

MOST_INCOMPLETE = 0.05
"""Largest share of a type's schools that missing controls may drop."""


def refuse_incomplete(
    before: pd.DataFrame, after: pd.DataFrame, school: str, controls: tuple[str, ...]
) -> None:
    """Stop if missing controls drop too many schools of a type."""
    schools = before.groupby("_type")[school].nunique()
    left = after.groupby("_type")[school].nunique().reindex(schools.index, fill_value=0)
    lost = schools - left
    if not (lost > MOST_INCOMPLETE * schools).any():
        return
    worst = str((lost / schools).idxmax())
    rows = before[before["_type"] == worst]
    control = rows[list(controls)].isna().sum().idxmax()
    raise EstimationError(
        f"control {control!r} is missing for {lost[worst]} of {schools[worst]} "
        f"schools of type {worst!r}; complete cases may drop {MOST_INCOMPLETE:.0%} at most. Leave "
        f"it out (controls=) or bring a file that has it"
    )


def refuse_bad_rows(rows: pd.DataFrame, cluster: str) -> None:
    """Stop if a row has no cluster, or stands twice."""
    bare = rows[cluster].isna() | (rows[cluster].astype("str") == "")
    if bare.any():
        raise EstimationError(
            f"{int(bare.sum())} rows have no {cluster!r} to cluster by. Fill it, for example each "
            f"school by itself: frame[{cluster!r}].replace('', None).fillna(frame['school_id'])"
        )
    key = [column for column in ROW_KEY if column in rows]
    if len(key) == len(ROW_KEY) and (twice := rows.duplicated(key)).any():
        raise EstimationError(
            f"{int(twice.sum())} rows stand twice; one row is allowed for each, and the first to "
            f"repeat is {rows.loc[twice, key].iloc[0].to_dict()}"
        )


def refuse_break(rows: pd.DataFrame, absorbed: tuple[str, ...]) -> None:
    """Stop if the rows pool results that are not comparable."""
    if "series" not in rows or "series" in absorbed:
        return
    subject = rows["subject"] if "subject" in rows else rows["_type"].map(lambda _: "")
    counts = rows.groupby(subject)["series"].unique()
    for name, series in counts.items():
        if len(series) > 1:
            raise EstimationError(
                f"the rows of {name!r} pool series that are not comparable: {sorted(series)}. "
                "Estimate them apart, or say that you mean it: absorb=(..., 'series')"
            )
