"""What the report claims of its school types, and where it is at odds with itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.facts.read import read_facts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_claims", "load_inconsistencies"]


def load_claims() -> pd.DataFrame:
    """Return the performance claims of the report that is replicated, one a row.

    Each is said in our own words, with the lines of the report's text that it rests on. One row
    of the kind `no_data` is no claim: the report says that it had no growth data there.

    Returns
    -------
    pandas.DataFrame
        The table `claims`: `claim_id, place, school_type, comparison, kind, is_composite,
        part_of, outcome, subject, level, assessment, from_end_year, to_end_year, sign, wording,
        stated_significance, figure, seed, lines, cites, claim, note`. Composite claims sum up or
        repeat others; their parts name them in `part_of`. Count the rows that are not composite,
        and nothing is counted twice.

    References
    ----------
    Progressive Policy Institute (2018), Can Urban Districts Get Charter-like Performance with
    Charter-lite Schools?

    Examples
    --------
    >>> claims = load_claims()
    >>> claims["kind"].value_counts().sort_index().to_dict()
    {'composite': 7, 'directional': 14, 'no_data': 1, 'null': 10, 'ranking': 6}
    >>> claims.set_index("claim_id").loc["DEN-P2", ["school_type", "sign", "wording"]].to_list()
    ['innovation', '-', 'slightly']
    """
    return read_facts("claims")


def load_inconsistencies() -> pd.DataFrame:
    """Return the ten places where the report is at odds with itself, or leaves out too much.

    Returns
    -------
    pandas.DataFrame
        The table `inconsistencies`: `inconsistency_id, place, issue, claims, seed, lines, cites,
        note`. `claims` names the claims that it touches.

    Examples
    --------
    >>> len(load_inconsistencies())
    10
    """
    return read_facts("inconsistencies")
