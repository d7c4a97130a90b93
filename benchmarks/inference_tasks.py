"""What is timed: regressions as the package makes them, and inference on them.

A task is made from a seed and returns the work, without arguments, which is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.inference.wild_bootstrap import wild_bootstrap

CELLS, SHARES, TYPES = 6, 4, 3
FEWEST_SCHOOLS = 16
DRAWS = 9999
Arrays = dict[str, Any]


class Regression(NamedTuple):
    """Cells, shares and school types as columns, and weights of the rows."""

    design: np.ndarray
    outcome: np.ndarray
    residuals: np.ndarray
    schools: np.ndarray
    weights: np.ndarray
    coefficients: np.ndarray


def regression(rows: int, schools: int, seed: int = 0) -> Regression:
    """Make rows of schools of about equal size; of eight schools, three are of a type."""
    rng = np.random.default_rng(seed)
    number = np.arange(rows)
    school = number * schools // rows
    design = np.zeros((rows, CELLS + SHARES + TYPES))
    design[number, number % CELLS] = 1
    for column in range(CELLS, CELLS + SHARES):
        design[:, column] = rng.uniform(5, 60, schools)[school] + rng.uniform(-4, 4, rows)
    for kind in range(TYPES):
        design[:, CELLS + SHARES + kind] = school % 8 == kind
    weights = rng.integers(15, 120, rows).astype(float)
    outcome = 60 - 0.3 * design[:, CELLS] + rng.normal(0, 7, schools)[school]
    outcome += rng.normal(0, 6, rows)
    weighted = (design * weights[:, None]).T
    coefficients = np.linalg.solve(weighted @ design, weighted @ outcome)
    residuals = outcome - design @ coefficients
    return Regression(design, outcome, residuals, school, weights, coefficients)


def cr2(made: Regression) -> Callable[[], Arrays]:
    """CR2 standard errors and degrees of freedom of all coefficients."""

    def work() -> Arrays:
        found = cluster_robust(made.design, made.residuals, made.schools, made.weights)
        return {"std_errors": np.sqrt(np.diag(found.vcov)).tolist(), "df": found.df.tolist()}

    return work


def bootstrap(made: Regression) -> Callable[[], Arrays]:
    """A wild bootstrap of the last school type, with its interval."""
    last = np.eye(made.design.shape[1])[-1]
    arguments = (made.design, made.residuals, made.schools, last, float(made.coefficients[-1]))

    def work() -> Arrays:
        found = wild_bootstrap(*arguments, made.weights, draws=DRAWS)
        return {"interval": [found.conf_low, found.conf_high]}

    return work


@dataclass(frozen=True)
class Task:
    """A name, a size, what is done, how often in one process, and what is hoped for."""

    name: str
    rows: int
    schools: int
    make: Callable[[Regression], Callable[[], Arrays]]
    calls: int
    goal: str
    against_r: bool = False

    def smaller(self, times: int) -> Task:
        """Return the same task with fewer rows and schools."""
        schools = max(FEWEST_SCHOOLS, self.schools // times)
        rows = max(12 * schools, self.rows // times)
        return Task(self.name, rows, schools, self.make, self.calls, self.goal, self.against_r)


TASKS = {
    task.name: task
    for task in (
        Task("CR2, a city", 1464, 61, cr2, 40, "25 ms"),
        Task("wild bootstrap, a city", 1464, 61, bootstrap, 40, "30 ms"),
        Task("CR2, 7,000 rows", 7000, 280, cr2, 20, "a fifth of R", against_r=True),
        Task("CR2, 1,000,000 rows", 1_000_000, 5000, cr2, 1, "bounded memory"),
    )
}
