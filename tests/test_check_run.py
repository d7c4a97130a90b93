"""What counts as drift between a run and committed results, and what does not."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

import autonomy_stats as aus
from autonomy_stats.check_run import ABSOLUTE, RELATIVE, check_run
from autonomy_stats.cli import app

TABLE = """\
line,school_type,end_year,estimate,n_schools,note
pooled,pilot,2016,2.5,12,
pooled,innovation,2016,-0.1234567891,6,too few to judge
ELA,pilot,2016,0,12,
ELA,innovation,2016,1e-12,6,
"""


def folders(tmp_path, **changed):
    """Write a committed folder and a run whose tables differ as said; None: not there."""
    made = []
    for name, tables in (("old", {"fig06": TABLE}), ("new", {"fig06": TABLE} | changed)):
        made.append(tmp_path / name)
        made[-1].mkdir()
        for table, text in tables.items():
            if text is not None:
                (made[-1] / f"{table}.csv").write_text(text, encoding="utf-8")
    return made


def drifts(tmp_path, text):
    old, new = folders(tmp_path, fig06=text)
    return [str(one) for one in check_run(new, old).drifts]


def test_the_same_tables_do_not_drift(tmp_path):
    old, new = folders(tmp_path)
    found = check_run(new, old)
    assert found.ok
    assert found.compared == ("fig06",)
    assert found.not_drawn == ()


@pytest.mark.parametrize(
    ("before", "after", "drifted"),
    [
        ("2.5", str(2.5 * (1 + 0.9 * RELATIVE)), False),
        ("2.5", str(2.5 * (1 + 1.1 * RELATIVE)), True),
        ("-0.1234567891", "-0.1234567892", False),
        ("-0.1234567891", "0.1234567891", True),
        ("1e-12", str(0.9 * ABSOLUTE), False),
        ("1e-12", str(1.1 * ABSOLUTE), True),
        ("2.5", "2.50", False),
        ("2.5", "", True),
        ("2.5", "nan", True),
        ("too few to judge", "", True),
        ("too few to judge", "too few", True),
        ("ELA,pilot,2016,0,12", "ELA,pilot,2016,0,13", True),
        ("ELA,pilot,2016,0,12", "ELA,pilot,2017,0,12", True),
    ],
)
def test_values(tmp_path, before, after, drifted):
    assert TABLE.count(before) >= 1
    assert bool(drifts(tmp_path, TABLE.replace(before, after, 1))) == drifted


def test_a_value_is_named_by_figure_row_and_column(tmp_path):
    assert drifts(tmp_path, TABLE.replace("2.5", "2.6")) == [
        "fig06, row 1 (pooled, pilot, 2016), estimate: committed '2.5', now '2.6'"
    ]


def test_a_missing_row_is_one_drift_and_not_all_that_follow(tmp_path):
    lines = TABLE.splitlines(keepends=True)
    assert drifts(tmp_path, "".join(lines[:2] + lines[3:])) == [
        "fig06, row 2 (pooled, innovation, 2016): in the committed table only"
    ]


def test_an_extra_row(tmp_path):
    assert drifts(tmp_path, TABLE.replace("ELA,pilot", "pooled,izone,2016,1.5,9,\nELA,pilot")) == [
        "fig06, row 3 (pooled, izone, 2016): in this run only"
    ]


def test_a_missing_row_and_a_changed_value(tmp_path):
    lines = TABLE.replace("2.5", "2.6").splitlines(keepends=True)
    found = drifts(tmp_path, "".join(lines[:3] + lines[4:]))
    assert len(found) == 2
    assert "estimate: committed '2.5', now '2.6'" in found[0]
    assert "row 3 (ELA, pilot, 2016): in the committed table only" in found[1]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("line,school_type,end_year,estimate,schools,note",
         ["column n_schools in the committed table only", "column schools in this run only"]),
    ],
)  # fmt: skip
def test_columns(tmp_path, header, words):
    text = TABLE.replace(TABLE.splitlines()[0], header)
    assert [one.removeprefix("fig06: ") for one in drifts(tmp_path, text)] == words


def test_figures_in_one_of_the_two_only(tmp_path):
    old, new = folders(tmp_path, fig06=None, fig99=TABLE)
    found = check_run(new, old)
    assert {str(one) for one in found.drifts} == {
        "fig06: in the committed table only",
        "fig99: in this run only",
    }


def test_a_figure_that_failed_drifts(tmp_path):
    old, new = folders(tmp_path, fig06=None, fig07=TABLE)
    (old / "fig07.csv").write_text(TABLE, encoding="utf-8")
    (drift,) = check_run(new, old, failed=["fig06"]).drifts
    assert str(drift) == "fig06: failed in this run"


def test_what_cannot_be_drawn_is_said_and_no_drift(tmp_path):
    joins = "figure,join,n_rows\nfig06,panel,3\nfig07,panel,4\n"
    old, new = folders(
        tmp_path, fig06=None, fig07=TABLE, joins=joins.replace("fig06,panel,3\n", "")
    )
    (old / "fig07.csv").write_text(TABLE, encoding="utf-8")
    (old / "joins.csv").write_text(joins, encoding="utf-8")
    found = check_run(new, old, skipped=["fig06"])
    assert (found.ok, found.not_drawn) == (True, ("fig06",))
    (new / "joins.csv").write_text(joins.replace("panel,4", "panel,5"), encoding="utf-8")
    (drift,) = check_run(new, old, skipped=["fig06"]).drifts
    assert str(drift) == "joins, row 1 (fig07, panel, 4), n_rows: committed '4', now '5'"


def test_claims_without_results_at_hand_are_no_drift(tmp_path):
    card = "claim_id,verdict,reason,theta\nDEN-P1,agrees,the interval,7.1\nBOS-P1,agrees,it,2.5\n"
    now = card.replace("agrees,the interval,7.1", "cannot be tested,no results at hand: x,")
    old, new = folders(tmp_path, scorecard=now)
    (old / "scorecard.csv").write_text(card, encoding="utf-8")
    found = check_run(new, old)
    assert (found.ok, found.not_drawn) == (True, ("claim DEN-P1",))
    (new / "scorecard.csv").write_text(now.replace("agrees", "contradicts"), encoding="utf-8")
    (drift,) = check_run(new, old).drifts
    assert "BOS-P1" in drift.row
    assert (drift.column, drift.committed, drift.found) == ("verdict", "agrees", "contradicts")
    # What was not at hand before is not excused for being so now.
    (old / "scorecard.csv").write_text(now, encoding="utf-8")
    (new / "scorecard.csv").write_text(card, encoding="utf-8")
    assert not check_run(new, old).ok


def test_only_some_figures(tmp_path):
    old, new = folders(tmp_path)
    (old / "fig07.csv").write_text(TABLE, encoding="utf-8")
    assert not check_run(new, old).ok
    assert check_run(new, old, only=["fig06"]).ok


def test_other_inputs_are_told_with_a_drift(tmp_path):
    old, new = folders(tmp_path, fig06=TABLE.replace("2.5", "2.6"))
    for folder, sha256 in ((old, "a"), (new, "b")):
        inputs = {"x.csv": {"sha256": sha256, "layout": "x", "figures": ["fig06"]}}
        (folder / "manifest.json").write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    assert check_run(new, old).other_inputs == ("fig06",)
    assert check_run(old, old).other_inputs == ()


def test_a_folder_without_tables_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(aus.AutonomyStatsError, match="no table"):
        check_run(tmp_path / "empty", tmp_path / "empty")


# On the command line


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """Return the results of a run on a machine with no raw file, and that raw folder."""
    out, raw = tmp_path_factory.mktemp("committed"), tmp_path_factory.mktemp("nothing")
    aus.reproduce(raw, out, only=["michigan_2001"])
    return out, raw


def command(committed, *more):
    out, raw = committed
    chosen = ["--raw", str(raw), "--against", str(out), "--only", "michigan_2001"]
    return CliRunner().invoke(app, ["reproduce", "--check", *chosen, *more])


def test_the_command_finds_no_drift(committed):
    done = command(committed)
    assert done.exit_code == 0
    assert "Compared with" in done.output
    assert "michigan_2001" in done.output
    assert "No drift." in done.output


def test_the_command_names_what_drifts_and_exits_with_1(committed, tmp_path):
    out = tmp_path / "committed"
    shutil.copytree(committed[0], out)
    frame = pd.read_csv(out / "michigan_2001.csv")
    frame.loc[1, "estimate"] += 0.001
    frame.to_csv(out / "michigan_2001.csv", index=False)
    done = command((out, committed[1]))
    assert done.exit_code == 1
    (line,) = [one for one in done.output.splitlines() if one.startswith("drift: ")]
    assert line.startswith("drift: michigan_2001, row 2 (")
    assert ", estimate: committed '" in line


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--demo"], "leave out --demo"),
        (["--against", "nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_compared_is_refused(more, words):
    done = CliRunner().invoke(app, ["reproduce", "--check", *more])
    assert done.exit_code != 0
    assert words in str(done.exception)


def test_a_folder_is_not_compared_with_itself(committed):
    done = command(committed, "--out", str(committed[0]))
    assert "compare with itself" in str(done.exception)


def test_figures_that_the_raw_files_cannot_give_are_said(committed, tmp_path):
    out = tmp_path / "committed"
    shutil.copytree(committed[0], out)
    (out / "fig06.csv").write_text(TABLE, encoding="utf-8")
    done = command((out, committed[1]), "--only", "fig06")
    assert done.exit_code == 0
    assert "The raw files at hand cannot give: fig06" in done.output
