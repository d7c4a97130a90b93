"""Write rows of cells as workbooks and delimited text, and tidy tables as CSV.

The states' writers share these. None leaves a trace of when a file was written.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Row",
    "cell",
    "records",
    "write_rows_text",
    "write_rows_xlsx",
    "write_sheets_xlsx",
    "write_tidy_csv",
]

Row = Sequence[Any]

CREATED = datetime(2000, 1, 1)
"""When every workbook says that it was made."""

WORKBOOK = {
    "in_memory": True,  # or its parts bear the dates of temporary files
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
"""A workbook whose texts stay texts, whatever they look like."""


def cell(value: Any) -> Any:
    """Return a value as a workbook stores it: nothing for a missing one, whole numbers whole.

    Examples
    --------
    >>> cell(3.0), cell(2.5), cell(float("nan")), cell("A")
    (3, 2.5, None, 'A')
    """
    import pandas as pd

    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value if value == value else None
    return None if pd.isna(value) else value


def records(table: pd.DataFrame, end_year: int) -> list[dict[str, Any]]:
    """Return the rows of a tidy table of one spring, each a value by column."""
    rows = table[table["end_year"] == end_year]
    names = [str(name) for name in rows]
    columns = (rows[name].tolist() for name in rows)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def write_sheets_xlsx(path: Path, sheets: Mapping[str, Sequence[Row]]) -> Path:
    """Write the sheets of a workbook, each a list of rows: text as text, numbers as numbers.

    The same rows give the same bytes: nothing in the workbook says when it was written.

    Parameters
    ----------
    path : pathlib.Path
        File to write; its folder is made.
    sheets : mapping of str to list of rows
        Cells by the sheet's name, in order.

    Returns
    -------
    pathlib.Path
        The path.

    Examples
    --------
    >>> import tempfile
    >>> from autonomy_stats.raw import open_raw
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = [["School ID", "Score"], ["0012", 700.0], ["0013", float("nan")]]
    ...     path = write_sheets_xlsx(Path(folder, "scores.xlsx"), {"Spring 2016": rows})
    ...     open_raw(path).sheet("Spring 2016").rows
    [['School ID', 'Score'], ['0012', '700'], ['0013', '']]
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, WORKBOOK) as workbook:
        workbook.set_properties({"created": CREATED})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, [cell(value) for value in row])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.getvalue())
    return path


def write_rows_xlsx(path: Path, sheet: str, rows: Sequence[Row]) -> Path:
    """Write a workbook of one sheet; see `write_sheets_xlsx`."""
    return write_sheets_xlsx(path, {sheet: rows})


def write_rows_text(
    path: Path,
    rows: Sequence[Row],
    delimiter: str = ",",
    quoting: int = csv.QUOTE_MINIMAL,
    encoding: str = "utf-8",
    newline: str = "\n",
) -> Path:
    """Write delimited text.

    Parameters
    ----------
    path : pathlib.Path
        File to write; its folder is made.
    rows : list of rows
        Cells; a missing one is empty.
    delimiter, encoding, newline : str
        As the agency publishes the file.
    quoting : int
        A quoting constant of the `csv` module.

    Returns
    -------
    pathlib.Path
        The path.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=newline)  # type: ignore[arg-type]
    writer.writerows([["" if (shown := cell(v)) is None else shown for v in row] for row in rows])
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def write_tidy_csv(path: Path, name: str, frame: pd.DataFrame) -> Path:
    """Write a tidy table as the CSV that `load_file` reads back to the last bit.

    Columns without any value are left out.

    Parameters
    ----------
    path : pathlib.Path
        File to write; its folder is made.
    name : {"achievement", "growth", "demographics", "directory"}
        Name of the table.
    frame : pandas.DataFrame
        Its rows, of one state.

    Returns
    -------
    pathlib.Path
        The path.

    Raises
    ------
    UsageError
        If no such table can be read from a CSV, the frame has a column that the table does not
        declare, or its rows are not of one state.
    DataError
        If a value is not as the table declares.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import autonomy_stats as aus
    >>> schools = pd.DataFrame({"school_id": ["01", "02"], "sector": ["district", "charter"]})
    >>> schools = schools.assign(state="ohio", end_year=2016)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_tidy_csv(Path(folder, "schools.csv"), "directory", schools)
    ...     aus.load_file(path).tables["directory"]["school_id"].tolist()
    ['01', '02']
    """
    from autonomy_stats.loaders.tidy_csv import TIDY_TABLES
    from autonomy_stats.schema import validate

    if name not in TIDY_TABLES:
        raise UsageError(f"no tidy CSV holds the table {name!r}; one of {', '.join(TIDY_TABLES)}")
    checked = validate(frame, name, str(path))
    states = checked["state"].unique().tolist()
    if len(states) != 1:
        got = ", ".join(states) or "no row"
        raise UsageError(f"{path}: a tidy CSV holds one state; got {got}. Write a file for each")
    held = checked.dropna(axis="columns", how="all")
    text = held.to_csv(index=False, lineterminator="\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"# autonomy-stats {name}\n{text}".encode())
    return path
