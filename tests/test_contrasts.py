"""Contrasts of a fit: the same as a fit with another reference, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.errors import UsageError
from autonomy_stats.models.inference import joint_test

SCHOOLS = {"traditional": 20, "pilot": 9, "innovation": 5, "charter": 3, "alone": 1}
GAPS = {"pilot": 6.0, "innovation": -4.0, "charter": 0.5}


@pytest.fixture(scope="module")
def frame():
    return panel(SCHOOLS, gaps=GAPS)


@pytest.fixture(scope="module")
def fit(frame):
    return estimate_effects(frame, "proficient_pct")


def test_any_type_is_compared_as_if_it_were_the_reference(frame, fit):
    other = estimate_effects(frame, "proficient_pct", reference="innovation")
    expected = other.effects.set_index("school_type").loc["pilot"]
    found = fit.compare("pilot", "innovation").iloc[0]
    for name in ("estimate", "std_error", "df", "statistic", "p_value", "conf_low", "conf_high"):
        assert found[name] == pytest.approx(expected[name], rel=1e-8), name
    assert (found["n_schools"], found["n_schools_against"], found["note"]) == (9, 5, "")
    assert found["comparison"] == "pilot against innovation"


def test_reference_is_the_default_and_sides_change_the_sign(fit):
    effect = fit.effects.set_index("school_type").loc["pilot"]
    one, other = fit.compare("pilot").iloc[0], fit.compare("traditional", "pilot").iloc[0]
    assert one["estimate"] == pytest.approx(effect["estimate"], rel=1e-10)
    assert one["df"] == pytest.approx(effect["df"], rel=1e-8)
    assert other["estimate"] == pytest.approx(-one["estimate"], rel=1e-10)
    assert other["conf_low"] == pytest.approx(-one["conf_high"], rel=1e-10)


def test_average_of_types(fit):
    estimates = fit.effects.set_index("school_type")["estimate"]
    found = fit.compare(["pilot", "innovation"], ["charter", "traditional"]).iloc[0]
    expected = (estimates["pilot"] + estimates["innovation"]) / 2 - estimates["charter"] / 2
    assert found["estimate"] == pytest.approx(expected, rel=1e-10)
    weights = fit.covariance.columns.map({"pilot": 0.5, "innovation": 0.5, "charter": -0.5})
    weights = np.nan_to_num(np.array(weights, dtype=float))
    variance = weights @ fit.covariance.to_numpy() @ weights
    assert found["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert (found["n_schools"], found["n_schools_against"]) == (14, 23)
    assert found["note"] == "too few to judge"


def test_one_school_gives_no_interval(fit):
    found = fit.compare("alone").iloc[0]
    assert np.isfinite(found["estimate"])
    assert found[["std_error", "p_value", "conf_low", "conf_high"]].isna().all()
    assert found["note"] == "one school: no interval"


def test_about_the_same_is_two_one_sided_tests(fit):
    wide = fit.about_the_same(20.0).set_index("school_type")
    narrow = fit.about_the_same(0.01).set_index("school_type")
    assert "alone" not in wide.index
    assert wide["about_the_same"].all()
    assert not narrow["about_the_same"].any()
    effects = fit.effects.set_index("school_type").loc["innovation"]
    # At the margin where the 90 % interval ends, the test is just at its level.
    edge = max(abs(wide.loc["innovation", ["conf_low", "conf_high"]]))
    assert fit.about_the_same(edge).set_index("school_type").loc[
        "innovation", "p_value"
    ] == pytest.approx(0.05, abs=1e-9)
    assert wide.loc["innovation", "conf_high"] < effects["conf_high"]


def test_joint_test_of_all_types_and_of_some(fit):
    whole = fit.joint_test()
    assert whole.df_constraints == 3  # not the type of one school
    terms, fitted = fit.fitted.terms, fit.fitted
    constraints = np.eye(len(terms))[[terms.index("pilot"), terms.index("innovation")]]
    expected = joint_test(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        fitted.coefficients,
        constraints,
        fitted.weights,
    )
    assert fit.joint_test(["pilot", "innovation"]) == expected


def test_joint_test_of_types_against_each_other(fit):
    """Two types: the square of the t statistic of their difference, on the same freedom."""
    test = fit.joint_test(["pilot", "innovation"], each_other=True)
    difference = fit.compare("pilot", "innovation").iloc[0]
    assert test.df_constraints == 1
    assert test.statistic == pytest.approx(difference["statistic"] ** 2)
    assert test.p_value == pytest.approx(difference["p_value"])
    assert fit.joint_test(each_other=True).df_constraints == 2


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda fit: fit.compare("pilots"), "no estimate of type 'pilots'; there are .*pilot"),
        (lambda fit: fit.compare("pilot", ["pilot", "charter"]), "'pilot' stands on both sides"),
        (lambda fit: fit.compare(["pilot", "pilot"]), "each once"),
        (lambda fit: fit.compare([]), "expected types"),
        (lambda fit: fit.about_the_same(0), "margin must be above 0"),
        (lambda fit: fit.joint_test(["traditional"]), "nothing to test"),
        (lambda fit: fit.joint_test(["pilot"], each_other=True), "against each other"),
    ],
)
def test_refused(fit, call, match):
    with pytest.raises(UsageError, match=match):
        call(fit)
