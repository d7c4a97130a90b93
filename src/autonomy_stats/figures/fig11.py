"""Figure 11: Indianapolis, growth by school type.

The report says that growth at innovation network schools came second to charters in 2017, and
names no measure; its text has no such figure. No official layout of Indiana's growth is known:
what is drawn here is the median student growth percentile, from a table in the package's own form;
the demonstration has one, of both subjects in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.differences import SUBJECTS, Question, differences
from autonomy_stats.figures.differences_drawn import draw_differences
from autonomy_stats.figures.differences_told import caption_of, spoken
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.schema import CONTROLS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "data", "draw"]

FIGURE_ID = "fig11"
TITLE = "Figure 11. Indianapolis: student growth by school type"
FILES = (
    "a table of Indiana's school growth of 2017 in the package's own form (median student growth "
    "percentiles; `autonomy-stats template growth`), with both enrollment workbooks"
)
OPTIONS = {"table": "growth", "measure": "sgp_median"}
TOGETHER = {"ela_and_math": ("ela_and_math",)}
NEEDS = (
    Need(
        "indianapolis",
        "indianapolis",
        (2017,),
        FILES,
        CONTROLS,
        OPTIONS,
        otherwise=(
            Need(
                "indianapolis",
                "indianapolis",
                (2017,),
                FILES,
                CONTROLS,
                OPTIONS | {"subjects": ("ela_and_math",)},
            ),
        ),
    ),
)
ASKED = Question(
    "value",
    "",
    (2017,),
    SUBJECTS | TOGETHER,
    against={"independent_charter": ("innovation_network",)},
)
REMARK = (
    "The report says nothing of composition here; charters are those of Marion County that the "
    "roster names."
)


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the differences; see `differences`."""
    return differences(inputs["indianapolis"], ASKED)


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
