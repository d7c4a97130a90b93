"""Whether estimates from simulated students are the truth on average, by Monte Carlo."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.models import estimate_effects
from autonomy_stats.panel import load_panel
from autonomy_stats.parallel import in_order
from autonomy_stats.simulate.cities import CITIES, City
from autonomy_stats.simulate.raw_files import simulate_raw, simulated_tables
from autonomy_stats.simulate.truth import Truth, load_truth

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["round_trip", "simulated_frame"]

NAMES = {"proficient_pct": "achievement", "growth": "growth"}
"""Tidy table of each quantity."""


def round_trip(
    place: str,
    seeds: Sequence[int],
    *,
    quantities: Sequence[str] = ("proficient_pct",),
    truth: Truth | None = None,
    through_files: bool = False,
    jobs: int = -1,
) -> pd.DataFrame:
    """Estimate a city's differences from students of several seeds, beside the truth.

    Parameters
    ----------
    place : str
        One of the five cities.
    seeds : sequence of int
        Seeds; each gives new schools and students.
    quantities : sequence of {"proficient_pct", "growth"}
        What is estimated: by the default model, of all springs that are simulated.
    truth : Truth, optional
        True associations; default the package's.
    through_files : bool
        Whether the students go through files in the state's layouts, the loaders and the panel,
        or straight into a frame. The second is faster.
    jobs : int
        Seeds at work at once; -1: one for each processor.

    Returns
    -------
    pandas.DataFrame
        One row a quantity and type: `place, quantity, school_type, seeds, truth, mean_estimate,
        mc_error, sd_estimate, mean_std_error, coverage`. `mc_error` is the standard error of
        `mean_estimate` over seeds; `coverage` the percent of 95 % intervals that hold the truth,
        missing if a type has none.

    Examples
    --------
    >>> found = round_trip("memphis", [1, 2], jobs=1)
    >>> found.set_index("school_type").loc["asd_charter", "truth"]
    np.float64(-6.0)
    """
    import pandas as pd
    from joblib import delayed

    known = load_truth() if truth is None else truth
    city = next(one for one in CITIES if one.place == place)
    work = (
        delayed(_estimates)(city, seed, tuple(quantities), known, through_files) for seed in seeds
    )
    rows = pd.concat(in_order(work, jobs), ignore_index=True)
    true = {(q, kind): v for q in quantities for kind, v in known.of(place, q).items()}
    named = zip(rows["quantity"], rows["school_type"], strict=True)
    rows["truth"] = [true.get(name, 0.0) for name in named]
    rows["covered"] = rows["truth"].between(rows["conf_low"], rows["conf_high"]).astype(float)
    rows.loc[rows["conf_low"].isna(), "covered"] = np.nan
    groups = rows.groupby(["quantity", "school_type"], sort=False)
    found: pd.DataFrame = groups.agg(
        seeds=("estimate", "count"),
        truth=("truth", "first"),
        mean_estimate=("estimate", "mean"),
        mc_error=("estimate", "sem"),
        sd_estimate=("estimate", "std"),
        mean_std_error=("std_error", "mean"),
        coverage=("covered", "mean"),
    ).reset_index()
    found["coverage"] *= 100
    found.insert(0, "place", place)
    return found


def _estimates(
    city: City, seed: int, quantities: tuple[str, ...], truth: Truth, through_files: bool
) -> pd.DataFrame:
    """Estimate the differences from the students of one seed."""
    import pandas as pd

    if through_files:
        frames = _through_files(city, seed, quantities, truth)
    else:
        frames = {name: simulated_frame(city, seed, name, truth) for name in quantities}
    parts = []
    for name, frame in frames.items():
        outcome = "proficient_pct" if name == "proficient_pct" else "value"
        effects = estimate_effects(frame, outcome).effects
        compared = effects["estimate"].notna() & (effects["school_type"] != "traditional")
        parts.append(effects[compared].assign(quantity=name))
    return pd.concat(parts)


def _through_files(
    city: City, seed: int, quantities: tuple[str, ...], truth: Truth
) -> dict[str, pd.DataFrame]:
    """Return the panels of a city from files of its state."""
    years, subjects = list(city.end_years), _subjects(city)
    with tempfile.TemporaryDirectory() as scratch:
        raw = Path(scratch) / "raw"
        simulate_raw(raw, seed, truth, places=[city.place], jobs=1)
        return {
            name: load_panel(city.place, years, table=NAMES[name], subjects=subjects, raw=raw).frame
            for name in quantities
        }


def simulated_frame(city: City, seed: int, quantity: str, truth: Truth) -> pd.DataFrame:
    """Return what the panel of a city would hold of one seed, without writing a file.

    Parameters
    ----------
    city : City
        One of `CITIES`.
    seed : int
        Seed.
    quantity : {"proficient_pct", "growth"}
        What the rows are of.
    truth : Truth
        True associations.

    Returns
    -------
    pandas.DataFrame
        Rows of the city's schools, with shares of students and `school_type` by the roster.
    """
    import pandas as pd

    tables, schools = simulated_tables(city, seed, truth, groups=False, growth=quantity == "growth")
    rows = tables[NAMES[quantity]]
    if "student_group" in rows:
        rows = rows[rows["student_group"] == "all"]
    rows = rows[rows["subject"].isin(_subjects(city))]
    if (rows["grade"] != "all").any():
        rows = rows[rows["grade"] != "all"]
    own = schools[schools["group"] != "elsewhere"]
    types = pd.concat(
        [
            pd.DataFrame(
                {
                    "school_id": own["school_id"],
                    "end_year": year,
                    "school_type": own[f"rostered_{year}"],
                }
            )
            for year in city.end_years
        ]
    ).dropna()
    key = ["school_id", "end_year"]
    shares = tables["demographics"].drop(columns=["state", "district_id", "school_name"])
    rows = rows.merge(types.astype({"end_year": "Int64"}), on=key, validate="m:1")
    return rows.merge(shares, on=key, how="left", validate="m:1")


def _subjects(city: City) -> tuple[str, ...]:
    """Return the subjects that are compared: in Indiana, both passed."""
    return ("ela_and_math",) if "ela_and_math" in city.subjects else city.subjects
