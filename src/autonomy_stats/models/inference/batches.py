"""Clusters of one size taken together, so that work on them is done without a loop in Python."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autonomy_stats.models.inference.prepared import FloatArray, IntArray

__all__ = ["cluster_products", "equal_sizes"]

# Clusters are taken together up to this many matrix entries (8 MB) at once.
BATCH_ENTRIES = 2**20


def equal_sizes(starts: IntArray, n: int, columns: int = 0) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield clusters of one size, and their row numbers, (clusters, size).

    Parameters
    ----------
    starts : array of shape (m,)
        Where each cluster begins.
    n : int
        Number of rows.
    columns : int
        Columns of what is made of a batch; 0: a matrix of its rows by its rows.
    """
    sizes = np.diff(starts, append=n)
    for size in np.unique(sizes):
        of_size = np.flatnonzero(sizes == size)
        step = max(1, BATCH_ENTRIES // (int(size) * (columns or int(size))))
        for begin in range(0, len(of_size), step):
            clusters = of_size[begin : begin + step]
            yield clusters, starts[clusters, None] + np.arange(size)


def cluster_products(left: FloatArray, right: FloatArray, starts: IntArray) -> FloatArray:
    """Return ``left_g' right_g`` of each cluster g.

    Parameters
    ----------
    left, right : array of shape (n, q), (n, p)
        Rows of a cluster are adjacent.
    starts : array of shape (m,)
        Where each cluster begins.

    Returns
    -------
    array of shape (q, m, p)

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones((5, 1))
    >>> cluster_products(ones, np.arange(10.0).reshape(5, 2), np.array([0, 2])).tolist()
    [[[2.0, 4.0], [18.0, 21.0]]]
    """
    columns = left.shape[1], right.shape[1]
    result: FloatArray = np.empty((columns[0], len(starts), columns[1]))
    for clusters, rows in equal_sizes(starts, len(left), sum(columns)):
        result[:, clusters] = (left[rows].mT @ right[rows]).swapaxes(0, 1)
    return result
