"""The commands that simulate: files, the truth beside them, a demonstration drawn from them."""

from __future__ import annotations

from functools import partial

import pytest
from typer.testing import CliRunner

from autonomy_stats.cli import app
from autonomy_stats.errors import UsageError
from autonomy_stats.simulate import raw_files


def test_simulate_names_what_it_wrote_and_what_to_do_next(tmp_path):
    out = tmp_path / "made"
    done = CliRunner().invoke(
        app, ["simulate", "--out", str(out), "--place", "memphis", "--seed", "7"]
    )
    assert done.exit_code == 0, done.output
    *paths, count, command = done.stdout.splitlines()
    written = {str(path) for path in out.rglob("*") if path.is_file()}
    assert {str(out / name) for name in ("truth.csv", "true_schools.csv")} <= written
    assert set(paths) <= written
    assert count == (f"{len(paths)} simulated files, bearing the mark SIMULATED; the truth is in")
    assert command.startswith(f"{out / 'truth.csv'}. ")
    assert command.endswith(f"autonomy-stats reproduce --raw {out}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--place", "chicago"], "no simulated place is called 'chicago'"),
        (["--truth", "absent.csv"], "absent.csv"),
        (["--scheduler", "tcp://127.0.0.1:1"], "say backend 'dask' as well"),
    ],
)
def test_a_mistake_is_told_before_a_file_is_written(tmp_path, arguments, message):
    out = tmp_path / "made"
    done = CliRunner().invoke(app, ["simulate", "--out", str(out), *arguments])
    assert done.exit_code == 1
    assert message in str(done.exception)
    assert not out.exists()


def test_a_demonstration_is_drawn_from_files_that_it_simulates(tmp_path, monkeypatch):
    small = partial(raw_files.simulate_raw, places=["memphis"])
    monkeypatch.setattr(raw_files, "simulate_raw", small)
    out = tmp_path / "demo"
    asked = ["reproduce", "--demo", "--only", "fig04", "--out", str(out)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "SIMULATED" in (out / "fig04.svg").read_text(encoding="utf-8")
    assert (out / "raw" / "truth.csv").is_file()
    again = CliRunner().invoke(app, asked)
    assert again.exit_code == 0, again.output


def test_a_demonstration_takes_no_raw_folder(tmp_path):
    done = CliRunner().invoke(app, ["reproduce", "--demo", "--raw", str(tmp_path)])
    assert isinstance(done.exception, UsageError)
    assert "leave out --raw, or --demo" in str(done.exception)
