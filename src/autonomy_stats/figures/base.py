"""What a figure module declares: the panels, or the facts, that it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Facts", "FigureModule", "Inputs", "Need", "panel_needs"]

Inputs = Mapping[str, "pd.DataFrame"]
"""Panel frames, and tables of facts, by the name of the need that they meet."""


@dataclass(frozen=True)
class Need:
    """A panel that a figure is drawn from.

    Parameters
    ----------
    name : str
        Name under which `data` finds the frame.
    place : str
        Place of the panel.
    end_years : tuple of int
        Spring years.
    files : str
        Which official files hold it, in words, for a run that lacks them.
    columns : tuple of str
        Columns that must have values of the results' own year; without them the figure is
        not drawn.
    options : mapping
        Further arguments of `load_panel`.
    series : tuple of str
        Comparable tests whose rows alone the figure is of, where a spring had others too; a
        spring without them is missing. Empty: all.
    otherwise : tuple of Need
        Panels to draw from where the raw files do not hold this one, best first: of another
        year or test, of the same outcome as far as there is one, which the figure then says.
        Their names do not count.
    optional : bool
        Whether the figure is drawn without this panel too, and says that it is not there. A
        figure of which no panel is at hand is not drawn.
    """

    name: str
    place: str
    end_years: tuple[int, ...]
    files: str
    columns: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    series: tuple[str, ...] = ()
    otherwise: tuple[Need, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Facts:
    """A table of facts that the package ships and a figure is drawn from.

    Parameters
    ----------
    name : str
        Name of the table, under which `data` finds it: `autonomy`, `initiatives`.
    """

    name: str


class FigureModule(Protocol):
    """A module of this folder, or an object like one: one figure or table.

    It may also have `html`: a callable that writes the frame as an HTML table;
    `alternative_text`: the frame in words, where those of `alternative` do not serve;
    `estimates`: its rows of the table of estimates, where the frame has other columns; and
    `cities`: given inputs of a state, frames that `data` takes in the place of its panels. `data`,
    `draw` and `html` wear the decorators of `stamp`, which let no simulated figure pass for a
    real one.
    """

    FIGURE_ID: str
    TITLE: str
    NEEDS: tuple[Need | Facts, ...]
    data: Callable[[Inputs], pd.DataFrame]
    draw: Callable[[pd.DataFrame], Figure]


def panel_needs(module: FigureModule) -> list[Need]:
    """Return the panels that a figure is drawn from."""
    return [need for need in module.NEEDS if isinstance(need, Need)]
