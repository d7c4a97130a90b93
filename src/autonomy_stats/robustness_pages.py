"""The page of each city that tells how far its estimate could be wrong, as a run writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autonomy_stats.errors import AutonomyStatsError, MissingDataError
from autonomy_stats.facts import find_place
from autonomy_stats.figures.base import Need
from autonomy_stats.figures.robustness_page import plot_robustness
from autonomy_stats.labels import listed, springs, type_label
from autonomy_stats.mark import MARK
from autonomy_stats.models.robustness import Robustness
from autonomy_stats.models.robustness.sentences import sentences
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.study_robustness import CITIES, robustness_of
from autonomy_stats.study_run import FigureResult, undrawn

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.outputs import Outputs

__all__ = ["RobustnessPage", "main_type", "robustness_pages", "where_of", "write_page"]


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
    both = []
    if "subject" in frame and set(frame["subject"]) == {"ela_and_math"}:
        # Estimates of one test elsewhere may be of all grades in one, and differ.
        both = ["both tests passed" + " in each grade" * (set(frame["grade"]) != {"all"})]
    return ", ".join([place, *([listed(tests)] if tests else []), *both, springs(years)])


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
        made.append(_page(need, store, outputs, spoiled, n_jobs))
    return made


def _page(
    need: Need, store: PanelStore, outputs: Outputs, spoiled: Sequence[str], n_jobs: int
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
        return RobustnessPage(undrawn(name, title, (need.files,), problem, spoiled))
    result = FigureResult(
        name, _title(where, kind), "drawn", "", (need.files,), panel.sources, found.simulated, frame
    )
    joins = panel.join_report.assign(figure=name, panel=need.name)
    return RobustnessPage(result, found.summary(), joins)


def _title(where: str, school_type: str) -> str:
    return f"{where}: {type_label(school_type)}, how far could it be wrong?"
