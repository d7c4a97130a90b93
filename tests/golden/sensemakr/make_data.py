"""Make the regression that PySensemakr and the tests read: `python make_data.py data.csv`."""

import sys

import numpy as np
import pandas as pd

random = np.random.default_rng(20)
ROWS = 240
black, hispanic = random.uniform(5, 60, (2, ROWS))
asian = 0.3 * (70 - black) + random.uniform(0, 20, ROWS)
low_income = 0.6 * black + random.uniform(10, 40, ROWS)
charter = (0.03 * black - 0.02 * low_income + random.normal(0, 1, ROWS) > 0).astype(int)
percent = 60 + 5 * charter - 0.3 * low_income + 0.1 * asian + random.normal(0, 8, ROWS)
frame = pd.DataFrame(
    {
        "school_id": [f"{number:04d}" for number in range(1, ROWS + 1)],
        "school_type": np.where(charter == 1, "independent_charter", "traditional"),
        "proficient_pct": percent.round(2),
        "black_pct": black.round(2),
        "hispanic_pct": hispanic.round(2),
        "asian_pct": asian.round(2),
        "low_income_pct": low_income.round(2),
    }
)
frame.to_csv(sys.argv[1], index=False)
