"""The least squares regression behind a fit, and the same fit of other rows or other types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.design import Design
from autonomy_stats.models.estimators import LEAST_SQUARES
from autonomy_stats.models.robustness.asked import design_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.fit import Fit

__all__ = ["least_squares", "refit", "row_weights"]


def least_squares(fit: Fit, what: str) -> Design:
    """Return the design of a least squares fit; its rows are those of the fit, in their order.

    Parameters
    ----------
    fit : Fit
        Result of `estimate_effects`.
    what : str
        What is asked of the fit, for the message of a refusal.

    Raises
    ------
    UsageError
        If it is no fit.
    EstimationError
        If it is not of least squares, or does not know the frame that it came from.
    """
    if not hasattr(fit, "effects"):
        raise UsageError(f"{what} takes a Fit of estimate_effects, got a {type(fit).__name__}")
    if fit.estimator not in LEAST_SQUARES:
        raise EstimationError(
            f"{what} is worked out for least squares ({', '.join(LEAST_SQUARES)}) only; this fit "
            f"is of {fit.estimator!r}. Estimate the frame with estimator='wls' beside it"
        )
    if fit.asked is None or fit.fitted is None:
        raise EstimationError(
            f"{what} goes back to the frame of a fit, and this one does not know it: it is no "
            f"result of estimate_effects itself"
        )
    return design_of(fit)


def row_weights(design: Design) -> NDArray[np.float64]:
    """Return the weight of each row, one where there are none."""
    return np.ones(len(design.frame)) if design.weights is None else design.weights


def refit(fit: Fit, design: Design, rows: pd.DataFrame) -> Fit:
    """Estimate again as a fit was, from rows of its design whose `_type` says the type.

    Raises
    ------
    EstimationError
        If the rows do not support it.
    """
    from autonomy_stats.models.effects import estimate_effects

    needed = {fit.outcome, *fit.controls, *fit.absorbed, fit.cluster, design.school, "_type"}
    needed |= {fit.weights} if fit.weights else set()
    return estimate_effects(
        rows[[column for column in rows if column in needed]],
        fit.outcome,
        school_type="_type",
        reference=fit.reference,
        controls=fit.controls,
        absorb=fit.absorbed,
        weights=fit.weights,
        cluster=fit.cluster,
        vcov=fit.vcov,
        working=fit.working,
        estimator=fit.estimator,
        drop_types=(),
        conf_level=fit.conf_level,
    )
