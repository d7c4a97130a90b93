"""Gather one state's tidy tables from all raw files at hand, and say which file gave what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.errors import AutonomyStatsError, DataError
from autonomy_stats.loaders.held import load_held
from autonomy_stats.loaders.layout import Layout
from autonomy_stats.loaders.loaded_file import LoadedFile
from autonomy_stats.loaders.survey import stamp_of, survey
from autonomy_stats.mark import COLUMN
from autonomy_stats.schema import table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Gathered", "gather"]


@dataclass(frozen=True)
class Gathered:
    """A state's tidy tables, the files they came from, and the errors of its broken files.

    Each table has a column more, `simulated`: whether the row came from a simulated file.
    """

    tables: dict[str, pd.DataFrame]
    loaded: list[LoadedFile]
    broken: tuple[AutonomyStatsError, ...] = ()


def gather(
    state: str,
    end_years: Collection[int],
    raw: str | Path | None = None,
    within: Collection[str] | None = None,
) -> Gathered:
    """Return a state's tidy tables of some years, from every file that holds them.

    Parameters
    ----------
    state : str
        State in lower case.
    end_years : collection of int
        Spring years.
    raw : path or None
        The raw folder.
    within : collection of str, optional
        Beginnings of the ids of wanted schools (of districts, or whole ids). Only layouts that
        can tell them before a cell is parsed leave other schools out.

    Returns
    -------
    Gathered

    Raises
    ------
    DataError
        If two files give the same row different numbers, or one of them is simulated and the
        other is not. A broken file is not raised but
        listed in `broken`: it may be needed by nobody.
    """
    years = tuple(sorted(set(end_years)))
    places = None if within is None else tuple(sorted(set(within)))
    found: list[tuple[Layout, LoadedFile]] = []
    broken = []
    for item in survey(raw):
        if item.layout is None or item.layout.state != state:
            continue
        try:
            wanted = places if item.layout.left_out else None
            one = load_held(stamp_of(item.path), item.layout, years, wanted)
        except AutonomyStatsError as problem:
            broken.append(problem.by_itself())
        else:
            found += [(item.layout, one)] if one is not None else []
    loaded = _settled(found)
    names = sorted({name for one in loaded for name in one.tables})
    tables = {name: _combined(name, loaded) for name in names}
    return Gathered(
        {name: frame[frame["end_year"].isin(years)] for name, frame in tables.items()},
        loaded,
        tuple(broken),
    )


def _settled(found: list[tuple[Layout, LoadedFile]]) -> list[LoadedFile]:
    """Give the schools of files with ids of their own those of the state's directory."""
    import pandas as pd

    loaded = [one for _, one in found]
    if not any(layout.settle for layout, _ in found):
        return loaded
    directories = [one.tables["directory"] for one in loaded if "directory" in one.tables]
    if not directories:
        return loaded
    directory = pd.concat(directories, ignore_index=True)
    settled = []
    for layout, one in found:
        if layout.settle is not None:
            tables, changed = layout.settle(one.tables, directory)
            counts = one.corrected | {"rows under the ids of the directory": changed}
            one = replace(one, tables=tables, corrected=counts)
        settled.append(one)
    return settled


def _combined(name: str, loaded: list[LoadedFile]) -> pd.DataFrame:
    """Put one table of several files together, each key once."""
    import pandas as pd

    parts = [
        one.tables[name].assign(
            _file=index,
            _own=one.tables[name]["end_year"].isin(one.own_years).astype("int64"),
            **{COLUMN: one.simulated},
        )
        for index, one in enumerate(loaded)
        if name in one.tables
    ]
    frame = pd.concat(parts, ignore_index=True)
    key = list(table(name).key)
    columns = [*table(name).column_names, COLUMN]
    if len(parts) == 1:
        return frame[columns]
    _refuse_mixed(frame, key, loaded, name)
    own = frame.groupby(key)["_own"].transform("max")
    frame = frame[frame["_own"] == own]  # a year's own file beats prior-year columns, ...
    weak = frame["_file"].map(lambda index: name in loaded[index].stands_in)
    held = frame.loc[~weak].set_index(key).index
    frame = frame[~weak | ~frame.set_index(key).index.isin(held)]  # ... and one that stands in
    if name in ("demographics", "directory"):
        return _coalesced(name, frame, key, loaded)
    values = [c for c in table(name).column_names if c not in ("school_name", "district_id")]
    frame = frame.drop_duplicates(values)
    _refuse_conflict(frame, frame.duplicated(key, keep=False), key, loaded, name)
    return frame[columns].reset_index(drop=True)


def _coalesced(
    name: str, frame: pd.DataFrame, key: list[str], loaded: list[LoadedFile]
) -> pd.DataFrame:
    """Put together files that each give some columns of the same schools."""
    import pandas as pd

    columns = [*table(name).column_names, COLUMN]
    groups = frame.groupby(key, sort=False)
    if name == "directory":
        differs = (groups[["sector", "level"]].nunique() > 1).any(axis=1)
    else:
        numbers = [c for c in columns if frame[c].dtype == "float64"]
        differs = ((groups[numbers].max() - groups[numbers].min()) > 0).any(axis=1)
    conflict = pd.Series(frame.set_index(key).index.isin(differs[differs].index), frame.index)
    _refuse_conflict(frame, conflict, key, loaded, name)
    return groups.first().reset_index()[columns]


def _refuse_conflict(
    frame: pd.DataFrame, conflict: pd.Series, key: list[str], loaded: list[LoadedFile], name: str
) -> None:
    """Raise if several files give one row different numbers."""
    if conflict.any():
        paths, row = _first_conflict(frame, conflict, key, loaded)
        raise DataError(
            f"{paths} give {name} of {row} different numbers ({int(conflict.sum())} rows in all); "
            "keep only the file that is right"
        )


def _refuse_mixed(frame: pd.DataFrame, key: list[str], loaded: list[LoadedFile], name: str) -> None:
    """Raise if a simulated file and a real one give the same row, whatever they say of it."""
    if frame[COLUMN].nunique() == 1:
        return
    mixed = frame.groupby(key)[COLUMN].transform("nunique") > 1
    if mixed.any():
        paths, row = _first_conflict(frame, mixed, key, loaded)
        raise DataError(
            f"{paths} give {name} of {row} ({int(mixed.sum())} rows in all), and one of them is "
            "simulated; keep simulated files in a folder of their own"
        )


def _first_conflict(
    frame: pd.DataFrame, conflict: pd.Series, key: list[str], loaded: list[LoadedFile]
) -> tuple[str, dict[str, object]]:
    """Return the files that give the first of some rows, and its key."""
    rows = frame[conflict]
    first = rows.merge(rows[key].head(1), on=key)
    paths = [
        f"{loaded[index].path}{' (simulated)' * loaded[index].simulated}"
        for index in first["_file"].unique()
    ]
    row = {str(column): value for column, value in rows[key].iloc[0].to_dict().items()}
    return " and ".join(paths), row
