"""Contrasts between types in each core specification of a fit, by which claims are judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import EstimationError
from autonomy_stats.labels import type_label
from autonomy_stats.models.robustness.arrays import Arrays, Chosen
from autonomy_stats.models.robustness.choices import CHOICE_NAMES
from autonomy_stats.models.robustness.grid import make_grid
from autonomy_stats.models.robustness.reading import read_arrays
from autonomy_stats.models.robustness.regression import Regression, complete_rows, regression_of
from autonomy_stats.models.robustness.specifications import (
    rows_by_fit,
    rows_of_regression,
    solved,
)
from autonomy_stats.models.tables import NO_ERROR, ONE_REFERENCE, ONE_SCHOOL, WITHOUT_INTERVAL

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.inference import ClusterRobust
    from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["core_contrasts"]

FRAME = "as asked"
COLUMNS = [
    "specification",
    "type_a",
    "type_b",
    "estimate",
    "std_error",
    "df",
    "n_schools_a",
    "n_schools_b",
    "n_operators_a",
    "n_operators_b",
    "n_schools_reference",
    "problem",
]


def core_contrasts(fit: Fit, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Estimate differences between types in every core specification that a fit's frame supports.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects`, by least squares.
    pairs : sequence of (str, str)
        A type and what it is compared with.

    Returns
    -------
    pandas.DataFrame
        One row a specification and pair: `specification` (`as asked`, the fit's own, or the
        choices that are made otherwise), `type_a, type_b, estimate, std_error, df, n_schools_a,
        n_schools_b, n_operators_a, n_operators_b, n_schools_reference`, and `problem`: why there
        is no estimate or no interval.

    Raises
    ------
    EstimationError
        If the fit does not know the frame that it came from.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> found = core_contrasts(fit, [("independent_charter", "traditional")])
    >>> found[["specification", "estimate"]].round(1).values.tolist()[:2]
    [['as asked', -21.0], ['controls: all and squares', -21.0]]
    """
    import pandas as pd

    from autonomy_stats.mark import marked

    if fit.asked is None:
        raise EstimationError("the fit does not know the frame that it came from")
    arrays = read_arrays(fit.asked.frame, fit.outcome, fit.asked.options)
    grid = make_grid({FRAME: arrays}, "core", most=0, seed=0)
    default = grid.specifications[0]
    rows = [
        {"specification": _named(one, default)} | row
        for one in grid.specifications
        for row in _contrasts(arrays, one, pairs)
    ]
    return marked(pd.DataFrame(rows, columns=COLUMNS), fit)


def _named(specification: Mapping[str, str], default: Mapping[str, str]) -> str:
    """Return the choices that differ from the default, in words."""
    moved = [
        f"{name}: {specification[name]}"
        for name in CHOICE_NAMES
        if specification[name] != default[name]
    ]
    return "; ".join(moved) or FRAME


def _contrasts(
    arrays: Arrays, specification: Mapping[str, str], pairs: Sequence[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    """Yield the contrasts of one specification."""
    chosen, reference = arrays.chosen(specification), arrays.options["reference"]
    regression = regression_of(arrays, chosen)
    count = _counts(arrays, chosen, regression, reference, "reference")
    found: dict[tuple[str, str], dict[str, float]] = {}
    if regression is None:
        rows = rows_by_fit(arrays, chosen)
    else:
        compared = [pair for pair in pairs if _estimated(arrays, regression, pair)]
        contrasts = _vectors(arrays, regression, compared)
        coefficients, robust = solved(regression, arrays.options, contrasts)
        found = _numbers(compared, contrasts, coefficients, robust)
        own = replace(robust, df=robust.df[len(compared) :])
        rows = rows_of_regression(arrays, chosen, regression, coefficients, own)
    effects = {row["school_type"]: row for row in rows}
    alone = count["n_schools_reference"] == 1
    effects[reference] = {"estimate": 0.0, "note": ONE_SCHOOL if alone else ""}
    for pair in pairs:
        row: dict[str, Any] = {"type_a": pair[0], "type_b": pair[1]}
        for side, name in zip("ab", pair, strict=True):
            row |= _counts(arrays, chosen, regression, name, side)
        row["n_schools_reference"] = count["n_schools_reference"]
        numbers = found.get(pair, {})
        problem = _problem(pair, effects, numbers, reference)
        if problem:
            numbers = {"estimate": numbers.get("estimate", float("nan"))}
        yield row | numbers | {"problem": problem}


def _estimated(arrays: Arrays, regression: Regression, pair: tuple[str, str]) -> bool:
    """Tell whether both types of a pair are in a regression."""
    known = {arrays.names[kind] for kind in (*regression.types, arrays.reference)}
    return {*pair} <= known


def _vectors(
    arrays: Arrays, regression: Regression, pairs: Sequence[tuple[str, str]]
) -> FloatArray:
    """Return pairs of types as contrasts of the coefficients, then each type by itself."""
    width = regression.matrix.shape[1]
    contrasts = np.zeros((len(pairs), width))
    for number, pair in enumerate(pairs):
        for sign, name in zip((1.0, -1.0), pair, strict=True):
            kind = arrays.names.index(name)
            if kind != arrays.reference:
                contrasts[number, regression.column(kind)] = sign
    return np.vstack([contrasts, np.eye(width)[width - len(regression.types) :]])


def _numbers(
    pairs: Sequence[tuple[str, str]],
    contrasts: FloatArray,
    coefficients: FloatArray,
    robust: ClusterRobust,
) -> dict[tuple[str, str], dict[str, float]]:
    """Return estimates, standard errors and degrees of freedom of pairs."""
    own = contrasts[: len(pairs)]
    errors = np.sqrt(np.einsum("qi,ij,qj->q", own, robust.vcov, own))
    numbers = zip(pairs, own @ coefficients, errors, robust.df[: len(pairs)], strict=True)
    return {
        pair: {"estimate": float(estimate), "std_error": float(error), "df": float(df)}
        for pair, estimate, error, df in numbers
    }


def _counts(
    arrays: Arrays, chosen: Chosen, regression: Regression | None, name: str, side: str
) -> dict[str, float]:
    """Count the schools and the operators of a type; a school without one is its own."""
    counts = {f"n_schools_{side}": 0.0, f"n_operators_{side}": float("nan")}
    if regression is None or name not in arrays.names:
        return counts
    kind = arrays.names.index(name)
    own = np.unique(regression.schools[regression.kinds == kind])
    counts[f"n_schools_{side}"] = float(len(own))
    if "_operator" in arrays.codes:
        rows = chosen.rows[complete_rows(arrays, chosen)[0] & (chosen.kinds == kind)]
        counts[f"n_operators_{side}"] = float(len(np.unique(arrays.codes["_operator"][rows])))
    return counts


def _problem(
    pair: tuple[str, str],
    effects: Mapping[str, dict[str, Any]],
    numbers: Mapping[str, float],
    reference: str,
) -> str:
    """Say why a contrast has no estimate, or no interval."""
    for name in pair:
        if name not in effects:
            return f"{type_label(name)}: none among the results"
        if "estimate" not in effects[name]:
            return f"no estimate of {type_label(name)}: {effects[name]['note']}"
    words = " against ".join(map(type_label, pair))
    for note in (str(effects[name]["note"]) for name in pair):
        if note in WITHOUT_INTERVAL and (note != ONE_REFERENCE or reference in pair):
            return f"{words}: {note}"
    return "" if numbers.get("std_error", 0.0) > 0 else f"{words}: {NO_ERROR}"
