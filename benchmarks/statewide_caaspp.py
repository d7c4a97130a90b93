#!/usr/bin/env python3
"""Measure how fast a statewide CAASPP file becomes the tidy rows of one district.

    .venv/bin/python benchmarks/statewide_caaspp.py [--rows N] [--repeats N] [--cold] [--out CSV]

A file of made-up results is written first; then each contender reads it, each time in a process of
its own, in turns. README.md beside this file says what is measured.
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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from caaspp_contenders import CONTENDERS
from machine import machine, peak_mb
from saving import save

# Only what costs next to nothing is imported here: Linux counts the memory of the process that
# starts another as the other's own peak.

HERE = Path(__file__).resolve().parent
OUT = HERE / "results" / "statewide_caaspp.csv"
N_ROWS, N_ROWS_SMALL = 3_500_000, 2_000
LIBRARIES = ("numpy", "pandas", "pyarrow", "polars", "duckdb")
OPTIONAL = ("polars", "duckdb")


def run_one(name: str, path: Path, small: Path) -> dict[str, Any]:
    """Run a contender once, in this process, which has imported all that it needs."""
    CONTENDERS[name](small)[0]()
    work, told = CONTENDERS[name](path)
    start, cpu_start = time.perf_counter(), time.process_time()
    result = work()
    made = {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - cpu_start,
        "peak_mb": peak_mb(),
    }
    n_rows, n_tested = told(result)
    return made | {"n_rows": n_rows, "n_tested": n_tested}


def run_apart(name: str, path: Path, small: Path, *, cold: bool) -> dict[str, Any]:
    """Run a contender in a process of its own."""
    if cold:
        forget(path)
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--contender", name, "--files", str(path), str(small)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{name}: {done.stderr}")
    return json.loads(done.stdout) | {"process_seconds": time.perf_counter() - start}


def forget(path: Path) -> None:
    """Ask Linux to drop a file from its page cache, so that it is read from disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def installed(name: str) -> str:
    """Return the version of a package; empty if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def measured(
    path: Path, small: Path, names: list[str], repeats: int, *, cold: bool
) -> list[dict[str, Any]]:
    """Return a row for each contender; stop if two of them do not agree."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            runs[name].append(run_apart(name, path, small, cold=cold))
    answers = {name: {(r["n_rows"], r["n_tested"]) for r in run} for name, run in runs.items()}
    if len(set.union(*answers.values())) != 1:
        sys.exit(f"the contenders do not agree on rows and students: {answers}")
    return [summary(name, run) for name, run in runs.items()]


def summary(name: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one row of the results."""
    seconds = [run["seconds"] for run in runs]
    return {
        "contender": name,
        "median_s": round(statistics.median(seconds), 3),
        "least_s": round(min(seconds), 3),
        "least_cpu_s": round(min(run["cpu_seconds"] for run in runs), 3),
        "median_process_s": round(statistics.median(run["process_seconds"] for run in runs), 3),
        "peak_mb": round(max(run["peak_mb"] for run in runs)),
        "rows_kept": runs[0]["n_rows"],
        "students": runs[0]["n_tested"],
    }


def facts(path: Path, n_rows: int, repeats: int, *, cold: bool) -> dict[str, Any]:
    """Return what the results depend on: the file, the way of measuring, the machine."""
    with path.open(encoding="ascii") as stream:
        n_columns = len(next(csv.reader(stream)))
    return {
        "file_rows": n_rows,
        "file_columns": n_columns,
        "file_mb": round(path.stat().st_size / 2**20),
        "page_cache": "cold" if cold else "warm",
        "repeats": repeats,
        **machine(),
        **{name: installed(name) for name in LIBRARIES},
    }


def show(rows: list[dict[str, Any]], about: dict[str, Any]) -> None:
    """Print the results."""
    print(*(f"{name} {value}" for name, value in about.items()), sep="; ")
    columns = ("median_s", "least_s", "least_cpu_s", "median_process_s", "peak_mb")
    print(f"\n{'':36}", *(f"{name:>16}" for name in (*columns, "median, times")))
    for row in rows:
        times = round(row["median_s"] / rows[0]["median_s"], 2)
        print(f"{row['contender']:36}", *(f"{row[n]:16}" for n in columns), f"{times:16}")
    print(f"\nEach kept {rows[0]['rows_kept']:,} rows of {rows[0]['students']:,} students tested.")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=N_ROWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--cold", action="store_true", help="read from disk each time (Linux)")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        write(*args.files, args.rows, args.seed)
    elif args.contender:
        print(json.dumps(run_one(args.contender, *args.files)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(args, Path(folder))


def write(path: Path, small: Path, n_rows: int, seed: int) -> None:
    """Write the file, and a small one to get ready with."""
    from caaspp_file import write_statewide

    write_statewide(path, n_rows, seed)
    write_statewide(small, min(n_rows, N_ROWS_SMALL), seed)


def compare(args: argparse.Namespace, folder: Path) -> None:
    """Write the files, measure every contender, print and save the results."""
    path, small = (folder / size / "statewide.txt" for size in ("whole", "small"))
    for file in (path, small):
        file.parent.mkdir()
    options = ["--rows", str(args.rows), "--seed", str(args.seed)]
    command = [sys.executable, __file__, "--write", "--files", str(path), str(small), *options]
    subprocess.run(command, check=True)
    absent = tuple(name for name in OPTIONAL if not installed(name))
    names = [name for name in args.only if not name.startswith(absent)]
    rows = measured(path, small, names, args.repeats, cold=args.cold)
    about = facts(path, args.rows, args.repeats, cold=args.cold)
    show(rows, about)
    save(args.out, rows, about)


if __name__ == "__main__":
    main()
