"""How far an estimate hangs on the way it was made, and on what was not measured."""

from __future__ import annotations

from autonomy_stats.models.robustness.core import core_contrasts
from autonomy_stats.models.robustness.curve import SpecificationCurve, specification_curve
from autonomy_stats.models.robustness.result import PARTS, Robustness
from autonomy_stats.models.robustness.run import robustness
from autonomy_stats.models.robustness.shares_of import with_shares_of
from autonomy_stats.models.robustness.variations import PERCENTS, variations

__all__ = [
    "PARTS",
    "PERCENTS",
    "Robustness",
    "SpecificationCurve",
    "core_contrasts",
    "robustness",
    "specification_curve",
    "variations",
    "with_shares_of",
]
