"""A design that can't be estimated gets an error that says why, or a row with its reason.

For every estimator: never a number that looks fine.
"""

from __future__ import annotations

import re
from itertools import product

import frames
import numpy as np
import pandas as pd
import pytest

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.estimators import ESTIMATORS

NAMES = tuple(estimator.name for estimator in ESTIMATORS)
WEIGHTED = tuple(name for name in NAMES if name != "ols")
WHOLE = tuple(estimator.name for estimator in ESTIMATORS if estimator.whole_schools)
OUTCOMES = ["proficient_pct", "level"]
INFERENCE = ["std_error", "df", "statistic", "p_value", "p_value_holm", "conf_low", "conf_high"]


@pytest.fixture(scope="module")
def frame():
    made = frames.panel({"traditional": 30, "innovation": 12, "pilot": 11}, subjects=("ela",))
    return made.assign(level=1.0 + np.arange(len(made)) * 3 % 4)


def estimated(frame, estimator, **options):
    outcome = "level" if estimator == "ordered" else "proficient_pct"
    return estimate_effects(frame, outcome, estimator=estimator, **options)


def of(frame, kind):
    return frame["school_type"] == kind


def schools_of(frame, kind, count):
    """Rows that are not of a type, or of its first schools."""
    first = sorted(frame.loc[of(frame, kind), "school_id"].unique())[:count]
    return ~of(frame, kind) | frame["school_id"].isin(first)


def with_outcome(frame, value, rows=slice(None)):
    changed = frame[OUTCOMES].astype("object" if isinstance(value, str) else "float64")
    changed.loc[rows] = value
    return frame.assign(**changed)


def some(frame, column, value, rows=3):
    """The frame with another value in the first rows of a column."""
    kept = frame[column].astype("object" if isinstance(value, str) else frame[column].dtype)
    return frame.assign(**{column: kept.where(np.arange(len(frame)) >= rows, value)})


def twice(frame, *columns):
    return pd.concat([frame, frame[list(columns)]], axis=1)


def without_share(frame):
    """A share that two of eleven pilot schools lack."""
    keep = schools_of(frame, "pilot", 9)
    return frame.assign(black_pct=frame["black_pct"].where(keep))


CHANGES = {
    "no reference schools": (
        lambda f: f[~of(f, "traditional")],
        {},
        EstimationError,
        "no row of the reference type 'traditional' has",
    ),
    "another reference": (lambda f: f, {"reference": "x"}, EstimationError, "reference type 'x'"),
    "reference left out": (
        lambda f: f,
        {"drop_types": ("traditional",)},
        EstimationError,
        "no row of the reference type",
    ),
    "no other type": (
        lambda f: f[of(f, "traditional")],
        {},
        EstimationError,
        "there is nothing to compare",
    ),
    "all outcomes equal": (
        lambda f: with_outcome(f, 2.0),
        {},
        EstimationError,
        "is 2 in all 159 rows: there is no difference to estimate",
    ),
    "a missing outcome": (
        lambda f: f.drop(columns=OUTCOMES),
        {},
        UsageError,
        "the frame has no column '(proficient_pct|level)'; it has",
    ),
    "a missing school type": (
        lambda f: f.drop(columns="school_type"),
        {},
        UsageError,
        "no column 'school_type'",
    ),
    "a missing cluster": (lambda f: f, {"cluster": "x"}, UsageError, "no column 'x'"),
    "a missing control": (lambda f: f, {"controls": ["x"]}, UsageError, "no column 'x'"),
    "a missing cell": (lambda f: f, {"absorb": ["x"]}, UsageError, "no column 'x'"),
    "schools lost to a blank control": (
        without_share,
        {},
        EstimationError,
        "control 'black_pct' is missing for 2 of 11 schools of type 'pilot'; .* 5% at most",
    ),
    "an empty frame": (lambda f: f.iloc[:0], {}, EstimationError, "the frame has no rows"),
    "nothing at all": (lambda f: pd.DataFrame(), {}, UsageError, "no column .*; it has"),
    "no frame": (lambda f: f.to_dict("list"), {}, UsageError, "expected a data frame, got a dict"),
    "one cluster": (
        lambda f: f.assign(one="a"),
        {"cluster": "one"},
        EstimationError,
        "at least two clusters",
    ),
    "text as outcome": (
        lambda f: with_outcome(f, "high"),
        {},
        UsageError,
        "column '(proficient_pct|level)' must hold numbers",
    ),
    "dates as outcome": (
        lambda f: f.assign(**dict.fromkeys(OUTCOMES, pd.Timestamp("2020-01-01"))),
        {},
        UsageError,
        "must hold numbers",
    ),
    "complex outcomes": (
        lambda f: f.assign(**{name: f[name] * 1j for name in OUTCOMES}),
        {},
        UsageError,
        "must hold real numbers",
    ),
    "an infinite outcome": (
        lambda f: with_outcome(f, np.inf, f.index < 2),
        {},
        EstimationError,
        "holds an infinite value",
    ),
    "an outcome too large to square": (
        lambda f: with_outcome(f, -1e200, f.index < 2),
        {},
        EstimationError,
        r"holds 1e\+200, more than can be squared",
    ),
    "text as control": (
        lambda f: some(f, "black_pct", "*"),
        {},
        UsageError,
        "column 'black_pct' must hold numbers",
    ),
    "an infinite control": (
        lambda f: some(f, "black_pct", np.inf),
        {},
        EstimationError,
        "column 'black_pct' holds an infinite value",
    ),
    "rows without a cluster": (
        lambda f: some(f.assign(network=f["school_id"]), "network", None),
        {"cluster": "network"},
        EstimationError,
        "3 rows have no 'network' to cluster by",
    ),
    "rows with a blank cluster": (
        lambda f: some(f.assign(network=f["school_id"]), "network", "  "),
        {"cluster": "network"},
        EstimationError,
        "3 rows have no 'network' to cluster by",
    ),
    "rows without a school": (
        lambda f: some(f.assign(network=f["school_id"]), "school_id", None),
        {"cluster": "network"},
        EstimationError,
        "3 rows have no 'school_id'; fill it",
    ),
    "rows that stand twice": (
        lambda f: pd.concat([f.assign(student_group="all")] * 2),
        {},
        EstimationError,
        "159 rows stand twice",
    ),
    **{
        f"two columns {column}": (
            lambda f, column=column: twice(f, column),
            {},
            UsageError,
            f"the frame has two columns '{column}'",
        )
        for column in ("school_type", "black_pct", "n_tested", "school_id", "grade", "operator")
    },
    "two columns of the outcome": (
        lambda f: twice(f, *OUTCOMES),
        {},
        UsageError,
        "the frame has two columns 'proficient_pct'",
    ),
    **{
        f"confidence level {level!r}": (
            lambda f: f,
            {"conf_level": level},
            UsageError,
            "conf_level must lie between 0 and 1",
        )
        for level in (0, 1, 95, -0.5, float("nan"), "0.95", None)
    },
    "a text of types to leave out": (
        lambda f: f,
        {"drop_types": "pilot"},
        UsageError,
        "drop_types is a sequence",
    ),
    "another covariance": (lambda f: f, {"vcov": "HC1"}, UsageError, "vcov must be one of"),
}

WEIGHTS = {
    "an infinite weight": (
        lambda f: some(f, "n_tested", np.inf),
        {},
        EstimationError,
        "column 'n_tested' holds an infinite value",
    ),
    "a negative weight": (
        lambda f: some(f, "n_tested", -5.0),
        {},
        EstimationError,
        "column 'n_tested' holds a negative weight, -5",
    ),
    "no weights": (
        lambda f: f.assign(n_tested=np.nan),
        {"weights": "n_tested"},
        EstimationError,
        "no row of the reference type 'traditional' has",
    ),
    "weights of zero": (
        lambda f: f.assign(n_tested=0.0),
        {},
        EstimationError,
        "no row of the reference type 'traditional' has",
    ),
    "weights in an absurd unit": (
        lambda f: f.assign(n_tested=f["n_tested"] * 1e-200),
        {},
        EstimationError,
        "holds a weight below 1e-100",
    ),
    "text as weights": (
        lambda f: f.assign(n_tested="many"),
        {},
        UsageError,
        "column 'n_tested' must hold numbers",
    ),
    "missing weights": (lambda f: f, {"weights": "x"}, UsageError, "no column 'x'"),
}


@pytest.mark.parametrize(
    ("estimator", "case"),
    [*product(NAMES, CHANGES), *product(WEIGHTED, WEIGHTS)],
)
def test_refused_with_the_reason(frame, estimator, case):
    change, options, error, message = {**CHANGES, **WEIGHTS}[case]
    with pytest.raises(error, match=message) as refused:
        estimated(change(frame), estimator, **options)
    assert "\n" not in str(refused.value)


ROWS = {
    "one school": (
        lambda f: f[schools_of(f, "pilot", 1)],
        {},
        "one school: no interval",
    ),
    "no outcome": (
        lambda f: with_outcome(f, np.nan, of(f, "pilot")),
        {},
        "no school left: no (proficient_pct|level)",
    ),
    "weights of zero": (
        lambda f: f.assign(n_tested=f["n_tested"].where(~of(f, "pilot"), 0.0)),
        {"weights": "n_tested"},
        "no school left: no n_tested",
    ),
    "a control that is the type": (
        lambda f: f.assign(same=of(f, "pilot") + 0.0),
        {"controls": ["black_pct", "same"]},
        "not identified: the other columns imply the type",
    ),
    "cells of its own": (
        lambda f: f.assign(grade=f["grade"].where(~of(f, "pilot"), "11")),
        {},
        "not identified: the other columns imply the type",
    ),
}


@pytest.mark.parametrize(
    ("estimator", "case"),
    [pair for pair in product(NAMES, ROWS) if pair != ("ols", "weights of zero")],
)
def test_a_type_has_a_row_with_its_reason(frame, estimator, case):
    change, options, note = ROWS[case]
    if estimator in WHOLE and case == "a control that is the type":
        with pytest.raises(EstimationError, match="'same' is the same in all reference schools"):
            estimated(change(frame), estimator, **options)
        return
    if estimator in WHOLE and case == "one school":
        note = "1 schools, 10 are needed"
    fit = estimated(change(frame), estimator, **options)
    row = fit.effects.set_index("school_type").loc["pilot"]
    assert re.match(note, row["note"])
    assert row[INFERENCE].isna().all()
    assert row["n_schools_before"] == (1 if case == "one school" else 11)
    assert row["note"] in repr(fit)


@pytest.mark.parametrize("estimator", NAMES)
def test_two_schools_are_too_few_to_judge(frame, estimator):
    fit = estimated(frame[schools_of(frame, "pilot", 2)], estimator)
    note = fit.effects.set_index("school_type").loc["pilot", "note"]
    assert note == ("2 schools, 10 are needed" if estimator in WHOLE else "too few to judge")


@pytest.mark.parametrize("estimator", ["wls", "mixed"])
def test_an_index_that_repeats_changes_nothing(frame, estimator):
    usual = estimated(frame, estimator).effects
    repeated = estimated(frame.set_axis(np.arange(len(frame)) // 2), estimator).effects
    pd.testing.assert_frame_equal(repeated, usual)


def test_text_that_is_no_weight_is_no_count_of_students(frame):
    fit = estimated(frame.assign(n_tested="many"), "ols")
    assert fit.effects["n_students"].isna().all()
