"""What matching and the doubly robust estimator share: differences in weighted means of schools.

The two differ in how they weigh the reference schools that a type is compared with; the difference
in weighted means that follows is a regression on the type alone, with the cluster-robust inference
of the package.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.guards import refuse_constant
from autonomy_stats.models.inference import cluster_robust
from autonomy_stats.models.logistic import estimate_table
from autonomy_stats.models.school_level import FEWEST_SCHOOLS, Schools, average_schools
from autonomy_stats.models.tables import ALIASED
from autonomy_stats.models.wls import Estimates, Fitted

if TYPE_CHECKING:
    from autonomy_stats.models.design import Design
    from autonomy_stats.models.inference.cluster_robust import Kind, Working
    from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["LEAST_COMPARED", "SchoolEstimates", "Weighed", "weighted_differences"]

LEAST_COMPARED = 0.5
"""Share of a type's schools that a comparison has to hold for."""


@dataclass(frozen=True)
class Weighed:
    """Weights (n,) of schools in the comparison of a type, zero where they have no part in it.

    `note` says which of the type's schools stay out, and why.
    """

    weights: FloatArray
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SchoolEstimates(Estimates):
    """Differences of types at the level of schools, and what they rest on.

    `schools` has one row for each school in the comparison of a type: `compared_type, school,
    school_type, outcome, weight`. `balance` has one row for each type and share: `school_type,
    control, before, after`, the difference in means of the type and its reference schools, in
    standard deviations of the reference schools.
    """

    schools: pd.DataFrame = field(repr=False)
    balance: pd.DataFrame = field(repr=False)


Weigh = Callable[[Schools, str], Weighed]


def weighted_differences(
    design: Design, weigh: Weigh, *, vcov: str, working: str
) -> SchoolEstimates:
    """Compare each type's schools with reference schools, weighted as a function says.

    Parameters
    ----------
    design : Design
        Rows, columns and weights of the fit.
    weigh : callable
        Takes schools and a type, returns `Weighed`; raises an `EstimationError` that says why a
        type can't be compared.
    vcov, working : str
        See `estimate_effects`.

    Returns
    -------
    SchoolEstimates
        A type without an estimate has its reason in `type_notes`.

    Raises
    ------
    EstimationError
        If no type can be estimated; the message gives the reason of each.
    """
    refuse_constant(design.outcome, "the outcome")
    schools = average_schools(design)
    weighed, notes = {}, {}
    for kind in design.types:
        if kind in design.aliased:
            notes[kind] = ALIASED
            continue
        try:
            found = _compared(design, schools, kind, weigh)
        except EstimationError as problem:
            notes[kind] = str(problem)
            continue
        weighed[kind] = found.weights
        notes[kind] = found.note
    if not weighed:
        reasons = "; ".join(f"{kind!r}: {note}" for kind, note in notes.items())
        raise EstimationError(f"no type can be compared. {reasons}. Use estimator='wls'")
    fitted = _stacked(schools, weighed)
    named = list(range(1, 2 * len(weighed), 2))
    robust = cluster_robust(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        fitted.weights,
        kind=cast("Kind", vcov),
        working=cast("Working", working),
        contrasts=np.eye(2 * len(weighed))[named],
    )
    covariance = robust.vcov[np.ix_(named, named)]
    terms = pd.Index(list(weighed))
    return SchoolEstimates(
        table=estimate_table(
            terms.rename("term"), fitted.coefficients[named], covariance, robust.df
        ),
        covariance=pd.DataFrame(covariance, index=terms, columns=terms),
        n_clusters=robust.n_clusters,
        fitted=fitted,
        type_notes=notes,
        schools=_parts(schools, weighed),
        balance=_balance(schools, weighed),
    )


def _compared(design: Design, schools: Schools, kind: str, weigh: Weigh) -> Weighed:
    """Weigh the schools of a comparison, or say why a type has none."""
    every = design.frame.loc[design.frame["_type"] == kind, design.school].nunique()
    if every < FEWEST_SCHOOLS:
        raise EstimationError(f"{every} schools, {FEWEST_SCHOOLS} are needed")
    alone = every - len(schools.of(kind))
    if len(schools.of(kind)) < FEWEST_SCHOOLS:
        raise EstimationError(f"{alone} of {every} schools have no reference school in their cells")
    found = weigh(schools, kind)
    left = int((found.weights[schools.of(kind)] > 0).sum())
    notes = [found.note] if found.note else []
    if alone:
        notes.append(f"{alone} of {every} schools have no reference school in their cells")
    if left < LEAST_COMPARED * every:
        raise EstimationError(f"fewer than half of the schools compare: {'; '.join(notes)}")
    return Weighed(found.weights, "; ".join(notes))


def _stacked(schools: Schools, weighed: dict[str, FloatArray]) -> Fitted:
    """Return one regression of all comparisons, a constant and the type for each.

    A reference school that several types are compared with has a row for each, all of its
    cluster. The columns of comparisons share no row, so that none changes another's numbers.
    """
    parts, terms = [], []
    for number, (kind, weights) in enumerate(weighed.items()):
        used = np.flatnonzero(weights > 0)
        matrix = np.zeros((len(used), 2 * len(weighed)))
        matrix[:, 2 * number] = 1.0
        matrix[:, 2 * number + 1] = schools.kinds[used] == kind
        parts.append((used, matrix, weights[used]))
        terms += [f"reference schools of {kind}", kind]
    used = np.concatenate([part[0] for part in parts])
    matrix = np.vstack([part[1] for part in parts])
    weights = np.concatenate([part[2] for part in parts])
    root = np.sqrt(weights)
    outcome = schools.outcome[used]
    coefficients = np.linalg.lstsq(root[:, None] * matrix, root * outcome, rcond=None)[0]
    return Fitted(
        matrix=matrix,
        residuals=outcome - matrix @ coefficients,
        coefficients=np.asarray(coefficients, dtype=np.float64),
        clusters=schools.clusters[used],
        weights=weights,
        terms=tuple(terms),
    )


def _parts(schools: Schools, weighed: dict[str, FloatArray]) -> pd.DataFrame:
    """Return the schools of each comparison with their weights."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "compared_type": kind,
                    "school": schools.names[used],
                    "school_type": schools.kinds[used],
                    "outcome": schools.outcome[used],
                    "weight": weights[used],
                }
            )
            for kind, weights in weighed.items()
            for used in [np.flatnonzero(weights > 0)]
        ],
        ignore_index=True,
    )


def _balance(schools: Schools, weighed: dict[str, FloatArray]) -> pd.DataFrame:
    """Return the differences in mean shares before and after weighing."""
    reference = schools.of(schools.reference)

    def gap(kind: str, weights: FloatArray) -> FloatArray:
        own = schools.of(kind)
        means = [
            np.average(schools.composition[at], weights=weights[at], axis=0)
            for at in (own, reference)
        ]
        return np.asarray(means[0] - means[1])

    return pd.concat(
        [
            pd.DataFrame(
                {
                    "school_type": kind,
                    "control": schools.controls,
                    "before": gap(kind, schools.weights),
                    "after": gap(kind, weights),
                }
            )
            for kind, weights in weighed.items()
        ],
        ignore_index=True,
    )
