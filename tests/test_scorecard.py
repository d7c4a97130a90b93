"""The scorecard's rules, case by case: each rule, and both sides of each of its boundaries."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import autonomy_stats as aus
from autonomy_stats.errors import UsageError
from autonomy_stats.scorecard import (
    CONTRAST_COLUMNS,
    SCORECARD_COLUMNS,
    score,
    stated_contrasts,
    tally,
)
from autonomy_stats.scorecard.contrast import PERCENT, SGP, Contrast, contrast_of, margin
from autonomy_stats.scorecard.stated import from_first
from autonomy_stats.scorecard.verdicts import RULES, deciding, judge
from autonomy_stats.scorecard.words import (
    AGREES,
    BELOW_DELTA,
    CANNOT_BE_TESTED,
    CONTRADICTS,
    NO_CLAIM,
    NO_DIFFERENCE,
    NOT_FAR_ABOVE,
    NOT_SLIGHT,
    OPPOSITE_SIGN,
    OTHER_ORDER,
    SAME_ORDER,
    SAME_SIGN,
    SEE_PARTS,
    TOO_IMPRECISE,
    VERDICTS,
)

DELTA, SLIGHT = 3.0, 7.5
MOMENT = 1e-9


def one(theta, low, high, low90, high90, *, joint=None, is_first=True, delta=DELTA):
    """Make a contrast of an estimate, its 95 % and its 90 % interval."""
    joint = (low, high) if joint is None else joint
    return Contrast(theta, low, high, low90, high90, *joint, delta, SLIGHT, is_first)


# What each rule says, at and beside its boundary: wording, [theta, L, U, l, u], verdict, tag
DIRECTIONAL = [
    ("plain", (4, 1, 7, 1.5, 6.5), AGREES, ""),
    ("generally", (4, 1, 7, 1.5, 6.5), AGREES, ""),
    ("plain", (4, 0, 8, 1, 7), SAME_SIGN, ""),  # L > 0 is strict
    ("plain", (4, MOMENT, 8, 1, 7), AGREES, ""),
    ("plain", (1.5, 0.1, 2.9, 0.2, 2.8), AGREES, BELOW_DELTA),
    ("plain", (1.5, 0.1, 3.2, 0.2, DELTA), AGREES, ""),  # u < delta is strict
    ("plain", (-4, -8, -MOMENT, -7, -1), CONTRADICTS, ""),
    ("plain", (-4, -8, 0, -7, -1), OPPOSITE_SIGN, ""),  # U < 0 is strict
    ("plain", (-1, -2, -0.1, -1.9, -0.2), CONTRADICTS, ""),  # before "no difference"
    ("plain", (0.5, -3.5, 4, -2.9, 2.9), NO_DIFFERENCE, ""),
    ("plain", (-0.5, -3.5, 4, -2.9, 2.9), NO_DIFFERENCE, ""),
    ("plain", (0.5, -3.5, 4, -DELTA, 2.9), SAME_SIGN, ""),  # -delta < l is strict
    ("plain", (0.5, -3.5, 4, -2.9, DELTA), SAME_SIGN, ""),
    ("plain", (MOMENT, -9, 9, -8, 8), SAME_SIGN, ""),
    ("plain", (0, -9, 9, -8, 8), OPPOSITE_SIGN, ""),  # theta > 0 is strict
    ("plain", (-1, -9, 9, -8, 8), OPPOSITE_SIGN, ""),
    ("slightly", (4, 1, 7, 1.5, 7.4), AGREES, ""),
    ("slightly", (1.5, 0.1, 2.9, 0.2, 2.8), AGREES, BELOW_DELTA),
    ("slightly", (4, 1, 9, 1.5, SLIGHT), SAME_SIGN, NOT_SLIGHT),  # u < .25 SD is strict
    ("slightly", (4, 0, 8, 1, 7), SAME_SIGN, ""),
    ("slightly", (-4, -8, -1, -7, -2), CONTRADICTS, ""),
    ("slightly", (0.5, -3.5, 4, -2.9, 2.9), NO_DIFFERENCE, ""),
]
NULL = [
    ("about_the_same", (0.5, -3.5, 4, -2.9, 2.9), AGREES, ""),
    ("about_the_same", (1.5, 0.1, 2.9, 0.2, 2.8), AGREES, ""),  # within delta comes first
    ("about_the_same", (0.5, -3.5, 4, -DELTA, 2.9), TOO_IMPRECISE, ""),
    ("about_the_same", (0.5, -3.5, 4, -2.9, DELTA), TOO_IMPRECISE, ""),
    ("about_the_same", (DELTA, MOMENT, 6, 0.5, 5.5), CONTRADICTS, ""),  # |theta| >= delta
    ("about_the_same", (-DELTA, -6, -MOMENT, -5.5, -0.5), CONTRADICTS, ""),
    ("about_the_same", (DELTA - 0.01, MOMENT, 6, 0.5, 5.5), TOO_IMPRECISE, ""),
    ("about_the_same", (DELTA, 0, 6, 0.5, 5.5), TOO_IMPRECISE, ""),  # 0 is in [0, 6]
    ("about_the_same", (-DELTA, -6, 0, -5.5, -0.5), TOO_IMPRECISE, ""),
    ("no_more_likely", (-5, -9, -1, -8, -2), AGREES, ""),  # far below is no more either
    ("no_more_likely", (1.5, 0.1, 2.9, 0.2, 2.9), AGREES, ""),
    ("no_more_likely", (1.5, 0.1, 3.5, 0.2, DELTA), CONTRADICTS, ""),  # u < delta is strict
    ("no_more_likely", (1.5, 0, 3.5, 0.2, DELTA), TOO_IMPRECISE, ""),  # L > 0 is strict
    ("no_more_likely", (1.5, -3, 6, -2, 5), TOO_IMPRECISE, ""),
    ("not_significant", (1.5, 0, 3, 0.2, 2.8), AGREES, ""),  # [0, 3] covers 0
    ("not_significant", (-1.5, -3, 0, -2.8, -0.2), AGREES, ""),
    ("not_significant", (9, -20, 38, -15, 33), AGREES, ""),
    ("not_significant", (1.5, MOMENT, 3, 0.2, 2.8), CONTRADICTS, ""),
    ("not_significant", (-1.5, -3, -MOMENT, -2.8, -0.2), CONTRADICTS, ""),
]
SURE, LEANS, OTHER = (8, 4, 12, 5, 11), (2, -1, 5, 0, 4), (-1, -4, 2, -3, 1)
RANKING = [
    ("ranking", [SURE, SURE], AGREES, ""),
    ("plain", [SURE], AGREES, ""),
    ("ranking", [SURE, (2, 0, 4, 0.5, 3)], SAME_ORDER, ""),  # L > 0 is strict
    ("ranking", [SURE, LEANS], SAME_ORDER, ""),
    ("ranking", [SURE, (0, -3, 3, -2, 2)], OTHER_ORDER, ""),  # theta > 0 is strict
    ("ranking", [SURE, OTHER], OTHER_ORDER, ""),
    ("ranking", [SURE, (-4, -8, -1, -7, -2)], CONTRADICTS, ""),
    ("much_higher", [SURE], AGREES, ""),
    ("much_higher", [(4, 1, 7, 2, 6)], AGREES, NOT_FAR_ABOVE),
    ("none_nearly_as_well", [SURE], AGREES, ""),
    ("none_nearly_as_well", [(8, DELTA, 13, 4, 12)], SAME_ORDER, ""),  # L > delta is strict
    ("none_nearly_as_well", [SURE, (-4, -8, -1, -7, -2)], CONTRADICTS, ""),
]


@pytest.mark.parametrize(("wording", "numbers", "verdict", "tag"), DIRECTIONAL)
def test_directional(wording, numbers, verdict, tag):
    assert judge("directional", wording, [one(*numbers)])[:2] == (verdict, tag)


@pytest.mark.parametrize(("wording", "numbers", "verdict", "tag"), NULL)
def test_null(wording, numbers, verdict, tag):
    assert judge("null", wording, [one(*numbers)])[:2] == (verdict, tag)


@pytest.mark.parametrize(("wording", "contrasts", "verdict", "tag"), RANKING)
def test_ranking(wording, contrasts, verdict, tag):
    made = [one(*numbers) for numbers in contrasts]
    assert judge("ranking", wording, made)[:2] == (verdict, tag)


def test_none_nearly_as_well_speaks_of_the_type_that_is_first():
    """The others have to stand in their order, and no more."""
    first, second = one(*SURE), one(2, 0.5, 3.5, 0.7, 3.3, is_first=False)
    assert judge("ranking", "none_nearly_as_well", [first, second]).verdict == AGREES
    both = [first, replace(second, is_first=True)]
    assert judge("ranking", "none_nearly_as_well", both).verdict == SAME_ORDER


@pytest.mark.parametrize(
    ("kind", "wording", "alone", "among"),
    [
        ("ranking", "ranking", CONTRADICTS, OTHER_ORDER),
        ("null", "not_significant", CONTRADICTS, AGREES),
        ("null", "about_the_same", CONTRADICTS, TOO_IMPRECISE),
        ("null", "no_more_likely", CONTRADICTS, TOO_IMPRECISE),
    ],
)
def test_several_contrasts_contradict_at_a_level_of_their_own(kind, wording, alone, among):
    """One of k intervals that excludes 0 at 5 % is no surprise; at 5 %/k it is."""
    sign = -1 if kind == "ranking" else 1
    row = {"type_a": "a", "type_b": "b", "unit": SGP, "reference_pct": float("nan")}
    row |= {"estimate": sign * 6.3, "std_error": 3.0, "df": 60.0}  # t 2.1, p .04
    made = {
        count: contrast_of(row, sign=1, count=count, is_first=True, delta_sd=0.1)
        for count in (1, 2)
    }
    harmless = replace(made[2], theta=0.0, low=-1.0, high=1.0, low90=-0.8, high90=0.8,
                       low_joint=-1.2, high_joint=1.2)  # fmt: skip
    assert judge(kind, wording, [made[1]]).verdict == alone
    assert judge(kind, wording, [made[2], harmless]).verdict == among


@pytest.mark.parametrize(
    ("kind", "wording", "count"),
    [("directional", "plain", 2), ("ranking", "plain", 0), ("null", "plain", 1), ("other", "", 1)],
)
def test_what_has_no_rule_is_refused(kind, wording, count):
    with pytest.raises(UsageError):
        judge(kind, wording, [one(*SURE)] * count)


@pytest.mark.parametrize(
    ("kind", "wording", "against"),
    [
        ("ranking", "ranking", 0),  # the lowest L
        ("null", "no_more_likely", 1),  # the highest u
        ("null", "about_the_same", 0),  # what reaches furthest from 0
    ],
)
def test_the_row_shows_what_speaks_most_against_the_claim(kind, wording, against):
    contrasts = [one(-1, -9, 7, -8, 6), one(5, 3, 7, 3.5, 6.5)]
    assert deciding(kind, wording, contrasts) is contrasts[against]


# Margins and intervals


@pytest.mark.parametrize(
    ("sd", "unit", "reference", "expected"),
    [
        (0.10, PERCENT, 31.0, 3.610772),
        (0.05, PERCENT, 31.0, 1.785268),
        (0.25, PERCENT, 31.0, 9.289904),
        (0.10, PERCENT, 5.0, 1.119084),
        (0.10, SGP, float("nan"), 3.0),
        (0.05, SGP, float("nan"), 1.5),
        (0.25, SGP, float("nan"), 7.5),
    ],
)
def test_margins(sd, unit, reference, expected):
    """R: 100 * pnorm(qnorm(p / 100) + sd) - p, to its six decimals."""
    assert margin(sd, unit, reference) == pytest.approx(expected, abs=1e-6)


def test_another_unit_has_no_margin():
    """Then no rule that needs one can hold, and those that do not are as they were."""
    delta = margin(0.10, "growth levels", float("nan"))
    numbers = {
        name: one(*values, delta=delta) for name, values in (("sure", SURE), ("none", OTHER))
    }
    assert judge("directional", "plain", [numbers["sure"]])[:2] == (AGREES, "")
    assert judge("null", "not_significant", [numbers["none"]]).verdict == AGREES
    assert judge("null", "about_the_same", [numbers["none"]]).verdict == TOO_IMPRECISE


def test_intervals_are_those_of_the_t_distribution():
    row = {"type_a": "a", "type_b": "b", "unit": SGP, "reference_pct": float("nan")}
    row |= {"estimate": -2.0, "std_error": 1.5, "df": 7.0}
    made = contrast_of(row, sign=-1, count=4, is_first=True)
    for level, low, high in (
        (0.95, made.low, made.high),
        (0.90, made.low90, made.high90),
        (1 - 0.05 / 4, made.low_joint, made.high_joint),
    ):
        assert (low, high) == pytest.approx(stats.t.interval(level, 7, loc=2.0, scale=1.5))


def test_margins_are_a_tenth_and_a_quarter_of_a_standard_deviation():
    found = made(5.0, 1.0, 20.0, 31.0)
    assert (found.delta, found.slight) == (margin(0.1, PERCENT, 31.0), margin(0.25, PERCENT, 31.0))
    assert Contrast(*[0.0] * 9).is_first


def test_who_stands_first_in_a_ranking():
    claim = {"sign": "charter;exam>pilot>traditional"}
    first = [from_first(claim, name) for name in ("charter", "exam", "pilot", "traditional")]
    assert first == [True, True, False, False]


# Properties

ESTIMATES = st.tuples(st.floats(-40, 40), st.floats(0.01, 20), st.floats(4, 200), st.floats(2, 98))
KINDS = [(kind, wording) for kind, wordings in RULES.items() for wording in wordings]


def made(estimate, std_error, df, reference, *, sign=1, delta_sd=0.10):
    row = {"type_a": "a", "type_b": "b", "unit": PERCENT, "reference_pct": reference}
    row |= {"estimate": estimate, "std_error": std_error, "df": df}
    return contrast_of(row, sign=sign, count=1, is_first=True, delta_sd=delta_sd)


@given(ESTIMATES, st.sampled_from(KINDS))
def test_every_estimate_gets_one_verdict(numbers, kind):
    assert judge(*kind, [made(*numbers)]).verdict in VERDICTS
    held = [rule for rule in RULES[kind[0]][kind[1]] if rule.holds([made(*numbers)])]
    assert judge(*kind, [made(*numbers)]).verdict == held[0].verdict


@given(ESTIMATES, st.sampled_from(KINDS))
def test_the_other_sign_of_both_claim_and_estimate_changes_nothing(numbers, kind):
    estimate, *rest = numbers
    turned = made(-estimate, *rest, sign=-1)
    assert judge(*kind, [made(*numbers)]) == judge(*kind, [turned])


@given(ESTIMATES)
def test_agreement_with_a_sign_contradicts_the_other(numbers):
    claimed, other = (judge("directional", "plain", [made(*numbers, sign=s)]) for s in (1, -1))
    assert (claimed.verdict == AGREES) == (other.verdict == CONTRADICTS)
    assert (claimed.verdict == NO_DIFFERENCE) == (other.verdict == NO_DIFFERENCE)


@given(ESTIMATES)
def test_a_wider_margin_never_undoes_that_two_types_are_about_the_same(numbers):
    near, far = (
        judge("null", "about_the_same", [made(*numbers, delta_sd=sd)]).verdict for sd in (0.1, 0.25)
    )
    assert far == AGREES or near != AGREES


# From claims to a table

CLAIM = {
    "claim_id": "T-1", "place": "testland", "school_type": "pilot", "comparison": "traditional",
    "kind": "directional", "part_of": None, "outcome": "proficient_pct",
    "from_end_year": 2015, "to_end_year": 2016, "sign": "+", "wording": "plain", "figure": 1,
    "claim": "Pilot schools are above.",
}  # fmt: skip
ROW = {
    "claim_id": "T-1", "type_a": "pilot", "type_b": "traditional", "outcome": "proficient_pct",
    "unit": PERCENT, "estimate": 8.0, "std_error": 2.0, "df": 20.0,
    "n_schools_a": 4, "n_schools_b": 10, "n_operators_a": 3, "n_operators_b": 10,
    "n_schools_reference": 10, "reference_pct": 31.0, "coverage_pct_a": 80.0,
    "coverage_pct_b": float("nan"), "assessment": "Test", "end_years": "2015;2016",
    "same_construct": True, "same_test": True, "missing_controls": "", "departure": "",
    "problem": "",
}  # fmt: skip


def scored(claim=None, rows=({},), specifications=None):
    """Score a claim on rows that differ from `ROW` as said."""
    claims = pd.DataFrame([CLAIM | (claim or {})])
    contrasts = pd.DataFrame([ROW | row for row in rows], columns=list(CONTRAST_COLUMNS))
    return score(claims, contrasts, specifications).iloc[0]


def test_the_columns():
    table = score(pd.DataFrame([CLAIM]), pd.DataFrame([ROW]))
    assert tuple(table) == SCORECARD_COLUMNS
    assert tuple(ROW) == CONTRAST_COLUMNS


def test_numbers_may_be_texts_and_a_contrast_stands_once():
    numbers = {name: value for name, value in ROW.items() if type(value) in (int, float)}
    texts = {name: str(value) for name, value in numbers.items() if value == value}
    assert scored(rows=[texts]).equals(scored())
    with pytest.raises(UsageError, match="contrasts has twice: T-1, pilot, traditional"):
        scored(rows=[{}, {"outcome": "mean_score"}])


def test_other_margins_have_verdicts_of_their_own():
    found = scored(claim={"wording": "about_the_same", "kind": "null"}, rows=[{"estimate": 3.5}])
    names = ("verdict_at_05", "verdict", "verdict_at_25")
    assert [found[name] for name in names] == [TOO_IMPRECISE, TOO_IMPRECISE, AGREES]
    wider = scored(claim={"wording": "about_the_same", "kind": "null"}, rows=[{"estimate": 8.0}])
    assert wider["verdict_at_25"] == TOO_IMPRECISE  # nor is it a margin far above


def test_the_least_that_can_be_tested():
    found = scored(rows=[{"df": 4.0, "std_error": 0.5}])
    assert (found["verdict"], found["grade"], bool(found["bears_on"])) == (AGREES, "A", False)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"same_construct": False, "outcome": "mean_score"}, "another construct: mean scale score"),
        ({"n_schools_a": 3}, "pilot schools: 3 (4 are needed)"),
        ({"n_schools_b": 3}, "district schools: 3"),
        ({"n_operators_a": 2}, "operators of pilot schools: 2"),
        ({"df": 3.99}, "degrees of freedom of pilot schools against district schools: 3.99"),
        ({"coverage_pct_a": 79.9}, "the roster names 79.9 % of the pilot schools counted (80 %"),
        ({"n_schools_reference": 9}, "reference schools: 9"),
        ({"std_error": float("nan"), "df": float("nan")}, "no interval"),
        ({"std_error": float("nan")}, "no interval"),
        ({"df": float("nan")}, "no interval"),
        ({"estimate": float("nan"), "std_error": float("nan"), "problem": "gone"}, "gone"),
    ],
)
def test_what_cannot_be_tested(changed, reason):
    found = scored(rows=[changed])
    assert found["verdict"] == CANNOT_BE_TESTED
    assert found["reason"].startswith(reason)
    assert found["grade"] == ""
    assert not found["bears_on"]


@pytest.mark.parametrize(
    "claim",
    [
        {"outcome": "not_stated"},
        {"outcome": "test_scores_change"},
        {"comparison": "before"},
        {"comparison": None},
        {"to_end_year": None},
    ],
)
def test_a_claim_without_a_stated_contrast(claim):
    found = scored(claim, rows=())
    assert found["verdict"] == CANNOT_BE_TESTED
    assert found["reason"].startswith("no stated contrast")


def test_a_claim_without_an_estimate():
    assert scored(rows=())["reason"].startswith("no results at hand")


def test_every_reason_is_given_once():
    rows = [{"n_schools_a": 3, "df": 2.0}, {"type_b": "exam", "n_schools_a": 3}]
    claim = {"kind": "null", "wording": "not_significant", "comparison": "traditional;exam"}
    reason = scored(claim, rows)["reason"]
    assert reason.count("pilot schools: 3 (4 are needed)") == 1
    assert "degrees of freedom of pilot schools against district schools: 2.00" in reason


@pytest.mark.parametrize(
    ("changed", "grade"),
    [
        ({}, "A"),
        ({"end_years": "2016"}, "B"),
        ({"end_years": "2016;2017"}, "B"),
        ({"missing_controls": "disability_pct"}, "B"),
        ({"end_years": "2016", "missing_controls": "disability_pct"}, "B"),
        ({"end_years": "2018"}, "C"),
        ({"same_test": False}, "C"),
        ({"departure": "of the same schools"}, "C"),
    ],
)
def test_grades(changed, grade):
    found = scored(rows=[changed])
    assert found["grade"] == grade
    assert found["bears_on"] == (grade == "C")
    group = "bears on (grade C)" if grade == "C" else "in the tally (grade A or B)"
    assert tally(pd.DataFrame([found]))["group"].tolist() == [group]


def test_what_is_not_equal_is_said():
    found = scored(rows=[{"missing_controls": "disability_pct", "departure": "other schools"}])
    assert found["note"] == "other schools; not held equal: share with disabilities"


def test_a_claim_of_less_is_turned_round():
    found = scored({"sign": "-"}, rows=[{"estimate": -8.0}])
    assert (found["verdict"], found["theta"]) == (AGREES, 8.0)
    assert found["conf_low"] == pytest.approx(8 - stats.t.ppf(0.975, 20) * 2)
    assert found["conf90_high"] == pytest.approx(8 + stats.t.ppf(0.95, 20) * 2)


def test_other_margins_are_shown():
    found = scored(rows=[{"estimate": 0.1, "std_error": 1.5}])
    assert found["verdict"] == NO_DIFFERENCE
    assert found["verdict_at_05"] == SAME_SIGN
    assert found["verdict_at_25"] == NO_DIFFERENCE


def test_no_difference_has_what_would_have_been_shown():
    found = scored({"kind": "null", "wording": "not_significant"}, rows=[{"estimate": 1.0}])
    assert found["verdict"] == AGREES
    assert found["detectable"] == pytest.approx(5.890933, abs=1e-5)  # R: pt(..., ncp)
    assert "a difference of 5.9 percentage points would have been shown" in found["reason"]


def test_the_worst_contrast_of_a_ranking_is_shown_and_graded():
    claim = {"kind": "ranking", "wording": "ranking", "sign": "pilot>exam;traditional"}
    rows = [{"type_b": "exam", "estimate": 5.0, "end_years": "2018"}, {}]
    found = scored(claim, rows)
    assert (found["verdict"], found["contrast"]) == (AGREES, "pilot schools against exam schools")
    assert (found["theta"], found["grade"], found["end_years"]) == (5.0, "C", "2018")


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({}, [("pilot", "traditional")]),
        ({"school_type": "a;b", "comparison": "c"}, [("a", "c"), ("b", "c")]),
        ({"kind": "ranking", "sign": "a>b>c;d"},
         [("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]),
        ({"kind": "ranking", "sign": "a;b>c"}, [("a", "c"), ("b", "c")]),
    ],
)  # fmt: skip
def test_stated_contrasts(claim, expected):
    assert list(stated_contrasts(CLAIM | claim)) == expected


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"type_b": "exam"}], "expected the contrasts"),
        ([{}, {"type_b": "exam"}], "expected the contrasts"),
        ([{}, {}], "twice"),
    ],
)
def test_other_contrasts_than_stated_are_refused(rows, words):
    with pytest.raises(UsageError, match=words):
        scored(rows=rows)


def test_missing_columns_are_named():
    with pytest.raises(UsageError, match="contrasts lacks the columns df, same_test"):
        score(pd.DataFrame([CLAIM]), pd.DataFrame([ROW]).drop(columns=["df", "same_test"]))


def test_simulated_estimates_are_refused():
    simulated = pd.DataFrame([ROW | {"simulated": True}])
    with pytest.raises(UsageError, match="never enter a scorecard"):
        score(pd.DataFrame([CLAIM]), simulated)
    with pytest.raises(UsageError, match="specifications: estimates of simulated"):
        score(pd.DataFrame([CLAIM]), pd.DataFrame([ROW]), simulated.assign(specification="one"))


def specifications(held, *, of, untested=0):
    """Return a frame of specifications, of which so many give the same verdict."""
    rows = [{"estimate": 8.0 if number < held else -1.0} for number in range(of)]
    rows += [{"estimate": -9.0, "df": 2.0}] * untested
    return pd.DataFrame(
        [ROW | row | {"specification": f"number {at}"} for at, row in enumerate(rows)]
    )


@pytest.mark.parametrize(
    ("held", "of", "untested", "share", "fragile"),
    [
        (10, 10, 0, 1.0, False),
        (8, 10, 0, 0.8, False),
        (7, 9, 0, 7 / 9, True),
        (4, 5, 3, 0.8, False),
    ],
)
def test_fragile(held, of, untested, share, fragile):
    found = scored(specifications=specifications(held, of=of, untested=untested))
    assert found["share_of_specifications"] == pytest.approx(share)
    assert (found["n_specifications"], found["fragile"]) == (of, fragile)
    assert tally(pd.DataFrame([found]))["n_fragile"].tolist() == [int(fragile)]


def test_without_specifications_nothing_is_said_of_fragility():
    assert pd.isna(scored()["fragile"])
    assert pd.isna(scored(specifications=specifications(0, of=0, untested=2))["fragile"])


def test_composites_are_their_parts_and_counted_once():
    whole = CLAIM | {"claim_id": "T-2", "kind": "composite"}
    no_data = CLAIM | {"claim_id": "T-3", "kind": "no_data"}
    claims = pd.DataFrame([CLAIM | {"part_of": "T-2;T-9"}, whole, no_data])
    table = score(claims, pd.DataFrame([ROW]))
    assert table["verdict"].tolist() == [AGREES, SEE_PARTS, NO_CLAIM]
    assert table["note"].tolist()[1] == "T-1 agrees"
    counted = tally(table).set_index("verdict")
    assert counted["n_claims"].to_dict() == {AGREES: 1, SEE_PARTS: 1, NO_CLAIM: 1}
    assert counted.loc[SEE_PARTS, "group"] == "not judged"


def test_every_claim_of_the_report_has_rules_or_is_not_judged():
    """No wording of the claims is without rules, and none is judged without an estimate."""
    claims = aus.load_claims()
    table = score(claims, pd.DataFrame(columns=list(CONTRAST_COLUMNS)))
    assert set(table["verdict"]) == {CANNOT_BE_TESTED, SEE_PARTS, NO_CLAIM}
    judged = claims[~claims["kind"].isin(["composite", "no_data"])]
    for claim in judged.to_dict("records"):
        assert claim["wording"] in RULES[claim["kind"]], claim["claim_id"]
        if claim["kind"] == "directional":
            assert len(stated_contrasts(claim)) <= 1
    assert tally(table)["n_claims"].sum() == len(claims)
