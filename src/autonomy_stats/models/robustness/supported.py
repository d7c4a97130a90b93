"""Which options of each choice a panel supports, and why not the others."""

from __future__ import annotations

import numpy as np

from autonomy_stats.models.robustness.arrays import WHOLE, Arrays, recoded
from autonomy_stats.models.robustness.choices import CHOICES, Choice

__all__ = ["supported_options"]

PERCENTS = ("proficient_pct",)
"""Outcomes that lie within 0 and 100, as a fractional logit needs."""


def supported_options(
    arrays: Arrays,
) -> tuple[dict[str, dict[str, bool]], list[dict[str, str]]]:
    """Return the options of each choice but the frame that a panel supports.

    Parameters
    ----------
    arrays : Arrays
        The panel.

    Returns
    -------
    options : dict of str to dict of str to bool
        By choice, the options in their order, each with whether it is core.
    reasons : list of dict
        Of each other option `choice, option, reason`.
    """
    options: dict[str, dict[str, bool]] = {}
    reasons: list[dict[str, str]] = []
    for choice in CHOICES[1:]:
        held: dict[str, bool] = {}
        for option in choice.options:
            why = _why_not(arrays, choice.name, option.name)
            if why:
                reasons.append({"choice": choice.name, "option": option.name, "reason": why})
            else:
                held[option.name] = option.core
        held |= dict.fromkeys(_values(arrays, choice), False)
        options[choice.name] = held or {choice.options[0].name: True}
    return options, reasons


def _values(arrays: Arrays, choice: Choice) -> list[str]:
    """Return the values of a choice's column, if there are several."""
    column = "_level" if choice.values_of == "level" else choice.values_of
    if column not in arrays.texts:
        return []
    known = ~np.isnan(arrays.outcome)
    values = sorted({*arrays.texts[column][known]} - {""})
    return values if len(values) > 1 else []


def _why_not(arrays: Arrays, choice: str, option: str) -> str:
    """Say why a frame does not support an option; empty if it does."""
    check = _CHECKS.get(choice)
    return "" if check is None else check(arrays, option)


def _rows(arrays: Arrays, option: str) -> str:
    if "grade" not in arrays.texts:
        return "" if option == "each grade" else "the frame has no grades"
    whole = arrays.texts["grade"] == WHOLE
    held = whole.any() if option == "all grades together" else (arrays.by_grade & ~whole).any()
    if not held:
        return "no row of the frame is such a row"
    lacking = np.setdiff1d(arrays.test[arrays.by_grade], arrays.test[whole])
    if option == "all grades together" and lacking.size:
        return "a spring or subject of the frame has no such row"
    return ""


def _courses(arrays: Arrays, option: str) -> str:
    return "" if arrays.course.any() or option == "left out" else "the frame has no course tests"


def _roster(arrays: Arrays, option: str) -> str:
    if option == "as given":
        return ""
    confidence = arrays.texts.get("roster_confidence")
    kept = ~arrays.left_out[arrays.kinds]
    if confidence is None or np.isin(confidence[kept], ("", "documented")).all():
        return "no type that is compared rests on less than a document"
    compared = [arrays.names.index(name) for name in arrays.compared]
    if not np.isin(arrays.kinds[np.isin(confidence, ("", "documented"))], compared).any():
        return "no school of the types compared has a type that rests on a document"
    return ""


def _reference(arrays: Arrays, option: str) -> str:
    known = arrays.kinds[~np.isnan(arrays.outcome)]
    held = {
        name
        for name in recoded("with exam and alternative")
        if name in arrays.options["drop_types"]
        and name in arrays.names
        and (known == arrays.names.index(name)).any()
    }
    types = {*recoded(option)}
    if types and not types & held:
        return "no such school with results is left out of the comparison"
    if len(types) == 1 and types == held:
        return "the same as with exam and alternative: there are no schools of the other type"
    return ""


def _suppressed(arrays: Arrays, option: str) -> str:
    if option == "left out":
        return ""
    hidden = np.isnan(arrays.outcome) & ~np.isnan(arrays.low) & ~np.isnan(arrays.high)
    return "" if hidden.any() else "the frame has no hidden outcome with bounds"


def _weights(arrays: Arrays, option: str) -> str:
    return "no weights were asked for" if option == "students" and arrays.weight is None else ""


def _controls(arrays: Arrays, option: str) -> str:
    held = tuple(arrays.options["controls"])
    if option == "all shares":
        return ""
    if not held:
        return "nothing is held equal"
    if option in ("none", "all and squares"):
        return ""
    kept = arrays._shares(option)
    if len(kept) == len(held):
        return "the shares that it leaves out are not held equal"
    earlier = {"race and low income": "all but disability", "race": "race and low income"}
    if not kept or (option in earlier and arrays._shares(earlier[option]) == kept):
        return "the same as another option: these shares are not held equal"
    return ""


def _cells(arrays: Arrays, option: str) -> str:
    absorbed = tuple(arrays.options["absorb"])
    if option == "without grade" and "grade" not in absorbed:
        return "grades are not told apart"
    if option == "without grade" and len({*arrays.texts["grade"]} - {WHOLE}) < 2:
        return "there are no several grades"
    if option == "and level":
        if "_level" not in arrays.codes or "_level" in absorbed or "level" in absorbed:
            return "no level is known, or it is absorbed"
        rows = arrays.texts["grade"] == WHOLE if "grade" in arrays.texts else slice(None)
        if len({*arrays.texts["_level"][rows]} - {""}) < 2:
            return "all rows that are no single grade's are of one level, or of none that is known"
    return ""


def _cluster(arrays: Arrays, option: str) -> str:
    if option == "as asked":
        return ""
    named = "_operator" in arrays.codes
    schools = arrays.codes[arrays.options["cluster"]]
    if not named or len({*arrays.codes["_operator"]}) == len({*schools}):
        return "no operator of several schools is known"
    return ""


def _estimator(arrays: Arrays, option: str) -> str:
    if option == "fractional_logit" and arrays.outcome_name not in PERCENTS:
        return f"{arrays.outcome_name} is no percent"
    return ""


_CHECKS = {
    "rows": _rows,
    "courses": _courses,
    "roster": _roster,
    "reference": _reference,
    "suppressed": _suppressed,
    "weights": _weights,
    "controls": _controls,
    "cells": _cells,
    "cluster": _cluster,
    "estimator": _estimator,
}
"""For each choice, what says why a frame does not support one of its options."""
