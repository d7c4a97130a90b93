"""benchmarks/: the file is made from its seed, and all that are measured read the same from it.

No time is asserted here: speed is measured by the script, on a quiet machine.
"""

from __future__ import annotations

import csv
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from autonomy_stats import load_file
from autonomy_stats.simulate.files_california_caaspp import caaspp_header

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
sys.path.append(str(FOLDER))  # its modules import their neighbours

from caaspp_contenders import CONTENDERS, DISTRICT  # noqa: E402
from caaspp_file import write_statewide  # noqa: E402
from statewide_caaspp import OPTIONAL  # noqa: E402

N_ROWS = 2000


@pytest.fixture(scope="module")
def statewide(tmp_path_factory):
    """A small file in a folder of its own."""
    return write_statewide(tmp_path_factory.mktemp("statewide") / "a.txt", N_ROWS, 3)


def test_file_is_as_published(statewide):
    with statewide.open(encoding="ascii", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == caaspp_header("2017")
    assert {len(row) for row in rows} == {32}
    assert len(rows) == N_ROWS + 1
    codes = [tuple(row[:3]) for row in rows[1:]]
    assert codes == sorted(codes)
    assert "*" in {row[16] for row in rows}


def test_file_is_that_of_its_seed(statewide, tmp_path):
    content = statewide.read_bytes()
    assert write_statewide(tmp_path / "b.txt", N_ROWS, 3).read_bytes() == content
    assert write_statewide(tmp_path / "c.txt", N_ROWS, 4).read_bytes() != content


def test_all_read_the_same(statewide, monkeypatch):
    monkeypatch.setenv("AUTONOMY_STATS_CACHE", "off")
    rows = load_file(statewide).tables["achievement"]
    rows = rows[rows["district_id"] == DISTRICT]
    expected = (len(rows), int(rows["n_tested"].sum()))
    assert expected[0] > 20
    for name, contender in CONTENDERS.items():
        library = name.partition(".")[0]
        if library in OPTIONAL and importlib.util.find_spec(library) is None:
            continue
        work, told = contender(statewide)
        assert told(work()) == expected, name


def test_script_measures_and_saves(tmp_path):
    out = tmp_path / "results" / "x.csv"
    names = ["autonomy-stats", "pandas.read_csv"]
    options = ["--rows", str(N_ROWS), "--repeats", "1", "--out", str(out), "--only", *names]
    command = [sys.executable, str(FOLDER / "statewide_caaspp.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["contender"] for row in rows] == names
    assert len({(row["rows_kept"], row["students"]) for row in rows}) == 1
    for row in rows:
        assert (row["file_rows"], row["file_columns"]) == (str(N_ROWS), "32")
        assert float(row["least_s"]) > 0
        assert float(row["peak_mb"]) > 1
        assert row["contender"] in done.stdout
