"""Ask PySensemakr: `python run_pysensemakr.py FOLDER`, which holds data.csv."""

import sys
from pathlib import Path

import pandas as pd
import sensemakr
import statsmodels.formula.api as smf

folder = Path(sys.argv[1])
data = pd.read_csv(folder / "data.csv")
data["charter"] = (data["school_type"] == "independent_charter").astype(int)
controls = ["black_pct", "hispanic_pct", "asian_pct", "low_income_pct"]
model = smf.ols(f"proficient_pct ~ charter + {' + '.join(controls)}", data).fit()
race = controls[:3]
asked = sensemakr.Sensemakr(
    model=model, treatment="charter", benchmark_covariates=[*controls, race], kd=[1, 2, 3]
)
statistics = pd.Series(asked.sensitivity_stats, dtype=float)
statistics.rename_axis("name").to_frame("value").to_csv(
    folder / "expected_statistics.csv", float_format="%.17g"
)
bounds = asked.bounds.drop(columns="treatment")
bounds["times"] = [1, 2, 3] * 5
bounds["benchmark"] = [name for name in [*controls, "race"] for _ in range(3)]
bounds.to_csv(folder / "expected_bounds.csv", index=False, float_format="%.17g")
