"""Tidy tables of a raw file, from the cache where they are in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from autonomy_stats.cache import Entry, cache_folder, fetch, keep
from autonomy_stats.loaders.layout import Layout
from autonomy_stats.loaders.load import load_recognised, recognise
from autonomy_stats.loaders.loaded_file import LoadedFile
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.loaders.tidy_csv import TIDY_LAYOUTS
from autonomy_stats.raw import RawFile

__all__ = ["layout_named", "load_cached", "recognise_cached"]

OF_THE_FILE = ("path", "sha256", "tables")
"""Fields of a `LoadedFile` that are not kept as facts."""


def recognise_cached(raw: RawFile) -> Layout:
    """Return what `recognise` says of a raw file, looked at only if no cache knows.

    A file that fits no layout, or is broken, is looked at each time.
    """
    if cache_folder() is None:
        return recognise(raw)  # without waiting for the hash of a large file
    asked = {"file": raw.path.name, "question": "layout"}
    held = fetch(raw.sha256, asked)
    if held is not None:
        return layout_named(held.facts["layout"], held.facts["state"])
    layout = recognise(raw)
    keep(raw.sha256, asked, Entry({}, {"layout": layout.layout_id, "state": layout.state}))
    return layout


def layout_named(layout_id: str, state: str) -> Layout:
    """Return a layout by its id, for a state: files of the tidy layouts name theirs."""
    known = {layout.layout_id: layout for layout in (*LAYOUTS, *TIDY_LAYOUTS)}
    return replace(known[layout_id], state=state)


def load_cached(
    raw: RawFile,
    layout: Layout,
    end_years: Collection[int] | None = None,
    within: Collection[str] | None = None,
) -> LoadedFile:
    """Return what `load_recognised` makes of a raw file, parsed only if no cache has it.

    The key holds the name of the file too, as some layouts give the year nowhere else.

    Parameters
    ----------
    raw, layout, end_years, within
        As in `load_recognised`.

    Returns
    -------
    LoadedFile
    """
    if cache_folder() is None:
        return load_recognised(raw, layout, end_years, within)
    asked = {
        "file": raw.path.name,
        "layout": layout.layout_id,
        "state": layout.state,
        "end_years": None if end_years is None else sorted(int(year) for year in end_years),
        "within": None if within is None else sorted(within),
    }
    held = fetch(raw.sha256, asked)
    if held is not None:
        facts: dict[str, Any] = {
            name: frozenset(value) if isinstance(value, list) else value
            for name, value in held.facts.items()
        }
        return LoadedFile(path=raw.path, sha256=raw.sha256, tables=held.tables, **facts)
    before = raw.path.stat()
    loaded = load_recognised(raw, layout, end_years, within)
    after = raw.path.stat()
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        return loaded  # a large file is read again from disk, and may not be the one hashed
    names = [one.name for one in fields(loaded) if one.name not in OF_THE_FILE]
    values = {name: getattr(loaded, name) for name in names}
    facts = {n: sorted(v) if isinstance(v, frozenset) else v for n, v in values.items()}
    keep(raw.sha256, asked, Entry(loaded.tables, facts))
    return loaded
