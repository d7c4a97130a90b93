"""One fit whose differences and controls are free in each part of the rows: subjects, or levels.

It gives the estimates of a fit of each part by itself, and their joint covariance, with which the
parts can be compared although they share schools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.design import type_text
from autonomy_stats.models.guards import MOST_INCOMPLETE
from autonomy_stats.models.inference import JointTest, joint_test
from autonomy_stats.models.tables import INFERENCE, ONE_REFERENCE, ONE_SCHOOL, TOO_FEW

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["IN", "by_part", "effects_of_parts", "parts_agree"]

IN = " in "
"""Stands between a type and a part of the rows in the terms of a fit."""


def by_part(
    frame: pd.DataFrame,
    outcome: str,
    part: str,
    controls: tuple[str, ...],
    options: Mapping[str, Any],
) -> Fit:
    """Fit the differences of each part of the rows together.

    Parameters
    ----------
    frame : pandas.DataFrame
        A panel.
    outcome, part : str
        Columns: what is compared, and what splits the rows (`subject`, `level`).
    controls : tuple of str
        Shares held equal, within each part.
    options : mapping
        Arguments of `estimate_effects`.

    Returns
    -------
    Fit
        Its types are written `TYPE in PART`. Rows without a control stay out, as they did of the
        fit of all parts, which stops if a type loses too many schools so; a note names the
        parts of a type that lost as many.
    """
    from autonomy_stats.models.effects import estimate_effects

    reference, column = options["reference"], options["school_type"]
    parts = sorted(frame[part].dropna().unique())
    whole = frame[frame[part].isin(parts)]
    rows = whole[whole[list(controls)].notna().all(axis=1)]
    kinds = type_text(rows[column])
    keep = (reference, "", *options["drop_types"])
    label = kinds.where(kinds.isin(keep), kinds + IN + rows[part].astype("str"))
    apart = {
        f"{control}{IN}{one}": rows[control].where((rows[part] == one) | rows[control].isna(), 0.0)
        for control in controls
        for one in parts
    }
    absorb = tuple(dict.fromkeys((*options["absorb"], part)))
    fit = estimate_effects(
        rows.assign(**{column: label, **apart}),
        outcome,
        **{**options, "controls": tuple(apart), "absorb": absorb},
    )
    return _with_lost_schools(_without_lone_references(fit, rows, part), whole, part, controls)


def _without_lone_references(fit: Fit, rows: pd.DataFrame, part: str) -> Fit:
    """Take the interval of differences within a part that has one cluster of the reference."""
    options = fit.asked.options if fit.asked else {}
    own = rows[(type_text(rows[options["school_type"]]) == fit.reference)]
    own = own[own[fit.outcome].notna()]
    clusters = own.groupby(own[part].astype("str"))[fit.cluster].nunique()
    effects = fit.effects.copy()
    lone = effects["school_type"].str.rpartition(IN)[2].map(clusters).eq(1)
    lone &= effects["school_type"].str.contains(IN, regex=False) & effects["std_error"].notna()
    effects.loc[lone, list(INFERENCE)] = np.nan
    effects.loc[lone, "note"] = ONE_REFERENCE
    return replace(fit, effects=effects)


def _with_lost_schools(fit: Fit, whole: pd.DataFrame, part: str, controls: tuple[str, ...]) -> Fit:
    """Note the types that lack a control for more schools of a part than a fit may lose."""
    options = fit.asked.options if fit.asked else {}
    whole = whole[whole[fit.outcome].notna()]
    label = type_text(whole[options["school_type"]]) + IN + whole[part].astype("str")
    school = whole["school_id" if "school_id" in whole else fit.cluster]
    known = whole[list(controls)].notna().all(axis=1)
    before = school.groupby(label).nunique()
    lost = before - school[known].groupby(label[known]).nunique().reindex(before.index).fillna(0)
    many = lost[lost > MOST_INCOMPLETE * before].astype(int)
    effects = fit.effects.copy()
    for name, count in many.to_dict().items():
        row = (effects["school_type"] == name) & effects["note"].isin(["", TOO_FEW])
        note = f"{count} of {before.to_dict()[name]} schools lack a control"
        effects.loc[row, "note"] = [
            f"{own}; {note}" if own else note for own in effects["note"][row]
        ]
    return replace(fit, effects=effects)


def effects_of_parts(fit: Fit) -> pd.DataFrame:
    """Return the differences of a fit made by `by_part`: `Fit.effects`, with a column `part`."""
    rows = fit.effects[fit.effects["school_type"].str.contains(IN, regex=False)]
    names = rows["school_type"].str.rpartition(IN)
    return rows.assign(part=names[2], school_type=names[0])


def parts_agree(fit: Fit) -> JointTest:
    """Test that each type's difference is the same in all parts of a fit made by `by_part`.

    Types of one school in a part are left out.

    Raises
    ------
    EstimationError
        If no type has schools in two parts.
    """
    if fit.fitted is None:
        raise EstimationError(f"{fit.estimator} with {fit.vcov} errors gives no joint test")
    terms = fit.fitted.terms
    effects = fit.effects[fit.effects["std_error"].notna() & (fit.effects["note"] != ONE_SCHOOL)]
    held = [name for name in effects["school_type"] if IN in name and name in terms]
    constraints = []
    for kind in dict.fromkeys(name.rpartition(IN)[0] for name in held):
        own = [name for name in held if name.rpartition(IN)[0] == kind]
        for other in own[1:]:
            row = np.zeros(len(terms))
            row[terms.index(own[0])], row[terms.index(other)] = 1.0, -1.0
            constraints.append(row)
    if not constraints:
        raise EstimationError("no type has schools in two of the parts: nothing to compare")
    return joint_test(
        fit.fitted.matrix,
        fit.fitted.residuals,
        fit.fitted.clusters,
        fit.fitted.coefficients,
        np.array(constraints),
        fit.fitted.weights,
        kind=fit.vcov,  # type: ignore[arg-type]
        working=fit.working,  # type: ignore[arg-type]
    )
