"""Fits of rows of which some are hidden, for outcomes that decide themselves which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.inference.cluster_robust import Kind, Working, cluster_robust
from autonomy_stats.models.inference.prepared import FloatArray, prepare

if TYPE_CHECKING:
    from autonomy_stats.simulate.design import StudyDesign

__all__ = ["few_proficient", "fit_shown"]


def few_proficient(outcomes: FloatArray, n_tested: FloatArray, most: int) -> NDArray[np.bool_]:
    """Return which cells a state hides that hides counts of so many proficient students and fewer.

    Parameters
    ----------
    outcomes : array of shape (n, runs)
        Percents proficient.
    n_tested : array of shape (n,)
        Students tested.
    most : int
        Largest number of proficient students that is hidden.

    Examples
    --------
    >>> import numpy as np
    >>> few_proficient(np.array([[10.0], [30.0]]), np.array([30.0, 20.0]), 3).tolist()
    [[True], [False]]
    """
    hidden: NDArray[np.bool_] = np.rint(outcomes * n_tested[:, None] / 100) <= most
    return hidden


def fit_shown(
    design: StudyDesign, outcome: FloatArray, shown: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return estimates, CR2 standard errors and degrees of freedom, (q,), from the rows shown.

    As `estimate_effects` fits these rows: a cell or type without a row is left out, and a type
    with rows in one cluster only has an estimate and no standard error.
    """
    estimates, std_errors, df = (np.full(len(design.types), np.nan) for _ in range(3))
    fitted = design.fit.fitted
    assert fitted is not None
    matrix = design.matrix[shown]
    columns = np.flatnonzero(matrix.any(axis=0))
    types = [i for i, name in enumerate(design.types) if design.of_type[shown, i].any()]
    at = [int(np.searchsorted(columns, fitted.terms.index(design.types[i]))) for i in types]
    cluster, weight = design.cluster[shown], design.prepared.weight[shown]
    contrasts = np.eye(len(columns))[at]
    working: Working = "inverse_weights" if design.fit.working == "inverse_weights" else "identity"
    try:
        p = prepare(matrix[:, columns], outcome[shown], cluster, weight, contrasts)
        scores = (p.weight[:, None] * p.basis).T @ p.residual
        residual = p.residual - p.basis @ scores
        kind: Kind = "CR2"
        robust = cluster_robust(
            matrix[:, columns], residual, cluster, weight, kind=kind, working=working,
            contrasts=contrasts,
        )  # fmt: skip
    except EstimationError:  # what is left does not tell the columns apart: counted as no estimate
        return estimates, std_errors, df
    estimates[types] = p.coordinates.T @ scores
    several = [len(np.unique(cluster[design.of_type[shown, i]])) > 1 for i in types]
    spread = np.sqrt(np.diag(robust.vcov)[at])
    std_errors[types] = np.where(several, spread, np.nan)
    df[types] = robust.df
    return estimates, std_errors, df
