"""Cluster-robust covariance (CR0 to CR3) with Satterthwaite degrees of freedom.

Bell and McCaffrey (2002), generalised to weights by Pustejovsky and Tipton (2018); agrees with
the R package clubSandwich. With ``U = X R^-1`` for the factor ``W^1/2 X = Q R``, the residuals
have, up to a scalar, the working covariance

    (I - H) Phi (I - H)' = Phi - U F' - F U',   F = Phi W U - U (U' W Phi W U) / 2,

whatever the diagonal ``Phi``. The blocks that CR2 needs and the quadratic forms behind the df
follow from two (rows x columns) arrays, U ("basis") and F ("companion"); none is rows x rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from autonomy_stats.errors import UsageError
from autonomy_stats.models.inference.batches import cluster_products, equal_sizes
from autonomy_stats.models.inference.prepared import FloatArray, IntArray, Prepared, prepare
from autonomy_stats.models.inference.quadratic import satterthwaite

__all__ = [
    "ClusterRobust",
    "Kind",
    "Shares",
    "Working",
    "cluster_robust",
    "robust_of_prepared",
    "shares",
]

Kind = Literal["CR0", "CR1", "CR2", "CR3"]
Working = Literal["identity", "inverse_weights"]

# An eigenvalue of a cluster's block below this share of the terms subtracted to form the block
# counts as zero. Rounding turns a true zero into 1e-16 to 1e-14 of those terms; a true eigenvalue
# this small needs weights that differ a millionfold within a cluster. Relative, unlike the 1e-12
# of clubSandwich: blocks under "inverse_weights" shrink as the unit of the weights does.
EIGENVALUE_TOLERANCE = 1e-12


@dataclass(frozen=True)
class ClusterRobust:
    """Covariance (p, p) of the coefficients, and degrees of freedom (q,) of the contrasts.

    The degrees of freedom are NaN for a contrast whose variance cannot be estimated.
    """

    vcov: FloatArray
    df: FloatArray
    n_clusters: int


def cluster_robust(
    design: ArrayLike,
    residuals: ArrayLike,
    clusters: Iterable[Hashable],
    weights: ArrayLike | None = None,
    *,
    kind: Kind = "CR2",
    working: Working = "identity",
    contrasts: ArrayLike | None = None,
) -> ClusterRobust:
    """Estimate the cluster-robust covariance of weighted least squares coefficients.

    Parameters
    ----------
    design : array_like of shape (n, p)
        Design matrix, of full column rank.
    residuals : array_like of shape (n,)
        Residuals of the (weighted) least squares fit, not multiplied by the weights.
    clusters : iterable of n hashables
        Cluster of each row. The rows of a cluster need not be adjacent.
    weights : array_like of shape (n,), optional
        Positive weights of the fit, in any unit. All one if omitted.
    kind : {"CR2", "CR3", "CR1", "CR0"}
        CR0 is the plain sandwich, CR1 multiplies it by m / (m - 1) for m clusters, CR2 adjusts
        the residuals so that the estimate is unbiased under the working model, and CR3 takes each
        cluster's residuals from a fit without it (near the jackknife, cautious).
    working : {"identity", "inverse_weights"}
        Working model: rows of equal variance, or of variance inverse to their weight
        (``inverse_var=FALSE`` and ``TRUE`` in clubSandwich).
    contrasts : array_like of shape (q, p), optional
        Combinations of the coefficients to give degrees of freedom for; each one if omitted.

    Returns
    -------
    ClusterRobust
        The covariance matrix, the degrees of freedom and the number of clusters.

    Raises
    ------
    EstimationError
        Rank-deficient design, fewer than two clusters, or values that cannot be used.
    UsageError
        Shapes that disagree, or an unknown ``kind`` or ``working``.

    Notes
    -----
    A column that is nonzero in one cluster only, such as the indicator of a group of one cluster,
    fixes a combination of that cluster's residuals at zero; CR2 then uses a pseudo-inverse, as
    clubSandwich does. The variance of a contrast that involves the column is far too small, as
    nothing tells the effect of the group from the error of its one cluster. If no other cluster
    contributes, df is NaN (for CR2 under "inverse_weights" with unequal weights, 1). Variances of
    other contrasts stay unbiased, up to unequal weights within the cluster.

    Examples
    --------
    >>> residuals = [-3.0, -2.0, 0.0, -1.0, 4.0, 2.0]
    >>> result = cluster_robust([[1.0]] * 6, residuals, ["a", "a", "b", "b", "c", "c"])
    >>> round(float(result.vcov[0, 0]), 4), round(float(result.df[0]), 4), result.n_clusters
    (2.5833, 2.0, 3)
    """
    for value, allowed in (kind, get_args(Kind)), (working, get_args(Working)):
        if value not in allowed:
            raise UsageError(f"{value!r} is not one of {', '.join(allowed)}.")
    return robust_of_prepared(
        prepare(design, residuals, clusters, weights, contrasts), kind, working
    )


def robust_of_prepared(p: Prepared, kind: Kind, working: Working) -> ClusterRobust:
    """Return what `cluster_robust` does, of a regression that is prepared already."""
    share = shares(p, kind, working)
    scores = np.add.reduceat((p.weight * share.residual)[:, None] * p.basis, p.starts)
    root = np.linalg.solve(p.triangle, scores.T)
    true_variance = np.einsum("iq,ij,jq->q", p.coordinates, share.basis_variance, p.coordinates)
    count = share.loadings.shape[1]
    df = np.empty(count)
    # As many contrasts at once as rows outnumber clusters: no array is larger than the design.
    step = max(1, len(p.weight) // len(p.starts))
    for first in range(0, count, step):
        loadings = share.loadings[:, first : first + step]
        left = cluster_products(loadings, p.basis, p.starts)
        right = cluster_products(loadings, share.companion, p.starts)
        for j, loading in enumerate(loadings.T):
            own = np.add.reduceat(share.phi * loading**2, p.starts)
            df[first + j] = satterthwaite(own, left[j], right[j], true_variance[first + j])
    return ClusterRobust(vcov=root @ root.T, df=df, n_clusters=len(p.starts))


@dataclass(frozen=True)
class Shares:
    """Adjusted residuals (n,), and what each row's error adds to each contrast (n, q).

    With them the variances `phi` of the rows (n,), the companion F (n, p) and the variance of the
    coefficients in the basis (p, p), all under the working model.
    """

    residual: FloatArray
    loadings: FloatArray
    phi: FloatArray
    companion: FloatArray
    basis_variance: FloatArray


def shares(p: Prepared, kind: Kind, working: Working) -> Shares:
    """Adjust the residuals, and each row's share of each contrast, as an estimator does."""
    phi = np.ones_like(p.weight) if working == "identity" else 1.0 / p.weight
    basis_variance = (p.basis.T * (p.weight**2 * phi)) @ p.basis
    companion = (phi * p.weight)[:, None] * p.basis
    companion -= p.basis @ (0.5 * basis_variance)
    # Adjustments are not stored but applied, to the residuals and to the share of each contrast.
    both = np.empty((len(p.weight), 1 + p.coordinates.shape[1]))
    residual, loadings = both[:, :1], both[:, 1:]
    residual[:] = p.residual[:, None]
    np.matmul(p.weight[:, None] * p.basis, p.coordinates, out=loadings)
    if kind == "CR2":
        _adjust(both, p.basis, companion, phi, p.starts)
    elif kind == "CR3":
        residual, loadings = _left_out(p, residual, loadings)
    elif kind == "CR1":
        factor = np.sqrt(len(p.starts) / (len(p.starts) - 1))
        residual, loadings = factor * residual, factor * loadings
    return Shares(residual[:, 0], loadings, phi, companion, basis_variance)


def _adjust(
    columns: FloatArray, basis: FloatArray, companion: FloatArray, phi: FloatArray, starts: IntArray
) -> None:
    """Multiply the rows of each cluster by its CR2 adjustment matrix, in place."""
    even = bool((phi == 1).all())
    for _, rows in equal_sizes(starts, len(columns)):
        if even and rows.shape[1] > 3 * basis.shape[1]:
            columns[rows] = _adjusted_in_span(columns[rows], basis[rows], companion[rows])
            continue
        root = np.sqrt(phi[rows])[:, :, None]
        half = root * (basis[rows] @ companion[rows].mT) * root.mT
        cross = half + half.mT
        values, vectors = np.linalg.eigh(np.eye(rows.shape[1]) * root**4 - cross)
        scale = (phi[rows] ** 2).max(axis=1) + np.abs(cross).max(axis=(1, 2))
        kept = values > EIGENVALUE_TOLERANCE * scale[:, None]
        power = np.where(kept, np.where(kept, values, 1.0) ** -0.5, 0.0)
        rotated = power[:, :, None] * (vectors.mT @ (root * columns[rows]))
        columns[rows] = root * (vectors @ rotated)


def _adjusted_in_span(columns: FloatArray, basis: FloatArray, companion: FloatArray) -> FloatArray:
    """Do so for clusters of many rows, (clusters, size, columns): of rows of equal variance.

    The block differs from the identity within the span of U and F only, which is small.
    """
    span, factor = np.linalg.qr(np.concatenate([basis, companion], axis=2))
    half = factor[:, :, : basis.shape[2]] @ factor[:, :, basis.shape[2] :].mT
    cross = half + half.mT
    values, vectors = np.linalg.eigh(np.eye(cross.shape[1]) - cross)
    kept = values > EIGENVALUE_TOLERANCE * (1 + np.abs(cross).max(axis=(1, 2)))[:, None]
    power = np.where(kept, np.where(kept, values, 1.0) ** -0.5, 0.0)
    directions = span @ vectors
    moved: FloatArray = directions @ ((power - 1)[:, :, None] * (directions.mT @ columns))
    return columns + moved


def _left_out(
    p: Prepared, residual: FloatArray, loadings: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Multiply by the CR3 adjustment: residuals of a cluster from a fit without it.

    ``(I - U_g U_g' W_g)^-1 = I + U_g (I - H_g)^-1 U_g' W_g`` with ``H_g = U_g' W_g U_g``, p by p.
    """
    residual, loadings = residual.copy(), loadings.copy()
    for first, last in pairwise([*p.starts.tolist(), len(p.weight)]):
        rows = slice(first, last)
        basis, weighted = p.basis[rows], p.weight[rows, None] * p.basis[rows]
        values, vectors = np.linalg.eigh(weighted.T @ basis)
        rest = np.where(1 - values > EIGENVALUE_TOLERANCE, 1 - values, np.inf)
        inverse = (vectors / rest) @ vectors.T
        residual[rows] += basis @ (inverse @ (weighted.T @ residual[rows]))
        loadings[rows] += weighted @ (inverse @ (basis.T @ loadings[rows]))
    return residual, loadings
