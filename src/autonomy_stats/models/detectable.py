"""The smallest difference that a comparison could have shown, given its schools."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.effects import estimate_effects
from autonomy_stats.models.estimators import LEAST_SQUARES
from autonomy_stats.models.inference.prepared import prepare

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.wls import Fitted

__all__ = [
    "Components",
    "expected_std_errors",
    "minimum_detectable_effect",
    "noncentrality",
    "power_at",
    "variance_components",
]

COLUMNS = [
    "school_type",
    "n_schools",
    "df",
    "std_error",
    "detectable",
    "expected_std_error",
    "expected_detectable",
    "estimate",
    "note",
]

FAR = 7.0
"""From here on the normal tail, 1e-12, is no part of a power."""

NORMAL = 1e4
"""More degrees of freedom change the fourth digit, and the noncentral t is not to be had."""

FEWEST_DF = 0.5
"""Fewer degrees of freedom take hundreds of standard errors: nothing could be shown."""


def minimum_detectable_effect(
    frame: pd.DataFrame,
    outcome: str = "proficient_pct",
    *,
    power: float = 0.8,
    conf_level: float = 0.95,
    **options: Any,
) -> pd.DataFrame:
    """Return the smallest difference that each type's comparison could have shown.

    A true difference of this size would have given an interval without zero with probability
    `power`. It says what a comparison that shows nothing could have missed; it is no property
    of the schools, and no substitute for the interval.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel, as for `estimate_effects`.
    outcome : str
        Column to compare.
    power : float
        Probability, between 1 - `conf_level` and 1.
    conf_level : float
        Confidence level of the interval that is to leave zero out.
    **options
        Other arguments of `estimate_effects`.

    Returns
    -------
    pandas.DataFrame
        One row for each type but the reference: `school_type, n_schools, df, std_error,
        detectable, expected_std_error, expected_detectable, estimate, note`. `detectable` is
        from the noncentral t distribution with the estimate's own standard error and degrees of
        freedom. `expected_std_error` is that of a working model, so that it does not hang on how
        alike the few schools of a type happen to be: the errors of all schools vary between and
        within schools as those of the reference schools do. It is missing for estimators that
        are no weighted sum of outcomes.

    Raises
    ------
    UsageError
        If `power` is not between 1 - `conf_level` and 1, or for an argument of
        `estimate_effects`.
    EstimationError
        If the frame does not support the fit.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> found = aus.minimum_detectable_effect(panel.frame, weights=None, cluster="district_id")
    >>> found[["school_type", "n_schools", "std_error", "detectable"]].round(1)
               school_type  n_schools  std_error  detectable
    0  independent_charter         78        2.7         7.7
    """
    numbers = isinstance(conf_level, Real) and isinstance(power, Real)
    if not (numbers and 0 < conf_level < 1 and 1 - conf_level < power < 1):
        raise UsageError(
            f"power must lie between 1 - conf_level and 1; got power={power!r} with "
            f"conf_level={conf_level!r}"
        )
    fit = estimate_effects(frame, outcome, conf_level=conf_level, **options)
    rows = fit.effects[fit.effects["school_type"] != fit.reference].reset_index(drop=True)
    distance = np.array([noncentrality(df, power, conf_level) for df in rows["df"]])
    expected = rows["school_type"].map(expected_std_errors(fit)).astype(float)
    found = rows.assign(
        detectable=distance * rows["std_error"],
        expected_std_error=expected,
        expected_detectable=distance * expected,
    )
    return marked(found[COLUMNS], fit)


def noncentrality(df: float, power: float = 0.8, conf_level: float = 0.95) -> float:
    """Return how many standard errors from zero a difference must be, to be shown.

    The two-sided t test with `df` degrees of freedom rejects zero with probability `power`.
    Missing for missing degrees of freedom; infinite for fewer than half of one.

    Examples
    --------
    >>> round(noncentrality(1e6), 2), round(noncentrality(5), 2)
    (2.8, 3.51)
    """
    from scipy.optimize import brentq

    if not df > 0:
        return float("nan")
    if df < FEWEST_DF:
        return float("inf")

    def excess(distance: float) -> float:
        return power_at(distance, df, conf_level) - power

    high = 1.0
    while excess(high) < 0:
        high *= 2
    return float(brentq(excess, 0.0, high))


def power_at(distance: float, df: float, conf_level: float = 0.95) -> float:
    """Return how probably a difference of so many standard errors is shown.

    The two-sided t test with `df` degrees of freedom. Missing for missing degrees of freedom,
    and for fewer than half of one.

    Examples
    --------
    >>> round(power_at(2.8, 1e6), 2), round(power_at(0.0, 5), 2)
    (0.8, 0.05)
    """
    from scipy.stats import nct, t

    if not df >= FEWEST_DF or not distance >= 0:
        return float("nan")
    df = min(df, NORMAL)
    critical = float(t.ppf((1 + conf_level) / 2, df))
    # The other tail is below the normal tail beyond `distance`, and not to be had far out.
    other = nct.cdf(-critical, df, distance) if distance < FAR else 0.0
    return float(nct.sf(critical, df, distance) + other)


@dataclass(frozen=True)
class Components:
    """Variances of the errors between and within clusters (schools), in squared points."""

    between: float
    within: float

    @property
    def correlation(self) -> float:
        """Return the correlation of two rows of a cluster."""
        total = self.between + self.within
        return self.between / total if total > 0 else float("nan")


def variance_components(fitted: Fitted, chosen: NDArray[np.bool_]) -> Components:
    """Return how errors vary between and within clusters, from the residuals of some rows.

    By moments: the sum of squared residuals and the sum of squared cluster totals of residuals
    are set equal to what they are on average, which accounts for what the fit takes out of
    residuals. Unbiased if the errors of all rows are as modelled. A negative variance is set to
    zero, and rows that stand alone in their cluster leave all of it within.

    Parameters
    ----------
    fitted : Fitted
        A least squares fit.
    chosen : array of bool
        Its rows to use: whole clusters.
    """
    p = prepare(fitted.matrix, fitted.residuals, fitted.clusters, fitted.weights, None)
    size = np.diff(p.starts, append=len(p.weight))
    cluster = np.repeat(np.arange(len(size)), size)
    weighted = p.weight[:, None] * p.basis
    of_cluster = np.add.reduceat(weighted, p.starts)  # W U, summed over each cluster
    total = np.add.reduceat(p.basis, p.starts)
    # What errors within (identity) and between clusters (ones within each) put into the fit.
    within, between = weighted.T @ weighted, of_cluster.T @ of_cluster
    use = chosen[p.order]
    used = use[p.starts]

    def form(left: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
        quadratic: NDArray[np.float64] = np.einsum("ij,jk,ik->i", left, middle, left)
        return quadratic

    shared = np.einsum("ij,ij->i", p.basis, of_cluster[cluster])
    own = np.einsum("ij,ij->i", p.basis, weighted)
    both = np.einsum("ij,ij->i", total, of_cluster)
    moments = np.array(
        [
            [(1 - 2 * shared + form(p.basis, between))[use].sum(),
             (1 - 2 * own + form(p.basis, within))[use].sum()],
            [(size**2 - 2 * size * both + form(total, between))[used].sum(),
             (size - 2 * both + form(total, within))[used].sum()],
        ]
    )  # fmt: skip
    found = np.array(
        [
            np.sum(p.residual[use] ** 2),
            np.sum(np.add.reduceat(p.residual, p.starts)[used] ** 2),
        ]
    )
    if (size[used] > 1).any():
        between_variance, within_variance = np.linalg.solve(moments, found)
        if between_variance > 0:
            return Components(float(between_variance), max(float(within_variance), 0.0))
    return Components(0.0, float(found[0] / moments[0, 1]))


def expected_std_errors(fit: Fit) -> dict[str, float]:
    """Return the standard error of each type's estimate under the working model.

    The errors vary between and within clusters as those of the reference schools do. A type of
    one school is left out, as is every type of an estimator that is no weighted sum.
    """
    fitted = fit.fitted
    if fitted is None or fit.estimator not in LEAST_SQUARES:
        return {}
    noted = fit.effects[fit.effects["std_error"].notna()]
    types = [name for name in noted["school_type"] if name in fitted.terms]
    columns = [fitted.terms.index(name) for name in types]
    # A cluster may hold schools of several types: it counts if all its rows are of the reference.
    mixed = set(fitted.clusters[fitted.types != fit.reference])
    chosen = np.array([cluster not in mixed for cluster in fitted.clusters])
    if not chosen.any():
        return {}
    components = variance_components(fitted, chosen)
    p = prepare(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        fitted.weights,
        np.eye(len(fitted.terms))[columns],
    )
    share = (p.weight[:, None] * p.basis) @ p.coordinates
    totals = np.add.reduceat(share, p.starts)
    variance = components.within * (share**2).sum(axis=0)
    variance = variance + components.between * (totals**2).sum(axis=0)
    return dict(zip(types, np.sqrt(variance).tolist(), strict=True))
