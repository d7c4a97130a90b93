"""What a confounder that nobody measured would have to be, to change what an estimate says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.inference.cluster_robust import shares
from autonomy_stats.models.inference.prepared import prepare
from autonomy_stats.models.robustness.omitted_variable import (
    benchmark_strength,
    bias_factor,
    value_of_factor,
)
from autonomy_stats.models.robustness.regression import least_squares, row_weights

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.inference.cluster_robust import Kind, Working

__all__ = ["ALL_CONTROLS", "GROUPS", "sensitivity", "sensitivity_contours"]

GROUPS: Mapping[str, tuple[str, ...]] = {"race": ("black_pct", "hispanic_pct", "asian_pct")}
"""Controls that are a benchmark together, too."""

ALL_CONTROLS = "all controls"

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

ROUNDING = 1e-13
"""Share of a total below which what is left of it is rounding."""


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
    0                   -21.01              0.32
    1  low_income_pct   -20.95               NaN
    """
    import pandas as pd

    if isinstance(times, str) or not all(one > 0 for one in times):
        raise UsageError(f"times is a sequence of numbers above 0; got {times!r}")
    design = least_squares(fit, "sensitivity")
    rows = [row for line in _lines(fit, design) for row in _rows(line, fit, design, times)]
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
        Of each side of the grid.

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
    >>> grid.pivot(index="r2_outcome", columns="r2_type", values="estimate").round(1)
    r2_type     0.00  0.25  0.50
    r2_outcome
    0.00       -21.0 -21.0 -21.0
    0.25       -21.0 -5.6  5.6
    """
    import pandas as pd

    lines = {line.school_type: line for line in _lines(fit, least_squares(fit, "sensitivity"))}
    if school_type not in lines:
        raise UsageError(f"{school_type!r} has no estimate here; there are {sorted(lines)}")
    line = lines[school_type]
    if most is None:
        most = float(np.clip(1.6 * value_of_factor(line.factor), 0.1, LARGEST))
    if not 0 < most < 1:
        raise UsageError(f"most is a share within (0, 1); got {most!r}")
    if not isinstance(points, int) or points < 2:
        raise UsageError(f"points must be a whole number of at least 2; got {points!r}")
    along = np.linspace(0, most, points)
    of_type, of_outcome = (grid.ravel() for grid in np.meshgrid(along, along))
    made = [line.adjusted(c) for c in bias_factor(of_type, of_outcome)]
    kept = ["estimate", "std_error", "statistic", "conf_low", "conf_high"]
    found = pd.DataFrame(made)[kept]
    found.insert(0, "r2_outcome", of_outcome)
    found.insert(0, "r2_type", of_type)
    found.insert(0, "school_type", school_type)
    return marked(found, fit)


@dataclass(frozen=True)
class _Line:
    """A type's estimate, the scale of its bias, and what each cluster adds to both.

    `scale` is the classical standard error times the root of its degrees of freedom; `of_estimate`
    and `of_scale` are each cluster's part of the errors of the estimate, turned to be positive,
    and of the scale.
    """

    school_type: str
    estimate: float
    scale: float
    df: float
    critical: float
    of_estimate: NDArray[np.float64] | None
    of_scale: NDArray[np.float64]
    between: float
    note: str

    @property
    def factor(self) -> float:
        """Bias factor at which the estimate is zero."""
        return abs(self.estimate) / self.scale if self.scale > 0 else float("inf")

    def adjusted(self, factor: float) -> dict[str, float]:
        """Return estimate and interval next to a confounder of a bias factor."""
        from scipy import stats

        toward = 1.0 if self.estimate >= 0 else -1.0
        estimate = toward * (abs(self.estimate) - factor * self.scale)
        row = {"estimate": estimate, **dict.fromkeys(COLUMNS[6:12], float("nan"))}
        if self.of_estimate is None or np.isnan(factor):
            return row
        error = float(np.linalg.norm(self.of_estimate - factor * self.of_scale))
        statistic = estimate / error
        return row | {
            "std_error": error,
            "df": self.df,
            "statistic": statistic,
            "p_value": float(2 * stats.t.sf(abs(statistic), self.df)),
            "conf_low": estimate - self.critical * error,
            "conf_high": estimate + self.critical * error,
        }

    def factor_of_interval(self) -> float:
        """Return the smallest bias factor at which the interval covers zero.

        There |b| - c S = t |u - c v|; squared, a quadratic equation of c.
        """
        if self.of_estimate is None:
            return float("nan")
        own, part = self.of_estimate, self.of_scale
        size, square = abs(self.estimate), self.critical**2
        if size <= self.critical * np.linalg.norm(own):
            return 0.0
        equation = [
            self.scale**2 - square * (part @ part),
            -2 * (size * self.scale - square * (own @ part)),
            size**2 - square * (own @ own),
        ]
        roots = np.roots(equation).real  # one lies below `factor`, where the left side is zero
        return float(min(roots[roots > 0], default=self.factor))


def _lines(fit: Fit, design: Design) -> Iterator[_Line]:
    """Yield the types that have an estimate."""
    from scipy import stats

    assert fit.fitted is not None
    fitted, effects = fit.fitted, fit.effects.set_index("school_type")
    types = [term for term in fitted.terms if term in design.types]
    at = [fitted.terms.index(term) for term in types]
    p = prepare(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        fitted.weights,
        np.eye(len(fitted.terms))[at],
    )
    share = shares(p, cast("Kind", fit.vcov), cast("Working", fit.working))
    left = float(p.weight @ p.residual**2)
    if left <= ROUNDING * float(
        row_weights(design) @ (design.outcome - design.outcome.mean()) ** 2
    ):
        raise EstimationError("the columns explain the outcome without error: nothing is left over")
    clusters = np.add.reduceat((p.weight * share.residual)[:, None] * p.basis, p.starts)
    outcome = np.add.reduceat(p.weight * p.residual**2, p.starts) / left
    between = _between(design, fitted.matrix, left)
    for k, school_type in enumerate(types):
        row, coordinates = effects.loc[school_type], p.coordinates[:, k]
        precision = float(coordinates @ coordinates)  # 1 / what is left of the type's variance
        scale = (left * precision) ** 0.5
        own = np.add.reduceat(p.weight * (p.basis @ coordinates) ** 2, p.starts) / precision
        toward = 1.0 if row["estimate"] >= 0 else -1.0
        judged = bool(row["std_error"] == row["std_error"])
        yield _Line(
            school_type=school_type,
            estimate=float(row["estimate"]),
            scale=scale,
            df=float(row["df"]),
            critical=float(stats.t.ppf((1 + fit.conf_level) / 2, row["df"])),
            of_estimate=toward * (clusters @ coordinates) if judged else None,
            of_scale=scale / 2 * (outcome - own),
            between=between,
            note=str(row["note"]),
        )


def _between(design: Design, matrix: NDArray[np.float64], left: float) -> float:
    """Return the share of what is left of the outcome that a level for each school takes away."""
    import pandas as pd

    weight = row_weights(design)
    school = pd.factorize(design.frame[design.school])[0]
    both = np.column_stack([design.outcome, matrix])
    total = np.bincount(school, weight)
    means = np.column_stack([np.bincount(school, weight * one) / total for one in both.T])
    both = (both - means[school]) * np.sqrt(weight)[:, None]
    outcome, columns = both[:, 0], both[:, 1:]
    length = np.linalg.norm(columns, axis=0)
    varying = columns[:, length > 1e-9 * np.linalg.norm(matrix * np.sqrt(weight)[:, None], axis=0)]
    if varying.shape[1]:
        outcome = outcome - varying @ np.linalg.lstsq(varying, outcome, rcond=None)[0]
    return float(np.clip(1 - outcome @ outcome / left, 0, 1))


def _rows(
    line: _Line, fit: Fit, design: Design, times: Sequence[float]
) -> Iterator[dict[str, Any]]:
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
    for benchmark, of_type, of_outcome in _benchmarks(line.school_type, fit):
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


def _note(r2_outcome: float, line: _Line) -> str:
    """Say what is impossible about a confounder, and what the type's own row says."""
    if np.isnan(r2_outcome):
        return IMPOSSIBLE
    own = EVERYTHING if r2_outcome >= 1 else WITHIN if r2_outcome > line.between else ""
    return "; ".join(part for part in (own, line.note) if part)


def _benchmarks(school_type: str, fit: Fit) -> Iterator[tuple[str, float, float]]:
    """Yield each control, and each group, with the shares of type and outcome that it explains."""
    assert fit.fitted is not None
    fitted = fit.fitted
    weight = np.ones(len(fitted.matrix)) if fitted.weights is None else fitted.weights
    root = np.sqrt(weight)[:, None]
    length = np.linalg.norm(root * fitted.matrix, axis=0)
    inverse = np.linalg.inv(np.linalg.qr(root * fitted.matrix / length, mode="r"))
    inverse = inverse @ inverse.T  # of the Gram matrix, columns of length one
    coefficients = fitted.coefficients * length
    k = fitted.terms.index(school_type)
    of_type = -inverse[:, k] / inverse[k, k]
    held = inverse - np.outer(inverse[:, k], inverse[k]) / inverse[k, k]
    left = float(weight @ fitted.residuals**2)
    controls = [control for control in fit.controls if control in fitted.terms]
    groups = {name: [c for c in group if c in controls] for name, group in GROUPS.items()}
    groups = {control: [control] for control in controls} | groups | {ALL_CONTROLS: controls}
    for name, group in groups.items():
        if len(group) < 2 and name not in controls:
            continue  # the group is one control, which stands by itself
        at = [fitted.terms.index(control) for control in group]
        with_type = of_type[at] @ np.linalg.solve(held[np.ix_(at, at)], of_type[at])
        with_outcome = coefficients[at] @ np.linalg.solve(inverse[np.ix_(at, at)], coefficients[at])
        rest = 1 / inverse[k, k]
        yield name, with_type / (with_type + rest), with_outcome / (with_outcome + left)
