"""The estimates of a run: which are the headline, how each reads, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from autonomy_stats.labels import capital
from autonomy_stats.report.tables import (
    Cell,
    Column,
    Table,
    number_column,
    p_cell,
    table,
    text_column,
)
from autonomy_stats.report.words import (
    as_text,
    digits_of,
    is_missing,
    level_label,
    number,
    outcome_words,
    place_label,
    place_order,
    signed,
    springs,
    subject_label,
    type_words,
    unit,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["city_table", "estimate_table", "headlines", "interval", "reading", "view_data"]

DEFAULT = "default"
POOLED = ("ela;math", "composite")
TRADITIONAL = "traditional"
KEY = ["figure", "place", "outcome", "school_type"]
SAME = [
    "place",
    "outcome",
    "subject",
    "level",
    "line",
    "school_type",
    "reference",
    "end_years",
    "estimate",
]
"""What two figures may both hold; the page shows it once."""

HIGHER, LOWER, OPEN, FEW = "higher", "lower", "cannot be told", "too few to judge"
"""How an estimate reads: its interval lies above or below zero, or holds it; or it has none to
rely on."""


def reading(row: Mapping[Any, Any]) -> str:
    """Say how an estimate reads.

    Parameters
    ----------
    row : mapping
        `conf_low`, `conf_high` and `note` of the estimates table.

    Returns
    -------
    {"higher", "lower", "cannot be told", "too few to judge"}
        The last where there is no interval, or where a note says that it can't be relied on.

    Examples
    --------
    >>> reading({"conf_low": 0.5, "conf_high": 3.0, "note": ""})
    'higher'
    >>> reading({"conf_low": 0.5, "conf_high": 3.0, "note": "too few to judge"})
    'too few to judge'
    """
    if is_missing(row["conf_low"]) or is_missing(row["conf_high"]) or as_text(row.get("note")):
        return FEW
    if float(row["conf_low"]) > 0:
        return HIGHER
    return LOWER if float(row["conf_high"]) < 0 else OPEN


def shown(estimates: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the estimates that there are, each once."""
    if estimates is None or estimates.empty:
        return None
    held = estimates[estimates["estimate"].notna()]
    same = held[[name for name in SAME if name in held]]
    # Rows in another order, as other figures may have them, move an estimate's last digits.
    same = same.assign(estimate=held["estimate"].map("{:.8g}".format))
    return held[~same.duplicated()].reset_index(drop=True)


def headlines(estimates: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the default differences from traditional schools, all levels, both subjects together.

    Parameters
    ----------
    estimates : pandas.DataFrame or None
        The table of a run.

    Returns
    -------
    pandas.DataFrame or None
        Its rows, one for each figure, place, outcome and school type; of a figure whose default
        is by subject, one for each subject. None if there is no estimate at all.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"figure": "f", "place": "p", "outcome": "o", "school_type": "t", "level": "all"}
    >>> frame = pd.DataFrame([row, row, row]).assign(
    ...     estimate=1.0, subject=["ela;math", "ela", "ela"], reference="traditional",
    ...     line=["default"] * 2 + ["unweighted"],
    ... )
    >>> headlines(frame)["subject"].tolist()
    ['ela;math']
    """
    held = shown(estimates)
    if held is None:
        return None
    whole = held["level"].isna() | held["level"].isin(["all", ""])
    compared = held["reference"] == TRADITIONAL
    main = held[(held["line"] == DEFAULT) & whole & compared]
    pooled = main["subject"].isin(POOLED)
    has_pooled = pooled.groupby([main[name] for name in KEY]).transform("any")
    return main[pooled | ~has_pooled].reset_index(drop=True)


def interval(row: Mapping[Any, Any]) -> str:
    """Write the 95 % interval of an estimate; empty if it has none."""
    if is_missing(row["conf_low"]) or is_missing(row["conf_high"]):
        return ""
    digits = digits_of(row)
    return f"{number(row['conf_low'], digits)} to {number(row['conf_high'], digits)}"


def _difference(record: Mapping[Any, Any]) -> Cell:
    """Return an estimate as a cell, with its sign and the value behind it."""
    value = record["estimate"]
    return Cell(signed(value, digits_of(record)), f"{float(value):.10g}")


def _spring(record: Mapping[Any, Any]) -> Cell:
    return Cell(springs(record.get("end_years")))


OUTCOME = text_column("Outcome", "outcome", lambda value: capital(outcome_words(as_text(value))))
TYPE = text_column("Schools", "school_type", lambda value: capital(type_words(value)))
PLACE = text_column("City", "place", lambda value: place_label(as_text(value)))
SUBJECT = text_column("Subject", "subject", subject_label)
DIFFERENCE = Column("Difference", _difference, "number")
INTERVAL = Column("95 % interval", lambda record: Cell(interval(record)), "number")
READING = Column("Reads as", lambda record: Cell(reading(record)))
SCHOOLS = number_column("Schools of the type", "n_schools")
OTHERS = number_column("Schools compared with", "n_schools_reference")
TEST = text_column("Test", "assessment")
SPRING = Column("Spring", _spring)
OF_CITY = (TYPE, OUTCOME, SUBJECT, DIFFERENCE, INTERVAL, READING, SCHOOLS, OTHERS, TEST, SPRING)


def city_table(name: str, place: str, rows: pd.DataFrame | None) -> Table | None:
    """Return the headline differences of a place as a table, if there are any.

    Parameters
    ----------
    name : str
        Id of the table's caption.
    place : str
        Place.
    rows : pandas.DataFrame or None
        Headlines of all places.
    """
    own = None if rows is None else rows[rows["place"] == place]
    if own is None or own.empty:
        return None
    caption = f"{place_label(place)}: differences from similar district schools"
    return table(name, caption, OF_CITY, own.to_dict("records"))


def estimate_table(estimates: pd.DataFrame | None) -> Table | None:
    """Return all estimates as a table.

    Parameters
    ----------
    estimates : pandas.DataFrame or None
        The table of a run.

    Returns
    -------
    Table or None
        None if there are none.
    """
    held = shown(estimates)
    if held is None:
        return None
    columns = (
        PLACE,
        *OF_CITY[:3],
        text_column("Level", "level", lambda value: level_label(value) or "all"),
        text_column("Line", "line"),
        text_column("Compared with", "reference", type_words),
        *OF_CITY[3:8],
        Column("P value", lambda row: p_cell(row.get("p_value")), "number"),
        number_column("Degrees of freedom", "df", 1),
        *OF_CITY[8:],
        text_column("Note", "note"),
        text_column("Figure", "figure"),
    )
    return table("all-estimates", "Every estimate of this run", columns, held.to_dict("records"))


def view_data(estimates: pd.DataFrame | None) -> list[dict[str, object]]:
    """Return what the interactive view draws, one dictionary an estimate, in words.

    Parameters
    ----------
    estimates : pandas.DataFrame or None
        The table of a run.

    Returns
    -------
    list of dict
        `place, outcome, unit, beside, type, what, estimate, low, high, text, reads, schools, test`.
        `beside` is empty for a headline, else under which choice it stands beside it.
    """
    held, main = shown(estimates), headlines(estimates)
    if held is None or main is None:
        return []
    first = {_identity(row) for row in main.to_dict("records")}
    data: list[dict[str, object]] = []
    order = held["place"].map(place_order)
    for row in held.iloc[order.argsort(kind="stable")].to_dict("records"):
        outcome = as_text(row["outcome"])
        between = interval(row)
        text = signed(row["estimate"], digits_of(row)) + (f" [{between}]" if between else "")
        data.append(
            {
                "place": place_label(as_text(row["place"])),
                "outcome": capital(outcome_words(outcome)),
                "unit": unit(outcome),
                "beside": "" if _identity(row) in first else _beside(row),
                "type": capital(type_words(row["school_type"])),
                "what": _what(row),
                "estimate": _finite(row["estimate"]),
                "low": _finite(row["conf_low"]),
                "high": _finite(row["conf_high"]),
                "text": text,
                "reads": reading(row),
                "schools": f"{number(row['n_schools'])} / {number(row['n_schools_reference'])}",
                "test": f"{as_text(row['assessment'])}, spring {springs(row['end_years'])}",
            }
        )
    return data


def _identity(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return what tells an estimate from every other."""
    return tuple(str(row.get(name)) for name in ("figure", *SAME))


def _beside(row: Mapping[Any, Any]) -> str:
    """Name the choice under which an estimate stands beside the headline."""
    if (line := as_text(row["line"])) != DEFAULT:
        return line.replace("_", " ")
    if as_text(row["reference"]) != TRADITIONAL:
        return "types with each other"
    return "by level" if level_label(row["level"]) else "by subject"


def _what(row: Mapping[Any, Any]) -> str:
    """Say which estimate of its type it is: subject, level, line, and what is compared with."""
    line = as_text(row["line"]).replace("_", " ").removeprefix(DEFAULT)
    other = as_text(row["reference"])
    beside = f"against {type_words(other)}" if other not in ("", TRADITIONAL) else ""
    parts = (subject_label(row["subject"]), level_label(row["level"]), line, beside)
    return ", ".join(part for part in parts if part)


def _finite(value: Any) -> float | None:
    """Return a number for JSON, which knows no missing or infinite one."""
    if is_missing(value) or abs(float(value)) == float("inf"):
        return None
    return float(f"{float(value):.6g}")
