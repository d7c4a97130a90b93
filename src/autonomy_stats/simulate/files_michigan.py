"""Write tidy tables as Michigan's teaching extract of 2001."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.loaders.michigan import SUBJECTS
from autonomy_stats.simulate.files import records, write_rows_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WRITERS"]

PER_PUPIL = 5870.25
HEADER = ["dcode", "bcode", "math4", "read4", "lunch", "enroll", "expend", "exppp"]
HEADER += ["lenroll", "lexpend", "lexppp"]


def write_meap(path: Path, tables: Mapping[str, pd.DataFrame], end_year: int = 2001) -> Path:
    """Write the extract; spending, which the tidy tables do not hold, is made up."""
    results = records(tables["achievement"], end_year)
    scores = {(row["school_id"], row["assessment"]): row["proficient_pct"] for row in results}
    body = []
    for row in records(tables["demographics"], end_year):
        school = row["school_id"]
        cells = [f"{int(row['district_id'])}.0", school]
        cells += [scores[(school, assessment)] for _, assessment in SUBJECTS.values()]
        body.append([*cells, row["low_income_pct"], *_spending(row["enrollment"])])
    return write_rows_text(path, [HEADER, *body])


def _spending(enrolled: float) -> list[float | None]:
    """Return enrollment, spending and spending per pupil, then the logarithms of the three."""
    if not enrolled > 0:
        return [enrolled, *[None] * 5]
    numbers = [enrolled, enrolled * PER_PUPIL, PER_PUPIL]
    return [*numbers, *(math.log(number) for number in numbers)]


WRITERS: dict[str, Callable[..., Path]] = {"michigan-meap-2001": write_meap}
"""Writers by layout."""
