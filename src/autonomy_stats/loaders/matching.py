"""Match a raw file against the declared layouts, and name its columns by field.

Columns are mapped exhaustively: a declared column that is absent, or a column that is not
declared, stops the load and is named. The header row is found by its content.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from statistics import median

from autonomy_stats.errors import DataError, LayoutError, Where
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, normal
from autonomy_stats.raw import DELIMITERS, RawFile, RawSheet

__all__ = ["best_match", "columns_of", "match", "read_sheet", "sheets_of", "title_above"]

HEADER_WITHIN = 40
"""A header row is looked for in the first rows only."""

NUMBER = re.compile(r"[\d.,]*\d[\d.,]*")
YEAR = re.compile(r"(19|20)\d\d")

FEWEST_CELLS = 3
"""A row of fewer filled cells is a title or a note."""

ENOUGH = 0.6
"""Share of a layout's columns that a header row must show to be taken for that layout.

Below it a file is unrecognised; above it every difference is an error that names the column.
"""


@dataclass(frozen=True)
class Match:
    """How well a sheet fits a layout: the header row that fits best, and the share found."""

    layout: Layout
    share: float
    header_row: int
    header: list[str]
    n_unknown: int = 0
    n_absent: int = 0


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
        header = _numbered(header) if layout.numbered else header
        texts = [normal(text) for text in header if text]
        found = {known[text] for text in texts if text in known}
        share = len(found & required) / len(required) if layout.hallmarks <= found else 0.0
        if share > best.share:
            n_unknown = sum(text not in known for text in texts)
            n_absent = len(known.keys() - set(texts))
            best = Match(layout, share, number, header, n_unknown, n_absent)
    if layout.title_like and best.share:
        title = title_above(sheet, best.header_row)
        if not re.search(layout.title_like, title, re.IGNORECASE):
            return Match(layout, 0.0, 0, [])
    return best if _begins_right(sheet, best) else Match(layout, 0.0, 0, [])


def _begins_right(sheet: RawSheet, found: Match) -> bool:
    """Tell whether the row below the header has the texts that its layout is told by."""
    known, told = found.layout.known, found.layout.first_row
    below = sheet.rows[found.header_row : found.header_row + 1]
    return all(
        cell in told.get(known.get(normal(text), IGNORED), (cell,))
        for row in below
        for text, cell in zip(found.header, row, strict=False)
    )


def title_above(sheet: RawSheet, header_row: int) -> str:
    """Return the text that stands above the header row."""
    rows = sheet.rows[: header_row - 1]
    return " ".join(cell for row in rows for cell in row if cell)


def best_match(raw: RawFile, layouts: tuple[Layout, ...]) -> Match | None:
    """Return the layout that a file fits best, or None; raise for a nearly right file."""
    head = cache(raw.head)
    matches = []
    for layout in layouts:
        if raw.is_workbook and layout.sheets is not None:
            named = [n for n in raw.sheet_names if re.fullmatch(layout.sheets, n.strip())]
            matches.append(match(head((named or list(raw.sheet_names))[0]), layout))
        elif not raw.is_workbook and layout.sheets is None:
            matches.append(match(head(None, layout.delimiter), layout))
    best = max(matches, key=lambda m: (m.share, -m.n_unknown, -m.n_absent), default=None)
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

    found, fields = columns_of(sheet, layout)
    used = [index for index, name in enumerate(fields) if name]
    body = sheet.rows[found.header_row :]
    _refuse_rows_above(sheet, found)
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
    return Sheet(
        path=sheet.path,
        name=sheet.name,
        frame=frame[~blank],
        title=title_above(sheet, found.header_row),
        headers={fields[i]: " ".join(found.header[i].split()) for i in used},
    )


def columns_of(sheet: RawSheet, layout: Layout) -> tuple[Match, list[str]]:
    """Return where the header of a sheet stands, and the field of each of its columns.

    Raises
    ------
    LayoutError
        If no row is such a header, or naming the columns that are absent, unknown or repeated.
    """
    found = match(sheet, layout)
    if found.share < ENOUGH:
        raise LayoutError(
            f"{Where(sheet.path, sheet.name)}: no row looks like the header of {layout.title}; "
            f"expected the columns {_listed(layout)}"
        )
    return found, _fields(sheet, layout, found)


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


def _refuse_rows_above(sheet: RawSheet, found: Match) -> None:
    """Raise for a row above the header that looks like those below it, and would be lost.

    It is as full, and has a number other than a year: rows of group heads and of years have not.
    """
    above = sheet.rows[: found.header_row - 1 - found.layout.grouped]
    below = [sum(map(bool, row)) for row in sheet.rows[found.header_row :]]
    filled = [count for count in below if count >= FEWEST_CELLS] or [len(found.header)]
    for number, row in enumerate(above, start=1):
        full = sum(map(bool, row)) >= max(FEWEST_CELLS, median(filled) / 2)
        if full and any(NUMBER.fullmatch(cell) and not YEAR.fullmatch(cell) for cell in row):
            raise DataError(
                f"{Where(sheet.path, sheet.name, number)}: a row stands above the header, which is "
                f"in row {found.header_row}, and is as full as the rows below it; expected a title "
                "or a note there. Download the file again"
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
    """Return header texts with the group label that stands above or to the left.

    A column that has a label of its own above it and no text is named by the label.
    """
    joined, label = [], ""
    for index, text in enumerate(row):
        group = groups[index] if index < len(groups) else ""
        label = group or label
        joined.append(f"{label} / {text}" if label and text else text or group)
    return joined


def _numbered(row: list[str]) -> list[str]:
    """Return header texts with the second and later ones of a text numbered."""
    seen: dict[str, int] = {}
    numbered = []
    for text in row:
        count = seen[normal(text)] = seen.get(normal(text), 0) + 1
        numbered.append(f"{text} ({count})" if text and count > 1 else text)
    return numbered


def _quoted(names: list[str], most: int = 4) -> str:
    """Return names in quotes, a long list cut with a count of the rest."""
    texts = [" ".join(name.split()) for name in names]
    shown = ", ".join(repr(text) for text in texts[:most])
    return shown if len(texts) <= most else f"{shown} and {len(texts) - most} more"


def _listed(layout: Layout) -> str:
    """Return the header texts of a layout's required columns."""
    return _quoted([t for t, name in layout.columns.items() if name in layout.required], 8)
