"""Pages of a run and of the command: files, section of the report, reruns, what is not at hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from frames import panel
from typer.testing import CliRunner

import autonomy_stats as aus
from autonomy_stats import study_robustness
from autonomy_stats.cli import app
from autonomy_stats.errors import EstimationError, MissingDataError, UsageError
from autonomy_stats.mark import MARK
from autonomy_stats.panel import Panel
from autonomy_stats.robustness_pages import main_type, where_of
from autonomy_stats.study_robustness import CITIES, need_of

HERE = "Denver, Test, spring 2016"
FILES = [f"robustness_denver.{kind}" for kind in ("csv", "png", "svg")]
CHEAP = ["balance", "overlap"]


def frame_of(simulated: bool = False) -> pd.DataFrame:
    made = panel({"traditional": 20, "pilot": 9, "innovation": 6, "turnaround": 2})
    return made.assign(place="denver", simulated=simulated)


def panel_of(simulated: bool = False) -> Panel:
    sources = {"file": ["results.csv"], "state": "colorado", "layout": "made-up"}
    sources |= {"sha256": "0" * 64, "simulated": simulated, "table": "achievement"}
    columns = ["join", "side", "school_type", "n_schools", "n_rows", "note"]
    lines = pd.DataFrame([["panel", "rows", "pilot", 9, 54, ""]], columns=columns)
    return Panel(frame_of(simulated), lines, pd.DataFrame(sources))


@pytest.fixture
def at_hand(monkeypatch):
    """Let Denver's panel alone be at hand, and few parts be made."""

    def load(need, raw):
        if need.place != "denver" or need.options:
            raise MissingDataError(f"no raw file of {need.place}")
        return panel_of(at_hand.simulated)

    def few(frame, outcome, **options):
        return aus.robustness(frame, outcome, **(options | {"parts": CHEAP, "curve_frame": None}))

    class Hand:
        simulated = False

    at_hand = Hand()
    monkeypatch.setattr(study_robustness, "load_needed", load)
    monkeypatch.setattr(study_robustness, "robustness", few)
    return at_hand


def run(tmp_path, **options):
    raw = tmp_path / "raw"
    raw.mkdir(exist_ok=True)
    return aus.reproduce(raw=raw, out=tmp_path / "out", only=["michigan_2001"], **options)


def test_a_run_writes_the_page_of_each_city_at_hand(at_hand, tmp_path):
    made = run(tmp_path, robustness=True)
    status = {one.figure_id: one.status for one in made.figures if "robust" in one.figure_id}
    skipped = ("boston", "los_angeles", "indianapolis")
    assert status == {f"robustness_{place}": "skipped" for place in skipped} | {
        "robustness_denver": "drawn"
    }
    assert all((made.out / name).is_file() for name in FILES)
    table = pd.read_csv(made.out / "robustness_denver.csv", keep_default_na=False)
    assert set(table["part"]) == set(CHEAP)
    assert set(table["school_type"]) == {"pilot", "innovation", "turnaround"}
    manifest = json.loads((made.out / "manifest.json").read_text())
    assert {"id": "robustness_denver", "status": "drawn"} in manifest["figures"]
    assert set(FILES) <= set(manifest["outputs"])
    assert "robustness_denver" in set(made.joins["figure"])
    assert "robustness_denver" not in set(pd.read_csv(made.out / "estimates.csv")["figure"])


def test_the_report_has_a_section_with_page_and_summary(at_hand, tmp_path):
    text = (run(tmp_path, robustness=True).out / "report.html").read_text(encoding="utf-8")
    assert "How far could it be wrong?</h2>" in text
    assert f"{HERE}: pilot schools, how far could it be wrong?" in text
    assert "Overlap: " in text
    assert "no raw file of boston" in text


def test_it_is_off_by_default_and_a_run_with_it_is_another(at_hand, tmp_path):
    made = run(tmp_path)
    assert not any("robustness" in one.figure_id for one in made.figures)
    assert "How far could it be wrong?" not in (made.out / "report.html").read_text("utf-8")
    assert run(tmp_path).unchanged
    assert not run(tmp_path, robustness=True).unchanged
    again = run(tmp_path, robustness=True)
    assert again.unchanged
    assert "robustness_denver" in again.drawn


def test_a_simulated_page_keeps_the_mark(at_hand, tmp_path):
    at_hand.simulated = True
    made = run(tmp_path, robustness=True)
    assert pd.read_csv(made.out / "robustness_denver.csv")["simulated"].all()
    svg = (made.out / "robustness_denver.svg").read_text(encoding="utf-8")
    assert 'id="simulated"' in svg
    assert f"{MARK}: made from simulated files" in svg
    assert '<body class="simulated">' in (made.out / "report.html").read_text("utf-8")


def test_what_a_panel_does_not_support_fails_and_says_why(at_hand, tmp_path, monkeypatch):
    def refuse(frame, outcome, **options):
        raise EstimationError("there is nothing to compare")

    monkeypatch.setattr(study_robustness, "robustness", refuse)
    made = run(tmp_path, robustness=True)
    (denver,) = [one for one in made.figures if one.figure_id == "robustness_denver"]
    assert (denver.status, denver.reason) == ("failed", "there is nothing to compare")
    assert not made.ok


def command(*arguments):
    return CliRunner().invoke(app, ["robustness", *arguments])


def test_the_command_writes_a_page_for_each_type_that_can_be_judged(at_hand, tmp_path):
    done = command("denver", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(
        f"robustness_denver_{kind}.{end}"
        for kind in ("innovation", "pilot")
        for end in ("csv", "png", "svg")
    )
    own = pd.read_csv(tmp_path / "robustness_denver_pilot.csv", keep_default_na=False)
    assert set(own["school_type"]) == {"pilot"}
    assert "Turnaround schools: " in done.output
    assert "no page (--type draws it): turnaround" in done.output


def test_the_command_takes_one_type(at_hand, tmp_path):
    done = command("denver", "--type", "turnaround", "--out", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "robustness_denver_turnaround.png").is_file()
    assert "Pilot schools" not in done.output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["moon"], "moon"),
        (["memphis"], "which spring of memphis"),
        (["denver", "--outcome", "value"], "which spring of denver's value"),
        (["denver", "--type", "exam"], "'exam' has no estimate here; there are innovation"),
    ],
)
def test_wrong_arguments_are_refused(at_hand, tmp_path, arguments, why):
    done = command(*arguments, "--out", str(tmp_path))
    assert isinstance(done.exception, UsageError)
    assert why in str(done.exception)
    assert not list(tmp_path.iterdir())


def test_a_title_says_that_both_tests_were_passed():
    frame = pd.DataFrame({"place": ["indianapolis"], "assessment": "ISTEP+", "end_year": 2017})
    both = frame.assign(subject="ela_and_math", grade="03")
    assert where_of(both) == "Indianapolis, ISTEP+, both tests passed in each grade, spring 2017"
    assert where_of(both.assign(grade="all")).count("both tests passed, spring") == 1


def test_a_spring_that_is_named_is_that_panel():
    need = need_of("indianapolis", 2016)
    assert (need.end_years, need.options) == ((2016,), {"subjects": ("ela_and_math",)})
    assert need_of("boston") is CITIES[0]
    assert need_of("memphis", 2014, "value").options == {"table": "growth"}


def test_the_main_type_is_that_of_most_schools_that_can_be_judged():
    found = aus.robustness(frame_of(), parts="balance")
    assert main_type(found) == "pilot"
    few = frame_of()
    few = few[few["school_type"].isin(["traditional", "turnaround"])]
    assert main_type(aus.robustness(few, parts="balance")) == "turnaround"


def test_a_panel_is_named_by_place_test_and_springs():
    two = frame_of().assign(end_year=lambda f: np.where(f.index % 2, 2015, 2016))
    assert where_of(two) == "Denver, Test, spring 2015 and 2016"
