"""The report's claims against estimates: rules that were written down, one verdict a claim.

Frames in, frames out. What the rules say, and why, is in `docs/scorecard.md`.
"""

from __future__ import annotations

from autonomy_stats.scorecard.stated import stated_contrasts
from autonomy_stats.scorecard.table import CONTRAST_COLUMNS, SCORECARD_COLUMNS, score
from autonomy_stats.scorecard.tally import tally

__all__ = ["CONTRAST_COLUMNS", "SCORECARD_COLUMNS", "score", "stated_contrasts", "tally"]
