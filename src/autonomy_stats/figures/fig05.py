"""Figure 5: Memphis, growth level by school type.

The report's measure is the TVAAS level of spring 2015: whole numbers from 1 to 5, which an ordered
model fits too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.differences import DEFAULT, ORDERED, Question, differences
from autonomy_stats.figures.differences_drawn import draw_differences
from autonomy_stats.figures.differences_told import caption_of, spoken
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.schema import CONTROLS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "data", "draw"]

FIGURE_ID = "fig05"
TITLE = "Figure 5. Memphis: growth level by school type"
FILES = "Tennessee's school-wide TVAAS levels of 2015, the school profile and the school directory"
LEVELS = {"composite": ("composite",), "ela": ("ela",), "math": ("math",)}
NEEDS = (
    Need(
        "memphis",
        "memphis",
        (2015,),
        FILES,
        CONTROLS,
        {"table": "growth", "measure": "tvaas_level", "subjects": tuple(LEVELS)},
    ),
)
ASKED = Question("value", "tvaas_level", (2015,), LEVELS, lines=(DEFAULT, ORDERED))
REMARK = (
    "All subjects: the school's overall level. The file gives no number of students with growth. "
    "iZone and ASD schools are chosen for low results."
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
