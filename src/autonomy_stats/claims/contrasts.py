"""The estimates that the report's claims are held against, from the raw files at hand."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.claims.answers import (
    RAW_CHANGE,
    Answer,
    Claim,
    answer_to,
    question_of,
    reference_pct,
)
from autonomy_stats.claims.needs import Panels
from autonomy_stats.labels import type_label
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

JUDGED_KINDS = ("directional", "null", "ranking")
COUNTS = ("n_schools", "n_operators")
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
    answers: dict[tuple[str, ...], Answer | str] = {}
    core: dict[tuple[str, ...], pd.DataFrame] = {}
    rows: list[dict[Hashable, Any]] = []
    specified: list[dict[Hashable, Any]] = []
    for claim in claims.to_dict("records"):
        if claim["kind"] not in JUDGED_KINDS or not stated_contrasts(claim):
            continue
        question = question_of(claim)
        if question not in answers:
            answers[question] = answer_to(claim, panels)
        answer = answers[question]
        own = _rows(claim, answer)
        rows += own
        if isinstance(answer, Answer) and _in_tally(claim, own):
            if question not in core:
                core[question] = core_contrasts(answer.fit, _pairs(claims, question))
            specified += _specified(own, core[question])
    held = [one.panel.sources for one in panels.loaded.values() if not isinstance(one, str)]
    return ClaimContrasts(
        pd.DataFrame(rows, columns=list(CONTRAST_COLUMNS)),
        pd.DataFrame(specified, columns=[*CONTRAST_COLUMNS, "specification"]),
        pd.concat(held, ignore_index=True).drop_duplicates() if held else pd.DataFrame(),
    )


def _in_tally(claim: Claim, rows: Sequence[Claim]) -> bool:
    """Tell whether a claim is judged, and its estimate near enough to the report's to count."""
    return not why_untestable(True, rows) and grade_of(claim, rows) in COUNTED_GRADES


def _pairs(claims: pd.DataFrame, question: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return every pair of types that the claims of a question state."""
    own = [claim for claim in claims.to_dict("records") if question_of(claim) == question]
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


def _rows(claim: Claim, answer: Answer | str) -> list[dict[Hashable, Any]]:
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
        "reference_pct": reference_pct(answer),
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
