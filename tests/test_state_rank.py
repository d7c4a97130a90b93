"""Ranks in the state against their definition, and their change by type against plain averages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from frames import SHARES, panel
from hypothesis import given, settings
from hypothesis import strategies as st

from autonomy_stats import load_panel
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.rank_change import rank_change
from autonomy_stats.models.state_rank import percentile_ranks, state_ranks

CELL = ["end_year", "subject", "level"]

# Sums of up to a few thousand floats: far above their rounding, far below a student.
ROUNDING = 1e-9


def by_definition(values, weights) -> list[float]:
    """Percent of weight in lower values, and half of that in the same."""
    pairs = list(zip(values, weights, strict=True))
    total = sum(weight for _, weight in pairs)
    return [
        100 * sum(weight * ((other < value) + (other == value) / 2) for other, weight in pairs)
        / total
        for value in values
    ]  # fmt: skip


values_and_weights = st.lists(
    st.tuples(st.integers(-20, 20), st.integers(1, 500)), min_size=1, max_size=30
)


@settings(deadline=None)
@given(values_and_weights)
def test_ranks_are_what_they_say(pairs):
    values, weights = np.array(pairs, dtype=float).T
    ranks = percentile_ranks(values, weights)
    np.testing.assert_allclose(ranks, by_definition(values, weights), atol=ROUNDING)
    assert np.average(ranks, weights=weights) == pytest.approx(50)
    np.testing.assert_array_equal(percentile_ranks(np.exp(values / 5), weights), ranks)
    np.testing.assert_allclose(percentile_ranks(-values, weights), 100 - ranks, atol=ROUNDING)


def test_rounding_does_not_break_ties():
    assert percentile_ranks([0.1 + 0.2, 0.3], [1, 1]).tolist() == [75.0, 25.0]
    assert percentile_ranks([0.1 + 0.2, 0.3], [1, 1], 1e-12).tolist() == [50.0, 50.0]


def state(**options) -> pd.DataFrame:
    """A state of 60 schools, three grades, two subjects, two years."""
    options = {"years": (2016, 2017), **options}
    frame = panel({"traditional": 40, "pilot": 8, "independent_charter": 12}, **options)
    return frame.assign(level="elementary")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return state()


def school_means(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    total = frame.assign(total=frame[column] * frame["n_tested"])
    sums = total.groupby([*CELL, "school_id"])[["total", "n_tested"]].sum()
    return sums.assign(mean=sums["total"] / sums["n_tested"]).reset_index()


def test_raw_rank_is_of_the_schools_mean(frame):
    ranks = state_ranks(frame).frame
    expected = school_means(frame, "proficient_pct")
    assert len(ranks) == len(expected) == 60 * 4
    np.testing.assert_allclose(ranks["proficient_pct"], expected["mean"])
    for cell, rows in expected.groupby(CELL):
        found = ranks.set_index(CELL).loc[cell]
        np.testing.assert_allclose(found["rank_raw"], by_definition(rows["mean"], rows["n_tested"]))


def test_adjusted_rank_is_of_the_residual_of_another_fit(frame):
    ranks = state_ranks(frame)
    assert ranks.controls == SHARES
    assert ranks.missing_controls == ("english_learner_pct", "disability_pct")
    for cell, rows in frame.groupby(CELL):
        formula = f"proficient_pct ~ C(grade) + {' + '.join(SHARES)}"
        residual = smf.wls(formula, rows, weights=rows["n_tested"]).fit().resid
        expected = school_means(rows.assign(residual=residual), "residual")
        found = ranks.frame.set_index(CELL).loc[cell]
        np.testing.assert_allclose(found["residual"], expected["mean"], atol=ROUNDING)
        np.testing.assert_allclose(
            found["rank_adjusted"], by_definition(expected["mean"], expected["n_tested"])
        )


def test_students_rank_50_on_average_in_every_cell(frame):
    ranks = state_ranks(frame).frame
    for _, cell in ranks.groupby(CELL):
        for rank in ("rank_raw", "rank_adjusted"):
            assert np.average(cell[rank], weights=cell["n_tested"]) == pytest.approx(50)


def test_adjusted_rank_ignores_what_composition_and_grade_explain(frame):
    shift = 0.3 * frame["low_income_pct"] - 0.2 * frame["black_pct"]
    harder = frame["grade"].map({"03": 0.0, "04": 5.0, "05": -9.0})
    moved = frame.assign(proficient_pct=frame["proficient_pct"] + shift + harder)
    before, after = state_ranks(frame).frame, state_ranks(moved).frame
    pd.testing.assert_series_equal(before["rank_adjusted"], after["rank_adjusted"])
    assert (before["rank_raw"] - after["rank_raw"]).abs().max() > 10


def test_without_controls_it_adjusts_for_grades_only(frame):
    ranks = state_ranks(frame, controls=[]).frame
    grades = frame.groupby([*CELL, "grade"])[["proficient_pct", "n_tested"]].apply(
        lambda rows: np.average(rows["proficient_pct"], weights=rows["n_tested"])
    )
    level = grades.rename("level_of_grade").reset_index()
    rows = frame.merge(level, on=[*CELL, "grade"])
    rows["above"] = rows["proficient_pct"] - rows["level_of_grade"]
    np.testing.assert_allclose(
        ranks["residual"], school_means(rows, "above")["mean"], atol=ROUNDING
    )


def test_schools_alike_are_tied(frame):
    """Twins in outcome, students and composition have one rank, raw and adjusted."""
    twin = frame[frame["school_id"] == "0001"].assign(school_id="9999")
    ranks = state_ranks(pd.concat([frame, twin])).frame.set_index("school_id")
    for rank in ("rank_raw", "rank_adjusted"):
        pd.testing.assert_series_equal(
            ranks.loc["0001", rank].reset_index(drop=True),
            ranks.loc["9999", rank].reset_index(drop=True),
        )


def test_what_is_left_out_is_counted(frame):
    rows = frame.reset_index(drop=True).copy()
    first = rows["school_id"] == "0001"
    rows.loc[first & (rows["end_year"] == 2016), "proficient_pct"] = np.nan
    one = (rows["school_id"] == "0002") & (rows["end_year"] == 2016)
    rows.loc[one & (rows["grade"] == "04") & (rows["subject"] == "ela"), "n_tested"] = 0
    rows.loc[(rows["school_id"] == "0003") & (rows["end_year"] == 2017), "asian_pct"] = np.nan
    ranks = state_ranks(rows)
    counts = ranks.exclusions.set_index(["reason", "end_year", "subject"])
    counts = counts[["n_rows", "n_schools"]].apply(tuple, axis=1).to_dict()
    assert counts == {
        ("no proficient_pct", 2016, "ela"): (3, 1),
        ("no proficient_pct", 2016, "math"): (3, 1),
        ("no n_tested", 2016, "ela"): (1, 0),
        ("missing control: no adjusted rank", 2017, "ela"): (3, 1),
        ("missing control: no adjusted rank", 2017, "math"): (3, 1),
    }
    found = ranks.frame.set_index(["school_id", "end_year", "subject"])
    assert found.loc[("0001", 2016, "ela"), ["n_rows", "n_rows_left_out"]].tolist() == [0, 3]
    assert found.loc[("0001", 2016, "ela"), ["rank_raw", "rank_adjusted"]].isna().all()
    assert found.loc[("0002", 2016, "ela"), ["n_rows", "n_rows_left_out"]].tolist() == [2, 1]
    third = found.loc[("0003", 2017, "ela")]
    assert np.isnan(third["rank_adjusted"])
    assert 0 < third["rank_raw"] < 100


REFUSALS = {
    "no level": (lambda f: f.assign(level=None), "have no 'level' to be ranked by"),
    "two tests": (
        lambda f: f.assign(series=np.where(f["grade"] == "03", "A", "B")),
        "hold more than one series",
    ),
    "two states": (
        lambda f: f.assign(state=np.where(f["school_id"] < "0030", "a", "b")),
        "hold more than one state",
    ),
    "two definitions": (
        lambda f: f.assign(low_income_definition=np.where(f["school_id"] < "0030", "a", "b")),
        "hold more than one low_income_definition",
    ),
    "grades twice": (
        lambda f: f.assign(grade=f["grade"].replace("05", "all")),
        "single grades and all grades together",
    ),
    "rows twice": (
        lambda f: pd.concat([f, f.head(1)]).assign(student_group="all"),
        "rows stand twice",
    ),
    "few schools": (lambda f: f[f["school_id"] < "0007"], "too few to adjust"),
    "control missing": (
        lambda f: f.assign(asian_pct=f["asian_pct"].where(f["school_id"] > "0004")),
        "'asian_pct' is missing for most of the 4 of 60 schools",
    ),
    "no outcome": (lambda f: f.assign(proficient_pct=np.nan), "nothing to rank"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refuses_rows_that_do_not_support_ranks(frame, case):
    change, words = REFUSALS[case]
    with pytest.raises(EstimationError, match=words):
        state_ranks(change(frame))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"outcome": "mean_score"}, "no column 'mean_score'"),
        ({"by": "end_year"}, "by is a sequence"),
        ({"controls": "low_income_pct"}, "controls is a sequence"),
        ({"outcome": "school_name"}, "must hold numbers"),
    ],
)
def test_refuses_arguments(frame, options, words):
    with pytest.raises(UsageError, match=words):
        state_ranks(frame, **options)


# Change by type


def small(first: dict[str, float], last: dict[str, float], **columns) -> pd.DataFrame:
    """One row a school and year, 50 tested."""
    rows = [
        {"school_id": school, "end_year": year, "proficient_pct": percent, "n_tested": 50}
        for year, percents in ((2016, first), (2017, last))
        for school, percent in percents.items()
    ]
    return pd.DataFrame(rows).assign(**columns)


FIRST = {"a": 10.0, "b": 20.0, "c": 30.0, "d": 40.0, "e": 50.0}
LAST = {"a": 45.0, "b": 20.0, "c": 30.0, "d": 40.0, "f": 50.0}
TYPES = {"a": "pilot", "b": "pilot", "c": "traditional", "d": "traditional", "f": "traditional"}


def changes(found: pd.DataFrame, quantity: str, year: int = 2017) -> pd.DataFrame:
    rows = found[(found["quantity"] == quantity) & (found["end_year"] == year)]
    return rows.set_index("school_type")


def test_levels_and_changes_are_plain_averages():
    """Five schools of 50 students: the ranks are 10, 30, 50, 70 and 90."""
    ranks = state_ranks(small(FIRST, LAST), by=["end_year"], controls=[])
    found = rank_change(ranks, TYPES, rank="rank_raw")
    level = changes(found, "level")
    assert level["mean"].to_dict() == pytest.approx({"pilot": 40, "traditional": 170 / 3})
    assert level["estimate"].to_dict() == pytest.approx({"pilot": -50 / 3, "traditional": 0})
    change = changes(found, "change")
    # a: 10 to 70, b: 30 to 10; c: 50 to 30, d: 70 to 50, f has no first year.
    assert change["mean"].to_dict() == pytest.approx({"pilot": 20, "traditional": -20})
    assert change.loc["pilot", "estimate"] == pytest.approx(40)
    assert change["n_schools"].to_dict() == {"pilot": 2, "traditional": 2}
    assert change.loc["traditional", "note"] == "reference; 1 of 3 without change"
    assert change.loc["pilot", "note"] == "too few to judge"
    assert change["from_end_year"].unique().tolist() == [2016]


def test_a_change_is_of_the_last_years_type():
    """School b was traditional in 2016, and e, closed since, has no type of 2017."""
    types = pd.DataFrame(
        {
            "school_id": ["a", "b", "c", "d", "e", "a", "b", "c", "d", "d"],
            "end_year": [2016] * 5 + [2017] * 5,
            "school_type": ["pilot", *["traditional"] * 4, *["pilot"] * 2, *["traditional"] * 3],
        }
    )
    ranks = state_ranks(small(FIRST, LAST), by=["end_year"], controls=[])
    found = rank_change(ranks, types, rank="rank_raw")
    assert changes(found, "level", 2016)["n_schools"].to_dict() == {"pilot": 1, "traditional": 4}
    change = changes(found, "change")
    assert change["n_schools"].to_dict() == {"pilot": 2, "traditional": 2}
    assert change.loc["pilot", "mean"] == pytest.approx(20)


def test_a_new_test_is_named_not_refused():
    frame = small(FIRST, LAST)
    frame["series"] = frame["end_year"].map({2016: "Old test", 2017: "New test"})
    ranks = state_ranks(frame, by=["end_year"], controls=[])
    found = rank_change(ranks, TYPES, rank="rank_raw")
    assert changes(found, "level", 2016)["series"].unique().tolist() == ["Old test"]
    assert changes(found, "change")["series"].unique().tolist() == ["New test; Old test"]


def test_levels_may_have_tests_of_their_own(frame):
    """Each level has its test: none is pooled with another, so that none is refused."""
    upper = frame.assign(level="middle", series="Test of middle schools")
    ranks = state_ranks(pd.concat([frame, upper.assign(grade="06" + upper["grade"])]))
    found = changes(rank_change(ranks, frame), "level")
    assert found["series"].unique().tolist() == ["Test 1; Test of middle schools"]


def test_finds_a_change_that_was_made(frame):
    """Pilots gain 20 points in the second year: they climb, the others sink a little."""
    gain = 20.0 * ((frame["school_type"] == "pilot") & (frame["end_year"] == 2017))
    ranks = state_ranks(frame.assign(proficient_pct=frame["proficient_pct"] + gain))
    found = rank_change(ranks, frame)
    change = changes(found, "change")
    assert change.loc["pilot", "estimate"] > 20
    assert change.loc["pilot", "conf_low"] > 0
    assert change.loc["traditional", "mean"] < 0
    charter = change.loc["independent_charter"]
    assert charter["conf_low"] < 0 < charter["conf_high"]
    assert (found["rank"] == "rank_adjusted").all()
    assert set(found["end_year"]) == {2016, 2017}


def test_interval_of_a_change_is_that_of_the_schools(frame):
    """A cell apiece and equal weights: the t interval of Welch, by its own formula."""
    rows = frame[(frame["grade"] == "03") & (frame["subject"] == "ela")]
    rows = rows[rows["school_type"] != "independent_charter"].assign(n_tested=30.0)
    ranks = state_ranks(rows, controls=[])
    change = changes(rank_change(ranks, rows, rank="rank_raw"), "change")
    wide = ranks.frame.pivot(index="school_id", columns="end_year", values="rank_raw")
    difference = wide[2017] - wide[2016]
    kinds = rows.drop_duplicates("school_id").set_index("school_id")["school_type"]
    groups = {kind: difference[kinds[kinds == kind].index] for kind in ("pilot", "traditional")}
    error = np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups.values()))
    assert change.loc["pilot", "estimate"] == pytest.approx(
        groups["pilot"].mean() - groups["traditional"].mean()
    )
    assert change.loc["pilot", "std_error"] == pytest.approx(error)


def test_other_schools_of_the_state_serve_the_ranks_only(frame):
    ranks = state_ranks(frame)
    city = frame[frame["school_id"].between("0030", "0050")]
    found = rank_change(ranks, city)
    assert found.groupby("end_year")["n_schools_before"].max().max() == 11
    whole = ranks.frame.set_index(["school_id", *CELL])["rank_adjusted"]
    pilots = city[city["school_type"] == "pilot"]["school_id"].unique()
    rows = ranks.frame[ranks.frame["school_id"].isin(pilots) & (ranks.frame["end_year"] == 2017)]
    expected = np.average(
        whole.loc[rows.set_index(["school_id", *CELL]).index], weights=rows["n_tested"]
    )
    assert changes(found, "level").loc["pilot", "mean"] == pytest.approx(expected)


def test_a_typed_school_without_results_is_counted():
    ranks = state_ranks(small(FIRST, LAST), by=["end_year"], controls=[])
    found = rank_change(ranks, {**TYPES, "closed": "pilot"}, rank="rank_raw")
    pilot = changes(found, "level").loc["pilot"]
    assert (pilot["n_schools"], pilot["n_schools_before"]) == (2, 3)
    assert pilot["note"] == "too few to judge; 1 of 3 without rank_raw"


@pytest.mark.parametrize(
    ("types", "options", "words"),
    [
        (TYPES, {"rank": "rank"}, "rank must be one of"),
        (TYPES, {"years": (2015, 2017)}, "no ranks of 2015; there are"),
        (pd.DataFrame({"school_id": ["a"]}), {}, "a frame with 'school_type'"),
        (
            pd.DataFrame({"school_id": ["a", "a"], "school_type": ["pilot", "exam"]}),
            {},
            r"school 'a' has the types \['pilot', 'exam'\] in 2016",
        ),
    ],
)
def test_rank_change_refuses_arguments(types, options, words):
    ranks = state_ranks(small(FIRST, LAST), by=["end_year"], controls=[])
    with pytest.raises(UsageError, match=words):
        rank_change(ranks, types, **options)


def test_rank_change_refuses_ids_of_elsewhere():
    ranks = state_ranks(small(FIRST, LAST), by=["end_year"], controls=[])
    with pytest.raises(EstimationError, match="none of the 1 schools with a type in 2016"):
        rank_change(ranks, {"0001": "pilot"})


def test_rank_change_needs_years():
    ranks = state_ranks(small(FIRST, {}).assign(subject="ela"), by=["subject"], controls=[])
    with pytest.raises(UsageError, match="a change needs 'end_year'"):
        rank_change(ranks, TYPES)


# The states' files

BOTH = {"subjects": ["ela_and_math"], "grades": "all"}
RACE_AND_INCOME = ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct")


@pytest.fixture(scope="module")
def indiana(raw_root):
    """Ranks by the percent passing both subjects, and the state's rows."""
    rows = load_panel("indiana", [2015, 2016, 2017], raw=raw_root, **BOTH).frame
    return state_ranks(rows, by=("end_year", "subject"), controls=RACE_AND_INCOME), rows


@pytest.mark.real_data
def test_indiana_ranks_by_definition(indiana):
    ranks, rows = indiana
    for year, cell in ranks.frame.groupby("end_year"):
        held = rows[(rows["end_year"] == year) & rows["proficient_pct"].notna()]
        held = held[held["n_tested"] > 0].set_index("school_id")
        percent, tested = held["proficient_pct"], held["n_tested"]
        assert cell["rank_raw"].notna().sum() == len(held)
        for _, school in cell.dropna(subset="rank_raw").iloc[::100].iterrows():
            own = percent[school["school_id"]]
            share = tested[percent < own].sum() + tested[percent == own].sum() / 2
            assert school["rank_raw"] == pytest.approx(100 * share / tested.sum())
        for rank in ("rank_raw", "rank_adjusted"):
            known = cell[cell[rank].notna()]
            assert np.average(known[rank], weights=known["n_tested"]) == pytest.approx(50)


@pytest.mark.real_data
def test_indianapolis_ranks(indiana, raw_root):
    """District schools low in the state; with composition held equal, far higher."""
    ranks, _ = indiana
    city = load_panel("indianapolis", [2015, 2016, 2017], raw=raw_root, **BOTH).frame
    raw = rank_change(ranks, city, rank="rank_raw")
    adjusted = rank_change(ranks, city)
    counts = changes(raw, "level")["n_schools"].to_dict()
    assert counts["innovation_network"] == 8
    for year in (2015, 2016, 2017):
        assert changes(raw, "level", year).loc["traditional", "mean"] < 20
        higher = changes(adjusted, "level", year)["mean"] - changes(raw, "level", year)["mean"]
        assert higher["traditional"] > 10
    change = changes(raw, "change")
    assert change.loc["innovation_network", "n_schools"] == 7
    assert change.loc["innovation_network", "mean"] > 0 > change.loc["traditional", "mean"]


@pytest.mark.real_data
def test_indianas_charters_of_2015_lack_two_controls(raw_root):
    rows = load_panel("indiana", [2015], raw=raw_root).frame
    with pytest.raises(EstimationError, match=r"missing for most of the 52 of 840 schools"):
        state_ranks(rows)


@pytest.mark.real_data
def test_colorado_ranks(raw_root):
    rows = load_panel("colorado", [2016, 2017], raw=raw_root).frame
    ranks = state_ranks(rows)
    assert ranks.missing_controls == ("english_learner_pct", "disability_pct")
    city = load_panel("denver", [2016, 2017], raw=raw_root).frame
    change = changes(rank_change(ranks, city), "change")
    assert change["n_schools"].drop(["alternative", "unknown"]).min() > 30
    lost = change["n_schools_before"] - change["n_schools"]
    told = change["note"].str.extract(r"(\d+) of \d+ without change")[0].dropna().astype(int)
    assert (lost[told.index] == told).all()
    assert "independent_charter" in told
