"""The rules: of each kind of claim, what decides, in the order in which it is asked.

theta is the estimate times the claimed sign, [L, U] its 95 % and [l, u] its 90 % interval. The
first rule that holds gives the verdict. Where a claim speaks of several contrasts, all must agree,
and what contradicts it must do so at level .05/k, since there are k occasions for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from autonomy_stats.errors import UsageError
from autonomy_stats.scorecard.contrast import Contrast
from autonomy_stats.scorecard.words import (
    AGREES,
    BELOW_DELTA,
    CONTRADICTS,
    NO_DIFFERENCE,
    NOT_FAR_ABOVE,
    NOT_SLIGHT,
    OPPOSITE_SIGN,
    OTHER_ORDER,
    SAME_ORDER,
    SAME_SIGN,
    TOO_IMPRECISE,
)

__all__ = ["RULES", "Judgement", "Rule", "deciding", "judge", "rules_of"]

Contrasts = Sequence[Contrast]


class Rule(NamedTuple):
    """A condition on the contrasts of a claim, the verdict if it holds, and why in words."""

    holds: Callable[[Contrasts], bool]
    verdict: str
    words: str


class Judgement(NamedTuple):
    """A verdict, what is added to it, and why."""

    verdict: str
    tag: str
    reason: str


# Conditions


def all_above_zero(contrasts: Contrasts) -> bool:
    """Every L > 0."""
    return all(one.low > 0 for one in contrasts)


def all_above_zero_and_slight(contrasts: Contrasts) -> bool:
    """Every L > 0, and every u < .25 SD."""
    return all_above_zero(contrasts) and all(one.high90 < one.slight for one in contrasts)


def first_above_delta(contrasts: Contrasts) -> bool:
    """Every L > 0, and those of the type that stands first L > delta."""
    first = [one for one in contrasts if one.is_first]
    return all_above_zero(contrasts) and all(one.low > one.delta for one in first)


def any_below_zero(contrasts: Contrasts) -> bool:
    """Any U < 0 at level .05/k."""
    return any(one.high_joint < 0 for one in contrasts)


def any_above_zero(contrasts: Contrasts) -> bool:
    """Any L > 0 at level .05/k."""
    return any(one.low_joint > 0 for one in contrasts)


def all_within_delta(contrasts: Contrasts) -> bool:
    """Every -delta < l and u < delta."""
    return all(-one.delta < one.low90 and one.high90 < one.delta for one in contrasts)


def all_below_delta(contrasts: Contrasts) -> bool:
    """Every u < delta."""
    return all(one.high90 < one.delta for one in contrasts)


def any_apart_by_delta(contrasts: Contrasts) -> bool:
    """Any interval at level .05/k that excludes 0, with |theta| >= delta."""
    return any(not _covers_zero(one) and abs(one.theta) >= one.delta for one in contrasts)


def all_cover_zero(contrasts: Contrasts) -> bool:
    """Every interval at level .05/k covers 0."""
    return all(_covers_zero(one) for one in contrasts)


def all_lean_so(contrasts: Contrasts) -> bool:
    """Every theta > 0."""
    return all(one.theta > 0 for one in contrasts)


def otherwise(contrasts: Contrasts) -> bool:
    """Whatever is left."""
    return True


def _covers_zero(one: Contrast) -> bool:
    return one.low_joint <= 0 <= one.high_joint


# Rules

_DIRECTIONAL = (
    Rule(any_below_zero, CONTRADICTS, "the 95 % interval lies on the other side of 0"),
    Rule(all_within_delta, NO_DIFFERENCE, "the 90 % interval lies within delta on both sides"),
    Rule(all_lean_so, SAME_SIGN, "the estimate has the claimed sign, and no more can be said"),
    Rule(otherwise, OPPOSITE_SIGN, "the estimate has not the claimed sign; no more can be said"),
)
_PLAIN = (Rule(all_above_zero, AGREES, "the 95 % interval lies on the claimed side of 0"),)
_SLIGHT = (
    Rule(
        all_above_zero_and_slight,
        AGREES,
        "the 95 % interval lies on the claimed side of 0, the 90 % interval below .25 SD",
    ),
)
_SAME = (
    Rule(all_within_delta, AGREES, "the 90 % interval lies within delta on both sides"),
    Rule(any_apart_by_delta, CONTRADICTS, "the interval excludes 0, the estimate is delta or more"),
    Rule(otherwise, TOO_IMPRECISE, "neither within delta nor shown to be apart"),
)
_NO_MORE = (
    Rule(all_below_delta, AGREES, "the 90 % interval lies below delta"),
    Rule(any_above_zero, CONTRADICTS, "the interval lies above 0"),
    Rule(otherwise, TOO_IMPRECISE, "neither below delta nor shown to be above 0"),
)
_NOT_SIGNIFICANT = (
    Rule(all_cover_zero, AGREES, "the interval covers 0"),
    Rule(otherwise, CONTRADICTS, "the interval excludes 0"),
)
_RANKING = (
    Rule(any_below_zero, CONTRADICTS, "a contrast lies on the other side of 0, at level .05/k"),
    Rule(all_lean_so, SAME_ORDER, "the estimates have the claimed order, and no more can be said"),
    Rule(otherwise, OTHER_ORDER, "the estimates have another order; no more can be said"),
)
_ORDER = (Rule(all_above_zero, AGREES, "every contrast's 95 % interval lies above 0"),)
_NONE_NEARLY = (
    Rule(
        first_above_delta,
        AGREES,
        "every contrast's 95 % interval lies above 0, and above delta for the type that is first",
    ),
)

RULES: dict[str, dict[str, tuple[Rule, ...]]] = {
    "directional": {
        "plain": _PLAIN + _DIRECTIONAL,
        "generally": _PLAIN + _DIRECTIONAL,
        "slightly": _SLIGHT + _DIRECTIONAL,
    },
    "null": {
        "about_the_same": _SAME,
        "no_more_likely": _NO_MORE,
        "not_significant": _NOT_SIGNIFICANT,
    },
    "ranking": {
        "plain": _ORDER + _RANKING,
        "ranking": _ORDER + _RANKING,
        "much_higher": _ORDER + _RANKING,
        "none_nearly_as_well": _NONE_NEARLY + _RANKING,
    },
}
"""Rules by kind and wording of a claim."""


def rules_of(kind: str, wording: str) -> tuple[Rule, ...]:
    """Return the rules of a kind and wording; the last holds always, so that one is sure to.

    Raises
    ------
    UsageError
        If there are none.

    Examples
    --------
    >>> [rule.verdict for rule in rules_of("null", "not_significant")]
    ['agrees', 'contradicts']
    """
    rules = RULES.get(kind, {}).get(wording)
    if rules is None:
        known = "; ".join(f"{name}: {', '.join(wordings)}" for name, wordings in RULES.items())
        raise UsageError(f"no rule for a {kind!r} claim worded {wording!r}; there are {known}")
    return rules


def judge(kind: str, wording: str, contrasts: Contrasts) -> Judgement:
    """Return the verdict of a claim on its contrasts.

    Raises
    ------
    UsageError
        If no rule is of this kind and wording, there is no contrast, or a directional claim has
        several.

    Examples
    --------
    >>> one = Contrast(4.0, 1.0, 7.0, 1.5, 6.5, 1.0, 7.0, delta=3.6, slight=9.3)
    >>> judge("directional", "plain", [one]).verdict
    'agrees'
    """
    rules = rules_of(kind, wording)
    if not contrasts or (kind == "directional" and len(contrasts) > 1):
        raise UsageError(f"a {kind} claim can't be judged on {len(contrasts)} contrasts")
    rule = next(rule for rule in rules if rule.holds(contrasts))
    return Judgement(rule.verdict, _tag(kind, wording, rule.verdict, contrasts), rule.words)


def _tag(kind: str, wording: str, verdict: str, contrasts: Contrasts) -> str:
    """Return what a reader must know beside the verdict."""
    if kind == "directional" and verdict == AGREES:
        return BELOW_DELTA if all_below_delta(contrasts) else ""
    if wording == "slightly" and all_above_zero(contrasts):
        return NOT_SLIGHT
    if wording == "much_higher" and verdict == AGREES and not first_above_delta(contrasts):
        return NOT_FAR_ABOVE
    return ""


def deciding(kind: str, wording: str, contrasts: Contrasts) -> Contrast:
    """Return the contrast that speaks most against a claim, which its row of the table shows."""
    if kind != "null":
        return min(contrasts, key=lambda one: one.low)
    if wording == "no_more_likely":
        return max(contrasts, key=lambda one: one.high90)
    return max(contrasts, key=lambda one: max(abs(one.low90), abs(one.high90)))
