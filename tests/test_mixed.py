"""The model with school intercepts against R, dense matrices and itself, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from golden_estimators import (
    DATA,
    DESIGNS,
    LONE,
    assert_fitted_gives_the_table,
    assert_same,
    chosen,
    design,
    expected,
    settings,
)

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models import mixed
from autonomy_stats.models.mixed import fit_mixed

OUTCOME = "proficient_pct"

# lmer searches the variances by values of the likelihood, which is flat at its top: half the
# digits. 4.3e-8 (variances) and 1.6e-8 (standard errors) are the largest deviations seen.
TOLERANCE = 1e-6

# The likelihood itself, being flat there, agrees to rounding.
LIKELIHOOD_TOLERANCE = 1e-11

# CR2 is unbiased under the model for any root of the covariance; clubSandwich takes Cholesky's,
# this package the symmetric one, which treats rows alike in any order. 7e-4 was seen.
OTHER_ROOT = 0.005


def fit(kind: str = "model", name: str = "weighted", **options):
    return fit_mixed(design(OUTCOME, name, **options), vcov=kind, working="identity")


@pytest.mark.parametrize(("name", "kind"), [setting[:2] for setting in settings("mixed")])
def test_agrees_with_r(name, kind):
    estimates = fit(kind, name)
    tables = chosen("mixed", name, kind, "identity")
    assert_same(estimates.table, tables["points"], TOLERANCE)
    assert estimates.n_clusters == DATA[DESIGNS[name][1]].nunique()
    if "lmerMod" in tables:
        close = OTHER_ROOT if kind == "CR2" else TOLERANCE
        assert_same(estimates.table, tables["lmerMod"], close)


@pytest.mark.parametrize("name", DESIGNS)
def test_variances_and_likelihood_are_those_of_lmer(name):
    wanted = expected("mixed").query("design == @name and table == 'parts'")
    wanted = wanted.set_index("term")["estimate"]
    estimates = fit(name=name)
    for part in ("variance_school", "variance_residual"):
        assert getattr(estimates, part) == pytest.approx(wanted[part], rel=TOLERANCE)
    assert estimates.log_likelihood == pytest.approx(
        wanted["log_likelihood"], rel=LIKELIHOOD_TOLERANCE
    )
    assert estimates.n_schools == DATA["school_id"].nunique()


def dense_deviance(whole, ratio: float) -> float:
    """Minus twice the restricted log-likelihood, from whole matrices."""
    x, y = whole.matrix, whole.outcome
    school = whole.frame["school_id"].to_numpy()
    covariance = np.diag(1 / whole.weights) + ratio * np.equal.outer(school, school)
    inverse = np.linalg.inv(covariance)
    bread = x.T @ inverse @ x
    left = y - x @ np.linalg.solve(bread, x.T @ inverse @ y)
    spare = len(y) - x.shape[1]
    variance = left @ inverse @ left / spare
    logs = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(bread)[1]
    return logs + spare * (1 + np.log(2 * np.pi * variance))


@pytest.mark.parametrize("ratio", [0.0, 0.001, 0.02, 3.0])
def test_likelihood_and_slope_are_those_of_whole_matrices(ratio):
    whole = design(OUTCOME)
    sums = mixed._sums(whole, mixed._schools(whole))
    assert sums.deviance(ratio) == pytest.approx(dense_deviance(whole, ratio), rel=1e-11)
    step = 1e-5 * (ratio + 0.01)
    slope = (dense_deviance(whole, ratio + step) - dense_deviance(whole, ratio - step)) / (2 * step)
    assert sums.slope(ratio) == pytest.approx(slope, rel=1e-4)


def test_the_ratio_is_the_best_of_all():
    whole = design(OUTCOME)
    estimates = fit()
    best = estimates.variance_school / estimates.variance_residual
    lowest = dense_deviance(whole, best)
    assert lowest == pytest.approx(-2 * estimates.log_likelihood, rel=1e-11)
    others = [dense_deviance(whole, ratio) for ratio in best * np.geomspace(0.01, 100, 9) * 1.01]
    assert min(others) > lowest


def test_equal_schools_have_no_variance_of_their_own():
    """The estimate is at its bound, and the fit weighted least squares with precisions."""
    noise = np.random.default_rng(3).normal(0, 5, len(DATA))
    frame = DATA.assign(proficient_pct=50 + noise / np.sqrt(DATA["n_tested"]))
    means = frame.groupby("school_id")[OUTCOME].transform("mean")
    frame[OUTCOME] = frame[OUTCOME] - 0.9 * (means - 50)
    estimates, whole = fit(frame=frame), design(OUTCOME, frame=frame)
    assert estimates.variance_school == 0
    plain = sm.WLS(whole.outcome, whole.matrix, weights=whole.weights).fit()
    at = [whole.terms.index(term) for term in estimates.table.index]
    np.testing.assert_allclose(estimates.table["estimate"], plain.params[at], rtol=1e-9)
    np.testing.assert_allclose(estimates.table["std_error"], plain.bse[at], rtol=1e-9)
    assert estimates.variance_residual == pytest.approx(plain.scale, rel=1e-10)


@pytest.mark.parametrize("kind", ["model", "CR2"])
def test_unit_of_the_weights_moves_the_residual_variance_only(kind):
    before = fit(kind)
    after = fit(kind, frame=DATA.assign(n_tested=DATA["n_tested"] * 1e6))
    assert_same(after.table, before.table, 1e-8)
    assert after.variance_school == pytest.approx(before.variance_school, rel=1e-8)
    assert after.variance_residual == pytest.approx(1e6 * before.variance_residual, rel=1e-8)


def test_order_of_rows_does_not_matter():
    after = fit("CR2", frame=DATA.sample(frac=1, random_state=1))
    assert_same(after.table, fit("CR2").table, 1e-9)


def test_working_model_is_the_fitted_one():
    whole = design(OUTCOME)
    one, other = (
        fit_mixed(whole, vcov="CR2", working=w).table for w in ("identity", "inverse_weights")
    )
    assert_same(one, other, 1e-15)


def test_contrasts_can_be_taken_where_they_have_df():
    assert_fitted_gives_the_table(fit("CR2"), "CR2", "identity")
    assert fit("model").fitted is None


def test_school_that_changes_its_type_tells_of_it_within():
    """As lme: a column that ever differs within a school has the degrees of freedom of rows."""
    late = (DATA["school_id"] == "030") & (DATA["end_year"] == 2016)
    moved = DATA["school_type"].mask(late, "traditional")
    before, after = fit().table["df"], fit(frame=DATA.assign(school_type=moved)).table["df"]
    assert before["charter"] == 43  # 48 schools; a constant, three types, black_pct
    assert before["low_income_pct"] == 272  # 328 rows less 48 schools; 7 cells, low_income_pct
    assert after["charter"] > 200
    assert after["turnaround"] == 44


def test_many_rows_need_no_square_of_them():
    """A matrix of rows by rows would take 7 GB."""
    rng = np.random.default_rng(1)
    school = np.repeat(np.arange(1000), 30)
    frame = pd.DataFrame(
        {
            "school_id": school.astype(str),
            "school_type": np.where(school % 4 == 0, "charter", "traditional"),
            OUTCOME: 50 + 6 * rng.normal(size=1000)[school] + rng.normal(0, 8, 30_000),
        }
    )
    estimates = fit("CR2", "unweighted", frame=frame, controls=(), absorb=())
    assert estimates.variance_school == pytest.approx(36, rel=0.15)
    assert estimates.variance_residual == pytest.approx(64, rel=0.05)


@pytest.mark.parametrize("kind", ["CR1", "CR2"])
def test_type_of_one_school_leaves_the_others_their_numbers(kind):
    """Its own standard error means nothing, and `effect_table` shows none."""
    table = fit(kind, frame=LONE).table
    assert (table["std_error"].drop("turnaround") > 0).all()
    assert (table["df"].drop("turnaround") > 2).all()
    assert np.isfinite(table.loc["turnaround", ["estimate", "std_error"]].to_numpy(float)).all()


# What is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frame": DATA.drop_duplicates("school_id")}, "one row of some; there are 48 'school_id'"),
        ({"frame": DATA.assign(proficient_pct=40.0)}, "the outcome is 40 in all 328 rows"),
        (
            {"frame": DATA.assign(proficient_pct=2.0 * DATA["black_pct"] + 5)},
            "the 13 columns explain the outcome of all 328 rows without error",
        ),
        ({"cluster": "grade"}, "48 schools have rows in several clusters, the first is 000"),
        (
            {
                "frame": DATA.assign(proficient_pct=DATA["school_id"].astype(int) ** 2 % 71),
                "absorb": (),
                "controls": (),
            },
            "the rows of each school leave no variation for a residual",
        ),
        (
            {"absorb": ("school_id",), "controls": ()},
            "the columns already give each school a level of its own",
        ),
    ],
)
def test_designs_without_an_estimate_are_refused(options, message):
    with pytest.raises(EstimationError, match=message):
        fit(**options)


def test_unknown_kind_is_refused():
    with pytest.raises(UsageError, match=r"vcov must be one of .*'model'\); got 'CR4'"):
        fit("CR4")
