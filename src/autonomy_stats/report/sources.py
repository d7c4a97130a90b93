"""Where the numbers come from: files with springs and hashes, joins, and what was dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autonomy_stats.report.inputs import ReportFigure
from autonomy_stats.report.tables import Table, number_column, table, text_column
from autonomy_stats.report.words import as_text, place_label, springs, type_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["dropped_table", "file_table", "join_table"]

DROPPED = {
    "rostered, no results": "in the roster, but without results in the files",
    "results, no demographics": "results, but no shares of students: not in adjusted differences",
    "private schools left out": "private school",
}
"""Leftovers of joins that keep schools out of a comparison, in words."""

ASIDE = {
    "exam": "exam school: in no group",
    "alternative": "alternative school: in no group",
    "unknown": "type not known, or resting on an unverified lead: in no group",
}
"""Types that are compared with nobody, in words."""

MOST_IDS = 12
"""Ids of schools that a line names; the join report names more."""

LINE = ["panel", "join", "side", "school_type", "n_schools", "n_rows", "note"]
"""What makes two lines of a join report the same; figures share panels."""


def file_table(figures: Sequence[ReportFigure]) -> Table | None:
    """Return the files that the figures were drawn from, with springs and hashes.

    Parameters
    ----------
    figures : sequence of ReportFigure
        The figures of a run.

    Returns
    -------
    Table or None
        None if none was drawn from a file.
    """
    files: dict[str, dict[str, list[str]]] = {}
    for figure in figures:
        if figure.sources is None:
            continue
        for row in figure.sources.to_dict("records"):
            held = files.setdefault(as_text(row["file"]), {})
            for key in ("state", "layout", "table", "sha256"):
                _once(held, key, as_text(row.get(key)))
            for year in as_text(row.get("end_years")).split(";"):
                _once(held, "end_years", year)
            _once(held, "simulated", "SIMULATED" if row.get("simulated") is True else "")
            _once(held, "figures", figure.figure_id)
    if not files:
        return None
    records = [
        {"file": name, **{key: ";".join(values) for key, values in held.items()}}
        for name, held in sorted(files.items())
    ]
    columns = [
        text_column("File", "file"),
        text_column("State", "state", _listed_places),
        text_column("Holds", "table", _listed),
        text_column("Springs", "end_years", springs),
        text_column("Layout", "layout", _listed),
        text_column("Used in", "figures", _listed),
        text_column("SHA-256", "sha256", look="code"),
    ]
    if any(record["simulated"] for record in records):
        columns.insert(1, text_column("Real?", "simulated"))
    return table("files", "Files that the figures were drawn from", columns, records)


def join_table(joins: pd.DataFrame | None) -> Table | None:
    """Return the whole join report, each line once, with the figures that it belongs to.

    Parameters
    ----------
    joins : pandas.DataFrame or None
        `join, side, school_type, n_schools, n_rows, note, figure, panel`.
    """
    lines = _lines(joins)
    if lines is None:
        return None
    columns = [
        text_column("Panel", "panel", place_label),
        text_column("Join", "join"),
        text_column("What", "side"),
        text_column("Type", "school_type", type_words),
        number_column("Schools", "n_schools"),
        number_column("Rows", "n_rows"),
        text_column("Which, or what is said", "note", look="wide"),
        text_column("Figures", "figures", _listed),
    ]
    return table("joins", "Every line of the join report", columns, lines.to_dict("records"))


def dropped_table(joins: pd.DataFrame | None) -> Table | None:
    """Return what the joins kept out of the comparisons, and why.

    Parameters
    ----------
    joins : pandas.DataFrame or None
        `join, side, school_type, n_schools, n_rows, note, figure, panel`; and `statewide`, if
        there is any panel of a whole state, whose schools elsewhere have no type to be known.

    Returns
    -------
    Table or None
        None if there is no join report, or nothing was dropped.
    """
    if joins is not None and "statewide" in joins:
        joins = joins[~(joins["statewide"].astype(bool) & (joins["school_type"] == "unknown"))]
    lines = _lines(joins)
    if lines is None:
        return None
    by_side = lines["side"].map(DROPPED)
    by_type = lines["school_type"].map(ASIDE).where(lines["side"] == "rows")
    lines = lines.assign(why=by_side.fillna(by_type))
    lines = lines[lines["why"].notna() & (lines["n_schools"] > 0)]
    if lines.empty:
        return None
    columns = [
        text_column("Panel", "panel", place_label),
        text_column("Why", "why", look="wide"),
        text_column("Type", "school_type", type_words),
        number_column("Schools", "n_schools"),
        text_column("Which", "note", _first_ids, "wide"),
        text_column("Figures", "figures", _listed),
    ]
    caption = "Schools that stand outside the comparisons"
    return table("dropped", caption, columns, lines.to_dict("records"))


def _lines(joins: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return a join report with the lines of panels that figures share said once."""
    if joins is None or joins.empty:
        return None
    told = joins.assign(
        **{name: joins[name].map(as_text) for name in ("school_type", "note", "side", "panel")}
    )
    figures = told.groupby(LINE, sort=False)["figure"].agg(
        lambda names: ";".join(dict.fromkeys(names))
    )
    return figures.rename("figures").reset_index()


def _first_ids(value: object) -> str:
    """Write the first of a list of ids."""
    ids = as_text(value).split(", ")
    return ", ".join(ids if len(ids) <= MOST_IDS else [*ids[:MOST_IDS], "..."])


def _once(held: dict[str, list[str]], key: str, value: str) -> None:
    """Add a value to a list that may have it already."""
    values = held.setdefault(key, [])
    if value and value not in values:
        values.append(value)


def _listed(value: object) -> str:
    """Write what `;` separates with commas."""
    return as_text(value).replace(";", ", ")


def _listed_places(value: object) -> str:
    return ", ".join(place_label(part) for part in as_text(value).split(";") if part)
