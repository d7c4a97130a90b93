"""A frame of differences in words: subtitle, caption, and what a reader hears who can't see it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.figures.agreement import sentence
from autonomy_stats.figures.differences import DEFAULT, ORDERED, POOLED, Question, with_texts
from autonomy_stats.figures.intervals import signed
from autonomy_stats.labels import (
    capital,
    control_label,
    counted,
    listed,
    measure_label,
    outcome_label,
    springs,
    type_label,
    weights_label,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LINE_WORDS",
    "caption_of",
    "digits_of",
    "source",
    "spoken",
    "subtitle",
]

LINE_WORDS = {
    POOLED: "ELA and math",
    "ela": "ELA",
    "math": "math",
    "composite": "all subjects",
    "ela_and_math": "both in one",
}
"""Words for the lines of a figure."""


def digits_of(frame: pd.DataFrame) -> int:
    """Return the decimals that a frame is shown with: two of levels from 1 to 5, else one."""
    return 2 if frame["measure"].iloc[0] == "tvaas_level" else 1


def words_of(frame: pd.DataFrame) -> tuple[str, str]:
    """Return the words for what is compared, and its unit."""
    measure, outcome = frame["measure"].iloc[0], frame["outcome"].iloc[0]
    if not measure and "NCE" in frame["assessment"].iloc[0]:
        return "mean normal curve equivalent", "points"
    return measure_label(measure) if measure else outcome_label(outcome)


def source(frame: pd.DataFrame) -> str:
    """Return the test, or the measure of growth, and the springs that a frame was made from."""
    test, measure = frame["assessment"].iloc[0], frame["measure"].iloc[0]
    what = f"{words_of(frame)[0]} ({test})" if measure else f"{words_of(frame)[0]}, {test}"
    return capital(f"{what}, {springs(_years(frame))}")


def _years(frame: pd.DataFrame) -> list[str]:
    return str(frame["end_years"].iloc[0]).split(";")


def subtitle(frame: pd.DataFrame) -> str:
    """Return what is shown: the source, then the reference and the unit."""
    reference = type_label(frame["reference"].iloc[0])
    return (
        f"{source(frame)}.\nDifference from {reference} of similar composition, "
        f"{words_of(frame)[1]}"
    )


def caption_of(frame: pd.DataFrame, question: Question, remark: str = "") -> str:
    """Return the caption, its numbers from the frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `differences` returns it.
    question : Question
        What was asked.
    remark : str
        What a reader should know of this city.
    """
    frame = with_texts(frame)
    first = frame.iloc[0]
    held = ", ".join(control_label(c) for c in first["controls"].split())
    lacking = ", ".join(control_label(c) for c in first["missing_controls"].split())
    missing = f"; no file gives the share {lacking}" if lacking else ""
    weights = f"weighted by {weights_label(first['weights'])}" if first["weights"] else "unweighted"
    cells = {
        "subject": POOLED in set(frame["subject"]),
        "grade": frame["measure"].iloc[0] != "tvaas_level",
        "year": len(_years(frame)) > 1,
    }
    within = [name for name, several in cells.items() if several]
    parts = [
        f"{source(frame)}. {_in_report(frame, question)}\n"
        f"Points: difference from {first['n_schools_reference']:,.0f} "
        f"{type_label(first['reference'])} of the same composition (share {held}{missing}), "
        f"{f'within {listed(within)}, ' if within else ''}{weights}. Lines: 95 % intervals, "
        "clustered by school, CR2 with Satterthwaite degrees of freedom, not adjusted for the "
        "number of types; an arrow: the interval goes on. Hollow: see the note at its right.",
        _otherwise(frame),
        _agreement(first),
        _left_out(frame),
        "Schools: those in the estimate (in brackets: of the type, none in it); operators: a "
        "school without a known operator counts as one.",
        remark,
        "A difference between schools, not what attending one does.",
    ]
    return " ".join(part for part in parts if part)


def _agreement(row: pd.Series) -> str:
    """Say whether subjects and levels agree, where the frame has the tests."""
    said = [sentence(row, part) for part in ("subject", "level")]
    if row.get("level_p_value", np.nan) < 0.05:
        said.append("No row here describes any one level: see the figure of levels.")
    return " ".join(part for part in said if part)


def _in_report(frame: pd.DataFrame, question: Question) -> str:
    """Say whether this is the report's own test and year."""
    if not question.report_years:
        return "No figure of the report shows this outcome."
    years = springs(question.report_years)
    measured = frame["measure"].iloc[0]
    what = "measure" if measured else "test"
    own = measure_label(question.report)[0] if measured else question.report
    if frame["as_in_report"].iloc[0] and not question.report:
        return f"The spring is the report's own; the report names no {what}."
    if frame["as_in_report"].iloc[0]:
        return f"{what.capitalize()} and year are the report's own."
    return (
        f"Not the report's own {what} and year ({own}, {years}), which no raw file at hand holds: "
        "the nearest of the same outcome."
    )


def _otherwise(frame: pd.DataFrame) -> str:
    """Say what the small points are, and how many the other estimator could not give."""
    other = frame[frame["line"] == ORDERED]
    if other.empty:
        return ""
    types = frame[(frame["line"] == DEFAULT) & (frame["reference"] == frame["reference"].iloc[0])]
    lost = int(types["estimate"].notna().sum() - other["estimate"].notna().sum())
    none = f" ({counted(lost, 'row')} without one: see the CSV)" if lost else ""
    return (
        "Small triangles: the same by an ordered logit of the levels, as the difference in the "
        f"expected level{none}."
    )


def _left_out(frame: pd.DataFrame) -> str:
    """Say what rows did not enter the first line."""
    text = str(frame["left_out"].iloc[0])
    subject = LINE_WORDS.get(frame["subject"].iloc[0], frame["subject"].iloc[0])
    plain = re.sub(r"\(no (proficient_pct|mean_score|value)\)", "(no result shown)", text)
    return plain.replace("Left out:", f"Left out ({subject}):", 1)


def spoken(frame: pd.DataFrame, title: str) -> str:
    """Return the figure in words, every estimate with its interval and its schools.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `differences` returns it.
    title : str
        Title of the figure.
    """
    frame = with_texts(frame)
    reference = frame["reference"].iloc[0]
    digits = digits_of(frame)
    said = []
    for (name, line), rows in frame.groupby(["school_type", "line"], sort=False):
        own = rows[(rows["reference"] == reference) & rows["estimate"].notna()]
        words = capital(type_label(str(name))) + (", ordered logit" if line == ORDERED else "")
        if own.empty or name == reference:
            continue
        said.append(f"{words}: " + "; ".join(_one(row, digits) for row in own.to_dict("records")))
    others = frame[(frame["reference"] != reference) & frame["estimate"].notna()]
    said += [
        f"{capital(type_label(row['school_type']))} against {type_label(row['reference'])}: "
        + _one(row, digits)
        for row in others.to_dict("records")
    ]
    none = frame[frame["estimate"].isna() & (frame["line"] == DEFAULT)]
    none = none[none["reference"] == reference].drop_duplicates("school_type")
    said += [
        f"{capital(type_label(row['school_type']))}: no estimate ({row['note']})"
        for row in none.to_dict("records")
    ]
    head = subtitle(frame).replace("\n", " ")
    return f"{title}. {head}. " + ". ".join(said) + "."


def _one(row: Mapping[Hashable, Any], digits: int) -> str:
    """Return one estimate in words."""
    subject = LINE_WORDS.get(row["subject"], row["subject"])
    interval = ""
    if np.isfinite(row["conf_low"]):
        low, high = (f"{row[end]:+.{digits}f}" for end in ("conf_low", "conf_high"))
        interval = f" (95 % interval {low} to {high})".replace("-", "\N{MINUS SIGN}")
    point = signed({**row, "conf_low": np.nan}, digits)
    note = f", {row['note']}" if row["note"] else ""
    schools = f"{row['n_schools']:.0f} school{'s' * (row['n_schools'] != 1)}"
    return f"{subject} {point}{interval}, {schools}{note}"
