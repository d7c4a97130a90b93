"""Estimators: frames in, a `Fit` out. Nothing here reads a file or draws."""

from autonomy_stats.models.detectable import minimum_detectable_effect
from autonomy_stats.models.effects import estimate_effects
from autonomy_stats.models.fit import Fit
from autonomy_stats.models.robustness import robustness

__all__ = ["Fit", "estimate_effects", "minimum_detectable_effect", "robustness"]
