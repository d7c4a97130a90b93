"""What suppressed controls could do to an estimate: both ends, and the worst that a search finds.

An estimate is no weighted sum of the controls, so unlike the bounds of `outcome_bounds` those of
the search are no guarantee: there may be values that move the estimate further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.design import DEFAULT_ABSORB, Design, build_design

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["control_bounds", "shares_at"]

UNIT = ("school_id", "end_year")
"""Columns whose rows have one value of a share."""

GAIN = 1e-6
"""A step that gains a smaller share of the outcome's standard deviation is none."""

ALL_CORNERS = 8
"""Up to so many shares the search starts from all corners, and misses none."""

COLUMNS = [
    "school_type",
    "estimate",
    "all_low",
    "all_high",
    "worst_low",
    "worst_high",
    "n_schools",
    "n_schools_hidden",
    "n_shares_hidden",
]


def shares_at(frame: pd.DataFrame, end: str, shares: Sequence[str]) -> pd.DataFrame:
    """Return the frame with suppressed shares at one end of what they may be.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel with columns `<share>_low` and `<share>_high`.
    end : {"low", "high"}
        Which end. A share without that column, or with no value in it, stays as it is.
    shares : sequence of str
        Names of the shares.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"black_pct": [2.0], "black_pct_low": [0.0], "black_pct_high": [4.0]})
    >>> shares_at(frame, "high", ["black_pct"])["black_pct"].tolist()
    [4.0]
    """
    if end not in ("low", "high"):
        raise UsageError(f"end must be 'low' or 'high'; got {end!r}")
    known = [share for share in shares if f"{share}_{end}" in frame]
    return frame.assign(**{s: frame[f"{s}_{end}"].fillna(frame[s]) for s in known})


def control_bounds(
    frame: pd.DataFrame,
    outcome: str,
    *,
    school_type: str = "school_type",
    reference: str = "traditional",
    controls: Sequence[str] | None = None,
    absorb: Sequence[str] = DEFAULT_ABSORB,
    weights: str | None = "auto",
    cluster: str = "school_id",
    drop_types: Sequence[str] = ("exam", "alternative", "unknown"),
    n_starts: int = 2,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how far shares that are known as intervals only may move each estimate.

    A suppressed share stands in the panel at the midpoint of its interval, in the columns
    `<share>_low` and `<share>_high`. Here they are all put at the lower and all at the upper end,
    and a search looks for the ends that make each type's estimate smallest and largest. It starts
    from the midpoints and from `n_starts` corners drawn at random, and moves
    the shares to the ends that the estimate's slopes point to as long as that helps. What it
    finds is possible, but no guarantee: other values may move the estimate further. Of up to
    eight shares it starts from all corners, so that none of these does. The shares of a school
    are taken to be free of each other. Sampling error is left out.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel; a share of a school and year has one value in all its rows.
    outcome : str
        Column to compare.
    school_type, reference, controls, absorb, weights, cluster, drop_types
        As in `estimate_effects`.
    n_starts : int
        Random corners to start from as well.
    seed : int
        Seed of these corners.

    Returns
    -------
    pandas.DataFrame
        One row a type: `school_type, estimate, all_low, all_high, worst_low, worst_high,
        n_schools, n_schools_hidden, n_shares_hidden`. `n_schools` are those of the type and
        `n_schools_hidden` those of them with a share that is an interval; `n_shares_hidden` counts
        the shares (of a school in a year) of all schools compared, all of which the search moves.

    Raises
    ------
    EstimationError
        If an interval is upside down, or differs between rows of a school and year.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcd"), "school_type": ["traditional"] * 3 + ["charter"],
    ...     "y": [0.0, 10.0, 20.0, 30.0], "share": [0.0, 10.0, 20.0, 10.0],
    ...     "share_low": [0.0, 10.0, 20.0, 5.0], "share_high": [0.0, 10.0, 20.0, 15.0],
    ... })
    >>> found = control_bounds(frame, "y", controls=["share"], weights=None)
    >>> found[["estimate", "worst_low", "worst_high", "n_shares_hidden"]].round(6)
       estimate  worst_low  worst_high  n_shares_hidden
    0      20.0       15.0        25.0                1
    """
    import pandas as pd

    design = build_design(
        frame,
        outcome,
        school_type=school_type,
        reference=reference,
        controls=controls,
        absorb=absorb,
        weights=weights,
        cluster=cluster,
        drop_types=drop_types,
    )
    hidden = _hidden(design)
    n = len(hidden.low)
    if n <= ALL_CORNERS:
        picks = np.array(list(product((True, False), repeat=n)), dtype=bool)
    else:
        picks = np.random.default_rng(seed).random((n_starts, n)) < 0.5
    starts = [hidden.middle, *np.where(picks, hidden.low, hidden.high)]
    rows = []
    for name in (t for t in design.types if t in design.terms):
        own = design.frame["_type"].to_numpy() == name
        at = [hidden.estimate(name, v) for v in (hidden.middle, hidden.low, hidden.high)]
        rows.append(
            {
                "school_type": name,
                "estimate": at[0],
                "all_low": at[1],
                "all_high": at[2],
                "worst_low": min(_furthest(hidden, name, -1, start) for start in starts),
                "worst_high": max(_furthest(hidden, name, 1, start) for start in starts),
                "n_schools": design.frame.loc[own, design.school].nunique(),
                "n_schools_hidden": design.frame.loc[own & hidden.touched, design.school].nunique(),
                "n_shares_hidden": n,
            }
        )
    return marked(pd.DataFrame(rows, columns=COLUMNS), frame)


@dataclass(frozen=True)
class _Hidden:
    """Shares that are intervals, and the regression that they enter.

    `low`, `middle` and `high` are (k,), a value for each hidden share of a school and year;
    `row`, `column` and `which` say where in the matrix each stands: entry (`row`, `column`) is
    share number `which`. `touched` marks rows with one.
    """

    design: Design
    low: NDArray[np.float64]
    middle: NDArray[np.float64]
    high: NDArray[np.float64]
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    which: NDArray[np.intp]
    touched: NDArray[np.bool_]

    def estimate(self, name: str, values: NDArray[np.float64]) -> float:
        """Return a type's estimate with the hidden shares at some values."""
        return self.slopes(name, values)[0]

    def slopes(self, name: str, values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return a type's estimate, and how fast it moves with each hidden share.

        With b = (X'WX)^-1 X'Wy and e = y - Xb, entry (i, j) of X moves the coefficient k by
        ``(X'WX)^-1[k, j] w[i] e[i] - a[i] b[j]``, where a[i] is what outcome i adds to b[k].
        """
        matrix = self.design.matrix.copy()
        matrix[self.row, self.column] = values[self.which]
        weight = self.design.weights
        weighted = matrix if weight is None else matrix * weight[:, None]
        # Normal equations in columns of equal length: many fits are needed, and ten digits do.
        product = weighted.T @ matrix
        length = np.sqrt(np.diag(product))
        inverse = np.linalg.inv(product / np.outer(length, length)) / np.outer(length, length)
        coefficients = inverse @ (weighted.T @ self.design.outcome)
        residuals = self.design.outcome - matrix @ coefficients
        k = self.design.terms.index(name)
        scale = np.ones(len(matrix)) if weight is None else weight
        moved = inverse[k, self.column] * (scale * residuals)[self.row]
        moved -= (weighted @ inverse[k])[self.row] * coefficients[self.column]
        slopes = np.bincount(self.which, moved, len(self.low)).astype(np.float64)
        return float(coefficients[k]), slopes


def _hidden(design: Design) -> _Hidden:
    """Find the controls that are intervals: one for each share of a school and year."""
    import pandas as pd

    frame = design.frame
    unit = frame.groupby([c for c in UNIT if c in frame] or [design.school]).ngroup()
    parts = []
    for share in design.controls:
        if share not in design.terms or not {f"{share}_low", f"{share}_high"} <= set(frame):
            continue
        low, high = (frame[f"{share}_{end}"].to_numpy(float) for end in ("low", "high"))
        if (low > high).any():
            raise EstimationError(
                f"{share}_low exceeds {share}_high in {int((low > high).sum())} rows, the first "
                f"of school {frame.loc[low > high, design.school].iloc[0]!r}; swap them"
            )
        rows = np.flatnonzero(low < high)
        parts.append(
            pd.DataFrame(
                {
                    "row": rows,
                    "column": design.terms.index(share),
                    "unit": unit.to_numpy()[rows],
                    "low": low[rows],
                    "middle": frame[share].to_numpy(float)[rows],
                    "high": high[rows],
                }
            )
        )
    entries = pd.concat(parts) if parts else pd.DataFrame(columns=["row", "column", "unit"])
    ends = ["low", "middle", "high"]
    grouped = entries.groupby(["column", "unit"])
    values = grouped[ends].first() if parts else pd.DataFrame(columns=ends, dtype=float)
    if parts and (grouped[ends].nunique() > 1).any(axis=None):
        raise EstimationError(
            "a share has several intervals in a school and year; one is allowed in all its rows"
        )
    touched = np.zeros(len(frame), dtype=bool)
    touched[entries["row"].to_numpy(int)] = True
    return _Hidden(
        design,
        low=values["low"].to_numpy(float),
        middle=values["middle"].to_numpy(float),
        high=values["high"].to_numpy(float),
        row=entries["row"].to_numpy(int),
        column=entries["column"].to_numpy(int),
        which=grouped.ngroup().to_numpy().astype(np.intp),
        touched=touched,
    )


def _furthest(hidden: _Hidden, name: str, sign: int, start: NDArray[np.float64]) -> float:
    """Return the smallest (sign -1) or largest (1) estimate that a climb from a start finds.

    Each step moves to the ends that the slopes point to: all shares if that helps, else the half
    of them that promises most, a quarter, and so on down to one.
    """
    values = start
    least = GAIN * float(np.std(hidden.design.outcome))
    best, slopes = hidden.slopes(name, values)
    while True:
        target = np.where(sign * slopes > 0, hidden.high, hidden.low)
        promise = sign * slopes * (target - values)
        order = np.argsort(-promise)[: int((promise > 0).sum())]
        while len(order):
            tried = values.copy()
            tried[order] = target[order]
            found, slopes_there = hidden.slopes(name, tried)
            if sign * (found - best) > least:
                break
            order = order[: len(order) // 2]
        else:
            return best
        values, best, slopes = tried, found, slopes_there
