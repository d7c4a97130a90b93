"""Rosters against the counts that reports and districts give: every difference is explained."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from examples import indiana

from autonomy_stats import StudyRun, load_panel
from autonomy_stats.cli_print import print_run
from autonomy_stats.facts import load_report_counts
from autonomy_stats.facts.coverage import coverage

CITIES = ("boston", "los_angeles", "memphis", "denver", "indianapolis")


@pytest.mark.parametrize("place", CITIES)
def test_every_difference_is_explained(place):
    found = coverage(place)
    assert len(found)
    low = found["n_low"].fillna(found["n_reported"])
    high = found["n_high"].fillna(found["n_reported"]).fillna(float("inf"))
    differs = (found["n_rostered"] < low) | (found["n_rostered"] > high)
    unexplained = found[differs & found["difference"].isna()]
    assert unexplained.empty, unexplained[["school_type", "end_year", "n_rostered"]].to_string()


def test_counts_are_by_confidence_and_year():
    found = coverage("memphis").set_index(["school_type", "end_year", "n_reported"])
    row = found.loc[("izone", 2015, 17.0)]
    assert row[["documented", "inferred", "unverified", "n_rostered"]].tolist() == [16, 1, 0, 17]
    assert row["share_pct"] == 100


def test_types_that_the_directory_tells_are_not_compared():
    assert "affiliated_charter" not in set(coverage("los_angeles")["school_type"])
    counts = load_report_counts()
    assert "affiliated_charter" in set(counts.loc[counts["place"] == "los_angeles", "school_type"])


def test_nearest_year_of_each_type():
    found = coverage("denver", 2016)
    assert found[["school_type", "end_year"]].drop_duplicates().to_numpy().tolist() == [
        ["independent_charter", 2016],
        ["innovation", 2016],
    ]


def test_a_partial_roster_shows():
    share = coverage("los_angeles", 2018).groupby("school_type")["share_pct"].min()
    assert share["esbmm"] < 10
    assert share["local_initiative"] < 80


def test_a_panel_says_how_much_the_roster_names(tmp_path):
    report = load_panel("indianapolis", [2016, 2017], raw=indiana(tmp_path / "raw")).join_report
    notes = report.loc[report["join"] == "coverage", "note"].tolist()
    assert len(notes) == len(set(notes)) == 1
    assert notes[0].startswith("the roster names 11, against 9 counted for 2017 by")


def test_a_run_prints_it_once(capsys):
    line = {"join": "coverage", "side": "roster, pilot", "note": "the roster names 37, against 51"}
    other = {"join": "place", "side": "private schools left out", "note": "x"}
    run = StudyRun(Path("out"), (), pd.DataFrame([line, other, line]))
    print_run(run)
    printed = capsys.readouterr().out
    assert printed.count("  pilot: the roster names 37, against 51") == 1
    assert "private schools" not in printed
    print_run(StudyRun(Path("out"), (), pd.DataFrame()))
    assert "Rosters" not in capsys.readouterr().out
