"""Massachusetts: who attends each school, by race and by selected population.

Agency: Department of Elementary and Secondary Education, statewide reports "Enrollment By
Race/Gender" and "Selected Populations", Excel exports of the school report. The title names the
school year. Older exports leave rows 2 to 4 blank, have the header in row 5 and, in the second
report, `#` and `%` in row 6 below merged headers; newer ones have the header in row 2. The codes
of older ones begin with a space that does not break. Percents are of the school's enrollment, to a
tenth; the number enrolled is in neither report. Nothing is suppressed.

What counts as low income changed with 2015 and with 2022 (`low_income_definition`); an export may
have the columns of several definitions, of which the year's own is used.

The newer form of the second report is known from public programs that read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, LayoutError
from autonomy_stats.loaders.agreement import Agreement, at_most, together
from autonomy_stats.loaders.cells import first_row, numbers, percents, school_year_end, too_many
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy
from autonomy_stats.loaders.massachusetts_common import (
    AGENCY,
    STATE,
    TOTALS,
    identity,
    low_income_definition,
    schools_only,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

SCHOOL = {
    "SCHOOL": "name",
    "School Name": "name",
    "ORG CODE": "school",
    "ORGCODE": "school",
    "School Code": "school",
}
RACES = {
    "African American": "black",
    "Black or African American": "black",
    "Asian": "asian",
    "Hispanic": "hispanic",
    "Hispanic or Latino": "hispanic",
    "White": "white",
    "Native American": "native_american",
    "American Indian or Alaska Native": "native_american",
    "Native Hawaiian, Pacific Islander": "pacific_islander",
    "Native Hawaiian or Other Pacific Islander": "pacific_islander",
    "Multi-Race, Non-Hispanic": "multiracial",
    "Multi-Race, Not Hispanic or Latino": "multiracial",
}
GENDERS = ("Males", "Females", "Male", "Female", "Non-Binary", "Nonbinary")
NO_STUDENTS = {"": "not_published"}
ALL_RACES = (97.0, 103.0)
"""The seven shares add up to 100 but for rounding, and for students of no stated race."""

POPULATIONS = {
    "First Language Not English": "other_language",
    "English Language Learner": "english_learner",
    "English Learner": "english_learner",
    "English Learners": "english_learner",
    "Students With Disabilities": "disability",
    "High Needs": "high_needs",
    "Economically Disadvantaged": "disadvantaged",
    "Low Income": "low_income",
    "Low-Income": "low_income",
}
FIRST_OF_ALL_RACES = 2006
"""Spring from which on the state counts students of several races, and Pacific Islanders, apart."""

DIRECT_CERTIFICATION = range(2015, 2022)
"""Spring years in which the state counted the economically disadvantaged."""


def _tidy_race(sheet: Sheet, end_year: int) -> Tidy:
    schools, totals = schools_only(sheet)
    shares = {
        f"{race}_pct": percents(schools, race, NO_STUDENTS)[0]
        for race in dict.fromkeys(RACES.values())
        if race in schools.frame
    }
    if end_year >= FIRST_OF_ALL_RACES and len(shares) < len(set(RACES.values())):
        lacking = ", ".join(sorted(set(RACES.values()) - {s.removesuffix("_pct") for s in shares}))
        raise LayoutError(
            f"{sheet.where()}: no column of {lacking} students, which the state publishes since "
            f"{FIRST_OF_ALL_RACES}; download the file again"
        )
    _check_sum(schools, shares)
    return Tidy({"demographics": identity(schools, end_year).assign(**shares)}, {TOTALS: totals})


def _check_sum(sheet: Sheet, shares: dict[str, pd.Series]) -> None:
    """Raise where a school's shares of all races do not add up to 100."""
    import pandas as pd

    total = pd.concat(shares, axis=1).sum(axis=1, skipna=False)
    some = total > 0  # a school without students has zeros
    wrong = some & ((total < ALL_RACES[0]) | (total > ALL_RACES[1]))
    if too_many(wrong, some):
        row = first_row(wrong)
        raise DataError(
            f"{sheet.where(row)}: the shares of all races add up to {total[row]:.1f}; expected "
            "100. A column may stand under another's header"
        )


def _tidy_populations(sheet: Sheet, end_year: int) -> Tidy:
    schools, totals = schools_only(sheet)
    poor = _low_income_field(schools, end_year)
    fields = {"english_learner": "english_learner", "disability": "disability", poor: "low_income"}
    _check_totals(schools, [*fields, "other_language", "high_needs"])
    shares = {
        f"{name}_pct": percents(schools, f"{field}_pct", NO_STUDENTS)[0]
        for field, name in fields.items()
    }
    demographics = identity(schools, end_year).assign(
        **shares, low_income_definition=low_income_definition(end_year)
    )
    return Tidy({"demographics": demographics}, {TOTALS: totals})


def _low_income_field(sheet: Sheet, end_year: int) -> str:
    """Return the field of the year's own definition of low income."""
    own = "disadvantaged" if end_year in DIRECT_CERTIFICATION else "low_income"
    if f"{own}_pct" not in sheet.frame:
        expected = "Economically Disadvantaged" if own == "disadvantaged" else "Low Income"
        raise LayoutError(
            f"{sheet.where()}: no column {expected!r}, which the state published for the school "
            f"year that ends in {end_year}; the title's year may be wrong: download the file again"
        )
    return own


def _check_totals(sheet: Sheet, fields: list[str]) -> None:
    """Raise where counts and percents cannot be of one enrollment.

    Count over percent, the latter rounded to a tenth, bounds the enrollment from both sides.
    """
    import pandas as pd

    lows, highs = [], []
    for field in fields:
        if f"{field}_n" in sheet.frame and f"{field}_pct" in sheet.frame:
            count, _ = numbers(sheet, f"{field}_n", NO_STUDENTS)
            percent, _ = percents(sheet, f"{field}_pct", NO_STUDENTS)
            lows.append(100 * count / (percent + 0.15))
            highs.append(100 * count / (percent - 0.15).where(percent > 0.15))
    low, high = pd.concat(lows, axis=1).max(axis=1), pd.concat(highs, axis=1).min(axis=1)
    apart = low > high
    if too_many(apart, high.notna()):
        row = first_row(apart)
        raise DataError(
            f"{sheet.where(row)}: no number of students fits all counts and percents of the row. "
            "A column may stand under another's header"
        )


def _populations(joint: str) -> dict[str, str]:
    """Return the count and percent columns of each population, joined to `#` and `%` by a text."""
    columns = dict(SCHOOL)
    for text, field in POPULATIONS.items():
        columns |= {f"{text}{joint}#": f"{field}_n", f"{text}{joint}%": f"{field}_pct"}
    for text in ("Free Lunch", "Reduced Lunch"):
        columns |= {f"{text}{joint}#": IGNORED, f"{text}{joint}%": IGNORED}
    return columns


def _agree(joint: str) -> tuple[Agreement, ...]:
    """Return that counts and percents stand together, and which groups lie within another."""
    needy = (
        *("English Language Learner", "English Learner", "English Learners"),
        *("Students With Disabilities", "Economically Disadvantaged", "Low Income"),
    )
    return (
        *(together(f"{text}{joint}#", f"{text}{joint}%") for text in POPULATIONS),
        *(at_most(f"{t}{joint}{s}", f"High Needs{joint}{s}") for t in needy for s in "#%"),
    )


OPTIONAL = frozenset(
    f"{field}_{kind}"
    for field in ("other_language", "high_needs", "disadvantaged", "low_income")
    for kind in ("n", "pct")
)
ONE_DEFINITION = (frozenset({"disadvantaged_pct", "low_income_pct"}),)

LAYOUTS = (
    Layout(
        layout_id="massachusetts-enrollment-race",
        state=STATE,
        agency=AGENCY,
        title="Enrollment By Race/Gender Report (School)",
        columns={**SCHOOL, **RACES, **dict.fromkeys(GENDERS, IGNORED)},
        tidy=_tidy_race,
        year_of=school_year_end,
        sheets=".+",
        sheet_example="enrollmentbyracegender-school",
        optional=frozenset({"pacific_islander", "multiracial"}),  # not asked before 2006
    ),
    Layout(
        layout_id="massachusetts-selected-populations",
        state=STATE,
        agency=AGENCY,
        title="Selected Populations Report (School), # and % below merged headers",
        columns=_populations(" / "),
        agree=_agree(" / "),
        tidy=_tidy_populations,
        year_of=school_year_end,
        sheets=".+",
        sheet_example="selectedpopulations",
        optional=OPTIONAL,
        one_of=ONE_DEFINITION,
        grouped=True,
    ),
    Layout(
        layout_id="massachusetts-selected-populations-flat",
        state=STATE,
        agency=AGENCY,
        title="Selected Populations Report (School), header in one row",
        columns=_populations(" "),
        agree=_agree(" "),
        tidy=_tidy_populations,
        year_of=school_year_end,
        sheets=".+",
        sheet_example="Selected Populations Report",
        optional=OPTIONAL,
        one_of=ONE_DEFINITION,
    ),
)
