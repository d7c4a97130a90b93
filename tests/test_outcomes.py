"""Simulated outcomes: means are what they are set to, percents keep within 0 and 100."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.detectable import Components, variance_components
from autonomy_stats.models.inference.prepared import prepare
from autonomy_stats.models.wls import Fitted
from autonomy_stats.simulate.design import read_design
from autonomy_stats.simulate.logit_normal import intercepts, match_spread
from autonomy_stats.simulate.means import nearest_means
from autonomy_stats.simulate.outcomes import outcome_model


@pytest.fixture(scope="module")
def frame():
    made = panel({"traditional": 30, "pilot": 12, "innovation": 5}, seed=2, grades=("03", "04"))
    # Rows of the panel vary less than those of so few students would.
    return made.assign(n_tested=10 * made["n_tested"])


@pytest.fixture(scope="module")
def low(frame):
    """Nearly all schools have low percents, so that fitted ones fall below 0."""
    percent = np.maximum(frame["proficient_pct"] - 38, 0.0)
    return frame.assign(proficient_pct=percent, n_tested=12.0)


@pytest.fixture(scope="module")
def design(frame):
    return read_design(frame, "proficient_pct")


@pytest.fixture(scope="module")
def low_design(low):
    return read_design(low, "proficient_pct")


@pytest.mark.parametrize("spread", [0.3, 1.5])
@pytest.mark.parametrize("mean", [1.0, 24.0, 97.0])
def test_intercept_gives_the_mean(mean, spread):
    found = float(intercepts(np.array([mean]), spread)[0])
    # Another quadrature than the one inside: both are exact to 1e-7 at these spreads.
    integral = quad(lambda z: 100 * expit(found + spread * z) * norm.pdf(z), -12, 12, epsabs=1e-10)
    assert integral[0] == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize(("between", "within"), [(36.0, 64.0), (100.0, 9.0), (25.0, 0.0)])
def test_spread_has_the_variances(between, within):
    means = np.array([15.0, 30.0, 55.0])
    spread = match_spread(np.repeat(means, 33), Components(between, within))
    rng = np.random.default_rng(0)
    school = rng.standard_normal((1, 100_000))
    rows = rng.standard_normal((2, 1, 100_000))
    middle = intercepts(means, spread.total)[:, None]
    one, two = 100 * expit(middle + spread.between * school + spread.within * rows)
    shared = np.mean([np.cov(a, b)[0, 1] for a, b in zip(one, two, strict=True)])
    # 100,000 draws leave less than one percent of a variance to chance.
    assert shared == pytest.approx(between, rel=0.02)
    assert one.var(axis=1).mean() == pytest.approx(between + within, rel=0.02)


def test_no_spread_and_too_much():
    assert match_spread(np.array([20.0]), Components(0.0, 0.0)).total == 0
    with pytest.raises(EstimationError, match="do not fit percents with a mean of 2"):
        match_spread(np.array([2.0]), Components(400.0, 0.0))


def test_means_are_the_nearest_linear_ones(low_design):
    design = low_design
    bounds = (2.0, 88.0)
    assert design.linear.min() < bounds[0]
    found = nearest_means(design, *bounds)
    assert found.min() >= bounds[0]
    assert found.max() <= bounds[1]
    terms = design.fit.fitted.terms
    columns = design.matrix[:, [i for i, t in enumerate(terms) if t not in design.types]]
    weight = design.prepared.weight
    coefficients, *_ = np.linalg.lstsq(columns, found, rcond=None)
    assert columns @ coefficients == pytest.approx(found, abs=1e-8)

    def distance(b):
        return float(weight @ (columns @ b - design.linear) ** 2)

    scale = np.linalg.norm(columns, axis=0)
    best = minimize(
        lambda b: distance(b / scale) / weight.sum(),
        coefficients * scale,
        constraints={"type": "ineq", "fun": lambda b: columns @ (b / scale) - bounds[0]},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 300},
    )
    # No point that another method finds within the bounds is nearer.
    assert distance(coefficients) / weight.sum() <= best.fun + 1e-5


def test_means_that_fit_are_left_alone(design):
    assert nearest_means(design, -50.0, 150.0) is design.linear
    with pytest.raises(EstimationError, match="no coefficients of cells and controls"):
        nearest_means(design, 60.0, 40.0)


@pytest.mark.parametrize("which", ["design", "low_design"])
def test_estimates_have_no_bias(which, request):
    """On average over 4,000 draws each row has its mean, within what chance allows."""
    design = request.getfixturevalue(which)
    shift = 8.0 * design.of_type[:, 0]
    model = outcome_model(design, most=shift)
    drawn = model.draw(np.random.default_rng(1), model.location(shift), 4000)
    assert drawn.min() >= 0
    assert drawn.max() <= 100
    error = drawn.std(axis=1) / 4000**0.5
    distance = (drawn.mean(axis=1) - model.means - shift) / error
    # Of 188 rows that hang together by school, the furthest is within 4.5 errors.
    assert np.abs(distance).max() < 4.5
    # Students are whole.
    counts = drawn * design.n_tested[:, None] / 100
    assert np.abs(counts - np.rint(counts)).max() < 1e-9


@pytest.mark.parametrize("errors", ["students", "normal"])
def test_outcomes_vary_as_the_panel_does(design, errors):
    """Variances by moments, found again in outcomes that were drawn with them."""
    model = outcome_model(design, errors=errors)
    drawn = model.draw(np.random.default_rng(3), model.location(0.0), 150)
    p = design.prepared
    scores = (p.weight[:, None] * p.basis).T @ drawn
    residuals = drawn - p.basis @ scores
    found = []
    for own in residuals.T:
        fitted = Fitted(design.matrix, own, own, design.cluster, p.weight, design.fit.fitted.terms)
        found.append(variance_components(fitted, design.reference))
    wanted = design.components["traditional"]
    for name in ("between", "within"):
        values = np.array([getattr(one, name) for one in found])
        # The spread of all rows is matched; these reference schools are a tenth off at most.
        assert values.mean() == pytest.approx(getattr(wanted, name), rel=0.1)


def test_a_type_can_vary_as_its_own_schools_do(frame):
    wide = frame.copy()
    pilot = wide["school_type"] == "pilot"
    step = pd.factorize(wide["school_id"])[0] % 2 * 30 - 15
    wide.loc[pilot, "proficient_pct"] = (wide["proficient_pct"] + step)[pilot].clip(1, 99)
    design = read_design(wide, "proficient_pct")
    assert set(design.components) == {"traditional", "pilot"}  # innovation has five schools
    alike, own = (outcome_model(design, spread=spread) for spread in ("reference", "own"))
    rows = design.of_type[:, design.types.index("pilot")]
    assert (own.between[rows] > 1.5 * alike.between[rows]).all()
    assert (own.between[~rows] == alike.between[~rows]).all()


def test_rows_are_those_of_the_fit(frame):
    """In the order of the clusters, whatever the order in the frame."""
    shuffled = frame.sample(frac=1.0, random_state=5)
    design = read_design(shuffled, "proficient_pct")
    rows = shuffled.loc[design.index]
    assert (rows["n_tested"].to_numpy() == design.n_tested).all()
    assert (rows["school_type"].eq("traditional").to_numpy() == design.reference).all()
    assert len(set(zip(rows["school_id"], design.cluster, strict=True))) == design.cluster[-1] + 1
    again = prepare(design.matrix, design.linear, rows["school_id"], design.n_tested, None)
    assert (again.order == np.arange(len(rows))).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"errors": "poisson"}, "errors must be one of"),
        ({"spread": "all"}, "spread must be one of"),
    ],
)
def test_arguments_that_are_not_allowed(design, arguments, message):
    with pytest.raises(UsageError, match=message):
        outcome_model(design, **arguments)


def test_percents_need_the_number_tested(frame):
    bare = frame.drop(columns="n_tested")
    design = read_design(bare, "proficient_pct", weights=None)
    assert outcome_model(design).n_tested is None
    with pytest.raises(UsageError, match="with n_tested in every row"):
        outcome_model(design, errors="students")


def test_no_room_for_a_truth(design):
    with pytest.raises(EstimationError, match="room for the truths asked for"):
        outcome_model(design, most=99.0)
    model = outcome_model(design)
    with pytest.raises(EstimationError, match="no room for such a truth"):
        model.location(80.0)


def test_only_least_squares_has_such_a_design(frame):
    with pytest.raises(UsageError, match="needs an estimator among"):
        read_design(frame, "proficient_pct", estimator="mixed")
