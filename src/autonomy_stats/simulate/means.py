"""Expected percents that leave room for errors: the nearest ones that are linear all the same."""

from __future__ import annotations

import numpy as np

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.inference.prepared import FloatArray
from autonomy_stats.simulate.design import StudyDesign

__all__ = ["nearest_means"]

MARGIN = 1e-6
"""What rounding may take from the room, in points."""


def nearest_means(
    design: StudyDesign, low: FloatArray | float, high: FloatArray | float
) -> FloatArray:
    """Return fitted outcomes within bounds: cells and controls with the nearest coefficients.

    A straight line through percents can leave 0 to 100 at its ends. Cutting it there would bend
    it, so that no linear fit were right. Instead all coefficients move as little as brings every
    row within the bounds, by the sum of squares over the rows with the weights of the fit.

    Parameters
    ----------
    design : StudyDesign
        The design.
    low, high : float or array of shape (n,)
        Bounds of the rows, in points.

    Returns
    -------
    array of shape (n,)

    Raises
    ------
    EstimationError
        If no coefficients bring every row within the bounds.

    Notes
    -----
    Least squares with linear inequalities, as a problem of nonnegative least squares: Lawson and
    Hanson (1974), *Solving Least Squares Problems*, chapter 23.
    """
    from scipy.optimize import nnls

    fitted = design.linear
    if (fitted >= low).all() and (fitted <= high).all():
        return fitted
    columns = [i for i, t in enumerate(_terms(design)) if t not in design.types]
    root = np.sqrt(design.prepared.weight)[:, None]
    basis = np.linalg.qr(design.matrix[:, columns] * root).Q / root
    # At least `low` in every row, and at most `high`.
    short = np.concatenate([low + MARGIN - fitted, fitted - (high - MARGIN)])
    system = np.vstack([np.concatenate([basis, -basis]).T, short[None, :]])
    target = np.zeros(len(system))
    target[-1] = 1.0
    solution, _ = nnls(system, target)
    residual = system @ solution - target
    if residual[-1] < 0:
        moved: FloatArray = fitted - basis @ (residual[:-1] / residual[-1])
        if (moved >= low).all() and (moved <= high).all():
            return moved
    raise EstimationError(
        "no coefficients of cells and controls keep the expected percent of every row within 0 and "
        "100, with room for the truths asked for; choose smaller ones, or errors='normal'"
    )


def _terms(design: StudyDesign) -> tuple[str, ...]:
    """Return the names of the design's columns."""
    fitted = design.fit.fitted
    assert fitted is not None
    return fitted.terms
