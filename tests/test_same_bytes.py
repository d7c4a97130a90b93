"""The writers of official layouts: the same tables give the same bytes at any time."""

from __future__ import annotations

import time

import pytest
from every_layout import FILES
from openpyxl import load_workbook

from autonomy_stats.raw import open_raw
from autonomy_stats.simulate.files import write_rows_xlsx

STATES = dict.fromkeys(official.layout.split("-")[0] for official in FILES)
TICK = 2.0
"""Seconds in which every clock that a file could show moves on: a zip archive's counts by two."""


@pytest.mark.parametrize("state", STATES)
def test_a_file_written_later_has_the_same_bytes(state, tmp_path):
    files = [(one, one.tables()) for one in FILES if one.layout.startswith(state)]
    earlier = [one.write_plain(tmp_path, tables).read_bytes() for one, tables in files]
    time.sleep(TICK)
    later = [one.write_plain(tmp_path, tables).read_bytes() for one, tables in files]
    pairs = zip(files, earlier, later, strict=True)
    assert [one.id for (one, _), before, after in pairs if before != after] == []


LOOKS = ["=1+1", "{=A1}", "http://example.org", "mailto:a@example.org", "0012", "1e5", " padded "]


def test_a_text_stays_a_text(tmp_path):
    path = write_rows_xlsx(tmp_path / "x.xlsx", "Data", [LOOKS, [1, 2.5, float("nan"), None]])
    sheet = load_workbook(path)["Data"]
    assert [cell.value for cell in sheet[1]] == LOOKS
    assert {cell.data_type for cell in sheet[1]} == {"s"}
    assert not any(cell.hyperlink for cell in sheet[1])
    assert [cell.value for cell in sheet[2]][:4] == [1, 2.5, None, None]
    assert open_raw(path).sheet("Data").rows[1][:4] == ["1", "2.5", "", ""]
