"""What a layout is, and how a raw file is matched against one.

A layout is a declaration: which sheets, which header texts, and which field each column
becomes. Columns are mapped exhaustively: a declared column that is absent, or a column that
is not declared, stops the load and is named. The header row is found by its content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, LayoutError, Where
from autonomy_stats.raw import DELIMITERS, RawFile, RawSheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["IGNORED", "Layout", "Sheet", "Tidy", "match", "read_sheet", "sheets_of"]

IGNORED = ""
"""Field of a column that the package knows and does not use."""

HEADER_WITHIN = 40
"""A header row is looked for in the first rows only."""

ENOUGH = 0.6
"""Share of a layout's columns that a header row must show to be taken for that layout.

Below it a file is unrecognised; above it every difference is an error that names the column.
"""


@dataclass(frozen=True)
class Tidy:
    """What a layout makes of a sheet: tidy tables, and a count of the rows passed over."""

    tables: dict[str, pd.DataFrame]
    passed_over: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """A sheet under its layout: text cells, columns named by field, index the row number."""

    path: Path
    name: str | None
    frame: pd.DataFrame
    title: str
    headers: Mapping[str, str]

    def where(self, row: int | None = None, column: str | None = None) -> Where:
        """Return a place in this sheet, a field named by its header in the file."""
        header = self.headers.get(column, column) if column else None
        return Where(self.path, self.name, row, header)

    def without(self, rows: pd.Series) -> Sheet:
        """Return the sheet without the rows where a mask is true."""
        return replace(self, frame=self.frame[~rows])


@dataclass(frozen=True)
class Layout:
    """An official layout.

    Parameters
    ----------
    layout_id : str
        Short name, `state-file-era`.
    state : str
        State in lower case.
    agency : str
        Who publishes it.
    title : str
        What the file is, as a user would ask the agency for it.
    columns : mapping of str to str
        Header text to field. Header texts are compared without case and with runs of white
        space collapsed. Several texts may name one field; `IGNORED` marks a known column that
        is not used.
    tidy : callable
        Makes tidy tables of a sheet.
    year_of : callable or None
        Spring year of a sheet, from its title; None: the group `year` of `sheets`.
    sheets : str or None
        Pattern of the names of a workbook's sheets to read; None for delimited text.
    sheet_example : str
        Such a name, for error messages.
    optional : frozenset of str
        Fields that may be absent.
    one_of : tuple of frozenset of str
        Groups of fields of which at least one must be there; each may be absent by itself.
    grouped : bool
        Whether a row of group labels stands above the header (`Grade 3` over five columns);
        header texts are then written `Grade 3 / Pass N`.
    delimiter : str
        Of delimited text.
    prior_years : bool
        Whether the file also gives earlier years, which that year's own file overrules.
    """

    layout_id: str
    state: str
    agency: str
    title: str
    columns: Mapping[str, str]
    tidy: Callable[[Sheet, int], Tidy]
    year_of: Callable[[Sheet], int] | None = None
    sheets: str | None = None
    sheet_example: str = ""
    optional: frozenset[str] = frozenset()
    one_of: tuple[frozenset[str], ...] = ()
    grouped: bool = False
    delimiter: str = ","
    prior_years: bool = False

    @property
    def known(self) -> dict[str, str]:
        """Header texts, normalised, to fields."""
        return {normal(text): name for text, name in self.columns.items()}

    @property
    def required(self) -> set[str]:
        """Fields that every file of this layout has."""
        return {n for n in self.columns.values() if n} - self.optional.union(*self.one_of)


@dataclass(frozen=True)
class Match:
    """How well a sheet fits a layout: the header row that fits best, and the share found."""

    layout: Layout
    share: float
    header_row: int
    header: list[str]


def normal(text: str) -> str:
    """Return a header text without case and with runs of white space collapsed."""
    return " ".join(text.split()).casefold()


def sheets_of(raw: RawFile, layout: Layout) -> dict[str | None, int | None]:
    """Return the names of a file's sheets that a layout reads, with the year each name gives.

    Delimited text has one sheet, called None.
    """
    if layout.sheets is None:
        return {None: None}
    found: dict[str | None, int | None] = {}
    for name in raw.sheet_names:
        if named := re.fullmatch(layout.sheets, name.strip()):
            year = named.groupdict().get("year")
            found[name] = int(year) if year else None
    return found


def match(sheet: RawSheet, layout: Layout) -> Match:
    """Find the row of a sheet that best fits a layout's header."""
    known = layout.known
    required = layout.required
    best = Match(layout, 0.0, 0, [])
    for number, row in enumerate(sheet.rows[:HEADER_WITHIN], start=1):
        above = sheet.rows[number - 2] if number > 1 else []
        header = _joined(above, row) if layout.grouped else row
        found = {known[normal(text)] for text in header if normal(text) in known}
        share = len(found & required) / len(required)
        if share > best.share:
            best = Match(layout, share, number, header)
    return best


def best_match(raw: RawFile, layouts: tuple[Layout, ...]) -> Match | None:
    """Return the layout that a file fits best, or None; raise for a nearly right file."""
    matches = []
    for layout in layouts:
        if raw.is_workbook and layout.sheets is not None:
            named = [n for n in raw.sheet_names if re.fullmatch(layout.sheets, n.strip())]
            matches.append(match(raw.head((named or list(raw.sheet_names))[0]), layout))
        elif not raw.is_workbook and layout.sheets is None:
            matches.append(match(raw.head(None, layout.delimiter), layout))
    best = max(matches, key=lambda m: m.share, default=None)
    if best is not None and best.share >= ENOUGH:
        return best
    if not raw.is_workbook:
        _refuse_wrong_delimiter(raw, layouts)
    return None


def read_sheet(sheet: RawSheet, layout: Layout) -> Sheet:
    """Name the columns of a sheet by field, checking that they are just the declared ones.

    Raises
    ------
    LayoutError
        Naming the columns that are absent, unknown or repeated.
    DataError
        Naming a row that is cut short, or has a cell under no header; if there is no row.
    """
    import pandas as pd

    found = match(sheet, layout)
    if found.share < ENOUGH:
        raise LayoutError(
            f"{Where(sheet.path, sheet.name)}: no row looks like the header of {layout.title}; "
            f"expected the columns {_listed(layout)}"
        )
    fields = _fields(sheet, layout, found)
    used = [index for index, name in enumerate(fields) if name]
    body = sheet.rows[found.header_row :]
    _refuse_shifted(sheet, found)
    frame = pd.DataFrame(
        {fields[i]: [row[i] if i < len(row) else "" for row in body] for i in used},
        index=range(found.header_row + 1, found.header_row + 1 + len(body)),
        dtype="str",
    )
    blank = (frame == "").all(axis=1)
    if blank.all():
        raise DataError(
            f"{Where(sheet.path, sheet.name, found.header_row)}: no row stands below the header; "
            f"{layout.title} has one for each school. Download the file again"
        )
    above = sheet.rows[: found.header_row - 1]
    return Sheet(
        path=sheet.path,
        name=sheet.name,
        frame=frame[~blank],
        title=" ".join(cell for row in above for cell in row if cell),
        headers={fields[i]: " ".join(found.header[i].split()) for i in used},
    )


def _fields(sheet: RawSheet, layout: Layout, found: Match) -> list[str]:
    """Return the field of each column, or raise for what is absent, unknown or repeated."""
    known = layout.known
    texts = [normal(text) for text in found.header]
    unknown = [t for t, text in zip(found.header, texts, strict=True) if text and text not in known]
    fields = [known.get(text, IGNORED) if text else IGNORED for text in texts]
    named = [name for name in fields if name]
    lacking = layout.required - set(named)
    for group in layout.one_of:
        lacking |= group if not group & set(named) else set()
    absent = [text for text, name in layout.columns.items() if name in lacking]
    repeated = sorted({name for name in named if named.count(name) > 1})
    if not (unknown or absent or repeated):
        return fields
    problems = []
    if absent:
        problems.append(f"column {_quoted(absent)} expected, not found")
    if unknown:
        problems.append(f"column {_quoted(unknown)} not known to this layout")
    if repeated:
        problems.append(f"column for {_quoted(repeated)} stands twice")
    raise LayoutError(
        f"{Where(sheet.path, sheet.name, found.header_row)}: {'; '.join(problems)}. "
        f"The file was taken for {layout.title} (layout {layout.layout_id}). If the agency "
        "changed its layout, a new layout is needed; if the file was edited, download it again"
    )


def _refuse_shifted(sheet: RawSheet, found: Match) -> None:
    """Raise for a row whose cells do not stand under the headers."""
    named = {index for index, text in enumerate(found.header) if text}
    width = max(named) + 1
    for number, row in enumerate(sheet.rows[found.header_row :], start=found.header_row + 1):
        stray = [cell for index, cell in enumerate(row) if cell and index not in named]
        cut = sheet.name is None and 1 < len(row) < width  # a note may stand in a single cell
        if stray or cut:
            got = f"{stray[0]!r} under no header" if stray else f"{len(row)} cells"
            raise DataError(
                f"{Where(sheet.path, sheet.name, number)}: got {got}; expected {width} cells, as "
                "the header has. The row may be cut short or shifted: download the file again"
            )


def _refuse_wrong_delimiter(raw: RawFile, layouts: tuple[Layout, ...]) -> None:
    """Raise if a delimited file would fit a layout at another delimiter."""
    for layout in layouts:
        if layout.sheets is not None:
            continue
        for delimiter in DELIMITERS:
            found = match(raw.head(None, delimiter), layout)
            if delimiter != layout.delimiter and found.share >= ENOUGH:
                raise LayoutError(
                    f"{Where(raw.path, None, found.header_row)}: the columns are separated by "
                    f"{delimiter!r}; {layout.title} is separated by {layout.delimiter!r}. Save "
                    "the file as the agency publishes it"
                )


def _joined(groups: list[str], row: list[str]) -> list[str]:
    """Return header texts with the group label that stands above or to the left."""
    joined, label = [], ""
    for index, text in enumerate(row):
        group = groups[index] if index < len(groups) else ""
        label = group or label
        joined.append(f"{label} / {text}" if label and text else text)
    return joined


def _quoted(names: list[str], most: int = 4) -> str:
    """Return names in quotes, a long list cut with a count of the rest."""
    texts = [" ".join(name.split()) for name in names]
    shown = ", ".join(repr(text) for text in texts[:most])
    return shown if len(texts) <= most else f"{shown} and {len(texts) - most} more"


def _listed(layout: Layout) -> str:
    """Return the header texts of a layout's required columns."""
    return _quoted([t for t, name in layout.columns.items() if name in layout.required], 8)
