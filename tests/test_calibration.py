"""Calibration: the study finds what is right and what is wrong, and is that of its seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel
from joblib import parallel_config

import autonomy_stats as aus
from autonomy_stats.errors import UsageError
from autonomy_stats.simulate.calibration import COLUMNS, calibrate
from autonomy_stats.simulate.parallel import in_batches
from autonomy_stats.simulate.runs import METHODS

RUNS = 500
QUICK = {"runs": 60, "draws": 49, "jobs": 1}


@pytest.fixture(scope="module")
def frame():
    """Schools that differ, so that rows hang together; one school of its own type, two left out."""
    made = panel(
        {"traditional": 30, "pilot": 8, "turnaround": 1, "exam": 2}, seed=6, grades=("03", "04")
    )
    return made.assign(n_tested=4 * made["n_tested"])


@pytest.fixture(scope="module")
def found(frame):
    return calibrate(frame, runs=RUNS, draws=199, jobs=1, truth=[0.0, 6.0])


def test_one_row_for_each_type_method_and_truth(found):
    assert list(found.columns) == COLUMNS
    keys = ["school_type", "method", "truth"]
    assert not found.duplicated(keys).any()
    counts = found.groupby("school_type").size().to_dict()
    assert counts == {"pilot": 14, "turnaround": 14, "exam": 7}
    assert found.loc[found["school_type"] == "pilot", "runs"].eq(RUNS).all()


def test_types_without_an_interval_say_why(found):
    rows = found.set_index("school_type")
    assert (rows.loc["turnaround", "note"] == "one school: no interval").all()
    assert (rows.loc["turnaround", "runs_without_interval"] == RUNS).all()
    assert rows.loc["turnaround", "bias"].notna().all()
    assert (rows.loc["exam", "note"] == "left out of the comparison").all()
    assert (rows.loc["exam", "runs"] == 0).all()
    numbers = ["df", "mean_std_error", "coverage", "rejection", "mean_width"]
    assert rows.loc[["turnaround", "exam"], numbers].isna().all(axis=None)


def test_the_study_tells_right_from_wrong(found):
    pilot = found[found["school_type"] == "pilot"].set_index(["method", "truth"])
    for method in ("CR2", "wild_bootstrap", "permutation"):
        for truth in (0.0, 6.0):
            row = pilot.loc[(method, truth)]
            assert abs(row["coverage"] - 0.95) < 4 * 0.95**0.5 * 0.05**0.5 / RUNS**0.5
    # Rows of a school hang together: taking them as independent is wrong, and is seen to be.
    assert (pilot.loc["HC1", "coverage"] < 0.8).all()
    assert (pilot.loc["CR0", "coverage"] < pilot.loc["CR1", "coverage"]).all()
    assert (pilot.loc["CR1", "coverage"] < pilot.loc["CR2", "coverage"]).all()
    assert (pilot.loc["CR2", "coverage"] < pilot.loc["CR3", "coverage"]).all()
    assert (np.abs(pilot["bias"]) < 4 * pilot["bias_error"]).all()


def test_what_follows_from_what(found):
    pilot = found[found["school_type"] == "pilot"]
    null = pilot[pilot["truth"] == 0]
    assert null["rejection"].to_numpy() == pytest.approx(1 - null["coverage"].to_numpy())
    error = np.sqrt(pilot["coverage"] * (1 - pilot["coverage"]) / RUNS)
    assert pilot["coverage_error"].to_numpy() == pytest.approx(error.to_numpy())
    power = pilot[pilot["truth"] == 6].set_index("method")["rejection"]
    assert (power > 2 * null.set_index("method")["rejection"]).all()
    intervals = pilot[~pilot["method"].isin(["wild_bootstrap", "permutation"])]
    assert (intervals["mean_width"] > 2 * 1.9 * intervals["mean_std_error"]).all()
    tests = pilot[pilot["method"].isin(["wild_bootstrap", "permutation"])]
    assert tests[["mean_width", "mean_std_error", "df"]].isna().all(axis=None)


def test_the_seed_decides_whatever_the_jobs(frame):
    options = {"draws": 49, "truth": [0.0], "methods": ["CR2", "wild_bootstrap", "permutation"]}
    one = calibrate(frame, runs=70, jobs=1, seed=3, **options)
    with parallel_config("threading", n_jobs=2):
        two = calibrate(frame, runs=70, jobs=None, seed=3, **options)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    other = calibrate(frame, runs=70, jobs=1, seed=4, **options)
    assert (one["bias"].dropna() != other["bias"].dropna()).all()


def test_batches_go_through_the_backend_and_report():
    done = []
    sizes = in_batches(lambda seed, runs: runs, 120, 0, 1, lambda *at: done.append(at))
    assert sizes == [50, 50, 20]
    assert done == [(50, 120), (100, 120), (120, 120)]
    draws = in_batches(lambda seed, runs: seed.generate_state(1)[0], 120, 0, 1)
    assert len(set(draws)) == 3


def test_truths_by_type(frame):
    two = pd.concat([frame, panel({"innovation": 6}, seed=9, first_id=500, grades=("03", "04"))])
    rows = calibrate(two, truth={"innovation": 15.0}, methods=["CR2"], **QUICK)
    rows = rows.set_index("school_type")
    assert rows.loc["innovation", "truth"] == 15
    assert rows.loc["pilot", "truth"] == 0
    assert rows.loc["innovation", "rejection"] > 0.8 > rows.loc["pilot", "rejection"]


def test_default_truths(frame):
    rows = calibrate(frame, methods=["CR1"], **QUICK)
    assert rows.loc[rows["school_type"] == "pilot", "truth"].tolist() == [0, 5, 10]


def test_schools_of_two_types_are_not_dealt(frame):
    """A school that changed its type leaves no label to deal."""
    later = frame.assign(end_year=2017)
    changed = later["school_id"] == frame["school_id"].iloc[0]
    later.loc[changed, "school_type"] = "pilot"
    rows = calibrate(
        pd.concat([frame, later]), truth=[0.0], methods=["CR2", "permutation"], **QUICK
    )
    rows = rows[rows["school_type"] == "pilot"].set_index("method")
    assert rows.loc["CR2", "coverage"] > 0
    assert np.isnan(rows.loc["permutation", "coverage"])
    assert rows.loc["permutation", "note"] == "no permutation: some school_id has rows of two types"


@pytest.mark.parametrize("options", [{"controls": ["low_income_pct"]}, {"estimator": "ols"}])
def test_other_options_are_those_of_the_estimate(frame, options):
    rows = calibrate(frame, truth=[0.0], methods=["CR2"], **QUICK, **options)
    effects = aus.estimate_effects(frame, "proficient_pct", **options).effects
    df = effects.set_index("school_type").loc["pilot", "df"]
    assert rows.set_index("school_type").loc["pilot", "df"] == pytest.approx(df)


def test_power_at_the_detectable_size(frame):
    """Under its working model the expected difference is shown in four of five runs."""
    expected = aus.minimum_detectable_effect(frame).set_index("school_type")
    truth = {"pilot": expected.loc["pilot", "expected_detectable"]}
    rows = calibrate(frame, runs=800, truth=truth, methods=["CR2"], errors="normal", jobs=1)
    row = rows.set_index("school_type").loc["pilot"]
    assert abs(row["rejection"] - 0.8) < 4 * row["rejection_error"]
    # The spread of 800 estimates is known to 2.5 %.
    assert row["empirical_sd"] == pytest.approx(
        expected.loc["pilot", "expected_std_error"], rel=0.1
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"runs": 1}, "runs must be a whole number of at least 2"),
        ({"runs": 2.5}, "runs must be a whole number"),
        ({"draws": 0}, "draws must be a whole number of at least 1"),
        ({"methods": ["CR4"]}, "methods must be some of"),
        ({"methods": "CR2"}, "methods must be some of"),
        ({"methods": []}, "methods must be some of"),
        ({"truth": {"charter": 5.0}}, "truth names 'charter'"),
        ({"truth": []}, "truth must be finite numbers"),
        ({"truth": [float("nan")]}, "truth must be finite numbers"),
    ],
)
def test_arguments_that_are_not_allowed(frame, arguments, message):
    with pytest.raises(UsageError, match=message):
        calibrate(frame, **{**QUICK, **arguments})


def test_the_default_method_comes_first():
    assert METHODS[0] == "CR2"
