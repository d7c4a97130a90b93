"""The tidy tables of a fit: one row a school type, one row a coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from autonomy_stats.models.design import Design
    from autonomy_stats.models.wls import Estimates

__all__ = ["EFFECT_COLUMNS", "coefficient_table", "effect_table"]

EFFECT_COLUMNS = [
    "school_type",
    "estimate",
    "std_error",
    "df",
    "statistic",
    "p_value",
    "p_value_holm",
    "conf_low",
    "conf_high",
    "n_schools",
    "n_schools_before",
    "n_operators",
    "n_rows",
    "n_students",
    "note",
]

COUNTED = ("operator", "n_tested", "n_students", "subject")
"""Columns that rows of a type are counted by, beside its schools."""

FEWEST_SCHOOLS = 4
"""With fewer schools an interval is shown but can't be judged."""

FEWEST_DF = 4.0
"""Below this Satterthwaite's approximation is not to be relied on (Tipton 2015)."""

NO_SPREAD = 1e-10
"""A standard error below this share of the outcome's range is rounding."""

TOO_FEW = "too few to judge"
ONE_SCHOOL = "one school: no interval"
ONE_CLUSTER = "one cluster: no interval"
ONE_REFERENCE = "one cluster of the reference type: no interval"
NO_ERROR = "no interval: nothing varies to judge by"
ALIASED = "not identified: the other columns imply the type"
WITHOUT_INTERVAL = (ONE_SCHOOL, ONE_CLUSTER, ONE_REFERENCE, NO_ERROR)
INFERENCE = ("std_error", "df", "statistic", "p_value", "conf_low", "conf_high")


def coefficient_table(
    estimates: Estimates, effects: pd.DataFrame, conf_level: float
) -> pd.DataFrame:
    """Return one row for each control and type, with t statistics and intervals.

    A type without an interval among the effects has none here.
    """
    table = _inferred(estimates.table, conf_level)
    without = effects.loc[effects["std_error"].isna(), "school_type"]
    table.loc[table.index.isin(without), list(INFERENCE)] = np.nan
    return table.reset_index()


def effect_table(
    frame: pd.DataFrame,
    design: Design,
    estimates: Estimates,
    reference: str,
    drop_types: Sequence[str],
    conf_level: float,
) -> pd.DataFrame:
    """Return one row for each school type of the frame, with its estimate or the reason for none.

    Parameters
    ----------
    frame : pandas.DataFrame
        All rows before exclusions, with `_type`.
    design : Design
        What was fitted.
    estimates : Estimates
        Its estimates.
    reference : str
        Reference type: estimate 0, no interval.
    drop_types : sequence of str
        Types left out by the caller.
    conf_level : float
        Confidence level.
    """
    school = design.school
    before = frame.groupby("_type")[school].nunique()
    inferred = _inferred(estimates.table, conf_level)
    clusters = pd.Series(design.clusters).groupby(design.frame["_type"].to_numpy()).nunique()
    smallest = NO_SPREAD * float(np.ptp(design.outcome))
    held = dict.fromkeys(("_type", school, *COUNTED))
    counted = design.frame[[column for column in held if column in design.frame]]
    rows = []
    for school_type in before.index:
        row: dict[str, object] = {"school_type": school_type}
        row |= _counts(counted[counted["_type"] == school_type], school)
        row["n_schools_before"] = int(before[school_type])
        if school_type in inferred.index:
            row |= inferred.loc[school_type].to_dict()
        row["estimate"] = 0.0 if school_type == reference else row.get("estimate", np.nan)
        note = _note(row, school_type, design, reference, drop_types)
        if note in ("", TOO_FEW):
            note = _one_cluster(clusters[school_type], clusters[reference]) or note
        if note in WITHOUT_INTERVAL or not inferred["std_error"].get(school_type, 0.0) > smallest:
            row |= dict.fromkeys(INFERENCE, np.nan)
            note = note or NO_ERROR
        row["note"] = _with_own(note, estimates.type_notes.get(school_type, ""), row["estimate"])
        rows.append(row)
    effects = pd.DataFrame(rows)
    effects = effects.assign(p_value_holm=_holm(effects.get("p_value")))
    return effects.reindex(columns=EFFECT_COLUMNS)


def _one_cluster(own: int, against: int) -> str:
    """Say why a difference has no interval: one cluster tells no type from its own error."""
    return ONE_CLUSTER if own == 1 else ONE_REFERENCE if against == 1 else ""


def _inferred(table: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    """Add t statistics, p-values and intervals to estimates, standard errors and df."""
    spread = table["std_error"].where(table["std_error"] > 0)
    statistic = table["estimate"] / spread
    half = stats.t.ppf((1 + conf_level) / 2, table["df"]) * spread
    return table.assign(
        statistic=statistic,
        p_value=2 * stats.t.sf(np.abs(statistic), table["df"]),
        conf_low=table["estimate"] - half,
        conf_high=table["estimate"] + half,
    )


def _counts(rows: pd.DataFrame, school: str) -> dict[str, object]:
    """Count schools, operators, rows and students of the rows of one type.

    A school without an operator counts as its own. Students are counted in the subject with
    most of them, so that one who takes two tests counts once a year.
    """
    operators: object = np.nan
    if "operator" in rows:
        named = rows["operator"].notna() & (rows["operator"] != "")
        operators = rows.loc[named, "operator"].nunique() + rows.loc[~named, school].nunique()
    students: object = np.nan
    held = [c for c in ("n_tested", "n_students") if c in rows]
    numbers = [pd.to_numeric(rows[column], errors="coerce") for column in held]
    counted = next((count for count in numbers if count.any()), None)
    if counted is not None:
        by = counted.groupby(rows["subject"]).sum() if "subject" in rows else counted.sum()
        students = float(np.max(by)) if len(rows) else 0.0
    return {
        "n_schools": int(rows[school].nunique()),
        "n_operators": operators,
        "n_rows": len(rows),
        "n_students": students,
    }


def _note(
    row: dict[str, object],
    school_type: str,
    design: Design,
    reference: str,
    drop_types: Sequence[str],
) -> str:
    """Say why a type has no estimate, or how far it can be trusted."""
    schools, df = row["n_schools"], row.get("df", np.nan)
    assert isinstance(schools, int)
    if school_type in drop_types:
        return "left out of the comparison"
    if schools == 0:
        lost = design.exclusions[design.exclusions["school_type"] == school_type]
        return f"no school left: {', '.join(lost['reason'].unique())}"
    if school_type == reference:
        return "reference"
    if school_type in design.aliased:
        return ALIASED
    if schools == 1:
        return ONE_SCHOOL
    if schools < FEWEST_SCHOOLS or not float(df) >= FEWEST_DF:  # type: ignore[arg-type]
        return TOO_FEW
    return ""


def _with_own(note: str, own: str, estimate: object) -> str:
    """Add what the estimator says of a type; its reason for no estimate stands alone."""
    if own and estimate != estimate:
        return own
    return "; ".join(part for part in (note, own) if part)


def _holm(p_values: pd.Series | None) -> pd.Series | float:
    """Return Holm's adjusted p-values over the types that have one.

    Written here, since statsmodels' `multipletests` collects garbage on each call, which takes
    longer than a fit.
    """
    if p_values is None:
        return np.nan
    ordered = p_values.dropna().sort_values()
    stepped = ordered * np.arange(len(ordered), 0, -1)
    return stepped.cummax().clip(upper=1.0).reindex(p_values.index)
