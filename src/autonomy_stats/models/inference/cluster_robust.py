"""Cluster-robust covariance (CR0, CR1, CR2) with Satterthwaite degrees of freedom.

Bell and McCaffrey (2002), generalised to weights by Pustejovsky and Tipton (2018); agrees with
the R package clubSandwich. With ``U = X R^-1`` for the factor ``W^1/2 X = Q R``, the residuals
have, up to a scalar, the working covariance

    (I - H) Phi (I - H)' = Phi - U F' - F U',   F = Phi W U - U (U' W Phi W U) / 2,

whatever the diagonal ``Phi``. The blocks that CR2 needs and the quadratic forms behind the df
follow from two (rows x columns) arrays, U ("basis") and F ("companion"); none is rows x rows.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import EstimationError, UsageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Kind = Literal["CR0", "CR1", "CR2"]
Working = Literal["identity", "inverse_weights"]

# A column depends on the earlier ones if no more than this share of its length is left once they
# are projected out. Rounding leaves 1e-15; a calendar year squared, next to the year, keeps 1e-7.
RANK_TOLERANCE = 1e-10

# An eigenvalue of a cluster's block below this share of the terms subtracted to form the block
# counts as zero. Rounding turns a true zero into 1e-16 to 1e-14 of those terms; a true eigenvalue
# this small needs weights that differ a millionfold within a cluster. Relative, unlike the 1e-12
# of clubSandwich: blocks under "inverse_weights" shrink as the unit of the weights does.
EIGENVALUE_TOLERANCE = 1e-12

# Below this share of its true variance (both under the working model), the expected variance
# estimate of a contrast is rounding error: the residuals it rests on are zero by construction.
INFORMATION_TOLERANCE = 1e-12

# Clusters of equal size are decomposed together, up to this many matrix entries (8 MB) at once.
BATCH_ENTRIES = 2**20


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
    kind : {"CR2", "CR1", "CR0"}
        CR0 is the plain sandwich, CR1 multiplies it by m / (m - 1) for m clusters, and CR2
        adjusts the residuals so that the estimate is unbiased under the working model.
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
    x, residual, weight, contrast = _checked(design, residuals, weights, contrasts)
    order, starts = _cluster_order(clusters, len(x))
    x, residual, weight = x[order], residual[order], weight[order]
    basis, triangle = _weighted_basis(x, weight)
    phi = np.ones_like(weight) if working == "identity" else 1.0 / weight
    basis_variance = (basis.T * (weight**2 * phi)) @ basis
    companion = (phi * weight)[:, None] * basis - 0.5 * basis @ basis_variance
    coordinates = np.linalg.solve(triangle.T, contrast.T)  # of the contrasts, in the basis

    # Adjustments are not stored but applied, to the residuals and to the share of each contrast.
    columns = np.column_stack([residual, (weight[:, None] * basis) @ coordinates])
    if kind == "CR2":
        columns = _adjusted(columns, basis, companion, phi, starts)
    elif kind == "CR1":
        columns *= np.sqrt(len(starts) / (len(starts) - 1))

    scores = np.add.reduceat((weight * columns[:, 0])[:, None] * basis, starts)
    root = np.linalg.solve(triangle, scores.T)
    true_variance = np.einsum("iq,ij,jq->q", coordinates, basis_variance, coordinates)
    df = np.empty(len(contrast))
    for j, loading in enumerate(columns[:, 1:].T):
        own = np.add.reduceat(phi * loading**2, starts)
        left = np.add.reduceat(loading[:, None] * basis, starts)
        right = np.add.reduceat(loading[:, None] * companion, starts)
        df[j] = _satterthwaite(own, left, right, true_variance[j])
    return ClusterRobust(vcov=root @ root.T, df=df, n_clusters=len(starts))


def _checked(
    design: ArrayLike, residuals: ArrayLike, weights: ArrayLike | None, contrasts: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return design, residuals, weights and contrasts as arrays of agreeing shapes."""
    x = np.asarray(design, dtype=np.float64)
    if x.ndim != 2:
        raise UsageError(f"design must have two dimensions, not {x.ndim}.")
    n, p = x.shape
    residual = np.asarray(residuals, dtype=np.float64)
    weight = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    contrast = np.eye(p) if contrasts is None else np.asarray(contrasts, dtype=np.float64)
    if residual.shape != (n,) or weight.shape != (n,):
        raise UsageError(f"residuals and weights must hold one value for each of {n} rows.")
    if contrast.ndim != 2 or contrast.shape[1] != p:
        raise UsageError(f"contrasts must have {p} columns, one for each coefficient.")
    if not all(np.isfinite(array).all() for array in (x, residual, weight, contrast)):
        raise EstimationError("The regression holds missing or infinite values.")
    if not (weight > 0).all():
        raise EstimationError("The weights of the regression must be positive.")
    return x, residual, weight, contrast


def _cluster_order(clusters: Iterable[Hashable], n: int) -> tuple[IntArray, IntArray]:
    """Return the order that makes clusters adjacent, and where each then starts."""
    codes, labels = pd.factorize(pd.Series(list(clusters), dtype=object))  # keeps tuples whole
    if len(codes) != n:
        raise UsageError(f"clusters must hold one code for each of {n} rows.")
    if (codes < 0).any():
        raise EstimationError("The cluster of some rows is missing.")
    if len(labels) < 2:
        raise EstimationError("Cluster-robust inference needs at least two clusters.")
    order = np.argsort(codes, kind="stable")
    return order, np.flatnonzero(np.diff(codes[order], prepend=-1))


def _weighted_basis(x: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return U and the triangle R with ``x = U R`` and ``U' W U = I``."""
    root = np.sqrt(weight)[:, None]
    length = np.linalg.norm(root * x, axis=0)
    # Columns of unit length make the test of rank independent of the units of the covariates.
    orthonormal, triangle = np.linalg.qr(root * x / np.where(length > 0, length, 1.0))
    left = np.zeros(x.shape[1])  # columns beyond the number of rows have nothing left
    left[: len(triangle)] = np.abs(np.diagonal(triangle))
    dependent = np.flatnonzero(left < RANK_TOLERANCE)
    if dependent.size:
        raise EstimationError(
            "The design matrix is rank deficient: a linear combination of earlier columns gives "
            f"column(s) {', '.join(map(str, dependent))} (counting from 0)."
        )
    return orthonormal / root, triangle * length


def _adjusted(
    columns: FloatArray, basis: FloatArray, companion: FloatArray, phi: FloatArray, starts: IntArray
) -> FloatArray:
    """Multiply the rows of each cluster by its CR2 adjustment matrix."""
    result = np.empty_like(columns)
    for rows in _equal_size_batches(starts, len(columns)):
        root = np.sqrt(phi[rows])[:, :, None]
        half = root * (basis[rows] @ companion[rows].mT) * root.mT
        cross = half + half.mT
        values, vectors = np.linalg.eigh(np.eye(rows.shape[1]) * root**4 - cross)
        scale = (phi[rows] ** 2).max(axis=1) + np.abs(cross).max(axis=(1, 2))
        kept = values > EIGENVALUE_TOLERANCE * scale[:, None]
        power = np.where(kept, np.where(kept, values, 1.0) ** -0.5, 0.0)
        rotated = power[:, :, None] * (vectors.mT @ (root * columns[rows]))
        result[rows] = root * (vectors @ rotated)
    return result


def _equal_size_batches(starts: IntArray, n: int) -> Iterator[IntArray]:
    """Yield row numbers, (clusters, size), of clusters of one size, in chunks of fair memory."""
    sizes = np.diff(starts, append=n)
    for size in np.unique(sizes):
        first = starts[sizes == size]
        step = max(1, BATCH_ENTRIES // int(size) ** 2)
        for begin in range(0, len(first), step):
            yield first[begin : begin + step, None] + np.arange(size)


def _satterthwaite(own: FloatArray, x: FloatArray, y: FloatArray, true_variance: float) -> float:
    """Degrees of freedom of a quadratic form with the matrix ``P = diag(own) - x y' - y x'``.

    Rows are clusters. The mean is the trace of P, the variance twice its squared Frobenius norm.
    """
    shared = 2.0 * np.einsum("ij,ij->i", x, y)
    diagonal = own - shared
    if diagonal.sum() <= INFORMATION_TOLERANCE * true_variance:
        return float("nan")
    if len(x) <= 3 * x.shape[1]:
        # P is the smaller job, and keeps the digits that the sums below lose where own and shared
        # nearly cancel, as for CR0 if each cluster has its own indicator.
        half = x @ y.T
        matrix = np.diag(own) - half - half.T
        norm = np.vdot(matrix, matrix)
    else:  # off its diagonal, P is the low-rank part, whose norm follows from small products
        mixed = x.T @ y
        low_rank_norm = 2.0 * (np.vdot(x.T @ x, y.T @ y) + np.vdot(mixed, mixed.T))
        norm = np.vdot(diagonal, diagonal) + (low_rank_norm - np.vdot(shared, shared))
    return float(diagonal.sum() ** 2 / norm)
