"""How alike the schools of a type and the reference schools are, before and after adjustment.

Before: as the files have them. After: with the weights that the regression itself gives each row,
since its estimate is a difference of two weighted means of the outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.mark import marked
from autonomy_stats.models.estimators import LEAST_SQUARES
from autonomy_stats.models.robustness.asked import design_of, types_of
from autonomy_stats.models.wls import linear_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.fit import Fit

__all__ = ["ADJUSTABLE", "SATISFIED", "balance", "equivalence"]

SATISFIED, ADJUSTABLE = 0.05, 0.25
"""The What Works Clearinghouse's thresholds of baseline equivalence, in standard deviations."""

NO_WEIGHT = 1e-9
"""A school's implied weight below this share of the whole is rounding, of either sign."""

COLUMNS = [
    "school_type",
    "control",
    "mean",
    "mean_reference",
    "std_dev",
    "std_difference",
    "equivalence",
    "variance_ratio",
    "mean_target",
    "mean_reference_adjusted",
    "std_difference_adjusted",
    "std_difference_reference",
    "variance_ratio_adjusted",
    "n_schools",
    "n_schools_reference",
    "n_effective",
    "n_effective_adjusted",
    "negative_schools_pct",
    "negative_weight_pct",
    "note",
]


def balance(fit: Fit) -> pd.DataFrame:
    """Compare the composition of each type with that of the reference, raw and adjusted.

    The unit is the school: its share is the mean over its rows, by the fit's weights. The
    standardized difference is the What Works Clearinghouse's Hedges g: the difference in means
    over the pooled standard deviation, times 1 - 3 / (4 N - 9), N the schools of both sides.

    Least squares is a weighting: the estimate of a type is the mean outcome of its rows, with
    weights that sum to one, less that of all other rows, of which the reference's weights sum to
    one and each other type's to zero. With these weights all controls are alike by construction:
    `std_difference_adjusted` is zero, but for rounding. That is paid for with fewer schools that
    count (`n_effective_adjusted`) and, where like is not at hand, with negative weights: there the
    regression goes beyond the schools that it has. `std_difference_reference` leaves out the other
    types' rows, and says how much of the likeness is not the reference schools' own but comes from
    slopes that other types' schools help to draw.

    Parameters
    ----------
    fit : Fit
        A fit with controls.

    Returns
    -------
    pandas.DataFrame
        One row a school type and control. `mean, mean_reference` (0-100), `std_dev` (pooled),
        `std_difference`; `equivalence`: `satisfied` to 0.05, `needs adjustment` to 0.25, else `not
        satisfied`; `variance_ratio` (type over reference); `mean_target`: the composition that the
        estimate is about, `mean_reference_adjusted`: of the reference schools, both by the implied
        weights; `std_difference_adjusted, std_difference_reference, variance_ratio_adjusted`.
        Of the reference schools: `n_effective, n_effective_adjusted`: how many schools of equal
        weight would do, raw and by the implied weights; `negative_schools_pct,
        negative_weight_pct`: percent of them, and of their absolute weights, that is negative.
        `note`: that of the type's estimate, or why nothing is adjusted.

    Raises
    ------
    EstimationError
        If the fit has no controls, or does not know its frame.

    References
    ----------
    What Works Clearinghouse (2022). *Procedures and Standards Handbook, Version 5.0.* Institute of
    Education Sciences.

    Chattopadhyay, A. and Zubizarreta, J. R. (2023). On the implied weights of linear regression for
    causal inference. *Biometrika* 110(3), 615-629.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats import estimate_effects
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcdefgh"), "school_type": ["traditional"] * 4 + ["pilot"] * 4,
    ...     "low_income_pct": [50.0, 60, 70, 80, 56, 66, 76, 86],
    ...     "proficient_pct": [40.0, 36, 33, 28, 41, 36, 34, 30],
    ... })
    >>> (row,) = balance(estimate_effects(frame, "proficient_pct")).to_dict("records")
    >>> row["mean"], row["mean_reference"], round(row["std_difference"], 3), row["equivalence"]
    (71.0, 65.0, 0.404, 'not satisfied')
    >>> abs(row["std_difference_adjusted"]) < 1e-9, round(row["mean_target"], 1)
    (True, 68.0)
    """
    if not fit.controls:
        raise EstimationError("the fit holds no share equal: name what to compare (controls=)")
    design = design_of(fit)
    implied = linear_weights(design) if fit.estimator in LEAST_SQUARES else pd.DataFrame()
    rows: list[dict[str, Any]] = []
    for effect in types_of(fit).to_dict("records"):
        kind, note = str(effect["school_type"]), str(effect["note"])
        if kind not in design.types:
            rows.append({"school_type": kind, "n_schools": effect["n_schools"], "note": note})
            continue
        if fit.estimator not in LEAST_SQUARES:
            note = f"{fit.estimator} is no least squares fit, and has no such weights"
        weights = implied[kind].to_numpy() if kind in implied else None
        counted = _reference_counts(design, weights)
        for control in design.controls:
            row = _raw(design, kind, control)
            if weights is not None:
                row |= _adjusted(design, kind, control, weights, row["std_dev"])
            rows.append({"school_type": kind, "control": control, **row, **counted, "note": note})
    return marked(pd.DataFrame(rows, columns=COLUMNS), fit)


def equivalence(std_difference: float) -> str:
    """Say what the What Works Clearinghouse makes of a standardized difference.

    Examples
    --------
    >>> [equivalence(value) for value in (-0.05, 0.2, 0.3)]
    ['satisfied', 'needs adjustment', 'not satisfied']
    """
    size = abs(std_difference)
    if not np.isfinite(size):
        return ""
    if size <= SATISFIED:
        return "satisfied"
    return "needs adjustment" if size <= ADJUSTABLE else "not satisfied"


def _row_weights(design: Design) -> NDArray[np.float64]:
    """Return the fit's weights of the rows; ones without."""
    return np.ones(len(design.frame)) if design.weights is None else design.weights


def _schools(design: Design, kind: str, control: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the share and the weight of each school of a type."""
    own = (design.frame["_type"] == kind).to_numpy()
    rows = pd.DataFrame(
        {
            "school": design.frame[design.school].to_numpy()[own],
            "weight": _row_weights(design)[own],
            "share": design.frame[control].to_numpy(float)[own],
        }
    )
    rows["product"] = rows["share"] * rows["weight"]
    sums = rows.groupby("school")[["weight", "product"]].sum()
    return (sums["product"] / sums["weight"]).to_numpy(), sums["weight"].to_numpy()


def _reference(design: Design) -> str:
    """Return the reference type of a design."""
    (reference,) = set(design.frame["_type"]) - set(design.types)
    return str(reference)


def _moments(values: NDArray[Any], weights: NDArray[Any]) -> tuple[float, float]:
    """Return a weighted mean and variance; the weights say whose average, not how many schools."""
    mean = float(np.average(values, weights=weights))
    count = len(values)
    if count < 2:
        return mean, float("nan")
    spread = float(np.average((values - mean) ** 2, weights=weights))
    return mean, spread * count / (count - 1)


def _raw(design: Design, kind: str, control: str) -> dict[str, Any]:
    """Compare a share between schools of a type and of the reference, as they are."""
    own, reference = (_schools(design, one, control) for one in (kind, _reference(design)))
    (mean, variance), (mean_reference, variance_reference) = _moments(*own), _moments(*reference)
    n, n_reference = len(own[0]), len(reference[0])
    # The sum of squares of a single school is zero, so that the other side's spread stands.
    squares = np.nansum([(n - 1) * variance, (n_reference - 1) * variance_reference])
    total = n + n_reference
    std_dev = float(np.sqrt(squares / (total - 2))) if total > 2 else float("nan")
    small = 1 - 3 / (4 * total - 9)
    difference = small * (mean - mean_reference) / std_dev if std_dev > 0 else float("nan")
    ratio = variance / variance_reference if variance_reference > 0 else float("nan")
    return {
        "mean": mean,
        "mean_reference": mean_reference,
        "std_dev": std_dev,
        "std_difference": difference,
        "equivalence": equivalence(difference),
        "variance_ratio": ratio,
        "n_schools": n,
        "n_schools_reference": n_reference,
    }


def _adjusted(
    design: Design, kind: str, control: str, weights: NDArray[Any], std_dev: float
) -> dict[str, Any]:
    """Compare a share by the implied weights, in the standard deviations of the raw comparison."""
    share = design.frame[control].to_numpy(float)
    kinds = design.frame["_type"].to_numpy()
    own, reference = kinds == kind, kinds == _reference(design)
    target = float(weights[own] @ share[own])
    others = -float(weights[~own] @ share[~own])
    of_reference = -float(weights[reference] @ share[reference])
    variance = float(weights[own] @ (share[own] - target) ** 2)
    variance_reference = -float(weights[reference] @ (share[reference] - of_reference) ** 2)
    # Negative weights can make a weighted variance negative: then there is no ratio.
    known = variance > 0 and variance_reference > 0
    scale = 1 / std_dev if std_dev > 0 else float("nan")
    return {
        "mean_target": target,
        "mean_reference_adjusted": of_reference,
        "std_difference_adjusted": (target - others) * scale,
        "std_difference_reference": (target - of_reference) * scale,
        "variance_ratio_adjusted": variance / variance_reference if known else float("nan"),
    }


def _reference_counts(design: Design, weights: NDArray[Any] | None) -> dict[str, Any]:
    """Return how many reference schools count, raw and by the implied weights."""
    reference = (design.frame["_type"] == _reference(design)).to_numpy()
    schools = design.frame[design.school].to_numpy()[reference]
    raw = pd.Series(_row_weights(design)[reference]).groupby(schools).sum().to_numpy()
    counts: dict[str, Any] = {"n_effective": _effective(raw)}
    if weights is None:
        return counts
    implied = pd.Series(-weights[reference]).groupby(schools).sum().to_numpy()
    negative = implied < -NO_WEIGHT * np.abs(implied).sum()
    counts["n_effective_adjusted"] = _effective(implied)
    counts["negative_schools_pct"] = 100 * float(negative.mean())
    counts["negative_weight_pct"] = 100 * float(
        np.abs(implied[negative]).sum() / np.abs(implied).sum()
    )
    return counts


def _effective(weights: NDArray[Any]) -> float:
    """Return Kish's effective number of schools: (sum w)^2 / sum w^2."""
    return float(weights.sum() ** 2 / (weights**2).sum())
