"""Runs in batches, several at a time, with the same numbers however many that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from autonomy_stats.parallel import in_order

__all__ = ["RUNS_AT_ONCE", "in_batches"]

RUNS_AT_ONCE = 50
"""Runs of a batch."""

Result = TypeVar("Result")


def in_batches(
    function: Callable[[np.random.SeedSequence, int], Result],
    runs: int,
    seed: int,
    jobs: int | None,
    progress: Callable[[int, int], object] | None = None,
) -> list[Result]:
    """Call a function for each batch of runs, each with a seed of its own; several at a time.

    Which seed a batch has does not depend on how many are computed at a time.

    Parameters
    ----------
    function : callable
        Takes the seed and the number of runs of a batch.
    runs, seed : int
        Number of runs, and seed of all.
    jobs : int or None
        Processes, as joblib counts them: -1 for all cores, None for what
        `joblib.parallel_config` says. On a cluster (`parallel.run_on`), all of its workers.
    progress : callable, optional
        Called after each batch with the number of runs done and the number of all.

    Returns
    -------
    list
        What the function returned, in the order of the batches.

    Examples
    --------
    >>> in_batches(lambda seed, runs: runs, 120, seed=0, jobs=1)
    [50, 50, 20]
    """
    from joblib import delayed

    sizes = [min(RUNS_AT_ONCE, runs - first) for first in range(0, runs, RUNS_AT_ONCE)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    calls = (delayed(function)(own, size) for own, size in zip(seeds, sizes, strict=True))
    found: list[Result] = []
    for number, result in enumerate(in_order(calls, jobs), start=1):
        found.append(result)
        if progress is not None:
            progress(sum(sizes[:number]), runs)
    return found
