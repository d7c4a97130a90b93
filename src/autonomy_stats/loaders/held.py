"""Tidy tables of raw files, held in memory: a file is parsed once, whatever years are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from autonomy_stats.loaders.cached import load_cached
from autonomy_stats.loaders.layout import Layout
from autonomy_stats.loaders.load import is_wanted
from autonomy_stats.loaders.loaded_file import LoadedFile
from autonomy_stats.raw import RawFile

__all__ = ["clear", "load_held"]

MOST = 64
"""Files that are held; those longest unused are let go of first."""

_held: OrderedDict[tuple[Any, ...], LoadedFile] = OrderedDict()
_sheet_years: dict[tuple[Any, ...], frozenset[int]] = {}


def load_held(
    raw: RawFile,
    stamp: tuple[Any, ...],
    layout: Layout,
    end_years: Collection[int],
    within: tuple[str, ...] | None,
) -> LoadedFile | None:
    """Return what `load_cached` makes of a raw file, or None if it has no sheet of these years.

    A file that gives rows of other years too may give more years than were asked for.

    Parameters
    ----------
    raw, layout, end_years, within
        As in `load_cached`.
    stamp : tuple
        Tells the file from others, and from itself once it changes.
    """
    years = _years_asked(stamp, layout, end_years)
    if years is not None and not years:
        return None
    key = (*stamp, years, within)
    if key not in _held:
        loaded = load_cached(raw, layout, years, within)
        raw.let_go()
        _sheet_years[stamp] = loaded.sheet_years
        key = (*stamp, _years_asked(stamp, layout, end_years), within)
        _held[key] = loaded
        while len(_held) > MOST:
            _held.popitem(last=False)
    _held.move_to_end(key)
    return _held[key] if _held[key].own_years else None


def clear() -> None:
    """Let go of all files."""
    _held.clear()
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
