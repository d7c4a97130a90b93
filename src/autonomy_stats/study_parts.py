"""Draw a run's figures in parts, one a state, that share no file and can be drawn side by side."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.claims.contrasts import ClaimContrasts, contrasts_of_claims
from autonomy_stats.facts import find_place, load_claims
from autonomy_stats.figures.registry import find_figure
from autonomy_stats.loaders.survey import Surveyed, Told, damaged, take_over, told
from autonomy_stats.outputs import Outputs
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.parallel import in_order, on_cluster
from autonomy_stats.report.inputs import SEVERAL
from autonomy_stats.study_figures import (
    MadeFigure,
    make_figure,
    rows_of_cities,
    states_of,
    write_figure,
)
from autonomy_stats.study_run import FigureResult
from autonomy_stats.texts import texts_of_small_tables

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.figures.base import FigureModule

__all__ = ["Drawn", "Part", "draw_parts", "parts_of"]

Rows = dict[str, dict[str, "pd.DataFrame"]]

ONE_PART = threading.Lock()
"""A process draws one part at a time: a worker of a cluster may have several threads."""


@dataclass(frozen=True)
class Part:
    """Figures of one state, with the claims on its places; of no state; or of several states.

    Parameters
    ----------
    states : tuple of str
        States of the panels that the figures are drawn from.
    figures : tuple of str
        Ids of the figures.
    """

    states: tuple[str, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """What a worker takes on from the process of the run.

    Parameters
    ----------
    folder : pathlib.Path
        Working folder.
    variables : dict of str to str
        Variables of the environment.
    found : list
        What each raw file is.
    parent : int or None
        The process, if its workers end with it.
    """

    folder: Path
    variables: dict[str, str] = field(repr=False)
    found: list[Told] = field(repr=False)
    parent: int | None


@dataclass(frozen=True)
class Drawn:
    """What became of a part.

    Parameters
    ----------
    results : list of FigureResult
        One for each figure.
    joins : list of pandas.DataFrame
        Join report of each panel of a drawn figure.
    written : dict of str to str
        Hash of each file written, by name.
    store : PanelStore
        The panels that were put together.
    rows : dict
        By figure of several states: what it shows of the cities, as `rows_of_cities` returns it.
    contrasts : ClaimContrasts or None
        Estimates that claims are held against.
    """

    results: list[FigureResult]
    joins: list[pd.DataFrame] = field(repr=False)
    written: dict[str, str]
    store: PanelStore = field(repr=False)
    rows: Rows = field(default_factory=dict, repr=False)
    contrasts: ClaimContrasts | None = None


def parts_of(modules: Sequence[FigureModule]) -> list[Part]:
    """Return the parts of a run: each state's, that of no state, and those of several states last.

    A state has a part even if all its figures show other states too.

    Examples
    --------
    >>> from autonomy_stats.figures import fig01, fig06, michigan_2001
    >>> [part.states for part in parts_of([fig01, fig06, michigan_2001])]
    [('massachusetts',), ('colorado',), ('michigan',)]
    """
    grouped: dict[tuple[str, ...], list[str]] = {}
    for module in modules:
        states = states_of(module)
        for state in states:
            grouped.setdefault((state,), [])
        grouped.setdefault(states, []).append(module.FIGURE_ID)
    parts = [Part(states, tuple(figures)) for states, figures in grouped.items()]
    return sorted(parts, key=lambda part: len(part.states) > 1)


def draw_parts(
    parts: Sequence[Part],
    raw: Path | None,
    out: Path,
    surveyed: list[Surveyed],
    *,
    with_claims: bool,
    n_jobs: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Drawn]:
    """Draw each part, those of one state side by side, then the figures of several.

    Of a figure of several states, each state's part makes what it shows of its cities.

    Parameters
    ----------
    parts : sequence of Part
        As `parts_of` returns them.
    raw, out : pathlib.Path
        Folders of raw files and of results.
    surveyed : list of Surveyed
        What each raw file is; a damaged one may be one that a figure needs.
    with_claims : bool
        Whether to estimate what the report's claims are held against.
    n_jobs : int
        How many processes to use; 1: this one alone.
    progress : callable, optional
        Called with the title of each figure before it is drawn; in other processes, with what
        was done.
    """
    from joblib import delayed

    apart = [part for part in parts if len(part.states) <= 1]
    shared = [name for part in parts if part not in apart for name in part.figures]
    spoiled = damaged(surveyed)
    setting = None
    if n_jobs > 1:
        parent = None if on_cluster() else os.getpid()
        setting = Setting(Path.cwd(), dict(os.environ), told(surveyed), parent)
    here = progress if n_jobs == 1 else None
    jobs = (
        delayed(_drawn)(part, shared, PanelStore(raw), out, spoiled, with_claims, here, setting)
        for part in apart
    )
    store, rows = PanelStore(raw), Rows()
    for number, drawn in enumerate(in_order(jobs, n_jobs), start=1):
        if progress is not None and n_jobs > 1:
            progress(f"part {number + 1} of {len(parts)}")
        store.take(drawn.store)
        for figure_id, cities in drawn.rows.items():
            rows.setdefault(figure_id, {}).update(cities)
        yield drawn
    made = (make_figure(find_figure(name), store, spoiled, rows) for name in shared)
    writes = (delayed(_written)(one, out, spoiled, here, setting) for one in made)
    for one, written in in_order(writes, n_jobs):
        yield Drawn([one.result], one.joins, written, store)


def _drawn(
    part: Part,
    shared: Sequence[str],
    store: PanelStore,
    out: Path,
    spoiled: list[str],
    with_claims: bool,
    progress: Callable[[str], None] | None,
    setting: Setting | None,
) -> Drawn:
    """Draw a part, and make what figures of several states show of it."""
    with _taken_on(setting) as parent:
        outputs = Outputs(out, parent=parent)
        figures = []
        for module in map(find_figure, part.figures):
            if progress is not None:
                progress(module.TITLE)
            figures.append(write_figure(make_figure(module, store, spoiled), outputs, spoiled))
        contrasts = None
        if with_claims and part.states:
            claims = load_claims()
            own = [_state_of(place) in part.states for place in claims["place"]]
            contrasts = contrasts_of_claims(claims[own], store)
        rows = rows_of_cities(map(find_figure, shared), part.states, store)
        results = [one.result for one in figures]
        joins = [join for one in figures for join in one.joins]
        return Drawn(results, joins, outputs.written, store, rows, contrasts)


def _written(
    made: MadeFigure,
    out: Path,
    spoiled: list[str],
    progress: Callable[[str], None] | None,
    setting: Setting | None,
) -> tuple[MadeFigure, dict[str, str]]:
    """Draw and write a figure whose frame is made."""
    with _taken_on(setting) as parent:
        if progress is not None:
            progress(made.result.title)
        outputs = Outputs(out, parent=parent)
        return write_figure(made, outputs, spoiled), outputs.written


@contextmanager
def _taken_on(setting: Setting | None) -> Iterator[int | None]:
    """Work as the process of the run does, and go back to what was; give that process."""
    if setting is None:  # this is it
        yield None
        return
    with ONE_PART:
        before = Path.cwd(), dict(os.environ)
        try:
            _take_on(setting.folder, setting.variables)
            take_over(setting.found)
            with texts_of_small_tables():
                yield setting.parent
        finally:
            _take_on(*before)


def _take_on(folder: Path, variables: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)


def _state_of(place: str) -> str:
    """Return the state of a claim's place; of claims on several places, none."""
    return "" if place == SEVERAL else find_place(place).state
