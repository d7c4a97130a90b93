"""The scorecard of the raw files at hand."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autonomy_stats.claims.contrasts import contrasts_of_claims
from autonomy_stats.facts import load_claims
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.scorecard import score

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RealScorecard", "real_scorecard"]


@dataclass(frozen=True)
class RealScorecard:
    """A scorecard and the files that it stands on.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a claim; see `autonomy_stats.scorecard.score`.
    sources : pandas.DataFrame
        Files that the estimates were made from, as in `Panel.sources`.
    """

    table: pd.DataFrame
    sources: pd.DataFrame = field(repr=False)


def real_scorecard(raw: str | os.PathLike[str] | PanelStore | None = None) -> RealScorecard:
    """Score every claim of the report against the raw files at hand; simulated ones are refused.

    Parameters
    ----------
    raw : path or PanelStore, optional
        Folder of raw files, default `$AUTONOMY_STATS_RAW`, else `data/raw`; or panels of it.

    Returns
    -------
    RealScorecard

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as nothing:
    ...     made = real_scorecard(nothing)
    >>> made.table["verdict"].value_counts().to_dict()
    {'cannot be tested': 30, 'see its parts': 7, 'no claim': 1}
    """
    claims = load_claims()
    found = contrasts_of_claims(claims, raw)
    return RealScorecard(score(claims, found.contrasts, found.specifications), found.sources)
