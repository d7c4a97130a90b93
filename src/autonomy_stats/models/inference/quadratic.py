"""Quadratic forms of normal errors: moments of cluster-robust variances, by small products.

The covariance of the clusters' contributions to two contrasts s and t has the form

    P_st = diag(own_st) - x_s y_t' - y_s x_t',

clusters by clusters; own is a vector, x and y are (clusters, columns). Sums of products of such
matrices follow from products of (columns x columns), so that none is clusters x clusters.
"""

from __future__ import annotations

import numpy as np

from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["satterthwaite", "total_variance"]

# Below this share of its true variance (both under the working model), the expected variance
# estimate of a contrast is rounding error: the residuals it rests on are zero by construction.
INFORMATION_TOLERANCE = 1e-12


def satterthwaite(own: FloatArray, x: FloatArray, y: FloatArray, true_variance: float) -> float:
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


def total_variance(own: FloatArray, x: FloatArray, y: FloatArray) -> float:
    """Return the summed variances of the entries of a cluster-robust covariance of q contrasts.

    Parameters
    ----------
    own : array of shape (q, q, m)
        Diagonal parts of the ``P_st``.
    x, y : array of shape (q, m, p)
        The other parts of each contrast.

    Returns
    -------
    float
        ``sum_st <P_ss, P_tt> + tr(P_st P_st)``, for normal errors.
    """
    q = len(x)
    pairs = [(s, t) for s in range(q) for t in range(q)]
    return sum(
        _inner(own[s, s], (x[s], y[s], y[s], x[s]), own[t, t], (x[t], y[t], y[t], x[t]))
        + _inner(own[s, t], (x[s], y[s], y[t], x[t]), own[t, s], (x[t], y[t], y[s], x[s]))
        for s, t in pairs
    )


def _inner(
    own: FloatArray,
    parts: tuple[FloatArray, ...],
    other_own: FloatArray,
    other_parts: tuple[FloatArray, ...],
) -> float:
    """Return the sum of products of two matrices ``diag(own) - a c' - b d'``."""
    left, right = np.hstack(parts[:2]), np.hstack(parts[2:])
    other_left, other_right = np.hstack(other_parts[:2]), np.hstack(other_parts[2:])
    if len(own) <= 3 * left.shape[1]:  # the smaller job, and it keeps more digits
        one = np.diag(own) - left @ right.T
        other = np.diag(other_own) - other_left @ other_right.T
        return float(np.vdot(one, other))
    diagonal = np.einsum("ij,ij->i", left, right)
    other_diagonal = np.einsum("ij,ij->i", other_left, other_right)
    return float(
        own @ (other_own - other_diagonal)
        - other_own @ diagonal
        + np.vdot(left.T @ other_left, right.T @ other_right)
    )
