"""How schools that were given a type later differed before they had it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.change import estimate_change
from autonomy_stats.models.design import require_columns, type_text
from autonomy_stats.models.effects import DEFAULT_DROP_TYPES, estimate_effects
from autonomy_stats.models.paired import types_of_schools, with_whole_years
from autonomy_stats.models.tables import EFFECT_COLUMNS

__all__ = ["before_conversion"]

FIXED = {"years", "type_changes", "first_year_controls", "estimator"}
"""Arguments of one of the two models that the other lacks, or that the years set."""

OPTIONS = {"controls", "absorb", "weights", "cluster", "vcov", "working", "conf_level"}
"""Arguments that `estimate_effects` and `estimate_change` share."""

PLAN = ["school_id", "school_type", "from_end_year"]

LATER = "later "
"""Beginning of the type of a school before it has it."""

ROW: dict[str, Any] = {"n_schools": 0, "n_schools_before": 0, "n_rows": 0}
"""What is known of a type that is in no fit."""

LEADING = ["quantity", "from_end_year", "end_year", "school_type", "n_schools_later"]


def before_conversion(
    frame: pd.DataFrame,
    outcome: str,
    future_types: pd.DataFrame | Mapping[str, tuple[str, int]],
    *,
    school_type: str = "school_type",
    reference: str = "traditional",
    drop_types: Sequence[str] = DEFAULT_DROP_TYPES,
    **options: Any,
) -> pd.DataFrame:
    """Estimate the difference of schools from the reference before they were given a type.

    A placebo: in years before a school is of a type, the type has done nothing. What the schools
    differ by then is how they were chosen, or chance, and a later difference of that size says
    nothing of the type. The change before is the pre-trend that a difference in differences takes
    to be none.

    Level: in each year, schools of the reference type that are given another type in a later year,
    with reference schools that are not, beside all other types of that year. Change: of such
    schools between two years in a row, as in `estimate_change`.

    Parameters
    ----------
    frame : pandas.DataFrame
        A panel with `school_id`, `end_year` and each year's school type.
    outcome : str
        Column to compare.
    future_types : pandas.DataFrame or mapping
        Which schools are given which type from when: `school_id, school_type, from_end_year`, such
        as a roster; or school ids to pairs of type and year. Rows without a year, of the reference
        and of `drop_types` are passed over. Of a school's types the next counts.
    school_type, reference, drop_types
        As in `estimate_effects`.
    **options
        Other arguments that `estimate_effects` and `estimate_change` share: `controls`, `absorb`,
        `weights`, `cluster`, `vcov`, `working`, `conf_level`.

    Returns
    -------
    pandas.DataFrame
        One row for each type of `future_types` and `quantity`: `level` of an `end_year`, `change`
        from `from_end_year` to it. `n_schools_later` counts the schools that `future_types` gives
        the type after that year, `n_schools` those compared; then the columns of `Fit.effects`.
        `note` says why there is no estimate, or how many schools have no row before. Holm's family
        is the types of the fit, those that schools have already among them.

    Raises
    ------
    UsageError
        If an argument is not among the allowed values or names no column, or `future_types` gives
        a school two types from the same year.
    EstimationError
        If no row has the outcome. A year that can't be estimated has rows that say why; where
        other schools lack a control, `controls=[...]` without it goes on.

    References
    ----------
    Heckman, J. J. and Hotz, V. J. (1989). Choosing among alternative nonexperimental methods for
    estimating the impact of social programs. *Journal of the American Statistical Association*
    84(408), 862-874.

    Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends.
    *American Economic Review: Insights* 4(3), 305-322.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcd") * 2, "end_year": [2016] * 4 + [2017] * 4, "n_tested": 50,
    ...     "school_type": "traditional", "proficient_pct": [20.0, 40, 50, 30, 19, 39, 53, 33],
    ... })
    >>> later = {"a": ("pilot", 2018), "b": ("pilot", 2018), "e": ("izone", 2017)}
    >>> found = before_conversion(frame, "proficient_pct", later)
    >>> found[["quantity", "end_year", "school_type", "estimate", "note"]]
      quantity  end_year school_type  estimate                         note
    0    level      2016       izone       NaN  1 of 1 without rows in 2016
    1    level      2016       pilot     -10.0             too few to judge
    2    level      2017       izone       NaN  no school has it after 2017
    3    level      2017       pilot     -14.0             too few to judge
    4   change      2017       izone       NaN  no school has it after 2017
    5   change      2017       pilot      -4.0             too few to judge
    """
    if fixed := sorted(FIXED & set(options)):
        raise UsageError(f"{fixed[0]!r} is no option here; there are those of both models")
    if unknown := sorted(set(options) - OPTIONS):
        raise UsageError(f"{unknown[0]!r} is no option; there are {', '.join(sorted(OPTIONS))}")
    require_columns(frame, ["school_id", "end_year", outcome, school_type])
    frame = with_whole_years(frame)
    options |= {"school_type": school_type, "reference": reference, "drop_types": drop_types}
    plans = _plans(future_types, [reference, *drop_types])
    kinds = sorted(plans["school_type"].unique())
    years = sorted(int(year) for year in frame.loc[frame[outcome].notna(), "end_year"].unique())
    if not years:
        raise EstimationError(f"no row has {outcome}: there is nothing to compare")
    types = {
        year: types_of_schools(frame[frame["end_year"] == year], school_type) for year in years
    }
    parts = []
    for window in [(year,) for year in years] + list(pairwise(years)):
        rows = frame[frame["end_year"].isin(window)]
        held = [types[year] for year in window]
        parts += _in_window(rows, outcome, window, _later(plans, window[-1]), held, kinds, options)
    if len(years) == 1:
        reason = f"{outcome} of {years[0]} alone: a change takes two years"
        parts += [
            {**ROW, **{name: part[name] for name in LEADING}, "quantity": "change", "note": reason}
            for part in parts
        ]
    ordered = [*LEADING, *(c for c in EFFECT_COLUMNS if c not in LEADING)]
    table = pd.DataFrame(parts).reindex(columns=ordered)
    return marked(table.astype({"from_end_year": "Int64", "end_year": "Int64"}), frame)


def _in_window(
    rows: pd.DataFrame,
    outcome: str,
    window: tuple[int, ...],
    later: pd.Series,
    held: Sequence[pd.Series],
    kinds: Sequence[str],
    options: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Estimate a level (one year) or a change (two), and return a row for each later type."""
    school_type, reference = options["school_type"], options["reference"]
    chosen = later[_were(later, held, reference)]
    labels = rows["school_id"].map({school: f"{LATER}{kind}" for school, kind in chosen.items()})
    labels = labels.where(labels.notna(), rows[school_type])
    estimate = estimate_effects if len(window) == 1 else estimate_change
    effects: dict[Any, dict[Any, Any]] = {}
    problem = ""
    if len(chosen):
        try:
            fit = estimate(rows.assign(**{school_type: labels}), outcome, **options)
            effects = fit.effects.set_index("school_type", drop=False).to_dict("index")
        except EstimationError as error:
            problem = str(error)
    found = []
    for kind in kinds:
        own = later[later == kind]
        row = {**ROW, "note": problem, **effects.get(f"{LATER}{kind}", {}), "school_type": kind}
        row |= {"quantity": "level" if len(window) == 1 else "change", "end_year": window[-1]}
        row |= {"from_end_year": window[0] if len(window) == 2 else None}
        note = _note(str(row["note"]), window, own, held, reference)
        found.append({**row, "n_schools_later": len(own), "note": note})
    return found


def _plans(
    future_types: pd.DataFrame | Mapping[str, tuple[str, int]], passed_over: Sequence[str]
) -> pd.DataFrame:
    """Return one row for each school, later type and year that it starts."""
    if isinstance(future_types, Mapping):
        rows = []
        for school, given in future_types.items():
            if not isinstance(given, tuple | list) or len(given) != 2:
                raise UsageError(
                    f"future_types gives school {school!r} {given!r}; give a type and the year "
                    "that it starts, such as ('pilot', 2018)"
                )
            rows.append((school, *given))
        plans = pd.DataFrame(rows, columns=PLAN)
    else:
        require_columns(future_types, PLAN)
        plans = future_types[PLAN]
    plans = plans[plans["from_end_year"].notna()]
    years = with_whole_years(plans.rename(columns={"from_end_year": "end_year"}))["end_year"]
    plans = plans.assign(school_type=type_text(plans["school_type"]), from_end_year=years)
    plans = plans.drop_duplicates()
    plans = plans[~plans["school_type"].isin(["", *passed_over])]
    if (twice := plans.duplicated(["school_id", "from_end_year"])).any():
        school, kind, year = plans.loc[twice, PLAN].iloc[0]
        raise UsageError(
            f"future_types gives school {school!r} {kind!r} and another type from {year} on; give "
            "it one a year"
        )
    return plans.sort_values("from_end_year")


def _later(plans: pd.DataFrame, year: int) -> pd.Series:
    """Return the next type of each school that is given one after a year."""
    after = plans[plans["from_end_year"] > year].drop_duplicates("school_id")
    return after.set_index("school_id")["school_type"]


def _were(later: pd.Series, held: Sequence[pd.Series], kind: str) -> pd.Series:
    """Return which schools were of a type in every year of a window."""
    return pd.concat([later.index.to_series().map(types) == kind for types in held], axis=1).all(
        axis=1
    )


def _note(
    note: str,
    window: tuple[int, ...],
    own: pd.Series,
    held: Sequence[pd.Series],
    reference: str,
) -> str:
    """Say which schools of a later type are not compared, and what the fit says of the others."""
    present = pd.concat([own.index.to_series().isin(t.index) for t in held], axis=1).all(axis=1)
    were = _were(own, held, reference)
    absent, other = int((~present).sum()), int((present & ~were).sum())
    reasons = [
        f"no school has it after {window[-1]}" if own.empty else "",
        f"{absent} of {len(own)} without rows in {' and '.join(map(str, window))}"
        if absent
        else "",
        f"{other} of {len(own)} not {reference} before" if other else "",
        note if were.any() else "",
    ]
    return "; ".join(reason for reason in reasons if reason)
