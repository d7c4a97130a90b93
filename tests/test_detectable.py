"""The smallest difference that a comparison could have shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from frames import panel
from scipy.stats import nct, t

import autonomy_stats as aus
from autonomy_stats.errors import UsageError
from autonomy_stats.models.detectable import (
    expected_std_errors,
    noncentrality,
    variance_components,
)
from autonomy_stats.models.inference import cluster_robust

BETWEEN, WITHIN = 30.0, 60.0


@pytest.fixture(scope="module")
def few():
    """Six pilot schools beside fifty-four traditional ones."""
    return panel({"traditional": 54, "pilot": 6}, seed=4, grades=("03", "04"))


def draws(fit, count, seed):
    """Outcomes with errors of known variance between and within schools, and no difference."""
    rng = np.random.default_rng(seed)
    codes, schools = pd.factorize(fit.fitted.clusters)
    between = rng.normal(0, BETWEEN**0.5, (count, len(schools)))
    return between[:, codes] + rng.normal(0, WITHIN**0.5, (count, len(codes)))


def regressed(fit, outcomes):
    """Coefficient of pilot schools and all residuals, for each row of outcomes."""
    root = np.sqrt(fit.fitted.weights)
    solved = np.linalg.lstsq(fit.fitted.matrix * root[:, None], (outcomes * root).T, rcond=None)[0]
    return solved[fit.fitted.terms.index("pilot")], outcomes - (fit.fitted.matrix @ solved).T


@pytest.mark.parametrize("df", [2.5, 5.5, 40.0])
@pytest.mark.parametrize(("power", "conf_level"), [(0.8, 0.95), (0.5, 0.9)])
def test_it_is_the_noncentral_t(df, power, conf_level):
    distance = noncentrality(df, power, conf_level)
    critical = t.ppf((1 + conf_level) / 2, df)
    reached = nct.sf(critical, df, distance) + nct.cdf(-critical, df, distance)
    assert reached == pytest.approx(power, abs=1e-9)


def test_few_degrees_of_freedom_need_more_than_the_normal():
    assert noncentrality(1e7) == pytest.approx(2.8016, abs=1e-3)
    assert noncentrality(3) > 4 > noncentrality(8) > 3
    assert np.isnan(noncentrality(np.nan))
    assert noncentrality(0.01) == np.inf


def test_columns_and_types_without_an_estimate(few):
    frame = pd.concat([few, panel({"exam": 2, "innovation": 1}, seed=9, first_id=900)])
    found = aus.minimum_detectable_effect(frame).set_index("school_type")
    assert list(found.index) == ["exam", "innovation", "pilot"]
    assert found.loc["exam", "note"] == "left out of the comparison"
    assert found.loc["innovation", "note"] == "one school: no interval"
    bare = ["detectable", "expected_std_error", "expected_detectable"]
    assert found.loc[["exam", "innovation"], bare].isna().all(axis=None)
    effects = aus.estimate_effects(frame, "proficient_pct").effects.set_index("school_type")
    pilot = found.loc["pilot"]
    for column in ("estimate", "std_error", "df", "n_schools"):
        assert pilot[column] == effects.loc["pilot", column]
    assert pilot["detectable"] == pytest.approx(noncentrality(pilot["df"]) * pilot["std_error"])
    ratio = pilot["expected_detectable"] / pilot["detectable"]
    assert ratio == pytest.approx(pilot["expected_std_error"] / pilot["std_error"])


def test_expected_error_is_that_of_the_spelled_out_covariance(few):
    fit = aus.estimate_effects(few, "proficient_pct")
    fitted = fit.fitted
    reference = fitted.matrix[:, fitted.terms.index("pilot")] == 0
    found = variance_components(fitted, reference)
    same = fitted.clusters[:, None] == fitted.clusters[None, :]
    covariance = found.between * same + found.within * np.eye(len(same))
    weighted = fitted.matrix * fitted.weights[:, None]
    adds = np.linalg.solve(weighted.T @ fitted.matrix, weighted.T)[fitted.terms.index("pilot")]
    expected = np.sqrt(adds @ covariance @ adds)
    assert expected_std_errors(fit)["pilot"] == pytest.approx(expected)


def test_variances_are_unbiased(few):
    """The mean of 500 draws is within four standard errors of the truth."""

    fit = aus.estimate_effects(few, "proficient_pct")
    reference = fit.fitted.matrix[:, fit.fitted.terms.index("pilot")] == 0
    _, residuals = regressed(fit, draws(fit, 500, seed=1))
    found = [variance_components(replace(fit.fitted, residuals=r), reference) for r in residuals]
    for values, truth in (
        ([c.between for c in found], BETWEEN),
        ([c.within for c in found], WITHIN),
    ):
        error = np.std(values) / len(values) ** 0.5
        assert abs(np.mean(values) - truth) < 4 * error
        assert error < 0.02 * truth


def test_one_row_a_school_has_no_variance_between(few):
    one = few[(few["subject"] == "ela") & (few["grade"] == "03")]
    fit = aus.estimate_effects(one, "proficient_pct")
    reference = fit.fitted.matrix[:, fit.fitted.terms.index("pilot")] == 0
    found = variance_components(fit.fitted, reference)
    assert found.between == 0 == found.correlation
    assert found.within > 0


def test_power_by_simulation(few):
    """A true difference of the expected size is shown in four of five draws."""
    fit = aus.estimate_effects(few, "proficient_pct")
    df = fit.effects.set_index("school_type").loc["pilot", "df"]
    fitted, pilot = fit.fitted, fit.fitted.terms.index("pilot")
    same = fitted.clusters[:, None] == fitted.clusters[None, :]
    weighted = fitted.matrix * fitted.weights[:, None]
    adds = np.linalg.solve(weighted.T @ fitted.matrix, weighted.T)[pilot]
    error = np.sqrt(adds @ (BETWEEN * same + WITHIN * np.eye(len(same))) @ adds)
    difference = noncentrality(df) * error
    estimates, residuals = regressed(fit, draws(fit, 600, seed=2))
    spread = [
        cluster_robust(fitted.matrix, r, fitted.clusters, fitted.weights).vcov[pilot, pilot] ** 0.5
        for r in residuals
    ]
    critical = t.ppf(0.975, df)
    shown = np.mean(np.abs(estimates + difference) > critical * np.array(spread))
    assert np.std(estimates) == pytest.approx(error, rel=0.1)
    # Sampling alone moves the share of 600 draws by 0.016; 2.8 errors would show in 0.7 only.
    assert shown == pytest.approx(0.8, abs=0.05)


def test_other_estimators_have_no_expected_error(few):
    found = aus.minimum_detectable_effect(few, estimator="fractional_logit")
    assert found["detectable"].notna().all()
    assert found["expected_std_error"].isna().all()


@pytest.mark.parametrize("power", [0.0, 0.05, 1.0, 1.2, float("nan")])
def test_a_power_that_can_not_be(few, power):
    with pytest.raises(UsageError, match="power must lie between"):
        aus.minimum_detectable_effect(few, power=power)


@pytest.mark.real_data
def test_boston_2018(raw_root):
    frame = aus.load_panel("boston", [2018], raw=raw_root).frame
    found = aus.minimum_detectable_effect(frame).set_index("school_type")["detectable"].round()
    types = ["horace_mann", "turnaround", "innovation", "independent_charter", "pilot"]
    assert found[types].tolist() == [26, 16, 12, 12, 6]


def test_schools_of_a_type_without_a_column_are_none_of_the_reference(few):
    """A type alone in its grade is implied by the grade: it tells nothing of the others."""
    alone = panel({"exam": 8}, seed=9, first_id=900, grades=("11",))
    alone["proficient_pct"] = np.random.default_rng(1).uniform(0, 100, len(alone))
    alone = alone.assign(subject="science", school_type="horace_mann")
    fit, both = (
        aus.estimate_effects(rows, "proficient_pct")
        for rows in (few, pd.concat([few, alone], ignore_index=True))
    )
    noted = both.effects.set_index("school_type")["note"]
    assert noted["horace_mann"].startswith("not identified")
    assert expected_std_errors(both)["pilot"] == pytest.approx(
        expected_std_errors(fit)["pilot"], rel=0.2
    )
