"""Made-up results of schools in two years that the golden tests of change share with R.

Run as a program, this writes `data.csv`, which the tests and the R program both read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20260418

# Schools, and what each adds in points to the level and to the change.
TYPES = {
    "traditional": (22, 0.0, 0.0),
    "pilot": (9, 4.0, 3.0),
    "innovation": (6, -3.0, 1.0),
}
NEW_PILOTS = 4  # of the pilot schools: traditional in the first year
LATER_PILOTS = 5  # of the traditional schools: pilot schools from 2018 on
YEARS = (2016, 2017)
SUBJECTS, GRADES = ("ela", "math"), ("03", "04", "05")
SHARE_MISSING = 0.1


def results(rng: np.random.Generator) -> pd.DataFrame:
    """One row a year of a school in a subject and grade, some of them absent."""
    kinds = [kind for kind, (count, *_) in TYPES.items() for _ in range(count)]
    rows = []
    for number, kind in enumerate(kinds):
        _, level, change = TYPES[kind]
        new = kind == "pilot" and number - kinds.index("pilot") < NEW_PILOTS
        base = 55 + level + 45 * (rng.random() - 0.5)
        shares = 10 + 50 * rng.random(2)
        size = 20 + 160 * rng.random() ** 2
        for year in YEARS:
            shares = np.clip(np.round(shares + 8 * (rng.random(2) - 0.5), 1), 1, 99)
            later = year - YEARS[0]
            middle = base + change * later - 0.3 * shares[1] + 6 * (rng.random() - 0.5)
            for subject in SUBJECTS:
                for grade in GRADES:
                    percent = middle + 3 * later * (subject == "ela") + 16 * (rng.random() - 0.5)
                    tested = 5 + np.floor(size * (0.5 + rng.random()))
                    if rng.random() < SHARE_MISSING:
                        continue
                    rows.append(
                        {
                            "school_id": f"{number:03d}",
                            "end_year": year,
                            "school_type": "traditional" if new and not later else kind,
                            "later": "pilot" if number < LATER_PILOTS else "",
                            "subject": subject,
                            "grade": grade,
                            "black_pct": shares[0],
                            "low_income_pct": shares[1],
                            "n_tested": int(tested),
                            "proficient_pct": float(np.round(np.clip(percent, 1, 99), 1)),
                        }
                    )
    return pd.DataFrame(rows)


def main() -> None:
    """Write the data to the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    results(np.random.default_rng(SEED)).to_csv(parser.parse_args().file, index=False)


if __name__ == "__main__":
    main()
