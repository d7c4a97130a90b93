"""Made-up scores of two years, of which R and this package fit quantiles.

Run as a program, this writes `data.csv`, which the test and the R program both read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

STUDENTS = 400


def normal(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores of one spread, as the textbook has them."""
    prior = rng.normal(500, 80, STUDENTS)
    return prior, 100 + 0.8 * prior + rng.normal(0, 48, STUDENTS)


def skewed(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Curved, skewed, and more spread where the prior score is high."""
    prior = rng.gamma(4, 1, STUDENTS)
    return prior, 3 * np.sqrt(prior) + 0.3 * prior * rng.gamma(2, 1, STUDENTS)


def whole(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whole scores on a scale with two ends: the best fit is not the only one."""
    prior = np.clip(np.round(rng.normal(250, 12, STUDENTS)), 220, 268)
    current = np.round(50 + 0.8 * prior + rng.normal(0, 9, STUDENTS))
    return prior, np.clip(current, 220, 262)


SETS = {"normal": normal, "skewed": skewed, "whole": whole}


def main() -> None:
    """Write the data to the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    rng = np.random.default_rng(20241119)
    tables = []
    for name, scores in SETS.items():
        prior, current = scores(rng)
        tables.append(pd.DataFrame({"set": name, "prior": prior, "current": current}).round(4))
    pd.concat(tables).to_csv(parser.parse_args().file, index=False)


if __name__ == "__main__":
    main()
