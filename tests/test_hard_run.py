"""Runs that are cut off, kept out, or find no room: no half file, no mixture, one plain line."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from examples import MEAP_ROWS
from files import meap_sheet, write_text

from autonomy_stats import out_folder
from autonomy_stats.errors import UsageError
from autonomy_stats.out_folder import only_run
from autonomy_stats.outputs import Outputs
from autonomy_stats.rerun import keep_record

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows locks no folder")


def program(code: str, *arguments: str, **changes: str) -> subprocess.Popen:
    environment = {name: text for name, text in os.environ.items() if name != "HOME"}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment | changes,
    )


# Two at once

HOLD = """
import sys, time
from pathlib import Path
from autonomy_stats.out_folder import only_run
with only_run(Path("out")):
    print("held", flush=True)
    time.sleep(60)
"""


@POSIX
def test_another_run_is_kept_out_until_the_first_has_ended():
    first = program(HOLD)
    try:
        assert first.stdout.readline() == "held\n"
        message = "out: another run is writing its results here"
        with pytest.raises(UsageError, match=message), only_run(Path("out")):
            pytest.fail("two runs at once")
    finally:
        first.kill()
        first.communicate()
    with only_run(Path("out")):  # the lock went with the process
        pass


@POSIX
def test_reproduce_is_kept_out_and_leaves_the_results(capsys, monkeypatch):
    from autonomy_stats.cli import main

    monkeypatch.setattr(sys, "argv", ["autonomy-stats", "reproduce", "--only", "fig12"])
    with only_run(Path("out")):
        Path("out", "manifest.json").write_text("{}")
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: out: another run is writing its results")
    assert [path.name for path in Path("out").iterdir()] == ["manifest.json"]


def test_a_run_that_writes_nothing_leaves_no_folder():
    with only_run(Path("deep", "out")):
        pass
    assert not Path("deep", "out").exists()


def test_where_no_folder_can_be_locked_the_run_goes_on(monkeypatch):
    monkeypatch.setattr(out_folder, "_lock", lambda _: None)
    left = Path("out", ".writing-results-left")
    left.mkdir(parents=True)
    with only_run(Path("out")):
        Outputs(Path("out")).write_text("a", "b")
    assert left.exists(), "another run may be writing it"


# Killed

WRITE = """
import sys
from pathlib import Path
from autonomy_stats.out_folder import only_run
from autonomy_stats.outputs import Outputs
with only_run(Path("out")):
    outputs = Outputs(Path("out"))
    for number in range(10**9):
        print(number, flush=True)
        outputs.write_text(f"{number % 3}.txt", "whole" * 10**6 + "end")
"""


@POSIX
def test_killed_at_any_moment():
    for number in range(4):
        writer = program(WRITE)
        assert writer.stdout.readline() == "0\n"
        time.sleep(0.013 * number)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        for path in Path("out").glob("*.txt"):
            assert path.stat().st_size == 5 * 10**6 + 3
            assert path.read_text().endswith("end")
    Path("out", ".writing-results-left").mkdir(exist_ok=True)
    with only_run(Path("out")):
        assert list(Path("out").glob(".writing-*")) == []


def test_what_a_killed_run_s_workers_still_make_is_not_kept():
    Outputs(Path("out"), parent=os.getppid()).write_text("a.txt", "whole")
    with pytest.raises(SystemExit, match="the run that this process worked for has ended"):
        Outputs(Path("out"), parent=os.getppid() + 1).write_text("a.txt", "of a killed run")
    assert [path.name for path in Path("out").iterdir()] == ["a.txt"]
    assert Path("out", "a.txt").read_text() == "whole"


# No room, no leave


def refused(number: int):
    def refuse(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    return refuse


@pytest.mark.parametrize("call", ["write_text", "mkdir"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_folder_that_takes_nothing(monkeypatch, number, call):
    outputs = Outputs(Path("out"))
    outputs.write_text("a.txt", "before")
    with monkeypatch.context() as full:
        full.setattr(Path, call, refused(number))
        with pytest.raises(OSError, match="results cannot be written here") as caught:
            outputs.write_text("a.txt", "after")
    assert caught.value.errno == number
    assert caught.value.filename == "out"
    assert os.strerror(number) in str(caught.value)
    assert [path.name for path in Path("out").iterdir()] == ["a.txt"]
    assert Path("out", "a.txt").read_text() == "before"


def test_no_room_for_the_record(monkeypatch):
    Path("out").mkdir()
    monkeypatch.setattr(Path, "write_text", refused(errno.ENOSPC))
    with pytest.raises(OSError, match="results cannot be written here"):
        keep_record(Outputs(Path("out")), "mark", {})
    assert list(Path("out").iterdir()) == []


def test_a_full_disk_is_one_line_before_anything_is_read(monkeypatch, capsys):
    from autonomy_stats.cli import main

    monkeypatch.setattr(sys, "argv", ["autonomy-stats", "reproduce", "--only", "fig12"])
    monkeypatch.setattr("tempfile.mkdtemp", refused(errno.ENOSPC))
    monkeypatch.setattr("autonomy_stats.study.survey", lambda *_: pytest.fail("read"))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("error: out: results cannot be written here (No space left on device)")
    assert error.count("\n") == 1
    assert not Path("out").exists()


def test_a_file_in_the_place_of_the_folder():
    Path("out").write_text("a file")
    with pytest.raises(OSError, match="results cannot be written here"), only_run(Path("out")):
        pytest.fail("entered")


# No home, another locale, odd paths

PANEL = """
import sys
from pathlib import Path
import pandas as pd
from autonomy_stats import load_panel
from autonomy_stats.outputs import Outputs
from autonomy_stats.rerun import fingerprint
raw, out = Path(sys.argv[1]), Path(sys.argv[2])
panel = load_panel("michigan", [2001], subjects=["math"], raw=raw)
fingerprint(raw, {"raw": str(raw)})
Outputs(out).write_table("t.csv", panel.sources[["file"]])
"""

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_paths_with_spaces_and_other_letters_without_a_home_and_in_ascii(tmp_path):
    raw, out = tmp_path / "Schüler und 学校", tmp_path / "résultats d'été"
    write_text(raw / "Peña 校.csv", meap_sheet(MEAP_ROWS), newline="\r\n")
    done = program(PANEL, str(raw), str(out), HOME="/nonexistent", **ASCII)
    _, errors = done.communicate()
    assert (done.returncode, errors) == (0, "")
    assert pd.read_csv(out / "t.csv")["file"].unique().tolist() == [str(raw / "Peña 校.csv")]


@POSIX
def test_messages_are_one_line_in_ascii(tmp_path):
    path = tmp_path / "Peña\n校.csv"
    path.write_text("a,b\n1,2\n")
    code = "import sys; from autonomy_stats.cli import main; sys.argv[1:1] = ['check']; main()"
    done = program(code, str(path), **ASCII)
    output, errors = done.communicate()
    assert (done.returncode, output) == (1, "")
    assert errors.isascii()
    assert errors.count("\n") == 1
    assert errors.startswith("error: ")
