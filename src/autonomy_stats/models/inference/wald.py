"""Joint tests of several contrasts, by Hotelling's T-squared with fitted degrees of freedom.

Approximate Hotelling test (HTZ) of Pustejovsky and Tipton (2018), section 3.2; agrees with
``Wald_test(test = "HTZ")`` of the R package clubSandwich.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.inference.batches import cluster_products
from autonomy_stats.models.inference.cluster_robust import Kind, Working, shares
from autonomy_stats.models.inference.prepared import FloatArray, IntArray, prepare
from autonomy_stats.models.inference.quadratic import total_variance

__all__ = ["JointTest", "joint_test"]


@dataclass(frozen=True)
class JointTest:
    """A joint test: F statistic, its two degrees of freedom, p-value.

    All but `df_constraints` are NaN if the constraints outnumber what the clusters can tell.
    `simulated` is true for a test of a fit to simulated files.
    """

    statistic: float
    df_constraints: int
    df_residual: float
    p_value: float
    simulated: bool = False


def joint_test(
    design: ArrayLike,
    residuals: ArrayLike,
    clusters: Iterable[Hashable],
    estimates: ArrayLike,
    constraints: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    kind: Kind = "CR2",
    working: Working = "identity",
) -> JointTest:
    """Test that several combinations of the coefficients are all zero.

    Parameters
    ----------
    design, residuals, clusters, weights, kind, working
        As in `cluster_robust`.
    estimates : array_like of shape (p,)
        Coefficients of the fit.
    constraints : array_like of shape (q, p)
        Combinations that are zero under the null hypothesis, none implied by the others.

    Returns
    -------
    JointTest

    Raises
    ------
    EstimationError
        If the constraints are not independent.

    Examples
    --------
    >>> import numpy as np
    >>> design = np.kron(np.ones((6, 1)), np.eye(2))
    >>> residuals = np.array([1, -2, 2, 1, -3, 2, 1, 1, -2, -1, 1, -1], dtype=float)
    >>> clusters = np.repeat(range(6), 2)
    >>> test = joint_test(design, residuals, clusters, [1.0, 2.0], np.eye(2))
    >>> test.df_constraints, round(test.df_residual, 3), round(test.p_value, 3)
    (2, 4.0, 0.066)
    """
    p = prepare(design, residuals, clusters, weights, constraints)
    count = p.coordinates.shape[1]
    share = shares(p, kind, working)
    scores = np.add.reduceat((p.weight * share.residual)[:, None] * p.basis, p.starts)
    contributions = scores @ p.coordinates
    covariance = contributions.T @ contributions
    x = cluster_products(share.loadings, p.basis, p.starts)
    y = cluster_products(share.loadings, share.companion, p.starts)
    own = _own(share.loadings, share.phi, p.starts)
    diagonal = np.einsum("smp,tmp->stm", x, y)
    expected = (own - diagonal - diagonal.swapaxes(0, 1)).sum(axis=2)
    root = _inverse_root(expected)
    # In units of the expected covariance, its estimate is about the identity.
    own = np.einsum("as,bt,stm->abm", root, root, own)
    x, y = (np.einsum("as,smp->amp", root, part) for part in (x, y))
    spread = total_variance(own, x, y)
    eta = count * (count + 1) / spread
    difference = np.asarray(constraints, dtype=float) @ np.asarray(estimates, dtype=float)
    standard = root @ difference
    quadratic = float(standard @ np.linalg.solve(root @ covariance @ root, standard))
    df = eta - count + 1
    if not df > 0:
        return JointTest(float("nan"), count, float("nan"), float("nan"))
    statistic = df / (eta * count) * quadratic
    return JointTest(statistic, count, df, float(stats.f.sf(statistic, count, df)))


def _own(loadings: FloatArray, phi: FloatArray, starts: IntArray) -> FloatArray:
    """Return the diagonal parts, (q, q, m)."""
    products = phi * loadings.T[:, None, :] * loadings.T[None, :, :]
    own: FloatArray = np.add.reduceat(products, starts, axis=2)
    return own


def _inverse_root(expected: FloatArray) -> FloatArray:
    """Return the inverse of the symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(expected)
    if not values[0] > 1e-12 * values[-1]:
        raise EstimationError(
            "the joint test has constraints that imply each other, or whose variance no cluster "
            "tells; leave one out"
        )
    root: FloatArray = (vectors / np.sqrt(values)) @ vectors.T
    return root
