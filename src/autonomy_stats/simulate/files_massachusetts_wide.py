"""Write tidy tables as the delimited files of Massachusetts: compilation and open data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.massachusetts_compilation import GRADES, MCAS_YEAR, SECTORS, SHARES
from autonomy_stats.loaders.massachusetts_compilation import LAYOUTS as COMPILATION
from autonomy_stats.loaders.massachusetts_open_data import GRADES as OPEN_GRADES
from autonomy_stats.loaders.massachusetts_open_data import LAYOUTS as OPEN_DATA
from autonomy_stats.loaders.massachusetts_open_data import SECTORS as OPEN_SECTORS
from autonomy_stats.loaders.massachusetts_open_data import SHARES as OPEN_SHARES
from autonomy_stats.simulate.files import write_rows_text

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame]

__all__ = ["WRITERS"]

STATE = "00000000"
SUBJECTS = {"ela": "ELA", "math": "MATH", "science": "SCI"}


def _count(share: float, enrollment: float) -> float:
    """Return the count that a percent of an enrollment stands for; missing if either is."""
    import pandas as pd

    return float("nan") if pd.isna(share) else round(share * enrollment / 100)


def write_compilation(path: Path, tables: Tables, end_year: int) -> Path:
    """Write the compilation of 2016-17, its percent of low income sorted apart from its rows."""
    rows = tables["demographics"].merge(
        tables["directory"][["end_year", "school_id", "sector", "locality"]],
        on=["end_year", "school_id"],
        validate="1:1",
    )
    rows = rows[rows["end_year"] == end_year]
    results = _blocks(tables)
    types = {sector: text for text, sector in SECTORS.items()}
    header = list(COMPILATION[0].columns)
    sorted_apart = rows["low_income_pct"].round(1).sort_values(ascending=False)
    body = []
    for (_, row), misplaced in zip(rows.iterrows(), sorted_apart, strict=True):
        total = row["enrollment"]
        shown: dict[str, Any] = {
            "School Code": row["school_id"],
            "School Name": row["school_name"],
            "School Type": types[row["sector"]],
            "Town": row["locality"],
            "State": "MA",
            "District Code": f"{row['district_id']}0000",
            "TOTAL_Enrollment": total,
            "English Language Learner": _count(row["english_learner_pct"], total),
            "Students With Disabilities": _count(row["disability_pct"], total),
            "Economically Disadvantaged": _count(row["low_income_pct"], total),
            "% Economically Disadvantaged": misplaced,
            **{text: row[field] for text, field in SHARES.items()},
            **results.get(row["school_id"], {}),
        }
        body.append([shown.get(text) for text in header])
    return write_rows_text(path, [header, *body])


def _blocks(tables: Tables) -> dict[str, dict[str, Any]]:
    """Return each school's results of the spring before, by header text."""
    prefixes = {
        (grade, subject): f"MCAS_{text}_{name}_"
        for text, grade in GRADES.items()
        for subject, name in (("math", "Math"), ("ela", "English"))
    }
    found: dict[str, dict[str, Any]] = {}
    tested = tables["achievement"]
    for _, row in tested[tested["end_year"] == MCAS_YEAR].iterrows():
        prefix = prefixes[row["grade"], row["subject"]]
        met, students = row["proficient_n"], row["n_tested"]
        cells = {f"{prefix}P+A #": met, f"% {prefix}P+A": row["proficient_pct"]}
        for level, count in zip(("A", "P", "NI", "W/F"), (0, met, students - met, 0), strict=True):
            cells |= {f"{prefix}{level} #": count, f"% {prefix}{level}": 100 * count // students}
        cells[f"{prefix}Stud. Incl. #"] = students
        found.setdefault(row["school_id"], {}).update(cells)
    for _, row in tables["growth"].iterrows():
        prefix = prefixes[row["grade"], row["subject"]]
        cells = {f"{prefix}SGP": row["value"], f"{prefix}Incl. in SGP(#)": row["n_students"]}
        found.setdefault(row["school_id"], {}).update(cells)
    return found


def _fraction(percent: float) -> float:
    return round(percent / 100, 10)


def write_open_data_mcas(path: Path, tables: Tables, end_year: int) -> Path:
    """Write the open data set of MCAS results, all years through one, with the state's rows."""
    header = [text for text in OPEN_DATA[0].columns if text != "STUGRP"]
    grades = {grade: text for text, grade in OPEN_GRADES.items()}
    types = {sector: text for text, sector in OPEN_SECTORS.items()}
    key = ["end_year", "school_id", "subject", "grade"]
    grown = tables["growth"][[*key, "value", "n_students"]].assign(student_group="all")
    rows = (
        tables["achievement"]
        .merge(grown, on=[*key, "student_group"], how="left", validate="1:1")
        .merge(
            tables["directory"][["end_year", "school_id", "sector"]],
            on=["end_year", "school_id"],
            validate="m:1",
        )
    )
    body = []
    for _, row in rows[rows["end_year"] <= end_year].iterrows():
        met, tested = row["proficient_n"], row["n_tested"]
        group = row["student_group"]
        shown = {
            "SY": row["end_year"],
            "DIST_CODE": f"{row['district_id']}0000",
            "ORG_CODE": row["school_id"],
            "ORG_NAME": row["school_name"],
            "ORG_TYPE": types.get(row["sector"], "Other"),
            "TEST_GRADE": grades[row["grade"]],
            "SUBJECT_CODE": SUBJECTS.get(row["subject"], row["subject"].upper()),
            "STU_GRP": "All Students" if group == "all" else group,
            "M_PLUS_E_CNT": met,
            "M_PLUS_E_PCT": _fraction(row["proficient_pct"]),
            **{"E_CNT": 0 * met, "M_CNT": met, "PM_CNT": tested - met, "NM_CNT": 0 * met},
            "STU_CNT": tested,
            "STU_PART_PCT": _fraction(row["participation_pct"]),
            "AVG_SCALED_SCORE": row["mean_score"],
            "AVG_SGP": row["value"],
            "AVG_SGP_INCL": row["n_students"],
        }
        body.append([shown.get(text) for text in header])
    return write_rows_text(path, [header, *body, *_state_rows(header, body)])


def write_open_data_enrollment(path: Path, tables: Tables, end_year: int) -> Path:
    """Write the open data set of enrollment, all years through one, with the state's rows."""
    header = list(OPEN_DATA[1].columns)
    rows = tables["demographics"]
    body = []
    for _, row in rows[rows["end_year"] <= end_year].iterrows():
        poor = "ECD" if 2015 <= row["end_year"] <= 2021 else "LI"
        groups = {"EL": "english_learner_pct", "SWD": "disability_pct", poor: "low_income_pct"}
        shown = {
            "SY": row["end_year"],
            "DIST_CODE": f"{row['district_id']}0000",
            "ORG_CODE": row["school_id"],
            "ORG_NAME": row["school_name"],
            "ORG_TYPE": "School",
            "TOTAL_CNT": row["enrollment"],
            **{t: _fraction(row[f]) for t, f in OPEN_SHARES.items() if f in row and f not in _POOR},
            **{f"{text}_CNT": _count(row[f], row["enrollment"]) for text, f in groups.items()},
            f"{poor}_PCT": _fraction(row["low_income_pct"]),
        }
        body.append([shown.get(text) for text in header])
    return write_rows_text(path, [header, *body, *_state_rows(header, body)])


_POOR = ("low_income_pct", "disadvantaged_pct")


def _state_rows(header: list[str], body: list[list[Any]]) -> list[list[Any]]:
    """Return a state's row of each year: no loader uses more of it than its code."""
    years = sorted({row[header.index("SY")] for row in body})
    first = dict(zip(header, body[0], strict=True))
    total = {"ORG_CODE": STATE, "ORG_NAME": "State", "ORG_TYPE": "State", "DIST_CODE": STATE}
    return [[(first | total | {"SY": year})[text] for text in header] for year in years]


WRITERS: dict[str, Callable[..., Path]] = {
    "massachusetts-compilation-2017": write_compilation,
    "massachusetts-open-data-mcas": write_open_data_mcas,
    "massachusetts-open-data-enrollment": write_open_data_enrollment,
}
"""Writers by layout."""
