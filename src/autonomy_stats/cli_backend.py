"""The options `--backend` and `--scheduler`, of every command that works side by side."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["BackendOption", "SchedulerOption"]

BackendOption = Annotated[
    str,
    typer.Option(
        "--backend", help="Where work runs: loky, processes here; dask, a cluster's workers."
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="Of the cluster, such as tcp://10.0.0.1:8786."
    ),
]
