"""The threats, one case each: what is spoilt, and how a batch of outcomes then comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.inference.prepared import FloatArray, IntArray
from autonomy_stats.simulate.batches import LinearInference, linear_inference
from autonomy_stats.simulate.design import StudyDesign, read_design
from autonomy_stats.simulate.hidden import few_proficient, fit_shown
from autonomy_stats.simulate.outcomes import OutcomeModel

__all__ = ["Case", "Drawn", "Swap", "case_batch", "hidden_cases", "roster_cases", "selection_cases"]

Drawn = tuple[FloatArray, FloatArray, FloatArray]
"""Estimates, half widths of intervals, and shares of the types' rows hidden, each (q, runs)."""


@dataclass(frozen=True)
class Swap:
    """Schools of a type, and reference schools, of which some change places in each run.

    The rows of those that do lie at `location`, (n,). Clusters are given by number.
    """

    location: FloatArray
    of_type: IntArray
    others: IntArray
    count: int
    count_others: int

    def locations(
        self, rng: np.random.Generator, location: FloatArray, cluster: IntArray, runs: int
    ) -> FloatArray:
        """Return where rows lie in each run, (n, runs), with schools changed at random."""
        changed = np.zeros((int(cluster[-1]) + 1, runs), dtype=bool)
        for schools, count in ((self.of_type, self.count), (self.others, self.count_others)):
            order = rng.random((len(schools), runs)).argsort(axis=0)
            np.put_along_axis(changed, schools[order[:count]], True, axis=0)
        return np.where(changed[cluster], self.location[:, None], location[:, None])


@dataclass(frozen=True)
class Case:
    """A threat of one size, put to some types of a design.

    Parameters
    ----------
    threat, size : str, float
        Its name, and how strong it is; missing where it has no size.
    types : tuple of int
        Types that it is put to, by number.
    design : StudyDesign
        The whole design, whose rows outcomes are drawn for.
    location : array of shape (n,)
        Where the rows' distributions lie.
    inference : LinearInference
        What the default intervals of the fitted design need.
    swap : Swap, optional
        Schools that change places.
    shown : StudyDesign, optional
        The design of the rows that are not hidden, if some are in every run.
    most_proficient : int, optional
        Rows with so many proficient students or fewer are hidden.
    note : str
        Why the threat cannot be put.
    """

    threat: str
    size: float
    types: tuple[int, ...]
    design: StudyDesign
    location: FloatArray
    inference: LinearInference
    swap: Swap | None = None
    shown: StudyDesign | None = None
    most_proficient: int | None = None
    note: str = ""

    @property
    def possible(self) -> bool:
        """Return whether the threat can be put."""
        return not self.note

    @property
    def fitted(self) -> StudyDesign:
        """Return the design that is fitted."""
        return self.design if self.shown is None else self.shown

    def effect(self, number: int) -> dict[str, object]:
        """Return what the fit of the panel's own outcome says of a type."""
        effects = self.fitted.fit.effects
        row = effects[effects["school_type"] == self.design.types[number]]
        return {str(key): value for key, value in row.iloc[0].items()}

    def without_interval(self, number: int) -> bool:
        """Return whether a type has no interval, whatever the outcome."""
        std_error = self.effect(number)["std_error"]
        return std_error != std_error


def case_batch(
    cases: Sequence[Case], model: OutcomeModel, seed: np.random.SeedSequence, runs: int
) -> list[Drawn]:
    """Draw a batch of outcomes for each case, and estimate by the default."""
    seeds = seed.spawn(len(cases))
    return [_drawn(case, model, own, runs) for case, own in zip(cases, seeds, strict=True)]


def _drawn(case: Case, model: OutcomeModel, seed: np.random.SeedSequence, runs: int) -> Drawn:
    """Draw a batch of outcomes of a case, and estimate."""
    rng = np.random.default_rng(seed)
    location = case.location
    if case.swap is not None:
        location = case.swap.locations(rng, location, model.cluster, runs)
    outcomes = model.draw(rng, location, runs)
    if case.most_proficient is not None:
        return _of_shown(case, outcomes, case.most_proficient)
    held, design, shown = case.inference, case.design, case.fitted
    estimates, half, hidden = (np.full((len(design.types), runs), np.nan) for _ in range(3))
    found, residuals = held.fit(outcomes[pd.Index(design.index).get_indexer(shown.index)])
    level = (1 + design.fit.conf_level) / 2
    width = stats.t.ppf(level, held.df["CR2"])[:, None] * held.std_errors(residuals, "CR2")
    for own, name in enumerate(shown.types):
        number = design.types.index(name)
        estimates[number] = found[own]
        if not case.without_interval(number):
            half[number] = width[own]
    rows = shown.fit.effects.set_index("school_type")["n_rows"]
    for number, name in enumerate(design.types):
        hidden[number] = 1 - rows[name] / design.of_type[:, number].sum()
    return estimates, half, hidden


def _of_shown(case: Case, outcomes: FloatArray, most: int) -> Drawn:
    """Estimate from the rows that each outcome lets be shown, run by run."""
    design = case.design
    assert design.n_tested is not None
    shape = len(design.types), outcomes.shape[1]
    estimates, half, hidden = (np.full(shape, np.nan) for _ in range(3))
    level = (1 + design.fit.conf_level) / 2
    out = few_proficient(outcomes, design.n_tested, most)
    without = [case.without_interval(number) for number in range(len(design.types))]
    for run, outcome in enumerate(outcomes.T):
        estimates[:, run], std_error, df = fit_shown(design, outcome, ~out[:, run])
        half[:, run] = np.where(without, np.nan, stats.t.ppf(level, df) * std_error)
    for number, rows in enumerate(design.of_type.T):
        hidden[number] = out[rows].mean(axis=0)
    return estimates, half, hidden


def selection_cases(
    design: StudyDesign,
    model: OutcomeModel,
    true: FloatArray,
    strengths: Sequence[float],
    deviation: float,
    inference: LinearInference,
) -> Iterator[Case]:
    """Yield the case without a threat (strength 0), and one for each strength of selection."""
    everyone = tuple(range(len(design.types)))
    for strength in strengths:
        chosen = strength * deviation * design.of_type.any(axis=1)
        location = model.location(design.of_type @ true + chosen)
        named = ("selection", float(strength)) if strength else ("none", float("nan"))
        yield Case(*named, everyone, design, location, inference)


def roster_cases(
    design: StudyDesign,
    model: OutcomeModel,
    true: FloatArray,
    shares: Sequence[float],
    inference: LinearInference,
) -> Iterator[Case]:
    """Yield, for each type, cases of shares of its schools, of one school, and of the worst."""
    location = model.location(design.of_type @ true)
    others = np.flatnonzero(design.whole(design.reference))
    for number, rows in enumerate(design.of_type.T):
        schools = np.flatnonzero(design.whole(rows))
        moved = design.of_type @ true + true[number] * (design.reference * 1.0 - rows)
        swapped = model.location(moved)
        counts = [("roster", 100 * share, int(share * len(schools) + 0.5)) for share in shares]
        for threat, size, count in [*counts, ("one school", 1.0, min(1, len(schools)))]:
            note = "" if count else f"{size:g} % of {len(schools)} is less than half a school"
            if count > len(others):
                note = f"there are {len(others)} reference schools to change places with"
            swap = Swap(swapped, schools, others, count, count)
            yield Case(threat, size, (number,), design, location, inference, swap, note=note)
        if len(schools):
            worst = schools[[_most_moving(design, number, schools)]]
            swap = Swap(swapped, worst, others, 1, 0)
            yield Case("influential school", 1.0, (number,), design, location, inference, swap)


def _most_moving(design: StudyDesign, number: int, schools: IntArray) -> int:
    """Return which of a type's schools moves its estimate most if it is of the reference type."""
    p = design.prepared
    adds = np.add.reduceat(p.weight * (p.basis @ p.coordinates[:, number]), p.starts)
    return int(np.argmax(np.abs(adds[schools])))


def hidden_cases(
    design: StudyDesign,
    model: OutcomeModel,
    true: FloatArray,
    frame: pd.DataFrame,
    below: Sequence[int],
    most_proficient: Sequence[int],
    inference: LinearInference,
) -> Iterator[Case]:
    """Yield cases of rows hidden for few students tested, and for few that are proficient."""
    everyone = tuple(range(len(design.types)))
    location = model.location(design.of_type @ true)
    for least in below:
        shown, note = design, "rows have no number tested"
        if design.n_tested is not None:
            shown, note = _without_small(design, frame, least)
        held = inference if shown is design else linear_inference(shown, ["CR2"])
        yield Case(
            "few tested", float(least), everyone, design, location, held, shown=shown, note=note
        )
    for most in most_proficient:
        note = "" if model.n_tested is not None else "outcomes are no percents of students tested"
        named = ("few proficient", float(most))
        yield Case(*named, everyone, design, location, inference, most_proficient=most, note=note)


def _without_small(design: StudyDesign, frame: pd.DataFrame, least: int) -> tuple[StudyDesign, str]:
    """Return the design of the rows with so many students tested, or why there is none."""
    asked = design.fit.asked
    assert asked is not None
    outcome = design.fit.outcome
    shown = frame.assign(**{outcome: frame[outcome].where(frame["n_tested"] >= least)})
    try:
        return read_design(shown, outcome, **asked.options), ""
    except EstimationError as problem:
        return design, str(problem)
