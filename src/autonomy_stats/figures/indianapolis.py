"""The groups of schools that Figures 9 and 10 compare in Indianapolis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DISTRICT", "GROUPS", "groups"]

DISTRICT = "5385"
"""Corporation of the Indianapolis Public Schools."""

GROUPS: Mapping[str, str] = {
    "state": "Indiana, all public schools",
    "district": "Indianapolis Public Schools (IPS)",
    "district_without_innovation": "IPS without innovation network schools",
    "innovation_network": "Innovation network schools",
    "charter": "Charter schools, Marion County",
}
"""Groups and their words, in the order in which they are drawn."""


def groups(city: pd.DataFrame, state: pd.DataFrame, last_year: int) -> dict[str, pd.DataFrame]:
    """Return the rows of each group.

    Parameters
    ----------
    city, state : pandas.DataFrame
        Panels of Indianapolis and of Indiana.
    last_year : int
        Year whose innovation network schools IPS is shown without, in every year.

    Returns
    -------
    dict of str to pandas.DataFrame
        By the names of `GROUPS`. `innovation_network` and `charter` are the schools of that
        type in each year. Innovation network schools that report inside IPS are part of
        `district` too.
    """
    kind = city["school_type"]
    in_district = city["district_id"] == DISTRICT
    later = set(
        city.loc[(kind == "innovation_network") & (city["end_year"] == last_year), "school_id"]
    )
    return {
        "state": state,
        "district": city[in_district],
        "district_without_innovation": city[in_district & ~city["school_id"].isin(later)],
        "innovation_network": city[kind == "innovation_network"],
        "charter": city[kind == "independent_charter"],
    }
