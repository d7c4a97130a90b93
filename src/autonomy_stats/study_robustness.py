"""How far each city's estimate of proficiency could be wrong: loaded, made, drawn and written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import AutonomyStatsError, MissingDataError, UsageError
from autonomy_stats.facts import find_place
from autonomy_stats.figures import fig01, fig03, fig06, fig10
from autonomy_stats.figures.base import Need
from autonomy_stats.figures.robustness_page import plot_robustness
from autonomy_stats.labels import listed, springs, type_label
from autonomy_stats.mark import MARK
from autonomy_stats.models.robustness import PARTS, Robustness, robustness
from autonomy_stats.models.robustness.sentences import sentences
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.study_panels import load_needed
from autonomy_stats.study_run import FigureResult

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.outputs import Outputs
    from autonomy_stats.panel import Panel

__all__ = [
    "CITIES",
    "RobustnessPage",
    "main_type",
    "need_of",
    "robustness_of",
    "robustness_pages",
    "where_of",
    "write_page",
]

OUTCOME = "proficient_pct"
GROWTH = "value"
"""Outcome of growth panels."""


def _without_options(need: Need) -> Need:
    """Return a need of a panel without course tests, here and in those that do instead."""
    otherwise = tuple(replace(one, options={}) for one in need.otherwise)
    return replace(need, options={}, otherwise=otherwise)


CITIES = (
    fig01.NEEDS[0],
    fig03.NEEDS[0],
    _without_options(fig06.NEEDS[0]),
    Need(
        "indianapolis",
        "indianapolis",
        (2017,),
        fig10.FILES,
        fig01.NEEDS[0].columns,
        {"subjects": ("ela_and_math",)},
    ),
)
"""Panels of the default estimates of proficiency, of cities whose states publish it."""

ROW = ["end_year", "school_id", "assessment", "subject", "grade"]
"""Columns that tell the rows of a panel apart."""

WIDER: tuple[dict[str, Any], ...] = ({"courses": True}, {"grades": "all"})
"""What else the specification curve chooses from, where a state publishes it."""


@dataclass(frozen=True)
class RobustnessPage:
    """A city's page as a run tells it.

    Parameters
    ----------
    result : FigureResult
        What became of it; its frame is the long table of all types.
    caption : str
        What the estimates hang on, a paragraph a line.
    joins : pandas.DataFrame or None
        Join report of the panel.
    """

    result: FigureResult
    caption: str = ""
    joins: pd.DataFrame | None = None


def need_of(place: str, end_year: int | None = None, outcome: str = OUTCOME) -> Need:
    """Return the panel of a place: the study's own of a city, or that of a spring.

    Parameters
    ----------
    place : str
        A place.
    end_year : int, optional
        Spring; may be left out of a city of the study.
    outcome : str
        Column to compare; `value` is of a growth panel.

    Raises
    ------
    UsageError
        If the place is not known, or needs a year.

    Examples
    --------
    >>> need_of("denver").end_years, need_of("denver", 2017).end_years
    ((2015, 2016), (2017,))
    """
    known = find_place(place).place_id
    own = [need for need in CITIES if need.place == known]
    options: dict[str, Any] = dict(own[0].options) if own else {}
    if outcome == GROWTH:
        options = {"table": "growth"}
    if end_year is None:
        if not own or outcome == GROWTH:
            raise UsageError(
                f"which spring of {known}'s {outcome}? Name it (--year); the study has springs of "
                f"its own for the proficiency of {listed([one.place for one in CITIES])} only"
            )
        return own[0]
    return Need(known, known, (end_year,), f"results of spring {end_year}", (), options)


def robustness_of(
    need: Need,
    store: PanelStore,
    outcome: str = OUTCOME,
    *,
    parts: Sequence[str] = PARTS,
    n_jobs: int = 1,
    progress: Callable[[str], None] | None = None,
) -> tuple[Panel, Robustness]:
    """Load a panel, estimate from it, and tell how far that could be wrong.

    Parameters
    ----------
    need : Need
        The panel.
    store : PanelStore
        Panels of the raw files.
    outcome : str
        Column to compare.
    parts, n_jobs, progress
        As in `robustness`.

    Raises
    ------
    MissingDataError
        If the raw files do not hold the panel.
    """
    panel = load_needed(need, store)
    panel, whole = (panel, panel.frame) if outcome == GROWTH else _wider(panel, need, store)
    found = robustness(
        panel.frame,
        outcome,
        parts=parts,
        curve_frame=whole,
        n_jobs=n_jobs,
        progress=progress,
    )
    return panel, found


def _wider(panel: Panel, need: Need, store: PanelStore) -> tuple[Panel, pd.DataFrame]:
    """Return the rows with the course tests and those of all grades that there are, too.

    The panel is returned with the files and the join reports of all that was read.
    """
    import pandas as pd

    read = [panel]
    rows = panel.frame
    years = set(panel.frame["end_year"])
    for more in WIDER:
        others = tuple(replace(one, options={**one.options, **more}) for one in need.otherwise)
        wanted = replace(need, options={**need.options, **more}, otherwise=others)
        try:
            found = load_needed(wanted, store)
        except MissingDataError:  # the curve has no such choice, and says so
            continue
        if set(found.frame["end_year"]) == years:
            held = pd.MultiIndex.from_frame(rows[ROW])
            new = ~pd.MultiIndex.from_frame(found.frame[ROW]).isin(held)
            rows = pd.concat([rows, found.frame[new]], ignore_index=True)
            read.append(found)
    sources = pd.concat([one.sources for one in read], ignore_index=True).drop_duplicates()
    joins = pd.concat([one.join_report for one in read], ignore_index=True).drop_duplicates()
    return replace(panel, sources=sources, join_report=joins), rows


def where_of(frame: pd.DataFrame) -> str:
    """Return place, test and springs of a panel in words, for a title.

    Examples
    --------
    >>> import pandas as pd
    >>> where_of(pd.DataFrame({"place": ["denver"], "assessment": "CMAS", "end_year": 2016}))
    'Denver, CMAS, spring 2016'
    """
    place = find_place(str(frame["place"].iloc[0])).name
    tests = [str(name) for name in frame["assessment"].dropna().unique()]
    years = sorted(int(year) for year in frame["end_year"].unique())
    return ", ".join([place, *([listed(tests)] if tests else []), springs(years)])


def main_type(found: Robustness) -> str:
    """Return the type whose page is drawn: of those that can be judged, that of most schools.

    Raises
    ------
    MissingDataError
        If no type has an estimate.
    """
    effects = found.fit.effects
    own = effects[effects["school_type"].isin(found.school_types)]
    judged = own[own["note"] == ""]
    rows = (judged if len(judged) else own).to_dict("records")
    if not rows:
        raise MissingDataError("no school type has an estimate here")
    return str(max(rows, key=lambda row: row["n_schools"])["school_type"])


def write_page(
    outputs: Outputs,
    name: str,
    found: Robustness,
    school_type: str,
    where: str,
    frame: pd.DataFrame,
) -> None:
    """Write a type's page as PNG and SVG, and a table as CSV.

    Parameters
    ----------
    outputs : Outputs
        Folder of the results.
    name : str
        Beginning of the files' names.
    found : Robustness
        The result.
    school_type : str
        The type.
    where : str
        Place, test and spring, for the title.
    frame : pandas.DataFrame
        The table.
    """
    words = " ".join(sentences(found, school_type))
    outputs.write_figure(
        name,
        frame,
        plot_robustness(found, school_type, where=where),
        simulated=found.simulated,
        title=_title(where, school_type),
        text=f"{MARK}: made from simulated files. {words}" if found.simulated else words,
    )


def robustness_pages(
    store: PanelStore,
    outputs: Outputs,
    spoiled: Sequence[str] = (),
    progress: Callable[[str], None] | None = None,
    n_jobs: int = 1,
) -> list[RobustnessPage]:
    """Write the page of each city, or say why there is none.

    Parameters
    ----------
    store : PanelStore
        Panels of the raw files.
    outputs : Outputs
        Folder of the results: `robustness_PLACE.png`, `.svg` and `.csv`.
    spoiled : sequence of str
        Damaged files: one of them may be what is missing.
    progress : callable, optional
        Called with the name of each page before it is made.
    n_jobs : int
        Processes for the specification curves.
    """
    made = []
    for need in CITIES:
        if progress is not None:
            progress(f"how far {find_place(need.place).name}'s estimate could be wrong")
        made.append(_page(need, store, outputs, bool(spoiled), n_jobs))
    return made


def _page(
    need: Need, store: PanelStore, outputs: Outputs, spoiled: bool, n_jobs: int
) -> RobustnessPage:
    """Write the page of one city, or say why not."""
    name = f"robustness_{need.place}"
    title = f"{find_place(need.place).name}: how far could it be wrong?"
    try:
        panel, found = robustness_of(need, store, n_jobs=n_jobs)
        kind, where = main_type(found), where_of(panel.frame)
        frame = found.to_frame()
        write_page(outputs, name, found, kind, where, frame)
    except AutonomyStatsError as problem:
        absent = isinstance(problem, MissingDataError) and not spoiled
        status = "skipped" if absent else "failed"
        return RobustnessPage(FigureResult(name, title, status, str(problem), (need.files,)))
    result = FigureResult(
        name, _title(where, kind), "drawn", "", (need.files,), panel.sources, found.simulated, frame
    )
    joins = panel.join_report.assign(figure=name, panel=need.name)
    return RobustnessPage(result, found.summary(), joins)


def _title(where: str, school_type: str) -> str:
    return f"{where}: {type_label(school_type)}, how far could it be wrong?"
