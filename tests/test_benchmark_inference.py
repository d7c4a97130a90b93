"""benchmarks/inference.py runs, on small regressions. No time is asserted."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autonomy_stats.models.inference import cluster_robust

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(FOLDER))  # its modules import their neighbours

from inference import AGREEMENT, check  # noqa: E402
from inference_tasks import TASKS, cr2, regression  # noqa: E402


def test_regressions_are_those_of_their_seed():
    one, same, other = (regression(192, 16, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.outcome, same.outcome)
    assert not np.array_equal(one.outcome, other.outcome)
    assert np.abs((one.design * one.weights[:, None]).T @ one.residuals).max() < 1e-6
    assert cluster_robust(*one[:1], *one[2:5]).n_clusters == 16


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_task_has_a_small_form(task):
    small = task.smaller(1000)
    assert (small.rows, small.schools) in {(192, 16), (1000, 16)}
    result = small.make(regression(small.rows, small.schools))()
    assert all(np.isfinite(numbers).all() for numbers in result.values())


def test_a_difference_from_r_stops_the_script():
    found = cr2(regression(192, 16))()
    check(TASKS["CR2, 7,000 rows"], found, found)
    off = {**found, "df": [df * (1 + 2 * AGREEMENT) for df in found["df"]]}
    with pytest.raises(SystemExit, match="df differ from R's by"):
        check(TASKS["CR2, 7,000 rows"], found, off)


def test_script_measures_and_saves(tmp_path):
    out = tmp_path / "results" / "x.csv"
    options = ["--repeats", "1", "--smaller", "1000", "--out", str(out)]
    command = [sys.executable, str(FOLDER / "inference.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    own = [row for row in rows if row["program"] == "autonomy-stats"]
    assert [row["task"] for row in own] == list(TASKS)
    assert {row["columns"] for row in rows} == {"13"}
    for row in rows:
        assert float(row["median_ms"]) >= float(row["least_ms"]) > 0
        assert row["task"] in done.stdout
    assert all(float(row["peak_mb"]) >= float(row["data_mb"]) > 1 for row in own)
