"""Tennessee: school profiles, 2013 to 2015 (demographics), and the school directory, 2015.

Agency: Tennessee Department of Education, "School Profile" and "School Directory" files.

Profile. No count or percent of zero is printed: a blank is none, in every group, at a school that
has a total; where the total is blank too nothing is known, and the row is passed over. The count
of English learners is blank below ten while their percent is given. `-1` in the lunch counts goes
with 100 percent: such a school feeds all its students and counts none. Pacific Islanders and
students of two or more races are not published. School 0 is a total. The file of 2014 has one
school twice, with the same numbers. Names of columns change: of 2013 (`SCHOOL NO`, ids padded
with zeros) and 2015 (upper case, with the economically disadvantaged) only a description was at
hand, so that a column it leaves out stops the load and is named.

Directory. `SCHOOL_ID` is the school's name, its number is `SCHOOL_NO`. A charter is marked `Y`;
the Achievement School District (985) and the state's special schools are not a district's own.
"""

from __future__ import annotations

from typing import Any

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.agreement import Agreement, is_share
from autonomy_stats.loaders.cells import check_ids, check_mostly, counts, first_row, percents
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy
from autonomy_stats.loaders.tennessee_ids import AGENCY, identity, schools_only, year_in_rows

__all__ = ["LAYOUTS"]

RACES = {
    "White": "white",
    "African_American": "black",
    "Hispanic": "hispanic",
    "Asian": "asian",
    "Native_American": "native_american",
}
OTHER_GROUPS = {
    "Limited_English_Proficient": "english_learner",
    "Students_with_Disabilities": "disability",
}
LUNCH = "eligible for free or reduced-price meals"
DISADVANTAGED = "economically disadvantaged"
NONE = {"": "reported"}
"""A blank is zero."""

SCHOOL_TYPES = ("Public", "Public Charter", "State Special School")
FIPS_CODE = 47
"""Tennessee's, in each row of the directory."""

ALL_FED = "-1"
ACHIEVEMENT_SCHOOL_DISTRICT = "985"


def _tidy_profile(sheet: Sheet, _year: int) -> Tidy:
    sheet, passed_over = schools_only(sheet)
    sheet, nobody = _with_students(sheet)
    demographics = identity(sheet).assign(
        end_year=year_in_rows(sheet), enrollment=counts(sheet, "total", {})[0]
    )
    for name in (*RACES.values(), *OTHER_GROUPS.values()):
        share, _ = percents(sheet, f"{name}_pct", NONE)
        demographics[f"{name}_pct"] = share.fillna(0.0)
    lunch = "free_reduced_pct" in sheet.frame
    if "free_reduced" in sheet.frame and lunch:
        _check_all_fed(sheet)
    share, _ = percents(sheet, "free_reduced_pct" if lunch else "disadvantaged_pct", NONE)
    demographics = demographics.assign(
        low_income_pct=share.fillna(0.0), low_income_definition=LUNCH if lunch else DISADVANTAGED
    )
    again = demographics.duplicated()
    passed_over |= {"schools without students": nobody, "rows given twice": int(again.sum())}
    return Tidy({"demographics": demographics[~again]}, passed_over)


def _with_students(sheet: Sheet) -> tuple[Sheet, int]:
    """Return the rows that have a total, and how many have none nor anything else."""
    blank = sheet.frame["total"] == ""
    shares = [c for c in sheet.headers if c.endswith("_pct")]
    stray = blank & (sheet.frame[shares] != "").any(axis=1)
    if stray.any():
        raise DataError(
            f"{sheet.where(first_row(stray), 'total')}: got nothing, with percents beside it; "
            "expected a number of students"
        )
    return sheet.without(blank), int(blank.sum())


def _check_all_fed(sheet: Sheet) -> None:
    """Raise where `-1` students eat free or at a reduced price, but the percent is not 100."""
    wrong = (sheet.frame["free_reduced"] == ALL_FED) & (sheet.frame["free_reduced_pct"] != "100")
    if wrong.any():
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row, 'free_reduced_pct')}: got "
            f"{sheet.frame.loc[row, 'free_reduced_pct']!r}; expected 100, as the count is -1"
        )


def _tidy_directory(sheet: Sheet, _year: int) -> Tidy:
    sheet, passed_over = schools_only(sheet)
    school = identity(sheet).assign(end_year=year_in_rows(sheet))
    charter = check_ids(sheet, "charter", "[YN]", "Y or N") == "Y"
    achievement = school["district_id"] == ACHIEVEMENT_SCHOOL_DISTRICT
    kinds = sheet.frame["type"].str.strip()
    known = kinds.isin(SCHOOL_TYPES)
    check_mostly(sheet, "type", known, f"one of {', '.join(SCHOOL_TYPES)}")
    elsewhere = achievement | ~known | (kinds == "State Special School")
    sector = elsewhere.map({True: "other", False: "district"}).where(~charter, "charter")
    operator = achievement.map({True: "Achievement School District", False: None})
    return Tidy(
        {
            "directory": school.assign(
                sector=sector,
                operator=operator.where(~charter),
                locality=sheet.frame["city"],
            )
        },
        passed_over,
    )


def _agree() -> tuple[Agreement, ...]:
    """Return what holds between columns of the profile, in both spellings."""
    made = []
    for join in ("_", " "):
        total, meals = "Total", [f"{what}{join}PCT" for what in ("Free", "Reduced")]
        for text in (*RACES, *OTHER_GROUPS, "Male", "Female", "Economically_Disadvantaged"):
            count, share = text.replace("_", join), f"{text}_PCT".replace("_", join)
            # The count of a few English learners is blank beside their percent.
            blank = float("nan") if text.startswith("Limited") else 0.0
            made.append(is_share(count, total, share, 0.06, blank))
        fed = f"Free{join}reduced{join}PCT"
        made.append(Agreement((fed, *meals), _meals_apart, f"{meals} add up to {fed!r}", 0.0))
    return tuple(made)


def _meals_apart(together: Any, free: Any, reduced: Any) -> Any:
    """Tell where free and reduced-price meals do not add up, but where all students are fed."""
    return (together < 100) & (abs(together - free - reduced) > 0.02)


def _both_spellings(columns: dict[str, str]) -> dict[str, str]:
    """Return columns with their words joined by underscores, and by spaces."""
    return columns | {text.replace("_", " "): name for text, name in columns.items()}


def _profile_columns() -> dict[str, str]:
    columns = {
        "year": "year",
        "school_year": "year",
        "district": "system",
        "district_id": "system",
        "district_no": "system",
        "district_name": IGNORED,
        "school_id": "school",
        "school_no": "school",
        "school_name": "name",
        "Grades_served": IGNORED,
        "SAFE_SCHOOL": IGNORED,
        "Average_Daily_Membership": IGNORED,
        "Total": "total",
        "Free_eligible": IGNORED,
        "Reduced_eligible": IGNORED,
        "Free_reduced_eligible": "free_reduced",
        "Free_PCT": IGNORED,
        "Reduced_PCT": IGNORED,
        "Free_reduced_PCT": "free_reduced_pct",
        "Economically_Disadvantaged": IGNORED,
        "Economically_Disadvantaged_PCT": "disadvantaged_pct",
    }
    for text, name in (RACES | OTHER_GROUPS).items():
        columns |= {text: IGNORED, f"{text}_PCT": f"{name}_pct"}
    for text in ("Male", "Female"):
        columns |= {text: IGNORED, f"{text}_PCT": IGNORED}
        columns |= {f"{race}_{text}": IGNORED for race in RACES}
    return _both_spellings(columns)


LAYOUTS = (
    Layout(
        layout_id="tennessee-profile-2013",
        state="tennessee",
        agency=AGENCY,
        title="school profile, 2013 to 2015",
        columns=_profile_columns(),
        tidy=_tidy_profile,
        year_of=lambda sheet: int(year_in_rows(sheet).iloc[0]),
        sheets=r".+",
        sheet_example="School Profile",
        optional=frozenset({"free_reduced"}),
        one_of=(frozenset({"free_reduced_pct", "disadvantaged_pct"}),),
        agree=_agree(),
        many_years=True,
    ),
    Layout(
        layout_id="tennessee-directory-2015",
        state="tennessee",
        agency=AGENCY,
        title="school directory, 2014-15",
        columns={
            "SCHOOL_YEAR": "year",
            "FIPS_CODE": IGNORED,
            "LEA_ID": "system",
            "LEA_NCES": IGNORED,
            "LEA_ACCOUNTS": IGNORED,
            "SCHOOL_NO": "school",
            "SCH_NCES": IGNORED,
            "SCHOOL_ID": "name",
            "SCHOOL_TYPE": "type",
            "ADDR1": IGNORED,
            "CITY": "city",
            "STATE": IGNORED,
            "ZIP": IGNORED,
            "CHARTER": "charter",
        },
        tidy=_tidy_directory,
        year_of=lambda sheet: int(year_in_rows(sheet).iloc[0]),
        sheets=r".+",
        sheet_example="2015 School Directory",
        agree=(Agreement(("FIPS_CODE",), lambda code: code != FIPS_CODE, "it is Tennessee's, 47"),),
        many_years=True,
    ),
)
