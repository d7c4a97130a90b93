"""docs/calibration.md, its figure and its results agree; nothing is drawn anew."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pages import problems

from autonomy_stats.simulate.calibration import COLUMNS
from autonomy_stats.simulate.runs import METHODS
from autonomy_stats.simulate.threats import COLUMNS as THREAT_COLUMNS

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))  # calibration.py imports its neighbours
# Two rates of 2,000 runs each; three Monte Carlo errors of a rate near 95 %.
THREE_ERRORS = 3 * (0.95 * 0.05 / 2000) ** 0.5


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location(
        "calibration_script", ROOT / "scripts/calibration.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(script):
    return script.results()


@pytest.fixture(scope="module")
def text(script):
    return script.PAGE.read_text(encoding="utf-8")


def test_tables_are_those_of_the_results(script, found, text):
    assert script.refreshed(text, found) == text, "run scripts/calibration.py"


def test_every_table_stands_on_the_page(script, text):
    assert {match["name"] for match in script.BLOCK.finditer(text)} == set(script.BLOCKS)
    assert len(re.findall("<!-- calibration ", text)) == len(script.BLOCKS)


def test_check_finds_drift_and_a_run_mends_it(script, text, tmp_path, monkeypatch):
    page = tmp_path / "calibration.md"
    page.write_text(text.replace("| Boston 2018 |", "| Boston 2019 |"), encoding="utf-8")
    monkeypatch.setattr(script, "PAGE", page)
    assert script.main(["--check"]) == 1
    monkeypatch.setattr(script, "draw", lambda _: None)
    monkeypatch.setattr(script.Outputs, "write_figure", lambda *_: None)
    assert script.main([]) == 0
    assert page.read_text(encoding="utf-8") == text


def test_a_run_needs_official_files(script, monkeypatch, capsys):
    monkeypatch.delenv("AUTONOMY_STATS_RAW", raising=False)
    assert script.main(["--run"]) == 1
    assert "names no folder" in capsys.readouterr().err


def test_results_are_whole(script, found):
    """Every design has every method and truth, and no row of a school."""
    assert set(found) == {*script.RESULT_OF, "claims", script.FIGURE_ID}
    names = [design.name for design in script.DESIGNS]
    for name in script.RESULT_OF:
        assert found[name]["design"].unique().tolist() == names
        assert not {"school_id", "school_name"} & set(found[name])
    rows = found["coverage"]
    assert set(COLUMNS) <= set(rows)
    assert set(THREAT_COLUMNS) <= set(found["threats"])
    rows = rows[rows["truth"].notna()]
    counts = rows.groupby(["design", "spread", "school_type"]).size()
    assert (counts == len(METHODS) * 3).all()
    assert (rows["runs"] == script.RUNS).all()
    silent = rows["coverage"].isna() & (rows["note"] == "")
    assert not silent.any()


def test_results_agree_with_themselves(found):
    rows = found["coverage"]
    null = rows[rows["truth"].eq(0) & rows["coverage"].notna()]
    assert null["rejection"].to_numpy() == pytest.approx(1 - null["coverage"].to_numpy())
    drawn = rows[rows["bias"].notna() & rows["method"].eq("CR2")]
    distance = (drawn["bias"] / drawn["bias_error"]).abs()
    # The largest of so many standard normal ones; they hang together within a design.
    assert distance.max() < 4.5
    assert (distance < 2).mean() > 0.85


def test_the_default_holds_its_level(found):
    """Types of four schools and more, where no type differs and all schools vary alike."""
    rows = found["coverage"]
    rows = rows[(rows["method"] == "CR2") & (rows["spread"] == "reference") & (rows["truth"] == 0)]
    rows = rows[(rows["n_schools"] >= 4) & rows["coverage"].notna()]
    assert len(rows) >= 15
    assert (rows["coverage"] >= 0.95 - THREE_ERRORS).all()


def test_threats_start_from_the_truth(found):
    rows = found["threats"]
    none = rows[rows["threat"] == "none"]
    assert (none["shift"].abs() < 4.5 * none["mc_error"]).all()
    selected = rows[rows["threat"] == "selection"]
    assert (selected.groupby(["design", "size"])["shift"].median() > 0).all()


def test_figure_is_readable_and_of_the_results(script, found):
    frame = script.data(found["coverage"], script.words())
    saved = found[script.FIGURE_ID]
    assert list(saved.columns) == list(frame.columns)
    numbers = ["coverage", "low", "high"]
    assert np.allclose(saved[numbers], frame[numbers], rtol=1e-9)
    figure = script.draw(frame)
    assert problems(figure) == []
    svg = (script.RESULTS / "calibration.svg").read_text(encoding="utf-8")
    for place in frame["place"].unique():
        assert f">{place}</text>" in svg
    points = sum(len(line.get_xdata()) == 1 for axes in figure.axes for line in axes.lines)
    assert points == len(frame)


def test_wilson_intervals(script):
    rows = pd.DataFrame(
        {
            "design": "d",
            "spread": "own",
            "school_type": "pilot",
            "method": ["CR2", "CR3"],
            "truth": 0.0,
            "n_schools": 5,
            "runs": 2000,
            "runs_without_interval": 0,
            "coverage": [0.95, 1.0],
        }
    )
    made = script.data(rows, {"d": "Place"})
    # By the formula of Wilson (1927), computed apart.
    assert made["low"].to_numpy() == pytest.approx([0.93957, 0.99808], abs=2e-5)
    assert made["high"].to_numpy() == pytest.approx([0.95871, 1.0], abs=2e-5)
