"""Write the tidy tables of a made-up country as Parquet, the same for the same seed.

Schools of one state `nation`: results in two subjects each spring, demographics each spring, and
a roster of whole types. One in ten is of a type whose results lie `TRUTH` points from those of
traditional schools of the same composition.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

STATE, PLACE = "nation", "Nation"
FIRST_YEAR = 2010
SUBJECTS = ("ela", "math")
KINDS = {"traditional": 0.80, "independent_charter": 0.10, "innovation": 0.07, "pilot": 0.03}
TRUTH = {"traditional": 0.0, "independent_charter": 2.0, "innovation": -1.0, "pilot": 0.0}
SHARES = ("black", "hispanic", "asian", "english_learner", "low_income", "disability")
SLOPES = np.array([-0.10, -0.05, 0.10, -0.15, -0.30, -0.20])


class Country:
    """Schools with ids, types and levels, from a seed."""

    def __init__(self, schools: int, years: int, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        number = np.arange(schools)
        self.ids = np.char.mod("%07d", number)
        self.districts = np.char.mod("%05d", number // 20)
        self.kinds = self.rng.choice(list(KINDS), schools, p=list(KINDS.values()))
        self.shares = self.rng.dirichlet([1.0, 1.0, 0.3, 2.0], schools)[:, :3] * 90
        others = self.rng.uniform([0, 5, 5], [40, 90, 25], (schools, 3))
        self.shares = np.column_stack([self.shares, others])
        truth = np.array([TRUTH[kind] for kind in self.kinds])
        self.level = 60 + self.shares @ SLOPES + truth + self.rng.normal(0, 8, schools)
        self.years = range(FIRST_YEAR, FIRST_YEAR + years)

    def results(self) -> Iterator[pa.Table]:
        """Yield the results of each spring."""
        for year in self.years:
            for subject in SUBJECTS:
                count = len(self.ids)
                tested = self.rng.integers(20, 300, count)
                percent = np.clip(self.level + self.rng.normal(0, 6, count), 0.5, 99.5).round(1)
                columns = {name: pa.array([text] * count) for name, text in _same(subject).items()}
                yield pa.table(
                    {
                        "state": columns.pop("state"),
                        "end_year": pa.array(np.full(count, year)),
                        "district_id": self.districts,
                        "school_id": self.ids,
                        **columns,
                        "n_tested": tested,
                        "proficient_pct": percent,
                    }
                )

    def demographics(self) -> Iterator[pa.Table]:
        """Yield who attended in each spring."""
        for year in self.years:
            count = len(self.ids)
            moved = np.clip(self.shares + self.rng.normal(0, 1, self.shares.shape), 0, 100)
            yield pa.table(
                {
                    "state": pa.array([STATE] * count),
                    "end_year": np.full(count, year),
                    "school_id": self.ids,
                    "enrollment": self.rng.integers(100, 1500, count),
                    **{f"{name}_pct": moved[:, n].round(2) for n, name in enumerate(SHARES)},
                }
            )

    def roster(self) -> str:
        """Return the roster as CSV."""
        header = "state,place,school_id,school_name,school_type,operator,from_end_year,"
        lines = [f"{header}to_end_year,source,confidence,note"]
        lines += [
            f"{STATE},{STATE},{school},,{kind},,,,made up from a seed,documented,"
            for school, kind in zip(self.ids, self.kinds, strict=True)
        ]
        return "\n".join(lines) + "\n"


def _same(subject: str) -> dict[str, str]:
    """Return the texts that all rows of a subject share."""
    return {
        "state": STATE,
        "assessment": "National",
        "series": "National 1",
        "subject": subject,
        "grade": "all",
        "student_group": "all",
        "status": "reported",
    }


def write_country(folder: Path, schools: int, years: int, seed: int = 0) -> None:
    """Write `raw/achievement.parquet`, `raw/demographics.parquet` and `roster.csv`."""
    country = Country(schools, years, seed)
    raw = folder / "raw"
    raw.mkdir(parents=True)
    for name, parts in (
        ("achievement", country.results()),
        ("demographics", country.demographics()),
    ):
        first = next(parts)
        with pq.ParquetWriter(raw / f"{name}.parquet", first.schema) as writer:
            writer.write_table(first)
            for part in parts:
                writer.write_table(part)
    (folder / "roster.csv").write_text(country.roster(), encoding="utf-8")
