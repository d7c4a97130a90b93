"""Each school against the reference schools whose composition is within calipers of its own.

The idea is that of a virtual control: for each school of a type, an average of the district's
schools that serve a similar population.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.school_differences import SchoolEstimates, Weighed, weighted_differences

if TYPE_CHECKING:
    from autonomy_stats.models.design import Design
    from autonomy_stats.models.school_level import Schools

__all__ = ["CALIPER", "NEAREST", "fit_matched"]

CALIPER = 1.0
"""How far each share may lie from a school's own, in standard deviations of reference schools."""

NEAREST = 5
"""How many of the schools within the calipers a school is compared with, at most."""

ROUNDING = 1e-9
"""What a distance may exceed the caliper by."""


def fit_matched(
    design: Design,
    *,
    vcov: str,
    working: str,
    caliper: float = CALIPER,
    nearest: int = NEAREST,
) -> SchoolEstimates:
    """Compare each school of a type with the nearest reference schools within calipers.

    The unit is the school. Its outcome is the weighted mean of its rows, less what the regression
    of the reference schools' rows on cells and composition expects of them: this takes out the
    cells, and the difference in composition that the calipers leave (the bias adjustment of Abadie
    and Imbens 2011). Its composition is the weighted mean of the controls. A reference school is a
    comparison if each of its shares lies within the caliper; of those, the nearest by Mahalanobis
    distance count, equally. A reference school may serve several schools, and a school is never
    its own comparison in another year. The estimate is the average over the schools of the type
    that have a comparison, weighted by their rows' weights, or equally without weights: no
    statement on the others, which the type's note counts.

    Standard errors are those of the regression of these outcomes on the type with the weights that
    the matching gives, CR2 with Satterthwaite degrees of freedom, given the matches. A reference
    school that serves often has one residual with a large weight there, so that its error counts
    once, in full. Pair differences would count it as several.

    Parameters
    ----------
    design : Design
        Rows, columns and weights of the fit.
    vcov : {"CR2", "CR3", "CR0"}
        Cluster-robust covariance.
    working : {"identity", "inverse_weights"}
        Working model of CR2 and of the degrees of freedom.
    caliper : float
        How far each share may lie from a school's own, in standard deviations of the reference
        schools.
    nearest : int
        How many reference schools a school is compared with at most.

    Returns
    -------
    SchoolEstimates
        A type of fewer than ten schools, or with a comparison for fewer than half of them, has no
        estimate, and its reason in `type_notes`.

    Raises
    ------
    EstimationError
        If no type can be compared, or the reference schools do not support it.

    References
    ----------
    Abadie, A. and Imbens, G. W. (2011). Bias-corrected matching estimators for average treatment
    effects. *Journal of Business & Economic Statistics* 29(1), 1-11.

    Examples
    --------
    Pilot schools score 6 points above what their share of low-income students leads to expect.

    >>> import numpy as np, pandas as pd
    >>> from autonomy_stats.models.design import build_design
    >>> share = np.r_[np.linspace(10, 90, 30), np.linspace(20, 80, 10)]
    >>> pilot = np.arange(40) >= 30
    >>> frame = pd.DataFrame({
    ...     "school_id": [f"{n:02d}" for n in range(40)],
    ...     "school_type": np.where(pilot, "pilot", "traditional"), "low_income_pct": share,
    ...     "proficient_pct": 70 - share / 2 + 6 * pilot + np.tile([1.0, -1.0], 20),
    ... })
    >>> design = build_design(
    ...     frame, "proficient_pct", school_type="school_type", reference="traditional",
    ...     controls=["low_income_pct"], absorb=(), weights=None, cluster="school_id",
    ...     drop_types=(),
    ... )
    >>> fit = fit_matched(design, vcov="CR2", working="identity")
    >>> bool(abs(fit.table.loc["pilot", "estimate"] - 6) < 0.5)
    True
    """
    weigh = partial(_weigh, caliper=caliper, nearest=nearest)
    return weighted_differences(design, weigh, vcov=vcov, working=working)


def _weigh(schools: Schools, kind: str, *, caliper: float, nearest: int) -> Weighed:
    """Give each school of a type its weight, and share it among its comparisons."""
    own, reference = schools.of(kind), schools.of(schools.reference)
    gaps = schools.composition[own][:, None, :] - schools.composition[reference][None, :, :]
    allowed = (np.abs(gaps) <= caliper + ROUNDING).all(axis=2)
    allowed &= schools.names[own][:, None] != schools.names[reference][None, :]
    inverse = np.linalg.inv(np.atleast_2d(np.cov(schools.composition[reference].T)))
    distance = np.einsum("ijc,cd,ijd->ij", gaps, inverse, gaps)
    weights = np.zeros(len(schools.names))
    for i, school in enumerate(own):
        within = np.flatnonzero(allowed[i])
        chosen = within[np.argsort(distance[i, within], kind="stable")[:nearest]]
        if chosen.size:
            weights[school] = schools.weights[school]
            weights[reference[chosen]] += schools.weights[school] / chosen.size
    alone = int((~allowed.any(axis=1)).sum())
    lost = f"{alone} of {len(own)} schools have no comparison within the calipers"
    if alone == len(own):
        raise EstimationError(lost)
    return Weighed(weights, lost if alone else "")
