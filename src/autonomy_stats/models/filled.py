"""Hidden percents filled from the mean score of the same cell, where a state shows that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCALE", "Filled", "filled_from_scores"]

SCALE = ("assessment", "series", "subject", "grade")
"""Columns whose combinations each have a score scale and a cut score of their own."""

FEWEST = 10
"""With fewer known schools a line is not fitted."""

COUNTS = [
    "n_known",
    "n_hidden",
    "n_filled",
    "n_at_bound",
    "n_outside",
    "n_without_score",
    "slope",
    "note",
]


@dataclass(frozen=True)
class Filled:
    """A panel with hidden percents filled, and how many.

    Parameters
    ----------
    frame : pandas.DataFrame
        The panel, with hidden outcomes filled where there is a mean score, and `filled` (True for
        these). `status` stays what it was.
    counts : pandas.DataFrame
        One row for each combination of the columns of `SCALE`: the rows with a known outcome and
        a score (`n_known`), hidden rows (`n_hidden`), those of them filled (`n_filled`), filled at
        a bound of the state's rule (`n_at_bound`), filled from a score outside of those of the
        known rows (`n_outside`), without a score (`n_without_score`); the `slope` of
        the probit on the score; and a `note` where no line was fitted.
    """

    frame: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame


def filled_from_scores(
    frame: pd.DataFrame,
    outcome: str = "proficient_pct",
    *,
    score: str = "mean_score",
    weights: str = "n_tested",
    by: Sequence[str] = SCALE,
) -> Filled:
    """Fill hidden percents with what the mean score of the same cell predicts.

    Within each test, subject and grade the probit of the percent is a straight line of the mean
    score, fitted to the known cells by least squares weighted by students tested; as for
    normal scores of equal spread. A prediction outside of the state's bounds
    (`<outcome>_low`, `<outcome>_high`) is moved to the bound. A guess that uses more of what is
    published than leaving the cell out does, no result: cells are hidden because few passed,
    so that of two cells of the same mean the one with fewer is hidden, and the fill tends
    to be too high.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel. An estimate of the filled frame needs a weight for the hidden cells too.
    outcome, score, weights : str
        Columns of the percent, the mean score and the students tested.
    by : sequence of str
        Columns whose combinations are fitted apart; those that the frame lacks are passed over.

    Returns
    -------
    Filled

    Raises
    ------
    UsageError
        If the frame lacks a column.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "grade": "03", "n_tested": 50.0, "mean_score": [float(s) for s in range(700, 755, 5)],
    ...     "proficient_pct": [None, 10, 14, 18, 24, 30, 36, 42, 48, 54, 60],
    ...     "proficient_pct_low": 0.0, "proficient_pct_high": 100.0,
    ... })
    >>> filled = filled_from_scores(frame)
    >>> filled.frame.loc[filled.frame["filled"], "proficient_pct"].round(1).tolist()
    [8.5]
    """
    import pandas as pd

    needed = [outcome, f"{outcome}_low", f"{outcome}_high", score, weights]
    if absent := [column for column in needed if column not in frame]:
        raise UsageError(f"the frame has no column {absent[0]!r}; it has {list(frame.columns)}")
    cells = [column for column in by if column in frame]
    if not cells:
        raise UsageError(f"the frame has none of the columns of by={tuple(by)!r}")
    numbered = frame.reset_index(drop=True)
    values = numbered[outcome].astype("float64").copy()
    counts = []
    for key, rows in numbered.groupby(cells, dropna=False):
        predicted, count = _predict(rows, outcome, score, weights)
        values.loc[predicted.index] = predicted
        counts.append(dict(zip(cells, key, strict=True)) | count)
    filled = (numbered[outcome].isna() & values.notna()).to_numpy()
    return Filled(
        frame.assign(**{outcome: values.to_numpy()}, filled=filled),
        marked(pd.DataFrame(counts, columns=[*cells, *COUNTS]), frame),
    )


def _predict(
    rows: pd.DataFrame, outcome: str, score: str, weights: str
) -> tuple[pd.Series, dict[str, object]]:
    """Predict the hidden percents of one test, subject and grade, and count."""
    from scipy.stats import norm

    scored = rows[score].notna()
    hidden = rows[outcome].isna()
    known = rows[~hidden & scored & (rows[weights] > 0)]
    lost = rows[hidden & scored]
    count: dict[str, object] = {
        "n_known": len(known),
        "n_hidden": int(hidden.sum()),
        "n_filled": 0,
        "n_at_bound": 0,
        "n_outside": 0,
        "n_without_score": int((hidden & ~scored).sum()),
        "slope": np.nan,
        "note": "",
    }
    if len(known) < FEWEST or known[score].nunique() < 2:
        return lost[outcome].iloc[:0], count | {"note": f"fewer than {FEWEST} known cells"}
    tested = known[weights].to_numpy(float)
    # Half a student is added to each side, so that none and all have a probit.
    passed = (known[outcome].to_numpy(float) / 100 * tested + 0.5) / (tested + 1)
    slope, level = np.polyfit(known[score].to_numpy(float), norm.ppf(passed), 1, w=np.sqrt(tested))
    if not slope > 0:
        note = "the percent does not rise with the mean score"
        return lost[outcome].iloc[:0], count | {"slope": float(slope), "note": note}
    probit = level + slope * lost[score].astype("float64")
    free = probit.map(norm.cdf).astype("float64") * 100
    low, high = lost[f"{outcome}_low"].fillna(0), lost[f"{outcome}_high"].fillna(100)
    filled = free.clip(low, high)
    outside = ~lost[score].between(known[score].min(), known[score].max())
    return filled, count | {
        "n_filled": len(filled),
        "n_at_bound": int(((free < low) | (free > high)).sum()),
        "n_outside": int(outside.sum()),
        "slope": float(slope),
    }
