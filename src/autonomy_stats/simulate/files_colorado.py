"""Write tidy tables as Colorado's official workbooks.

What the tidy tables do not hold is made up, and never read back: names of districts and counties,
the split of students within and below expectations, and the change from the year before. Totals of
the state stand in each workbook, as the agency has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.colorado import LEVELS
from autonomy_stats.simulate import files_colorado_membership
from autonomy_stats.simulate.files import records, write_sheets_xlsx

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WRITERS"]

Tables = Mapping[str, "pd.DataFrame"]

FOOTNOTE = "* The value for this field is not displayed in order to protect student privacy."
STAR, NOT_THERE = "*", "NA"


@dataclass(frozen=True)
class Era:
    """How the workbook of a spring is laid out.

    Parameters
    ----------
    header_row : int
        Row of the header as a spreadsheet counts.
    number, percent : str
        How header texts begin.
    prior : str or None
        How the texts of the prior year begin, with the year at `{year}`; None: no such columns.
    prior_end : str
        How they end.
    sheets : mapping of str to tuple of str
        Subjects on each sheet.
    """

    header_row: int
    number: str
    percent: str
    prior: str | None
    prior_end: str
    sheets: Mapping[str, tuple[str, ...]]


ALL = ("ela", "math", "spanish_language_arts")
ERAS = {
    2015: Era(3, "Number", "Percent", None, "", {"Achievement Results": ALL}),
    2016: Era(5, "Number", "%", "{year} ", "", {"ELA": ("ela",), "MATH": ("math",)}),
    2017: Era(5, "Number", "%", "{year} ", "", {"District and School Detail_1": ALL}),
    2018: Era(7, "#", "%", "{year} ", "**", {"District and School Detail_1": ALL}),
    2019: Era(12, "Number", "Percent", "", "", {"CMAS ELA and Math": ALL}),
}
SHORT = {"ela": "ELA", "math": "Math", "spanish_language_arts": "Spanish Language Arts"}
LONG = {
    "ela": "English Language Arts",
    "math": "Mathematics",
    "spanish_language_arts": "Spanish Language Arts",
}


def write_cmas(path: Path, tables: Tables, end_year: int) -> Path:
    """Write the CMAS workbook of a spring, 2015 to 2019, with the year before in its columns.

    Only rows that have the own year, or the year before, are in it: as in the official
    workbooks, a row that was not tested in one of the years is `NA` there.
    """
    era = ERAS[end_year]
    table = tables["achievement"]
    sheets = {}
    for name, subjects in era.sheets.items():
        part = table[table["subject"].isin(subjects)]
        header = _header(era, end_year)
        above = _above(era, end_year, len(header))
        body = [*_state(part, era, end_year), *_schools(part, era, end_year)]
        sheets[name] = [*above, header, *body, [FOOTNOTE], [f"Aug 24, {end_year}"]]
    return write_sheets_xlsx(path, sheets)


def _header(era: Era, end_year: int) -> list[str]:
    number, percent = era.number, era.percent
    header = ["Level", "District \nCode", "District \nName", "School \nCode", "School \nName"]
    if end_year == 2015:
        header += ["Year", "Content Area", "Test"]
    elif end_year == 2019:
        header += ["Subject", "Grade"]
    else:
        header += ["Content", "Test/Grade" if end_year == 2018 else "Test"]
    header += [f"{number} of Total Records", f"{number} of Valid Scores"]
    header += [f"{number} of No Scores", "Participation Rate", "Mean Scale Score"]
    header += ["Standard Deviation", "Mean Scale Score"] if end_year == 2019 else []
    for level in LEVELS:
        header += [f"{number} {level} \nExpectations", f"{percent} {level} \nExpectations"]
    met = "Met or Exceeded \nExpectations"
    header += [f"{number} {met}", f"{percent} {met}"]
    if end_year == 2015:
        header[header.index("Percent Exceeded \nExpectations")] = "Percent Exceeded Expecations"
    if era.prior is not None:
        start, end = era.prior.format(year=end_year - 1), era.prior_end
        header += [] if end_year == 2019 else [f"{start}Mean Scale Score{end}"]
        header += [f"{start}{number} {met}{end}", f"{start}{percent} {met}{end}"]
        header.append(f"{percent} Change in {met}")
    return header


def _above(era: Era, end_year: int, width: int) -> list[list[Any]]:
    """Return the rows above the header: the title, then the years above the header."""
    title = f"CMAS ELA and Math {end_year} District and School Level Achievement Results"
    rows: list[list[Any]] = [[None] * width for _ in range(era.header_row - 1)]
    rows[1 if end_year == 2017 else 0][0] = title
    if era.header_row > 3:
        rows[-1][7] = f"{end_year - 1}-{end_year}"
        rows[-1][-4] = f"{end_year - 2}-{end_year - 1}"
    return rows


def _schools(table: pd.DataFrame, era: Era, end_year: int) -> Iterator[list[Any]]:
    """Yield a row for each school and test of either year."""
    key = ["district_id", "school_id", "school_name", "subject", "grade"]
    own = {tuple(r[k] for k in key): r for r in records(table, end_year)}
    prior = {tuple(r[k] for k in key): r for r in records(table, end_year - 1)}
    for which in [*own, *(k for k in prior if k not in own and era.prior is not None)]:
        district, school, name, subject, grade = which
        ids = [int(district), int(school)] if end_year == 2015 else [district, school]
        who = ["SCHOOL", ids[0], f"DISTRICT {district}", ids[1], name]
        cells = [*who, *_test(subject, grade, end_year), *_own(own.get(which), end_year)]
        if era.prior is not None:
            cells += _prior(prior.get(which), end_year)
        if end_year == 2019:  # the mean of 2018 stands beside that of 2019
            cells.insert(13, cells.pop(-4))
        yield cells


def _state(table: pd.DataFrame, era: Era, end_year: int) -> Iterator[list[Any]]:
    """Yield the state's rows: sums over the schools that are shown."""
    rows = table[(table["end_year"] == end_year) & (table["status"] == "reported")]
    for (subject, grade), shown in rows.groupby(["subject", "grade"], sort=False):
        met, tested = shown["proficient_n"].sum(), shown["n_tested"].sum()
        total = {
            "status": "reported",
            "n_tested": tested,
            "proficient_n": met,
            "proficient_pct": round(100 * met / tested, 1),
            "mean_score": shown["mean_score"].mean(),
            "participation_pct": 95.0,
        }
        zero: Any = 0 if end_year == 2015 else "0000"
        cells = ["STATE", zero, "All Districts", zero, "All Schools"]
        cells += [*_test(str(subject), str(grade), end_year), *_own(total, end_year)]
        cells += [] if era.prior is None else [NOT_THERE] * 4
        if end_year == 2019:
            cells.insert(13, cells.pop(-4))
        yield cells


def _test(subject: str, grade: str, end_year: int) -> list[Any]:
    """Return the cells that name the year, the subject and the grade or course."""
    numbered = grade.isdigit()
    if end_year == 2019:
        return [LONG[subject], "All Grades" if grade == "all" else grade]
    names = LONG if end_year == 2018 else SHORT
    test = f"{names[subject]} Grade {grade}" if numbered else grade
    if end_year == 2018:
        return [LONG[subject], "All Grades" if grade == "all" else test]
    if end_year == 2015:
        return [end_year, SHORT[subject], f"{test:<14}"]
    stars = "**" if end_year == 2016 and not numbered else ""
    return [SHORT[subject], f"{test}{stars}"]


def _own(row: Mapping[str, Any] | None, end_year: int) -> list[Any]:
    """Return the cells of the own year, from the number of records to the percent met."""
    deviation = [STAR] if end_year == 2019 else []
    if row is None:
        return [NOT_THERE] * (17 + len(deviation))
    tested, mean = row["n_tested"], _shown(row["mean_score"], 0, STAR)
    part = _percent(row["participation_pct"], end_year)
    records = _records(tested, row["participation_pct"])
    head = [_shown(records, 0, STAR), _shown(tested, 0, "< 16"), _shown(records - tested, 0, STAR)]
    head += [part, mean, *deviation]
    if row["status"] == "censored":
        high = row["proficient_pct_low"] > 0
        mark = f">{row['proficient_pct_low']:g}%" if high else f"<{row['proficient_pct_high']:g}%"
        return [*head, *[STAR] * 10, mark[0] + "4", mark]
    if row["status"] != "reported":
        return [*head, *[STAR] * 12]
    met, percent = row["proficient_n"], row["proficient_pct"]
    levels = _split(tested - met, 3) + _split(met, 2)
    cells = [*head]
    for count in levels:
        cells += [_shown(count, 0, STAR), _percent(_share(count, tested), end_year)]
    return [*cells, _shown(met, 0, STAR), _percent(percent, end_year)]


def _records(tested: float, participation: float) -> float:
    """Return the number of records, of which the students tested are a share."""
    known = participation == participation and participation > 0
    return round(100 * tested / participation) if tested == tested and known else tested


def _split(students: float, levels: int) -> list[float]:
    """Return students split into levels of whole ones, about alike."""
    parts = [students // levels] * (levels - 1)
    return [*parts, students - sum(parts)]


def _share(count: float, total: float) -> float:
    return 100 * count / total if total else 0.0


def _prior(row: Mapping[str, Any] | None, end_year: int) -> list[Any]:
    """Return mean, count met, percent met and change of the year before."""
    if row is None:
        return [NOT_THERE] * 3 + [STAR]
    cells = [_shown(row["mean_score"], 0, "- -"), _shown(row["proficient_n"], 0, "- -")]
    return [*cells, _percent(row["proficient_pct"], end_year, "- -"), STAR]


def _shown(value: float, digits: int, mark: str) -> str:
    """Return a number as text with thousands commas, or a mark for a missing one."""
    return mark if value != value else f"{value:,.{digits}f}"


def _percent(value: float, end_year: int, mark: str = STAR) -> Any:
    """Return a percent to a tenth, in 2015 as a fraction."""
    if end_year == 2015:
        return mark if value != value else round(value / 100, 6)
    return _shown(value, 1, mark)


WRITERS: dict[str, Callable[..., Path]] = {
    **{f"colorado-cmas-{year}": partial(write_cmas, end_year=year) for year in ERAS},
    **files_colorado_membership.WRITERS,
}
"""Writers by layout."""
