"""Proportional-odds logit of levels, reported as average differences in the expected level.

McCullagh (1980): a type shifts the log-odds of passing any threshold between levels by the same
amount. Written here, since statsmodels' OrderedModel takes no weights; agrees with ``polr`` of the
R package MASS and ``clm`` of ordinal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import logit

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.cumulative import Cumulative, log_probability, slopes
from autonomy_stats.models.logistic import (
    Linearised,
    average_differences,
    estimate_table,
    example_row,
    mean_weights,
    refuse_unusable,
    reported,
)
from autonomy_stats.models.separation import separating_terms
from autonomy_stats.models.wls import Estimates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.inference.prepared import FloatArray, IntArray

__all__ = ["OrderedEstimates", "fit_ordered"]

MOST_LEVELS = 10
"""More distinct values are a quantity, not levels."""

THRESHOLD = "\N{NULL}threshold "
"""Beginning of the names of thresholds, which no school type or control can have."""

STEP_TOLERANCE = 1e-10
"""Newton's method ends when no row's linear predictor moves by more."""

MOST_ITERATIONS = 50

FAR = 12.0
"""Log-odds that make a search for columns without finite estimates worth its time."""


@dataclass(frozen=True, kw_only=True)
class OrderedEstimates(Estimates):
    """Estimates in expected levels, with what they were made of.

    `log_odds` is a table like `table`, of the coefficients themselves: the log-odds of being above
    a threshold. `probabilities` has a row for each type and level: `school_type, level, estimate,
    std_error, df`, the average difference in the probability of the level. `levels` are those
    that occur.
    """

    log_odds: pd.DataFrame
    probabilities: pd.DataFrame
    levels: tuple[int, ...]


def fit_ordered(design: Design, *, vcov: str, working: str) -> OrderedEstimates:
    """Fit levels by a proportional-odds logit, with cluster-robust inference.

    Estimates are average differences in the expected level: of a type, between all rows of the
    fit if they were of the type and if they were of the reference; of a control, a point of its
    share more. Rows count by their weights, in the fit and in the averages. Standard errors
    follow by the delta method, with the rows' composition taken as given.

    Parameters
    ----------
    design : Design
        Rows, columns and weights, of full column rank; the outcome whole numbers.
    vcov : {"CR2", "CR3", "CR1", "CR0"}
        Cluster-robust covariance, around the observed information. CR1 is the sandwich times
        m / (m - 1) for m clusters, as ``vcovCL(type = "HC0", cadjust = TRUE)`` of the R package
        sandwich; it and CR0 have m - 1 degrees of freedom. CR2 and CR3 adjust the residuals of
        the linearised fit (one row for each row and level) and have Satterthwaite's.
    working : {"identity", "inverse_weights"}
        Working model of CR2 and of Satterthwaite's degrees of freedom: rows of the variance that
        the probabilities of their levels imply, or of that over their weight.

    Returns
    -------
    OrderedEstimates

    Raises
    ------
    EstimationError
        If the outcome is no level or never differs, the columns are too many or dependent, or no
        finite estimate exists.

    References
    ----------
    McCullagh, P. (1980). Regression models for ordinal data. *Journal of the Royal Statistical
    Society B* 42(2), 109-142.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats.models.design import build_design
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcdefgh"), "school_type": ["traditional"] * 4 + ["izone"] * 4,
    ...     "value": [1, 2, 3, 1, 3, 1, 5, 5],
    ... })
    >>> design = build_design(
    ...     frame, "value", school_type="school_type", reference="traditional",
    ...     controls=(), absorb=(), weights=None, cluster="school_id", drop_types=(),
    ... )
    >>> fit = fit_ordered(design, vcov="CR1", working="identity")
    >>> fit.table.loc["izone"].round(2).to_dict()
    {'estimate': 1.64, 'std_error': 1.12, 'df': 7.0}
    >>> fit.log_odds["estimate"].round(2).to_dict(), fit.levels
    ({'izone': 2.15}, (1, 2, 3, 5))
    """
    levels, code = _levels(design)
    # The first cell's level is in the thresholds.
    cells = [j for j in range(len(design.terms)) if j not in reported(design, design.terms)]
    rows = np.delete(design.matrix, cells[:1], axis=1)
    terms = tuple(term for j, term in enumerate(design.terms) if j not in cells[:1])
    refuse_unusable(design, "the level", len(levels) - 1 + len(terms))
    model = Cumulative(rows, code, len(levels), mean_weights(design))
    names = (*(f"{THRESHOLD}{level}" for level in levels[:-1]), *terms)
    parameters = _maximum(model, design, names)
    linear = _linearised(model, design, parameters, names)
    return _estimates(linear, design, rows, terms, levels, vcov, working)


def _levels(design: Design) -> tuple[NDArray[np.int64], IntArray]:
    """Return the levels that occur, and the number of each row's."""
    y = design.outcome
    broken = y != np.round(y)
    if broken.any():
        raise EstimationError(
            f"an ordered logit needs whole levels; {int(broken.sum())} of {len(y)} rows have "
            f"others, the first is {y[broken][0]:g} ({example_row(design, broken)}). Use "
            f"estimator='wls' for a quantity"
        )
    levels, code = np.unique(y.astype(np.int64), return_inverse=True)
    if len(levels) > MOST_LEVELS:
        raise EstimationError(
            f"an ordered logit needs at most {MOST_LEVELS} levels; the outcome has {len(levels)} "
            f"values, {levels[0]} to {levels[-1]}. Use estimator='wls' for a quantity"
        )
    return levels, code


def _maximum(model: Cumulative, design: Design, names: tuple[str, ...]) -> FloatArray:
    """Return the maximum of the likelihood, which is concave, by Newton's method."""
    cuts = model.levels - 1
    share = np.bincount(model.code, model.weight)[:-1].cumsum() / model.weight.sum()
    parameters = np.concatenate([logit(share), np.zeros(model.rows.shape[1])])
    best, moved = model.log_likelihood(parameters), np.inf
    for _ in range(MOST_ITERATIONS):
        score, information = model.score_and_information(parameters)
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            break
        moved = np.abs(step[:cuts]).max() + np.abs(model.rows @ step[cuts:]).max()
        if not moved > STEP_TOLERANCE:
            break
        reached = model.log_likelihood(parameters + step)
        while reached < best - 1e-9 * abs(best):
            step = step / 2
            reached = model.log_likelihood(parameters + step)
        parameters, best = parameters + step, reached
    distance = np.concatenate(model.bounds(parameters, model.code))
    done = moved <= STEP_TOLERANCE
    if not done or np.abs(distance[np.isfinite(distance)]).max() > FAR:
        _refuse_separation(model, design, names)
    if not done:
        raise EstimationError(
            f"the ordered logit did not converge in {MOST_ITERATIONS} iterations over "
            f"{len(model.rows)} rows and {len(names)} parameters. Use estimator='wls', or absorb "
            f"fewer columns"
        )
    return parameters


def _refuse_separation(model: Cumulative, design: Design, names: tuple[str, ...]) -> None:
    """Refuse a design along which the likelihood rises without end."""
    by_upper, by_lower = model.spread(model.code)
    towards = np.vstack([by_upper[model.code < model.levels - 1], -by_lower[model.code > 0]])
    terms = separating_terms(towards, np.empty((0, len(names))), names)
    if not terms:
        return
    named = [term for term in terms if term in {*design.controls, *design.types}]
    what = f"{named[0]!r}" if named else f"a cell of {' x '.join(design.absorbed) or 'all rows'}"
    raise EstimationError(
        f"the ordered logit has no finite estimate: {what} tells some levels from all others "
        f"without an exception. Use estimator='wls', absorb fewer columns, or leave the type or "
        f"control out"
    )


def _linearised(
    model: Cumulative, design: Design, parameters: FloatArray, names: tuple[str, ...]
) -> Linearised:
    """Return the fit as a regression with a row for each row and level.

    With the root of a level's probability as unit, residuals are Pearson's and the design is the
    derivative of the probabilities. The levels of a row are correlated, by the roots of their
    probabilities; the design and the residuals of a row are orthogonal to these, so that to take
    the levels as independent changes nothing.
    """
    n, width = len(model.rows), len(parameters)
    root = np.empty((n, model.levels))
    rows = np.empty((n, model.levels, width))
    for level in range(model.levels):
        code = np.full(n, level)
        upper, lower = model.bounds(parameters, code)
        by_upper, by_lower = model.spread(code)
        rise, fall = slopes(upper, lower)
        root[:, level] = np.exp(0.5 * log_probability(upper, lower))
        rows[:, level] = root[:, [level]] * (rise[:, None] * by_upper + fall[:, None] * by_lower)
    residuals = np.equal.outer(model.code, np.arange(model.levels)) / root - root
    return Linearised(
        rows=rows.reshape(-1, width),
        residuals=residuals.ravel(),
        weights=np.repeat(model.weight, model.levels),
        clusters=np.repeat(design.clusters, model.levels),
        parameters=parameters,
        terms=names,
        sensitivity=model.score_and_information(parameters)[1],
    )


def _estimates(
    linear: Linearised,
    design: Design,
    rows: FloatArray,
    terms: tuple[str, ...],
    levels: NDArray[np.int64],
    vcov: str,
    working: str,
) -> OrderedEstimates:
    """Return average differences in the expected level and in the probability of each level."""
    cuts = len(levels) - 1
    thresholds, coefficients = linear.parameters[:cuts], linear.parameters[cuts:]

    def average(steps: FloatArray) -> tuple[FloatArray, FloatArray]:
        return average_differences(design, rows, terms, coefficients, thresholds, steps)

    estimates, gradient = average(np.diff(levels).astype(float))
    named = [cuts + j for j in reported(design, terms)]
    q = len(named)
    # A level's probability: that of passing the threshold below it, less that of the one above.
    blocks = [average(steps) for steps in -np.diff(np.eye(cuts + 2)[:, 1:-1], axis=0)]
    columns = np.concatenate([gradient, np.eye(len(linear.parameters))[named]])
    covariance, df, clusters = linear.inference(
        np.concatenate([columns, *(block[1] for block in blocks)]), vcov, working
    )
    index = pd.Index([linear.terms[j] for j in named], name="term")
    tables = [
        estimate_table(index, value, covariance[s : s + q, s : s + q], df[s : s + q])
        for s, value in zip(
            range(0, len(df), q),
            [estimates, linear.parameters[named], *(block[0] for block in blocks)],
            strict=True,
        )
    ]
    by_level = pd.concat(tables[2:], keys=levels.tolist(), names=["level"]).reset_index()
    by_level = by_level.rename(columns={"term": "school_type"})
    types = by_level["school_type"].isin(design.types)
    small = vcov in ("CR2", "CR3")
    plain = index.rename(None)
    return OrderedEstimates(
        table=tables[0],
        covariance=pd.DataFrame(covariance[:q, :q], index=plain, columns=plain),
        n_clusters=clusters,
        fitted=linear.fitted(named, estimates, gradient) if small else None,
        log_odds=tables[1],
        probabilities=by_level.loc[
            types, ["school_type", "level", "estimate", "std_error", "df"]
        ].sort_values(["school_type", "level"], ignore_index=True),
        levels=tuple(int(level) for level in levels),
    )
