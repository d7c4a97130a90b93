"""Words and numbers of the report page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autonomy_stats.labels import outcome_label, type_label
from autonomy_stats.report.inputs import FACTS, ROBUSTNESS, SEVERAL
from autonomy_stats.visible import visible

__all__ = [
    "as_text",
    "digits_of",
    "direction",
    "is_missing",
    "level_label",
    "number",
    "outcome_words",
    "place_label",
    "place_order",
    "signed",
    "springs",
    "subject_label",
    "type_words",
    "unit",
]

MINUS = "\N{MINUS SIGN}"
ONE_DECIMAL = 2.0
"""An estimate of this size, or with an interval as wide, is written to a tenth, else to a
hundredth, as differences of growth levels from 1 to 5 are."""

SUBJECTS = {
    "ela;math": "ELA and math",
    "ela": "ELA",
    "math": "math",
    "ela_and_math": "both tests",
    "composite": "all subjects together",
}
OUTCOMES = {
    "growth": ("growth", "points"),
    "both_passed_change": ("change in percent passing both tests", "percentage points"),
}
ORDER = ("boston", "los_angeles", "memphis", "denver", "indianapolis", SEVERAL, ROBUSTNESS, FACTS)
"""Places in the order of the report; others follow."""

PLACES = {
    SEVERAL: "Several cities",
    ROBUSTNESS: "How far could it be wrong?",
    FACTS: "What each model of school decides",
}


def is_missing(value: object) -> bool:
    """Tell whether a cell of a frame is empty: None, a missing value, or no text.

    Examples
    --------
    >>> [is_missing(value) for value in (None, float("nan"), "", 0)]
    [True, True, True, False]
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return value == "" if isinstance(value, str) else bool(value != value)


def as_text(value: object) -> str:
    """Return a cell as text, unseen marks shown; a missing one is empty."""
    return "" if is_missing(value) else visible(str(value))


def number(value: Any, digits: int | None = None) -> str:
    """Write a number with a proper minus sign; a missing one is empty.

    Parameters
    ----------
    value : float
        The number.
    digits : int, optional
        Decimals; default: four significant digits, whole numbers whole.

    Examples
    --------
    >>> number(-1234.5, 1), number(0.012346), number(1745.0), number(float("nan"))
    ('−1,234.5', '0.01235', '1,745', '')
    """
    if is_missing(value):
        return ""
    value = float(value)
    if math.isinf(value):
        return f"{MINUS if value < 0 else ''}∞"
    if digits is not None:
        text = f"{value:,.{digits}f}"
    elif value == int(value):
        text = f"{value:,.0f}"
    elif abs(value) >= 1000:
        text = f"{value:,.1f}"
    else:
        text = f"{value:.4g}"
    if float(text.replace(",", "")) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def digits_of(row: Mapping[Any, Any]) -> int:
    """Return how many decimals an estimate and its interval are written with.

    Examples
    --------
    >>> digits_of({"estimate": 0.4, "conf_low": -0.4, "conf_high": 1.2})
    2
    """
    size = abs(float(row["estimate"]))
    if not is_missing(row["conf_low"]) and not is_missing(row["conf_high"]):
        size = max(size, float(row["conf_high"]) - float(row["conf_low"]))
    return 1 if size >= ONE_DECIMAL else 2


def signed(value: Any, digits: int) -> str:
    """Write a number with its sign.

    Examples
    --------
    >>> signed(1.24, 1), signed(-1.26, 1), signed(-0.01, 1)
    ('+1.2', '−1.3', '0.0')
    """
    text = number(value, digits)
    positive = text and not text.startswith(MINUS) and float(text.replace(",", "")) > 0
    return f"+{text}" if positive else text


def direction(row: Mapping[Any, Any]) -> str:
    """Say how far schools of a type stand from those they are compared with.

    Examples
    --------
    >>> direction({"estimate": -3.26, "conf_low": -5, "conf_high": 1, "outcome": "proficient_pct"})
    '3.3 percentage points lower than'
    """
    digits = digits_of(row)
    size = number(abs(float(row["estimate"])), digits)
    if float(size.replace(",", "")) == 0:
        return f"{size} {unit(str(row['outcome']))} from"
    side = "higher" if float(row["estimate"]) > 0 else "lower"
    return f"{size} {unit(str(row['outcome']))} {side} than"


def outcome_words(outcome: str) -> str:
    """Return the words for an outcome.

    Examples
    --------
    >>> outcome_words("growth"), outcome_words("proficient_pct")
    ('growth', 'percent proficient')
    """
    return OUTCOMES.get(outcome, outcome_label(outcome))[0]


def unit(outcome: str) -> str:
    """Return the unit of differences of an outcome."""
    return OUTCOMES.get(outcome, outcome_label(outcome))[1]


def subject_label(subject: object) -> str:
    """Return the words for a subject; several are joined by `;`."""
    text = as_text(subject)
    return SUBJECTS.get(text, text.replace(";", " and ").replace("_", " "))


def level_label(level: object) -> str:
    """Return the words for a level of school; empty for all of them."""
    text = as_text(level)
    return "" if text in ("", "all") else f"{text.replace('_', ' ')} schools"


def place_label(place: str) -> str:
    """Return the words for a place.

    Examples
    --------
    >>> place_label("los_angeles"), place_label("several")
    ('Los Angeles', 'Several cities')
    """
    return PLACES.get(place, visible(place).replace("_", " ").title())


def place_order(place: str) -> int:
    """Return where a place stands on the page.

    Examples
    --------
    >>> sorted(["michigan", "denver", "boston"], key=place_order)
    ['boston', 'denver', 'michigan']
    """
    return ORDER.index(place) if place in ORDER else len(ORDER)


def springs(end_years: object) -> str:
    """Write spring years, runs of them as a span.

    Examples
    --------
    >>> springs("2016"), springs("2006;2007;2008;2010"), springs(2016.0), springs(None)
    ('2016', '2006–2008, 2010', '2016', '')
    """
    text = as_text(end_years).replace(",", ";").replace(" ", ";")
    parts = [part.removesuffix(".0") for part in text.split(";") if part]
    if not all(part.isdecimal() for part in parts):
        return as_text(end_years)
    years = sorted({int(part) for part in parts})
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(
        f"{span[0]}–{span[-1]}" if len(span) > 2 else ", ".join(map(str, span)) for span in spans
    )


def type_words(school_type: object) -> str:
    """Return the words for a school type, unseen marks shown."""
    return visible(type_label(as_text(school_type)))
