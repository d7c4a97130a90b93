"""One run of the study: what each figure needs from the raw files at hand, drawn and recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.cache import OFF, VARIABLE
from autonomy_stats.claims import RealScorecard, score_contrasts
from autonomy_stats.errors import UnrecognisedFileError
from autonomy_stats.figures.estimates import estimates
from autonomy_stats.figures.registry import FIGURES, find_figure
from autonomy_stats.loaders.survey import Surveyed, damaged, survey
from autonomy_stats.out_folder import only_run
from autonomy_stats.outputs import Outputs, with_earlier, write_manifest
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.parallel import on_cluster
from autonomy_stats.raw_listing import raw_folder
from autonomy_stats.rerun import fingerprint, keep_record, record_of
from autonomy_stats.robustness_pages import robustness_pages
from autonomy_stats.run_report import write_report
from autonomy_stats.shared_folders import refuse_unshared
from autonomy_stats.study_parts import Drawn, Part, draw_parts, parts_of
from autonomy_stats.study_run import FigureResult, StudyRun, recorded, restored, told
from autonomy_stats.texts import texts_of_small_tables

if TYPE_CHECKING:
    from autonomy_stats.figures.base import FigureModule

__all__ = ["FigureResult", "StudyRun", "reproduce"]

FEW = 2
"""States, of whose files a run is made in less time than another process takes to begin."""


def reproduce(
    raw: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] = "out",
    *,
    only: Sequence[str] | None = None,
    robustness: bool = False,
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
    robustness : bool
        Whether to tell of each city's estimate of proficiency how far it could be wrong, too: a
        page `robustness_PLACE.png`, `.svg`, `.csv` each and a section of the report. It takes
        longer than all else.
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
        If `only` names no figure, or another run is writing into the folder of the results.
    MissingDataError
        If the folder named by `raw` does not exist.
    OSError
        If the folder of the results takes nothing: a full disk, one that is read only.

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
    asked: dict[str, Any] = {
        "figures": [module.FIGURE_ID for module in modules],
        "command": command,
    }
    asked |= {"raw": str(folder.resolve()), "all": not wanted, "robustness": robustness}
    mark = fingerprint(folder, asked)
    anew = os.environ.get(VARIABLE) == OFF
    if not anew and (before := record_of(Path(out), mark)) is not None:
        return restored(Path(out), before)
    outputs = Outputs(Path(out))
    with only_run(outputs.folder), texts_of_small_tables():
        run = _made(
            modules,
            raw,
            folder,
            outputs,
            command,
            progress,
            with_scorecard=not wanted,
            with_robustness=robustness,
        )
        if run.ok and run.drawn and not anew:
            keep_record(outputs, mark, recorded(run))
    return told(run)


def _made(
    modules: tuple[FigureModule, ...],
    raw: str | os.PathLike[str] | None,
    folder: Path,
    outputs: Outputs,
    command: str,
    progress: Callable[[str], None] | None,
    *,
    with_scorecard: bool,
    with_robustness: bool,
) -> StudyRun:
    """Make a run: draw the figures, judge the claims, write the tables and the page."""
    import pandas as pd

    surveyed = survey(None if raw is None else Path(raw))
    spoiled = damaged(surveyed)
    parts = parts_of(modules)
    n_jobs = _jobs(parts, surveyed)
    refuse_unshared(read=[folder], written=[outputs.folder])
    drawn = list(
        draw_parts(
            parts,
            None if raw is None else Path(raw),
            outputs.folder,
            surveyed,
            with_claims=with_scorecard,
            n_jobs=n_jobs,
            progress=progress,
        )
    )
    found_by_id = {result.figure_id: result for one in drawn for result in one.results}
    results = [found_by_id[module.FIGURE_ID] for module in modules]
    joins = [join for one in drawn for join in one.joins]
    store = PanelStore(raw)
    for one in drawn:
        outputs.written |= one.written
        store.take(one.store)
    pages = robustness_pages(store, outputs, spoiled, progress, n_jobs) if with_robustness else []
    joins += [page.joins for page in pages if page.joins is not None]
    report = pd.concat(joins, ignore_index=True) if joins else pd.DataFrame()
    if joins:
        outputs.write_table("joins.csv", with_earlier(outputs, "joins.csv", report))
    found = estimates({r.figure_id: r.frame for r in results if r.frame is not None})
    if len(found):
        outputs.write_table("estimates.csv", with_earlier(outputs, "estimates.csv", found))
    card = _scorecard(drawn, outputs) if with_scorecard else None
    unrecognised = tuple(
        item.path for item in surveyed if isinstance(item.problem, UnrecognisedFileError)
    )
    every = [*results, *(page.result for page in pages)]
    if any(result.status == "drawn" for result in every):
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
            pages=pages,
        )
        write_manifest(outputs, [*every, *_recorded(card)], folder, command)
    return StudyRun(
        out=outputs.folder,
        figures=tuple(every),
        joins=report,
        unreadable=tuple(spoiled),
        unrecognised=unrecognised,
        scorecard=None if card is None else card.table,
    )


def _jobs(parts: Sequence[Part], surveyed: Sequence[Surveyed]) -> int:
    """Return how many processes to use: one alone unless files of several states are at hand."""
    from joblib import cpu_count

    if on_cluster():
        return max(2, len(parts))  # none in this process, whatever the cluster has
    held = {item.layout.state for item in surveyed if item.layout is not None}
    at_hand = [part for part in parts if len(part.states) == 1 and held & set(part.states)]
    return min(len(at_hand), cpu_count()) if len(at_hand) > FEW else 1


def _scorecard(drawn: Sequence[Drawn], outputs: Outputs) -> RealScorecard:
    """Write the scorecard."""
    card = score_contrasts([one.contrasts for one in drawn if one.contrasts is not None])
    outputs.write_table("scorecard.csv", card.table)
    return card


def _recorded(card: RealScorecard | None) -> list[FigureResult]:
    """Return the scorecard as the manifest lists it, with the files that it was made from."""
    if card is None:
        return []
    return [FigureResult("scorecard", "Scorecard", "drawn", "", (), card.sources)]
