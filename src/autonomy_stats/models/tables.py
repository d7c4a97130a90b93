"""The tidy tables of a fit: one row a school type, one row a coefficient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
    counts: dict[Any, dict[Any, Any]] = _counts(design, before.index).to_dict("index")
    rows = []
    for school_type in before.index:
        row: dict[str, object] = {"school_type": school_type}
        row |= counts[school_type]
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


def _counts(design: Design, names: pd.Index) -> pd.DataFrame:
    """Count schools, operators, rows and students of types.

    A school without an operator counts as its own. Students are counted in the subject with
    most of them, so that one who takes two tests counts once a year.
    """
    rows, school = design.frame.reset_index(drop=True), design.school  # an index may repeat itself
    types = rows["_type"]
    schools = rows.groupby(types)[school]
    found = pd.DataFrame({"n_schools": schools.nunique(), "n_rows": schools.size()})
    found = found.reindex(names, fill_value=0)
    if "operator" in rows:
        named = rows["operator"].notna() & (rows["operator"] != "")
        own = (rows["operator"][named], rows[school][~named])
        counts = [each.groupby(types).nunique().reindex(names, fill_value=0) for each in own]
        found["n_operators"] = sum(counts)
    by = [types, rows["subject"]] if "subject" in rows else [types]
    found["n_students"] = np.nan
    for column in ("n_tested", "n_students"):
        if column in rows:
            numbers = pd.to_numeric(rows[column], errors="coerce").astype("float64")
            most = numbers.groupby(by).sum().groupby(level=0).max()
            found["n_students"] = found["n_students"].fillna(most[most > 0])
    return found


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
