#!/usr/bin/env python3
"""Measure how long standard errors, degrees of freedom and the wild bootstrap take.

    .venv/bin/python benchmarks/inference.py [--repeats N] [--smaller N] [--out CSV]

Each task runs in processes of its own, in turns, and beside R's clubSandwich where that is
installed. inference.md beside this file says what is measured.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inference_tasks import TASKS, Task, regression
from machine import machine, peak_mb, r_is_there
from saving import save

HERE = Path(__file__).resolve().parent
OUT = HERE / "results" / "inference.csv"
LIBRARIES = ("numpy", "scipy", "pandas")
AGREEMENT = 1e-6
"""Largest relative difference from R; more means that the two did not do the same."""

Run = dict[str, Any]


def run_here(task: Task) -> Run:
    """Run a task in this process: once to get ready, if it is short, then timed."""
    made = regression(task.rows, task.schools)
    work = task.make(made)
    before = peak_mb()
    result = work() if task.calls > 1 else {}
    seconds = []
    for _ in range(task.calls):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    about = {"seconds": seconds, "columns": made.design.shape[1]}
    return about | {"data_mb": before, "peak_mb": peak_mb()} | result


def run_apart(task: Task, smaller: int) -> Run:
    """Run a task in a process of its own."""
    command = [sys.executable, __file__, "--task", task.name, "--smaller", str(smaller)]
    found: Run = json.loads(told(command))
    return found


def run_r(task: Task, path: Path) -> Run:
    """Time clubSandwich on the regression that a file holds."""
    lines = told(["Rscript", str(HERE / "inference.R"), str(path), str(task.calls)]).splitlines()
    seconds, errors, df = ([float(n) for n in line.split()] for line in lines[:3])
    r, club_sandwich = lines[3].split()
    return {
        "seconds": seconds,
        "std_errors": errors,
        "df": df,
        "versions": {"R": r, "clubSandwich": club_sandwich},
    }


def told(command: list[str]) -> str:
    """Return what a program prints; stop with its complaint if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def write(task: Task, path: Path) -> None:
    """Write a regression for R."""
    made = regression(task.rows, task.schools)
    names = [f"x{number}" for number in range(made.design.shape[1])]
    with path.open("w", encoding="ascii", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["outcome", "school", "weight", *names])
        for row in zip(made.outcome, made.schools, made.weights, made.design, strict=True):
            writer.writerow([*row[:3], *row[3]])


def check(task: Task, own: Run, other: Run) -> None:
    """Stop if R says otherwise."""
    for name in ("std_errors", "df"):
        pairs = zip(own[name], other[name], strict=True)
        worst = max(abs(one / two - 1) for one, two in pairs)
        if not worst < AGREEMENT:
            sys.exit(f"{task.name}: {name} differ from R's by {worst:.1e}")


def measured(tasks: list[Task], repeats: int, smaller: int, folder: Path) -> list[Run]:
    """Return a row for each task and program; programs and tasks take turns."""
    with_r = r_is_there()
    runs: dict[tuple[Task, str], list[Run]] = {}
    for _ in range(repeats):
        for task in tasks:
            runs.setdefault((task, "autonomy-stats"), []).append(run_apart(task, smaller))
            if task.against_r and with_r:
                path = folder / "regression.csv"
                write(task, path)
                other = run_r(task, path)
                check(task, runs[task, "autonomy-stats"][-1], other)
                runs.setdefault((task, "R clubSandwich"), []).append(other)
    if not with_r:
        print("R's clubSandwich is not installed, and is left out.")
    return [summary(task, program, found) for (task, program), found in runs.items()]


def summary(task: Task, program: str, runs: list[Run]) -> Run:
    """Return one row of the results; milliseconds are of one call."""
    seconds = [second for run in runs for second in run["seconds"]]
    own = [run for run in runs if "peak_mb" in run]
    return {
        "task": task.name,
        "program": program,
        "rows": task.rows,
        "schools": task.schools,
        "columns": next((run["columns"] for run in own), len(runs[0].get("df", []))),
        "calls": len(seconds),
        "median_ms": round(1e3 * statistics.median(seconds), 1),
        "least_ms": round(1e3 * min(seconds), 1),
        "data_mb": round(max(run["data_mb"] for run in own)) if own else "",
        "peak_mb": round(max(run["peak_mb"] for run in own)) if own else "",
        "goal": task.goal if own else "",
        **runs[0].get("versions", {"R": "", "clubSandwich": ""}),
    }


def facts(repeats: int, load: float) -> Run:
    """Return what the results depend on: the way of measuring, the machine, how busy it was."""
    return {
        "repeats": repeats,
        **machine(),
        "load": round(load, 1),
        **{name: version(name) for name in LIBRARIES},
    }


def show(rows: list[Run], about: Run) -> None:
    """Print the results, and how many times as fast as R."""
    print(*(f"{name} {value}" for name, value in about.items()), sep="; ")
    if about["load"] > about["cores"] / 2:
        print("The machine was busy with other work: medians are too high, see the least.")
    columns = ("median_ms", "least_ms", "data_mb", "peak_mb", "goal")
    print(f"\n{'':40}", *(f"{name:>14}" for name in columns))
    for row in rows:
        name = row["task"] + ("" if row["program"] == "autonomy-stats" else f", {row['program']}")
        print(f"{name:40}", *(f"{row[column]!s:>14}" for column in columns))
    by_program = {(row["task"], row["program"]): row for row in rows}
    for (task, program), row in by_program.items():
        if program != "autonomy-stats":
            own = by_program[task, "autonomy-stats"]
            median, least = (row[n] / max(own[n], 0.1) for n in ("median_ms", "least_ms"))
            print(f"\n{task}: {median:.1f} times as fast as {program} (least: {least:.1f} times)")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--smaller", type=int, default=1, help="divide rows and schools")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    tasks = {task.name: task.smaller(args.smaller) for task in TASKS.values()}
    if args.smaller == 1:
        tasks = TASKS
    if args.task:
        print(json.dumps(run_here(tasks[args.task])))
        return
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(list(tasks.values()), args.repeats, args.smaller, Path(folder))
    about = facts(args.repeats, before)
    show(rows, about)
    save(args.out, rows, about)


if __name__ == "__main__":
    main()
