"""Count what a join leaves over, by side and by school type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autonomy_stats.visible import path_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["JoinReport"]

MOST_IDS = 50
"""Ids that a line names at most; it counts them all."""

COLUMNS = ["join", "side", "school_type", "n_schools", "n_rows", "note"]


@dataclass
class JoinReport:
    """Lines of a join report, gathered as the joins are made."""

    _lines: list[dict[str, object]] = field(default_factory=list)

    def add(self, join: str, side: str, rows: pd.DataFrame) -> None:
        """Count some rows by school type; a line that says none where there are none.

        Parameters
        ----------
        join : str
            Which join.
        side : str
            What the rows are.
        rows : pandas.DataFrame
            Rows with `school_id`, and `school_type` where it is known.
        """
        if rows.empty:
            self._lines.append(_line(join, side, "", 0, 0, ""))
            return
        types = (
            rows["school_type"] if "school_type" in rows else rows["school_id"].map(lambda _: "")
        )
        for school_type, group in rows.groupby(types, dropna=False):
            ids = sorted(group["school_id"].unique())
            note = ", ".join(ids[:MOST_IDS]) + (", ..." if len(ids) > MOST_IDS else "")
            self._lines.append(_line(join, side, str(school_type), len(ids), len(group), note))

    def say(self, join: str, side: str, note: str) -> None:
        """Add a line that counts no school.

        Parameters
        ----------
        join, side, note : str
            Which join, what happened, and to what.
        """
        self._lines.append(_line(join, side, "", 0, 0, path_text(note)))

    def frame(self) -> pd.DataFrame:
        """Return the report, one row for each count."""
        import pandas as pd

        return pd.DataFrame(self._lines, columns=COLUMNS)


def _line(join: str, side: str, kind: str, schools: int, rows: int, note: str) -> dict[str, object]:
    return dict(zip(COLUMNS, (join, side, kind, schools, rows, note), strict=True))
