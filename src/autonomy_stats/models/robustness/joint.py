"""Whether all specifications together could come about if a type did not differ.

Simonsohn, Simmons and Nelson (2020): specifications share their schools, so that how many agree is
no test; what they would all show if there were no difference is. Here that is told by dealing the
schools' residuals anew (Freedman and Lane 1983): of each specification, without the type, a
school's mean residual is given to another school of the type or of the reference, and the estimate
is made again. Every specification gets the same deals, so that they stay as dependent as they are;
types, composition and weights stay where they are, so that a type of another composition than the
reference keeps the precision that it has. `inference.permutation` deals the label in place of
the residuals, to test one estimate and to invert the test; without covariates that is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.models.inference.prepared import prepare
from autonomy_stats.models.robustness.regression import Regression, regression_of
from autonomy_stats.parallel import in_order

if TYPE_CHECKING:
    from autonomy_stats.models.inference.prepared import FloatArray, IntArray
    from autonomy_stats.models.robustness.arrays import Arrays

__all__ = ["STATISTICS", "deal_schools", "joint_inference"]

STATISTICS = ("median estimate", "share significant", "mean |t|")
"""What is compared with the deals, each without regard to its sign."""

FEWEST_SCHOOLS = 2
"""Of a type and of the reference, for schools to be dealt among."""

SMALLEST_KEPT = 0.01
"""Share of a school's error, below which its residual is what the fit left of it by rounding."""

TIE = 1e-10
"""Relative difference below which two statistics are the same one."""

CHUNK = 8
"""Specifications that a process takes at a time."""

Draws = dict[str, tuple["FloatArray", "FloatArray", float]]
"""By type: estimates and t statistics of the deals, and from which t a difference counts."""


@dataclass(frozen=True)
class _Pool:
    """The schools among which a type's residuals are dealt, and the deals (draws, schools)."""

    schools: IntArray
    deals: IntArray


def joint_inference(
    frames: Mapping[str, Arrays],
    specifications: Sequence[Mapping[str, str]],
    critical: Sequence[Mapping[str, float]],
    *,
    draws: int,
    seed: int,
    n_jobs: int | None = 1,
    progress: Callable[[int, int], object] | None = None,
) -> list[dict[str, Any]]:
    """Test of each type that no specification shows a difference.

    Parameters
    ----------
    frames : mapping of str to Arrays
        Panels by name, the default first.
    specifications : sequence of mappings
        The specifications to judge together, the default first.
    critical : sequence of mappings of str to float
        Of each specification, by type, the t statistic from which a difference counts as
        significant.
    draws, seed : int
        Number of deals, with the one observed, and their seed.
    n_jobs : int or None
        Processes, as joblib counts them.
    progress : callable, optional
        Called with the specifications done, and all of them.

    Returns
    -------
    list of dict
        One a type and statistic: `school_type, statistic, observed, p_value, n_specifications,
        n_draws, note`.
    """
    from joblib import delayed

    if not isinstance(draws, int) or draws < 1:
        raise UsageError(f"draws must be a whole number of at least 1; got {draws!r}")
    ids = _common_ids(frames)
    default = specifications[0]
    first = frames[default["frame"]]
    settled = _settled(first, default, ids[default["frame"]])
    chunks = [slice(at, at + CHUNK) for at in range(0, len(specifications), CHUNK)]
    calls = (
        delayed(_chunk)(frames, ids, settled, specifications[own], critical[own], draws, seed)
        for own in chunks
    )
    found: list[Draws] = []
    for part in in_order(calls, n_jobs):
        found += part
        if progress is not None:
            progress(len(found), len(specifications))
    return [row for name in first.compared for row in _tests(name, found, settled, draws)]


def deal_schools(count: int, draws: int, seed: int) -> IntArray:
    """Return deals among schools, (draws, count): whose residual each school gets.

    The first is as observed.

    Examples
    --------
    >>> deal_schools(4, 2, seed=0)[0].tolist()
    [0, 1, 2, 3]
    """
    deals = np.tile(np.arange(count), (draws, 1))
    deals[1:] = np.random.default_rng(seed).permuted(deals[1:], axis=1)
    return deals


def _common_ids(frames: Mapping[str, Arrays]) -> dict[str, IntArray]:
    """Return, of each frame, the number of each of its schools among the schools of all."""
    import pandas as pd

    texts = {
        name: arrays.frame[arrays.school].astype("str").to_numpy(object)
        for name, arrays in frames.items()
    }
    known = pd.Index(sorted({school for text in texts.values() for school in text}))
    found = {}
    for name, arrays in frames.items():
        codes = arrays.codes[arrays.school]
        number = np.zeros(codes.max() + 1, dtype=np.intp)
        number[codes] = known.get_indexer(pd.Index(texts[name]))
        found[name] = number
    return found


def _settled(arrays: Arrays, default: Mapping[str, str], ids: IntArray) -> dict[str, IntArray]:
    """Return the schools of each type, and of the reference, that are of one type only."""
    chosen = arrays.chosen(default)
    schools, kinds = ids[arrays.codes[arrays.school][chosen.rows]], chosen.kinds
    pairs = np.unique(np.column_stack([schools, kinds]), axis=0)
    names, count = np.unique(pairs[:, 0], return_counts=True)
    single = pairs[np.isin(pairs[:, 0], names[count == 1])]
    return {
        arrays.names[kind]: single[single[:, 1] == kind, 0]
        for kind in {arrays.reference, *(arrays.names.index(name) for name in arrays.compared)}
    }


def _chunk(
    frames: Mapping[str, Arrays],
    ids: Mapping[str, IntArray],
    settled: Mapping[str, IntArray],
    specifications: Sequence[Mapping[str, str]],
    critical: Sequence[Mapping[str, float]],
    draws: int,
    seed: int,
) -> list[Draws]:
    """Return estimates and t statistics of the deals, for some specifications."""
    pools: dict[str, _Pool] = {}
    found: list[Draws] = []
    for specification, limits in zip(specifications, critical, strict=True):
        arrays = frames[specification["frame"]]
        own: Draws = {}
        regression = regression_of(arrays, arrays.chosen(specification))
        for name in arrays.compared if regression is not None else ():
            kind = arrays.names.index(name)
            assert regression is not None
            if kind not in regression.types or not _enough(name, settled, arrays):
                continue
            if name not in pools:
                reference = settled[arrays.options["reference"]]
                schools = np.sort(np.concatenate([settled[name], reference]))
                pools[name] = _Pool(schools, deal_schools(len(schools), draws, seed))
            number = ids[specification["frame"]][regression.schools]
            dealt = _dealt(regression, kind, number, pools[name])
            own[name] = *dealt, limits.get(name, np.inf)
        found.append(own)
    return found


def _enough(name: str, settled: Mapping[str, IntArray], arrays: Arrays) -> bool:
    """Tell whether there are schools to deal among."""
    sides = (settled.get(name, ()), settled[arrays.options["reference"]])
    return all(len(side) >= FEWEST_SCHOOLS for side in sides)


def _dealt(
    r: Regression, kind: int, schools: IntArray, pool: _Pool
) -> tuple[FloatArray, FloatArray]:
    """Return the estimate and its t statistic (CR0) of each deal."""
    at = r.column(kind)
    p = prepare(np.delete(r.matrix, at, axis=1), r.outcome, r.clusters.tolist(), r.weight, None)
    both = np.column_stack([r.outcome, r.matrix[:, at]])[p.order]
    both -= p.basis @ ((p.weight[:, None] * p.basis).T @ both)
    outcome, label = both.T
    # Sums over each school: what it adds by its mean residual, and by what its rows differ.
    names, group = np.unique(schools[p.order], return_inverse=True)
    weight = np.bincount(group, p.weight).astype(np.float64)
    moved = np.bincount(group, p.weight * label)
    mean = np.bincount(group, p.weight * outcome) / weight
    own = np.bincount(group, p.weight * label * outcome) - moved * mean
    length = np.bincount(group, p.weight * label**2)
    basis = _sums(p.weight[:, None] * p.basis, group)
    columns, dealt = _deals_among(names, pool)
    of_mean = np.sqrt(1 - 1 / max(len(columns), 2))  # a mean's share of it, which dealing keeps
    given = np.tile(mean * of_mean / _spread(basis, weight), (len(pool.deals), 1))
    given[:, columns] = given[0, columns][dealt]
    given[0] = mean
    scores = given * moved + own
    estimates = scores.sum(axis=1) / length.sum()
    # What the other columns of the fit explain of a deal, the refit takes off again.
    scores -= ((given - mean) @ basis) @ _sums((p.weight * label)[:, None] * p.basis, group).T
    scores -= estimates[:, None] * length
    cluster = np.zeros(len(names), dtype=np.intp)
    cluster[group] = r.clusters[p.order]
    number = np.unique(cluster, return_inverse=True)[1]
    if number.max() + 1 < len(names):
        order = np.argsort(number, kind="stable")
        starts = np.flatnonzero(np.diff(number[order], prepend=-1))
        scores = np.add.reduceat(scores[:, order], starts, axis=1)
    spread = np.sqrt((scores**2).sum(axis=1)) / length.sum()
    return estimates, np.divide(estimates, spread, out=np.zeros_like(estimates), where=spread > 0)


def _sums(values: FloatArray, group: IntArray) -> FloatArray:
    """Return the sums of the columns in each group."""
    return np.column_stack([np.bincount(group, column) for column in values.T])


def _spread(basis: FloatArray, weight: FloatArray) -> FloatArray:
    """Return how much of its own error a school's mean residual keeps, as a standard deviation.

    Of errors that are each school's own, and equally large: the fit takes the more of one, the more
    the school weighs in it, and dealt as they are the residuals would be too small.
    """
    mean = basis / weight[:, None]
    kept = 1 - 2 * (mean * basis).sum(axis=1) + ((mean @ (basis.T @ basis)) * mean).sum(axis=1)
    spread: FloatArray = np.sqrt(np.maximum(kept, SMALLEST_KEPT))
    return spread


def _deals_among(names: IntArray, pool: _Pool) -> tuple[IntArray, IntArray]:
    """Return which schools of a specification are dealt among, and whose residual each gets.

    A deal of all schools becomes one of those that a specification has by passing over the others
    along it: a school gets the residual of the next that is there. So it is as random, and
    differs between specifications by no more than their schools do.
    """
    columns = np.flatnonzero(np.isin(names, pool.schools))
    held = np.searchsorted(pool.schools, names[columns])
    present = np.zeros(len(pool.schools), dtype=bool)
    present[held] = True
    dealt = pool.deals[:, held]
    while not (there := present[dealt]).all():
        draw, school = np.nonzero(~there)
        dealt[draw, school] = pool.deals[draw, dealt[draw, school]]
    place = np.zeros(len(pool.schools), dtype=np.intp)
    place[held] = np.arange(len(held))
    return columns, place[dealt]


def _tests(
    name: str, found: Sequence[Draws], settled: Mapping[str, IntArray], draws: int
) -> Iterator[dict[str, Any]]:
    """Yield the tests of a type."""
    held = [one[name] for one in found if name in one]
    row: dict[str, Any] = {"school_type": name, "n_specifications": len(held), "n_draws": draws}
    if not held:
        few = len(settled.get(name, ())) < FEWEST_SCHOOLS
        why = "fewer than two schools to deal among" if few else "no specification has an estimate"
        for statistic in STATISTICS:
            yield row | {"statistic": statistic, "note": why}
        return
    estimates, statistics = (np.array([one[at] for one in held]) for at in (0, 1))
    limits = np.array([one[2] for one in held])
    made = zip(STATISTICS, _statistics(estimates, statistics, limits), strict=True)
    for statistic, values in made:
        row |= {"statistic": statistic, "observed": float(values[0]), "note": ""}
        yield row | {"p_value": float((np.abs(values) >= abs(values[0]) * (1 - TIE)).mean())}


def _statistics(
    estimates: FloatArray, statistics: FloatArray, limits: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the statistics of each deal, from arrays (specifications, deals)."""
    median = np.median(estimates, axis=0)
    significant = (np.abs(statistics) > limits[:, None]) & (np.sign(estimates) == np.sign(median))
    return median, significant.mean(axis=0), np.abs(statistics).mean(axis=0)
