"""Threats: each moves estimates as arithmetic says, and what cannot be put says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel

import autonomy_stats as aus
from autonomy_stats.errors import UsageError
from autonomy_stats.simulate.design import read_design
from autonomy_stats.simulate.hidden import few_proficient, fit_shown
from autonomy_stats.simulate.outcomes import outcome_model
from autonomy_stats.simulate.threats import COLUMNS, threats

TRUTH = 10.0


@pytest.fixture(scope="module")
def frame():
    made = panel({"traditional": 30, "pilot": 10, "innovation": 4}, seed=6, grades=("03", "04"))
    small = made["grade"].eq("04") & made["school_id"].isin(["0001", "0002", "0031", "0032"])
    tested = np.where(small, 15.0, 3 * made["n_tested"])
    low = (made["proficient_pct"] - 20).clip(lower=2)
    return made.assign(n_tested=tested, proficient_pct=low)


@pytest.fixture(scope="module")
def design(frame):
    return read_design(frame, "proficient_pct")


@pytest.fixture(scope="module")
def found(frame):
    return threats(frame, runs=200, jobs=1, hidden_below=[10, 20])


def of(found, threat, size=None):
    rows = found[found["threat"] == threat]
    rows = rows if size is None else rows[rows["size"] == size]
    return rows.set_index("school_type")


def near(row, shift):
    """Say whether a shift is as expected, within four Monte Carlo errors."""
    return abs(row["shift"] - shift) < 4 * row["mc_error"]


def test_rows(found):
    assert list(found.columns) == COLUMNS
    assert not found.duplicated(["threat", "size", "school_type"]).any()
    assert set(found["school_type"]) == {"pilot", "innovation"}
    assert found["truth"].eq(TRUTH).all()
    named = ["none", "selection", "roster", "one school", "influential school", "few tested"]
    assert list(found["threat"].unique()) == [*named, "few proficient"]


def test_nothing_spoilt_moves_nothing(found):
    for row in (*of(found, "none").to_dict("records"), *of(found, "few tested").to_dict("records")):
        assert near(row, 0.0)
        assert row["coverage"] > 0.9
        assert row["mean_estimate"] == pytest.approx(row["shift"] + TRUTH)


def test_selection_moves_by_its_strength(design, found):
    deviation = design.components["traditional"].between ** 0.5
    for strength in (0.25, 0.5, 1.0):
        for row in of(found, "selection", strength).to_dict("records"):
            assert near(row, strength * deviation)
    assert of(found, "selection", 1.0).loc["pilot", "coverage"] < 0.9


@pytest.fixture(scope="module")
def adds(frame):
    """What each school's outcomes add to each type's estimate, for a difference of one point."""
    fit = aus.estimate_effects(frame, "proficient_pct")
    root = np.sqrt(fit.fitted.weights)
    pseudo = np.linalg.pinv(fit.fitted.matrix * root[:, None]) * root
    at = {name: fit.fitted.terms.index(name) for name in ("pilot", "innovation")}
    rows = {name: pseudo[column] for name, column in at.items()}
    return pd.DataFrame(rows).groupby(fit.fitted.clusters).sum()


def expected_shift(frame, adds, school_type, schools):
    """Shift of an estimate if so many schools of a type, and reference schools, change places."""
    own, others = (
        adds.loc[of_type(frame, kind), school_type].mean() for kind in (school_type, "traditional")
    )
    return TRUTH * schools * (others - own)


def of_type(frame, school_type):
    return frame.loc[frame["school_type"] == school_type, "school_id"].unique()


@pytest.mark.parametrize(
    ("school_type", "share", "schools"),
    [("pilot", 10.0, 1), ("pilot", 20.0, 2), ("innovation", 20.0, 1)],
)
def test_wrong_rosters(frame, found, adds, school_type, share, schools):
    row = of(found, "roster", share).loc[school_type]
    assert row["schools_changed"] == schools
    assert near(row, expected_shift(frame, adds, school_type, schools))
    assert row["shift"] < 0


def test_one_school(frame, found, adds):
    for school_type in ("pilot", "innovation"):
        row = of(found, "one school").loc[school_type]
        assert near(row, expected_shift(frame, adds, school_type, 1))
    worst = of(found, "influential school")["shift"]
    assert (worst < of(found, "one school")["shift"]).all()


def test_too_few_schools_for_a_share(found):
    row = of(found, "roster", 5.0).loc["innovation"]
    assert row["note"] == "5 % of 4 is less than half a school"
    assert row["runs"] == 0
    assert np.isnan(row["shift"])


def test_hidden_rows_are_counted(frame, found):
    pilot = frame["school_type"] == "pilot"
    share = 100 * (frame.loc[pilot, "n_tested"] < 20).mean()
    assert of(found, "few tested", 20).loc["pilot", "rows_hidden_pct"] == pytest.approx(share)
    assert of(found, "few tested", 10).loc["pilot", "rows_hidden_pct"] == 0
    assert of(found, "few proficient")["rows_hidden_pct"].between(0, 100).all()


def test_hiding_low_results_lessens_differences(frame):
    """Reference schools' low results go first, so that they look better than they are."""
    rows = threats(
        frame.assign(n_tested=20.0),
        runs=150,
        jobs=1,
        selection=[],
        misclassified=[],
        hidden_below=[],
        hidden_proficient=[3],
    )
    row = of(rows, "few proficient").loc["pilot"]
    assert row["rows_hidden_pct"] > 1
    assert row["shift"] < -4 * row["mc_error"]


def test_a_fit_of_what_is_shown_is_that_of_the_package(frame, design):
    model = outcome_model(design)
    drawn = model.draw(np.random.default_rng(2), model.location(0.0), 2)
    shown = ~few_proficient(drawn, design.n_tested, 8)
    assert not shown.all()
    shown[np.isin(design.index, frame.index[frame["grade"] == "03"]), 1] = False
    for run in (0, 1):  # in the second a grade has no row at all
        rows = frame.copy()
        rows["proficient_pct"] = np.nan
        rows.loc[design.index[shown[:, run]], "proficient_pct"] = drawn[shown[:, run], run]
        effects = aus.estimate_effects(rows, "proficient_pct").effects.set_index("school_type")
        found = fit_shown(design, drawn[:, run], shown[:, run])
        for values, name in zip(found, ("estimate", "std_error", "df"), strict=True):
            assert values == pytest.approx(effects.loc[list(design.types), name], rel=1e-9)


def test_a_type_left_with_one_school_or_none(design):
    pilot, innovation = (design.of_type[:, design.types.index(t)] for t in ("pilot", "innovation"))
    one = design.cluster == design.cluster[pilot][0]
    estimates, std_errors, df = fit_shown(
        design, design.linear + 0.1 * design.cluster, ~innovation & (~pilot | one)
    )
    at = [design.types.index(name) for name in ("pilot", "innovation")]
    assert np.isfinite(estimates[at]).tolist() == [True, False]
    assert np.isnan(std_errors[at]).all()
    assert np.isnan(df[at[1]])


def test_rows_that_tell_nothing_apart_give_no_estimate(design):
    few = design.cluster < 2
    assert all(np.isnan(part).all() for part in fit_shown(design, design.linear, few))


def test_what_cannot_be_put_says_why(frame):
    rows = threats(frame.drop(columns="n_tested"), runs=20, jobs=1, misclassified=[], weights=None)
    assert (of(rows, "few tested")["note"] == "rows have no number tested").all()
    assert (of(rows, "few proficient")["runs"] == 0).all()
    gone = threats(
        frame,
        runs=20,
        jobs=1,
        selection=[],
        misclassified=[],
        hidden_below=[10_000],
        hidden_proficient=[],
    )
    assert of(gone, "few tested")["note"].str.startswith("no row of the reference type").all()


def test_it_is_that_of_its_seed(frame):
    options = {"runs": 10, "selection": [], "misclassified": [0.2], "hidden_below": []}
    options["hidden_proficient"] = []
    one, two, other = (threats(frame, jobs=1, seed=seed, **options) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert (one["mean_estimate"].dropna() != other["mean_estimate"].dropna()).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"runs": 1}, "runs must be a whole number"),
        ({"misclassified": [0.0]}, "a share of schools lies above 0"),
        ({"misclassified": [20]}, "a share of schools lies above 0"),
        ({"truth": {"exam": 3.0}}, "truth names 'exam'"),
    ],
)
def test_arguments_that_are_not_allowed(frame, arguments, message):
    with pytest.raises(UsageError, match=message):
        threats(frame, **{"runs": 50, "jobs": 1, **arguments})
