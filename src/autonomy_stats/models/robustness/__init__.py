"""How far an estimate hangs on the way it was made, and on what was not measured."""

from __future__ import annotations

from autonomy_stats.models.robustness.variations import PERCENTS, robustness, variations

__all__ = ["PERCENTS", "robustness", "variations"]
