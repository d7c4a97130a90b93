"""Tennessee: school-wide growth levels (TVAAS).

Agency: Tennessee Department of Education, "School-Wide TVAAS" (Tennessee Value-Added Assessment
System): for each school a level of 1 to 5, overall and by subject. A blank is no level: the school
has too few such tests. The workbook was not at hand: header texts are those of the layout's
description and of public code that reads it (2015, and 2016 with social studies).

The workbook does not say its year, which the agency puts into the file's name; this module takes
it from there. `literacy` is the subject `ela`, `numeracy` is `math`; the school's overall level,
of all its tests, is the subject `composite`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, LayoutError
from autonomy_stats.loaders.cells import first_row, numbers
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy
from autonomy_stats.loaders.tennessee_ids import AGENCY, identity, schools_only

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

SUBJECTS = ("composite", "ela", "math", "ela_and_math", "science", "social_studies")
NO_LEVEL = dict.fromkeys(("", "*", "**", "N/A"), "not_published")
LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
FIRST_TNREADY = 2016
"""Spring of the first TNReady tests, which the levels rest on from then on."""


def _tidy(sheet: Sheet, end_year: int) -> Tidy:
    import pandas as pd

    notes = (sheet.frame["system"] == "") & (sheet.frame["school"] == "")
    sheet, passed_over = schools_only(sheet.without(notes))
    passed_over["rows of no school"] = int(notes.sum())
    school = identity(sheet).assign(
        end_year=end_year,
        grade="all",
        series="TVAAS (TNReady)" if end_year >= FIRST_TNREADY else "TVAAS (TCAP)",
        measure="tvaas_level",
        status="reported",
    )
    found = [
        school.assign(subject=subject, value=_levels(sheet, subject))
        for subject in SUBJECTS
        if subject in sheet.frame
    ]
    table = pd.concat(found)
    blank = table["value"].isna()
    passed_over["subjects without a level"] = int(blank.sum())
    return Tidy({"growth": table[~blank]}, passed_over)


def _levels(sheet: Sheet, subject: str) -> pd.Series:
    """Return a column of levels."""
    levels, _ = numbers(sheet, subject, NO_LEVEL)
    wrong = levels.notna() & ~levels.isin(LEVELS)
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, subject)}: got {sheet.frame.loc[row, subject]!r}; expected a "
            "level, 1 to 5, or nothing"
        )
    return levels


def _year_of(sheet: Sheet) -> int:
    found = re.findall(r"(20\d\d)(?:[-_](\d\d)(?!\d))?", sheet.path.name)
    if not found:
        raise LayoutError(
            f"{sheet.path}: school-wide TVAAS workbooks do not say their year: name the file as "
            "the agency does, with the spring year (data_school_wide_tvaas_2015.xlsx)"
        )
    year, end = found[0]
    return int(year) + 1 if end and int(end) == (int(year) + 1) % 100 else int(year)


LAYOUTS = (
    Layout(
        layout_id="tennessee-tvaas-2015",
        state="tennessee",
        agency=AGENCY,
        title="school-wide TVAAS levels",
        columns={
            "District Number": "system",
            "District Name": IGNORED,
            "School Number": "school",
            "School Name": "name",
            "School-Wide: Composite": "composite",
            "School-Wide: Literacy": "ela",
            "School-Wide: Numeracy": "math",
            "School-Wide: Literacy and Numeracy": "ela_and_math",
            "School-Wide: Science": "science",
            "School-Wide: Social Studies": "social_studies",
        },
        tidy=_tidy,
        year_of=_year_of,
        sheets=r".+",
        sheet_example="Sheet1",
        optional=frozenset({"social_studies"}),
    ),
)
