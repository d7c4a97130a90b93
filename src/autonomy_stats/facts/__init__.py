"""Places and rosters: facts with their sources."""

from autonomy_stats.facts.autonomy import autonomy_index, index_of_types, load_autonomy
from autonomy_stats.facts.breaks import load_breaks
from autonomy_stats.facts.claims import load_claims, load_inconsistencies
from autonomy_stats.facts.coverage import coverage
from autonomy_stats.facts.external_estimates import load_external_estimates
from autonomy_stats.facts.initiatives import load_initiatives
from autonomy_stats.facts.places import PLACES, Place, find_place
from autonomy_stats.facts.report_counts import load_report_counts
from autonomy_stats.facts.rosters import load_roster, types_in

__all__ = [
    "PLACES",
    "Place",
    "autonomy_index",
    "coverage",
    "find_place",
    "index_of_types",
    "load_autonomy",
    "load_breaks",
    "load_claims",
    "load_external_estimates",
    "load_inconsistencies",
    "load_initiatives",
    "load_report_counts",
    "load_roster",
    "types_in",
]
