"""Restricted wild cluster bootstrap of one contrast, with its interval by inversion.

Cameron, Gelbach and Miller (2008): residuals of the fit that imposes the null hypothesis get a
random sign for each cluster, and the t statistic of each such sample is compared with the one
observed. Computed from sums by cluster only (MacKinnon 2023): with ``U' W U = I``, a contrast's
coordinates q, and the scores ``s_g(r)`` of the restricted residuals, which are linear in the
hypothesised value r, a draw v gives

    t*(v, r) = q' sum_g v_g s_g / sqrt(sum_g (v_g q' s_g - k_g' sum_h v_h s_h)^2)

where ``k_g = U_g' W U_g q``.

Numerator and variance are polynomials in r, so that a whole interval costs little more than a
p-value. Memory grows with clusters x columns, and draws are taken in blocks.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import UsageError
from autonomy_stats.models.inference.inversion import Resampled
from autonomy_stats.models.inference.prepared import FloatArray, Prepared, prepare

__all__ = ["WildBootstrap", "draw_signs", "wild_bootstrap"]

Multipliers = Literal["rademacher", "webb"]

BLOCK_ENTRIES = 2**20
"""Draws times clusters that are drawn at once (8 MB at most)."""

CACHED_ENTRIES = 2**14
"""Draws times clusters that are summed at once (128 kB).

A processor's cache holds them, and products this small are left to one thread: several wait for
each other on a busy machine.
"""

WEBB: FloatArray = np.sqrt(np.array([0.5, 1.0, 1.5], dtype=np.float64))


@dataclass(frozen=True)
class WildBootstrap:
    """A bootstrap test of one contrast.

    Parameters
    ----------
    p_value : float
        Share of the draws whose t statistic is at least as large as the one observed, without
        sign. If all sign patterns are enumerated, the sample itself is among them.
    p_value_strict : float
        Share of those that are larger, as other programs count them.
    conf_low, conf_high : float
        Values that the test does not reject; infinite where it never does.
    statistic : float
        Observed t statistic, with the CR0 standard error.
    n_draws : int
        Sign patterns compared.
    enumerated : bool
        Whether they are all there are.
    """

    p_value: float
    p_value_strict: float
    conf_low: float
    conf_high: float
    statistic: float
    n_draws: int
    enumerated: bool


def wild_bootstrap(
    design: ArrayLike,
    residuals: ArrayLike,
    clusters: Iterable[Hashable],
    contrast: ArrayLike,
    estimate: float,
    weights: ArrayLike | None = None,
    *,
    null: float = 0.0,
    draws: int = 9999,
    multipliers: Multipliers = "rademacher",
    conf_level: float = 0.95,
    seed: int = 0,
) -> WildBootstrap:
    """Test one contrast of a weighted least squares fit, and invert the test.

    Parameters
    ----------
    design, residuals, clusters, weights
        As in `cluster_robust`.
    contrast : array_like of shape (p,)
        Combination of the coefficients.
    estimate : float
        Its estimate.
    null : float
        Hypothesised value.
    draws : int
        Random sign patterns; all of them instead if there are no more.
    multipliers : {"rademacher", "webb"}
        Signs, or Webb's six points, which give more patterns where clusters are few.
    conf_level : float
        Level of the interval.
    seed : int
        Of the draws.

    Returns
    -------
    WildBootstrap

    Notes
    -----
    Where only a handful of clusters are treated the restricted test rejects too seldom; it is a
    check beside CR2, not its replacement (MacKinnon and Webb 2018).

    References
    ----------
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
    inference with clustered errors. *Review of Economics and Statistics* 90(3), 414-427.
    MacKinnon, J. G. (2023). Fast cluster bootstrap methods for linear regression models.
    *Econometrics and Statistics* 26, 52-71.

    Examples
    --------
    >>> residuals = [-3.0, -2.0, 0.0, -1.0, 4.0, 2.0]
    >>> test = wild_bootstrap([[1.0]] * 6, residuals, ["a", "a", "b", "b", "c", "c"], [1.0], 5.0)
    >>> test.n_draws, test.enumerated, test.p_value
    (4, True, 0.25)
    """
    if multipliers not in ("rademacher", "webb"):
        raise UsageError(f"multipliers must be 'rademacher' or 'webb'; got {multipliers!r}")
    if draws < 1:
        raise UsageError(f"draws must be at least 1; got {draws}")
    p = prepare(design, residuals, clusters, weights, np.atleast_2d(contrast))
    resampled, enumerated = _resampled(p, draws, multipliers, seed)
    least, strict = resampled.p_values(estimate - null)
    return WildBootstrap(
        least,
        strict,
        *resampled.interval(estimate, conf_level),
        resampled.observed(estimate - null),
        len(resampled.numerator[0]),
        enumerated,
    )


def _resampled(
    p: Prepared, draws: int, multipliers: Multipliers, seed: int
) -> tuple[Resampled, bool]:
    """Draw signs, and sum what the statistics need; say whether all patterns were taken."""
    q = p.coordinates[:, 0]
    free = np.add.reduceat((p.weight * p.residual)[:, None] * p.basis, p.starts)
    slope = np.add.reduceat((p.weight * (p.basis @ q))[:, None] * p.basis, p.starts)
    step = slope / float(q @ q)  # how the scores move with delta
    m = len(p.starts)
    enumerated = _enumerated(m, draws, multipliers)
    parts: list[list[FloatArray]] = []
    for signs in draw_signs(m, draws, multipliers, seed):
        base, moved = signs @ free, signs @ step
        one = signs * (free @ q) - base @ slope.T
        two = signs * (step @ q) - moved @ slope.T
        squares = [np.einsum("ij,ij->i", a, b) for a, b in ((one, one), (one, two), (two, two))]
        parts.append([base @ q, moved @ q, squares[0], 2 * squares[1], squares[2]])
    n0, n1, q0, q1, q2 = (np.concatenate(column) for column in zip(*parts, strict=True))
    std_error = float(np.sqrt(((free @ q) ** 2).sum()))
    return Resampled((n0, n1), (q0, q1, q2), std_error), enumerated


def _enumerated(m: int, draws: int, multipliers: Multipliers) -> bool:
    """Say whether all sign patterns of m clusters are taken in place of random ones."""
    return multipliers == "rademacher" and 2 ** (m - 1) <= draws


def draw_signs(m: int, draws: int, multipliers: Multipliers, seed: int) -> Iterator[FloatArray]:
    """Yield the multipliers of all draws, (draws, m), some draws at a time.

    How many are drawn at once decides which draws a seed gives; how many are yielded does not.
    All patterns are yielded instead, if there are no more than `draws`.

    Examples
    --------
    >>> sum(len(part) for part in draw_signs(20, 999, "rademacher", 0))
    999
    >>> next(draw_signs(2, 999, "rademacher", 0)).tolist()
    [[1.0, 1.0], [1.0, -1.0]]
    """
    enumerated = _enumerated(m, draws, multipliers)
    count = 2 ** (m - 1) if enumerated else draws
    rng = np.random.default_rng(seed)
    size, part = max(1, BLOCK_ENTRIES // m), max(1, CACHED_ENTRIES // m)
    for first in range(0, count, size):
        drawn = _signs(rng, first, min(size, count - first), m, multipliers, enumerated)
        for begin in range(0, len(drawn), part):
            yield drawn[begin : begin + part].astype(np.float64)


def _signs(
    rng: np.random.Generator,
    first: int,
    number: int,
    m: int,
    multipliers: Multipliers,
    enumerated: bool,
) -> FloatArray | NDArray[np.int8]:
    """Return multipliers, (number, m).

    A pattern and its opposite give the same statistic without sign, so that the first cluster's
    sign can stand when all are enumerated; the first pattern is the sample itself.
    """
    if enumerated:
        patterns = np.arange(first, first + number)[:, None] >> np.arange(m - 1)
        signs: FloatArray = np.ones((number, m))
        signs[:, 1:] -= 2 * (patterns & 1)
        return signs
    if multipliers == "webb":
        points: FloatArray = np.concatenate([-WEBB, WEBB]).astype(np.float64, copy=False)
        return points[rng.integers(0, len(points), (number, m))]
    drawn = rng.integers(0, 2, (number, m), dtype=np.int8)
    drawn *= 2
    drawn -= 1
    return drawn
