"""How strong the observed controls are, as a measure of what might be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["ALL_CONTROLS", "GROUPS", "benchmarks"]

GROUPS: Mapping[str, tuple[str, ...]] = {"race": ("black_pct", "hispanic_pct", "asian_pct")}
"""Controls that are a benchmark together, too."""

ALL_CONTROLS = "all controls"


def benchmarks(school_type: str, fit: Fit) -> Iterator[tuple[str, float, float]]:
    """Yield each control, and each group, with the shares of type and outcome that it explains."""
    assert fit.fitted is not None
    fitted = fit.fitted
    weight = np.ones(len(fitted.matrix)) if fitted.weights is None else fitted.weights
    root = np.sqrt(weight)[:, None]
    length = np.linalg.norm(root * fitted.matrix, axis=0)
    inverse = np.linalg.inv(np.linalg.qr(root * fitted.matrix / length, mode="r"))
    inverse = inverse @ inverse.T  # of the Gram matrix, columns of length one
    coefficients = fitted.coefficients * length
    k = fitted.terms.index(school_type)
    of_type = -inverse[:, k] / inverse[k, k]
    held = inverse - np.outer(inverse[:, k], inverse[k]) / inverse[k, k]
    left = float(weight @ fitted.residuals**2)
    controls = [control for control in fit.controls if control in fitted.terms]
    groups = {name: [c for c in group if c in controls] for name, group in GROUPS.items()}
    groups = {control: [control] for control in controls} | groups | {ALL_CONTROLS: controls}
    for name, group in groups.items():
        if len(group) < 2 and name not in controls:
            continue  # the group is one control, which stands by itself
        at = [fitted.terms.index(control) for control in group]
        with_type = of_type[at] @ np.linalg.solve(held[np.ix_(at, at)], of_type[at])
        with_outcome = coefficients[at] @ np.linalg.solve(inverse[np.ix_(at, at)], coefficients[at])
        rest = 1 / inverse[k, k]
        yield name, with_type / (with_type + rest), with_outcome / (with_outcome + left)
