"""Differences by school type, for the figures that ask the study's question of a city.

A figure module declares a `Question`; `differences` answers it, `sentences` and the drawing of
`differences_drawn` show the answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.figures.agreement import agreement_of
from autonomy_stats.mark import COLUMN
from autonomy_stats.models import estimate_effects
from autonomy_stats.schema import SCHOOL_TYPES

if TYPE_CHECKING:
    from autonomy_stats.models import Fit

__all__ = [
    "COLUMNS",
    "DEFAULT",
    "ORDERED",
    "POOLED",
    "SUBJECTS",
    "Question",
    "differences",
    "in_order",
    "with_texts",
]

POOLED = "ela;math"
"""English language arts and mathematics together."""

SUBJECTS: dict[str, Sequence[str]] = {
    POOLED: ("ela", "math"),
    "ela": ("ela",),
    "math": ("math",),
}
"""Lines of a figure, and the subjects that each takes in."""

DEFAULT, ORDERED = "default", "ordered"
LINES = {DEFAULT: "wls", ORDERED: "ordered"}
"""Lines of the estimates table, and the estimator of each."""

ESTIMATED = [
    "estimate",
    "std_error",
    "df",
    "p_value",
    "p_value_holm",
    "conf_low",
    "conf_high",
    "n_schools",
    "n_schools_before",
    "n_operators",
    "n_rows",
    "n_students",
    "note",
]
COLUMNS = [
    "place",
    "outcome",
    "measure",
    "subject",
    "level",
    "line",
    "school_type",
    "reference",
    *ESTIMATED,
    "n_schools_reference",
    "assessment",
    "end_years",
    "end_year",
    "as_in_report",
    "controls",
    "missing_controls",
    "weights",
    "left_out",
]
"""Columns of a frame of differences."""


@dataclass(frozen=True)
class Question:
    """What a figure asks of a city.

    Parameters
    ----------
    outcome : {"proficient_pct", "value", "mean_score"}
        Column that is compared.
    report : str
        Test, or measure of growth, that the report's figure shows; empty: it names none.
    report_years : tuple of int
        Its spring years; empty: the report shows nothing like it.
    subjects : mapping of str to tuple of str
        Lines of the figure, and the subjects that each takes in.
    lines : tuple of str
        Estimators, by their lines in the table of estimates: `default`, `ordered`.
    against : mapping of str to tuple of str
        Types that are also compared with others than the reference.
    """

    outcome: str
    report: str
    report_years: tuple[int, ...]
    subjects: Mapping[str, Sequence[str]]
    lines: tuple[str, ...] = (DEFAULT,)
    against: Mapping[str, Sequence[str]] | None = None


def differences(panel: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Estimate the differences from district schools of similar composition, line by line.

    Parameters
    ----------
    panel : pandas.DataFrame
        Panel of a city.
    question : Question
        What is asked of it.

    Returns
    -------
    pandas.DataFrame
        One row for each line and school type of the panel, with its estimate or the reason for
        none, then those of `against`, by their `reference`. `COLUMNS` and, if the panel is
        simulated, `simulated`; of percents of both subjects also the tests that subjects and
        levels agree (`agreement_of`), in the rows of both. `end_year` is the last of `end_years`;
        `as_in_report` tells whether test and years are the report's own.

    Raises
    ------
    EstimationError
        If the panel does not support the default estimate of a line.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> frame = aus.load_panel("michigan", [2001]).frame.assign(n_tested=1.0)
    >>> asked = Question("proficient_pct", "MEAP", (2001,), {"math": ("math",)})
    >>> found = differences(frame, asked)
    >>> found[["school_type", "subject", "line", "estimate", "n_schools"]].round(1)
               school_type subject     line  estimate  n_schools
    0          traditional    math  default       0.0       1745
    1  independent_charter    math  default     -21.0         78
    """
    parts = [
        part
        for subject, held in question.subjects.items()
        if len(rows := panel[panel["subject"].isin(held)])
        for part in _of_subject(rows, subject, question)
    ]
    if not parts:
        wanted = ", ".join(
            dict.fromkeys(one for held in question.subjects.values() for one in held)
        )
        raise EstimationError(f"the panel has no row of {wanted}")
    found = pd.concat(parts, ignore_index=True)
    years = sorted({int(year) for year in panel["end_year"]})
    measure = str(panel["measure"].iloc[0]) if "measure" in panel else ""
    test = " and ".join(sorted(panel["series" if measure else "assessment"].unique()))
    own = question.report in ("", measure or test) and tuple(years) == question.report_years
    tests = [name for name in map(str, found) if name.startswith(("subject_", "level_"))]
    return found.assign(
        place=str(panel["place"].iloc[0]) if "place" in panel else "",
        outcome="growth" if measure else question.outcome,
        measure=measure,
        level="all",
        assessment=test,
        end_years=";".join(map(str, years)),
        end_year=years[-1],
        as_in_report=own,
    )[[*COLUMNS, *tests]]


def in_order(types: Iterable[str]) -> list[str]:
    """Return types, each once, in the package's order; those of others after them.

    Examples
    --------
    >>> in_order(["my type", "izone", "pilot", "izone"])
    ['pilot', 'izone', 'my type']
    """
    known = {name: number for number, name in enumerate(SCHOOL_TYPES)}
    return sorted(dict.fromkeys(types), key=lambda name: known.get(name, len(known)))


def with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of differences with its empty texts, which a CSV does not keep."""
    texts = ("place", "measure", "note", "controls", "missing_controls", "weights", "left_out")
    held = {name: frame[name].astype("object").fillna("") for name in texts}
    return frame.assign(**held, end_years=frame["end_years"].astype("str"))


def _of_subject(rows: pd.DataFrame, subject: str, question: Question) -> Iterator[pd.DataFrame]:
    """Yield the rows of one subject: each estimator, then comparisons between types."""
    default = estimate_effects(rows, question.outcome)
    effects = _effects(default, subject, DEFAULT)
    tested = subject == POOLED and question.outcome == "proficient_pct"
    yield effects.assign(**agreement_of(default)) if tested else effects
    for line in question.lines:
        if line != DEFAULT:
            yield _otherwise(rows, question.outcome, default, subject, line)
    for school_type, others in (question.against or {}).items():
        for other in others:
            yield _against(default, effects, school_type, other)


def _effects(fit: Fit, subject: str, line: str) -> pd.DataFrame:
    """Return the effects of a fit with what was asked."""
    effects = fit.effects.set_index("school_type", drop=False)
    effects = effects.loc[in_order(effects.index)].drop(columns=COLUMN, errors="ignore")
    return effects.assign(
        subject=subject,
        line=line,
        reference=fit.reference,
        n_schools_reference=fit.schools(fit.reference),
        controls=" ".join(fit.controls),
        missing_controls=" ".join(fit.missing_controls),
        weights=fit.weights or "",
        left_out=" ".join(note for note in fit.notes if note.startswith("Left out")),
    )


def _otherwise(
    rows: pd.DataFrame, outcome: str, default: Fit, subject: str, line: str
) -> pd.DataFrame:
    """Return the effects by another estimator, or why it gives none."""
    try:
        fit = estimate_effects(rows, outcome, estimator=LINES[line])
    except EstimationError as problem:
        found = _effects(default, subject, line)
        numbers = [name for name in ESTIMATED[: ESTIMATED.index("n_schools")]]
        estimated = found["estimate"].notna() & (found["school_type"] != default.reference)
        found.loc[estimated, numbers] = np.nan
        return found.assign(note=found["note"].mask(estimated, str(problem)))
    return _effects(fit, subject, line)


def _against(fit: Fit, effects: pd.DataFrame, school_type: str, other: str) -> pd.DataFrame:
    """Return the difference between two types, neither of them the reference of the fit."""
    if school_type not in effects.index or other not in effects.index:
        return pd.DataFrame()
    both = effects.loc[[school_type, other]]
    found: dict[Hashable, Any] = dict.fromkeys(ESTIMATED, np.nan)
    found |= {name: both[name].iloc[0] for name in ESTIMATED if name.startswith("n_")}
    if both["estimate"].notna().all():
        compared = fit.compare(school_type, other).to_dict("records")[0]
        found |= {name: value for name, value in compared.items() if name in ESTIMATED}
    else:
        without = both.index[both["estimate"].isna()]
        found["note"] = f"no estimate of {', '.join(without)}"
    row = pd.DataFrame([found]).assign(school_type=school_type)
    shared = ("subject", "line", "controls", "missing_controls", "weights", "left_out")
    return row.assign(
        **{name: effects[name].iloc[0] for name in shared},
        reference=other,
        n_schools_reference=both["n_schools"].iloc[1],
    )
