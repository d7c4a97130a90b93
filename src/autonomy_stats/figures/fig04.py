"""Figure 4: Memphis, percent proficient by school type.

The report's test is TCAP, spring 2015. No other year of that outcome has a file that is read; for
another outcome see `memphis_2014`.
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

FIGURE_ID = "fig04"
TITLE = "Figure 4. Memphis: percent proficient by school type"
FILES = "Tennessee's TCAP base file of 2015 (schools), the school profile and the school directory"
NEEDS = (Need("memphis", "memphis", (2015,), FILES, CONTROLS),)
ASKED = Question("proficient_pct", "TCAP", (2015,), SUBJECTS)
REMARK = (
    "The state shows no percent below 5 or above 95. iZone and ASD schools are chosen for low "
    "results."
)


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the differences; see `differences`."""
    return differences(inputs["memphis"], ASKED)


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
