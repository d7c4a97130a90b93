"""Any state: tidy tables that a user wrote, as CSV or Parquet.

A place whose official files the package does not read can be studied all the same: write its
data in the tidy tables of `autonomy_stats.schema`, one file a table and state, and put the files
into the raw folder. `autonomy-stats template achievement` writes an empty one.

A CSV (UTF-8, separated by commas) has

- lines that begin with `#`, if any: comments. A first line `# autonomy-stats achievement` says
  which table it is; without it the columns tell.
- the header: names of the table's columns in any order. Those that are not required may be
  absent; a name that the table does not have is an error.
- a row for each key. A blank is a missing value. All rows are of one state, and it may be one
  that the package has never heard of.

A Parquet file has the same columns, texts stored as texts: an id kept as a number has lost its
leading zeros, and is refused.

A result that is not a number is a blank with its `status`. Bounds that are left blank are filled:
with the percent where there is one, with 0 and 100 where `status` is `suppressed` or `censored`.

Examples
--------
A town with two charter schools. Its results are made so that these are 6 points above what their
students' poverty lets one expect of the others.

>>> import tempfile
>>> from pathlib import Path
>>> import autonomy_stats as aus
>>> from autonomy_stats.facts import Place
>>> results = ["# autonomy-stats achievement", "state,end_year,district_id,school_id,assessment,"
...            "series,subject,grade,student_group,n_tested,proficient_pct,status"]
>>> students = ["state,end_year,school_id,enrollment,low_income_pct"]
>>> sectors = ["state,end_year,school_id,sector"]
>>> for n, (tested, poverty) in enumerate([(90, 20), (80, 45), (70, 60), (95, 85), (60, 30)] * 2):
...     charter = n in (3, 6)
...     percent = 70 - 0.5 * poverty + 6 * charter
...     results.append(f"ohio,2019,012,{n:04d},Test,Test 1,math,04,all,{tested},{percent},reported")
...     students.append(f"ohio,2019,{n:04d},300,{poverty}")
...     sectors.append(f"ohio,2019,{n:04d},{'charter' if charter else 'district'}")
>>> with tempfile.TemporaryDirectory() as raw:
...     for name, lines in {"a.csv": results, "b.csv": students, "c.csv": sectors}.items():
...         with Path(raw, name).open("w", encoding="utf-8") as stream:
...             print(*lines, sep=chr(10), file=stream)
...     print(aus.load_file(Path(raw, "a.csv")).layout)
...     town = Place("town", "ohio", "Our Town", district_ids=("012",))
...     panel = aus.load_panel(town, [2019], subjects=["math"], raw=raw)
tidy-achievement
>>> fit = aus.estimate_effects(panel.frame, "proficient_pct")
>>> fit.effects.set_index("school_type")["estimate"].round(3).to_dict()
{'independent_charter': 6.0, 'traditional': 0.0}
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, LayoutError, UnrecognisedFileError, Where
from autonomy_stats.loaders.layout import Layout, Sheet, Tidy
from autonomy_stats.loaders.tidy_cells import check_cells, parquet_cells, parquet_columns
from autonomy_stats.raw import RawFile
from autonomy_stats.schema import Table, table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TIDY_LAYOUTS", "after_comments", "tidy_layout"]

HEADER_WITHIN = 200
"""A header is looked for in the first rows only: comments may stand above it."""

FIRST_LINE = re.compile(r"#\s*autonomy-stats\s+([\w-]+)")
TIDY_TABLES = ("achievement", "growth", "demographics", "directory")
ANY_STATE = ("state", "end_year", "school_id")


def after_comments(rows: Sequence[Sequence[str]]) -> int:
    """Return the index of the first row that is neither a comment nor blank.

    Examples
    --------
    >>> after_comments([["# a comment", " with a comma"], [""], ["state", "school_id"]])
    2
    """
    for index, row in enumerate(rows):
        if any(row) and not row[0].startswith("#"):
            return index
    return len(rows)


def tidy_layout(raw: RawFile) -> Layout | None:
    """Return the layout of a tidy table in a file, with its state; None for any other file.

    Parameters
    ----------
    raw : RawFile
        A file.

    Returns
    -------
    Layout or None

    Raises
    ------
    LayoutError
        If the file is a tidy table but for a column, naming it.
    DataError
        If it has no row, or the first one names no state.
    UnrecognisedFileError
        If it is a Parquet file without a tidy table, or a roster.
    """
    if raw.parquet is not None:
        return _of_parquet(raw)
    if raw.is_workbook:
        return None
    rows = raw.head(None, ",", HEADER_WITHIN).rows
    at = after_comments(rows)
    named = FIRST_LINE.match(rows[0][0]) if rows and rows[0] else None
    if named is None:
        layout = _by_columns(rows[at]) if at < len(rows) else None
        if layout is None:
            return None
    else:
        layout = _by_name(raw, named.group(1))
    if at == len(rows):
        raise LayoutError(
            f"{raw.path}: no header within {HEADER_WITHIN} rows; expected the columns of the "
            f"table {_table(layout).name} after the comments, a quote in which must be closed"
        )
    _check_header(Where(raw.path, None, at + 1), rows[at], _table(layout))
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        if any(row):
            column = rows[at].index("state")
            state = row[column] if column < len(row) else ""
            return _in_state(layout, state, Where(raw.path, None, number, "state"))
    raise DataError(
        f"{Where(raw.path, None, at + 1)}: no row stands below the header; fill in one for each "
        f"{', '.join(_table(layout).key)}"
    )


def _of_parquet(raw: RawFile) -> Layout:
    """Return the layout of a Parquet file."""
    columns = parquet_columns(raw)
    layout = _by_columns(columns.column_names)
    if layout is None:
        raise UnrecognisedFileError(
            f"{raw.path}: a Parquet file whose columns are those of no tidy table; expected "
            f"{', '.join(ANY_STATE)} and those of {', '.join(TIDY_TABLES)}"
        )
    _check_header(Where(raw.path), columns.column_names, _table(layout))
    if not columns.num_rows:
        raise DataError(f"{raw.path}: a Parquet file without a row; expected one for each school")
    return _in_state(
        layout, str(columns["state"][0].as_py() or ""), Where(raw.path, None, 1, "state")
    )


def _by_name(raw: RawFile, name: str) -> Layout:
    """Return the layout that the first line of a file names."""
    for layout in TIDY_LAYOUTS:
        if layout.layout_id == f"tidy-{name}":
            return layout
    if name == "roster":
        raise UnrecognisedFileError(
            f"{raw.path}: a roster, no raw file; keep it elsewhere and give its path as roster="
        )
    raise LayoutError(
        f"{Where(raw.path, None, 1)}: got the table {name!r}; "
        f"expected one of {', '.join(TIDY_TABLES)}"
    )


def _by_columns(header: Sequence[str]) -> Layout | None:
    """Return the layout with the most columns of a header that no other layout has."""
    if not set(ANY_STATE) <= set(header):
        return None
    shared = [name for layout in TIDY_LAYOUTS for name in layout.columns]
    counts = {
        layout.layout_id: sum(n in layout.columns and shared.count(n) == 1 for n in header)
        for layout in TIDY_LAYOUTS
    }
    best = max(TIDY_LAYOUTS, key=lambda layout: counts[layout.layout_id])
    return best if counts[best.layout_id] else None


def _in_state(layout: Layout, state: str, where: Where) -> Layout:
    """Return a layout as that of one state."""
    if not re.fullmatch(r"[a-z][a-z0-9_. -]*", state.strip()):
        raise DataError(f"{where}: got {state!r}; expected a state in lower case, such as 'ohio'")
    return replace(layout, state=state.strip())


def _check_header(where: Where, header: Sequence[str], declared: Table) -> None:
    """Refuse a header that lacks a required column, or has one that is not the table's."""
    absent = [c.name for c in declared.columns if c.required and c.name not in header]
    unknown = [name for name in header if name and name not in declared.column_names]
    repeated = sorted({name for name in header if name and list(header).count(name) > 1})
    problems = []
    if len(list(filter(None, header))) == 1 and re.search(r"end_year", header[0]):
        problems.append("the columns are not separated by ','; save it as comma-separated CSV")
    elif absent or unknown or repeated:
        problems += [f"column {name!r} expected, not found" for name in absent[:3]]
        problems += [f"column {name!r} not known" for name in unknown[:3]]
        problems += [f"column {name!r} stands twice" for name in repeated[:3]]
    if problems:
        raise LayoutError(
            f"{where}: {'; '.join(problems)}. The file was taken for the table {declared.name}, "
            f"whose columns are {', '.join(declared.column_names)}"
        )


def _read(raw: RawFile, layout: Layout) -> Sheet:
    """Return the rows of a tidy table, each column under its name."""
    frame = _text(raw) if raw.parquet is None else parquet_cells(raw, _table(layout))
    return Sheet(raw.path, None, frame, layout.layout_id, {str(name): str(name) for name in frame})


def _text(raw: RawFile) -> pd.DataFrame:
    """Return the rows of a CSV as text, the index their number in the file."""
    import pandas as pd

    rows = raw.text(",").rows
    at = after_comments(rows)
    header = rows[at]
    held = {n: row for n, row in enumerate(rows[at + 1 :], start=at + 2) if any(row)}
    used = [index for index, name in enumerate(header) if name]
    for number, row in held.items():
        if len(row) != len(header) or any(row[i] for i in range(len(row)) if i not in used):
            raise DataError(
                f"{Where(raw.path, None, number)}: got {len(row)} cells; expected {len(header)}, "
                "each under a header (a text with a comma in it needs quotes)"
            )
    columns = {header[i]: [row[i] for row in held.values()] for i in used}
    return pd.DataFrame(columns, index=list(held), dtype="str")


def _layout(declared: Table) -> Layout:
    """Return the layout of a tidy table; its state is that of the file."""

    def tidy(sheet: Sheet, _year: int) -> Tidy:
        return Tidy({declared.name: check_cells(sheet, declared)})

    return Layout(
        layout_id=f"tidy-{declared.name}",
        state="",
        agency="Whoever wrote the file",
        title=f"the tidy table {declared.name}, as CSV or Parquet",
        columns={name: name for name in declared.column_names},
        tidy=tidy,
        year_of=lambda _sheet: 0,
        optional=frozenset(c.name for c in declared.columns if not c.required),
        many_years=True,
        read=_read,
    )


def _table(layout: Layout) -> Table:
    """Return the tidy table of a layout."""
    return table(layout.layout_id.removeprefix("tidy-"))


TIDY_LAYOUTS: tuple[Layout, ...] = tuple(_layout(table(name)) for name in TIDY_TABLES)
