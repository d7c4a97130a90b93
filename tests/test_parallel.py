"""parallel: work on a cluster of two real worker processes, one of which is killed at it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import delayed

from autonomy_stats import parallel, shared_folders
from autonomy_stats.cli import main
from autonomy_stats.errors import ClusterError, UsageError
from autonomy_stats.models.robustness import specification_curve
from autonomy_stats.parallel import in_order, on_cluster, run_on
from autonomy_stats.shared_folders import refuse_unshared
from autonomy_stats.simulate.calibration import calibrate

pytestmark = pytest.mark.loopback

NOWHERE = "tcp://127.0.0.1:9"  # the port of `discard`, which no machine serves any more


def dask(program, *arguments):
    """Start one of Dask's programs."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments]
    return subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a scheduler with two workers."""
    pytest.importorskip("distributed", reason="distributed is not installed: no cluster is tested")
    file = tmp_path_factory.mktemp("cluster") / "scheduler.json"
    started = [dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)]
    try:
        until = time.monotonic() + 60
        while not (file.exists() and file.read_text(encoding="utf-8")):
            assert time.monotonic() < until, "the scheduler did not start"
            time.sleep(0.05)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        started += [
            dask(
                "worker", address, "--no-nanny", "--nthreads", "1", "--local-directory", file.parent
            )
            for _ in range(2)
        ]
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield address
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(7)
    school = np.arange(96) % 24
    return pd.DataFrame(
        {
            "school_id": [f"{number:04d}" for number in school],
            "end_year": 2018,
            "subject": np.where(np.arange(96) < 48, "ela", "math"),
            "grade": np.where(np.arange(96) % 48 < 24, "03", "04"),
            "school_type": np.where(school % 4 == 0, "pilot", "traditional"),
            "n_tested": rng.integers(20, 90, 96).astype(float),
            "low_income_pct": rng.uniform(0, 100, 24)[school],
            "proficient_pct": rng.normal(50, 8, 24)[school] + rng.normal(0, 6, 96),
        }
    )


def test_a_worker_killed_at_work_changes_nothing(scheduler, frame):
    from distributed import Client

    wanted = {"runs": 150, "truth": [0.0], "methods": ["CR2"], "errors": "normal"}
    serial = calibrate(frame, "proficient_pct", jobs=1, **wanted)
    with Client(scheduler, set_as_default=False) as client:
        pids = client.run(os.getpid)
        assert len(pids) == 2
        killed = []

        def kill_one_at_work():
            until = time.monotonic() + 60
            while not killed and time.monotonic() < until:
                at_work = [worker for worker, calls in client.processing().items() if calls]
                killed.extend(at_work[:1])
                time.sleep(0.005)
            os.kill(pids[killed[0]], signal.SIGKILL)

        watch = threading.Thread(target=kill_one_at_work)
        watch.start()
        with run_on("dask", scheduler):
            assert on_cluster()
            found = calibrate(frame, "proficient_pct", **wanted)
        watch.join()
        assert not on_cluster()
        assert len(killed) == 1
        pd.testing.assert_frame_equal(found, serial, check_exact=True)
        assert set(client.run(os.getpid)) == set(pids) - set(killed)


def test_specification_curve_is_the_same_on_a_cluster(scheduler, frame):
    here = specification_curve(frame, "proficient_pct", draws=19, n_jobs=1)
    with run_on("dask", scheduler):
        there = specification_curve(frame, "proficient_pct", draws=19, n_jobs=1)
    pd.testing.assert_frame_equal(there.estimates, here.estimates, check_exact=True)
    pd.testing.assert_frame_equal(there.joint, here.joint, check_exact=True)


def test_run_is_the_same_on_a_cluster(scheduler, tmp_path, monkeypatch):
    (tmp_path / "raw").mkdir()
    command = ["autonomy-stats", "reproduce", "--only", "michigan_2001", "--raw", "raw", "--out"]
    monkeypatch.chdir(tmp_path)
    for out, where in (("here", []), ("there", ["--backend", "dask", "--scheduler", scheduler])):
        monkeypatch.setattr(sys, "argv", [*command, out, *where])
        with pytest.raises(SystemExit) as done:
            main()
        assert not done.value.code
    for name in ("michigan_2001.csv", "michigan_2001.svg", "joins.csv"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    assert not list(Path("there").glob(".writing-*"))


def test_errors_of_a_call_arrive_as_they_are(scheduler):
    with run_on("dask", scheduler), pytest.raises(ZeroDivisionError):
        list(in_order((delayed(divmod)(1, n) for n in range(2)), 2))


@pytest.mark.parametrize(
    ("backend", "address", "message"),
    [
        ("spark", None, "backend must be one of loky, dask; got 'spark'"),
        ("dask", None, "needs the address of its scheduler"),
        ("loky", NOWHERE, "is of a cluster: say backend 'dask' as well"),
    ],
)
def test_refused(backend, address, message):
    with pytest.raises(UsageError, match=re.escape(message)), run_on(backend, address):
        pass


@pytest.mark.parametrize("address", [NOWHERE, "nonsense://a"])
def test_no_scheduler(address, monkeypatch):
    pytest.importorskip("distributed", reason="distributed is not installed: no cluster is tested")
    monkeypatch.setattr(parallel, "PATIENCE", 0.5)
    refused = pytest.raises(ClusterError, match="no Dask scheduler answers")
    with refused as told, run_on("dask", address):
        pass
    assert "\n" not in str(told.value)


def test_dask_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    refused = pytest.raises(ClusterError, match=r"pip install 'autonomy-stats\[distributed\]'")
    with refused, run_on("dask", NOWHERE):
        pass


class Elsewhere:
    """A client whose worker sees nothing."""

    def run(self, _look):
        return {"tcp://10.0.0.2:1": None}


@pytest.mark.parametrize("kind", ["read", "written"])
def test_folders_that_workers_do_not_share(kind, tmp_path, monkeypatch):
    refuse_unshared(**{kind: [tmp_path / "any"]})  # nothing to share without a cluster
    monkeypatch.setattr(shared_folders, "client_of_cluster", Elsewhere)
    with pytest.raises(ClusterError, match=r"10\.0\.0\.2:1 does not see the folder"):
        refuse_unshared(**{kind: [tmp_path]})
    assert not list(tmp_path.iterdir())
