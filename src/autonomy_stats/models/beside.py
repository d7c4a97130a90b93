"""What stands beside an estimate: the same question asked in the other ways a reader would ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.labels import counted
from autonomy_stats.mark import marked
from autonomy_stats.models.design import type_text
from autonomy_stats.models.estimators import find_estimator
from autonomy_stats.models.interacted import by_part, effects_of_parts, parts_agree
from autonomy_stats.models.one_row import one_row_a_school

if TYPE_CHECKING:
    from autonomy_stats.models.fit import Fit

__all__ = ["COLUMNS", "LADDER", "beside", "headline", "rows_of", "variations"]

COLUMNS = [
    "variation",
    "subset",
    "school_type",
    "estimate",
    "std_error",
    "df",
    "statistic",
    "p_value",
    "conf_low",
    "conf_high",
    "n_schools",
    "note",
]

LADDER = {
    "raw": (),
    "+ race": ("black_pct", "hispanic_pct", "asian_pct"),
    "+ low income": ("low_income_pct",),
    "+ English learners": ("english_learner_pct",),
    "+ disability": ("disability_pct",),
}
"""Controls in the order in which they are added."""

PARTS = ("subject", "level")
AGREE = "test that they agree"
Variation = tuple[str, str, Callable[[], "Fit"]]


def beside(fit: Fit) -> pd.DataFrame:
    """Estimate every variation of a fit; see `Fit.beside`."""
    frame, options = _asked(fit)
    rows = [rows_of(*variation) for variation in variations(fit, frame, options)]
    for part in PARTS:
        if part in frame and frame[part].dropna().nunique() > 1:
            rows.append(_apart(fit, frame, options, part))
    found = pd.concat(rows, ignore_index=True)
    left_out = found["school_type"].isin(["", *options["drop_types"]])
    test = found["school_type"].isna()
    return marked(found[test | ~left_out][COLUMNS].reset_index(drop=True), fit)


def headline(fit: Fit) -> pd.DataFrame:
    """Return a fit's own rows, or those of its levels where they disagree; see `Fit.headline`."""
    return marked(_headline(fit), fit)


def _headline(fit: Fit) -> pd.DataFrame:
    """Choose the rows to report, and say why these."""
    frame, options = _asked(fit)
    pooled = rows_of("", "all", lambda: fit)
    if "level" not in frame:
        return _reported(pooled, "the frame has no `level`", options)
    if frame["level"].dropna().nunique() < 2:
        return _reported(pooled, "one level of school", options)
    apart = _apart(fit, frame, options, "level")
    tests = apart[apart["school_type"].isna()].to_dict("records")
    test = tests[-1]
    if len(tests) > 1 or pd.isna(test["p_value"]):
        return _reported(pooled, f"no test that the levels agree: {test['note']}", options)
    found = f"F {test['statistic']:.2f} on {test['df']:.1f} df, p {test['p_value']:.3f}"
    found += _left_out(fit, frame, "level")
    if test["p_value"] >= 1 - fit.conf_level:
        return _reported(pooled, f"the levels are not shown to disagree ({found})", options)
    return _reported(apart[apart["school_type"].notna()], f"the levels disagree ({found})", options)


def _reported(rows: pd.DataFrame, reason: str, options: Mapping[str, Any]) -> pd.DataFrame:
    """Return rows to report, their `subset` as the level."""
    kept = rows[~rows["school_type"].isin(["", *options["drop_types"]])]
    columns = ["level", *COLUMNS[2:], "reason"]
    return kept.assign(level=kept["subset"], reason=reason)[columns].reset_index(drop=True)


def _asked(fit: Fit) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Return the frame and the options of a fit."""
    if fit.asked is None:
        raise EstimationError("the fit does not know the frame that it came from")
    return fit.asked.frame, fit.asked.options


def variations(fit: Fit, frame: pd.DataFrame, options: Mapping[str, Any]) -> Iterator[Variation]:
    """Yield each variation that the frame allows: name, subset, and how it is estimated."""
    from autonomy_stats.models.effects import estimate_effects

    def estimated(
        rows: pd.DataFrame, outcome: str = fit.outcome, **changed: Any
    ) -> Callable[[], Fit]:
        return lambda: estimate_effects(rows, outcome, **{**options, **changed})

    yield "as asked", "", lambda: fit
    if fit.weights is not None:
        yield "unweighted", "", estimated(frame, weights=None)
    yield "one row a school", "", lambda: one_row_a_school(fit, frame, options)
    if "mean_score" in frame and frame["mean_score"].notna().any() and fit.outcome != "mean_score":
        yield "mean score", "points of the test", estimated(frame, "mean_score")
    held: tuple[str, ...] = ()
    others = tuple(c for c in fit.controls if not any(c in added for added in LADDER.values()))
    for step, added in (LADDER | {"+ others": others}).items():
        new = tuple(control for control in added if control in fit.controls)
        held += new
        if new or step == "raw":
            yield "ladder", step, estimated(frame, controls=held)
    if "operator" in frame and (named := type_text(frame["operator"]) != "").any():
        alone = frame["school_id"] if "school_id" in frame else frame[options["cluster"]]
        operator = type_text(frame["operator"]).where(named, "school " + alone.astype("str"))
        yield (
            "clustered by operator",
            "",
            estimated(frame.assign(_operator=operator), cluster="_operator"),
        )
    if "roster_confidence" in frame:
        sure = frame["roster_confidence"].isna() | (frame["roster_confidence"] == "documented")
        if not sure.all():
            yield "documented roster only", "", estimated(frame[sure])


def rows_of(variation: str, subset: str, estimated: Callable[[], Fit]) -> pd.DataFrame:
    """Return a variation's estimates, or the reason why there are none."""
    try:
        effects = estimated().effects
    except (EstimationError, UsageError) as problem:
        return _reason(variation, subset, problem)
    return effects.reindex(columns=COLUMNS[2:]).assign(variation=variation, subset=subset)


def _apart(fit: Fit, frame: pd.DataFrame, options: Mapping[str, Any], part: str) -> pd.DataFrame:
    """Return the estimates of each part of the rows, and the test that they agree."""
    if find_estimator(fit.estimator).whole_schools:
        return _on_own_rows(fit, frame, options, part)
    try:
        apart = by_part(frame, fit.outcome, part, fit.controls, options)
    except EstimationError as problem:
        return _reason(f"by {part}", "", problem)
    rows = effects_of_parts(apart).rename(columns={"part": "subset"})
    rows = rows.assign(variation=f"by {part}").reindex(columns=COLUMNS)
    rows = rows.sort_values(["subset", "school_type"])
    try:
        test = parts_agree(apart)
    except EstimationError as problem:
        return pd.concat([rows, _reason(f"by {part}", AGREE, problem)])
    line = {
        "variation": f"by {part}",
        "subset": AGREE,
        "school_type": None,
        "df": test.df_residual,
        "statistic": test.statistic,
        "p_value": test.p_value,
        "note": f"F statistic of {test.df_constraints} constraints{_left_out(fit, frame, part)}",
    }
    return pd.concat([rows, pd.DataFrame([line])])


def _left_out(fit: Fit, frame: pd.DataFrame, part: str) -> str:
    """Say how many rows are in no part, and so in no row of the parts."""
    lost = int((frame[part].isna() & frame[fit.outcome].notna()).sum())
    return f"; {counted(lost, 'row')} without a {part} left out" if lost else ""


def _on_own_rows(
    fit: Fit, frame: pd.DataFrame, options: Mapping[str, Any], part: str
) -> pd.DataFrame:
    """Return the estimates of each part, of an estimator that can't split a school's rows."""
    from autonomy_stats.models.effects import estimate_effects

    def estimated(one: object) -> Callable[[], Fit]:
        rows = frame[frame[part] == one]
        return lambda: estimate_effects(rows, fit.outcome, **options)

    name = f"by {part}"
    untested = EstimationError(f"{fit.estimator} compares whole schools, and gives no such test")
    parts = sorted(frame[part].dropna().unique())
    tables = [rows_of(name, str(one), estimated(one)) for one in parts]
    return pd.concat([*tables, _reason(name, AGREE, untested)])


def _reason(variation: str, subset: str, problem: Exception) -> pd.DataFrame:
    """Return the row of a variation that can't be estimated."""
    line = {"variation": variation, "subset": subset, "school_type": None, "note": str(problem)}
    return pd.DataFrame([line], columns=COLUMNS)
