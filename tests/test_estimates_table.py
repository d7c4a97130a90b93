"""The table of all estimates: one row each, whichever figure it comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frames import panel

import autonomy_stats as aus
from autonomy_stats.figures import fig01, fig06, fig10, michigan_2001
from autonomy_stats.figures.estimates import COLUMNS, estimates
from autonomy_stats.figures.registry import find_figure
from autonomy_stats.outputs import Outputs, with_earlier

COMMITTED = Path(__file__).parent.parent / "figures"
READ = [
    "figure",
    "place",
    "outcome",
    "subject",
    "level",
    "line",
    "school_type",
    "reference",
    "estimate",
    "std_error",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "n_schools",
    "n_operators",
    "n_schools_reference",
    "n_rows",
    "assessment",
    "end_years",
    "note",
    "simulated",
]
"""Columns that others read the table by."""


@pytest.fixture(scope="module")
def boston() -> pd.DataFrame:
    kinds = {"traditional": 12, "pilot": 6, "independent_charter": 5, "exam": 2}
    return fig01.data({"boston": panel(kinds, years=(2018,)).assign(place="boston")})


def committed(name: str) -> pd.DataFrame:
    frame = pd.read_csv(COMMITTED / f"{name}.csv", keep_default_na=False, na_values=[""])
    return (
        frame.assign(note=frame["note"].astype("object").fillna("")) if "note" in frame else frame
    )


def test_columns(boston):
    assert list(estimates({"fig01": boston})) == READ == list(COLUMNS)
    assert list(estimates({})) == READ


def test_every_estimate_is_there_but_the_reference_itself(boston):
    table = estimates({"fig01": boston})
    assert len(table) == (boston["school_type"] != boston["reference"]).sum()
    key = ["subject", "line", "school_type", "reference"]
    both = table.merge(boston, on=key, suffixes=("", "_shown"), validate="1:1")
    assert len(both) == len(table)
    for name in ("estimate", "std_error", "conf_low", "n_schools"):
        np.testing.assert_array_equal(both[name], both[f"{name}_shown"])
    assert set(table["reference"]) == {"traditional", "pilot"}
    assert set(table["end_years"]) == {"2018"}
    left = table[table["estimate"].isna()]
    assert set(left["school_type"]) == {"exam"}
    assert set(left["note"]) == {"left out of the comparison"}
    assert not table["simulated"].any()


def test_a_simulated_figure_marks_its_rows_alone(boston):
    table = estimates({"fig01": boston.assign(simulated=True), "fig10": committed("fig10")})
    assert table.groupby("figure")["simulated"].agg(["min", "max"]).to_dict("index") == {
        "fig01": {"min": True, "max": True},
        "fig10": {"min": False, "max": False},
    }


def test_lines_of_denver_are_subjects_and_levels():
    frame = committed("fig06")
    table = estimates({"fig06": frame}).set_index(["subject", "level", "line", "school_type"])
    wanted = {
        ("ela;math", "all", "default"): "ELA and math",
        ("ela", "all", "default"): "ELA",
        ("math", "all", "with course tests"): "Math, with course tests",
        ("math", "elementary", "default"): "Elementary (grades 3-5), math",
        ("ela", "middle", "default"): "Middle (grades 6-8), ELA",
    }
    shown = frame.set_index(["line", "school_type"])["estimate"]
    for key, line in wanted.items():
        assert table.loc[(*key, "innovation"), "estimate"] == shown[line, "innovation"]
    assert not table.index.duplicated().any()


def test_changes_have_no_reference():
    table = estimates({"fig10": committed("fig10")})
    assert set(table["outcome"]) == {"both_passed_change"}
    assert set(table["reference"]) == {""}
    assert set(table["end_years"]) == {"2016;2017"}
    assert "innovation_network_of_2017" in set(table["school_type"])


def test_figures_without_estimates_give_no_row():
    frames = {name: committed(name) for name in ("fig09", "fig12", "typology", "autonomy_map")}
    assert estimates(frames).empty


@pytest.mark.parametrize("module", [fig06, fig10, michigan_2001])
def test_a_row_has_no_more_than_the_figure_shows(module):
    frame = committed(module.FIGURE_ID)
    found = estimates({module.FIGURE_ID: frame})["estimate"]
    assert set(found) <= set(frame["estimate"])
    assert find_figure(module.FIGURE_ID) is module


# In a run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    raw, out = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("out")
    return aus.reproduce(raw=raw, out=out, only=["michigan_2001", "fig12"])


def test_a_run_writes_it(run):
    table = pd.read_csv(run.out / "estimates.csv", keep_default_na=False)
    assert list(table) == READ
    assert table["figure"].tolist() == ["michigan_2001"] * 4
    frame = run.figures[0].frame
    assert table["estimate"].tolist() == pytest.approx(frame["estimate"].tolist())
    assert '"estimates.csv"' in (run.out / "manifest.json").read_text(encoding="utf-8")


def test_what_an_earlier_run_found_stays(boston, tmp_path):
    outputs = Outputs(tmp_path)
    before = estimates({"fig01": boston, "fig10": committed("fig10").assign(simulated=True)})
    outputs.write_table("estimates.csv", before)
    text = (tmp_path / "estimates.csv").read_text(encoding="utf-8").splitlines()
    now = estimates({"fig06": committed("fig06")})
    outputs.write_table("estimates.csv", with_earlier(outputs, "estimates.csv", now))
    after = (tmp_path / "estimates.csv").read_text(encoding="utf-8").splitlines()
    assert after[0] == text[0]
    assert after[len(now) + 1 :] == text[1:]  # to the last digit, missing ones too
    again = estimates({"fig01": boston})
    table = with_earlier(outputs, "estimates.csv", again)
    assert table["figure"].value_counts().to_dict() == {
        "fig01": len(again),
        "fig06": len(now),
        "fig10": 5,
    }
    assert table.loc[table["figure"] == "fig10", "simulated"].eq(True).all()


def test_a_file_that_is_not_ours_is_replaced(boston, tmp_path):
    (tmp_path / "estimates.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    table = estimates({"fig01": boston})
    assert with_earlier(Outputs(tmp_path), "estimates.csv", table) is table
