"""The table of every way to make an estimate: each row is that of the fit it names."""

from __future__ import annotations

import pytest
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.errors import UsageError
from autonomy_stats.models.inference.wild_bootstrap import wild_bootstrap
from autonomy_stats.models.robustness.variations import estimate_variations

OUTCOME = "proficient_pct"
SCHOOLS = {"traditional": 30, "pilot": 12, "innovation": 5, "exam": 2, "turnaround": 1}
DRAWS = 199


@pytest.fixture(scope="module")
def frame():
    return panel(SCHOOLS, gaps={"pilot": 6.0})


@pytest.fixture(scope="module")
def table(frame):
    return variations(frame)


def variations(frame, draws=DRAWS, **options):
    return estimate_variations(estimate_effects(frame, OUTCOME, **options), draws=draws)


def row(table, variation, school_type="pilot", subset=""):
    own = table[(table["variation"] == variation) & (table["subset"] == subset)]
    (found,) = own[own["school_type"] == school_type].to_dict("records")
    return found


def test_what_stands_beside_a_fit_comes_first(frame, table):
    beside = estimate_effects(frame, OUTCOME).beside
    assert table.iloc[: len(beside)].reset_index(drop=True).equals(beside)


@pytest.mark.parametrize("name", ["fractional_logit", "mixed", "matched", "aipw"])
def test_other_estimators_are_those_of_a_fit(frame, table, name):
    own = estimate_effects(frame, OUTCOME, estimator=name).effects.set_index("school_type")
    assert row(table, name)["estimate"] == own.loc["pilot", "estimate"]
    assert row(table, name)["conf_low"] == own.loc["pilot", "conf_low"]


def test_squares_are_added_to_the_controls(frame, table):
    shares = ["black_pct", "hispanic_pct", "asian_pct", "low_income_pct"]
    squared = frame.assign(**{f"{s}_squared": frame[s] ** 2 for s in shares})
    controls = [*shares, *(f"{s}_squared" for s in shares)]
    own = estimate_effects(squared, OUTCOME, controls=controls).effects.set_index("school_type")
    assert row(table, "controls and squares")["estimate"] == own.loc["pilot", "estimate"]


def test_standard_errors_are_of_the_same_estimate(frame, table):
    fit = estimate_effects(frame, OUTCOME).effects.set_index("school_type")
    cr3 = row(table, "standard errors", subset="CR3")
    other = row(table, "standard errors", subset="working model inverse_weights")
    assert cr3["estimate"] == other["estimate"] == fit.loc["pilot", "estimate"]
    assert cr3["std_error"] > fit.loc["pilot", "std_error"]
    assert other["df"] != fit.loc["pilot", "df"]


def test_bootstrap_is_that_of_the_fit(frame, table):
    fitted = estimate_effects(frame, OUTCOME).fitted
    at = fitted.terms.index("pilot")
    test = wild_bootstrap(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        [float(n == at) for n in range(len(fitted.terms))],
        fitted.coefficients[at],
        fitted.weights,
        draws=DRAWS,
    )
    found = row(table, "wild bootstrap")
    assert (found["p_value"], found["conf_low"]) == (test.p_value, test.conf_low)


@pytest.mark.parametrize("variation", ["wild bootstrap", "permutation"])
def test_a_true_difference_is_found_and_none_is_not(table, variation):
    found = row(table, variation)
    assert found["p_value"] < 0.05
    assert found["conf_low"] < 6 < found["conf_high"]
    none = row(table, variation, "innovation")
    assert none["conf_low"] < 0 < none["conf_high"]


@pytest.mark.parametrize("variation", ["wild bootstrap", "permutation"])
def test_a_single_school_has_no_interval(table, variation):
    found = row(table, variation, "turnaround")
    assert found["note"] == "one school: no interval"
    assert found["p_value"] != found["p_value"]
    assert found["conf_low"] != found["conf_low"]


@pytest.mark.parametrize(("kind", "why"), [("pilot", "one cluster"), ("traditional", "reference")])
def test_a_type_of_one_cluster_has_no_interval(kind, why):
    few = panel({"traditional": 12, "pilot": 8}, grades=("03",))
    network = few["school_id"].where(few["school_type"] != kind, "N")
    table = variations(few.assign(network=network), cluster="network")
    for variation in ("wild bootstrap", "permutation"):
        found = row(table, variation)
        assert why in found["note"]
        assert found["p_value"] != found["p_value"]
        assert found["conf_low"] != found["conf_low"]


def test_schools_that_changed_type_are_not_dealt():
    few = panel({"traditional": 12, "pilot": 8}, grades=("03",), years=(2016, 2017))
    first = (few["school_id"] == "0013") & (few["end_year"] == 2016)
    few.loc[first, "school_type"] = "traditional"
    table = variations(few)
    assert row(table, "permutation")["note"].startswith("some school_id has rows of two types")
    assert row(table, "wild bootstrap")["p_value"] <= 1


def test_numbers_written_as_text_and_categories_are_read():
    few = panel({"traditional": 12, "pilot": 8}, grades=("03",))
    text = few.astype({OUTCOME: "str", "black_pct": "str", "operator": "category"})
    text["operator"] = text["operator"].cat.set_categories(["", "A"])
    text.loc[0, "operator"] = "A"
    few.loc[0, "operator"] = "A"
    found, expected = (variations(one, draws=19) for one in (text, few))
    assert found["estimate"].tolist() == pytest.approx(expected["estimate"].tolist(), nan_ok=True)


def test_types_left_out_have_no_row(table):
    assert "exam" not in set(table["school_type"])


def test_what_cannot_be_estimated_says_why():
    few = panel({"traditional": 9, "pilot": 6}, grades=("03",))
    table = variations(few, estimator="fractional_logit").set_index("variation")
    for variation in ("wild bootstrap", "permutation"):
        assert table.loc[variation, "note"] == "fractional_logit is no least squares fit"
    assert "14 are needed" in " ".join(table.loc[["aipw"], "note"])


def test_a_wrong_number_of_draws_is_refused(frame):
    with pytest.raises(UsageError, match="draws must be a whole number"):
        variations(frame, draws="many")
