"""From an analysis panel to the arrays that specifications are taken from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import COLUMN, is_simulated
from autonomy_stats.models.design import (
    as_numbers,
    require_columns,
    resolve_absorb,
    resolve_controls,
    resolve_weights,
    type_text,
)
from autonomy_stats.models.estimators import LEAST_SQUARES
from autonomy_stats.models.guards import ROW_KEY, breaks_in
from autonomy_stats.models.robustness.arrays import WHOLE, Arrays
from autonomy_stats.schema import by_grade, is_course
from autonomy_stats.schema.grades import TEST

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.inference.prepared import IntArray

__all__ = ["read_arrays"]

CONTEXT = (*ROW_KEY, "series", "measure", "low_income_definition", "n_students", "enrollment")
"""Columns that a fit looks at, if they are there, beside those that are named."""


def read_arrays(frame: pd.DataFrame, outcome: str, options: Mapping[str, Any]) -> Arrays:
    """Read a panel into arrays.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel.
    outcome : str
        Column to compare.
    options : mapping
        All arguments of `estimate_effects`.

    Raises
    ------
    UsageError
        If a column that was named is not in the frame, or the estimator is no least squares.
    EstimationError
        If the frame has no reference school.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats.models.robustness.grid import asked_options
    >>> frame = pd.DataFrame({
    ...     "school_id": ["a", "b"], "school_type": ["traditional", "pilot"],
    ...     "proficient_pct": [40.0, 50.0],
    ... })
    >>> read_arrays(frame, "proficient_pct", asked_options({})).compared
    ('pilot',)
    """
    if options["estimator"] not in LEAST_SQUARES:
        raise UsageError(
            f"a specification curve starts from estimator='wls' or 'ols'; got "
            f"{options['estimator']!r}, which `robustness` sets beside them"
        )
    require_columns(frame, [outcome, options["school_type"], options["cluster"]])
    column = resolve_weights(frame, None if options["estimator"] == "ols" else options["weights"])
    controls, _ = resolve_controls(frame, options["controls"], outcome)
    absorbed = resolve_absorb(frame, options["absorb"])
    resolved = dict(options) | {"controls": controls, "weights": column, "absorb": absorbed}
    resolved["estimator"] = "wls"
    held = _slim(frame, outcome, resolved)
    names, kinds = _codes(type_text(held[options["school_type"]]))
    if options["reference"] not in names:
        raise EstimationError(
            f"no row of the reference type {options['reference']!r}; the types are {sorted(names)}"
        )
    school = "school_id" if "school_id" in held else str(options["cluster"])
    coded = {*absorbed, "_level", "_operator", school, options["cluster"]} & {*held}
    chosen_by = ("grade", "end_year", "subject", "_level", "roster_confidence")
    shares = held[list(controls)].to_numpy(float)
    missing = np.full(len(held), np.nan)
    low, high = (
        held[f"{outcome}_{end}"].to_numpy(float) if f"{outcome}_{end}" in held else missing
        for end in ("low", "high")
    )
    return Arrays(
        frame=held,
        outcome_name=outcome,
        options=resolved,
        outcome=held[outcome].to_numpy(float),
        low=low,
        high=high,
        weight=None if column is None else held[column].to_numpy(float),
        shares=np.hstack([shares, shares**2]),
        names=tuple(names),
        kinds=kinds,
        codes={name: _codes(held[name])[1] for name in coded},
        texts={name: type_text(held[name]).to_numpy(object) for name in chosen_by if name in held},
        **_grades(frame.reset_index(drop=True)),
        school=school,
        clean=_is_clean(held, resolved, school),
        simulated=is_simulated(frame),
    )


def _slim(frame: pd.DataFrame, outcome: str, options: Mapping[str, Any]) -> pd.DataFrame:
    """Return the columns that fits look at, as numbers where they are numbers."""
    bounds = [f"{outcome}_{end}" for end in ("low", "high") if f"{outcome}_{end}" in frame]
    column, controls = options["weights"], options["controls"]
    named = [outcome, *bounds, options["school_type"], options["cluster"], *controls]
    named += [*options["absorb"], *CONTEXT, "n_tested", "roster_confidence", "operator"]
    named += [] if column is None else [column]
    held = frame[[name for name in dict.fromkeys(named) if name in frame]].reset_index(drop=True)
    held = as_numbers(held, [outcome, *bounds, *controls, column])
    if column is not None and (negative := held[column] < 0).any():
        raise EstimationError(
            f"column {column!r} holds a negative weight, {held[column][negative].iloc[0]:g}; "
            f"weights are positive, and a row without one is missing or 0"
        )
    levels = _levels(frame)
    if levels is not None:
        held["_level"] = levels
    if "operator" in held:
        text = type_text(held["operator"])
        alone = held["school_id"] if "school_id" in held else held[options["cluster"]]
        held["_operator"] = text.where(text != "", "school " + alone.astype("str"))
    return held.assign(**{COLUMN: True}) if is_simulated(frame) else held


def _grades(frame: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Return which rows are course tests, which results by grade, and of which test each is."""
    import pandas as pd

    names = [name for name in TEST if name in frame]
    test = frame.groupby(names, dropna=False).ngroup() if names else pd.Series(0, frame.index)
    none = pd.Series(False, frame.index)
    if "grade" in frame:
        graded = frame.assign(grade=type_text(frame["grade"]))
        course, own = is_course(graded["grade"]), by_grade(graded)
    else:
        course, own = none, ~none
    return {
        "course": course.to_numpy(bool),
        "by_grade": own.to_numpy(bool),
        "test": test.to_numpy(np.intp),
    }


def _levels(frame: pd.DataFrame) -> pd.Series | None:
    """Return each row's level of school; of all grades together, those that the school teaches.

    These are the levels of the grades that the school has results of in the same frame.
    """
    if "level" not in frame:
        return None
    level = type_text(frame["level"]).reset_index(drop=True)
    if "grade" not in frame or "school_id" not in frame:
        return level
    school = frame["school_id"].reset_index(drop=True)
    taught = (
        level[level != ""]
        .groupby(school[level != ""])
        .agg(lambda own: " and ".join(sorted({*own})))
    )
    whole = (type_text(frame["grade"]).reset_index(drop=True) == WHOLE) & (level == "")
    return level.mask(whole, school.map(taught).fillna(""))


def _codes(values: pd.Series) -> tuple[list[Any], IntArray]:
    """Return the different values, sorted, and each row's number among them."""
    import pandas as pd

    text = values.astype("object")
    codes, names = pd.factorize(text, sort=not text.isna().any(), use_na_sentinel=False)
    return list(names), np.asarray(codes, dtype=np.intp)


def _is_clean(frame: pd.DataFrame, options: Mapping[str, Any], school: str) -> bool:
    """Tell whether no choice among the rows can hold what `guards` refuses for its rows."""
    key = [column for column in ROW_KEY if column in frame]
    twice = len(key) == len(ROW_KEY) and frame.duplicated(key).any()
    bare = any(
        (frame[name].isna() | (frame[name].astype("str").str.strip() == "")).any()
        for name in {school, options["cluster"]}
    )
    return not (twice or bare or breaks_in(frame, options["controls"]))
