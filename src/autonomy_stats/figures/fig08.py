"""Figure 8: Denver, growth in mathematics by school type.

The report's measure is the median growth percentile, spring 2016. No layout of the state's growth
files is known, so that it is read from a table in the package's own form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.differences import Question, differences
from autonomy_stats.figures.differences_drawn import draw_differences
from autonomy_stats.figures.differences_told import caption_of, spoken
from autonomy_stats.figures.stamp import keeps_mark, stamped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "data", "draw"]

FIGURE_ID = "fig08"
TITLE = "Figure 8. Denver: growth in mathematics by school type"
FILES = (
    "a table of Colorado's school growth of 2016 in the package's own form (median growth "
    "percentiles; `autonomy-stats template growth`), with the state's membership workbooks"
)
SHARES = ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct")
NEEDS = (
    Need(
        "denver",
        "denver",
        (2016,),
        FILES,
        SHARES,
        {"table": "growth", "measure": "mgp", "subjects": ("math",)},
    ),
)
ASKED = Question(
    "value",
    "mgp",
    (2016,),
    {"math": ("math",)},
    against={"innovation": ("independent_charter",)},
)
REMARK = "Roster: innovation schools in part by a later list (see the roster's sources)."


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the differences; see `differences`."""
    return differences(inputs["denver"], ASKED)


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    return caption_of(frame, ASKED, REMARK)


def alternative_text(frame: pd.DataFrame) -> str:
    """Return the figure in words."""
    return spoken(frame, TITLE)


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw a block of rows for each school type."""
    return draw_differences(frame, TITLE, caption(frame))
