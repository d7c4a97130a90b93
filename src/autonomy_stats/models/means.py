"""Averages of groups of schools and their change, with intervals for few schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from autonomy_stats.errors import EstimationError
from autonomy_stats.mark import COLUMN, is_simulated
from autonomy_stats.models.guards import WHY, breaks_in
from autonomy_stats.models.inference import cluster_robust

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["mean_change", "weighted_mean"]


def weighted_mean(
    frame: pd.DataFrame,
    outcome: str,
    weights: str,
    *,
    cluster: str = "school_id",
    conf_level: float = 0.95,
) -> dict[str, float]:
    """Return the weighted mean of an outcome, with an interval over schools.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of a group of schools.
    outcome, weights : str
        Columns; rows without either are left out and counted.
    cluster : str
        Column whose rows hang together.
    conf_level : float
        Confidence level.

    Returns
    -------
    dict
        `estimate, std_error, df, conf_low, conf_high, n_schools, n_students, n_rows_left_out`.
        The interval treats the schools as a sample of such schools; it is missing for fewer
        than two. `simulated` too, if any row is of a simulated file.

    Raises
    ------
    EstimationError
        If the rows pool series or growth measures that are not comparable.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"school_id": list("ab"), "y": [10.0, 30.0], "n": [100, 300]})
    >>> round(weighted_mean(frame, "y", "n")["estimate"], 1)
    25.0
    """
    rows = frame[frame[outcome].notna() & (frame[weights] > 0)]
    design = np.ones((len(rows), 1))
    return _summary(rows, design, np.ones(1), outcome, weights, cluster, conf_level) | {
        "n_rows_left_out": len(frame) - len(rows)
    }


def mean_change(
    frame: pd.DataFrame,
    outcome: str,
    weights: str,
    *,
    years: tuple[int, int],
    cluster: str = "school_id",
    conf_level: float = 0.95,
) -> dict[str, float]:
    """Return how the weighted mean of the same schools changed between two years.

    Schools without a result in both years are left out.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of a group of schools, with `end_year`.
    outcome, weights, cluster, conf_level
        As in `weighted_mean`.
    years : tuple of int
        First and last spring year.

    Returns
    -------
    dict
        As `weighted_mean`; `estimate` is the last year's mean less the first's, `n_students`
        the last year's.

    Raises
    ------
    EstimationError
        If the years are of series or growth measures that are not comparable.
    """
    rows = frame[frame[outcome].notna() & (frame[weights] > 0) & frame["end_year"].isin(years)]
    both = rows.groupby(cluster)["end_year"].nunique() == 2
    kept = rows[rows[cluster].isin(both[both].index)]
    last = (kept["end_year"] == years[1]).to_numpy(float)
    design = np.column_stack([np.ones(len(kept)), last])
    summary = _summary(kept, design, np.array([0.0, 1.0]), outcome, weights, cluster, conf_level)
    students = kept.loc[kept["end_year"] == years[1], weights].sum()
    return summary | {"n_rows_left_out": len(frame) - len(kept), "n_students": float(students)}


def _summary(
    rows: pd.DataFrame,
    design: np.ndarray,
    contrast: np.ndarray,
    outcome: str,
    weights: str,
    cluster: str,
    conf_level: float,
) -> dict[str, float]:
    """Return a contrast of a weighted regression with its interval; refuse rows across a break."""
    if found := breaks_in(rows):
        raise EstimationError(
            f"the rows pool what is not comparable: {'; '.join(found.values())}. Keep the rows of "
            f"one, or say that you mean it: frame.drop(columns={list(found)}). {WHY}"
        )
    schools = int(rows[cluster].nunique())
    weight = rows[weights].to_numpy(float)
    result = {
        "estimate": np.nan,
        "std_error": np.nan,
        "df": np.nan,
        "conf_low": np.nan,
        "conf_high": np.nan,
        "n_schools": schools,
        "n_students": float(weight.sum()),
    } | ({COLUMN: True} if is_simulated(rows) else {})
    if not schools:
        return result
    values = rows[outcome].to_numpy(float)
    root = np.sqrt(weight)
    coefficients = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
    result["estimate"] = float(contrast @ coefficients)
    if schools < 2:
        return result
    robust = cluster_robust(
        design,
        values - design @ coefficients,
        rows[cluster].to_numpy(),
        weight,
        contrasts=contrast[None, :],
    )
    error = float(np.sqrt(contrast @ robust.vcov @ contrast))
    half = float(stats.t.ppf((1 + conf_level) / 2, robust.df[0])) * error
    return result | {
        "std_error": error,
        "df": float(robust.df[0]),
        "conf_low": result["estimate"] - half,
        "conf_high": result["estimate"] + half,
    }
