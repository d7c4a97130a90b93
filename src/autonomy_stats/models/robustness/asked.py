"""The design of a fit that is at hand, for what goes back to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.design import Design, build_design

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit

__all__ = ["asked_of", "design_of", "types_of"]

IN_DESIGN = (
    "school_type",
    "reference",
    "controls",
    "absorb",
    "weights",
    "cluster",
    "drop_types",
)
"""Options of `estimate_effects` that choose rows and columns."""


def asked_of(fit: Fit) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the frame and the options of a fit.

    Raises
    ------
    EstimationError
        If the fit was made by hand, and knows neither.
    """
    if fit.asked is None:
        raise EstimationError("the fit does not know the frame that it came from")
    return fit.asked.frame, dict(fit.asked.options)


def design_of(fit: Fit) -> Design:
    """Build the design of a fit again: its rows, columns and weights."""
    frame, options = asked_of(fit)
    chosen = {name: options[name] for name in IN_DESIGN}
    if fit.estimator == "ols":
        chosen["weights"] = None
    return build_design(frame, fit.outcome, **chosen)


def types_of(fit: Fit) -> pd.DataFrame:
    """Return the effects of the types to tell of: without the reference and what was left out."""
    _, options = asked_of(fit)
    out = ["", fit.reference, *options["drop_types"]]
    return fit.effects[~fit.effects["school_type"].isin(out)]
