"""benchmarks/: the scripts run, and what they time gives what it should. No time is asserted."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(FOLDER))  # its modules import their neighbours

import national  # noqa: E402
from all import CASES, as_markdown  # noqa: E402
from measure import OURS, _compared  # noqa: E402
from national_tables import FIRST_YEAR, write_country  # noqa: E402


def test_what_a_thing_needs_is_imported_by_it_alone():
    """The memory of all else would be counted as its own."""
    code = "import all, sys; print(*(set(sys.argv[1:]) & set(sys.modules)))"
    heavy = ["numpy", "pandas", "scipy", "pyarrow", "matplotlib"]
    done = subprocess.run(
        [sys.executable, "-c", code, *heavy], cwd=FOLDER, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_every_thing_is_done_by_us_first():
    things = dict.fromkeys(case.what for case in CASES)
    for what in things:
        own = [case for case in CASES if case.what == what]
        assert own[0].program == OURS
        assert all((case.work is None) != (case.command is None) for case in own)
        assert all(set(case.sizes) <= set(own[0].sizes) for case in own)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.work is not None and case.is_at_hand and case.program == OURS],
    ids=lambda case: case.what,
)
def test_every_thing_can_be_made_ready(case, tmp_path):
    size = case.quick[0]
    if case.write is not None:
        case.write(tmp_path, size)
    assert callable(case.work(tmp_path, size))


def test_quick_look_at_one_thing(tmp_path):
    command = [sys.executable, str(FOLDER / "all.py"), "--quick", "--only", "workbook"]
    done = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["size"] for row in rows if row["program"] == OURS] == ["100", "1000"]
    assert {row["program"] for row in rows} > {OURS, "openpyxl, read-only"}
    assert all(float(row["median_s"]) > 0 and float(row["peak_mb"]) > 1 for row in rows)
    assert (tmp_path / "table.md").read_text(encoding="utf-8").count("| workbook to") == len(rows)


def test_ratios_and_growth():
    cells = {"what": "a", "unit": "rows", "least_s": 1.0}
    rows = _compared(
        [
            cells | {"size": 1, "program": OURS, "median_s": 2.0, "peak_mb": 10.0, "larger": 0},
            cells | {"size": 1, "program": "x", "median_s": 5.0, "peak_mb": 10.0, "larger": 0},
            cells | {"size": 10, "program": OURS, "median_s": 8.0, "peak_mb": 30.0, "larger": 1},
        ]
    )
    assert [row["times_ours"] for row in rows] == [1.0, 2.5, 1.0]
    assert [row["growth_s"] for row in rows] == [None, None, 4.0]
    assert rows[2]["growth_mb"] == 3.0
    assert "| a | 10 rows | autonomy-stats | 8.00 s | 1.00 | 30 MB | 4.0, 3.0 |" in as_markdown(
        rows, {"cores": 2}
    )


def test_small_nation_gives_back_its_truth(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTONOMY_STATS_CACHE", "off")
    write_country(tmp_path, 200, 2, seed=1)
    steps = national.run_here(tmp_path, range(FIRST_YEAR, FIRST_YEAR + 2))
    assert {(step["rows"], step["clusters"]) for step in steps} == {(800, 200)}
    assert steps[0]["worst_z"] < 4  # of three types, in standard errors


@pytest.mark.parametrize("seed", [0, 5])
def test_nation_is_that_of_its_seed(seed, tmp_path):
    for name, own in (("a", seed), ("b", seed), ("c", seed + 1)):
        write_country(tmp_path / name, 30, 1, own)
    held = {name: (tmp_path / name / "raw" / "achievement.parquet").read_bytes() for name in "abc"}
    assert held["a"] == held["b"] != held["c"]
