"""Frames against the declaration of a tidy table: made, checked, described."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.schema.columns import DTYPES
from autonomy_stats.schema.lookup import table

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

__all__ = ["conform", "describe", "empty", "validate"]


def empty(name: str) -> pd.DataFrame:
    """Return a table without rows, with the declared columns and types.

    Parameters
    ----------
    name : str
        Name of a tidy table.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> empty("directory").columns.tolist()[:4]
    ['state', 'end_year', 'district_id', 'school_id']
    """
    import pandas as pd

    return pd.DataFrame(
        {c.name: pd.Series(dtype=DTYPES[c.kind]) for c in table(name).columns},
    )


def conform(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the declared columns in order, absent ones missing, each of its declared type.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any rows of the table; columns that are not declared are an error.
    name : str
        Name of a tidy table.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    UsageError
        If the frame has a column that the table does not declare.
    DataError
        If the values of a column are not of its kind.
    """
    import pandas as pd

    declared = table(name)
    if unknown := [c for c in frame.columns if c not in declared.column_names]:
        raise UsageError(f"{name} has no column {unknown[0]!r}; it has {declared.column_names}")
    frame = frame.reset_index(drop=True)
    columns = {}
    for column in declared.columns:
        values = frame[column.name] if column.name in frame else pd.Series(None, index=frame.index)
        try:
            converted = values.astype(DTYPES[column.kind])  # type: ignore[call-overload]
        except (TypeError, ValueError) as problem:
            raise DataError(
                f"table {name}: column {column.name!r} must hold values of the kind "
                f"{column.kind!r} ({problem})"
            ) from None
        columns[column.name] = converted
    return pd.DataFrame(columns)


def validate(
    frame: pd.DataFrame, name: str, where: str = "", rows: Sequence[Any] | None = None
) -> pd.DataFrame:
    """Check a frame against the declaration of a tidy table.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of the table. Declared columns that are absent are added as missing.
    name : str
        Name of a tidy table.
    where : str
        Named in the error: the file, or what the frame is.
    rows : sequence, optional
        Number of each row in its file, named in the error.

    Returns
    -------
    pandas.DataFrame
        The columns as declared, in order, with the declared types.

    Raises
    ------
    DataError
        Naming the column, the rule and the first offending values.

    Examples
    --------
    >>> frame = empty("directory")
    >>> validate(frame, "directory").shape
    (0, 9)
    """
    from pandera.errors import SchemaError

    declared = table(name)
    checked = conform(frame, name)
    prefix = f"{where}: " if where else ""
    try:
        _pandera_schema(name).validate(checked)
    except SchemaError as problem:
        raise DataError(f"{prefix}table {name}: {_explain(problem, rows)}") from None
    if (repeated := checked.duplicated(list(declared.key), keep=False)).any():
        first = checked.loc[repeated, list(declared.key)].iloc[0].to_dict()
        last = "" if rows is None else f" (row {rows[int(repeated.to_numpy().nonzero()[0][-1])]})"
        count = int(repeated.sum())
        raise DataError(
            f"{prefix}table {name}: {count} rows share a key{last}, the first {first}; "
            f"one row is allowed for each {', '.join(declared.key)}"
        )
    return checked


def describe(name: str) -> pd.DataFrame:
    """Return the declaration of a table as a frame, for the documentation.

    Parameters
    ----------
    name : str
        Name of a tidy table.

    Returns
    -------
    pandas.DataFrame
        One row a column: `column, kind, required, allowed, meaning, key`.

    Examples
    --------
    >>> describe("growth")["column"].tolist()[-3:]
    ['value', 'n_students', 'status']
    """
    import pandas as pd

    declared = table(name)
    rows = [
        {
            "column": c.name,
            "kind": c.kind,
            "required": c.required,
            "allowed": ", ".join(c.allowed),
            "meaning": c.meaning,
            "key": c.name in declared.key,
        }
        for c in declared.columns
    ]
    return pd.DataFrame(rows)


@cache
def _pandera_schema(name: str) -> pa.DataFrameSchema:
    """Build the pandera schema of a table from its declaration."""
    import pandera.pandas as pa

    columns = {}
    for column in table(name).columns:
        checks: list[Any] = []
        if column.kind in ("percent", "count"):
            high = 100 if column.kind == "percent" else float("inf")
            checks.append(pa.Check.in_range(0, high))
        if column.kind == "year":
            checks.append(pa.Check.in_range(1990, 2100))
        if column.kind == "text" and column.required:
            checks.append(pa.Check.str_length(min_value=1))
        if column.allowed:
            checks.append(pa.Check.isin(column.allowed))
        columns[column.name] = pa.Column(
            DTYPES[column.kind], checks=checks, nullable=not column.required
        )
    return pa.DataFrameSchema(columns, strict=True, ordered=True)


def _explain(problem: Any, rows: Sequence[Any] | None) -> str:
    """Say in one line what pandera found, and in which row if rows have numbers."""
    column = getattr(problem.schema, "name", None)
    cases: Any = getattr(problem, "failure_cases", None)
    columns = getattr(cases, "columns", ())
    values = cases["failure_case"].unique()[:3].tolist() if "failure_case" in columns else cases
    first = cases["index"].iloc[0] if rows is not None and "index" in columns else None
    row = "" if first is None or rows is None else f"row {rows[int(first)]}, "
    return f"{row}column {column!r} must satisfy {problem.check}; got {values}"
