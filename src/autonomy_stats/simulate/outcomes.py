"""Outcomes whose true associations are set: errors of schools, of rows, and of sampled students.

*Percents.* A row's expected percent is a sum of its cell, its controls and the association of its
type, exactly. Around it the school and the row have normal errors on the logit scale, and the
students tested are drawn from the percent that results. So a percent keeps within 0 and 100, few
students give a wide scatter, and nothing is cut off: the mean is what it was set to be.

*Other outcomes*, or percents without a number tested: the same sum, and normal errors of constant
variance between and within schools. They are the working model of `minimum_detectable_effect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.detectable import Components
from autonomy_stats.models.inference.prepared import FloatArray, IntArray
from autonomy_stats.models.robustness import PERCENTS
from autonomy_stats.simulate.design import StudyDesign
from autonomy_stats.simulate.logit_normal import intercepts, match_spread
from autonomy_stats.simulate.means import nearest_means

__all__ = ["Errors", "OutcomeModel", "Spread", "Truth", "outcome_model"]

Errors = Literal["auto", "students", "normal"]
Spread = Literal["reference", "own"]
Truth = Mapping[str, float]
"""Association of each type, in the outcome's unit; a type that is not named has none."""

ROOM = 2.0
"""An expected percent keeps this far from 0 and from 100."""


@dataclass(frozen=True)
class OutcomeModel:
    """What outcomes of a design are drawn from.

    Parameters
    ----------
    means : array of shape (n,)
        Expected outcome of each row if no type differed from the reference.
    moved : array of shape (n,)
        How far they lie from the fitted ones, so that percents have room.
    between, within : array of shape (n,)
        Standard deviations of the errors of schools and rows: on the logit scale for percents,
        else in the outcome's unit.
    cluster : array of shape (n,)
        Number of each row's cluster.
    n_tested : array of shape (n,) or None
        Students drawn in each row; None: normal errors.
    components : Components
        Variances of the reference schools' errors, in squared units of the outcome; of percents
        without the sampling of students.
    """

    means: FloatArray
    moved: FloatArray
    between: FloatArray
    within: FloatArray
    cluster: IntArray
    n_tested: FloatArray | None
    components: Components

    def location(self, shift: FloatArray | float) -> FloatArray:
        """Return where the rows' distributions lie if their means are shifted so far.

        Of percents it is the intercept on the logit scale.
        """
        means = self.means + shift
        if self.n_tested is None:
            return means
        if not (means.min() > 0 and means.max() < 100):
            raise EstimationError(
                f"expected percents would run from {means.min():.0f} to {means.max():.0f}: there "
                f"is no room for such a truth; choose a smaller one, or errors='normal'"
            )
        return intercepts(means, np.hypot(self.between, self.within))

    def draw(self, rng: np.random.Generator, location: FloatArray, runs: int) -> FloatArray:
        """Draw outcomes, (n, runs), of rows at a location, (n,) or (n, runs)."""
        n, clusters = len(self.means), int(self.cluster[-1]) + 1
        school = rng.standard_normal((clusters, runs))[self.cluster]
        drawn: FloatArray = rng.standard_normal((n, runs))
        drawn *= self.within[:, None]
        drawn += self.between[:, None] * school
        drawn += location if location.ndim == 2 else location[:, None]
        if self.n_tested is None:
            return drawn
        from scipy.special import expit

        tested = self.n_tested[:, None]
        return 100.0 * rng.binomial(tested.astype(np.int64), expit(drawn)) / tested


def outcome_model(
    design: StudyDesign,
    *,
    errors: Errors = "auto",
    spread: Spread = "reference",
    least: FloatArray | float = 0.0,
    most: FloatArray | float = 0.0,
) -> OutcomeModel:
    """Return what outcomes of a design are drawn from.

    Parameters
    ----------
    design : StudyDesign
        The design.
    errors : {"auto", "students", "normal"}
        `students`: percents, with the sampling of the students tested; `normal`: constant
        variances; `auto`: `students` for percents whose rows all have a number tested.
    spread : {"reference", "own"}
        Whether the schools of all types vary as the reference schools do, or those of a type
        with at least ten schools as its own do.
    least, most : float or array of shape (n,)
        Smallest and largest shift of the means that is to come, for which percents need room.

    Raises
    ------
    UsageError
        If an argument is not among the allowed values, or rows have no number tested.
    EstimationError
        If there is no room, or percents cannot vary as much as the components say.
    """
    for name, value, allowed in (
        ("errors", errors, get_args(Errors)),
        ("spread", spread, get_args(Spread)),
    ):
        if value not in allowed:
            raise UsageError(f"{name} must be one of {allowed}; got {value!r}")
    percents = design.fit.outcome in PERCENTS and design.n_tested is not None
    if errors == "students" and not percents:
        raise UsageError(
            f"errors='students' needs a percent ({', '.join(PERCENTS)}) with n_tested in every "
            f"row; {design.fit.outcome!r} has errors='normal' only"
        )
    if errors == "normal" or not percents:
        return _normal(design, spread)
    return _students(design, spread, least, most)


def _normal(design: StudyDesign, spread: Spread) -> OutcomeModel:
    """Return the model of constant variances."""
    between, within = np.empty(len(design.linear)), np.empty(len(design.linear))
    for name, rows in _rows_by_spread(design, spread).items():
        between[rows] = design.components[name].between ** 0.5
        within[rows] = design.components[name].within ** 0.5
    return OutcomeModel(
        means=design.linear,
        moved=np.zeros(len(design.linear)),
        between=between,
        within=within,
        cluster=design.cluster,
        n_tested=None,
        components=design.components[design.fit.reference],
    )


def _students(
    design: StudyDesign, spread: Spread, least: FloatArray | float, most: FloatArray | float
) -> OutcomeModel:
    """Return the model of percents of students tested."""
    tested = design.n_tested
    assert tested is not None
    means = nearest_means(design, ROOM - np.minimum(least, 0.0), 100 - ROOM - np.maximum(most, 0.0))
    between, within = np.empty(len(means)), np.empty(len(means))
    reference = design.fit.reference
    found: dict[str, Components] = {}
    for name, rows in _rows_by_spread(design, spread).items():
        source = design.reference if name == reference else rows
        found[name] = _without_sampling(design.components[name], means[source], tested[source])
        matched = match_spread(means[source], found[name])
        between[rows], within[rows] = matched.between, matched.within
    return OutcomeModel(
        means=means,
        moved=means - design.linear,
        between=between,
        within=within,
        cluster=design.cluster,
        n_tested=tested,
        components=found[reference],
    )


def _rows_by_spread(design: StudyDesign, spread: Spread) -> dict[str, NDArray[np.bool_]]:
    """Return the rows whose errors vary as those of the reference, or of a type, do."""
    own = {
        name: rows
        for name, rows in zip(design.types, design.of_type.T, strict=True)
        if spread == "own" and name in design.components
    }
    others = ~np.any(list(own.values()), axis=0) if own else np.ones(len(design.linear), bool)
    return {design.fit.reference: others, **own}


def _without_sampling(components: Components, means: FloatArray, tested: FloatArray) -> Components:
    """Take the sampling of students out of the variance within schools, which holds it.

    Of a percent P that varies around m it is on average (m (100 - m) - Var P) / n.
    """
    inverse = 1 / tested
    sampling = float((means * (100 - means) * inverse).mean())
    share = float(inverse.mean())
    # Var P is what is left, between and within, so that it stands on both sides.
    within = (components.within - sampling + components.between * share) / (1 - share)
    return Components(components.between, max(within, 0.0))
