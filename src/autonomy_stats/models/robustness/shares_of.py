"""Who attends a school in another year: what a study has that can't wait for, or find, its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import marked
from autonomy_stats.schema import SHARES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_shares_of"]


def with_shares_of(frame: pd.DataFrame, demographics: pd.DataFrame, end_year: int) -> pd.DataFrame:
    """Return a panel with the shares of students of another year.

    Parameters
    ----------
    frame : pandas.DataFrame
        An analysis panel.
    demographics : pandas.DataFrame
        Rows of demographics, as a file's `load_file(path).tables["demographics"]`.
    end_year : int
        Spring of the shares.

    Returns
    -------
    pandas.DataFrame
        The same rows, with shares, their bounds and definitions of that spring, and
        `demographics_year`. A school without a row in that spring has none; a fit stops if that
        costs more than 5 % of a type's schools.

    Raises
    ------
    UsageError
        If there is no row of that spring, or two of a school.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"school_id": ["a", "b"], "black_pct": [10.0, 20.0]})
    >>> later = pd.DataFrame({"school_id": ["a"], "end_year": 2026, "black_pct": [12.0]})
    >>> with_shares_of(panel, later, 2026)["black_pct"].tolist()
    [12.0, nan]
    """
    rows = demographics[demographics["end_year"] == end_year]
    if rows.empty:
        held = ", ".join(str(year) for year in sorted(demographics["end_year"].unique()))
        raise UsageError(f"no demographics of spring {end_year}; there are {held or 'none'}")
    if (twice := rows["school_id"].duplicated()).any():
        raise UsageError(
            f"demographics of spring {end_year} have school {rows['school_id'][twice].iloc[0]!r} "
            f"twice; choose the rows of one file"
        )
    named = [f"{share}{end}" for share in SHARES for end in ("", "_low", "_high")]
    named += ["low_income_definition", "shares_status"]
    own = rows.set_index("school_id")
    columns = {
        name: frame["school_id"].map(own[name]) if name in own else float("nan")
        for name in named
        if name in frame
    }
    return marked(frame.assign(**columns, demographics_year=end_year), frame, rows)
