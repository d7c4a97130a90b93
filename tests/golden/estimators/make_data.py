"""Made-up results of schools that the golden tests of three estimators share with R.

Run as a program, this writes `data.csv`, which the tests and the R programs both read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

# Schools and average shift, on the scale of log-odds, of each type.
TYPES = {
    "traditional": (24, 0.0),
    "charter": (8, 0.7),
    "pilot": (11, -0.3),
    "turnaround": (5, -0.8),
}
SUBJECTS, GRADES, YEARS = ("ela", "math"), ("04", "08"), (2015, 2016)
SHARE_MISSING = 0.15


def schools(rng: np.random.Generator) -> pd.DataFrame:
    """One row a subject, grade and year of a school, some of them absent."""
    kinds = [kind for kind, (count, _) in TYPES.items() for _ in range(count)]
    rows = []
    for number, kind in enumerate(kinds):
        black, poor = np.round(5 + 70 * rng.random(2), 1)
        middle = TYPES[kind][1] + 0.6 - 0.02 * poor + 0.005 * black + 1.6 * (rng.random() - 0.5)
        low, size = 1 + int(4 * rng.random()), 1 + 99 * rng.random() ** 2
        for year in YEARS:
            moved = np.round(poor + 6 * (rng.random() - 0.5) * (year - YEARS[0]), 1)
            for subject in SUBJECTS:
                for grade in GRADES:
                    index = middle + 0.3 * (subject == "ela") + 1.8 * (rng.random() - 0.5)
                    percent = np.round(130 / (1 + np.exp(-index)) - 15, 1)
                    level = np.floor(low * 0.45 + 1.3 + index + 2.4 * rng.random())
                    tested = np.floor(8 + size * (0.5 + rng.random()))
                    if rng.random() < SHARE_MISSING:
                        continue
                    rows.append(
                        {
                            "school_id": f"{number:03d}",
                            "network": f"network {number % 17}",
                            "school_type": kind,
                            "subject": subject,
                            "grade": grade,
                            "end_year": year,
                            "black_pct": black,
                            "low_income_pct": moved,
                            "n_tested": int(tested),
                            "proficient_pct": float(np.clip(percent, 0, 100)),
                            "level": int(np.clip(level, 1, 5)),
                        }
                    )
    return pd.DataFrame(rows)


def main() -> None:
    """Write the data to the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    schools(np.random.default_rng(20240607)).to_csv(parser.parse_args().file, index=False)


if __name__ == "__main__":
    main()
