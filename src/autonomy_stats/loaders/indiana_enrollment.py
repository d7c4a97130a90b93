"""Indiana: enrollment by race, meal status, language and disability, 2006 to 2023.

Agency: Indiana Department of Education, "School Enrollment by Ethnicity and Free/Reduced Price
Meal Status" and "School Enrollment by English Language Learner and Special Education". One
sheet a spring year, no suppression, a blank is zero (but for meals).

The sheet of 2012 of the first workbook writes its ids as numbers, without leading zeros. From
2006 to 2010 Asian and Pacific Islander students are one column, which is not what
`asian_pct` means later: the share is left missing. A program that several corporations send
students to has one row for each of them; they are added up. Workbooks of other vintages (2006 to
2021, 2006 to 2026) have an empty column, and rows of totals or notes below the schools: a row of no
school has neither id nor name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.agreement import adds_up, is_share
from autonomy_stats.loaders.cells import check_ids, counts, first_row
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

MEALS = ("Paid Meals", "Free Meals", "Reduced Price Meals", "Free/Reduced Price Meals")
BLANK_IS_ZERO = {"": "reported"}
RACES = {
    "American Indian": "native_american",
    "Asian": "asian",
    "Asian or Pacific Islander": "asian_or_pacific_islander",
    "Black": "black",
    "Hispanic": "hispanic",
    "Multiracial": "multiracial",
    "Native Hawaiian or Other Pacific Islander": "pacific_islander",
    "White": "white",
}


def _counts(
    sheet: Sheet, end_year: int, columns: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return one row a school with counts, and how many rows were left out or added to another."""
    import pandas as pd

    below = (sheet.frame["school"] == "") & (sheet.frame["name"] == "")
    sheet = sheet.without(below)
    ids = check_ids(sheet, "school", r"[A-D]?\d{1,4}", "a school id of four characters")
    corporation = check_ids(sheet, "corporation", r"\d{0,4}", "a corporation's four digits")
    _check_repeated(sheet, ids, corporation)
    frame = pd.DataFrame(
        {
            "state": "indiana",
            "end_year": end_year,
            "district_id": corporation.str.zfill(4),
            "school_id": ids.str.zfill(4),
            "school_name": sheet.frame["name"],
        }
    )
    values = {}
    for column, target in columns.items():
        if column in sheet.frame:
            values[target] = counts(sheet, column, BLANK_IS_ZERO)[0].fillna(0.0)
    frame = frame.assign(**values)
    identity = ["state", "end_year", "school_id"]
    how = dict.fromkeys(["district_id", "school_name"], "first") | dict.fromkeys(values, "sum")
    together = frame.groupby(identity, sort=False, as_index=False).agg(how)
    passed_over = {"rows added to another of the school": len(frame) - len(together)}
    if below.any():
        passed_over["totals and notes"] = int(below.sum())
    return together, passed_over


def _check_repeated(sheet: Sheet, ids: pd.Series, corporation: pd.Series) -> None:
    """Raise where rows that would be added up are one row twice, or ids of another column."""
    import pandas as pd

    again = pd.DataFrame({"school": ids, "corporation": corporation}).duplicated()
    if again.any():
        row = first_row(again)
        raise DataError(
            f"{sheet.where(row, 'school')}: school {ids[row]!r} of corporation "
            f"{corporation[row]!r} stands in an earlier row too; expected one row for each "
            "corporation that sends students to a school"
        )
    if corporation.nunique() > ids.nunique():
        raise DataError(
            f"{sheet.where(None, 'school')}: got {ids.nunique()} schools of "
            f"{corporation.nunique()} corporations; expected more schools than corporations. A "
            "column may stand under another's header"
        )


def _shares(students: pd.DataFrame, whole: str, names: dict[str, str]) -> dict[str, pd.Series]:
    """Return percents of a total; a school without students has none."""
    some = students[whole].where(students[whole] > 0)
    return {s: 100 * students[name] / some for name, s in names.items() if name in students}


def _tidy_race_and_meals(sheet: Sheet, end_year: int) -> Tidy:
    columns = {name: name for name in RACES.values()} | {
        "free": "free",
        "reduced": "reduced",
        "free_or_reduced": "free_or_reduced",
        "total": "enrollment",
    }
    students, passed_over = _counts(sheet, end_year, columns)
    if "free_or_reduced" not in students:
        students["free_or_reduced"] = students["free"] + students["reduced"]
    names = {race: f"{race}_pct" for race in RACES.values() if race != "asian_or_pacific_islander"}
    shares = _shares(students, "enrollment", names | {"free_or_reduced": "low_income_pct"})
    # Half a dozen schools a year have a blank here and every student under paid meals, with most
    # of the students eligible a year later: not counted, rather than none.
    shares["low_income_pct"] = shares["low_income_pct"].where(students["free_or_reduced"] > 0)
    identity = ["state", "end_year", "district_id", "school_id", "school_name", "enrollment"]
    demographics = students[identity].assign(
        **shares, low_income_definition="free or reduced-price meals"
    )
    return Tidy({"demographics": demographics}, passed_over)


def _tidy_language_and_disability(sheet: Sheet, end_year: int) -> Tidy:
    columns = {"learners": "learners", "special": "special", "total": "total"}
    students, passed_over = _counts(sheet, end_year, columns)
    names = {"learners": "english_learner_pct", "special": "disability_pct"}
    identity = ["state", "end_year", "district_id", "school_id", "school_name"]
    demographics = students[identity].assign(**_shares(students, "total", names))
    return Tidy({"demographics": demographics}, passed_over)


AGENCY = "Indiana Department of Education"

LAYOUTS = (
    Layout(
        layout_id="indiana-enrollment-race-meals",
        state="indiana",
        agency=AGENCY,
        title="school enrollment by ethnicity and free/reduced price meal status",
        columns={
            "Corp ID": "corporation",
            "Corp Name": IGNORED,
            "Schl ID": "school",
            "Schl Name": "name",
            **RACES,
            "Paid Meals": IGNORED,
            "Free Meals": "free",
            "Reduced Price Meals": "reduced",
            "Free/Reduced Price Meals": "free_or_reduced",
            "Grand Total": "total",
            "Total Enrollment": "total",
        },
        tidy=_tidy_race_and_meals,
        sheets=r"(?P<year>20\d\d)",
        sheet_example="2016",
        optional=frozenset({"pacific_islander"}),
        agree=tuple(
            adds_up(parts, total, blank=0.0, optional=True)
            for total in ("Grand Total", "Total Enrollment")
            for parts in (tuple(RACES), MEALS)
        ),
        one_of=(
            frozenset({"asian", "asian_or_pacific_islander"}),
            frozenset({"free_or_reduced", "free"}),
            frozenset({"free_or_reduced", "reduced"}),
        ),
    ),
    Layout(
        layout_id="indiana-enrollment-language-disability",
        state="indiana",
        agency=AGENCY,
        title="school enrollment by English language learner and special education status",
        columns={
            "Corp ID": "corporation",
            "Corp Name": IGNORED,
            "Schl ID": "school",
            "School Name": "name",
            "ELL N": "learners",
            "ELL %": IGNORED,
            "Special Education N": "special",
            "Special Education %": IGNORED,
            "Total Enrollment": "total",
        },
        tidy=_tidy_language_and_disability,
        sheets=r"(?P<year>20\d\d)",
        sheet_example="2016",
        agree=tuple(
            is_share(f"{group} N", "Total Enrollment", f"{group} %", 0.01, blank=0.0)
            for group in ("ELL", "Special Education")
        ),
    ),
)
