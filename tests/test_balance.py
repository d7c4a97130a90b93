"""Balance: R's numbers, the thresholds, and what the implied weights must do by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frames import panel
from golden_school_level import CONTROLS, DATA

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError
from autonomy_stats.models.robustness.asked import design_of
from autonomy_stats.models.robustness.balance import balance, equivalence
from autonomy_stats.models.wls import linear_weights

EXPECTED = pd.read_csv(Path(__file__).parent / "golden" / "balance" / "expected.csv")
ROUNDING = 1e-9
"""Two ways of solving the same least squares agree to about the condition number times 1e-16."""

OUTCOME = "proficient_pct"


def fit_of(design: str = "weighted", frame: pd.DataFrame = DATA, **options):
    chosen = {"weights": "n_tested" if design == "weighted" else None, "controls": CONTROLS}
    return estimate_effects(frame, OUTCOME, **(chosen | options))


@pytest.mark.parametrize("design", ["weighted", "unweighted"])
def test_balance_is_that_of_r(design):
    found = balance(fit_of(design)).set_index(["school_type", "control"]).sort_index()
    wanted = EXPECTED[EXPECTED["design"] == design].drop(columns="design")
    wanted = wanted.set_index(["school_type", "control"]).sort_index()
    assert list(found.index) == list(wanted.index)
    for column in wanted:
        np.testing.assert_allclose(found[column], wanted[column], rtol=ROUNDING, err_msg=column)


def test_implied_weights_give_the_estimate_and_balance():
    fit = fit_of()
    design = design_of(fit)
    weights = linear_weights(design)
    effects = fit.effects.set_index("school_type")["estimate"]
    kinds = design.frame["_type"].to_numpy()
    for kind in design.types:
        own = weights[kind].to_numpy()
        assert own @ design.outcome == pytest.approx(effects[kind])
        sums = pd.Series(own).groupby(kinds).sum()
        wanted = {kind: 1.0, "traditional": -1.0}
        assert sums.to_dict() == pytest.approx({**dict.fromkeys(sums.index, 0.0), **wanted})
    assert balance(fit)["std_difference_adjusted"].abs().max() < ROUNDING


def test_of_two_types_alone_the_reference_schools_themselves_are_balanced():
    two = panel({"traditional": 30, "pilot": 12})
    table = balance(estimate_effects(two, OUTCOME))
    assert table["std_difference_reference"].abs().max() < ROUNDING
    assert table["std_difference"].abs().max() > 0.05
    assert table["mean_target"].to_numpy() == pytest.approx(table["mean_reference_adjusted"])


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0.05, "satisfied"),
        (0.0501, "needs adjustment"),
        (0.25, "needs adjustment"),
        (0.2501, "not satisfied"),
        (np.nan, ""),
    ],
)
def test_thresholds_are_the_clearinghouses(size, said):
    assert equivalence(size) == equivalence(-size) == said


def test_far_schools_cost_effective_sample_and_negative_weights():
    near = panel({"traditional": 30, "pilot": 12})
    far = near.assign(
        low_income_pct=near["low_income_pct"] + 60.0 * (near["school_type"] == "pilot")
    )
    at_hand, beyond = (balance(estimate_effects(frame, OUTCOME)).iloc[0] for frame in (near, far))
    assert beyond["n_effective_adjusted"] < at_hand["n_effective_adjusted"] / 2
    assert beyond["negative_weight_pct"] > at_hand["negative_weight_pct"]
    assert beyond["n_effective"] == at_hand["n_effective"]


def test_a_type_of_one_school_has_no_variance_and_keeps_its_note():
    frame = panel({"traditional": 20, "pilot": 1, "exam": 2})
    table = balance(estimate_effects(frame, OUTCOME))
    assert set(table["school_type"]) == {"pilot"}
    assert table["variance_ratio"].isna().all()
    assert table["std_difference"].notna().all()
    assert table["note"].eq("one school: no interval").all()


def test_a_type_without_rows_has_a_row_that_says_why():
    frame = panel({"traditional": 12, "pilot": 6, "innovation": 3})
    frame.loc[frame["school_type"] == "innovation", OUTCOME] = np.nan
    row = balance(estimate_effects(frame, OUTCOME)).set_index("school_type").loc["innovation"]
    assert row["note"] == "no school left: no proficient_pct"
    assert row["n_schools"] == 0
    assert pd.isna(row["control"])


def test_other_estimators_are_compared_raw_only():
    table = balance(
        estimate_effects(
            panel({"traditional": 20, "pilot": 12}), OUTCOME, estimator="fractional_logit"
        )
    )
    assert table["std_difference"].notna().all()
    assert table["std_difference_adjusted"].isna().all()
    assert table["note"].str.startswith("fractional_logit is no least squares fit").all()


def test_without_controls_there_is_nothing_to_balance():
    fit = estimate_effects(panel({"traditional": 5, "pilot": 5}), OUTCOME, controls=[])
    with pytest.raises(EstimationError, match="holds no share equal"):
        balance(fit)
