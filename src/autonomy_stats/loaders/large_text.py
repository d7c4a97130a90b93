"""Leave out rows that never enter, before any cell is parsed; large text block by block.

A statewide file of results has millions of rows, of which a place needs a few in a hundred. It is
read in blocks of whole lines, a few at a time, each by its own thread. Of a block, the lines that
hold no code of a wanted school go first, if their delimiters are those of whole rows; Arrow splits
the others into cells, all text, and a layout's `left_out` says which rows go, by what they are.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from autonomy_stats.errors import DataError, RawFileError, Where
from autonomy_stats.loaders.large_lines import lines_with
from autonomy_stats.loaders.layout import ELSEWHERE, Layout, Sheet
from autonomy_stats.loaders.matching import columns_of, read_sheet, title_above
from autonomy_stats.raw import RawFile

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

__all__ = ["leave_out", "read_head", "read_large"]

BLOCK = 2**20
"""Bytes of text that a thread reads at a time."""

MOST_THREADS = 4

MOST_TRACES = 8
"""Looking for more texts in each block takes longer than splitting it into cells."""

ROW = "row of the file"

Kept = tuple[int, "pa.Table | None", dict[str, int]]
"""Of a block: its number of rows, those that stay, and the count of those that go."""


@dataclass(frozen=True)
class _Reading:
    """How blocks of a file are read: its columns' fields in order, and the texts of wanted rows."""

    raw: RawFile
    layout: Layout
    fields: list[str]
    within: Collection[str] | None
    traces: list[bytes] | None


class _BadRowError(Exception):
    """A row of a block with another number of cells than the header."""

    def __init__(self, row: Any) -> None:
        super().__init__(row.text[:60])
        self.number = int(row.number)
        self.got = f"got {row.actual_columns} cells; expected {row.expected_columns}"


def read_head(raw: RawFile, layout: Layout) -> Sheet:
    """Return the first rows of a large text under its layout."""
    return read_sheet(raw.head(None, layout.delimiter), layout)


def leave_out(
    sheet: Sheet, layout: Layout, within: Collection[str] | None
) -> tuple[Sheet, dict[str, int]]:
    """Return a sheet without the rows that its layout leaves out, and how many of each kind."""
    import pandas as pd
    import pyarrow as pa

    if not layout.left_out or sheet.frame.empty:
        return sheet, {}
    rows = pa.table({str(n): pa.array(sheet.frame[n], pa.string()) for n in sheet.frame})
    kept, counts = _kept(rows, layout, within)
    gone = pd.Series(True, index=sheet.frame.index)
    gone.iloc[kept.column(ROW).to_numpy()] = False
    return sheet.without(gone), counts


def read_large(
    raw: RawFile, layout: Layout, within: Collection[str] | None
) -> tuple[Sheet, dict[str, int]]:
    """Read a large text block by block, keeping what its layout does not leave out.

    Parameters
    ----------
    raw : RawFile
        A large delimited text.
    layout : Layout
        Its layout, which has a `left_out`.
    within : collection of str or None
        Beginnings of the school ids that are wanted; None: all.

    Returns
    -------
    sheet : Sheet
        The rows that are kept, as text, under their fields; the index is the row of the file.
    counts : dict of str to int
        Rows left out, by what they are.

    Raises
    ------
    LayoutError
        If a column is absent or unknown, naming it.
    DataError
        If a row has more or fewer cells than the header; if there is no row.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    head = raw.head(None, layout.delimiter)
    found, fields = columns_of(head, layout)
    first = row = found.header_row + 1
    counts = dict.fromkeys(layout.left_out, 0)
    parts: list[pa.Table] = []
    reading = _Reading(raw, layout, fields, within, _traces(layout, within))
    try:
        for n_rows, part, left in _in_threads(reading, _blocks(raw, found.header_row)):
            for reason, count in left.items():
                counts[reason] += count
            if part is not None and part.num_rows:
                numbers = part.column(ROW).to_numpy() + row
                parts.append(part.set_column(part.num_columns - 1, ROW, pa.array(numbers)))
            row += n_rows
    except _BadRowError as bad:
        raise DataError(
            f"{Where(raw.path, None, row + bad.number - 1)}: {bad.got}, as the header has. The row "
            f"may be cut short or shifted: download the file again. It begins {str(bad)!r}"
        ) from None
    except (OSError, EOFError, zlib.error) as problem:
        raise RawFileError(
            f"{raw.path}: cut short or damaged ({problem}); download the file again"
        ) from None
    if row == first:
        raise DataError(
            f"{Where(raw.path, None, found.header_row)}: no row stands below the header; "
            f"{layout.title} has one for each school. Download the file again"
        )
    text = pd.StringDtype(na_value=np.nan)
    if parts:
        together = pa.concat_tables(parts)
        parts.clear()
        frame = together.to_pandas(
            types_mapper={pa.string(): text}.get, split_blocks=True, self_destruct=True
        )
        frame = frame.set_index(ROW).rename_axis(None)
    else:
        frame = pd.DataFrame({name: pd.Series(dtype=text) for name in fields if name})
    headers = {
        name: " ".join(header.split())
        for name, header in zip(fields, found.header, strict=True)
        if name
    }
    return Sheet(raw.path, None, frame, title_above(head, found.header_row), headers), counts


def _traces(layout: Layout, within: Collection[str] | None) -> list[bytes] | None:
    """Return bytes of which each wanted row holds some; None: there are none to tell."""
    if layout.traces is None or within is None:
        return None
    texts = layout.traces(within)
    if texts is None or "" in texts or len(texts) > MOST_TRACES:
        return None
    return [text.encode() for text in texts]


def _kept_of_block(block: bytes, reading: _Reading) -> Kept:
    """Return what is kept of a block; lines that cannot be wanted are not split into cells."""
    layout, within = reading.layout, reading.within
    lines = None
    if reading.traces is not None:
        lines = lines_with(block, reading.traces, layout.delimiter, len(reading.fields))
    if lines is not None:
        n_others = lines.n_lines - len(lines.numbers)
        if not lines.text:
            return lines.n_lines, None, {ELSEWHERE: n_others}
        with suppress(_BadRowError):  # the whole block tells which row it is
            rows = _cells(lines.text, reading)
            if rows.num_rows == len(lines.numbers):
                rows, counts = _kept(rows, layout, within, lines.numbers)
                counts[ELSEWHERE] += n_others
                return lines.n_lines, _stripped(rows), counts
    rows = _cells(block, reading)
    kept, counts = _kept(rows, layout, within)
    return rows.num_rows, _stripped(kept), counts


def _kept(
    rows: pa.Table,
    layout: Layout,
    within: Collection[str] | None,
    numbers: np.ndarray | None = None,
) -> tuple[pa.Table, dict[str, int]]:
    """Return the rows that stay, with their numbers, and the count of those that go by reason."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    counts = {}
    rows = rows.append_column(
        ROW, pa.array(np.arange(rows.num_rows) if numbers is None else numbers)
    )
    for reason, tell in layout.left_out.items():
        gone = None
        if rows.num_rows:
            gone = tell(dict(zip(rows.schema.names, rows.columns, strict=True)), within)
        counts[reason] = 0 if gone is None else pc.sum(gone).as_py()
        if counts[reason]:
            rows = rows.filter(pc.invert(gone))
    return rows, counts


def _stripped(rows: pa.Table) -> pa.Table:
    """Return cells as they are read elsewhere: without white space around them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for index, name in enumerate(rows.schema.names):
        cells = rows.column(index)
        if pa.types.is_string(cells.type):
            plain = pc.utf8_trim_whitespace(pc.replace_substring(cells, "\xa0", " "))
            rows = rows.set_column(index, name, plain)
    return rows


def _blocks(raw: RawFile, header_row: int) -> Iterator[bytes]:
    """Yield a large text below its header, in blocks of whole lines."""
    assert raw.large is not None
    with raw.large.open() as stream:
        for _ in range(header_row):
            stream.readline(BLOCK)
        for block in _whole_lines(stream):
            if len(block) == 2 * BLOCK:
                raise RawFileError(f"{raw.path}: a line of {BLOCK:,} characters or more is no row")
            yield block


def _whole_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a stream in blocks that end where a line ends, or are twice as long."""
    while part := stream.read(BLOCK):
        yield part + stream.readline(BLOCK)


def _in_threads(reading: _Reading, blocks: Iterator[bytes]) -> Iterator[Kept]:
    """Yield what is kept of each block, in order, several in work at a time."""
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[Kept]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for block in blocks:
            waiting.append(pool.submit(_kept_of_block, block, reading))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cells(block: bytes, reading: _Reading) -> pa.Table:
    """Return the used columns of a block, all as text, named by field."""
    import pyarrow as pa
    from pyarrow import csv

    raw, fields = reading.raw, reading.fields
    assert raw.large is not None
    used = [name for name in fields if name]
    if not block.strip():
        return pa.table({name: pa.array([], pa.string()) for name in used})
    if not raw.large.encoding.startswith("utf-8") and not block.isascii():
        block = block.decode(raw.large.encoding).encode()
    wrong: list[Any] = []

    def refuse(row: Any) -> str:
        wrong.append(row)
        return "error"

    try:
        return csv.read_csv(
            pa.BufferReader(block),
            csv.ReadOptions(
                use_threads=False,
                block_size=len(block) + 1,
                column_names=[name or f"column {index}" for index, name in enumerate(fields)],
            ),
            csv.ParseOptions(delimiter=reading.layout.delimiter, invalid_row_handler=refuse),
            csv.ConvertOptions(
                column_types=dict.fromkeys(used, pa.string()),
                include_columns=used,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as problem:
        if wrong:
            raise _BadRowError(wrong[0]) from None
        raise RawFileError(f"{raw.path}: cannot be read as delimited text: {problem}") from None
