"""Simulated students of one spring: who they are, how they score, how they have grown.

The expected share proficient of a group of students (a school's grade and subject) is linear in
their composition, and the type of the school adds its true association, in percentage points: what
the default model estimates is then the truth, not near it. See docs/simulation.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.simulate.cities import SPANS, City, settings
from autonomy_stats.simulate.schools import RACES, TRAITS
from autonomy_stats.simulate.truth import Truth

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["SUBJECT_ONLY", "Spring", "draw_spring"]

FEWEST_ENROLLED = 5
"""Fewest students of a grade that a school has."""

SIZE_NOISE = 0.08
"""Spread of the log of a school's students between its grades."""

LEAST_CHANCE = 0.005
"""Least chance of a student to be proficient, or not to be."""

SUBJECT_ONLY = {"ela": 0.14, "math": 0.10}
"""Share of students who pass one of Indiana's two tests alone, whatever their school."""

ROUNDS = 8
"""Rounds that bring the mean chance of a group to what it should be, where chances were cut."""


@dataclass(frozen=True)
class Spring:
    """The students of one spring.

    Parameters
    ----------
    end_year : int
        The spring.
    cells : pandas.DataFrame
        One row a school and grade, tested or not: `school` (row of the schools), `grade`.
    traits : mapping of str to array of bool
        Each race and trait, one value a student.
    cell, tested : array
        Each student's cell, and whether tested.
    chance, proficient, latent : mapping of str to array
        By subject, one value a student *tested*: the chance to be proficient, whether proficient,
        and the score in standard deviations from the cut.
    """

    end_year: int
    cells: pd.DataFrame
    traits: dict[str, Flags]
    cell: NDArray[np.intp]
    tested: Flags
    chance: dict[str, Floats] = field(default_factory=dict)
    proficient: dict[str, Flags] = field(default_factory=dict)
    latent: dict[str, Floats] = field(default_factory=dict)

    @property
    def tested_cell(self) -> NDArray[np.intp]:
        """Cell of each student tested."""
        return self.cell[self.tested]


def draw_spring(
    city: City, schools: pd.DataFrame, end_year: int, truth: Truth, rng: np.random.Generator
) -> Spring:
    """Draw the students of one spring and their results.

    Parameters
    ----------
    city : City
        The city.
    schools : pandas.DataFrame
        Its schools; see `draw_schools`.
    end_year : int
        The spring.
    truth : Truth
        True associations.
    rng : numpy.random.Generator
        Source of all randomness.
    """
    constants = settings(city.place)
    spring = _enrolled(city, schools, end_year, constants, rng)
    types = schools[f"type_{end_year}"].map(truth.of(city.place, "proficient_pct"))
    added = types.fillna(0.0).to_numpy() / 100
    return _with_results(city, schools, spring, added, constants, rng)


def _enrolled(
    city: City,
    schools: pd.DataFrame,
    end_year: int,
    constants: Mapping[str, float],
    rng: np.random.Generator,
) -> Spring:
    """Draw the students of each grade of the schools that are open, and who is tested."""
    import pandas as pd

    opened = np.flatnonzero(schools[f"type_{end_year}"].notna())
    first, last = (
        schools["span"].map({kind: span[end] for kind, span in SPANS.items()}).to_numpy()[opened]
        for end in (0, 1)
    )
    grades = last - first + 1
    school = np.repeat(opened, grades)
    grade = np.concatenate([np.arange(a, b + 1) for a, b in zip(first, last, strict=True)])
    mean = schools["tested_a_grade"].to_numpy()[school] / constants["participation"]
    number = np.rint(mean * np.exp(SIZE_NOISE * rng.normal(size=len(school)))).astype(int)
    cells = pd.DataFrame({"school": school, "grade": grade})
    cell = np.repeat(np.arange(len(cells)), number.clip(min=FEWEST_ENROLLED))
    of_school = school[cell]
    limits = schools[list(RACES)].to_numpy().cumsum(axis=1)[of_school, :-1]
    race = (rng.random((len(cell), 1)) > limits).sum(axis=1)
    traits = {name: race == number for number, name in enumerate(RACES)}
    for name in TRAITS:
        traits[name] = rng.random(len(cell)) < schools[name].to_numpy()[of_school]
    in_tested_grade = np.isin(grade, city.grades)[cell]
    tested = in_tested_grade & (rng.random(len(cell)) < constants["participation"])
    return Spring(end_year, cells, traits, cell, tested)


def _with_results(
    city: City,
    schools: pd.DataFrame,
    spring: Spring,
    added: Floats,
    constants: Mapping[str, float],
    rng: np.random.Generator,
) -> Spring:
    """Draw whether each student tested is proficient in each subject."""
    of_cell = spring.cells["school"].to_numpy()
    count = len(of_cell)
    cell = spring.tested_cell
    number = np.bincount(cell, minlength=count)
    in_city = (schools["group"] != "elsewhere").to_numpy()[of_cell][cell]
    away = _composition(spring, in_city, constants)
    shared = rng.normal(size=len(cell))
    unseen = schools["unseen"].to_numpy()[of_cell]
    # Who passes both is drawn first; who passes one alone, the same share everywhere, beside it.
    drawn = ("ela_and_math",) if "ela_and_math" in city.subjects else city.subjects
    for subject in drawn:
        linear = constants[f"{subject}_pct"] / 100 + away + added[of_cell][cell]
        mean = _means(linear, cell, number)
        moved = _moved(city, of_cell, number, mean, unseen, constants, rng)
        most = 1 - LEAST_CHANCE - (sum(SUBJECT_ONLY.values()) if drawn != city.subjects else 0)
        chance = _bounded(linear + moved[cell], cell, number, mean + moved, most)
        own = rng.normal(size=len(cell))
        between = constants["score_correlation"]
        latent = _normal_quantile(chance) + np.sqrt(between) * shared + np.sqrt(1 - between) * own
        spring.chance[subject], spring.latent[subject] = chance, latent
        spring.proficient[subject] = latent > 0
    if drawn != city.subjects:
        _pass_alone(spring)
    return spring


def _composition(spring: Spring, in_city: Flags, constants: Mapping[str, float]) -> Floats:
    """Return what each student's traits add to the chance, with mean zero in the city."""
    away = np.zeros(int(spring.tested.sum()))
    for name in (*RACES, *TRAITS):
        if gap := constants.get(f"{name}_gap", 0.0):
            held = spring.traits[name][spring.tested].astype(float)
            away += gap / 100 * (held - held[in_city].mean())
    return away


def _means(values: Floats, cell: NDArray[np.intp], number: NDArray[np.intp]) -> Floats:
    """Return the mean of each cell, 0 where nobody is tested."""
    total = np.bincount(cell, weights=values, minlength=len(number))
    mean: Floats = total / number.clip(min=1)
    return mean


def _moved(
    city: City,
    of_cell: NDArray[np.intp],
    number: NDArray[np.intp],
    mean: Floats,
    unseen: Floats,
    constants: Mapping[str, float],
    rng: np.random.Generator,
) -> Floats:
    """Return what school and cell add to the mean chance: cut evenly on both sides.

    A deviation is cut at the nearer of floor and ceiling, on either side, so that its mean stays
    zero and the expected share stays linear.
    """
    low, high = city.floor, city.ceiling
    held = np.maximum(np.bincount(of_cell, weights=number), 1)
    school_mean = np.bincount(of_cell, weights=number * mean) / held
    room = np.minimum(school_mean - low, high - school_mean).clip(min=0)[of_cell]
    of_school = (constants["school_sd"] / 100 * unseen).clip(-room, room)
    room = np.minimum(mean + of_school - low, high - mean - of_school).clip(min=0)
    own = constants["cell_sd"] / 100 * rng.normal(size=len(mean))
    moved: Floats = of_school + own.clip(-room, room)
    return moved


def _bounded(
    chance: Floats, cell: NDArray[np.intp], number: NDArray[np.intp], wanted: Floats, most: float
) -> Floats:
    """Cut chances to what is possible, and share what was cut among a cell's other students."""
    for _ in range(ROUNDS):
        chance = chance.clip(LEAST_CHANCE, most)
        chance = chance + (wanted - _means(chance, cell, number))[cell]
    return chance.clip(LEAST_CHANCE, most)


def _pass_alone(spring: Spring) -> None:
    """Add who passes English, and mathematics: both, or one alone, whatever the school."""
    from scipy.special import ndtr

    # A uniform number that is below the chance for those who passed both.
    chance = spring.chance["ela_and_math"]
    uniform = ndtr(_normal_quantile(chance) - spring.latent["ela_and_math"])
    rank = np.where(spring.proficient["ela_and_math"], 0.0, uniform)
    ela, math = (SUBJECT_ONLY[name] for name in ("ela", "math"))
    only_ela = (rank >= chance) & (rank < chance + ela)
    only_math = (rank >= chance + ela) & (rank < chance + ela + math)
    spring.proficient["ela"] = spring.proficient["ela_and_math"] | only_ela
    spring.proficient["math"] = spring.proficient["ela_and_math"] | only_math


def _normal_quantile(share: Any) -> Floats:
    from scipy.special import ndtri

    quantile: Floats = ndtri(share)
    return quantile
