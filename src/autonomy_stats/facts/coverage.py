"""How much of each type a place's roster names, against the counts that others give."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

from autonomy_stats.facts.places import Place, find_place
from autonomy_stats.facts.report_counts import load_report_counts
from autonomy_stats.facts.rosters import SECTOR_TYPES, load_roster, types_in
from autonomy_stats.schema import CONFIDENCES, SCHOOL_TYPES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["coverage"]


def coverage(place: str | Place, end_year: int | None = None) -> pd.DataFrame:
    """Compare the schools that a roster names with the counts that reports and districts give.

    Types that a place's roster leaves to the state's directory, or to the residual, are not
    compared.

    Parameters
    ----------
    place : str or Place
        A place, such as `denver`.
    end_year : int, optional
        Only the counts of the nearest year that has some of a type; default: all.

    Returns
    -------
    pandas.DataFrame
        One row a count: `place, school_type` (several joined by `;`), `end_year`, the schools
        that the roster names in that year by confidence (`documented, inferred, unverified`),
        `n_rostered` (documented or inferred), `n_reported` (missing where only bounds are given),
        `n_low, n_high, share_pct` (of the count, or of its lower bound), `source, difference`.

    Examples
    --------
    >>> found = coverage("indianapolis")
    >>> found.loc[found["end_year"] == 2017, ["school_type", "n_rostered", "n_reported"]].to_numpy()
    array([['innovation_network', 11, 9.0]], dtype=object)
    """
    import pandas as pd

    known = find_place(place)
    counts = load_report_counts()
    counts = counts[counts["place"] == known.place_id]
    roster = load_roster(known)
    listed = set(roster["school_type"]) - {"traditional", "unknown"}
    if known.directory:
        listed -= set(SECTOR_TYPES.values())
    rows = [
        _compared(count, roster)
        for count in counts.to_dict("records")
        if set(count["school_type"].split(";")) <= listed & set(SCHOOL_TYPES)
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    if end_year is None or found.empty:
        return found
    distance = (found["end_year"] - end_year).abs()
    return found[distance == distance.groupby(found["school_type"]).transform("min")].reset_index(
        drop=True
    )


COLUMNS = [
    "place",
    "school_type",
    "end_year",
    *CONFIDENCES,
    "n_rostered",
    "n_reported",
    "n_low",
    "n_high",
    "share_pct",
    "source",
    "difference",
]


def _compared(count: Mapping[Hashable, object], roster: pd.DataFrame) -> dict[str, object]:
    """Return one count beside what the roster names in its year."""
    types = types_in(roster, int(str(count["end_year"])), "unverified")
    own = types[types["school_type"].isin(str(count["school_type"]).split(";"))]
    by = {name: int((own["roster_confidence"] == name).sum()) for name in CONFIDENCES}
    rostered = by["documented"] + by["inferred"]
    reported = next(
        (v for v in (count["n_schools"], count["n_low"]) if isinstance(v, float) and v == v), None
    )
    return {
        **{name: count[name] for name in ("place", "school_type", "end_year")},
        **by,
        "n_rostered": rostered,
        "n_reported": count["n_schools"],
        "n_low": count["n_low"],
        "n_high": count["n_high"],
        "share_pct": None if not reported else 100 * rostered / reported,
        "source": count["source"],
        "difference": count["difference"],
    }
