"""Frames against the declaration of a tidy table: made, checked, described."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.schema.columns import BOUNDS, DTYPES, Column
from autonomy_stats.schema.lookup import table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

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
    declared = table(name)
    checked = conform(frame, name)
    prefix = f"{where}: " if where else ""
    for column in declared.columns:
        for wrong, rule in _broken_rules(column, checked[column.name]):
            values = checked.loc[wrong, column.name].unique()[:3].tolist()
            row = "" if rows is None else f"row {rows[int(wrong.argmax())]}, "
            raise DataError(
                f"{prefix}table {name}: {row}column {column.name!r} must {rule}; got {values}"
            )
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


def _broken_rules(column: Column, values: pd.Series) -> Iterator[tuple[NDArray[np.bool_], str]]:
    """Yield which values break a rule of a column, and the rule; nothing if all hold.

    Few and plain, as each file that is read passes them: a general library took longer for this
    than all of a small file's parsing.
    """
    missing = values.isna().to_numpy()
    rules = []
    if column.required:
        rules.append((missing, "be given"))
    if column.kind in BOUNDS:
        low, high = BOUNDS[column.kind]
        number = values.to_numpy("float64", na_value=float("nan"))
        text = f"lie within {low:g} to {high:g}" if high < float("inf") else f"be {low:g} or more"
        rules.append(((number < low) | (number > high), text))
    if column.kind == "text" and column.required:
        rules.append(((values == "").to_numpy("bool"), "not be empty"))
    if column.allowed:
        rules.append(
            (~missing & ~values.isin(column.allowed).to_numpy(), f"be one of {column.allowed}")
        )
    for wrong, rule in rules:
        if wrong.any():
            yield wrong, rule
