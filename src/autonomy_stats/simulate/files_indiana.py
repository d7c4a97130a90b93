"""Write tidy tables as Indiana's official workbooks.

Names of corporations, which the tidy tables do not hold, are made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.indiana import GRADES
from autonomy_stats.loaders.indiana_enrollment import RACES
from autonomy_stats.simulate.files import records, write_sheets_xlsx

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WRITERS"]

Tables = Mapping[str, "pd.DataFrame"]

SUBJECTS = {"ela": "ELA", "math": "Math", "ela_and_math": "Both Math and ELA"}
BOTH_PERCENT = "Both Math and ELA \nPercent Pass"
OF_A_THOUSAND = 1000.0
"""Enrollment where none is given: a share of a tenth of a percent is then a whole student."""

PRIVACY = "***Due to federal privacy laws, results of fewer than ten students are not shown."


def write_istep_2009(
    path: Path, tables: Tables, end_year: int, earlier: Sequence[int] = ()
) -> Path:
    """Write a workbook of 2016 or before, with a sheet for each of the earlier springs, too."""
    header = ["Corp ID", "Corporation Name", "Sch ID", "School Name"]
    block = ["ELA\nPass N", "ELA\nPercent Pass", "Math\nPass N", "Math\nPercent Pass", BOTH_PERCENT]
    years = (end_year, *earlier)
    sheets = {f"Spring {year}": _istep(tables, year, header, block) for year in years}
    return write_sheets_xlsx(path, sheets)


def write_istep_2017(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a workbook of 2017 or 2018."""
    header = ["Corp ID", "Corp Name", "School ID", "School Name"]
    block = [f"{text}\n{what}" for text in SUBJECTS.values() for what in ("Pass N", "Test N")]
    block = [*block[:2], "ELA\nPercent Pass", *block[2:4], "Math\nPercent Pass", *block[4:]]
    sheet = _istep(tables, end_year, header, [*block, BOTH_PERCENT])
    return write_sheets_xlsx(path, {f"Spring {end_year}": sheet})


def _istep(tables: Tables, end_year: int, header: list[str], block: list[str]) -> list[list[Any]]:
    """Return the rows of a sheet: grade labels over the header, then one row a school."""
    results = records(tables["achievement"], end_year)
    by_key = {(row["school_id"], row["grade"], row["subject"]): row for row in results}
    groups: list[Any] = [None] * len(header)
    for label in GRADES:
        groups += [label, *[None] * (len(block) - 1)]
    body = []
    for school in records(tables["directory"], end_year):
        cells = _ids(school)
        for grade in GRADES.values():
            for text in block:
                subject, what = _asked(text)
                row = by_key.get((school["school_id"], grade, subject))
                cells.append(None if row is None else _istep_cell(row, what))
        body.append(cells)
    rows = [groups, [*header, *block * len(GRADES)], *body]
    return [*rows, [None], [PRIVACY]] if end_year == 2015 else rows


def _asked(text: str) -> tuple[str, str]:
    """Return the subject of a column, and what it gives."""
    words, what = (part.strip() for part in text.split("\n"))
    return {text: subject for subject, text in SUBJECTS.items()}[words], what


def _istep_cell(row: Mapping[str, Any], what: str) -> Any:
    """Return a cell of a row."""
    if row["status"] == "suppressed":
        return "***"
    if what == "Percent Pass":
        return row["proficient_pct"] / 100
    return row["proficient_n" if what == "Pass N" else "n_tested"]


def write_race_meals(
    path: Path, tables: Tables, end_year: int, earlier: Sequence[int] = ()
) -> Path:
    """Write enrollment by race and meals, in the columns of each spring; a zero is blank."""
    sheets = {str(year): _race_meals(tables, year) for year in (end_year, *earlier)}
    return write_sheets_xlsx(path, sheets)


def _race_meals(tables: Tables, end_year: int) -> list[list[Any]]:
    apart = "Asian", "Native Hawaiian or Other Pacific Islander"
    together = ("Asian or Pacific Islander",)
    races = [text for text in RACES if text not in (apart if end_year <= 2010 else together)]
    if end_year <= 2014:
        meals = ["Free Meals", "Reduced Price Meals", "Paid Meals", "TOTAL ENROLLMENT"]
    elif end_year <= 2017:
        meals = ["Paid meals", "Free/Reduced price meals", "Grand Total"]
    else:
        meals = ["Free/Reduced Price Meals", "Paid Meals", "TOTAL ENROLLMENT"]
    rows: list[list[Any]] = [["Corp ID", "Corp Name", "Schl ID", "Schl Name", *races, *meals]]
    for row in records(tables["demographics"], end_year):
        total = row["enrollment"]
        free = _count(row["low_income_pct"], total)
        counts = {text: _count(row.get(f"{RACES[text]}_pct"), total) for text in races}
        if together[0] in races:  # what the others leave
            counts[together[0]] = (total - sum(filter(None, counts.values()))) or None
        counts |= {"Free Meals": free, "Reduced Price Meals": None, meals[-1]: total}
        counts |= dict.fromkeys(("Free/Reduced price meals", "Free/Reduced Price Meals"), free)
        paid = (total - (free or 0)) or None
        counts |= dict.fromkeys(("Paid meals", "Paid Meals"), paid)
        ids = _ids(row, as_numbers=end_year == 2012)
        rows.append([*ids, *(counts[text] for text in (*races, *meals))])
    return rows


def write_language_disability(
    path: Path, tables: Tables, end_year: int, earlier: Sequence[int] = ()
) -> Path:
    """Write enrollment by language and disability; percents are fractions, a zero is blank."""
    sheets = {str(year): _language_disability(tables, year) for year in (end_year, *earlier)}
    return write_sheets_xlsx(path, sheets)


def _language_disability(tables: Tables, end_year: int) -> list[list[Any]]:
    header = ["Corp ID", "Corp Name", "Schl ID", "School Name", "ELL N", "ELL %"]
    header += ["Special Education N", "Special Education %", "Total Enrollment"]
    rows: list[list[Any]] = [header]
    for row in records(tables["demographics"], end_year):
        known = row["enrollment"] == row["enrollment"]  # not a missing value
        total = row["enrollment"] if known else OF_A_THOUSAND
        cells = _ids(row)
        for share in (row["english_learner_pct"], row["disability_pct"]):
            cells += [_count(share, total), share / 100]
        rows.append([*cells, total])
    return rows


def _ids(row: Mapping[str, Any], *, as_numbers: bool = False) -> list[Any]:
    ids = [row["district_id"], row["school_id"]]
    if as_numbers:
        ids = [int(text) if text.isdigit() else text for text in ids]
    return [ids[0], f"Corporation {row['district_id']}", ids[1], row["school_name"]]


def _count(share: float | None, total: float) -> int | None:
    """Return a number of students, nothing for none or for a share that is not known."""
    import pandas as pd

    return None if share is None or pd.isna(share) else round(share * total / 100) or None


WRITERS: dict[str, Callable[..., Path]] = {
    "indiana-istep-2009": write_istep_2009,
    "indiana-istep-2017": write_istep_2017,
    "indiana-enrollment-race-meals": write_race_meals,
    "indiana-enrollment-language-disability": write_language_disability,
}
"""Writers by layout."""
