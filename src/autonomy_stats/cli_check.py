"""`autonomy-stats reproduce --check`: tell whether a run still gives what is committed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from autonomy_stats.errors import MissingDataError, UsageError

if TYPE_CHECKING:
    from autonomy_stats.check_run import Check
    from autonomy_stats.study import StudyRun

__all__ = ["check_committed"]


def check_committed(
    raw: Path | None, out: Path | None, against: Path, only: list[str] | None, demo: bool
) -> None:
    """Run the study, compare its tables with committed ones, print what drifts; exit 1 if any.

    Parameters
    ----------
    raw, out : path, optional
        As in `reproduce`; without `out` the run goes to a temporary folder.
    against : path
        Folder of the committed results.
    only : list of str, optional
        Figures to run and compare.
    demo : bool
        Refused: simulated results are not committed.
    """
    from rich.console import Console

    from autonomy_stats.check_run import check_run
    from autonomy_stats.study import reproduce

    if demo:
        raise UsageError("--check compares real results; leave out --demo, or --check")
    if not against.is_dir():
        raise MissingDataError(f"{against}: no such folder; --against names the committed results")
    if out is not None and out.resolve() == against.resolve():
        raise UsageError(f"--out and --against are both {against}: it would compare with itself")
    with (
        tempfile.TemporaryDirectory(prefix="autonomy-stats-") as scratch,
        Console(stderr=True).status("Reading the raw folder") as status,
    ):
        folder = Path(scratch) if out is None else out
        run = reproduce(
            raw,
            folder,
            only=only,
            command="autonomy-stats reproduce --check",
            progress=lambda title: status.update(f"Drawing {title}"),
        )
        by = {
            name: [one.figure_id for one in run.figures if one.status == name]
            for name in ("skipped", "failed")
        }
        done = check_run(
            folder,
            against,
            **by,
            only=[one.figure_id for one in run.figures] if only else (),
        )
    _print_check(done, run, against)
    if not done.ok or not run.ok:
        raise typer.Exit(1)


def _print_check(done: Check, run: StudyRun, against: Path) -> None:
    """Print what was compared, what could not be, and what drifts."""
    print(f"Compared with {against}: {', '.join(done.compared) or 'nothing'}")
    if done.not_drawn:
        print(f"The raw files at hand cannot give: {', '.join(done.not_drawn)}")
    for result in run.figures:
        if result.status == "failed":
            print(f"failed: {result.figure_id}: {result.reason}")
    for drift in done.drifts:
        print(f"drift: {drift}")
    if done.other_inputs:
        print(f"Made from other files than the committed ones: {', '.join(done.other_inputs)}")
    if done.ok:
        print("No drift.")
