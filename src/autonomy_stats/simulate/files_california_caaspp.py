"""Write tidy tables as California's CAASPP research files and entities files.

A research file of each release: header texts in the published order, marks, rounding, padding and
encoding as published. What the tidy tables do not hold is made up so that nothing read from the
file depends on it: district names, shares by level (all of them `Met` or `Nearly Met`) and blank
areas. Students tested stand for students with scores. Where the tables have shares of a school's
students but no results of groups, rows of groups are written with their counts and no score.

A research file has no names before 2024: where those of the tables begin with the mark of simulated
files, `Filler`, which is blank otherwise, holds the mark in every row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import UsageError
from autonomy_stats.loaders.california_caaspp import GRADES, SUBJECTS
from autonomy_stats.loaders.california_groups import GROUPS
from autonomy_stats.loaders.california_ids import SECTORS
from autonomy_stats.mark import MARK
from autonomy_stats.schema import SHARES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["caaspp_header", "caaspp_writer", "write_entities"]

Tables = Mapping[str, "pd.DataFrame"]

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
ENROLLED = (
    *("Students Enrolled", "Total Students Enrolled"),
    *("CAASPP Reported Enrollment", "Total CAASPP Enrollment"),
)
TESTED = {text for texts in TESTED_AT.values() for text in texts if "Tested" in text}
TESTED |= {"Students Tested", "Total Students Tested"}
TESTED |= {"Students with Scores", "Total Students Tested with Scores"}
STATE = "4"
"""Type ID of the state's total."""
COMPLEMENTS = {"low_income": "not_low_income", "disability": "no_disability"}


def caaspp_writer(era: str) -> Any:
    """Return the writer of a release of the research files: `2015-first`, `2015`, ... `2024`."""

    def write(path: Path, tables: Tables, end_year: int) -> Path:
        import pandas as pd

        schools = _with_groups(tables, end_year)
        rows = pd.concat([_totals(schools, end_year), schools], ignore_index=True)
        header, columns = caaspp_header(era), _columns(rows, era)
        blank = [""] * len(rows)
        cells = zip(*(columns.get(text, blank) for text in header), strict=True)
        return _write(path, chain([header], cells), "," if era < "2021" else "^", "cp1252")

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


def _with_groups(tables: Tables, end_year: int) -> pd.DataFrame:
    """Return the results of a spring, each school's groups below its row of all students."""
    import pandas as pd

    table = tables["achievement"]
    rows = table[table["end_year"] == end_year].reset_index(drop=True)
    rows = rows.assign(type=_types(rows, tables.get("directory"), end_year))
    if (shares := tables.get("demographics")) is None:
        return rows
    made = _groups(rows, shares[shares["end_year"] == end_year].set_index("school_id"))
    return pd.concat([rows, made]).sort_index(kind="stable")


def _types(rows: pd.DataFrame, directory: pd.DataFrame | None, end_year: int) -> list[str]:
    """Return each row's type of school; of a school that the directory lacks, a district's."""
    types: dict[str, str] = {}
    if directory is not None:
        known = directory[directory["end_year"] == end_year]
        codes = _codes(known["sector"], CODE_OF_SECTOR)
        types = dict(zip(known["school_id"], codes, strict=True))
    return [types.get(school, CODE_OF_SECTOR["district"]) for school in rows["school_id"]]


def _groups(rows: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return rows of groups that have no results, each under the index of its school's row."""
    import pandas as pd

    whole = (rows["student_group"] == "all") & (rows["grade"] == "all") & rows["n_tested"].notna()
    school, tested = rows.loc[whole, "school_id"], rows.loc[whole, "n_tested"]
    counts = {}
    for name, share in shares.reindex(index=school, columns=list(SHARES)).items():
        group = str(name).removesuffix("_pct")
        counts[group] = (share.set_axis(tested.index) * tested / 100).round()
        if group in COMPLEMENTS:
            counts[COMPLEMENTS[group]] = tested.round() - counts[group]
    students = pd.concat(counts)
    students = students[students > 0]
    made = rows.reindex(students.index.get_level_values(1)).assign(
        student_group=students.index.get_level_values(0),
        n_tested=students.to_numpy(),
        mean_score=float("nan"),
        status="not_published",
    )
    key = ["school_id", "student_group"]
    held = pd.MultiIndex.from_frame(rows[key])
    return made.loc[~pd.MultiIndex.from_frame(made[key]).isin(held)]


def _totals(schools: pd.DataFrame, end_year: int) -> pd.DataFrame:
    """Return a row of the state for each subject, as every file begins."""
    import pandas as pd

    marked = schools["school_name"].str.startswith(MARK).any()
    return pd.DataFrame({"subject": schools["subject"].unique()}).assign(
        end_year=end_year,
        school_id="0" * 14,
        school_name=MARK if marked else "",
        type=STATE,
        grade="all",
        student_group="all",
        n_tested=1000.0,
        participation_pct=100.0,
        proficient_n=400.0,
        proficient_pct=40.0,
        status="reported",
    )


def _columns(rows: pd.DataFrame, era: str) -> dict[str, list[str]]:
    """Return the cells under each header text; those of a text that is not here are blank."""
    school, names = rows["school_id"], rows["school_name"].fillna("")
    whole_state = rows["type"] == STATE
    grades = _codes(rows["grade"], CODE_OF_GRADE)
    stars = rows["status"].map({"suppressed": "*"}).fillna("").tolist()
    tested, share = rows["n_tested"], rows["participation_pct"]
    enrolled = _texts(100 * tested / share.where(share != 0), ".0f", "*")
    groups = _codes(rows["student_group"], CODE_OF_GROUP)
    columns = {
        "County Code": school.str[:2].tolist(),
        "District Code": school.str[2:7].tolist(),
        "District Name": ("District " + school.str[:7]).mask(whole_state, "").tolist(),
        "School Code": school.str[7:].tolist(),
        "School Name": names.mask(whole_state, "").tolist(),
        "Type ID": rows["type"].tolist(),
        "Test Year": rows["end_year"].astype("str").tolist(),
        "Test Type": ["B"] * len(rows),
        "Grade": [code.zfill(2) for code in grades] if era >= "2021" else grades,
        "Mean Scale Score": _texts(rows["mean_score"], ".1f", stars),
        **dict.fromkeys(("Test ID", "Test Id"), _codes(rows["subject"], CODE_OF_SUBJECT)),
        **dict.fromkeys(("Student Group ID", "Subgroup ID"), groups),
        **dict.fromkeys(TESTED, _texts(tested, ".0f", "*")),
        **dict.fromkeys(ENROLLED, enrolled),
    }
    if era < "2024":  # the years without names
        columns["Filler"] = [MARK if name.startswith(MARK) else "" for name in names]
    return columns | _levels(rows, era, stars)


def _levels(rows: pd.DataFrame, era: str, stars: Sequence[str]) -> dict[str, list[str]]:
    """Return percents and counts at each level: of two, `Met` and `Nearly Met`."""
    shown = rows["status"] == "reported"
    percent, met = rows["proficient_pct"].where(shown), rows["proficient_n"].where(shown)
    columns = {}
    for level in LEVELS:
        share, count = 0 * percent, 0 * met
        if level in ("Met", "Met and Above"):
            share, count = percent, met
        elif level == "Nearly Met":
            share, count = 100 - percent, rows["n_tested"] - met
        columns[f"Percentage Standard {level}"] = _percents(share, era, stars)
        blanks = stars if level == "Met and Above" else [""] * len(rows)
        columns[f"Count Standard {level}"] = _texts(count, ".0f", blanks)
    return columns


def _percents(values: pd.Series, era: str, missing: Sequence[str]) -> list[str]:
    """Return percents as the release rounds them."""
    texts = _texts(values, ".0f" if era < "2017" else ".2f", missing)
    if era < "2024":
        return texts
    return [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]


def _texts(values: pd.Series, pattern: str, missing: str | Sequence[str]) -> list[str]:
    """Return numbers as text, and what stands for each that is missing."""
    instead = [missing] * len(values) if isinstance(missing, str) else missing
    numbers = values.astype("float64").tolist()
    pairs = zip(numbers, instead, strict=True)
    return [format(number, pattern) if number == number else text for number, text in pairs]


def _codes(values: pd.Series, codes: Mapping[str, str]) -> list[str]:
    """Return the codes of what rows are about.

    Raises
    ------
    UsageError
        If one has no code.
    """
    if unknown := [value for value in values.unique() if value not in codes]:
        raise UsageError(
            f"a file of the CAASPP has no code for the {values.name} {unknown[0]!r}; it has "
            f"{', '.join(codes)}"
        )
    return values.map(codes).tolist()


def write_entities(path: Path, tables: Tables, end_year: int) -> Path:
    """Write an entities file: the state, then each county, district and school."""
    new = end_year >= 2024
    type_id = "Type ID" if end_year >= 2019 else "Type Id"
    names = ["County Name", "District Name", "School Name", "Zip Code"]
    header = [*CODES, type_id, *names]
    if new:
        header = [*CODES[:3], type_id, *CODES[3:], *names]
    table = tables["directory"]
    schools = table[table["end_year"] == end_year].sort_values("school_id").fillna("")
    rows = {"0" * 14: (STATE, "State of California", "", "")}
    kinds = _codes(schools["sector"], CODE_OF_SECTOR)
    columns = (schools[name] for name in ("school_id", "locality", "school_name"))
    for kind, code, county, name in zip(kinds, *columns, strict=True):
        district = f"District {code[:7]}"
        rows.setdefault(code[:2] + "0" * 12, ("5", county, "", ""))
        rows.setdefault(code[:7] + "0" * 7, ("6", county, f"{district}{'0' * 7}", ""))
        rows[code] = (kind, county, district, name)
    zip_code = "" if new else "     "
    lines = [header]
    for code, (kind, *cells) in rows.items():
        codes, year = [code[:2], code[2:7], code[7:]], ["", str(end_year)]
        order = [*codes, kind, *year] if new else [*codes, *year, kind]
        lines.append([*order, *cells, zip_code])
    delimiter = "," if end_year < 2021 else "^"
    return _write(path, lines, delimiter, "utf-8" if end_year == 2015 else "cp1252")


def _write(path: Path, lines: Iterable[Sequence[str]], delimiter: str, encoding: str) -> Path:
    """Write lines as published: by commas, all quoted but what is empty; by carets, nothing is."""
    if delimiter == ",":
        lines = ([f'"{cell}"' if cell else "" for cell in line] for line in lines)
    text = "".join(delimiter.join(line) + "\r\n" for line in lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path
