#!/usr/bin/env python3
"""Measure everything in one run, and write one table with ratios.

    make bench
    .venv/bin/python benchmarks/all.py [--quick] [--repeats N] [--only TEXT ...] [--out FOLDER]

README.md beside this file says what is measured, and how.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import case_district
import case_inference
import case_resampling
import case_startup
import case_study
import case_workbook
from machine import load_average, machine, r_is_there
from measure import Case, measured, run_here
from saving import save

OUT = Path(__file__).resolve().parent / "results"
REPEATS = 3
LIBRARIES = ("numpy", "pandas", "pyarrow", "polars", "duckdb", "openpyxl", "pyfixest")
CASES: tuple[Case, ...] = (
    *case_startup.CASES,
    *case_district.CASES,
    *case_workbook.CASES,
    *case_inference.CASES,
    *case_resampling.CASES,
    *case_study.CASES,
)


def with_r(rows: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Put R's clubSandwich after the other rows of CR2, if it is installed."""
    if not r_is_there():
        return rows
    found = []
    for row in rows:
        found.append(row)
        last = row is [r for r in rows if (r["what"], r["size"]) == (row["what"], row["size"])][-1]
        if row["what"] == case_inference.CR2 and last:
            at = folder / row["what"].replace(" ", "_").replace(",", "") / str(row["size"])
            seconds = case_inference.seconds_in_r(at)
            own = next(r for r in rows if r["what"] == row["what"] and r["size"] == row["size"])
            found.append(
                dict.fromkeys(row)
                | {name: row[name] for name in ("what", "size", "unit")}
                | {"program": "R clubSandwich", "median_s": seconds, "least_s": seconds}
                | {"times_ours": seconds / own["median_s"]}
            )
    return found


def facts(load: float, repeats: int) -> dict[str, Any]:
    """Return what the results depend on."""
    return {
        "repeats": repeats,
        **machine(),
        "load": round(load, 1),
        **{name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def as_markdown(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Return the results as one Markdown table."""
    lines = [
        "; ".join(f"{name} {value}" for name, value in about.items() if value != "") + ".",
        "",
        "| What | Size | Program | Median | Times ours | Peak memory | Growth of time, memory |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        size = f"{row['size']:,} {row['unit']}" if row["unit"] else ""
        ratio = "" if row["times_ours"] is None else f"{row['times_ours']:.2f}"
        memory = "" if row["peak_mb"] is None else f"{row['peak_mb']:,.0f} MB"
        growth = "" if row["growth_s"] is None else f"{row['growth_s']:.1f}, {row['growth_mb']:.1f}"
        cells = [row["what"], size, row["program"], _shown(row["median_s"]), ratio, memory, growth]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _shown(seconds: float) -> str:
    return f"{1e3 * seconds:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, once each")
    parser.add_argument("--repeats", type=int, help=f"default {REPEATS}; --quick: 1")
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="what these texts stand in")
    parser.add_argument("--out", type=Path, default=OUT)
    for hidden in ("--one", "--write"):
        parser.add_argument(hidden, nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if asked := args.one or args.write:
        case = next(c for c in CASES if (c.what, c.program) == tuple(asked[:2]))
        folder, size = Path(asked[2]), int(asked[3])
        if args.write:
            case.write(folder, size)
        else:
            print(json.dumps(run_here(case, folder, size)))
        return
    cases = [c for c in CASES if not args.only or any(text in c.what for text in args.only)]
    for case in cases:
        if not case.is_at_hand:
            print(f"{case.program}: left out, not installed", file=sys.stderr)
    load, repeats = load_average(), args.repeats or (1 if args.quick else REPEATS)
    with tempfile.TemporaryDirectory() as scratch:
        rows = measured(__file__, cases, Path(scratch), repeats, quick=args.quick)
        about = facts(load, repeats)
        save(args.out / "table.csv", rows, about)  # R may fail after an hour of the rest
        rows = with_r(rows, Path(scratch))
    save(args.out / "table.csv", rows, about)
    text = as_markdown(rows, about)
    (args.out / "table.md").write_text(text, encoding="utf-8", newline="\n")
    print(text)


if __name__ == "__main__":
    main()
