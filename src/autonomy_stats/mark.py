"""The mark of simulated files, which no table or drawing made from one may lose."""

from __future__ import annotations

__all__ = ["MARK"]

MARK = "SIMULATED"
"""How every school name of a simulated file begins, or a cell of every row without names.

It stands in the rows, so that it survives re-saving, cutting rows out and conversion.
"""
