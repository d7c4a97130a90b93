"""What other studies estimate for the same types of schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.facts.read import read_facts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_external_estimates"]


def load_external_estimates() -> pd.DataFrame:
    """Return estimates by others for the same cities or types of schools, one a row.

    They stand on scales of their own, and mostly follow students, whose earlier scores they know:
    compare directions, not sizes, with differences between schools in percent proficient.

    Returns
    -------
    pandas.DataFrame
        The table `external_estimates`: `estimate_id, study, place, model, school_type,
        comparison, method, outcome, subject, level, scale, estimate, std_error, conf_low,
        conf_high, estimate_low, estimate_high, direction, stated_significance, sample,
        n_students, years, where_in_source, citation, url, verified, claims, note`. Rows of the
        scale `direction_only` have no number. Only what was read in the source, or in a page
        that `verified` tells, is there.

    Examples
    --------
    >>> estimates = load_external_estimates().set_index("estimate_id")
    >>> estimates.loc[["aer2016-t7a-math"], ["estimate", "std_error"]].to_numpy().tolist()
    [[0.321, 0.039]]
    """
    return read_facts("external_estimates")
