"""Which panel each claim of the report is held against: its own years, else the nearest at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import AutonomyStatsError, MissingDataError
from autonomy_stats.facts import find_place
from autonomy_stats.figures.base import Need
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.scorecard.testable import FEWEST_REFERENCE, NOT_AT_HAND

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.panel import Panel

__all__ = ["CLAIM_NEEDS", "OWN_TESTS", "Held", "Panels"]

SIMULATED_ONLY = f"{NOT_AT_HAND}: the files of these results are simulated"

OWN_TESTS: Mapping[str, tuple[str, ...]] = {
    "boston": ("PARCC",),
    "los_angeles": ("Smarter Balanced",),
    "memphis": ("TCAP",),
    "denver": ("CMAS (PARCC)",),
    "indianapolis": ("ISTEP+",),
}
"""The tests that the report speaks of, as the package's tables call them."""

_GROWTH = {"table": "growth"}
_BOTH = {"subjects": ("ela_and_math",), "grades": "all"}


def _need(
    place: str,
    files: str,
    *years: tuple[int, ...],
    outcome: str = "proficient_pct",
    options: Mapping[str, Any] | None = None,
) -> tuple[Need, ...]:
    """Return needs of a place for the same outcome, best first."""
    return tuple(Need(outcome, place, one, files, (), options or {}) for one in years)


CLAIM_NEEDS: Mapping[tuple[str, str], tuple[Need, ...]] = {
    ("boston", "proficient_pct"): _need(
        "boston",
        "Massachusetts' PARCC results of 2015 and 2016",
        *((2015, 2016), (2016,), (2015,), (2018,), (2017,)),
    ),
    ("boston", "growth"): _need(
        "boston",
        "Massachusetts' growth percentiles of 2016",
        *((2016,), (2018,), (2017,)),
        outcome="value",
        options=_GROWTH,
    ),
    ("los_angeles", "proficient_pct"): _need(
        "los_angeles",
        "California's CAASPP research files of 2015 and 2016",
        *((2015, 2016), (2016,), (2015,), (2024,)),
    ),
    ("memphis", "proficient_pct"): (
        *_need("memphis", "Tennessee's TCAP school results of 2015", (2015,), (2014,)),
        *_need("memphis", "Tennessee's mean NCE of 2014", (2014,), outcome="mean_score"),
    ),
    ("memphis", "growth"): _need(
        "memphis",
        "Tennessee's TVAAS levels of 2015",
        (2015,),
        outcome="value",
        options=_GROWTH | {"measure": "tvaas_level"},
    ),
    ("denver", "proficient_pct"): _need(
        "denver",
        "Colorado's CMAS results of 2015 and 2016",
        *((2015, 2016), (2016,), (2015,), (2017,)),
    ),
    ("denver", "growth"): _need(
        "denver",
        "Colorado's median growth percentiles of 2016",
        *((2016,), (2017,)),
        outcome="value",
        options=_GROWTH,
    ),
    ("indianapolis", "growth"): _need(
        "indianapolis",
        "Indiana's school growth of 2017",
        *((2017,), (2016,)),
        outcome="value",
        options=_GROWTH,
    ),
    ("indianapolis", "both_passed_change"): _need(
        "indianapolis", "Indiana's ISTEP+ school results of 2016 and 2017", (2016, 2017),
        options=_BOTH,
    ),
    ("indiana", "both_passed_change"): _need(
        "indiana", "Indiana's ISTEP+ school results of 2016 and 2017", (2016, 2017), options=_BOTH
    ),
}  # fmt: skip
"""Needs by place and outcome of a claim, best first; the nearest years come last."""


@dataclass(frozen=True)
class Held:
    """A panel that is at hand, the need that it meets, and what was passed over before it."""

    need: Need
    panel: Panel
    passed_over: str = ""


@dataclass
class Panels:
    """The panels that claims are held against, each loaded once.

    Parameters
    ----------
    store : PanelStore
        Panels of the raw files at hand.
    """

    store: PanelStore
    loaded: dict[tuple[str, str, str], Held | str] = field(default_factory=dict)

    def of(self, place: str, outcome: str, subject: str = "") -> Held | str:
        """Return the best panel of real schools at hand, or the reason why there is none.

        Parameters
        ----------
        place, outcome : str
            Of a claim.
        subject : str
            One subject; default those of the need.
        """
        key = (place, outcome, subject)
        if key not in self.loaded:
            self.loaded[key] = self._load(*key)
        return self.loaded[key]

    def _load(self, place: str, outcome: str, subject: str) -> Held | str:
        """Try the needs of a claim, best first."""
        needs = CLAIM_NEEDS.get((place, outcome), ())
        reason = f"{NOT_AT_HAND}: {needs[0].files if needs else 'none are known'}"
        thin: set[int] = set()
        passed_over = ""
        for need in needs:
            if {*need.end_years} <= thin:  # a part of what was passed over
                continue
            options = {**need.options, **({"subjects": (subject,)} if subject else {})}
            try:
                panel = self.store.load(need.place, need.end_years, **options)
            except MissingDataError:
                continue
            except AutonomyStatsError as problem:
                return f"{NOT_AT_HAND}: {problem}"
            if panel.frame["simulated"].any():
                reason = SIMULATED_ONLY
                continue
            panel = replace(panel, frame=_of_own_test(panel.frame, place))
            known = panel.frame[panel.frame[need.name].notna()]
            if _is_whole(known, place):
                return Held(need, panel, passed_over)
            if len(known):
                thin |= {*need.end_years}
                passed_over = _too_thin(known, need)
        return reason


def _of_own_test(frame: pd.DataFrame, place: str) -> pd.DataFrame:
    """Return the rows of the report's test where there are any: some places took two at a time."""
    if "assessment" not in frame:
        return frame
    own = frame["assessment"].isin(OWN_TESTS.get(place, ()))
    return frame[own] if own.any() else frame


def _is_whole(known: pd.DataFrame, place: str) -> bool:
    """Tell whether results are a place's, or those of a few of its schools only."""
    if find_place(place).is_state:
        return len(known) > 0
    return _reference_schools(known) >= FEWEST_REFERENCE


def _reference_schools(known: pd.DataFrame) -> int:
    return int(known.loc[known["school_type"] == "traditional", "school_id"].nunique())


def _too_thin(known: pd.DataFrame, need: Need) -> str:
    """Say what was passed over."""
    years = " and ".join(map(str, need.end_years))
    count = _reference_schools(known)
    return (
        f"the results of {years} at hand are of {count or 'no'} district schools"
        f"{' only' if count else ''}, and were passed over"
    )
