"""Weighted least squares of a frame by numpy alone: quick, and no code of the package."""

from __future__ import annotations

import numpy as np
import pandas as pd

DEPENDENT = 1e-9
"""A column of which no larger share is left by the ones before it adds nothing."""


def type_estimates(
    frame: pd.DataFrame,
    outcome: str,
    *,
    controls: tuple[str, ...],
    absorb: tuple[str, ...],
    weights: str | None,
    reference: str = "traditional",
) -> dict[str, float]:
    """Return the estimate of each type; one that the columns before it imply has none."""
    root = np.ones(len(frame)) if weights is None else np.sqrt(frame[weights].to_numpy())
    cell = frame.groupby(list(absorb)).ngroup() if absorb else pd.Series(0, frame.index)
    kinds = sorted(set(frame["school_type"]) - {reference})
    columns = [("", (cell == one).to_numpy(float)) for one in sorted(set(cell))]
    columns += [("", frame[control].to_numpy(float)) for control in controls]
    columns += [(kind, (frame["school_type"] == kind).to_numpy(float)) for kind in kinds]
    kept: list[tuple[str, np.ndarray]] = []
    span: list[np.ndarray] = []
    for name, column in columns:
        scaled = left = column * root
        for one in 2 * span:
            left = left - one * (one @ left)
        if np.linalg.norm(left) > DEPENDENT * np.linalg.norm(scaled):
            span.append(left / np.linalg.norm(left))
            kept.append((name, scaled))
    matrix = np.column_stack([column for _, column in kept])
    found = np.linalg.lstsq(matrix, frame[outcome].to_numpy() * root, rcond=None)[0]
    named = zip((name for name, _ in kept), found, strict=True)
    return {name: value for name, value in named if name}
