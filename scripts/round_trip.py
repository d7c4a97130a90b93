#!/usr/bin/env python3
"""Write docs/round_trip.csv: means of estimates from simulated students, beside the truth.

    .venv/bin/python scripts/round_trip.py [--seeds 40] [--place boston]

Students of each seed go through files in their state's layouts, the loaders, the panel and the
default model. Los Angeles takes most of the time: it has a tenth of the seeds. `scripts/tables.py`
puts the table into docs/simulation.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pandas as pd

from autonomy_stats.cache import OFF, VARIABLE
from autonomy_stats.simulate.cities import CITIES
from autonomy_stats.simulate.round_trip import round_trip

OUT = Path(__file__).resolve().parent.parent / "docs" / "round_trip.csv"
FIRST_SEED = 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=40, help="seeds of each city")
    parser.add_argument("--place", action="append", help="this city only; may be repeated")
    arguments = parser.parse_args()
    os.environ[VARIABLE] = OFF  # no file is read twice
    parts = [pd.read_csv(OUT)] if OUT.exists() else []
    for city in CITIES:
        if arguments.place and city.place not in arguments.place:
            continue
        number = arguments.seeds // 10 if city.place == "los_angeles" else arguments.seeds
        seeds = range(FIRST_SEED, FIRST_SEED + number)
        quantities = ("proficient_pct", "growth") if city.growth else ("proficient_pct",)
        found = round_trip(city.place, seeds, quantities=quantities, through_files=True)
        print(found.round(2).to_string(), flush=True)
        parts.append(found)
    rows = pd.concat(parts).drop_duplicates(["place", "quantity", "school_type"], keep="last")
    rows = rows.sort_values(["place", "quantity", "school_type"], ascending=[True, False, True])
    rows.to_csv(OUT, index=False, float_format="%.4f", lineterminator="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
