"""Which differences between types a claim states."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

__all__ = ["from_first", "stated_contrasts"]

UNSTATED_OUTCOMES = ("not_stated", "test_scores_change")
"""Outcomes that name no test, so that no estimate is of them."""

UNSTATED_COMPARISONS = ("before", "less_autonomous", "")
"""Comparisons that are no type of school."""


def stated_contrasts(claim: Mapping[Hashable, Any]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of types that a claim compares.

    Parameters
    ----------
    claim : mapping
        A row of `load_claims`.

    Returns
    -------
    tuple of (str, str)
        A type and what it is compared with. Of a ranking every pair of which one stands above the
        other, and that first; of other claims each type with each comparison. Empty if the claim
        states no test, year or type to compare.

    Examples
    --------
    >>> claim = {"kind": "ranking", "outcome": "growth", "to_end_year": 2016,
    ...          "school_type": "a;b", "comparison": "b;c;d", "sign": "a>b>c;d"}
    >>> stated_contrasts(claim)
    (('a', 'b'), ('a', 'c'), ('a', 'd'), ('b', 'c'), ('b', 'd'))
    """
    compared = _names(claim["comparison"])
    year = claim["to_end_year"]
    unstated = claim["outcome"] in UNSTATED_OUTCOMES or year is None or year != year
    if unstated or not compared or set(compared) & set(UNSTATED_COMPARISONS):
        return ()
    if claim["kind"] != "ranking":
        return tuple((one, other) for one in _names(claim["school_type"]) for other in compared)
    steps = [_names(step) for step in str(claim["sign"]).split(">")]
    return tuple(
        (one, other)
        for place, step in enumerate(steps)
        for one in step
        for lower in steps[place + 1 :]
        for other in lower
    )


def from_first(claim: Mapping[Hashable, Any], type_a: str) -> bool:
    """Tell whether a type stands first in a ranking, to which "none nearly as well" belongs."""
    return type_a in _names(str(claim["sign"]).partition(">")[0])


def _names(text: object) -> list[str]:
    """Split names that are joined by semicolons; a missing text has none."""
    return [name for name in text.split(";") if name] if isinstance(text, str) else []
