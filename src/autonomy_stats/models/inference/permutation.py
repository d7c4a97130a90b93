"""Permutation of a label among clusters, with covariates held to their clusters.

The labels of two kinds of school are dealt anew among them, each school keeping its outcomes and
its composition, and the studentised difference of each deal is compared with the one observed. The
test of a difference r first takes r off the outcomes of the labelled schools; an interval holds
the differences that are not rejected. Exact if the two kinds' schools are exchangeable given the
covariates, whatever their number; studentised, it stays valid for large numbers if they are not
(Chung and Romano 2013; DiCiccio and Romano 2017).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.inference.inversion import Resampled
from autonomy_stats.models.inference.prepared import FloatArray, Prepared, prepare

__all__ = ["Permutation", "deal_labels", "permutation_test"]

BLOCK_ENTRIES = 2**20
"""Deals times clusters that are held at once (8 MB)."""


@dataclass(frozen=True)
class Permutation:
    """A permutation test: p-value, interval by inversion, observed t statistic, deals.

    The deal that was observed is one of them.
    """

    p_value: float
    conf_low: float
    conf_high: float
    statistic: float
    n_draws: int


def permutation_test(
    design: ArrayLike,
    outcome: ArrayLike,
    label: ArrayLike,
    clusters: Iterable[Hashable],
    exchangeable: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    draws: int = 9999,
    conf_level: float = 0.95,
    seed: int = 0,
) -> Permutation:
    """Test the coefficient of a label by dealing the label anew among clusters.

    Parameters
    ----------
    design : array_like of shape (n, p)
        The other columns of the fit, of full column rank.
    outcome : array_like of shape (n,)
        Outcome.
    label : array_like of shape (n,)
        1 for rows of labelled clusters, else 0; the same for all rows of a cluster.
    clusters : iterable of n hashables
        Cluster of each row.
    exchangeable : array_like of shape (n,)
        True for rows of the clusters among which the label is dealt; others keep theirs.
    weights : array_like of shape (n,), optional
        Positive weights of the fit.
    draws : int
        Deals, with the one observed.
    conf_level : float
        Level of the interval.
    seed : int
        Of the deals.

    Returns
    -------
    Permutation

    Raises
    ------
    UsageError
        If the label or `exchangeable` differs within a cluster.
    EstimationError
        If the label adds nothing to the design.

    Examples
    --------
    >>> import numpy as np
    >>> schools = np.repeat(range(8), 2)
    >>> outcome = np.array([3, 4, 1, 2, 2, 2, 4, 5, 7, 8, 6, 7, 9, 8, 6, 8], dtype=float)
    >>> test = permutation_test(np.ones((16, 1)), outcome, schools > 3, schools, np.ones(16) > 0)
    >>> bool(test.p_value < 0.05), test.conf_low < 4.6 < test.conf_high
    (True, True)
    """
    if draws < 1:
        raise UsageError(f"draws must be at least 1; got {draws}")
    p = prepare(design, outcome, clusters, weights, None)
    held = np.asarray(label, dtype=np.float64)[p.order]
    dealt = np.asarray(exchangeable, dtype=bool)[p.order]
    for name, values in (("label", held), ("exchangeable", dealt)):
        first = np.repeat(values[p.starts], np.diff(p.starts, append=len(values)))
        if (first != values).any():
            raise UsageError(f"{name} must be the same for all rows of a cluster")
    sums = _Sums.of(p, held)
    estimate = float(sums.label_residual @ sums.outcome_residual / sums.information)
    resampled = _resampled(p, sums, held[p.starts], dealt[p.starts], estimate, draws, seed)
    return Permutation(
        resampled.p_values(estimate)[0],
        *resampled.interval(estimate, conf_level),
        resampled.observed(estimate),
        draws,
    )


@dataclass(frozen=True)
class _Sums:
    """Sums over each cluster that the statistics of any deal are made of.

    Of two outcomes, (m, 2) and (m, p, 2): the residual of the outcome, and that of the label held.
    """

    label_residual: FloatArray
    outcome_residual: FloatArray
    information: float
    weight: FloatArray
    basis: FloatArray
    products: FloatArray
    residual: FloatArray
    basis_residual: FloatArray

    @classmethod
    def of(cls, p: Prepared, held: FloatArray) -> _Sums:
        """Sum over the clusters of a prepared regression whose residual is the outcome."""
        weighted = p.weight[:, None] * p.basis
        both = np.column_stack([p.residual, held])
        left = both - p.basis @ (weighted.T @ both)
        information = float((p.weight * left[:, 1]) @ left[:, 1])
        if not information > 1e-10 * float((p.weight * held) @ held):
            raise EstimationError("the label adds nothing to the other columns of the fit")
        products = np.add.reduceat(weighted[:, :, None] * p.basis[:, None, :], p.starts)
        return cls(
            label_residual=p.weight * left[:, 1],
            outcome_residual=left[:, 0],
            information=information,
            weight=np.add.reduceat(p.weight, p.starts),
            basis=np.add.reduceat(weighted, p.starts),
            products=products,
            residual=np.add.reduceat(p.weight[:, None] * left, p.starts),
            basis_residual=np.add.reduceat(weighted[:, :, None] * left[:, None, :], p.starts),
        )


def _resampled(
    p: Prepared,
    sums: _Sums,
    held: FloatArray,
    dealt: NDArray[np.bool_],
    estimate: float,
    draws: int,
    seed: int,
) -> Resampled:
    """Deal the label, and sum what the statistics of any hypothesised difference need."""
    size = max(1, BLOCK_ENTRIES // max(len(held), p.basis.shape[1] ** 2))
    parts = [
        _statistics(labels, sums, estimate)
        for labels in deal_labels(held, dealt, draws, seed, size)
    ]
    n0, n1, q0, q1, q2 = (np.concatenate(column) for column in zip(*parts, strict=True))
    own = _scores(held[None, :], sums)[1][0]  # the label, fitted by itself, has scores of zero
    return Resampled((n0, n1), (q0, q1, q2), float(np.sqrt((own**2).sum())) / sums.information)


def deal_labels(
    held: FloatArray, dealt: NDArray[np.bool_], draws: int, seed: int, size: int
) -> Iterator[FloatArray]:
    """Yield the labels of all deals, (deals, m), `size` deals at a time; the first is as held.

    Parameters
    ----------
    held : array of shape (m,)
        Label of each cluster.
    dealt : array of bool, shape (m,)
        Clusters among which it is dealt.
    draws, seed : int
        Number of deals, and seed.
    size : int
        Deals at a time; which deals a seed gives does not depend on it.

    Examples
    --------
    >>> import numpy as np
    >>> next(deal_labels(np.array([1.0, 0.0, 0.0]), np.array([1, 1, 0]) > 0, 9, 0, 9))[:, 2].sum()
    np.float64(0.0)
    """
    rng = np.random.default_rng(seed)
    for first in range(0, draws, size):
        labels = np.repeat(held[None, :], min(size, draws - first), axis=0)
        labels[:, dealt] = rng.permuted(labels[:, dealt], axis=1)
        if first == 0:
            labels[0] = held
        yield labels


def _scores(labels: FloatArray, sums: _Sums) -> tuple[FloatArray, FloatArray]:
    """Return numerators (2, deals) and scores by cluster (2, deals, m) of both outcomes."""
    along = labels @ sums.basis
    squares = (along[:, :, None] * along[:, None, :]).reshape(len(along), -1)
    length = (
        labels * (sums.weight - 2 * (along @ sums.basis.T))
        + squares @ sums.products.reshape(len(sums.products), -1).T
    )
    numerators: FloatArray = (labels @ sums.residual).T
    scores = np.stack(
        [
            labels * sums.residual[:, c]
            - along @ sums.basis_residual[:, :, c].T
            - (numerators[c] / length.sum(axis=1))[:, None] * length
            for c in (0, 1)
        ]
    )
    return numerators, scores


def _statistics(labels: FloatArray, sums: _Sums, estimate: float) -> list[FloatArray]:
    """Return numerators and variances of some deals as polynomials in delta."""
    numerators, scores = _scores(labels, sums)
    one, two = scores[0] - estimate * scores[1], scores[1]
    squares = [np.einsum("ij,ij->i", a, b) for a, b in ((one, one), (one, two), (two, two))]
    return [
        numerators[0] - estimate * numerators[1],
        numerators[1],
        squares[0],
        2 * squares[1],
        squares[2],
    ]
