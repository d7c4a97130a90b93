"""The rows of a fit: those that have all it needs, and a count of what each reason costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.guards import refuse_incomplete

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["LARGEST", "complete_rows"]

LARGEST = 1e100
"""Of a number in the frame; weights are no smaller than its inverse."""

NO_CONTROL = "missing control"
"""Why a row stays out that lacks a share."""


def complete_rows(
    rows: pd.DataFrame,
    outcome: str,
    weight_column: str | None,
    controls: tuple[str, ...],
    drop_types: list[str],
    cluster: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Drop, step by step, what can't enter; count rows and schools of each type that it costs."""
    import pandas as pd

    school = "school_id" if "school_id" in rows else cluster
    counted = _Counted(rows["_type"], rows[school])
    steps = [
        ("type left out", rows["_type"].isin(drop_types)),
        ("no school type", rows["_type"] == ""),
        (f"no {outcome}", rows[outcome].isna()),
    ]
    if weight_column is not None:
        _refuse_weights(rows[weight_column], weight_column)
        steps.append((f"no {weight_column}", ~(rows[weight_column] > 0)))
    steps.append((NO_CONTROL, rows[list(controls)].isna().any(axis=1)))
    held = np.ones(len(rows), dtype=bool)
    lost = []
    for reason, out in steps:
        left = held & ~out.to_numpy(dtype=bool)
        if left.sum() < held.sum():
            lost.append(counted.lost(held, left).assign(reason=reason))
            if reason == NO_CONTROL:
                refuse_incomplete(rows[held], rows[left], school, controls)
        held = left
    columns = ["reason", "school_type", "n_schools", "n_rows"]
    exclusions = pd.concat(lost, ignore_index=True) if lost else pd.DataFrame(columns=columns)
    return rows[held], exclusions[columns]


class _Counted:
    """Rows and schools by type, counted by numbers: texts take longer than a fit."""

    def __init__(self, kinds: pd.Series, schools: pd.Series) -> None:
        import pandas as pd

        self.kind, self.names = pd.factorize(kinds, sort=True)
        self.school, self.schools = pd.factorize(schools)

    def lost(self, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> pd.DataFrame:
        """Return how many rows and schools each type loses between two choices of rows."""
        import pandas as pd

        n_rows = np.bincount(self.kind[before & ~after], minlength=len(self.names))
        n_schools = self._schools(before) - self._schools(after)
        table = {"school_type": self.names, "n_schools": n_schools, "n_rows": n_rows}
        return pd.DataFrame(table)[n_rows > 0]

    def _schools(self, rows: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return how many schools each type has; a row without one has none."""
        rows = rows & (self.school >= 0)
        pairs = np.unique(self.kind[rows] * len(self.schools) + self.school[rows])
        return np.bincount(pairs // max(1, len(self.schools)), minlength=len(self.names))


def _refuse_weights(weights: pd.Series, column: str) -> None:
    """Stop if a weight is negative, or too small to be told from none."""
    if (bad := weights < 0).any():
        raise EstimationError(
            f"column {column!r} holds a negative weight, {weights[bad].iloc[0]:g}; weights are "
            f"positive, and a row without one is missing or 0"
        )
    if ((weights > 0) & (weights < 1 / LARGEST)).any():
        raise EstimationError(f"column {column!r} holds a weight below {1 / LARGEST:g}")
