"""Which rows of a panel a simulated file has a part in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.loaders.gather import Gathered
from autonomy_stats.mark import COLUMN, is_simulated
from autonomy_stats.panel.join_report import JoinReport

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["with_mark"]


def with_mark(
    rows: pd.DataFrame, table: str, gathered: Gathered, report: JoinReport
) -> pd.DataFrame:
    """Say at the end of each row whether a simulated file has a part in it, and report those.

    A directory has a part in every row: it tells which schools are private, and which are not.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of a panel, whose column `simulated` speaks of results and demographics.
    table : str
        Table that the rows are of.
    gathered : Gathered
        What they were joined from.
    report : JoinReport
        Gets a line for the marked rows of each type, and one for real files beside them.
    """
    simulated = rows[COLUMN] | is_simulated(gathered.tables.get("directory"))
    if simulated.any():
        report.add("files", "rows of simulated files", rows[simulated])
        needed = {table, "demographics", "directory"}
        real = [
            one.path.name for one in gathered.loaded if needed & {*one.tables} and not one.simulated
        ]
        if real:
            report.say("files", "real files among simulated ones", ", ".join(real))
    return rows.drop(columns=COLUMN).assign(**{COLUMN: simulated})
