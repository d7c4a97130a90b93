"""The command `autonomy-stats fetch`: what it takes, its progress bars, and what it prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from autonomy_stats.fetch import FetchResult

__all__ = ["fetch"]


def fetch(
    wanted: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="STATE|PLACE|FILE",
            help="What to bring: a state, a place, a figure, a file by name. [default: the files "
            "of the report's figures]",
            show_default=False,
        ),
    ] = None,
    raw: Annotated[
        Path | None,
        typer.Option(
            "--raw", help="Folder to fetch into. [default: $AUTONOMY_STATS_RAW or data/raw]"
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be fetched.")
    ] = False,
    mirror: Annotated[
        str | None,
        typer.Option(
            "--mirror", metavar="URL", help="Fetch from here instead of the publishers' hosts."
        ),
    ] = None,
    accept_changed: Annotated[
        bool,
        typer.Option("--accept-changed", help="Keep files that have changed; record their hashes."),
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds to wait for a server.")
    ] = 30.0,
    retries: Annotated[
        int,
        typer.Option("--retries", min=0, help="Further attempts after a failure that may pass."),
    ] = 4,
) -> None:
    """Bring the states' official files into the raw folder.

    Files that are at hand are not fetched again. For those without a stable address it says
    which page to visit, what to choose there, and the name to save under. The exit code is 1 if
    a file could not be fetched, or if all that were asked for are to be downloaded by hand.
    """
    from autonomy_stats.fetch import Policy, fetch_files, select

    results = []
    for result in fetch_files(
        select(wanted or []),
        raw,
        mirror=mirror,
        dry_run=dry_run,
        accept_changed=accept_changed,
        policy=Policy(retries=retries, timeout=timeout),
        progress=lambda entry: _Bar(entry.file),
    ):
        results.append(result)
        print(_describe(result), flush=True)
        if result.status == "failed":
            print(f"error: {result.message}", file=sys.stderr, flush=True)
    print(_summary(results))
    statuses = {result.status for result in results}
    if "failed" in statuses or (statuses == {"by hand"} and not dry_run):
        raise typer.Exit(1)


class _Bar:
    """A progress bar as pooch uses one: on standard error, and only where that is a terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._total = 0
        self._progress: Progress | None = None

    @property
    def total(self) -> int:
        """Bytes in all; 0 if the server does not say. Setting it starts the bar."""
        return self._total

    @total.setter
    def total(self, count: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        self.close()
        self._total = count
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            *(BarColumn(), DownloadColumn(), Remaining()),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._progress.add_task(self._name, total=count or None)
        self._progress.start()

    def update(self, count: int) -> None:
        """Add bytes."""
        if self._progress:
            self._progress.advance(self._progress.task_ids[0], count)

    def reset(self) -> None:
        """Start again."""
        if self._progress:
            self._progress.reset(self._progress.task_ids[0])

    def close(self) -> None:
        """Take the bar away."""
        if self._progress:
            self._progress.stop()
        self._progress = None


def _size(count: int) -> str:
    """Return bytes as a person reads them.

    Examples
    --------
    >>> _size(58_973_343), _size(276), _size(0)
    ('59.0 MB', '276 bytes', 'size not known')
    """
    if count < 1000:
        return f"{count} bytes" if count else "size not known"
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"


def _describe(result: FetchResult) -> str:
    """Return the lines that are printed for an entry."""
    entry = result.entry
    first = f"{result.status:<11}  {entry.file}  ({_size(entry.size)})"
    if result.status == "failed":
        return first
    if result.status in ("at hand", "not needed"):
        return f"{first}  {result.message}".rstrip()
    lines = [first, f"    {'page' if entry.by_hand else 'from'}    {result.url}"]
    if result.status == "fetched":
        said = [f"    {result.message}"] if result.message else []
        return "\n".join([*lines, f"    to      {result.path}", *said])
    if result.status == "by hand":
        lines += [f"    choose  {result.message}", f"    save    {result.path}"]
    else:
        inside = f" (its {entry.members}, unpacked)" if entry.members else ""
        lines.append(f"    to      {result.path}{inside}")
    lines.append(f"    by      {entry.publisher}")
    serves = ", ".join([*entry.places, *entry.figures])
    lines += [f"    serves  {serves}"] if serves else []
    lines += [f"    note    {entry.note}"] if entry.note else []
    return "\n".join(lines)


def _summary(results: list[FetchResult]) -> str:
    """Return the last line: how many of each, and the bytes that a dry run would bring."""
    counts: dict[str, int] = {}
    for result in results:
        counts[result.status] = counts.get(result.status, 0) + 1
    text = ", ".join(f"{count} {status}" for status, count in counts.items())
    ahead = sum(r.entry.size for r in results if r.status == "would fetch")
    unknown = sum(not r.entry.size for r in results if r.status == "would fetch")
    if ahead or unknown:
        text += f"; {_size(ahead)} to fetch" + (
            f" and {unknown} of unknown size" if unknown else ""
        )
    return text
