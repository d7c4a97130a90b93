"""California: results, entities, Academic Performance Index and a school profile.

Each of the modules named here declares one kind of file, with its agency, marks and traps.
"""

from __future__ import annotations

from autonomy_stats.loaders import (
    california_api,
    california_caaspp,
    california_entities,
    california_profile,
)
from autonomy_stats.loaders.layout import Layout

__all__ = ["LAYOUTS"]

LAYOUTS: tuple[Layout, ...] = (
    *california_caaspp.LAYOUTS,
    *california_entities.LAYOUTS,
    *california_api.LAYOUTS,
    *california_profile.LAYOUTS,
)
