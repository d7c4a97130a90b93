"""The design of a comparison, taken from a panel: who is compared, with what weights and shares.

From the panel's own outcome come a few parameters only: coefficients of cells and controls, and
how much schools, and rows of a school, vary. No outcome of the panel enters a simulated one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.models.design import build_design
from autonomy_stats.models.detectable import Components, variance_components
from autonomy_stats.models.effects import estimate_effects
from autonomy_stats.models.estimators import LEAST_SQUARES
from autonomy_stats.models.inference.prepared import FloatArray, IntArray, Prepared, prepare

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.fit import Fit

__all__ = ["FEWEST_OWN", "StudyDesign", "read_design"]

FEWEST_OWN = 10
"""Schools that a type must have for variances of its own."""


@dataclass(frozen=True)
class StudyDesign:
    """A design whose rows are in the order of their clusters, with what the fit says of errors.

    Parameters
    ----------
    fit : Fit
        The panel's own fit.
    prepared : Prepared
        The regression, with a contrast for each of `types`.
    matrix : array of shape (n, p)
        Its columns: cells, controls, types.
    types : tuple of str
        Types that have a coefficient.
    of_type : array of bool, shape (n, q)
        Which rows are of which of them.
    reference : array of bool, shape (n,)
        Which rows are of the reference type.
    linear : array of shape (n,)
        Fitted outcomes of the rows as if their schools were of the reference type.
    n_tested : array of shape (n,) or None
        Students tested, if every row has them.
    components : dict of str to Components
        Variances of the errors between and within schools: of the reference type, and of each
        type with at least `FEWEST_OWN` schools.
    index : array of shape (n,)
        Labels of the rows in the panel.
    """

    fit: Fit
    prepared: Prepared
    matrix: FloatArray
    types: tuple[str, ...]
    of_type: NDArray[np.bool_]
    reference: NDArray[np.bool_]
    linear: FloatArray
    n_tested: FloatArray | None
    components: dict[str, Components]
    index: NDArray[Any]

    @property
    def cluster(self) -> IntArray:
        """Return the number of each row's cluster, (n,)."""
        size = np.diff(self.prepared.starts, append=len(self.matrix))
        return np.repeat(np.arange(len(size)), size)

    def whole(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which clusters consist of such rows only, (m,)."""
        return np.logical_and.reduceat(rows, self.prepared.starts)


def read_design(frame: pd.DataFrame, outcome: str, **options: Any) -> StudyDesign:
    """Take the design of `estimate_effects` from a panel: the same exclusions, the same matrix.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel, real or simulated.
    outcome : str
        Column to compare.
    **options
        Other arguments of `estimate_effects`.

    Returns
    -------
    StudyDesign

    Raises
    ------
    UsageError
        If the estimator is no least squares, or for an argument of `estimate_effects`.
    EstimationError
        If the frame does not support the fit.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> design = read_design(panel.frame, "proficient_pct", weights=None, cluster="district_id")
    >>> design.types, design.matrix.shape, design.n_tested is None
    (('independent_charter',), (1823, 3), True)
    """
    fit = estimate_effects(frame, outcome, **options)
    if fit.estimator not in LEAST_SQUARES or fit.fitted is None or fit.asked is None:
        raise UsageError(
            f"a simulated design needs an estimator among {LEAST_SQUARES}; got {fit.estimator!r}"
        )
    asked = fit.asked.options
    names = ("school_type", "reference", "controls", "absorb", "cluster", "drop_types")
    built = build_design(
        fit.asked.frame, outcome, weights=fit.weights, **{name: asked[name] for name in names}
    )
    types = tuple(name for name in built.types if name in built.terms)
    columns = [built.terms.index(name) for name in types]
    fitted = fit.fitted
    contrasts = np.eye(len(built.terms))[columns]
    p = prepare(fitted.matrix, fitted.residuals, fitted.clusters, fitted.weights, contrasts)
    coefficients = fitted.coefficients.copy()
    coefficients[columns] = 0.0
    kind = built.frame["_type"].to_numpy(dtype=object)
    of_type = kind[:, None] == np.array(types, dtype=object)
    reference = kind == fit.reference
    return StudyDesign(
        fit=fit,
        prepared=p,
        matrix=fitted.matrix[p.order],
        types=types,
        of_type=of_type[p.order],
        reference=reference[p.order],
        linear=(fitted.matrix @ coefficients)[p.order],
        n_tested=_tested(built.frame, p.order),
        components=_components(
            fit, {fit.reference: reference, **dict(zip(types, of_type.T, strict=True))}
        ),
        index=built.frame.index.to_numpy()[p.order],
    )


def _tested(rows: pd.DataFrame, order: IntArray) -> FloatArray | None:
    """Return the students tested in each row, whole and at least one; None if a row lacks them."""
    if "n_tested" not in rows:
        return None
    tested = rows["n_tested"].to_numpy(float)[order]
    if not (tested > 0).all():
        return None
    return np.maximum(np.round(tested), 1.0)


def _components(fit: Fit, rows_of: dict[str, NDArray[np.bool_]]) -> dict[str, Components]:
    """Return the variances of the reference schools' errors, and those of each larger type."""
    fitted = fit.fitted
    assert fitted is not None
    found = {}
    for name, rows in rows_of.items():
        # A cluster may hold rows of several types: it counts if all of them are of this one.
        mixed = set(fitted.clusters[~rows])
        chosen = np.array([cluster not in mixed for cluster in fitted.clusters])
        clusters = len(set(fitted.clusters[chosen]))
        if clusters >= (1 if name == fit.reference else FEWEST_OWN):
            found[name] = variance_components(fitted, chosen)
    return found
