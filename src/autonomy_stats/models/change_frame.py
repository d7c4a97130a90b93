"""From a panel of two years to one row for each school, subject and grade: its change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.labels import counted, outcome_label, type_label
from autonomy_stats.mark import marked
from autonomy_stats.models.design import (
    as_numbers,
    require_columns,
    resolve_controls,
    resolve_weights,
    type_text,
)
from autonomy_stats.models.guards import refuse_break
from autonomy_stats.models.paired import (
    FIRST,
    either,
    pair_key,
    side_by_side,
    spoken,
    types_of_schools,
    with_whole_years,
)
from autonomy_stats.schema import CONTROLS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CHANGED", "TYPE_CHANGES", "Changes", "build_changes"]

TYPE_CHANGES = ("last", "first", "apart", "drop")
"""What becomes of schools that changed type between the years."""

CHANGED = "changed type"
"""Type of these schools where they are left out."""

CARRIED = ("school_name", "operator", "roster_confidence", "level", "n_tested", "n_students")
"""Columns of the last year that counts, and the estimates beside a fit, need."""

BOTH = "_both_years"
"""End of the name of the weights: harmonic means of the two years."""


@dataclass(frozen=True)
class Changes:
    """Changes of an outcome and of shares, one row a school, subject and grade.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row for each school, subject and grade of either year: `OUTCOME_change`, missing unless
        both years are known; the shares, as changes; `NAME_first`, values of the first year;
        `WEIGHT_both_years`.
    years : tuple of int
        First and last year.
    controls, missing_controls : tuple of str
        Columns held equal; shares of the study that have no change here.
    absorbed : tuple of str
        Columns of the cells.
    weights : str or None
        Column of weights.
    notes : tuple of str
        How many rows and schools have both years, and which schools changed type.
    """

    frame: pd.DataFrame = field(repr=False)
    years: tuple[int, int]
    controls: tuple[str, ...]
    missing_controls: tuple[str, ...]
    absorbed: tuple[str, ...]
    weights: str | None
    notes: tuple[str, ...]


def build_changes(
    frame: pd.DataFrame,
    outcome: str,
    *,
    years: tuple[int, int] | None,
    type_changes: str,
    school_type: str,
    controls: Sequence[str] | None,
    first_year_controls: Sequence[str],
    absorb: Sequence[str],
    weights: str | None,
    cluster: str,
    drop_types: Sequence[str],
) -> Changes:
    """Put the rows of two years side by side and take differences; see `estimate_change`."""
    _refuse_arguments(frame, outcome, type_changes, first_year_controls, absorb)
    require_columns(frame, ["school_id", "end_year", outcome, school_type, cluster])
    weight = resolve_weights(frame, weights)
    shares = [c for c in CONTROLS if c in frame]
    if controls is not None:
        shares = list(resolve_controls(frame, controls, outcome)[0])
    rows = as_numbers(with_whole_years(frame), [outcome, *shares, *first_year_controls, weight])
    first, last = _years(rows, outcome, years)
    rows = rows[rows["end_year"].isin([first, last])]
    key = pair_key(rows)
    early, late = (rows[rows["end_year"] == year] for year in (first, last))
    pairs = side_by_side(early, late, key, "outer")
    change = pairs[outcome] - pairs[f"{outcome}{FIRST}"]
    _refuse_pairs(rows, pairs[change.notna()], key, school_type, drop_types, absorb, shares)
    kinds = types_of_schools(early, school_type), types_of_schools(late, school_type)
    within = {
        column: either(pairs, column) if column in key else spoken(pairs, column)
        for column in absorb
        if column in frame and column != "end_year"
    }
    table = pairs[key].assign(
        **{c: either(pairs, c) for c in dict.fromkeys([*CARRIED, cluster]) if c in rows},
        **{c: pairs[c] - pairs[f"{c}{FIRST}"] for c in _measured(rows, outcome, shares)},
        **{f"{c}{FIRST}": pairs[f"{c}{FIRST}"] for c in (outcome, *first_year_controls)},
        **{f"{outcome}_change": change, school_type: _typed(pairs, *kinds, type_changes)},
        **within,
    )
    if weight is not None:
        table[f"{weight}{BOTH}"] = _harmonic(pairs[weight], pairs[f"{weight}{FIRST}"])
    held, missing = resolve_controls(table, controls, outcome)
    return Changes(
        frame=marked(table, frame),
        years=(first, last),
        controls=(*held, *(f"{c}{FIRST}" for c in first_year_controls)),
        missing_controls=missing,
        absorbed=tuple(within),
        weights=None if weight is None else f"{weight}{BOTH}",
        notes=(
            _pairs_note(pairs[~table[school_type].isin([*drop_types])], outcome, first, last),
            *_types_note(*kinds, type_changes, first, last, drop_types),
        ),
    )


def _refuse_arguments(
    frame: pd.DataFrame,
    outcome: str,
    type_changes: str,
    first_year_controls: Sequence[str],
    absorb: Sequence[str],
) -> None:
    """Refuse arguments that are not among the allowed values."""
    if type_changes not in TYPE_CHANGES:
        raise UsageError(f"type_changes must be one of {TYPE_CHANGES}; got {type_changes!r}")
    for name, value in ("absorb", absorb), ("first_year_controls", first_year_controls):
        if isinstance(value, str):
            raise UsageError(f"{name} is a sequence of columns; got {value!r}, write ({value!r},)")
    require_columns(frame, first_year_controls)
    if outcome in first_year_controls:
        raise UsageError(
            f"the change of {outcome!r} can't be compared at equal {outcome!r} in the first year, "
            "which is part of it; use models.value_added"
        )


def _years(rows: pd.DataFrame, outcome: str, years: tuple[int, int] | None) -> tuple[int, int]:
    """Return the first and the last year of a change."""
    held = sorted(int(year) for year in rows.loc[rows[outcome].notna(), "end_year"].unique())
    if years is None:
        if len(held) < 2:
            raise EstimationError(f"a change needs two years with {outcome}; there are {held}")
        return held[0], held[-1]
    if not isinstance(years, Sequence) or len(years) != 2 or not years[0] < years[1]:
        raise UsageError(f"years must be a first and a later spring year; got {years!r}")
    if absent := [year for year in years if year not in held]:
        raise UsageError(f"no {outcome} of {absent[0]}; there are {held}")
    return years


def _refuse_pairs(
    rows: pd.DataFrame,
    pairs: pd.DataFrame,
    key: list[str],
    school_type: str,
    drop_types: Sequence[str],
    absorb: Sequence[str],
    shares: Sequence[str],
) -> None:
    """Stop if nothing has both years, or what has them is not comparable."""
    if pairs.empty:
        held = "; ".join(
            f"{column} {sorted(map(str, own.unique()))} in {year}"
            for column in key[1:]
            if column != "student_group"
            for year, own in rows.groupby("end_year")[column]
        )
        raise EstimationError(
            f"no school has results of both years in the same {' x '.join(key[1:]) or 'row'}"
            f"{f': {held}' if held else ''}. If the grades differ, load the panel with grades='all'"
        )
    entered = rows[~type_text(rows[school_type]).isin([*drop_types])]
    entered = entered.merge(pairs[key], on=key, how="inner")
    refuse_break(entered, tuple(c for c in absorb if c in rows), shares)


def _measured(rows: pd.DataFrame, outcome: str, shares: Sequence[str]) -> list[str]:
    """Return the columns that become changes under their own name."""
    scores = ["mean_score"] if "mean_score" in rows and outcome != "mean_score" else []
    return list(dict.fromkeys([*shares, *scores]))


def _harmonic(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return the harmonic mean of two weights, missing unless both are positive."""
    held = (one > 0) & (other > 0)
    return (2 * one * other / (one + other)).where(held, np.nan)


def _typed(pairs: pd.DataFrame, early: pd.Series, late: pd.Series, type_changes: str) -> pd.Series:
    """Return each row's type: that of its school in the last year, or as `type_changes` says."""
    school = pairs["school_id"]
    before, after = school.map(early), school.map(late)
    before, after = before.fillna(after), after.fillna(before)
    if type_changes == "first":
        return before
    if type_changes == "apart":
        return after.where(before == after, before + " to " + after)
    return after if type_changes == "last" else after.where(before == after, CHANGED)


def _pairs_note(pairs: pd.DataFrame, outcome: str, first: int, last: int) -> str:
    """Say how many rows have both years, and what the others lack."""
    known = {last: pairs[outcome].notna(), first: pairs[f"{outcome}{FIRST}"].notna()}
    both = known[first] & known[last]
    whole = set(pairs.loc[both, "school_id"])
    words = outcome_label(outcome)[0]
    text = (
        f"Change of the same schools from {first} to {last}: {int(both.sum())} rows of "
        f"{len(whole)} schools have {words} in both years"
    )
    for year, other in ((first, last), (last, first)):
        alone = known[year] & ~known[other]
        gone = set(pairs.loc[alone, "school_id"]) - whole
        text += f"; {int(alone.sum())} in {year} alone (all rows of {counted(len(gone), 'school')})"
    return f"{text}."


def _types_note(
    early: pd.Series,
    late: pd.Series,
    type_changes: str,
    first: int,
    last: int,
    drop_types: Sequence[str],
) -> list[str]:
    """Say which schools changed type, and how they count."""
    both = early.to_frame("before").join(late.rename("after"), how="inner")
    kept = both["before" if type_changes == "first" else "after"]
    both = both[~kept.isin([*drop_types])]
    moved = both[both["before"] != both["after"]]
    if moved.empty:
        return [f"No school changed type between {first} and {last}."]
    counts = moved.value_counts(sort=False).reset_index()
    listed = ", ".join(
        f"{count} from {type_label(before)} to {type_label(after)}"
        for before, after, count in counts.itertuples(index=False)
    )
    how = {
        "last": f"they count by their type of {last}",
        "first": f"they count by their type of {first}",
        "apart": "they are types of their own",
        "drop": "they are left out",
    }[type_changes]
    return [f"Schools that changed type between {first} and {last}: {listed}; {how}."]
