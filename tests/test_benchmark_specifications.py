"""benchmarks/specifications.py runs, on a panel that is made. No time is asserted."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "specifications.py"


def test_script_measures_and_saves(tmp_path):
    out = tmp_path / "x.csv"
    options = ["--count", "40", "--jobs", "1", "--places", "made", "--out", str(out)]
    command = [sys.executable, str(SCRIPT), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (row["place"], row["rows"], row["schools"]) == ("made", "800", "100")
    assert row["specifications"] == row["with_interval"] == "40"
    assert float(row["seconds"]) > 0
