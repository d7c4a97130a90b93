"""The one claim about a change: Indianapolis' share that passed both tests, of the same schools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.figures.indianapolis import DISTRICT
from autonomy_stats.models.change import estimate_change

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.models import Fit

__all__ = ["CHANGE", "DEPARTURE", "YEARS", "change_fit"]

CHANGE = "both_passed_change"
"""The outcome of the claim."""

YEARS = (2016, 2017)
DEPARTURE = (
    "the change of the same schools, of the rest of the district and of the state; the report "
    "compares the schools of each year, which are others"
)


def change_fit(city: pd.DataFrame, state: pd.DataFrame) -> Fit:
    """Compare raw changes of innovation network schools, the district, charters and the state.

    A group stands above a whole that it is part of exactly if it stands above the rest of that
    whole, so that the groups are disjoint: the district and the state are the rest of them.

    Parameters
    ----------
    city, state : pandas.DataFrame
        Panels of Indianapolis and of Indiana, of both years.

    Returns
    -------
    Fit
        Of the types `innovation_network` (the schools of the last year), `district`,
        `independent_charter` and, the reference, `state`.
    """
    last = city[city["end_year"] == YEARS[1]]
    group = state["school_id"].map(
        {
            **dict.fromkeys(state.loc[state["district_id"] == DISTRICT, "school_id"], "district"),
            **{
                school: kind
                for school, kind in zip(last["school_id"], last["school_type"], strict=True)
                if kind in ("innovation_network", "independent_charter")
            },
        }
    )
    return estimate_change(
        state.assign(school_type=group.fillna("state")),
        "proficient_pct",
        years=YEARS,
        reference="state",
        controls=(),
        drop_types=(),
    )
