"""Load the panels that figures declare: the report's own, or the nearest that is at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from autonomy_stats.errors import MissingDataError
from autonomy_stats.panel import Panel
from autonomy_stats.panel.join_report import JoinReport
from autonomy_stats.panel.load import lacking
from autonomy_stats.panel.store import PanelStore

if TYPE_CHECKING:
    from autonomy_stats.figures.base import Need

__all__ = ["load_needed", "load_panels"]


def load_panels(needs: Iterable[Need], store: PanelStore) -> dict[str, Panel]:
    """Load the panels that a figure needs, by their names, without optional ones not at hand.

    Parameters
    ----------
    needs : iterable of Need
        What the figure is drawn from.
    store : PanelStore
        Panels of the run.

    Raises
    ------
    MissingDataError
        If a panel that must be there is not at hand, or none of those that may be missing is.
    """
    panels: dict[str, Panel] = {}
    missing: list[MissingDataError] = []
    for need in needs:
        try:
            panels[need.name] = load_needed(need, store)
        except MissingDataError as problem:
            if not need.optional:
                raise
            missing.append(problem)
    if missing and not panels:
        raise MissingDataError(" ".join(dict.fromkeys(map(str, missing))))
    return panels


def load_needed(need: Need, store: PanelStore) -> Panel:
    """Load a panel that a figure needs, or the first of those that do instead.

    Raises
    ------
    MissingDataError
        If the raw files at hand hold none of them; the message is that of the first.
    """
    missing: MissingDataError | None = None
    for one in (need, *need.otherwise):
        try:
            return _whole_panel(one, store)
        except MissingDataError as problem:
            missing = missing or problem
    assert missing is not None
    raise missing


def _whole_panel(need: Need, store: PanelStore) -> Panel:
    """Load a panel with every column that is needed."""
    panel = store.load(need.place, need.end_years, need.columns, **need.options)
    if absent := lacking(panel.frame, need.columns):
        raise MissingDataError(
            f"{need.place}, spring {', '.join(map(str, need.end_years))}: no raw file gives "
            f"{', '.join(absent)} of that year"
        )
    return _of_series(panel, need) if need.series else panel


def _of_series(panel: Panel, need: Need) -> Panel:
    """Return a panel with the rows of the wanted tests alone, and count the others."""
    import pandas as pd

    kept = panel.frame["series"].isin(need.series)
    held = set(panel.frame.loc[kept, "end_year"])
    if missing := [year for year in need.end_years if year not in held]:
        raise MissingDataError(
            f"{need.place}: no raw file with {' or '.join(need.series)} of spring "
            f"{', '.join(map(str, missing))} was found"
        )
    report = JoinReport()
    report.add("figure", "rows of another test, left out", panel.frame[~kept])
    return replace(
        panel,
        frame=panel.frame[kept].reset_index(drop=True),
        join_report=pd.concat([panel.join_report, report.frame()], ignore_index=True),
    )
