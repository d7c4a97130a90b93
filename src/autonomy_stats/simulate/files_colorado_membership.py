"""Write tidy tables as Colorado's membership workbooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.colorado_membership import RACES
from autonomy_stats.simulate.files import records, write_sheets_xlsx

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WRITERS"]

Tables = Mapping[str, "pd.DataFrame"]

STAR = "*"

TOTAL_LABELS = {2015: "Sch Total", 2016: None, 2017: "ALL GRADES TOTAL"}
"""Grade label of a school's total row by spring; later `ALL GRADE LEVELS`."""


def write_membership_race(path: Path, tables: Tables, end_year: int) -> Path:
    """Write membership by race: a row of one grade and the total of each school, then totals."""
    first = "Organization Code" if end_year == 2015 else "Org. Code"
    races = [f"{race} {sex}" for race in RACES for sex in ("Female", "Male")]
    header = [first, "Organization Name", "School Code", "School Name", "Grade Level"]
    header += [*races, "PK-12 Total"]
    if end_year == 2016:
        header[header.index("Asian Male")] = "Asian male"
    label = TOTAL_LABELS.get(end_year, "ALL GRADE LEVELS")
    body = []
    rows = records(tables["demographics"], end_year)
    for row in rows:
        who = [row["district_id"], f"DISTRICT {row['district_id']}"]
        who += [row["school_id"], row["school_name"]]
        counts = []
        for name in RACES.values():
            count = _count(row[f"{name}_pct"], row["enrollment"])
            counts += [count // 2, count - count // 2]
        numbers = [*counts, row["enrollment"]]
        body += [[*who, "010 (1st)", *numbers], [*who, label, *numbers]]
    totals = [sum(row[5 + at] for row in body) / 2 for at in range(len(races) + 1)]
    body.append([None, " TOTAL", None, None, None, *totals])
    title = "PRESCHOOL (PK) THROUGH 12th GRADE PUPIL ENROLLMENT BY SCHOOL, GRADE, RACE/ETHNICITY"
    return _write_membership(path, end_year, title, header, body)


def write_membership_lunch(path: Path, tables: Tables, end_year: int) -> Path:
    """Write lunch eligibility; from 2016-17 on a hidden share is `N/A`, and its range is given."""
    header = ["COUNTY CODE", "COUNTY NAME", "DISTRICT CODE", "DISTRICT NAME\t", "SCHOOL CODE"]
    header += ["SCHOOL NAME", "PK-12 COUNT"]
    if end_year <= 2016:
        header += ["FREE LUNCH", "REDUCED LUNCH", "NOT ELIGIBLE", "FREE AND REDUCED"]
        header += ["% FREE", "% REDUCED", "% FREE AND REDUCED"]
    else:
        header += ["FREE AND REDUCED COUNT", "% FREE AND REDUCED", "% FRL RANGE"]
    body: list[list[Any]] = []
    for row in records(tables["demographics"], end_year):
        who = ["01", "A COUNTY", row["district_id"], f"DISTRICT {row['district_id']}"]
        share, low, high = (row[f"low_income_pct{end}"] for end in ("", "_low", "_high"))
        hidden, total = low == low or share != share, _students(row["enrollment"], share)
        fraction: Any = "N/A" if hidden else round(share / 100, 15)
        count: Any = "N/A" if hidden else _count(share, total)
        cells = [*who, row["school_id"], row["school_name"], total]
        if end_year <= 2016:
            left = "N/A" if hidden else total - count
            body.append([*cells, count, 0, left, count, fraction, 0, fraction])
        else:
            start = 25 * min(3, int((share if low != low else low) // 25)) if share == share else 0
            span = f"{low:g}%-{high:g}%" if low == low else f"{start}%-{start + 25}%"
            body.append([*cells, count, fraction, "N/A" if share != share else span])
    body.append(["STATE", "", "STATE TOTAL", *[None] * (len(header) - 3)])
    title = "PK-12 Pupil Membership by School and Free and Reduced Lunch Eligibility"
    return _write_membership(path, end_year, title, header, body)


def write_membership_learners(path: Path, tables: Tables, end_year: int) -> Path:
    """Write English learners by school; `*` stands for fewer than four."""
    header = ["Distr Code", "Sch Code", "School Name", "PK-12 Count", "EL Count", "EL Pct"]
    body: list[list[Any]] = []
    for row in records(tables["demographics"], end_year):
        share, high = row["english_learner_pct"], row["english_learner_pct_high"]
        hidden = high == high
        total = round(300 / high) if hidden else OF_A_THOUSAND
        cells = [STAR, STAR] if hidden else [_count(share, total), round(share / 100, 15)]
        body.append([row["district_id"], row["school_id"], row["school_name"], total, *cells])
    title = "PK-12 Pupil Membership by School and Instructional Program"
    return _write_membership(path, end_year, title, header, body)


OF_A_THOUSAND = 1000
"""Students of a school where none are given: a share of a tenth of a percent is then whole."""


WHOLE = 1e-6
"""How far from a whole number a number of students may lie, by the rounding of floats."""


def _students(enrollment: float, share: float) -> float:
    """Return the enrollment; a thousand where it is not known, or the share not of whole ones."""
    if enrollment != enrollment:
        return OF_A_THOUSAND
    counted = share * enrollment / 100
    whole = share != share or abs(counted - round(counted)) < WHOLE
    return enrollment if whole else OF_A_THOUSAND


def _count(share: float, total: float) -> int:
    return 0 if share != share else round(share * total / 100)


def _write_membership(
    path: Path, end_year: int, title: str, header: Sequence[str], body: Sequence[Sequence[Any]]
) -> Path:
    """Write a membership workbook: agency, title with the school year, header, rows."""
    years = f"{end_year - 1}-{end_year}"
    sheet = "Data" if end_year == 2017 else f"{years} Data"
    above = [["COLORADO DEPARTMENT OF EDUCATION"], [f"{years} {title}"]]
    return write_sheets_xlsx(path, {sheet: [*above, header, *body]})


WRITERS: dict[str, Callable[..., Path]] = {
    "colorado-membership-race": write_membership_race,
    "colorado-membership-lunch": write_membership_lunch,
    "colorado-membership-learners": write_membership_learners,
}
"""Writers by layout."""
