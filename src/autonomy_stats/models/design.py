"""From an analysis panel to a design matrix, counting every row and school that stays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.complete import LARGEST, complete_rows
from autonomy_stats.models.guards import refuse_bad_rows, refuse_break
from autonomy_stats.models.independent import independent_columns
from autonomy_stats.schema import CONTROLS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "DEFAULT_ABSORB",
    "Design",
    "as_numbers",
    "build_design",
    "require_columns",
    "resolve_absorb",
    "resolve_controls",
    "resolve_weights",
    "type_text",
]

DEFAULT_ABSORB = ("subject", "grade", "end_year")

WEIGHT_COLUMNS = ("n_tested", "n_students", "enrollment")
"""What `weights="auto"` looks for, in this order."""

CELL = "\N{NULL}cell "
"""Beginning of the names of absorbed cells, which no school type or control can have."""


@dataclass(frozen=True)
class Design:
    """Rows, columns and weights of a fit, and what was left out on the way to it."""

    frame: pd.DataFrame
    matrix: NDArray[np.float64]
    terms: tuple[str, ...]
    outcome: NDArray[np.float64]
    weights: NDArray[np.float64] | None
    weight_column: str | None
    clusters: NDArray[Any]
    types: tuple[str, ...]
    aliased: tuple[str, ...]
    controls: tuple[str, ...]
    missing_controls: tuple[str, ...]
    absorbed: tuple[str, ...]
    school: str
    exclusions: pd.DataFrame = field(repr=False)


def build_design(
    frame: pd.DataFrame,
    outcome: str,
    *,
    school_type: str,
    reference: str,
    controls: Sequence[str] | None,
    absorb: Sequence[str],
    weights: str | None,
    cluster: str,
    drop_types: Sequence[str],
) -> Design:
    """Choose the rows of a fit and build its design matrix.

    The columns are the absorbed cells, then the controls, then one indicator for each school
    type but the reference; a column that the ones before it imply is left out and named.

    Raises
    ------
    UsageError
        If a column that was named is not in the frame.
    EstimationError
        If the frame does not support the fit; the message says which rows or column.
    """
    require_columns(frame, [outcome, school_type, cluster])
    absorbed = resolve_absorb(frame, absorb)
    weight_column = resolve_weights(frame, weights)
    chosen, missing = resolve_controls(frame, controls, outcome)
    if isinstance(drop_types, str):
        raise UsageError(f"drop_types is a sequence of types; got {drop_types!r}")
    kinds = type_text(frame[school_type])
    if clash := sorted(set(kinds) & set(chosen)):
        raise UsageError(f"{clash[0]!r} is a school type and a control; give one another name")
    rows, exclusions = complete_rows(
        as_numbers(frame, [outcome, *chosen, weight_column]).assign(_type=kinds),
        outcome,
        weight_column,
        chosen,
        list(drop_types),
        cluster,
    )
    if frame.empty:
        raise EstimationError("the frame has no rows: nothing to estimate from")
    if reference not in set(rows["_type"]):
        raise EstimationError(
            f"no row of the reference type {reference!r} has {outcome}, weight and controls; "
            f"the types are {sorted(kinds.unique())}"
        )
    school = "school_id" if "school_id" in rows else cluster
    refuse_bad_rows(rows, cluster, school)
    refuse_break(rows, absorbed, chosen)
    types = tuple(sorted(set(rows["_type"]) - {reference}))
    if not types:
        raise EstimationError(f"every school left is {reference!r}: there is nothing to compare")
    matrix, terms = _matrix(rows, absorbed, chosen, types)
    weight = None if weight_column is None else rows[weight_column].to_numpy(float)
    kept = independent_columns(matrix, weight)
    aliased = tuple(term for term, keep in zip(terms, kept, strict=True) if not keep)
    return Design(
        frame=rows,
        matrix=matrix if kept.all() else matrix[:, kept],
        terms=tuple(term for term, keep in zip(terms, kept, strict=True) if keep),
        outcome=rows[outcome].to_numpy(float),
        weights=weight,
        weight_column=weight_column,
        clusters=rows[cluster].to_numpy(),
        types=types,
        aliased=aliased,
        controls=chosen,
        missing_controls=missing,
        absorbed=absorbed,
        school=school,
        exclusions=exclusions,
    )


def require_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse what is no frame, columns that are not in it, and names that stand twice."""
    if not hasattr(frame, "columns"):
        raise UsageError(
            f"expected a data frame, got a {type(frame).__name__}; of a panel, pass panel.frame"
        )
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise UsageError(f"the frame has two columns {twice!r}; drop or rename one")
    if absent := [column for column in columns if column not in frame]:
        raise UsageError(f"the frame has no column {absent[0]!r}; it has {list(frame.columns)}")


def type_text(types: pd.Series) -> pd.Series:
    """Return school types as text, one that is missing or blank as empty."""
    text = types.astype("str").fillna("")
    return text.where(text.str.strip() != "", "")


def as_numbers(frame: pd.DataFrame, columns: Sequence[str | None]) -> pd.DataFrame:
    """Return the frame with some columns as floats, refusing text and values beyond computing."""
    numbers = {}
    for column in columns:
        if column is None:
            continue
        if np.iscomplexobj(frame[column]):
            raise UsageError(f"column {column!r} must hold real numbers, not complex ones")
        try:
            numbers[column] = frame[column].astype("float64")
        except (TypeError, ValueError) as problem:
            raise UsageError(f"column {column!r} must hold numbers ({problem})") from None
        largest = numbers[column].abs().max()
        if np.isinf(largest):
            raise EstimationError(f"column {column!r} holds an infinite value")
        if largest > LARGEST:
            raise EstimationError(f"column {column!r} holds {largest:g}, more than can be squared")
    return frame.assign(**numbers)


def resolve_absorb(frame: pd.DataFrame, absorb: Sequence[str]) -> tuple[str, ...]:
    """Return the columns whose cells are absorbed; the default's may be absent."""
    if isinstance(absorb, str):
        raise UsageError(f"absorb is a sequence of columns; got {absorb!r}, write ({absorb!r},)")
    if tuple(absorb) != DEFAULT_ABSORB:
        require_columns(frame, absorb)
    return tuple(column for column in absorb if column in frame)


def resolve_weights(frame: pd.DataFrame, weights: str | None) -> str | None:
    """Return the column of weights."""
    if weights is None:
        return None
    if weights != "auto":
        require_columns(frame, [weights])
        return weights
    held = [c for c in WEIGHT_COLUMNS if c in frame and frame[c].notna().any()]
    return held[0] if held else None


def resolve_controls(
    frame: pd.DataFrame, controls: Sequence[str] | None, outcome: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the controls to use, and those of the study that have no value."""
    if controls is not None:
        if isinstance(controls, str):
            raise UsageError(f"controls is a sequence of columns; got {controls!r}")
        require_columns(frame, controls)
        if repeated := [c for c in controls if list(controls).count(c) > 1 or c == outcome]:
            raise UsageError(f"control {repeated[0]!r} stands twice, or is the outcome itself")
        return tuple(controls), ()
    held = tuple(c for c in CONTROLS if c in frame and frame[c].notna().any())
    return held, tuple(c for c in CONTROLS if c not in held)


def _matrix(
    rows: pd.DataFrame, absorbed: tuple[str, ...], controls: tuple[str, ...], types: tuple[str, ...]
) -> tuple[NDArray[np.float64], list[str]]:
    """Return absorbed cells, controls and type indicators as columns."""
    import pandas as pd

    if absorbed:
        groups = rows.groupby(list(absorbed), dropna=False, sort=True)
        cell = groups.ngroup().to_numpy()
        names = [f"{CELL}{number}" for number in range(groups.ngroups)]
    else:
        cell, names = np.zeros(len(rows), dtype=int), [f"{CELL}0"]
    terms = [*names, *controls, *types]
    matrix = np.zeros((len(rows), len(terms)))
    matrix[np.arange(len(rows)), cell] = 1.0
    for number, control in enumerate(controls, start=len(names)):
        matrix[:, number] = rows[control]
    kind = pd.Index(types).get_indexer(pd.Index(rows["_type"]))
    compared = np.flatnonzero(kind >= 0)  # the reference has no column
    matrix[compared, len(names) + len(controls) + kind[compared]] = 1.0
    return matrix, terms
