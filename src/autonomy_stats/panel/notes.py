"""Lines of a join report on what a panel lacks: schools that others count, and subjects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError
from autonomy_stats.facts import Place, coverage
from autonomy_stats.panel.join_report import JoinReport

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["note_absent", "note_coverage"]


def note_coverage(rows: pd.DataFrame, place: Place, years: list[int], report: JoinReport) -> None:
    """Report the types of which the roster names fewer or more schools than others count."""
    held = set(rows["school_type"])
    lines = {}
    for year in years:
        for row in coverage(place, year).to_dict("records"):
            if isinstance(row["difference"], str) and held & set(row["school_type"].split(";")):
                count = (
                    row["n_reported"] if row["n_reported"] == row["n_reported"] else row["n_low"]
                )
                key = (row["school_type"], row["end_year"], row["source"])
                lines[key] = (
                    f"the roster names {row['n_rostered']}, against {count:g} counted for "
                    f"{row['end_year']} by {row['source']}: {row['difference']}"
                )
    for (school_type, _, _), text in lines.items():
        report.say("coverage", f"roster, {school_type}", text)


def note_absent(
    rows: pd.DataFrame, subjects: Sequence[str], place: Place, report: JoinReport
) -> None:
    """Report a subject of the study without results; refuse another, as it may be misspelt."""
    held = set() if "subject" not in rows else set(rows["subject"].unique())
    for subject in subjects if held else ():
        if subject not in held and subject not in ("ela", "math"):
            raise UsageError(
                f"{place.name}: no results of the subject {subject!r}; there are "
                f"{', '.join(sorted(held))}"
            )
        if subject not in held:
            report.say("subjects", "no results", subject)
