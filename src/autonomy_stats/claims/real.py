"""The scorecard of the raw files at hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from autonomy_stats.claims.contrasts import ClaimContrasts, contrasts_of_claims
from autonomy_stats.facts import load_claims
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.scorecard import CONTRAST_COLUMNS, score

__all__ = ["RealScorecard", "real_scorecard", "score_contrasts"]


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
    return score_contrasts([contrasts_of_claims(load_claims(), raw)])


def score_contrasts(parts: Sequence[ClaimContrasts]) -> RealScorecard:
    """Score every claim of the report against estimates that were made in parts.

    Parameters
    ----------
    parts : sequence of ClaimContrasts
        Estimates, each of claims of its own.

    Returns
    -------
    RealScorecard

    Examples
    --------
    >>> made = score_contrasts([])
    >>> made.table["verdict"].value_counts().to_dict()
    {'cannot be tested': 30, 'see its parts': 7, 'no claim': 1}
    """
    none = pd.DataFrame(columns=list(CONTRAST_COLUMNS))
    contrasts = [one.contrasts for one in parts if len(one.contrasts)]
    specified = [one.specifications for one in parts if len(one.specifications)]
    sources = [one.sources for one in parts if len(one.sources)]
    table = score(
        load_claims(),
        pd.concat(contrasts, ignore_index=True) if contrasts else none,
        pd.concat(specified, ignore_index=True) if specified else none.assign(specification=""),
    )
    held = pd.concat(sources, ignore_index=True).drop_duplicates() if sources else pd.DataFrame()
    return RealScorecard(table, held)
