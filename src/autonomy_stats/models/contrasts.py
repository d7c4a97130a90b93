"""Differences between any types of a fit, equivalence, and joint tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from scipy import stats

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.inference import JointTest, cluster_robust, joint_test
from autonomy_stats.models.tables import (
    FEWEST_DF,
    FEWEST_SCHOOLS,
    ONE_REFERENCE,
    ONE_SCHOOL,
    TOO_FEW,
    WITHOUT_INTERVAL,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from autonomy_stats.models.fit import Fit
    from autonomy_stats.models.inference.cluster_robust import ClusterRobust, Kind, Working
    from autonomy_stats.models.wls import Fitted

__all__ = ["about_the_same", "compare", "compare_pairs", "joint_test_of"]

Types = str | Sequence[str]


def compare(fit: Fit, school_types: Types, against: Types | None = None) -> pd.DataFrame:
    """Return the difference between types, or averages of types; see `Fit.compare`."""
    left = _known(fit, school_types)
    right = _known(fit, fit.reference if against is None else against)
    if both := sorted(set(left) & set(right)):
        raise UsageError(f"{both[0]!r} stands on both sides of the comparison")
    fitted = _fitted(fit)
    contrast = _average(fitted, left) - _average(fitted, right)
    row: dict[str, object] = {"comparison": f"{' and '.join(left)} against {' and '.join(right)}"}
    counts = {name: [fit.schools(one) for one in side] for name, side in _sides(left, right)}
    why = _without_interval(fit, [*left, *right])
    row |= _inferred(fit, contrast, min(map(min, counts.values())), why)
    row |= {name: sum(schools) for name, schools in counts.items()}
    columns = ["comparison", *INFERRED, *counts, "note"]
    return marked(pd.DataFrame([row])[columns], fit)


def compare_pairs(fit: Fit, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return the differences of several pairs of types, as `Fit.compare` does of one.

    The covariance is computed once for all pairs, which is most of the work.

    Parameters
    ----------
    fit : Fit
        A fit whose estimator gives contrasts.
    pairs : sequence of (str, str)
        A type and what it is compared with.

    Returns
    -------
    pandas.DataFrame
        One row a pair, in the order given: the columns of `Fit.compare`.

    Raises
    ------
    UsageError
        If a type has no estimate, or stands on both sides.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> compare_pairs(fit, [("independent_charter", "traditional")])["estimate"].round(1).tolist()
    [-21.0]
    """
    if not pairs:
        return pd.DataFrame(columns=[*PAIR_COLUMNS])
    sides = [(_known(fit, one), _known(fit, other)) for one, other in pairs]
    if same := [left[0] for left, right in sides if left == right]:
        raise UsageError(f"{same[0]!r} stands on both sides of the comparison")
    fitted = _fitted(fit)
    contrasts = np.array(
        [_average(fitted, left) - _average(fitted, right) for left, right in sides]
    )
    robust = _robust(fit, contrasts)
    rows = []
    for (left, right), contrast, df in zip(sides, contrasts, robust.df, strict=True):
        counts = {name: fit.schools(side[0]) for name, side in _sides(left, right)}
        row: dict[str, object] = {"comparison": f"{left[0]} against {right[0]}"}
        why = _without_interval(fit, [*left, *right])
        inferred = _inferred(fit, contrast, min(counts.values()), why, (robust.vcov, float(df)))
        rows.append(row | inferred | counts)
    return marked(pd.DataFrame(rows)[PAIR_COLUMNS], fit)


INFERRED = ["estimate", "std_error", "df", "statistic", "p_value", "conf_low", "conf_high"]
PAIR_COLUMNS = ["comparison", *INFERRED, "n_schools", "n_schools_against", "note"]


def about_the_same(fit: Fit, margin: float) -> pd.DataFrame:
    """Test each type for a difference of less than a margin; see `Fit.about_the_same`."""
    if not margin > 0:
        raise UsageError(f"margin must be above 0; got {margin!r}")
    effects = fit.effects[fit.effects["std_error"].notna()]
    nearest = np.minimum(effects["estimate"] + margin, margin - effects["estimate"])
    p_value = stats.t.sf(nearest / effects["std_error"], effects["df"])
    half = stats.t.ppf(fit.conf_level, effects["df"]) * effects["std_error"]
    table = pd.DataFrame(
        {
            "school_type": effects["school_type"],
            "estimate": effects["estimate"],
            "conf_low": effects["estimate"] - half,
            "conf_high": effects["estimate"] + half,
            "margin": float(margin),
            "p_value": p_value,
            "about_the_same": p_value < 1 - fit.conf_level,
            "note": effects["note"],
        }
    )
    return marked(table.reset_index(drop=True), fit)


def joint_test_of(
    fit: Fit, school_types: Sequence[str] | None = None, *, each_other: bool = False
) -> JointTest:
    """Test that types do not differ from the reference, or each other; see `Fit.joint_test`."""
    shown = fit.effects.loc[fit.effects["std_error"].notna(), "school_type"].tolist()
    types = shown if school_types is None else _known(fit, school_types)
    types = [one for one in types if one != fit.reference]
    if untold := [one for one in types if one not in shown]:
        raise UsageError(f"type {untold[0]!r} has no interval, so that nothing can be tested of it")
    if len(types) < 1 + each_other:
        raise UsageError(
            f"{len(types)} types have an interval: there is nothing to test"
            + (" against each other" if each_other else "")
        )
    fitted = _fitted(fit)
    contrasts = np.array([_average(fitted, [one]) for one in types])
    if each_other:
        contrasts = contrasts[1:] - contrasts[0]
    test = joint_test(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        fitted.coefficients,
        contrasts,
        fitted.weights,
        kind=cast("Kind", fit.vcov),
        working=cast("Working", fit.working),
    )
    return replace(test, simulated=fit.simulated)


def _known(fit: Fit, types: Types) -> list[str]:
    """Return types as a list, each with an estimate."""
    names = [types] if isinstance(types, str) else list(types)
    estimated = fit.effects.loc[fit.effects["estimate"].notna(), "school_type"].tolist()
    for name in names:
        if name not in estimated:
            raise UsageError(f"no estimate of type {name!r}; there are {', '.join(estimated)}")
    if not names or len(set(names)) < len(names):
        raise UsageError(f"expected types, each once; got {names}")
    return names


def _fitted(fit: Fit) -> Fitted:
    if fit.fitted is None:
        raise UsageError(f"the estimator {fit.estimator!r} gives no contrasts of its own")
    return fit.fitted


def _average(fitted: Fitted, types: Sequence[str]) -> NDArray[np.float64]:
    """Return the contrast of the mean of some types; the reference adds nothing."""
    contrast: NDArray[np.float64] = np.zeros(len(fitted.terms))
    for one in types:
        if one in fitted.terms:
            contrast[fitted.terms.index(one)] += 1 / len(types)
    return contrast


def _sides(left: list[str], right: list[str]) -> list[tuple[str, list[str]]]:
    return [("n_schools", left), ("n_schools_against", right)]


def _without_interval(fit: Fit, types: Sequence[str]) -> str:
    """Return why types that are compared have no interval, as their notes say; empty if they do."""
    notes = fit.effects.set_index("school_type")["note"].to_dict()
    if fit.schools(fit.reference) == 1 and fit.reference in types:
        return ONE_SCHOOL
    for note in (str(notes[one]).partition(";")[0] for one in types):
        if note in WITHOUT_INTERVAL and (note != ONE_REFERENCE or fit.reference in types):
            return note
    return ""


def _robust(fit: Fit, contrasts: NDArray[np.float64]) -> ClusterRobust:
    """Return the covariance of a fit, with degrees of freedom of some contrasts."""
    fitted = _fitted(fit)
    return cluster_robust(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        fitted.weights,
        kind=cast("Kind", fit.vcov),
        working=cast("Working", fit.working),
        contrasts=contrasts,
    )


def _inferred(
    fit: Fit,
    contrast: NDArray[np.float64],
    fewest: int,
    why: str,
    known: tuple[NDArray[np.float64], float] | None = None,
) -> dict[str, object]:
    """Return a contrast with its interval; none if there is a reason why.

    `known`: the covariance and the contrast's degrees of freedom, if they are computed already.
    """
    fitted = _fitted(fit)
    estimate = float(contrast @ fitted.coefficients)
    if why:
        return {name: np.nan for name in INFERRED} | {"estimate": estimate, "note": why}
    if known is None:
        robust = _robust(fit, contrast[None, :])
        known = robust.vcov, float(robust.df[0])
    vcov, df = known
    std_error = float(np.sqrt(contrast @ vcov @ contrast))
    half = float(stats.t.ppf((1 + fit.conf_level) / 2, df)) * std_error
    statistic = estimate / std_error if std_error > 0 else np.nan
    values = (
        estimate,
        std_error,
        df,
        statistic,
        2 * float(stats.t.sf(abs(statistic), df)),
        estimate - half,
        estimate + half,
    )
    judged = fewest >= FEWEST_SCHOOLS and df >= FEWEST_DF
    return dict(zip(INFERRED, values, strict=True)) | {"note": "" if judged else TOO_FEW}
