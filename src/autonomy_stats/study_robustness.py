"""How far the estimates of a place could be wrong: its panel loaded, the result made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import MissingDataError, UsageError
from autonomy_stats.facts import find_place
from autonomy_stats.figures import fig01, fig03, fig06, fig10
from autonomy_stats.figures.base import Need
from autonomy_stats.labels import listed
from autonomy_stats.models.robustness import PARTS, Robustness, robustness
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.study_panels import load_needed

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.panel import Panel

__all__ = ["CITIES", "need_of", "robustness_of"]

OUTCOME = "proficient_pct"
GROWTH = "value"
"""Outcome of growth panels."""

REFERENCE = "traditional"
"""Type that all others are compared with."""


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
    school_types: Sequence[str] = (),
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
    school_types : sequence of str
        Types that must have an estimate.
    parts, n_jobs, progress
        As in `robustness`.

    Raises
    ------
    MissingDataError
        If the raw files do not hold the panel.
    UsageError
        If a type has no estimate; of one without schools, before minutes of work.
    """
    panel = load_needed(need, store)
    _refuse_absent(school_types, sorted(set(panel.frame["school_type"]) - {REFERENCE}))
    panel, whole = (panel, panel.frame) if outcome == GROWTH else _wider(panel, need, store)
    found = robustness(
        panel.frame,
        outcome,
        parts=parts,
        curve_frame=whole,
        n_jobs=n_jobs,
        progress=progress,
    )
    _refuse_absent(school_types, found.school_types)
    return panel, found


def _refuse_absent(asked: Sequence[str], there: Sequence[str]) -> None:
    """Stop if a type is asked for that is not there."""
    for kind in asked:
        if kind not in there:
            raise UsageError(f"{kind!r} has no estimate here; there are {', '.join(there)}")


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
