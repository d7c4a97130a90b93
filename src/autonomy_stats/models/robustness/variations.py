"""How far an estimate hangs on the way it was made: other controls, estimators and inference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.beside import COLUMNS, rows_of
from autonomy_stats.models.effects import estimate_effects
from autonomy_stats.models.estimators import LEAST_SQUARES, find_estimator

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["PERCENTS", "estimate_variations", "variations"]

ESTIMATORS = ("fractional_logit", "mixed", "matched", "aipw")
PERCENTS = ("proficient_pct",)
"""Outcomes that lie within 0 and 100, as a fractional logit needs."""

Variation = tuple[str, str, Callable[[], "Fit"]]


def estimate_variations(fit: Fit, *, draws: int = 9999, seed: int = 0) -> pd.DataFrame:
    """Estimate a fit in every way that the package has, in one table.

    Everything that `Fit.beside` has, then: controls with their squares; the other estimators;
    and, of the very same estimate, CR3, the other working model, the restricted wild cluster
    bootstrap and permutation among schools. Variations are not independent of each other and not
    equally good: a type whose sign or interval hangs on one of them is one to be careful about;
    counting how many agree is no test.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects`; the variations start from its options.
    draws : int
        Of the bootstrap and of the permutation.
    seed : int
        Of both.

    Returns
    -------
    pandas.DataFrame
        One row a variation and type: the columns of `Fit.beside`. A variation that can't be
        estimated has a row that says why.

    Raises
    ------
    UsageError
        If `draws` is no whole number of at least 1.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> table = estimate_variations(fit, draws=199)
    >>> charters = table[table["school_type"] == "independent_charter"].set_index("variation")
    >>> charters.loc[["as asked", "controls and squares"], "estimate"].round(1).to_list()
    [-21.0, -21.0]
    """
    if not isinstance(draws, int) or draws < 1:
        raise UsageError(f"draws must be a whole number of at least 1; got {draws!r}")
    tables = [fit.beside]
    tables += [rows_of(*variation) for variation in variations(fit)]
    tables += [_bootstrapped(fit, draws, seed), _permuted(fit, draws, seed)]
    found = pd.concat([table for table in tables if len(table)], ignore_index=True)
    kept = ~found["school_type"].isin(["", *_asked(fit)["drop_types"]])
    return marked(found[kept][COLUMNS].reset_index(drop=True), fit)


def _asked(fit: Fit) -> dict[str, Any]:
    assert fit.asked is not None, "estimate_effects keeps what it was asked"
    return dict(fit.asked.options)


def variations(fit: Fit) -> Iterator[Variation]:
    """Yield other controls, estimators and standard errors: name, subset, how it is estimated."""
    assert fit.asked is not None
    frame, options = fit.asked.frame, _asked(fit)

    def estimated(rows: pd.DataFrame, **changed: Any) -> Callable[[], Fit]:
        return lambda: estimate_effects(rows, fit.outcome, **{**options, **changed})

    if fit.controls:
        squares = {f"{c}_squared": frame[c] ** 2 for c in fit.controls}
        controls = [*fit.controls, *squares]
        yield "controls and squares", "", estimated(frame.assign(**squares), controls=controls)
    for name in ESTIMATORS:
        if name != fit.estimator and (name != "fractional_logit" or fit.outcome in PERCENTS):
            vcov = fit.vcov if fit.vcov in find_estimator(name).vcovs else "CR2"
            yield name, "", estimated(frame, estimator=name, vcov=vcov)
    if fit.vcov != "CR3":
        yield "standard errors", "CR3", estimated(frame, vcov="CR3")
    other = "inverse_weights" if fit.working == "identity" else "identity"
    if fit.weights is not None:
        yield "standard errors", f"working model {other}", estimated(frame, working=other)


def _tested(fit: Fit, variation: str, test: Callable[[str], tuple[float, ...]]) -> pd.DataFrame:
    """Return the same estimates with p-value and interval of another test, or why there are none.

    `test` takes a school type and returns `statistic, p_value, conf_low, conf_high`.
    """
    if fit.fitted is None or fit.estimator not in LEAST_SQUARES:
        why = f"{fit.estimator} is no least squares fit"
        return pd.DataFrame([{"variation": variation, "subset": "", "note": why}], columns=COLUMNS)
    rows = fit.effects[fit.effects["school_type"].isin(fit.fitted.terms)]
    made = []
    for row in rows.to_dict("records"):
        line: dict[str, Any] = {"variation": variation, "subset": ""}
        line |= {name: row[name] for name in ("school_type", "estimate", "n_schools", "note")}
        if row["std_error"] == row["std_error"]:  # else the note says why there is no interval
            try:
                found = test(str(row["school_type"]))
            except EstimationError as problem:
                line["note"] = str(problem)
            else:
                line |= dict(
                    zip(("statistic", "p_value", "conf_low", "conf_high"), found, strict=True)
                )
        made.append(line)
    return pd.DataFrame(made, columns=COLUMNS)


def _bootstrapped(fit: Fit, draws: int, seed: int) -> pd.DataFrame:
    """Return p-values and intervals of the restricted wild cluster bootstrap."""
    from autonomy_stats.models.inference.wild_bootstrap import wild_bootstrap

    def test(school_type: str) -> tuple[float, ...]:
        fitted = fit.fitted
        assert fitted is not None
        at = fitted.terms.index(school_type)
        found = wild_bootstrap(
            fitted.matrix,
            fitted.residuals,
            fitted.clusters,
            [float(index == at) for index in range(len(fitted.terms))],
            float(fitted.coefficients[at]),
            fitted.weights,
            draws=draws,
            conf_level=fit.conf_level,
            seed=seed,
        )
        return found.statistic, found.p_value, found.conf_low, found.conf_high

    return _tested(fit, "wild bootstrap", test)


def _permuted(fit: Fit, draws: int, seed: int) -> pd.DataFrame:
    """Return p-values and intervals of permutation among schools of a type and the reference."""
    import numpy as np

    from autonomy_stats.models.inference.permutation import permutation_test

    def test(school_type: str) -> tuple[float, ...]:
        fitted = fit.fitted
        assert fitted is not None
        terms = [term for term in fitted.terms if term in set(fit.effects["school_type"])]
        columns = {term: fitted.matrix[:, fitted.terms.index(term)] for term in terms}
        if (pd.DataFrame(columns).groupby(fitted.clusters).nunique() > 1).any(axis=None):
            raise EstimationError(
                f"some {fit.cluster} has rows of two types: types can't be dealt anew among them"
            )
        of_others = sum(column for term, column in columns.items() if term != school_type)
        found = permutation_test(
            np.delete(fitted.matrix, fitted.terms.index(school_type), axis=1),
            fitted.residuals + fitted.matrix @ fitted.coefficients,
            columns[school_type],
            fitted.clusters,
            np.zeros(len(fitted.matrix)) + of_others == 0,
            fitted.weights,
            draws=draws,
            conf_level=fit.conf_level,
            seed=seed,
        )
        return found.statistic, found.p_value, found.conf_low, found.conf_high

    return _tested(fit, "permutation", test)
