"""The schools behind an estimate: their results with all but one share held equal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.estimators import LEAST_SQUARES

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.wls import Fitted

__all__ = ["PartialResiduals", "partial_residuals", "reference_mean"]


@dataclass(frozen=True)
class PartialResiduals:
    """Schools of a fit along one control.

    Parameters
    ----------
    schools : pandas.DataFrame
        One row a school (a cluster of the fit, by type if it had two): its name in the cluster's
        column, `school_type`, the control, `adjusted`, `weight`, `n_rows`. `adjusted` is in the
        outcome's unit, `weight` the sum of the rows' weights.
    control : str
        The share along which they stand.
    level, slope : float
        The line ``level + slope * control`` on which schools of the reference type would stand.
    """

    schools: pd.DataFrame = field(repr=False)
    control: str
    level: float
    slope: float


def partial_residuals(fit: Fit, control: str = "low_income_pct") -> PartialResiduals:
    """Return each school's adjusted result: the outcome with all but one control held equal.

    A row's adjusted result is its outcome less what its cell (subject, grade, year) and its other
    controls add to the fit beyond their weighted mean over all rows; a school's is the weighted
    mean of its rows. So it keeps what goes with the one control, with the type, and what the fit
    does not explain. The weighted mean distance of a type's schools from the line is exactly the
    estimate of the type; one that other columns imply has schools here, and no estimate.

    Parameters
    ----------
    fit : Fit
        Result of `estimate_effects` by `wls` or `ols`.
    control : str
        Share along which schools are set.

    Returns
    -------
    PartialResiduals

    Raises
    ------
    UsageError
        If the share is not among the fit's controls.
    EstimationError
        If the estimator gives no linear fit.

    References
    ----------
    Larsen, W. A. and McCleary, S. J. (1972). The use of partial residual plots in regression
    analysis. *Technometrics* 14(3), 781-790.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct")
    >>> found = partial_residuals(fit)
    >>> len(found.schools), round(found.slope, 2)
    (1823, -0.46)
    """
    fitted = _linear(fit)
    if control not in fit.controls or control not in fitted.terms:
        raise UsageError(f"{control!r} is not held equal in the fit; it holds {fit.controls}")
    terms = list(fitted.terms)
    own = [terms.index(name) for name in (control, *_types(fit, fitted))]
    parts = fitted.matrix * fitted.coefficients
    weight = np.ones(len(parts)) if fitted.weights is None else fitted.weights
    level = float(np.average(np.delete(parts, own, axis=1).sum(axis=1), weights=weight))
    x = fitted.matrix[:, own[0]]
    adjusted = level + parts[:, own].sum(axis=1) + fitted.residuals
    rows = pd.DataFrame(
        {
            fit.cluster: fitted.clusters,
            "school_type": fitted.types,
            control: x * weight,
            "adjusted": adjusted * weight,
            "weight": weight,
            "n_rows": 1,
        }
    )
    schools = rows.groupby([fit.cluster, "school_type"], as_index=False).sum()
    means = {name: schools[name] / schools["weight"] for name in (control, "adjusted")}
    return PartialResiduals(
        marked(schools.assign(**means), fit),
        control,
        level,
        float(fitted.coefficients[own[0]]),
    )


def reference_mean(fit: Fit) -> float:
    """Return the mean outcome of the schools that a fit compares with, weighted as the fit is.

    Parameters
    ----------
    fit : Fit
        Result of `estimate_effects` by `wls` or `ols`.

    Raises
    ------
    EstimationError
        If the estimator gives no linear fit.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> round(reference_mean(fit), 1)
    73.1
    """
    fitted = _linear(fit)
    reference = fitted.types == fit.reference
    outcome = fitted.residuals + fitted.matrix @ fitted.coefficients
    weights = None if fitted.weights is None else fitted.weights[reference]
    return float(np.average(outcome[reference], weights=weights))


def _linear(fit: Fit) -> Fitted:
    """Return the linear fit of an estimator, or refuse."""
    if fit.fitted is None or fit.estimator not in LEAST_SQUARES:
        raise EstimationError(f"the estimator {fit.estimator!r} gives no linear fit; use 'wls'")
    return fit.fitted


def _types(fit: Fit, fitted: Fitted) -> list[str]:
    """Return the types that have a coefficient."""
    return [name for name in fit.effects["school_type"] if name in fitted.terms]
