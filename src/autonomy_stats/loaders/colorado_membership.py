"""Colorado: pupil membership by race and by lunch eligibility, one workbook a year.

Agency: Colorado Department of Education, "Pupil Membership by School, Grade, Race/Ethnicity and
Gender" and "Free and Reduced Lunch Eligibility by School" (from 2016-17 "Pupil Membership by
School and Free and Reduced Lunch Eligibility").

A school's total row bears another label each year (`Sch Total` in 2014-15, nothing in 2015-16,
`ALL GRADES TOTAL`, then `ALL GRADE LEVELS`) and is found by it, never by position; a school
without such a row, or with two, stops the load. Where the lunch count is `N/A` the workbook of
2016-17 still gives a range of the percent, if not always: the share is suppressed, and lies in that
range. The workbooks of 2015-16 and 2016-17 were at hand; those of 2014-15 and of 2017-18 to 2019-20
were described.

English learners: "Pupil Membership by Instructional Program" of 2016-17, as described. `*`: fewer
than four. Students with disabilities are not published by school.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.agreement import adds_up, is_share, together
from autonomy_stats.loaders.cells import check_ids, counts, first_row, percents, school_year_end
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
SCHOOL_TOTALS = ("SCH TOTAL", "SCHOOL TOTAL", "ALL GRADES TOTAL", "ALL GRADE LEVELS", "")
NO_SCHOOL = ("", "0000", "9999", "No school")
MARKS = {"N/A": "not_published", "*": "suppressed", "": "not_published"}
TENTH = 0.0501
"""How far rounding to a tenth moves a percent, and a little."""

RANGE = r"(\d+)%\s*-\s*(\d+)%"
BEYOND = r"([<>]=?)\s*(\d+)%"
FEW_LEARNERS = 3.0
"""Most English learners that `*` stands for."""

SHEETS = r"(?i)(?!.*district(?!.*school)).+"
"""Any sheet but one of districts alone."""


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
    school = _identity(sheet, end_year)
    label = sheet.frame["grade"].str.strip("() ").str.upper()
    by_grade = ~label.isin(SCHOOL_TOTALS)
    _check_totals(sheet, ~by_grade)
    sheet = sheet.without(by_grade)
    total, _ = counts(sheet, "total", {})
    some = total.where(total > 0)
    shares = {}
    for race in RACES.values():
        female, _ = counts(sheet, f"{race} female", {})
        male, _ = counts(sheet, f"{race} male", {})
        shares[f"{race}_pct"] = 100 * (female + male) / some
    demographics = school[~by_grade].assign(enrollment=total, **shares)
    passed_over["rows of one grade"] = int(by_grade.sum())
    return Tidy({"demographics": demographics}, passed_over)


def _check_totals(sheet: Sheet, is_total: pd.Series) -> None:
    """Raise for a school without a total row; one with two is refused as a repeated key."""
    wrong = ~is_total.groupby(sheet.frame["school"]).transform("any")
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, 'grade')}: school {sheet.frame.loc[row, 'school']!r} has no row "
            f"of all grades; expected one, labelled {', '.join(map(repr, SCHOOL_TOTALS))}"
        )


def _tidy_lunch(sheet: Sheet, end_year: int) -> Tidy:
    sheet, passed_over = _schools(sheet)
    share, _ = percents(sheet, "low_income", MARKS, fraction=True)
    demographics = _identity(sheet, end_year).assign(
        low_income_pct=share, low_income_definition="eligible for free or reduced-price lunch"
    )
    if "range" in sheet.frame:
        text = check_ids(
            sheet, "range", rf"{RANGE}|{BEYOND}|N/A|\*|", "a range like 25%-50%, or >95%"
        )
        low, high = _range(text)
        hidden = share.isna() & low.notna()
        low, high = low.where(hidden), high.where(hidden)
        demographics = demographics.assign(
            low_income_pct=share.fillna((low + high) / 2),
            low_income_pct_low=low,
            low_income_pct_high=high,
            shares_status=hidden.map({True: "suppressed", False: None}),
        )
    return Tidy({"demographics": demographics}, passed_over)


def _range(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the ends of a range such as `25%-50%`, or of `>95%`, whose other end is 100."""
    ends = text.str.extract(RANGE).astype("float64")
    beyond = text.str.extract(BEYOND)
    bound, above = beyond[1].astype("float64"), beyond[0].str.startswith(">", na=False)
    low = ends[0].fillna(bound.where(above, bound.where(bound.isna(), 0.0)))
    return low, ends[1].fillna(bound.mask(above, 100.0))


def _tidy_learners(sheet: Sheet, end_year: int) -> Tidy:
    sheet, passed_over = _schools(sheet)
    learners, status = counts(sheet, "learners", MARKS)
    total, _ = counts(sheet, "total", MARKS)
    hidden = status == "suppressed"
    some = total.where(total > 0)
    share = 100 * learners / some
    high = (100 * FEW_LEARNERS / some).clip(upper=100).where(hidden)
    demographics = _identity(sheet, end_year).assign(
        english_learner_pct=share.fillna(high / 2),
        english_learner_pct_low=0 * high,
        english_learner_pct_high=high,
        shares_status=(hidden & some.notna()).map({True: "suppressed", False: None}),
    )
    return Tidy({"demographics": demographics}, passed_over)


TOTAL_RACE = "PK-12 Total"


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
    return columns | {TOTAL_RACE: "total"}


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
        agree=(
            adds_up([f"{race} {sex}" for race in RACES for sex in ("Female", "Male")], TOTAL_RACE),
        ),
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
            "% FRL RANGE": "range",
        },
        tidy=_tidy_lunch,
        year_of=school_year_end,
        sheets=SHEETS,
        sheet_example="2016-2017 Data",
        optional=frozenset({"range"}),
        agree=(
            adds_up(["FREE LUNCH", "REDUCED LUNCH"], "FREE AND REDUCED"),
            is_share("FREE LUNCH", "PK-12 COUNT", "% FREE", TENTH),
            is_share("REDUCED LUNCH", "PK-12 COUNT", "% REDUCED", TENTH),
            *(
                agreement
                for count in ("FREE AND REDUCED", "FREE AND REDUCED COUNT")
                for agreement in (
                    is_share(count, "PK-12 COUNT", "% FREE AND REDUCED", TENTH),
                    together(count, "% FREE AND REDUCED"),
                )
            ),
        ),
    ),
    Layout(
        layout_id="colorado-membership-learners",
        state="colorado",
        agency=AGENCY,
        title="pupil membership by school and instructional program: English learners",
        columns={
            "Distr Code": "district",
            "Distr Name": IGNORED,
            "Sch Code": "school",
            "School Name": "name",
            "PK-12 Count": "total",
            "EL Count": "learners",
            "EL Pct": IGNORED,
        },
        agree=(is_share("EL Count", "PK-12 Count", "EL Pct"),),
        tidy=_tidy_learners,
        year_of=school_year_end,
        sheets=SHEETS,
        sheet_example="2016-2017 Data",
    ),
)
