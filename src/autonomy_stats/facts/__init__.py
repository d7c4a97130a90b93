"""Places and rosters: facts with their sources."""

from autonomy_stats.facts.claims import load_claims, load_inconsistencies
from autonomy_stats.facts.external_estimates import load_external_estimates
from autonomy_stats.facts.places import PLACES, Place, find_place
from autonomy_stats.facts.report_counts import load_report_counts
from autonomy_stats.facts.rosters import load_roster, types_in

__all__ = [
    "PLACES",
    "Place",
    "find_place",
    "load_claims",
    "load_external_estimates",
    "load_inconsistencies",
    "load_report_counts",
    "load_roster",
    "types_in",
]
