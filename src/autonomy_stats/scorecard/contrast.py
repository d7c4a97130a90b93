"""One difference between two types, with its intervals and the margins that it is held against."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from autonomy_stats.labels import type_label
from autonomy_stats.models.detectable import noncentrality
from autonomy_stats.models.standardize import points_of_sd

__all__ = ["DELTA_SD", "PERCENT", "SGP", "Contrast", "contrast_of", "margin", "pair_label"]

PERCENT = "percentage points"
SGP = "growth percentiles"

DELTA_SD = 0.10
"""Smallest difference that matters, in standard deviations of students."""

SLIGHT_SD = 0.25
"""A difference that is called slight is below this."""

SGP_POINTS = 3.0
"""The same as `DELTA_SD` in growth percentiles; other margins in proportion."""


@dataclass(frozen=True)
class Contrast:
    """A difference between two types, signed so that the claim says it is above zero.

    Parameters
    ----------
    theta : float
        The estimate times the claimed sign.
    low, high : float
        Its 95 % interval.
    low90, high90 : float
        Its 90 % interval, which tests at 5 % that it lies within a margin on both sides.
    low_joint, high_joint : float
        Its interval at level .05/k, of a claim with k contrasts: the 95 % interval if k is 1.
    delta : float
        Smallest difference that matters, in the unit of the estimate; missing where none is set.
    slight : float
        Largest difference that is called slight.
    is_first : bool
        Whether it is of the type that a ranking puts first.
    """

    theta: float
    low: float
    high: float
    low90: float
    high90: float
    low_joint: float
    high_joint: float
    delta: float
    slight: float
    is_first: bool = True
    label: str = ""
    detectable: float = float("nan")


def pair_label(row: Mapping[Hashable, Any]) -> str:
    """Return the words for the two types of a row.

    Examples
    --------
    >>> pair_label({"type_a": "pilot", "type_b": "traditional"})
    'pilot schools against district schools'
    """
    return f"{type_label(str(row['type_a']))} against {type_label(str(row['type_b']))}"


def margin(sd: float, unit: str, reference_pct: float) -> float:
    """Return a margin in the unit of an estimate.

    Of a percent, the probit at the reference rate, upwards and taken for both directions; of growth
    percentiles, in proportion to 3 points at 0.10. Missing in another unit.

    Examples
    --------
    >>> round(margin(0.10, PERCENT, 31.0), 1), margin(0.25, SGP, float("nan"))
    (3.6, 7.5)
    """
    if unit == PERCENT:
        points: Any = points_of_sd(sd, reference_pct)
        return float(points)
    return SGP_POINTS * sd / DELTA_SD if unit == SGP else float("nan")


def contrast_of(
    row: Mapping[Hashable, Any],
    *,
    sign: int,
    count: int,
    is_first: bool,
    delta_sd: float = DELTA_SD,
) -> Contrast:
    """Make a contrast of a row of estimates.

    Parameters
    ----------
    row : mapping
        `estimate, std_error, df, unit, reference_pct, type_a, type_b`.
    sign : {1, -1}
        What the claim says of type a against type b.
    count : int
        Contrasts of the claim.
    is_first : bool
        See `Contrast`.
    delta_sd : float
        The margin, in standard deviations of students.
    """
    from scipy import stats

    theta = sign * float(row["estimate"])
    half = {
        level: float(stats.t.isf(level / 2, row["df"])) * row["std_error"]
        for level in (0.05, 0.10, 0.05 / count)
    }
    unit, reference = str(row["unit"]), float(row["reference_pct"])
    return Contrast(
        theta=theta,
        low=theta - half[0.05],
        high=theta + half[0.05],
        low90=theta - half[0.10],
        high90=theta + half[0.10],
        low_joint=theta - half[0.05 / count],
        high_joint=theta + half[0.05 / count],
        delta=margin(delta_sd, unit, reference),
        slight=margin(SLIGHT_SD, unit, reference),
        is_first=is_first,
        label=pair_label(row),
        detectable=noncentrality(float(row["df"])) * float(row["std_error"]),
    )
