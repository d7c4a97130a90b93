"""Whether a logit has finite estimates, decided exactly by a linear program.

A logit has none if some combination of the columns moves no row away from its outcome and at
least one row towards it: the likelihood then rises along it for ever (Albert and Anderson 1984;
for fractions, Correia, Guimaraes and Zylkin 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.models.inference.prepared import RANK_TOLERANCE

if TYPE_CHECKING:
    from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["separating_terms"]

# With columns of unit length in the largest entry and coefficients within [-1, 1], a separated row
# moves by some share of 1, and the solver's tolerance of 1e-7 leaves no more than this.
LEAST_MOVE = 1e-5


def separating_terms(
    towards: FloatArray, fixed: FloatArray, terms: Sequence[str]
) -> tuple[str, ...]:
    """Return the terms of a combination along which a likelihood rises without end.

    Parameters
    ----------
    towards : array of shape (m, p)
        Rows, signed so that a positive product with the coefficients brings a row nearer to its
        outcome.
    fixed : array of shape (k, p)
        Rows whose outcome lies within the range, so that either direction costs likelihood.
    terms : sequence of str
        Names of the p columns.

    Returns
    -------
    tuple of str
        Empty if the estimates are finite.

    Examples
    --------
    Both rows of the type are at 100 percent, those of the reference at 0 and 100.

    >>> import numpy as np
    >>> rows = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    >>> signs = np.array([[-1.0], [1.0], [1.0], [1.0]])
    >>> separating_terms(signs * rows, np.empty((0, 2)), ["constant", "pilot"])
    ('pilot',)
    """
    from scipy.optimize import linprog

    scale = np.abs(np.vstack([towards, fixed])).max(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    free = _null_space(fixed / scale)
    if free.shape[1] == 0 or len(towards) == 0:
        return ()
    moves = towards / scale @ free
    # The box is on the coefficients themselves: a null space vector has entries of at most 1.
    found = linprog(-moves.sum(axis=0), A_ub=-moves, b_ub=np.zeros(len(moves)), bounds=(-1, 1))
    if found.x is None or not (moves @ found.x).max() > LEAST_MOVE:
        return ()
    moved = np.abs(free @ found.x) > LEAST_MOVE
    return tuple(term for term, moves_it in zip(terms, moved, strict=True) if moves_it)


def _null_space(rows: FloatArray) -> FloatArray:
    """Return, as columns, a basis of the combinations that move none of some rows."""
    p = rows.shape[1]
    if len(rows) == 0:
        return np.eye(p)
    triangle = np.linalg.qr(rows, mode="r")
    _, values, vectors = np.linalg.svd(triangle, full_matrices=True)
    rank = int((values > RANK_TOLERANCE * values.max(initial=0.0)).sum())
    return np.asarray(vectors[rank:].T)
