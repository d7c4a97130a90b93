"""Michigan's extract, written again from its tidy tables."""

from __future__ import annotations

from examples import meap
from pandas.testing import assert_frame_equal

from autonomy_stats import load_file
from autonomy_stats.simulate.files_michigan import WRITERS


def test_round_trip(tmp_path):
    loaded = load_file(meap(tmp_path))
    again = load_file(WRITERS[loaded.layout](tmp_path / "again.csv", loaded.tables))
    assert again.layout == loaded.layout
    for name, table in loaded.tables.items():
        assert_frame_equal(again.tables[name], table)
