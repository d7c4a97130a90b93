"""The figures that a run draws: a new figure is one new module and one line here."""

from __future__ import annotations

from typing import cast

from autonomy_stats.errors import UsageError
from autonomy_stats.figures import (
    autonomy_map,
    autonomy_tables,
    cities,
    composition,
    fig01,
    fig02,
    fig03,
    fig04,
    fig05,
    fig06,
    fig07,
    fig08,
    fig09,
    fig10,
    fig11,
    ladder,
    levels,
    memphis_2014,
    michigan_2001,
    rank,
    typology,
)
from autonomy_stats.figures.base import FigureModule

__all__ = ["FIGURES", "find_figure"]

FIGURES = cast(
    "tuple[FigureModule, ...]",
    (
        michigan_2001,
        fig01,
        fig02,
        fig03,
        fig04,
        fig05,
        memphis_2014,
        fig06,
        fig07,
        fig08,
        fig09,
        fig10,
        fig11,
        composition,
        ladder,
        levels,
        cities,
        rank,
        *autonomy_tables.TABLES,
        autonomy_map,
        typology,
    ),
)


def find_figure(figure_id: str) -> FigureModule:
    """Return a figure module by its id; `6`, `06` and `fig06` are the same.

    Raises
    ------
    UsageError
        If there is none; the message lists those there are.

    Examples
    --------
    >>> find_figure("6").FIGURE_ID
    'fig06'
    """
    wanted = f"fig{int(figure_id):02d}" if figure_id.isdecimal() else figure_id
    for module in FIGURES:
        if wanted == module.FIGURE_ID:
            return module
    known = ", ".join(module.FIGURE_ID for module in FIGURES)
    raise UsageError(f"no figure is called {figure_id!r}; the figures are {known}")
