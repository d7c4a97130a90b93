"""How many schools of each type the reports, districts and press count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.facts.read import read_facts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_report_counts"]


def load_report_counts() -> pd.DataFrame:
    """Return counts of schools by place, type and year, to hold rosters against.

    Sources differ: a place, type and year may have several rows.

    Returns
    -------
    pandas.DataFrame
        The table `report_counts`: `place, school_type, end_year, wording, n_schools, n_low,
        n_high, source, url, seed, lines, cites, difference, note`. `n_low` and `n_high` bound the
        count where the wording does ("more than", "either ... or"); an `about` has neither.

    Examples
    --------
    >>> counts = load_report_counts()
    >>> denver = counts[(counts["place"] == "denver") & (counts["wording"] == "either")]
    >>> denver[["school_type", "n_low", "n_high"]].to_numpy().tolist()
    [['innovation', 49.0, 58.0]]
    """
    return read_facts("report_counts")
