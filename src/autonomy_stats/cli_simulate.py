"""The command `autonomy-stats simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autonomy_stats.cli_backend import BackendOption, SchedulerOption

__all__ = ["DEMO", "demonstration_files", "simulate"]

DEMO = Path("out") / "demo"
"""Where a demonstration goes if no folder is named."""

DEMO_SEED = 2018


def simulate(
    out: Annotated[Path, typer.Option("--out", help="Folder of the files: new or empty.")],
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="The same seed gives the same files.")
    ] = 0,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            metavar="FILE",
            help="CSV of true associations. [default: the package's own]",
            show_default=False,
        ),
    ] = None,
    place: Annotated[
        list[str] | None,
        typer.Option("--place", metavar="CITY", help="This city's state only; may be repeated."),
    ] = None,
    backend: BackendOption = "loky",
    scheduler: SchedulerOption = None,
) -> None:
    """Write raw files of simulated students in the states' layouts, and the truth beside them."""
    from rich.console import Console

    from autonomy_stats.parallel import run_on
    from autonomy_stats.simulate.raw_files import simulate_raw

    with (
        Console(stderr=True).status("Simulating students") as status,
        run_on(backend, scheduler),
    ):
        paths = simulate_raw(
            out,
            seed,
            truth,
            places=place,
            progress=lambda state: status.update(f"Simulated {state.title()}"),
        )
    for path in paths:
        print(path)
    print(f"{len(paths)} simulated files, bearing the mark SIMULATED; the truth is in")
    print(f"{out / 'truth.csv'}. Draw from them: autonomy-stats reproduce --raw {out}")


def demonstration_files(out: Path) -> Path:
    """Write the simulated files of a demonstration below its folder; return where they are."""
    from autonomy_stats.simulate.raw_files import simulate_raw

    folder = out / "raw"
    simulate_raw(folder, DEMO_SEED)
    return folder
