"""Figure 3: Los Angeles, percent proficient by school type.

The report's test is CAASPP (Smarter Balanced), spring 2015 and 2016; without it, that of 2024.
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

FIGURE_ID = "fig03"
TITLE = "Figure 3. Los Angeles: percent proficient by school type"
FILES = (
    "California's CAASPP research files of 2015 and 2016, all student groups, with the entities "
    "files; else those of 2024"
)
NEEDS = (
    Need(
        "los_angeles",
        "los_angeles",
        (2015, 2016),
        FILES,
        CONTROLS,
        otherwise=(Need("los_angeles", "los_angeles", (2024,), FILES, CONTROLS),),
    ),
)
ASKED = Question(
    "proficient_pct",
    "Smarter Balanced",
    (2015, 2016),
    SUBJECTS,
    against={
        "independent_charter": (
            "affiliated_charter",
            "pilot",
            "local_initiative",
            "esbmm",
            "network_partner",
        )
    },
)
REMARK = (
    "Charters by the state's entities file; other types by the roster, which names fewer schools "
    "than the report counts (see its sources). Shares: of the students tested."
)


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the differences; see `differences`."""
    return differences(inputs["los_angeles"], ASKED)


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
