"""Load the panels that figures declare: the report's own, or the nearest that is at hand."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from autonomy_stats.errors import MissingDataError
from autonomy_stats.panel import Panel
from autonomy_stats.panel.join_report import JoinReport
from autonomy_stats.panel.load import build_panel, lacking

if TYPE_CHECKING:
    from autonomy_stats.figures.base import Need

__all__ = ["Held", "load_needed", "load_panels"]

Held = dict[str, "Panel | MissingDataError"]
"""Panels that a run has loaded, and why others are missing, by what was asked."""


def load_panels(
    needs: Iterable[Need], raw: str | os.PathLike[str] | None, held: Held | None = None
) -> dict[str, Panel]:
    """Load the panels that a figure needs, by their names, without optional ones not at hand.

    Parameters
    ----------
    needs : iterable of Need
        What the figure is drawn from.
    raw : path or None
        Folder of raw files.
    held : dict, optional
        What was loaded before in the same run, which this adds to.

    Raises
    ------
    MissingDataError
        If a panel that must be there is not at hand, or none of those that may be missing is.
    """
    panels: dict[str, Panel] = {}
    missing: list[MissingDataError] = []
    for need in needs:
        try:
            panels[need.name] = load_needed(need, raw, held)
        except MissingDataError as problem:
            if not need.optional:
                raise
            missing.append(problem)
    if missing and not panels:
        raise MissingDataError(" ".join(dict.fromkeys(map(str, missing))))
    return panels


def load_needed(need: Need, raw: str | os.PathLike[str] | None, held: Held | None = None) -> Panel:
    """Load a panel that a figure needs, or the first of those that do instead.

    Raises
    ------
    MissingDataError
        If the raw files at hand hold none of them; the message is that of the first.
    """
    held = {} if held is None else held
    missing: MissingDataError | None = None
    for one in (need, *need.otherwise):
        asked = repr(replace(one, name="", files="", otherwise=(), optional=False))
        if asked not in held:
            try:
                held[asked] = _whole_panel(one, raw)
            except MissingDataError as problem:
                held[asked] = problem
        found = held[asked]
        if isinstance(found, Panel):
            return found
        missing = missing or found
    assert missing is not None
    raise missing


def _whole_panel(need: Need, raw: str | os.PathLike[str] | None) -> Panel:
    """Load a panel with every column that is needed."""
    panel = build_panel(need.place, need.end_years, needed=need.columns, raw=raw, **need.options)
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
