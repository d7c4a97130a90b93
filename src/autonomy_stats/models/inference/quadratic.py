"""Quadratic forms of normal errors: moments of cluster-robust variances, by small products.

The covariance of the clusters' contributions to two contrasts s and t has the form

    P_st = diag(own_st) - x_s y_t' - y_s x_t',

clusters by clusters; own is a vector, x and y are (clusters, columns). Sums of products of such
matrices follow from products of (columns x columns), so that none is clusters x clusters.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["satterthwaite", "total_variance"]

# Below this share of its true variance (both under the working model), the expected variance
# estimate of a contrast is rounding error: the residuals it rests on are zero by construction.
INFORMATION_TOLERANCE = 1e-12

# Multiplications up to which a product is left to one thread by the usual numeric libraries.
ONE_THREAD = 2**18


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
        mixed = _products(x, y)
        low_rank_norm = 2.0 * (np.vdot(_products(x, x), _products(y, y)) + np.vdot(mixed, mixed.T))
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
    count, clusters, columns = x.shape
    inner = _inner_small if clusters <= 6 * columns else _inner_large
    total = 0.0
    for s in range(count):
        for t, value in enumerate(inner(own, x, y, s), start=s):
            total += value if s == t else 2.0 * value
    return total


def _inner_small(own: FloatArray, x: FloatArray, y: FloatArray, s: int) -> Iterator[float]:
    """Yield ``<P_ss, P_tt> + tr(P_st P_st)`` for each t from s on, from the matrices themselves.

    They are the smaller job where clusters are few, and keep more digits.
    """

    def matrix(one: int, other: int) -> FloatArray:
        found: FloatArray = np.diag(own[one, other]) - x[one] @ y[other].T
        found -= y[one] @ x[other].T
        return found

    first = matrix(s, s)
    for t in range(s, len(x)):
        mixed = matrix(s, t)
        yield float(np.vdot(first, matrix(t, t)) + np.vdot(mixed, mixed.T))


def _inner_large(own: FloatArray, x: FloatArray, y: FloatArray, s: int) -> Iterator[float]:
    """Yield the same from products that sum over the clusters."""

    def diagonal(one: int, other: int) -> FloatArray:
        found: FloatArray = np.einsum("mp,mp->m", x[one], y[other])
        found += np.einsum("mp,mp->m", y[one], x[other])
        return found

    first, columns = diagonal(s, s), x.shape[2]
    sides = np.hstack([x[s], y[s]])
    for t in range(s, len(x)):
        both = _products(sides, np.hstack([x[t], y[t]])).reshape(2, columns, 2, columns)
        (xx, xy), (yx, yy) = both.swapaxes(1, 2)
        low_rank = np.vdot(xx, yy) + np.vdot(xy, yx) + np.vdot(xx, yy.T)
        low_rank += (np.vdot(xy, xy.T) + np.vdot(yx, yx.T)) / 2.0
        mixed = diagonal(s, t)
        outer = own[s, s] @ (own[t, t] - diagonal(t, t)) - own[t, t] @ first
        outer += own[s, t] @ (own[s, t] - 2.0 * mixed)
        yield float(outer + 2.0 * low_rank)


def _products(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return ``left' right``, summed over blocks of rows that are each left to one thread.

    Threads gain nothing here, and where other programs are at work they wait for each other: a
    joint test that takes a tenth of a second then took many.
    """
    rows = max(1, ONE_THREAD // (left.shape[1] * right.shape[1]))
    whole = len(left) - len(left) % rows
    blocks = left[:whole].reshape(-1, rows, left.shape[1]).mT
    summed: FloatArray = (blocks @ right[:whole].reshape(-1, rows, right.shape[1])).sum(axis=0)
    return summed + left[whole:].T @ right[whole:]
