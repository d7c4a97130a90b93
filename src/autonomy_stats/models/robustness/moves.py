"""Estimates after a school is given another type, without another fit.

With the other columns C taken out of everything, the types' coefficients solve G b = r, where
``G = D' M D`` and ``r = D' M y``. If the rows v of a school go from type a to type b, D becomes
``D + v d'`` with d = e_b - e_a, and

    G + k d' + d k' + (v' M v) d d',   r + (v' M y) d,   k = D' M v:

a change of rank two of a matrix that is as large as there are types.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from autonomy_stats.models.robustness.refit import row_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design

__all__ = ["Move", "Types"]

SINGULAR = 1e-9
"""Where the least eigenvalue of G, scaled to a diagonal of ones, is no larger, types can't be told
apart."""


class Move(NamedTuple):
    """A school, and the number of the type that it is given."""

    unit: int
    to: int


@dataclass(frozen=True)
class Types:
    """Types of schools, and what the estimates need to follow a school from one to another.

    A unit is the rows of a school in which it is of one type. After the types with a column comes
    the reference; a number above it is of a type that the other columns imply, which stays.
    """

    names: tuple[str, ...]
    names_of_all: tuple[str, ...]
    unit: NDArray[np.intp]
    kind: NDArray[np.intp]
    gram: NDArray[np.float64]
    right: NDArray[np.float64]
    with_types: NDArray[np.float64]
    with_outcome: NDArray[np.float64]
    with_columns: NDArray[np.float64]
    total: NDArray[np.float64]

    @classmethod
    def of(cls, design: Design, reference: str) -> Types:
        """Take the other columns out of types and outcome, and add up the rows of each unit."""
        names = tuple(term for term in design.terms if term in design.types)
        is_type = np.isin(design.terms, names)
        root = np.sqrt(row_weights(design))
        columns = np.linalg.qr(design.matrix[:, ~is_type] * root[:, None])[0]
        both = np.column_stack([design.matrix[:, is_type], design.outcome]) * root[:, None]
        both = both - columns @ (columns.T @ both)
        both = both - columns @ (columns.T @ both)  # again: what rounding has left
        types, outcome = both[:, :-1], both[:, -1]
        grouped = design.frame.groupby([design.school, "_type"], sort=False)
        unit = np.asarray(grouped.ngroup(), dtype=np.intp)
        first = np.unique(unit, return_index=True)[1]
        of_all = (*names, reference, *sorted(set(design.types) - set(names)))
        place = {name: number for number, name in enumerate(of_all)}
        kind = np.array([place[name] for name in design.frame["_type"].iloc[first]])

        def added(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack([np.bincount(unit, root * one) for one in values.T])

        return cls(
            names=names,
            names_of_all=(*names, reference),
            unit=unit,
            kind=kind,
            gram=types.T @ types,
            right=types.T @ outcome,
            with_types=added(types),
            with_outcome=added(outcome[:, None])[:, 0],
            with_columns=added(columns),
            total=np.bincount(unit, root**2).astype(float),
        )

    def rows_of(self, unit: int) -> NDArray[np.intp]:
        """Return the rows of a unit."""
        return np.flatnonzero(self.unit == unit)

    def search(
        self,
        school_type: str,
        among: Collection[str],
        sign: float,
        most: int,
        free: NDArray[np.bool_],
    ) -> list[tuple[tuple[Move, ...], float]]:
        """Move unit after unit, each the one that takes an estimate furthest.

        Parameters
        ----------
        school_type : str
            Whose estimate.
        among : collection of str
            Types that units are moved from and to.
        sign : float
            1 towards lower estimates, -1 towards higher.
        most : int
            Largest number of units.
        free : array of shape (n,)
            Rows that may be of another type.

        Returns
        -------
        list of (moves, estimate)
            For one unit, two units, and so on, as long as another takes the estimate further.
        """
        allowed = [self.names_of_all.index(name) for name in among]
        able = np.isin(self.kind, allowed) & (np.bincount(self.unit, free) > 0)
        at = self.names.index(school_type)
        state, moved, before = self, [], self.estimates_now()[at]
        found: list[tuple[tuple[Move, ...], float]] = []
        for _ in range(most):
            tried = [(to, state.estimates(to)[:, at]) for to in allowed]
            values = np.column_stack(
                [np.where(able & (state.kind != to), one, np.nan) for to, one in tried]
            )
            if np.isnan(values).all():
                break
            best = int(np.nanargmin(sign * values))
            unit, column = divmod(best, len(allowed))
            if sign * values[unit, column] >= sign * before:
                break
            before = float(values[unit, column])
            move = Move(unit, allowed[column])
            state, able = state.moved(move), able & (np.arange(len(able)) != unit)
            moved.append(move)
            found.append((tuple(moved), before))
        return found

    def estimates_now(self) -> NDArray[np.float64]:
        """Return all types' estimates as they stand."""
        return np.asarray(np.linalg.solve(self.gram, self.right), dtype=np.float64)

    def estimates(self, to: int) -> NDArray[np.float64]:
        """Return all types' estimates after each unit, by itself, is given a type.

        Returns
        -------
        array of shape (units, types)
            Missing for a type that has no school left, and where types can't be told apart.
        """
        step = self._steps(to)
        own = (self.total - (self.with_columns**2).sum(axis=1))[:, None, None]
        cross = self.with_types[:, :, None] * step[:, None, :]
        gram = self.gram + cross + cross.mT + own * (step[:, :, None] * step[:, None, :])
        right = self.right + self.with_outcome[:, None] * step
        count = len(self.names)
        schools = np.bincount(self.kind, minlength=count + 1)
        last = (schools[self.kind] == 1)[:, None] & (self.kind[:, None] == np.arange(count + 1))
        none = (last[:, :-1] | (schools[:count] == 0)) & (np.arange(count) != to)
        unreferenced = last[:, -1] & (to != count)
        gram[none[:, :, None] | none[:, None, :]] = 0.0
        units, types = np.nonzero(none)
        gram[units, types, types] = 1.0
        scale = np.sqrt(np.abs(np.einsum("uqq->uq", gram))).astype(np.float64)
        scale[scale == 0] = 1.0
        scaled = gram / (scale[:, :, None] * scale[:, None, :])
        bad = (np.linalg.eigvalsh(scaled)[:, 0] <= SINGULAR) | unreferenced
        scaled[bad] = np.eye(count)
        solved = np.linalg.solve(scaled, (right / scale)[:, :, None])[:, :, 0] / scale
        solved[none | bad[:, None]] = np.nan
        result: NDArray[np.float64] = solved
        return result

    def moved(self, move: Move) -> Types:
        """Return the same after a move."""
        step = self._steps(move.to)[move.unit]
        cross = np.outer(self.with_types[move.unit], step)
        shared = -self.with_columns @ self.with_columns[move.unit]
        shared[move.unit] += self.total[move.unit]
        kind = self.kind.copy()
        kind[move.unit] = move.to
        return replace(
            self,
            kind=kind,
            gram=self.gram + cross + cross.T + shared[move.unit] * np.outer(step, step),
            right=self.right + self.with_outcome[move.unit] * step,
            with_types=self.with_types + np.outer(shared, step),
        )

    def _steps(self, to: int) -> NDArray[np.float64]:
        """Return how each unit's type indicators change: + 1 for the new type, - 1 for the old."""
        every = np.eye(max(int(self.kind.max()), len(self.names)) + 1, len(self.names))
        step: NDArray[np.float64] = every[to] - every[self.kind]
        return step
