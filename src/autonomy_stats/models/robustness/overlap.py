"""Which schools of a type have no comparable reference school, and the estimate without them.

A regression answers for every school, also for one whose like the reference does not have: there
its line is drawn on beyond the schools that it was fitted to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.beside import COLUMNS as ESTIMATE_COLUMNS
from autonomy_stats.models.effects import estimate_effects
from autonomy_stats.models.robustness.asked import asked_of, design_of, types_of
from autonomy_stats.models.school_level import DEPENDENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.fit import Fit

__all__ = ["PERCENTILE", "overlap", "overlap_schools"]

PERCENTILE = 95.0
"""Of the reference schools' distances to their own nearest, beyond which none is comparable."""

ROUNDING = 1e-9
"""What a distance may exceed the limit by, as a share of it."""

INFERENCE = ESTIMATE_COLUMNS[ESTIMATE_COLUMNS.index("std_error") : -2]
"""Names of what follows an estimate, before the number of schools and the note."""

SCHOOL_COLUMNS = [
    "school_type",
    "school_id",
    "school_name",
    "level",
    "distance",
    "limit",
    "comparable",
    "nearest_id",
    "nearest_name",
    "outside",
]

COLUMNS = [
    "school_type",
    "n_schools",
    "n_beyond",
    "beyond_pct",
    "schools_beyond",
    "estimate_all",
    "estimate",
    *INFERENCE,
    "n_schools_left",
    "note",
]


def overlap(fit: Fit) -> pd.DataFrame:
    """Count, for each type, the schools without a comparable reference school; refit without them.

    The rule is that of `overlap_schools`. All such schools of all types are taken out at once; the
    reference schools stay. The difference between the two estimates is what rests on the
    regression's line alone.

    Parameters
    ----------
    fit : Fit
        A fit with controls.

    Returns
    -------
    pandas.DataFrame
        One row a school type: `n_schools, n_beyond, beyond_pct, schools_beyond` (names and ids),
        `estimate_all`: the fit's own; then, without those schools, `estimate, std_error, df,
        statistic, p_value, conf_low, conf_high, n_schools_left, note`. `note` says why there is
        no estimate, too.

    Raises
    ------
    EstimationError
        As `overlap_schools` does.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats import estimate_effects
    >>> frame = pd.DataFrame({
    ...     "school_id": [f"{n:02d}" for n in range(12)], "end_year": 2018,
    ...     "school_type": ["traditional"] * 6 + ["pilot"] * 6,
    ...     "low_income_pct": [20.0, 30, 40, 50, 60, 70, 25, 35, 45, 55, 65, 99],
    ...     "proficient_pct": [70.0, 63, 61, 55, 48, 46, 70, 66, 59, 56, 50, 20],
    ... })
    >>> table = overlap(estimate_effects(frame, "proficient_pct"))
    >>> table[["n_schools", "n_beyond", "schools_beyond", "estimate_all", "estimate"]].round(1)
       n_schools  n_beyond schools_beyond  estimate_all  estimate
    0          6         1             11           1.8       3.0
    """
    schools = overlap_schools(fit)
    frame, options = asked_of(fit)
    beyond = schools[~schools["comparable"]]
    out = _rows_of(frame, options, beyond)
    effects, problem = fit.effects, ""
    if len(beyond):
        try:
            effects = estimate_effects(frame[~out], fit.outcome, **options).effects
        except (EstimationError, UsageError) as error:
            effects, problem = pd.DataFrame({"school_type": []}), str(error)
    without = effects.set_index("school_type").to_dict("index")
    rows = []
    for effect in types_of(fit).to_dict("records"):
        kind = effect["school_type"]
        own = beyond[beyond["school_type"] == kind]
        count, lost = int((schools["school_type"] == kind).sum()), len(own)
        left: dict[Any, Any] = without.get(kind, {})
        none_left = "no school of the type has a comparable reference school"
        note = problem or (none_left if lost and lost == count else left.get("note", ""))
        rows.append(
            {
                "school_type": kind,
                "n_schools": count,
                "n_beyond": lost,
                "beyond_pct": 100 * lost / count if count else float("nan"),
                "schools_beyond": "; ".join(_named(school) for school in own.to_dict("records")),
                "estimate_all": effect["estimate"],
                **{name: left.get(name, float("nan")) for name in ("estimate", *INFERENCE)},
                "n_schools_left": int(left.get("n_schools", 0)),
                "note": note,
            }
        )
    return marked(pd.DataFrame(rows, columns=COLUMNS), fit)


def overlap_schools(fit: Fit) -> pd.DataFrame:
    """Tell of each school of a type how far its nearest reference school is.

    The distance between two schools is Mahalanobis': in the controls' standard deviations and
    correlations among reference schools, so that a difference counts by how unusual it is in the
    district. Only schools that share a level (`level`, if the frame has it) are compared. A school
    has no comparable reference school if its nearest is farther than 95 % of the reference schools
    are from their own nearest: one in twenty district schools is, too. That is the nearest
    neighbour rule with which predictions are kept to where there are data (Meyer and Pebesma 2021),
    in the metric of matching (Rubin 1980).

    Parameters
    ----------
    fit : Fit
        A fit with controls.

    Returns
    -------
    pandas.DataFrame
        One row a school of a type: `school_type, school_id, school_name, level, distance, limit,
        comparable, nearest_id, nearest_name`, and `outside`: controls of which the school has more
        or less than any reference school, with their names. Farthest first.

    Raises
    ------
    EstimationError
        If the fit has no controls or too few reference schools, or does not know its frame.

    References
    ----------
    Meyer, H. and Pebesma, E. (2021). Predicting into unknown space? Estimating the area of
    applicability of spatial prediction models. *Methods in Ecology and Evolution* 12(9), 1620-1633.

    Rubin, D. B. (1980). Bias reduction using Mahalanobis-metric matching. *Biometrics* 36(2),
    293-298.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats import estimate_effects
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcdef"), "school_type": ["traditional"] * 4 + ["pilot"] * 2,
    ...     "low_income_pct": [20.0, 30, 40, 50, 33, 90],
    ...     "proficient_pct": [70.0, 63, 61, 55, 66, 9],
    ... })
    >>> table = overlap_schools(estimate_effects(frame, "proficient_pct"))
    >>> table[["school_id", "comparable", "outside", "nearest_id"]].iloc[:1]
      school_id  comparable         outside nearest_id
    0         f       False  low_income_pct          d
    """
    if not fit.controls:
        raise EstimationError("the fit holds no share equal: name what to compare (controls=)")
    design = design_of(fit)
    schools = _schools(design)
    reference = schools[~schools["_type"].isin(design.types)].reset_index(drop=True)
    controls = list(design.controls)
    inverse = _inverse(reference[controls].to_numpy(float), controls)
    own_distance, _ = _nearest(reference, reference, controls, inverse)
    known = own_distance[np.isfinite(own_distance)]
    if not known.size:
        raise EstimationError(
            "no two reference schools share a level: there is nothing to compare with"
        )
    limit = float(np.percentile(known, PERCENTILE))
    others = schools[schools["_type"].isin(design.types)].reset_index(drop=True)
    distance, nearest = _nearest(others, reference, controls, inverse)
    found = others.rename(columns={"_type": "school_type", "_school": "school_id"}).assign(
        distance=distance, limit=limit, comparable=distance <= limit * (1 + ROUNDING)
    )
    some = nearest >= 0
    for name, column in (("nearest_id", "_school"), ("nearest_name", "school_name")):
        values = reference[column].to_numpy(object)[np.where(some, nearest, 0)]
        found[name] = np.where(some, values, "")
    found["outside"] = _outside(others, reference, controls)
    found["level"] = [" ".join(sorted(levels)) for levels in others["level"]]
    found = found.sort_values(["school_type", "distance"], ascending=[True, False])
    return marked(found[SCHOOL_COLUMNS].reset_index(drop=True), fit)


def _schools(design: Design) -> pd.DataFrame:
    """Return one row a school and type: its mean shares, its name and the levels that it has."""
    frame = design.frame
    weights = np.ones(len(frame)) if design.weights is None else design.weights
    keys = [frame[design.school].rename("_school"), frame["_type"]]
    controls = list(design.controls)
    total = pd.Series(weights, frame.index).groupby(keys).sum()
    sums = frame[controls].mul(weights, axis=0).groupby(keys).sum()
    schools = sums.div(total, axis=0)
    schools["school_name"] = (
        frame["school_name"].groupby(keys).first() if "school_name" in frame else ""
    )
    levels = frame["level"] if "level" in frame else pd.Series("", frame.index)
    levels = levels.astype("object").fillna("")
    schools["level"] = levels.groupby(keys).agg(frozenset)
    return schools.reset_index()


def _inverse(shares: NDArray[Any], controls: list[str]) -> NDArray[Any]:
    """Return the inverse of the reference schools' covariance, refusing one that has none."""
    if len(shares) < len(controls) + 2:
        raise EstimationError(
            f"{len(shares)} reference schools are too few to compare by {len(controls)} shares; "
            f"{len(controls) + 2} are needed. Hold fewer equal (controls=)"
        )
    covariance = np.atleast_2d(np.cov(shares.T))
    spread = np.sqrt(np.diag(covariance))
    scaled = covariance / np.outer(spread, spread) if spread.all() else np.zeros_like(covariance)
    if np.linalg.eigvalsh(scaled)[0] < DEPENDENT:
        raise EstimationError(
            f"among the reference schools, one of {', '.join(controls)} is the same in all or "
            f"follows from the others; leave it out (controls=)"
        )
    return np.asarray(np.linalg.inv(covariance))


def _nearest(
    schools: pd.DataFrame, reference: pd.DataFrame, controls: list[str], inverse: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the distance and the number of each school's nearest other reference school.

    One without a reference school of its levels is infinitely far, and its number -1.
    """
    own, others = (table[controls].to_numpy(float) for table in (schools, reference))
    distances = np.full(len(own), np.inf)
    numbers = np.full(len(own), -1, dtype=np.intp)
    names, levels = reference["_school"].to_numpy(object), reference["level"].tolist()
    pairs = zip(own, schools["_school"], schools["level"], strict=True)
    for at, (shares, school, of_level) in enumerate(pairs):
        allowed = np.array([bool(of_level & other) for other in levels]) & (names != school)
        if allowed.any():
            gaps = others[allowed] - shares
            squares = np.einsum("jc,cd,jd->j", gaps, inverse, gaps)
            first = int(np.argmin(squares))
            distances[at] = np.sqrt(max(squares[first], 0.0))
            numbers[at] = np.flatnonzero(allowed)[first]
    return distances, numbers


def _outside(schools: pd.DataFrame, reference: pd.DataFrame, controls: list[str]) -> list[str]:
    """Return the controls of which each school is beyond every reference school."""
    low, high = reference[controls].min(), reference[controls].max()
    out = (schools[controls] < low) | (schools[controls] > high)
    return [" ".join(np.array(controls)[row]) for row in out.to_numpy()]


def _rows_of(
    frame: pd.DataFrame, options: dict[str, Any], schools: pd.DataFrame
) -> NDArray[np.bool_]:
    """Return which rows of a frame are of some schools while they are of their type."""
    from autonomy_stats.models.design import type_text

    school = frame["school_id"] if "school_id" in frame else frame[options["cluster"]]
    kinds = type_text(frame[options["school_type"]])
    out = set(zip(schools["school_id"], schools["school_type"], strict=True))
    return np.array([pair in out for pair in zip(school, kinds, strict=True)], dtype=bool)


def _named(school: dict[Any, Any]) -> str:
    """Return a school's name and id, or its id where the frame has no names."""
    name, number = school["school_name"], school["school_id"]
    return f"{name} ({number})" if isinstance(name, str) and name else str(number)
