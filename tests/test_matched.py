"""Matching against MatchIt, its rules by hand, what it refuses, and what surrounds it."""

from __future__ import annotations

import runpy

import numpy as np
import pandas as pd
import pytest
from frames import panel
from golden_school_level import (
    DATA,
    GOLDEN,
    OPTIONS,
    SETTINGS,
    assert_agrees,
    bare,
    design,
    of_types,
)

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError
from autonomy_stats.models.estimators import find_estimator
from autonomy_stats.models.matched import CALIPER, NEAREST, fit_matched

# Least squares in both programs: rounding times the condition of the rows, 1e-11 at most here.
TOLERANCE = 1e-9


def test_data_are_those_of_the_program():
    made = runpy.run_path(str(GOLDEN / "make_data.py"))
    rows = made["schools"](np.random.default_rng(made["SEED"]))
    pd.testing.assert_frame_equal(rows.astype({"school_id": "str", "grade": "str"}), DATA)


@pytest.mark.parametrize("setting", SETTINGS, ids="-".join)
def test_agrees_with_matchit_and_clubsandwich(setting):
    name, kind, working = setting
    estimates = fit_matched(design(name), vcov=kind, working=working)
    assert_agrees(estimates, "matched", setting, TOLERANCE)


def test_counts_schools_without_a_comparison_and_types_without_an_estimate():
    notes = fit_matched(design(), **OPTIONS).type_notes
    assert notes == {
        "charter": "4 of 16 schools have no comparison within the calipers",
        "pilot": "",
        "turnaround": "6 schools, 10 are needed",
    }


def test_weights_and_balance_by_hand():
    """Ten pilots at one share: the five nearest reference schools count, each alike."""
    reference = [10.0, 20, 30, 40, 44, 48, 52, 56, 60, 70, 80, 90]
    frame = of_types({"t": ("traditional", reference), "p": ("pilot", [51.0] * 10)})
    frame.loc[frame["school_type"] == "pilot", "proficient_pct"] += np.arange(10.0)
    fit = fit_matched(bare(frame), **OPTIONS)
    used = fit.schools[fit.schools["school_type"] == "traditional"].set_index("school")["weight"]
    assert used.to_dict() == pytest.approx({f"t{n:02d}": 2.0 for n in (4, 5, 6, 7, 8)})
    assert fit.table.loc["pilot", "estimate"] == pytest.approx(4.5)
    spread = np.std(reference, ddof=1)
    balance = fit.balance.iloc[0]
    assert balance["before"] == pytest.approx((51 - np.mean(reference)) / spread)
    assert balance["after"] == pytest.approx((51 - 52) / spread)


def test_caliper_and_number_of_neighbours():
    share = [*np.linspace(0, 100, 21)]
    frame = of_types({"t": ("traditional", share), "p": ("pilot", [50.0] * 10)})
    step = 5 / np.std(share, ddof=1)

    def compared(caliper: float, nearest: int) -> int:
        fit = fit_matched(bare(noisy(frame)), **OPTIONS, caliper=caliper, nearest=nearest)
        return int((fit.schools["school_type"] == "traditional").sum())

    assert [compared(k * step, 99) for k in (0, 1, 2)] == [1, 3, 5]
    assert compared(99.0, 4) == 4
    assert compared(0.99 * step, 99) == 1


def noisy(frame: pd.DataFrame) -> pd.DataFrame:
    """Add noise, from a seed, to an outcome that the share explains."""
    noise = np.random.default_rng(7).normal(size=len(frame))
    return frame.assign(proficient_pct=frame["proficient_pct"] + noise)


def test_cells_of_the_type_alone_are_left_out():
    """Grade 10 has no reference school: its rows change nothing."""
    moved = DATA.assign(
        proficient_pct=DATA["proficient_pct"] + 30 * (DATA["grade"] == "10").to_numpy()
    )
    before, after = (fit_matched(design(frame=f), **OPTIONS).table for f in (DATA, moved))
    pd.testing.assert_frame_equal(before, after)
    alone = DATA["school_id"].isin(DATA.loc[DATA["grade"] == "10", "school_id"].unique()[:2])
    rows = DATA[~alone | (DATA["grade"] == "10")]
    note = fit_matched(design(frame=rows), **OPTIONS).type_notes["charter"]
    assert "2 of 16 schools have no reference school in their cells" in note


def test_a_cell_that_the_type_dominates_hides_no_difference():
    """The level of a cell is that of its reference schools, not one that the type has moved."""
    base = panel({"traditional": 40, "pilot": 30}, gaps={"pilot": 10.0})
    many = (base["school_type"] == "pilot") & (base["grade"] == "05")
    few = (base["school_type"] == "traditional") & (base["grade"] != "05")
    also = base["school_id"].isin(["0001", "0002", "0003"])
    fit = estimate_effects(base[many | few | also], "proficient_pct", estimator="matched")
    assert fit.effects.set_index("school_type")["estimate"]["pilot"] == pytest.approx(10, abs=3)


def test_a_school_is_not_its_own_comparison_in_another_year():
    share = [*np.linspace(10, 90, 20)]
    frame = of_types({"s": ("traditional", share)}, end_year=2015)
    later = frame.assign(end_year=2016, school_type="pilot").iloc[:12]
    rows = noisy(pd.concat([frame, later], ignore_index=True))
    fit = fit_matched(bare(rows), **OPTIONS, nearest=1)
    used = fit.schools.set_index("school_type")
    assert len(used.loc["pilot"]) == 12
    assert used.loc["traditional", "weight"].sum() == 12
    assert (fit.balance["after"].abs() > 0).all()


def test_types_do_not_change_each_other():
    alone = fit_matched(design(frame=DATA[DATA["school_type"] != "charter"]), **OPTIONS)
    both = fit_matched(design(), **OPTIONS)
    pd.testing.assert_series_equal(alone.table.loc["pilot"], both.table.loc["pilot"], rtol=1e-9)


@pytest.mark.parametrize(
    ("frame", "options", "match"),
    [
        (DATA, {"controls": ()}, "there is no share to compare schools by"),
        (
            DATA[DATA["school_type"] == "traditional"].assign(
                school_type=lambda f: f["school_type"].where(f["school_id"] > "011", "pilot")
            )[lambda f: f["school_id"] < "020"],
            {},
            "8 reference schools are too few to compare by 3 shares; 13 are needed",
        ),
        (
            DATA.assign(black_pct=DATA["black_pct"].where(DATA["school_type"] == "pilot", 40.0)),
            {},
            "'black_pct' is the same in all reference schools",
        ),
        (
            DATA.assign(
                black_pct=DATA["low_income_pct"].where(
                    DATA["school_type"] == "traditional", DATA["black_pct"]
                )
            ),
            {},
            "one of black_pct, english_learner_pct, low_income_pct follows from the others",
        ),
        (
            DATA.assign(network=DATA["network"] + DATA["subject"]),
            {"cluster": "network"},
            "77 schools have rows in several clusters, the first is 000",
        ),
        (
            DATA[DATA["school_type"].isin(["traditional", "turnaround"])],
            {},
            "no type can be compared. 'turnaround': 6 schools, 10 are needed",
        ),
        (
            DATA.assign(
                low_income_pct=DATA["low_income_pct"] + 900 * (DATA["school_type"] == "pilot")
            )[DATA["school_type"].isin(["traditional", "pilot"])],
            {},
            "'pilot': 13 of 13 schools have no comparison within the calipers",
        ),
    ],
)
def test_refused(frame, options, match):
    with pytest.raises(EstimationError, match=match):
        fit_matched(design(frame=frame, **options), **OPTIONS)


def test_fewer_than_half_with_a_comparison_are_no_estimate():
    numbers = DATA["school_id"].astype(int)
    first = numbers[DATA["school_type"] == "pilot"].min()
    far = (DATA["school_type"] == "pilot") & (numbers < first + 7)
    frame = DATA.assign(low_income_pct=DATA["low_income_pct"] + 900 * far)
    fit = fit_matched(design(frame=frame), **OPTIONS)
    assert "pilot" not in fit.table.index
    assert fit.type_notes["pilot"] == (
        "fewer than half of the schools compare: "
        "7 of 13 schools have no comparison within the calipers"
    )


# What surrounds it


@pytest.fixture(scope="module")
def fit():
    frame = panel({"traditional": 40, "pilot": 12, "charter": 10, "lab": 9}, gaps={"pilot": 8.0})
    return estimate_effects(frame, "proficient_pct", estimator="matched")


def test_every_type_has_a_row_with_its_reason(fit):
    effects = fit.effects.set_index("school_type")
    assert effects.loc["lab", "note"] == "9 schools, 10 are needed"
    assert effects.loc["lab", ["estimate", "std_error", "conf_low", "p_value"]].isna().all()
    assert "Lab: no estimate (9 schools, 10 are needed; 9 schools in all)" in repr(fit)
    assert effects.loc["pilot", "conf_low"] < 8 < effects.loc["pilot", "conf_high"]


def test_words_are_those_of_the_defaults():
    assert (NEAREST, CALIPER) == (5, 1.0)
    words = find_estimator("matched").words
    assert "up to 5 reference schools" in words
    assert "within one standard deviation" in words


def test_parts_are_estimated_on_their_own_rows(fit):
    rows = fit.beside[fit.beside["variation"] == "by subject"]
    frame = fit.asked.frame
    ela = estimate_effects(
        frame[frame["subject"] == "ela"], "proficient_pct", estimator="matched"
    ).effects.set_index("school_type")
    own = rows[rows["subset"] == "ela"].set_index("school_type")
    assert own.loc["pilot", "estimate"] == ela.loc["pilot", "estimate"]
    test = rows[rows["school_type"].isna()].iloc[0]
    assert "compares whole schools" in test["note"]
    raw = fit.beside.query("variation == 'ladder' and subset == 'raw'").iloc[0]
    assert "there is no share to compare schools by" in raw["note"]
