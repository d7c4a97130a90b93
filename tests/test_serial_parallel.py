"""A run by one process and one by several write the same files, byte by byte."""

from __future__ import annotations

from pathlib import Path

import joblib
import pandas as pd
import pytest

import autonomy_stats as aus
from autonomy_stats import study
from autonomy_stats.rerun import RECORD

PLACES = ("memphis", "denver", "indianapolis")
"""Places of small states; the parts of a state share no file with those of another."""

FIGURES = ("fig04", "fig10", "composition", "fig12")
"""Of one state, of no state, and of several, of which each state's part makes its own rows."""


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    """Simulated files of three states, the fewest that are shared."""
    folder = tmp_path_factory.mktemp("simulated") / "raw"
    aus.simulate_raw(folder, 4, places=PLACES, jobs=1)
    return folder


def run_with(processes: int, raw: Path, out: Path, monkeypatch, **options) -> aus.StudyRun:
    """Run on a machine of so many processors, and count the processes that were used."""
    used = []

    def jobs(parts, surveyed, really=study._jobs):
        used.append(really(parts, surveyed))
        return used[-1]

    with monkeypatch.context() as patch:
        patch.setattr(joblib, "cpu_count", lambda *_: processes)
        patch.setattr(study, "_jobs", jobs)
        run = aus.reproduce(raw, out, command="a run", **options)
    assert used == [processes]
    return run


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what a run wrote, but for the record of it, which names the folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != RECORD}


def test_one_process_and_two_write_the_same_files(raw, tmp_path, monkeypatch):
    one = run_with(1, raw, tmp_path / "one", monkeypatch, only=FIGURES)
    two = run_with(2, raw, tmp_path / "two", monkeypatch, only=FIGURES)
    assert [(a.figure_id, a.status, a.reason) for a in one.figures] == [
        (b.figure_id, b.status, b.reason) for b in two.figures
    ]
    assert set(one.drawn) == set(FIGURES)
    pd.testing.assert_frame_equal(one.joins, two.joins)
    alone, shared = files_of(one.out), files_of(two.out)
    assert alone.keys() == shared.keys()
    assert [name for name in alone if alone[name] != shared[name]] == []
