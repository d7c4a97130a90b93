"""One run of the study: what each figure needs from the raw files at hand, drawn and recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.errors import AutonomyStatsError, MissingDataError, UnrecognisedFileError
from autonomy_stats.facts import load_autonomy, load_initiatives
from autonomy_stats.facts.autonomy import autonomy_indices
from autonomy_stats.figures.alternative import alternative_text
from autonomy_stats.figures.base import Facts, panel_needs
from autonomy_stats.figures.estimates import estimates
from autonomy_stats.figures.registry import FIGURES, find_figure
from autonomy_stats.loaders.gather import damaged, survey
from autonomy_stats.mark import is_simulated
from autonomy_stats.outputs import Outputs, with_earlier, write_manifest
from autonomy_stats.panel import Panel
from autonomy_stats.panel.join_report import JoinReport
from autonomy_stats.panel.load import build_panel, lacking
from autonomy_stats.raw import raw_folder
from autonomy_stats.run_report import write_report

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.figures.base import FigureModule, Need

__all__ = ["FigureResult", "StudyRun", "reproduce"]

FACTS: dict[str, Callable[[], pd.DataFrame]] = {
    "autonomy": load_autonomy,
    "autonomy_index": autonomy_indices,
    "initiatives": load_initiatives,
}
"""Tables of facts that a figure may need."""


@dataclass(frozen=True)
class FigureResult:
    """What became of one figure.

    Parameters
    ----------
    figure_id, title : str
        Which figure.
    status : {"drawn", "skipped", "failed"}
        Skipped: the raw files at hand do not hold what it needs. Failed: a file that it needs
        is broken, or does not support the estimate.
    reason : str
        Why it was not drawn, and what to do; empty if it was.
    needs : tuple of str
        Official files that hold what it needs, in words.
    sources : pandas.DataFrame or None
        Files that it was drawn from.
    simulated : bool
        Whether simulated files have a part in it.
    frame : pandas.DataFrame or None
        Its numbers; None if it was not drawn.
    """

    figure_id: str
    title: str
    status: str
    reason: str
    needs: tuple[str, ...]
    sources: pd.DataFrame | None = field(default=None, repr=False)
    simulated: bool = False
    frame: pd.DataFrame | None = field(default=None, repr=False)


@dataclass(frozen=True)
class StudyRun:
    """A finished run.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the results.
    figures : tuple of FigureResult
        What became of each figure.
    joins : pandas.DataFrame
        Join report of every panel that was drawn from, by figure.
    unreadable : tuple of str
        Files of the raw folder that are damaged, each with what to do.
    unrecognised : tuple of pathlib.Path
        Files of the raw folder that fit no layout; they were passed over.
    """

    out: Path
    figures: tuple[FigureResult, ...]
    joins: pd.DataFrame = field(repr=False)
    unreadable: tuple[str, ...] = ()
    unrecognised: tuple[Path, ...] = ()

    @property
    def drawn(self) -> list[str]:
        """Ids of the figures that were drawn."""
        return [result.figure_id for result in self.figures if result.status == "drawn"]

    @property
    def simulated(self) -> bool:
        """Whether any figure was drawn from simulated files; `figures` says which."""
        return any(result.simulated for result in self.figures)

    @property
    def ok(self) -> bool:
        """Whether nothing failed; a figure may still have been skipped for want of a file."""
        return all(result.status != "failed" for result in self.figures)


def reproduce(
    raw: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "out",
    *,
    only: Sequence[str] | None = None,
    command: str = "autonomy_stats.reproduce()",
    progress: Callable[[str], None] | None = None,
) -> StudyRun:
    """Draw every figure that the raw files at hand allow.

    Each figure is written as `ID.png`, `ID.svg` and `ID.csv`, first under a temporary name
    and then moved, so that a figure that fails leaves its earlier files as they were.
    `joins.csv` counts what did not join; `estimates.csv` has every estimate of the figures, one
    row each; `manifest.json` records the hashes of inputs and outputs, the versions and the
    command. All three keep what an earlier run said of figures that this one did not draw.
    `report.html` is a page to read, of this run's figures. A run that draws nothing writes
    nothing.

    Parameters
    ----------
    raw : path, optional
        Folder of raw files; default `$AUTONOMY_STATS_RAW`, else `data/raw`.
    out : path
        Folder of the results, made if need be.
    only : str or sequence of str, optional
        Ids of the figures to draw; default all.
    command : str
        Recorded in the manifest.
    progress : callable, optional
        Called with the title of each figure before it is drawn.

    Returns
    -------
    StudyRun

    Raises
    ------
    UsageError
        If `only` names no figure.
    MissingDataError
        If the folder named by `raw` does not exist.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as out:
    ...     run = reproduce(out=out, only=["michigan_2001"])
    >>> run.drawn
    ['michigan_2001']
    """
    import pandas as pd

    wanted = [only] if isinstance(only, str) else only
    modules = tuple(find_figure(name) for name in wanted) if wanted else FIGURES
    folder = raw_folder(raw)
    surveyed = survey(None if raw is None else Path(raw))
    outputs = Outputs(Path(out))
    results, joins = [], []
    spoiled = damaged(surveyed)
    for module in modules:
        if progress is not None:
            progress(module.TITLE)
        result, panels = _figure(module, raw, outputs, spoiled)
        results.append(result)
        joins += [
            panel.join_report.assign(figure=module.FIGURE_ID, panel=name)
            for name, panel in panels.items()
        ]
    report = pd.concat(joins, ignore_index=True) if joins else pd.DataFrame()
    if joins:
        outputs.write_table("joins.csv", with_earlier(outputs, "joins.csv", report))
    found = estimates({r.figure_id: r.frame for r in results if r.frame is not None})
    if len(found):
        outputs.write_table("estimates.csv", with_earlier(outputs, "estimates.csv", found))
    unrecognised = tuple(
        item.path for item in surveyed if isinstance(item.problem, UnrecognisedFileError)
    )
    if any(result.status == "drawn" for result in results):
        write_report(
            outputs,
            modules,
            results,
            folder,
            joins=report,
            estimates=found,
            unreadable=spoiled,
            unrecognised=unrecognised,
        )
        write_manifest(outputs, results, folder, command)
    return StudyRun(
        out=Path(out),
        figures=tuple(results),
        joins=report,
        unreadable=tuple(spoiled),
        unrecognised=unrecognised,
    )


def _figure(
    module: FigureModule, raw: str | os.PathLike[str] | None, outputs: Outputs, spoiled: list[str]
) -> tuple[FigureResult, dict[str, Panel]]:
    """Draw one figure, or say why not."""
    import pandas as pd

    needs = tuple(dict.fromkeys(need.files for need in panel_needs(module)))
    panels: dict[str, Panel] = {}
    try:
        for need in panel_needs(module):
            panels[need.name] = _panel(need, raw)
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


def _panel(need: Need, raw: str | os.PathLike[str] | None) -> Panel:
    """Load a panel that a figure needs, or the first of those that do instead."""
    missing: MissingDataError | None = None
    for one in (need, *need.otherwise):
        try:
            return _whole_panel(one, raw)
        except MissingDataError as problem:
            missing = missing or problem
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
