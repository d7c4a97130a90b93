"""Figure 1: Boston, percent proficient by school type.

The report's test is PARCC, spring 2015 and 2016; without it, the Next-Generation MCAS of 2018.
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

FIGURE_ID = "fig01"
TITLE = "Figure 1. Boston: percent proficient by school type"
SHARES = "with enrollment by race/gender and selected populations of the same springs"
FILES = (
    f"Massachusetts' PARCC results by school of 2015 and 2016, {SHARES}; else the Next-Generation "
    "MCAS results of 2018, grades 3-8, with the same two"
)
NEEDS = (
    Need(
        "boston",
        "boston",
        (2015, 2016),
        FILES,
        CONTROLS,
        # Other schools of the state took MCAS in these springs, and grade 10 did everywhere.
        series=("PARCC 2015",),
        otherwise=(Need("boston", "boston", (2018,), FILES, CONTROLS),),
    ),
)
ASKED = Question(
    "proficient_pct",
    "PARCC",
    (2015, 2016),
    SUBJECTS,
    against={"independent_charter": ("horace_mann", "innovation", "pilot", "turnaround")},
)
REMARK = (
    "Charters: those that the roster names in Boston. Turnaround schools are chosen for low "
    "results."
)


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the differences; see `differences`."""
    return differences(inputs["boston"], ASKED)


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
