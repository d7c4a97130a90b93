"""Memphis 2014: mean normal curve equivalent by school type, on another outcome than the report's.

The state's file of 2014 has no percent proficient, but the mean of three years' normal curve
equivalents: a level, not growth.
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

FIGURE_ID = "memphis_2014"
TITLE = "Memphis 2014: mean score of three years by school type (our addition)"
FILES = (
    "Tennessee's school achievement file of 2013-14 (three-year mean NCE) and the school profile"
)
NEEDS = (Need("memphis", "memphis", (2014,), FILES, CONTROLS),)
ASKED = Question("mean_score", "", (), SUBJECTS)
REMARK = (
    "Normal curve equivalents run from 1 to 99 with mean 50 and standard deviation 21.06 among the "
    "nation's students. The mean is of three springs, in some of which an iZone school was none "
    "yet; a school without results in all of them may be missing. Unknown type: schools of the "
    "suburbs, which the district held in that year."
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
