"""Estimates with schools of other types are those of the fit made again, and the furthest."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from frames import panel
from refits import type_estimates

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.robustness.misclassification import misclassification
from autonomy_stats.models.robustness.moves import Move, Types
from autonomy_stats.models.robustness.refit import least_squares

OUTCOME = "proficient_pct"
SCHOOLS = {"traditional": 12, "pilot": 6, "innovation": 4, "turnaround": 1}

DIGITS = 1e-9
"""Estimates are near 10, and three rank-two changes leave 1e-12 of them."""


def schools(counts=SCHOOLS, **options):
    frame = panel(counts, gaps={"pilot": 6.0}, seed=5, **options)
    number = frame["school_id"].astype(int)
    confidence = np.where(number % 3 == 0, "documented", "inferred")
    return frame.assign(network=(number // 2).astype(str), roster_confidence=confidence)


def of_two_types():
    frame = schools(years=(2016, 2017), grades=("03",))
    frame.loc[(frame["school_id"] == "0004") & (frame["end_year"] == 2017), "school_type"] = "pilot"
    return frame


CASES = {
    "weighted": (schools, {}),
    "unweighted": (schools, {"weights": None}),
    "ols, clustered by network": (schools, {"estimator": "ols", "cluster": "network"}),
    "two types": (of_two_types, {}),
    "no controls": (schools, {"controls": [], "absorb": []}),
}


def moved(frame, unit, to):
    school, school_type = unit
    own = (frame["school_id"] == school) & (frame["school_type"] == school_type)
    return frame.assign(school_type=frame["school_type"].mask(own, to))


def again(frame, fit):
    return type_estimates(
        frame, OUTCOME, controls=fit.controls, absorb=fit.absorbed, weights=fit.weights
    )


def units(frame):
    return list(frame.groupby(["school_id", "school_type"], sort=False).groups)


@pytest.mark.parametrize("name", CASES)
def test_every_move_of_one_school_equals_a_refit(name):
    make, options = CASES[name]
    frame = make()
    fit = estimate_effects(frame, OUTCOME, **options)
    types = Types.of(least_squares(fit, ""), "traditional")
    for to, kind in enumerate(types.names_of_all):
        found = types.estimates(to)
        for number, unit in enumerate(units(frame)):
            if unit[1] == kind:
                continue
            estimates = again(moved(frame, unit, kind), fit)
            expected = [estimates.get(name, np.nan) for name in types.names]
            assert found[number] == pytest.approx(expected, abs=DIGITS, nan_ok=True)


def test_moves_one_after_the_other_equal_a_refit():
    frame = schools()
    fit = estimate_effects(frame, OUTCOME)
    types = Types.of(least_squares(fit, ""), "traditional")
    state, known = types, units(frame)
    for number, kind in ((0, "pilot"), (14, "traditional"), (20, "turnaround")):
        state = state.moved(Move(number, types.names_of_all.index(kind)))
        frame = moved(frame, known[number], kind)
    found = state.estimates(types.names_of_all.index("innovation"))[3]
    estimates = again(moved(frame, known[3], "innovation"), fit)
    assert found == pytest.approx([estimates[name] for name in types.names], abs=DIGITS)


@pytest.fixture(scope="module")
def fit():
    return estimate_effects(schools(), OUTCOME)


@pytest.fixture(scope="module")
def table(fit):
    return misclassification(fit)


def test_one_row_for_each_question(table):
    own = table[table["school_type"] == "pilot"]
    assert own["n_moved"].tolist() == [0] + [1, 2, 3] * 4
    assert own["search"].tolist() == [""] + ["exact", *["at least this far"] * 2] * 4
    assert own["direction"].tolist() == [""] + (["lowest"] * 3 + ["highest"] * 3) * 2


def test_estimates_go_further_with_more_schools_and_more_types(table):
    for (_, moves, direction), own in table[table["n_moved"] > 0].groupby(
        ["school_type", "moves", "direction"]
    ):
        step = own.sort_values("n_moved")["estimate"].diff().dropna()
        assert (step <= 0).all() if direction == "lowest" else (step >= 0).all(), moves
    once = table[table["n_moved"] == 1].set_index(["school_type", "direction", "moves"])["estimate"]
    wide = once.unstack()
    low, high = (wide.xs(name, level="direction") for name in ("lowest", "highest"))
    assert (low["any"] <= low["with the reference"] + DIGITS).all()
    assert (high["any"] >= high["with the reference"] - DIGITS).all()


def test_rows_are_those_of_the_fit_made_again(fit, table):
    for row in table[table["n_moved"] > 0].to_dict("records"):
        frame = fit.asked.frame
        for said in row["schools"].split("; "):
            school = said.split("(")[1].split(")")[0]
            before, after = said.split(": ")[1].split(" to ")
            frame = moved(frame, (school, before), after)
        effects = estimate_effects(frame, OUTCOME).effects.set_index("school_type")
        refitted = effects.loc[row["school_type"]]
        assert row["estimate"] == pytest.approx(refitted["estimate"], abs=DIGITS)
        for column in ("std_error", "df", "p_value", "conf_low", "conf_high"):
            assert row[column] == pytest.approx(refitted[column], rel=1e-7, nan_ok=True)
        assert row["note"] == refitted["note"]
        stated = fit.effects.set_index("school_type").loc[row["school_type"], "estimate"]
        assert row["change"] == pytest.approx(refitted["estimate"] - stated, abs=DIGITS)
        assert row["same_sign"] == (refitted["estimate"] * stated > 0)
        if np.isnan(refitted["p_value"]):
            assert pd.isna(row["significant"])
        else:
            assert row["significant"] == (refitted["p_value"] < 0.05)


def test_two_schools_of_a_small_design_against_every_pair():
    """Greedy pairs are inner bounds: never beyond the furthest pair, never short of one school."""
    frame = schools({"traditional": 6, "pilot": 4}, grades=("03",))
    fit = estimate_effects(frame, OUTCOME, controls=[])
    table = misclassification(fit, most=2)
    far = table.set_index(["moves", "direction", "n_moved"])["estimate"]
    other = {"traditional": "pilot", "pilot": "traditional"}
    known = units(frame)

    def estimate(chosen):
        changed = frame
        for unit in chosen:
            changed = moved(changed, unit, other[unit[1]])
        return again(changed, fit)["pilot"]

    ones = [estimate([unit]) for unit in known]
    pairs = [estimate(pair) for pair in combinations(known, 2)]
    for moves, (direction, best) in product(
        ("with the reference", "any"), (("lowest", min), ("highest", max))
    ):
        one, two = (far[(moves, direction, count)] for count in (1, 2))
        assert one == pytest.approx(best(ones), abs=DIGITS)
        assert min(pairs) - DIGITS <= two <= max(pairs) + DIGITS
        assert best(one, two) == two
        assert min(abs(two - pair) for pair in pairs) < DIGITS


def test_settled_schools_keep_their_type(fit):
    table = misclassification(fit, most=2, settled=["documented"])
    confidence = fit.asked.frame.set_index("school_id")["roster_confidence"]
    confidence = confidence[~confidence.index.duplicated()]
    named = table["schools"].str.findall(r"\((\d{4})\)").explode().dropna()
    assert set(confidence[named.unique()]) == {"inferred"}
    keys = ["school_type", "moves", "direction"]
    everything = misclassification(fit, most=1).set_index(keys)["estimate"]
    some = table[table["n_moved"] == 1].set_index(keys)["estimate"]
    short = (some - everything.reindex(some.index)).xs("lowest", level="direction")
    assert (short >= -DIGITS).all()
    assert (short > DIGITS).any()


def test_no_school_may_move():
    frame = schools().assign(roster_confidence="documented")
    table = misclassification(estimate_effects(frame, OUTCOME), settled=["documented"])
    assert table["n_moved"].eq(0).all()
    assert len(table) == 3


def test_a_type_that_the_columns_imply_stays():
    frame = schools()
    innovation = frame["school_type"] == "innovation"
    frame["grade"] = frame["grade"].mask(innovation, "12")
    fit = estimate_effects(frame, OUTCOME)
    table = misclassification(fit, most=1)
    assert set(table["school_type"]) == {"pilot", "turnaround"}
    assert not table["schools"].str.contains("innovation").any()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda fit: misclassification(fit, most=0), "most must be a whole number"),
        (lambda fit: misclassification(fit, settled="documented"), "settled is a sequence"),
        (lambda fit: misclassification(fit.effects), "misclassification takes a Fit"),
    ],
)
def test_wrong_arguments_are_refused(fit, call, match):
    with pytest.raises(UsageError, match=match):
        call(fit)


def test_frames_without_confidence_and_other_estimators_are_refused():
    frame = schools().drop(columns="roster_confidence")
    with pytest.raises(UsageError, match="'roster_confidence', which the frame has not"):
        misclassification(estimate_effects(frame, OUTCOME), settled=["documented"])
    mixed = estimate_effects(frame, OUTCOME, estimator="mixed")
    with pytest.raises(EstimationError, match="misclassification is worked out for least squares"):
        misclassification(mixed)
