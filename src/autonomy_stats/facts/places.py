"""The places that can be studied: a state, or the part of one that belongs to a city."""

from __future__ import annotations

from dataclasses import dataclass

from autonomy_stats.errors import UsageError

__all__ = ["PLACES", "Place", "find_place"]


@dataclass(frozen=True)
class Place:
    """A place and the schools that belong to it.

    Parameters
    ----------
    place_id : str
        Name used in code (`denver`).
    state : str
        State in lower case.
    name : str
        Name used in text.
    district_ids : tuple of str
        Districts whose schools belong. A charter that reports under an id of its own belongs
        through the place's roster.
    district_prefix : str
        Beginning of the ids of all districts that belong (a county); used if not empty.
    rosters : tuple of str
        Rosters that say which of its schools are of which type.
    unlisted : {"traditional", "unknown"}
        Type of a school that no roster row names. `traditional` where the rosters set out to
        list every other school; what they miss then stands among the traditional ones.
    """

    place_id: str
    state: str
    name: str
    district_ids: tuple[str, ...] = ()
    district_prefix: str = ""
    rosters: tuple[str, ...] = ()
    unlisted: str = "traditional"

    @property
    def is_state(self) -> bool:
        """Whether every school of the state belongs."""
        return not self.district_ids and not self.district_prefix


PLACES: tuple[Place, ...] = (
    Place("michigan", "michigan", "Michigan", rosters=("michigan",)),
    Place(
        "wayne_county",
        "michigan",
        "Wayne County, Michigan",
        district_prefix="82",
        rosters=("michigan",),
    ),
    Place("indiana", "indiana", "Indiana", rosters=("indianapolis",), unlisted="unknown"),
    Place(
        "indianapolis",
        "indiana",
        "Indianapolis",
        district_ids=("5385",),
        rosters=("indianapolis",),
    ),
    Place("colorado", "colorado", "Colorado", rosters=("denver",), unlisted="unknown"),
    Place("denver", "colorado", "Denver", district_ids=("0880",), rosters=("denver",)),
)


def find_place(place_id: str) -> Place:
    """Return a place by its id.

    Parameters
    ----------
    place_id : str
        A city, county or state, such as `denver` or `indiana`.

    Returns
    -------
    Place

    Raises
    ------
    UsageError
        If there is none of that name; the message lists those there are.

    Examples
    --------
    >>> find_place("denver").district_ids
    ('0880',)
    """
    for place in PLACES:
        if place.place_id == place_id:
            return place
    known = ", ".join(place.place_id for place in PLACES)
    raise UsageError(f"no place is called {place_id!r}; the places are {known}")
