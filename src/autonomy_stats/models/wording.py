"""A fit in words, as text and as HTML."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html import escape
from typing import TYPE_CHECKING

from autonomy_stats.labels import controls_in_words, outcome_label, type_label
from autonomy_stats.mark import MARK
from autonomy_stats.models.estimators import find_estimator

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = [
    "caution",
    "how_it_was_made",
    "in_html",
    "in_sentences",
    "title_of",
    "unit_of",
    "with_mark",
]


def in_sentences(fit: Fit) -> str:
    """Return a fit in sentences: each type, then how it was estimated."""
    lines = [title_of(fit), ""]
    lines += [f"  {_sentence(fit, row)}" for row in fit.effects.to_dict("records")]
    lines += ["", how_it_was_made(fit), *fit.notes, caution(fit)]
    return "\n".join(lines)


def in_html(fit: Fit) -> str:
    """Return a fit as a small table for notebooks."""
    head = f"<tr><th>School type</th><th>Difference ({escape(unit_of(fit))})</th>"
    head += f"<th>{_level(fit)} interval</th><th>Schools</th><th>Note</th></tr>"
    body = "".join(_html_row(row) for row in fit.effects.to_dict("records"))
    said = (how_it_was_made(fit), *fit.notes, caution(fit))
    notes = "".join(f"<p>{escape(line)}</p>" for line in said)
    return f"<p><b>{escape(title_of(fit))}</b></p><table>{head}{body}</table>{notes}"


def title_of(fit: Fit) -> str:
    """Say what is compared with what."""
    words = outcome_label(fit.outcome)[0]
    words = words[0].upper() + words[1:]
    title = f"{words}: differences from {type_label(fit.reference)} {fit.alike}".rstrip()
    return with_mark(title, fit)


def with_mark(text: str, fit: Fit) -> str:
    """Return a heading, behind the mark of simulated files if the fit is of such."""
    return f"{MARK}. {text}" if fit.simulated else text


def caution(fit: Fit) -> str:
    """Say what a difference is not."""
    alike = f" {fit.alike}" if fit.alike else ""
    text = f"A difference between schools{alike}, not what attending one does."
    return f"{text} These schools are {MARK}: no real ones." if fit.simulated else text


def unit_of(fit: Fit) -> str:
    """Return the unit of a fit's estimates."""
    return find_estimator(fit.estimator).unit or outcome_label(fit.outcome)[1]


def how_it_was_made(fit: Fit) -> str:
    """Say how a fit was estimated."""
    held = controls_in_words(fit.controls)
    cells = " x ".join(fit.absorbed)
    method = find_estimator(fit.estimator)
    return (
        (f"Held equal: {held}" if held else "Nothing held equal")
        + (f", within {cells}. " if cells else ". ")
        + (f"Weighted by {fit.weights}. " if fit.weights else "Unweighted. ")
        + method.words
        + f"{fit.n_rows:,} rows {_entered(fit)}; "
        + f"{method.inference(fit.vcov)}."
    )


def _entered(fit: Fit) -> str:
    """Say how many clusters the rows are in, or how many of them an estimator compares."""
    clusters = f"{fit.n_clusters:,} clusters ({fit.cluster})"
    whole = find_estimator(fit.estimator).whole_schools
    return f"at hand, schools of {clusters} compared" if whole else f"in {clusters}"


def _sentence(fit: Fit, row: Mapping[Hashable, object]) -> str:
    """Say one type's difference in plain words."""
    name = _name(row)
    name = name[0].upper() + name[1:]
    schools = _schools(row["n_schools"], fit)
    if row["school_type"] == fit.reference:
        return f"{name}: what the others are compared with ({schools})"
    estimate = _number(row["estimate"])
    if estimate is None:
        before = _schools(row["n_schools_before"], fit)
        return f"{name}: no estimate ({row['note']}; {before} in all)"
    direction = "higher" if estimate >= 0 else "lower"
    text = f"{name}: {abs(estimate):.1f} {unit_of(fit)} {direction}"
    low, high = _number(row["conf_low"]), _number(row["conf_high"])
    if low is not None and high is not None:
        text += f", {_level(fit)} interval {low:+.1f} to {high:+.1f}"
        if low <= 0 <= high:
            text += ", not distinguishable from no difference"
    note = f"; {row['note']}" if row["note"] else ""
    return f"{text} ({schools}{note})"


def _level(fit: Fit) -> str:
    return f"{100 * fit.conf_level:g} %"


def _name(row: Mapping[Hashable, object]) -> str:
    """Return the words for a row's school type."""
    return type_label(str(row["school_type"])) or "schools without a type"


def _schools(count: object, fit: Fit) -> str:
    """Return a number of schools in words."""
    kind = "simulated " if fit.simulated else ""
    return f"1 {kind}school" if count == 1 else f"{count:,} {kind}schools"


def _number(value: object) -> float | None:
    """Return a number, or None if it is missing."""
    return value if isinstance(value, float) and value == value else None


def _html_row(row: Mapping[Hashable, object]) -> str:
    """Return one type as a row of the table."""
    estimate, low, high = (_number(row[c]) for c in ("estimate", "conf_low", "conf_high"))
    cells = [
        escape(_name(row)),
        "" if estimate is None else f"{estimate:+.1f}",
        "" if low is None or high is None else f"{low:+.1f} to {high:+.1f}",
        str(row["n_schools"]),
        escape(str(row["note"])),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
