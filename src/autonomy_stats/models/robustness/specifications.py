"""Estimates of many specifications of one panel, a few milliseconds each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy import stats

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.inference.cluster_robust import ClusterRobust, robust_of_prepared
from autonomy_stats.models.inference.prepared import prepare
from autonomy_stats.models.robustness.regression import (
    Regression,
    alike_weights,
    complete_rows,
    regression_of,
)
from autonomy_stats.models.tables import (
    ALIASED,
    FEWEST_DF,
    FEWEST_SCHOOLS,
    NO_ERROR,
    NO_SPREAD,
    ONE_CLUSTER,
    ONE_REFERENCE,
    ONE_SCHOOL,
    TOO_FEW,
)
from autonomy_stats.parallel import in_order

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.inference.cluster_robust import Kind, Working
    from autonomy_stats.models.inference.prepared import FloatArray
    from autonomy_stats.models.robustness.arrays import Arrays, Chosen

__all__ = [
    "NUMBERS",
    "estimate_all",
    "estimates_of",
    "fit_specification",
    "rows_by_fit",
    "rows_of_regression",
    "solved",
]

NUMBERS = ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high")
NOT_HERE = "no school of this type in these rows"

CHUNK = 25
"""Specifications that a process takes at a time."""

Row = dict[str, Any]


def estimate_all(
    frames: Mapping[str, Arrays],
    specifications: Sequence[Mapping[str, str]],
    n_jobs: int | None = 1,
    progress: Callable[[int, int], object] | None = None,
) -> list[list[Row]]:
    """Estimate specifications, in the order given.

    Parameters
    ----------
    frames : mapping of str to Arrays
        Panels by name.
    specifications : sequence of mappings
        An option of each choice.
    n_jobs : int or None
        Processes, as joblib counts them.
    progress : callable, optional
        Called with the specifications done, and all of them.

    Returns
    -------
    list of list of dict
        Of each specification one row a type.
    """
    from joblib import delayed

    chunks = [specifications[at : at + CHUNK] for at in range(0, len(specifications), CHUNK)]
    calls = (delayed(_estimate_chunk)(frames, chunk) for chunk in chunks)
    found: list[list[Row]] = []
    for rows in in_order(calls, n_jobs):
        found += rows
        if progress is not None:
            progress(len(found), len(specifications))
    return found


def _estimate_chunk(
    frames: Mapping[str, Arrays], specifications: Sequence[Mapping[str, str]]
) -> list[list[Row]]:
    return [estimates_of(frames[one["frame"]], one) for one in specifications]


def estimates_of(arrays: Arrays, specification: Mapping[str, str]) -> list[Row]:
    """Return the estimates of one specification, one row a type, or the reason for none.

    Parameters
    ----------
    arrays : Arrays
        The panel.
    specification : mapping of str to str
        An option of each choice.
    """
    chosen = arrays.chosen(specification)
    regression = regression_of(arrays, chosen) if chosen.estimator == "wls" else None
    if regression is None:
        return rows_by_fit(arrays, chosen)
    return rows_of_regression(arrays, chosen, regression, *solved(regression, arrays.options))


def rows_of_regression(
    arrays: Arrays,
    chosen: Chosen,
    regression: Regression,
    coefficients: FloatArray,
    robust: ClusterRobust,
) -> list[Row]:
    """Return the row of each type, of a regression that is solved for its types' columns."""
    here = {arrays.names[kind] for kind in np.unique(chosen.kinds).tolist()}
    return [
        _row(arrays, regression, name, coefficients, robust)
        if name in here
        else {"school_type": name, "n_schools": 0, "note": NOT_HERE}
        for name in arrays.compared
    ]


def solved(
    regression: Regression, options: Mapping[str, Any], contrasts: FloatArray | None = None
) -> tuple[FloatArray, ClusterRobust]:
    """Return the coefficients (p,) of a regression and the covariance of contrasts of them.

    Parameters
    ----------
    regression : Regression
        A regression.
    options : mapping
        Arguments of `estimate_effects`.
    contrasts : array of shape (q, p), optional
        Contrasts to give degrees of freedom for; default the types.
    """
    r = regression
    width = r.matrix.shape[1]
    if contrasts is None:
        contrasts = np.eye(width)[width - len(r.types) :]
    p = prepare(r.matrix, r.outcome, r.clusters.tolist(), r.weight, contrasts)
    explained = p.basis.T @ (p.weight * p.residual)
    coefficients = np.linalg.solve(p.triangle, explained)
    p = replace(p, residual=p.residual - p.basis @ explained)
    kind, working = cast("Kind", options["vcov"]), cast("Working", options["working"])
    return np.asarray(coefficients), robust_of_prepared(p, kind, working)


def _row(
    arrays: Arrays,
    regression: Regression,
    name: str,
    coefficients: FloatArray,
    robust: ClusterRobust,
) -> Row:
    """Return the row of a type of the specification's rows."""
    kind = arrays.names.index(name)
    own = regression.kinds == kind
    row: Row = {"school_type": name, "n_schools": len(np.unique(regression.schools[own]))}
    if not row["n_schools"]:
        return row | {"note": f"no school left: {', '.join(regression.lost[kind])}"}
    if kind in regression.aliased:
        return row | {"note": ALIASED}
    at = regression.column(kind)
    row["estimate"] = float(coefficients[at])
    error, df = float(np.sqrt(robust.vcov[at, at])), float(robust.df[regression.types.index(kind)])
    reference = regression.kinds == arrays.reference
    why = ""
    if row["n_schools"] == 1:
        why = ONE_SCHOOL
    elif len(np.unique(regression.clusters[own])) == 1:
        why = ONE_CLUSTER
    elif len(np.unique(regression.clusters[reference])) == 1:
        why = ONE_REFERENCE
    elif not error > NO_SPREAD * float(np.ptp(regression.outcome)):
        few = row["n_schools"] < FEWEST_SCHOOLS or not df >= FEWEST_DF
        why = TOO_FEW if few else NO_ERROR
    if why:
        return row | {"note": why}
    few = row["n_schools"] < FEWEST_SCHOOLS or not df >= FEWEST_DF
    half = float(stats.t.ppf((1 + arrays.options["conf_level"]) / 2, df)) * error
    return row | {
        "std_error": error,
        "df": df,
        "p_value": float(2 * stats.t.sf(abs(row["estimate"]) / error, df)),
        "conf_low": row["estimate"] - half,
        "conf_high": row["estimate"] + half,
        "note": TOO_FEW if few else "",
    }


def rows_by_fit(arrays: Arrays, chosen: Chosen) -> list[Row]:
    """Return the estimates of a fit of `estimate_effects`, or its refusal as every type's note."""
    try:
        effects = _fit(arrays, chosen).effects.set_index("school_type")
    except (EstimationError, UsageError) as problem:
        return [
            {"school_type": name, "n_schools": 0, "note": str(problem)} for name in arrays.compared
        ]
    rows = []
    for name in arrays.compared:
        row: Row = {"school_type": name, "n_schools": 0, "note": NOT_HERE}
        if name in effects.index:
            row |= {column: effects.loc[name, column] for column in (*NUMBERS, "n_schools", "note")}
        rows.append(row)
    return rows


def fit_specification(arrays: Arrays, specification: Mapping[str, str]) -> Fit:
    """Fit one specification by `estimate_effects`.

    Parameters
    ----------
    arrays : Arrays
        The panel.
    specification : mapping of str to str
        An option of each choice.

    Returns
    -------
    Fit

    Raises
    ------
    EstimationError, UsageError
        As `estimate_effects`, if its rows do not support it.
    """
    return _fit(arrays, arrays.chosen(specification))


def _fit(arrays: Arrays, chosen: Chosen) -> Fit:
    """Fit chosen rows and columns."""
    from autonomy_stats.models.effects import estimate_effects
    from autonomy_stats.models.one_row import one_row_a_school

    names = np.array(arrays.names, dtype=object)
    kind = arrays.options["school_type"]
    rows = arrays.frame.iloc[chosen.rows].assign(
        **{
            kind: names[chosen.kinds],
            arrays.outcome_name: chosen.outcome,
            **{
                arrays.controls[at]: arrays.shares[chosen.rows, at]
                for at in chosen.shares
                if arrays.controls[at] not in arrays.frame
            },
        }
    )
    weights = None if chosen.weight is None else arrays.options["weights"]
    if chosen.alike:
        weights = "weight_in_school"
        complete, _, _ = complete_rows(arrays, chosen)
        own = None if chosen.weight is None else chosen.weight[complete]
        schools = arrays.codes[arrays.school][chosen.rows[complete]]
        filled = np.full(len(rows), np.nan)
        filled[complete] = alike_weights(own, schools)
        rows = rows.assign(**{weights: filled})
    options = dict(arrays.options) | {
        "controls": [arrays.controls[at] for at in chosen.shares],
        "absorb": chosen.absorbed,
        "weights": weights,
        "cluster": chosen.cluster,
        "estimator": chosen.estimator,
    }
    fit = estimate_effects(rows, arrays.outcome_name, **options)
    if not chosen.by_school:
        return fit
    return one_row_a_school(fit, rows, options, weighted=chosen.weighted)
