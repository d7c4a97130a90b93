"""Raw folders and files that were never meant to be read: passed over, or told in one line."""

from __future__ import annotations

import bz2
import gc
import gzip
import io
import os
import socket
import sys
import weakref
import zipfile
from pathlib import Path

import pytest
from examples import MEAP_ROWS
from files import Made, meap_sheet, write_text, write_zip

from autonomy_stats import large, raw_limits
from autonomy_stats.errors import RawFileError, UnrecognisedFileError
from autonomy_stats.loaders import gather, held
from autonomy_stats.loaders import large_text as blocks
from autonomy_stats.loaders.survey import Surveyed, damaged, survey
from autonomy_stats.raw import open_raw
from autonomy_stats.raw_listing import list_files
from autonomy_stats.rerun import fingerprint

SMALL = 2**12
TABLE = Made("t", ["id", "name"], [["1", "a"]])
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")


def problems(folder: Path) -> dict[str, Exception]:
    return {item.path.name: item.problem for item in survey(folder) if item.problem is not None}


# What is small on disk and large in memory


@pytest.fixture
def limits(monkeypatch):
    for module in (raw_limits, large):
        monkeypatch.setattr(module, "MOST_HELD", SMALL)
    monkeypatch.setattr(large, "LARGE", SMALL)
    monkeypatch.setattr(large, "MOST_UNPACKED", 4 * SMALL)


def zipped(content: bytes, name: str = "t.csv") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"])
def test_what_unpacks_to_too_much_to_hold(tmp_path, limits, pack, start):
    path = tmp_path / "bomb"
    path.write_bytes(pack(start + bytes(2 * SMALL)))
    with pytest.raises(RawFileError, match=r"unpacks to more than .* too much to be read whole"):
        open_raw(path)


def test_a_workbook_in_a_zip_that_unpacks_to_too_much(tmp_path, limits):
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped(bytes(2 * SMALL), "t.xlsx"))
    with pytest.raises(RawFileError, match="unpacks to more than"):
        open_raw(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zipped])
def test_text_that_never_ends(tmp_path, limits, pack):
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"1,2\n" * 5 * SMALL))
    with pytest.raises(RawFileError, match=r"unpacks to more than .* GiB; not read"):
        open_raw(path)


def test_large_text_that_is_read_whole(tmp_path, limits):
    path = tmp_path / "t.csv"
    path.write_bytes(b"1,2\n" * 2 * SMALL)
    raw = open_raw(path)
    assert raw.head(None).rows[0] == ["1", "2"]
    with pytest.raises(RawFileError, match="in a layout that is read whole; write it as Parquet"):
        raw.text(",")


def test_a_line_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 64)
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1" * 200 + b"\n")
    monkeypatch.setattr("autonomy_stats.large.LARGE", 10)
    with pytest.raises(RawFileError, match="a line of 64 characters or more is no row"):
        list(blocks._blocks(open_raw(path), 1))


def test_names_in_a_zip_lead_nowhere(tmp_path):
    (tmp_path / "in").mkdir()
    write_zip(tmp_path / "in" / "t.zip", {"../../out.csv": b"id,name\n1,a\n"})
    assert open_raw(tmp_path / "in" / "t.zip").text(",").rows == [["id", "name"], ["1", "a"]]
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "t.zip"]


# What is no file


@POSIX
def test_pipes_and_sockets_are_passed_over(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's name is short
        one.bind("socket.csv")
        os.chdir(here)
        assert list_files(tmp_path) == []
        for name in ("pipe.csv", "socket.csv"):
            with pytest.raises(RawFileError, match="a pipe, socket or device"):
                open_raw(tmp_path / name)


@POSIX
def test_links(tmp_path):
    raw, other = tmp_path / "raw", tmp_path / "other"
    write_text(other / "t.csv", meap_sheet(MEAP_ROWS))
    raw.mkdir()
    links = {"a": raw, "b": "c", "c": "b", "nowhere.csv": "none", "there": other, "z": other}
    for name, target in links.items():
        (raw / name).symlink_to(target)
    assert [path.relative_to(raw).as_posix() for path in list_files(raw)] == [
        *("b", "c", "nowhere.csv", "there/t.csv")
    ]
    told = damaged(survey(raw))
    assert [("no such file" in line, "symbolic" in line) for line in told] == [
        *((False, True), (False, True), (True, False))
    ]
    assert fingerprint(raw, {}) == fingerprint(raw, {})


def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    real = os.scandir

    def scandir(path="."):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert [path.name for path in list_files(tmp_path)] == ["locked"]
    assert isinstance(problems(tmp_path)["locked"], RawFileError)


def test_a_file_that_vanishes(tmp_path, monkeypatch):
    write_text(tmp_path / "t.csv", TABLE)
    listed = list_files(tmp_path)
    monkeypatch.setattr("autonomy_stats.loaders.survey.list_files", lambda _: listed)
    monkeypatch.setattr("autonomy_stats.rerun.list_files", lambda _: listed)
    before = fingerprint(tmp_path, {})
    (tmp_path / "t.csv").unlink()
    assert "no such file" in str(problems(tmp_path)["t.csv"])
    assert fingerprint(tmp_path, {}) != before


def test_a_file_that_vanishes_before_it_is_parsed(tmp_path):
    path = write_text(tmp_path / "t.csv", meap_sheet(MEAP_ROWS))
    survey(tmp_path)
    held.clear()
    path.unlink()
    surveyed = [Surveyed(path, survey()[0].layout, None)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather, "survey", lambda _: surveyed)
        broken = gather.gather("michigan", [2001], tmp_path).broken
    assert [str(problem) for problem in broken] == [f"{path}: no such file"]


@POSIX
@pytest.mark.parametrize("name", [b"new\nline.csv", b"caf\xe9.csv", b"\xe5\xad\xa6 \xc3\xa9.csv"])
def test_names(tmp_path, name):
    try:
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text("a,b\n1,2\n")
    except OSError:
        pytest.skip("this disk takes no such name")
    assert isinstance(next(iter(problems(tmp_path).values())), UnrecognisedFileError)
    assert fingerprint(tmp_path, {}) == fingerprint(tmp_path, {})


# Many files


def test_many_files_are_read_once_and_not_held(tmp_path, monkeypatch):
    for number in range(300):
        (tmp_path / f"{number}.csv").write_text(f"a,b\n{number},2\n")
    opened = []

    def counted(path):
        raw = open_raw(path)
        opened.append(weakref.ref(raw))
        return raw

    held.clear()
    monkeypatch.setattr(held, "open_raw", counted)
    monkeypatch.setattr(held._open, "most_bytes", 100)
    assert len(problems(tmp_path)) == 300
    assert len(problems(tmp_path)) == 300
    assert len(opened) == 300
    gc.collect()
    assert sum(raw() is not None for raw in opened) < 20
    assert held._open.n_bytes <= 100


@pytest.mark.parametrize(("most_bytes", "parsed"), [(2**20, 3), (0, 6)])
def test_small_tables_are_held_however_many(tmp_path, monkeypatch, most_bytes, parsed):
    for number in range(3):
        text = f"state,end_year,school_id,enrollment\nohio,2019,{number:03d},5\n"
        (tmp_path / f"{number}.csv").write_text(text)
    read = []
    load = held.load_cached
    held.clear()
    monkeypatch.setattr(held, "load_cached", lambda *a: read.append(a[0].path) or load(*a))
    monkeypatch.setattr(held._held, "most_bytes", most_bytes)
    monkeypatch.setattr(held._held, "fewest", 1)
    for _ in range(2):
        assert len(gather.gather("ohio", [2019], tmp_path).tables["demographics"]) == 3
    assert len(read) == parsed
