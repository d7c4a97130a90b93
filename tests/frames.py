"""Analysis panels for tests, made from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

SHARES = ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct")


def panel(
    schools: dict[str, int],
    *,
    seed: int = 0,
    subjects: tuple[str, ...] = ("ela", "math"),
    grades: tuple[str, ...] = ("03", "04", "05"),
    years: tuple[int, ...] = (2016,),
    gaps: dict[str, float] | None = None,
    first_id: int = 1,
) -> pd.DataFrame:
    """Return a panel of so many schools of each type, with a known gap of each type."""
    rng = np.random.default_rng(seed)
    rows = []
    number = first_id
    for school_type, count in schools.items():
        for _ in range(count):
            shares = dict(zip(SHARES, rng.uniform(5, 60, len(SHARES)), strict=True))
            base = 60 - 0.4 * shares["low_income_pct"] + rng.normal(0, 4)
            for year in years:
                for subject in subjects:
                    for grade in grades:
                        percent = base + (gaps or {}).get(school_type, 0.0) + rng.normal(0, 3)
                        rows.append(
                            {
                                "state": "testland",
                                "end_year": year,
                                "district_id": "0001",
                                "school_id": f"{number:04d}",
                                "school_name": f"School {number}",
                                "school_type": school_type,
                                "operator": "",
                                "assessment": "Test",
                                "series": "Test 1",
                                "subject": subject,
                                "grade": grade,
                                "n_tested": float(rng.integers(20, 90)),
                                "proficient_pct": float(np.clip(percent, 1, 99)),
                                **shares,
                            }
                        )
            number += 1
    frame = pd.DataFrame(rows)
    return frame.assign(
        proficient_pct_low=frame["proficient_pct"],
        proficient_pct_high=frame["proficient_pct"],
        status="reported",
        enrollment=300.0,
        white_pct=20.0,
    )
