"""Write tidy tables as California's official files.

The research files and entities are in `files_california_caaspp`. Here are the 2013 Academic
Performance Index, and the school profile of Los Angeles Unified: a share that is an interval is
written as a blank, and what the shares by race leave, as Filipino students where eleven or more.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders import california_api
from autonomy_stats.loaders.california_profile import NOT_SHARES, OTHERS, RACES
from autonomy_stats.simulate.files import records, write_rows_text
from autonomy_stats.simulate.files_california_caaspp import (
    CODE_OF_SECTOR,
    caaspp_writer,
    write_entities,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WRITERS", "write_api", "write_profile"]

Tables = Mapping[str, "pd.DataFrame"]

CODE_OF_CHARTER = {sector: code for code, sector in california_api.CHARTERS.items()}
CODE_OF_LEVEL = {level: code for code, level in california_api.LEVELS.items()}
FEW = 11
ENROLLED = "enr_2023_24_cum"
LEVELS = {"elementary": "Elementary", "middle": "Middle", "high": "High"}


def write_api(path: Path, tables: Tables, end_year: int = california_api.END_YEAR) -> Path:
    """Write the Growth API file; compressed where the name ends in `.gz`."""
    header = california_api.HEADER.split()
    results = {row["school_id"]: row for row in records(tables["achievement"], end_year)}
    students = {row["school_id"]: row for row in records(tables["demographics"], end_year)}
    rows = [header]
    for school in records(tables["directory"], end_year):
        cells = _index(school, results.get(school["school_id"], {}))
        shares = students.get(school["school_id"], {})
        cells |= {text: _text(shares.get(share)) for text, share in california_api.SHARES.items()}
        cells |= _groups(shares, cells["VALID"])
        rows.append([cells.get(text, "") for text in header])
    for record in ("D", "X"):
        cells = {"CDS": "1964733" + "0" * 7, "RTYPE": record, "STYPE": "1", "API13": "750"}
        rows.append([cells.get(text, "") for text in header])
    rows.append([""] * len(header))  # the last row of the published file is blank
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    write_rows_text(plain, rows, newline="\n")
    if plain != path:
        path.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
        plain.unlink()
    return path


def _groups(shares: Mapping[str, Any], valid: str) -> dict[str, str]:
    """Return valid scores by race, and Filipino students as those that the other races leave."""
    races = {text: share for text, share in california_api.SHARES.items() if "PCT" in text}
    if not all(_has(shares.get(share)) for share in races.values()):
        return {}
    percents = {text: float(shares[share]) for text, share in races.items()}
    percents["PCT_FI"] = max(0, 100 - sum(percents.values()))
    counts = {}
    if valid:
        counts = {f"{t[4:]}_NUM": f"{int(p * float(valid) / 100)}" for t, p in percents.items()}
    return counts | {"PCT_FI": f"{percents['PCT_FI']:.0f}"}


def _index(school: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of a school and its index."""
    tested: Any = result.get("n_tested")
    share: Any = result.get("participation_pct")
    took = tested if _has(tested) else 0.0
    return {
        "CDS": school["school_id"],
        "RTYPE": "S",
        "STYPE": CODE_OF_LEVEL[school["level"]],
        "SIZE": "T" if result.get("status") == "suppressed" else "",
        "CHARTER": CODE_OF_CHARTER[school["sector"]],
        "SNAME": school["school_name"],
        "CNAME": _text(school["locality"]),
        "VALID": _text(tested),
        "API13": _text(result.get("mean_score")),
        "TESTED": _text(took) if _has(share) else "",
        "ENROLL": _text(round(100 * took / share)) if _has(share) and share else "",
    }


def write_profile(path: Path, tables: Tables, end_year: int = 2024) -> Path:
    """Write the school profile: shares of a spring, and of two years later where there are any."""
    header = ["cds", "school_name", "type_id", ENROLLED]
    shares = RACES | OTHERS
    header += [f"{earlier}_2324" for earlier, _ in shares.values()]
    header += [f"{later}_2526" for _, later in shares.values()]
    header += [f"pct_{name}_2526" for name in ("free_reduced_meal_eligible", "foster", "homeless")]
    header += ["pct_migrant_2526", "schoolLevel", "schoolType", "gradeSpan", "magnet", "dass"]
    header += ["charter", "enrollment_2025_26"]
    demographics = tables["demographics"]
    earlier_rows = {row["school_id"]: row for row in records(demographics, end_year)}
    later_rows = {row["school_id"]: row for row in records(demographics, end_year + 2)}
    rows = [header]
    for school in records(tables["directory"], end_year):
        code = school["school_id"]
        cells = {
            "cds": code,
            "school_name": school["school_name"],
            "type_id": CODE_OF_SECTOR[school["sector"]],
            "schoolLevel": LEVELS.get(school["level"], ""),
        }
        if code in earlier_rows:
            cells |= _earlier(earlier_rows[code])
        if code in later_rows:
            later = later_rows[code]
            cells["enrollment_2025_26"] = _text(later["enrollment"])
            cells |= {f"{text}_2526": _text(later.get(name)) for name, (_, text) in shares.items()}
            known = [later[name] for name in RACES if name not in NOT_SHARES]
            if all(map(_has, known)):  # the races that no table has
                cells["pct_filipino_2526"] = _text(max(0.0, round(100 - sum(known), 2)))
                cells["pct_not_reported_2526"] = "0"
        rows.append([cells.get(text, "") for text in header])
    return write_rows_text(path, rows, quoting=csv.QUOTE_MINIMAL)


def _earlier(row: Mapping[str, Any]) -> dict[str, str]:
    """Return shares of cumulative enrollment; those of fewer than eleven students are blank."""
    enrolled = row["enrollment"]
    cells = {ENROLLED: f"{enrolled:.1f}"}
    rest = 100.0
    for name, (text, _) in (RACES | OTHERS).items():
        if name in NOT_SHARES:
            continue
        low: Any = row.get(f"{name}_low")
        high: Any = row.get(f"{name}_high")
        hidden = _has(low) and _has(high) and high > low
        cells[f"{text}_2324"] = "" if hidden else _text(row[name])
        rest -= row[name] if name in RACES else 0.0
    if rest * enrolled / 100 >= FEW:
        cells[f"{RACES['filipino'][0]}_2324"] = _text(round(rest, 2))
    return cells


def _has(value: Any) -> bool:
    """Tell whether a value is there."""
    return value is not None and value == value


def _text(value: Any) -> str:
    """Return a value as text, without decimals that it does not need; blank if missing."""
    if not _has(value):
        return ""
    return value if isinstance(value, str) else f"{value:.4f}".rstrip("0").rstrip(".")


WRITERS: dict[str, Callable[..., Path]] = {
    **{
        f"california-caaspp-{era}": caaspp_writer(era)
        for era in ("2015-first", "2015", "2016", "2017", "2021", "2024")
    },
    "california-entities-2015": write_entities,
    "california-entities-2021": write_entities,
    "california-api-2013": write_api,
    "california-profile-2024": write_profile,
}
