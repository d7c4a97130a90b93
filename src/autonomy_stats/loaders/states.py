"""The states that the package reads: a new state is one new module and one line here."""

from __future__ import annotations

from autonomy_stats.loaders import california, colorado, indiana, massachusetts, michigan, tennessee
from autonomy_stats.loaders.layout import Layout

__all__ = ["LAYOUTS", "STATE_MODULES"]

STATE_MODULES = (california, colorado, indiana, massachusetts, michigan, tennessee)

LAYOUTS: tuple[Layout, ...] = tuple(layout for module in STATE_MODULES for layout in module.LAYOUTS)
