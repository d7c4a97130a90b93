"""Rosters: which school was of which governance type when, and who says so."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.facts.places import PLACES, Place, find_place
from autonomy_stats.facts.read import read_csv_text
from autonomy_stats.schema import CONFIDENCES, SCHOOL_TYPES, empty, validate
from autonomy_stats.texts import storage_of_texts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SECTOR_TYPES", "check_roster", "load_roster", "types_in"]

SECTOR_TYPES = {
    "charter": "independent_charter",
    "charter_direct": "independent_charter",
    "charter_local": "affiliated_charter",
}
"""Governance type of a school that only a state's directory tells of."""


SCHOOL_IDS = {
    "california": (r"\d{14}", "a county-district-school code of 14 digits"),
    "colorado": (r"\d{4}", "4 digits, with leading zeros"),
    "indiana": (r"\d{4}|[A-Z]\d{3}", "4 digits, with leading zeros"),
    "massachusetts": (r"\d{8}", "8 digits, with leading zeros"),
    "michigan": (r"\d{1,5}", "a building code of up to 5 digits"),
    "tennessee": (r"[1-9]\d*-[1-9]\d*", "system and school without leading zeros, 792-2470"),
}
"""What a school id looks like, by state."""


def load_roster(place: str | Place, roster: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Return the roster of a place, each row with its source and confidence.

    Parameters
    ----------
    place : str or Place
        A place, such as `denver`, or one of your own; without a roster, one of your own has none.
    roster : path, optional
        A CSV of your own with the columns of the `roster` table, instead of the package's. Lines
        above the header may be comments (`# ...`).

    Returns
    -------
    pandas.DataFrame
        The tidy table `roster`. `confidence` is `documented`, `inferred` or `unverified`.

    Raises
    ------
    UsageError
        If the place is not known.
    DataError
        If a row of the CSV is not as the table declares, or two rows of a school overlap;
        the message names the row and the column.
    RawFileError
        If the CSV cannot be read.

    Examples
    --------
    >>> roster = load_roster("michigan")
    >>> len(roster), roster["school_type"].unique().tolist()
    (78, ['independent_charter'])
    """
    import pandas as pd

    known = find_place(place)
    if roster is not None:
        return _read(roster, os.fspath(roster), known)
    read = [_shipped(name, known, storage_of_texts()) for name in known.rosters] or [
        empty("roster")
    ]
    return pd.concat(read, ignore_index=True)


@cache
def _shipped(name: str, place: Place, _storage: str) -> pd.DataFrame:
    """Read and check a shipped roster, once in a session and way to keep texts."""
    with as_file(files("autonomy_stats.facts") / "rosters" / f"{name}.csv") as path:
        return _read(path, f"roster {name}", place)


def _read(source: str | os.PathLike[str], where: str, place: Place) -> pd.DataFrame:
    """Read and check one roster."""
    text = read_csv_text(source, "roster", where)
    for year in ("from_end_year", "to_end_year"):
        text[year] = _years(text[year], where)
    return check_roster(text, where, place)


def _years(text: pd.Series, where: str) -> pd.Series:
    """Return spring years as integers, a blank as missing."""
    import pandas as pd

    blank = text == ""
    wrong = ~blank & ~text.str.fullmatch(r"\d{4}")
    if wrong.any():
        row = text.index[wrong][0]
        raise DataError(
            f"{where}, row {row}, column {text.name!r}: got {text[row]!r}; "
            "expected a spring year of four digits, or nothing"
        )
    return pd.to_numeric(text.where(~blank)).astype("Int64")


def check_roster(frame: pd.DataFrame, where: str, place: Place) -> pd.DataFrame:
    """Check a roster: each row as the table declares, no two rows of a school for one year.

    The ids of a state whose files the package reads must look like that state's; the types of a
    place of the package must be those that it knows. A place of your own may have any.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of the table `roster`; the index is the row number that errors name.
    where : str
        Named in the errors.
    place : Place
        The place that the roster is for.

    Returns
    -------
    pandas.DataFrame
        The tidy table.

    Raises
    ------
    DataError
        Naming the row, and the column if it is one.
    """
    import pandas as pd

    roster = validate(frame, "roster", where, rows=list(frame.index))
    _refuse_ids(roster, frame.index, where)
    if place in PLACES:
        _refuse_types(roster, frame.index, where)
    ordered = roster.assign(
        number=pd.Series(list(frame.index), dtype="object"),
        start=roster["from_end_year"].fillna(0),
        end=roster["to_end_year"].fillna(9999),
    ).sort_values(["state", "school_id", "start"])
    backward = ordered["start"] > ordered["end"]
    if backward.any():
        first = ordered[backward].iloc[0]
        raise DataError(
            f"{where}, row {first['number']}, column 'to_end_year': got {first['end']}, before "
            f"'from_end_year', {first['start']}; expected the same year or a later one"
        )
    groups = ordered.groupby(["state", "school_id"])
    overlap = (ordered["start"] <= groups["end"].shift()).fillna(False)
    if overlap.any():
        first = ordered[overlap].iloc[0]
        other = groups["number"].shift()[overlap].iloc[0]
        raise DataError(
            f"{where}, row {first['number']}, column 'from_end_year': school "
            f"{first['school_id']!r} has a type in that year already, by row {other}; the "
            "intervals of a school must not overlap"
        )
    return roster


def _refuse_ids(roster: pd.DataFrame, numbers: pd.Index, where: str) -> None:
    """Refuse an id that is no school's of its state."""
    for state, (pattern, words) in SCHOOL_IDS.items():
        own = roster["state"] == state
        wrong = own & ~roster["school_id"].str.fullmatch(pattern)
        if wrong.any():
            first = int(wrong.to_numpy().argmax())
            raise DataError(
                f"{where}, row {numbers[first]}, column 'school_id': got "
                f"{roster['school_id'].iloc[first]!r}; a school id of {state} is {words}"
            )


def _refuse_types(roster: pd.DataFrame, numbers: pd.Index, where: str) -> None:
    """Refuse a type that the package does not know."""
    wrong = ~roster["school_type"].isin(SCHOOL_TYPES)
    if wrong.any():
        first = int(wrong.to_numpy().argmax())
        raise DataError(
            f"{where}, row {numbers[first]}, column 'school_type': got "
            f"{roster['school_type'].iloc[first]!r}; expected one of {', '.join(SCHOOL_TYPES)}. "
            "For types of your own, use a place of your own: autonomy_stats.facts.Place"
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
        One row a school: `school_id, school_type, operator, roster_confidence, from_end_year`.

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
    return types[["school_id", "school_type", "operator", "roster_confidence", "from_end_year"]]
