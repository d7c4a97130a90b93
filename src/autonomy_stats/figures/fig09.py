"""Figure 9: student demographics at different types of Indianapolis schools.

Drawn for 2016-17, the year whose shares of the innovation network schools agree with the report's
to the tenth; the other groups differ from it by up to two points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.indianapolis import GROUPS, groups
from autonomy_stats.figures.intervals import write_margin
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import MARKERS, PALETTE, page, plain_axes, styled
from autonomy_stats.models.means import weighted_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "data", "draw"]

FIGURE_ID = "fig09"
TITLE = "Figure 9. Indianapolis: who attends each type of school"
END_YEAR = 2017
FILES = "Indiana's enrollment workbook by ethnicity and free/reduced price meal status"
OPTIONS = {"table": "demographics"}
SHARED = ("enrollment", "low_income_pct", "white_pct")
NEEDS = (
    Need("indianapolis", "indianapolis", (END_YEAR,), FILES, SHARED, OPTIONS),
    Need("indiana", "indiana", (END_YEAR,), FILES, SHARED, OPTIONS),
)
SHARES = {
    "low_income_pct": "eligible for free or reduced-price meals",
    "students_of_color_pct": "students of color",
}


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return each group's shares of enrollment.

    Returns
    -------
    pandas.DataFrame
        One row for each group and share: a pooled percent of the students enrolled, so that
        it has no sampling error, and the number of schools and students.
    """
    rows = []
    for name, frame in groups(inputs["indianapolis"], inputs["indiana"], END_YEAR).items():
        frame = frame.assign(students_of_color_pct=100 - frame["white_pct"])
        for share in SHARES:
            mean = weighted_mean(frame, share, "enrollment")
            rows.append(
                {
                    "group": name,
                    "share": share,
                    "end_year": END_YEAR,
                    "percent": mean["estimate"],
                    "n_schools": mean["n_schools"],
                    "n_students": mean["n_students"],
                    "n_schools_left_out": mean["n_rows_left_out"],
                }
            )
    return pd.DataFrame(rows)


def caption(frame: pd.DataFrame) -> str:
    """Return the caption."""
    year = int(frame["end_year"].iloc[0])
    return (
        f"Indiana Department of Education, school enrollment of {year - 1}-{year % 100:02d} "
        f"(spring {year}), every grade and every student: a count, so no interval. Students of "
        "color: all but White students. IPS: corporation 5385, with the innovation network schools "
        "that report inside it; charter schools: those with grade 3-8 results (see the roster)."
    )


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw one row for each group, one point for each share."""
    names = [name for name in GROUPS if name in set(frame["group"])]
    heights = np.arange(len(names))[::-1]
    with styled():
        height = 0.42 * len(names) + 1.05
        sheet = page(TITLE, "Percent of students enrolled", caption(frame), height)
        axes = sheet.axes(2.75, 0.3, 3.4, height - 0.85)
        wide = frame.pivot(index="group", columns="share", values="percent").loc[names]
        axes.hlines(heights, wide.min(axis=1), wide.max(axis=1), color="#c8c8c8", linewidth=1.5)
        for number, (share, words) in enumerate(SHARES.items()):
            axes.plot(
                wide[share],
                heights,
                MARKERS[number],
                color=PALETTE[number],
                label=words,
                markersize=7,
                zorder=3,
            )
        axes.set_xlim(0, 100)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_yticks(heights, [GROUPS[name] for name in names])
        plain_axes(axes)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.02, 1.06),
            ncols=2,
            frameon=False,
            fontsize=8.5,
            handletextpad=0.2,
            columnspacing=1.0,
        )
        schools = frame.drop_duplicates("group").set_index("group")["n_schools"]
        low, color = (wide[share] for share in SHARES)
        texts = [f"{low[n]:.1f} / {color[n]:.1f}" for n in names]
        write_margin(axes, texts, "percent")
        write_margin(axes, [f"{schools[name]:,}" for name in names], "schools", offset=70)
    return sheet.figure
