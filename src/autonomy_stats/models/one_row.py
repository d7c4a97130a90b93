"""One row a school: each school counts once, however many subjects, grades and years it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.models.design import type_text

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["SAME", "one_row_a_school"]

TOTAL = "total_weight"
"""Column of the sum of a school's weights."""

SAME = 1e-9
"""How far apart a share of a school may be in its rows, and be one share."""


def one_row_a_school(
    fit: Fit, frame: pd.DataFrame, options: Mapping[str, Any], *, weighted: bool = False
) -> Fit:
    """Fit one row a school, and for a school that changed type one row a type.

    The outcome is the mean distance of the school's rows from the means of their cells, weighted as
    the rows are. So is a control that differs between the rows of a school, such as last year's
    result; a share that does not stays as it is.

    Parameters
    ----------
    fit : Fit
        What was fitted.
    frame : pandas.DataFrame
        The frame that it came from.
    options : mapping
        Arguments of `estimate_effects`.
    weighted : bool
        Whether a school counts by the sum of its rows' weights, in place of once.
    """
    from autonomy_stats.models.effects import estimate_effects

    kind, cluster = options["school_type"], options["cluster"]
    columns = [fit.outcome, *fit.controls]
    kinds = type_text(frame[kind])
    weight = pd.Series(1.0, frame.index) if fit.weights is None else frame[fit.weights].fillna(0.0)
    known = ~kinds.isin(["", *options["drop_types"]]) & frame[columns].notna().all(axis=1)
    kept = known & (weight > 0)
    own, weight, kinds = frame[kept], weight[kept], kinds[kept]
    school = own["school_id"] if "school_id" in own else own[cluster]
    groups = [school.astype("str").rename("_school"), kinds.rename("_kind")]
    of_school = own[columns].groupby(groups)
    spread = (of_school.max() - of_school.min()).max()
    centred = [name for name in columns if name == fit.outcome or spread[name] > SAME]
    values = own[columns].copy()
    values[centred] -= _cell_means(own, values[centred], weight, fit.absorbed)
    total = weight.groupby(groups).sum()
    means = values.mul(weight, axis=0).groupby(groups).sum().div(total, axis=0)
    names = own[[cluster]].groupby(groups).first()
    rows = means.assign(**{kind: means.index.get_level_values("_kind"), cluster: names[cluster]})
    if "school_id" in own:
        rows["school_id"] = own["school_id"].groupby(groups).first()
    if weighted:
        rows[TOTAL] = total
    weights = TOTAL if weighted else None
    return estimate_effects(
        rows.reset_index(drop=True),
        fit.outcome,
        **{**options, "absorb": (), "weights": weights, "controls": fit.controls},
    )


def _cell_means(
    own: pd.DataFrame, values: pd.DataFrame, weight: pd.Series, absorbed: tuple[str, ...]
) -> pd.DataFrame | float:
    """Return the weighted means of the cells of each row; zero where there are no cells."""
    if not absorbed:
        return 0.0
    cells = [own[column].astype("object").fillna("") for column in absorbed]
    total = values.mul(weight, axis=0).groupby(cells).transform("sum")
    return total.div(weight.groupby(cells).transform("sum"), axis=0)
