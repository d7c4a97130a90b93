"""What a run finds, in sentences made of its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autonomy_stats.labels import capital, counted
from autonomy_stats.report.estimates import FEW, HIGHER, LOWER, OPEN, headlines, interval, reading
from autonomy_stats.report.inputs import ReportInputs
from autonomy_stats.report.words import (
    as_text,
    direction,
    number,
    outcome_words,
    place_label,
    place_order,
    springs,
    subject_label,
    type_words,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Findings", "Told", "findings", "scorecard_sentences"]

IN_TALLY = ("A", "B")
"""Grades of the claims that are counted; others only bear on theirs."""

SPACE = "\N{NO-BREAK SPACE}"

POOLED = ("band", "kind", "n_places", "conf_low")
"""Columns of the figure that shows all cities with their mean."""

BANDS = {"charters": "charter schools", "autonomous": "the districts' own autonomous schools"}

CHANCE = 0.05
"""Share of 95 % intervals that miss zero where there is no difference at all."""


@dataclass(frozen=True)
class Told:
    """What is found in one place, spring, test and outcome: a lead, and a line for each type."""

    lead: str
    lines: list[str]


@dataclass(frozen=True)
class Findings:
    """Findings of a run, in words.

    Parameters
    ----------
    average : list of str
        Means over several cities.
    apart : list of Told
        Differences whose interval holds no zero.
    unsure : list of Told
        Differences whose interval holds zero.
    few : list of Told
        Differences of too few schools to judge.
    claims : list of str
        What the scorecard says.
    chance : str
        How many intervals would miss zero by chance; empty if there are none.
    missing : str
        Which figures were not drawn; empty if all were.
    """

    average: list[str] = field(default_factory=list)
    apart: list[Told] = field(default_factory=list)
    unsure: list[Told] = field(default_factory=list)
    few: list[Told] = field(default_factory=list)
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
    apart = [row for row in rows if reading(row) in (HIGHER, LOWER)]
    unsure = [row for row in rows if reading(row) == OPEN]
    return Findings(
        average=_average(inputs),
        apart=_told(apart),
        unsure=_told(unsure),
        few=_told([row for row in rows if reading(row) == FEW]),
        claims=scorecard_sentences(inputs.scorecard),
        chance=_chance(len(apart), len(apart) + len(unsure)),
        missing=_missing(inputs),
    )


def _average(inputs: ReportInputs) -> list[str]:
    """Say the means over the cities, from the figure that shows them together."""
    shown = [f.frame for f in inputs.figures if f.frame is not None and {*POOLED} <= {*f.frame}]
    sentences = []
    for frame in shown:
        pooled = frame[frame["kind"].eq("pooled") & frame["conf_low"].notna()]
        for row in pooled.to_dict("records"):
            schools = BANDS.get(as_text(row["band"]), as_text(row["band"]))
            size = number(abs(row["estimate"]), 2)
            side = "higher" if row["estimate"] > 0 else "lower"
            ends = f"{number(row['conf_low'], 2)} to {number(row['conf_high'], 2)}"
            sentences.append(
                f"On average over {number(row['n_places'])} cities, {schools} stand {side} than "
                f"similar district schools by {size} standard deviations of students "
                f"(95{SPACE}% interval {ends}; {number(row['n_schools'])} schools)."
            )
    return sentences


def _told(rows: Sequence[Mapping[Any, Any]]) -> list[Told]:
    """Tell differences, those of the same place, spring, test and outcome together."""
    groups: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: place_order(as_text(row["place"]))):
        groups.setdefault(_lead(row), []).append(_line(row))
    return [Told(lead, lines) for lead, lines in groups.items()]


def _lead(row: Mapping[Any, Any]) -> str:
    """Say what was measured, where, when and by which test."""
    place, outcome = place_label(as_text(row["place"])), outcome_words(as_text(row["outcome"]))
    subject = subject_label(row["subject"])
    where = f"{outcome} in {subject}" if subject else outcome
    return f"{place}, {where} ({as_text(row['assessment'])}, spring {springs(row['end_years'])})"


def _line(row: Mapping[Any, Any]) -> str:
    """Say one difference: how large, how sure, of how many schools."""
    between = interval(row)
    sure = f"95{SPACE}% interval {between}; " if between else "no interval; "
    others = type_words(row["reference"])
    beside = number(row["n_schools_reference"])
    schools = f"{counted(int(row['n_schools']), 'school')} compared with {beside}"
    return (
        f"{capital(type_words(row['school_type']))} stand {direction(row)} similar {others} "
        f"({sure}{schools})."
    )


def _chance(apart: int, judged: int) -> str:
    """Say how many intervals would miss zero if no type of school differed from any other."""
    if judged < 2:
        return ""
    expected = number(CHANCE * judged, 1)
    miss = "misses" if apart == 1 else "miss"
    return (
        f"{apart} of {judged} intervals {miss} zero. About {expected} of {judged} would by chance "
        "alone if no type of school differed from those it is compared with. Other explanations "
        "remain: see how to read these, below."
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
