"""Quantile regression of many rows on few columns, at several levels.

Exact, and written here for speed: of 40,000 rows, 8 columns and 19 levels `statsmodels.QuantReg`
takes about fifty times as long, and `scipy.optimize.linprog` (HiGHS) eighty. Agrees with ``rq``
of the R package quantreg.

The coefficients b of a level t minimise the sum of ``t max(r, 0) + (1 - t) max(-r, 0)`` over the
rows' residuals ``r = y - X b``. The dual problem gives each row a share a of being above,

    maximise y'a, where X'a = (1 - t) X'1 and 0 <= a <= 1,

which is 1 above the fit and 0 below it, whatever the distance. So rows that are clearly above or
below need not be searched: they are set, the others are solved by an interior point method, and
rows that turn out to have been set wrongly come back. The levels go up one by one, and what is
clearly above or below is told from the level before.

References
----------
Portnoy, S. and Koenker, R. (1997). The Gaussian hare and the Laplacian tortoise: computability of
squared-error versus absolute-error estimators. *Statistical Science* 12(4), 279-300.
Chernozhukov, V., Fernández-Val, I. and Melly, B. (2022). Fast algorithms for the quantile
regression process. *Empirical Economics* 62, 7-33.
Mehrotra, S. (1992). On the implementation of a primal-dual interior point method. *SIAM Journal on
Optimization* 2(4), 575-601.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonomy_stats.errors import EstimationError, UsageError

__all__ = ["quantile_regression"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

FEWEST_NEAR = 2000
"""Rows that are solved at least; below this the passes over all rows cost more than the solving."""

SHARE_NEAR = 0.1
"""Share of the rows that is solved at first, around the level."""

MOST_STEPS = 60
"""Steps of the interior point method; it takes 10 to 20."""

TOLERANCE = 1e-12
"""How far the loss may be above its least, as a share of the spread of all rows solved."""

STOP_SHORT = 0.99995
"""Share of the way to the nearest bound that a step goes."""

INNER = 0.02
"""How far within 0 and 1 the shares start; else too few rows were left to be solved."""


def quantile_regression(
    design: ArrayLike, outcome: ArrayLike, levels: Sequence[float] | FloatArray
) -> FloatArray:
    """Fit quantiles of an outcome that are linear in the columns of a design.

    Parameters
    ----------
    design : array_like of shape (n, p)
        Columns, an intercept among or implied by them.
    outcome : array_like of shape (n,)
        Outcome, in any unit.
    levels : sequence of float of length k
        Quantiles, each within (0, 1): 0.5 is the median.

    Returns
    -------
    numpy.ndarray of shape (p, k)
        Coefficients, a column each level. Where several fit equally well, as may happen if values
        are repeated, one of them.

    Raises
    ------
    UsageError
        If shapes do not match, values are not finite, or a level is not within (0, 1).
    EstimationError
        If the columns depend on each other, or explain the outcome without error.

    Examples
    --------
    >>> rows = [[1.0, x] for x in range(9)]
    >>> quantile_regression(rows, [1, 2, 3, 4, 5, 6, 7, 8, 80], [0.5]).round(6)
    array([[1.],
           [1.]])
    """
    x, y, wanted = _checked(design, outcome, levels)
    gram = x.T @ x
    if np.linalg.matrix_rank(gram, hermitian=True) < x.shape[1]:
        raise EstimationError(
            f"the {x.shape[1]} columns of the design depend on each other, given {len(y)} rows; "
            "leave some out"
        )
    residual = y - x @ np.linalg.solve(gram, x.T @ y)
    distance = np.abs(residual)
    if distance.mean() <= 1e-10 * np.ptp(y):
        raise EstimationError("the design explains the outcome without error: no quantile differs")
    # Distances are judged by how far rows of like columns lie from their mean.
    spread = x @ np.linalg.solve(gram, x.T @ distance)
    spread = np.maximum(spread, 0.1 * distance.mean())
    coefficients = np.empty((x.shape[1], len(wanted)))
    for at in np.argsort(wanted):
        coefficients[:, at] = _fit(x, y, wanted[at], residual / spread, distance.mean())
        residual = y - x @ coefficients[:, at]
    return coefficients


def _checked(
    design: ArrayLike, outcome: ArrayLike, levels: Sequence[float] | FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the arguments as arrays, refusing what can't be fitted."""
    x, y = np.asarray(design, dtype=float), np.asarray(outcome, dtype=float)
    wanted = np.asarray(levels, dtype=float)
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise UsageError(
            f"design must be of shape (n, p) and outcome of shape (n,); got {x.shape} and {y.shape}"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise UsageError("design and outcome must be finite numbers; leave out rows without, first")
    if wanted.ndim != 1 or not ((wanted > 0) & (wanted < 1)).all():
        raise UsageError(f"levels must each lie between 0 and 1; got {levels!r}")
    return x, y, wanted


def _fit(x: FloatArray, y: FloatArray, level: float, guide: FloatArray, scale: float) -> FloatArray:
    """Return the coefficients of a level; rows far along the guide from it are set at first."""
    rows = len(y)
    near = max(FEWEST_NEAR / rows, SHARE_NEAR)
    while True:
        below, above = _far(guide, level, near)
        set_any = bool(below.any() or above.any())
        while (found := _fit_near(x, y, level, below, above, scale)) is not None:
            residual = y - x @ found
            wrong = (below & (residual > 0)) | (above & (residual < 0))
            if not wrong.any():
                return found
            below, above = below & ~wrong, above & ~wrong
        if not set_any:
            raise EstimationError(
                f"the quantile regression at level {level:g} of {rows} rows on {x.shape[1]} "
                "columns did not converge; leave out columns that hardly vary"
            )
        near *= 2


def _far(guide: FloatArray, level: float, near: float) -> tuple[BoolArray, BoolArray]:
    """Return which rows are below and above the share of rows that is nearest to the level."""
    low, high = level - near / 2, level + near / 2
    first, last = np.quantile(guide, [max(low, 0.0), min(high, 1.0)])
    return guide < first, guide > last


def _fit_near(
    x: FloatArray, y: FloatArray, level: float, below: BoolArray, above: BoolArray, scale: float
) -> FloatArray | None:
    """Return coefficients, given rows that are below and above; None if others must be, too."""
    near = ~(below | above)
    part = x[near]
    everything = len(part) == len(x)
    total = (1 - level) * x.sum(axis=0) - x[above].sum(axis=0)
    share = np.full(len(part), 1 - level if everything else 0.5)
    try:
        share += part @ np.linalg.solve(part.T @ part, total - part.T @ share)
        if not everything and np.abs(share - 0.5).max() >= 0.5 - INNER:
            return None
        return _interior_point(part, y[near], share, scale)
    except np.linalg.LinAlgError:  # the rows that are left do not tell the columns apart
        return None


class _Point(NamedTuple):
    """Coefficients, shares above and below, and distances below and above the fit.

    The search is over where each row's share times its distance on the other side is zero.
    """

    coefficients: FloatArray
    share: FloatArray
    rest: FloatArray
    below: FloatArray
    above: FloatArray

    def gap(self) -> float:
        """Return how far the loss is above its least."""
        return float(self.share @ self.below + self.rest @ self.above)


def _interior_point(
    x: FloatArray, y: FloatArray, share: FloatArray, scale: float
) -> FloatArray | None:
    """Return the coefficients of rows whose shares, weighted by the columns, add up as given."""
    coefficients = np.asarray(np.linalg.solve(x.T @ x, x.T @ y), np.float64)
    residual = y - x @ coefficients
    below, above = np.maximum(-residual, 0), np.maximum(residual, 0)
    margin = 1e-3 * scale
    point = _Point(coefficients, share, 1 - share, below + margin, above + margin)
    for _ in range(MOST_STEPS):
        if point.gap() <= TOLERANCE * scale * len(y):
            return point.coefficients
        point = _step(x, point)
    return None


def _step(x: FloatArray, point: _Point) -> _Point:
    """Return where a predictor and a corrector lead (Mehrotra 1992)."""
    freedom = 1 / (point.below / point.share + point.above / point.rest)
    weighted = x * freedom[:, None]
    hessian = weighted.T @ x

    def towards(below: FloatArray | float, above: FloatArray | float) -> _Point:
        # Changes after which, to first order, share times below and rest times above are as given.
        lack = above / point.rest - below / point.share - (point.above - point.below)
        coefficients = _solved(hessian, -(weighted.T @ lack))
        share = -freedom * (x @ coefficients + lack)
        return _Point(
            coefficients,
            share,
            -share,
            (below - point.below * share) / point.share - point.below,
            (above + point.above * share) / point.rest - point.above,
        )

    predicted = towards(0.0, 0.0)
    gap = point.gap()
    left = _moved(point, predicted).gap()
    centre = gap * (left / gap) ** 3 / (2 * len(x))
    corrected = towards(
        centre - predicted.share * predicted.below, centre - predicted.rest * predicted.above
    )
    return _moved(point, corrected)


def _solved(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Return the solution of linear equations, the smallest if there are several.

    Near several fits that are equally good, the last rows lose their freedom one by one.
    """
    try:
        return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, right)[0], dtype=np.float64)


def _moved(point: _Point, change: _Point) -> _Point:
    """Return the point after a change, or after as much of it as keeps all within bounds."""
    shares = _reach((point.share, change.share), (point.rest, change.rest))
    distances = _reach((point.below, change.below), (point.above, change.above))
    return _Point(
        point.coefficients + distances * change.coefficients,
        point.share + shares * change.share,
        point.rest + shares * change.rest,
        point.below + distances * change.below,
        point.above + distances * change.above,
    )


def _reach(*pairs: tuple[FloatArray, FloatArray]) -> float:
    """Return how much of the changes, at most all, leaves every value above zero."""
    fastest = max(float((-change / value).max()) for value, change in pairs)
    return min(1.0, STOP_SHORT / fastest) if fastest > 0 else 1.0
