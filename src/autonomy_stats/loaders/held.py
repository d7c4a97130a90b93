"""Raw files and their tidy tables, held in memory: a file is parsed once, whatever is asked for.

How much is held is bounded, so that a folder of thousands of files takes no more than a few do.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from autonomy_stats.loaders.cached import load_cached
from autonomy_stats.loaders.layout import Layout
from autonomy_stats.loaders.load import is_wanted
from autonomy_stats.loaders.loaded_file import LoadedFile
from autonomy_stats.raw import RawFile, open_raw
from autonomy_stats.texts import storage_of_texts

__all__ = ["clear", "load_held", "open_held"]

T = TypeVar("T")


@dataclass
class _Store(Generic[T]):
    """Things by key. Above a number of bytes, those longest unused go, but for the last few."""

    most_bytes: int
    fewest: int
    things: OrderedDict[tuple[Any, ...], tuple[T, int]] = field(default_factory=OrderedDict)
    n_bytes: int = 0

    def get(self, key: tuple[Any, ...]) -> T | None:
        if key not in self.things:
            return None
        self.things.move_to_end(key)
        return self.things[key][0]

    def put(self, key: tuple[Any, ...], thing: T, size: int) -> T:
        self.n_bytes += size - self.things.pop(key, (thing, 0))[1]
        self.things[key] = (thing, size)
        while self.n_bytes > self.most_bytes and len(self.things) > self.fewest:
            self.n_bytes -= self.things.popitem(last=False)[1][1]
        return thing

    def clear(self) -> None:
        self.things.clear()
        self.n_bytes = 0


_held: _Store[LoadedFile] = _Store(128 * 2**20, 64)
_open: _Store[RawFile] = _Store(128 * 2**20, 1)
_sheet_years: dict[tuple[Any, ...], frozenset[int]] = {}


def open_held(stamp: tuple[Any, ...]) -> RawFile:
    """Return a raw file, opened unless it is held open.

    Parameters
    ----------
    stamp : tuple
        Its path, and what tells it from itself once it changes.
    """
    found = _open.get(stamp)
    if found is None:
        raw = open_raw(stamp[0])
        found = _open.put(stamp, raw, raw.n_held)
    return found


def load_held(
    stamp: tuple[Any, ...],
    layout: Layout,
    end_years: Collection[int],
    within: tuple[str, ...] | None,
) -> LoadedFile | None:
    """Return what `load_cached` makes of a raw file, or None if it has no sheet of these years.

    A file that gives rows of other years too may give more years than were asked for.

    Parameters
    ----------
    stamp : tuple
        As in `open_held`.
    layout, end_years, within
        As in `load_cached`.
    """
    years = _years_asked(stamp, layout, end_years)
    if years is not None and not years:
        return None
    asked = (*stamp, within, storage_of_texts())
    found = _held.get((*asked, years))
    if found is None:
        raw = open_held(stamp)
        try:
            found = load_cached(raw, layout, years, within)
        finally:
            raw.let_go()
        _sheet_years[stamp] = found.sheet_years
        key = (*asked, _years_asked(stamp, layout, end_years))
        size = sum(int(table.memory_usage(deep=True).sum()) for table in found.tables.values())
        _held.put(key, found, size)
    return found if found.own_years else None


def clear() -> None:
    """Let go of all files."""
    _held.clear()
    _open.clear()
    _sheet_years.clear()


def _years_asked(
    stamp: tuple[Any, ...], layout: Layout, end_years: Collection[int]
) -> tuple[int, ...] | None:
    """Return the years to ask a file for: those of its wanted sheets, once its sheets are known.

    None: all, of a file whose rows name their years, since it is parsed whole in any case.
    """
    if layout.many_years:
        return None
    known = _sheet_years.get(stamp)
    if known is None:
        return tuple(sorted(set(end_years)))
    return tuple(sorted(year for year in known if is_wanted(year, layout, end_years)))
