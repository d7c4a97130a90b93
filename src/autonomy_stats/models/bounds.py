"""What a suppressed outcome could do to an estimate, at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.mark import marked
from autonomy_stats.models.design import DEFAULT_ABSORB, build_design
from autonomy_stats.models.wls import linear_weights

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["outcome_bounds"]


def outcome_bounds(
    frame: pd.DataFrame,
    outcome: str,
    low: str,
    high: str,
    *,
    school_type: str = "school_type",
    reference: str = "traditional",
    controls: Sequence[str] | None = None,
    absorb: Sequence[str] = DEFAULT_ABSORB,
    weights: str | None = "auto",
    cluster: str = "school_id",
    drop_types: Sequence[str] = ("exam", "alternative", "unknown"),
) -> pd.DataFrame:
    """Return the smallest and largest estimate that suppressed outcomes allow.

    An estimate of weighted least squares is a weighted sum of the outcomes, so its bounds
    are exact: each suppressed outcome is set to whichever of its own bounds moves the
    estimate further. They leave sampling error out.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel whose suppressed rows have a weight and bounds.
    outcome, low, high : str
        Columns of the outcome and of its bounds.
    school_type, reference, controls, absorb, weights, cluster, drop_types
        As in `estimate_effects`.

    Returns
    -------
    pandas.DataFrame
        One row a type: `school_type, bound_low, bound_high, n_suppressed`, the last the rows
        of any type whose outcome is bounded, not known.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcd"), "school_type": ["traditional"] * 2 + ["charter"] * 2,
    ...     "y": [10.0, 20.0, 30.0, None], "low": [10, 20, 30, 0], "high": [10, 20, 30, 100],
    ... })
    >>> outcome_bounds(frame, "y", "low", "high", controls=[], weights=None)
      school_type  bound_low  bound_high  n_suppressed
    0     charter        0.0        50.0             1
    """
    import pandas as pd

    bounded = frame[frame[low].notna() & frame[high].notna()]
    design = build_design(
        bounded.assign(_known=bounded[outcome].notna(), **{outcome: bounded[low]}),
        outcome,
        school_type=school_type,
        reference=reference,
        controls=controls,
        absorb=absorb,
        weights=weights,
        cluster=cluster,
        drop_types=drop_types,
    )
    share = linear_weights(design)
    bottom = design.frame[low].to_numpy(float)
    top = design.frame[high].to_numpy(float)
    rows = []
    for name in design.types:
        if name not in share:
            continue
        part = share[name].to_numpy()
        rows.append(
            {
                "school_type": name,
                "bound_low": float(np.sum(part * np.where(part > 0, bottom, top))),
                "bound_high": float(np.sum(part * np.where(part > 0, top, bottom))),
                "n_suppressed": int((~design.frame["_known"]).sum()),
            }
        )
    columns = ["school_type", "bound_low", "bound_high", "n_suppressed"]
    return marked(pd.DataFrame(rows, columns=columns), frame)
