"""How often intervals hold a truth that is known, on the design of a real panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.simulate.design import StudyDesign, read_design
from autonomy_stats.simulate.outcomes import Errors, Spread, Truth, outcome_model
from autonomy_stats.simulate.parallel import in_batches
from autonomy_stats.simulate.runs import (
    METHODS,
    Said,
    Setting,
    calibration_batch,
    degrees_of_freedom,
    setting,
)

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.inference.prepared import FloatArray

__all__ = ["COLUMNS", "TRUTHS", "calibrate", "truth_table"]

TRUTHS = (0.0, 5.0, 10.0)
"""What is true of every type unless said otherwise, in turns: nothing, and two alternatives."""

COLUMNS = [
    "school_type",
    "method",
    "truth",
    "n_schools",
    "n_operators",
    "df",
    "runs",
    "bias",
    "bias_error",
    "empirical_sd",
    "mean_std_error",
    "coverage",
    "coverage_error",
    "rejection",
    "rejection_error",
    "mean_width",
    "runs_without_interval",
    "note",
]


def calibrate(
    frame: pd.DataFrame,
    outcome: str = "proficient_pct",
    *,
    runs: int = 2000,
    seed: int = 0,
    truth: Truth | Sequence[float] | None = None,
    draws: int = 999,
    methods: Sequence[str] = METHODS,
    errors: Errors = "auto",
    spread: Spread = "reference",
    jobs: int | None = -1,
    progress: Callable[[int, int], object] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Draw outcomes with a known truth on a panel's design, and see what each method makes of it.

    From the panel come the design (which school is of which type, its rows, weights and controls,
    as `estimate_effects` uses them) and a few parameters of the fit: coefficients of cells and
    controls, and the variances between and within the reference schools. Each run draws a new
    outcome: the linear part with the true association of each type; an error of each school and
    of each row; and, of percents, the students tested. All methods are asked about the same draws.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel, real or simulated.
    outcome : str
        Column to take the parameters from.
    runs : int
        Outcomes drawn for each truth.
    seed : int
        The same seed gives the same numbers, whatever `jobs` is.
    truth : mapping of str to float, or sequence of float, optional
        True association of each type in the outcome's unit, none for a type that is not named;
        or values that hold for all types, in turns. Default: 0, then 5, then 10.
    draws : int
        Of the bootstrap and the permutation.
    methods : sequence of str
        `CR2` and `CR3` with Satterthwaite degrees of freedom; `CR1` with clusters less one, the
        usual clustered interval; `CR0` with the normal distribution; `HC1`, which takes all rows
        as independent; `wild_bootstrap` (restricted, Rademacher) and `permutation` of the type's
        label among its schools and the reference schools. The last two only test.
    errors : {"auto", "students", "normal"}
        `students`: percents within 0 and 100 with the sampling of students, see
        `autonomy_stats.simulate.outcomes`; `normal`: errors of constant variance, the working
        model of `minimum_detectable_effect`; `auto`: the former where it can be.
    spread : {"reference", "own"}
        Whether the schools of every type vary as the reference schools do, or those of a type
        with at least ten schools as its own did.
    jobs : int or None
        Processes, as joblib counts them. On a cluster (`parallel.run_on`), all workers.
    progress : callable, optional
        Called with the number of runs done and the number of all.
    **options
        Other arguments of `estimate_effects`.

    Returns
    -------
    pandas.DataFrame
        One row for each type but the reference, method and truth: `school_type, method, truth,
        n_schools, n_operators, df, runs, bias, bias_error, empirical_sd, mean_std_error,
        coverage, coverage_error, rejection, rejection_error, mean_width, runs_without_interval,
        note`. `coverage` is the share of intervals that hold the truth; for the bootstrap and the
        permutation the share of tests of the truth that do not reject it, which is the coverage
        of the interval that inverts the test. `rejection` is the share that rejects no
        difference: false where the truth is 0, else power. Columns that end in `_error` are Monte
        Carlo standard errors. A type without an interval has its reason in `note`.

    Raises
    ------
    UsageError
        For an argument that is not allowed.
    EstimationError
        If the frame does not support the fit, or percents have no room for the truth.

    References
    ----------
    Morris, T. P., White, I. R. and Crowther, M. J. (2019). Using simulation studies to evaluate
    statistical methods. *Statistics in Medicine* 38(11), 2074-2102.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> found = calibrate(
    ...     panel.frame, runs=100, truth=[0.0], methods=["CR2"], jobs=1, weights=None,
    ...     cluster="district_id",
    ... )
    >>> found[["school_type", "method", "truth", "n_schools", "runs"]]
               school_type method  truth  n_schools  runs
    0  independent_charter    CR2    0.0         78   100
    """
    _check(runs, draws, methods)
    design = read_design(frame, outcome, **options)
    truths = truth_table(design, TRUTHS if truth is None else truth)
    shifts = design.of_type @ truths.T
    model = outcome_model(
        design, errors=errors, spread=spread, least=shifts.min(axis=1), most=shifts.max(axis=1)
    )
    held = setting(design, model, truths, methods, draws)
    batches = in_batches(partial(calibration_batch, held), runs, seed, jobs, progress)
    estimates = np.concatenate([found for found, _ in batches], axis=-1)
    said = {name: Said.joined([own[name] for _, own in batches]) for name in methods}
    return _table(held, estimates, said)


def _check(runs: int, draws: int, methods: Sequence[str]) -> None:
    """Refuse numbers and names that are not allowed."""
    for name, value, least in (("runs", runs, 2), ("draws", draws, 1)):
        if not isinstance(value, int | np.integer) or value < least:
            raise UsageError(f"{name} must be a whole number of at least {least}; got {value!r}")
    if isinstance(methods, str) or not methods or set(methods) - set(METHODS):
        raise UsageError(f"methods must be some of {METHODS}; got {methods!r}")


def truth_table(design: StudyDesign, truth: Truth | Sequence[float]) -> FloatArray:
    """Return the true association of each type, (scenarios, types)."""
    if isinstance(truth, Mapping):
        if unknown := [name for name in truth if name not in design.types]:
            raise UsageError(
                f"truth names {unknown[0]!r}; the types of this design are {design.types}"
            )
        rows = [[truth.get(name, 0.0) for name in design.types]]
    else:
        rows = [[value] * len(design.types) for value in truth]
    table = np.array(rows, dtype=np.float64)
    if table.size == 0 or not np.isfinite(table).all():
        raise UsageError(f"truth must be finite numbers, at least one; got {truth!r}")
    return table


def _table(held: Setting, estimates: FloatArray, said: dict[str, Said]) -> pd.DataFrame:
    """Return one row for each type, method and truth."""
    import pandas as pd

    fit = held.design.fit
    effects = fit.effects[fit.effects["school_type"] != fit.reference]
    rows = []
    for effect in effects.to_dict("records"):
        about = {key: effect[key] for key in ("school_type", "n_schools", "n_operators", "note")}
        if effect["school_type"] not in held.design.types:  # left out, or implied by other columns
            nothing = {"truth": np.nan, "runs": 0, "runs_without_interval": 0}
            rows += [{**about, "method": method, **nothing} for method in held.methods]
            continue
        at = held.design.types.index(str(effect["school_type"]))
        shown = effect["std_error"] == effect["std_error"]
        for method, (number, truth) in product(held.methods, enumerate(held.truths[:, at])):
            row: dict[str, Any] = {**about, "method": method, "truth": truth}
            row |= _of_estimates(estimates[number, at], truth)
            row |= _of_method(said[method], number, at, shown)
            if shown:
                row["df"] = degrees_of_freedom(held.inference, method)[at]
                row["note"] = held.without.get(method, row["note"])
            rows.append(row)
    return pd.DataFrame(rows).reindex(columns=COLUMNS)


def _of_estimates(estimates: FloatArray, truth: float) -> dict[str, float]:
    """Return bias and spread of one type's estimates."""
    spread = float(estimates.std(ddof=1))
    return {
        "runs": len(estimates),
        "bias": float(estimates.mean() - truth),
        "bias_error": spread / len(estimates) ** 0.5,
        "empirical_sd": spread,
    }


def _of_method(said: Said, scenario: int, number: int, shown: bool) -> dict[str, float]:
    """Return what one method says of one type, or that it has no interval in any run."""
    inside = said.inside[scenario, number]
    known = ~np.isnan(inside) & shown
    missing: dict[str, float] = {"runs_without_interval": int((~known).sum())}
    if not known.any():
        return missing
    rates = {"coverage": inside[known], "rejection": said.rejected[scenario, number][known]}
    found: dict[str, float] = {}
    for name, hits in rates.items():
        rate = float(hits.mean())
        found |= {name: rate, f"{name}_error": (rate * (1 - rate) / len(hits)) ** 0.5}
    found["mean_std_error"] = float(said.std_error[scenario, number][known].mean())
    found["mean_width"] = float(said.width[scenario, number][known].mean())
    return found | missing
