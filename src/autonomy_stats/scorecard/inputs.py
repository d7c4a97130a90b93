"""What the scorecard takes: contrasts with what is needed to judge and to grade them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import is_simulated
from autonomy_stats.scorecard.case import Row
from autonomy_stats.scorecard.stated import stated_contrasts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONTRAST_COLUMNS", "checked", "rows_of"]

CONTRAST_COLUMNS = (
    "claim_id",
    "type_a",
    "type_b",
    "outcome",
    "unit",
    "estimate",
    "std_error",
    "df",
    "n_schools_a",
    "n_schools_b",
    "n_operators_a",
    "n_operators_b",
    "n_schools_reference",
    "reference_pct",
    "coverage_pct_a",
    "coverage_pct_b",
    "assessment",
    "end_years",
    "same_construct",
    "same_test",
    "missing_controls",
    "departure",
    "problem",
)

NUMBERS = CONTRAST_COLUMNS[5:16]
TEXTS = ("missing_controls", "departure", "problem", "assessment", "end_years")


def checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Refuse a frame without the columns, of simulated schools, or with a contrast twice."""
    import pandas as pd

    if is_simulated(frame):
        raise UsageError(f"{name}: estimates of simulated schools never enter a scorecard")
    needed = [*CONTRAST_COLUMNS, *(["specification"] if name == "specifications" else [])]
    if missing := [column for column in needed if column not in frame]:
        raise UsageError(f"{name} lacks the columns {', '.join(missing)}")
    key = [column for column in ("specification", *CONTRAST_COLUMNS[:3]) if column in needed]
    if (twice := frame.duplicated(key)).any():
        raise UsageError(f"{name} has twice: {', '.join(map(str, frame.loc[twice, key].iloc[0]))}")
    numbers = {column: pd.to_numeric(frame[column]).astype("float64") for column in NUMBERS}
    return frame.assign(**numbers, **{column: frame[column].fillna("") for column in TEXTS})


def rows_of(frame: pd.DataFrame, claim: Row) -> list[Row]:
    """Return a claim's rows; refuse pairs that it does not state, and some without the others."""
    own = frame[frame["claim_id"] == claim["claim_id"]]
    found = set(zip(own["type_a"], own["type_b"], strict=True))
    stated = set(stated_contrasts(claim))
    if found and found != stated:
        raise UsageError(
            f"{claim['claim_id']}: expected the contrasts {sorted(stated)}; got {sorted(found)}"
        )
    return list(own.to_dict("records"))
