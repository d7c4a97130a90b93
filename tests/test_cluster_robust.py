"""Cluster-robust inference against clubSandwich, brute force and what theory promises."""

from __future__ import annotations

import runpy
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.inference import ClusterRobust, batches, cluster_robust

GOLDEN = Path(__file__).parent / "golden" / "clubsandwich"
DESIGNS = runpy.run_path(str(GOLDEN / "make_data.py"))["DESIGNS"]
EXPECTED = pd.read_csv(GOLDEN / "expected_tests.csv")
SUMS = pd.read_csv(GOLDEN / "expected_sums.csv", index_col="design")

# R and NumPy factor the design differently, so that results agree to some multiple of rounding
# (2e-16) that grows with the condition of the design; 4e-11 is the largest deviation seen. A
# wrong formula is off by far more than this.
TOLERANCE = 1e-8

KINDS = ("CR0", "CR1", "CR2")
WORKING = ("identity", "inverse_weights")
WHOLE_BLOCKS = [d for d in DESIGNS if d not in ("type_of_one_school", "school_fixed_effects")]
REGULAR = ["weighted", "grade_by_subject", "unbalanced_shuffled", "own_clusters"]


def weights_of(regression) -> np.ndarray:
    return np.ones(len(regression.outcome)) if regression.weights is None else regression.weights


def fitted(regression) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and residuals of weighted least squares."""
    root = np.sqrt(weights_of(regression))
    coefficients = np.linalg.lstsq(
        regression.design * root[:, None], regression.outcome * root, rcond=None
    )[0]
    return coefficients, regression.outcome - regression.design @ coefficients


def inference(regression, **options) -> ClusterRobust:
    return cluster_robust(
        regression.design,
        fitted(regression)[1],
        regression.clusters,
        regression.weights,
        **options,
    )


def dense(regression, working: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Inverse of X'WX, I - H, Phi and the true covariance, as whole matrices."""
    x, weight = regression.design, weights_of(regression)
    bread = np.linalg.inv((x.T * weight) @ x)
    maker = np.eye(len(x)) - x @ bread @ (x.T * weight)
    phi = np.ones(len(x)) if working == "identity" else 1 / weight
    truth = bread @ ((x.T * (weight**2 * phi)) @ x) @ bread
    return bread, maker, np.diag(phi), truth


def expected_covariance(regression, working: str) -> np.ndarray:
    """Mean of the CR2 estimate under the working model, exactly: it is quadratic in the errors."""
    _, maker, phi, _ = dense(regression, working)
    first = np.eye(regression.design.shape[1])[:1]
    return sum(
        cluster_robust(
            regression.design,
            errors,
            regression.clusters,
            regression.weights,
            working=working,
            contrasts=first,
        ).vcov
        for errors in (maker @ np.sqrt(phi)).T
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_data_are_those_that_r_saw(design: str) -> None:
    regression, number = DESIGNS[design], np.arange(1, len(DESIGNS[design].outcome) + 1)
    columns = np.arange(1, regression.design.shape[1] + 1)
    assert SUMS.loc[design, "rows"] == len(number)
    assert SUMS.loc[design, "clusters"] == len(np.unique(regression.clusters))
    sums = {
        "outcome": regression.outcome @ number,
        "cluster": regression.clusters @ number,
        "weight": weights_of(regression) @ number,
        "design_columns": number @ regression.design @ columns,
    }
    for name, value in sums.items():
        assert value == pytest.approx(SUMS.loc[design, name], rel=1e-11), name


@pytest.mark.parametrize(
    ("design", "kind", "working"),
    [
        *product(DESIGNS, KINDS, WORKING),
        *product(WHOLE_BLOCKS, ["CR3"], WORKING),
    ],
)
def test_agrees_with_clubsandwich(design: str, kind: str, working: str) -> None:
    regression = DESIGNS[design]
    result = inference(regression, kind=kind, working=working)
    coefficients, _ = fitted(regression)
    std_errors = np.sqrt(np.diag(result.vcov))
    expected = EXPECTED.query("design == @design and kind == @kind and working == @working")
    actual = {
        "estimate": coefficients,
        "std_error": std_errors,
        "df": result.df,
        "p_value": 2 * stats.t.sf(np.abs(coefficients / std_errors), result.df),
    }
    for name, values in actual.items():
        np.testing.assert_allclose(values, expected[name], rtol=TOLERANCE, atol=0, err_msg=name)


@pytest.mark.parametrize(("design", "working"), [*product(REGULAR, WORKING)])
def test_cr2_is_unbiased_under_the_working_model(design: str, working: str) -> None:
    truth = dense(DESIGNS[design], working)[3]
    mean = expected_covariance(DESIGNS[design], working)
    np.testing.assert_allclose(mean, truth, atol=1e-11 * np.abs(truth).max(), rtol=0)


@pytest.mark.parametrize(
    ("design", "working"),
    [*product(["weighted", "many_fixed_effects", "unbalanced_shuffled"], WORKING)],
)
def test_df_are_those_of_the_whole_quadratic_form(design: str, working: str) -> None:
    """Also covers contrasts, and both ways to the norm (few columns and many)."""
    regression = DESIGNS[design]
    bread, maker, phi, _ = dense(regression, working)
    contrasts = np.random.default_rng(5).random((4, len(bread))) - 0.5
    result = inference(regression, kind="CR0", working=working, contrasts=contrasts)
    loadings = weights_of(regression)[:, None] * regression.design @ bread @ contrasts.T
    member = np.equal.outer(regression.clusters, np.unique(regression.clusters))
    for loading, df in zip(loadings.T, result.df, strict=True):
        between = member.T @ (loading[:, None] * maker)
        form = between @ phi @ between.T
        assert df == pytest.approx(np.trace(form) ** 2 / (form**2).sum(), rel=1e-9)


def test_contrasts_of_the_coefficients_themselves_are_the_default() -> None:
    regression = DESIGNS["grade_by_subject"]
    identity = np.eye(regression.design.shape[1])
    whole, some = inference(regression), inference(regression, contrasts=identity[[3, 1]])
    np.testing.assert_allclose(some.df, whole.df[[3, 1]], rtol=1e-12)
    np.testing.assert_allclose(some.vcov, whole.vcov, rtol=1e-12)


@pytest.mark.parametrize("working", WORKING)
def test_order_of_rows_and_names_of_clusters_do_not_matter(working: str) -> None:
    regression = DESIGNS["unbalanced_shuffled"]
    before = inference(regression, working=working)
    order = np.random.default_rng(3).permutation(len(regression.outcome))
    after = cluster_robust(
        regression.design[order],
        fitted(regression)[1][order],
        [("school", f"{code:03d}") for code in regression.clusters[order]],
        regression.weights[order],
        working=working,
    )
    np.testing.assert_allclose(after.vcov, before.vcov, rtol=1e-9)
    np.testing.assert_allclose(after.df, before.df, rtol=1e-9)
    assert after.n_clusters == before.n_clusters == 30


@pytest.mark.parametrize(
    "held",
    [np.array, list, pd.Series, pd.Categorical, iter, lambda names: np.array(names, dtype=object)],
)
def test_names_of_clusters_may_be_held_in_any_way(held) -> None:
    regression = DESIGNS["unbalanced_shuffled"]
    names = [f"school {code}" for code in regression.clusters]
    found = cluster_robust(
        regression.design, fitted(regression)[1], held(names), regression.weights
    )
    np.testing.assert_array_equal(found.vcov, inference(regression).vcov)


@pytest.mark.parametrize("kind", [">i4", "<i8", "f8", "Int64"])
def test_numbers_of_clusters_may_be_of_any_kind(kind: str) -> None:
    regression = DESIGNS["unbalanced_shuffled"]
    codes = pd.factorize(regression.clusters)[0]
    held = pd.array(codes, dtype="Int64") if kind == "Int64" else codes.astype(kind)
    found = cluster_robust(regression.design, fitted(regression)[1], held, regression.weights)
    np.testing.assert_array_equal(found.vcov, inference(regression).vcov)


@pytest.mark.parametrize(
    ("design", "kind", "working", "unit"),
    [*product(["weighted", "type_of_one_school"], KINDS, WORKING, [1e-9, 1e9])],
)
def test_unit_of_the_weights_does_not_matter(
    design: str, kind: str, working: str, unit: float
) -> None:
    regression = DESIGNS[design]
    before = inference(regression, kind=kind, working=working)
    after = cluster_robust(
        regression.design,
        fitted(regression)[1],
        regression.clusters,
        regression.weights * unit,
        kind=kind,
        working=working,
    )
    np.testing.assert_allclose(after.vcov, before.vcov, rtol=1e-9)
    np.testing.assert_allclose(after.df, before.df, rtol=1e-9)


def test_unit_of_a_covariate_does_not_matter() -> None:
    regression = DESIGNS["weighted"]
    units = np.array([1.0, 1e6, 1e-8, 1.0])
    after = cluster_robust(
        regression.design * units, fitted(regression)[1], regression.clusters, regression.weights
    )
    before = inference(regression)
    np.testing.assert_allclose(after.vcov * np.outer(units, units), before.vcov, rtol=1e-9)
    np.testing.assert_allclose(after.df, before.df, rtol=1e-9)


def test_clusters_of_one_row_give_hc2() -> None:
    regression = DESIGNS["own_clusters"]
    x, (_, residuals) = regression.design, fitted(regression)
    weight = regression.weights
    bread = np.linalg.inv((x.T * weight) @ x)
    leverage = weight * np.einsum("ij,jk,ik->i", x, bread, x)
    meat = (x.T * (weight**2 * residuals**2 / (1 - leverage))) @ x
    result = inference(regression, working="inverse_weights")
    np.testing.assert_allclose(result.vcov, bread @ meat @ bread, rtol=1e-11)


def test_mean_of_equal_clusters_has_one_df_less_than_clusters() -> None:
    outcome = np.random.default_rng(1).random(40)
    result = cluster_robust(np.ones((40, 1)), outcome - outcome.mean(), np.arange(40) % 8)
    means = outcome.reshape(5, 8).mean(axis=0)
    np.testing.assert_allclose(result.df, 7, rtol=1e-12)
    np.testing.assert_allclose(result.vcov, means.var(ddof=1) / 8, rtol=1e-12)


@pytest.mark.parametrize("working", WORKING)
def test_cr1_is_a_multiple_of_cr0_with_its_df(working: str) -> None:
    regression = DESIGNS["weighted"]
    cr0, cr1 = (inference(regression, kind=kind, working=working) for kind in ("CR0", "CR1"))
    np.testing.assert_allclose(cr1.vcov, cr0.vcov * 30 / 29, rtol=1e-12)
    np.testing.assert_allclose(cr1.df, cr0.df, rtol=1e-12)


@pytest.mark.parametrize("working", WORKING)
def test_type_of_one_school_understates_only_its_own_variance(working: str) -> None:
    regression = DESIGNS["type_of_one_school"]
    ratio = np.diag(expected_covariance(regression, working))
    ratio = ratio / np.diag(dense(regression, working)[3])
    np.testing.assert_allclose(ratio[:4], 1, atol=1e-3)
    assert ratio[4] < 0.3


def test_other_variances_are_unbiased_if_the_one_school_has_equal_weights() -> None:
    regression = DESIGNS["type_of_one_school"]
    regression = type(regression)(regression.design, regression.outcome, regression.clusters)
    ratio = np.diag(expected_covariance(regression, "identity"))
    ratio = ratio / np.diag(dense(regression, "identity")[3])
    np.testing.assert_allclose(ratio[:4], 1, rtol=1e-11)


@pytest.mark.parametrize(("kind", "working"), [*product(KINDS, WORKING)])
def test_contrast_without_information_has_no_df(kind: str, working: str) -> None:
    """With a mean for each type, that of the type of one school is that school's alone."""
    clusters = np.repeat(np.arange(7), [3, 4, 5, 3, 4, 5, 6])
    lone = (clusters == 6).astype(float)
    rng = np.random.default_rng(2)
    design, outcome = np.column_stack([1 - lone, lone]), rng.random(30)
    weights = 1 + 20 * rng.random(30)
    root = np.sqrt(weights)
    coefficients = np.linalg.lstsq(design * root[:, None], outcome * root, rcond=None)[0]
    result = cluster_robust(
        design, outcome - design @ coefficients, clusters, weights, kind=kind, working=working
    )
    assert result.df[0] > 2
    if (kind, working) == ("CR2", "inverse_weights"):
        # The adjustment mixes rows of unequal weight, and lets one comparison within the school
        # pass for its error. clubSandwich says the same.
        assert result.df[1] == pytest.approx(1, rel=1e-12)
    else:
        assert np.isnan(result.df[1])
        assert result.vcov[1, 1] < 1e-20


@pytest.mark.parametrize("kind", KINDS)
def test_batches_do_not_change_results(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = inference(DESIGNS["grade_by_subject"], kind=kind)
    monkeypatch.setattr(batches, "BATCH_ENTRIES", 1)
    after = inference(DESIGNS["grade_by_subject"], kind=kind)
    np.testing.assert_allclose(after.vcov, before.vcov, rtol=1e-12)
    np.testing.assert_allclose(after.df, before.df, rtol=1e-12)


def test_rank_deficient_design_names_its_columns() -> None:
    x = np.column_stack([np.ones(12), np.arange(12.0), np.zeros(12), np.arange(12.0) % 5])
    x = np.column_stack([x, 1e6 * (x[:, 1] - 3 * x[:, 0])])
    with pytest.raises(EstimationError, match=r"rank deficient.* column\(s\) 2, 4 \(counting"):
        cluster_robust(x, np.zeros(12), np.arange(12) % 4)


def test_more_columns_than_rows_are_rank_deficient() -> None:
    with pytest.raises(EstimationError, match=r"rank deficient.* column\(s\) 2 "):
        cluster_robust([[1, 0, 2], [1, 1, 5]], [0, 0], ["a", "b"])


GOOD = {
    "design": [[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]],
    "residuals": [1.0, -2.0, 1.0],
    "clusters": ["a", "b", "c"],
}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"clusters": ["a", "a", "a"]}, EstimationError, "at least two clusters"),
        ({"clusters": ["a", None, "b"]}, EstimationError, "cluster of some rows is missing"),
        ({"clusters": ["a", "b"]}, UsageError, "one code for each of 3 rows"),
        ({"weights": [1.0, 0.0, 1.0]}, EstimationError, "must be positive"),
        ({"weights": [1.0, -1.0, 1.0]}, EstimationError, "must be positive"),
        ({"weights": [1.0, 1.0]}, UsageError, "one value for each of 3 rows"),
        ({"weights": [1.0, np.nan, 1.0]}, EstimationError, "missing or infinite"),
        ({"residuals": [1.0, np.inf, 1.0]}, EstimationError, "missing or infinite"),
        ({"residuals": [[1.0], [2.0], [1.0]]}, UsageError, "one value for each of 3 rows"),
        ({"design": [1.0, 1.0, 1.0]}, UsageError, "two dimensions"),
        ({"contrasts": [1.0, 0.0]}, UsageError, "2 columns"),
        ({"contrasts": [[1.0]]}, UsageError, "2 columns"),
        ({"kind": "CR4"}, UsageError, "'CR4' is not one of CR0, CR1, CR2, CR3"),
        ({"working": "weights"}, UsageError, "'weights' is not one of identity, inverse_weights"),
    ],
)
def test_bad_input_is_refused(change: dict, error: type[Exception], message: str) -> None:
    cluster_robust(**GOOD)
    with pytest.raises(error, match=message):
        cluster_robust(**{**GOOD, **change})


@pytest.mark.parametrize("own_indicator", [False, True])
def test_clusters_of_many_rows_by_definition(own_indicator: bool) -> None:
    """Clusters much larger than the design is wide take a shorter way to the same adjustment."""
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(10), rng.integers(30, 70, 10))
    n = len(clusters)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.normal(size=10)[clusters]])
    if own_indicator:
        x = np.column_stack([x, clusters == 3]).astype(float)
    weight = rng.uniform(1, 50, n)
    residuals = rng.normal(size=n)
    bread = np.linalg.inv((x.T * weight) @ x)
    maker = np.eye(n) - x @ bread @ (x.T * weight)
    meat = np.zeros((x.shape[1], x.shape[1]))
    for code in range(10):
        rows = clusters == code
        values, vectors = np.linalg.eigh((maker @ maker.T)[np.ix_(rows, rows)])
        root = np.where(values > 1e-10, np.maximum(values, 1e-10) ** -0.5, 0.0)
        score = (x[rows].T * weight[rows]) @ (vectors * root) @ vectors.T @ residuals[rows]
        meat += np.outer(score, score)
    found = cluster_robust(x, residuals, clusters, weight)
    np.testing.assert_allclose(found.vcov, bread @ meat @ bread, rtol=1e-9, atol=1e-16)


@pytest.mark.parametrize("kind", ["CR2", "CR3"])
def test_a_row_with_a_column_of_its_own_changes_no_other_variance(kind):
    """Without it nothing is lost: its residual is zero, and no fit leaves its cluster out."""
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(8), 4)
    design = np.column_stack([np.ones(32), rng.normal(size=32), rng.normal(size=32)])
    outcome = rng.normal(size=32)
    alone = np.r_[np.zeros(32), 1.0]
    larger = np.column_stack([np.vstack([design, rng.normal(size=3)]), alone])

    def variances(x, y, groups):
        residuals = y - x @ np.linalg.lstsq(x, y)[0]
        return cluster_robust(x, residuals, groups, kind=kind).vcov[:3, :3]

    np.testing.assert_allclose(
        variances(larger, np.r_[outcome, 5.0], np.r_[clusters, 99]),
        variances(design, outcome, clusters),
        rtol=1e-9,
    )
