"""A panel as arrays, read once, from which the rows and columns of any specification are taken.

What a specification means is said here alone: both the fit of one specification by
`estimate_effects` and the fast computation of thousands start from `Arrays.chosen`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.models.robustness.choices import REST
from autonomy_stats.schema import ALL_GRADES as WHOLE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.inference.prepared import FloatArray, IntArray

__all__ = ["WHOLE", "Arrays", "Chosen", "recoded"]

SELECTIVE = ("exam", "alternative")
"""Types of district schools that choose, or are assigned, their students."""

DROPPED: Mapping[str, tuple[str, ...]] = {
    "all but disability": ("disability_pct",),
    "race and low income": ("disability_pct", "english_learner_pct"),
    "race": ("disability_pct", "english_learner_pct", "low_income_pct"),
}
"""Controls that an option of `controls` leaves out."""

SQUARED = "_squared"


@dataclass(frozen=True)
class Chosen:
    """The rows and columns of a specification, before what is incomplete is left out.

    Parameters
    ----------
    rows : array of shape (n,)
        Numbers of the rows.
    kinds : array of shape (n,)
        School types as codes, those of `Arrays.names`.
    outcome : array of shape (n,)
        Outcome; missing where it is not known.
    weight : array of shape (n,) or None
        Weights of the rows.
    shares : tuple of int
        Columns of `Arrays.shares` that are held equal.
    absorbed : tuple of str
        Columns of `Arrays.codes` whose cells are absorbed.
    cluster : str
        Column of `Arrays.codes` to cluster by.
    by_school : bool
        Whether there is one row a school.
    weighted : bool
        Whether a school then counts by the sum of its weights.
    alike : bool
        Whether weights are divided by their sum in each school.
    estimator : str
        Estimator.
    """

    rows: IntArray
    kinds: IntArray
    outcome: FloatArray
    weight: FloatArray | None
    shares: tuple[int, ...]
    absorbed: tuple[str, ...]
    cluster: str
    by_school: bool
    weighted: bool
    alike: bool
    estimator: str


@dataclass(frozen=True)
class Arrays:
    """A panel as arrays.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns of the panel that fits look at, with `_level` and `_operator`.
    outcome_name : str
        Column to compare.
    options : mapping
        Arguments of `estimate_effects`, with controls, weights and absorbed columns as resolved.
    outcome, low, high : array of shape (n,)
        Outcome and its bounds, missing where there are none.
    weight : array of shape (n,) or None
        Weights, as asked.
    shares : array of shape (n, 2 c)
        Controls, then their squares.
    names : tuple of str
        School types; `kinds` (n,) are their codes.
    codes : mapping of str to array of shape (n,)
        Columns of text as codes: those absorbed, `_level`, the schools, what is clustered by.
    texts : mapping of str to array of shape (n,)
        Columns that rows are chosen by, as text.
    course, by_grade : array of shape (n,)
        Whether a row is of a course test; and of results by grade, which are numbered grades where
        a test has any, else all grades together.
    test : array of shape (n,)
        Spring, subject and assessment as a code.
    clean : bool
        Whether no choice of rows can hold a row twice, without cluster, or a break.
    simulated : bool
        Whether any row came from a simulated file.
    """

    frame: pd.DataFrame
    outcome_name: str
    options: Mapping[str, Any]
    outcome: FloatArray
    low: FloatArray
    high: FloatArray
    weight: FloatArray | None
    shares: FloatArray
    names: tuple[str, ...]
    kinds: IntArray
    codes: Mapping[str, IntArray]
    texts: Mapping[str, NDArray[Any]]
    course: NDArray[np.bool_]
    by_grade: NDArray[np.bool_]
    test: IntArray
    school: str
    clean: bool
    simulated: bool

    @property
    def controls(self) -> tuple[str, ...]:
        """Names of the columns of `shares`."""
        held = tuple(self.options["controls"])
        return (*held, *(f"{name}{SQUARED}" for name in held))

    @property
    def reference(self) -> int:
        """Code of the reference type."""
        return self.names.index(self.options["reference"])

    @property
    def left_out(self) -> NDArray[np.bool_]:
        """Of each type, whether it stays out of the comparison."""
        dropped = {*self.options["drop_types"], ""}
        return np.array([name in dropped for name in self.names])

    @property
    def compared(self) -> tuple[str, ...]:
        """Types that are compared with the reference."""
        out = {*self.options["drop_types"], "", self.options["reference"]}
        return tuple(name for name in self.names if name not in out)

    def chosen(self, specification: Mapping[str, str]) -> Chosen:
        """Return the rows and columns of a specification.

        Parameters
        ----------
        specification : mapping of str to str
            An option of each choice.
        """
        of = specification
        kinds = self.kinds.copy()
        for name in recoded(of["reference"]):
            if name in self.names:
                kinds[kinds == self.names.index(name)] = self.reference
        rows = np.flatnonzero(self._mask(of))
        absorbed = tuple(self.options["absorb"])
        if of["cells"] == "and level":
            absorbed = (*absorbed, "_level")
        elif of["cells"] == "without grade":
            absorbed = tuple(column for column in absorbed if column != "grade")
        outcome, by_school = self._outcome(of["suppressed"]), of["unit"] == "schools"
        keeps = by_school or of["weights"] != "none"  # one school's rows are averaged as asked
        return Chosen(
            rows=rows,
            kinds=kinds[rows],
            outcome=outcome[rows],
            weight=None if self.weight is None or not keeps else self.weight[rows],
            shares=self._shares(of["controls"]),
            absorbed=absorbed,
            cluster="_operator" if of["cluster"] == "operator" else self.options["cluster"],
            by_school=by_school,
            weighted=by_school and of["weights"] == "students",
            alike=of["weights"] == "schools alike",
            estimator=of["estimator"],
        )

    def _mask(self, of: Mapping[str, str]) -> NDArray[np.bool_]:
        """Return which rows a specification speaks of."""
        kept = np.ones(len(self.outcome), dtype=bool)
        if "grade" in self.texts:
            whole = of["rows"] == "all grades together"
            rows = self.texts["grade"] == WHOLE if whole else self.by_grade
            kept &= np.where(self.course, of["courses"] == "taken in", rows)
        for choice, column in (("years", "end_year"), ("subject", "subject"), ("level", "_level")):
            if of[choice] != REST:
                kept &= self.texts[column] == of[choice]
        if of["roster"] == "documented":
            kept &= np.isin(self.texts["roster_confidence"], ("", "documented"))
        return kept

    def _outcome(self, suppressed: str) -> FloatArray:
        """Return the outcome, hidden ones at the bound that a specification puts them at."""
        if suppressed == "left out":
            return self.outcome
        bound = self.low if suppressed == "lowest" else self.high
        known = ~np.isnan(self.low) & ~np.isnan(self.high)
        return np.where(np.isnan(self.outcome) & known, bound, self.outcome)

    def _shares(self, option: str) -> tuple[int, ...]:
        """Return the columns of `shares` that a specification holds equal."""
        held = tuple(self.options["controls"])
        if option == "none":
            return ()
        if option == "all and squares":
            return tuple(range(2 * len(held)))
        out = DROPPED.get(option, ())
        return tuple(at for at, name in enumerate(held) if name not in out)


def recoded(reference: str) -> tuple[str, ...]:
    """Return the types that an option of `reference` counts among the reference schools.

    Examples
    --------
    >>> recoded("with exam and alternative"), recoded("alone")
    (('exam', 'alternative'), ())
    """
    return tuple(name for name in SELECTIVE if name in reference.split())
