"""The verdicts, grades and tags of the scorecard."""

from __future__ import annotations

__all__ = [
    "AGREES",
    "BELOW_DELTA",
    "CANNOT_BE_TESTED",
    "CONTRADICTS",
    "COUNTED_GRADES",
    "NOT_FAR_ABOVE",
    "NOT_SLIGHT",
    "NO_CLAIM",
    "NO_DIFFERENCE",
    "OPPOSITE_SIGN",
    "OTHER_ORDER",
    "SAME_ORDER",
    "SAME_SIGN",
    "SEE_PARTS",
    "TOO_IMPRECISE",
    "VERDICTS",
]

AGREES = "agrees"
CONTRADICTS = "contradicts"
NO_DIFFERENCE = "no difference, and precise enough to say so"
SAME_SIGN = "same sign, not distinguishable"
OPPOSITE_SIGN = "opposite sign, not distinguishable"
SAME_ORDER = "same order, not distinguishable"
OTHER_ORDER = "other order"
TOO_IMPRECISE = "too imprecise"
CANNOT_BE_TESTED = "cannot be tested"
SEE_PARTS = "see its parts"
NO_CLAIM = "no claim"

VERDICTS = (
    AGREES,
    CONTRADICTS,
    NO_DIFFERENCE,
    SAME_SIGN,
    OPPOSITE_SIGN,
    SAME_ORDER,
    OTHER_ORDER,
    TOO_IMPRECISE,
    CANNOT_BE_TESTED,
    SEE_PARTS,
    NO_CLAIM,
)
"""Every verdict, in the order in which a tally lists them."""

BELOW_DELTA = "below delta"
NOT_SLIGHT = "not shown to be slight"
NOT_FAR_ABOVE = "not shown to be above delta"

COUNTED_GRADES = ("A", "B")
"""Grades that enter the tally; a claim of grade C is only borne on."""
