"""The report's claims: which panel, fit and contrasts each is held against, and its verdict."""

from __future__ import annotations

from autonomy_stats.claims.contrasts import ClaimContrasts, contrasts_of_claims
from autonomy_stats.claims.real import RealScorecard, real_scorecard, score_contrasts

__all__ = [
    "ClaimContrasts",
    "RealScorecard",
    "contrasts_of_claims",
    "real_scorecard",
    "score_contrasts",
]
