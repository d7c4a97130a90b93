"""How ranks in the state differ by school type, and how they changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.design import type_text
from autonomy_stats.models.effects import DEFAULT_DROP_TYPES, estimate_effects
from autonomy_stats.models.guards import MOST_INCOMPLETE
from autonomy_stats.models.means import weighted_mean
from autonomy_stats.models.tables import EFFECT_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models.state_rank import StateRanks

__all__ = ["rank_change"]

RANKS = ("rank_adjusted", "rank_raw")

MEAN_COLUMNS = {
    "mean": "estimate",
    "mean_df": "df",
    "mean_conf_low": "conf_low",
    "mean_conf_high": "conf_high",
}
"""Columns of a type's own mean, and what `weighted_mean` calls them."""


def rank_change(
    ranks: StateRanks,
    school_types: pd.DataFrame | Mapping[str, str],
    *,
    rank: str = "rank_adjusted",
    years: tuple[int, int] | None = None,
    reference: str = "traditional",
    drop_types: Sequence[str] = DEFAULT_DROP_TYPES,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Compare ranks by school type: the level of each year, and the change of the same schools.

    Level: schools by their type of that year. Change: by their type of the last year in both
    years, so that it is of the same schools; a school counts where it has a rank in the same
    subject and level of both years, weighted by the mean of its students tested in both.

    A change is no measure of what a type does. Schools are often given a type because they rank
    low, and those picked for a low rank tend to rank higher next time whatever is done
    (regression to the mean). Intervals treat a city's schools as a sample of such schools, and
    the state's distribution and the adjustment for composition as known.

    Parameters
    ----------
    ranks : StateRanks
        Ranks of a state's schools, with `end_year` among the cells.
    school_types : pandas.DataFrame or mapping
        The schools to compare: `school_id` and `school_type`, with `end_year` where types
        change, such as a city's panel; or school ids to types. Other schools of the state
        serve the ranks only.
    rank : {"rank_adjusted", "rank_raw"}
        Which rank.
    years : tuple of int, optional
        First and last year of the change; default: the earliest and the latest ranked.
    reference, drop_types, conf_level
        As in `estimate_effects`.

    Returns
    -------
    pandas.DataFrame
        One row for each type and `quantity`: `level` in an `end_year`, or `change` from
        `from_end_year` to it. `mean, mean_df, mean_conf_low, mean_conf_high` are the type's own
        weighted mean; the columns of `Fit.effects` are its difference from the reference within
        the other cells of `by`, with CR2 intervals clustered by school. `note` counts schools
        without a rank where they are more than 5 % of a type. `series` names the tests: two in a
        change say that the test changed between the years.

    Raises
    ------
    UsageError
        If an argument is not among the allowed values, or a school has two types in a year.
    EstimationError
        If no ranked school has a type, or the types do not support a comparison.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats.models.state_rank import state_ranks
    >>> frame = pd.DataFrame({
    ...     "school_id": list("abcd") * 2, "end_year": [2016] * 4 + [2017] * 4, "n_tested": 50,
    ...     "proficient_pct": [10.0, 20, 30, 40, 25.0, 20, 30, 40],
    ... })
    >>> ranks = state_ranks(frame, by=["end_year"], controls=[])
    >>> types = {"a": "pilot", "b": "traditional", "c": "traditional"}
    >>> found = rank_change(ranks, types, rank="rank_raw")
    >>> found.loc[found["quantity"] == "change", ["school_type", "mean", "estimate"]]
       school_type  mean  estimate
    4        pilot  25.0      37.5
    5  traditional -12.5       0.0
    """
    import pandas as pd

    if rank not in RANKS:
        raise UsageError(f"rank must be one of {RANKS}; got {rank!r}")
    if "end_year" not in ranks.by:
        raise UsageError(f"the ranks are by {ranks.by}; a change needs 'end_year' among them")
    held = sorted(int(year) for year in ranks.frame["end_year"].unique())
    first, last = (held[0], held[-1]) if years is None else years
    if absent := [year for year in (first, last) if year not in held]:
        raise UsageError(f"no ranks of {absent[0]}; there are {held}")
    types = {year: _types_of(school_types, year, set(ranks.frame["school_id"])) for year in held}
    options = {"reference": reference, "drop_types": drop_types, "conf_level": conf_level}
    parts = []
    for year in held:
        rows = types[year].merge(_of_year(ranks, rank, year), on="school_id", how="left")
        found = _by_type(rows, rank, ranks, options)
        parts.append(found.assign(quantity="level", end_year=year))
    if first < last:
        rows = _paired(ranks, rank, types[last], first, last)
        found = _by_type(rows, "change", ranks, options)
        parts.append(found.assign(quantity="change", end_year=last, from_end_year=first))
    result = pd.concat(parts, ignore_index=True).assign(rank=rank)
    leading = ["rank", "quantity", "from_end_year", "end_year", "school_type", *MEAN_COLUMNS]
    ordered = [*leading, *(c for c in EFFECT_COLUMNS if c not in leading), "series"]
    result = result.reindex(columns=ordered)
    result = result.astype({"from_end_year": "Int64", "end_year": "Int64"})
    return marked(result, ranks, school_types)


def _types_of(
    school_types: pd.DataFrame | Mapping[str, str], year: int, ranked: set[str]
) -> pd.DataFrame:
    """Return one row a school with its type in a year."""
    import pandas as pd

    if isinstance(school_types, Mapping):
        pairs = list(school_types.items())
        types = pd.DataFrame(pairs, columns=["school_id", "school_type"])
    else:
        needed = ("school_id", "school_type")
        if absent := [c for c in needed if c not in getattr(school_types, "columns", ())]:
            raise UsageError(f"school_types must be a mapping or a frame with {absent[0]!r}")
        types = school_types
        if "end_year" in types:
            types = types[types["end_year"] == year]
        types = types[[*needed]].drop_duplicates()
    types = types.assign(school_id=types["school_id"].astype("str"))
    if (twice := types["school_id"].duplicated()).any():
        school = types.loc[twice, "school_id"].iloc[0]
        given = types.loc[types["school_id"] == school, "school_type"].tolist()
        raise UsageError(f"school {school!r} has the types {given} in {year}; give it one a year")
    if not set(types["school_id"]) & ranked:
        raise EstimationError(
            f"none of the {len(types)} schools with a type in {year} has a rank; school_types "
            "needs the state's school ids, as text, and the years that are ranked"
        )
    return types


def _of_year(ranks: StateRanks, rank: str, year: int) -> pd.DataFrame:
    """Return a year's ranks with their cell and students."""
    series = ["series"] if "series" in ranks.frame else []
    columns = ["school_id", *_cells(ranks), ranks.weight, rank, *series]
    return ranks.frame.loc[ranks.frame["end_year"] == year, columns]


def _cells(ranks: StateRanks) -> tuple[str, ...]:
    """Return the columns within which schools are compared, beside the year."""
    return tuple(column for column in ranks.by if column != "end_year")


def _paired(
    ranks: StateRanks, rank: str, types: pd.DataFrame, first: int, last: int
) -> pd.DataFrame:
    """Return the schools of the last year with the change of their rank since the first."""
    weight = ranks.weight
    rows = types.merge(_of_year(ranks, rank, last), on="school_id", how="left").merge(
        _of_year(ranks, rank, first),
        on=["school_id", *_cells(ranks)],
        how="left",
        suffixes=("", "_first"),
        validate="1:1",
    )
    rows["change"] = rows[rank] - rows[f"{rank}_first"]
    rows[weight] = (rows[weight] + rows[f"{weight}_first"]) / 2
    return rows


def _by_type(
    rows: pd.DataFrame, outcome: str, ranks: StateRanks, options: dict[str, Any]
) -> pd.DataFrame:
    """Return each type's mean, and its difference from the reference within the cells."""
    import pandas as pd

    held = [column for column in ("series", "series_first") if column in rows]
    series = sorted(set(rows.loc[rows[outcome].notna(), held].stack().dropna()))
    rows = rows.drop(columns=held)  # ranks within tests compare across them
    fit = estimate_effects(
        rows,
        outcome,
        controls=[],
        absorb=_cells(ranks),
        weights=ranks.weight,
        **options,
    )
    kinds = type_text(rows["school_type"])
    means = []
    for kind in fit.effects["school_type"]:
        mean = weighted_mean(
            rows[kinds == kind], outcome, ranks.weight, conf_level=options["conf_level"]
        )
        means.append({column: mean[name] for column, name in MEAN_COLUMNS.items()})
    effects = fit.effects.assign(**pd.DataFrame(means), series="; ".join(series))
    effects["note"] = [_note(row, outcome) for row in effects.to_dict("records")]
    return effects


def _note(row: Mapping[Hashable, Any], outcome: str) -> str:
    """Add to a type's note how many of its schools are missing, if more than a few."""
    schools, lost = row["n_schools_before"], row["n_schools_before"] - row["n_schools"]
    if not row["n_schools"] or lost <= MOST_INCOMPLETE * schools:
        return str(row["note"])
    return "; ".join(
        part for part in (row["note"], f"{lost} of {schools} without {outcome}") if part
    )
