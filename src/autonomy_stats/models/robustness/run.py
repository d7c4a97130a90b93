"""The one call: an estimate, and how far it could be wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.effects import estimate_effects
from autonomy_stats.models.robustness.result import PARTS, Robustness

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.fit import Fit

__all__ = ["robustness"]


def robustness(
    frame: pd.DataFrame,
    outcome: str = "proficient_pct",
    *,
    parts: Sequence[str] = PARTS,
    curve_frame: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    draws: int = 999,
    seed: int = 0,
    n_jobs: int = 1,
    progress: Callable[[str], None] | None = None,
    **options: Any,
) -> Robustness:
    """Estimate differences by school type, and tell how far each could be wrong.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel.
    outcome : str
        Column to compare.
    parts : sequence of str
        What to make: `variations` (other controls, estimators and inference), `curve` (every
        defensible choice, with a joint test), `sensitivity` (to what was not measured),
        `misclassification` (of the roster), `balance`, `overlap`, `influence` (of each school,
        operator and type), `heterogeneity`. Default: all.
    curve_frame : pandas.DataFrame or mapping of str to pandas.DataFrame, optional
        What `specification_curve` chooses rows from, where that is more than the frame: with rows
        of all grades together, course tests, panels of other years. Default: the frame.
    draws : int
        Of the bootstrap, the permutation and the joint test of the curve.
    seed : int
        Of all of them.
    n_jobs : int
        Processes of the curve side by side; -1: as many as there are cores.
    progress : callable, optional
        Called with the name of each part before it is made.
    **options
        As in `estimate_effects`; all parts start from these.

    Returns
    -------
    Robustness
        `summary()` says it in words, `to_frame()` in one table; each part is an attribute.

    Raises
    ------
    UsageError
        If a part or an option is not among the allowed values.
    EstimationError
        If the frame does not support the estimate itself. A part that it does not support is left
        out, and `Robustness.problems` says why.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> found = aus.robustness(panel.frame, weights=None, parts=["balance", "overlap"])
    >>> found.parts
    ('balance', 'overlap')
    >>> table = found.balance[["school_type", "control", "std_difference", "equivalence"]]
    >>> table.round(2)
               school_type         control  std_difference    equivalence
    0  independent_charter  low_income_pct            0.55  not satisfied
    """
    wanted = (parts,) if isinstance(parts, str) else tuple(parts)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise UsageError(f"{unknown[0]!r} is no part; there are {', '.join(PARTS)}")
    if not wanted:
        raise UsageError(f"parts names nothing to make; there are {', '.join(PARTS)}")
    if not isinstance(draws, int) or draws < 1:
        raise UsageError(f"draws must be a whole number of at least 1; got {draws!r}")
    fit = estimate_effects(frame, outcome, **options)
    whole = frame if curve_frame is None else curve_frame
    made: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in PARTS:
        if name not in wanted:
            continue
        if progress is not None:
            progress(name)
        try:
            made |= _made(name, fit, whole, draws, seed, n_jobs, options)
        except (EstimationError, UsageError) as problem:  # the fit itself took these options
            problems[name] = str(problem)
    return Robustness(fit=fit, problems=problems, **made)


def _made(
    name: str,
    fit: Fit,
    frame: pd.DataFrame | Mapping[str, pd.DataFrame],
    draws: int,
    seed: int,
    n_jobs: int,
    options: dict[str, Any],
) -> dict[str, Any]:
    """Make a part: the attributes of the result that it fills."""
    if name == "variations":
        from autonomy_stats.models.robustness.variations import estimate_variations

        return {name: estimate_variations(fit, draws=draws, seed=seed)}
    if name == "curve":
        from autonomy_stats.models.robustness.curve import specification_curve

        made = specification_curve(
            frame, fit.outcome, draws=draws, seed=seed, n_jobs=n_jobs, **options
        )
        return {name: made}
    if name == "overlap":
        from autonomy_stats.models.robustness.overlap import overlap, overlap_schools

        return {name: overlap(fit), "overlap_schools": overlap_schools(fit)}
    return {name: _of_fit(name)(fit)}


def _of_fit(name: str) -> Callable[[Fit], pd.DataFrame]:
    """Return the function that makes a part from the fit alone: it and its module are named so."""
    module = import_module(f"autonomy_stats.models.robustness.{name}")
    made: Callable[[Fit], pd.DataFrame] = getattr(module, name)
    return made
