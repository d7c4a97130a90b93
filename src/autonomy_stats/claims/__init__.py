"""What the report's claims are held against: which panel, which fit, which contrast."""

from __future__ import annotations

from autonomy_stats.claims.contrasts import ClaimContrasts, contrasts_of_claims

__all__ = ["ClaimContrasts", "contrasts_of_claims"]
