"""Tennessee: a school's id, rows that are no school's, and the series, in all of the state's files.

A school is a system number and a school number, `792-2470` here, unpadded: the profile of 2013
pads both with zeros, the other files write numbers. School 0 is a total of its system, system 0
the state. Shelby County is 790 and Memphis 791 through 2012-13, together 792 from 2013-14;
985 is the Achievement School District.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.loaders.cells import check_ids, check_mostly
from autonomy_stats.loaders.layout import Sheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AGENCY", "SERIES_START", "identity", "schools_only", "year_in_rows"]

AGENCY = "Tennessee Department of Education"

SERIES_START = 2010
"""Spring from which on the standards and cut scores are those of 2015."""

TOTALS = "totals of the state and of systems"


def schools_only(sheet: Sheet) -> tuple[Sheet, dict[str, int]]:
    """Return the sheet without totals and footnotes, and a count of the rows left out.

    Parameters
    ----------
    sheet : Sheet
        With the fields `system` and `school`.

    Returns
    -------
    Sheet
    dict of str to int
    """
    notes = (sheet.frame["school"] == "") & sheet.frame["system"].str.contains("[A-Za-z*]")
    kept = sheet.without(notes)
    system, school = _numbers(kept)
    totals = (system == 0) | (school == 0)
    return kept.without(totals), {"footnote": int(notes.sum()), TOTALS: int(totals.sum())}


def identity(sheet: Sheet) -> pd.DataFrame:
    """Return the identity columns of a sheet that holds schools only.

    Parameters
    ----------
    sheet : Sheet
        With the fields `system`, `school` and `name`.

    Returns
    -------
    pandas.DataFrame
        All but `end_year`.
    """
    import pandas as pd

    system, school = _numbers(sheet)
    district, name = system.astype("str"), sheet.frame["name"]
    check_mostly(sheet, "name", name.str.contains("[A-Za-z]|^$"), "a name, with letters")
    return pd.DataFrame(
        {
            "state": "tennessee",
            "district_id": district,
            "school_id": district + "-" + school.astype("str"),
            "school_name": name,
        }
    )


def year_in_rows(sheet: Sheet) -> pd.Series:
    """Return each row's spring year."""
    return check_ids(sheet, "year", r"20\d\d", "a spring year like 2014").astype("int64")


def _numbers(sheet: Sheet) -> tuple[pd.Series, pd.Series]:
    """Return system and school numbers."""
    system = check_ids(sheet, "system", r"0*\d{1,3}", "a system number like 792")
    school = check_ids(sheet, "school", r"\d{1,4}", "a school number of up to 4 digits")
    return system.astype("int64"), school.astype("int64")
