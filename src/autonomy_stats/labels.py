"""Words for what the code names: school types, controls, outcomes."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["control_label", "controls_in_words", "outcome_label", "type_label"]

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
