"""What all inference by clusters starts from: checked arrays, clusters adjacent, a basis."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import EstimationError, UsageError

__all__ = ["FloatArray", "IntArray", "Prepared", "prepare", "triangle_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

# A column depends on the earlier ones if no more than this share of its length is left once they
# are projected out. Rounding leaves 1e-15; a calendar year squared, next to the year, keeps 1e-7.
RANK_TOLERANCE = 1e-10

# Rows that are factored together: few enough for a processor's cache, and for one thread. Threads
# gain nothing here, and where other programs are at work they wait for each other.
QR_ROWS = 256

# Numbers that a step of work on all rows copies at a time (8 MB).
BATCH_NUMBERS = 2**20


@dataclass(frozen=True)
class Prepared:
    """A weighted regression with the rows of each cluster adjacent.

    Parameters
    ----------
    basis : array of shape (n, p)
        U, with ``X = U R`` and ``U' W U = I``.
    triangle : array of shape (p, p)
        R.
    residual, weight : array of shape (n,)
        Residuals and weights of the rows.
    coordinates : array of shape (p, q)
        Each contrast of the coefficients, in the basis: ``R^-T c``.
    starts : array of shape (m,)
        Where each cluster begins.
    order : array of shape (n,)
        Number that each row had before.
    """

    basis: FloatArray
    triangle: FloatArray
    residual: FloatArray
    weight: FloatArray
    coordinates: FloatArray
    starts: IntArray
    order: IntArray


def prepare(
    design: ArrayLike,
    residuals: ArrayLike,
    clusters: Iterable[Hashable],
    weights: ArrayLike | None,
    contrasts: ArrayLike | None,
) -> Prepared:
    """Check a regression and order it by clusters; see `cluster_robust` for the arguments.

    Raises
    ------
    EstimationError
        Rank-deficient design, fewer than two clusters, or values that cannot be used.
    UsageError
        Shapes that disagree.
    """
    x, residual, weight, contrast = _checked(design, residuals, weights, contrasts)
    order, starts = _cluster_order(clusters, len(x))
    if (np.diff(order) < 0).any():
        x, residual, weight = x[order], residual[order], weight[order]
    basis, triangle = _weighted_basis(x, weight)
    coordinates: FloatArray = np.linalg.solve(triangle.T, contrast.T).astype(np.float64, copy=False)
    return Prepared(basis, triangle, residual, weight, coordinates, starts, order)


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
    codes, labels = pd.factorize(_as_series(clusters))
    if len(codes) != n:
        raise UsageError(f"clusters must hold one code for each of {n} rows.")
    if (codes < 0).any():
        raise EstimationError("The cluster of some rows is missing.")
    if len(labels) < 2:
        raise EstimationError("Cluster-robust inference needs at least two clusters.")
    order = np.argsort(codes, kind="stable")
    return order, np.flatnonzero(np.diff(codes[order], prepend=-1))


def _as_series(clusters: Iterable[Hashable]) -> pd.Series:
    """Return clusters as a series: one of numbers or texts as it is, of others their own list."""
    if isinstance(clusters, pd.Series):
        return clusters
    if type(clusters) is np.ndarray and clusters.ndim == 1 and clusters.dtype.isnative:
        return pd.Series(
            clusters, dtype=clusters.dtype if clusters.dtype.kind in "biuf" else object
        )
    return pd.Series(list(clusters), dtype=object)  # keeps tuples whole


def _weighted_basis(x: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return U and the triangle R with ``x = U R`` and ``U' W U = I``."""
    root = np.sqrt(weight)[:, None]
    scaled = root * x  # and in place from here on: of a million rows, each copy takes 100 MB
    length = np.sqrt(np.einsum("ij,ij->j", scaled, scaled))
    # Columns of unit length make the test of rank independent of the units of the covariates.
    scaled /= np.where(length > 0, length, 1.0)
    basis, triangle = _tall_qr(scaled)
    left = np.zeros(x.shape[1])  # columns beyond the number of rows have nothing left
    left[: len(triangle)] = np.abs(np.diagonal(triangle))
    dependent = np.flatnonzero(left < RANK_TOLERANCE)
    if dependent.size:
        raise EstimationError(
            "The design matrix is rank deficient: a linear combination of earlier columns gives "
            f"column(s) {', '.join(map(str, dependent))} (counting from 0)."
        )
    basis /= root
    return basis, triangle * length


def _tall_qr(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Q, in the place of x, and R: of blocks of rows, and then of all their triangles."""
    n, p = x.shape
    size = max(QR_ROWS, 4 * p)
    if n <= size:
        factors = np.linalg.qr(x)
        return factors.Q, factors.R
    whole = n - n % size
    blocks = x[:whole].reshape(-1, size, p)
    triangles = np.empty((len(blocks), p, p))
    step = max(1, BATCH_NUMBERS // (size * p))
    batches = [slice(first, first + step) for first in range(0, len(blocks), step)]
    for batch in batches:
        blocks[batch], triangles[batch] = np.linalg.qr(blocks[batch])
    shared, triangle = _tall_qr(np.concatenate([triangles.reshape(-1, p), x[whole:]]))
    own = shared[: p * len(blocks)].reshape(-1, p, p)
    for batch in batches:
        blocks[batch] = blocks[batch] @ own[batch]
    x[whole:] = shared[p * len(blocks) :]
    return x, triangle


def triangle_of(x: FloatArray, *more: FloatArray, weight: FloatArray | None = None) -> FloatArray:
    """Return the triangle R of ``W^1/2 [x more] = Q R``, up to the signs of its rows.

    No copy is made of all rows.

    Parameters
    ----------
    x : array of shape (n, p)
        Columns.
    *more : arrays of shape (n,)
        Columns that stand after them.
    weight : array of shape (n,), optional
        Weights of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> np.abs(triangle_of(np.array([[3.0, 1.0], [4.0, 2.0], [0.0, 0.0]]))).round(1).tolist()
    [[5.0, 2.2], [0.0, 0.4]]
    """
    n, p = len(x), x.shape[1] + len(more)
    size = max(QR_ROWS, 4 * p)
    step = size * max(1, BATCH_NUMBERS // (size * p))
    triangles = []
    for first in range(0, n, step):
        rows = slice(first, first + step)
        batch = np.column_stack([x[rows], *(column[rows] for column in more)])
        if weight is not None:
            batch *= np.sqrt(weight[rows])[:, None]
        whole = len(batch) - len(batch) % size
        triangles.append(np.linalg.qr(batch[:whole].reshape(-1, size, p)).R.reshape(-1, p))
        triangles.append(batch[whole:])
    left = np.concatenate(triangles) if triangles else np.empty((0, p))
    return np.linalg.qr(left).R if len(left) <= size else triangle_of(left)
