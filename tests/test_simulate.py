"""Simulated state files: the truth comes back, the bytes are the same, the mark is on them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import autonomy_stats as aus
from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.facts import load_roster, types_in
from autonomy_stats.mark import MARK
from autonomy_stats.simulate.cities import CITIES, composition, settings
from autonomy_stats.simulate.raw_files import simulated_tables
from autonomy_stats.simulate.round_trip import round_trip, simulated_frame
from autonomy_stats.simulate.schools import RACES, draw_schools
from autonomy_stats.simulate.students import draw_spring
from autonomy_stats.simulate.truth import load_truth

EACH = pytest.mark.parametrize("city", CITIES, ids=lambda city: city.place)
SMALL = pytest.mark.parametrize("place", ["boston", "memphis", "denver", "indianapolis"])

SEEDS = 12

MC_ERRORS = 3.5
"""Monte Carlo errors from the truth: with the 22 means below, one run in a hundred has one
beyond; the seeds are fixed, so that the test does not change from run to run. Few seeds tell
little of how estimates spread; their standard errors tell more. docs/simulation.md has more seeds.
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Simulated files of the smaller states."""
    raw = tmp_path_factory.mktemp("simulated") / "raw"
    aus.simulate_raw(raw, 3, places=["boston", "memphis", "denver", "indianapolis"], jobs=1)
    return raw


@EACH
def test_schools_are_those_of_the_roster_and_beyond(city):
    schools = draw_schools(city, load_truth(), np.random.default_rng(1))
    assert schools["school_id"].is_unique
    assert (schools["group"] == "elsewhere").sum() == 50
    year = city.end_years[-1]
    held = types_in(load_roster(city.place), year).set_index("school_id")["school_type"]
    own = schools.set_index("school_id")[f"type_{year}"].reindex(held.index)
    assert (own == held).all()
    shares = schools[list(RACES)].sum(axis=1)
    assert np.allclose(shares, 1)
    assert schools["school_name"].str.startswith(f"{MARK} ").all()


@EACH
def test_shares_of_a_type_are_around_its_mean(city):
    schools = pd.concat(
        [draw_schools(city, load_truth(), np.random.default_rng(n)) for n in range(6)]
    )
    traditional = schools[schools["group"] == "traditional"]
    mean = composition(city.place).loc["traditional"]
    for race in ("black", "hispanic", "white"):
        # Six draws of fifty schools and more; a share's standard deviation is .3 at most.
        assert abs(100 * traditional[race].mean() - mean[f"{race}_pct"]) < 5


def test_groups_have_the_chance_that_their_composition_and_type_give():
    city = next(one for one in CITIES if one.place == "denver")
    truth = load_truth().changed({("denver", "independent_charter", "proficient_pct"): 12})
    rng = np.random.default_rng(5)
    schools = draw_schools(city, truth, rng)
    spring = draw_spring(city, schools, 2016, truth, rng)
    cell, chance = spring.tested_cell, spring.chance["ela"]
    constants = settings("denver")
    linear = np.zeros(len(cell))
    for name, flags in spring.traits.items():
        linear += constants.get(f"{name}_gap", 0.0) / 100 * flags[spring.tested]
    number = np.bincount(cell, minlength=len(spring.cells))
    kept = number > 0
    frame = pd.DataFrame(
        {
            "chance": np.bincount(cell, chance, len(number))[kept] / number[kept],
            "linear": np.bincount(cell, linear, len(number))[kept] / number[kept],
            "type": schools["type_2016"].to_numpy()[spring.cells["school"]][kept],
        }
    )
    frame = frame[frame["type"].isin(["traditional", "independent_charter"])]
    left = (frame["chance"] - frame["linear"]).groupby(frame["type"])
    difference = 100 * left.mean().diff().abs().iloc[-1]
    # Between schools the standard deviation is 6.7 points, among 96 and 52 of them.
    assert abs(difference - 12) < 3 * 6.7 * np.sqrt(1 / 96 + 1 / 52)


@SMALL
def test_the_truth_of_proficiency_comes_back(place):
    found = round_trip(place, range(SEEDS), jobs=1)
    off = (found["mean_estimate"] - found["truth"]) / (found["mean_std_error"] / np.sqrt(SEEDS))
    assert (off.abs() < MC_ERRORS).all(), found
    assert set(load_truth().of(place, "proficient_pct")) == set(found["school_type"])


@pytest.mark.parametrize(("place", "seeds"), [("boston", 3), ("memphis", 12)])
def test_the_truth_of_growth_comes_back(place, seeds):
    found = round_trip(place, range(seeds), quantities=["growth"], jobs=1)
    off = (found["mean_estimate"] - found["truth"]) / (found["mean_std_error"] / np.sqrt(seeds))
    assert (off.abs() < MC_ERRORS).all(), found


@pytest.mark.parametrize(
    ("place", "years", "tolerance"),
    [
        # Percents are published as whole numbers; shares to a tenth.
        ("boston", [2015, 2016], 0.25),
        ("memphis", [2015], 0.1),
        ("denver", [2015, 2016, 2017], 0.05),
        ("indianapolis", [2016, 2017], 1e-6),
    ],
)
def test_files_give_what_the_students_have(files, place, years, tolerance):
    city = next(one for one in CITIES if one.place == place)
    subjects = ("ela_and_math",) if place == "indianapolis" else ("ela", "math")
    panel = aus.load_panel(place, years, subjects=subjects, raw=files)
    direct = simulated_frame(city, 3, "proficient_pct", load_truth())
    fits = [aus.estimate_effects(f, "proficient_pct") for f in (panel.frame, direct)]
    rows = [fit.effects.set_index("school_type") for fit in fits]
    difference = (rows[0]["estimate"] - rows[1]["estimate"]).abs().max()
    assert difference < tolerance
    assert rows[0]["n_schools"].tolist() == rows[1]["n_schools"].tolist()


@pytest.mark.parametrize(
    ("place", "years"), [("boston", [2015, 2016]), ("denver", [2016]), ("indianapolis", [2017])]
)
def test_files_give_the_growth_that_the_students_have(files, place, years):
    subjects = ("ela_and_math",) if place == "indianapolis" else ("ela", "math")
    panel = aus.load_panel(place, years, table="growth", subjects=subjects, raw=files)
    city = next(one for one in CITIES if one.place == place)
    tables, _ = simulated_tables(city, 3, load_truth())
    key = ["school_id", "end_year", "subject", "grade"]
    both = panel.frame.merge(tables["growth"], on=key, suffixes=("", "_made"), validate="1:1")
    assert len(both) == len(panel.frame) > 100
    shown = both["value_made"].notna()
    assert (both["value"].notna() == shown).all()
    assert (both["value"] - both["value_made"])[shown].abs().max() < 1e-9
    # Percentiles are relative to the whole state: the middle of all students is 50.
    assert abs(np.average(both["value"][shown], weights=both["n_students"][shown]) - 50) < 4


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    def hashes(folder: Path, seed: int, places: list[str]) -> dict[str, str]:
        aus.simulate_raw(folder, seed, places=places, jobs=1)
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in found
        }

    one = hashes(tmp_path / "one", 7, ["memphis", "indianapolis"])
    again = hashes(tmp_path / "two", 7, ["indianapolis"])
    other = hashes(tmp_path / "three", 8, ["indianapolis"])
    data = {name for name in again if name.startswith("indiana/")}
    assert {name: one[name] for name in data} == {name: again[name] for name in data}
    assert data
    assert all(again[name] != other[name] for name in data)


def test_every_file_bears_the_mark(files):
    paths = list(files.glob("*/*"))
    assert len(paths) == 6 + 4 + 14 + 5
    for path in paths:
        loaded = aus.load_file(path)
        assert loaded.simulated, path.name
    assert (files / "README.md").read_text().startswith(f"# {MARK}")


def test_the_truth_stands_beside_the_files(files):
    assert load_truth(files / "truth.csv").of("boston", "growth")["independent_charter"] == 8
    schools = pd.read_csv(files / "true_schools.csv", dtype={"school_id": "str"})
    assert {"boston", "memphis", "denver", "indianapolis"} == set(schools["place"])
    assert (schools["rostered_type"] == schools["true_type"]).all()


def test_misclassified_schools_are_drawn_as_what_they_are():
    city = next(one for one in CITIES if one.place == "denver")
    truth = load_truth().changed({("denver", "innovation", "misclassified"): 0.25})
    schools = draw_schools(city, truth, np.random.default_rng(2))
    wrong = schools[
        (schools["type_2016"] != schools["rostered_2016"]) & schools["type_2016"].notna()
    ]
    counts = wrong.groupby(["rostered_2016", "type_2016"]).size()
    assert counts["innovation", "traditional"] in range(8, 11)
    assert counts["traditional", "innovation"] == 10
    assert len(counts) == 2


def test_unobserved_selection_shifts_what_the_controls_do_not_see():
    city = next(one for one in CITIES if one.place == "los_angeles")
    key = ("los_angeles", "independent_charter", "unobserved_selection")
    schools = draw_schools(city, load_truth().changed({key: 1.0}), np.random.default_rng(2))
    means = schools.groupby("group")["unseen"].mean()
    # 205 charters and 574 others of standard deviation one.
    assert abs(means["independent_charter"] - 1) < 0.25
    assert abs(means["traditional"]) < 0.15


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chicago,pilot,proficient_pct,3,", r"'place': got 'chicago'.*boston, los_angeles"),
        ("boston,pilot,proficient_pct,60,", r"'value': got 60 as proficient_pct in boston; exp"),
        ("boston,pilots,proficient_pct,6,", r"pilots"),
        ("boston,pilot,percent,6,", r"percent"),
        ("boston,pilot,proficient_pct,six,", r"row 2, column 'value': got 'six'"),
        ("memphis,izone,growth,4,", r"got 4 as growth in memphis; expected -1.5 to 1.5"),
    ],
)
def test_a_wrong_truth_is_refused(tmp_path, line, message):
    path = tmp_path / "truth.csv"
    path.write_text(f"place,school_type,quantity,value,source\n{line}\n")
    with pytest.raises(DataError, match=message):
        aus.simulate_raw(tmp_path / "raw", truth=path)
    assert not (tmp_path / "raw").exists()


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.csv").write_text("kept")
    with pytest.raises(UsageError, match=r"holds 'mine\.csv', which no simulation wrote"):
        aus.simulate_raw(tmp_path)
    assert (tmp_path / "mine.csv").read_text() == "kept"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed must be a whole number"),
        ({"seed": True}, "seed must be a whole number"),
        ({"places": ["chicago"]}, "no simulated place is called 'chicago'; the places are boston"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path, options, message):
    with pytest.raises(UsageError, match=message):
        aus.simulate_raw(tmp_path / "raw", **options)
