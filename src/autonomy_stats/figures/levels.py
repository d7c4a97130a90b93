"""Beyond the report: the differences of elementary, middle and high schools, each by itself.

One fit in which every type's difference, every control and every grade is free in each level of
school, so that the levels can be compared although they share schools.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.figures.agreement import apart, sentence
from autonomy_stats.figures.base import Inputs
from autonomy_stats.figures.differences import in_order
from autonomy_stats.figures.five_cities import (
    BY_GRADE,
    REPORTED,
    city_heading,
    drawn,
    fit_of,
    of_each,
    rows_by_city,
    sources,
)
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
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import MARKERS, MUTED, PALETTE, page, styled
from autonomy_stats.labels import capital, type_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from autonomy_stats.models import Fit

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "cities", "data", "draw"]

FIGURE_ID = "levels"
TITLE = "Elementary, middle and high schools apart (our addition)"
NEEDS = BY_GRADE
LEVELS = ("elementary", "middle", "high")

WIDTH, NAMES, AXES, ROW = 10.2, 3.1, 2.35, 0.25
"""Inches: of the page, of the names, of the axes, height of a row."""

ARROW, SCHOOLS, NOTE = 7, 126, 194
"""Points between the axes and each column of the margin."""


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the estimates of each city, type and level, and the test that the levels agree.

    Returns
    -------
    pandas.DataFrame
        One row for each city, type and `level`, with the columns of the table of estimates and
        the city's test in `level_statistic, level_df_constraints, level_df, level_p_value`. A
        city without levels has one row, with the reason.
    """
    return of_each(inputs, _city, BY_GRADE)


def cities(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the rows of each city at hand, which `data` puts together."""
    return rows_by_city(inputs, _city, BY_GRADE)


def _city(place: str, panel: pd.DataFrame) -> pd.DataFrame:
    """Return the levels of a city."""
    fit = fit_of(panel)
    split = apart(fit, "level")
    if split.note == "no level":
        raise EstimationError("results of all grades together")
    if split.effects.empty:
        raise EstimationError(split.note)
    rows = split.effects[["part", "school_type", *REPORTED]].rename(columns={"part": "level"})
    return rows.assign(
        outcome=fit.outcome,
        line="by level",
        reference=fit.reference,
        n_schools_reference=rows["level"].map(_reference_schools(fit)),
        level_statistic=split.statistic,
        level_df_constraints=split.df_constraints,
        level_df=split.df,
        level_p_value=split.p_value,
        level_note=split.note,
    )


def _reference_schools(fit: Fit) -> pd.Series:
    """Return how many schools of the reference type each level has in the estimate."""
    assert fit.asked is not None
    rows = fit.asked.frame
    needed = [fit.outcome, *fit.controls, *([fit.weights] if fit.weights else [])]
    rows = rows[(rows["school_type"] == fit.reference) & rows[needed].notna().all(axis=1)]
    return rows.groupby("level")["school_id"].nunique()


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    return (
        f"{sources(frame)}\nLevels by grade: elementary 3 to 5, middle 6 to 8, high 9 and up; a "
        "school with grades of two levels stands in both. Points: difference from district schools "
        "of the same level and composition, in percentage points (of mean scores: in points), "
        "weighted by students tested; controls, grades and subjects free in each level. Lines: "
        "95 % intervals, clustered by school, CR2 with Satterthwaite degrees of freedom, not "
        "adjusted for the number of rows; an arrow: the interval goes on. Hollow: see the note. "
        "Test: that each type's difference is the same in all levels (approximate Hotelling); of "
        "few schools it sees large differences only. Schools: of the type / district. Differences "
        "between schools, not what attending one does."
    )


def alternative_text(frame: pd.DataFrame) -> str:
    """Return the figure in words: the test of each city, and each type's levels."""
    said = []
    for _, rows in drawn(frame):
        types = [
            f"{type_label(str(name))} "
            + ", ".join(f"{row['level']} {signed(row)}" for row in own.to_dict("records"))
            for name, own in _shown(rows).groupby("school_type", sort=False)
        ]
        said.append(f"{city_heading(rows)}: {sentence(rows.iloc[0], 'level')} {'; '.join(types)}")
    return f"{TITLE}. {'. '.join(said)}. {sources(frame)}"


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with an estimate."""
    return rows[rows["estimate"].notna() & (rows["school_type"] != rows["reference"])]


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw a block of rows for each city and type, a row for each level."""
    rows = _rows(frame)
    limits = judged_limits(frame[frame["estimate"].notna()])
    with styled():
        height = ROW * (1.6 - rows[-1].height)
        subtitle = (
            "Difference from district schools of the same level and of similar composition, "
            "percentage points"
        )
        sheet = page(TITLE, subtitle, caption(frame), height + 0.6, width=WIDTH)
        axes = sheet.axes(NAMES, 0.35, AXES, height)
        told = [row for row in rows if row.cells]
        for row in told:
            number = LEVELS.index(row.cells[0]["level"])
            look: dict[str, Any] = {"colour": PALETTE[number], "marker": MARKERS[number]}
            draw_interval(axes, row.height, row.cells[0], **look, limits=limits)
        set_rows(axes, rows, limits, names=NAMES)
        heights = [row.height for row in rows]
        differences = [signed(row.cells[0]) if row.cells else "" for row in rows]
        write_margin(axes, differences, "difference [95 %]", ARROW, heights=heights)
        schools = [_schools(row) if row.cells else "" for row in rows]
        write_margin(axes, schools, "schools", SCHOOLS, heights=heights)
        for row in rows:
            note = row.part if row.is_heading else note_lines(str(row.cells[0]["note"]))
            offset, size = (ARROW, 7.5) if row.is_heading else (NOTE, 7.0)
            write_beside(axes, row.height, note, offset, size, MUTED)
    return sheet.figure


def _schools(row: Row) -> str:
    """Return how many schools of the type and of the reference stand behind a row."""
    cell = row.cells[0]
    return f"{cell['n_schools']:,.0f} / {cell['n_schools_reference']:,.0f}"


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of the drawing; a heading has the city's test as its part."""
    rows: list[Row] = []
    for _, own in drawn(frame):
        test = sentence(own.iloc[0], "level") or f"No test: {own['level_note'].iloc[0]}."
        rows.append(replace(heading(rows, city_heading(own)), part=test))
        shown = _shown(own)
        for name in in_order(shown["school_type"]):
            of_type = shown[shown["school_type"] == name].set_index("level", drop=False)
            held = [level for level in LEVELS if level in of_type.index]
            for number, cell in enumerate(of_type.loc[held].to_dict("records")):
                words = "" if number else within(capital(type_label(name)), 30)
                part = capital(cell["level"])
                rows.append(Row(rows[-1].height - 1, words, part, cells=(cell,)))
    return rows
