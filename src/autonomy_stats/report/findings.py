"""What a run finds, in sentences made of its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autonomy_stats.report.estimates import FEW, HIGHER, LOWER, OPEN, headlines, interval, reading
from autonomy_stats.report.inputs import ReportInputs
from autonomy_stats.report.words import (
    as_text,
    counted,
    direction,
    level_label,
    number,
    outcome_words,
    place_label,
    springs,
    subject_label,
    type_words,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Findings", "findings", "scorecard_sentences"]

IN_TALLY = ("A", "B")
"""Grades of the claims that are counted; others only bear on theirs."""

CHANCE = 0.05
"""Share of 95 % intervals that miss zero where there is no difference at all."""


@dataclass(frozen=True)
class Findings:
    """Findings of a run, each a sentence.

    Parameters
    ----------
    apart : list of str
        Differences whose interval holds no zero.
    unsure : list of str
        Differences whose interval holds zero.
    few : list of str
        Differences of too few schools to judge.
    claims : list of str
        What the scorecard says.
    chance : str
        How many intervals would miss zero by chance; empty if there are none.
    missing : str
        Which figures were not drawn; empty if all were.
    """

    apart: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    few: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    chance: str = ""
    missing: str = ""


def findings(inputs: ReportInputs) -> Findings:
    """Say what a run finds.

    Parameters
    ----------
    inputs : ReportInputs
        The run.

    Returns
    -------
    Findings

    Examples
    --------
    >>> findings(ReportInputs(figures=())).apart
    []
    """
    main = headlines(inputs.estimates)
    rows = [] if main is None else main.to_dict("records")
    told = [(reading(row), _sentence(row)) for row in rows]
    apart = [sentence for reads, sentence in told if reads in (HIGHER, LOWER)]
    unsure = [sentence for reads, sentence in told if reads == OPEN]
    return Findings(
        apart=apart,
        unsure=unsure,
        few=[sentence for reads, sentence in told if reads == FEW],
        claims=scorecard_sentences(inputs.scorecard),
        chance=_chance(len(apart), len(apart) + len(unsure)),
        missing=_missing(inputs),
    )


def _sentence(row: Mapping[Any, Any]) -> str:
    """Say one difference: where, when, by which test, how large, how sure, of how many schools."""
    what = ", ".join(
        part
        for part in (
            outcome_words(as_text(row["outcome"])),
            f"in {subject_label(row['subject'])}" if as_text(row["subject"]) else "",
            level_label(row["level"]),
        )
        if part
    )
    between = interval(row)
    sure = f"95 % interval {between}; " if between else "no interval; "
    others = type_words(row["reference"])
    schools = f"{counted(int(row['n_schools']), 'school')} and {number(row['n_schools_reference'])}"
    note = as_text(row.get("note"))
    return (
        f"{place_label(as_text(row['place']))}, spring {springs(row['end_years'])} "
        f"({as_text(row['assessment'])}), {what}: {type_words(row['school_type'])} stand "
        f"{direction(row)} similar {others} ({sure}{schools}"
        f"{f'; {note}' if note else ''})."
    )


def _chance(apart: int, judged: int) -> str:
    """Say how many intervals would miss zero if no type of school differed from any other."""
    if judged < 2:
        return ""
    expected = number(CHANCE * judged, 1)
    miss = "misses" if apart == 1 else "miss"
    return (
        f"{apart} of {judged} intervals {miss} zero. About {expected} of {judged} would by chance "
        "alone if no type of school differed from those it is compared with."
    )


def _missing(inputs: ReportInputs) -> str:
    """Say which figures are not there."""
    absent = [figure for figure in inputs.figures if figure.status != "drawn"]
    if not absent:
        return ""
    failed = sum(figure.status == "failed" for figure in absent)
    told = f"; {failed} of them failed on a file or an estimate" if failed else ""
    names = ", ".join(figure.figure_id for figure in absent)
    verb = "was" if len(absent) == 1 else "were"
    count = counted(len(absent), "figure")
    return f"{count} of {len(inputs.figures)} {verb} not drawn{told}: {names}."


def scorecard_sentences(scorecard: pd.DataFrame | None) -> list[str]:
    """Say what the scorecard makes of the report's claims.

    Parameters
    ----------
    scorecard : pandas.DataFrame or None
        One row a claim: `claim_id, verdict, grade, fragile`.

    Returns
    -------
    list of str
        None if no claim was scored.

    Examples
    --------
    >>> import pandas as pd
    >>> scored = pd.DataFrame({"claim_id": ["A", "B"], "verdict": ["agrees", "cannot be tested"],
    ...                        "grade": ["B", ""], "fragile": [False, None]})
    >>> for sentence in scorecard_sentences(scored):
    ...     print(sentence)
    Of 2 claims, 1 could be held against the report's own test (grade A or B): agrees 1 (A).
    1 was not judged: cannot be tested 1. The scorecard says why.
    """
    if scorecard is None or scorecard.empty:
        return []
    grades = scorecard["grade"].map(as_text)
    tally = scorecard[grades.isin(IN_TALLY)]
    other = scorecard[~grades.isin(IN_TALLY) & (grades != "")]
    rest = scorecard[grades == ""]
    sentences = [
        f"Of {counted(len(scorecard), 'claim')}, {len(tally)} could be held against the report's "
        f"own test (grade A or B){_verdicts(tally, named=True)}."
    ]
    if len(other):
        verb = "is" if len(other) == 1 else "are"
        sentences.append(
            f"{len(other)} could be held against another test or other years only, and {verb} not "
            f"settled by it (grade C){_verdicts(other, named=True)}."
        )
    if len(rest):
        verb = "was" if len(rest) == 1 else "were"
        told = _verdicts(rest, named=False)
        sentences.append(f"{len(rest)} {verb} not judged{told}. The scorecard says why.")
    fragile = tally[tally["fragile"].map(as_text) == "True"]
    if len(fragile):
        names = ", ".join(fragile["claim_id"].map(as_text))
        sentences.append(f"Other reasonable choices of method change the verdict of {names}.")
    return sentences


def _verdicts(rows: pd.DataFrame, *, named: bool) -> str:
    """Count claims by verdict, the most frequent first, with their ids where they are named."""
    groups = rows.groupby(rows["verdict"].map(as_text))["claim_id"]
    ids = {str(verdict): list(group.map(as_text)) for verdict, group in groups}
    ordered = sorted(ids.items(), key=lambda item: (-len(item[1]), item[0]))
    told = [
        f"{verdict} {len(claims)}" + (f" ({', '.join(claims)})" if named else "")
        for verdict, claims in ordered
    ]
    return f": {'; '.join(told)}" if told else ""
