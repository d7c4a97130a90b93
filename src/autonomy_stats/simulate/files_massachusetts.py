"""Write tidy tables as the files that Massachusetts publishes, in each layout.

What the tidy tables do not hold is filled in: all proficient students are in the lower of the two
proficient levels, all others in the one below; columns that no loader uses are blank. The row of
the state's total is written as in the official files, from the rows at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.loaders.massachusetts_grade import grade_named
from autonomy_stats.loaders.massachusetts_parcc import LAYOUTS as PARCC
from autonomy_stats.loaders.massachusetts_parcc import ONLY_SCHOOL
from autonomy_stats.simulate import files_massachusetts_wide
from autonomy_stats.simulate.files import write_rows_text, write_rows_xlsx

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame]

__all__ = ["WRITERS"]

STATE = "00000000"
NEXT_GENERATION = ("E", "M", "PM", "NM")
LEGACY = ("A", "P", "NI", "W/F")
SUBJECTS = {"science": "SCI", "biology": "BIO", "physics": "PHY", "civics": "CIV"}
SPELLED_OUT = {
    "ela": "ENGLISH LANGUAGE ARTS",
    "math": "MATHEMATICS",
    "science": "SCIENCE AND TECH/ENG",
}
RACES = (
    ("African American", "black_pct"),
    ("Asian", "asian_pct"),
    ("Hispanic", "hispanic_pct"),
    ("White", "white_pct"),
    ("Native American", "native_american_pct"),
    ("Native Hawaiian, Pacific Islander", "pacific_islander_pct"),
    ("Multi-Race, Non-Hispanic", "multiracial_pct"),
)
OF_A_THOUSAND = 1000.0
"""Enrollment where none is given: every percent of a tenth is then a whole number of students."""


def _results(tables: Tables, end_years: Sequence[int]) -> pd.DataFrame:
    """Return achievement rows of some years with their growth, absent growth missing."""
    from autonomy_stats.schema import empty

    grown = tables.get("growth", empty("growth"))
    key = ["end_year", "school_id", "subject", "grade"]
    values = grown[[*key, "measure", "value", "n_students"]]
    rows = tables["achievement"].merge(values, on=key, how="left", validate="m:1")
    return rows[rows["end_year"].isin(list(end_years))]


def _text(value: Any, pattern: str = "12,.0f", missing: str = "") -> str:
    """Return a number as the exports write it: text, padded, with thousands commas."""
    import pandas as pd

    return missing if pd.isna(value) else format(float(value), pattern)


def _levels(row: Any, names: Sequence[str], missing: str = "") -> dict[str, Any]:
    """Return count and percent of the proficient and of each level, highest level first."""
    met, tested = row["proficient_n"], row["n_tested"]
    counts = (0 * met, met, tested - met, 0 * met, *[0 * met] * (len(names) - 4))
    cells: dict[str, Any] = {}
    for name, count in zip(names, counts, strict=True):
        cells |= {f"{name} #": _text(count, missing=missing), f"{name} %": missing}
        if cells[f"{name} #"] != missing and tested > 0:
            cells[f"{name} %"] = round(100 * count / tested)
    return cells


def _total(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the sums of rows, as the row of a total."""
    tested = rows["n_tested"].sum()
    met = (rows["proficient_pct"] * rows["n_tested"]).sum() / 100
    return {
        "subject": rows["subject"].iloc[0],
        "n_tested": tested,
        "proficient_n": round(met),
        "proficient_pct": round(100 * met / tested) if tested else float("nan"),
        "mean_score": rows["mean_score"].mean(),
        "value": rows["value"].mean() // 1,
        "n_students": rows["n_students"].sum(min_count=1),
    }


def _one_grade(rows: pd.DataFrame, path: Path) -> None:
    """Refuse rows of several grades, and a name that does not say theirs."""
    grades = sorted(rows["grade"].unique())
    if len(grades) != 1 or grade_named(path.stem) != grades[0]:
        raise UsageError(
            f"{path.name}: an export has one grade, which its name says (mcas-2018-grade-3.xlsx, "
            f"mcas-2018-grades-3-8.xlsx); the rows are of {', '.join(grades)}"
        )


def _write_mcas(
    path: Path,
    tables: Tables,
    end_year: int,
    title: str,
    levels: Sequence[str],
    score: str,
) -> Path:
    """Write an export of MCAS results: title, header, schools, the state's totals."""
    rows = _results(tables, [end_year])
    _one_grade(rows, path)
    mean = bool((rows["measure"] == "sgp_mean").any())
    kind = "" if levels == NEXT_GENERATION else "Ave. " if mean else "Median "
    students = "Student Included" if kind == "Ave. " else "No. of Students Included"
    both = "M+E" if levels == NEXT_GENERATION else "P+A"
    header = ["School Name", "School Code", "Subject", f"{both} #", f"{both} %"]
    header += [f"{level} {sign}" for level in levels for sign in "#%"]
    parts = bool(rows["participation_pct"].notna().any())
    header += [students, *(["Part. Rate"] if parts else []), score]
    header += [f"{kind}SGP", f"Included In {kind}SGP"]
    header += ["Ach. PCTL"] if levels == NEXT_GENERATION else []

    def cells(row: Any, name: str, code: str) -> list[Any]:
        subject = row["subject"]
        own = SUBJECTS if levels == NEXT_GENERATION else SPELLED_OUT
        shown = {
            "School Name": name,
            "School Code": code,
            "Subject": own.get(subject, subject.upper()),
            f"{both} #": _text(row["proficient_n"]),
            f"{both} %": row["proficient_pct"],
            **_levels(row, levels),
            students: _text(row["n_tested"]),
            "Part. Rate": row.get("participation_pct"),
            "Avg. Scaled Score": _text(row["mean_score"], "10.1f"),
            f"{kind}SGP": _text(row["value"], ".1f" if mean else "g"),
            f"Included In {kind}SGP": _text(row["n_students"]),
        }
        return [shown.get(text, "") for text in header]

    body = [cells(row, row["school_name"], row["school_id"]) for _, row in rows.iterrows()]
    totals = [cells(_total(own), "State", STATE) for _, own in rows.groupby("subject")]
    return write_rows_xlsx(path, title[5:36].strip(), [[title], header, *body, *totals])


def write_mcas_2017(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a Next-Generation MCAS export; the file's name must name the grade of the rows."""
    title = f"{end_year} Next Generation MCAS Achievement Results "
    return _write_mcas(path, tables, end_year, title, NEXT_GENERATION, "Avg. Scaled Score")


def write_mcas_legacy(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a legacy MCAS export; the file's name must name the grade of the rows."""
    title = f"{end_year} MCAS Achievement Results "
    return _write_mcas(path, tables, end_year, title, LEGACY, "CPI")


def write_parcc_2015(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a PARCC export: header in row 8, a note below the table."""
    header = [text for text in PARCC[0].columns if text not in _OTHER_TEXTS]
    rows = _results(tables, [end_year])
    body = []
    for _, row in rows.iterrows():
        number = "S 3-8" if row["grade"] == "all" else f" {row['grade'].lstrip('0')}"
        subject = "ELA/L" if row["subject"] == "ela" else "MATH"
        if row["grade"] == "Algebra I":
            number, subject = " 8", "ALG. I"
        shown = {
            "Org Name": row["school_name"],
            "Org Code": row["school_id"],
            "Grade/Subject": f"GRADE{number} {subject}",
            "L4+5 #": _text(row["proficient_n"], ".0f", "N/A"),
            "L4+5 %": _text(row["proficient_pct"], "g", "N/A"),
            **_levels(row, ["L5", "L4", "L3", "L2", "L1"], "N/A"),
            "Average Scaled Score": _text(row["mean_score"], "g", "N/A"),
            "Stud. Incl. #": _text(row["n_tested"], ".0f", "N/A"),
            "SGP #": _text(row["n_students"], ".0f", "N/A"),
            "Trans. SGP Median": _text(row["value"], "g", "N/A"),
        }
        body.append([shown.get(text, "N/A") for text in header])
    above: list[list[Any]] = [[f"{end_year} PARCC Achievement Results"], *[[None]] * 6]
    note = ["NOTE: results of fewer than 10 students are not shown."]
    return write_rows_xlsx(path, "parcc", [*above, header, *body, [], note])


_OTHER_TEXTS = {
    *("School Name", "School Code", "District Name", "Org Type", "Avg. Scaled Score"),
    *("CPI", "Trans. SGP"),
}


def write_parcc_pages(path: Path, tables: Tables, end_year: int) -> Path:
    """Write the table of PARCC profile pages, all years through one, districts' rows too."""
    header = list(PARCC[1].columns)
    districts = {school: district for district, school in ONLY_SCHOOL.items()}
    rows = _results(tables, range(2015, end_year + 1))
    body = []
    for _, row in rows.iterrows():
        code = districts.get(row["school_id"], row["school_id"])
        alone = code.endswith("0000")
        shown = _page(row, code, row["school_name"], "one-school district" if alone else "school")
        body.append([shown.get(text, "") for text in header])
    inside = rows[~rows["school_id"].isin(list(districts))]
    for (year, district, _), own in inside.groupby(["end_year", "district_id", "subject"]):
        shown = _page(
            _total(own) | {"end_year": year}, f"{district}0000", str(district), "district"
        )
        body.append([shown.get(text, "") for text in header])
    return write_rows_text(path, [header, *body])


def _page(row: Any, code: str, name: str, scope: str) -> dict[str, Any]:
    percent = row["proficient_pct"]
    return {
        "year": row["end_year"],
        "org_code": code,
        "org_name": name,
        "scope": scope,
        "subject": row["subject"].upper(),
        **{"pct_l4_5": percent, "pct_l5": 0, "pct_l4": percent, "pct_l3": 100 - percent},
        **{"pct_l2": 0, "pct_l1": 0, "n_cpi": row["n_tested"], "trans_cpi": (100 + percent) / 2},
        "avg_score": row["mean_score"],
        "n_included": row["n_tested"],
        "n_sgp": row["n_students"],
        "trans_sgp": row["value"],
    }


def write_enrollment_race(path: Path, tables: Tables, end_year: int, *, older: bool = True) -> Path:
    """Write a race and gender report: header in row 5 if older, else in row 2."""
    rows = _demographics(tables, end_year)
    texts, fields = zip(*RACES, strict=True)
    years = f"{end_year - 1}-{end_year % 100:02d}"
    last = ("State Totals - State Totals", STATE) if older else ("State", STATE)
    space = "\xa0" if older else ""
    body = [
        [r["school_name"], space + r["school_id"], *r[list(fields)]] for _, r in rows.iterrows()
    ]
    body.append([last[0], space + last[1], *rows[list(fields)].mean().round(1)])
    header = ["SCHOOL", "ORG CODE"] if older else ["School Name", "School Code"]
    above: list[list[Any]] = [[f"{years} Enrollment By Race/Gender Report (School)"]]
    above += [[None]] * 3 if older else []
    # Genders last, which no loader uses.
    grid = [*above, [*header, *texts, "Males", "Females"], *([*row, 50, 50] for row in body)]
    return write_rows_xlsx(path, "enrollmentbyracegender-school", grid)


def write_populations(path: Path, tables: Tables, end_year: int, *, older: bool = True) -> Path:
    """Write a selected populations report: `#` and `%` in row 6 if older, else in the header."""
    rows = _demographics(tables, end_year)
    poor = "Economically Disadvantaged" if 2015 <= end_year <= 2021 else "Low Income"
    groups = {
        "English Language Learner": "english_learner_pct",
        "Students With Disabilities": "disability_pct",
        poor: "low_income_pct",
    }
    body = []
    for _, row in rows.iterrows():
        cells = [row["school_name"], ("\xa0" if older else "") + row["school_id"]]
        for field in groups.values():
            enrollment = row["enrollment"] if row["enrollment"] > 0 else OF_A_THOUSAND
            cells += [round(row[field] * enrollment / 100), row[field]]
        body.append(cells)
    body.append(["State Totals - State Totals", STATE, *[0, 0] * len(groups)])
    years = f"{end_year - 1}-{end_year % 100:02d}"
    title = [f"{years} Selected Populations Report (School)"]
    signs = [f"{text} {sign}" for text in groups for sign in "#%"]
    header: list[list[Any]] = [["School Name", "School Code", *signs]]
    if older:
        merged = [cell for text in groups for cell in (text, None)]
        header = [*[[None]] * 3, ["SCHOOL", "ORGCODE", *merged], [None, None, *"#%" * len(groups)]]
    return write_rows_xlsx(path, "selectedpopulations", [title, *header, *body])


def write_populations_flat(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a selected populations report with its header in one row."""
    return write_populations(path, tables, end_year, older=False)


def _demographics(tables: Tables, end_year: int) -> pd.DataFrame:
    rows = tables["demographics"]
    return rows[rows["end_year"] == end_year]


WRITERS: dict[str, Callable[..., Path]] = {
    "massachusetts-mcas-2017": write_mcas_2017,
    "massachusetts-mcas-legacy": write_mcas_legacy,
    "massachusetts-parcc-2015": write_parcc_2015,
    "massachusetts-parcc-pages": write_parcc_pages,
    "massachusetts-enrollment-race": write_enrollment_race,
    "massachusetts-selected-populations": write_populations,
    "massachusetts-selected-populations-flat": write_populations_flat,
    **files_massachusetts_wide.WRITERS,
}
"""Writers by layout."""
