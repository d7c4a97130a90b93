"""The cache: what comes out is what went in, or the raw file is read again."""

from __future__ import annotations

import ast
import json
import logging
import os
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
from examples import cmas, indiana, istep_2016, meap, race_meals
from files import write_workbook

import autonomy_stats
from autonomy_stats import cache
from autonomy_stats.cli import main
from autonomy_stats.loaders import cached, gather, held, survey
from autonomy_stats.loaders.cached import load_cached
from autonomy_stats.loaders.load import load_recognised, recognise
from autonomy_stats.loaders.loaded_file import LoadedFile
from autonomy_stats.raw import open_raw
from autonomy_stats.raw_listing import list_files

PACKAGE = Path(autonomy_stats.__file__).parent
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Folder of the cache, named in the environment."""
    folder = tmp_path / "kept"
    monkeypatch.setenv(cache.VARIABLE, str(folder))
    monkeypatch.setattr(cache, "_warned", set())
    return folder


@pytest.fixture
def parsed(monkeypatch):
    """Names of the files that were parsed, in order."""
    names = []

    def counting(raw, *arguments):
        names.append(raw.path.name)
        return load_recognised(raw, *arguments)

    monkeypatch.setattr(cached, "load_recognised", counting)
    return names


def read(path, end_years=(2001,)):
    """Read a file as another process would: nothing held in memory."""
    raw = open_raw(path)
    return load_cached(raw, recognise(raw), end_years)


def entry_of(folder: Path) -> Path:
    (entry,) = folder.glob("*/*/entry.json")
    return entry.parent


def assert_same(left: LoadedFile, right: LoadedFile) -> None:
    for one in fields(LoadedFile):
        if one.name != "tables":
            assert getattr(left, one.name) == getattr(right, one.name), one.name
            assert type(getattr(left, one.name)) is type(getattr(right, one.name)), one.name
    assert list(left.tables) == list(right.tables)
    for name, frame in left.tables.items():
        pd.testing.assert_frame_equal(frame, right.tables[name], check_exact=True)


# What goes in comes out


def test_a_file_is_parsed_once(tmp_path, kept, parsed):
    path = meap(tmp_path / "raw")
    first, second = read(path), read(path)
    assert parsed == [path.name]
    assert_same(first, second)
    assert sorted(p.name for p in entry_of(kept).iterdir()) == [
        "achievement.parquet",
        "demographics.parquet",
        "entry.json",
    ]
    assert entry_of(kept).parent.name == first.sha256


@pytest.mark.parametrize("make", [istep_2016, race_meals, cmas])
def test_workbooks_come_back_as_they_were(make, tmp_path, kept, parsed):
    sheet = make(2016) if make is race_meals else make()
    path = write_workbook(tmp_path / "raw" / "w.xlsx", sheet)
    years = (2016, 2017)
    assert_same(read(path, years), read(path, years))
    assert len(parsed) == 1


def test_years_are_part_of_the_key(tmp_path, kept, parsed):
    path = write_workbook(tmp_path / "raw" / "c.xlsx", race_meals(2016), race_meals(2018))
    one, other, both = read(path, (2016,)), read(path, (2018,)), read(path, (2016, 2018))
    assert len(parsed) == 3
    assert (one.own_years, other.own_years, both.own_years) == ({2016}, {2018}, {2016, 2018})
    assert_same(read(path, (2018,)), other)
    assert len(parsed) == 3


def test_a_name_is_part_of_the_key_and_a_folder_is_not(tmp_path, kept, parsed):
    """Some layouts give the year in the file's name only."""
    path = meap(tmp_path / "raw")
    read(path)
    moved = tmp_path / "elsewhere" / path.name
    moved.parent.mkdir()
    path.rename(moved)
    assert read(moved).path == moved
    assert len(parsed) == 1
    read(moved.rename(moved.with_name("other.csv")))
    assert len(parsed) == 2


def test_a_changed_file_is_read_again(tmp_path, kept, parsed):
    path = meap(tmp_path / "raw")
    before = read(path)
    path.write_text(path.read_text().replace("1.5", "2.5"), encoding="utf-8")
    assert read(path).sha256 != before.sha256
    assert len(parsed) == 2


def test_gather_reads_from_the_cache(tmp_path, kept, parsed):
    raw = indiana(tmp_path / "raw")
    first = gather.gather("indiana", [2016, 2017], raw)
    assert len(parsed) == len(list_files(raw))
    held.clear()
    second = gather.gather("indiana", [2016, 2017], raw)
    assert len(parsed) == len(list_files(raw))
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, second.tables[name], check_exact=True)


def test_layouts_are_kept_too(tmp_path, kept, monkeypatch):
    raw = tmp_path / "raw"
    meap(raw)
    (raw / "t.csv").write_text("state,end_year,school_id,enrollment\nohio,2019,01,5\n")
    (raw / "o.csv").write_text("a,b\n1,2\n")
    survey._known.clear()
    first = survey.survey(raw)
    survey._known.clear()
    looked_at = []

    def counting(raw):
        looked_at.append(raw.path.name)
        return recognise(raw)

    monkeypatch.setattr(cached, "recognise", counting)
    second = survey.survey(raw)
    assert [item.layout for item in second] == [item.layout for item in first]
    assert [item.layout and item.layout.state for item in second] == ["michigan", None, "ohio"]
    assert looked_at == ["o.csv"]


@pytest.mark.real_data
def test_official_files_come_back_as_they_were(raw_root, kept, parsed):
    for path in list_files(raw_root):
        raw = open_raw(path)
        try:
            layout = recognise(raw)
        except autonomy_stats.AutonomyStatsError:
            continue
        if raw.large is None:
            years = (2014, 2016, 2018, 2024)
            assert_same(load_cached(raw, layout, years), load_cached(raw, layout, years))
            assert parsed.count(path.name) == 1


# Where


def test_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    assert cache.cache_folder() is None
    Path("data/processed").mkdir(parents=True)
    assert cache.cache_folder() == Path("data/processed")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "x"))
    assert cache.cache_folder() == tmp_path / "x"
    monkeypatch.setenv(cache.VARIABLE, "OFF")
    assert cache.cache_folder() is None


def test_off_writes_and_reads_nothing(tmp_path, kept, parsed, monkeypatch):
    path = meap(tmp_path / "raw")
    read(path)
    Path("data/processed").mkdir(parents=True)
    monkeypatch.setenv(cache.VARIABLE, cache.OFF)
    read(path)
    assert len(parsed) == 2
    assert list(Path("data/processed").iterdir()) == []


# Entries that are not whole


def _flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def _other_number(entry: Path) -> None:
    """Another table, whole as a Parquet file."""
    frame = pd.read_parquet(entry / "achievement.parquet")
    frame.assign(proficient_pct=50.0).to_parquet(entry / "achievement.parquet")


def _other_fact(entry: Path) -> None:
    written = json.loads((entry / "entry.json").read_text())
    written["record"]["facts"]["own_years"] = [2002]
    (entry / "entry.json").write_text(json.dumps(written))


SPOILT = {
    "first byte": lambda entry: _flip(entry / "achievement.parquet", 0),
    "middle byte": lambda entry: _flip(entry / "achievement.parquet", 700),
    "last byte": lambda entry: _flip(entry / "demographics.parquet", -1),
    "byte of the record": lambda entry: _flip(entry / "entry.json", 100),
    "cut short": lambda entry: os.truncate(entry / "achievement.parquet", 500),
    "empty table": lambda entry: os.truncate(entry / "achievement.parquet", 0),
    "record cut short": lambda entry: os.truncate(entry / "entry.json", 50),
    "empty record": lambda entry: os.truncate(entry / "entry.json", 0),
    "no table": lambda entry: (entry / "achievement.parquet").unlink(),
    "no record": lambda entry: (entry / "entry.json").unlink(),
    "record of another kind": lambda entry: (entry / "entry.json").write_text("[1]"),
    "another number": _other_number,
    "another fact": _other_fact,
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_entry_is_made_again(how, tmp_path, kept, parsed, caplog):
    path = meap(tmp_path / "raw")
    first = read(path)
    SPOILT[how](entry_of(kept))
    assert_same(read(path), first)
    assert len(parsed) == 2
    assert_same(read(path), first)
    assert len(parsed) == 2, "the entry was not made whole again"
    assert caplog.records == []


def test_every_flipped_bit_is_noticed(tmp_path, kept):
    sha256 = read(meap(tmp_path / "raw")).sha256
    entry = entry_of(kept)
    asked = _asked(entry)
    assert cache.fetch(sha256, asked) is not None
    for path in entry.iterdir():
        whole = path.read_bytes()
        for at in range(0, len(whole), 53):
            _flip(path, at)
            assert cache.fetch(sha256, asked) is None, (path.name, at)
            path.write_bytes(whole)
    assert cache.fetch(sha256, asked) is not None


def test_an_entry_in_another_s_place_is_not_read(tmp_path, kept, parsed):
    path = meap(tmp_path / "raw")
    read(path)
    entry = entry_of(kept)
    raw = open_raw(path)
    other = raw.path.with_name("b.csv")
    path.rename(other)
    asked = cache._place(kept, cache._identity(raw.sha256, {**_asked(entry), "file": "b.csv"}))
    entry.rename(asked)
    read(other)
    assert len(parsed) == 2


def _asked(entry: Path) -> dict:
    return json.loads((entry / "entry.json").read_text())["record"]["identity"]["asked"]


def test_what_was_left_half_written_is_not_read_and_goes_in_time(tmp_path, kept, parsed):
    path = meap(tmp_path / "raw")
    folder = kept / open_raw(path).sha256
    old, new = folder / ".writing-old" / "entry", folder / ".writing-new" / "entry"
    for made in (old, new):
        made.mkdir(parents=True)
        (made / "achievement.parquet").write_bytes(b"PAR1")
    os.utime(old.parent, (time.time() - 10**6,) * 2)
    read(path)
    assert len(parsed) == 1
    assert {p.name for p in folder.iterdir()} == {".writing-new", entry_of(kept).name}


# Versions


def test_other_code_reads_anew_and_removes_the_entry(tmp_path, kept, parsed, monkeypatch):
    path = meap(tmp_path / "raw")
    first = read(path)
    old = entry_of(kept)
    monkeypatch.setattr(cache, "VERSION", "0" * 8)
    assert_same(read(path), first)
    assert len(parsed) == 2
    assert not old.exists()
    assert entry_of(kept).name.startswith("0" * 8)


def test_nothing_else_in_the_folder_is_removed(tmp_path, kept, parsed):
    path = meap(tmp_path / "raw")
    folder = kept / open_raw(path).sha256
    for name in ("mine", "12345678-notes"):
        (folder / name).mkdir(parents=True)
    read(path)
    assert {"mine", "12345678-notes"} <= {p.name for p in folder.iterdir()}


def test_version_changes_with_the_code(tmp_path, monkeypatch):
    assert len(cache.VERSION) == 8
    assert cache._code_version() == cache._code_version()
    package = tmp_path / "package"
    (package / "loaders").mkdir(parents=True)
    (package / "figures").mkdir()
    (package / "new").mkdir()
    monkeypatch.setattr(cache, "__file__", str(package / "cache.py"))
    versions = [cache._code_version()]
    for name in ("cache.py", "raw.py", "loaders/a.py", "loaders/corrections.csv", "new/a.json"):
        (package / name).write_text("1")
        versions.append(cache._code_version())
    (package / "loaders" / "a.py").write_text("2")
    versions.append(cache._code_version())
    assert len(set(versions)) == len(versions)
    (package / "figures" / "f.py").write_text("1")
    assert cache._code_version() == versions[-1]


def test_version_covers_all_that_loaders_import():
    names = set()
    for path in (p for part in ("loaders", "schema") for p in (PACKAGE / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    assert "autonomy_stats.raw" in names
    assert not names & {f"autonomy_stats.{part}" for part in cache.AFTERWARDS}


# Folders that take nothing


def _a_file(folder: Path) -> None:
    folder.write_text("no folder")


def _read_only(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o500)


@pytest.mark.parametrize(
    "spoil", [_a_file, pytest.param(_read_only, marks=pytest.mark.skipif(AS_ROOT, reason="root"))]
)
def test_a_folder_that_takes_nothing_is_warned_of_once(spoil, tmp_path, kept, parsed, caplog):
    spoil(kept)
    path = meap(tmp_path / "raw")
    assert_same(read(path), read(path))
    assert len(parsed) == 2
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(kept) in caplog.messages[0]
    assert "\n" not in caplog.messages[0]


@pytest.mark.parametrize("call", ["write_bytes", "rename", "mkdir"])
def test_a_full_disk_is_warned_of_and_leaves_nothing(
    call, tmp_path, kept, parsed, caplog, monkeypatch
):
    path = meap(tmp_path / "raw")
    full = OSError(28, "No space left on device")

    def refuse(*_args, **_kwargs):
        raise full

    monkeypatch.setattr(os if call == "rename" else Path, call, refuse)
    first = read(path)
    monkeypatch.undo()
    monkeypatch.setenv(cache.VARIABLE, str(kept))
    assert len(caplog.records) == 1
    assert "No space left on device" in caplog.messages[0]
    assert list(kept.rglob("*.parquet")) == []
    assert_same(read(path), first)
    assert len(list(kept.rglob("*.parquet"))) == 2


def test_a_folder_that_can_be_read_only_is_read(tmp_path, kept, parsed, caplog, monkeypatch):
    path = meap(tmp_path / "raw")
    read(path)
    monkeypatch.setattr(cache, "_write", lambda *_: pytest.fail("written"))
    read(path)
    assert len(parsed) == 1
    assert caplog.records == []


def test_the_warning_is_one_line_on_the_command_line(tmp_path, kept):
    kept.write_text("no folder")
    program = (
        "import sys; from autonomy_stats.loaders.gather import gather;"
        "gather('michigan', [2001], sys.argv[1]); gather('michigan', [2002], sys.argv[1])"
    )
    raw = meap(tmp_path / "raw").parent
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(raw)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"{kept}: tidy tables cannot be kept here (")


@pytest.mark.parametrize(("arguments", "expected"), [(["--no-cache"], "off"), ([], "a folder")])
def test_no_cache_on_the_command_line(arguments, expected, monkeypatch):
    seen = []

    def reproduce(*_arguments, **_options):
        seen.append(os.environ[cache.VARIABLE])
        raise autonomy_stats.AutonomyStatsError("far enough")

    monkeypatch.setenv(cache.VARIABLE, "a folder")
    monkeypatch.setattr("autonomy_stats.study.reproduce", reproduce)
    monkeypatch.setattr(sys, "argv", ["autonomy-stats", "reproduce", *arguments])
    with pytest.raises(SystemExit):
        main()
    assert seen == [expected]


# Several writers at once

WRITER = """
import sys
from autonomy_stats import cache
from autonomy_stats.cli import main
from autonomy_stats.loaders.cached import load_cached
from autonomy_stats.loaders.load import recognise
from autonomy_stats.raw import open_raw

fetch = cache.fetch
sys.modules["autonomy_stats.loaders.cached"].fetch = lambda *_: None  # so that each one writes
raw = open_raw(sys.argv[1])
for _ in range(8):
    made = load_cached(raw, recognise(raw), (2001,))
    held = fetch(raw.sha256, {"file": raw.path.name, "layout": made.layout, "state": "michigan",
                              "end_years": [2001], "within": None})
    assert held is None or held.tables["achievement"].equals(made.tables["achievement"])
    print("missed" if held is None else "read")
"""


def test_writers_at_once(tmp_path, kept, parsed):
    path = meap(tmp_path / "raw")
    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        for _ in range(3)
    ]
    done = [(writer.communicate(), writer.returncode) for writer in writers]
    assert [code for _, code in done] == [0, 0, 0], done
    assert [error for (_, error), _ in done] == ["", "", ""]
    assert sum(output.count("read") for (output, _), _ in done) >= 8
    read(path)
    assert parsed == [], "what the writers left is whole"
    assert [p.name for p in (kept / open_raw(path).sha256).iterdir()] == [entry_of(kept).name]
