"""The stamp of simulated figures, and a run of simulated files from the raw folder to the page."""

from __future__ import annotations

import json
from pathlib import Path

import files
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import autonomy_stats as aus
from autonomy_stats.cli import main
from autonomy_stats.errors import InternalError
from autonomy_stats.facts import load_roster
from autonomy_stats.figures import fig09
from autonomy_stats.figures.stamp import FAINT, is_stamped, keeps_mark, stamped, stamped_html
from autonomy_stats.figures.table import html_table
from autonomy_stats.mark import MARK
from autonomy_stats.outputs import Outputs

REAL = pd.DataFrame({"school_type": ["pilot"], "estimate": [1.0]})
SIMULATED = REAL.assign(simulated=True)

# The stamp


@pytest.mark.parametrize("size", [(8.0, 2.2), (11.0, 6.0), (8.0, 14.0), (3.0, 3.0)])
def test_the_stamp_spans_the_page_and_stays_on_it(size):
    figure = stamped(lambda frame: Figure(figsize=size))(SIMULATED)
    (text,) = figure.texts
    box = text.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert 0 <= box.y0 < box.y1 <= figure.bbox.height
    spans = max(box.width / figure.bbox.width, box.height / figure.bbox.height)
    assert spans > 0.8
    assert 0.1 < text.get_alpha() == FAINT < 0.4


def test_the_stamp_is_above_the_data_and_leaves_it_readable(tmp_path):
    def draw(frame):
        figure = Figure(figsize=(4, 3))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axvspan(0, 1, color="black" if frame["estimate"].iloc[0] else "white")
        axes.set_axis_off()
        return figure

    shades = {}
    for value in (0.0, 1.0):
        for name, frame in (("real", REAL), ("simulated", SIMULATED)):
            path = tmp_path / "page.png"
            stamped(draw)(frame.assign(estimate=value)).savefig(path)
            shades[value, name] = matplotlib.image.imread(path)[..., 0]
    for value in (0.0, 1.0):
        changed = np.abs(shades[value, "real"] - shades[value, "simulated"]) > 0.05
        assert 0.05 < changed.mean() < 0.5
    below = shades[0.0, "simulated"] - shades[1.0, "simulated"]
    assert below[60:-60, 60:-60].min() > 0.5  # white and black stay as far apart


def test_a_figure_is_stamped_once():
    draw = stamped(stamped(lambda frame: Figure()))
    assert len(draw(SIMULATED).texts) == 1


def test_a_hidden_stamp_is_none():
    figure = stamped(lambda frame: Figure())(SIMULATED)
    figure.texts[0].set_visible(False)
    assert not is_stamped(figure)


def test_arguments_by_name_and_methods():
    class Table:
        @keeps_mark
        def data(self, inputs):
            return inputs["panel"].drop(columns="simulated", errors="ignore")

        @stamped
        def draw(self, frame):
            return Figure()

    frame = Table().data(inputs={"facts": REAL, "panel": SIMULATED})
    assert frame["simulated"].all()
    assert is_stamped(Table().draw(frame=frame))
    assert "simulated" not in Table().data({"panel": REAL})


@pytest.mark.parametrize("page", ["<html><body><p>1</p></body></html>", "<table></table>"])
def test_a_page_is_stamped(page):
    write = stamped_html(lambda frame: page)
    assert write(REAL) == page
    assert MARK in write(SIMULATED)
    assert write(SIMULATED).endswith(page[page.find("<body>") + 6 if "<body>" in page else 0 :])


def test_the_page_of_a_table_is_stamped_within_its_body():
    write = stamped_html(lambda frame: html_table("T", "C", ["x"], [["1"]]))
    before, _, after = write(SIMULATED).partition("<body>")
    assert MARK not in before
    assert after.count(MARK) == 2  # in words at the top, and across


# The guard


@stamped
def drawing(frame):
    return Figure()


@pytest.mark.parametrize(
    ("frame", "figure", "page", "lost"),
    [
        (REAL, drawing(SIMULATED), None, ["the column 'simulated' of its frame"]),
        (SIMULATED, drawing(REAL), None, ["the stamp across its drawing"]),
        (SIMULATED, drawing(SIMULATED), "<p>", ["the stamp of its page"]),
        (pd.concat([REAL, SIMULATED]), drawing(SIMULATED), None, ["the column"]),
        (REAL, drawing(REAL), "<p>", ["the column", "its drawing and", "its page"]),
    ],
)
def test_a_figure_that_lost_its_mark_is_not_written(frame, figure, page, lost, tmp_path):
    outputs = Outputs(tmp_path / "out")
    html = None if page is None else lambda frame: page
    with pytest.raises(InternalError, match="fig99 was made from simulated files") as problem:
        outputs.write_figure("fig99", frame, figure, html, simulated=True)
    assert all(words in str(problem.value) for words in lost)
    assert not (tmp_path / "out").exists()


def test_a_frame_that_says_so_is_enough_to_ask_for_the_stamp(tmp_path):
    with pytest.raises(InternalError, match="the stamp across its drawing"):
        Outputs(tmp_path).write_figure("fig99", SIMULATED, drawing(REAL))


# A run


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Return a function that gives a folder with Indiana's enrollment of 2017, real or not."""

    def make(*, simulated: bool, folder: Path | None = None) -> Path:
        roster = load_roster("indianapolis")
        held = roster[roster["from_end_year"].le(2017) | roster["from_end_year"].isna()]
        meals = ("Paid meals", "Free/Reduced price meals", "Grand Total")
        rows = [
            {
                "corp": "5385" if number % 2 else "9895",
                "school": school,
                "name": f"{MARK} school {number}" if simulated else f"School {number}",
                **dict.fromkeys(files.RACES_2016, 10 + number),
                **dict(zip(meals, (30, 40 + 7 * number, 70 + 7 * number), strict=True)),
            }
            for number, school in enumerate(sorted({*held["school_id"], "0013", "0020"}))
        ]
        folder = folder or tmp_path_factory.mktemp("raw")
        files.write_workbook(folder / "enrollment.xlsx", files.race_meals_sheet(2017, rows))
        return folder

    return make


@pytest.fixture(scope="module")
def runs(raw, tmp_path_factory):
    """Return a run of the same files, simulated and not."""
    return {
        simulated: aus.reproduce(
            raw(simulated=simulated), tmp_path_factory.mktemp("out"), only=["fig09", "fig12"]
        )
        for simulated in (True, False)
    }


@pytest.mark.parametrize("simulated", [True, False])
def test_a_run_knows_what_is_simulated(runs, simulated):
    run = runs[simulated]
    assert run.drawn == ["fig09", "fig12"]
    assert [result.simulated for result in run.figures] == [simulated, False]
    assert run.simulated is simulated


@pytest.mark.parametrize("simulated", [True, False])
def test_what_a_run_writes_says_so(runs, simulated):
    out = runs[simulated].out
    drawn = pd.read_csv(out / "fig09.csv")
    assert ("simulated" in drawn) == simulated
    assert (f">{MARK}</text>" in (out / "fig09.svg").read_text(encoding="utf-8")) == simulated
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    (source,) = manifest["inputs"].values()
    fig09_entry, fig12_entry = manifest["figures"]
    assert source.get("simulated", False) is simulated
    assert fig09_entry.get("simulated", False) is simulated
    assert "simulated" not in fig12_entry
    assert ("simulated" in json.dumps(manifest)) == simulated
    joins = pd.read_csv(out / "joins.csv")
    assert ("rows of simulated files" in set(joins["side"])) == simulated
    for kind in ("csv", "svg", "html"):
        assert MARK not in (out / f"fig12.{kind}").read_text(encoding="utf-8")


def test_the_stamp_is_in_the_picture_too(runs):
    pages = [matplotlib.image.imread(runs[s].out / "fig09.png")[..., :3] for s in (True, False)]
    assert pages[0].shape == pages[1].shape
    assert (np.abs(pages[0] - pages[1]).max(axis=2) > 0.05).mean() > 0.03


def test_numbers_are_those_of_the_same_files_without_the_mark(runs):
    simulated, real = (pd.read_csv(runs[s].out / "fig09.csv") for s in (True, False))
    pd.testing.assert_frame_equal(simulated.drop(columns="simulated"), real)


@pytest.mark.parametrize("forgets", ["data", "draw"])
def test_a_module_that_forgets_is_found_out(forgets, raw, tmp_path, monkeypatch):
    monkeypatch.setattr(fig09, forgets, getattr(fig09, forgets).__wrapped__)
    run = aus.reproduce(raw(simulated=True), tmp_path / "out", only="fig09")
    (result,) = run.figures
    assert result.status == "failed"
    assert "fig09 was made from simulated files and lacks the" in result.reason
    assert not list((tmp_path / "out").glob("fig09*"))


def test_a_later_run_keeps_what_is_known_of_earlier_figures(runs, raw, tmp_path):
    """Figures of simulated files that stay beside those of a later run stay marked."""
    out, folder = tmp_path / "out", raw(simulated=True)
    aus.reproduce(folder, out, only="fig09")
    (folder / "enrollment.xlsx").unlink()
    for only in ("fig12", ["fig09", "fig12"]):  # not asked for; skipped for want of the file
        aus.reproduce(folder, out, only=only)
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        figures = {entry["id"]: entry for entry in manifest["figures"]}
        assert figures["fig09"]["simulated"] is True
        assert manifest["inputs"]["enrollment.xlsx"]["simulated"] is True
        assert "fig09.png" in manifest["outputs"]
    raw(simulated=False, folder=folder)
    aus.reproduce(folder, out, only="fig09")
    assert "simulated" not in (out / "manifest.json").read_text(encoding="utf-8")
    assert "simulated" not in pd.read_csv(out / "fig09.csv")


# The command line


def told(monkeypatch, capsys, *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["autonomy-stats", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("simulated", [True, False])
def test_the_command_line_says_so(simulated, raw, tmp_path, monkeypatch, capsys):
    folder = raw(simulated=simulated)
    said = told(monkeypatch, capsys, "check", str(folder / "enrollment.xlsx"))
    assert (f"  {MARK}: no real school's results\n" in said) == simulated
    monkeypatch.setenv("COLUMNS", "200")
    said = told(
        monkeypatch, capsys, "reproduce", "--raw", str(folder), "--only", "fig09", "--only", "12"
    )
    rows = [line.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", "|") for line in said.splitlines()]
    status = {
        row.split("|")[1].strip(): row.split("|")[2].strip()
        for row in rows
        if "drawn" in row and "|" in row
    }
    assert status == {"fig09": "drawn, simulated" if simulated else "drawn", "fig12": "drawn"}
