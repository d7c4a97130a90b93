"""Read the CSV files of facts that the package ships, or one of a user's own, row by row."""

from __future__ import annotations

import os
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, RawFileError
from autonomy_stats.loaders.tidy_csv import after_comments
from autonomy_stats.raw import open_raw
from autonomy_stats.schema import table, validate
from autonomy_stats.schema.columns import DTYPES
from autonomy_stats.texts import storage_of_texts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_csv_text", "read_facts", "read_typed"]


def read_facts(name: str) -> pd.DataFrame:
    """Return a table of facts that the package ships, checked against its declaration.

    Parameters
    ----------
    name : str
        Name of the table; it stands in `facts/<name>.csv`.

    Returns
    -------
    pandas.DataFrame
        The table as declared; a copy, safe to change.

    Raises
    ------
    DataError
        If a row is not as the table declares; the message names the row.
    """
    return _shipped(name, storage_of_texts()).copy()


@cache
def _shipped(name: str, _storage: str) -> pd.DataFrame:
    """Read and check a shipped table, once in a session and way to keep texts."""
    with as_file(files("autonomy_stats.facts") / f"{name}.csv") as path:
        return read_typed(path, name, f"facts {name}")


def read_typed(source: str | os.PathLike[str], name: str, where: str) -> pd.DataFrame:
    """Read a CSV of a declared table and check it; see `read_csv_text` for the arguments.

    Raises
    ------
    RawFileError, DataError
        If the file cannot be read, or a row is not as the table declares; the message names the
        row and the column.
    """
    text = read_csv_text(source, name, where)
    return validate(_typed(text, name, where), name, where, rows=list(text.index))


def _typed(text: pd.DataFrame, name: str, where: str) -> pd.DataFrame:
    """Return the columns that hold numbers as numbers, a blank as missing."""
    import pandas as pd

    typed = text.copy()
    for column in table(name).columns:
        if column.kind == "text":
            typed[column.name] = text[column.name].where(text[column.name] != "")
            continue
        numbers = pd.to_numeric(text[column.name].where(text[column.name] != ""), errors="coerce")
        wrong = numbers.isna() & (text[column.name] != "")
        if wrong.any():
            row = text.index[wrong][0]
            raise DataError(
                f"{where}, row {row}, column {column.name!r}: got "
                f"{text.loc[row, column.name]!r}; expected a number, or nothing"
            )
        typed[column.name] = numbers.astype(DTYPES[column.kind])  # type: ignore[call-overload]
    return typed


def read_csv_text(source: str | os.PathLike[str], name: str, where: str) -> pd.DataFrame:
    """Read a CSV that has the columns of a table, every cell as text.

    Parameters
    ----------
    source : path
        A CSV, with a header of the table's columns in any order. Lines above it may be comments
        (`# ...`); rows without a cell are passed over.
    name : str
        Name of the table.
    where : str
        Named in the errors.

    Returns
    -------
    pandas.DataFrame
        Columns of the table as text; the index is each row's number in the file.

    Raises
    ------
    RawFileError
        If the file cannot be read, or is no CSV.
    DataError
        If a column is absent, unknown or twice there, or a row has another number of cells.
    """
    import pandas as pd

    raw = open_raw(source)
    if raw.is_workbook or raw.parquet is not None:
        kind = "workbook" if raw.is_workbook else "Parquet file"
        raise RawFileError(f"{where}: a {kind}; a {name} is a CSV: save it as one")
    comments = after_comments(raw.text(",").rows)
    header, *rows = raw.text(",").rows[comments:] or [[]]
    declared = table(name).column_names
    if missing := [column for column in declared if column not in header]:
        raise DataError(f"{where}: column {missing[0]!r} expected, not found; needed: {declared}")
    if unknown := [column for column in header if column not in declared]:
        raise DataError(f"{where}: column {unknown[0]!r} not known; allowed: {declared}")
    if len(header) > len(declared):
        raise DataError(f"{where}: a column stands twice; needed: {declared}, each once")
    held = {number: row for number, row in enumerate(rows, start=comments + 2) if any(row)}
    for number, row in held.items():
        if len(row) != len(header):
            raise DataError(
                f"{where}, row {number}: got {len(row)} cells; expected {len(header)}, as the "
                "header has (a text with a comma in it needs quotes)"
            )
    return pd.DataFrame(list(held.values()), index=list(held), columns=header, dtype="str")
