"""Findings of no difference, beside what the comparison could have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.models.design import require_columns
from autonomy_stats.models.detectable import power_at

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

__all__ = ["claims_power"]

COLUMNS = [
    "claim_id",
    "place",
    "school_type",
    "outcome",
    "design",
    "design_outcome",
    "n_schools",
    "df",
    "detectable",
    "expected_detectable",
    "power",
    "reading",
    "note",
]

CLAIM_COLUMNS = [
    "claim_id",
    "place",
    "school_type",
    "comparison",
    "kind",
    "is_composite",
    "outcome",
]
DESIGN_COLUMNS = [
    "place",
    "design",
    "outcome",
    "school_type",
    "n_schools",
    "df",
    "detectable",
    "expected_std_error",
    "expected_detectable",
    "note",
]

ALIKE = {
    "proficient_pct": ("proficient_pct", "mean_score"),
    "growth": ("value",),
    "test_scores": ("mean_score", "proficient_pct"),
}
"""Outcomes of panels that speak to a claimed outcome, the nearest first."""

REFERENCE = "traditional"
"""Type that the differences of the designs are from."""

LIKELY, EVEN = 0.8, 0.5
"""Power from which a difference would have been shown, and below which hardly."""

WOULD, MIGHT, HARDLY = "would have shown it", "might have missed it", "could hardly have shown it"


def claims_power(
    detectable: pd.DataFrame, claims: pd.DataFrame, *, size: float = 10.0
) -> pd.DataFrame:
    """Set claims of no difference beside what the nearest design at hand could have shown.

    A difference that is "not significant" says little if hardly any could have been.

    Parameters
    ----------
    detectable : pandas.DataFrame
        Tables of `minimum_detectable_effect`, stacked, with `place`, `design` (what it was made
        from, in words) and `outcome` (of the panel) beside its columns.
    claims : pandas.DataFrame
        The table `claims` (`autonomy_stats.facts.load_claims`); rows of the kind `null` that are
        not composite are looked at.
    size : float
        Difference to judge by, in the outcome's unit.

    Returns
    -------
    pandas.DataFrame
        One row for each claim and type: `claim_id, place, school_type, outcome, design,
        design_outcome, n_schools, df, detectable, expected_detectable, power, reading, note`.
        `power` is the probability with which the design's comparison shows a true difference of
        `size`, from the expected standard error; `reading` says so in words. A claim that no
        design at hand speaks to has the reason in `note`.

    Raises
    ------
    UsageError
        If a column is not there, or `size` is not above 0.

    Examples
    --------
    >>> import pandas as pd
    >>> claims = pd.DataFrame(
    ...     {"claim_id": ["BOS-G4"], "place": "boston", "school_type": "pilot", "kind": "null",
    ...      "comparison": "traditional", "is_composite": "no", "outcome": "growth"}
    ... )
    >>> detectable = pd.DataFrame(
    ...     {"place": ["boston"], "design": "growth 2018", "outcome": "value",
    ...      "school_type": "pilot", "n_schools": 12, "df": 10.8, "detectable": 6.3,
    ...      "expected_std_error": 2.3, "expected_detectable": 7.1, "note": ""}
    ... )
    >>> claims_power(detectable, claims)[["design", "expected_detectable", "reading"]]
            design  expected_detectable              reading
    0  growth 2018                  7.1  would have shown it
    """
    import pandas as pd

    require_columns(claims, CLAIM_COLUMNS)
    require_columns(detectable, DESIGN_COLUMNS)
    if not size > 0:
        raise UsageError(f"size must be above 0; got {size!r}")
    null = claims[(claims["kind"] == "null") & (claims["is_composite"] == "no")]
    rows = []
    for claim in null.to_dict("records"):
        for school_type in str(claim["school_type"]).split(";"):
            rows.append(_row(detectable, claim, school_type, size))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(
    detectable: pd.DataFrame, claim: dict[Hashable, Any], school_type: str, size: float
) -> dict[str, Any]:
    """Return what the nearest design says of a claim about one type."""
    row: dict[str, Any] = {name: claim[name] for name in ("claim_id", "place", "outcome")}
    row |= {"school_type": school_type, "design": "", "design_outcome": "", "reading": ""}
    outcomes = ALIKE.get(claim["outcome"], ())
    held = detectable[detectable["place"] == claim["place"]]
    if not held["outcome"].isin(outcomes).any():
        return row | {"note": f"no file at hand has {claim['outcome']} of this place"}
    if claim["comparison"] != REFERENCE:
        return row | {"note": f"compared with {claim['comparison']}, not with {REFERENCE} schools"}
    for outcome in outcomes:
        found = held[(held["outcome"] == outcome) & (held["school_type"] == school_type)]
        if len(found):
            return row | _of_design(found.iloc[0].to_dict(), size)
    return row | {"note": "the design at hand has no school of the type"}


def _of_design(found: dict[Hashable, Any], size: float) -> dict[str, Any]:
    """Return the part of a row that a design gives."""
    names = ("design", "n_schools", "df", "detectable", "expected_detectable", "note")
    power = power_at(size / found["expected_std_error"], found["df"])
    reading = ""
    if power == power:
        reading = WOULD if power >= LIKELY else MIGHT if power >= EVEN else HARDLY
    return {name: found[name] for name in names} | {
        "design_outcome": found["outcome"],
        "power": power,
        "reading": reading,
    }
