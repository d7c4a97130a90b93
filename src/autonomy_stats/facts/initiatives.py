"""Initiatives for autonomous schools: where, since when, by what authority, who employs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.facts.read import read_facts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_initiatives"]


def load_initiatives() -> pd.DataFrame:
    """Return the initiatives for autonomous schools that the five texts name, one a row.

    What the texts leave unsaid is missing. Numbers of schools have more sources in the table
    `report_counts`.

    Returns
    -------
    pandas.DataFrame
        The table `initiatives`: `initiative_id, name, place, state, school_type, category,
        category_by, start_year, start_of`; the second report's five indicators,
        `legal_authority, eligibility, school_based_authority, enrollment, governance`;
        `employer, bargaining`; its four areas, `staffing, academic, budget, operations`;
        `n_schools, count_wording, schools_end_year, lines, cites, note`.

    References
    ----------
    Public Impact, Autonomous District Schools (2018); its Tables 1 and 2 and its three categories.

    Examples
    --------
    >>> initiatives = load_initiatives().set_index("initiative_id")
    >>> initiatives.loc["springfield_empowerment", ["category", "bargaining"]].to_list()
    ['partner_run', 'separate']
    >>> initiatives["employer"].value_counts().to_dict()["operator"]
    2
    """
    return read_facts("initiatives")
