"""One row a school: what its rows leave of the outcome, its weight, its composition.

A school's outcome is the weighted mean, over its rows, of what a regression of the reference
schools' rows on cells and composition leaves of the outcome. The level of a cell is thus that of
its reference schools, whatever other schools teach in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.inference.prepared import FloatArray, IntArray

__all__ = ["FEWEST_SCHOOLS", "Schools", "average_schools"]

FEWEST_SCHOOLS = 10
"""Schools that a type needs, and that the reference needs beside its controls."""

DEPENDENT = 1e-8
"""Smallest eigenvalue of the shares' correlations, below which one follows from the others."""


@dataclass(frozen=True)
class Schools:
    """One row a school, and a type, if a school had several.

    Parameters
    ----------
    names, kinds, clusters : array of shape (n,)
        Id, school type and cluster.
    reference : str
        The type that the others are compared with.
    outcome : array of shape (n,)
        Mean of what the reference schools' regression leaves of the outcome.
    weights : array of shape (n,)
        Sum of the weights of its rows; one without weights.
    composition : array of shape (n, c)
        Mean shares, less the mean of the reference schools, in their standard deviations.
    controls : tuple of str
        Names of the shares.
    """

    names: NDArray[Any]
    kinds: NDArray[Any]
    clusters: NDArray[Any]
    reference: str
    outcome: FloatArray
    weights: FloatArray
    composition: FloatArray
    controls: tuple[str, ...]

    def of(self, kind: str) -> IntArray:
        """Return the numbers of the schools of a type."""
        return np.flatnonzero(self.kinds == kind)


def average_schools(design: Design) -> Schools:
    """Average the rows of each school, less what the reference schools' regression explains."""
    kinds = design.frame["_type"].to_numpy()
    (reference,) = set(kinds) - set(design.types)
    controls = tuple(c for c in design.controls if c in design.terms)
    if not controls:
        raise EstimationError(
            "there is no share to compare schools by; name some (controls=), or use estimator='wls'"
        )
    left, covered = _left_over(design, kinds == reference)
    rows = pd.DataFrame(
        {
            "name": design.frame[design.school].to_numpy(),
            "kind": kinds,
            "cluster": design.clusters,
            "weight": 1.0 if design.weights is None else design.weights,
        }
    )[covered]
    groups = rows.groupby(["name", "kind"])
    if (several := groups["cluster"].nunique() > 1).any():
        raise EstimationError(
            f"{int(several.sum())} schools have rows in several clusters, the first is "
            f"{several.index[int(np.argmax(several))][0]}; the unit here is the school. Cluster by "
            f"{design.school!r} or by what schools belong to"
        )
    values = np.column_stack([left, design.frame[list(controls)].to_numpy(float)])[covered]
    sums = (
        pd.DataFrame(values * rows[["weight"]].to_numpy(), index=rows.index)
        .groupby([rows["name"], rows["kind"]])
        .sum()
        .to_numpy()
    )
    total = groups["weight"].sum()
    means = sums / total.to_numpy()[:, None]
    at = total.index.to_frame()
    return Schools(
        names=at["name"].to_numpy(),
        kinds=at["kind"].to_numpy(),
        clusters=groups["cluster"].first().to_numpy(),
        reference=reference,
        outcome=means[:, 0],
        weights=np.ones(len(at)) if design.weights is None else total.to_numpy(float),
        composition=_standardised(means[:, 1:], (at["kind"] == reference).to_numpy(), controls),
        controls=controls,
    )


def _left_over(
    design: Design, reference: NDArray[np.bool_]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return what the reference rows' regression leaves, and which rows' cells it knows."""
    named = {*design.controls, *design.types}
    cells = design.matrix[:, [term not in named for term in design.terms]]
    matrix = design.matrix[:, [term not in design.types for term in design.terms]]
    known = cells[reference].any(axis=0)
    covered = np.asarray(cells[:, known].any(axis=1))
    root = np.ones(len(matrix)) if design.weights is None else np.sqrt(design.weights)
    root = root[reference]
    coefficients = np.linalg.lstsq(
        root[:, None] * matrix[reference], root * design.outcome[reference], rcond=None
    )[0]
    return np.asarray(design.outcome - matrix @ coefficients), covered


def _standardised(
    shares: FloatArray, reference: NDArray[np.bool_], controls: tuple[str, ...]
) -> FloatArray:
    """Put shares in standard deviations of the reference schools, refusing what can't be."""
    own = shares[reference]
    if len(own) < len(controls) + FEWEST_SCHOOLS:
        raise EstimationError(
            f"{len(own)} reference schools are too few to compare by {len(controls)} shares; "
            f"{len(controls) + FEWEST_SCHOOLS} are needed. Hold fewer equal (controls=)"
        )
    spread = own.std(axis=0, ddof=1)
    if (same := spread <= DEPENDENT * np.abs(own).max(axis=0)).any():
        raise EstimationError(
            f"{controls[int(np.argmax(same))]!r} is the same in all reference schools; leave it "
            f"out (controls=)"
        )
    scaled: FloatArray = (shares - own.mean(axis=0)) / spread
    if np.linalg.eigvalsh(np.atleast_2d(np.cov(scaled[reference].T)))[0] < DEPENDENT:
        raise EstimationError(
            f"among the reference schools, one of {', '.join(controls)} follows from the others; "
            f"leave it out (controls=)"
        )
    return scaled
