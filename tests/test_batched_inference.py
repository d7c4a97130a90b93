"""Inference on many outcomes at once is that of the package, outcome by outcome."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from frames import panel

import autonomy_stats as aus
from autonomy_stats.models.inference.permutation import deal_labels, permutation_test
from autonomy_stats.models.inference.wild_bootstrap import wild_bootstrap
from autonomy_stats.simulate import resampling
from autonomy_stats.simulate.batches import linear_inference
from autonomy_stats.simulate.design import read_design
from autonomy_stats.simulate.outcomes import outcome_model
from autonomy_stats.simulate.resampling import bootstrap, permuted
from autonomy_stats.simulate.runs import setting

# Both are sums of the same numbers in another order.
ROUNDING = 1e-9
KINDS = ("CR2", "CR3", "CR1", "CR0")
RUNS, DRAWS, SEED = 3, 199, 8


@pytest.fixture(scope="module", params=["identity", "inverse_weights"])
def drawn(request):
    """A panel with an outcome column for each run, and the same outcomes as a batch."""
    frame = panel({"traditional": 24, "pilot": 7, "innovation": 4}, seed=3).sample(
        frac=1.0, random_state=1
    )
    design = read_design(frame, "proficient_pct", working=request.param)
    model = outcome_model(design)
    outcomes = model.draw(np.random.default_rng(0), model.location(0.0), RUNS)
    for run in range(RUNS):
        frame.loc[design.index, f"run{run}"] = outcomes[:, run]
    inference = linear_inference(design, KINDS)
    return frame, design, outcomes, inference


@pytest.mark.parametrize("kind", KINDS)
def test_standard_errors_and_df(drawn, kind):
    frame, design, outcomes, inference = drawn
    estimates, residuals = inference.fit(outcomes)
    std_errors = inference.std_errors(residuals, kind)
    for run in range(1 + (kind == "CR2")):
        fit = aus.estimate_effects(frame, f"run{run}", vcov=kind, working=design.fit.working)
        effects = fit.effects.set_index("school_type").loc[list(design.types)]
        assert estimates[:, run] == pytest.approx(effects["estimate"], rel=ROUNDING)
        assert std_errors[:, run] == pytest.approx(effects["std_error"], rel=ROUNDING)
        assert inference.df[kind] == pytest.approx(effects["df"], rel=ROUNDING)


def test_unclustered_errors_are_those_of_statsmodels(drawn):
    _, design, outcomes, inference = drawn
    _, residuals = inference.fit(outcomes)
    std_errors = inference.unclustered(residuals)
    at = [design.fit.fitted.terms.index(name) for name in design.types]
    for run in range(RUNS):
        fitted = sm.WLS(outcomes[:, run], design.matrix, weights=design.prepared.weight)
        assert std_errors[:, run] == pytest.approx(fitted.fit(cov_type="HC1").bse[at], rel=ROUNDING)


@pytest.mark.parametrize("entries", [2**20, 2**12], ids=["at once", "in parts"])
def test_bootstrap(drawn, monkeypatch, entries):
    monkeypatch.setattr(resampling, "ENTRIES", entries)
    _, design, outcomes, inference = drawn
    estimates, residuals = inference.fit(outcomes)
    nulls = np.array([0.0, 4.0])
    p_values = bootstrap(inference.prepared, DRAWS, SEED).p_values(
        residuals, estimates[:, None, :] - nulls[:, None]
    )
    fitted = design.fit.fitted
    for number, name in enumerate(design.types):
        contrast = np.eye(len(fitted.terms))[fitted.terms.index(name)]
        for run in range(RUNS):
            for at, null in enumerate(nulls):
                found = wild_bootstrap(
                    design.matrix,
                    residuals[:, run],
                    design.cluster,
                    contrast,
                    estimates[number, run],
                    design.prepared.weight,
                    null=null,
                    draws=DRAWS,
                    seed=SEED,
                )
                assert p_values[number, at, run] == found.p_value


def test_permutation(drawn):
    _, design, outcomes, _ = drawn
    held = setting(design, outcome_model(design), np.zeros((1, 2)), ["permutation"], DRAWS)
    truth = 3.0
    for number, rows in enumerate(design.of_type.T):
        label = design.whole(rows)
        dealt = label | design.whole(design.reference)
        deals = permuted(held.dealing[number], label, dealt, DRAWS, SEED)
        at_none, at_truth = (deals.p_values(outcomes - r * rows[:, None]) for r in (0.0, truth))
        others = np.delete(
            design.matrix, design.fit.fitted.terms.index(design.types[number]), axis=1
        )
        for run in range(RUNS):
            for p_values, off in ((at_none, 0.0), (at_truth, truth)):
                found = permutation_test(
                    others,
                    outcomes[:, run] - off * rows,
                    rows,
                    design.cluster,
                    rows | design.reference,
                    design.prepared.weight,
                    draws=DRAWS,
                    seed=SEED,
                )
                assert p_values[run] == found.p_value
        assert len(np.unique(at_none)) > 1


def test_an_outcome_without_spread_has_no_p_value(drawn):
    _, design, outcomes, inference = drawn
    flat = np.zeros_like(outcomes)
    p_values = bootstrap(inference.prepared, DRAWS, SEED).p_values(
        flat, np.ones((len(design.types), 1, RUNS))
    )
    assert np.isnan(p_values).all()


def test_deals_do_not_hang_on_how_many_are_made_at_a_time():
    held, dealt = np.array([1.0, 1, 0, 0, 0, 0]), np.array([1, 1, 1, 1, 1, 0]) > 0
    whole, parts = (np.concatenate(list(deal_labels(held, dealt, 50, 4, size))) for size in (50, 7))
    assert (whole == parts).all()
    assert (whole[:, 5] == 0).all()
    assert (whole.sum(axis=1) == 2).all()
    assert len(np.unique(whole, axis=0)) == 10
