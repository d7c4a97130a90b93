"""California: school profile of Los Angeles Unified, shares of students in 2023-24 and 2025-26.

Publisher: a compilation of California Department of Education files, one row a school, with
contact columns removed. Columns in `_2324` are shares of cumulative enrollment, those in `_2526` of
that year's enrollment.

A blank share of 2023-24 is a count under 11 (0 to 10 students), an interval and not a missing
value; the smallest share shown is of 11. Shares by race add up to 100, which narrows the intervals
of those that are blank. A share is filled at the midpoint of its interval. Shares of 2025-26 are
shown whatever the count. A school without an enrollment has no row for that year.

Filipino students are in none of the shares, as in `california_groups`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.agreement import Agreement, adds_up_to
from autonomy_stats.loaders.california_groups import LOW_INCOME, MOST_HIDDEN
from autonomy_stats.loaders.california_ids import AGENCY, SECTORS, meaning_of
from autonomy_stats.loaders.cells import check_ids, numbers, percents
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

BLANK = {"": "suppressed"}
HALF_UNIT = 0.005
"""Shares of 2023-24 have two decimals."""

RACES = {
    "black_pct": ("pct_aa", "pct_african_american"),
    "native_american_pct": ("pct_ai", "pct_american_indian"),
    "asian_pct": ("pct_as", "pct_asian"),
    "filipino": ("pct_fi", "pct_filipino"),
    "hispanic_pct": ("pct_hi", "pct_hispanic"),
    "pacific_islander_pct": ("pct_pi", "pct_pacific_islander"),
    "white_pct": ("pct_wh", "pct_white"),
    "multiracial_pct": ("pct_mr", "pct_two_or_more_races"),
    "not_reported": ("pct_nr", "pct_not_reported"),
}
OTHERS = {
    "english_learner_pct": ("pct_el", "pct_english_learner"),
    "low_income_pct": ("pct_sed", "pct_socioeconomically_disadvantaged"),
    "disability_pct": ("pct_swd", "pct_students_with_disabilities"),
}
NOT_SHARES = ("filipino", "not_reported")
LEVELS = {
    "Elementary": "elementary",
    "Middle": "middle",
    "High": "high",
    "Elem-High Combo": "",
    "": "",
}


def _tidy(sheet: Sheet, _end_year: int) -> Tidy:
    import pandas as pd

    code = check_ids(sheet, "school", r"\d{14}", "a code of 14 digits")
    school = pd.DataFrame(
        {
            "state": "california",
            "district_id": code.str[:7],
            "school_id": code,
            "school_name": sheet.frame["name"],
        }
    )
    earlier, later = _with_bounds(sheet, school), _later(sheet, school)
    directory = school.assign(
        end_year=2024,
        sector=meaning_of(sheet, "type", SECTORS),
        level=(level := meaning_of(sheet, "level", LEVELS)).where(level != ""),
    )
    return Tidy(
        {"demographics": pd.concat([earlier, later]), "directory": directory},
        {
            "schools without shares of 2023-24": len(school) - len(earlier),
            "schools without shares of 2025-26": len(school) - len(later),
        },
    )


def _with_bounds(sheet: Sheet, school: pd.DataFrame) -> pd.DataFrame:
    """Return shares of 2023-24 with their bounds."""
    import pandas as pd

    enrolled, _ = numbers(sheet, "enrolled_2324", BLANK)
    most = (100 * MOST_HIDDEN / enrolled.where(enrolled > 0)).clip(upper=100.0)
    races = pd.DataFrame({name: percents(sheet, f"{name} 2324", BLANK)[0] for name in RACES})
    hidden = races.isna().sum(axis=1)
    # What the races that are shown leave, give or take the rounding of each.
    rest = 100 - races.sum(axis=1)
    slack = HALF_UNIT * (len(RACES) - hidden)
    ceiling = (rest + slack).clip(lower=0.0)
    floor = rest - slack - (hidden - 1) * most
    made: dict[str, pd.Series] = {}
    for name in RACES:
        high = pd.concat([most, ceiling], axis=1).min(axis=1)
        low = pd.concat([floor.clip(lower=0.0), high], axis=1).min(axis=1)
        made |= _filled(name, races[name], low, high)
    for name in OTHERS:
        shown, _ = percents(sheet, f"{name} 2324", BLANK)
        made |= _filled(name, shown, most * 0, most)
    shares = pd.DataFrame({c: v for c, v in made.items() if not c.startswith(NOT_SHARES)})
    bounded = [name for name in (*RACES, *OTHERS) if name not in NOT_SHARES]
    some = pd.concat([shares[f"{n}_high"] > shares[f"{n}_low"] for n in bounded], axis=1)
    status = some.any(axis=1).map({True: "suppressed", False: "reported"})
    rows = school.assign(end_year=2024, enrollment=enrolled, shares_status=status)
    return rows.assign(**shares, low_income_definition=LOW_INCOME)[enrolled > 0]


def _filled(name: str, shown: pd.Series, low: pd.Series, high: pd.Series) -> dict[str, pd.Series]:
    """Return a share, at the midpoint of its bounds where it is hidden, and its bounds."""
    return {
        name: shown.fillna((low + high) / 2),
        f"{name}_low": shown.fillna(low),
        f"{name}_high": shown.fillna(high),
    }


def _later(sheet: Sheet, school: pd.DataFrame) -> pd.DataFrame:
    """Return shares of 2025-26, none of them hidden."""
    missing = {"": "not_published"}
    enrolled, _ = numbers(sheet, "enrolled_2526", missing)
    names = [name for name in (*RACES, *OTHERS) if name not in NOT_SHARES]
    shares = {name: percents(sheet, f"{name} 2526", missing)[0] for name in names}
    return school.assign(
        end_year=2026,
        enrollment=enrolled,
        **shares,
        shares_status="reported",
        low_income_definition=LOW_INCOME,
    )[enrolled > 0]


def _races_apart(enrolled: Any, *shares: Any) -> Any:
    """Tell where shares by race are not all students, each blank one being 0 to 10 of them."""
    some = enrolled > 0
    most = 100 * MOST_HIDDEN / enrolled.clip(min=1.0)
    shown = sum(share.clip(min=0.0) for share in shares)
    hidden = sum(share < 0 for share in shares) * most
    return some & ((shown > 100 + ROUNDED) | (shown + hidden < 100 - ROUNDED))


ROUNDED = 0.1
AGREE = (
    Agreement(
        ("enr_2023_24_cum", *(f"{earlier}_2324" for earlier, _ in RACES.values())),
        _races_apart,
        "the shares by race add up to 100, a blank one being of 0 to 10 students",
        blank=-1.0,
    ),
    adds_up_to(100, [f"{later}_2526" for _, later in RACES.values()], 0.51),
)


def _columns() -> dict[str, str]:
    columns = {
        "cds": "school",
        "school_name": "name",
        "type_id": "type",
        "enr_2023_24_cum": "enrolled_2324",
        "enrollment_2025_26": "enrolled_2526",
        "schoolLevel": "level",
    }
    for name, (earlier, later) in (RACES | OTHERS).items():
        used = name not in NOT_SHARES
        columns |= {
            f"{earlier}_2324": f"{name} 2324",
            f"{later}_2526": f"{name} 2526" if used else IGNORED,
        }
    others = ("free_reduced_meal_eligible", "foster", "homeless", "migrant")
    columns |= {f"pct_{name}_2526": IGNORED for name in others}
    return columns | dict.fromkeys(
        ("schoolType", "gradeSpan", "magnet", "dass", "charter"), IGNORED
    )


LAYOUTS = (
    Layout(
        layout_id="california-profile-2024",
        state="california",
        agency=AGENCY,
        title="Los Angeles Unified school profile, 2023-24 and 2025-26",
        columns=_columns(),
        tidy=_tidy,
        year_of=lambda _sheet: 2024,
        agree=AGREE,
        many_years=True,
    ),
)
