"""What answers a claim: a fit of the panel that its question asks for."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.claims.changes import CHANGE, DEPARTURE, change_fit
from autonomy_stats.claims.needs import OWN_TESTS, Panels
from autonomy_stats.errors import EstimationError
from autonomy_stats.facts import coverage
from autonomy_stats.models import estimate_effects

if TYPE_CHECKING:
    from autonomy_stats.models import Fit

__all__ = ["RAW_CHANGE", "Answer", "Claim", "answer_to", "question_of", "reference_pct"]

Claim = Mapping[Hashable, Any]
RAW_CHANGE = "proficient_pct_change"


@dataclass(frozen=True)
class Answer:
    """A fit, with what the scorecard needs to know of the panel that it is of.

    `shares` are the percents of the schools counted of a type that the roster names.
    """

    fit: Fit
    outcome: str
    assessment: str
    years: tuple[int, ...]
    same_test: bool
    same_construct: bool
    shares: Mapping[str, float]
    departure: str = ""


def question_of(claim: Claim) -> tuple[str, ...]:
    """Return what decides which fit answers a claim."""
    return (claim["place"], claim["outcome"], _subject(claim))


def _subject(claim: Claim) -> str:
    """Return the one subject that a claim is about; empty for ELA and mathematics together."""
    return str(claim["subject"]) if claim["subject"] in ("ela", "math") else ""


def answer_to(claim: Claim, panels: Panels) -> Answer | str:
    """Estimate what a claim is about, or say why it can't be."""
    try:
        if claim["outcome"] == CHANGE:
            return _change(claim, panels)
        return _difference(claim, panels)
    except EstimationError as problem:
        return f"no estimate: {problem}"


def _difference(claim: Claim, panels: Panels) -> Answer | str:
    """Estimate differences between types among schools of similar composition."""
    held = panels.of(*question_of(claim))
    if isinstance(held, str):
        return held
    need, frame, place = held.need, held.panel.frame, str(claim["place"])
    growth = need.name == "value"
    outcome = str(frame["measure"].iloc[0]) if growth else need.name
    names = sorted(frame["series" if growth else "assessment"].dropna().unique())
    own_years = set(range(int(claim["from_end_year"]), int(claim["to_end_year"]) + 1))
    # A state publishes one measure of growth a year, which is then the report's too.
    same_test = bool(own_years & {*need.end_years}) if growth else set(names) <= {*OWN_TESTS[place]}
    return Answer(
        fit=estimate_effects(frame, need.name),
        outcome=outcome,
        assessment="; ".join(names),
        years=need.end_years,
        same_test=same_test,
        same_construct=growth or need.name == claim["outcome"],
        shares=_shares(place, max(need.end_years)),
        departure=held.passed_over,
    )


def _change(claim: Claim, panels: Panels) -> Answer | str:
    """Estimate differences between raw changes of the same schools."""
    city, state = (panels.of(place, CHANGE) for place in (str(claim["place"]), "indiana"))
    if isinstance(city, str) or isinstance(state, str):
        return city if isinstance(city, str) else str(state)
    years = city.need.end_years
    return Answer(
        fit=change_fit(city.panel.frame, state.panel.frame),
        outcome=RAW_CHANGE,
        assessment="; ".join(sorted(city.panel.frame["assessment"].unique())),
        years=years,
        same_test=True,
        same_construct=True,
        shares=_shares(str(claim["place"]), max(years)),
        departure=DEPARTURE,
    )


def _shares(place: str, end_year: int) -> dict[str, float]:
    """Return how much of each type the roster names, by the largest count of the nearest year."""
    found = coverage(place, end_year)
    shares = pd.to_numeric(found["share_pct"]).groupby(found["school_type"]).min()
    return {str(kind): float(share) for kind, share in shares.items()}


def reference_pct(answer: Answer) -> float:
    """Return the percent proficient of the reference schools, weighted as the fit is."""
    fit = answer.fit
    column = "proficient_pct_first" if answer.outcome.endswith("_change") else "proficient_pct"
    if answer.outcome not in ("proficient_pct", RAW_CHANGE) or fit.asked is None:
        return float("nan")
    rows = fit.asked.frame
    rows = rows[rows["school_type"] == fit.reference].dropna(subset=[column])
    weight = rows[fit.weights].fillna(0.0) if fit.weights else pd.Series(1.0, rows.index)
    return float((rows[column] * weight).sum() / weight.sum())
