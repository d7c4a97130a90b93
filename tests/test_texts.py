"""Texts of a run are kept as Python strings; what leaves it is as any other table is."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

import autonomy_stats as aus
from autonomy_stats.errors import UsageError
from autonomy_stats.loaders import held
from autonomy_stats.texts import storage_of_texts, texts_of_small_tables, with_usual_texts

USUAL = storage_of_texts()


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    """How each column of texts is kept."""
    return {
        str(name): kind.storage
        for name, kind in frame.dtypes.items()
        if isinstance(kind, pd.StringDtype)
    }


def usual(frame: pd.DataFrame) -> bool:
    """Whether texts are kept as those of a table made now."""
    kept = set(kinds(frame).values())
    return kept == set(kinds(pd.DataFrame({"a": ["text"]})).values())


def test_the_option_is_restored_also_after_an_error():
    with pytest.raises(UsageError), texts_of_small_tables():
        raise UsageError("stop")
    assert storage_of_texts() == USUAL


def test_two_threads_may_overlap():
    """One leaves while the other is still in: the option goes back when the last has left."""
    inside, leave = threading.Event(), threading.Event()

    def other():
        with texts_of_small_tables():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=other)
    with texts_of_small_tables():
        thread.start()
        assert inside.wait(30)
    assert storage_of_texts() == "python"
    leave.set()
    thread.join()
    assert storage_of_texts() == USUAL


def test_values_and_marks_stay():
    with texts_of_small_tables():
        frame = pd.DataFrame({"school_id": ["01", None], "n": [1, 2]})
        frame.attrs["simulated"] = True
    found = with_usual_texts(frame)
    assert kinds(frame) == {"school_id": "python"}
    assert usual(found)
    assert found.attrs == frame.attrs
    assert found["school_id"].tolist()[0] == "01"
    assert found["school_id"].isna().tolist() == [False, True]


@pytest.fixture
def raw(tmp_path):
    """A folder with Michigan's results, which a run draws from and a panel is loaded from."""
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


def test_what_a_run_returns_and_leaves_behind_is_as_usual(raw, tmp_path):
    asked = {"raw": raw, "out": tmp_path / "out", "only": ["michigan_2001", "fig12"]}
    first, again = aus.reproduce(**asked), aus.reproduce(**asked)
    assert again.unchanged
    for run in (first, again):
        assert usual(run.joins)
        frames = [one.frame for one in run.figures]
        assert all(usual(frame) for frame in frames)
    panel = aus.load_panel("michigan", [2001], raw=raw)
    assert usual(panel.frame)
    assert usual(aus.load_roster("michigan"))
    assert usual(aus.load_autonomy())
    merged = first.joins[["figure"]].merge(pd.DataFrame({"figure": ["michigan_2001"]}))
    assert merged["figure"].dtype == "str"


def test_held_tables_count_their_texts(monkeypatch, tmp_path):
    held.clear()
    with texts_of_small_tables():
        panel = aus.load_panel("michigan", [2001], raw=tmp_path)
    assert set(kinds(panel.frame).values()) == {"python"}
    tables = [one for found, _ in held._held.things.values() for one in found.tables.values()]
    assert held._held.n_bytes == sum(table.memory_usage(deep=True).sum() for table in tables)
    held.clear()
