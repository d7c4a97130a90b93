"""Draw one figure of a run from its panels, or say why not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autonomy_stats.errors import AutonomyStatsError
from autonomy_stats.facts import (
    find_place,
    load_autonomy,
    load_external_estimates,
    load_initiatives,
)
from autonomy_stats.facts.autonomy import autonomy_indices
from autonomy_stats.figures.alternative import alternative_text
from autonomy_stats.figures.base import Facts, panel_needs
from autonomy_stats.figures.registry import find_figure
from autonomy_stats.mark import is_simulated
from autonomy_stats.outputs import Outputs
from autonomy_stats.panel import Panel
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.study_panels import load_panels
from autonomy_stats.study_run import FigureResult, undrawn

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.figures.base import FigureModule

__all__ = ["FACTS", "MadeFigure", "make_figure", "rows_of_cities", "states_of", "write_figure"]

FACTS: dict[str, Callable[[], pd.DataFrame]] = {
    "autonomy": load_autonomy,
    "autonomy_index": autonomy_indices,
    "external_estimates": load_external_estimates,
    "initiatives": load_initiatives,
}
"""Tables of facts that a figure may need."""

Rows = Mapping[str, Mapping[str, "pd.DataFrame"]]
"""By figure: rows of cities that stand in the place of their panels."""


@dataclass(frozen=True)
class MadeFigure:
    """What a figure shows, before it is drawn.

    Parameters
    ----------
    result : FigureResult
        What a run tells of it; not drawn yet unless it says why not.
    joins : list of pandas.DataFrame
        Join report of each panel.
    """

    result: FigureResult
    joins: list[pd.DataFrame] = field(default_factory=list, repr=False)


def states_of(module: FigureModule) -> tuple[str, ...]:
    """Return the states of the panels that a figure is drawn from.

    Examples
    --------
    >>> from autonomy_stats.figures import fig06
    >>> states_of(fig06)
    ('colorado',)
    """
    return tuple(sorted({find_place(need.place).state for need in panel_needs(module)}))


def rows_of_cities(
    modules: Iterable[FigureModule], states: Collection[str], store: PanelStore
) -> dict[str, dict[str, pd.DataFrame]]:
    """Make what figures of several states show of the cities of one, by figure.

    What cannot be made is left out: whoever draws the figure meets the same problem, and tells.

    Parameters
    ----------
    modules : iterable of FigureModule
        Figures.
    states : collection of str
        The states.
    store : PanelStore
        Panels of the run.
    """
    made = {}
    for module in modules:
        needs = [n for n in panel_needs(module) if find_place(n.place).state in states]
        try:
            panels = load_panels(needs, store) if needs else {}
            inputs = {name: panel.frame for name, panel in panels.items()}
            made[module.FIGURE_ID] = module.cities(inputs)  # type: ignore[attr-defined]
        except AutonomyStatsError:
            continue
    return made


def make_figure(
    module: FigureModule, store: PanelStore, spoiled: Collection[str], rows: Rows | None = None
) -> MadeFigure:
    """Make the frame of a figure, or say why there is none.

    Parameters
    ----------
    module : FigureModule
        The figure.
    store : PanelStore
        Panels of the run.
    spoiled : collection of str
        What is wrong with damaged files: one of them may be the one that is missing.
    rows : mapping, optional
        As `rows_of_cities` returns them.
    """
    needs = tuple(dict.fromkeys(need.files for need in panel_needs(module)))
    try:
        panels = load_panels(panel_needs(module), store)
        inputs = {name: panel.frame for name, panel in panels.items()}
        inputs |= (rows or {}).get(module.FIGURE_ID, {})
        inputs |= {
            need.name: FACTS[need.name]() for need in module.NEEDS if isinstance(need, Facts)
        }
        frame = module.data(inputs)
    except AutonomyStatsError as problem:
        return MadeFigure(undrawn(module.FIGURE_ID, module.TITLE, needs, problem, spoiled))
    simulated = is_simulated(frame, *inputs.values())
    result = FigureResult(
        module.FIGURE_ID, module.TITLE, "drawn", "", needs, _sources(panels), simulated, frame
    )
    joins = [
        panel.join_report.assign(figure=module.FIGURE_ID, panel=name)
        for name, panel in panels.items()
    ]
    return MadeFigure(result, joins)


def _sources(panels: Mapping[str, Panel]) -> pd.DataFrame:
    """Return the files of panels."""
    import pandas as pd

    if not panels:
        return pd.DataFrame({"file": []})
    return pd.concat([panel.sources for panel in panels.values()]).drop_duplicates()


def write_figure(made: MadeFigure, outputs: Outputs, spoiled: Collection[str]) -> MadeFigure:
    """Draw a figure that was made, and write it; return it, or why it could not be drawn."""
    result = made.result
    if result.frame is None:
        return made
    module = find_figure(result.figure_id)
    try:
        outputs.write_figure(
            result.figure_id,
            result.frame,
            module.draw(result.frame),
            getattr(module, "html", None),
            simulated=result.simulated,
            title=result.title,
            text=alternative_text(module, result.frame),
        )
    except AutonomyStatsError as problem:
        why = undrawn(result.figure_id, result.title, result.needs, problem, spoiled)
        return MadeFigure(why)
    return made
