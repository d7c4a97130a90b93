"""The panels of one run: each is put together once, whoever asks for it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autonomy_stats.errors import AutonomyStatsError, MissingDataError
from autonomy_stats.panel.load import Panel, put_together, refuse_broken

__all__ = ["PanelStore"]


@dataclass
class PanelStore:
    """Panels of one raw folder, which must not change meanwhile.

    Parameters
    ----------
    raw : path or None
        Folder of raw files; None: `$AUTONOMY_STATS_RAW`, else `data/raw`.
    """

    raw: str | os.PathLike[str] | None = None
    _made: dict[str, tuple[Panel, tuple[AutonomyStatsError, ...]] | MissingDataError] = field(
        default_factory=dict, repr=False
    )

    def load(
        self, place: str, end_years: Sequence[int], needed: Sequence[str] = (), **options: Any
    ) -> Panel:
        """Return a panel as `load_panel` does.

        Parameters
        ----------
        place, end_years, **options
            As in `load_panel`.
        needed : sequence of str
            Columns without which a broken file is raised.

        Raises
        ------
        MissingDataError
            If the raw files at hand do not hold the results.
        """
        key = repr((place, tuple(end_years), sorted(options.items())))
        if key not in self._made:
            try:
                self._made[key] = put_together(place, end_years, raw=self.raw, **options)
            except MissingDataError as problem:
                self._made[key] = problem.by_itself()
        found = self._made[key]
        if isinstance(found, MissingDataError):
            raise found.by_itself()
        panel, broken = found
        refuse_broken(panel, needed, broken)
        return replace(panel, frame=panel.frame.copy(deep=False))

    def take(self, other: PanelStore) -> None:
        """Take over the panels of another store of the same raw folder."""
        self._made |= other._made
