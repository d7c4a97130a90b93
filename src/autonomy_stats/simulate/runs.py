"""One batch of simulated outcomes of a design, and what each method of inference says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from autonomy_stats.models.inference.cluster_robust import Kind
from autonomy_stats.models.inference.prepared import FloatArray, Prepared, prepare
from autonomy_stats.models.tables import NO_SPREAD
from autonomy_stats.simulate.batches import LinearInference, linear_inference
from autonomy_stats.simulate.design import StudyDesign
from autonomy_stats.simulate.outcomes import OutcomeModel
from autonomy_stats.simulate.resampling import bootstrap, permuted

__all__ = [
    "METHODS",
    "Said",
    "Setting",
    "calibration_batch",
    "degrees_of_freedom",
    "setting",
]

METHODS = ("CR2", "CR1", "CR0", "CR3", "HC1", "wild_bootstrap", "permutation")
"""Ways to an interval or a test: the package's default first."""

CLUSTERED: dict[str, Kind] = {"CR2": "CR2", "CR1": "CR1", "CR0": "CR0", "CR3": "CR3"}

MIXED = "no permutation: some {cluster} has rows of two types"


@dataclass(frozen=True)
class Setting:
    """All that a batch needs and no batch changes.

    Parameters
    ----------
    design, model, inference
        The design, what outcomes are drawn from, and what gives standard errors.
    truths : array of shape (t, q)
        Association of each type, in each scenario.
    locations : array of shape (t, n)
        Where the rows' distributions then lie.
    methods : tuple of str
        Among `METHODS`.
    draws : int
        Of the bootstrap and the permutation.
    dealing : dict of int to Prepared
        The regression without its column, of each type whose label can be dealt.
    without : dict of str to str
        Methods that no type of this design has, and why.
    """

    design: StudyDesign
    model: OutcomeModel
    inference: LinearInference
    truths: FloatArray
    locations: FloatArray
    methods: tuple[str, ...]
    draws: int
    dealing: dict[int, Prepared]
    without: dict[str, str]


@dataclass(frozen=True)
class Said:
    """What one method says of outcomes, each (q, runs) for one scenario, or (t, q, runs) for all.

    Parameters
    ----------
    std_error : array
        Missing for methods that give none.
    inside : array
        1 where the truth is not rejected, else 0; missing where there is no interval or test.
    rejected : array
        1 where no difference is rejected, else 0; missing likewise.
    width : array
        Of the interval; missing for methods that only test.
    """

    std_error: FloatArray
    inside: FloatArray
    rejected: FloatArray
    width: FloatArray

    @classmethod
    def joined(cls, parts: Sequence[Said], *, new_axis: bool = False) -> Said:
        """Join parts along the last axis, or scenarios along a new first one."""
        values = zip(*(vars(part).values() for part in parts), strict=True)
        if new_axis:
            return cls(*(np.stack(value) for value in values))
        return cls(*(np.concatenate(value, axis=-1) for value in values))


def setting(
    design: StudyDesign,
    model: OutcomeModel,
    truths: FloatArray,
    methods: Sequence[str],
    draws: int,
) -> Setting:
    """Compute what no batch changes."""
    kinds = {CLUSTERED[name] for name in methods if name in CLUSTERED}
    dealing: dict[int, Prepared] = {}
    without = {}
    if "permutation" in methods:
        kinds_of_rows = np.column_stack([design.of_type, ~design.of_type.any(axis=1)])
        if np.any([design.whole(rows) for rows in kinds_of_rows.T], axis=0).all():
            dealing = {i: _without_label(design, i) for i in range(len(design.types))}
        else:
            without["permutation"] = MIXED.format(cluster=design.fit.cluster)
    inference = linear_inference(design, sorted(kinds))
    locations = np.stack([model.location(design.of_type @ truth) for truth in truths])
    return Setting(
        design, model, inference, truths, locations, tuple(methods), draws, dealing, without
    )


def _without_label(design: StudyDesign, number: int) -> Prepared:
    """Return the regression on all columns but that of a type."""
    fitted = design.fit.fitted
    assert fitted is not None
    others = np.delete(design.matrix, fitted.terms.index(design.types[number]), axis=1)
    weight = design.prepared.weight
    return prepare(others, np.zeros(len(weight)), design.cluster, weight, None)


def calibration_batch(
    held: Setting, seed: np.random.SeedSequence, runs: int
) -> tuple[FloatArray, dict[str, Said]]:
    """Draw a batch of outcomes in each scenario, and ask every method about them.

    Returns
    -------
    estimates : array of shape (t, q, runs)
    said : dict of str to Said
        Of all scenarios, by method.
    """
    for_outcomes, for_signs, for_deals = seed.spawn(3)
    rng = np.random.default_rng(for_outcomes)
    outcomes = [held.model.draw(rng, location, runs) for location in held.locations]
    fits = [held.inference.fit(drawn) for drawn in outcomes]
    said: dict[str, list[Said]] = {name: [] for name in held.methods}
    for name in held.methods:
        if name == "wild_bootstrap":
            said[name] = _bootstrapped(held, fits, int(for_signs.generate_state(1)[0]))
        elif name == "permutation":
            said[name] = _permuted(held, outcomes, int(for_deals.generate_state(1)[0]))
        else:
            for drawn, fit, truth in zip(outcomes, fits, held.truths, strict=True):
                said[name].append(_intervals(held, name, drawn, fit, truth))
    estimates = np.stack([estimate for estimate, _ in fits])
    return estimates, {name: Said.joined(parts, new_axis=True) for name, parts in said.items()}


def degrees_of_freedom(held: LinearInference, name: str) -> FloatArray:
    """Return the degrees of freedom of each type, (q,), that a method uses; infinite: normal."""
    p, q = held.prepared, held.prepared.coordinates.shape[1]
    if name in ("CR2", "CR3"):
        return held.df[CLUSTERED[name]]
    values = {
        "CR0": np.inf,
        "CR1": len(p.starts) - 1,
        "HC1": len(p.basis) - p.basis.shape[1],
    }
    return np.full(q, values.get(name, np.nan), dtype=np.float64)


def _intervals(
    held: Setting,
    name: str,
    outcomes: FloatArray,
    fit: tuple[FloatArray, FloatArray],
    truth: FloatArray,
) -> Said:
    """Return what a method with a standard error says."""
    estimates, residuals = fit
    if name == "HC1":
        std_error = held.inference.unclustered(residuals)
    else:
        std_error = held.inference.std_errors(residuals, CLUSTERED[name])
    std_error = np.where(std_error > NO_SPREAD * np.ptp(outcomes, axis=0), std_error, np.nan)
    level = (1 + held.design.fit.conf_level) / 2
    half = stats.t.ppf(level, degrees_of_freedom(held.inference, name))[:, None] * std_error
    std_error = np.where(np.isnan(half), np.nan, std_error)
    return Said(
        std_error,
        _where(std_error, np.abs(estimates - truth[:, None]) <= half),
        _where(std_error, np.abs(estimates) > half),
        2 * half,
    )


def _bootstrapped(
    held: Setting, fits: Sequence[tuple[FloatArray, FloatArray]], seed: int
) -> list[Said]:
    """Return what the bootstrap says of each scenario."""
    boot = bootstrap(held.inference.prepared, held.draws, seed)
    said = []
    for (estimates, residuals), truth in zip(fits, held.truths, strict=True):
        distances = np.stack([estimates - truth[:, None], estimates], axis=1)
        p_values = boot.p_values(residuals, distances)
        said.append(_tests(held, p_values[:, 0], p_values[:, 1]))
    return said


def _permuted(held: Setting, outcomes: Sequence[FloatArray], seed: int) -> list[Said]:
    """Return what the permutation of each type's label says of each scenario."""
    design = held.design
    p_values = np.full((len(outcomes), 2, len(design.types), outcomes[0].shape[1]), np.nan)
    for number, others in held.dealing.items():
        rows = design.of_type[:, number]
        label = design.whole(rows)
        dealt = label | design.whole(design.reference)
        deals = permuted(others, label, dealt, held.draws, seed)
        for scenario, (drawn, truth) in enumerate(zip(outcomes, held.truths, strict=True)):
            at_none = deals.p_values(drawn)
            at_truth = at_none
            if truth[number] != 0:
                at_truth = deals.p_values(drawn - truth[number] * rows[:, None])
            p_values[scenario, :, number] = at_truth, at_none
    return [_tests(held, at_truth, at_none) for at_truth, at_none in p_values]


def _tests(held: Setting, at_truth: FloatArray, at_none: FloatArray) -> Said:
    """Return what p-values of the truth, and of no difference, say."""
    level = 1 - held.design.fit.conf_level
    nothing = np.full(at_truth.shape, np.nan)
    return Said(
        nothing, _where(at_truth, at_truth > level), _where(at_none, at_none <= level), nothing
    )


def _where(known: FloatArray, yes: NDArray[np.bool_]) -> FloatArray:
    """Return 1 and 0 for yes and no, missing where nothing is known."""
    return np.where(np.isnan(known), np.nan, yes.astype(np.float64))
