"""What reads the file: the package, and what else its tidy rows could be made from.

Each contender is given a file and returns two functions: the work, which is timed, and what turns
its result into a number of rows and of students, to see that all have read the same.
"""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

# Libraries are imported by the contender that needs them, since imports cost memory.

ERA, DISTRICT = "2017", "1964733"
CODES = ("County Code", "District Code", "School Code")
GROUP, SCORED = "Subgroup ID", "Students with Scores"

Contender = tuple[Callable[[], Any], Callable[[Any], tuple[int, int]]]


def package(path: Path) -> Contender:
    """All that the package does to a file: hash, recognise, check and tidy."""
    from autonomy_stats.loaders.gather import gather

    os.environ["AUTONOMY_STATS_CACHE"] = "off"

    def told(gathered: Any) -> tuple[int, int]:
        if gathered.broken:
            raise gathered.broken[0]
        rows = gathered.tables["achievement"]
        return len(rows), int(rows["n_tested"].sum())

    return lambda: gather("california", range(2010, 2030), path.parent, [DISTRICT]), told


def pandas_whole(path: Path) -> Contender:
    """The whole file by pandas, every option as it comes: from 3.1 on, on all cores."""
    import pandas as pd

    warnings.simplefilter("ignore", pd.errors.DtypeWarning)  # starred columns are of two types
    return lambda: pd.read_csv(path), summed


def pandas_one_thread(path: Path) -> Contender:
    """The same on one core, as pandas read it before 3.1."""
    import pandas as pd

    read, told = pandas_whole(path)

    def work() -> pd.DataFrame:
        has_threads = hasattr(pd.options.mode, "max_threads")
        with pd.option_context("mode.max_threads", 1) if has_threads else nullcontext():
            return read()

    return work, told


def pandas_text(path: Path) -> Contender:
    """The whole file by pandas, every cell as text."""
    import pandas as pd

    return lambda: pd.read_csv(path, dtype=str), summed


def pandas_columns(path: Path) -> Contender:
    """The columns that the package reads, by pandas, as text."""
    import pandas as pd

    columns = used_columns(path)
    return lambda: pd.read_csv(path, dtype=str, usecols=columns), summed


def pyarrow_columns(path: Path) -> Contender:
    """The same columns by pyarrow, as text, on all cores."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    columns = used_columns(path)
    options = arrow.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()), include_columns=columns
    )
    return (
        lambda: arrow.read_csv(path, convert_options=options),
        lambda table: summed(table.to_pandas()),
    )


def polars_scan(path: Path) -> Contender:
    """A lazy scan of the same columns by polars, as text, with the district as its filter."""
    import pandas as pd
    import polars as pl

    columns = used_columns(path)
    county, district = (pl.col(name) for name in CODES[:2])
    query = (
        pl.scan_csv(path, infer_schema=False)
        .select(columns)
        .filter(county == DISTRICT[:2], district == DISTRICT[2:])
    )
    return query.collect, lambda frame: summed(pd.DataFrame(frame.to_dict(as_series=False)))


def duckdb_scan(path: Path) -> Contender:
    """A query of the same columns by DuckDB, as text, with the district as its filter."""
    import duckdb

    names = ", ".join(f'"{name}"' for name in used_columns(path))
    query = (
        f"SELECT {names} FROM read_csv(?, all_varchar=true, header=true) "
        f"WHERE \"{CODES[0]}\" = '{DISTRICT[:2]}' AND \"{CODES[1]}\" = '{DISTRICT[2:]}'"
    )
    return lambda: duckdb.execute(query, [str(path)]).df(), summed


CONTENDERS = {
    "autonomy-stats": package,
    "pandas.read_csv": pandas_whole,
    "pandas.read_csv, one thread": pandas_one_thread,
    "pandas.read_csv, text": pandas_text,
    "pandas.read_csv, used columns": pandas_columns,
    "pyarrow.csv.read_csv, used columns": pyarrow_columns,
    "polars.scan_csv, used columns": polars_scan,
    "duckdb.read_csv, used columns": duckdb_scan,
}


def used_columns(path: Path) -> list[str]:
    """Return the columns of a file that the package uses, told by its header alone."""
    from autonomy_stats.loaders.california_caaspp import LAYOUTS
    from autonomy_stats.loaders.layout import normal

    known = next(one.known for one in LAYOUTS if one.layout_id == f"california-caaspp-{ERA}")
    with path.open(encoding="ascii") as stream:
        return [text for text in next(csv.reader(stream)) if known[normal(text)]]


def summed(frame: Any) -> tuple[int, int]:
    """Return number and students of the district's rows that the package keeps."""
    import pandas as pd

    from autonomy_stats.loaders.california_groups import GROUPS

    county, district, school, group = (pd.to_numeric(frame[n]) for n in (*CODES, GROUP))
    here = (county == int(DISTRICT[:2])) & (district == int(DISTRICT[2:]))
    kept = frame[here & (school != 0) & group.isin([int(code) for code in GROUPS])]
    return len(kept), int(pd.to_numeric(kept[SCORED]).sum())
