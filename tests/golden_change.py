"""What the tests of change, value added and the placebo share: data and R's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from autonomy_stats.models.fit import Fit

GOLDEN = Path(__file__).parent / "golden" / "change"
DATA = pd.read_csv(
    GOLDEN / "data.csv", dtype={"school_id": "str", "grade": "str", "later": "str"}
).fillna({"later": ""})
EXPECTED = pd.read_csv(GOLDEN / "expected.csv")

# Both sides compute in double precision; the least of their digits are lost in R's eigenvalues of
# singular blocks. Far above that, far below what a reader sees.
TOLERANCE = 1e-8

WEIGHTS = {"weighted": "n_tested", "unweighted": None}
SETTINGS = [(name, working) for name in WEIGHTS for working in ("identity", "inverse_weights")]
SHARES = ("black_pct", "low_income_pct")


def expected(model: str, setting: str, working: str) -> pd.DataFrame:
    """Return R's numbers of a model, one row a term."""
    rows = EXPECTED[
        (EXPECTED["model"] == model)
        & (EXPECTED["setting"] == setting)
        & (EXPECTED["working"] == working)
    ]
    return rows.set_index("term")


def assert_agrees(
    fit: Fit,
    model: str,
    setting: str,
    working: str,
    names: dict[str, str] | None = None,
    columns: tuple[str, ...] = ("estimate", "std_error", "df"),
) -> None:
    """Compare estimates, standard errors and degrees of freedom with R's."""
    wanted = expected(model, setting, working)
    wanted = wanted[wanted["std_error"].notna()]
    found = fit.coefficients.set_index("term")
    found.index = [(names or {}).get(term, term.replace(" ", "_")) for term in found.index]
    assert sorted(found.index) == sorted(wanted.index)
    found = found.loc[wanted.index]
    for column in columns:
        np.testing.assert_allclose(
            found[column], wanted[column], rtol=TOLERANCE, err_msg=f"{model} {column}"
        )
    assert {fit.n_rows} == set(wanted["n_rows"])
    assert {fit.n_clusters} == set(wanted["n_clusters"])
