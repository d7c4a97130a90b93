"""The scorecard: a verdict for each claim, from the estimates of the contrasts that it states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autonomy_stats.labels import controls_in_words
from autonomy_stats.scorecard.case import Case, Row
from autonomy_stats.scorecard.inputs import CONTRAST_COLUMNS, checked, rows_of
from autonomy_stats.scorecard.stated import stated_contrasts
from autonomy_stats.scorecard.testable import grade_of, why_untestable
from autonomy_stats.scorecard.verdicts import deciding, judge
from autonomy_stats.scorecard.words import CANNOT_BE_TESTED, COUNTED_GRADES, NO_CLAIM, SEE_PARTS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONTRAST_COLUMNS", "SCORECARD_COLUMNS", "score"]

SCORECARD_COLUMNS = (
    "claim_id",
    "figure",
    "place",
    "claim",
    "kind",
    "verdict",
    "tag",
    "grade",
    "reason",
    "contrast",
    "unit",
    "theta",
    "conf_low",
    "conf_high",
    "conf90_low",
    "conf90_high",
    "delta",
    "verdict_at_05",
    "verdict_at_25",
    "detectable",
    "n_schools",
    "assessment",
    "end_years",
    "fragile",
    "share_of_specifications",
    "n_specifications",
    "bears_on",
    "note",
)
TEXTS = ("tag", "grade", "reason", "contrast", "unit", "assessment", "end_years", "note")
OTHER_DELTAS = {"verdict_at_05": 0.05, "verdict_at_25": 0.25}
LEAST_SHARE = 0.8
"""Share of the core specifications in which a verdict must hold, not to be fragile."""


def score(
    claims: pd.DataFrame, contrasts: pd.DataFrame, specifications: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Give each claim a verdict, by the rules of `docs/scorecard.md`; the first that holds.

    Parameters
    ----------
    claims : pandas.DataFrame
        As `load_claims` returns them.
    contrasts : pandas.DataFrame
        One row for each claim and pair of types that it compares: `claim_id, type_a, type_b`;
        `outcome` and `unit` (`percentage points`, `growth percentiles`, or another, which has no
        margin); `estimate` (of a less b), `std_error, df`; `n_schools_a, n_schools_b,
        n_operators_a, n_operators_b, n_schools_reference`; `reference_pct`, percent proficient of
        the reference schools; `coverage_pct_a, coverage_pct_b`, percent of the schools counted
        that the roster names (missing: no count); `assessment`; `end_years`, joined by `;`;
        `same_construct`, `same_test`: whether they are the claim's; `missing_controls`, joined by
        spaces; `departure`: how it differs else from what the report did; `problem`: why there is
        no estimate.
    specifications : pandas.DataFrame, optional
        Such rows of each core specification, named in a column `specification`.

    Returns
    -------
    pandas.DataFrame
        One row a claim: `claim_id, figure, place, claim, kind, verdict, tag, grade, reason,
        contrast, unit, theta, conf_low, conf_high, conf90_low, conf90_high, delta, verdict_at_05,
        verdict_at_25, detectable, n_schools, assessment, end_years, fragile,
        share_of_specifications, n_specifications, bears_on, note`. Of several contrasts the numbers
        are those of the one that speaks most against the claim, named in `contrast`. `theta` and
        its intervals are signed so that the claim says they are above zero. `detectable`: what
        would have been shown with probability .8. `n_schools`: of type a. Specifications that
        can't be tested do not count in the share.

    Raises
    ------
    UsageError
        If a column is missing, a pair of types is given twice, is not one that its claim states,
        or one is missing; or if an estimate is of simulated schools.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> claims = aus.load_claims().query("claim_id == 'DEN-P1'")
    >>> row = {
    ...     "claim_id": "DEN-P1", "type_a": "independent_charter", "type_b": "traditional",
    ...     "outcome": "proficient_pct", "unit": "percentage points",
    ...     "estimate": 7.0, "std_error": 2.0, "df": 40.0,
    ...     "n_schools_a": 40, "n_schools_b": 89, "n_operators_a": 20, "n_operators_b": 89,
    ...     "n_schools_reference": 89, "reference_pct": 31.0, "coverage_pct_a": 95.0,
    ...     "coverage_pct_b": None, "assessment": "PARCC", "end_years": "2016",
    ...     "same_construct": True, "same_test": True, "missing_controls": "",
    ...     "departure": "", "problem": "",
    ... }
    >>> import pandas as pd
    >>> score(claims, pd.DataFrame([row]))[["verdict", "grade", "delta"]].round(2).values.tolist()
    [['agrees', 'B', 3.61]]
    """
    import pandas as pd

    given = checked(contrasts, "contrasts")
    others = None if specifications is None else checked(specifications, "specifications")
    rows = []
    for claim in claims.to_dict("records"):
        case = Case(claim, rows_of(given, claim))
        row: dict[str, Any] = {name: claim[name] for name in SCORECARD_COLUMNS[:5]}
        row |= dict.fromkeys((*TEXTS, *OTHER_DELTAS), "")
        row |= _scored(case)
        if others is not None and row["grade"]:
            row |= _held(case, others, row["verdict"])
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(SCORECARD_COLUMNS))
    table["figure"] = table["figure"].astype("Int64")
    table["bears_on"] = table["grade"].ne("") & ~table["grade"].isin(COUNTED_GRADES)
    table["note"] = _with_parts(table, claims)
    return table


def _scored(case: Case) -> dict[str, Any]:
    """Return the verdict on a claim with all that it rests on."""
    claim = case.claim
    if claim["kind"] == "no_data":
        return {"verdict": NO_CLAIM, "reason": "the report says that it had no data"}
    if claim["kind"] == "composite":
        return {"verdict": SEE_PARTS, "reason": "it sums up or repeats other claims"}
    why = why_untestable(bool(stated_contrasts(claim)), case.rows)
    shown = _shown(case)
    if why:
        return shown | {"verdict": CANNOT_BE_TESTED, "reason": "; ".join(why)}
    found = judge(claim["kind"], claim["wording"], case.contrasts())
    reason = found.reason
    if claim["wording"] == "not_significant":
        least = f"{shown['detectable']:.1f} {shown['unit']}"
        reason += f"; a difference of {least} would have been shown with probability .8"
    return shown | {
        "verdict": found.verdict,
        "tag": found.tag,
        "grade": grade_of(claim, case.rows),
        "reason": reason,
        **{name: case.verdict(delta) for name, delta in OTHER_DELTAS.items()},
    }


def _shown(case: Case) -> dict[str, Any]:
    """Return the numbers of the contrast that decides, among those with an interval."""
    inferred = [row for row in case.rows if row["std_error"] > 0 and row["df"] > 0]
    shown: dict[str, Any] = {"note": _departures(case.rows)}
    if case.rows:
        shown |= {name: case.rows[0][name] for name in ("assessment", "end_years", "unit")}
    if not inferred:
        return shown
    contrasts = Case(case.claim, inferred).contrasts()
    one = deciding(case.claim["kind"], case.claim["wording"], contrasts)
    row = inferred[contrasts.index(one)]
    return shown | {
        "contrast": one.label,
        "theta": one.theta,
        "conf_low": one.low,
        "conf_high": one.high,
        "conf90_low": one.low90,
        "conf90_high": one.high90,
        "delta": one.delta,
        "detectable": one.detectable,
        "n_schools": row["n_schools_a"],
        **{name: row[name] for name in ("assessment", "end_years", "unit")},
    }


def _departures(rows: Sequence[Row]) -> str:
    """Say how the estimates differ from what the report did."""
    texts = [str(row["departure"]) for row in rows if row["departure"]]
    for row in rows:
        if row["missing_controls"]:
            texts.append(f"not held equal: {controls_in_words(row['missing_controls'].split())}")
    return "; ".join(dict.fromkeys(texts))


def _held(case: Case, specifications: pd.DataFrame, verdict: str) -> dict[str, Any]:
    """Return in which share of the specifications that can be tested the verdict holds."""
    found = []
    for _, rows in specifications.groupby("specification", sort=False):
        other = Case(case.claim, rows_of(rows, case.claim))
        if other.rows and not why_untestable(True, other.rows):
            found.append(other.verdict() == verdict)
    if not found:
        return {}
    share = sum(found) / len(found)
    return {
        "share_of_specifications": share,
        "n_specifications": len(found),
        "fragile": share < LEAST_SHARE,
    }


def _with_parts(table: pd.DataFrame, claims: pd.DataFrame) -> list[str]:
    """Return the notes, those of composite claims with the verdicts on their parts."""
    verdicts = dict(zip(table["claim_id"], table["verdict"], strict=True))
    parts: dict[str, list[str]] = {}
    for claim_id, wholes in zip(claims["claim_id"], claims["part_of"].fillna(""), strict=True):
        for whole in wholes.split(";"):
            parts.setdefault(whole, []).append(f"{claim_id} {verdicts[claim_id]}")
    return [
        "; ".join(parts.get(row["claim_id"], ["no claim is a part of it"]))
        if row["verdict"] == SEE_PARTS
        else row["note"]
        for row in table.to_dict("records")
    ]
