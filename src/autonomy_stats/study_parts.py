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
from autonomy_stats.errors import AutonomyStatsError, MissingDataError
from autonomy_stats.facts import (
    find_place,
    load_autonomy,
    load_claims,
    load_external_estimates,
    load_initiatives,
)
from autonomy_stats.facts.autonomy import autonomy_indices
from autonomy_stats.figures.alternative import alternative_text
from autonomy_stats.figures.base import Facts, panel_needs
from autonomy_stats.figures.registry import find_figure
from autonomy_stats.loaders.survey import Surveyed, Told, damaged, take_over, told
from autonomy_stats.mark import is_simulated
from autonomy_stats.outputs import Outputs
from autonomy_stats.panel import Panel
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.parallel import in_order, on_cluster
from autonomy_stats.report.inputs import SEVERAL
from autonomy_stats.study_panels import load_panels
from autonomy_stats.study_run import FigureResult

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.figures.base import FigureModule

__all__ = ["FACTS", "Drawn", "Part", "draw_parts", "parts_of"]

FACTS: dict[str, Callable[[], pd.DataFrame]] = {
    "autonomy": load_autonomy,
    "autonomy_index": autonomy_indices,
    "external_estimates": load_external_estimates,
    "initiatives": load_initiatives,
}
"""Tables of facts that a figure may need."""

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
    contrasts : ClaimContrasts or None
        Estimates that claims are held against.
    """

    results: list[FigureResult]
    joins: list[pd.DataFrame] = field(repr=False)
    written: dict[str, str]
    store: PanelStore = field(repr=False)
    contrasts: ClaimContrasts | None = None


def parts_of(modules: Sequence[FigureModule]) -> list[Part]:
    """Return the parts of a run, those of several states last.

    Examples
    --------
    >>> from autonomy_stats.figures import fig01, fig06, michigan_2001
    >>> [part.states for part in parts_of([fig01, fig06, michigan_2001])]
    [('massachusetts',), ('colorado',), ('michigan',)]
    """
    grouped: dict[tuple[str, ...], list[str]] = {}
    for module in modules:
        states = {find_place(need.place).state for need in panel_needs(module)}
        grouped.setdefault(tuple(sorted(states)), []).append(module.FIGURE_ID)
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
    """Draw each part, those of one state side by side, then those of several from their panels.

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
    stores = []
    here = progress if n_jobs == 1 else None
    spoiled = damaged(surveyed)
    setting = None
    if n_jobs > 1:
        parent = None if on_cluster() else os.getpid()
        setting = Setting(Path.cwd(), dict(os.environ), told(surveyed), parent)
    jobs = (
        delayed(_drawn)(part, PanelStore(raw), out, spoiled, with_claims, here, setting)
        for part in apart
    )
    for number, drawn in enumerate(in_order(jobs, n_jobs), start=1):
        if progress is not None and n_jobs > 1:
            progress(f"part {number + 1} of {len(parts)}")
        stores.append(drawn.store)
        yield drawn
    together = PanelStore(raw)
    for store in stores:
        together.take(store)
    for part in parts:
        if part not in apart:
            yield _drawn(part, together, out, spoiled, False, progress)


def _drawn(
    part: Part,
    store: PanelStore,
    out: Path,
    spoiled: list[str],
    with_claims: bool,
    progress: Callable[[str], None] | None,
    setting: Setting | None = None,
) -> Drawn:
    """Draw a part, in this process or in another, which takes on the setting of this one."""
    if setting is not None:
        with _taken_on(setting.folder, setting.variables):
            take_over(setting.found)
            return _figures_of(part, store, out, spoiled, with_claims, progress, setting.parent)
    return _figures_of(part, store, out, spoiled, with_claims, progress, None)


def _figures_of(
    part: Part,
    store: PanelStore,
    out: Path,
    spoiled: list[str],
    with_claims: bool,
    progress: Callable[[str], None] | None,
    parent: int | None,
) -> Drawn:
    """Draw the figures of a part, and estimate what its claims are held against."""
    outputs = Outputs(out, parent=parent)
    results, joins = [], []
    for module in map(find_figure, part.figures):
        if progress is not None:
            progress(module.TITLE)
        result, panels = _figure(module, store, outputs, spoiled)
        results.append(result)
        joins += [
            panel.join_report.assign(figure=module.FIGURE_ID, panel=name)
            for name, panel in panels.items()
        ]
    contrasts = None
    if with_claims and part.states:
        claims = load_claims()
        own = [_state_of(place) in part.states for place in claims["place"]]
        contrasts = contrasts_of_claims(claims[own], store)
    return Drawn(results, joins, outputs.written, store, contrasts)


@contextmanager
def _taken_on(folder: Path, variables: dict[str, str]) -> Iterator[None]:
    """Work in a folder and with variables of the environment, and go back to the former ones."""
    with ONE_PART:
        before = Path.cwd(), dict(os.environ)
        try:
            _take_on(folder, variables)
            yield
        finally:
            _take_on(*before)


def _take_on(folder: Path, variables: dict[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)


def _figure(
    module: FigureModule, store: PanelStore, outputs: Outputs, spoiled: list[str]
) -> tuple[FigureResult, dict[str, Panel]]:
    """Draw one figure, or say why not."""
    import pandas as pd

    needs = tuple(dict.fromkeys(need.files for need in panel_needs(module)))
    try:
        panels = load_panels(panel_needs(module), store)
        inputs = {name: panel.frame for name, panel in panels.items()}
        inputs |= {
            need.name: FACTS[need.name]() for need in module.NEEDS if isinstance(need, Facts)
        }
        simulated = is_simulated(*inputs.values())
        frame = module.data(inputs)
        outputs.write_figure(
            module.FIGURE_ID,
            frame,
            module.draw(frame),
            getattr(module, "html", None),
            simulated=simulated,
            title=module.TITLE,
            text=alternative_text(module, frame),
        )
    except MissingDataError as problem:
        # A file that cannot be read may be the one that is missing.
        status = "failed" if spoiled else "skipped"
        return FigureResult(module.FIGURE_ID, module.TITLE, status, str(problem), needs), {}
    except AutonomyStatsError as problem:
        return FigureResult(module.FIGURE_ID, module.TITLE, "failed", str(problem), needs), {}
    sources = pd.DataFrame({"file": []})
    if panels:
        sources = pd.concat([panel.sources for panel in panels.values()]).drop_duplicates()
    drawn = FigureResult(
        module.FIGURE_ID, module.TITLE, "drawn", "", needs, sources, simulated, frame
    )
    return drawn, panels


def _state_of(place: str) -> str:
    """Return the state of a claim's place; of claims on several places, none."""
    return "" if place == SEVERAL else find_place(place).state
