"""Write small files in the states' official layouts, from plain values.

Each `*_sheet` function returns a `Made`, which a test may spoil before it is written.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook

Row = list[Any]


@dataclass
class Made:
    """A sheet to be: rows above the header, the header, the body, rows below it."""

    name: str
    header: Row
    body: list[Row]
    above: list[Row] = field(default_factory=list)
    below: list[Row] = field(default_factory=list)

    @property
    def grid(self) -> list[Row]:
        return [*self.above, self.header, *self.body, *self.below]

    @property
    def header_row(self) -> int:
        """Row of the header as a spreadsheet counts."""
        return len(self.above) + 1

    def at(self, text: str, nth: int = 0) -> int:
        """Position of the nth column whose header is a text, white space collapsed."""
        texts = [" ".join(str(cell).split()) for cell in self.header]
        return [i for i, found in enumerate(texts) if found == text][nth]

    def rename(self, text: str, other: str, nth: int = 0) -> Made:
        self.header[self.at(text, nth)] = other
        return self

    def remove(self, text: str, nth: int = 0) -> Made:
        index = self.at(text, nth)
        for row in self.grid:
            del row[index : index + 1]
        return self

    def add(self, text: str, value: Any = 1) -> Made:
        width = len(self.header)
        self.header.append(text)
        for row in self.body:
            row.extend([None] * (width - len(row)) + [value])
        return self

    def put(self, row: int, text: str, value: Any, nth: int = 0) -> Made:
        """Set a cell of the body, rows counted from 0."""
        self.body[row][self.at(text, nth)] = value
        return self


def write_workbook(path: Path, *sheets: Made) -> Path:
    """Write sheets to a workbook, each cell as it is given: text as text, numbers as numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = Workbook()
    workbook.remove(workbook.active)
    for made in sheets:
        sheet = workbook.create_sheet(made.name)
        for row in made.grid:
            sheet.append(row)
    workbook.save(path)
    return path


def write_text(
    path: Path, made: Made, *, delimiter: str = ",", encoding: str = "utf-8", newline: str = "\n"
) -> Path:
    """Write a delimited file, compressed as the suffix says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=newline).writerows(made.grid)
    content = stream.getvalue().encode(encoding)
    if path.suffix == ".bz2":
        content = bz2.compress(content)
    elif path.suffix == ".gz":
        content = gzip.compress(content)
    elif path.suffix == ".zip":
        return write_zip(path, {path.stem: content})
    path.write_bytes(content)
    return path


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


# Michigan

MEAP = ("dcode", "bcode", "math4", "read4", "lunch", "enroll", "expend", "exppp")
MEAP_LOGS = ("lenroll", "lexpend", "lexppp")


def meap_sheet(rows: Sequence[Mapping[str, Any]]) -> Made:
    """The 2001 extract; `dcode, bcode, math4, read4, lunch, enroll` of each row."""
    header = [*MEAP, *MEAP_LOGS]
    body = []
    for row in rows:
        cells = {column: row.get(column, "1.5") for column in header}
        if cells["enroll"]:
            cells["lenroll"] = math.log(float(cells["enroll"]))
        body.append(list(cells.values()))
    return Made("meap01", header, body)


# Indiana

GRADE_LABELS = (*(f"Grade {grade}" for grade in range(3, 9)), "School Total")
BLOCK_2016 = (
    "ELA\nPass N",
    "ELA\nPercent Pass",
    "Math\nPass N",
    "Math\nPercent Pass",
    "Both Math and ELA \nPercent Pass",
)
BLOCK_2017 = (
    "ELA\nPass N",
    "ELA\nTest N",
    "ELA\nPercent Pass",
    "Math\nPass N",
    "Math\nTest N",
    "Math\nPercent Pass",
    "Both Math and ELA\nPass N",
    "Both Math and ELA\nTest N",
    "Both Math and ELA \nPercent Pass",
)
PRIVACY = "***Due to federal privacy laws, results of fewer than ten students are not shown."


def istep_2016_sheet(rows: Sequence[Mapping[str, Any]], year: int = 2016) -> Made:
    """ISTEP+ as through 2016: `corp, school, name`, and five cells for each grade label."""
    header = ["Corp ID", "Corporation Name", "Sch ID", "School Name"]
    return _istep(rows, f"Spring {year}", header, BLOCK_2016)


def istep_2017_sheet(rows: Sequence[Mapping[str, Any]], year: int = 2017) -> Made:
    """ISTEP+ as from 2017: `corp, school, name`, and nine cells for each grade label."""
    header = ["Corp ID", "Corp Name", "School ID", "School Name"]
    return _istep(rows, f"Spring {year}", header, BLOCK_2017)


def _istep(rows: Sequence[Mapping[str, Any]], name: str, header: Row, block: Sequence[str]) -> Made:
    blank = [None] * len(block)
    groups = [None] * 4
    for label in GRADE_LABELS:
        groups += [label, *blank[1:]]
    body = []
    for row in rows:
        cells = [row.get("corp"), row.get("corp_name", "A corporation"), row["school"], row["name"]]
        for label in GRADE_LABELS:
            cells += row.get(label, blank)
        body.append(cells)
    return Made(name, [*header, *(list(block) * len(GRADE_LABELS))], body, above=[groups])


RACES_2016 = (
    "American Indian",
    "Asian",
    "Black",
    "Hispanic",
    "Multiracial",
    "Native Hawaiian or Other Pacific Islander",
    "White",
)
RACES_2010 = (
    "American Indian",
    "Asian or Pacific Islander",
    "Black",
    "Hispanic",
    "Multiracial",
    "White",
)
MEALS_2016 = ("Paid meals", "Free/Reduced price meals", "Grand Total")
MEALS_2018 = ("Free/Reduced Price Meals", "Paid Meals", "TOTAL ENROLLMENT")
MEALS_2012 = ("Free Meals", "Reduced Price Meals", "Paid Meals", "TOTAL ENROLLMENT")


def race_meals_sheet(
    year: int,
    rows: Sequence[Mapping[str, Any]],
    races: Sequence[str] = RACES_2016,
    meals: Sequence[str] = MEALS_2016,
) -> Made:
    """Enrollment by race and meals: `corp, school, name`, and cells by their header."""
    header = ["Corp ID", "Corp Name", "Schl ID", "Schl Name", *races, *meals]
    return _enrollment(str(year), header, rows)


LANGUAGE = ("ELL N", "ELL %", "Special Education N", "Special Education %", "Total Enrollment")


def language_disability_sheet(year: int, rows: Sequence[Mapping[str, Any]]) -> Made:
    """Enrollment by language and disability: `corp, school, name`, and cells by their header."""
    header = ["Corp ID", "Corp Name", "Schl ID", "School Name", *LANGUAGE]
    return _enrollment(str(year), header, rows)


def _enrollment(name: str, header: Row, rows: Sequence[Mapping[str, Any]]) -> Made:
    body = [
        [
            row["corp"],
            "A corporation",
            row["school"],
            row["name"],
            *(row.get(c) for c in header[4:]),
        ]
        for row in rows
    ]
    return Made(name, header, body)


# Colorado

CMAS = {
    "level": "Level",
    "district": "District \nCode",
    "district_name": "District \nName",
    "school": "School \nCode",
    "name": "School \nName",
    "content": "Content",
    "test": "Test",
    "records": "Number \nof Total \nRecords",
    "valid": "Number \nof Valid \nScores",
    "no_scores": "Number \nof No \nScores",
    "participation": "Participation Rate",
    "mean": "Mean \nScale \nScore",
    "n1": "Number Did \nNot Yet Meet \nExpectations",
    "p1": "% Did \nNot Yet Meet \nExpectations",
    "n2": "Number \nPartially Met \nExpectations",
    "p2": "% Partially \nMet \nExpectations",
    "n3": "Number \nApproached \nExpectations",
    "p3": "% Approached \nExpectations",
    "n4": "Number Met \nExpectations",
    "p4": "% Met \nExpectations",
    "n5": "Number \nExceeded \nExpectations",
    "p5": "% Exceeded \nExpectations",
    "met": "Number Met or \nExceeded \nExpectations",
    "met_pct": "% Met or \nExceeded \nExpectations",
    "prior_mean": "2016 Mean \nScale Score",
    "prior_met": "2016 Number Met \nor Exceeded \nExpectations",
    "prior_met_pct": "2016 % Met \nor Exceeded \nExpectations",
    "change": "% Change in Met \nor Exceeded \nExpectations",
}
CMAS_TITLE = "CMAS ELA and Math (PARCC) 2017 District and School Level Achievement Results"
CMAS_FOOT = "* The value for this field is not displayed in order to protect student privacy."


def cmas_sheet(rows: Sequence[Mapping[str, Any]], title: str = CMAS_TITLE) -> Made:
    """CMAS 2017 with its four rows above the header; cells by the short names of `CMAS`."""
    usual = {"level": "SCHOOL", "district": "0880", "district_name": "DENVER COUNTY 1"}
    body = [[(usual | dict(row)).get(short, "*") for short in CMAS] for row in rows]
    width = len(CMAS)
    groups = ["Test Information", *[None] * 6, "Participation Information", *[None] * 3]
    groups += ["Achievement Information", *[None] * (width - 12)]
    years = [*[None] * 7, "2016-2017", *[None] * (width - 12), "2015-2016", *[None] * 3]
    above = [[None] * width, [title, *[None] * (width - 1)], groups, years]
    below = [[CMAS_FOOT], ["2017-08-09"]]
    return Made("District and School Detail_1", list(CMAS.values()), body, above, below)


MEMBERSHIP_RACES = (
    "American Indian or Alaskan Native",
    "Asian",
    "Black or African American",
    "Hispanic or Latino",
    "White",
    "Native Hawaiian or Other Pacific Islander",
    "Two or More Races",
)


def membership_race_sheet(
    rows: Sequence[Sequence[Any]], years: str = "2015-2016", name: str | None = None
) -> Made:
    """Membership by race: district, its name, school, name, grade, 14 counts and the total."""
    header = ["Org. Code", "Organization Name", "School Code", "School Name", "Grade Level"]
    for race in MEMBERSHIP_RACES:
        header += [f"{race} Female", f"{race} Male"]
    header.append("PK-12 Total")
    if years == "2015-2016":
        header[header.index("Asian Male")] = "Asian male"
    title = f"{years} PRESCHOOL (PK) THROUGH 12th GRADE PUPIL ENROLLMENT BY SCHOOL, GRADE"
    above = [["COLORADO DEPARTMENT OF EDUCATION"], [title]]
    return Made(name or f"{years} Data", header, [list(row) for row in rows], above)


LUNCH_ID = (
    "COUNTY CODE",
    "COUNTY NAME",
    "DISTRICT CODE",
    "DISTRICT NAME\t",
    "SCHOOL CODE",
    "SCHOOL NAME",
    "PK-12 COUNT",
)
LUNCH_2016 = (
    "FREE LUNCH",
    "REDUCED LUNCH",
    "NOT ELIGIBLE",
    "FREE AND REDUCED",
    "% FREE",
    "% REDUCED",
    "% FREE AND REDUCED",
)
FED = ("FREE AND REDUCED", "FREE AND REDUCED COUNT", "FREE LUNCH")
LUNCH_2017 = ("FREE AND REDUCED COUNT", "% FREE AND REDUCED", "% FRL RANGE")


def membership_lunch_sheet(rows: Sequence[Mapping[str, Any]], years: str = "2015-2016") -> Made:
    """Lunch eligibility: `district, school, name, total, share` (a fraction, or a mark)."""
    own = LUNCH_2016 if years == "2015-2016" else LUNCH_2017
    header = [*LUNCH_ID, *own]
    body = []
    for row in rows:
        county = row.get("county", "16")
        cells = [county, "DENVER", row["district"], "A DISTRICT", row["school"], row["name"]]
        total, share = row["total"], row["share"]
        count = share if isinstance(share, str) else round(share * total)
        fed = {"% FREE AND REDUCED": share, "% FREE": share} | dict.fromkeys(FED, count)
        body.append([*cells, total, *(fed.get(text, 0) for text in own)])
    title = f"{years} PK-12 FREE AND REDUCED LUNCH ELIGIBILITY BY SCHOOL"
    return Made(f"{years} Data", header, body, [["COLORADO DEPARTMENT OF EDUCATION"], [title]])


# Rosters

ROSTER = (
    "state",
    "place",
    "school_id",
    "school_name",
    "school_type",
    "operator",
    "from_end_year",
    "to_end_year",
    "source",
    "confidence",
    "note",
)


def roster_sheet(rows: Sequence[Mapping[str, Any]], place: str, state: str) -> Made:
    """A roster; `school_id` and `school_type` of each row, the rest with a default."""
    usual = {"state": state, "place": place, "source": "a test", "confidence": "documented"}
    body = [[(usual | dict(row)).get(column, "") for column in ROSTER] for row in rows]
    return Made("roster", list(ROSTER), body)
