"""What the tests of matching and of AIPW share: data, designs, R's numbers, comparisons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from autonomy_stats.models.design import Design, build_design
from autonomy_stats.models.school_differences import SchoolEstimates

GOLDEN = Path(__file__).parent / "golden" / "school_level"
DATA = pd.read_csv(GOLDEN / "data.csv", dtype={"school_id": "str", "grade": "str"})
EXPECTED = pd.read_csv(GOLDEN / "expected.csv")

# As in run_school_level.R: column of weights, column of clusters.
DESIGNS: dict[str, tuple[str | None, str]] = {
    "weighted": ("n_tested", "school_id"),
    "unweighted": (None, "school_id"),
    "networks": ("n_tested", "network"),
}
CONTROLS = ("black_pct", "english_learner_pct", "low_income_pct")
OPTIONS = {"vcov": "CR2", "working": "identity"}
SETTINGS = list(
    dict.fromkeys(zip(EXPECTED["design"], EXPECTED["kind"], EXPECTED["working"], strict=True))
)


def design(name: str = "weighted", frame: pd.DataFrame = DATA, **options) -> Design:
    """Return one of R's designs, or one like it of other rows."""
    weights, cluster = DESIGNS[name]
    chosen = {
        "school_type": "school_type",
        "reference": "traditional",
        "controls": CONTROLS,
        "absorb": ("subject", "grade"),
        "weights": weights,
        "cluster": cluster,
        "drop_types": (),
    }
    return build_design(frame, "proficient_pct", **(chosen | options))


def assert_agrees(
    estimates: SchoolEstimates,
    estimator: str,
    setting: tuple[str, str, str],
    tolerance: float,
) -> None:
    """Compare estimates, standard errors, degrees of freedom and counts of schools with R's."""
    keys = ["design", "estimator", "kind", "working"]
    name, kind, working = setting
    wanted = EXPECTED.set_index(keys).sort_index().loc[(name, estimator, kind, working)]
    wanted = wanted.set_index("term")
    assert list(estimates.table.index) == list(wanted.index)
    for column in ("estimate", "std_error", "df"):
        np.testing.assert_allclose(
            estimates.table[column], wanted[column], rtol=tolerance, err_msg=column
        )
    own = estimates.schools["school_type"] == estimates.schools["compared_type"]
    counts = estimates.schools.groupby(["compared_type", own]).size().unstack()
    assert counts[True].to_dict() == wanted["n_own"].to_dict()
    assert counts[False].to_dict() == wanted["n_reference"].to_dict()
    std_errors = np.sqrt(np.diag(estimates.covariance))
    np.testing.assert_allclose(std_errors, estimates.table["std_error"], rtol=1e-12)


def of_types(schools: dict[str, tuple[str, list[float]]], **columns) -> pd.DataFrame:
    """Return one row a school: of each group its type and the low-income shares of its schools."""
    rows = [
        {
            "school_id": f"{group}{number:02d}",
            "school_type": kind,
            "low_income_pct": share,
            "proficient_pct": 80.0 - share / 2,
        }
        for group, (kind, shares) in schools.items()
        for number, share in enumerate(shares)
    ]
    return pd.DataFrame(rows).assign(**columns)


def bare(frame: pd.DataFrame, **options) -> Design:
    """Return the design of `of_types`: one share, no cells, no weights."""
    chosen = {"controls": ("low_income_pct",), "absorb": (), "weights": None}
    return design(frame=frame, **(chosen | {"cluster": "school_id"} | options))
