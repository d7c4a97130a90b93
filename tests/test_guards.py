"""What the guards refuse of rows across a break, what they say, and how it is overridden."""

from __future__ import annotations

import frames
import pytest

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError
from autonomy_stats.models.guards import DEFINITIONS, breaks_in
from autonomy_stats.models.means import mean_change, weighted_mean
from autonomy_stats.schema import CONTROLS, table

OUTCOME = "proficient_pct"
CELLS = ("subject", "grade", "end_year")
OLD, NEW = "meals", "state benefits"

# The cells are the same with a text that changes with the year: only rounding differs.
SAME = {"rel": 1e-9, "abs": 1e-9}


@pytest.fixture
def rows():
    """Three springs, in which nothing changes."""
    made = frames.panel({"traditional": 12, "innovation": 6}, years=(2014, 2015, 2016))
    return made.assign(low_income_definition=OLD, measure="sgp_median")


def from_2015(frame, column, text):
    """The frame with another text of a column from 2015 on."""
    return frame.assign(**{column: frame[column].where(frame["end_year"] < 2015, text)})


def effects(frame, **options):
    fit = estimate_effects(frame, OUTCOME, **options)
    return fit.effects.set_index("school_type").loc["innovation"]


BROKEN = [
    (
        {"series": "Test 2"},
        "series of 'ela', 'math': 'Test 1' (2014), 'Test 2' (2015, 2016)",
    ),
    (
        {"measure": "sgp_mean"},
        "growth measures: 'sgp_median' (2014), 'sgp_mean' (2015, 2016)",
    ),
    (
        {"low_income_definition": NEW},
        "definitions of low_income_pct: 'meals' (2014), 'state benefits' (2015, 2016)",
    ),
]


@pytest.mark.parametrize(("change", "found"), BROKEN)
def test_a_break_is_refused_with_its_years_and_the_way_out(rows, change, found):
    ((column, text),) = change.items()
    broken = from_2015(rows, column, text)
    with pytest.raises(EstimationError) as refused:
        estimate_effects(broken, OUTCOME)
    message = str(refused.value)
    assert f"not comparable: {found}. Estimate them apart," in message
    assert f"absorb={(*CELLS, column)!r}" in message
    assert "load_breaks()" in message
    assert "\n" not in message
    assert ("leave 'low_income_pct' out (controls=)" in message) == ("definition" in column)


@pytest.mark.parametrize(("change", "found"), BROKEN)
def test_what_the_message_proposes_is_accepted(rows, change, found):
    ((column, text),) = change.items()
    broken, usual = from_2015(rows, column, text), effects(rows)
    meant = effects(broken, absorb=(*CELLS, column))
    assert meant["estimate"] == pytest.approx(usual["estimate"], **SAME)
    assert meant["std_error"] == pytest.approx(usual["std_error"], **SAME)
    apart = [broken[broken["end_year"] < 2015], broken[broken["end_year"] >= 2015]]
    assert all(effects(part)["n_schools"] == 6 for part in apart)


def test_several_breaks_are_told_at_once(rows):
    broken = from_2015(from_2015(rows, "series", "Test 2, mean"), "measure", "sgp_mean")
    with pytest.raises(EstimationError, match=r"growth measures: .*; series of 'ela', 'math': .*"):
        estimate_effects(broken, OUTCOME)
    with pytest.raises(EstimationError, match=r"not comparable: growth measures: [^;]*$"):
        estimate_effects(broken, OUTCOME, absorb=(*CELLS, "series"))
    assert effects(broken, absorb=(*CELLS, "measure", "series"))["n_schools"] == 6


@pytest.mark.parametrize("controls", [[], ["black_pct", "asian_pct"]])
def test_a_definition_matters_only_to_the_share_that_is_held_equal(rows, controls):
    broken = from_2015(rows, "low_income_definition", NEW)
    expected = effects(rows, controls=controls)["estimate"]
    assert effects(broken, controls=controls)["estimate"] == pytest.approx(expected, **SAME)


def test_a_slope_for_each_definition_is_another_way_out(rows):
    """As docs/method.md says: two columns that are zero where the other definition holds."""
    broken = from_2015(rows, "low_income_definition", NEW)
    slopes = {
        f"low_income {text}": broken["low_income_pct"].where(
            broken["low_income_definition"] == text, 0.0
        )
        for text in (OLD, NEW)
    }
    fit = estimate_effects(broken.assign(**slopes), OUTCOME, controls=["black_pct", *slopes])
    assert set(slopes) <= set(fit.coefficients["term"])


def test_several_definitions_of_one_year_are_refused_too(rows):
    half = rows["school_id"] < "0009"
    mixed = rows.assign(low_income_definition=rows["low_income_definition"].where(half, NEW))
    with pytest.raises(EstimationError, match=r"'meals' \(2014, 2015, 2016\), 'state benefits'"):
        estimate_effects(mixed, OUTCOME)


def test_series_may_differ_between_subjects(rows):
    assert breaks_in(rows.assign(series=rows["subject"])) == {}


def test_rows_that_do_not_enter_break_nothing(rows):
    """A school type that is left out, and rows without the outcome."""
    broken = from_2015(rows, "series", "Test 2")
    before = broken["end_year"] < 2015
    left_out = broken.assign(school_type=broken["school_type"].where(~before, "exam"))
    assert effects(left_out)["n_schools"] == 6
    empty = broken.assign(**{OUTCOME: broken[OUTCOME].where(~before)})
    assert effects(empty)["n_schools"] == 6


@pytest.mark.parametrize("column", ["series", "measure", "low_income_definition"])
def test_a_missing_text_is_no_break(rows, column):
    some = rows.assign(**{column: rows[column].where(rows["end_year"] < 2015)})
    assert breaks_in(some, CONTROLS) == {}


def test_frames_without_years_or_subjects():
    frame = frames.panel({"traditional": 2}).assign(series=lambda f: f["grade"])
    found = breaks_in(frame.drop(columns=["end_year", "subject"]))
    assert found == {"series": "series of 'the rows': '03', '04', '05'"}


def test_definitions_are_columns_of_the_tables():
    assert set(DEFINITIONS) <= set(CONTROLS)
    assert set(DEFINITIONS.values()) <= set(table("demographics").column_names)


@pytest.mark.parametrize("column", ["series", "measure"])
def test_means_and_changes_are_refused_across_a_break(rows, column):
    broken = from_2015(rows, column, "another")
    with pytest.raises(EstimationError, match=rf"'another' \(2015\).*drop\(columns=\['{column}'\]"):
        mean_change(broken, OUTCOME, "n_tested", years=(2014, 2015))
    with pytest.raises(EstimationError, match="not comparable"):
        weighted_mean(broken, OUTCOME, "n_tested")
    dropped = mean_change(broken.drop(columns=[column]), OUTCOME, "n_tested", years=(2014, 2015))
    assert (
        dropped["estimate"]
        == mean_change(rows, OUTCOME, "n_tested", years=(2014, 2015))["estimate"]
    )
    later = mean_change(broken, OUTCOME, "n_tested", years=(2015, 2016))
    assert later["n_schools"] == 18
