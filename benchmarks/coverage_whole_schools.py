"""How often 95 % intervals of the estimators of whole schools hold the truth.

12 schools of a type among 70, a difference of 5 points, five correlated shares, of which three
decide who is of the type; outcomes linear in the shares, or curved in one of them.

    python benchmarks/coverage_whole_schools.py linear 1000
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from scipy import stats

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.aipw import fit_aipw
from autonomy_stats.models.design import build_design
from autonomy_stats.models.matched import fit_matched
from autonomy_stats.models.wls import fit_wls

SHARES = ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct", "disability_pct")
SCHOOLS, OF_THE_TYPE, TRUTH, ALIKE = 70, 12, 5.0, 0.35
FITS = {"wls": fit_wls, "matched": fit_matched, "aipw": fit_aipw}


def panel(rng: np.random.Generator, *, curved: bool) -> pd.DataFrame:
    """Return results of two subjects and three grades of each school."""
    correlations = ALIKE + (1 - ALIKE) * np.eye(len(SHARES))
    shares = rng.normal(size=(SCHOOLS, len(SHARES))) @ np.linalg.cholesky(correlations).T
    leaning = shares[:, :3] @ [0.6, -0.4, 0.3] + rng.gumbel(size=SCHOOLS)
    own = np.argsort(np.argsort(-leaning)) < OF_THE_TYPE
    level = 50 - shares[:, [0, 1, 3]] @ [8.0, 3.0, -2.0] + TRUTH * own
    level += 3 * (shares[:, 0] ** 2 - 1) * curved + rng.normal(0, 7, SCHOOLS)
    size = np.exp(rng.normal(4, 0.5, SCHOOLS))
    school = pd.DataFrame(50 + 15 * shares, columns=list(SHARES)).assign(
        school_id=[f"{n:02d}" for n in range(SCHOOLS)],
        school_type=np.where(own, "pilot", "traditional"),
    )
    return pd.concat(
        [
            school.assign(
                subject=subject,
                grade=grade,
                n_tested=np.round(size * rng.uniform(0.7, 1.3, SCHOOLS)) + 5,
                proficient_pct=level + 3 * (subject == "ela") + rng.normal(0, 6, SCHOOLS),
            )
            for subject in ("ela", "math")
            for grade in ("03", "04", "05")
        ],
        ignore_index=True,
    )


def draw(rng: np.random.Generator, *, curved: bool) -> list[tuple[str, float, float, float]]:
    """Return estimate, standard error and df of each estimator; none where it refuses."""
    design = build_design(
        panel(rng, curved=curved),
        "proficient_pct",
        school_type="school_type",
        reference="traditional",
        controls=SHARES,
        absorb=("subject", "grade"),
        weights="n_tested",
        cluster="school_id",
        drop_types=(),
    )
    found = []
    for name, fit in FITS.items():
        try:
            row = fit(design, vcov="CR2", working="identity").table.loc["pilot"]
            found.append((name, row["estimate"], row["std_error"], row["df"]))
        except EstimationError:
            found.append((name, np.nan, np.nan, np.nan))
    return found


def main() -> None:
    """Print bias, spread, standard error and coverage of each estimator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outcome", choices=("linear", "curved"))
    parser.add_argument("draws", type=int)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    rows = [row for _ in range(asked.draws) for row in draw(rng, curved=asked.outcome == "curved")]
    table = pd.DataFrame(rows, columns=["estimator", "estimate", "std_error", "df"])
    half = stats.t.ppf(0.975, table["df"]) * table["std_error"]
    inside = (table["estimate"] - TRUTH).abs() <= half
    table["coverage"] = inside.astype(float).where(table["estimate"].notna())
    table["variance"] = table["std_error"] ** 2
    groups = table.groupby("estimator")
    print(
        pd.DataFrame(
            {
                "estimated": groups["estimate"].count(),
                "bias": groups["estimate"].mean() - TRUTH,
                "spread": groups["estimate"].std(),
                "std_error": np.sqrt(groups["variance"].mean()),
                "df": groups["df"].median(),
                "coverage": groups["coverage"].mean(),
            }
        ).round(3)
    )


if __name__ == "__main__":
    main()
