"""Workbooks that would take all memory, read other files, or are none that Excel writes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from files import Made, write_workbook, write_zip

from autonomy_stats import raw_content, raw_limits
from autonomy_stats.errors import RawFileError
from autonomy_stats.raw import open_raw

TABLE = Made("t", ["id", "name"], [["1", "a"]])

SHEET = "xl/worksheets/sheet1.xml"


def spoilt(path: Path, change) -> Path:
    """A workbook whose sheet is another."""
    write_workbook(path, TABLE)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[SHEET] = change(members[SHEET])
    return write_zip(path, members)


def rows_added(rows: bytes):
    return lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>")


FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(FAR, id="the last cell"),
        pytest.param(FAR.replace(b"XFD", b"T"), id="the last row"),
        pytest.param(FAR.replace(b'"', b"'"), id="other quotes"),
        pytest.param(FAR.replace(b'c r="', b'c s="0" r="'), id="another order"),
        pytest.param(b'<row r="1048576"><c/><c><v>1</v></c></row><!-- -->' * 9, id="no place"),
    ],
)
def test_a_cell_far_out(tmp_path, rows, monkeypatch):
    monkeypatch.setattr(raw_limits, "MOST_CELLS", 2**20)
    path = spoilt(tmp_path / "w.xlsx", rows_added(rows))
    with pytest.raises(RawFileError, match=r"sheet1\.xml reaches to row 1,048,5.. and column"):
        open_raw(path)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(b"<row/>" * 10**5, id="empty rows"),
        pytest.param(b'<row r="1048576" s="1"/>', id="an empty last row"),
        pytest.param(b'<row r="1048576"><c r="XFD1048576" s="1"/></row>', id="an empty last cell"),
    ],
)
def test_empty_rows_and_cells_take_nothing(tmp_path, rows):
    raw = open_raw(spoilt(tmp_path / "w.xlsx", rows_added(rows)))
    assert raw.sheet("t").rows == [["id", "name"], ["1", "a"]]


ENTITIES = {
    "external": b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hosts">]>',
    "laughs": b'<!DOCTYPE w [<!ENTITY y "lol"><!ENTITY x "&y;&y;&y;&y;&y;&y;&y;&y;">]>',
}


@pytest.mark.parametrize("kind", ENTITIES)
def test_entities(tmp_path, kind):
    def change(sheet: bytes) -> bytes:
        sheet = sheet.replace(b"<worksheet", ENTITIES[kind] + b"<worksheet", 1)
        cell = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&x;</t></is></c></row></sheetData>'
        return sheet.replace(b"</sheetData>", cell)

    with pytest.raises(RawFileError, match=r"sheet1\.xml declares a document type"):
        open_raw(spoilt(tmp_path / "w.xlsx", change))


def test_a_workbook_that_understates_its_size(tmp_path, monkeypatch):
    path = spoilt(tmp_path / "w.xlsx", rows_added(b" " * 10**5))
    monkeypatch.setattr(raw_limits, "MOST_HELD", 10**5)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (99).to_bytes(4, "little")
    with pytest.raises(RawFileError, match="the workbook unpacks to more than"):
        raw_content.workbook_of(path, bytes(content))


def test_a_workbook_of_another_format(tmp_path):
    path = write_zip(tmp_path / "w.xlsx", {"xl/workbook.bin": b"x"})
    with pytest.raises(RawFileError, match=r"another format; save it as \.xlsx"):
        open_raw(path)
