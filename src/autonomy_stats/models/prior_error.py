"""How far error in the prior could move the differences of a value-added fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.design import Design, build_design
from autonomy_stats.models.prior import PRIOR, STUDENTS, WITH_PRIOR

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.fit import Fit

__all__ = ["prior_error"]

DESIGN_OPTIONS = (
    "school_type",
    "reference",
    "controls",
    "absorb",
    "weights",
    "cluster",
    "drop_types",
)

MOST_UNKNOWN = 0.05
"""Largest share of the priors whose error is taken to be like that of the others."""


def prior_error(fit: Fit, reliability: float | None = None) -> pd.DataFrame:
    """Return each type's difference, and what it would be if the prior had no error.

    Least squares on a prior with error takes too little of the prior out: its slope is too small
    by the reliability, the share of what the prior varies by, other columns held equal, that is
    no error. A type whose prior lies lower than that of comparable reference schools then looks
    too low, and one whose prior lies higher too high.

    That holds for errors that have nothing to do with the type. Where schools are given a type
    because of the very result that serves as prior, its error is part of the reason, and the
    difference at equal priors needs no correction.

    Parameters
    ----------
    fit : Fit
        Of `estimate_value_added`.
    reliability : float, optional
        Within (0, 1]. Default, for percents: from the binomial variance of each prior given its
        number of students. With `same_grade`, where other students were tested, this is the error
        of chance in who they were. With `same_cohort` they are mostly the same students, whose
        chance shows in both results and is no error: the true reliability is then higher, and the
        correction is the most that sampling could ask for. Either way, errors of a test that a
        whole school shares are not in it. Up to 5 % of the priors may be of an unknown number of
        students, and are taken to be like the others.

    Returns
    -------
    pandas.DataFrame
        One row a type with an estimate: `school_type, estimate, prior_gap` (how far the prior
        lies above that of comparable reference schools), `prior_slope, reliability,
        estimate_corrected`. No interval: the reliability is taken as known, and of the correction
        only the direction and the size should be read.

    Raises
    ------
    UsageError
        If the fit is none of `estimate_value_added`, `reliability` lies outside (0, 1], or it
        can't be computed: the outcome is no percent, or the number of students is not known.

    References
    ----------
    Fuller, W. A. (1987). *Measurement Error Models*, section 2.2. Wiley.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats.models.value_added import estimate_value_added
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcde") * 2, "end_year": [2016] * 5 + [2017] * 5,
    ...     "school_type": (["pilot"] * 2 + ["traditional"] * 3) * 2,
    ...     "grade": ["03"] * 5 + ["04"] * 5, "n_tested": 50,
    ...     "proficient_pct": [20.0, 40, 50, 30, 40, 24, 34, 35, 25, 30],
    ... })
    >>> fit = estimate_value_added(frame, "proficient_pct", controls=[])
    >>> prior_error(fit, reliability=0.8).round(2).iloc[0].to_dict()
    {'school_type': 'pilot', 'estimate': 4.0, 'prior_gap': -10.0, 'prior_slope': 0.5, \
'reliability': 0.8, 'estimate_corrected': 5.25}
    """
    import pandas as pd

    prior = f"{PRIOR}{fit.outcome.removesuffix(WITH_PRIOR)}"
    if fit.asked is None or prior not in fit.controls:
        raise UsageError("expected a fit of estimate_value_added")
    if reliability is not None and not 0 < reliability <= 1:
        raise UsageError(f"reliability must lie within (0, 1]; got {reliability!r}")
    options = {name: fit.asked.options[name] for name in DESIGN_OPTIONS}
    design = build_design(fit.asked.frame, fit.outcome, **options)
    gaps, left, leverage = _projected(design, prior)
    if reliability is None:
        reliability = _reliability(design, prior, left, leverage)
    slope = float(fit.coefficients.set_index("term")["estimate"].to_dict()[prior])
    effects = fit.effects[fit.effects["estimate"].notna()]
    gap = effects["school_type"].map(gaps).fillna(0.0).astype(float)
    more = slope * (1 / reliability - 1) if reliability > 0 else np.nan
    table = pd.DataFrame(
        {
            "school_type": effects["school_type"],
            "estimate": effects["estimate"],
            "prior_gap": gap,
            "prior_slope": slope,
            "reliability": reliability,
            "estimate_corrected": effects["estimate"] - more * gap,
        }
    )
    return marked(table.reset_index(drop=True), fit)


def _projected(
    design: Design, prior: str
) -> tuple[dict[str, float], NDArray[np.float64], NDArray[np.float64]]:
    """Regress the prior on the other columns: gaps of the types, residuals, leverages."""
    at = design.terms.index(prior)
    others = np.delete(design.matrix, at, axis=1)
    terms = [term for term in design.terms if term != prior]
    root = np.ones(len(others)) if design.weights is None else np.sqrt(design.weights)
    basis, triangle = np.linalg.qr(others * root[:, None])
    values = design.matrix[:, at]
    coefficients = np.linalg.solve(triangle, basis.T @ (root * values))
    gaps = {t: float(c) for t, c in zip(terms, coefficients, strict=True) if t in design.types}
    return gaps, values - others @ coefficients, (basis**2).sum(axis=1)


def _reliability(
    design: Design, prior: str, left: NDArray[np.float64], leverage: NDArray[np.float64]
) -> float:
    """Return the share of the prior's remaining variance that is more than binomial error."""
    counts = [f"{PRIOR}{name}" for name in STUDENTS if f"{PRIOR}{name}" in design.frame]
    if not prior.endswith("_pct") or not counts:
        raise UsageError(
            f"the reliability of {prior!r} can't be computed: it takes a percent and its number of "
            f"students, in one of {STUDENTS}. Give one: reliability="
        )
    students = design.frame[counts[0]].to_numpy(float)
    percent = design.frame[prior].to_numpy(float)
    weight = np.ones(len(left)) if design.weights is None else design.weights
    known = students > 1
    if (~known).mean() > MOST_UNKNOWN:
        raise UsageError(
            f"{int((~known).sum())} of {len(known)} priors are of one student or of an unknown "
            f"number, {MOST_UNKNOWN:.0%} are allowed; give the reliability: reliability="
        )
    error = percent[known] * (100 - percent[known]) / (students[known] - 1)
    chance = float(np.sum((weight * (1 - leverage))[known] * error))
    chance *= float(weight.sum() / weight[known].sum())
    return max(0.0, 1 - chance / float(np.sum(weight * left**2)))
