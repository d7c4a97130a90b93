"""Rosters: which school was of which governance type when, and who says so."""

from __future__ import annotations

import os
from importlib.resources import files
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, RawFileError, UsageError
from autonomy_stats.facts.places import find_place
from autonomy_stats.schema import CONFIDENCES, table, validate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SECTOR_TYPES", "load_roster", "types_in"]

SECTOR_TYPES = {
    "charter": "independent_charter",
    "charter_direct": "independent_charter",
    "charter_local": "affiliated_charter",
}
"""Governance type of a school that only a state's directory tells of."""


def load_roster(place: str, roster: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Return the roster of a place, each row with its source and confidence.

    Parameters
    ----------
    place : str
        A place, such as `denver`.
    roster : path, optional
        A CSV of your own with the columns of the `roster` table, instead of the package's.

    Returns
    -------
    pandas.DataFrame
        The tidy table `roster`. `confidence` is `documented`, `inferred` or `unverified`.

    Raises
    ------
    UsageError
        If the place is not known.
    DataError
        If a row of the CSV is not as the table declares, or two rows of a school overlap.

    Examples
    --------
    >>> roster = load_roster("michigan")
    >>> len(roster), roster["school_type"].unique().tolist()
    (78, ['independent_charter'])
    """
    import pandas as pd

    known = find_place(place)
    if roster is not None:
        return _read(os.fspath(roster), os.fspath(roster))
    folder = files("autonomy_stats.facts") / "rosters"
    read = [_read(folder / f"{name}.csv", f"roster {name}") for name in known.rosters]
    return pd.concat(read, ignore_index=True)


def _read(source: object, where: str) -> pd.DataFrame:
    """Read and check one roster."""
    import pandas as pd

    try:
        with open(source, encoding="utf-8-sig", newline="") as stream:  # type: ignore[call-overload]
            text = pd.read_csv(stream, dtype="str", keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as why:
        raise RawFileError(f"{where}: cannot be read as a CSV roster ({why})") from None
    declared = table("roster").column_names
    if missing := [name for name in declared if name not in text]:
        raise DataError(f"{where}: column {missing[0]!r} expected, not found; needed: {declared}")
    if unknown := [name for name in text if name not in declared]:
        raise DataError(f"{where}: column {unknown[0]!r} not known; allowed: {declared}")
    for year in ("from_end_year", "to_end_year"):
        text[year] = _years(text[year], where)
    roster = validate(text, "roster", where)
    _refuse_overlaps(roster, where)
    return roster


def _years(text: pd.Series, where: str) -> pd.Series:
    """Return spring years as integers, a blank as missing."""
    import pandas as pd

    blank = text == ""
    wrong = ~blank & ~text.str.fullmatch(r"\d{4}")
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise DataError(
            f"{where}, row {row + 2}, column {text.name!r}: got {text.iloc[row]!r}; "
            "expected a spring year of four digits, or nothing"
        )
    return pd.to_numeric(text.where(~blank)).astype("Int64")


def _refuse_overlaps(roster: pd.DataFrame, where: str) -> None:
    """Raise if two rows give one school a type in the same year."""
    ordered = roster.assign(
        start=roster["from_end_year"].fillna(0), end=roster["to_end_year"].fillna(9999)
    ).sort_values(["school_id", "start"])
    before = ordered.groupby("school_id")["end"].shift()
    overlap = (ordered["start"] <= before).fillna(False)
    if overlap.any():
        first = ordered[overlap].iloc[0]
        raise DataError(
            f"{where}: school {first['school_id']!r} has two rows for spring {first['start']}; "
            "the intervals of a school must not overlap"
        )


def types_in(roster: pd.DataFrame, end_year: int, confidence: str = "inferred") -> pd.DataFrame:
    """Return each rostered school's type in one year.

    Parameters
    ----------
    roster : pandas.DataFrame
        A roster.
    end_year : int
        Spring year.
    confidence : {"documented", "inferred", "unverified"}
        The least confidence that settles a type; a row below it gives `unknown`.

    Returns
    -------
    pandas.DataFrame
        One row a school: `school_id, school_type, operator, roster_confidence`.

    Examples
    --------
    >>> types_in(load_roster("michigan"), 2001)["school_type"].nunique()
    1
    """
    if confidence not in CONFIDENCES:
        raise UsageError(f"confidence must be one of {CONFIDENCES}; got {confidence!r}")
    from_year = roster["from_end_year"].fillna(0)
    to_year = roster["to_end_year"].fillna(9999)
    held = roster[(from_year <= end_year) & (to_year >= end_year)]
    settled = held["confidence"].isin(CONFIDENCES[: CONFIDENCES.index(confidence) + 1])
    types = held.assign(
        school_type=held["school_type"].where(settled, "unknown"),
        roster_confidence=held["confidence"],
    )
    return types[["school_id", "school_type", "operator", "roster_confidence"]]
