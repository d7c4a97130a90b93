"""Made-up results of schools that the golden tests of matching and of AIPW share with R.

Run as a program, this writes `data.csv`, which the tests and the R program both read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20260311

# Schools, their difference in points, and how far their shares lie from the reference's.
TYPES = {
    "traditional": (48, 0.0, 0.0),
    "charter": (16, 6.0, 24.0),
    "pilot": (13, -2.0, -4.0),
    "turnaround": (6, -5.0, 5.0),
}
SUBJECTS, GRADES = ("ela", "math"), ("04", "08")
GRADE_OF_CHARTERS_ALONE = "10"
SHARE_MISSING = 0.15


def schools(rng: np.random.Generator) -> pd.DataFrame:
    """One row a subject and grade of a school, some of them absent."""
    kinds = [kind for kind, (count, *_) in TYPES.items() for _ in range(count)]
    rows = []
    for number, kind in enumerate(kinds):
        _, gap, apart = TYPES[kind]
        black, learners = np.round(10 + 50 * rng.random(2), 1)
        poor = np.round(20 + 50 * rng.random() + apart, 1)
        middle = 70 + gap - 0.4 * poor - 0.1 * black + 16 * (rng.random() - 0.5)
        size = 20 + 120 * rng.random() ** 2
        grades = (*GRADES, GRADE_OF_CHARTERS_ALONE) if kind == "charter" else GRADES
        for subject in SUBJECTS:
            for grade in grades:
                percent = middle + 4 * (subject == "ela") + 20 * (rng.random() - 0.5)
                tested = np.floor(size * (0.5 + rng.random()))
                if rng.random() < SHARE_MISSING:
                    continue
                rows.append(
                    {
                        "school_id": f"{number:03d}",
                        "network": f"network {number % 29}",
                        "school_type": kind,
                        "subject": subject,
                        "grade": grade,
                        "black_pct": black,
                        "english_learner_pct": learners,
                        "low_income_pct": np.round(poor + 2 * (grade == "08"), 1),
                        "n_tested": int(tested),
                        "proficient_pct": float(np.round(percent, 1)),
                    }
                )
    return pd.DataFrame(rows)


def main() -> None:
    """Write the data to the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    schools(np.random.default_rng(SEED)).to_csv(parser.parse_args().file, index=False)


if __name__ == "__main__":
    main()
