#!/usr/bin/env python3
"""Measure a national table: read from Parquet, joined, estimated, and how each grows.

    .venv/bin/python benchmarks/national.py [--schools N ...] [--years N] [--out CSV]

Each size is made from a seed and run in a process of its own. national.md beside this file says
what is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from machine import load_average, machine, peak_mb
from national_tables import PLACE, STATE, TRUTH, write_country
from saving import save

OUT = Path(__file__).resolve().parent / "results" / "national.csv"
SIZES = (10_000, 100_000)
YEARS = 10


def run_here(folder: Path, years: range) -> list[dict[str, Any]]:
    """Load, join and estimate in this process; return a row for each step."""
    os.environ["AUTONOMY_STATS_CACHE"] = "off"
    steps: list[dict[str, Any]] = []

    def timed(step: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        steps.append({"step": step, "seconds": round(seconds, 2), "peak_mb": round(peak_mb())})
        return result

    def imported() -> Any:
        import statsmodels.api  # noqa: F401

        import autonomy_stats as aus

        return aus.load_panel, aus.estimate_effects

    load_panel, estimate_effects = timed("import", imported)
    from autonomy_stats.facts import Place

    nation = Place(STATE, STATE, PLACE)
    given = {"grades": "all", "roster": folder / "roster.csv", "raw": folder / "raw"}
    panel = timed("load and join", lambda: load_panel(nation, years, **given))
    fit = timed("CR2, clustered by school", lambda: estimate_effects(panel.frame, "proficient_pct"))
    timed("joint test, HTZ", lambda: fit.joint_test(sorted(set(TRUTH) - {"traditional"})))
    by_district = {"cluster": "district_id", "weights": None}
    timed(
        "CR2, clustered by district",
        lambda: estimate_effects(panel.frame, "proficient_pct", **by_district),
    )
    effects = fit.effects.set_index("school_type")
    found = {kind: float(effects.loc[kind, "estimate"]) for kind in TRUTH}
    errors = {kind: float(effects.loc[kind, "std_error"]) for kind in TRUTH}
    about = {"rows": len(panel.frame), "clusters": fit.n_clusters}
    off = [abs(found[k] - TRUTH[k]) / errors[k] for k in TRUTH if k != "traditional"]
    return [row | about | {"worst_z": round(max(off), 2)} for row in steps]


def run_apart(schools: int, years: int, seed: int) -> list[dict[str, Any]]:
    """Write a country, and run it in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        command = [sys.executable, __file__, "--folder", str(folder), "--years", str(years)]
        size = ["--schools", str(schools), "--seed", str(seed)]
        # Linux counts the memory of the process that starts another as the other's own peak.
        told([*command, *size, "--write"])
        megabytes = sum(file.stat().st_size for file in (folder / "raw").iterdir()) / 2**20
        rows = json.loads(told(command))
    return [{"schools": schools, "parquet_mb": round(megabytes, 1)} | row for row in rows]


def told(command: list[str]) -> str:
    """Return what a program prints; stop with its complaint if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}")
    return done.stdout


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schools", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--years", type=int, default=YEARS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        write_country(args.folder, args.schools[0], args.years, args.seed)
        return
    if args.folder:
        from national_tables import FIRST_YEAR

        print(json.dumps(run_here(args.folder, range(FIRST_YEAR, FIRST_YEAR + args.years))))
        return
    load = load_average()
    rows = [row for size in args.schools for row in run_apart(size, args.years, args.seed)]
    first = {row["step"]: row for row in rows if row["schools"] == args.schools[0]}
    for row in rows:
        row["times_s"] = round(row["seconds"] / max(first[row["step"]]["seconds"], 0.01), 1)
        row["times_schools"] = round(row["schools"] / args.schools[0], 1)
        print(*(f"{name} {value}" for name, value in row.items()), sep="; ")
    about = {
        **machine(),
        "load": round(load, 1),
    }
    save(args.out, rows, about)


if __name__ == "__main__":
    main()
