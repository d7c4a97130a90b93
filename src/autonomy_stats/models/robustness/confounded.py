"""A type's estimate and interval next to a confounder of a given strength."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.inference.cluster_robust import shares
from autonomy_stats.models.inference.prepared import prepare
from autonomy_stats.models.robustness.refit import row_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.inference.cluster_robust import Kind, Working

__all__ = ["Confounded", "confounded_types"]

INTERVAL = ("std_error", "df", "statistic", "p_value", "conf_low", "conf_high")

ROUNDING = 1e-13
"""Share of a total below which what is left of it is rounding."""


@dataclass(frozen=True)
class Confounded:
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
        row = {"estimate": estimate, **dict.fromkeys(INTERVAL, float("nan"))}
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


def confounded_types(fit: Fit, design: Design) -> Iterator[Confounded]:
    """Yield the types that have an estimate."""
    from scipy import stats

    assert fit.fitted is not None
    fitted = fit.fitted
    effects = {row["school_type"]: row for row in fit.effects.to_dict("records")}
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
    total = float(row_weights(design) @ (design.outcome - design.outcome.mean()) ** 2)
    if left <= ROUNDING * total:
        raise EstimationError(
            "the columns explain the outcome without error: nothing is left that a confounder "
            "could explain"
        )
    clusters = np.add.reduceat((p.weight * share.residual)[:, None] * p.basis, p.starts)
    outcome = np.add.reduceat(p.weight * p.residual**2, p.starts) / left
    between = _between(design, fitted.matrix, left)
    for k, school_type in enumerate(types):
        row, coordinates = effects[school_type], p.coordinates[:, k]
        precision = float(coordinates @ coordinates)  # 1 / what is left of the type's variance
        scale = (left * precision) ** 0.5
        own = np.add.reduceat(p.weight * (p.basis @ coordinates) ** 2, p.starts) / precision
        toward = 1.0 if row["estimate"] >= 0 else -1.0
        judged = bool(row["std_error"] == row["std_error"])
        yield Confounded(
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
