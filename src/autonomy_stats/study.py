"""One run of the study: what each figure needs from the raw files at hand, drawn and recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.cache import OFF, VARIABLE
from autonomy_stats.claims import RealScorecard, real_scorecard
from autonomy_stats.errors import AutonomyStatsError, MissingDataError, UnrecognisedFileError
from autonomy_stats.facts import load_autonomy, load_external_estimates, load_initiatives
from autonomy_stats.facts.autonomy import autonomy_indices
from autonomy_stats.figures.alternative import alternative_text
from autonomy_stats.figures.base import Facts, panel_needs
from autonomy_stats.figures.estimates import estimates
from autonomy_stats.figures.registry import FIGURES, find_figure
from autonomy_stats.loaders.gather import damaged, survey
from autonomy_stats.mark import is_simulated
from autonomy_stats.outputs import Outputs, with_earlier, write_manifest
from autonomy_stats.panel import Panel
from autonomy_stats.raw import raw_folder
from autonomy_stats.rerun import fingerprint, keep_record, record_of
from autonomy_stats.run_report import write_report
from autonomy_stats.study_panels import Held, load_panels
from autonomy_stats.study_run import FigureResult, StudyRun, recorded, restored

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.figures.base import FigureModule

__all__ = ["FigureResult", "StudyRun", "reproduce"]

FACTS: dict[str, Callable[[], pd.DataFrame]] = {
    "autonomy": load_autonomy,
    "autonomy_index": autonomy_indices,
    "external_estimates": load_external_estimates,
    "initiatives": load_initiatives,
}
"""Tables of facts that a figure may need."""


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
    row each; `scorecard.csv` judges the report's claims, unless `only` some figures are asked for;
    `manifest.json` records the hashes of inputs and outputs, the versions and the command. What
    an earlier run said of figures that this one did not draw is kept in them. `report.html` is a
    page to read, of this run's figures. A run that draws nothing writes nothing. If the folder
    holds the results of the same run (raw files, package and request unchanged), nothing is made
    anew, unless the cache is off.

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
    wanted = [only] if isinstance(only, str) else only
    modules = tuple(find_figure(name) for name in wanted) if wanted else FIGURES
    folder = raw_folder(raw)
    asked = {"figures": [module.FIGURE_ID for module in modules], "command": command}
    mark = fingerprint(folder, asked | {"raw": str(folder.resolve()), "all": not wanted})
    anew = os.environ.get(VARIABLE) == OFF
    if not anew and (told := record_of(Path(out), mark)) is not None:
        return restored(Path(out), told)
    outputs = Outputs(Path(out))
    run = _made(modules, raw, folder, outputs, command, progress, with_scorecard=not wanted)
    if run.ok and run.drawn and not anew:
        keep_record(outputs.folder, mark, outputs.written, recorded(run))
    return run


def _made(
    modules: tuple[FigureModule, ...],
    raw: str | os.PathLike[str] | None,
    folder: Path,
    outputs: Outputs,
    command: str,
    progress: Callable[[str], None] | None,
    *,
    with_scorecard: bool,
) -> StudyRun:
    """Make a run: draw the figures, judge the claims, write the tables and the page."""
    import pandas as pd

    surveyed = survey(None if raw is None else Path(raw))
    results, joins = [], []
    held: Held = {}
    spoiled = damaged(surveyed)
    for module in modules:
        if progress is not None:
            progress(module.TITLE)
        result, panels = _figure(module, raw, outputs, spoiled, held)
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
    card = _scorecard(raw, outputs, progress) if with_scorecard else None
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
            scorecard=None if card is None else card.table,
            unreadable=spoiled,
            unrecognised=unrecognised,
        )
        write_manifest(outputs, [*results, *_recorded(card)], folder, command)
    return StudyRun(
        out=outputs.folder,
        figures=tuple(results),
        joins=report,
        unreadable=tuple(spoiled),
        unrecognised=unrecognised,
        scorecard=None if card is None else card.table,
    )


def _scorecard(
    raw: str | os.PathLike[str] | None, outputs: Outputs, progress: Callable[[str], None] | None
) -> RealScorecard:
    """Write the scorecard."""
    if progress is not None:
        progress("the scorecard")
    card = real_scorecard(raw)
    outputs.write_table("scorecard.csv", card.table)
    return card


def _recorded(card: RealScorecard | None) -> list[FigureResult]:
    """Return the scorecard as the manifest lists it, with the files that it was made from."""
    if card is None:
        return []
    return [FigureResult("scorecard", "Scorecard", "drawn", "", (), card.sources)]


def _figure(
    module: FigureModule,
    raw: str | os.PathLike[str] | None,
    outputs: Outputs,
    spoiled: list[str],
    held: Held,
) -> tuple[FigureResult, dict[str, Panel]]:
    """Draw one figure, or say why not."""
    import pandas as pd

    needs = tuple(dict.fromkeys(need.files for need in panel_needs(module)))
    try:
        panels = load_panels(panel_needs(module), raw, held)
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
