"""The states that the package reads: a new state is one new module and one line here."""

from __future__ import annotations

from autonomy_stats.loaders import colorado, indiana, michigan
from autonomy_stats.loaders.layout import Layout

__all__ = ["LAYOUTS", "STATE_MODULES"]

STATE_MODULES = (colorado, indiana, michigan)

LAYOUTS: tuple[Layout, ...] = tuple(layout for module in STATE_MODULES for layout in module.LAYOUTS)
