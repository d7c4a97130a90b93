"""What a confounder that nobody measured would have to be, to change what an estimate says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.robustness.benchmarks import benchmarks
from autonomy_stats.models.robustness.confounded import confounded_types
from autonomy_stats.models.robustness.omitted_variable import (
    benchmark_strength,
    bias_factor,
    value_of_factor,
)
from autonomy_stats.models.robustness.refit import least_squares

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.robustness.confounded import Confounded

__all__ = ["COLUMNS", "sensitivity", "sensitivity_contours"]

COLUMNS = [
    "school_type",
    "benchmark",
    "times",
    "r2_type",
    "r2_outcome",
    "estimate",
    "std_error",
    "df",
    "statistic",
    "p_value",
    "conf_low",
    "conf_high",
    "partial_r2",
    "robustness_value",
    "robustness_value_interval",
    "between_share",
    "robustness_value_between",
    "extreme_value_between",
    "note",
]

IMPOSSIBLE = "no confounder can be so strong"
EVERYTHING = "would explain all that is left of the outcome"
WITHIN = "more of the outcome than lies between schools"

LARGEST = 0.95
"""No contour goes further: at 1 the confounder is the type itself."""


def sensitivity(fit: Fit, *, times: Sequence[float] = (1, 2, 3)) -> pd.DataFrame:
    """Say how strong a confounder would have to be, and what one like the controls would do.

    Estimates and shares are algebra of the weighted regression. The interval is that of the
    adjusted estimate for a confounder of given strength: its standard error is clustered as the
    fit's is, and adds the clusters' part in the scale of the bias; its degrees of freedom are the
    fit's. Confounders are taken to bring the estimate towards zero.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects` by least squares.
    times : sequence of float
        How many times as strong as a control the confounder is.

    Returns
    -------
    pandas.DataFrame
        Of each type with an estimate, a row as it stands (`benchmark` empty, `times` 0), then a
        row for each benchmark and number of times: `school_type, benchmark, times, r2_type,
        r2_outcome, estimate, std_error, df, statistic, p_value, conf_low, conf_high`, and `note`.
        Benchmarks are each control, `race`, and `all controls`. Only the first row of a type has

        - `partial_r2`: share of the outcome's residual variance that the type explains; and what
          share of the type's a confounder needs that explains all of the outcome's;
        - `robustness_value`: share of both that brings the estimate to zero;
          `robustness_value_interval`: that brings the interval to cover it;
        - `between_share`: share of the outcome's residual variance between schools, which is the
          most that a confounder with one value a school can explain;
          `robustness_value_between` and `extreme_value_between`: the robustness value, and the
          share for the extreme confounder, if only that share is there to be explained.

    Raises
    ------
    EstimationError
        If the fit is of another estimator.

    References
    ----------
    Cinelli, C. and Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable
    bias. *Journal of the Royal Statistical Society, Series B* 82(1), 39-67.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> table = sensitivity(fit, times=[1])
    >>> table[["benchmark", "estimate", "robustness_value"]].round(2)
            benchmark  estimate  robustness_value
    0                    -21.05              0.24
    1  low_income_pct    -14.64               NaN
    """
    import pandas as pd

    if isinstance(times, str) or not all(one > 0 for one in times):
        raise UsageError(f"times is a sequence of numbers above 0; got {times!r}")
    design = least_squares(fit, "sensitivity")
    rows = [row for line in confounded_types(fit, design) for row in _rows(line, fit, times)]
    return marked(pd.DataFrame(rows, columns=COLUMNS), fit)


def sensitivity_contours(
    fit: Fit, school_type: str, *, most: float | None = None, points: int = 41
) -> pd.DataFrame:
    """Return a type's estimate over a grid of strengths of a confounder.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects` by least squares.
    school_type : str
        A type with an estimate.
    most : float, optional
        Largest share of both sides, below 1; default: beyond the robustness value.
    points : int
        Of each side of the grid, which is finer near zero.

    Returns
    -------
    pandas.DataFrame
        One row a point: `school_type, r2_type, r2_outcome, estimate, std_error, statistic,
        conf_low, conf_high`.

    Raises
    ------
    UsageError
        If the type has no estimate, or `most` or `points` are out of range.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> grid = sensitivity_contours(fit, "independent_charter", most=0.5, points=3)
    >>> grid.loc[grid["r2_type"] == 0.125, ["r2_outcome", "estimate"]].round(2)
       r2_outcome  estimate
    1        0.00    -21.05
    4        0.12    -10.79
    7        0.50     -0.54
    """
    import pandas as pd

    lines = {
        line.school_type: line for line in confounded_types(fit, least_squares(fit, "sensitivity"))
    }
    if school_type not in lines:
        raise UsageError(f"{school_type!r} has no estimate here; there are {sorted(lines)}")
    line = lines[school_type]
    if most is None:
        most = float(np.clip(1.6 * value_of_factor(line.factor), 0.1, LARGEST))
    if not 0 < most < 1:
        raise UsageError(f"most is a share within (0, 1); got {most!r}")
    if not isinstance(points, int) or points < 2:
        raise UsageError(f"points must be a whole number of at least 2; got {points!r}")
    along = most * np.linspace(0, 1, points) ** 2  # the contours bend near the axes
    of_type, of_outcome = (grid.ravel() for grid in np.meshgrid(along, along))
    made = [line.adjusted(c) for c in bias_factor(of_type, of_outcome)]
    kept = ["estimate", "std_error", "statistic", "conf_low", "conf_high"]
    found = pd.DataFrame(made)[kept]
    found.insert(0, "r2_outcome", of_outcome)
    found.insert(0, "r2_type", of_type)
    found.insert(0, "school_type", school_type)
    return marked(found, fit)


def _rows(line: Confounded, fit: Fit, times: Sequence[float]) -> Iterator[dict[str, Any]]:
    """Yield a type as it stands, then next to each benchmark."""
    whole = line.factor**2 / line.between if line.between > 0 else float("inf")
    yield {
        "school_type": line.school_type,
        "benchmark": "",
        "times": 0.0,
        "r2_type": 0.0,
        "r2_outcome": 0.0,
        **line.adjusted(0.0),
        "partial_r2": line.factor**2 / (1 + line.factor**2),
        "robustness_value": value_of_factor(line.factor),
        "robustness_value_interval": value_of_factor(line.factor_of_interval())
        if line.of_estimate is not None
        else float("nan"),
        "between_share": line.between,
        "robustness_value_between": value_of_factor(whole**0.5),
        "extreme_value_between": 1.0 if np.isinf(whole) else whole / (1 + whole),
        "note": line.note,
    }
    for benchmark, of_type, of_outcome in benchmarks(line.school_type, fit):
        for number in times:
            r2_type, r2_outcome = benchmark_strength(of_type, of_outcome, number)
            yield {
                "school_type": line.school_type,
                "benchmark": benchmark,
                "times": float(number),
                "r2_type": r2_type,
                "r2_outcome": r2_outcome,
                **line.adjusted(float(bias_factor(r2_type, r2_outcome))),
                "note": _note(r2_outcome, line),
            }


def _note(r2_outcome: float, line: Confounded) -> str:
    """Say what is impossible about a confounder, and what the type's own row says."""
    if np.isnan(r2_outcome):
        return IMPOSSIBLE
    own = EVERYTHING if r2_outcome >= 1 else WITHIN if r2_outcome > line.between else ""
    return "; ".join(part for part in (own, line.note) if part)
