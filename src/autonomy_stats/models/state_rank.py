"""A school's percentile rank among its state's tested students, raw and adjusted for composition.

After the adjusted state percentile rank of Public Impact's second report, which names the measure
and gives neither formula nor numbers. What is ranked, among whom and how ties count is set here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import is_simulated, marked
from autonomy_stats.models.guards import MOST_INCOMPLETE, refuse_bad_rows
from autonomy_stats.schema import CONTROLS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = ["StateRanks", "percentile_ranks", "state_ranks"]

SAME = 1e-10
"""Outcomes that differ by less than this share of the largest are tied: it is rounding."""

ONE_A_CELL = ("state", "assessment", "series", "measure", "student_group")
"""Columns that hold one text in a cell, if ranks in it are to compare."""


@dataclass(frozen=True)
class StateRanks:
    """Ranks of a state's schools.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a school and cell of `by`: these columns, `school_id`, `district_id` and
        `school_name` if given, `series` if given, the weight summed over the rows used, `n_rows`
        and `n_rows_left_out` (grades with and without a result), the school's weighted mean
        `outcome`, `residual` (that less what composition and grades predict), `rank_raw` and
        `rank_adjusted` (0-100). A school without a result keeps its row, ranks missing.
    exclusions : pandas.DataFrame
        What did not enter: `reason`, the columns of `by`, `n_rows`, `n_schools` (those left
        with no row). Rows with a missing control lack the adjusted rank only.
    outcome, weight : str
        What is ranked, and what counts the students.
    by : tuple of str
        Columns whose cells are ranked apart.
    controls, missing_controls : tuple of str
        Shares held equal in the adjusted rank; shares of the study that have no value here.
    """

    frame: pd.DataFrame = field(repr=False)
    exclusions: pd.DataFrame = field(repr=False)
    outcome: str
    weight: str
    by: tuple[str, ...]
    controls: tuple[str, ...]
    missing_controls: tuple[str, ...]

    @property
    def simulated(self) -> bool:
        """Whether any school among the ranked came from a simulated file."""
        return is_simulated(self.frame)


def state_ranks(
    frame: pd.DataFrame,
    *,
    outcome: str = "proficient_pct",
    weight: str = "n_tested",
    by: Sequence[str] = ("end_year", "subject", "level"),
    controls: Sequence[str] | None = None,
) -> StateRanks:
    """Rank a state's schools by an outcome, within year, subject and level.

    A school's rank is the percent of the state's tested students who are in schools of a lower
    value, plus half of those in schools of the same value, its own among them. The students' mean
    rank is 50 in every cell. Schools whose results are suppressed have no rank and are not
    counted below or above any other.

    The raw rank is of the school's mean over its grades, weighted by students tested, so that it
    also says which grades a school has. The adjusted rank is of the mean residual of a regression
    of the outcome on an indicator of each grade and on the controls, weighted by students tested,
    in each cell by itself: each grade is set against the same grade in the state.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of **every** public school of one state, by grade or of all grades together, as
        `load_panel` of a state gives. Nothing here can tell whether schools are missing.
    outcome, weight : str
        Columns of what is ranked, and of students tested.
    by : sequence of str
        Columns whose cells are ranked apart. For rows of all grades together, which have no
        level: `("end_year", "subject")`.
    controls : sequence of str, optional
        Shares held equal in the adjusted rank; default: the study's, those with values.
        None at all (`[]`): grades only.

    Returns
    -------
    StateRanks

    Raises
    ------
    UsageError
        If an argument names no column.
    EstimationError
        If a cell mixes states, tests, student groups or rows of single and of all grades, holds a
        row twice, has too few schools to adjust, or lacks a control for more than 5 % of them.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abc"), "end_year": 2017, "proficient_pct": [20.0, 60.0, 40.0],
    ...     "n_tested": [100, 100, 200],
    ... })
    >>> ranks = state_ranks(frame, by=["end_year"], controls=[])
    >>> ranks.frame[["school_id", "rank_raw"]].to_dict("list")
    {'school_id': ['a', 'b', 'c'], 'rank_raw': [12.5, 87.5, 50.0]}
    """
    import pandas as pd

    for name, value in ("by", by), ("controls", controls):
        if isinstance(value, str):
            raise UsageError(f"{name} is a sequence of columns; got {value!r}")
    by = tuple(by)
    held = tuple(c for c in CONTROLS if c in frame and frame[c].notna().any())
    chosen = held if controls is None else tuple(controls)
    needed = ["school_id", outcome, weight, *by, *chosen]
    if absent := [column for column in needed if column not in frame]:
        raise UsageError(f"the frame has no column {absent[0]!r}; it has {list(frame.columns)}")
    try:
        numbers = dict.fromkeys((outcome, weight, *chosen), "float64")
        rows = frame.reset_index(drop=True).astype(numbers)
    except (TypeError, ValueError) as problem:
        raise UsageError(f"outcome, weight and controls must hold numbers: {problem}") from None
    _refuse(rows, by, chosen)
    exclusions = []

    def left_out(reason: str, out: pd.Series, among: pd.Series) -> None:
        before = rows[among].groupby(list(by))["school_id"].nunique()
        after = rows[among & ~out].groupby(list(by))["school_id"].nunique()
        lost = rows[among & out].groupby(list(by)).agg(n_rows=("school_id", "size"))
        lost["n_schools"] = before.sub(after, fill_value=0).reindex(lost.index).astype(int)
        exclusions.append(lost.reset_index().assign(reason=reason))

    no_outcome, no_weight = rows[outcome].isna(), ~(rows[weight] > 0)
    bare = rows[list(chosen)].isna().any(axis=1)
    left_out(f"no {outcome}", no_outcome, no_outcome | True)
    left_out(f"no {weight}", no_weight, ~no_outcome)
    used = ~no_outcome & ~no_weight
    left_out("missing control: no adjusted rank", bare, used)
    if not used.any():
        raise EstimationError(f"no row has both {outcome} and {weight}: nothing to rank")
    rows["_used"] = used
    rows["_residual"] = _residuals(rows[used], outcome, weight, by, chosen)
    counts = pd.concat(exclusions)[["reason", *by, "n_rows", "n_schools"]]
    return StateRanks(
        frame=marked(_ranked(rows, outcome, weight, by), frame),
        exclusions=marked(counts.reset_index(drop=True), frame),
        outcome=outcome,
        weight=weight,
        by=by,
        controls=chosen,
        missing_controls=tuple(c for c in CONTROLS if c not in held) if controls is None else (),
    )


def percentile_ranks(
    values: ArrayLike, weights: ArrayLike, tolerance: float = 0.0
) -> NDArray[np.float64]:
    """Return the percent of weight below each value, plus half of that at the value.

    Parameters
    ----------
    values, weights : array_like of shape (n,)
        Values, and positive weights.
    tolerance : float
        Neighbours in order that differ by no more are tied.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Ranks above 0 and below 100, whose weighted mean is 50.

    Examples
    --------
    >>> percentile_ranks([3.0, 1.0, 3.0], [1, 2, 1]).tolist()
    [75.0, 25.0, 75.0]
    """
    value, weight = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    order = np.argsort(value, kind="stable")
    tie = np.empty(len(value), dtype=int)
    tie[order] = np.cumsum(np.diff(value[order], prepend=value[order][:1]) > tolerance)
    total = np.bincount(tie, weight)
    middle = np.cumsum(total) - total / 2
    ranks: NDArray[np.float64] = 100 * (middle / total.sum())[tie]
    return ranks


def _refuse(rows: pd.DataFrame, by: tuple[str, ...], controls: tuple[str, ...]) -> None:
    """Refuse rows whose cell is not known, that stand twice, or that do not compare."""
    for column in by:
        if (missing := rows[column].isna()).any():
            what = sorted(rows.loc[missing, "grade"].unique()) if "grade" in rows else "unknown"
            raise EstimationError(
                f"{int(missing.sum())} rows have no {column!r} to be ranked by (grade: {what}). "
                "Rows of all grades together and of courses have no level: leave the column out "
                "of by=, or leave these rows out of the frame"
            )
    refuse_bad_rows(rows, "school_id")
    definition = ["low_income_definition"] if "low_income_pct" in controls else []
    for column in (*ONE_A_CELL, *definition):
        if column not in rows:
            continue
        held = rows.dropna(subset=column).groupby(list(by))[column].unique()
        if len(mixed := held[held.map(len) > 1]):
            raise EstimationError(
                f"the rows of {mixed.index[0]} hold more than one {column}: "
                f"{sorted(mixed.iloc[0])}; rank them apart (by=(..., {column!r})) or choose one"
            )
    if "grade" in rows:
        whole = rows["grade"].eq("all").groupby([rows[column] for column in by]).mean()
        if (mixed := whole.between(0, 1, inclusive="neither")).any():
            raise EstimationError(
                f"the rows of {mixed.idxmax()} hold single grades and all grades together, which "
                "counts students twice; choose one (load_panel has grades=)"
            )


def _residuals(
    rows: pd.DataFrame, outcome: str, weight: str, by: tuple[str, ...], controls: tuple[str, ...]
) -> pd.Series:
    """Return outcomes less what grade and composition predict, in each cell by itself."""
    import pandas as pd

    parts = []
    for cell, whole in rows.groupby(list(by)):
        known = whole.dropna(subset=list(controls))
        _refuse_incomplete(whole, known, cell, controls)
        grade = known["grade"] if "grade" in known else pd.Series("", index=known.index)
        matrix = np.hstack(
            [pd.get_dummies(grade).to_numpy(float), known[list(controls)].to_numpy(float)]
        )
        schools = known["school_id"].nunique()
        if controls and schools <= matrix.shape[1]:
            raise EstimationError(
                f"{cell}: {schools} schools are too few to adjust for {len(controls)} controls and "
                "the grades. Bring every school of the state, or adjust for fewer (controls=)"
            )
        root, value = np.sqrt(known[weight].to_numpy(float)), known[outcome].to_numpy(float)
        fitted = matrix @ np.linalg.lstsq(matrix * root[:, None], value * root, rcond=None)[0]
        parts.append(pd.Series(value - fitted, index=known.index))
    return pd.concat(parts)


def _refuse_incomplete(
    whole: pd.DataFrame, known: pd.DataFrame, cell: object, controls: tuple[str, ...]
) -> None:
    """Stop if a cell loses too many schools to missing controls."""
    schools, left = whole["school_id"].nunique(), known["school_id"].nunique()
    if schools - left > MOST_INCOMPLETE * schools:
        control = whole[list(controls)].isna().sum().idxmax()
        raise EstimationError(
            f"control {control!r} is missing for most of the {schools - left} of {schools} schools "
            f"of {cell} that lack one; {MOST_INCOMPLETE:.0%} may at most. Leave it out (controls=) "
            "or bring a file that has it"
        )


def _ranked(rows: pd.DataFrame, outcome: str, weight: str, by: tuple[str, ...]) -> pd.DataFrame:
    """Sum rows to schools and rank these."""
    used = rows["_used"]
    students = rows[weight].where(used, 0.0)
    parts = rows.assign(
        _students=students,
        _total=(rows[outcome] * students).where(used),
        _known=students.where(rows["_residual"].notna(), 0.0),
        _left=rows["_residual"] * students,
    )
    names = [c for c in ("district_id", "school_name", "series") if c in rows]
    grouped = parts.groupby([*by, "school_id"])
    sums = grouped[["_students", "_total", "_known", "_left"]].sum()
    schools = grouped[names].first() if names else sums[[]]
    schools = schools.assign(
        **{weight: sums["_students"]},
        n_rows=grouped["_used"].sum().astype(int),
        n_rows_left_out=(grouped["_used"].size() - grouped["_used"].sum()).astype(int),
        **{outcome: sums["_total"] / sums["_students"].where(sums["_students"] > 0)},
        residual=sums["_left"] / sums["_known"].where(sums["_known"] > 0),
        rank_raw=np.nan,
        rank_adjusted=np.nan,
    ).reset_index()
    for _, cell in schools.groupby(list(by)):
        tolerance = SAME * float(cell[outcome].abs().max())
        for column, rank in (outcome, "rank_raw"), ("residual", "rank_adjusted"):
            ranked = cell[cell[column].notna()]
            found = percentile_ranks(ranked[column], ranked[weight], tolerance)
            schools.loc[ranked.index, rank] = found
    return schools
