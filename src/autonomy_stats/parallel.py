"""Where work that is done side by side runs: on this machine, or on a Dask cluster.

Resampling, specification curves, simulations and the parts of a run are handed to joblib. Within
`run_on("dask", ...)` the workers of a cluster take them over, with the same numbers: what a call
returns depends on its arguments alone, seeds included, and a call whose worker dies is made again
by another.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import ClusterError, UsageError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["BACKENDS", "client_of_cluster", "in_order", "on_cluster", "run_on"]

BACKENDS = ("loky", "dask")
"""Where work may run: in processes of this machine (joblib's own), or on a Dask cluster."""

PATIENCE = 10
"""Seconds that a scheduler may take to answer."""

FIRST_WORKER = 30
"""Seconds that its first worker may take to start."""

AHEAD = 4
"""Calls that a worker is given at a time, so that it need not wait for the next one."""

Call = tuple[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]]


@contextmanager
def run_on(backend: str = "loky", scheduler: str | None = None) -> Iterator[None]:
    """Run what is done side by side on a backend, as long as the context lasts.

    Parameters
    ----------
    backend : {"loky", "dask"}
        Processes of this machine, or the workers of a Dask cluster.
    scheduler : str, optional
        Address of the cluster's scheduler, such as `tcp://10.0.0.1:8786`.

    Raises
    ------
    UsageError
        If the backend is not one of the allowed, or its scheduler is not named.
    ClusterError
        If Dask is not installed, the scheduler cannot be reached, no worker answers, a worker has
        another version of the package, or workers die again and again.

    Examples
    --------
    >>> from autonomy_stats.models.robustness import specification_curve
    >>> import autonomy_stats as aus
    >>> frame = aus.load_panel("michigan", [2001], subjects=["math"]).frame
    >>> with run_on("loky"):  # or run_on("dask", "tcp://10.0.0.1:8786")
    ...     curve = specification_curve(frame, weights=None, draws=0)
    """
    if backend not in BACKENDS:
        raise UsageError(f"backend must be one of {', '.join(BACKENDS)}; got {backend!r}")
    if backend == "loky":
        if scheduler is not None:
            raise UsageError(f"scheduler {scheduler!r} is of a cluster: say backend 'dask' as well")
        yield
        return
    if not scheduler:
        raise UsageError(
            "backend 'dask' needs the address of its scheduler, such as tcp://10.0.0.1:8786"
        )
    from joblib import parallel_config

    client = _connected(scheduler)
    try:
        _refuse_other_versions(client, scheduler)
        with parallel_config(backend="dask", client=client):
            yield
    finally:
        client.close()


def on_cluster() -> bool:
    """Return whether work is run on a Dask cluster now.

    Examples
    --------
    >>> on_cluster()
    False
    """
    return client_of_cluster() is not None


def client_of_cluster() -> Client | None:
    """Return the client of the cluster that work is run on; None if it is run here."""
    from joblib.parallel import get_active_backend

    backend, _ = get_active_backend()
    return getattr(backend, "client", None)


def in_order(calls: Iterable[Call], n_jobs: int | None) -> Iterator[Any]:
    """Yield what calls return, in their order, as soon as it is there.

    Parameters
    ----------
    calls : iterable
        Calls as `joblib.delayed` makes them.
    n_jobs : int or None
        Processes, as joblib counts them; on a cluster, all of its workers are used.

    Raises
    ------
    ClusterError
        If the cluster is lost, or a call has taken several of its workers with it.

    Examples
    --------
    >>> from joblib import delayed
    >>> list(in_order((delayed(pow)(2, n) for n in range(4)), n_jobs=1))
    [1, 2, 4, 8]
    """
    from joblib import Parallel

    client = client_of_cluster()
    if client is None:
        # A worker that has grown is replaced by a new one: nothing that a user need know of. For
        # good: a generator that kept the filters of its beginning would mix up other threads'.
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        yield from Parallel(n_jobs=n_jobs, return_as="generator")(calls)
        return
    try:
        yield from _by_workers(client, calls)
    except Exception as problem:
        if type(problem).__module__.startswith("distributed."):
            raise ClusterError(
                f"the cluster gave a call up, or was lost itself: {_first_line(problem)}. Workers "
                "may lack memory; see their logs"
            ) from None
        raise


def _by_workers(client: Client, calls: Iterable[Call]) -> Iterator[Any]:
    """Yield what calls return that the workers of a cluster make.

    Joblib's own calls to Dask wait for ever for one that is given up, and keep large arguments on
    one worker, with which they are gone. Here arguments travel with the call.
    """
    left = iter(calls)
    waiting = deque(
        client.submit(partial(_made, call), pure=False)
        for call in islice(left, AHEAD * len(client.ncores()))
    )
    while waiting:
        yield waiting.popleft().result()
        waiting.extend(client.submit(partial(_made, call), pure=False) for call in islice(left, 1))


def _made(call: Call) -> Any:
    """Make a call; what it does side by side in turn is done by the same worker."""
    from joblib import parallel_config

    function, arguments, named = call
    with parallel_config(backend="sequential"):
        return function(*arguments, **named)


def _connected(scheduler: str) -> Client:
    """Return a client of a cluster that has a worker."""
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            "Dask is not installed, which backend 'dask' needs: "
            "pip install 'autonomy-stats[distributed]'"
        ) from None
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as problem:  # no answer; no address
        raise ClusterError(
            f"no Dask scheduler answers at {scheduler!r} ({_first_line(problem)}); start one with "
            "`dask scheduler`, which prints its address"
        ) from None
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except TimeoutError:
        client.close()
        raise ClusterError(
            f"the scheduler {scheduler!r} has no worker; start some with `dask worker {scheduler}`"
        ) from None
    return client


def _refuse_other_versions(client: Client, scheduler: str) -> None:
    """Stop if a worker has another version of the package, or none."""
    own = _version()
    for worker, version in client.run(_version, on_error="return").items():
        if version != own:
            client.close()
            raise ClusterError(
                f"the worker {worker} of {scheduler!r} has autonomy-stats "
                f"{_first_line(version)}; expected {own}, as here"
            )


def _version() -> str:
    """Return the version of the package where this is called."""
    root = import_module("autonomy_stats")  # models import this module, and the root them
    return str(root.__version__)


def _first_line(problem: object) -> str:
    """Return the first line of a message."""
    return str(problem).strip().partition("\n")[0] or type(problem).__name__
