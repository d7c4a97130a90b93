"""Write tidy tables as California's CAASPP research files and entities files.

A research file of each release: header texts in the published order, marks, rounding, padding and
encoding as published. What the tidy tables do not hold is made up so that nothing read from the
file depends on it: district names, shares by level (all of them `Met` or `Nearly Met`) and blank
areas. Students tested stand for students with scores. Where the tables have shares of a school's
students but no results of groups, rows of groups are written with their counts and no score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.loaders.california_caaspp import GRADES, SUBJECTS
from autonomy_stats.loaders.california_groups import GROUPS
from autonomy_stats.loaders.california_ids import SECTORS
from autonomy_stats.schema import SHARES
from autonomy_stats.simulate.files import records

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["caaspp_header", "caaspp_writer", "write_entities"]

Tables = Mapping[str, "pd.DataFrame"]
Row = dict[str, str]

LEVELS = ("Exceeded", "Met", "Met and Above", "Nearly Met", "Not Met")
CODES = ["County Code", "District Code", "School Code", "Filler", "Test Year"]
ENROLLED_AT = ("Total CAASPP Enrollment", "Total Tested At Entity Level")
TESTED_AT = {
    "2015-first": (*ENROLLED_AT, "Total Tested At Subgroup Level"),
    "2015": (*ENROLLED_AT, "Total Tested at Subgroup Level"),
    "2016": (*ENROLLED_AT, "Total Tested with Scores"),
    "2017": ("Total Tested At Entity Level", "Total Tested with Scores"),
    "2021": ("Total Tested at Reporting Level", "Total Tested with Scores at Reporting Level"),
}
CODE_OF_GROUP = {meaning: code for code, meaning in GROUPS.items()}
CODE_OF_GRADE = {meaning: code for code, meaning in GRADES.items()}
CODE_OF_SUBJECT = {meaning: code for code, meaning in SUBJECTS.items()}
CODE_OF_SECTOR = {meaning: code for code, meaning in SECTORS.items()}
COMPLEMENTS = {"low_income": "not_low_income", "disability": "no_disability"}


def caaspp_writer(era: str) -> Any:
    """Return the writer of a release of the research files: `2015-first`, `2015`, ... `2024`."""

    def write(path: Path, tables: Tables, end_year: int) -> Path:
        rows = [*_totals(tables, end_year), *_rows(tables, end_year)]
        header = caaspp_header(era)
        delimiter = "," if era < "2021" else "^"
        lines = [header, *([_cell(row, text, era) for text in header] for row in rows)]
        return _write(path, lines, delimiter, "cp1252")

    write.__doc__ = f"Write a research file of the release {era}, of all groups in the tables."
    return write


def caaspp_header(era: str) -> list[str]:
    """Return the header of a release, in order."""
    if era == "2024":
        header = ["County Code", "District Code", "District Name", "School Code", "School Name"]
        header += ["Type ID", "Filler", "Test Year", "Test Type", "Test ID", "Student Group ID"]
        header += ["Grade", "Total Students Enrolled", "Total Students Tested"]
        header += ["Total Students Tested with Scores", "Mean Scale Score"]
        header += [f"{what} Standard {n}" for n in LEVELS for what in ("Percentage", "Count")]
        header += ["Overall Total"]
        for area in [f"Area {n}" for n in (1, 2, 3, 4)] + [f"Composite Area {n}" for n in (1, 2)]:
            for level in ("Above", "Near", "Below"):
                header += [f"{area} {what} {level} Standard" for what in ("Percentage", "Count")]
            header += [f"{area} Total"]
        return header
    new = era == "2021"
    header = [*CODES, "Student Group ID" if new else "Subgroup ID", "Test Type", *TESTED_AT[era]]
    header += ["Grade", "Test ID" if new else "Test Id"]
    header += ["Students Enrolled" if new else "CAASPP Reported Enrollment", "Students Tested"]
    header += ["Percent Tested"] if era == "2015-first" else []
    header += ["Mean Scale Score", *(f"Percentage Standard {n}" for n in LEVELS)]
    header += ["Students with Scores"]
    near = "At or Near" if era.startswith("2015") else "Near"
    for number in (1, 2, 3, 4):
        header += [f"Area {number} Percentage {n} Standard" for n in ("Above", near, "Below")]
    return [*header, "Type ID"] if new else header


def _rows(tables: Tables, end_year: int) -> Iterator[Row]:
    """Yield what is known of each row, by what it is."""
    results = records(tables["achievement"], end_year)
    held = {(row["school_id"], row["student_group"]) for row in results}
    directory = tables.get("directory")
    known = [] if directory is None else records(directory, end_year)
    types = {str(row["school_id"]): CODE_OF_SECTOR[row["sector"]] for row in known}
    shares = tables.get("demographics")
    students = {} if shares is None else {r["school_id"]: r for r in records(shares, end_year)}
    for row in results:
        yield _known(row, types)
        if row["student_group"] == "all" and row["grade"] == "all" and _has(row["n_tested"]):
            for group, count in _counts(students.get(row["school_id"], {}), row["n_tested"]):
                if (row["school_id"], group) not in held:
                    made = {"student_group": group, "n_tested": float(count)}
                    yield _known(row | made | {"status": "not_published"}, types)


def _counts(shares: Mapping[str, Any], tested: float) -> Iterator[tuple[str, int]]:
    """Yield the students tested of each group, from shares; none that is empty."""
    for name in SHARES:
        share: Any = shares.get(name)
        group = name.removesuffix("_pct")
        if _has(share):
            count = round(share * tested / 100)
            counts = [(group, count)]
            if group in COMPLEMENTS:
                counts += [(COMPLEMENTS[group], round(tested) - count)]
            yield from ((one, number) for one, number in counts if number)


def _known(row: Mapping[str, Any], types: Mapping[str, str]) -> Row:
    """Return a row as texts by what they are."""
    tested: Any = row["n_tested"]
    share: Any = row.get("participation_pct")
    hidden = row["status"] == "suppressed"
    made = {
        "school": row["school_id"],
        "name": row["school_name"] if _has(row["school_name"]) else "",
        "year": str(int(row["end_year"])),
        "type": types.get(row["school_id"], "7"),
        "group": CODE_OF_GROUP[row["student_group"]],
        "grade": CODE_OF_GRADE[row["grade"]],
        "test": CODE_OF_SUBJECT[row["subject"]],
        "tested": f"{tested:.0f}" if _has(tested) else "*",
        "enrolled": f"{100 * tested / share:.0f}" if _has(share) and share else "*",
        "mean": f"{row['mean_score']:.1f}" if _has(row["mean_score"]) else "*" * hidden,
        "met": "*" if hidden else "",
        "met_n": "*" if hidden else "",
    }
    if row["status"] == "reported":
        made["met"] = repr(row["proficient_pct"])
        met_n = row.get("proficient_n")
        made["met_n"] = f"{met_n:.0f}" if _has(met_n) else ""
    return made


def _totals(tables: Tables, end_year: int) -> list[Row]:
    """Return a row of the state for each subject, as every file begins."""
    rows = records(tables["achievement"], end_year)
    school = {"school": "0" * 14, "name": "", "year": str(end_year), "type": "4", "group": "1"}
    cells = {"grade": "13", "tested": "1000", "enrolled": "1000", "mean": "", "met_n": "400"}
    subjects = dict.fromkeys(row["subject"] for row in rows)
    return [school | cells | {"met": "40", "test": CODE_OF_SUBJECT[name]} for name in subjects]


def _cell(row: Row, text: str, era: str) -> str:
    """Return the cell of a row under a header text."""
    if text.startswith("Count Standard") and row["met_n"] not in ("", "*"):
        return _count(row, text.removeprefix("Count Standard "))
    if text.startswith("Percentage Standard"):
        return _percent(row["met"], text.removeprefix("Percentage Standard "), era)
    plain = {
        "County Code": row["school"][:2],
        "District Code": row["school"][2:7],
        "District Name": "" if row["type"] == "4" else f"District {row['school'][:7]}",
        "School Code": row["school"][7:],
        "School Name": row["name"],
        "Type ID": row["type"],
        "Test Year": row["year"],
        "Test Type": "B",
        "Grade": row["grade"].zfill(2) if era >= "2021" else row["grade"],
        "Mean Scale Score": row["mean"],
        "Percent Tested": "",
        "Count Standard Met and Above": row["met_n"],
        "Students Enrolled": row["enrolled"],
        "Total Students Enrolled": row["enrolled"],
        "CAASPP Reported Enrollment": row["enrolled"],
        "Total CAASPP Enrollment": row["enrolled"],
    }
    if text in plain:
        return plain[text]
    if text.lower() in ("test id", "student group id", "subgroup id"):
        return row["test"] if "test" in text.lower() else row["group"]
    return row["tested"] if "ested" in text or text == "Students with Scores" else ""


def _count(row: Row, level: str) -> str:
    """Return the number of students at a level: of two, as `_percent` has them."""
    met, tested = int(row["met_n"]), int(row["tested"])
    return str({"Met": met, "Met and Above": met, "Nearly Met": tested - met}.get(level, 0))


def _percent(met: str, level: str, era: str) -> str:
    """Return the percent at a level: of two, `Met` and `Nearly Met`, as the release rounds it."""
    if met in ("", "*"):
        return met
    value = {"Met": float(met), "Met and Above": float(met), "Nearly Met": 100 - float(met)}
    if era < "2017":
        return f"{value.get(level, 0.0):.0f}"
    text = f"{value.get(level, 0.0):.2f}"
    return text.rstrip("0").rstrip(".") if era == "2024" else text


def write_entities(path: Path, tables: Tables, end_year: int) -> Path:
    """Write an entities file: the state, then each county, district and school."""
    new = end_year >= 2024
    type_id = "Type ID" if end_year >= 2019 else "Type Id"
    names = ["County Name", "District Name", "School Name", "Zip Code"]
    header = [*CODES, type_id, *names]
    if new:
        header = [*CODES[:3], type_id, *CODES[3:], *names]
    rows = [["0" * 14, "4", "State of California", "", ""]]
    for school in sorted(records(tables["directory"], end_year), key=lambda row: row["school_id"]):
        code, county = school["school_id"], school["locality"] if _has(school["locality"]) else ""
        if school["sector"] not in CODE_OF_SECTOR:
            raise UsageError(
                f"an entities file has no type for the sector {school['sector']!r}; it has "
                f"{', '.join(CODE_OF_SECTOR)}"
            )
        for above in (code[:2] + "0" * 12, code[:7] + "0" * 7):
            kind = "5" if above.endswith("0" * 12) else "6"
            if all(row[0] != above for row in rows):
                rows.append([above, kind, county, "" if kind == "5" else f"District {above}", ""])
        name = school["school_name"] if _has(school["school_name"]) else ""
        rows.append([code, CODE_OF_SECTOR[school["sector"]], county, f"District {code[:7]}", name])
    lines = []
    for code, kind, *cells in rows:
        codes, year = [code[:2], code[2:7], code[7:]], ["", str(end_year)]
        zip_code = "" if new else "     "
        order = [*codes, kind, *year] if new else [*codes, *year, kind]
        lines.append([*order, *cells, zip_code])
    delimiter = "," if end_year < 2021 else "^"
    return _write(path, [header, *lines], delimiter, "utf-8" if end_year == 2015 else "cp1252")


def _write(path: Path, lines: Sequence[Sequence[str]], delimiter: str, encoding: str) -> Path:
    """Write lines as published: by commas, all quoted but what is empty; by carets, nothing is."""
    if delimiter == ",":
        lines = [[f'"{cell}"' if cell else "" for cell in line] for line in lines]
    text = "".join(delimiter.join(line) + "\r\n" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def _has(value: Any) -> bool:
    """Tell whether a value is there."""
    return value is not None and value == value
