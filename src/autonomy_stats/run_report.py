"""Write the report page of a finished run: gather what it tells, and leave this machine out."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats import __version__
from autonomy_stats.facts import find_place
from autonomy_stats.figures.alternative import alternative_text
from autonomy_stats.figures.base import FigureModule, panel_needs
from autonomy_stats.outputs import PACKAGES, Outputs, lock_hash, relative_name
from autonomy_stats.report import ReportFigure, ReportInputs, build
from autonomy_stats.report.inputs import FACTS, ROBUSTNESS, SEVERAL

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.robustness_pages import RobustnessPage
    from autonomy_stats.study_run import FigureResult

__all__ = ["REPORT", "figure_place", "write_report"]

REPORT = "report.html"


def write_report(
    outputs: Outputs,
    modules: Sequence[FigureModule],
    results: Sequence[FigureResult],
    raw: Path,
    *,
    joins: pd.DataFrame | None = None,
    estimates: pd.DataFrame | None = None,
    scorecard: pd.DataFrame | None = None,
    unreadable: Iterable[str] = (),
    unrecognised: Iterable[Path] = (),
    pages: Sequence[RobustnessPage] = (),
) -> None:
    """Write `report.html` from what a run has made, of its own figures only.

    Parameters
    ----------
    outputs : Outputs
        Folder of the results, which holds the drawings already.
    modules, results : sequences
        The figures of the run, and what became of each.
    raw : pathlib.Path
        Raw folder; files are named by their place in it.
    joins, estimates, scorecard : pandas.DataFrame, optional
        Tables of the run.
    unreadable, unrecognised : iterables
        Damaged files, each with what to do, and files of no known layout.
    pages : sequence of RobustnessPage
        How far each city's estimate could be wrong.
    """
    figures = [
        _figure(module, result, outputs, raw)
        for module, result in zip(modules, results, strict=True)
    ]
    figures += [_page(page, outputs, raw) for page in pages]
    if joins is not None and len(joins):
        states = {
            (module.FIGURE_ID, need.name)
            for module in modules
            for need in panel_needs(module)
            if find_place(need.place).is_state
        }
        panels = zip(joins["figure"], joins["panel"], strict=True)
        joins = joins.assign(
            note=[local(note, raw) for note in joins["note"]],
            statewide=[panel in states for panel in panels],
        )
    inputs = ReportInputs(
        figures=tuple(figures),
        estimates=estimates,
        scorecard=scorecard,
        joins=joins,
        unreadable=tuple(local(problem, raw) for problem in unreadable),
        unrecognised=tuple(relative_name(path, raw) for path in unrecognised),
        versions=_versions(),
    )
    outputs.write_text(REPORT, build(inputs))


def _page(page: RobustnessPage, outputs: Outputs, raw: Path) -> ReportFigure:
    """Return what the report tells of how far a city's estimate could be wrong."""
    result = page.result
    svg = ""
    if result.status == "drawn":
        svg = (outputs.folder / f"{result.figure_id}.svg").read_text(encoding="utf-8")
    return ReportFigure(
        figure_id=result.figure_id,
        title=result.title,
        place=ROBUSTNESS,
        status=result.status,
        reason=local(result.reason, raw),
        needs=result.needs,
        svg=svg,
        caption=page.caption,
        frame=result.frame,
        sources=_relative(result.sources, raw),
        simulated=result.simulated,
    )


def _relative(sources: pd.DataFrame | None, raw: Path) -> pd.DataFrame | None:
    """Return sources with each file named by its place in the raw folder."""
    if sources is None:
        return None
    return sources.assign(file=[relative_name(Path(file), raw) for file in sources["file"]])


def figure_place(module: FigureModule) -> str:
    """Return the city whose results a figure shows, `several` of more than one, empty of none.

    The state of a city, which stands beside it in some figures, does not count; of a figure
    without any city, the first place does.

    Examples
    --------
    >>> from autonomy_stats.figures import autonomy_map, fig10, michigan_2001
    >>> figure_place(fig10), figure_place(michigan_2001), figure_place(autonomy_map)
    ('indianapolis', 'michigan', '')
    """
    places = list(dict.fromkeys(need.place for need in panel_needs(module)))
    cities = [place for place in places if find_place(place).district_ids]
    if len(cities) > 1:
        return SEVERAL
    return (cities or places or [FACTS])[0]


def local(text: str, raw: Path) -> str:
    """Return a text in which files of the raw folder are named by their place in it.

    Examples
    --------
    >>> local(f"{Path('raw').resolve() / 'a.csv'}: damaged", Path("raw")).replace(os.sep, "/")
    'a.csv: damaged'
    """
    for folder in (str(raw.resolve()), str(raw)):
        if len(folder) > 1:
            text = text.replace(folder + os.sep, "").replace(folder, "the raw folder")
    return text


def _figure(
    module: FigureModule, result: FigureResult, outputs: Outputs, raw: Path
) -> ReportFigure:
    """Return what the page tells of a figure."""
    svg, caption, words = "", "", ""
    if result.frame is not None:
        svg = (outputs.folder / f"{result.figure_id}.svg").read_text(encoding="utf-8")
        told = getattr(module, "caption", None)
        caption = "" if told is None else str(told(result.frame))
        words = alternative_text(module, result.frame)
    return ReportFigure(
        figure_id=result.figure_id,
        title=result.title,
        place=figure_place(module),
        status=result.status,
        reason=local(result.reason, raw),
        needs=result.needs,
        svg=svg,
        caption=caption,
        alternative_text=words,
        frame=result.frame,
        sources=_relative(result.sources, raw),
        simulated=result.simulated,
    )


def _versions() -> dict[str, str]:
    """Return what the run was made with."""
    packages = {name: version(name) for name in PACKAGES}
    lock = lock_hash()
    return {
        "autonomy_stats": __version__,
        "Python": platform.python_version(),
        **packages,
        **({"lock (SHA-256)": lock} if lock else {}),
    }
