"""The places that can be studied: a state, or the part of one that belongs to a city."""

from __future__ import annotations

from dataclasses import dataclass

from autonomy_stats.errors import UsageError

__all__ = ["PLACES", "Place", "find_place"]

UNLISTED = ("traditional", "unknown")


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
    directory : bool
        Whether the state's directory of the same spring tells the charters, so that they need no
        roster row. A panel then needs it, and a school that it does not name is `unknown`.
    """

    place_id: str
    state: str
    name: str
    district_ids: tuple[str, ...] = ()
    district_prefix: str = ""
    rosters: tuple[str, ...] = ()
    unlisted: str = "traditional"
    directory: bool = False

    def __post_init__(self) -> None:
        """Refuse what would silently select no school, or another type."""
        for name, texts in (("district_ids", self.district_ids), ("rosters", self.rosters)):
            if isinstance(texts, str):
                raise UsageError(
                    f"place {self.place_id!r}: {name} is a tuple of texts; write ({texts!r},)"
                )
        if self.unlisted not in UNLISTED:
            raise UsageError(
                f"place {self.place_id!r}: unlisted must be one of {UNLISTED}; "
                f"got {self.unlisted!r}"
            )
        if self.state != self.state.lower():
            raise UsageError(f"place {self.place_id!r}: write the state {self.state!r} lower case")

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
    Place(
        "massachusetts", "massachusetts", "Massachusetts", rosters=("boston",), unlisted="unknown"
    ),
    Place("boston", "massachusetts", "Boston", district_ids=("0035",), rosters=("boston",)),
    Place("california", "california", "California", rosters=("los_angeles",), unlisted="unknown"),
    Place(
        "los_angeles",
        "california",
        "Los Angeles",
        district_ids=("1964733",),
        rosters=("los_angeles",),
        directory=True,
    ),
    Place("tennessee", "tennessee", "Tennessee", rosters=("memphis",), unlisted="unknown"),
    # The schools of the Achievement School District (985) belong through the roster: it has
    # schools in Nashville too.
    Place("memphis", "tennessee", "Memphis", district_ids=("792",), rosters=("memphis",)),
)


def find_place(place: str | Place) -> Place:
    """Return a place by its id.

    Parameters
    ----------
    place : str or Place
        A city, county or state, such as `denver` or `indiana`; a place of your own is returned
        as it is.

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
    if isinstance(place, Place):
        return place
    for one in PLACES:
        if one.place_id == place:
            return one
    known = ", ".join(one.place_id for one in PLACES)
    raise UsageError(
        f"no place is called {place!r}; the places are {known}, "
        "or one of your own: autonomy_stats.facts.Place"
    )
