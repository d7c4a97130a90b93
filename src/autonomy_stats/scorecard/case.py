"""A claim with the rows of the contrasts that it states."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autonomy_stats.scorecard.contrast import DELTA_SD, Contrast, contrast_of
from autonomy_stats.scorecard.stated import from_first
from autonomy_stats.scorecard.verdicts import judge

__all__ = ["Case", "Row"]

Row = Mapping[Hashable, Any]
"""A row of a table."""


@dataclass(frozen=True)
class Case:
    """A claim and the rows of the contrasts that it states."""

    claim: Row
    rows: Sequence[Row]

    @property
    def sign(self) -> int:
        """What the claim says of type a against type b; a ranking's pairs are in its order."""
        return -1 if self.claim["sign"] == "-" else 1

    def contrasts(self, delta_sd: float = DELTA_SD) -> list[Contrast]:
        """Return its contrasts, held against a margin."""
        return [
            contrast_of(
                row,
                sign=self.sign,
                count=len(self.rows),
                is_first=from_first(self.claim, str(row["type_a"])),
                delta_sd=delta_sd,
            )
            for row in self.rows
        ]

    def verdict(self, delta_sd: float = DELTA_SD) -> str:
        """Return the verdict at a margin."""
        return judge(self.claim["kind"], self.claim["wording"], self.contrasts(delta_sd)).verdict
