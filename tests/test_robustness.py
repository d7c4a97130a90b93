"""The one call: its parts are those of the functions, its table holds them, its words say them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel

from autonomy_stats import estimate_effects, robustness
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import MARK
from autonomy_stats.models.robustness import PARTS, Robustness
from autonomy_stats.models.robustness.balance import balance
from autonomy_stats.models.robustness.heterogeneity import heterogeneity
from autonomy_stats.models.robustness.overlap import overlap, overlap_schools
from autonomy_stats.models.robustness.sensitivity import sensitivity
from autonomy_stats.models.robustness.variations import estimate_variations

OUTCOME = "proficient_pct"
SCHOOLS = {"traditional": 30, "pilot": 12, "innovation": 5, "exam": 2, "turnaround": 1}
DRAWS = 19


@pytest.fixture(scope="module")
def frame():
    made = panel(SCHOOLS, gaps={"pilot": 6.0}, grades=("05", "06"))
    return made.assign(level=np.where(made["grade"] == "05", "elementary", "middle"))


@pytest.fixture(scope="module")
def result(frame):
    return robustness(frame, draws=DRAWS)


@pytest.mark.parametrize(
    ("part", "function"),
    [
        ("variations", lambda fit: estimate_variations(fit, draws=DRAWS)),
        ("sensitivity", sensitivity),
        ("balance", balance),
        ("overlap", overlap),
        ("overlap_schools", overlap_schools),
        ("heterogeneity", heterogeneity),
    ],
)
def test_a_part_is_what_its_function_returns(frame, result, part, function):
    wanted = function(estimate_effects(frame, OUTCOME))
    pd.testing.assert_frame_equal(getattr(result, part), wanted)


def test_all_parts_are_made_by_default(result):
    assert result.parts == PARTS
    assert not result.problems
    assert result.school_types == ["innovation", "pilot", "turnaround"]


def test_only_the_parts_that_are_asked_for_are_made(frame):
    told = []
    found = robustness(frame, parts=["overlap", "balance"], progress=told.append)
    assert found.parts == ("balance", "overlap")
    assert told == ["balance", "overlap"]
    assert found.curve is None
    assert found.influence is None
    assert robustness(frame, parts="balance").parts == ("balance",)


def test_the_long_table_holds_every_part_and_its_numbers(result):
    table = result.to_frame()
    assert list(dict.fromkeys(table["part"])) == list(PARTS)
    assert not table["note"].isna().any()
    raw = table[(table["part"] == "balance") & (table["quantity"] == "std_difference")]
    own = result.balance
    assert raw["value"].tolist() == own["std_difference"].tolist()
    assert raw["name"].tolist() == own["control"].tolist()
    ways = table[table["part"] == "variations"]
    assert ways["estimate"].equals(result.variations["estimate"].set_axis(ways.index))
    assert "standard errors, CR3" in set(ways["name"])
    beyond = table[(table["part"] == "overlap") & (table["quantity"] == "beyond_pct")]
    assert beyond["value"].tolist() == result.overlap["beyond_pct"].tolist()
    first = table[(table["part"] == "sensitivity") & (table["quantity"] == "robustness_value")]
    known = result.sensitivity["robustness_value"].dropna()
    assert first["value"].tolist() == known.tolist()


def test_the_summary_says_the_numbers_of_each_part(result):
    text = result.summary("pilot")
    own = result.fit.effects.set_index("school_type").loc["pilot"]
    assert f"Pilot schools: {own['estimate']:+.1f} [" in text
    row = result.overlap.set_index("school_type").loc["pilot"]
    assert f"{row['n_beyond']} of {row['n_schools']} schools have no comparable" in text
    count = (result.balance.query("school_type == 'pilot'")["std_difference"].abs() > 0.25).sum()
    assert f"of 4 shares {count} differ by more than 0.25" in text
    assert "by level (p " in text
    assert text.endswith("not what attending one does.")
    assert "Innovation" not in text
    assert "Innovation schools" in repr(result)


def test_the_summary_speaks_of_no_effect(result):
    assert "effect of" not in result.summary().lower()


@pytest.mark.parametrize("school_type", ["exam", "traditional", "moon"])
def test_the_summary_of_a_type_without_estimate_is_refused(result, school_type):
    with pytest.raises(UsageError, match="there are innovation, pilot, turnaround"):
        result.summary(school_type)


def test_what_can_not_be_made_is_told(frame):
    found = robustness(frame, controls=[], parts=["balance", "heterogeneity"])
    assert found.parts == ("heterogeneity",)
    assert found.problems["balance"].startswith("the fit holds no share equal")
    row = found.to_frame().query("part == 'balance'").iloc[0]
    assert row["note"] == found.problems["balance"]
    assert f"Not made, balance: {found.problems['balance']}" in found.summary()


@pytest.mark.parametrize("how", ["column", "name"])
def test_the_mark_is_kept(frame, how):
    marked = (
        frame.assign(simulated=frame.index == 3)
        if how == "column"
        else frame.assign(school_name=f"{MARK} " + frame["school_name"])
    )
    found = robustness(marked, parts=["balance", "overlap"])
    assert found.simulated
    assert found.to_frame()["simulated"].all()
    assert found.summary().startswith(MARK)
    real = robustness(frame, parts="balance")
    assert not real.simulated
    assert "simulated" not in real.to_frame()
    assert MARK not in real.summary()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"parts": ["balance", "luck"]}, "'luck' is no part; there are variations, curve"),
        ({"parts": []}, "names nothing to make"),
        ({"draws": 0}, "draws must be a whole number"),
        ({"vcov": "HC9"}, "vcov must be one of"),
    ],
)
def test_wrong_arguments_are_refused(frame, options, why):
    with pytest.raises(UsageError, match=why):
        robustness(frame, **options)


def test_a_frame_without_an_estimate_is_refused(frame):
    with pytest.raises(EstimationError, match="nothing to compare"):
        robustness(frame[frame["school_type"] == "traditional"], parts="balance")


def test_a_result_without_parts_has_an_empty_table_and_the_estimates(frame):
    bare = Robustness(fit=estimate_effects(frame, OUTCOME))
    assert bare.parts == ()
    assert bare.to_frame().empty
    assert "Pilot schools: " in bare.summary()
