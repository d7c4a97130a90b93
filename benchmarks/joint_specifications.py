#!/usr/bin/env python3
"""How often the joint test of a specification curve rejects where no type differs.

    .venv/bin/python benchmarks/joint_specifications.py [--runs N] [--draws N] [--seed N]

Schools of one type, the more likely of it the more low-income students they have; errors of each
school, larger for the type if asked, and of each result; a quarter of the type's schools is
rostered without a document, and two alternative schools stand beside.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from autonomy_stats.models.robustness import specification_curve

DESIGNS = {
    "24 and 8 schools": (24, 8, 0.0, 1.0),
    "24 and 8, selected": (24, 8, 1.0, 1.0),
    "30 and 5, selected": (30, 5, 1.0, 1.0),
    "40 and 15, selected, type varies 1.6 times as much": (40, 15, 1.5, 1.6),
}
"""Schools of the reference and of the type, slope of the type on low income, spread of the type."""

SHARES = ("black_pct", "hispanic_pct", "low_income_pct", "disability_pct")


def made_panel(seed: int, reference: int, own: int, slope: float, spread: float) -> pd.DataFrame:
    """Return a panel in which the type makes no difference."""
    rng = np.random.default_rng(seed)
    count = reference + own
    shares = {name: rng.uniform(5, 60, count + 2) for name in SHARES}
    low_income = shares["low_income_pct"]
    score = slope * (low_income[:count] - 30) / 15 + rng.logistic(size=count)
    kinds = np.array(["traditional"] * count + ["alternative"] * 2, dtype=object)
    kinds[np.argsort(-score)[:own]] = "pilot"
    size = rng.lognormal(4, 0.6, count + 2)
    error = rng.normal(0, 6, count + 2) * np.where(kinds == "pilot", spread, 1.0)
    rows = [
        {
            "school_id": f"{school:04d}",
            "end_year": 2016,
            "subject": "math",
            "grade": grade,
            "school_type": kinds[school],
            "roster_confidence": "inferred"
            if kinds[school] == "pilot" and school % 4 == 0
            else "documented",
            "n_tested": float(max(10, round(size[school] * rng.uniform(0.8, 1.2)))),
            "proficient_pct": 50 - 0.4 * low_income[school] + error[school] + rng.normal(0, 4),
            **{name: float(values[school]) for name, values in shares.items()},
        }
        for school in range(count + 2)
        for grade in (("03", "04") if school % 3 else ("06", "07"))
    ]
    return pd.DataFrame(rows)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--draws", type=int, default=199)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    print(f"{args.runs} panels, {args.draws} deals: share of p-values up to .05")
    for name, design in DESIGNS.items():
        p_values = pd.DataFrame(
            [
                specification_curve(made_panel(seed, *design), draws=args.draws, seed=seed)
                .joint.set_index("statistic")["p_value"]
                .to_dict()
                for seed in range(args.seed, args.seed + args.runs)
            ]
        )
        print(f"{name}: {(p_values <= 0.05).mean().round(3).to_dict()}", flush=True)


if __name__ == "__main__":
    main()
