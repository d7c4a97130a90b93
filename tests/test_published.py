"""Published examples: the numbers that others printed for data that others published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_wild_bootstrap import least_squares

from autonomy_stats import estimate_effects
from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.inference.wild_bootstrap import wild_bootstrap

GOLDEN = Path(__file__).parent / "golden" / "published"
EXPECTED = pd.read_csv(GOLDEN / "expected.csv")
COLUMNS = ["estimate", "std_error", "df", "p_value"]

# R and NumPy factor the design differently: results agree to some multiple of rounding (2e-16)
# that grows with the condition of the design. 3e-13 is the largest deviation seen; another
# degrees-of-freedom formula or another scaling is off by 1e-3 and more.
TOLERANCE = 1e-8

# What clubSandwich's vignette "panel-data-CRVE" prints, to the digits that it prints.
VIGNETTE = [
    ("mortality", "CR1", {"estimate": "7.59", "std_error": "2.44"}),
    ("mortality", "CR2", {"std_error": "2.51", "df": "24.58", "p_value": "0.00583"}),
    ("mortality_weighted", "CR1", {"estimate": "7.78", "std_error": "2.01"}),
    ("mortality_weighted", "CR2", {"std_error": "2.13", "df": "8.52", "p_value": "0.00588"}),
]

# Published intervals are of 9,999 draws and rounded to three digits: half a digit, and as much for
# the draws. Releases of the program that printed them differ by this much among themselves.
INTERVAL_TOLERANCE = 0.001


def dummies(column: pd.Series, *, all_levels: bool = False) -> np.ndarray:
    return pd.get_dummies(column, drop_first=not all_levels).to_numpy(float)


def mortality() -> tuple[pd.DataFrame, np.ndarray]:
    """Deaths of a state and year, and the design with a level of each state and each year."""
    rows = pd.read_csv(GOLDEN / "mortality.csv")
    shared = rows[["legal", "beertaxa"]].to_numpy(float)
    levels = [dummies(rows["state"], all_levels=True), dummies(rows["year"])]
    return rows, np.hstack([shared, *levels])


def students() -> pd.DataFrame:
    rows = pd.read_csv(GOLDEN / "hsb82.csv", dtype={"school": "str"})
    return rows.assign(mean_ses=rows.groupby("school")["ses"].transform("mean"))


def first_coefficient(example: str, **options) -> dict[str, float]:
    """Estimate and inference of the coefficient that each example is about."""
    if example == "hsb82":
        rows = students()
        catholic = rows["sector"] == "catholic"
        others = rows[["minority", "ses", "mean_ses"]]
        columns = np.column_stack([catholic, np.ones(len(rows)), others]).astype(float)
        outcome, clusters, weights = rows["math"], rows["school"], None
    else:
        rows, columns = mortality()
        outcome, clusters = rows["mrate"], rows["state"]
        weights = rows["pop"].to_numpy(float) if example == "mortality_weighted" else None
    coefficients, residuals = least_squares(columns, outcome.to_numpy(float), weights)
    first = np.eye(columns.shape[1])[:1]
    found = cluster_robust(columns, residuals, clusters, weights, contrasts=first, **options)
    error, df = float(np.sqrt(found.vcov[0, 0])), float(found.df[0])
    p_value = 2 * stats.t.sf(abs(coefficients[0]) / error, df)
    return dict(zip(COLUMNS, [float(coefficients[0]), error, df, p_value], strict=True))


@pytest.mark.parametrize(
    "row", EXPECTED.to_dict("records"), ids=lambda r: f"{r['example']}-{r['kind']}-{r['working']}"
)
def test_agrees_with_clubsandwich(row):
    found = first_coefficient(row["example"], kind=row["kind"], working=row["working"])
    assert found == pytest.approx({name: row[name] for name in COLUMNS}, rel=TOLERANCE, abs=0)


@pytest.mark.parametrize(("example", "kind", "printed"), VIGNETTE)
def test_rounds_to_what_the_vignette_prints(example, kind, printed):
    found = first_coefficient(example, kind=kind)
    for name, text in printed.items():
        assert f"{found[name]:.{len(text.partition('.')[2])}f}" == text, name


@pytest.mark.parametrize("vcov", ["CR0", "CR1", "CR2", "CR3"])
def test_catholic_and_public_schools_by_estimate_effects(vcov):
    """The example that is nearest to the package's own use: two types of school."""
    fit = estimate_effects(
        students(),
        "math",
        school_type="sector",
        reference="public",
        controls=["minority", "ses", "mean_ses"],
        absorb=(),
        weights=None,
        cluster="school",
        vcov=vcov,
    )
    row = fit.effects.set_index("school_type").loc["catholic"]
    expected = EXPECTED.query("example == 'hsb82' and kind == @vcov and working == 'identity'")
    assert row[COLUMNS].to_dict() == pytest.approx(
        expected.iloc[0][COLUMNS].to_dict(), rel=TOLERANCE, abs=0
    )
    assert (row["n_schools"], row["n_rows"], fit.schools("public")) == (70, 3543, 90)


def voters(*factors: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Design with the treatment second, outcome and clusters of the published call."""
    rows = pd.read_csv(GOLDEN / "voters.csv")
    first = np.column_stack([np.ones(len(rows)), rows[["treatment", "log_income"]]])
    columns = np.hstack([first, *(dummies(rows[name]) for name in factors)])
    return columns, rows["vote"].to_numpy(float), rows["group"].to_numpy()


def corrected(statistic: float, columns: np.ndarray, *, early: bool = False) -> float:
    """The t statistic with fwildclusterboot's factors, of which early releases had the first."""
    n, p = columns.shape
    factor = 40 / 39 if early else 40 / 39 * (n - 1) / (n - p)
    return statistic / float(np.sqrt(factor))


def test_voters_short_model_is_the_published_data():
    """Eight published digits, which no other draws would give."""
    columns, outcome, groups = voters()
    coefficients, residuals = least_squares(columns, outcome)
    treatment = np.eye(3)[1]
    assert coefficients[1] == pytest.approx(0.08925428, abs=5e-9)
    test = wild_bootstrap(columns, residuals, groups, treatment, coefficients[1], draws=999)
    assert corrected(test.statistic, columns, early=True) == pytest.approx(3.756, abs=5e-4)


@pytest.mark.parametrize("multipliers", ["rademacher", "webb"])
def test_voters_interval_is_the_published_one(multipliers):
    columns, outcome, groups = voters("immigration", "defense")
    assert (len(outcome), len(np.unique(groups)), columns.shape[1]) == (300, 40, 21)
    coefficients, residuals = least_squares(columns, outcome)
    found = wild_bootstrap(
        columns,
        residuals,
        groups,
        np.eye(21)[1],
        coefficients[1],
        draws=99_999,
        multipliers=multipliers,
    )
    assert coefficients[1] == pytest.approx(0.079, abs=5e-4)
    assert corrected(found.statistic, columns) == pytest.approx(3.983, abs=5e-4)
    assert corrected(found.statistic, columns, early=True) == pytest.approx(4.123, abs=5e-4)
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (0.039, 0.119), abs=INTERVAL_TOLERANCE
    )
    assert found.p_value == pytest.approx(0.001, abs=INTERVAL_TOLERANCE)
