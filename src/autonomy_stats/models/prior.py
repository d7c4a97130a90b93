"""From a panel to rows with the result of the same school in the year before beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.labels import counted, outcome_label
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
    pair_key,
    side_by_side,
    spoken,
    types_of_schools,
    with_whole_years,
)
from autonomy_stats.schema import GRADES

__all__ = ["PRIOR", "PRIORS", "STUDENTS", "WITH_PRIOR", "Prior", "build_prior"]

PRIORS = ("same_cohort", "same_grade")
"""Which result of the year before is the prior."""

PRIOR = "prior_"
"""Beginning of the names of the prior and of its number of students."""

WITH_PRIOR = "_given_prior"
"""End of the name of the outcome, missing where the prior is."""

STUDENTS = ("n_tested", "n_students")
"""Columns that count a row's students."""

POOLED = ("series", "measure")
"""Columns of which outcome and prior must agree, unless they are absorbed."""


@dataclass(frozen=True)
class Prior:
    """Rows of the outcome's years with their prior.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows with `OUTCOME_given_prior`, `prior_OUTCOME` and the prior's
        number of students.
    prior : str
        Name of the prior.
    controls, missing_controls : tuple of str
        Shares held equal, and those of the study that have no value.
    absorbed : tuple of str
        Columns of the cells.
    weights : str or None
        Column of weights.
    notes : tuple of str
        How many rows have a prior, and how many schools were of another type.
    """

    frame: pd.DataFrame = field(repr=False)
    prior: str
    controls: tuple[str, ...]
    missing_controls: tuple[str, ...]
    absorbed: tuple[str, ...]
    weights: str | None
    notes: tuple[str, ...]


def build_prior(
    frame: pd.DataFrame,
    outcome: str,
    *,
    prior: str,
    end_years: Sequence[int] | None,
    school_type: str,
    controls: Sequence[str] | None,
    absorb: Sequence[str],
    weights: str | None,
    cluster: str,
    drop_types: Sequence[str],
) -> Prior:
    """Put the prior beside each row; see `estimate_value_added`."""
    if prior not in PRIORS:
        raise UsageError(f"prior must be one of {PRIORS}; got {prior!r}")
    if isinstance(absorb, str):
        raise UsageError(f"absorb is a sequence of columns; got {absorb!r}, write ({absorb!r},)")
    require_columns(frame, ["school_id", "end_year", outcome, school_type, cluster])
    weight = resolve_weights(frame, weights)
    held, missing = resolve_controls(frame, controls, outcome)
    rows = as_numbers(with_whole_years(frame), [outcome, *held, weight])
    years = _years(rows, outcome, end_years)
    key = [*pair_key(rows), "end_year"]
    before = _a_year_on(rows, prior)
    table = side_by_side(
        before[before["end_year"].isin(years)], rows[rows["end_year"].isin(years)], key, "left"
    )
    known = table[outcome].notna() & table[f"{outcome}{FIRST}"].notna()
    compared = ~type_text(table[school_type]).isin([*drop_types])
    absorbed = tuple(column for column in absorb if column in rows)
    _refuse_pooling(table[known], outcome, school_type, drop_types, absorbed, prior)
    name = f"{PRIOR}{outcome}"
    added = {
        f"{outcome}{WITH_PRIOR}": table[outcome].where(known),
        name: table[f"{outcome}{FIRST}"],
    }
    added |= {f"{PRIOR}{c}": table[f"{c}{FIRST}"] for c in STUDENTS if c in rows}
    added |= {column: spoken(table, column) for column in absorbed if column not in key}
    own = [c for c in rows if c not in (outcome, "mean_score", *POOLED)]
    return Prior(
        frame=marked(table[own].assign(**added), frame),
        prior=name,
        controls=held,
        missing_controls=missing,
        absorbed=absorbed,
        weights=weight,
        notes=(
            _prior_note(table[compared], known[compared], outcome, prior),
            *_types_note(rows, years, school_type, drop_types),
        ),
    )


def _years(rows: pd.DataFrame, outcome: str, end_years: Sequence[int] | None) -> list[int]:
    """Return the years whose year before is at hand."""
    held = {int(year) for year in rows.loc[rows[outcome].notna(), "end_year"].unique()}
    after = sorted(year for year in held if year - 1 in held)
    if end_years is None:
        if not after:
            raise EstimationError(
                f"value added needs {outcome} of two years in a row; there are {sorted(held)}"
            )
        return after
    if isinstance(end_years, str) or not isinstance(end_years, Iterable):
        raise UsageError(f"end_years is a sequence of years; got {end_years!r}")
    if absent := [year for year in end_years if year not in after]:
        raise UsageError(f"no {outcome} of {absent[0]} and of the year before; there are {after}")
    return sorted(set(end_years))


def _a_year_on(rows: pd.DataFrame, prior: str) -> pd.DataFrame:
    """Return rows under the year, and for the same cohort the grade, that they are the prior of."""
    moved = rows.assign(end_year=rows["end_year"] + 1)
    if prior == "same_grade":
        return moved
    above = {grade: f"{int(grade) + 1:02d}" for grade in GRADES if grade.isdigit()}
    if "grade" not in rows or not rows["grade"].isin([*above]).any():
        raise UsageError(
            "prior='same_cohort' needs numbered grades as text, such as '04', and the rows have "
            "none; use prior='same_grade' or load the panel by grade"
        )
    moved = moved.assign(grade=moved["grade"].map(above))
    return moved[moved["grade"].notna()]


def _refuse_pooling(
    pairs: pd.DataFrame,
    outcome: str,
    school_type: str,
    drop_types: Sequence[str],
    absorbed: Sequence[str],
    prior: str,
) -> None:
    """Stop if no row has a prior, or if outcome and prior are not comparable."""
    if pairs.empty:
        what = "of the grade below" if prior == "same_cohort" else "of the same grade"
        raise EstimationError(
            f"no row has a prior: no school has {outcome} {what} in the year before in the same "
            f"subject; prior may be one of {PRIORS}"
        )
    entered = pairs[~type_text(pairs[school_type]).isin([*drop_types])]
    columns = [c for c in ("subject", "end_year", *POOLED) if c in entered]
    early = entered[[c if c == "subject" else f"{c}{FIRST}" for c in columns if c != "end_year"]]
    early = early.rename(columns=lambda c: c.removesuffix(FIRST))
    early = early.assign(end_year=entered["end_year"] - 1)
    refuse_break(pd.concat([entered[columns], early], ignore_index=True), absorbed)


def _prior_note(table: pd.DataFrame, known: pd.Series, outcome: str, prior: str) -> str:
    """Say what the prior is, and how many rows have one."""
    words = outcome_label(outcome)[0]
    which = "the grade below" if prior == "same_cohort" else "the same grade"
    without = table[outcome].notna() & ~known
    gone = set(table.loc[without, "school_id"]) - set(table.loc[known, "school_id"])
    return (
        f"Prior: {words} of the school in {which} of the year before. {int(known.sum())} rows have "
        f"one, {int(without.sum())} have none (all rows of {counted(len(gone), 'school')})."
    )


def _types_note(
    rows: pd.DataFrame, years: Sequence[int], school_type: str, drop_types: Sequence[str]
) -> list[str]:
    """Say how many schools were of another type the year before."""
    moved = 0
    for year in years:
        late, early = (
            types_of_schools(rows[rows["end_year"] == one], school_type) for one in (year, year - 1)
        )
        both = late.to_frame("late").join(early.rename("early"), how="inner")
        both = both[~both["late"].isin([*drop_types])]
        moved += int((both["late"] != both["early"]).sum())
    if not moved:
        return []
    if moved == 1:
        return ["1 school was of another type the year before; it counts by the later."]
    return [f"{moved:,} schools were of another type the year before; they count by the later."]
