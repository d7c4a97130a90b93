"""Whether a type's difference is the same everywhere: by level, subject, group, low income, age."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.labels import counted
from autonomy_stats.mark import marked
from autonomy_stats.models.beside import AGREE, COLUMNS
from autonomy_stats.models.estimators import find_estimator
from autonomy_stats.models.interacted import IN, by_part, effects_of_parts, parts_agree
from autonomy_stats.models.robustness.asked import asked_of, design_of, types_of
from autonomy_stats.models.robustness.slopes import slope_rows

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["PARTS", "THIRDS", "heterogeneity"]

PARTS = ("level", "subject", "student_group")
"""Columns that split the rows."""

LOW_INCOME = "low_income_pct"
THIRDS = ("1 lowest third", "2 middle third", "3 highest third")
"""Of the reference schools' shares of low-income students."""

BY_THIRD = "share low-income"
"""Name of the split by thirds, and the column that it is made in."""


def heterogeneity(fit: Fit) -> pd.DataFrame:
    """Estimate the differences in parts of the rows, and test that the parts agree.

    Parts: level, subject and student group, where the frame has several; thirds of the reference
    schools by their share of low-income students. In each part differences, controls and cells are
    free. Slopes: how much a type's difference changes with ten points more of low-income students,
    and with each year since its schools were converted (column `years_since_conversion`, or
    `from_end_year`, if the frame has it; schools without a year have no part in that slope).

    Joint tests (HTZ) say whether a type's parts differ by more than chance, and whether those of
    all types do. They are many: of twenty tests of parts that agree, one says at 5 % that they do
    not. Rows without all controls, which the fit left out, are in no part; a note says so of a
    type's part that lost many schools by it.

    Parameters
    ----------
    fit : Fit
        A fit of least squares; of estimators that compare whole schools, and of those without
        joint tests, each split has one row that says so.

    Returns
    -------
    pandas.DataFrame
        One row a split, part and school type, and one a test. `variation`: `by level`, ..., `slope
        of share low-income`, ...; `subset`: the part, or `test that they agree`; `school_type`
        (missing: of all types together), `estimate, std_error, df, statistic, p_value, conf_low,
        conf_high, n_schools, note`. Estimates are in the outcome's unit; slopes in that unit for
        ten points, or a year. What can't be estimated has a row that says why.

    Raises
    ------
    EstimationError
        If the fit does not know its frame.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats import estimate_effects
    >>> rows = [
    ...     (f"{n:02d}", "pilot" if n >= 8 else "traditional", subject, 50.0 + n % 3 + gap)
    ...     for n in range(14)
    ...     for subject, gap in (("ela", 0.0), ("math", 9.0 if n >= 8 else n % 2))
    ... ]
    >>> columns = ["school_id", "school_type", "subject", "proficient_pct"]
    >>> frame = pd.DataFrame(rows, columns=columns)
    >>> table = heterogeneity(estimate_effects(frame, "proficient_pct"))
    >>> parts = table[table["variation"].eq("by subject") & table["school_type"].eq("pilot")]
    >>> parts[["subset", "estimate"]].round(1)
                     subset  estimate
    0                   ela       0.1
    1                  math       8.6
    2  test that they agree       NaN
    """
    frame, options = asked_of(fit)
    kept = list(types_of(fit)["school_type"])
    tables = []
    for part in PARTS:
        if part in frame and frame[part].dropna().nunique() > 1:
            tables.append(_apart(fit, frame, options, part, part.replace("_", " "), kept))
    if LOW_INCOME in frame and frame[LOW_INCOME].notna().any():
        split = frame.assign(**{BY_THIRD: _thirds(fit, frame)})
        tables.append(_apart(fit, split, options, BY_THIRD, BY_THIRD, kept))
    # The guard against missing controls was passed by whole types.
    complete = frame[frame[list(fit.controls)].notna().all(axis=1)]
    tables += slope_rows(fit, complete, options, kept)
    found = pd.concat([table.reindex(columns=COLUMNS) for table in tables], ignore_index=True)
    return marked(found, fit)


def _thirds(fit: Fit, frame: pd.DataFrame) -> pd.Series:
    """Return in which third of the reference schools each row's share of low income lies."""
    design = design_of(fit)
    own = design.frame[~design.frame["_type"].isin(design.types)]
    schools = own.groupby(design.school)[LOW_INCOME].mean()
    low, high = schools.quantile([1 / 3, 2 / 3])
    share = frame[LOW_INCOME]
    names = np.select([share <= low, share <= high, share > high], THIRDS, default="")
    return pd.Series(names, frame.index).where(share.notna())


def _apart(
    fit: Fit,
    frame: pd.DataFrame,
    options: Mapping[str, Any],
    part: str,
    name: str,
    kept: list[str],
) -> pd.DataFrame:
    """Return the estimates of each part, each type's test that they agree, and that of all."""
    if find_estimator(fit.estimator).whole_schools:
        why = f"{fit.estimator} compares whole schools, and gives no test of parts"
        return _reason(name, why)
    try:
        apart = by_part(frame, fit.outcome, part, fit.controls, options)
    except (EstimationError, UsageError) as problem:
        return _reason(name, str(problem))
    rows = effects_of_parts(apart).rename(columns={"part": "subset"})
    rows = rows[rows["school_type"].isin(kept)].sort_values(["school_type", "subset"])
    rows = rows.assign(variation=f"by {name}")
    complete = frame[[fit.outcome, *fit.controls]].notna().all(axis=1)
    lost = int((frame[part].isna() & complete).sum())
    left_out = f"; {counted(lost, 'row')} without a {name} left out" if lost else ""
    tests = [_test(apart, name, kind, left_out) for kind in kept]
    tables = []
    for kind, test in zip(kept, tests, strict=True):
        tables += [rows[rows["school_type"] == kind], test]
    return pd.concat([*tables, _test(apart, name, None, left_out)], ignore_index=True)


def _test(apart: Fit, name: str, kind: str | None, left_out: str) -> pd.DataFrame:
    """Return the row of the test that the parts agree, of one type or of all."""
    effects = apart.effects
    if kind is not None:
        own = effects["school_type"].str.rpartition(IN)[0] == kind
        apart = replace(apart, effects=effects[own])
    line: dict[str, Any] = {"variation": f"by {name}", "subset": AGREE, "school_type": kind}
    try:
        test = parts_agree(apart)
    except EstimationError as problem:
        line["note"] = str(problem)
    else:
        line |= {"df": test.df_residual, "statistic": test.statistic, "p_value": test.p_value}
        line["note"] = f"F statistic of {test.df_constraints} constraints{left_out}"
    return pd.DataFrame([line])


def _reason(name: str, why: str) -> pd.DataFrame:
    """Return the row of a split that can't be estimated."""
    return pd.DataFrame([{"variation": f"by {name}", "subset": "", "note": why}])
