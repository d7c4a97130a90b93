"""The drawing and the words of the figure of all cities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.figures.differences import in_order
from autonomy_stats.figures.five_cities import absent, city_label, refuse_none, sources
from autonomy_stats.figures.intervals import draw_interval, signed, write_margin
from autonomy_stats.figures.rows import (
    Row,
    heading,
    judged_limits,
    note_lines,
    set_rows,
    within,
    write_beside,
)
from autonomy_stats.figures.style import INK, MARKERS, MUTED, PALETTE, page, styled
from autonomy_stats.labels import capital, type_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["AUTONOMOUS", "CHARTERS", "OTHERS", "draw_cities", "spoken", "told"]

CHARTERS, AUTONOMOUS, OTHERS = "charters", "autonomous", "other studies"
"""Bands of the figure."""

HEADINGS = {CHARTERS: "Charter schools", AUTONOMOUS: "In-district autonomous schools"}

METHODS = {
    "lottery_2sls": "lottery",
    "grandfathering_2sls": "former enrollment",
    "matched": "matched students",
    "did": "difference in differences",
    "cits": "interrupted time series",
    "lottery_and_observational": "lottery and regression",
}
"""Words for how other studies compare."""

PLACES = {"massachusetts_urban": "urban Massachusetts", "urban_41": "41 urban regions"}
"""Words for places that are no city of the study."""

POOLED_LOOK = {"colour": INK, "marker": MARKERS[2], "size": 1.25}
SUBJECT_LOOKS = {"ela": (PALETTE[3], MARKERS[3]), "math": (PALETTE[4], MARKERS[4])}

WIDTH, NAMES, AXES, ROW = 11.4, 3.45, 2.6, 0.25
"""Inches: of the page, of the names, of the axes, height of a row."""

ARROW, SCHOOLS, NOTE = 7, 132, 166
"""Points between the axes and each column of the margin."""

MOST_OF_SOURCE = 58
"""Letters of a study and its method: what the page has room for."""

BETWEEN = 0.8
"""Inches between the cities and the other studies."""


def told(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    others = frame[frame["band"] == OTHERS]
    n, left = (int(others[name].iloc[0]) for name in ("n_estimates", "n_left_out"))
    pooled = frame[frame["kind"] == "pooled"]
    spread = "; ".join(
        f"{HEADINGS[row['band']].lower()}, {row['n_places']:.0f} cities, tau "
        f"{np.sqrt(row['tau2']):.2f}"
        for row in pooled[pooled["n_places"] > 1].to_dict("records")
    )
    cities = frame[frame["band"].isna() | frame["kind"].isin(["city", "type"])]
    return (
        f"{sources(cities, absent(cities))}\nTop: the default differences in percent proficient, "
        "in standard deviations of students by the probit at the district schools' rate, which "
        "takes scores to be normal and equally spread (mean NCE: divided by their standard "
        "deviation). Lines: 95 % intervals by school, CR2. Diamonds: mean over cities that differ "
        f"from each other (REML, Hartung-Knapp; {spread or 'none'}), below it thin where another "
        "such city's difference would lie; cities with too few schools to judge stay out. All "
        "autonomous schools of a city count as one type; small: each type. Tests, years and shares "
        f"held equal differ by city.\nBottom: {n} of {n + left} estimates by others in the "
        "package's table: in standard deviations of student scores, against traditional schools, "
        "not by regression alone. Most follow students from their earlier scores for each year "
        "enrolled, so their direction compares with the top, their size does not. Top: differences "
        "between schools, not what attending one does."
    )


def spoken(frame: pd.DataFrame) -> str:
    """Return each band's estimates in words."""
    said = []
    for band, words in HEADINGS.items():
        rows = frame[(frame["band"] == band) & frame["estimate"].notna()].to_dict("records")
        ones = [f"{_name(row)} {signed(row, 2)}" for row in rows]
        said.append(f"{words}: {'; '.join(ones)}")
    others = frame[frame["band"] == OTHERS].to_dict("records")
    ones = [
        f"{row['study']}, {row['model']}, "
        f"{PLACES.get(row['place'], city_label(row['place']))}, {row['subject']} {signed(row, 2)}"
        for row in others
    ]
    said.append(f"Estimates by others, on another scale: {'; '.join(ones)}")
    return f"In brackets: 95 % intervals. {'. '.join(said)}."


def _name(row: dict[Any, Any]) -> str:
    """Return the name of a row."""
    if row["kind"] == "pooled":
        return f"Mean of {row['n_places']:.0f} cities"
    if row["kind"] == "type":
        return f"{city_label(row['place'])}, {type_label(row['school_type'])}"
    alone = row["band"] == AUTONOMOUS and row["school_type"] != AUTONOMOUS
    types = f", {type_label(row['school_type'])}" if alone else ""
    return f"{city_label(row['place'])}{types}"


def draw_cities(frame: pd.DataFrame, title: str) -> Figure:
    """Draw the frame of the figure.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `cities.data` returns it.
    title : str
        Title.
    """
    own = frame["band"].isin((CHARTERS, AUTONOMOUS)) if "band" in frame else frame["place"] == ""
    refuse_none(frame[own], frame)
    frame = frame.assign(note=frame["note"].astype("object").fillna(""))
    top, bottom = _own_rows(frame), _other_rows(frame)
    limits = judged_limits(frame[frame["band"].notna() & frame["estimate"].notna()])
    heights = [ROW * (1.6 - rows[-1].height) for rows in (top, bottom)]
    with styled():
        subtitle = (
            "Difference from district schools of similar composition, standard deviations of "
            "student scores"
        )
        sheet = page(title, subtitle, told(frame), sum(heights) + BETWEEN + 0.5, width=WIDTH)
        axes = sheet.axes(NAMES, 0.3 + heights[1] + BETWEEN, AXES, heights[0])
        _draw_own(axes, top, limits)
        below = sheet.axes(NAMES, 0.3, AXES, heights[1])
        _draw_others(below, bottom, limits)
    return sheet.figure


def _own_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of the cities, a band at a time, the pooled mean last."""
    rows: list[Row] = []
    for band, words in HEADINGS.items():
        own = frame[(frame["band"] == band) & frame["estimate"].notna()]
        if own.empty:
            continue
        rows.append(heading(rows, words))
        for kind in ("city", "pooled"):
            for cell in own[own["kind"] == kind].to_dict("records"):
                rows.append(Row(rows[-1].height - 1, within(_name(cell), 44), cells=(cell,)))
                if kind == "pooled":
                    continue
                types = own[(own["kind"] == "type") & (own["place"] == cell["place"])]
                of_type = types.set_index("school_type", drop=False)
                for one in of_type.loc[in_order(of_type.index)].to_dict("records"):
                    name = f"      {type_label(one['school_type'])}"
                    rows.append(Row(rows[-1].height - 0.85, within(name, 40), cells=(one,)))
    return rows


def _draw_own(axes: Axes, rows: list[Row], limits: tuple[float, float]) -> None:
    """Draw the cities and their means."""
    for row in rows:
        for cell in row.cells:
            number = 0 if cell["band"] == CHARTERS else 1
            small = cell["kind"] == "type"
            look: dict[str, Any] = {
                "colour": PALETTE[number],
                "marker": MARKERS[number],
                "size": 0.65 if small else 1.0,
            }
            if cell["kind"] == "pooled":
                look = POOLED_LOOK
                cell |= {"limit_low": cell["prediction_low"], "limit_high": cell["prediction_high"]}
            draw_interval(axes, row.height, cell, **look, limits=limits)
            note = note_lines(str(cell["note"]), 1 if small else 2)
            write_beside(axes, row.height, note, NOTE, 7.0, MUTED)
    set_rows(axes, rows, limits, names=NAMES)
    heights = [row.height for row in rows]
    differences = [signed(row.cells[0], 2) if row.cells else "" for row in rows]
    write_margin(axes, differences, "difference [95 %]", ARROW, heights=heights)
    schools = [f"{row.cells[0]['n_schools']:,.0f}" if row.cells else "" for row in rows]
    write_margin(axes, schools, "schools", SCHOOLS, heights=heights)


def _other_rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of the other studies, in the order of the table."""
    others = frame[frame["band"] == OTHERS]
    rows = [heading([], "Estimates by others, on a scale of their own")]
    keys = ["study", "place", "model", "level", "method"]
    for (_, place, model, level, _), group in others.groupby(keys, sort=False):
        where = PLACES.get(str(place), city_label(str(place)))
        names = [capital(str(model)) + ("" if level == "all" else f", {level}"), f"      {where}"]
        for number, cell in enumerate(group.to_dict("records")):
            name = names[number] if number < len(names) else ""
            name = f"{names[0]}, {where}" if len(group) == 1 else name
            part = {"ela": "ELA"}.get(cell["subject"], str(cell["subject"]))
            rows.append(Row(rows[-1].height - 1, within(name, 44), part, cells=(cell,)))
    return rows


def _draw_others(axes: Axes, rows: list[Row], limits: tuple[float, float]) -> None:
    """Draw the other studies on a ground of their own."""
    for row in rows:
        for cell in row.cells:
            colour, marker = SUBJECT_LOOKS.get(cell["subject"], (MUTED, MARKERS[5]))
            draw_interval(axes, row.height, cell, colour=colour, marker=marker, limits=limits)
            source = f"{cell['study']}, {METHODS.get(cell['method'], cell['method'])}"
            write_beside(axes, row.height, within(source, MOST_OF_SOURCE), 120, 7.5, MUTED)
    set_rows(axes, rows, limits, names=NAMES)
    axes.set_facecolor("#f1f1f1")
    differences = [signed(row.cells[0], 2) if row.cells else "" for row in rows]
    heights = [row.height for row in rows]
    write_margin(axes, differences, "estimate [95 %]", ARROW, heights=heights)
