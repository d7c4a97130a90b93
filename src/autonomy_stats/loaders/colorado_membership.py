"""Colorado: pupil membership by race and by lunch eligibility, one workbook a year.

Agency: Colorado Department of Education, "Pupil Membership by School, Grade, Race/Ethnicity and
Gender" and "Free and Reduced Lunch Eligibility by School" (from 2016-17 "Pupil Membership by
School and Free and Reduced Lunch Eligibility").

A school's total row bears another label each year and is found by it, never by position.
Where the lunch count is `N/A` the workbook of 2016-17 still gives a range of the percent; the
share is left missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.loaders.cells import check_ids, numbers, percents, school_year_end
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

RACES = {
    "American Indian or Alaskan Native": "native_american",
    "Asian": "asian",
    "Black or African American": "black",
    "Hispanic or Latino": "hispanic",
    "White": "white",
    "Native Hawaiian or Other Pacific Islander": "pacific_islander",
    "Two or More Races": "multiracial",
}
SCHOOL_TOTALS = ("Sch Total", "ALL GRADES TOTAL", "ALL GRADE LEVELS", "")
NO_SCHOOL = ("", "0000", "9999", "No school")
MARKS = {"N/A": "not_published", "*": "suppressed", "": "not_published"}
SHEETS = r"Data|20\d\d-20\d\d Data"


def _schools(sheet: Sheet) -> tuple[Sheet, dict[str, int]]:
    """Return the sheet without rows that are no school's, and a count of these."""
    district, school = sheet.frame["district"], sheet.frame["school"]
    other = school.isin(NO_SCHOOL) | (district == "9999")
    return sheet.without(other), {"totals, and students of no school": int(other.sum())}


def _identity(sheet: Sheet, end_year: int) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "state": "colorado",
            "end_year": end_year,
            "district_id": check_ids(sheet, "district", r"\d{4}", "a district code of 4 digits"),
            "school_id": check_ids(sheet, "school", r"\d{4}", "a school code of 4 digits"),
            "school_name": sheet.frame["name"],
        }
    )


def _tidy_race(sheet: Sheet, end_year: int) -> Tidy:
    sheet, passed_over = _schools(sheet)
    by_grade = ~sheet.frame["grade"].isin(SCHOOL_TOTALS)
    sheet = sheet.without(by_grade)
    total, _ = numbers(sheet, "total", {})
    some = total.where(total > 0)
    shares = {}
    for race in RACES.values():
        female, _ = numbers(sheet, f"{race} female", {})
        male, _ = numbers(sheet, f"{race} male", {})
        shares[f"{race}_pct"] = 100 * (female + male) / some
    demographics = _identity(sheet, end_year).assign(enrollment=total, **shares)
    passed_over["rows of one grade"] = int(by_grade.sum())
    return Tidy({"demographics": demographics}, passed_over)


def _tidy_lunch(sheet: Sheet, end_year: int) -> Tidy:
    sheet, passed_over = _schools(sheet)
    share, _ = percents(sheet, "low_income", MARKS, fraction=True)
    demographics = _identity(sheet, end_year).assign(
        low_income_pct=share, low_income_definition="eligible for free or reduced-price lunch"
    )
    return Tidy({"demographics": demographics}, passed_over)


def _race_columns() -> dict[str, str]:
    columns = {
        "Org. Code": "district",
        "Organization Code": "district",
        "Organization Name": IGNORED,
        "School Code": "school",
        "School Name": "name",
        "Grade Level": "grade",
    }
    for label, race in RACES.items():
        columns |= {f"{label} Female": f"{race} female", f"{label} Male": f"{race} male"}
    return columns | {"PK-12 Total": "total"}


AGENCY = "Colorado Department of Education"

LAYOUTS = (
    Layout(
        layout_id="colorado-membership-race",
        state="colorado",
        agency=AGENCY,
        title="pupil membership by school, grade, race/ethnicity and gender",
        columns=_race_columns(),
        tidy=_tidy_race,
        year_of=school_year_end,
        sheets=SHEETS,
        sheet_example="2015-2016 Data",
    ),
    Layout(
        layout_id="colorado-membership-lunch",
        state="colorado",
        agency=AGENCY,
        title="pupil membership by school and free and reduced lunch eligibility",
        columns={
            "COUNTY CODE": IGNORED,
            "COUNTY NAME": IGNORED,
            "DISTRICT CODE": "district",
            "DISTRICT NAME": IGNORED,
            "SCHOOL CODE": "school",
            "SCHOOL NAME": "name",
            "PK-12 COUNT": "enrollment",
            "FREE LUNCH": IGNORED,
            "REDUCED LUNCH": IGNORED,
            "NOT ELIGIBLE": IGNORED,
            "FREE AND REDUCED": IGNORED,
            "FREE AND REDUCED COUNT": IGNORED,
            "% FREE": IGNORED,
            "% REDUCED": IGNORED,
            "% FREE AND REDUCED": "low_income",
            "% FRL RANGE": IGNORED,
        },
        tidy=_tidy_lunch,
        year_of=school_year_end,
        sheets=SHEETS,
        sheet_example="2016-2017 Data",
    ),
)
