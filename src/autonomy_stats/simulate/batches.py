"""Inference on many outcomes of one design at once: what depends on the design is computed once.

Agrees with `cluster_robust`, outcome by outcome. No array is rows by rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autonomy_stats.models.inference.cluster_robust import Kind, Working, cluster_robust, shares
from autonomy_stats.models.inference.prepared import FloatArray, IntArray, Prepared
from autonomy_stats.simulate.design import StudyDesign

__all__ = ["LinearInference", "linear_inference"]


@dataclass(frozen=True)
class LinearInference:
    """A weighted regression without its outcome, and what gives its types' standard errors.

    Parameters
    ----------
    prepared : Prepared
        Basis, weights, clusters, and contrasts of the types.
    kinds : tuple of str
        Cluster-robust covariances.
    loadings : dict of str to array of shape (n, q)
        What each row's residual adds to each type's estimate, adjusted as the covariance does.
    df : dict of str to array of shape (q,)
        Satterthwaite degrees of freedom.
    """

    prepared: Prepared
    kinds: tuple[Kind, ...]
    loadings: dict[Kind, FloatArray]
    df: dict[Kind, FloatArray]

    @property
    def starts(self) -> IntArray:
        """Return where each cluster begins."""
        return self.prepared.starts

    def fit(self, outcomes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return estimates, (q, runs), and residuals, (n, runs), of outcomes, (n, runs)."""
        p = self.prepared
        scores = (p.weight[:, None] * p.basis).T @ outcomes
        estimates: FloatArray = p.coordinates.T @ scores
        return estimates, outcomes - p.basis @ scores

    def std_errors(self, residuals: FloatArray, kind: Kind) -> FloatArray:
        """Return cluster-robust standard errors, (q, runs), of residuals, (n, runs)."""
        loadings = self.loadings[kind]
        found = np.empty((loadings.shape[1], residuals.shape[1]))
        for number, loading in enumerate(loadings.T):
            totals = np.add.reduceat(loading[:, None] * residuals, self.starts)
            found[number] = np.sqrt(np.einsum("gr,gr->r", totals, totals))
        return found

    def unclustered(self, residuals: FloatArray) -> FloatArray:
        """Return HC1 standard errors, (q, runs), which take all rows as independent."""
        p = self.prepared
        loading = (p.weight[:, None] * p.basis) @ p.coordinates
        factor = len(p.basis) / (len(p.basis) - p.basis.shape[1])
        found: FloatArray = np.sqrt(factor * (loading**2).T @ residuals**2)
        return found


def linear_inference(design: StudyDesign, kinds: Sequence[Kind]) -> LinearInference:
    """Compute what the standard errors and degrees of freedom of a design need.

    Parameters
    ----------
    design : StudyDesign
        The design; the working model is that of its fit.
    kinds : sequence of str
        Cluster-robust covariances.

    Returns
    -------
    LinearInference
    """
    working: Working = "inverse_weights" if design.fit.working == "inverse_weights" else "identity"
    # The residuals do not matter for what is kept.
    p = replace(design.prepared, residual=np.zeros(len(design.matrix)))
    fitted = design.fit.fitted
    assert fitted is not None
    columns = [fitted.terms.index(name) for name in design.types]
    loadings, df = {}, {}
    for kind in kinds:
        loadings[kind] = shares(p, kind, working).loadings
        df[kind] = cluster_robust(
            fitted.matrix,
            fitted.residuals,
            fitted.clusters,
            fitted.weights,
            kind=kind,
            working=working,
            contrasts=np.eye(len(fitted.terms))[columns],
        ).df
    return LinearInference(p, tuple(kinds), loadings, df)
