"""Regressions on made-up schools that the golden test shares with clubSandwich.

The test reads `DESIGNS`; run as a program, this writes one CSV file for each design to the
directory given, for ``run_clubsandwich.R`` to read.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class Regression:
    """A regression: columns, outcome, clusters and, if it is weighted, weights."""

    design: FloatArray
    outcome: FloatArray
    clusters: IntArray
    weights: FloatArray | None = None

    def frame(self) -> pd.DataFrame:
        """All values as one table, one row for each row of the regression."""
        columns = {f"x{j:02d}": column for j, column in enumerate(self.design.T)}
        weights = {} if self.weights is None else {"weight": self.weights}
        return pd.DataFrame(
            {"outcome": self.outcome, "cluster": self.clusters, **weights, **columns}
        )


def _noise(rng: Generator, size: int) -> FloatArray:
    """Bell-shaped noise of unit variance from uniform draws only, which never change."""
    return np.asarray((rng.random((size, 4)).sum(axis=1) - 2.0) * np.sqrt(3.0))


def _indicators(codes: IntArray) -> FloatArray:
    """Indicator columns of every code but the first."""
    return np.equal.outer(codes, np.arange(1, codes.max() + 1)).astype(np.float64)


def _regression(
    rng: Generator, clusters: IntArray, *groups: IntArray, covariates: int = 2, weighted: bool
) -> Regression:
    """Regress on a constant, covariates (within and between clusters) and indicators."""
    n, m = len(clusters), int(clusters.max()) + 1
    between = np.column_stack([_noise(rng, m) for _ in range(covariates)])[clusters]
    within = np.column_stack([_noise(rng, n) for _ in range(covariates)])
    slopes = 0.7 * between + within
    slopes[:, 0] = between[:, 0] > 0 if len(np.unique(clusters)) < n else slopes[:, 0]
    design = np.column_stack([np.ones(n), slopes, *(_indicators(codes) for codes in groups)])
    effects = 0.3 + 0.4 * np.cos(np.arange(design.shape[1]))
    outcome = design @ effects + 0.6 * _noise(rng, m)[clusters] + _noise(rng, n)
    # Pupils behind a mean: from a handful to more than a hundred.
    weights = np.floor(5.0 + 120.0 * rng.random(n) ** 3) if weighted else None
    return Regression(design, outcome, clusters, weights)


def _sizes(rng: Generator, m: int, low: int, high: int) -> IntArray:
    """Cluster code of each row, for m clusters of low to high rows."""
    return np.repeat(np.arange(m), low + np.floor(rng.random(m) * (high - low + 1)).astype(int))


def _codes(rng: Generator, n: int, levels: int) -> IntArray:
    """Draw a code for each row, each level at least once."""
    codes = np.floor(rng.random(n) * levels).astype(np.intp)
    codes[:levels] = np.arange(levels)
    return codes


def _school_types(rng: Generator, counts: list[int]) -> Regression:
    """Return schools of as many types as there are counts, each with its number of schools."""
    clusters = _sizes(rng, sum(counts), 4, 9)
    school_type = np.repeat(np.arange(len(counts)), counts)
    return _regression(rng, clusters, school_type[clusters], weighted=True)


def _unweighted(rng: Generator) -> Regression:
    return _regression(rng, _sizes(rng, 25, 3, 12), weighted=False)


def _weighted(rng: Generator) -> Regression:
    return _regression(rng, _sizes(rng, 30, 3, 12), covariates=3, weighted=True)


def _grade_by_subject(rng: Generator) -> Regression:
    clusters = _sizes(rng, 40, 6, 12)
    cell = _codes(rng, len(clusters), 12)
    return _regression(rng, clusters, cell, weighted=True)


def _small_school_types(rng: Generator) -> Regression:
    return _school_types(rng, [30, 14, 8, 5, 4])


def _many_fixed_effects(rng: Generator) -> Regression:
    clusters = _sizes(rng, 50, 8, 14)
    cell = _codes(rng, len(clusters), 66)
    return _regression(rng, clusters, cell, weighted=True)


def _unbalanced_shuffled(rng: Generator) -> Regression:
    sizes = np.r_[np.ones(8, dtype=int), 40, 25, 2 + np.floor(rng.random(20) * 6).astype(int)]
    regression = _regression(rng, np.repeat(np.arange(len(sizes)), sizes), weighted=True)
    order = np.argsort(rng.random(len(regression.outcome)))
    assert regression.weights is not None
    return Regression(
        regression.design[order],
        regression.outcome[order],
        regression.clusters[order],
        regression.weights[order],
    )


def _type_of_one_school(rng: Generator) -> Regression:
    return _school_types(rng, [20, 10, 1])


def _school_fixed_effects(rng: Generator) -> Regression:
    clusters = _sizes(rng, 24, 3, 8)
    regression = _regression(rng, clusters, clusters, weighted=True)
    # The between-school covariate, column 1, is a combination of the indicators.
    return Regression(
        np.delete(regression.design, 1, axis=1),
        regression.outcome,
        clusters,
        regression.weights,
    )


def _own_clusters(rng: Generator) -> Regression:
    return _regression(rng, np.arange(60), weighted=True)


_MAKERS: tuple[Callable[[Generator], Regression], ...] = (
    _unweighted,
    _weighted,
    _grade_by_subject,
    _small_school_types,
    _many_fixed_effects,
    _unbalanced_shuffled,
    _type_of_one_school,
    _school_fixed_effects,
    _own_clusters,
)

DESIGNS: dict[str, Regression] = {
    maker.__name__.lstrip("_"): maker(np.random.default_rng([20240607, number]))
    for number, maker in enumerate(_MAKERS)
}


def main() -> None:
    """Write the data of every design to the directory named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    directory: Path = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    for name, regression in DESIGNS.items():
        regression.frame().to_csv(directory / f"{name}.csv", index=False, float_format="%.17g")


if __name__ == "__main__":
    main()
