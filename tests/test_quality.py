"""Checks of official files: each finds what was spoiled, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from files import Made, write_text, write_workbook

from autonomy_stats import load_file
from autonomy_stats.loaders import LoadedFile
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.quality import CHECKS, LEVEL_CHECKS, assess
from autonomy_stats.schema import validate

RATES, COUNTS, PREFIXES, UNENROLLED = CHECKS
SHARES, NUMBERS = LEVEL_CHECKS


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


def test_what_is_counted_in_simulated_files_says_so():
    both = [loaded(), replace(loaded(), simulated=True)]
    assert assess(both)["simulated"].all()
    assert "simulated" not in assess(both[:1])


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


def test_enrollment_of_another_state_says_nothing():
    ours, theirs = loaded(), loaded("indiana", school_id="792-11")
    del ours.tables["demographics"]
    found = assess([ours, theirs]).set_index("check")["n_checked"]
    assert found[UNENROLLED].tolist() == [0, 2]


# Levels of achievement


LEVELLED = {layout.layout_id: layout for layout in LAYOUTS if layout.levels}


def test_every_layout_with_levels_declares_them():
    eras = ("2015-first", "2015", "2016", "2017", "2021", "2024")
    assert set(LEVELLED) == {
        *(f"california-caaspp-{era}" for era in eras),
        *(f"colorado-cmas-{year}" for year in range(2015, 2020)),
        *(f"massachusetts-{name}" for name in ("mcas-2017", "mcas-legacy", "open-data-mcas")),
        *(f"massachusetts-{name}" for name in ("compilation-2017", "parcc-2015", "parcc-pages")),
        "tennessee-tcap-2013",
    }


@pytest.mark.parametrize("layout_id", LEVELLED)
def test_levels_are_columns_of_the_layout(layout_id):
    layout = LEVELLED[layout_id]
    for levels in layout.levels:
        assert set(levels.columns) <= set(layout.columns)
        assert levels.tested in layout.columns.values()
        assert len(set(levels.columns.values())) in (4, 5)


def sheet_of(layout_id, *rows):
    """A sheet of a layout with each of its fields once; cells by header text."""
    seen, header = set(), []
    for text, field in LEVELLED[layout_id].columns.items():
        if not field or field not in seen:
            header.append(text)
            seen.add(field)
    return Made("Sheet1", header, [[row.get(text, "") for text in header] for row in rows])


TCAP = {
    "year": "2014",
    "system": "792",
    "school": "10",
    "subject": "Math",
    "grade": "3",
    "subgroup": "All Students",
    "valid_tests": "40",
    "pct_prof_adv": "60.0",
}
TCAP |= {"n_below_bsc": "6", "n_bsc": "10", "n_prof": "18", "n_adv": "6"}
TCAP |= {"pct_below_bsc": "15.0", "pct_bsc": "25.0", "pct_prof": "45.0", "pct_adv": "15.0"}


def unsound(file):
    found = assess([file]).set_index("check").loc[list(LEVEL_CHECKS)]
    return found[["n_rows", "n_checked"]].to_numpy().tolist(), found["example"].tolist()


@pytest.mark.parametrize(
    ("spoiled", "counts", "examples"),
    [
        ({}, [[0, 2], [0, 2]], ["", ""]),
        # Four shares to a tenth: rounding moves their sum by two tenths at most.
        ({"pct_bsc": "25.2"}, [[0, 2], [0, 2]], ["", ""]),
        ({"pct_bsc": "25.3"}, [[1, 2], [0, 2]], ["sheet 'Sheet1', row 3: 100.3, not 100", ""]),
        ({"n_bsc": "9"}, [[0, 2], [1, 2]], ["", "sheet 'Sheet1', row 3: 39, not 40"]),
        # What is hidden, or of nobody, cannot be checked.
        ({"pct_bsc": "*", "n_bsc": "*"}, [[0, 1], [0, 1]], ["", ""]),
        ({"valid_tests": "0", "n_bsc": "1"}, [[0, 1], [0, 1]], ["", ""]),
    ],
)
def test_levels_that_do_not_add_up(tmp_path, spoiled, counts, examples):
    rows = [TCAP, TCAP | {"school": "20"} | spoiled]
    path = write_workbook(tmp_path / "x.xlsx", sheet_of("tennessee-tcap-2013", *rows))
    assert unsound(load_file(path)) == (counts, examples)


@pytest.mark.parametrize(
    ("shares", "n_rows"),
    [
        (("0.2", "0.3", "0.4", "0.1"), 0),
        # Two decimals of a fraction are whole percents.
        (("0.22", "0.3", "0.4", "0.1"), 0),
        (("0.23", "0.3", "0.4", "0.1"), 1),
    ],
)
def test_levels_written_as_fractions(tmp_path, shares, n_rows):
    names = ("E_PCT", "M_PCT", "PM_PCT", "NM_PCT")
    row = {
        "SY": "2019",
        "ORG_CODE": "00350012",
        "ORG_NAME": "Boston - A School",
        "ORG_TYPE": "Public School",
        "TEST_GRADE": "03",
        "SUBJECT_CODE": "ELA",
        "STU_GRP": "All Students",
        "STU_CNT": "10",
        "M_PLUS_E_CNT": "5",
        "M_PLUS_E_PCT": "0.5",
        "E_CNT": "2",
        "M_CNT": "3",
        "PM_CNT": "4",
        "NM_CNT": "1",
    } | dict(zip(names, shares, strict=True))
    sheet = sheet_of("massachusetts-open-data-mcas", row)
    counts, _ = unsound(load_file(write_text(tmp_path / "x.csv", sheet)))
    assert counts == [[n_rows, 1], [0, 1]]


def test_a_file_without_levels_is_not_checked():
    counts, examples = unsound(loaded())
    assert counts == [[0, 0], [0, 0]]
    assert examples == ["", ""]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "found"),
    [
        # Of California's students with scores a few are at no level.
        ("california/sb_ca2024_lausd_reassembled.txt", [[0, 7552], [452, 7552]]),
        (
            "colorado/2017 CMAS ELA Math District & School Overall Results FINAL.xlsx",
            [[0, 2523], [0, 2523]],
        ),
        ("massachusetts/MA_Public_Schools_2017.csv", [[0, 3072], [0, 3072]]),
        ("massachusetts/mcas-2018-grade-3.xlsx", [[0, 1919], [0, 1919]]),
        ("massachusetts/parcc_profile_pages_2015_2016.csv", [[0, 32], [0, 0]]),
        ("tennessee/data_2013_state_base.xlsx", [[0, 735], [0, 735]]),
    ],
)
def test_levels_of_official_files(raw_file, name, found):
    assert unsound(load_file(raw_file(name)))[0] == found
