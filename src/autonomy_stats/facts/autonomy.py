"""How much each type of school decides for itself: the report's figures coded, and an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError
from autonomy_stats.facts.places import Place, find_place
from autonomy_stats.facts.read import read_facts
from autonomy_stats.schema.autonomy import LEVELS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CODINGS",
    "HIGHEST",
    "WEIGHTS",
    "autonomy_index",
    "autonomy_indices",
    "category_weights",
    "index_of_types",
    "level_agreement",
    "load_autonomy",
    "load_autonomy_categories",
    "load_autonomy_levels",
]

CODINGS = ("lenient", "strict", "lenient_revised", "strict_revised")
WEIGHTS = ("equal", "ranked")
CODES = {"full": 1.0, "partial": 0.5, "none": 0.0}
HIGHEST = 6.0
"""Index of a model that has all six categories in full, whatever the weights."""

_MODEL = ["model_id", "place", "school_type"]


def load_autonomy() -> pd.DataFrame:
    """Return the report's Figures 12 to 22 coded: 11 models in 6 categories, one cell a row.

    Returns
    -------
    pandas.DataFrame
        The table `autonomy`: `model_id, place, school_type, figure, category, lenient, strict,
        lenient_revised, strict_revised, contingency, reason, seed, lines, cites, note`, then
        `level`, the report's own: `high`, `middle` or `low`, and `middle;low` of the one model
        that it gives both. A code is `full`, `partial` or `none`.

    Examples
    --------
    >>> matrix = load_autonomy()
    >>> len(matrix), matrix["model_id"].nunique(), matrix["category"].nunique()
    (66, 11, 6)
    >>> matrix.loc[matrix["model_id"] == "la_local_initiative", "level"].unique().tolist()
    ['middle;low']
    """
    matrix = read_facts("autonomy")
    levels = load_autonomy_levels().groupby("model_id")["level"].agg(";".join)
    return matrix.assign(level=matrix["model_id"].map(levels))


def load_autonomy_levels() -> pd.DataFrame:
    """Return the level of autonomy that the report gives each model.

    Returns
    -------
    pandas.DataFrame
        The table `autonomy_levels`: `model_id, level, seed, lines, cites, note`. Los Angeles's
        local initiative schools have two rows: the report calls them middle, and low.

    Examples
    --------
    >>> levels = load_autonomy_levels()
    >>> levels.loc[levels["model_id"].duplicated(keep=False), "level"].tolist()
    ['middle', 'low']
    """
    return read_facts("autonomy_levels")


def load_autonomy_categories() -> pd.DataFrame:
    """Return the six categories of autonomy, as the report ranks them.

    Returns
    -------
    pandas.DataFrame
        The table `autonomy_categories`: `rank, category, meaning, seed, lines, cites`.

    Examples
    --------
    >>> load_autonomy_categories()["category"].tolist()[:2]
    ['staffing', 'learning_model']
    """
    return read_facts("autonomy_categories")


def category_weights(weights: str = "equal") -> pd.Series:
    """Return the weight of each category in the index.

    Parameters
    ----------
    weights : {"equal", "ranked"}
        `ranked`: rank-sum weights, 6 for the first of the report's ranking down to 1 for the last.
        The report gives an order only; these are the weights in equal steps that keep it.

    Returns
    -------
    pandas.Series
        Whole numbers by category, the report's first category first.

    Raises
    ------
    UsageError
        For any other name.

    Examples
    --------
    >>> category_weights("ranked").to_dict()["budgeting"]
    3
    """
    import pandas as pd

    if weights not in WEIGHTS:
        raise UsageError(f"weights must be one of {WEIGHTS}; got {weights!r}")
    rank = load_autonomy_categories().set_index("category")["rank"].astype(int)
    return pd.Series(1, rank.index) if weights == "equal" else len(rank) + 1 - rank


def autonomy_index(coding: str = "lenient", weights: str = "equal") -> pd.DataFrame:
    """Return an index of autonomy, from 0 (none of the six categories) to 6 (all in full).

    A full category counts 1, a partial one 1/2, times its weight; the sum is scaled to 6.

    Parameters
    ----------
    coding : {"lenient", "strict", "lenient_revised", "strict_revised"}
        Column of `load_autonomy()` that is counted.
    weights : {"equal", "ranked"}
        See `category_weights`.

    Returns
    -------
    pandas.DataFrame
        One row a model, in the order of the figures: `model_id, place, school_type, level,
        autonomy_index`.

    Raises
    ------
    UsageError
        For another coding or other weights.

    Examples
    --------
    >>> index = autonomy_index("lenient", "equal").set_index("model_id")["autonomy_index"]
    >>> float(index["boston_pilot"]), float(index["la_affiliated_charter"])
    (5.5, 3.0)
    """
    if coding not in CODINGS:
        raise UsageError(f"coding must be one of {CODINGS}; got {coding!r}")
    weight = category_weights(weights)
    matrix = load_autonomy()
    # Sums of halves are exact, so that models of the same points tie; scaling comes after.
    points = matrix[coding].map(CODES).astype(float) * matrix["category"].map(weight)
    total = points.groupby(matrix["model_id"]).sum()
    models = matrix[[*_MODEL, "level"]].drop_duplicates(ignore_index=True)
    return models.assign(
        autonomy_index=models["model_id"].map(total) * HIGHEST / float(weight.sum())
    )


def autonomy_indices() -> pd.DataFrame:
    """Return the index of every coding and weighting, one model and kind of index a row.

    Returns
    -------
    pandas.DataFrame
        Columns of `autonomy_index`, and `coding, weights`.

    Examples
    --------
    >>> len(autonomy_indices()) == 11 * len(CODINGS) * len(WEIGHTS)
    True
    """
    import pandas as pd

    indices = [
        autonomy_index(coding, weights).assign(coding=coding, weights=weights)
        for coding in CODINGS
        for weights in WEIGHTS
    ]
    return pd.concat(indices, ignore_index=True)


def level_agreement() -> pd.DataFrame:
    """Compare each index with the report's levels, over all pairs of models of two levels.

    A model that the report gives two levels is left out.

    Returns
    -------
    pandas.DataFrame
        One row a coding and weights: `coding, weights, n_pairs, n_in_order, n_tied, n_reversed`,
        the lowest and highest index of neighboring levels (`lowest_high, highest_middle,
        lowest_middle, highest_low`), and `reproduces_levels`: whether all pairs are in order.

    Examples
    --------
    >>> bool(level_agreement()["reproduces_levels"].any())
    False
    """
    import pandas as pd

    return pd.DataFrame([_agreement(coding, weights) for coding in CODINGS for weights in WEIGHTS])


def _agreement(coding: str, weights: str) -> dict[str, object]:
    """Return one row of `level_agreement`."""
    index = autonomy_index(coding, weights)
    values = [index.loc[index["level"] == level, "autonomy_index"].tolist() for level in LEVELS]
    gaps = [
        more - less
        for n, above in enumerate(values)
        for below in values[n + 1 :]
        for more in above
        for less in below
    ]
    high, middle, low = values
    return {
        "coding": coding,
        "weights": weights,
        "n_pairs": len(gaps),
        "n_in_order": sum(gap > 0 for gap in gaps),
        "n_tied": sum(gap == 0 for gap in gaps),
        "n_reversed": sum(gap < 0 for gap in gaps),
        "lowest_high": min(high),
        "highest_middle": max(middle),
        "lowest_middle": min(middle),
        "highest_low": max(low),
        "reproduces_levels": all(gap > 0 for gap in gaps),
    }


def index_of_types(
    place: str | Place, coding: str = "lenient", weights: str = "equal"
) -> dict[str, float]:
    """Return the index of each school type that the report's figures cover in a place.

    Parameters
    ----------
    place : str or Place
        A place; a state has the types of the cities whose rosters it uses.
    coding, weights : str
        See `autonomy_index`.

    Returns
    -------
    dict of str to float
        Index by school type. Types without a figure are absent: traditional schools, independent
        charters, Indianapolis's and the ASD's schools.

    Examples
    --------
    >>> index_of_types("denver")
    {'innovation': 5.0}
    >>> index_of_types("indianapolis")
    {}
    """
    known = find_place(place)
    index = autonomy_index(coding, weights)
    own = index[index["place"].isin({known.place_id, *known.rosters})]
    return dict(zip(own["school_type"], own["autonomy_index"].astype(float).tolist(), strict=True))
