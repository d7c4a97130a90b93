"""How far what the data cannot show would move each estimate, on the design of a real panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.simulate.batches import linear_inference
from autonomy_stats.simulate.calibration import truth_table
from autonomy_stats.simulate.cases import (
    Case,
    case_batch,
    hidden_cases,
    roster_cases,
    selection_cases,
)
from autonomy_stats.simulate.design import StudyDesign, read_design
from autonomy_stats.simulate.outcomes import Errors, Spread, Truth, outcome_model
from autonomy_stats.simulate.parallel import in_batches

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["COLUMNS", "threats"]

TRUTH = 10.0
"""True association of every type, unless said otherwise."""

COLUMNS = [
    "threat",
    "size",
    "school_type",
    "n_schools",
    "schools_changed",
    "rows_hidden_pct",
    "truth",
    "runs",
    "mean_estimate",
    "shift",
    "mc_error",
    "coverage",
    "coverage_error",
    "runs_without_interval",
    "note",
]


def threats(
    frame: pd.DataFrame,
    outcome: str = "proficient_pct",
    *,
    truth: Truth | float | None = None,
    runs: int = 1000,
    seed: int = 0,
    selection: Sequence[float] = (0.25, 0.5, 1.0),
    misclassified: Sequence[float] = (0.05, 0.1, 0.2),
    hidden_below: Sequence[int] = (10, 20, 30),
    hidden_proficient: Sequence[int] = (3,),
    errors: Errors = "auto",
    spread: Spread = "reference",
    jobs: int | None = -1,
    progress: Callable[[int, int], object] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Draw outcomes with a known truth, spoil them in a stated way, and estimate by the default.

    Outcomes are drawn as by `calibrate`. The threats, each by itself:

    - `selection`: the schools of every type were chosen by a trait that no control shows. Their
      expected outcomes lie `size` standard deviations of the error between schools above what
      composition and type make them; reference schools were not chosen.
    - `roster`: `size` percent of a type's schools, rounded, are in truth of the reference type,
      and as many reference schools are of the type; which ones is drawn anew in each run. One
      type at a time; the other rosters are right.
    - `one school`: the same, of one school on either side.
    - `influential school`: the one school of the type that moves the estimate most, alone.
    - `few tested`: rows with fewer than `size` students tested are hidden.
    - `few proficient`: rows with at most `size` proficient students are hidden, as in Colorado.
    - `none`: nothing is spoilt.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel, real or simulated.
    outcome : str
        Column to take the parameters from.
    truth : mapping of str to float, or float, optional
        True association of each type, none for a type that is not named; or of all. Default: 10.
    runs, seed : int
        Outcomes drawn for each threat, and their seed.
    selection : sequence of float
        Strengths, in standard deviations of the reference schools' error.
    misclassified : sequence of float
        Shares of a type's schools, within (0, 1].
    hidden_below, hidden_proficient : sequence of int
        Numbers of students.
    errors, spread, jobs, progress, **options
        As in `calibrate`.

    Returns
    -------
    pandas.DataFrame
        One row for each threat, size and type: `threat, size, school_type, n_schools,
        schools_changed, rows_hidden_pct, truth, runs, mean_estimate, shift, mc_error, coverage,
        coverage_error, runs_without_interval, note`. `shift` is the mean estimate less the
        truth, with its Monte Carlo error; `coverage` that of the default interval (CR2).
        `schools_changed` are those of the type that are in truth of the reference type,
        `rows_hidden_pct` the percent of the type's rows that is hidden, on average. A threat that
        cannot be put has its reason in `note`.

    Raises
    ------
    UsageError
        For an argument that is not allowed.
    EstimationError
        If the frame does not support the fit, or percents have no room for the truth.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> found = threats(
    ...     panel.frame, runs=50, jobs=1, selection=[1.0], misclassified=[0.2], hidden_below=[],
    ...     hidden_proficient=[], weights=None, cluster="district_id",
    ... )
    >>> found[["threat", "size", "schools_changed"]].head(3)
          threat  size  schools_changed
    0       none   NaN                0
    1  selection   1.0                0
    2     roster  20.0               16
    """
    _check(runs, misclassified)
    frame = frame.reset_index(drop=True)
    design = read_design(frame, outcome, **options)
    asked = TRUTH if truth is None else truth
    true = truth_table(design, [float(asked)] if isinstance(asked, int | float) else asked)[0]
    deviation = design.components[design.fit.reference].between ** 0.5
    least, most = _range(design, true, max([0.0, *selection]) * deviation)
    model = outcome_model(design, errors=errors, spread=spread, least=least, most=most)
    held = linear_inference(design, ["CR2"])
    cases = [
        *selection_cases(design, model, true, [0.0, *selection], deviation, held),
        *roster_cases(design, model, true, misclassified, held),
        *hidden_cases(design, model, true, frame, hidden_below, hidden_proficient, held),
    ]
    possible = [case for case in cases if case.possible]
    batches = in_batches(partial(case_batch, possible, model), runs, seed, jobs, progress)
    found = {
        id(case): [np.concatenate(parts, axis=-1) for parts in zip(*own, strict=True)]
        for case, own in zip(possible, zip(*batches, strict=True), strict=True)
    }
    return _table(design, true, cases, found)


def _check(runs: int, misclassified: Sequence[float]) -> None:
    """Refuse numbers that are not allowed."""
    if not isinstance(runs, int | np.integer) or runs < 2:
        raise UsageError(f"runs must be a whole number of at least 2; got {runs!r}")
    if bad := [share for share in misclassified if not 0 < share <= 1]:
        raise UsageError(f"a share of schools lies above 0 and is 1 at most; got {bad[0]!r}")


def _range(design: StudyDesign, true: FloatArray, selected: float) -> tuple[FloatArray, FloatArray]:
    """Return the smallest and the largest shift of each row's mean, (n,), by any threat."""
    own = design.of_type @ true
    # A reference school may in truth be of any type.
    least = np.where(design.reference, min(0.0, *true), np.minimum(own, 0.0))
    most = np.where(design.reference, max(0.0, *true), np.maximum(own, 0.0) + selected)
    return least, most


def _table(
    design: StudyDesign,
    true: FloatArray,
    cases: Sequence[Case],
    found: dict[int, list[FloatArray]],
) -> pd.DataFrame:
    """Return one row for each threat, size and type that it is put to."""
    import pandas as pd

    rows = []
    for case in cases:
        for number in case.types:
            effect = case.effect(number)
            row: dict[str, Any] = {
                "threat": case.threat,
                "size": case.size,
                "school_type": design.types[number],
                "n_schools": effect["n_schools"],
                "schools_changed": 0 if case.swap is None else case.swap.count,
                "truth": true[number],
                "runs": 0,
                "runs_without_interval": 0,
                "note": case.note or effect["note"],
            }
            if id(case) in found:
                estimates, half, hidden = (array[number] for array in found[id(case)])
                row |= _summary(estimates, half, true[number])
                row["rows_hidden_pct"] = 100 * float(hidden.mean())
            rows.append(row)
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _summary(estimates: FloatArray, half: FloatArray, truth: float) -> dict[str, float]:
    """Return where estimates lie on average, and how often their intervals hold the truth."""
    there = ~np.isnan(estimates)
    known = there & ~np.isnan(half)
    summary: dict[str, float] = {
        "runs": len(estimates),
        "runs_without_interval": int((~known).sum()),
    }
    if there.sum() > 1:
        mean, spread = float(estimates[there].mean()), float(estimates[there].std(ddof=1))
        summary |= {"mean_estimate": mean, "shift": mean - truth}
        summary["mc_error"] = spread / float(there.sum()) ** 0.5
    if known.any():
        rate = float((np.abs(estimates - truth) <= half)[known].mean())
        summary["coverage"] = rate
        summary["coverage_error"] = (rate * (1 - rate) / float(known.sum())) ** 0.5
    return summary
