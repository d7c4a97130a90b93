"""Beyond the report: the schools behind each estimate, along the share of low-income students.

A point is a school's result with all but the low-income share held equal: each row's result less
what its grade and subject and the other shares add to the default fit, as a weighted mean of the
school's rows (partial residuals). The mean distance of a type's schools from the line is the
estimate.
"""

from __future__ import annotations

import textwrap
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.figures.base import Inputs
from autonomy_stats.figures.differences import in_order
from autonomy_stats.figures.five_cities import (
    REPORTED,
    RESULTS,
    city_heading,
    city_label,
    drawn,
    fit_of,
    of_each,
    rows_by_city,
    sources,
)
from autonomy_stats.figures.intervals import signed
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import INK, MARKERS, MUTED, PALETTE, page, plain_axes, styled
from autonomy_stats.labels import capital, control_label, counted, type_label
from autonomy_stats.models.partial_residuals import partial_residuals

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "cities", "data", "draw"]

FIGURE_ID = "composition"
TITLE = "The schools behind each estimate (our addition)"
NEEDS = RESULTS
SHARE = "low_income_pct"

LOOKS = {
    "independent_charter": 0,
    "pilot": 1,
    "innovation": 2,
    "innovation_network": 2,
    "izone": 1,
    "esbmm": 2,
    "turnaround": 3,
    "network_partner": 3,
    "asd_direct": 3,
    "horace_mann": 4,
    "local_initiative": 4,
    "asd_charter": 4,
    "affiliated_charter": 5,
}
"""Number of the colour and marker of each type; no two of one city are alike."""

FROM_MEAN = "low_income_from_mean"
"""Column of a school's share of low-income students, less the reference type's mean."""

WIDTH, AXES, PANEL, GAP = 10.2, 4.7, 1.95, 0.85
"""Inches: of the page, width and height of a panel, and the space between two."""

MANY = 300
"""Schools from which on points are drawn smaller."""

LINE = 0.2
"""Height of a line of the legend in inches."""


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the schools of each city, and the estimate of each type.

    Returns
    -------
    pandas.DataFrame
        Rows of `kind` `school`: `school_id, school_type, low_income_from_mean`, its share of
        low-income students less that of the mean student tested in the reference type, in points,
        and `adjusted` (see `partial_residuals`); before them of `kind` `type`: the default estimate
        with its interval and its schools, and the line of the reference type, its `level` at the
        mean and its `slope`. A city without results has one row, with the reason in `note`. No
        column holds a cell of an official file.
    """
    return of_each(inputs, _city)


def cities(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the rows of each city at hand, which `data` puts together."""
    return rows_by_city(inputs, _city)


def _city(place: str, panel: pd.DataFrame) -> pd.DataFrame:
    """Return the schools and the types of a city."""
    fit = fit_of(panel)
    found = partial_residuals(fit, SHARE)
    schools = found.schools[["school_id", "school_type", "adjusted"]]
    reference = found.schools[found.schools["school_type"] == fit.reference]
    mean = float(np.average(reference[SHARE], weights=reference["weight"]))
    schools = schools.assign(**{FROM_MEAN: found.schools[SHARE] - mean})
    types = fit.effects[fit.effects["estimate"].notna()][["school_type", *REPORTED]]
    schools = schools[schools["school_type"].isin(types["school_type"])]  # one may have none
    defined = panel["low_income_definition"].dropna() if "low_income_definition" in panel else ()
    types = types.assign(
        kind="type",
        outcome=fit.outcome,
        reference=fit.reference,
        level=found.level + found.slope * mean,
        slope=found.slope,
        controls=" ".join(fit.controls),
        missing_controls=" ".join(fit.missing_controls),
        low_income_definition="; ".join(sorted(set(defined))),
    )
    return pd.concat([types, schools.assign(kind="school")])


def estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return no row for the table of estimates: those of this figure are other figures' own."""
    return frame.iloc[:0]


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    shown = frame[frame["kind"] == "type"].drop_duplicates("place")
    lacking = [
        f"{city_label(row['place'])} without the share "
        + ", ".join(control_label(name) for name in row["missing_controls"].split())
        for row in shown.fillna({"missing_controls": ""}).to_dict("records")
        if row["missing_controls"]
    ]
    missing = f" ({'; '.join(lacking)})" if lacking else ""
    return (
        f"{sources(frame)}\nA point: one school, the mean of its grades and subjects weighted by "
        "students, less what its grades, its subjects and its other shares (race, English "
        f"learners, disabilities{missing}) add to the default estimate, so that it can lie beyond "
        "0 or 100. Line: where district schools of such a share stand. The mean distance of a "
        "type's schools from it, weighted by students, is the difference at the right, with its "
        "95 % interval (clustered by school, CR2 with Satterthwaite degrees of freedom). What low "
        "income means differs by state. Differences between schools, not what attending one does."
    )


def alternative_text(frame: pd.DataFrame) -> str:
    """Return the figure in words: each city's line, and each type's distance from it."""
    said = []
    for _, rows in drawn(frame):
        first = rows.iloc[0]
        head = (
            f"{city_heading(rows)}: {_count(rows):,} schools; of district schools, ten points more "
            f"low-income students go with {signed({'estimate': 10 * first['slope'], **NO_ENDS})}"
        )
        types = [
            f"{type_label(row['school_type'])} {signed(row)}, "
            f"{counted(int(row['n_schools']), 'school')}"
            for row in _types(rows).to_dict("records")
            if row["school_type"] != row["reference"]
        ]
        said.append(f"{head}. {capital('; '.join(types))}")
    return f"{TITLE}. One panel a city. {'. '.join(said)}. {sources(frame)}"


NO_ENDS: dict[Hashable, float] = {"conf_low": np.nan, "conf_high": np.nan}


def _types(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the estimates of a city, the reference first."""
    types = rows[rows["kind"] == "type"].set_index("school_type", drop=False)
    first = rows["reference"].iloc[0]
    order = [first, *(name for name in in_order(types.index) if name != first)]
    return types.loc[order]


def _count(rows: pd.DataFrame) -> int:
    """Return how many schools a panel shows."""
    return int((rows["kind"] == "school").sum())


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw one panel a city, with its types and their estimates at its right."""
    cities = drawn(frame)
    with styled():
        height = len(cities) * (PANEL + GAP)
        subtitle = (
            "Result of each school with all but its share of low-income students held equal, and "
            "difference of each type from district schools of similar composition"
        )
        sheet = page(TITLE, subtitle, caption(frame), height, width=WIDTH)
        for number, (_, rows) in enumerate(cities):
            bottom = height - (number + 1) * (PANEL + GAP) + 0.55
            axes = sheet.axes(0.55, bottom, AXES, PANEL)
            _draw_city(axes, rows)
            _legend(axes, _types(rows))
    return sheet.figure


def _draw_city(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the schools of a city and the line of the reference type."""
    schools, first = rows[rows["kind"] == "school"], rows.iloc[0]
    size = 1.0 if len(schools) < MANY else 0.5
    for name in _types(rows)["school_type"]:
        own = schools[schools["school_type"] == name]
        look = _look(name, name == first["reference"])
        axes.scatter(own[FROM_MEAN], own["adjusted"], **look | {"s": size * look["s"]})
    low, high = schools[FROM_MEAN].min(), schools[FROM_MEAN].max()
    ends = np.array([low, high])
    axes.plot(ends, first["level"] + first["slope"] * ends, color=INK, linewidth=1.2, zorder=2)
    plain_axes(axes)
    _ticks_within(axes)
    axes.grid(axis="y", color="#c8c8c8", linewidth=0.5)
    axes.tick_params(labelsize=8.5)
    axes.set_title(f"{city_heading(rows)}: {_count(rows):,} schools", fontsize=10, loc="left")
    percents = first["outcome"] == "proficient_pct"
    axes.set_ylabel("Adjusted % proficient" if percents else "Adjusted mean score", fontsize=8.5)
    meaning = str(first["low_income_definition"] or "low-income").partition(":")[0]
    label = textwrap.shorten(f"% {meaning}", 50, placeholder=" ...")
    axes.set_xlabel(f"{label}, points from the district schools' mean", fontsize=8.5)


def _ticks_within(axes: Axes) -> None:
    """Keep the ticks that lie within the axes, and the axes' limits."""
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        ticks = [tick for tick in axis.get_majorticklocs() if limits[0] <= tick <= limits[1]]
        axis.set_ticks(ticks)


def _look(name: str, is_reference: bool) -> dict[str, Any]:
    """Return how the schools of a type are drawn."""
    if is_reference:
        return {"s": 9, "color": "#8c8c8c", "marker": ".", "alpha": 0.7, "zorder": 1}
    number = LOOKS.get(name, len(name)) % len(PALETTE)
    edge = {"edgecolors": "white", "linewidths": 0.4}
    return {"s": 26, "color": PALETTE[number], "marker": MARKERS[number], "zorder": 3, **edge}


def _legend(axes: Axes, types: pd.DataFrame) -> None:
    """Write the types of a city at its right, each with its mark, its schools and its estimate."""
    style: dict[str, Any] = {
        "xycoords": axes.transAxes,
        "textcoords": "offset points",
        "va": "center",
        "annotation_clip": False,
    }
    columns = ((20, "type"), (172, "schools"), (216, "difference [95 %]"))
    for offset, text in columns:
        at: dict[str, Any] = {"xytext": (offset, 0), "fontsize": 8, "color": MUTED}
        axes.annotate(text, (1, 1), **at, **style)
    for number, row in enumerate(types.to_dict("records"), start=1):
        height = 1 - number * LINE / PANEL
        is_reference = row["school_type"] == row["reference"]
        look = _look(row["school_type"], is_reference) | {"s": 60 if is_reference else 30}
        axes.scatter([1.03], [height], transform=axes.transAxes, clip_on=False, **look)
        words = capital(type_label(row["school_type"]))
        texts = (
            textwrap.shorten(words, 26, placeholder=" ..."),
            f"{row['n_schools']:,.0f}",
            "the line" if is_reference else signed(row) + ("  *" if row["note"] else ""),
        )
        for (offset, _), text in zip(columns, texts, strict=True):
            axes.annotate(text, (1, height), xytext=(offset, 0), fontsize=8.5, **style)
    noted = types[(types["note"] != "") & (types["school_type"] != types["reference"])]
    if len(noted):
        height = 1 - (len(types) + 1.1) * LINE / PANEL
        notes = f"* {'; '.join(dict.fromkeys(noted['note']))}"
        lines = textwrap.wrap(notes, 64, max_lines=2, placeholder=" ...")
        at = {"xytext": (20, 0), "fontsize": 7.5, "color": MUTED}
        axes.annotate("\n".join(lines), (1, height), **at, **style)
