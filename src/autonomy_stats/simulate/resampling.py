"""The wild cluster bootstrap and the permutation of labels, on many outcomes at once.

Signs of clusters, and labels dealt, are the same for all outcomes of a batch. What a draw gives
is then a product of one matrix, (draws, clusters), with sums over the clusters of all outcomes;
the sums of squares over clusters in a draw's variance are multiplied out, so that none is
(draws x clusters x outcomes). Agrees with `wild_bootstrap` and `permutation_test`, outcome by
outcome, if these are given the same seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autonomy_stats.models.inference.inversion import TIE
from autonomy_stats.models.inference.permutation import BLOCK_ENTRIES, deal_labels
from autonomy_stats.models.inference.prepared import FloatArray, IntArray, Prepared
from autonomy_stats.models.inference.wild_bootstrap import draw_signs

__all__ = ["Bootstrap", "Permuted", "bootstrap", "permuted"]

ENTRIES = 2**20
"""Of the largest arrays, draws x outcomes x columns (8 MB)."""


@dataclass(frozen=True)
class Bootstrap:
    """Signs of one batch, and what of the bootstrap does not depend on the outcome."""

    prepared: Prepared
    signs: FloatArray

    def p_values(self, residuals: FloatArray, distances: FloatArray) -> FloatArray:
        """Return p-values of hypotheses on each type.

        Parameters
        ----------
        residuals : array of shape (n, runs)
            Of the fits.
        distances : array of shape (q, hypotheses, runs)
            Estimate of each type less its hypothesised value.

        Returns
        -------
        array of shape (q, hypotheses, runs)
            Missing where the outcome has no spread.
        """
        p = self.prepared
        found = np.empty(distances.shape)
        for runs in _parts(residuals.shape[1], len(self.signs) * p.basis.shape[1]):
            free = _cluster_sums(p, residuals[:, runs])
            base = _applied(self.signs, free)
            for number, q in enumerate(p.coordinates.T):
                found[number, :, runs] = self._of_type(q, free, base, distances[number, :, runs])
        return found

    def _of_type(
        self, q: FloatArray, free: FloatArray, base: FloatArray, distances: FloatArray
    ) -> FloatArray:
        """Return p-values, (hypotheses, runs), of the type with the coordinates q.

        With scores ``s_g = f_g + d h_g`` of the clusters, where d is the distance, a draw v has
        the numerator ``q' sum v_g s_g`` and the variance ``sum_g (v_g q' s_g - k_g' b)^2``, where
        ``b = sum v_g s_g``: that is ``sum (q' s_g)^2 - 2 b' sum v_g (q' s_g) k_g + b' K b``.
        """
        p, signs = self.prepared, self.signs
        slope = np.add.reduceat((p.weight * (p.basis @ q))[:, None] * p.basis, p.starts)
        gram = slope.T @ slope
        step = slope / float(q @ q)
        own, along = free @ q, step @ q  # (clusters, runs), (clusters,)
        moved = signs @ step
        cross = _applied(signs, own[:, :, None] * slope[:, None, :])
        crossed = signs @ (along[:, None] * slope)
        rest = base @ gram - cross
        constant = (own**2).sum(axis=0) + np.einsum("brp,brp->br", base, rest - cross)
        linear = 2 * (
            along @ own
            + np.einsum("brp,bp->br", rest, moved)
            - np.einsum("brp,bp->br", base, crossed)
        )
        square = along @ along + np.einsum("bp,bp->b", moved, moved @ gram - 2 * crossed)
        numerator, shift = base @ q, moved @ q
        spread = (own**2).sum(axis=0)
        found = np.empty(distances.shape)
        for number, d in enumerate(distances):
            variance = constant + d * linear + d**2 * square[:, None]
            drawn = (numerator + d * shift[:, None]) ** 2
            found[number] = _share(drawn, d**2, variance, spread)
        return found


def bootstrap(prepared: Prepared, draws: int, seed: int) -> Bootstrap:
    """Draw the signs of a batch, as `wild_bootstrap` does with this seed."""
    signs = draw_signs(len(prepared.starts), draws, "rademacher", seed)
    return Bootstrap(prepared, np.concatenate(list(signs)))


@dataclass(frozen=True)
class Permuted:
    """Labels of one type dealt for one batch, and what does not depend on the outcome.

    `labels` and `lengths` are (deals, m): the label of each cluster, and its part of the sum of
    squares of the label's residual. `along` is (deals, p): the label in the basis of the others.
    """

    prepared: Prepared
    labels: FloatArray
    lengths: FloatArray
    along: FloatArray

    def p_values(self, outcomes: FloatArray) -> FloatArray:
        """Return p-values, (runs,), of the null that the label does not matter in the outcomes.

        A deal l has the numerator ``N = sum l_g e_g`` and scores ``l_g e_g - a' B_g - N c_g`` by
        cluster, with sums e and B over a cluster of the outcome's residual, times 1 and times the
        basis, and shares c of the length; their squares are summed multiplied out.
        """
        p = self.prepared
        scores = (p.weight[:, None] * p.basis).T @ outcomes
        residuals = outcomes - p.basis @ scores
        found = np.empty(outcomes.shape[1])
        shares = self.lengths / self.lengths.sum(axis=1, keepdims=True)
        squares = (shares**2).sum(axis=1)[:, None]
        both = self.labels * shares
        for runs in _parts(outcomes.shape[1], len(self.labels) * p.basis.shape[1]):
            sums = _cluster_sums(p, residuals[:, runs])  # B
            own = np.add.reduceat(p.weight[:, None] * residuals[:, runs], p.starts)  # e
            numerator = self.labels @ own
            grams = np.einsum("mrp,mrq->rpq", sums, sums, optimize=True)
            mixed = (self.along @ grams).swapaxes(0, 1)  # (deals, runs, p)
            mixed = mixed - 2 * _applied(self.labels, own[:, :, None] * sums)
            mixed += 2 * numerator[:, :, None] * _applied(shares, sums)
            variance = self.labels @ own**2 + np.einsum("brp,bp->br", mixed, self.along)
            variance += numerator * (numerator * squares - 2 * (both @ own))
            # The first deal is the one observed.
            found[runs] = _share(numerator**2, numerator[0] ** 2, variance, variance[0])
        return found


def permuted(
    prepared: Prepared, label: NDArray[np.bool_], dealt: NDArray[np.bool_], draws: int, seed: int
) -> Permuted:
    """Deal the labels of a type for a batch, as `permutation_test` does with this seed.

    Parameters
    ----------
    prepared : Prepared
        The regression without the column of the label.
    label, dealt : array of bool, shape (m,)
        Clusters of the type, and those among which the label is dealt.
    draws, seed : int
        Deals, with the one observed, and seed.
    """
    p = prepared
    weighted = p.weight[:, None] * p.basis
    weight = np.add.reduceat(p.weight, p.starts)
    basis = np.add.reduceat(weighted, p.starts)
    products = np.add.reduceat(weighted[:, :, None] * p.basis[:, None, :], p.starts)
    products = products.reshape(len(weight), -1).T
    size = max(1, BLOCK_ENTRIES // max(len(label), p.basis.shape[1] ** 2))
    parts = []
    for labels in deal_labels(label.astype(np.float64), dealt, draws, seed, size):
        along = labels @ basis
        squares = (along[:, :, None] * along[:, None, :]).reshape(len(along), -1)
        lengths = labels * (weight - 2 * (along @ basis.T)) + squares @ products
        parts.append((labels, lengths, along))
    return Permuted(p, *(np.concatenate(part) for part in zip(*parts, strict=True)))


def _share(
    drawn: FloatArray, own: FloatArray, variance: FloatArray, spread: FloatArray
) -> FloatArray:
    """Return the share of draws, (runs,), whose statistic is at least as large as the own one."""
    least = own / np.where(spread > 0, spread, np.nan) * (1 - TIE)
    share: FloatArray = (drawn >= least * variance).mean(axis=0)
    return np.where(spread > 0, share, np.nan)


def _cluster_sums(p: Prepared, residuals: FloatArray) -> FloatArray:
    """Return the sums over each cluster of weight x residual x basis, (m, runs, p)."""
    size = np.diff(p.starts, append=len(p.weight))
    found = np.empty((len(size), residuals.shape[1], p.basis.shape[1]))
    weighted = p.weight[:, None] * p.basis
    ends: IntArray = p.starts + size
    for number, (first, last) in enumerate(zip(p.starts, ends, strict=True)):
        np.matmul(residuals[first:last].T, weighted[first:last], out=found[number])
    return found


def _applied(draws: FloatArray, sums: FloatArray) -> FloatArray:
    """Return the sums over clusters, (draws, runs, p), of what is (m, runs, p)."""
    m, runs, columns = sums.shape
    return (draws @ sums.reshape(m, runs * columns)).reshape(len(draws), runs, columns)


def _parts(runs: int, entries: int) -> Iterator[slice]:
    """Yield so many runs at a time that an array of so many entries for each stays small."""
    step = max(1, ENTRIES // entries)
    for first in range(0, runs, step):
        yield slice(first, min(first + step, runs))
