"""Checks of official files: each finds what was spoiled, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autonomy_stats.loaders import LoadedFile
from autonomy_stats.quality import CHECKS, assess
from autonomy_stats.schema import validate

RATES, COUNTS, PREFIXES, UNENROLLED = CHECKS


def loaded(state: str = "tennessee", **spoiled: object) -> LoadedFile:
    """Return a file of two schools, with columns of the first row spoiled."""
    results = pd.DataFrame(
        {
            "state": state,
            "end_year": 2015,
            "district_id": "792",
            "school_id": ["792-10", "792-20"],
            "assessment": "T",
            "series": "T",
            "subject": "math",
            "grade": "03",
            "student_group": "all",
            "n_tested": [30.0, 70.0],
            "n_tested_status": "reported",
            "proficient_n": [10.0, 35.0],
            "proficient_pct": [33.3, 50.0],
            "status": "reported",
        }
    )
    for column, value in spoiled.items():
        results.loc[0, column] = value
    enrolled = results[["state", "end_year", "district_id", "school_id"]].assign(enrollment=90.0)
    return LoadedFile(
        path=Path("results.csv"),
        state=state,
        layout="test",
        sha256="0" * 64,
        simulated=False,
        tables={
            "achievement": validate(results, "achievement"),
            "demographics": validate(
                enrolled.iloc[[1]] if "school_id" in spoiled else enrolled, "demographics"
            ),
        },
    )


def counts(file: LoadedFile) -> dict[str, int]:
    return assess([file]).set_index("check")["n_rows"].to_dict()


def test_a_sound_file_has_nothing():
    assert set(counts(loaded()).values()) == {0}


@pytest.mark.parametrize(
    ("spoiled", "check"),
    [
        ({"proficient_pct": 33.5}, RATES),
        ({"proficient_pct": 34.0, "proficient_n": 31.0}, COUNTS),
        ({"n_tested": 95.0, "proficient_n": 31.6}, COUNTS),
        ({"district_id": "791"}, PREFIXES),
        ({"school_id": "792-11"}, UNENROLLED),
    ],
)
def test_each_check_finds_its_own(spoiled, check):
    found = assess([loaded(**spoiled)]).set_index("check")
    assert found.loc[check, "n_rows"] == 1
    assert found.loc[check, "example"].startswith("2015 792-1")


def test_rounding_is_that_of_the_file():
    whole = loaded(proficient_pct=33.0)
    assert counts(whole)[RATES] == 0
    assert counts(loaded(proficient_pct=33.34))[RATES] == 1  # two decimals shown: 33.33 expected


def test_a_derived_number_tested_is_not_checked_against_itself():
    file = loaded(proficient_pct=12.0)
    results = file.tables["achievement"].assign(n_tested_status="derived")
    file.tables["achievement"] = results
    assert assess([file]).set_index("check").loc[RATES, "n_checked"] == 0


def test_without_enrollment_nothing_is_said_of_it():
    file = loaded()
    del file.tables["demographics"]
    found = assess([file]).set_index("check")
    assert found.loc[UNENROLLED, "n_checked"] == 0
    assert np.all(found["n_rows"] == 0)
