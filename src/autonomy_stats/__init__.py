"""autonomy-stats: how schools of each governance type do among schools of similar composition.

The public names below are imported when they are first used, so that `import autonomy_stats`
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_PUBLIC = {
    "AutonomyStatsError": "autonomy_stats.errors",
    "Fit": "autonomy_stats.models",
    "LoadedFile": "autonomy_stats.loaders",
    "Panel": "autonomy_stats.panel",
    "StudyRun": "autonomy_stats.study",
    "estimate_effects": "autonomy_stats.models",
    "load_autonomy": "autonomy_stats.facts",
    "load_claims": "autonomy_stats.facts",
    "load_external_estimates": "autonomy_stats.facts",
    "load_file": "autonomy_stats.loaders",
    "load_initiatives": "autonomy_stats.facts",
    "load_panel": "autonomy_stats.panel",
    "load_roster": "autonomy_stats.facts",
    "minimum_detectable_effect": "autonomy_stats.models",
    "plot_effects": "autonomy_stats.figures",
    "plot_robustness": "autonomy_stats.figures",
    "reproduce": "autonomy_stats.study",
    "robustness": "autonomy_stats.models.robustness",
    "simulate_raw": "autonomy_stats.simulate.raw_files",
}

__all__ = [*_PUBLIC, "__version__"]

if TYPE_CHECKING:
    from autonomy_stats.errors import AutonomyStatsError as AutonomyStatsError
    from autonomy_stats.facts import load_autonomy as load_autonomy
    from autonomy_stats.facts import load_claims as load_claims
    from autonomy_stats.facts import load_external_estimates as load_external_estimates
    from autonomy_stats.facts import load_initiatives as load_initiatives
    from autonomy_stats.facts import load_roster as load_roster
    from autonomy_stats.figures import plot_effects as plot_effects
    from autonomy_stats.figures import plot_robustness as plot_robustness
    from autonomy_stats.loaders import LoadedFile as LoadedFile
    from autonomy_stats.loaders import load_file as load_file
    from autonomy_stats.models import Fit as Fit
    from autonomy_stats.models import estimate_effects as estimate_effects
    from autonomy_stats.models import minimum_detectable_effect as minimum_detectable_effect
    from autonomy_stats.models.robustness import robustness as robustness
    from autonomy_stats.panel import Panel as Panel
    from autonomy_stats.panel import load_panel as load_panel
    from autonomy_stats.simulate.raw_files import simulate_raw as simulate_raw
    from autonomy_stats.study import StudyRun as StudyRun
    from autonomy_stats.study import reproduce as reproduce


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
