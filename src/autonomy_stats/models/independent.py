"""Which columns of a design add something to the ones before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.models.inference.prepared import triangle_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["independent_columns"]

RANK_TOLERANCE = 1e-10
"""A column of which no larger share is left, given the columns before it, adds nothing."""


def independent_columns(
    matrix: NDArray[np.float64], weights: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """Return which columns add something to the ones before them.

    Parameters
    ----------
    matrix : array of shape (n, p)
        Columns of a design.
    weights : array of shape (n,), optional
        Positive weights of its rows.

    Returns
    -------
    array of bool, shape (p,)

    Examples
    --------
    >>> import numpy as np
    >>> independent_columns(np.array([[1.0, 2.0, 1.0], [1.0, 2.0, 0.0]]), None).tolist()
    [True, False, True]
    """
    triangle = triangle_of(matrix, weight=weights)  # its columns depend as those of the design do
    length = np.linalg.norm(triangle, axis=0)
    scaled = triangle / np.where(length > 0, length, 1.0)
    kept = np.ones(scaled.shape[1], dtype=bool)
    while True:
        left = np.abs(np.diag(np.linalg.qr(scaled[:, kept]).R))
        weak = np.flatnonzero(left < RANK_TOLERANCE)
        surplus = int(kept.sum()) - left.size  # more columns than rows
        if weak.size == 0 and surplus <= 0:
            return kept
        first = weak[0] if weak.size else left.size
        kept[np.flatnonzero(kept)[first]] = False
