"""Cells of a tidy table that a user wrote: each checked, an error naming row and column."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError, RawFileError, Where
from autonomy_stats.loaders.cells import first_row
from autonomy_stats.loaders.layout import Sheet
from autonomy_stats.raw import RawFile
from autonomy_stats.schema import GRADES, Column, Table, validate
from autonomy_stats.schema.columns import BOUNDS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["allowed", "check_cells", "parquet_cells", "parquet_columns"]

NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
VALUES = {"achievement": ("proficient_pct", "mean_score"), "growth": ("value",)}
"""Columns of which one is given where `status` says so."""

GIVEN = ("reported", "derived")
UNBOUNDED = ("suppressed", "censored")
FEW = 10
"""Fewer percents than these may all be 1 or less by chance."""

KINDS = {
    "text": "text",
    "year": "a spring year of four digits",
    "number": "a number",
    "percent": "a number from 0 to 100",
    "count": "a number, 0 or more",
}


def allowed(column: Column) -> str:
    """Say in words what a column of a tidy table may hold.

    Examples
    --------
    >>> from autonomy_stats.schema import table
    >>> allowed(table("demographics").columns[5])
    'a number, 0 or more; may be blank'
    """
    words = f"one of {', '.join(column.allowed)}" if column.allowed else KINDS[column.kind]
    return words if column.required else f"{words}; may be blank"


def check_cells(sheet: Sheet, table: Table) -> pd.DataFrame:
    """Return a tidy table of cells, each as its column declares.

    Parameters
    ----------
    sheet : Sheet
        Columns under their names, texts or (of a Parquet file) numbers.
    table : Table
        The tidy table.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    DataError
        Naming the first cell that is not what its column allows, or row that disagrees
        with itself or with another one.
    """
    import pandas as pd

    declared = [column for column in table.columns if column.name in sheet.frame]
    frame = pd.DataFrame({c.name: _values(sheet, c) for c in declared})
    state = frame["state"].iloc[0]
    other = frame["state"] != state
    _refuse(sheet, other, "state", f"{state!r} as in the rows above: a file is of one state")
    if "grade" in frame:
        other = frame["grade"].str.fullmatch(r"\d+") & ~frame["grade"].isin(list(GRADES))
        expected = (
            "two digits, such as '03' (a spreadsheet drops the zero), up to 12, all, or a course"
        )
        _refuse(sheet, other.astype("bool"), "grade", expected)
    if "status" in frame:
        _check_status(sheet, frame, VALUES[table.name])
    if table.name == "achievement":
        frame = _with_bounds(sheet, _with_tested_status(frame))
        _check_scale(sheet, frame)
        _check_counts(sheet, frame)
    return validate(frame, table.name, str(sheet.where()), rows=list(frame.index))


def _values(sheet: Sheet, column: Column) -> pd.Series:
    """Return one column as values of its kind."""
    import pandas as pd

    cells = sheet.frame[column.name]
    if cells.dtype == "float64":
        blank, values = cells.isna(), cells
    else:
        cells = cells.str.strip()
        blank = cells == ""
        values = cells.where(~blank)
        if column.kind != "text":
            _refuse(sheet, ~blank & ~cells.str.fullmatch(NUMBER), column.name, _hint(column))
            numbers = [float(cell) if cell else float("nan") for cell in cells]  # to the last bit
            values = pd.Series(numbers, index=cells.index, dtype="float64")
    wrong = blank if column.required else pd.Series(False, index=cells.index)
    if column.kind != "text":
        wrong |= values.abs() == float("inf")
    if column.kind in BOUNDS:
        wrong |= ~blank & ~values.between(*BOUNDS[column.kind])
    if column.kind == "year":
        wrong |= ~blank & (values % 1 != 0)
    if column.allowed:
        wrong |= ~blank & ~values.isin(column.allowed)
    _refuse(sheet, wrong, column.name, allowed(column))
    return values.astype("Int64") if column.kind == "year" else values


def _hint(column: Column) -> str:
    """Say what a number is, and where what is no number belongs."""
    words = allowed(column)
    if column.required:
        return words
    return f"{words} (a hidden or missing result is a blank with its `status`)"


def _refuse(sheet: Sheet, wrong: pd.Series, column: str, expected: str) -> None:
    """Raise for the first row of a mask, naming what was got and what is allowed."""
    import pandas as pd

    if wrong.any():
        row = first_row(wrong)
        got: Any = sheet.frame.loc[row, column]
        plain = float(got) if isinstance(got, float) else got
        shown = "nothing" if plain in ("", None) or pd.isna(plain) else repr(plain)
        raise DataError(f"{sheet.where(row, column)}: got {shown}; expected {expected}")


def _check_status(sheet: Sheet, frame: pd.DataFrame, values: tuple[str, ...]) -> None:
    """Refuse a status that the values deny."""
    held = [name for name in values if name in frame]
    lacking = frame["status"].isin(GIVEN) & frame[held].isna().all(axis=1)
    expected = f"another status, or a number in {' or '.join(values)}"
    _refuse(sheet, lacking, "status", expected)
    if values[0] in frame:
        denied = ~frame["status"].isin(GIVEN) & frame[values[0]].notna()
        _refuse(sheet, denied, "status", f"one of {', '.join(GIVEN)}, as {values[0]} has a number")


def _with_tested_status(frame: pd.DataFrame) -> pd.DataFrame:
    """Take a number of students tested for reported, where nothing else is said."""
    import pandas as pd

    if "n_tested" not in frame:
        return frame
    said = frame.get("n_tested_status", pd.Series(None, index=frame.index, dtype="str"))
    silent = frame["n_tested"].notna() & said.isna()
    return frame.assign(n_tested_status=said.mask(silent, "reported"))


def _with_bounds(sheet: Sheet, frame: pd.DataFrame) -> pd.DataFrame:
    """Fill bounds that are blank, and refuse those that contradict the percent."""
    import pandas as pd

    missing = pd.Series(float("nan"), index=frame.index)
    percent = frame.get("proficient_pct", missing)
    hidden = frame["status"].isin(UNBOUNDED)
    bounds = {}
    for end, widest in (("low", 0.0), ("high", 100.0)):
        name = f"proficient_pct_{end}"
        given = frame.get(name, missing)
        bounds[name] = given.fillna(percent).mask(given.isna() & hidden, widest)
        beyond = given > percent if end == "low" else given < percent
        _refuse(sheet, beyond, name, "the percent to lie within its bounds")
    crossed = bounds["proficient_pct_low"] > bounds["proficient_pct_high"]
    if crossed.any():
        name = "proficient_pct_low" if "proficient_pct_low" in frame else "proficient_pct_high"
        _refuse(sheet, crossed, name, "the lower bound not to exceed the upper one")
    return frame.assign(**bounds)


def _check_scale(sheet: Sheet, frame: pd.DataFrame) -> None:
    """Refuse percents that were written as fractions."""
    for name in {"proficient_pct", "participation_pct"} & set(frame):
        percents = frame[name].dropna()
        if len(percents) >= FEW and 0 < percents.max() <= 1:
            row = first_row(frame[name] == percents.max())
            raise DataError(
                f"{sheet.where(row, name)}: got {percents.max()}, the largest of the column; "
                "expected percents from 0 to 100, no fractions: multiply by 100"
            )


def _check_counts(sheet: Sheet, frame: pd.DataFrame) -> None:
    """Refuse a percent that its own counts deny: rounding explains half a point."""
    if {"n_tested", "proficient_n", "proficient_pct"} <= set(frame):
        share = 100 * frame["proficient_n"] / frame["n_tested"].where(frame["n_tested"] > 0)
        apart = (share - frame["proficient_pct"]).abs() > 1
        _refuse(sheet, apart, "proficient_pct", "100 times proficient_n over n_tested")


def parquet_columns(raw: RawFile) -> Any:
    """Return the columns of a Parquet file as a `pyarrow.Table`.

    Raises
    ------
    RawFileError
        If it is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(raw.parquet or b""), pre_buffer=False)
        return file.read(use_threads=False)  # see `cache`
    except (pa.ArrowException, OSError) as problem:
        first = str(problem).partition("\n")[0]
        raise RawFileError(f"{raw.path}: a Parquet file cut short or damaged ({first})") from None


def parquet_cells(raw: RawFile, table: Table) -> pd.DataFrame:
    """Return the columns of a Parquet file, texts as text and numbers as floats.

    Parameters
    ----------
    raw : RawFile
        The file.
    table : Table
        The tidy table that it holds.

    Returns
    -------
    pandas.DataFrame
        The index counts the rows from 1.

    Raises
    ------
    DataError
        If texts are stored as numbers, which drops the zeros before an id, or numbers as text.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = parquet_columns(raw)
    kinds = {column.name: column.kind for column in table.columns}
    held = {}
    for name in columns.column_names:
        values = columns[name]
        stored = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
        text = pa.types.is_string(stored) or pa.types.is_large_string(stored)
        number = any(
            of_type(stored)
            for of_type in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
        )
        is_text = kinds[name] == "text"
        if not (pa.types.is_null(stored) or (text if is_text else number)):
            expected = (
                "text (of an id, a number drops the leading zeros)" if is_text else "a number"
            )
            raise DataError(
                f"{Where(raw.path, None, None, name)}: got values stored as {stored}; "
                f"expected {expected}"
            )
        cells = pc.cast(values, pa.string() if is_text else pa.float64()).to_pandas()
        held[name] = cells.fillna("").astype("str") if is_text else cells.astype("float64")
    frame = pd.DataFrame(held)
    return frame.set_axis(range(1, len(frame) + 1), axis="index")
