"""How a type's difference changes with a number: share low-income, years since conversion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.labels import counted
from autonomy_stats.models.design import type_text
from autonomy_stats.models.effects import estimate_effects
from autonomy_stats.models.estimators import LEAST_SQUARES
from autonomy_stats.models.inference import joint_test
from autonomy_stats.models.tables import FEWEST_DF, FEWEST_SCHOOLS, TOO_FEW

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["SLOPES", "slope_rows"]

SLOPES = {
    "share low-income": ("low_income_pct", 10.0, "for 10 points more"),
    "years since conversion or opening": ("years_since_conversion", 1.0, "for each year more"),
}
"""Name of a slope: its column, the unit of it that counts, and that in words."""

FROM = "from_end_year"
"""First spring of a school under its type, from which the years since conversion follow."""

BY = " by "
ALL = "test that no type has a slope"
SAME = "the same in all its schools: no slope"
INFERENCE = ["estimate", "std_error", "df", "statistic", "p_value", "conf_low", "conf_high"]


def slope_rows(
    fit: Fit, frame: pd.DataFrame, options: Mapping[str, Any], kept: list[str]
) -> list[pd.DataFrame]:
    """Return a table for each slope that the frame allows.

    Parameters
    ----------
    fit : Fit
        What was fitted.
    frame : pandas.DataFrame
        The frame that it came from.
    options : mapping
        Arguments of `estimate_effects`.
    kept : list of str
        School types to tell of.
    """
    if "years_since_conversion" not in frame and {FROM, "end_year"} <= set(frame):
        years = frame["end_year"].astype("float64") - frame[FROM].astype("float64")
        frame = frame.assign(years_since_conversion=years)
    return [
        _slopes(fit, frame, options, kept, name)
        for name, (column, _, _) in SLOPES.items()
        if column in frame and frame[column].notna().any()
    ]


def _slopes(
    fit: Fit, frame: pd.DataFrame, options: Mapping[str, Any], kept: list[str], name: str
) -> pd.DataFrame:
    """Return the slope of each type, and the test that no type has one."""
    column, unit, words = SLOPES[name]
    if fit.estimator not in LEAST_SQUARES:
        return _reason(name, f"{fit.estimator} is no least squares fit")
    if column == "low_income_pct" and column not in fit.controls:
        return _reason(name, "it is not held equal, so that a slope would be the reference's too")
    kinds = type_text(frame[options["school_type"]])
    unknown = kinds.isin(kept) & frame[column].isna() & frame[fit.outcome].notna()
    frame, kinds = frame[~unknown], kinds[~unknown]
    school = frame["school_id"] if "school_id" in frame else frame[options["cluster"]]
    entered = frame[fit.outcome].notna() & frame[column].notna()
    counts = school[entered].groupby(kinds[entered]).nunique()
    values = frame.loc[entered, column].groupby(kinds[entered]).nunique()
    notes = {
        kind: TOO_FEW if counts.get(kind, 0) < FEWEST_SCHOOLS else SAME
        for kind in kept
        if counts.get(kind, 0) < FEWEST_SCHOOLS or values[kind] < 2
    }
    sloped = [kind for kind in kept if kind not in notes]
    centre = float(frame.loc[entered, column].mean())
    products = {
        f"{kind}{BY}{name}": ((frame[column] - centre) / unit).where(kinds == kind, 0.0)
        for kind in sloped
    }
    try:
        free = estimate_effects(
            frame.assign(**products),
            fit.outcome,
            **{**options, "controls": (*fit.controls, *products)},
        )
    except (EstimationError, UsageError) as problem:
        return _reason(name, str(problem))
    found = free.coefficients.set_index("term")
    lost = f"; {counted(int(unknown.sum()), 'row')} without it left out" if unknown.any() else ""
    rows = []
    for kind in kept:
        row: dict[str, Any] = {"variation": f"slope of {name}", "subset": words}
        row |= {"school_type": kind, "n_schools": int(counts.get(kind, 0))}
        term = f"{kind}{BY}{name}"
        if term in found.index:
            row |= {column: found.loc[term, column] for column in INFERENCE}
        few = kind in sloped and not row.get("df", np.nan) >= FEWEST_DF
        rows.append({**row, "note": notes.get(kind, TOO_FEW if few else "")})
    return pd.DataFrame([*rows, _test(free, name, list(products), lost)])


def _test(free: Fit, name: str, terms: list[str], lost: str) -> dict[str, Any]:
    """Return the row of the test that no type has a slope."""
    line: dict[str, Any] = {"variation": f"slope of {name}", "subset": ALL, "school_type": None}
    fitted = free.fitted
    if fitted is None or not terms:
        return {**line, "note": f"no type has enough schools to draw a slope{lost}"}
    at = [fitted.terms.index(term) for term in terms if term in fitted.terms]
    if not at:
        return {**line, "note": f"the shares held equal leave no slope to test{lost}"}
    try:
        test = joint_test(
            fitted.matrix,
            fitted.residuals,
            fitted.clusters,
            fitted.coefficients,
            np.eye(len(fitted.terms))[at],
            fitted.weights,
            kind=free.vcov,  # type: ignore[arg-type]
            working=free.working,  # type: ignore[arg-type]
        )
    except EstimationError as problem:
        return {**line, "note": str(problem)}
    line |= {"df": test.df_residual, "statistic": test.statistic, "p_value": test.p_value}
    return {**line, "note": f"F statistic of {test.df_constraints} constraints{lost}"}


def _reason(name: str, why: str) -> pd.DataFrame:
    """Return the row of a slope that can't be estimated."""
    return pd.DataFrame([{"variation": f"slope of {name}", "subset": "", "note": why}])
