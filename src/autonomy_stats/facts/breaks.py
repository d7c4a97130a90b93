"""Where results, growth or shares of one year do not compare with those of the year before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError
from autonomy_stats.facts.read import read_facts
from autonomy_stats.loaders.states import LAYOUTS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_breaks"]


def load_breaks(state: str | None = None) -> pd.DataFrame:
    """Return the breaks of comparability, one a row, each with its source.

    Estimates refuse rows from both sides of a break, unless `absorb` says that it is meant. The
    texts of either side are those that the tidy tables hold: `series` of results and growth,
    `low_income_definition` of demographics.

    Parameters
    ----------
    state : str, optional
        A state, in lower case; default: all. A state whose files are of one year has none.

    Returns
    -------
    pandas.DataFrame
        The table `breaks`: `break_id, state, table, subject, grades, measure, kind, from_series,
        to_series, last_end_year, first_end_year, outside, source, url, confidence, note`.

    Raises
    ------
    UsageError
        If the package reads no files of such a state.

    Examples
    --------
    >>> breaks = load_breaks("indiana")
    >>> breaks.loc[breaks["first_end_year"] == 2015, ["from_series", "to_series"]].to_numpy()
    array([['ISTEP+ 2009', 'ISTEP+ 2015']], dtype=object)
    """
    breaks = read_facts("breaks")
    if state is None:
        return breaks
    states = sorted({layout.state for layout in LAYOUTS})
    if state not in states:
        raise UsageError(f"no state is called {state!r}; the states are {', '.join(states)}")
    return breaks[breaks["state"] == state].reset_index(drop=True)
