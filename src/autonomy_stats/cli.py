"""The command line: `autonomy-stats reproduce | robustness | fetch | check | simulate | ...`.

Heavy modules are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from autonomy_stats import __version__
from autonomy_stats.cli_backend import BackendOption, SchedulerOption
from autonomy_stats.cli_check import check_committed
from autonomy_stats.cli_fetch import fetch
from autonomy_stats.cli_print import print_error, print_file, print_quality, print_run, table_of
from autonomy_stats.cli_robustness import robustness_page
from autonomy_stats.cli_simulate import DEMO, demonstration_files, simulate
from autonomy_stats.errors import AutonomyStatsError, UsageError

__all__ = ["app", "main"]

app = typer.Typer(
    name="autonomy-stats",
    help="How schools of each governance type do among schools of similar composition.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

TEMPLATE_NAMES = "achievement, growth, demographics, directory or roster."

RawOption = Annotated[
    Path | None,
    typer.Option("--raw", help="Folder of raw files. [default: $AUTONOMY_STATS_RAW or data/raw]"),
]


app.command()(fetch)
app.command()(simulate)
app.command(name="robustness")(robustness_page)


@app.callback(invoke_without_command=True)
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.")
    ] = False,
) -> None:
    if show_version:
        print(f"autonomy-stats {__version__}")
        raise typer.Exit


@app.command()
def reproduce(
    raw: RawOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the results. [default: out, or out/demo]"),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="ID", help="Draw this figure only; may be repeated."),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Parse every raw file anew, and keep nothing.")
    ] = False,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Draw from simulated files, which are written first."),
    ] = False,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness", help="Tell how far each city's estimate could be wrong, too: minutes."
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare the run with committed results; 1 if it drifts."),
    ] = False,
    against: Annotated[
        Path, typer.Option("--against", help="The committed results, for --check.")
    ] = Path("figures"),
    backend: BackendOption = "loky",
    scheduler: SchedulerOption = None,
) -> None:
    """Draw every figure that the raw files at hand allow."""
    from rich.console import Console

    from autonomy_stats.cache import OFF, VARIABLE
    from autonomy_stats.out_folder import only_run
    from autonomy_stats.parallel import run_on
    from autonomy_stats.study import reproduce as run_study

    if no_cache:
        os.environ[VARIABLE] = OFF
    if check and robustness:
        raise UsageError("--check compares figures alone; leave out --robustness, or --check")
    if check:
        with run_on(backend, scheduler):
            check_committed(raw, out, against, only, demo)
        return
    if demo and raw is not None:
        raise UsageError("--demo draws from files that it simulates; leave out --raw, or --demo")
    out = out if out is not None else (DEMO if demo else Path("out"))
    errors = Console(stderr=True)
    with (
        errors.status("Simulating students" if demo else "Reading the raw folder") as status,
        run_on(backend, scheduler),
    ):
        if demo:
            with only_run(out):
                raw = demonstration_files(out)
        run = run_study(
            raw,
            out,
            only=only,
            robustness=robustness,
            command=shlex.join(["autonomy-stats", *sys.argv[1:]]),
            progress=lambda title: status.update(f"Drawing {title}"),
        )
    print_run(run)
    if not run.ok:
        raise typer.Exit(1)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files to look at.")],
    quality: Annotated[
        bool, typer.Option("--quality", help="Also count what does not hold together in them.")
    ] = False,
) -> None:
    """Say what a file is and holds, or what is wrong with it."""
    from autonomy_stats.loaders import load_file

    failed = False
    read = []
    for path in files:
        try:
            read.append(load_file(path))
            print_file(read[-1])
        except AutonomyStatsError as problem:
            failed = True
            print_error(problem)
    if quality:
        print_quality(read)
    if failed:
        raise typer.Exit(1)


@app.command()
def template(
    name: Annotated[str, typer.Argument(metavar="TABLE", help=TEMPLATE_NAMES)],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write. [default: print]")
    ] = None,
) -> None:
    """Write an empty table for data of your own, each column explained above the header."""
    from autonomy_stats.templates import template as text_of
    from autonomy_stats.templates import write_template

    if out is None:
        print(text_of(name), end="")
    else:
        print(f"Written to {write_template(name, out)}")


@app.command(name="list")
def list_all() -> None:
    """List figures, the files they need, places and layouts."""
    from rich.console import Console

    from autonomy_stats.facts import PLACES
    from autonomy_stats.figures.base import panel_needs
    from autonomy_stats.figures.registry import FIGURES
    from autonomy_stats.loaders.states import LAYOUTS
    from autonomy_stats.loaders.tidy_csv import TIDY_LAYOUTS

    console = Console()
    figures = table_of("Figures", "figure", "title", "needs")
    for module in FIGURES:
        needs = dict.fromkeys(need.files for need in panel_needs(module))
        figures.add_row(module.FIGURE_ID, module.TITLE, "; ".join(needs))
    places = table_of("Places", "place", "state", "name")
    for place in PLACES:
        places.add_row(place.place_id, place.state, place.name)
    layouts = table_of("Layouts", "layout", "file")
    for layout in (*LAYOUTS, *TIDY_LAYOUTS):
        layouts.add_row(layout.layout_id, layout.title)
    for table in (figures, places, layouts):
        console.print(table)


def main() -> None:
    """Run the command line; a user's mistake gives one message and no traceback."""
    # Before NumPy is imported: its threads gain little on products as small as ours, and on a busy
    # machine they wait for each other, so that a fit of a tenth of a second takes many.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):  # a pipe may not know every letter of a path
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except UsageError as problem:
        print_error(problem)
        sys.exit(2)
    except AutonomyStatsError as problem:
        print_error(problem)
        sys.exit(1)
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        print_error(f"{where}{problem.strerror or problem}")
        sys.exit(1)
