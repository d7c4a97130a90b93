"""Places and rosters: facts with their sources."""

from autonomy_stats.facts.places import PLACES, Place, find_place
from autonomy_stats.facts.rosters import load_roster, types_in

__all__ = ["PLACES", "Place", "find_place", "load_roster", "types_in"]
