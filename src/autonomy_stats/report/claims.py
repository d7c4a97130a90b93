"""The scorecard as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autonomy_stats.labels import types_in_words
from autonomy_stats.report.tables import Cell, Column, Table, number_cell, table, text_column
from autonomy_stats.report.words import (
    as_text,
    is_missing,
    number,
    place_label,
    signed,
    springs,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["scorecard_table"]


def scorecard_table(scorecard: pd.DataFrame | None) -> Table | None:
    """Return the scorecard as a table.

    Parameters
    ----------
    scorecard : pandas.DataFrame or None
        One row a claim.

    Returns
    -------
    Table or None
        None if no claim was scored.
    """
    if scorecard is None or scorecard.empty:
        return None
    columns = (
        text_column("Claim", "claim_id"),
        text_column("City", "place", lambda value: place_label(as_text(value))),
        text_column("What the report says, in our words", "claim", look="wide"),
        Column("Verdict", _verdict),
        text_column("Grade", "grade"),
        Column("Why, and what to know", _why, "wide"),
        Column("Difference, positive as the claim has it", _estimate, "number"),
        text_column("Unit", "unit"),
        Column("Smallest that counts (delta)", lambda row: _tenth(row.get("delta")), "number"),
        Column("Detectable", lambda row: _tenth(row.get("detectable")), "number"),
        Column("Test, spring", _test),
        Column("Holds in other specifications", _fragile),
    )
    caption = "The report's claims of how types of schools do, and what the files say of each"
    return table("claims", caption, columns, scorecard.to_dict("records"))


def _verdict(row: Mapping[Any, Any]) -> Cell:
    tag = as_text(row.get("tag"))
    return Cell(as_text(row["verdict"]) + (f" ({tag})" if tag else ""))


def _estimate(row: Mapping[Any, Any]) -> Cell:
    """Write the estimate times the claimed sign, with its interval."""
    if is_missing(row["theta"]):
        return Cell("")
    text = signed(row["theta"], 1)
    if not is_missing(row["conf_low"]) and not is_missing(row["conf_high"]):
        text += f" ({number(row['conf_low'], 1)} to {number(row['conf_high'], 1)})"
    return Cell(text, number_cell(row["theta"]).value)


def _tenth(value: Any) -> Cell:
    return number_cell(value, 1)


def _test(row: Mapping[Any, Any]) -> Cell:
    parts = (as_text(row.get("assessment")), springs(row.get("end_years")))
    return Cell(", ".join(part for part in parts if part))


def _fragile(row: Mapping[Any, Any]) -> Cell:
    told = {"True": "no: fragile", "False": "yes"}
    return Cell(told.get(as_text(row.get("fragile")), ""))


def _why(row: Mapping[Any, Any]) -> Cell:
    parts = (as_text(row.get("reason")), as_text(row.get("note")))
    text = "; ".join(part for part in parts if part)
    return Cell(types_in_words(text))
