"""The command `autonomy-stats robustness`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autonomy_stats.cli_backend import BackendOption, SchedulerOption

__all__ = ["robustness_page"]


def robustness_page(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="A city or a state.")],
    school_type: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="TYPE", help="This type's page only; may be repeated. [default: all]"
        ),
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="Spring. [default: the study's own]")
    ] = None,
    outcome: Annotated[
        str,
        typer.Option("--outcome", help="Column to compare: proficient_pct, mean_score or value."),
    ] = "proficient_pct",
    raw: Annotated[
        Path | None,
        typer.Option(
            "--raw", help="Folder of raw files. [default: $AUTONOMY_STATS_RAW or data/raw]"
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of the results.")] = Path("out"),
    jobs: Annotated[
        int, typer.Option("--jobs", help="Processes side by side; -1: one a core.")
    ] = 1,
    backend: BackendOption = "loky",
    scheduler: SchedulerOption = None,
) -> None:
    """Tell how far a place's estimates could be wrong: a page and a table for each type."""
    from rich.console import Console

    from autonomy_stats.out_folder import only_run
    from autonomy_stats.outputs import Outputs
    from autonomy_stats.panel.store import PanelStore
    from autonomy_stats.parallel import run_on
    from autonomy_stats.robustness_pages import where_of, write_page
    from autonomy_stats.study_robustness import need_of, robustness_of

    need, store = need_of(place, year, outcome), PanelStore(raw)
    with (
        only_run(out),
        Console(stderr=True).status("Reading the raw folder") as status,
        run_on(backend, scheduler),
    ):
        panel, found = robustness_of(
            need,
            store,
            outcome,
            school_types=school_type or (),
            n_jobs=jobs,
            progress=lambda part: status.update(f"How far could it be wrong: {part}"),
        )
        judged = found.fit.effects.query("note == ''")["school_type"]
        drawn = school_type or [kind for kind in found.school_types if kind in set(judged)]
        outputs = Outputs(out)
        table, where = found.to_frame(), where_of(panel.frame)
        for kind in drawn:
            status.update(f"Drawing {kind}")
            own = table[table["school_type"].isin([kind, ""])]
            write_page(outputs, f"robustness_{need.place}_{kind}", found, kind, where, own)
    print(found.summary(school_type[0] if school_type and len(school_type) == 1 else None))
    print()
    for name in outputs.written:
        print(out / name)
    left = [kind for kind in found.school_types if kind not in drawn]
    if left and not school_type:
        print(f"Too few schools to judge, no page (--type draws it): {', '.join(left)}")
