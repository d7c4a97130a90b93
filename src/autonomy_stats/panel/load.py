"""Join results, demographics and roster to one analysis panel, counting what does not join."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.errors import AutonomyStatsError, MissingDataError, UsageError
from autonomy_stats.facts import Place, find_place, index_of_types, load_roster
from autonomy_stats.facts.rosters import check_roster
from autonomy_stats.loaders.gather import Gathered, gather
from autonomy_stats.loaders.survey import damaged, survey
from autonomy_stats.panel.arguments import check_choices, refuse_one_value, wanted_years
from autonomy_stats.panel.join_report import JoinReport
from autonomy_stats.panel.joins import LEVELS, belonging, chosen, typed, with_demographics
from autonomy_stats.panel.marks import with_mark
from autonomy_stats.panel.notes import note_absent, note_coverage
from autonomy_stats.schema import CONTROLS
from autonomy_stats.visible import path_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel", "load_panel"]


@dataclass(frozen=True)
class Panel:
    """One place's results, joined to who attends each school and what type it is.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows of the results table, with the demographics of the same year (else the
        nearest, see `demographics_year`), `school_type`, `operator`, `roster_confidence`,
        `from_end_year` (first spring under that type, where the roster knows it), `level`, with
        the package's roster `autonomy_index` (see `load_autonomy`), and `simulated`: whether a
        simulated file has a part in the row.
    join_report : pandas.DataFrame
        What was joined and what was not: `join, side, school_type, n_schools, n_rows, note`.
    sources : pandas.DataFrame
        Files that it was made from: `file, state, layout, sha256, simulated, table,
        n_rows, end_years` (springs that the table holds, joined by `;`).
    """

    frame: pd.DataFrame = field(repr=False)
    join_report: pd.DataFrame
    sources: pd.DataFrame = field(repr=False)


def load_panel(
    place: str | Place,
    end_years: Sequence[int],
    *,
    table: str = "achievement",
    subjects: Sequence[str] = ("ela", "math"),
    student_group: str = "all",
    grades: str = "each",
    courses: bool = False,
    measure: str | None = None,
    confidence: str = "inferred",
    roster: str | os.PathLike[str] | pd.DataFrame | None = None,
    raw: str | os.PathLike[str] | None = None,
) -> Panel:
    """Load the analysis panel of a place from the raw files at hand.

    Parameters
    ----------
    place : str or Place
        A city, county or state, such as `denver` or `michigan`; or a place of your own, whose
        results stand in files of your own (see `autonomy_stats.loaders.tidy_csv`).
    end_years : sequence of int
        Spring years.
    table : {"achievement", "growth", "demographics"}
        Which rows: results, or (`demographics`) one row a school and year, tested or not.
    subjects : sequence of str
        Subjects to keep.
    student_group : str
        Student group to keep.
    grades : {"each", "all"}
        `each`: numbered grades where a year's results of a subject have them, else the
        all-grades rows; `all`: the all-grades rows. Never both.
    courses : bool
        Whether results of course tests (Algebra I) come in beside the grades. Taking a
        course early is a school's choice, so the default is no.
    measure : str, optional
        Growth measure; needed where the files hold several.
    confidence : {"inferred", "documented", "unverified"}
        Least confidence of a roster row; a school below it is `unknown`.
    roster : path or pandas.DataFrame, optional
        A roster of your own in place of the package's.
    raw : path, optional
        Folder of raw files; default `$AUTONOMY_STATS_RAW`, else `data/raw`.

    Returns
    -------
    Panel

    Raises
    ------
    UsageError
        If an argument is not one of the allowed values.
    MissingDataError
        If the raw files at hand do not hold the results.

    Examples
    --------
    >>> panel = load_panel("michigan", [2001])
    >>> panel.frame.groupby("school_type")["school_id"].nunique().to_dict()
    {'independent_charter': 78, 'traditional': 1745}
    """
    panel, broken = put_together(
        place,
        end_years,
        table=table,
        subjects=subjects,
        student_group=student_group,
        grades=grades,
        courses=courses,
        measure=measure,
        confidence=confidence,
        roster=roster,
        raw=raw,
    )
    refuse_broken(panel, CONTROLS, broken)
    return panel


def put_together(
    place: str | Place,
    end_years: Sequence[int],
    *,
    table: str = "achievement",
    subjects: Sequence[str] = ("ela", "math"),
    student_group: str = "all",
    grades: str = "each",
    courses: bool = False,
    measure: str | None = None,
    confidence: str = "inferred",
    roster: str | os.PathLike[str] | pd.DataFrame | None = None,
    raw: str | os.PathLike[str] | None = None,
) -> tuple[Panel, tuple[AutonomyStatsError, ...]]:
    """Load a panel as `load_panel` does, and return the errors of the state's broken files."""
    check_choices(table, grades, measure, confidence)
    refuse_one_value(end_years, subjects)
    known = find_place(place)
    years = wanted_years(end_years)
    folder = None if raw is None else Path(raw)
    rostered = _roster(known, roster)
    within = _within(known, rostered)
    gathered = gather(known.state, years, folder, within)
    rows = _results(gathered, known, years, table, folder)
    report = JoinReport()
    rows = belonging(rows, known, rostered, gathered, report)
    note_absent(rows, subjects, known, report)
    rows = chosen(rows, subjects, student_group, grades, courses, measure)
    if rows.empty and gathered.broken:
        raise gathered.broken[0]
    if rows.empty:
        raise MissingDataError(
            f"{known.name}, spring {', '.join(map(str, years))}: the files hold no {table} rows of "
            f"subjects {tuple(subjects)}, student group {student_group!r}, grades {grades!r}"
        )
    rows = typed(rows, known, rostered, gathered, confidence, report)
    if table != "demographics":
        rows, gathered = with_demographics(rows, known, gathered, report, folder, within)
        rows = rows.assign(level=rows["grade"].map(LEVELS))
    for problem in gathered.broken:
        report.say("files", "broken file, not needed", str(problem))
    rows = rows.assign(place=known.place_id)
    if roster is None:
        index = index_of_types(known)
        rows = rows.assign(autonomy_index=rows["school_type"].map(index).astype("float64"))
        note_coverage(rows, known, years, report)
    rows = with_mark(rows, table, gathered, report)
    report.add("panel", "rows", rows)
    panel = Panel(rows.reset_index(drop=True), report.frame(), _sources(gathered, table))
    return panel, gathered.broken


def _within(place: Place, roster: pd.DataFrame) -> list[str] | None:
    """Return the beginnings of the ids of a place's schools; None: every school of the state."""
    if place.is_state:
        return None
    if place.district_prefix:
        return [place.district_prefix]
    outside = ~roster["school_id"].str.startswith(place.district_ids)
    return [*place.district_ids, *sorted(set(roster.loc[outside, "school_id"]))]


def _results(
    gathered: Gathered, place: Place, years: list[int], table: str, folder: Path | None
) -> pd.DataFrame:
    """Return the results of the wanted years, or say which are not there and what is."""
    rows = gathered.tables.get(table)
    held = set() if rows is None else set(rows["end_year"].unique())
    missing = [year for year in years if year not in held]
    if (rows is None or missing) and gathered.broken:
        raise gathered.broken[0]
    if rows is None or missing:
        broken = damaged(survey(folder))
        hint = f" Files that could not be read: {'; '.join(broken)}" if broken else ""
        raise MissingDataError(
            f"{place.name}: no raw file with {table} of spring "
            f"{', '.join(map(str, missing or years))} was found. Put the agency's file into the "
            f"raw folder (`raw=`, $AUTONOMY_STATS_RAW or data/raw).{hint}"
        )
    return rows


def lacking(rows: pd.DataFrame, needed: Sequence[str]) -> list[str]:
    """Return the needed columns that have no value of the results' own year."""
    import pandas as pd

    own = pd.Series(True, rows.index)
    if "demographics_year" in rows:
        own = (rows["demographics_year"] == rows["end_year"]).fillna(False)
    return [c for c in needed if c not in rows or not rows.loc[own, c].notna().any()]


def refuse_broken(
    panel: Panel, needed: Sequence[str], broken: Sequence[AutonomyStatsError]
) -> None:
    """Raise a broken file's error if it may be why a needed column is missing."""
    if broken and lacking(panel.frame, needed):
        raise broken[0]


def _roster(place: Place, roster: str | os.PathLike[str] | pd.DataFrame | None) -> pd.DataFrame:
    """Return the roster to use: the package's, a CSV, or a frame; rows of other states left out."""
    if roster is None or isinstance(roster, (str, os.PathLike)):
        rows = load_roster(place, roster)
    elif hasattr(roster, "columns"):
        rows = check_roster(roster, "roster=", place)
    else:
        raise UsageError(f"roster is the path of a CSV or a frame; got {roster!r}")
    own = rows[rows["state"] == place.state]
    if own.empty and not rows.empty:
        raise UsageError(
            f"the roster has no row of the state {place.state!r}, where {place.name} is; it has "
            f"rows of {sorted(rows['state'].unique())}"
        )
    return own


def _sources(gathered: Gathered, table: str) -> pd.DataFrame:
    """Return the files of a panel, one row for each table that a file gave."""
    import pandas as pd

    rows = [
        {
            "file": path_text(one.path),
            "state": one.state,
            "layout": one.layout,
            "sha256": one.sha256,
            "simulated": one.simulated,
            "table": name,
            "n_rows": len(frame),
            "end_years": ";".join(str(year) for year in sorted(set(frame["end_year"]))),
        }
        for one in gathered.loaded
        for name, frame in one.tables.items()
        if name in (table, "demographics", "directory")
    ]
    columns = ["file", "state", "layout", "sha256", "simulated", "table", "n_rows", "end_years"]
    return pd.DataFrame(rows, columns=columns)
