"""Fetch entries of the registry into a raw folder, and say of each what became of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from autonomy_stats.errors import AutonomyStatsError
from autonomy_stats.fetch.address import DownloadError, from_mirror
from autonomy_stats.fetch.disk import (
    has_content,
    move,
    refuse_overwriting,
    remove_old_scratch,
    scratch_folder,
)
from autonomy_stats.fetch.download import Policy, ProgressBar, download
from autonomy_stats.fetch.records import NAME, Record, read_records, write_record
from autonomy_stats.fetch.registry import Entry, load_registry
from autonomy_stats.fetch.unpack import unpack
from autonomy_stats.raw import sha256_of
from autonomy_stats.raw_listing import DEFAULT_FOLDER, RAW_VARIABLE, list_files

__all__ = ["FetchResult", "fetch_files", "target_folder"]


@dataclass(frozen=True)
class FetchResult:
    """What became of one entry.

    Parameters
    ----------
    entry : Entry
        The entry.
    status : str
        `fetched`, `at hand`, `not needed`, `by hand` (a person must download it), `failed`, or
        in a dry run `would fetch`.
    url : str
        Where the file comes from, with the mirror if there is one; the page if `by hand`.
    path : pathlib.Path
        Where the file is, or is to be; of an unpacked archive its folder.
    message : str
        What a reader should know: the error, if it failed.
    """

    entry: Entry
    status: str
    url: str
    path: Path
    message: str = ""


@dataclass(frozen=True)
class _Job:
    """What is the same for all entries of a run."""

    raw: Path
    records: dict[str, Record]
    mirror: str | None
    accept_changed: bool
    policy: Policy
    progress: Callable[[Entry], ProgressBar] | None

    def url(self, entry: Entry) -> str:
        if entry.url and self.mirror:
            return from_mirror(entry.url, self.mirror)
        return entry.address

    def known(self, entry: Entry) -> set[str]:
        """Hashes that the file may have: the registry's, and the one that was accepted."""
        record = self.records.get(entry.key)
        return {entry.sha256, record.sha256 if record else ""} - {""}


def target_folder(raw: str | os.PathLike[str] | None = None) -> Path:
    """Return the raw folder to fetch into; unlike for reading, it need not exist yet."""
    return Path(raw if raw is not None else os.environ.get(RAW_VARIABLE) or DEFAULT_FOLDER)


def fetch_files(
    entries: Sequence[Entry],
    raw: str | os.PathLike[str] | None = None,
    *,
    mirror: str | None = None,
    dry_run: bool = False,
    accept_changed: bool = False,
    policy: Policy | None = None,
    progress: Callable[[Entry], ProgressBar] | None = None,
) -> Iterator[FetchResult]:
    """Bring files into the raw folder; one that fails does not stop the others.

    Parameters
    ----------
    entries : sequence of Entry
        What to bring (see `select`).
    raw : path or None
        Raw folder, made if need be: the argument, `$AUTONOMY_STATS_RAW`, or `data/raw`.
    mirror : str, optional
        Address that takes the place of each publisher's scheme and host.
    dry_run : bool
        Only say what would be done: no network, no file.
    accept_changed : bool
        Keep a file whose hash is another than the known one, in the place of an older one if
        there is, and record its hash.
    policy : Policy, optional
        Patience with servers.
    progress : callable, optional
        Gives the progress bar of an entry.

    Yields
    ------
    FetchResult
        One an entry, when it is done.

    Raises
    ------
    UsageError
        If the mirror is not https, nor this machine.
    OSError
        If the raw folder cannot be written.

    Examples
    --------
    >>> from autonomy_stats.fetch import select
    >>> [r.status for r in fetch_files(select(["istep-2017"]), "nowhere", dry_run=True)]
    ['would fetch']
    """
    folder = target_folder(raw)
    if mirror is not None:
        from_mirror("https://publisher", mirror)
    job = _Job(folder, read_records(folder), mirror, accept_changed, policy or Policy(), progress)
    if not dry_run:
        remove_old_scratch(folder)
    present: set[str] = set()
    alone = len(entries) == 1
    for entry in entries:
        try:
            result = _one(entry, job, present, alone=alone, dry_run=dry_run)
        except AutonomyStatsError as problem:
            path = folder / entry.key
            result = FetchResult(entry, "failed", job.url(entry), path, str(problem))
        if result.status in ("fetched", "at hand", "would fetch"):
            present.add(entry.id)
        yield result


def _one(entry: Entry, job: _Job, present: set[str], *, alone: bool, dry_run: bool) -> FetchResult:
    """Bring one entry, unless it is there, or need not be."""
    path = job.raw / (entry.state if entry.members else entry.key)
    result = FetchResult(entry, "at hand", job.url(entry), path)
    found = _at_hand(entry, job)
    if found is not None:
        return replace(result, message=found)
    other = None if alone else _covering(entry, job, present)
    if other is not None:
        return replace(result, status="not needed", message=f"{other} serves for it")
    if entry.by_hand:
        return replace(result, status="by hand", message=entry.choices)
    if dry_run:
        return replace(result, status="would fetch")
    return replace(result, status="fetched", message=_fetch(entry, job))


def _at_hand(entry: Entry, job: _Job) -> str | None:
    """Return what to say of an entry that is in the raw folder; None if it is not.

    Raises
    ------
    DownloadError
        If there is another file under its name, which is never overwritten unasked.
    """
    path, known = job.raw / entry.key, job.known(entry)
    if entry.members:
        record = job.records.get(entry.key)
        members = record.members if record else {}
        folder = path.parent
        if members and all(has_content(folder / name, sha) for name, sha in members.items()):
            return "unpacked: " + ", ".join(members)
        return None
    if path.is_file():
        if not known:
            return "no hash of it is known"
        got = sha256_of(path)
        if got in known:
            return ""
        if entry.by_hand:
            return "another copy than the known one: an export made anew can differ in bytes"
        if job.accept_changed:
            return None
        raise DownloadError(
            f"{path}: not the file that was expected, and left as it is; expected sha256 "
            f"{' or '.join(sorted(known))}, got {got}; move it away and fetch again, or run "
            f"`autonomy-stats fetch {entry.id} --accept-changed` to replace it by what the "
            "publisher has now"
        )
    if entry.sha256 and entry.size:
        for other in filter(Path.is_file, list_files(job.raw)):
            if other.stat().st_size == entry.size and sha256_of(other) == entry.sha256:
                return f"as {other.relative_to(job.raw)}"
    return None


def _covering(entry: Entry, job: _Job, present: set[str]) -> str | None:
    """Return the name of a file at hand, or just fetched, that holds all of an entry."""
    for other in load_registry():
        if other.id in entry.covered_by:
            try:
                if other.id in present or _at_hand(other, job) is not None:
                    return other.file
            except DownloadError:
                continue
    return None


def _fetch(entry: Entry, job: _Job) -> str:
    """Download, check, unpack, move, record; return what to say of it."""
    url, final = job.url(entry), job.raw / entry.key
    with scratch_folder(job.raw) as scratch:
        new = scratch / entry.file
        kept = bool(entry.members) and final.is_file()
        if kept:
            new = final  # the archive was put there by hand: unpack that one, and leave it
        else:
            bar = job.progress(entry) if job.progress else None
            try:
                download(url, new, policy=job.policy, progress=bar)
            except DownloadError as problem:
                raise DownloadError(f"{problem}; the file's page is {entry.page}") from None
            finally:
                if bar:
                    bar.close()
        sha256, known = sha256_of(new), job.known(entry)
        changed = bool(known) and sha256 not in known
        if changed and not job.accept_changed:
            raise _changed(entry, new, str(final) if kept else url, sha256, known)
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        record = Record(sha256, new.stat().st_size, "" if kept else url, entry.sha256, day)
        files = [new]
        if entry.members:
            inner = scratch / "members"
            inner.mkdir()
            files = unpack(new, entry.members, inner)
            record = replace(record, members={path.name: sha256_of(path) for path in files})
        final.parent.mkdir(parents=True, exist_ok=True)
        if entry.members and not job.accept_changed:
            refuse_overwriting(record.members, final.parent)
        for path in files:
            move(path, final.parent / path.name)
        write_record(job.raw, entry.key, record)
    said = ["unpacked: " + ", ".join(record.members)] if entry.members else []
    if changed:
        said.append(f"accepted though changed: sha256 {sha256} recorded in {job.raw / NAME}")
    elif not known:
        said.append("no hash was known; recorded: a later change will be noticed")
    return "; ".join(said)


def _changed(entry: Entry, new: Path, where: str, got: str, known: set[str]) -> DownloadError:
    return DownloadError(
        f"{where}: the file has changed, and was not kept; expected sha256 "
        f"{' or '.join(sorted(known))}{f' ({entry.size:,} bytes)' if entry.size else ''}, got "
        f"{got} ({new.stat().st_size:,} bytes); if {entry.page} tells of a new release, run "
        f"`autonomy-stats fetch {entry.id} --accept-changed`: it keeps the new file and records "
        "its hash"
    )
