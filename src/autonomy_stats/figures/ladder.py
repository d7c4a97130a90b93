"""Beyond the report: each difference as the shares held equal are added, one after the other.

Every step is the default estimate with fewer controls, of the same schools: those with all shares.
So a step shows what the added share takes with it, and the last one is the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.figures.base import Inputs
from autonomy_stats.figures.differences import in_order
from autonomy_stats.figures.five_cities import (
    REPORTED,
    RESULTS,
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
    look_of,
    set_rows,
    within,
    write_beside,
)
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import page, styled
from autonomy_stats.labels import capital, control_label, type_label
from autonomy_stats.models.beside import LADDER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from autonomy_stats.models import Fit

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "cities", "data", "draw"]

FIGURE_ID = "ladder"
TITLE = "How the differences change as more shares are held equal (our addition)"
NEEDS = RESULTS

WIDTH, NAMES, CELL, AXES, ROW = 11.4, 2.3, 1.58, 1.0, 0.27
"""Inches: of the page, of the names, of a step, of its axes, height of a row."""


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the estimates of each city, type and step of the ladder.

    Returns
    -------
    pandas.DataFrame
        One row for each city, type and `step`, with the columns of the table of estimates; a
        step whose shares no file gives has no estimate and says so in `note`. A city without
        results has one row, with the reason.
    """
    return of_each(inputs, _city)


def cities(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the rows of each city at hand, which `data` puts together."""
    return rows_by_city(inputs, _city)


def _city(place: str, panel: pd.DataFrame) -> pd.DataFrame:
    """Return the ladder of a city."""
    default = fit_of(panel)
    same = panel[panel[list(default.controls)].notna().all(axis=1)]
    held: tuple[str, ...] = ()
    steps = []
    for step, added in LADDER.items():
        new = tuple(control for control in added if control in default.controls)
        held += new
        if added and not new:
            steps.append(_without(default, step, added))
            continue
        fit = default if held == default.controls and len(same) == len(panel) else None
        steps.append(_step(fit or fit_of(same, controls=held), step))
    return pd.concat(steps, ignore_index=True).assign(
        outcome=default.outcome, level="all", reference=default.reference
    )


def _step(fit: Fit, step: str) -> pd.DataFrame:
    """Return the estimates of a step."""
    rows = fit.effects[fit.effects["n_schools"] > 0][["school_type", *REPORTED]]
    return rows.assign(
        step=step,
        line=f"ladder: {step}",
        controls=" ".join(fit.controls),
        n_schools_reference=fit.schools(fit.reference),
    )


def _without(fit: Fit, step: str, added: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows of a step that no file has the shares for."""
    kinds = fit.effects.loc[fit.effects["n_schools"] > 0, "school_type"]
    shares = ", ".join(map(control_label, added))
    return pd.DataFrame({"school_type": kinds}).assign(
        step=step, line=f"ladder: {step}", note=f"no file gives the share {shares}"
    )


def estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table of estimates: the last step of each city is the default."""
    held = frame[frame["estimate"].notna()]
    last = held.groupby("place")["step"].transform("last")
    full = held["step"] == last
    return held.assign(line=held["line"].mask(full, "default"))


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    none = frame["note"].astype("str").str.startswith("no file gives")
    without = " No point: no file gives the share." if none.any() else ""
    return (
        f"{sources(frame)}\nPoints: difference from district schools, in percentage points (of "
        "mean scores: in points), with what the column names held equal besides all to its left: "
        "race (share Black, Hispanic, Asian), low-income students, English learners, students with "
        "disabilities. The last column with a point is the default estimate. Each step is of the "
        "same schools, those with all shares, within grade, subject and year, weighted by students "
        "tested. Lines: 95 % intervals, clustered by school, CR2 with Satterthwaite degrees of "
        "freedom, not adjusted for the number of types; an arrow: the interval goes on. Hollow: "
        f"too few schools to judge.{without} What a share takes with it is no measure of what it "
        "does. Differences between schools, not what attending one does."
    )


def alternative_text(frame: pd.DataFrame) -> str:
    """Return the figure in words: each type's difference at each step."""
    said = []
    for _, rows in drawn(frame):
        types = [
            f"{type_label(str(name))} "
            + ", ".join(f"{row['step']} {signed(row)}" for row in own.to_dict("records"))
            for name, own in _shown(rows).groupby("school_type", sort=False)
        ]
        said.append(f"{city_heading(rows)}: {'; '.join(types)}")
    return f"{TITLE}. {'. '.join(said)}. {sources(frame)}"


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of types that are compared with the reference, those with an estimate."""
    return rows[(rows["school_type"] != rows["reference"]) & rows["estimate"].notna()]


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw a row for each city and type, and a column of points for each step."""
    rows = _rows(frame)
    steps = list(LADDER)
    limits = judged_limits(frame[frame["estimate"].notna()])
    with styled():
        height = ROW * (1.6 - rows[-1].height)
        subtitle = (
            "Difference from district schools as more shares are held equal, from left to right"
        )
        sheet = page(TITLE, subtitle, caption(frame), height + 0.6, width=WIDTH)
        for number, step in enumerate(steps):
            axes = sheet.axes(NAMES + CELL * number, 0.3, AXES, height)
            for row in rows:
                _draw_cell(axes, row, step, limits)
            set_rows(axes, rows, limits, names=0 if number else NAMES, ticks=3)
            axes.set_title(step, fontsize=9.5, loc="left", pad=5)
        counts = [f"{row.cells[0]['n_schools']:,.0f}" if row.cells else "" for row in rows]
        write_margin(axes, counts, "schools", 44, heights=[row.height for row in rows])
    return sheet.figure


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of the drawing."""
    rows: list[Row] = []
    for _, own in drawn(frame):
        rows.append(heading(rows, city_heading(own)))
        shown = _shown(own)
        for name in in_order(shown["school_type"]):
            cells = shown[shown["school_type"] == name].to_dict("records")
            words = within(capital(type_label(name)), 30)
            rows.append(Row(rows[-1].height - 1, words, cells=tuple(cells)))
    return rows


def _draw_cell(axes: Any, row: Row, step: str, limits: tuple[float, float]) -> None:
    """Draw the point of a step, and write its number at the right."""
    for cell in row.cells:
        if cell["step"] != step:
            continue
        colour, marker = look_of(cell["school_type"])
        look: dict[str, Any] = {"colour": colour, "marker": marker, "size": 0.85, "limits": limits}
        draw_interval(axes, row.height, cell, **look)
        number = signed({**cell, "conf_low": float("nan")})
        write_beside(axes, row.height, number, 6)
