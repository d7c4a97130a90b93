"""One specification as a weighted regression of arrays: complete rows, cells, shares, types.

The same steps as `design.build_design` and `one_row.one_row_a_school`, which are tested to give the
same numbers, without a data frame. Where the rows do not support a fit nothing is said here: the
specification is then left to `estimate_effects`, whose message is the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.models.guards import MOST_INCOMPLETE
from autonomy_stats.models.independent import independent_columns
from autonomy_stats.models.one_row import SAME

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.inference.prepared import FloatArray, IntArray
    from autonomy_stats.models.robustness.arrays import Arrays, Chosen

__all__ = ["Regression", "alike_weights", "complete_rows", "regression_of"]


@dataclass(frozen=True)
class Regression:
    """A regression whose last columns are the types.

    Parameters
    ----------
    matrix : array of shape (n, p)
        Cells, shares and types, of full column rank.
    outcome, weight : array of shape (n,)
        Outcome, and positive weights or None.
    kinds, schools, clusters : array of shape (n,)
        Codes of type, school and cluster of each row.
    types : tuple of int
        Codes of the types of the last columns, in their order.
    aliased : tuple of int
        Codes of types whose column the others imply.
    lost : dict of int to tuple of str
        Of a type, why rows of it did not enter.
    """

    matrix: FloatArray
    outcome: FloatArray
    weight: FloatArray | None
    kinds: IntArray
    schools: IntArray
    clusters: IntArray
    types: tuple[int, ...]
    aliased: tuple[int, ...]
    lost: dict[int, tuple[str, ...]]

    def column(self, kind: int) -> int:
        """Return the number of the column of a type."""
        return int(self.matrix.shape[1]) - len(self.types) + self.types.index(kind)


def complete_rows(
    arrays: Arrays, chosen: Chosen
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], dict[str, NDArray[np.bool_]]]:
    """Return which rows are complete, which are but for the shares, and what each step drops."""
    in_play = ~arrays.left_out[chosen.kinds]
    steps = {f"no {arrays.outcome_name}": np.isnan(chosen.outcome)}
    if chosen.weight is not None:
        steps[f"no {arrays.options['weights']}"] = ~(chosen.weight > 0)
    lost = {}
    for reason, out in steps.items():
        lost[reason] = in_play & out
        in_play = in_play & ~out
    held = arrays.shares[chosen.rows][:, list(chosen.shares)]
    missing = np.isnan(held).any(axis=1)
    lost["missing control"] = in_play & missing
    return in_play & ~missing, in_play, lost


def alike_weights(weight: FloatArray | None, schools: IntArray) -> FloatArray:
    """Return weights divided by their sum in each school."""
    own = np.ones(len(schools)) if weight is None else weight
    shares: FloatArray = own / np.bincount(schools, own)[schools]
    return shares


def regression_of(arrays: Arrays, chosen: Chosen) -> Regression | None:
    """Return the regression of a specification; None if its rows do not support one."""
    complete, before, lost = complete_rows(arrays, chosen)
    names, kinds = arrays.names, chosen.kinds[complete]
    if not (kinds == arrays.reference).any() or (kinds == arrays.reference).all():
        return None
    school = arrays.codes[arrays.school][chosen.rows]
    if _incomplete(school, chosen.kinds, before, complete, len(names)):
        return None
    rows = chosen.rows[complete]
    if not arrays.clean and _refused(arrays, chosen, rows):
        return None
    y, w = chosen.outcome[complete], None if chosen.weight is None else chosen.weight[complete]
    cells = _cells(arrays, chosen.absorbed, rows)
    shares = arrays.shares[rows][:, list(chosen.shares)]
    schools, clusters = school[complete], arrays.codes[chosen.cluster][rows]
    if chosen.alike:
        w = alike_weights(w, schools)
    if (y == y[0]).all():
        return None
    if chosen.by_school:
        absorbed = cells if chosen.absorbed else None
        y, shares, w, at = _by_school(y, shares, w, absorbed, schools * len(names) + kinds)
        kinds, schools, clusters = kinds[at], schools[at], clusters[at]
        cells = np.zeros(len(y), dtype=np.intp)
        w = w if chosen.weighted else None
        if (y == y[0]).all():
            return None
    types = _types(names, kinds, arrays.reference)
    columns = [
        (cells[:, None] == np.arange(cells.max() + 1)).astype(float),
        shares,
        (kinds[:, None] == np.array(types)).astype(float),
    ]
    matrix = np.hstack(columns)
    kept = independent_columns(matrix, w)
    of_types = kept[len(kept) - len(types) :]
    return Regression(
        matrix=matrix[:, kept],
        outcome=y,
        weight=w,
        kinds=kinds,
        schools=schools,
        clusters=clusters,
        types=tuple(kind for kind, keep in zip(types, of_types, strict=True) if keep),
        aliased=tuple(kind for kind, keep in zip(types, of_types, strict=True) if not keep),
        lost={
            kind: tuple(why for why, out in lost.items() if (chosen.kinds[out] == kind).any())
            for kind in range(len(names))
        },
    )


def _types(names: tuple[str, ...], kinds: IntArray, reference: int) -> list[int]:
    """Return the codes of the types compared, in the order of their names."""
    held = {*np.unique(kinds).tolist()} - {reference}
    return sorted(held, key=lambda kind: names[kind])


def _incomplete(
    schools: IntArray,
    kinds: IntArray,
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    n_types: int,
) -> bool:
    """Tell whether missing shares drop too many schools of a type; see `refuse_incomplete`."""
    if (before == after).all():
        return False
    pair = schools * n_types + kinds
    count, left = (
        np.bincount(np.unique(pair[kept]) % n_types, minlength=n_types) for kept in (before, after)
    )
    return bool((count - left > MOST_INCOMPLETE * count).any())


def _refused(arrays: Arrays, chosen: Chosen, rows: IntArray) -> bool:
    """Tell whether the guards refuse rows: twice the same, no cluster, or a break."""
    from autonomy_stats.errors import EstimationError
    from autonomy_stats.models.guards import refuse_bad_rows, refuse_break

    own = arrays.frame.iloc[rows]
    controls = tuple(arrays.controls[at] for at in chosen.shares)
    try:
        refuse_bad_rows(own, chosen.cluster, arrays.school)
        refuse_break(own, chosen.absorbed, controls)
    except EstimationError:
        return True
    return False


def _cells(arrays: Arrays, absorbed: tuple[str, ...], rows: IntArray) -> IntArray:
    """Return the cell of each row."""
    cell = np.zeros(len(rows), dtype=np.intp)
    for column in absorbed:
        codes = arrays.codes[column]
        cell = cell * (codes.max() + 1) + codes[rows]
    return np.asarray(np.unique(cell, return_inverse=True)[1], dtype=np.intp)


def _by_school(
    outcome: FloatArray,
    shares: FloatArray,
    weight: FloatArray | None,
    cells: IntArray | None,
    schools: IntArray,
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
    """Average the rows of each school; see `one_row_a_school`.

    Returns outcome, shares and summed weights of each school, and the number of a row of it.
    """
    _, first, group = np.unique(schools, return_index=True, return_inverse=True)
    w = np.ones(len(outcome)) if weight is None else weight
    values = np.column_stack([outcome, shares])
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    spread = np.maximum.reduceat(values[order], starts) - np.minimum.reduceat(values[order], starts)
    centred = spread.max(axis=0) > SAME
    centred[0] = True
    if cells is not None:
        mean = _means(values[:, centred], w, cells)
        values[:, centred] -= mean[cells]
    averages = _means(values, w, group)
    total = np.bincount(group, w).astype(np.float64)
    return averages[:, 0], averages[:, 1:], total, first


def _means(values: FloatArray, weight: FloatArray, group: IntArray) -> FloatArray:
    """Return weighted means of the columns in each group."""
    total = np.bincount(group, weight)
    sums = [np.bincount(group, weight * column) for column in values.T]
    means: FloatArray = np.column_stack(sums) / total[:, None]
    return means
