"""Sensitivity to what was not measured: published numbers, PySensemakr, a confounder made up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.robustness import omitted_variable as closed
from autonomy_stats.models.robustness.sensitivity import sensitivity, sensitivity_contours

GOLDEN = Path(__file__).parent / "golden" / "sensemakr"
OUTCOME = "proficient_pct"
SCHOOLS = {"traditional": 30, "pilot": 12, "innovation": 5, "turnaround": 1}

ALGEBRA = 1e-10
"""Of numbers near 1 to 10, of which some fifty products are summed: rounding leaves 1e-13."""

PRINTED = 5e-9
"""Half of the last digit that the published example prints."""


# The published example: Darfur, women as the benchmark (vignette of the R package sensemakr)

DARFUR = {"estimate": 0.0973158192849576, "std_error": 0.0232565378098112, "df": 783}
T = DARFUR["estimate"] / DARFUR["std_error"]
FEMALE = (0.009081065190329479, 0.1090339154278398)


def test_darfur_robustness():
    assert closed.robustness_value(T, 783) == pytest.approx(0.1387764, abs=5e-8)
    assert closed.robustness_value(T, 783, conf_level=0.95) == pytest.approx(0.0762580, abs=5e-8)
    assert closed.partial_r2(T, 783) == pytest.approx(0.0218731, abs=5e-8)


@pytest.mark.parametrize(
    ("times", "estimate", "statistic"),
    [(1, 0.0752202712, 3.43890386), (2, 0.0529151724, 2.60024624), (3, 0.0303960235, 1.62806202)],
)
def test_darfur_next_to_one_like_female(times, estimate, statistic):
    strength = closed.benchmark_strength(*FEMALE, times=times)
    found = closed.adjusted_estimate(**DARFUR, r2_type=strength[0], r2_outcome=strength[1])
    error = closed.adjusted_std_error(DARFUR["std_error"], 783, *strength)
    assert found == pytest.approx(estimate, abs=PRINTED)
    assert found / error == pytest.approx(statistic, abs=PRINTED * 50)


def test_strength_of_the_robustness_value_brings_the_estimate_to_zero():
    value = closed.robustness_value(T, 783)
    assert closed.adjusted_estimate(**DARFUR, r2_type=value, r2_outcome=value) == pytest.approx(
        0, abs=1e-15
    )
    half = closed.robustness_value(T, 783, q=0.5)
    left = closed.adjusted_estimate(**DARFUR, r2_type=half, r2_outcome=half)
    assert left == pytest.approx(DARFUR["estimate"] / 2)
    extreme = closed.partial_r2(T, 783)
    found = closed.adjusted_estimate(**DARFUR, r2_type=extreme, r2_outcome=1)
    assert found == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: closed.bias_factor(1.0, 0.5), r"r2_type is a share in \[0, 1\)"),
        (lambda: closed.bias_factor(0.2, 1.5), r"r2_outcome is a share in \[0, 1\]"),
        (lambda: closed.benchmark_strength(-0.1, 0.1), "r2_type is a share"),
        (lambda: closed.benchmark_strength(0.1, 0.1, times=0), "times must be above 0"),
        (lambda: closed.partial_r2(2, 0), "df must be above 1"),
        (lambda: closed.robustness_value(2, 50, q=0), "q must be above 0"),
        (lambda: closed.robustness_value(2, 50, conf_level=95), "conf_level must lie between"),
    ],
)
def test_what_is_no_share_is_refused(call, match):
    with pytest.raises(UsageError, match=match):
        call()


# PySensemakr, on made-up schools


@pytest.fixture(scope="module")
def golden():
    data = pd.read_csv(GOLDEN / "data.csv", dtype={"school_id": "str"})
    fit = estimate_effects(data, OUTCOME, absorb=(), weights=None)
    return sensitivity(fit)


def test_statistics_agree_with_pysensemakr(golden):
    expected = pd.read_csv(GOLDEN / "expected_statistics.csv", index_col="name")["value"]
    own = golden.iloc[0]
    assert own["estimate"] == pytest.approx(expected["estimate"], rel=1e-9)
    assert own["partial_r2"] == pytest.approx(expected["r2yd_x"], rel=1e-9)
    assert own["robustness_value"] == pytest.approx(expected["rv_q"], rel=1e-9)


def test_benchmarks_agree_with_pysensemakr(golden):
    expected = pd.read_csv(GOLDEN / "expected_bounds.csv").set_index(["benchmark", "times"])
    own = golden.set_index(["benchmark", "times"]).loc[expected.index]
    for name, theirs in {
        "r2_type": "r2dz_x",
        "r2_outcome": "r2yz_dx",
        "estimate": "adjusted_estimate",
    }.items():
        assert own[name].to_numpy() == pytest.approx(expected[theirs].to_numpy(), rel=1e-8)


# A confounder that is really there


FITS = {
    "weighted": {},
    "unweighted": {"weights": None},
    "ols": {"estimator": "ols"},
    "clustered by network": {"cluster": "network"},
    "CR3, inverse weights": {"vcov": "CR3", "working": "inverse_weights"},
    "one control": {"controls": ["low_income_pct"], "absorb": ["grade"]},
}


def schools():
    frame = panel(SCHOOLS, gaps={"pilot": 6.0, "innovation": -4.0}, seed=3)
    number = frame["school_id"].astype(int)
    return frame.assign(network=(number // 2 + number % 3).astype(str))


@pytest.fixture(scope="module", params=FITS)
def fit(request):
    return estimate_effects(schools(), OUTCOME, **FITS[request.param])


def confounder(fit, school_type, of_type, of_outcome):
    """Return a column of given strengths that makes the estimate as large as it can."""
    weight = 1.0 if fit.fitted.weights is None else fit.fitted.weights
    root = np.sqrt(weight * np.ones(fit.n_rows))
    matrix = fit.fitted.matrix * root[:, None]
    at = fit.fitted.terms.index(school_type)

    def left(values, columns):
        values = values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
        return values / np.linalg.norm(values)

    kind = left(matrix[:, at], np.delete(matrix, at, axis=1))
    error = left(fit.fitted.residuals * root, matrix)
    random = np.random.default_rng(1).normal(size=fit.n_rows)
    other = left(random, np.column_stack([matrix, error]))
    rest = of_outcome**0.5 * error + (1 - of_outcome) ** 0.5 * other
    toward = np.sign(fit.fitted.coefficients[at])
    return (toward * of_type**0.5 * kind + (1 - of_type) ** 0.5 * rest) / root


@pytest.mark.parametrize("school_type", ["pilot", "innovation"])
@pytest.mark.parametrize("strength", [0.02, 0.4])
def test_the_fit_with_the_confounder_has_the_adjusted_estimate(fit, school_type, strength):
    grid = sensitivity_contours(fit, school_type, most=strength, points=2)
    for row in grid.iloc[1:].itertuples():
        hidden = confounder(fit, school_type, row.r2_type, row.r2_outcome)
        frame = fit.asked.frame.assign(hidden=hidden)
        options = {**fit.asked.options, "controls": [*fit.controls, "hidden"]}
        longer = estimate_effects(frame, OUTCOME, **options).effects.set_index("school_type")
        assert longer.loc[school_type, "estimate"] == pytest.approx(row.estimate, abs=ALGEBRA)


def test_as_it_stands_is_the_fit(fit):
    own = sensitivity(fit).query("times == 0").set_index("school_type")
    effects = fit.effects.set_index("school_type").loc[own.index]
    same = ["estimate", "std_error", "df", "statistic", "p_value", "conf_low", "conf_high"]
    for name in same:
        assert own[name].to_numpy() == pytest.approx(effects[name].to_numpy(), nan_ok=True)
    assert own["note"].tolist() == effects["note"].tolist()


def share_explained(outcome, columns, added, weight):
    """Return a partial R2 from two regressions."""
    root = np.sqrt(weight)

    def left(matrix):
        made = np.linalg.lstsq(matrix * root[:, None], outcome * root, rcond=None)[0]
        return float(weight @ (outcome - matrix @ made) ** 2)

    return 1 - left(np.column_stack([columns, added])) / left(columns)


def test_benchmarks_are_partial_r2_of_weighted_regressions():
    fit = estimate_effects(schools(), OUTCOME)
    table = sensitivity(fit, times=[1]).set_index(["school_type", "benchmark"])
    fitted, terms = fit.fitted, fit.fitted.terms
    outcome = fitted.residuals + fitted.matrix @ fitted.coefficients
    kind = fitted.matrix[:, terms.index("pilot")]
    race = ["black_pct", "hispanic_pct", "asian_pct"]
    for name, group in {"low_income_pct": ["low_income_pct"], "race": race}.items():
        at = [terms.index(control) for control in group]
        rest = np.delete(fitted.matrix, [*at, terms.index("pilot")], axis=1)
        added = fitted.matrix[:, at]
        of_type = share_explained(kind, rest, added, fitted.weights)
        with_type = np.column_stack([rest, kind])
        of_outcome = share_explained(outcome, with_type, added, fitted.weights)
        expected = closed.benchmark_strength(of_type, of_outcome)
        row = table.loc[("pilot", name)]
        assert (row["r2_type"], row["r2_outcome"]) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("options", [{}, {"weights": None, "absorb": ["subject"]}])
def test_between_share_is_what_levels_for_schools_explain(options):
    frame = schools()
    fit = estimate_effects(frame, OUTCOME, **options)
    own = sensitivity(fit).iloc[0]
    fitted = fit.fitted
    dummies = pd.get_dummies(frame["school_id"]).to_numpy(float)
    weight = np.ones(fit.n_rows) if fitted.weights is None else fitted.weights
    outcome = frame[OUTCOME].to_numpy()
    expected = share_explained(outcome, fitted.matrix, dummies, weight)
    assert own["between_share"] == pytest.approx(expected, rel=1e-9)
    # there the bias of a confounder that explains so much of what lies between is the estimate
    value = own["robustness_value_between"]
    c = closed.bias_factor(value, value * own["between_share"])
    grid = own["partial_r2"] / (1 - own["partial_r2"])
    assert c**2 == pytest.approx(grid)
    extreme = closed.bias_factor(own["extreme_value_between"], own["between_share"])
    assert extreme**2 == pytest.approx(grid)


def test_the_interval_covers_zero_from_its_robustness_value_on(fit):
    own = sensitivity(fit).query("times == 0 and school_type == 'pilot'").iloc[0]
    value = own["robustness_value_interval"]
    assert 0 < value < own["robustness_value"]
    found = sensitivity_contours(fit, "pilot", most=value, points=2).iloc[-1]
    assert found["conf_low"] == pytest.approx(0, abs=1e-9)
    less = sensitivity_contours(fit, "pilot", most=0.98 * value, points=2).iloc[-1]
    assert less["conf_low"] > 0


def test_an_interval_that_covers_zero_needs_no_confounder():
    frame = panel({"traditional": 30, "pilot": 12})
    own = sensitivity(estimate_effects(frame, OUTCOME)).iloc[0]
    assert own["conf_low"] < 0 < own["conf_high"]
    assert own["robustness_value_interval"] == 0


def test_standard_errors_are_near_the_jackknife_of_schools():
    frame = panel({"traditional": 60, "pilot": 40}, gaps={"pilot": 6.0}, grades=("03",))
    strength = 0.3
    fit = estimate_effects(frame, OUTCOME)
    found = sensitivity_contours(fit, "pilot", most=strength, points=2).iloc[-1]
    at, root = fit.fitted.terms.index("pilot"), np.sqrt(fit.fitted.weights)[:, None]
    others = np.delete(fit.fitted.matrix, at, axis=1) * root
    both = np.column_stack([frame[OUTCOME], fit.fitted.matrix[:, at]]) * root
    factor, without = float(closed.bias_factor(strength, strength)), []
    for school in frame["school_id"].unique():
        kept = (frame["school_id"] != school).to_numpy()
        fitted = others[kept] @ np.linalg.lstsq(others[kept], both[kept], rcond=None)[0]
        outcome, own = (both[kept] - fitted).T
        slope = outcome @ own / (own @ own)
        scale = np.linalg.norm(outcome - slope * own) / np.linalg.norm(own)
        without.append(slope - factor * scale)
    count = len(without)
    jackknife = np.std(without) * (count - 1) ** 0.5
    # the jackknife is near CR3, which is above CR2 by about p / schools: 5 % here
    assert found["std_error"] == pytest.approx(jackknife, rel=0.08)


def test_a_single_school_has_no_interval_but_a_robustness_value():
    own = sensitivity(estimate_effects(schools(), OUTCOME)).set_index("school_type")
    row = own.loc["turnaround"].iloc[0]
    assert np.isnan(row[["std_error", "conf_low", "robustness_value_interval"]].tolist()).all()
    assert 0 < row["robustness_value"] < 1
    assert row["note"] == "one school: no interval"


def test_what_can_not_be_says_so():
    frame = schools()
    frame["black_pct"] = np.where(frame["school_type"] == "pilot", 40.0, 20.0)
    frame["black_pct"] += np.random.default_rng(2).uniform(0, 15, len(frame))
    table = sensitivity(estimate_effects(frame, OUTCOME), times=[1, 3])
    own = table.query("school_type == 'pilot'").set_index(["benchmark", "times"])
    assert own.loc[("black_pct", 3), "note"] == "no confounder can be so strong"
    assert np.isnan(own.loc[("black_pct", 3), "estimate"])
    assert "would explain all" in " ".join(own["note"])


@pytest.mark.parametrize("estimator", ["fractional_logit", "mixed", "matched", "aipw"])
def test_other_estimators_are_refused(estimator):
    frame = panel({"traditional": 40, "pilot": 20}, grades=("03",))
    fit = estimate_effects(frame, OUTCOME, estimator=estimator)
    with pytest.raises(EstimationError, match="least squares"):
        sensitivity(fit)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda fit: sensitivity(fit.effects), "takes a Fit"),
        (lambda fit: sensitivity(fit, times=[0]), "times is a sequence"),
        (lambda fit: sensitivity_contours(fit, "izone"), "'izone' has no estimate here"),
        (lambda fit: sensitivity_contours(fit, "pilot", most=1), "most is a share"),
        (lambda fit: sensitivity_contours(fit, "pilot", points=1), "points must be"),
    ],
)
def test_wrong_arguments_are_refused(call, match):
    with pytest.raises(UsageError, match=match):
        call(estimate_effects(schools(), OUTCOME))
