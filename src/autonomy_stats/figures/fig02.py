"""Figure 2: Boston, growth by school type.

The report's measure is the median student growth percentile on PARCC, spring 2016; without it,
the mean student growth percentile of 2018, then the median of 2017.
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

FIGURE_ID = "fig02"
TITLE = "Figure 2. Boston: student growth by school type"
FILES = (
    "Massachusetts' PARCC results by school of 2016, with enrollment by race/gender and selected "
    "populations; else the Next-Generation MCAS results of 2018 or 2017 with the same two"
)
MEDIAN = {"table": "growth", "measure": "sgp_median"}
MEAN = {"table": "growth", "measure": "sgp_mean"}
NEEDS = (
    Need(
        "boston",
        "boston",
        (2016,),
        FILES,
        CONTROLS,
        MEDIAN,
        # Grade 10 took MCAS in that spring.
        series=("PARCC 2015, median SGP",),
        otherwise=(
            Need("boston", "boston", (2018,), FILES, CONTROLS, MEAN),
            Need("boston", "boston", (2017,), FILES, CONTROLS, MEDIAN),
        ),
    ),
)
ASKED = Question(
    "value",
    "sgp_median",
    (2016,),
    SUBJECTS,
    against={"independent_charter": ("horace_mann",)},
)


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the differences; see `differences`."""
    return differences(inputs["boston"], ASKED)


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    return caption_of(frame, ASKED)


def alternative_text(frame: pd.DataFrame) -> str:
    """Return the figure in words."""
    return spoken(frame, TITLE)


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw a block of rows for each school type."""
    return draw_differences(frame, TITLE, caption(frame))
