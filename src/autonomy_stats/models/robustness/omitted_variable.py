"""How strong a variable that was left out must be: the closed forms of Cinelli and Hazlett (2020).

All follow from the t statistic, or from the estimate and its standard error, and the residual
degrees of freedom of an ordinary least squares fit. The strength of a confounder is two shares:
`r2_type`, of the variance of the type that the other columns leave, and `r2_outcome`, of the
variance of the outcome that they and the type leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "adjusted_estimate",
    "adjusted_std_error",
    "benchmark_strength",
    "bias_factor",
    "partial_r2",
    "robustness_value",
    "value_of_factor",
]


def partial_r2(statistic: float, df: float) -> float:
    """Return what share of the outcome's residual variance a column explains.

    It is also the share of the column's own residual variance that a confounder needs to bring
    the estimate to zero, if it explains all that is left of the outcome.

    Parameters
    ----------
    statistic : float
        The column's classical t statistic.
    df : float
        Residual degrees of freedom of the fit.

    Examples
    --------
    The example of Cinelli and Hazlett:

    >>> round(partial_r2(4.18445, 783), 5)
    0.02187
    """
    _refuse_df(df)
    return float(statistic**2 / (statistic**2 + df))


def robustness_value(
    statistic: float, df: float, *, q: float = 1.0, conf_level: float | None = None
) -> float:
    """Return the strength at which a confounder overturns an estimate, equal on both sides.

    Parameters
    ----------
    statistic : float
        Classical t statistic of the estimate.
    df : float
        Residual degrees of freedom of the fit.
    q : float
        Share of the estimate that is to be explained away.
    conf_level : float, optional
        If given, the strength at which the interval of this level covers zero.

    Returns
    -------
    float
        Within 0 and 1. A confounder that explains less of both the type and the outcome can't
        do it.

    Examples
    --------
    >>> round(robustness_value(4.18445, 783), 5)
    0.13878
    >>> round(robustness_value(4.18445, 783, conf_level=0.95), 5)
    0.07626
    """
    from scipy import stats

    _refuse_df(df)
    if not q > 0:
        raise UsageError(f"q must be above 0; got {q!r}")
    factor = q * abs(statistic) / df**0.5
    if conf_level is not None:
        if not 0 < conf_level < 1:
            raise UsageError(f"conf_level must lie between 0 and 1; got {conf_level!r}")
        factor -= float(stats.t.ppf((1 + conf_level) / 2, df - 1)) / (df - 1) ** 0.5
    return value_of_factor(factor)


def value_of_factor(factor: float) -> float:
    """Return the equal strength at which `bias_factor` reaches a value; 0 below 0.

    Examples
    --------
    >>> round(float(bias_factor(0.2, 0.2)), 3), round(value_of_factor(0.2236), 3)
    (0.224, 0.2)
    """
    if not factor > 0:
        return 0.0
    return float(2 / (1 + np.sqrt(1 + 4 / factor**2)))


def bias_factor(r2_type: ArrayLike, r2_outcome: ArrayLike) -> NDArray[np.float64]:
    """Return the largest bias of a confounder, in units of standard error times root of df.

    Parameters
    ----------
    r2_type, r2_outcome : array_like
        Strengths; `r2_type` below 1, missing where there can be no such confounder.

    Examples
    --------
    >>> round(float(bias_factor(0.009164287, 0.12464092)), 6)
    0.033953
    """
    of_type, of_outcome = np.asarray(r2_type, float), np.asarray(r2_outcome, float)
    for name, share, most in (("r2_type", of_type, of_type < 1), ("r2_outcome", of_outcome, True)):
        bad = (share < 0) | (share > 1) | ~(most | np.isnan(share))
        if bad.any():
            limit = "[0, 1)" if name == "r2_type" else "[0, 1]"
            raise UsageError(f"{name} is a share in {limit}; got {share[bad].flat[0]:g}")
    found: NDArray[np.float64] = np.sqrt(of_outcome * of_type / (1 - of_type))
    return found


def adjusted_estimate(
    estimate: float, std_error: float, df: float, r2_type: ArrayLike, r2_outcome: ArrayLike
) -> NDArray[np.float64]:
    """Return the estimate next to a confounder that makes it as large as it can: nearer to zero.

    Parameters
    ----------
    estimate, std_error, df : float
        Estimate, its classical standard error, and residual degrees of freedom.
    r2_type, r2_outcome : array_like
        Strengths of the confounder.

    Returns
    -------
    numpy.ndarray
        Past zero where the confounder is strong enough to turn the sign.

    Examples
    --------
    >>> found = adjusted_estimate(0.09731582, 0.02325654, 783, 0.009164287, 0.12464092)
    >>> round(float(found), 5)
    0.07522
    """
    _refuse_df(df)
    bias = bias_factor(r2_type, r2_outcome) * std_error * df**0.5
    adjusted: NDArray[np.float64] = np.sign(estimate) * (abs(estimate) - bias)
    return adjusted


def adjusted_std_error(
    std_error: float, df: float, r2_type: ArrayLike, r2_outcome: ArrayLike
) -> NDArray[np.float64]:
    """Return the classical standard error of a fit that has the confounder as a column.

    Parameters
    ----------
    std_error, df : float
        Classical standard error, and residual degrees of freedom.
    r2_type, r2_outcome : array_like
        Strengths of the confounder.

    Examples
    --------
    >>> round(float(adjusted_std_error(0.02325654, 783, 0.009164287, 0.12464092)), 5)
    0.02187
    """
    _refuse_df(df)
    bias_factor(r2_type, r2_outcome)  # refuses what is no share
    left = (1 - np.asarray(r2_outcome, float)) / (1 - np.asarray(r2_type, float))
    found: NDArray[np.float64] = np.sqrt(left) * std_error * (df / (df - 1)) ** 0.5
    return found


def benchmark_strength(
    r2_type: float, r2_outcome: float, times: float = 1.0
) -> tuple[float, float]:
    """Bound the strength of a confounder that is so many times as strong as an observed control.

    Parameters
    ----------
    r2_type : float
        Share of the type's residual variance that the control explains, given the other columns.
    r2_outcome : float
        Share of the outcome's residual variance that it explains, given them and the type.
    times : float
        How many times as strong the confounder is, on both sides.

    Returns
    -------
    (float, float)
        Bounds of the confounder's `r2_type`, and of its `r2_outcome`, at most 1. Missing where
        no confounder can be so strong.

    Examples
    --------
    >>> tuple(round(share, 5) for share in benchmark_strength(0.0090811, 0.1090344))
    (0.00916, 0.12464)
    >>> benchmark_strength(0.4, 0.1, times=3)
    (nan, nan)
    """
    if not times > 0:
        raise UsageError(f"times must be above 0; got {times!r}")
    bias_factor(r2_type, r2_outcome)  # refuses what is no share
    if times * r2_type >= 1 - r2_type or r2_outcome >= 1:
        return float("nan"), float("nan")
    shared = times * r2_type**2 / ((1 - times * r2_type) * (1 - r2_type))
    if shared >= 1:
        return float("nan"), float("nan")
    scale = (times**0.5 + shared**0.5) ** 2 / (1 - shared)
    return times * r2_type / (1 - r2_type), min(1.0, scale * r2_outcome / (1 - r2_outcome))


def _refuse_df(df: float) -> None:
    """Stop where a fit leaves too little to judge."""
    if not df > 1:
        raise UsageError(f"df must be above 1; got {df!r}")
