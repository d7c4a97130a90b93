"""The joins of a panel, each with its cardinality checked and its leftovers counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.errors import MissingDataError, UsageError
from autonomy_stats.facts import Place, types_in
from autonomy_stats.facts.rosters import SECTOR_TYPES
from autonomy_stats.loaders.gather import Gathered, gather
from autonomy_stats.mark import COLUMN
from autonomy_stats.panel.join_report import JoinReport
from autonomy_stats.schema import ALL_GRADES, by_grade, is_course

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEVELS", "belonging", "chosen", "typed", "with_demographics"]

LEVELS = {
    **dict.fromkeys(("03", "04", "05"), "elementary"),
    **dict.fromkeys(("06", "07", "08"), "middle"),
    **dict.fromkeys(("09", "10", "11", "12"), "high"),
}
"""School level of a tested grade."""


def belonging(
    rows: pd.DataFrame,
    place: Place,
    roster: pd.DataFrame,
    gathered: Gathered,
    report: JoinReport,
) -> pd.DataFrame:
    """Keep the schools that belong to the place; private schools never do."""
    district = rows["district_id"]
    belongs = district.isin(place.district_ids) | place.is_state
    if place.district_prefix:
        belongs |= district.str.startswith(place.district_prefix)
    else:
        belongs |= rows["school_id"].isin(roster["school_id"])
    directory = gathered.tables.get("directory")
    if directory is not None:
        private = set(directory.loc[directory["sector"] == "private", "school_id"])
        is_private = rows["school_id"].isin(private)
        report.add("place", "private schools left out", rows[belongs & is_private])
        belongs &= ~is_private
    return rows[belongs]


def chosen(
    rows: pd.DataFrame,
    subjects: Sequence[str],
    student_group: str,
    grades: str,
    courses: bool,
    measure: str | None,
) -> pd.DataFrame:
    """Keep the rows of the wanted subjects, group, grades and growth measure."""
    if "subject" not in rows:
        return rows
    rows = rows[rows["subject"].isin(list(subjects))]
    if "student_group" in rows:
        rows = rows[rows["student_group"] == student_group]
    if "measure" in rows:
        measures = sorted(rows["measure"].unique())
        if measure is None and len(measures) > 1:
            raise UsageError(f"the files hold the growth measures {measures}; choose one: measure=")
        rows = rows[rows["measure"] == (measure or (measures or [None])[0])]
    kept = rows["grade"] == ALL_GRADES if grades == "all" else by_grade(rows)
    return rows[kept | is_course(rows["grade"]) if courses else kept]


def typed(
    rows: pd.DataFrame,
    place: Place,
    roster: pd.DataFrame,
    gathered: Gathered,
    confidence: str,
    report: JoinReport,
) -> pd.DataFrame:
    """Give each school its governance type: by roster, else by directory, else the residual."""
    import pandas as pd

    by_year = [
        types_in(roster, int(year), confidence).assign(end_year=year)
        for year in sorted(rows["end_year"].unique())
    ]
    types = pd.concat(by_year, ignore_index=True).astype({"end_year": "Int64"})
    key = ["end_year", "school_id"]
    joined = rows.merge(types, on=key, how="left", validate="m:1")
    unmatched = types.merge(rows[key].drop_duplicates(), on=key, how="left", indicator=True)
    report.add("roster", "rostered, no results", unmatched[unmatched["_merge"] == "left_only"])
    residual = _residual(joined, place, gathered, report)
    named = joined["school_type"].notna()
    joined["school_type"] = joined["school_type"].fillna(residual)
    report.add("roster", "results, not rostered", joined[~named])
    low = joined["roster_confidence"].notna() & (joined["school_type"] == "unknown")
    report.add("roster", f"rostered below {confidence!r}", joined[low])
    return joined


def _residual(
    rows: pd.DataFrame, place: Place, gathered: Gathered, report: JoinReport
) -> pd.Series:
    """Return the type of a school that no roster row names."""
    import pandas as pd

    residual = pd.Series(place.unlisted, index=rows.index, dtype="str")
    directory = gathered.tables.get("directory")
    if place.directory:
        _need_directory(rows, place, directory)
    if directory is None:
        return residual
    sectors = directory.drop_duplicates(["end_year", "school_id"])
    joined = rows[["end_year", "school_id"]].merge(
        sectors[["end_year", "school_id", "sector"]],
        on=["end_year", "school_id"],
        how="left",
        validate="m:1",
    )
    sector = joined["sector"].set_axis(rows.index)
    if place.directory:
        report.add("directory", "results, not in the directory", rows[sector.isna()])
        residual = residual.where(sector.notna(), "unknown")
    return sector.map(SECTOR_TYPES).fillna(residual).astype("str")


def _need_directory(rows: pd.DataFrame, place: Place, directory: pd.DataFrame | None) -> None:
    """Stop if no directory of a spring is there to tell the charters of a place."""
    held = set() if directory is None else set(directory["end_year"].unique())
    if missing := sorted(set(rows["end_year"].unique()) - held):
        raise MissingDataError(
            f"{place.name}: the state's directory tells the charters, and none of spring "
            f"{', '.join(map(str, missing))} was found in the raw folder. Put it there, or list "
            "the charters in a roster of your own (roster=) for a place with directory=False"
        )


def with_demographics(
    rows: pd.DataFrame,
    place: Place,
    gathered: Gathered,
    report: JoinReport,
    folder: Path | None,
    within: list[str] | None,
) -> tuple[pd.DataFrame, Gathered]:
    """Join each year's results to its demographics, or to those of the nearest year.

    Returns the rows, and what was gathered: of more years if the results' own had none.
    """
    import pandas as pd

    demographics = gathered.tables.get("demographics")
    years = {int(year) for year in rows["end_year"].unique()}
    held = set() if demographics is None else set(demographics["end_year"].unique())
    if years - held:
        gathered = gather(place.state, range(1990, 2101), folder, within)
        demographics = gathered.tables.get("demographics")
        held = set() if demographics is None else set(demographics["end_year"].unique())
    if demographics is None or not held:
        report.add("demographics", "results, no demographics file", rows)
        empty = pd.Series(pd.NA, rows.index, dtype="Int64")
        return rows.assign(demographics_year=empty), gathered
    nearest = {year: min(held, key=lambda h: (abs(h - year), h)) for year in years}
    rows = rows.assign(demographics_year=rows["end_year"].map(nearest).astype("Int64"))
    shares = demographics.drop(columns=["district_id", "school_name"]).rename(
        columns={"end_year": "demographics_year", COLUMN: "_simulated"}
    )
    joined = rows.merge(
        shares,
        on=["state", "school_id", "demographics_year"],
        how="left",
        validate="m:1",
        indicator="_found",
    )
    alone = joined.pop("_found") == "left_only"
    joined[COLUMN] |= joined.pop("_simulated").eq(True)
    moved = joined["demographics_year"] != joined["end_year"]
    report.add("demographics", "demographics of another year", joined[moved])
    report.add("demographics", "results, no demographics", joined[alone])
    return joined, gathered
