"""Write tidy tables as Tennessee's official files.

What the tidy tables do not hold is made up, and never read back: names of systems, the split of
students within and below proficient, ACT scores and letter grades.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.loaders.tennessee import COURSES, GRADES, GROUPS, SUBJECTS
from autonomy_stats.loaders.tennessee_nce import LETTERS
from autonomy_stats.loaders.tennessee_schools import (
    ACHIEVEMENT_SCHOOL_DISTRICT,
    ALL_FED,
    LUNCH,
    OTHER_GROUPS,
    RACES,
)
from autonomy_stats.simulate.files import records, write_rows_xlsx

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WRITERS"]

Tables = Mapping[str, "pd.DataFrame"]

TCAP = ["year", "system", "system_name", "school", "school_name", "subject", "grade", "subgroup"]
TCAP += ["valid_tests", "n_below_bsc", "n_bsc", "n_prof", "n_adv", "pct_below_bsc", "pct_bsc"]
TCAP += ["pct_prof", "pct_adv", "pct_bsc_and_below", "pct_prof_adv"]

FEWEST_LEARNERS = 10
"""Fewest English learners that the profile counts."""


def write_tcap(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a TCAP base file; the rows of the state's total come first."""
    state = [end_year, 0, "State", 0, "State", "Math", "All Grades", "All Students"]
    body = [[*state, 100, 10, 20, 30, 40, 10.0, 20.0, 30.0, 40.0, 30.0, 70.0]]
    subjects = {code: text for text, code in SUBJECTS.items()}
    grades = {code: text for text, code in GRADES.items()}
    groups = {code: text for text, code in GROUPS.items()}
    for row in records(tables["achievement"], end_year):
        if row["assessment"] not in ("TCAP", "TCAP EOC"):
            continue
        course = row["grade"] in COURSES
        what = [row["grade"] if course else subjects[row["subject"]]]
        what.append("All Grades" if course else grades[row["grade"]])
        what.append(groups.get(row["student_group"], row["student_group"]))
        body.append([end_year, *_ids(row["school_id"]), row["school_name"], *what, *_results(row)])
    return write_rows_xlsx(path, "Sheet1", [TCAP, *body])


def _ids(school_id: str) -> list[Any]:
    """Return system number, name of the system and school number."""
    system, school = school_id.split("-")
    return [int(system), f"System {system}", int(school)]


def _results(row: Mapping[str, Any]) -> list[Any]:
    """Return the number tested, four counts and six percents of a row, or its marks."""
    status, tested = row["status"], row["n_tested"]
    if status == "suppressed":
        return ["*"] * 11
    if status == "censored":
        return [tested, *["**" if row["proficient_pct_high"] == 100 else "***"] * 10]
    if status == "not_published":
        return [tested, *[None] * 10]
    passed, percent = row["proficient_n"], row["proficient_pct"]
    below = round(100 - percent, 1)
    return [tested, 0, tested - passed, passed, 0, 0.0, below, percent, 0.0, below, percent]


NCE = {
    "math": "Math 3yr Average NCE",
    "ela": "Reading 3yr Average NCE",
    "social_studies": "Social Studies 3yr Average NCE",
    "science": "Science 3yravg cur",
}


def write_nce(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a file of three-year mean NCE."""
    table = tables["achievement"]
    rows = table[(table["end_year"] == end_year) & table["mean_score"].notna()]
    header = ["SCHOOL YEAR", "DISTRICT ID", "district name", "SCHOOL ID", "school name"]
    for text in NCE.values():
        word = text.removesuffix(" 3yr Average NCE").removesuffix(" 3yravg cur")
        header += [text, f"{word} Grade", f"{word} Trend"]
    for years in ("3yr", "1yr"):
        header += [f"ACT {years} {t}" for t in ("composite", "english", "math", "Reading")]
        header.append(f"ACT {years} science")
    body = []
    for school, scores in rows.groupby("school_id", sort=False):
        row = [end_year, *_ids(str(school)), scores["school_name"].iloc[0]]
        means = scores.set_index("subject")["mean_score"]
        for subject in NCE:
            shown = subject in means
            row += [means[subject], _letter(means[subject]), "NC"] if shown else [None] * 3
        body.append([*row, *[None] * 10])
    return write_rows_xlsx(path, "School%20Achievement%20-%202013", [header, *body])


def _letter(mean: float) -> str:
    """Return the letter grade of a mean."""
    return next(letter for letter, lowest in LETTERS.items() if mean >= lowest)


def _profile_header(end_year: int, disadvantaged: bool) -> list[str]:
    """Return the header of a spring: words joined by spaces, by underscores, or in upper case."""
    header = ["year", "district", "district_name", "SCHOOL_NAME", "SCHOOL_ID", "Grades_served"]
    header += ["SAFE_SCHOOL", "Average_Daily_Membership", "Total", *RACES, "Male", "Female"]
    header += [f"{text}_PCT" for text in (*RACES, "Male", "Female")]
    header += [f"{race}_{sex}" for sex in ("Male", "Female") for race in RACES]
    for text in OTHER_GROUPS:
        header += [text, f"{text}_PCT"]
    if disadvantaged:
        header += ["Economically_Disadvantaged", "Economically_Disadvantaged_PCT"]
    else:
        header += ["Free_eligible", "Reduced_eligible", "Free_reduced_eligible"]
        header += ["Free_PCT", "Reduced_PCT", "Free_reduced_PCT"]
    if end_year <= 2013:
        spaced = [text.replace("_", " ") for text in header]
        spaced[spaced.index("SCHOOL ID")] = "SCHOOL NO"
        return spaced
    return header if end_year == 2014 else [text.upper() for text in header]


def write_profile(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a school profile: 2013 pads its ids with zeros, a zero is blank, totals stand above."""
    table = tables["demographics"]
    rows = table[table["end_year"] == end_year]
    disadvantaged = bool((rows["low_income_definition"] != LUNCH).all())
    header = _profile_header(end_year, disadvantaged)
    body: list[list[Any]] = []
    for row in records(table, end_year):
        total = row["enrollment"]
        system, system_name, school = _ids(row["school_id"])
        if end_year <= 2013:
            system, school = f"{system:05d}", f"{school:04d}"
        cells = [end_year, system, system_name, row["school_name"], school]
        cells += ["Kindergarten-12", "Safe School", total, total]
        shares = [row[f"{race}_pct"] for race in RACES.values()]
        cells += [_count(share, total) for share in shares] + [total, None]
        cells += [share or None for share in shares] + [100, None, *[None] * (2 * len(RACES))]
        for name in OTHER_GROUPS.values():
            count = _count(row[f"{name}_pct"], total)
            few = name == "english_learner" and count is not None and count < FEWEST_LEARNERS
            cells += [None if few else count, row[f"{name}_pct"] or None]
        low_income = row["low_income_pct"]
        if disadvantaged:
            cells += [_count(low_income, total), low_income]
        elif low_income == 100:
            cells += [int(ALL_FED)] * 3 + [100, 100, 100]
        else:
            cells += [_count(low_income, total) or 0, 0, _count(low_income, total) or 0]
            cells += [low_income, 0, low_income]
        body.append(cells)
    zero: list[Any] = ["00000", "0000"] if end_year <= 2013 else [0, 0]
    state: list[Any] = [
        end_year,
        zero[0],
        "State of Tennessee",
        "All Schools",
        zero[1],
        "--",
        "Safe School",
    ]
    state += [None, rows["enrollment"].sum(), *[None] * (len(header) - 9)]
    return write_rows_xlsx(path, "School%20Profile%20-%202013", [header, state, *body])


def _count(share: float, total: float) -> int | None:
    """Return a number of students, nothing for none."""
    return round(share * total / 100) or None


def write_directory(path: Path, tables: Tables, end_year: int) -> Path:
    """Write a school directory."""
    header = ["SCHOOL_YEAR", "FIPS_CODE", "LEA_ID", "LEA_NCES", "LEA_ACCOUNTS", "SCHOOL_NO"]
    header += ["SCH_NCES", "SCHOOL_ID", "SCHOOL_TYPE", "ADDR1", "CITY", "STATE", "ZIP", "CHARTER"]
    body = []
    for row in records(tables["directory"], end_year):
        system, name, school = _ids(row["school_id"])
        charter = row["sector"] == "charter"
        special = row["sector"] == "other" and str(system) != ACHIEVEMENT_SCHOOL_DISTRICT
        kind = "Public Charter" if charter else "State Special School" if special else "Public"
        cells = [end_year, 47, system, "--", name, school, "--", row["school_name"], kind]
        body.append([*cells, "1 Main ST", row["locality"], "TN", 38101, "Y" if charter else "N"])
    return write_rows_xlsx(path, f"{end_year}%20School%20Directory", [header, *body])


TVAAS = {
    "composite": "School-Wide: Composite",
    "ela": "School-Wide: Literacy",
    "math": "School-Wide: Numeracy",
    "ela_and_math": "School-Wide: Literacy and Numeracy",
    "science": "School-Wide: Science",
    "social_studies": "School-Wide: Social Studies",
}


def write_tvaas(path: Path, tables: Tables, end_year: int) -> Path:
    """Write school-wide TVAAS levels; the name of the file must hold the spring year.

    Raises
    ------
    UsageError
        If it does not: nothing in the workbook says its year.
    """
    if str(end_year) not in path.name:
        raise UsageError(f"{path}: the name of a TVAAS file must hold its year, {end_year}")
    table = tables["growth"]
    rows = table[(table["end_year"] == end_year) & (table["measure"] == "tvaas_level")]
    subjects = [s for s in TVAAS if s != "social_studies" or end_year > 2015]
    header = ["District Number", "District Name", "School Number", "School Name"]
    header += [TVAAS[subject] for subject in subjects]
    body = []
    for school, levels in rows.groupby("school_id", sort=False):
        values = levels.set_index("subject")["value"]
        system, name, number = _ids(str(school))
        row = [system, name, number, levels["school_name"].iloc[0]]
        body.append([*row, *(values.get(subject) for subject in subjects)])
    return write_rows_xlsx(path, "Sheet1", [header, *body])


WRITERS: dict[str, Callable[..., Path]] = {
    "tennessee-tcap-2013": write_tcap,
    "tennessee-nce-2014": write_nce,
    "tennessee-profile-2013": write_profile,
    "tennessee-directory-2015": write_directory,
    "tennessee-tvaas-2015": write_tvaas,
}
"""Writers by layout."""
