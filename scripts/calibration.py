#!/usr/bin/env python3
"""Write docs/calibration.md's tables and figure; with --run, first draw outcomes anew.

    .venv/bin/python scripts/calibration.py [--check]
    AUTONOMY_STATS_RAW=folder .venv/bin/python scripts/calibration.py --run [--only NAME]
        [--part NAME] [--jobs N] [--backend dask --scheduler ADDRESS]

`--run` takes the designs from official files and writes docs/calibration/*.csv: computed values
only, no row of a school. Without it, the page's tables and the figure are made from these files;
`--check` only says if the page differs from them.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from calibration_figure import FIGURE_ID, data, draw
from calibration_tables import BLOCKS as OTHER_BLOCKS
from calibration_threats import THREAT_BLOCKS

import autonomy_stats as aus
from autonomy_stats.errors import AutonomyStatsError
from autonomy_stats.models.detectable import minimum_detectable_effect
from autonomy_stats.outputs import Outputs
from autonomy_stats.parallel import BACKENDS, run_on
from autonomy_stats.raw_listing import RAW_VARIABLE
from autonomy_stats.simulate.calibration import calibrate
from autonomy_stats.simulate.claims_power import claims_power
from autonomy_stats.simulate.design import read_design
from autonomy_stats.simulate.outcomes import outcome_model
from autonomy_stats.simulate.threats import threats

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "calibration.md"
RESULTS = ROOT / "docs" / "calibration"
BLOCK = re.compile(
    r"(?P<begin><!-- calibration (?P<name>\S+): made by scripts/calibration\.py -->\n)"
    r".*?(?P<end><!-- end of calibration (?P=name) -->)",
    re.DOTALL,
)
BLOCKS = {**OTHER_BLOCKS, **THREAT_BLOCKS}
RUNS, DRAWS, SEED = 2000, 999, 0


@dataclass(frozen=True)
class Design:
    """A panel whose design is taken."""

    name: str
    words: str
    place: str
    end_years: tuple[int, ...]
    outcome: str = "proficient_pct"
    options: dict[str, Any] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        return aus.load_panel(self.place, list(self.end_years), **self.options).frame


DESIGNS = (
    Design("boston", "Boston 2018", "boston", (2018,)),
    Design("denver", "Denver 2016", "denver", (2016,)),
    Design("indianapolis", "Indianapolis 2016-17, ELA and math", "indianapolis", (2016, 2017)),
    Design(
        "indianapolis_both",
        "Indianapolis 2016-17, both passed",
        "indianapolis",
        (2016, 2017),
        options={"subjects": ("ela_and_math",)},
    ),
    Design("los_angeles", "Los Angeles 2024", "los_angeles", (2024,)),
    Design("memphis", "Memphis 2014, mean NCE", "memphis", (2014,), "mean_score"),
)
FOR_CLAIMS = (
    *DESIGNS,
    Design("boston_growth", "Boston 2018, growth", "boston", (2018,), "value", {"table": "growth"}),
)


# Results, each a frame for one design

Frame = pd.DataFrame


def coverage(design: Design, frame: Frame, jobs: int) -> Frame:
    """Calibration: the schools of all types alike, and types as wide as their own schools."""
    parts = [
        calibrate(
            frame, design.outcome, runs=RUNS, draws=DRAWS, seed=SEED, jobs=jobs, spread=spread
        ).assign(spread=spread)
        for spread in ("reference", "own")
    ]
    return pd.concat(parts)


def longer(design: Design, frame: Frame, jobs: int) -> Frame:
    """Ten times as many runs of what needs no resampling, and the same with normal errors."""
    common = {"runs": 10 * RUNS, "seed": SEED + 1, "jobs": jobs, "methods": ["CR2", "CR3"]}
    parts = []
    for spread, errors, truth in (
        ("reference", "auto", None),
        ("own", "auto", None),
        ("own", "normal", [0.0]),
    ):
        made = calibrate(frame, design.outcome, spread=spread, errors=errors, truth=truth, **common)
        parts.append(made.assign(spread=spread, errors=errors))
    return pd.concat(parts)


def power(design: Design, frame: Frame, jobs: int) -> Frame:
    """Power at the size that should be shown in four of five cases, under the working model."""
    expected = minimum_detectable_effect(frame, design.outcome).set_index("school_type")
    known = expected["expected_detectable"].replace(np.inf, np.nan).dropna()
    found = calibrate(
        frame, design.outcome, runs=RUNS, seed=SEED, jobs=jobs, methods=["CR2"], errors="normal",
        truth=known.to_dict(),
    )  # fmt: skip
    names = ["school_type", "n_schools", "df", "truth", "runs", "rejection", "rejection_error"]
    found = found.loc[found["school_type"].isin(known.index), [*names, "note"]]
    error = found["school_type"].map(expected["expected_std_error"])
    return found.assign(expected_std_error=error)


def spoilt(design: Design, frame: Frame, jobs: int) -> Frame:
    """Threats."""
    return threats(frame, design.outcome, runs=RUNS, seed=SEED, jobs=jobs)


def parameters(design: Design, frame: Frame, jobs: int) -> Frame:
    """What was taken from a panel."""
    held = read_design(frame, design.outcome)
    model = outcome_model(held, most=10.0 * held.of_type.any(axis=1))
    whole = held.components[held.fit.reference]
    sampling = whole.within - model.components.within
    row = {
        "rows": len(held.matrix),
        "schools": int(held.cluster[-1]) + 1,
        "columns": held.matrix.shape[1],
        "errors": "normal" if model.n_tested is None else "students",
        "sd_between": whole.between**0.5,
        "sd_rows": model.components.within**0.5,
        "sd_sampling": max(sampling, 0.0) ** 0.5 if model.n_tested is not None else np.nan,
        "rows_moved": int((np.abs(model.moved) > 1).sum()),
        "largest_move": float(np.abs(model.moved).max()),
    }
    own = {f"sd_between_{name}": found.between**0.5 for name, found in held.components.items()}
    del own[f"sd_between_{held.fit.reference}"]
    return pd.DataFrame([row | {"own": "; ".join(f"{k[11:]} {v:.1f}" for k, v in own.items())}])


RESULT_OF: dict[str, Callable[[Design, Frame, int], Frame]] = {
    "parameters": parameters,
    "coverage": coverage,
    "longer": longer,
    "power": power,
    "threats": spoilt,
}


def write(name: str, made: Frame, design: Design | None = None) -> None:
    """Write a result, keeping those of other designs."""
    path = RESULTS / f"{name}.csv"
    if design is not None:
        made = made.copy()
        made.insert(0, "design", design.name)
        if path.is_file():
            earlier = pd.read_csv(path, keep_default_na=True)
            made = pd.concat([earlier[earlier["design"] != design.name], made])
        order = {one.name: number for number, one in enumerate(DESIGNS)}
        made = made.sort_values("design", key=lambda names: names.map(order), kind="stable")
    Outputs(RESULTS).write_table(path.name, made)


def run(only: str | None, part: str | None, jobs: int) -> None:
    """Draw outcomes on each design, and write what comes of it."""
    for design in DESIGNS:
        if only in (None, design.name):
            frame = design.frame()
            for name, result in RESULT_OF.items():
                if part in (None, name):
                    write(name, result(design, frame, jobs), design)
                    print(f"{design.name}: {name}", flush=True)
    if part not in (None, "claims"):
        return
    detectable = [
        minimum_detectable_effect(design.frame(), design.outcome).assign(
            place=design.place, design=design.words, outcome=design.outcome
        )
        for design in FOR_CLAIMS
    ]
    write("claims", claims_power(pd.concat(detectable), aus.load_claims()))


# The page


def results() -> dict[str, Frame]:
    """Read the results; a missing text is empty."""
    found = {}
    for path in sorted(RESULTS.glob("*.csv")):
        frame = pd.read_csv(path)
        text = [name for name in ("note", "design_outcome", "reading") if name in frame]
        if path.stem == "claims":
            text.append("design")
        found[path.stem] = frame.assign(**{name: frame[name].fillna("") for name in text})
    return found


def words() -> dict[str, str]:
    """Names of the designs in words."""
    return {design.name: design.words for design in DESIGNS}


def refreshed(text: str, found: dict[str, Frame]) -> str:
    """Return the page's text with its tables made again."""

    def table(match: re.Match[str]) -> str:
        return f"{match['begin']}\n{BLOCKS[match['name']](found, words())}\n{match['end']}"

    return BLOCK.sub(table, text)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if the page differs")
    parser.add_argument("--run", action="store_true", help="draw outcomes anew from official files")
    parser.add_argument("--only", choices=[design.name for design in DESIGNS])
    parser.add_argument("--part", choices=[*RESULT_OF, "claims"])
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--backend", choices=BACKENDS, default="loky", help="dask: on a cluster")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of the cluster")
    asked = parser.parse_args(arguments)
    if asked.run:
        if not os.environ.get(RAW_VARIABLE):
            print(f"calibration: ${RAW_VARIABLE} names no folder", file=sys.stderr)
            return 1
        try:
            with run_on(asked.backend, asked.scheduler):
                run(asked.only, asked.part, asked.jobs)
        except AutonomyStatsError as problem:
            print(f"calibration: {problem}", file=sys.stderr)
            return 1
    found = results()
    text = PAGE.read_text(encoding="utf-8")
    fresh = refreshed(text, found)
    if asked.check:
        if fresh != text:
            print(f"{PAGE.name}: differs from its results; run scripts/calibration.py")
        return int(fresh != text)
    PAGE.write_text(fresh, encoding="utf-8", newline="\n")
    drawn = data(found["coverage"], words())
    Outputs(RESULTS).write_figure(FIGURE_ID, drawn, draw(drawn))
    return 0


if __name__ == "__main__":
    sys.exit(main())
