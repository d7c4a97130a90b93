"""Figure 10: Indianapolis, percent passing both ISTEP+ tests, spring 2016 and 2017.

The report compares the innovation network schools of each year: four schools in 2016, eight
in 2017. The figure shows beside them the change of the same schools, which is what an
improvement means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.indianapolis import GROUPS, groups
from autonomy_stats.figures.intervals import draw_intervals, signed, span, write_margin
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import MARKERS, PALETTE, page, plain_axes, styled
from autonomy_stats.models.means import mean_change, weighted_mean
from autonomy_stats.models.tables import FEWEST_DF, TOO_FEW

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "data", "draw"]

FIGURE_ID = "fig10"
TITLE = "Figure 10. Indianapolis: percent passing both ELA and math, grades 3-8"
YEARS = (2016, 2017)
FILES = "Indiana's ISTEP+ school results of 2016 and of 2017, grades 3-8"
OPTIONS = {"subjects": ("ela_and_math",), "grades": "all"}
NEEDS = (
    Need("indianapolis", "indianapolis", YEARS, FILES, (), OPTIONS),
    Need("indiana", "indiana", YEARS, FILES, (), OPTIONS),
)
SAME_SCHOOLS = "innovation_network_of_2017"
WORDS = {
    **GROUPS,
    "innovation_network": "Innovation network, each year's",
    SAME_SCHOOLS: "Innovation network of 2017, both years",
}
ORDER = (
    "state",
    "district",
    "district_without_innovation",
    "innovation_network",
    SAME_SCHOOLS,
    "charter",
)


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return each group's percent in each year, and the change of the same schools.

    Returns
    -------
    pandas.DataFrame
        One row for each group and `quantity` (`percent` with its `end_year`, or `change`):
        the mean weighted by students tested, and an interval that treats the schools as a
        sample of such schools (none for the state, which is complete).
    """
    city = inputs["indianapolis"]
    members = groups(city, inputs["indiana"], YEARS[1])
    last = members["innovation_network"]
    ids = last.loc[last["end_year"] == YEARS[1], "school_id"]
    members[SAME_SCHOOLS] = city[city["school_id"].isin(ids)]
    rows = []
    for name in ORDER:
        frame = members[name]
        for year in YEARS:
            mean = weighted_mean(frame[frame["end_year"] == year], "proficient_pct", "n_tested")
            rows.append({"group": name, "quantity": "percent", "end_year": year, **mean})
        if name != "innovation_network":  # its schools differ between the years
            change = mean_change(frame, "proficient_pct", "n_tested", years=YEARS)
            rows.append({"group": name, "quantity": "change", "end_year": YEARS[1], **change})
    result = pd.DataFrame(rows).assign(assessment=city["assessment"].iloc[0])
    judged = ~(result["df"] < FEWEST_DF)
    result["note"] = np.where(judged, "", TOO_FEW)
    whole = result["group"] == "state"
    result.loc[whole, ["std_error", "df", "conf_low", "conf_high"]] = np.nan
    return result


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    counts = frame[frame["quantity"] == "percent"].set_index(["group", "end_year"])["n_schools"]
    first, last = (int(counts["innovation_network", year]) for year in YEARS)
    return (
        f"{frame['assessment'].iloc[0]}, spring {YEARS[0]} and {YEARS[1]}, public schools; pooled "
        f"over students tested ({YEARS[0]}: tested in ELA, derived, since the file gives no number "
        "tested in both). Lines: 95 % intervals that treat the schools as a sample of such schools "
        "(CR2, Satterthwaite; hollow: too few to judge; cut at 0). Rates and changes are raw.\n"
        f"The report compares the innovation network schools of each year, {first} in {YEARS[0]} "
        f"and {last} in {YEARS[1]}: other schools, not the same ones improving. The right panel "
        "shows the change of schools with results in both years. IPS is corporation 5385; "
        f"without innovation schools: without those of {YEARS[1]}, in both years."
    )


def estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table of estimates: the changes of the same schools, of no type's."""
    return frame[frame["quantity"] == "change"].assign(
        place="indianapolis",
        outcome="both_passed_change",
        subject="ela_and_math",
        level="all",
        line="same schools",
        school_type=frame["group"],
        reference="",
        end_years=";".join(map(str, YEARS)),
    )


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw the levels of both years, and beside them the change of the same schools."""
    percent = frame[frame["quantity"] == "percent"]
    change = frame[frame["quantity"] == "change"].set_index("group").reindex(list(ORDER))
    with styled():
        height = 0.5 * len(ORDER) + 0.95
        subtitle = "Percent of students tested, and change of the same schools in percentage points"
        sheet = page(TITLE, subtitle, caption(frame), height, width=11.0)
        axes = sheet.axes(3.0, 0.3, 2.35, height - 0.8)
        for number, year in enumerate(YEARS):
            rows = percent[percent["end_year"] == year].set_index("group").loc[list(ORDER)]
            _points(axes, rows, number, str(year))
        axes.set_xlim(0, 1.05 * np.nanmax(percent[["estimate", "conf_high"]]))
        heights = np.arange(len(ORDER))[::-1]
        axes.set_yticks(heights, [WORDS[name] for name in ORDER])
        axes.set_ylim(-0.6, len(ORDER) - 0.4)
        plain_axes(axes)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.02, 1.0),
            ncols=2,
            frameon=False,
            fontsize=8.5,
            handletextpad=0.2,
        )
        write_margin(axes, _pairs(percent, "estimate", ".1f", " \N{RIGHTWARDS ARROW} "), "percent")
        write_margin(axes, _pairs(percent, "n_schools", ",.0f", " / "), "schools", offset=72)
        right = sheet.axes(7.2, 0.3, 1.45, height - 0.8)
        draw_intervals(
            right, change.assign(note=""), colour=PALETTE[2], marker=MARKERS[2], labels=None
        )
        right.set_ylim(-0.6, len(ORDER) - 0.4)
        right.set_xlim(*span(change))
        texts = [signed(row) or "other schools in 2017" for row in change.to_dict("records")]
        write_margin(right, texts, "change [95 %]")
    return sheet.figure


def _pairs(percent: pd.DataFrame, column: str, form: str, between: str) -> list[str]:
    """Write a column's values of both years, one text for each group."""
    wide = percent.pivot(index="group", columns="end_year", values=column).loc[list(ORDER)]
    return [between.join(format(value, form) for value in row) for row in wide.to_numpy()]


def _points(axes: Axes, rows: pd.DataFrame, number: int, label: str) -> None:
    """Draw one year's points, set off from the other year's."""
    heights = np.arange(len(rows))[::-1] + (0.14 if number == 0 else -0.14)
    spread = rows["conf_low"].notna().to_numpy()
    axes.hlines(
        heights[spread],
        rows["conf_low"][spread],
        rows["conf_high"][spread],
        color=PALETTE[number],
        linewidth=1.6,
    )
    colour, marker = PALETTE[number], MARKERS[number]
    axes.plot(rows["estimate"], heights, marker, label=label, color=colour, markersize=6)
    hollow = (rows["note"] != "").to_numpy()
    axes.plot(
        rows["estimate"][hollow],
        heights[hollow],
        marker,
        color=colour,
        markersize=6,
        markerfacecolor="white",
    )
