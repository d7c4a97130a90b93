"""Every declared table by its name: the tidy tables, and the facts that the package ships."""

from __future__ import annotations

from autonomy_stats.errors import UsageError
from autonomy_stats.schema.autonomy import AUTONOMY, AUTONOMY_CATEGORIES, AUTONOMY_LEVELS
from autonomy_stats.schema.breaks import BREAKS
from autonomy_stats.schema.claims import CLAIMS, INCONSISTENCIES, REPORT_COUNTS
from autonomy_stats.schema.columns import Table
from autonomy_stats.schema.external_estimates import EXTERNAL_ESTIMATES
from autonomy_stats.schema.initiatives import INITIATIVES
from autonomy_stats.schema.simulation import (
    SIMULATED_SCHOOLS,
    SIMULATED_TRUTH,
    SIMULATION_SETTINGS,
)
from autonomy_stats.schema.tables import TABLES

__all__ = ["FACT_TABLES", "table"]

FACT_TABLES: tuple[Table, ...] = (
    CLAIMS,
    INCONSISTENCIES,
    REPORT_COUNTS,
    EXTERNAL_ESTIMATES,
    AUTONOMY,
    AUTONOMY_CATEGORIES,
    AUTONOMY_LEVELS,
    INITIATIVES,
    BREAKS,
    SIMULATED_SCHOOLS,
    SIMULATION_SETTINGS,
    SIMULATED_TRUTH,
)
"""Tables of facts that the package ships, one module each."""


def table(name: str) -> Table:
    """Return the declaration of a table by its name.

    Parameters
    ----------
    name : str
        A tidy table (`achievement`, `growth`, `demographics`, `directory`, `roster`), or one of
        the tables of facts.

    Returns
    -------
    Table

    Raises
    ------
    UsageError
        For any other name.

    Examples
    --------
    >>> table("growth").key
    ('state', 'end_year', 'school_id', 'subject', 'grade', 'measure')
    """
    for declared in (*TABLES, *FACT_TABLES):
        if declared.name == name:
            return declared
    allowed = ", ".join(declared.name for declared in (*TABLES, *FACT_TABLES))
    raise UsageError(f"no table is called {name!r}; the tables are {allowed}")
