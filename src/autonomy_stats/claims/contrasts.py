"""The estimates that the report's claims are held against, from the raw files at hand."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.claims.changes import CHANGE, DEPARTURE, change_fit
from autonomy_stats.claims.needs import OWN_TESTS, Panels
from autonomy_stats.errors import EstimationError
from autonomy_stats.facts import coverage
from autonomy_stats.labels import type_label
from autonomy_stats.models import estimate_effects
from autonomy_stats.models.contrasts import compare_pairs
from autonomy_stats.models.robustness import core_contrasts
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.scorecard import CONTRAST_COLUMNS, stated_contrasts
from autonomy_stats.scorecard.contrast import PERCENT, SGP
from autonomy_stats.scorecard.inputs import NUMBERS, TEXTS
from autonomy_stats.scorecard.testable import grade_of, why_untestable
from autonomy_stats.scorecard.words import COUNTED_GRADES

if TYPE_CHECKING:
    from autonomy_stats.models import Fit

__all__ = ["ClaimContrasts", "contrasts_of_claims"]

Claim = Mapping[Hashable, Any]
JUDGED_KINDS = ("directional", "null", "ranking")
COUNTS = ("n_schools", "n_operators")
RAW_CHANGE = "proficient_pct_change"
UNITS = {
    "proficient_pct": PERCENT,
    RAW_CHANGE: PERCENT,
    "mean_score": "points of the test",
    "sgp_median": SGP,
    "sgp_mean": SGP,
    "mgp": SGP,
    "tvaas_level": "growth levels",
}


@dataclass(frozen=True)
class ClaimContrasts:
    """What `score` takes.

    Parameters
    ----------
    contrasts : pandas.DataFrame
        One row for each claim and pair of types that it states.
    specifications : pandas.DataFrame
        The same in each core specification, of claims whose estimate enters the tally.
    sources : pandas.DataFrame
        Files that the estimates were made from.
    """

    contrasts: pd.DataFrame
    specifications: pd.DataFrame = field(repr=False)
    sources: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class _Answer:
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


def contrasts_of_claims(
    claims: pd.DataFrame, raw: str | os.PathLike[str] | PanelStore | None = None
) -> ClaimContrasts:
    """Estimate every contrast that the claims state, as far as the raw files at hand allow.

    Claims of the same results share a fit. Simulated files are refused: their claims get the reason
    in `problem`, as do claims whose results are not at hand. The core specifications are estimated
    for claims whose own test and one of whose own years are at hand.

    Parameters
    ----------
    claims : pandas.DataFrame
        As `load_claims` returns them.
    raw : path or PanelStore, optional
        Folder of raw files, default `$AUTONOMY_STATS_RAW`, else `data/raw`; or panels of it.

    Returns
    -------
    ClaimContrasts

    Examples
    --------
    >>> import tempfile
    >>> import autonomy_stats as aus
    >>> with tempfile.TemporaryDirectory() as nothing:
    ...     made = contrasts_of_claims(aus.load_claims(), nothing)
    >>> made.contrasts.set_index("claim_id").loc["DEN-P1", "problem"]
    "no results at hand: Colorado's CMAS results of 2015 and 2016"
    """
    panels = Panels(raw if isinstance(raw, PanelStore) else PanelStore(raw))
    answers: dict[tuple[str, ...], _Answer | str] = {}
    core: dict[tuple[str, ...], pd.DataFrame] = {}
    rows: list[dict[Hashable, Any]] = []
    specified: list[dict[Hashable, Any]] = []
    for claim in claims.to_dict("records"):
        if claim["kind"] not in JUDGED_KINDS or not stated_contrasts(claim):
            continue
        question = _question(claim)
        if question not in answers:
            answers[question] = _answer(claim, panels)
        answer = answers[question]
        own = _rows(claim, answer)
        rows += own
        if isinstance(answer, _Answer) and _in_tally(claim, own):
            if question not in core:
                core[question] = core_contrasts(answer.fit, _pairs(claims, question))
            specified += _specified(own, core[question])
    held = [one.panel.sources for one in panels.loaded.values() if not isinstance(one, str)]
    return ClaimContrasts(
        pd.DataFrame(rows, columns=list(CONTRAST_COLUMNS)),
        pd.DataFrame(specified, columns=[*CONTRAST_COLUMNS, "specification"]),
        pd.concat(held, ignore_index=True).drop_duplicates() if held else pd.DataFrame(),
    )


def _question(claim: Claim) -> tuple[str, ...]:
    """Return what decides which fit answers a claim."""
    return (claim["place"], claim["outcome"], _subject(claim))


def _subject(claim: Claim) -> str:
    """Return the one subject that a claim is about; empty for ELA and mathematics together."""
    return str(claim["subject"]) if claim["subject"] in ("ela", "math") else ""


def _in_tally(claim: Claim, rows: Sequence[Claim]) -> bool:
    """Tell whether a claim is judged, and its estimate near enough to the report's to count."""
    return not why_untestable(True, rows) and grade_of(claim, rows) in COUNTED_GRADES


def _answer(claim: Claim, panels: Panels) -> _Answer | str:
    """Estimate what a claim is about, or say why it can't be."""
    try:
        if claim["outcome"] == CHANGE:
            return _change(claim, panels)
        return _difference(claim, panels)
    except EstimationError as problem:
        return f"no estimate: {problem}"


def _difference(claim: Claim, panels: Panels) -> _Answer | str:
    """Estimate differences between types among schools of similar composition."""
    held = panels.of(*_question(claim))
    if isinstance(held, str):
        return held
    need, frame, place = held.need, held.panel.frame, str(claim["place"])
    growth = need.name == "value"
    outcome = str(frame["measure"].iloc[0]) if growth else need.name
    names = sorted(frame["series" if growth else "assessment"].dropna().unique())
    own_years = set(range(int(claim["from_end_year"]), int(claim["to_end_year"]) + 1))
    # A state publishes one measure of growth a year, which is then the report's too.
    same_test = bool(own_years & {*need.end_years}) if growth else set(names) <= {*OWN_TESTS[place]}
    return _Answer(
        fit=estimate_effects(frame, need.name),
        outcome=outcome,
        assessment="; ".join(names),
        years=need.end_years,
        same_test=same_test,
        same_construct=growth or need.name == claim["outcome"],
        shares=_shares(place, max(need.end_years)),
        departure=held.passed_over,
    )


def _change(claim: Claim, panels: Panels) -> _Answer | str:
    """Estimate differences between raw changes of the same schools."""
    city, state = (panels.of(place, CHANGE) for place in (str(claim["place"]), "indiana"))
    if isinstance(city, str) or isinstance(state, str):
        return city if isinstance(city, str) else str(state)
    years = city.need.end_years
    return _Answer(
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


def _pairs(claims: pd.DataFrame, question: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return every pair of types that the claims of a question state."""
    own = [claim for claim in claims.to_dict("records") if _question(claim) == question]
    return list(dict.fromkeys(pair for claim in own for pair in stated_contrasts(claim)))


def _specified(
    rows: Sequence[dict[Hashable, Any]], core: pd.DataFrame
) -> list[dict[Hashable, Any]]:
    """Return a claim's contrasts in each core specification, which differ in their numbers only."""
    common = {(row["type_a"], row["type_b"]): row for row in rows}
    return [
        common[row["type_a"], row["type_b"]] | row
        for row in core.to_dict("records")
        if (row["type_a"], row["type_b"]) in common
    ]


def _rows(claim: Claim, answer: _Answer | str) -> list[dict[Hashable, Any]]:
    """Return a claim's contrasts."""
    pairs = stated_contrasts(claim)
    blank: dict[Hashable, Any] = {
        **dict.fromkeys(NUMBERS, float("nan")),
        **dict.fromkeys(TEXTS, ""),
    }
    blank |= {"claim_id": claim["claim_id"], "outcome": claim["outcome"], "unit": ""}
    blank |= {"same_construct": True, "same_test": False}
    if isinstance(answer, str):
        return [blank | {"type_a": a, "type_b": b, "problem": answer} for a, b in pairs]
    held_equal = answer.outcome != RAW_CHANGE
    common = blank | {
        "outcome": answer.outcome,
        "unit": UNITS.get(answer.outcome, answer.outcome),
        "n_schools_reference": answer.fit.schools(answer.fit.reference),
        "reference_pct": _reference_pct(answer),
        "assessment": answer.assessment,
        "end_years": ";".join(map(str, answer.years)),
        "same_construct": answer.same_construct,
        "same_test": answer.same_test,
        "missing_controls": " ".join(answer.fit.missing_controls) if held_equal else "",
        "departure": answer.departure,
    }
    rows = []
    for (type_a, type_b), numbers in zip(pairs, _numbers(answer.fit, pairs), strict=True):
        shares = {
            f"coverage_pct_{side}": answer.shares[name]
            for side, name in (("a", type_a), ("b", type_b))
            if name in answer.shares
        }
        rows.append(common | {"type_a": type_a, "type_b": type_b} | shares | numbers)
    return rows


def _numbers(fit: Fit, pairs: Sequence[tuple[str, str]]) -> list[dict[Hashable, Any]]:
    """Return each pair's contrast and schools, or the reason why there is none."""
    effects = {str(row["school_type"]): row for row in fit.effects.to_dict("records")}
    missing = {
        name: f"no estimate of {type_label(name)}: {effects[name]['note']}"
        if name in effects
        else f"{type_label(name)}: none among the results"
        for pair in pairs
        for name in pair
        if name not in effects or pd.isna(effects[name]["estimate"])
    }
    known = [pair for pair in pairs if not missing.keys() & {*pair}]
    compared = dict(zip(known, compare_pairs(fit, known).to_dict("records"), strict=True))
    rows: list[dict[Hashable, Any]] = []
    for pair in pairs:
        if pair not in compared:
            rows.append({"problem": next(missing[name] for name in pair if name in missing)})
            continue
        found = compared[pair]
        row: dict[Hashable, Any] = {name: found[name] for name in ("estimate", "std_error", "df")}
        for side, name in zip("ab", pair, strict=True):
            row |= {f"{what}_{side}": effects[name][what] for what in COUNTS}
        words = " against ".join(map(type_label, pair))
        why = "" if found["std_error"] > 0 else f"{words}: {found['note']}"
        rows.append(row | {"problem": why})
    return rows


def _reference_pct(answer: _Answer) -> float:
    """Return the percent proficient of the reference schools, weighted as the fit is."""
    fit = answer.fit
    column = "proficient_pct_first" if answer.outcome.endswith("_change") else "proficient_pct"
    if answer.outcome not in ("proficient_pct", RAW_CHANGE) or fit.asked is None:
        return float("nan")
    rows = fit.asked.frame
    rows = rows[rows["school_type"] == fit.reference].dropna(subset=[column])
    weight = rows[fit.weights].fillna(0.0) if fit.weights else pd.Series(1.0, rows.index)
    return float((rows[column] * weight).sum() / weight.sum())
