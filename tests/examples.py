"""Small official files with known content, one function a file, for the tests of loaders and panel.

Each takes the folder to write into and returns the path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from files import (
    MEALS_2012,
    Made,
    cmas_sheet,
    istep_2016_sheet,
    istep_2017_sheet,
    language_disability_sheet,
    meap_sheet,
    membership_lunch_sheet,
    membership_race_sheet,
    race_meals_sheet,
    roster_sheet,
    write_text,
    write_workbook,
)

# Michigan: two district schools and a charter of Wayne County (82), one school elsewhere.
MEAP_ROWS = [
    {
        "dcode": "1010.0",
        "bcode": "4937",
        "math4": 83.3,
        "read4": 77.8,
        "lunch": 40.6,
        "enroll": 468,
    },
    {"dcode": "82010.0", "bcode": "0405", "math4": 0, "read4": 100, "lunch": 0, "enroll": 1226},
    {"dcode": "82010", "bcode": "12", "math4": "", "read4": 55.5, "lunch": "", "enroll": ""},
    {"dcode": "82901.0", "bcode": "8336", "math4": 21, "read4": 20.5, "lunch": 88, "enroll": 301},
]


def meap(folder: Path, name: str = "meap01.csv") -> Path:
    return write_text(folder / name, meap_sheet(MEAP_ROWS))


# Indiana: two district schools, a school that closed, a charter and a private school.
IPS = {"corp": "5385", "corp_name": "Indianapolis Public Schools"}
PRIVATE = {"corp": "N/A", "school": "A035", "name": "A Private School"}


def istep_2016() -> Made:
    rows: list[dict[str, Any]] = [
        IPS
        | {
            "school": "5498",
            "name": "Cold Spring School",
            "Grade 3": (30, 0.6, 25, 0.5, 0.4),
            "Grade 4": (0, 0.0, 7, 7 / 12, 0.0),
            "School Total": (30, 30 / 70, 32, 32 / 62, 0.3),
        },
        IPS
        | {
            "school": "0013",
            "name": "School 13",
            "Grade 8": ("***", "***", 12, 0.75, "***"),
            "School Total": ("***", "***", 12, 0.75, "***"),
        },
        {"corp": "9895", "school": "5444", "name": "A Charter"}
        | dict.fromkeys(("Grade 6", "School Total"), (40, 0.8, 20, 0.4, 0.36)),
        PRIVATE | dict.fromkeys(("Grade 3", "School Total"), (9, 0.9, 9, 0.9, 0.9)),
        {"corp": "9605", "school": "B001", "name": "School for the Blind"}
        | dict.fromkeys(("Grade 3", "School Total"), (5, 0.25, 5, 0.25, 0.2)),
    ]
    made = istep_2016_sheet(rows)
    made.below = [[None] * 4, ["***Due to federal privacy laws, fewer than ten are not shown"]]
    return made


def istep_2017() -> Made:
    """The charter is new to the file, School 13 has left it."""
    rows: list[dict[str, Any]] = [
        IPS
        | {
            "school": "5498",
            "name": "Cold Spring School",
            "Grade 3": (30, 60, 0.5, 24, 60, 0.4, 20, 60, 1 / 3),
            "Grade 5": ("***",) * 9,
            "School Total": (30, 60, 0.5, 24, 60, 0.4, 20, 60, 1 / 3),
        },
        {"corp": "9895", "school": "5444", "name": "A Charter"}
        | dict.fromkeys(("Grade 6", "School Total"), (45, 50, 0.9, 25, 50, 0.5, 24, 50, 0.48)),
        PRIVATE | dict.fromkeys(("Grade 3", "School Total"), (9, 10, 0.9, 9, 10, 0.9, 9, 10, 0.9)),
    ]
    return istep_2017_sheet(rows)


def race_meals(year: int) -> Made:
    """Cold Spring has two rows, one of another corporation's program; School 13 has no student."""
    rows = [
        IPS
        | {"school": "5498", "name": "Cold Spring School", "Black": 60, "Hispanic": 20, "Asian": 2}
        | {"White": 8, "Paid meals": 30, "Free/Reduced price meals": 60, "Grand Total": 90},
        {"corp": "0015", "school": "5498", "name": "Cold Spring, another's", "White": 10}
        | {"Paid meals": 10, "Grand Total": 10},
        IPS | {"school": "0013", "name": "School 13", "Grand Total": 0},
        {"corp": "9895", "school": "5444", "name": "A Charter", "Black": 100, "Multiracial": 100}
        | {"Paid meals": 50, "Free/Reduced price meals": 150, "Grand Total": 200},
    ]
    return race_meals_sheet(year, rows)


def race_meals_2012() -> Made:
    """Ids are numbers, and free meals stand apart from reduced-price meals."""
    row = {"corp": 15, "school": 13, "name": "Middle", "Asian": 3, "Free Meals": 32}
    row |= {"Reduced Price Meals": 24, "Paid Meals": 44, "TOTAL ENROLLMENT": 100, "White": 97}
    return race_meals_sheet(2012, [row], meals=MEALS_2012)


def language_disability(year: int) -> Made:
    rows = [
        IPS
        | {"school": "5498", "name": "Cold Spring School", "ELL N": 15, "ELL %": 0.15}
        | {"Special Education N": 20, "Special Education %": 0.2, "Total Enrollment": 100},
        {"corp": "9895", "school": "5444", "name": "A Charter", "Special Education N": 30}
        | {"ELL %": 0, "Special Education %": 0.15, "Total Enrollment": 200},
    ]
    return language_disability_sheet(year, rows)


def indiana(folder: Path) -> Path:
    """Write all files of Indiana, under names that say nothing."""
    write_workbook(folder / "a.xlsx", istep_2016())
    write_workbook(folder / "b.xlsx", istep_2017())
    write_workbook(folder / "c.xlsx", race_meals(2016))
    write_workbook(folder / "d.xlsx", language_disability(2016))
    return folder


INDIANA_ROSTER = [
    {"school_id": "5498", "school_type": "traditional", "to_end_year": 2016},
    {"school_id": "5498", "school_type": "innovation_network", "from_end_year": 2017},
    {"school_id": "5444", "school_type": "independent_charter", "operator": "Concept"},
    {"school_id": "9999", "school_type": "independent_charter", "confidence": "inferred"},
]


def indiana_roster(folder: Path) -> Path:
    return write_text(
        folder / "roster.csv", roster_sheet(INDIANA_ROSTER, "indianapolis", "indiana")
    )


# Colorado: a district school, a charter and a school of another district.
STAR = {"records": "*", "valid": "< 16", "no_scores": "*", "participation": "*"}
NONE = {"prior_mean": "NA", "prior_met": "NA", "prior_met_pct": "NA", "change": "NA"}


def result(school: str, test: str, **cells: str) -> dict[str, str]:
    content = "ELA" if test.startswith("ELA") else "Math"
    return {"school": school, "name": f"SCHOOL {school}", "content": content, "test": test} | cells


def shown(valid: int, met: int, mean: int = 740, prefix: str = "") -> dict[str, str]:
    """Cells of a result that is shown, the percent rounded to a tenth."""
    percent = f"{100 * met / valid:.1f}"
    cells = {f"{prefix}mean": str(mean), f"{prefix}met": f"{met:,}", f"{prefix}met_pct": percent}
    if prefix:
        return cells
    records = round(valid / 0.955)
    more = {"records": f"{records:,}", "valid": f"{valid:,}", "no_scores": str(records - valid)}
    return cells | more | {"participation": "95.5"}


CMAS_ROWS = [
    result("0000", "ELA Grade 03", level="STATE", district="0000", **shown(63608, 25532)),
    result("0000", "ELA Grade 03", level="DISTRICT", **shown(5909, 2239)),
    result("0220", "ELA Grade 03", **shown(1500, 600), **shown(80, 30, 735, "prior_")),
    result("0220", "Math Grade 03", **shown(60, 12), **NONE),
    result("0220", "Math Grade 04", **STAR, prior_mean="700"),
    result("0408", "ELA Grade 04", valid="60", participation="100.0", mean="724", **NONE),
    result("0408", "ELA Grade 05", valid="60", participation="100.0", mean="725", **NONE),
    result("0408", "Algebra I", **shown(20, 15), prior_mean="- -", prior_met="- -"),
    result("0067", "ELA Grade 09", **shown(40, 10), **shown(50, 20, 733, "prior_")),
    result("0187", "ELA Grade 03", district="0010", **shown(50, 25), **NONE),
]


def cmas() -> Made:
    return cmas_sheet(CMAS_ROWS)


def counts(*pairs: int | str) -> list[int | str]:
    """The 14 counts of a membership row: female and male, zero where not given."""
    return [*pairs, *[0] * (14 - len(pairs))]


def membership_race_2016() -> Made:
    """Blank labels a school's total; totals and students of no school stand beside."""
    denver = ["0880", "DENVER COUNTY 1"]
    return membership_race_sheet(
        [
            [*denver, "0000", "Not a school", "120 (12th)", *counts(4), 4],
            [*denver, "0000", "Not a school", None, *counts(4), 4],
            [*denver, "0220", "SCHOOL 0220", "030 (3rd)", *counts(9, 9), 18],
            [*denver, "0220", "SCHOOL 0220", None, *counts(1, 1, 2, 3, 5, 5, 20, 30, 15, 18), 100],
            [*denver, "0067", "SCHOOL 0067", None, *counts(0, 0, " 1,000 ", "500"), " 2,000 "],
            ["0880", "DENVER TOTAL", None, None, None, *counts(2104), 2104],
            ["9999", "9999", "No school", "DETENTION TOTAL", None, *counts(9), 9],
            [None, " TOTAL", None, None, None, *counts(9999), 9999],
        ]
    )


def membership_race_2017() -> Made:
    denver = ["0880", "DENVER COUNTY 1"]
    return membership_race_sheet(
        [
            [*denver, "0220", "SCHOOL 0220", "030 (3rd)", *counts(9, 9), 18],
            [*denver, "0220", "SCHOOL 0220", "ALL GRADES TOTAL", *counts(0, 0, 10, 15), 50],
            [*denver, "0408", "SCHOOL 0408", "ALL GRADES TOTAL", *counts(), 0],
        ],
        years="2016-2017",
        name="Data",
    )


def membership_lunch(years: str = "2015-2016") -> Made:
    rows = [
        {"district": "0880", "school": "0000", "name": "Not a school", "total": 7, "share": 0},
        {"district": "0880", "school": "0220", "name": "SCHOOL 0220", "total": 100, "share": 0.917},
        {
            "district": "0880",
            "school": "0067",
            "name": "SCHOOL 0067",
            "total": 2000,
            "share": "N/A",
        },
        {
            "county": "999",
            "district": "9999",
            "school": "9999",
            "name": "No",
            "total": 1,
            "share": 0,
        },
        {"county": "STATE", "district": "TOTAL", "school": None, "name": None}
        | {"total": 899112, "share": 0.418},
    ]
    return membership_lunch_sheet(rows, years)


def colorado(folder: Path) -> Path:
    """Write the files of Colorado that hold spring 2016."""
    write_workbook(folder / "e.xlsx", cmas())
    write_workbook(folder / "f.xlsx", membership_race_2016())
    write_workbook(folder / "g.xlsx", membership_lunch())
    return folder
