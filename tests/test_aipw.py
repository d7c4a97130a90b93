"""AIPW against R, its properties, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_school_level import DATA, OPTIONS, SETTINGS, assert_agrees, bare, design, of_types

from autonomy_stats.errors import EstimationError
from autonomy_stats.models import aipw
from autonomy_stats.models.aipw import HIGHEST_PROPENSITY, fit_aipw

# Both programs iterate a logit; the odds follow its coefficients, of which R's glm leaves some 1e-9
# open, and the degrees of freedom the fourth power of the odds.
TOLERANCE = 1e-7


@pytest.mark.parametrize("setting", SETTINGS, ids="-".join)
def test_agrees_with_glm_and_clubsandwich(setting):
    name, kind, working = setting
    estimates = fit_aipw(design(name), vcov=kind, working=working)
    assert_agrees(estimates, "aipw", setting, TOLERANCE)


def test_counts_what_is_trimmed_and_types_without_an_estimate():
    trimmed = "schools and 0 of 48 reference schools left out, propensity above 0.9"
    assert fit_aipw(design(), **OPTIONS).type_notes == {
        "charter": f"1 of 16 {trimmed}",
        "pilot": "",
        "turnaround": "6 schools, 10 are needed",
    }


def test_reference_schools_are_weighted_to_the_means_of_the_type():
    """The logit's equations: the shares' means agree if weights are p on both sides."""
    fit = fit_aipw(design(), **OPTIONS)
    balance = fit.balance.set_index(["school_type", "control"])
    pilot = balance.loc["pilot"]
    assert (pilot["after"].abs() < 0.1).all()
    assert pilot["before"].abs().max() > 0.2


def curved(level: float, share: np.ndarray) -> np.ndarray:
    """An outcome that no line in the share gives."""
    return level - 30 * (share > 50) * (share - 50) / 50


@pytest.mark.parametrize("seed", range(5))
def test_right_if_the_regression_is_wrong_and_the_logit_right(seed):
    """Many schools of a logit in the share, an outcome with a kink, a difference of 5."""
    rng = np.random.default_rng(seed)
    share = rng.uniform(0, 100, 1500)
    pilot = rng.random(1500) < 1 / (1 + np.exp(3 - share / 25))
    frame = pd.DataFrame(
        {
            "school_id": [f"{n:04d}" for n in range(1500)],
            "school_type": np.where(pilot, "pilot", "traditional"),
            "low_income_pct": share,
            "proficient_pct": curved(60, share) + 5 * pilot + rng.normal(0, 2, 1500),
        }
    )
    own, other = (frame[frame["school_type"] == kind] for kind in ("pilot", "traditional"))
    line = np.polyfit(other["low_income_pct"], other["proficient_pct"], 1)
    regression = (own["proficient_pct"] - np.polyval(line, own["low_income_pct"])).mean()
    estimate = fit_aipw(bare(frame), **OPTIONS).table.loc["pilot", "estimate"]
    assert abs(estimate - 5) < 0.6
    assert abs(regression - 5) > 1.0


def test_right_if_the_logit_is_wrong_and_the_regression_right():
    """An outcome on a line, types by a band of the share."""
    share = [*np.linspace(0, 100, 60)]
    band = [*np.linspace(40, 60, 12)]
    frame = of_types({"t": ("traditional", share), "p": ("pilot", band)})
    frame["proficient_pct"] += 4.0 * (frame["school_type"] == "pilot") + np.tile([0.5, -0.5], 36)
    estimate = fit_aipw(bare(frame), **OPTIONS).table.loc["pilot", "estimate"]
    assert estimate == pytest.approx(4.0, abs=0.05)


def test_unit_of_the_weights_does_not_matter():
    large = DATA.assign(n_tested=DATA["n_tested"] * 1e6)
    one, other = (fit_aipw(design(frame=f), **OPTIONS).table for f in (DATA, large))
    pd.testing.assert_frame_equal(one, other, rtol=1e-8)


def test_high_propensities_are_taken_out_once():
    share = [*np.linspace(0, 60, 40)]
    high = [*np.linspace(35, 95, 14)]
    frame = of_types({"t": ("traditional", share), "p": ("pilot", high)})
    frame["proficient_pct"] += np.tile([1.0, -1.0, 0.5], 18)
    fit = fit_aipw(bare(frame), **OPTIONS)
    kept = fit.schools.loc[fit.schools["school_type"] == "pilot", "school"]
    lost = 14 - len(kept)
    assert 0 < lost <= 7
    assert set(kept) == {f"p{n:02d}" for n in range(14 - lost)}
    assert fit.type_notes["pilot"] == (
        f"{lost} of 14 schools and 0 of 40 reference schools left out, "
        f"propensity above {HIGHEST_PROPENSITY}"
    )


@pytest.mark.parametrize(
    ("own", "match"),
    [
        (
            np.linspace(101, 120, 12),
            "its schools are told from all reference schools by low_income_pct",
        ),
        (
            np.r_[99.0, np.linspace(101, 400, 11)],
            "fewer than half of the schools compare: .* of 12",
        ),
    ],
)
def test_separation_and_missing_overlap_are_no_estimate(own, match):
    frame = of_types({"t": ("traditional", [*np.linspace(0, 100, 40)]), "p": ("pilot", [*own])})
    frame["proficient_pct"] += np.tile([1.0, -1.0], 26)
    with pytest.raises(EstimationError, match=f"no type can be compared. 'pilot': {match}"):
        fit_aipw(bare(frame), **OPTIONS)


def test_separation_that_the_trimming_leaves_says_so():
    """The reference school at 90 has a high propensity; the others overlap with no pilot."""
    reference = [*np.linspace(0, 40, 30), 90.0]
    own = [*np.linspace(41, 60, 12)]
    frame = of_types({"t": ("traditional", reference), "p": ("pilot", own)})
    frame["proficient_pct"] += np.r_[np.tile([1.0, -1.0], 21), 0.5]
    match = "by low_income_pct; 0 of 12 schools and 1 of 31 reference schools left out"
    with pytest.raises(EstimationError, match=match):
        fit_aipw(bare(frame), **OPTIONS)


def test_no_convergence_is_no_estimate(monkeypatch):
    monkeypatch.setattr(aipw, "MOST_ITERATIONS", 1)
    with pytest.raises(EstimationError, match="the logit of its schools did not end in 1 steps"):
        fit_aipw(design(), **OPTIONS)
