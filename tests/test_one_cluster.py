"""Types of one cluster, and outcomes without error: an estimate, and no interval."""

from __future__ import annotations

import frames
import numpy as np
import pytest

from autonomy_stats import estimate_effects
from autonomy_stats.models.estimators import ESTIMATORS

INFERENCE = ["std_error", "df", "statistic", "p_value", "p_value_holm", "conf_low", "conf_high"]
REASONS = {
    "pilot": "one cluster: no interval",
    "traditional": "one cluster of the reference type: no interval",
}


@pytest.fixture(scope="module")
def frame():
    made = frames.panel({"traditional": 30, "innovation": 12, "pilot": 11}, subjects=("ela",))
    return made.assign(level=1.0 + np.arange(len(made)) * 3 % 4)


def one_network(frame, kind):
    """Each school by itself, but for those of one type."""
    return frame["school_id"].where(frame["school_type"] != kind, "one")


def estimated(frame, network, estimator="wls"):
    outcome = "level" if estimator == "ordered" else "proficient_pct"
    rows = frame.assign(network=network)
    return estimate_effects(rows, outcome, estimator=estimator, cluster="network")


@pytest.mark.parametrize("kind", REASONS)
@pytest.mark.parametrize("estimator", [estimator.name for estimator in ESTIMATORS])
def test_a_type_of_one_cluster_has_no_interval(frame, kind, estimator):
    """By the usual formula the standard error would be half as large, with 20 df."""
    fit = estimated(frame, one_network(frame, kind), estimator)
    effects, coefficients = fit.effects, fit.coefficients.set_index("term")
    row = effects.set_index("school_type").loc["pilot"]
    assert row["note"].partition(";")[0] == REASONS[kind]
    assert np.isfinite(row["estimate"])
    assert row[INFERENCE].isna().all()
    assert coefficients.loc["pilot", ["std_error", "conf_low"]].isna().all()
    other = effects.set_index("school_type").loc["innovation"]
    assert other[INFERENCE].isna().all() == (kind == "traditional")


def test_clustered_by_operator_says_so(frame):
    operator = one_network(frame, "pilot").where(frame["school_type"] == "pilot", "")
    fit = estimate_effects(frame.assign(operator=operator), "proficient_pct")
    rows = fit.beside[fit.beside["variation"] == "clustered by operator"]
    row = rows.set_index("school_type").loc["pilot"]
    assert row["note"] == REASONS["pilot"]
    assert np.isnan(row["std_error"])


@pytest.mark.parametrize("estimator", ["wls", "ols"])
def test_columns_that_explain_all_leave_nothing_to_judge_by(frame, estimator):
    """The estimate is exact, and its standard error would be rounding."""
    exact = 50 - 0.3 * frame["black_pct"] + 4 * (frame["school_type"] == "pilot")
    row = estimate_effects(
        frame.assign(proficient_pct=exact), "proficient_pct", estimator=estimator, absorb=()
    ).effects.iloc[1]
    assert row["estimate"] == pytest.approx(4)
    assert row["note"] == "no interval: nothing varies to judge by"
    assert row[INFERENCE].isna().all()


def test_comparisons_of_types_of_one_cluster_have_no_interval(frame):
    network = one_network(frame, "pilot")
    fit = estimated(frame, network)
    row = fit.compare("innovation", "pilot").iloc[0]
    assert row["note"] == "one cluster: no interval"
    assert row[["std_error", "df", "p_value", "conf_low", "conf_high"]].isna().all()
    assert fit.joint_test().df_constraints == 1
    assert "pilot" not in set(fit.about_the_same(5.0)["school_type"])


def test_types_compare_without_the_reference_if_it_is_one_cluster(frame):
    network = one_network(frame, "traditional")
    fit = estimated(frame, network)
    assert fit.compare("innovation", "pilot").loc[0, "note"] == ""
    against = fit.compare("innovation", "traditional").iloc[0]
    assert against["note"] == "one cluster of the reference type: no interval"
