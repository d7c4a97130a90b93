"""Weighted least squares with cluster-robust inference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from autonomy_stats.models.design import Design
from autonomy_stats.models.guards import refuse_constant
from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.inference.prepared import triangle_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.inference.cluster_robust import Kind, Working

__all__ = ["Estimates", "Fitted", "fit_wls", "linear_weights"]


@dataclass(frozen=True)
class Fitted:
    """A least squares fit as it was computed, for contrasts and joint tests of its coefficients.

    `matrix` is (n, p), its columns named by `terms`; `residuals`, `clusters`, `weights` and
    `types`, where they are told, are of its rows. A type that other columns imply has rows, but no
    column.
    """

    matrix: NDArray[np.float64]
    residuals: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    clusters: NDArray[Any]
    weights: NDArray[np.float64] | None
    terms: tuple[str, ...]
    types: NDArray[Any] | None = None


@dataclass(frozen=True)
class Estimates:
    """Estimates of the controls' and the types' coefficients.

    `table` is indexed by term, with `estimate, std_error, df`; `covariance` is of the same
    terms. Absorbed cells are left out of both. `fitted` is None where contrasts have no degrees
    of freedom of their own. `type_notes` says of a type why it has no estimate, or which of its
    schools the estimate leaves out.
    """

    table: pd.DataFrame
    covariance: pd.DataFrame
    n_clusters: int
    fitted: Fitted | None = None
    type_notes: Mapping[str, str] = field(default_factory=dict)


def fit_wls(design: Design, *, vcov: str, working: str) -> Estimates:
    """Fit a design by weighted least squares (statsmodels) with cluster-robust inference.

    Parameters
    ----------
    design : Design
        Rows, columns and weights, of full column rank.
    vcov, working : str
        See `estimate_effects`.

    Returns
    -------
    Estimates

    Raises
    ------
    EstimationError
        If the outcome is the same in all rows.
    """
    from statsmodels.regression.linear_model import OLS  # statsmodels.api takes twice as long

    refuse_constant(design.outcome, "the outcome")
    # The triangle of the weighted rows has the same solution as they do, and few rows.
    triangle = triangle_of(design.matrix, design.outcome, weight=design.weights)
    coefficients = np.asarray(OLS(triangle[:, -1], triangle[:, :-1]).fit(method="qr").params)
    residuals = design.outcome - design.matrix @ coefficients
    named = [i for i, term in enumerate(design.terms) if term in _named(design)]
    robust = cluster_robust(
        design.matrix,
        residuals,
        design.clusters,
        design.weights,
        kind=cast("Kind", vcov),
        working=cast("Working", working),
        contrasts=np.eye(design.matrix.shape[1])[named],
    )
    terms = [design.terms[i] for i in named]
    covariance = robust.vcov[np.ix_(named, named)]
    table = pd.DataFrame(
        {
            "estimate": coefficients[named],
            "std_error": np.sqrt(np.diag(covariance)),
            "df": robust.df,
        },
        index=pd.Index(terms, name="term"),
    )
    return Estimates(
        table,
        pd.DataFrame(covariance, index=terms, columns=terms),
        robust.n_clusters,
        Fitted(
            design.matrix,
            residuals,
            coefficients,
            design.clusters,
            design.weights,
            design.terms,
            design.frame["_type"].to_numpy(),
        ),
    )


def linear_weights(design: Design) -> pd.DataFrame:
    """Return how much each row's outcome adds to each coefficient.

    The estimate of a term is the sum of these weights times the outcome.

    Returns
    -------
    pandas.DataFrame
        One row for each row of the design, one column for each control and type.
    """
    root = np.ones(len(design.frame)) if design.weights is None else np.sqrt(design.weights)
    pseudo: NDArray[np.float64] = np.linalg.pinv(design.matrix * root[:, None]) * root
    named = [i for i, term in enumerate(design.terms) if term in _named(design)]
    terms = [design.terms[i] for i in named]
    return pd.DataFrame(pseudo[named].T, index=design.frame.index, columns=terms)


def _named(design: Design) -> set[str]:
    """Return the terms that are reported: controls and types."""
    return {*design.controls, *design.types}
