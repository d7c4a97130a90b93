"""Differences between schools in standard deviations of students, comparable across tests.

Percents proficient can't be compared across tests: ten points are more student standard deviations
where few pass than where half do. Two ways to a common unit are here. For percents, the
probit at the reference schools' rate, which assumes that scores are normal and equally spread in
both kinds of school, and that both face the same cut. For mean scores, the students' standard
deviation on the test, which assumes nothing, but which states seldom publish.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["StudentSd", "points_of_sd", "scale_gap_sd", "to_student_sd"]

Values: TypeAlias = "float | pd.Series"


@dataclass(frozen=True)
class StudentSd:
    """A difference in student standard deviations: numbers, or Series with the index given.

    Parameters
    ----------
    estimate : float or pandas.Series
        The difference.
    std_error : float or pandas.Series
        Its standard error, by the derivative at the estimate.
    conf_low, conf_high : float or pandas.Series
        The interval's ends, transformed themselves: they need not lie evenly about the estimate.
        Infinite where an end implies a rate of 0 or below, or of 100 or above.
    """

    estimate: Values
    std_error: Values
    conf_low: Values
    conf_high: Values


def to_student_sd(
    estimate: Values,
    std_error: Values,
    reference_pct: Values,
    *,
    conf_low: Values = np.nan,
    conf_high: Values = np.nan,
) -> StudentSd:
    """Convert a gap in percent proficient to student standard deviations, by the probit.

    The difference is ``Phi^-1(p + gap) - Phi^-1(p)`` for the reference schools' rate p. It is
    the distance between the means of the two kinds of school **if** students' scores are normal
    and equally spread in both, with one cut score; where the spreads differ, it depends on where
    the cut lies. The reference rate is taken as known, and as that of the students whom the
    gap is about: for a gap estimated within cells, their average.

    Parameters
    ----------
    estimate, std_error : float or pandas.Series
        A gap in percentage points, and its standard error.
    reference_pct : float or pandas.Series
        Percent proficient at the reference schools, within (0, 100).
    conf_low, conf_high : float or pandas.Series
        Ends of the gap's interval, in points; missing ones stay missing.

    Returns
    -------
    StudentSd
        Series if any argument is one. A missing gap stays missing.

    Raises
    ------
    UsageError
        If a reference rate is missing or not within (0, 100), or Series have unequal indexes.
    EstimationError
        If a gap takes the rate out of (0, 100).

    Examples
    --------
    >>> gap = to_student_sd(8.0, 2.0, 31.0, conf_low=4.0, conf_high=12.0)
    >>> round(gap.estimate, 2), round(gap.std_error, 2)
    (0.22, 0.05)
    >>> round(gap.conf_low, 2), round(gap.conf_high, 2)
    (0.11, 0.32)
    """
    from scipy import stats

    (gap, error, reference, low, high), wrap = _aligned(
        estimate=estimate,
        std_error=std_error,
        reference_pct=reference_pct,
        conf_low=conf_low,
        conf_high=conf_high,
    )
    _refuse_reference(reference)
    rate = reference + gap
    outside = ~np.isnan(rate) & ~((rate > 0) & (rate < 100))
    if outside.any():
        raise EstimationError(
            f"a gap of {gap[outside][0]:+g} points from {reference[outside][0]:g} % gives "
            f"{rate[outside][0]:g} %; the probit needs a rate above 0 and below 100. A linear "
            "fit can leave that range: give such a gap in points"
        )
    base = stats.norm.ppf(reference / 100)

    def difference(points: NDArray[np.float64]) -> NDArray[np.float64]:
        shifted = stats.norm.ppf(np.clip((reference + points) / 100, 0, 1))
        return np.asarray(shifted - base)

    slope = 1 / (100 * stats.norm.pdf(stats.norm.ppf(rate / 100)))
    return StudentSd(
        estimate=wrap(difference(gap)),
        std_error=wrap(slope * error),
        conf_low=wrap(difference(low)),
        conf_high=wrap(difference(high)),
    )


def points_of_sd(sd: Values, reference_pct: Values) -> Values:
    """Convert student standard deviations to percentage points at a reference rate.

    The inverse of `to_student_sd`, under the same assumption.

    Parameters
    ----------
    sd : float or pandas.Series
        A difference in student standard deviations.
    reference_pct : float or pandas.Series
        Percent proficient at the reference schools, within (0, 100).

    Returns
    -------
    float or pandas.Series
        Percentage points.

    Raises
    ------
    UsageError
        If a reference rate is missing or not within (0, 100), or Series have unequal indexes.

    Examples
    --------
    >>> round(points_of_sd(0.10, 31.0), 1), round(points_of_sd(0.10, 5.0), 1)
    (3.6, 1.1)
    """
    from scipy import stats

    (shift, reference), wrap = _aligned(sd=sd, reference_pct=reference_pct)
    _refuse_reference(reference)
    rate = 100 * stats.norm.cdf(stats.norm.ppf(reference / 100) + shift)
    return wrap(rate - reference)


def scale_gap_sd(estimate: Values, student_sd: Values) -> Values:
    """Convert a gap in mean scale scores to student standard deviations.

    A division, so that it serves the standard error and the interval's ends as well.

    Parameters
    ----------
    estimate : float or pandas.Series
        A gap, a standard error or an interval's end, in the test's points.
    student_sd : float or pandas.Series
        Standard deviation of students' scores on that test, subject, grade and year. Not that of
        schools' means, which is far smaller.

    Returns
    -------
    float or pandas.Series
        Student standard deviations.

    Raises
    ------
    UsageError
        If a standard deviation is missing or not above 0, or Series have unequal indexes.

    Examples
    --------
    >>> scale_gap_sd(7.0, 35.0)
    0.2
    """
    (gap, spread), wrap = _aligned(estimate=estimate, student_sd=student_sd)
    good = np.isfinite(spread) & (spread > 0)
    if not good.all():
        raise UsageError(
            f"student_sd must be a number above 0, in the test's points; got {spread[~good][0]:g}"
        )
    return wrap(gap / spread)


def _refuse_reference(reference: NDArray[np.float64]) -> None:
    """Refuse reference rates that have no probit."""
    good = (reference > 0) & (reference < 100)
    if not good.all():
        raise UsageError(
            f"reference_pct must be a percent above 0 and below 100; got {reference[~good][0]:g}"
        )


def _aligned(
    **values: Values,
) -> tuple[list[NDArray[np.float64]], Callable[[NDArray[np.float64]], Values]]:
    """Return the values as arrays of one shape, and what turns such an array back."""
    import pandas as pd

    series = {name: value for name, value in values.items() if isinstance(value, pd.Series)}
    index = next((value.index for value in series.values()), None)
    for name, one in series.items():
        if not one.index.equals(index):
            raise UsageError(f"{name} has another index than {next(iter(series))}; align them")
    arrays = []
    for name, value in values.items():
        try:
            array = np.asarray(value, dtype=float)
        except (TypeError, ValueError) as problem:
            raise UsageError(f"{name} must be a number or a Series of them ({problem})") from None
        if array.ndim and name not in series:
            raise UsageError(f"{name} must be a number or a Series; got a {type(value).__name__}")
        arrays.append(array)

    def wrap(result: NDArray[np.float64]) -> Values:
        return float(result[0]) if index is None else pd.Series(result, index=index)

    shape = (1,) if index is None else (len(index),)
    return [np.broadcast_to(array, shape) for array in arrays], wrap
