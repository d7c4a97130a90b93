"""Growth percentiles of Massachusetts: their marks, their measure, and when they are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.agreement import Agreement
from autonomy_stats.loaders.cells import counts, percents
from autonomy_stats.loaders.layout import Sheet
from autonomy_stats.loaders.massachusetts_common import Assessment

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FEWEST_GROWN",
    "LAST_MEDIAN_YEAR",
    "NO_GROWTH",
    "growth",
    "growth_measure",
    "growth_shown",
]

NO_GROWTH = {"": "not_published", "N/A": "not_published", "NA": "not_published"}
NO_GROWTH |= dict.fromkeys(("*", "**", "***"), "suppressed")

FEWEST_GROWN = 20
"""A growth percentile is shown of so many students, or more."""

LAST_MEDIAN_YEAR = 2017
"""The growth percentile of a school is the median of its students through 2017, then the mean."""


def growth(
    sheet: Sheet,
    school: pd.DataFrame,
    assessment: Assessment,
    *,
    measure: pd.Series | str,
    subject: pd.Series | str,
    grade: pd.Series | str,
    prefix: str = "",
) -> pd.DataFrame:
    """Return growth rows of the fields `sgp` and `n_sgp`, where a student has growth at all.

    A percentile that is not shown of students who are counted: fewer than twenty.
    """
    import pandas as pd

    value, status = percents(sheet, f"{prefix}sgp", NO_GROWTH)
    counted, _ = counts(sheet, f"{prefix}n_sgp", NO_GROWTH)
    few = value.isna() & (counted > 0)
    word = pd.Series(measure, index=value.index).map({"sgp_median": "median", "sgp_mean": "mean"})
    rows = school.assign(
        subject=subject,
        grade=grade,
        series=assessment.series + ", " + word + " SGP",
        measure=measure,
        value=value,
        n_students=counted,
        status=status.where(~few, "suppressed"),
    )
    return rows[rows["status"] != "not_published"]


def growth_shown(percentile: str, students: str) -> Agreement:
    """Return that a growth percentile is shown of twenty students or more, and has their number.

    Parameters
    ----------
    percentile, students : str
        Header texts.
    """

    def wrong(value: Any, counted: Any) -> Any:
        hidden = value != value
        return (~hidden & (counted != counted)) | (hidden & (counted >= FEWEST_GROWN))

    meaning = f"{percentile!r} is shown, with {students!r}, of {FEWEST_GROWN} students or more"
    return Agreement((percentile, students), wrong, meaning, marks=True)


def growth_measure(sheet: Sheet, end_year: int) -> str:
    """Return `sgp_median` or `sgp_mean`, by the header's text, else by the year."""
    header = sheet.headers["sgp"].casefold()
    if "median" in header:
        return "sgp_median"
    if re.search(r"\b(ave|avg|mean)", header):
        return "sgp_mean"
    return "sgp_median" if end_year <= LAST_MEDIAN_YEAR else "sgp_mean"
