"""Estimators by name: each is reached, says what it is, and refuses what it does not have."""

from __future__ import annotations

import numpy as np
import pytest
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.errors import UsageError
from autonomy_stats.models.estimators import ESTIMATORS, find_estimator

SCHOOLS = {"traditional": 40, "pilot": 12, "charter": 10}  # ten at least for whole schools
NAMES = pytest.mark.parametrize("name", [one.name for one in ESTIMATORS])


@pytest.fixture(scope="module")
def frame():
    made = panel(SCHOOLS, gaps={"pilot": 8.0})
    return made.assign(level_of_growth=np.ceil(made["proficient_pct"] / 20))


def fitted(frame, name, **options):
    outcome = "level_of_growth" if name == "ordered" else "proficient_pct"
    return estimate_effects(frame, outcome, estimator=name, **options)


@NAMES
def test_each_finds_the_difference_and_says_how(frame, name):
    fit = fitted(frame, name)
    row = fit.effects.set_index("school_type").loc["pilot"]
    assert row["conf_low"] > 0
    assert row["estimate"] == pytest.approx(0.4 if name == "ordered" else 8.0, rel=0.5)
    text = repr(fit)
    assert find_estimator(name).words in text
    assert "CR2 standard errors, Satterthwaite degrees of freedom" in text
    assert ("levels higher" if name == "ordered" else "percentage points higher") in text


@NAMES
def test_contrasts_are_of_the_same_estimates(frame, name):
    fit = fitted(frame, name)
    effects = fit.effects.set_index("school_type")
    row = fit.compare("pilot").iloc[0]
    for column in ("estimate", "std_error", "df"):
        assert row[column] == pytest.approx(effects.loc["pilot", column], rel=1e-7), column
    gap = effects["estimate"]["pilot"] - effects["estimate"]["charter"]
    assert fit.compare("pilot", "charter").iloc[0]["estimate"] == pytest.approx(gap, rel=1e-9)


def test_ols_has_no_weights(frame):
    one = fitted(frame, "ols", weights="n_tested")
    other = fitted(frame, "wls", weights=None)
    assert one.weights is None
    assert one.effects["estimate"].tolist() == other.effects["estimate"].tolist()


def test_what_an_estimator_returns_beside(frame):
    assert set(fitted(frame, "ordered").estimates.probabilities["school_type"]) == {
        "pilot",
        "charter",
    }
    mixed = fitted(frame, "mixed", vcov="model")
    assert mixed.estimates.variance_school > 0
    assert "degrees of freedom between and within schools" in repr(mixed)
    with pytest.raises(UsageError, match="'mixed' gives no contrasts of its own"):
        mixed.compare("pilot")
    crude = fitted(frame, "fractional_logit", vcov="CR1")
    assert "CR1 standard errors, clusters less one degrees of freedom" in repr(crude)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"estimator": "lasso"}, r"estimator must be one of \('wls', .*'aipw'\); got 'lasso'"),
        ({"vcov": "model"}, r"vcov must be one of \('CR2', .*\); got 'model'"),
        ({"estimator": "ordered", "vcov": "model"}, "vcov must be one of"),
        ({"estimator": "matched", "vcov": "CR1"}, r"vcov must be one of \('CR2', 'CR3', 'CR0'\)"),
    ],
)
def test_refused(frame, options, match):
    with pytest.raises(UsageError, match=match):
        estimate_effects(frame, "proficient_pct", **options)
