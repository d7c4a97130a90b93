"""Specification curves and simulations, and how they grow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from measure import OURS, Case

SCHOOLS = 100


def panel(schools: int = SCHOOLS, seed: int = 0):  # type: ignore[no-untyped-def]
    """Return a panel of schools in two subjects and four grades, with six shares."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    rows = 8 * schools
    school = np.arange(rows) % schools
    cell = np.arange(rows) // schools
    names = ("black", "hispanic", "asian", "english_learner", "low_income", "disability")
    kinds = np.array(["traditional"] * 6 + ["pilot"] * 2 + ["innovation"] * 2)[school % 10]
    level = rng.normal(50, 8, schools)[school] + rng.normal(0, 6, rows)
    return pd.DataFrame(
        {
            "school_id": [f"{number:06d}" for number in school],
            "end_year": 2018,
            "subject": np.where(cell % 2 == 0, "ela", "math"),
            "grade": np.array(["03", "04", "05", "06"])[cell // 2],
            "level": np.where(cell // 2 == 3, "middle", "elementary"),
            "school_type": kinds,
            "roster_confidence": np.where(school % 7 == 0, "inferred", "documented"),
            "operator": "",
            "n_tested": rng.integers(20, 120, rows).astype(float),
            "proficient_pct": np.clip(level, 1, 99),
            **{f"{name}_pct": rng.uniform(0, 60, schools)[school] for name in names},
        }
    )


def _curve(_folder: Path, count: int) -> Callable[[], object]:
    from autonomy_stats.models.robustness.grid import asked_options, make_grid
    from autonomy_stats.models.robustness.reading import read_arrays
    from autonomy_stats.models.robustness.specifications import estimate_all

    arrays = read_arrays(panel(), "proficient_pct", asked_options({}))
    grid = make_grid({"made": arrays}, "full", 10**9, seed=0)
    wls = [one for one in grid.specifications if one["estimator"] == "wls"][:count]
    return lambda: estimate_all({"made": arrays}, wls, n_jobs=2)


def _estimate(_folder: Path, schools: int) -> Callable[[], object]:
    from autonomy_stats import estimate_effects

    frame = panel(schools)
    estimate_effects(panel(), "proficient_pct")
    return lambda: estimate_effects(frame, "proficient_pct")


def _calibrate(_folder: Path, runs: int) -> Callable[[], object]:
    from autonomy_stats.simulate.calibration import calibrate

    frame = panel()
    wanted = {"truth": [0.0], "methods": ["CR2", "CR3"], "errors": "normal", "jobs": 2}
    return lambda: calibrate(frame, "proficient_pct", runs=runs, **wanted)


def _simulate(folder: Path, _count: int) -> Callable[[], object]:
    from autonomy_stats.simulate.raw_files import simulate_raw

    return lambda: simulate_raw(folder / "raw", 0, places=["memphis"])


CASES = (
    Case("estimate_effects", OURS, (500, 5_000), (50, 500), "schools of 8 rows", work=_estimate),
    Case("specification curve", OURS, (200, 2_000), (20, 50), "specifications", work=_curve),
    Case("calibration of CR2 and CR3", OURS, (200, 2_000), (50, 100), "runs", work=_calibrate),
    Case("simulated files of a state", OURS, (1,), (1,), "state", work=_simulate),
)
