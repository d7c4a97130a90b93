"""Joint tests against clubSandwich, and what they must not depend on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from test_cluster_robust import DESIGNS, GOLDEN, TOLERANCE, fitted

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.inference import cluster_robust, quadratic
from autonomy_stats.models.inference.prepared import triangle_of
from autonomy_stats.models.inference.quadratic import total_variance
from autonomy_stats.models.inference.wald import joint_test

EXPECTED = pd.read_csv(GOLDEN / "expected_joint.csv")

# Here R divides rounding errors by each other: each school has a level of its own, and so the
# constraints have no variance. Statistics of 1e16 are its sign; the package refuses.
NOISE = EXPECTED["statistic"] > 1e12


def constraints_of(label: str, p: int) -> np.ndarray:
    identity = np.eye(p)
    return {
        "two_zero": identity[-2:],
        "three_zero": identity[-3:],
        "three_equal": identity[[-3, -3]] - identity[[-2, -1]],
    }[label]


def made(row: dict[str, object]):
    regression = DESIGNS[row["design"]]
    coefficients, residuals = fitted(regression)
    return joint_test(
        regression.design,
        residuals,
        regression.clusters,
        coefficients,
        constraints_of(row["constraints"], regression.design.shape[1]),
        regression.weights,
        kind=row["kind"],
        working=row["working"],
    )


def test_agrees_with_clubsandwich():
    rows = EXPECTED[~NOISE].to_dict("records")
    assert len(rows) == 189
    for row in rows:
        found = made(row)
        assert (found.df_constraints, found.simulated) == (row["df_constraints"], False)
        for name in ("statistic", "df_residual", "p_value"):
            # A p-value of 1e-80 has lost more digits than its statistic.
            assert getattr(found, name) == pytest.approx(row[name], rel=TOLERANCE), row


def test_constraints_without_variance_are_refused():
    rows = EXPECTED[NOISE].to_dict("records")
    assert {row["design"] for row in rows} == {"school_fixed_effects"}
    for row in rows:
        with pytest.raises(EstimationError, match="imply each other, or whose variance no cluster"):
            made(row)


def test_one_constraint_is_the_t_test():
    regression = DESIGNS["small_school_types"]
    coefficients, residuals = fitted(regression)
    last = np.eye(len(coefficients))[-1:]
    arguments = (regression.design, residuals, regression.clusters)
    single = cluster_robust(*arguments, regression.weights, contrasts=last)
    joint = joint_test(*arguments, coefficients, last, regression.weights)
    assert joint.df_residual == pytest.approx(single.df[0], rel=1e-9)
    assert joint.statistic == pytest.approx(coefficients[-1] ** 2 / single.vcov[-1, -1], rel=1e-9)


def test_any_form_of_the_same_hypothesis_gives_the_same_test():
    row = {
        "design": "small_school_types",
        "kind": "CR2",
        "working": "identity",
        "constraints": "three_equal",
    }
    regression = DESIGNS["small_school_types"]
    coefficients, residuals = fitted(regression)
    identity = np.eye(len(coefficients))
    other = joint_test(
        regression.design,
        residuals,
        regression.clusters,
        coefficients,
        np.array([identity[-1] - identity[-2], 5 * (identity[-3] - identity[-1])]),
        regression.weights,
    )
    one = made(row)
    assert other.statistic == pytest.approx(one.statistic, rel=1e-9)
    assert other.df_residual == pytest.approx(one.df_residual, rel=1e-9)


@pytest.mark.parametrize("unit", [1e-8, 1e8])
def test_the_unit_of_the_regressors_changes_nothing(unit):
    regression = DESIGNS["small_school_types"]
    coefficients, residuals = fitted(regression)
    constraints = constraints_of("three_equal", len(coefficients))
    one, other = (
        joint_test(
            scale * regression.design,
            residuals,
            regression.clusters,
            coefficients / scale,
            constraints,
            regression.weights,
        )
        for scale in (1, unit)
    )
    assert other.statistic == pytest.approx(one.statistic, rel=1e-9)
    assert other.df_residual == pytest.approx(one.df_residual, rel=1e-9)


def test_constraints_that_repeat_are_refused():
    regression = DESIGNS["weighted"]
    coefficients, residuals = fitted(regression)
    twice = np.eye(len(coefficients))[[1, 1]]
    with pytest.raises(EstimationError, match="imply each other"):
        joint_test(regression.design, residuals, regression.clusters, coefficients, twice)


@pytest.mark.parametrize("clusters", [17, 18, 40, 900])
def test_variances_are_those_of_the_matrices(clusters):
    """Up to six clusters a column the matrices are made, beyond that sums over clusters."""
    rng = np.random.default_rng(clusters)
    x, y = rng.normal(size=(2, 4, clusters, 3))
    own = rng.normal(size=(4, 4, clusters))
    own = own + own.swapaxes(0, 1)
    parts = {
        (s, t): np.diag(own[s, t]) - x[s] @ y[t].T - y[s] @ x[t].T
        for s in range(4)
        for t in range(4)
    }
    expected = sum(
        np.sum(parts[s, s] * parts[t, t]) + np.trace(parts[s, t] @ parts[s, t]) for s, t in parts
    )
    assert total_variance(own, x, y) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("rows", [3, 256, 257, 5000])
def test_triangles_are_those_of_one_factorization(rows):
    x = np.random.default_rng(rows).normal(size=(rows, 7))
    np.testing.assert_allclose(
        np.abs(triangle_of(x)), np.abs(np.linalg.qr(x).R), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("rows", [1, 4, 6, 7, 20, 21])
def test_products_are_summed_over_blocks_and_what_is_left(rows, monkeypatch):
    """Blocks of so many rows: all, some and none are left over."""
    rng = np.random.default_rng(3)
    left, right = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    monkeypatch.setattr(quadratic, "ONE_THREAD", rows * 3 * 2)
    np.testing.assert_allclose(quadratic._products(left, right), left.T @ right, rtol=1e-12)
