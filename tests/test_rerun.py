"""A run that would give what is there already is told apart from any other."""

from __future__ import annotations

import pytest

from autonomy_stats import rerun
from autonomy_stats.outputs import Outputs


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "a.csv").write_text("a,b\n1,2\n")
    return folder


def test_the_fingerprint_is_that_of_files_and_request(raw):
    same = rerun.fingerprint(raw, {"only": None})
    assert rerun.fingerprint(raw, {"only": None}) == same
    assert rerun.fingerprint(raw, {"only": ["fig06"]}) != same


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.csv").write_text("a,b\n1,3\n"),
        lambda folder: (folder / "a.csv").rename(folder / "c.csv"),
        lambda folder: (folder / "b.csv").write_text("a,b\n1,2\n"),
        lambda folder: (folder / "a.csv").unlink(),
    ],
    ids=["content", "name", "more", "fewer"],
)
def test_any_change_of_the_raw_files_shows(raw, change):
    before = rerun.fingerprint(raw, {})
    change(raw)
    assert rerun.fingerprint(raw, {}) != before


def test_a_change_of_version_shows(raw, monkeypatch):
    before = rerun.fingerprint(raw, {})
    monkeypatch.setattr(rerun, "_versions", lambda: ["numpy 0"])
    assert rerun.fingerprint(raw, {}) != before


def test_what_was_told_comes_back_while_all_is_there(tmp_path):
    outputs = Outputs(tmp_path)
    outputs.write_text("fig.csv", "x\n")
    rerun.keep_record(outputs, "mark", {"figures": ["fig"]})
    assert rerun.record_of(tmp_path, "mark") == {"figures": ["fig"]}
    assert rerun.record_of(tmp_path, "another") is None
    (tmp_path / "fig.csv").write_text("y\n")
    assert rerun.record_of(tmp_path, "mark") is None
    (tmp_path / "fig.csv").unlink()
    assert rerun.record_of(tmp_path, "mark") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fingerprint": "mark", "outputs": 3}'])
def test_a_record_of_something_else_counts_for_nothing(tmp_path, text):
    (tmp_path / rerun.RECORD).write_text(text)
    assert rerun.record_of(tmp_path, "mark") is None
