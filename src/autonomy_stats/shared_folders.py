"""Make sure that the workers of a cluster see the folders that a run reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.errors import ClusterError
from autonomy_stats.out_folder import scratch_in
from autonomy_stats.parallel import client_of_cluster
from autonomy_stats.raw_listing import list_files

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["refuse_unshared"]


def refuse_unshared(read: Sequence[Path] = (), written: Sequence[Path] = ()) -> None:
    """Stop if workers of a cluster do not see the folders of this process, its own among them.

    Parameters
    ----------
    read : sequence of pathlib.Path
        Folders that workers read from: each must hold files of the same names and sizes.
    written : sequence of pathlib.Path
        Folders that workers write to; made if need be.

    Raises
    ------
    ClusterError
        Naming the folder and the worker.
    """
    client = client_of_cluster()
    if client is None:
        return
    _refuse_unseen(client, Path.cwd(), Path.cwd().is_dir, True)
    for folder in written:
        folder.mkdir(parents=True, exist_ok=True)
        with scratch_in(folder.absolute()) as token:
            _refuse_unseen(client, folder, token.is_dir, True)
    for folder in read:
        look = partial(_sizes, folder.absolute())
        _refuse_unseen(client, folder, look, look())


def _refuse_unseen(
    client: Client, folder: Path, look: Callable[[], object], expected: object
) -> None:
    """Stop if a worker that looks at a folder sees something else."""
    for worker, seen in client.run(look).items():
        if seen != expected:
            raise ClusterError(
                f"the worker {worker} does not see the folder {folder.absolute()} as it is here; "
                "this command needs folders that all workers share"
            )


def _sizes(folder: Path) -> list[tuple[str, int]] | None:
    """Return the raw files of a folder with their sizes; None if there is no such folder."""
    if not folder.is_dir():
        return None
    return [(str(path), path.stat().st_size if path.exists() else 0) for path in list_files(folder)]
