"""Words for what the code names: school types, controls, outcomes."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = [
    "capital",
    "control_label",
    "controls_in_words",
    "counted",
    "listed",
    "measure_label",
    "outcome_label",
    "springs",
    "type_label",
    "types_in_words",
    "weights_label",
]

_TYPES = {
    "traditional": "district schools",
    "exam": "exam schools",
    "alternative": "alternative schools",
    "pilot": "pilot schools",
    "innovation": "innovation schools",
    "horace_mann": "Horace Mann charters",
    "turnaround": "turnaround schools",
    "independent_charter": "charter schools",
    "affiliated_charter": "affiliated charters",
    "local_initiative": "local initiative schools",
    "esbmm": "ESBMM schools",
    "network_partner": "network partner schools",
    "izone": "iZone schools",
    "asd_direct": "ASD-run schools",
    "asd_charter": "ASD charters",
    "innovation_network": "innovation network schools",
    "unknown": "schools of unknown type",
}
_CONTROLS = {
    "black_pct": "Black",
    "hispanic_pct": "Hispanic",
    "asian_pct": "Asian",
    "english_learner_pct": "English learner",
    "low_income_pct": "low-income",
    "disability_pct": "with disabilities",
}
_OUTCOMES = {
    "proficient_pct": ("percent proficient", "percentage points"),
    "mean_score": ("mean scale score", "scale points"),
    "value": ("growth value", "points"),
}
_MEASURES = {
    "sgp_median": ("median student growth percentile", "percentile points"),
    "sgp_mean": ("mean student growth percentile", "percentile points"),
    "mgp": ("median growth percentile", "percentile points"),
    "tvaas_level": ("TVAAS level of growth, 1 to 5", "levels"),
    "tvaas_index": ("TVAAS index of growth", "points of the index"),
}
_WEIGHTS = {
    "n_tested": "students tested",
    "n_students": "students with growth",
    "enrollment": "students enrolled",
}


def capital(text: str) -> str:
    """Return a text with a capital at its beginning.

    Examples
    --------
    >>> capital("iZone schools"), capital("pilot schools")
    ('iZone schools', 'Pilot schools')
    """
    return text if text[:1].islower() and text[1:2].isupper() else text[:1].upper() + text[1:]


def type_label(school_type: str) -> str:
    """Return the words for a school type; a type of your own is its own words.

    Examples
    --------
    >>> type_label("izone"), type_label("magnet_school")
    ('iZone schools', 'magnet school')
    >>> type_label("later izone")
    'later iZone schools'
    >>> type_label("traditional to izone")
    'district schools to iZone schools'
    """
    if school_type.startswith("later "):
        return f"later {type_label(school_type.removeprefix('later '))}"
    before, changed, after = school_type.partition(" to ")
    if changed and before in _TYPES and after in _TYPES:
        return f"{_TYPES[before]} to {_TYPES[after]}"
    return _TYPES.get(school_type, school_type.replace("_", " "))


def counted(count: int, one: str, more: str | None = None) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "figure"), counted(2000, "city", "cities")
    ('1 figure', '2,000 cities')
    """
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def types_in_words(text: str) -> str:
    """Return a text with words for the school types that it names as tables do.

    Examples
    --------
    >>> types_in_words("no estimate of horace_mann: one school")
    'no estimate of Horace Mann charters: one school'
    """
    codes = "|".join(code for code in _TYPES if "_" in code)  # others are words themselves
    return re.sub(rf"\b({codes})\b", lambda code: _TYPES[code[0]], text)


def controls_in_words(controls: Sequence[str]) -> str:
    """Return what is held equal in words: shares of students, then what is no share.

    Examples
    --------
    >>> controls_in_words(["black_pct", "low_income_pct", "prior_proficient_pct"])
    'share Black, low-income; percent proficient in the year before'
    """
    shares = [control_label(c) for c in controls if not c.startswith("prior_")]
    others = [control_label(c) for c in controls if c.startswith("prior_")]
    return "; ".join(([f"share {', '.join(shares)}"] if shares else []) + others)


def control_label(control: str) -> str:
    """Return the words for a control share.

    Examples
    --------
    >>> control_label("black_pct")
    'Black'
    >>> control_label("black_pct_first"), control_label("prior_proficient_pct")
    ('Black in the first year', 'percent proficient in the year before')
    """
    if control.endswith("_first"):
        return f"{control_label(control.removesuffix('_first'))} in the first year"
    if control.startswith("prior_"):
        return f"{outcome_label(control.removeprefix('prior_'))[0]} in the year before"
    return _CONTROLS.get(control, control.replace("_", " "))


def outcome_label(outcome: str) -> tuple[str, str]:
    """Return the words for an outcome, and its unit.

    Examples
    --------
    >>> outcome_label("proficient_pct")
    ('percent proficient', 'percentage points')
    >>> outcome_label("mean_score_change"), outcome_label("proficient_pct_given_prior")[0]
    (('change in mean scale score', 'scale points'), 'percent proficient given the year before')
    """
    if outcome.endswith("_change"):
        words, unit = outcome_label(outcome.removesuffix("_change"))
        return f"change in {words}", unit
    if outcome.endswith("_given_prior"):
        words, unit = outcome_label(outcome.removesuffix("_given_prior"))
        return f"{words} given the year before", unit
    return _OUTCOMES.get(outcome, (outcome.replace("_", " "), "points"))


def measure_label(measure: str) -> tuple[str, str]:
    """Return the words for a measure of growth, and its unit.

    Examples
    --------
    >>> measure_label("mgp")
    ('median growth percentile', 'percentile points')
    """
    return _MEASURES.get(measure, (measure.replace("_", " "), "points"))


def weights_label(column: str) -> str:
    """Return the words for what rows are weighted by.

    Examples
    --------
    >>> weights_label("n_tested")
    'students tested'
    """
    return _WEIGHTS.get(column, column.replace("_", " "))


def springs(end_years: Sequence[int | str]) -> str:
    """Return spring years in words.

    Examples
    --------
    >>> springs([2016]), springs(["2015", "2016"])
    ('spring 2016', 'spring 2015 and 2016')
    """
    return f"spring {listed([str(year) for year in end_years])}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> listed(["subject", "grade", "year"]), listed(["grade"])
    ('subject, grade and year', 'grade')
    """
    return " and ".join([*[", ".join(words[:-1])] * (len(words) > 1), *words[-1:]])
