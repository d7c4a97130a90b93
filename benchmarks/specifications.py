#!/usr/bin/env python3
"""Measure how long thousands of specifications of one panel take, intervals included.

    .venv/bin/python benchmarks/specifications.py [--count N] [--jobs N] [--places PLACE ...]

Real panels need the official files (AUTONOMY_STATS_RAW); `made` is a panel of the size of Boston's
that is made from a seed. specifications.md beside this file says what is measured.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from machine import load_average, machine
from saving import save

from autonomy_stats import load_panel
from autonomy_stats.errors import MissingDataError
from autonomy_stats.models.robustness.grid import asked_options, make_grid
from autonomy_stats.models.robustness.reading import read_arrays
from autonomy_stats.models.robustness.specifications import estimate_all

OUT = Path(__file__).resolve().parent / "results" / "specifications.csv"
OUTCOME = "proficient_pct"
YEARS = {"boston": 2018, "denver": 2016, "indianapolis": 2017, "los_angeles": 2024}


def made_panel(seed: int = 0) -> pd.DataFrame:
    """Return a panel of 100 schools in two subjects and four grades, with six shares."""
    rng = np.random.default_rng(seed)
    schools = 100
    types = np.array(["traditional"] * 60 + ["pilot"] * 20 + ["charter"] * 15 + ["exam"] * 5)
    shares = ("black", "hispanic", "asian", "english_learner", "low_income", "disability")
    columns = {f"{name}_pct": rng.uniform(0, 60, schools) for name in shares}
    level = rng.normal(50, 8, schools)
    rows = [
        {
            "school_id": f"{school:04d}",
            "end_year": 2018,
            "subject": subject,
            "grade": grade,
            "level": "elementary" if grade < "06" else "middle",
            "school_type": types[school],
            "roster_confidence": "inferred" if school % 7 == 0 else "documented",
            "operator": "Network" if types[school] == "charter" and school % 3 == 0 else "",
            "n_tested": float(rng.integers(20, 120)),
            OUTCOME: float(np.clip(level[school] + rng.normal(0, 6), 1, 99)),
            **{name: float(values[school]) for name, values in columns.items()},
        }
        for school in range(schools)
        for subject in ("ela", "math")
        for grade in ("03", "04", "05", "06")
    ]
    return pd.DataFrame(rows)


def panel_of(place: str) -> pd.DataFrame | None:
    """Return the panel of a place; None if its files are not at hand."""
    if place == "made":
        return made_panel()
    try:
        return load_panel(place, [YEARS[place]]).frame
    except MissingDataError as problem:
        print(f"{place}: left out: {problem}")
        return None


def measured(place: str, frame: pd.DataFrame, count: int, jobs: int) -> dict[str, Any]:
    """Return how long so many least squares specifications of a panel take, one run."""
    start = time.perf_counter()
    arrays = read_arrays(frame, OUTCOME, asked_options({}))
    grid = make_grid({place: arrays}, "full", 10**9, seed=0)
    wls = [one for one in grid.specifications if one["estimator"] == "wls"]
    drawn = np.random.default_rng(0).permutation(len(wls))[:count]
    read = time.perf_counter() - start
    rows = estimate_all({place: arrays}, [wls[number] for number in drawn], n_jobs=jobs)
    seconds = time.perf_counter() - start
    with_interval = sum(any("conf_low" in row for row in own) for own in rows)
    return {
        "place": place,
        "rows": len(frame),
        "schools": frame["school_id"].nunique(),
        "types": len(arrays.compared),
        "specifications": len(rows),
        "with_interval": with_interval,
        "n_possible": grid.n_possible,
        "read_s": round(read, 2),
        "seconds": round(seconds, 1),
        "ms_each": round(1e3 * (seconds - read) / len(rows), 1),
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--places", nargs="+", choices=("made", *YEARS), default=["made", *YEARS])
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    load = load_average()
    about = {
        "jobs": args.jobs,
        **machine(),
        "load": round(load, 1),
        "numpy": np.__version__,
    }
    print(*(f"{name} {value}" for name, value in about.items()), sep="; ")
    rows = []
    for place in args.places:
        frame = panel_of(place)
        if frame is not None:
            rows.append(measured(place, frame, args.count, args.jobs))
            print(*(f"{name} {value}" for name, value in rows[-1].items()), sep="; ")
    save(args.out, rows, about)


if __name__ == "__main__":
    main()
