"""What the commands print: runs, files, what does not hold together in them, errors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.mark import MARK

if TYPE_CHECKING:
    from rich.table import Table

    from autonomy_stats.loaders import LoadedFile
    from autonomy_stats.study import StudyRun

__all__ = [
    "print_error",
    "print_file",
    "print_quality",
    "print_run",
    "print_scorecard",
    "table_of",
]


def table_of(title: str, *columns: str) -> Table:
    """Make a table whose long words are folded, never cut."""
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def print_quality(files: list[LoadedFile]) -> None:
    """Print what does not hold together in files."""
    from autonomy_stats.quality import assess

    for row in assess(files).to_dict("records"):
        example = f", such as {row['example']}" if row["example"] else ""
        counts = f"{row['n_rows']:,} of {row['n_checked']:,} checked{example}"
        print(f"{row['file']}: {row['check']}: {counts}")


def print_error(problem: object) -> None:
    """Print an error in one line."""
    print(f"error: {_one_line(problem)}", file=sys.stderr)


def _one_line(text: object) -> str:
    """Return a text that may hold the name of a file, which may hold line breaks."""
    return str(text).replace("\n", "\\n").replace("\r", "\\r")


def _print_coverage(run: StudyRun) -> None:
    """Print how much of each type the rosters name, where others count more or fewer."""
    if run.joins.empty:
        return
    lines = run.joins[run.joins["join"] == "coverage"]
    told = dict.fromkeys(zip(lines["side"], lines["note"], strict=True))
    if told:
        print("Rosters against the counts of others:")
    for side, note in told:
        print(f"  {side.removeprefix('roster, ')}: {note}")


def print_run(run: StudyRun) -> None:
    """Print what was drawn from which files, what was skipped, and what it would need."""
    from rich.console import Console

    console = Console()
    table = table_of("Figures", "figure", "status", "drawn from, or what is needed")
    for result in run.figures:
        if result.sources is not None:
            files = dict.fromkeys(Path(file).name for file in result.sources["file"])
            text = "\n".join(files) or "the package's own facts"
        elif result.status == "skipped":
            text = "needs " + "; ".join(result.needs)
        else:
            text = result.reason
        status = f"{result.status}, simulated" if result.simulated else result.status
        table.add_row(result.figure_id, status, text)
    console.print(table)
    _print_coverage(run)
    print_scorecard(run)
    for problem in run.unreadable:
        print(f"warning: {_one_line(problem)}", file=sys.stderr)
    if run.unrecognised:
        print(f"Passed over, of no known layout: {len(run.unrecognised)}")
        names = [_one_line(path.name) for path in run.unrecognised]
        print("  " + ", ".join(names[:5]) + (", ..." if len(names) > 5 else ""))
    if run.unchanged:
        print(f"Nothing has changed since the last run into {run.out}: no figure was drawn anew.")
    elif run.drawn:
        print(f"Written to {run.out}: {', '.join(run.drawn)} (each .png, .svg and .csv),")
        print("joins.csv (what did not join, by side and type) and manifest.json (hashes).")


def print_file(loaded: LoadedFile) -> None:
    """Print what a file holds."""
    print(f"{loaded.path}\n  layout  {loaded.layout}\n  sha256  {loaded.sha256}")
    if loaded.simulated:
        print(f"  {MARK}: no real school's results")
    for name, frame in loaded.tables.items():
        years = sorted(int(year) for year in frame["end_year"].unique())
        spring = f"{years[0]}" if len(years) == 1 else f"{years[0]} to {years[-1]}"
        schools = frame["school_id"].nunique()
        print(f"  {name}: {_rows(len(frame))}, {schools:,} schools, spring {spring}")
        for column in {"status", "sector"} & set(frame):
            counts = frame[column].value_counts()
            print("    " + ", ".join(f"{n:,} {status}" for status, n in counts.items()))
    for reason, count in loaded.passed_over.items():
        if count:
            print(f"  passed over: {_rows(count)} ({reason})")
    for reason, count in loaded.corrected.items():
        if count:
            print(f"  corrected: {count:,} ({reason})")


def print_scorecard(run: StudyRun) -> None:
    """Print how many of the report's claims got which verdict."""
    from autonomy_stats.scorecard import tally

    if run.scorecard is None:
        return
    print("The report's claims (scorecard.csv; rules in docs/scorecard.md):")
    for group, rows in tally(run.scorecard).groupby("group", sort=False):
        print(f"  {group}:")
        for row in rows.to_dict("records"):
            fragile = f", {row['n_fragile']} of them fragile" if row["n_fragile"] else ""
            print(
                f"    {row['n_claims']:2} {row['verdict']}{fragile}: "
                f"{row['claims'].replace(';', ', ')}"
            )
