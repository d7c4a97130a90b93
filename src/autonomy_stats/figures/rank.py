"""Beyond the report: where a type's students' schools rank in their state, in two springs.

A rank is the percent of the state's tested students in schools of lower results, raw and at equal
composition (`models.state_rank`). Cities with two springs of statewide results on one test. Where
a spring has all grades together, ranks are within subject only, else within subject and level.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.differences import POOLED, in_order
from autonomy_stats.figures.five_cities import (
    NOT_AT_HAND,
    city_heading,
    city_label,
    drawn,
    of_each,
    rows_by_city,
    sources,
)
from autonomy_stats.figures.intervals import draw_interval, signed, write_margin
from autonomy_stats.figures.rows import Row, heading, set_rows, within
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import MARKERS, MUTED, PALETTE, page, styled
from autonomy_stats.labels import capital, type_label
from autonomy_stats.models.rank_change import RANKS, rank_change
from autonomy_stats.models.state_rank import state_ranks
from autonomy_stats.models.tables import FEWEST_DF

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "cities", "data", "draw"]

FIGURE_ID = "rank"
TITLE = "Rank in the state over two springs (our addition)"

STATES = {"boston": "massachusetts", "denver": "colorado", "indianapolis": "indiana"}
"""State of each city that has two springs of statewide results."""

PARCC_BOSTON = Need("boston", "boston", (2015, 2016), "", series=("PARCC 2015",))
IN_CITY = (
    Need(
        "boston",
        "boston",
        (2017, 2018),
        "Massachusetts' Next-Generation MCAS results of 2017 and 2018, all schools of the state, "
        "with shares of students; else PARCC of 2015 and 2016 (schools that took it)",
        otherwise=(PARCC_BOSTON,),
        optional=True,
    ),
    Need(
        "denver",
        "denver",
        (2016, 2017),
        "Colorado's CMAS results of 2016 and 2017 and the membership workbooks, all schools",
        optional=True,
    ),
    Need(
        "indianapolis",
        "indianapolis",
        (2016, 2017),
        "Indiana's ISTEP+ results of 2016 and 2017, and both enrollment workbooks, all schools",
        optional=True,
    ),
)


def _of_state(need: Need) -> Need:
    """Return what is needed of the state of a city."""
    state = STATES[need.place]
    others = tuple(replace(one, name=state, place=state) for one in need.otherwise)
    return replace(need, name=state, place=state, otherwise=others)


NEEDS = tuple(one for need in IN_CITY for one in (need, _of_state(need)))

WORDS = {"rank_raw": "Raw rank", "rank_adjusted": "Rank at equal composition"}

WIDTH, NAMES, AXES, BETWEEN, ROW = 11.2, 2.35, 2.05, 0.85, 0.36
"""Inches: of the page, of the names, of a panel, between two panels, height of a row."""

RANKED, CHANGED, SCHOOLS = 8, 60, 190
"""Points between the right panel and each column of the margin."""

APART = 0.14
"""How far the points of a spring lie from the middle of a row."""


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the mean rank of each type in each spring, and the change of the same schools.

    Returns
    -------
    pandas.DataFrame
        As `rank_change` returns it, for each city and both ranks: `mean` with `mean_conf_low,
        mean_conf_high` is the type's own, `estimate` its difference from district schools. A
        city without both springs has one row, with the reason in `note`.
    """
    return of_each(inputs, partial(_city, inputs), IN_CITY)


def cities(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the rows of each city at hand, which `data` puts together."""
    return rows_by_city(inputs, partial(_city, inputs), IN_CITY)


def _city(inputs: Inputs, place: str, panel: pd.DataFrame) -> pd.DataFrame:
    """Rank the schools of a state, and compare those of a city by type."""
    state = inputs.get(STATES[place])
    if state is None:
        raise EstimationError(f"{NOT_AT_HAND}: results of all schools of the state")
    by_level = state["level"].notna().all()
    by = ("end_year", "subject", "level") if by_level else ("end_year", "subject")
    ranks = state_ranks(state, by=by)
    found = pd.concat([rank_change(ranks, panel, rank=rank) for rank in RANKS], ignore_index=True)
    whole = state.loc[state["level"].isna(), "end_year"].unique()
    return found.drop(columns="simulated", errors="ignore").assign(
        reference="traditional",
        year=found["end_year"].astype("float64"),
        controls=" ".join(ranks.controls),
        missing_controls=" ".join(ranks.missing_controls),
        within="subject and level" if by_level else "subject",
        all_grades=";".join(str(int(year)) for year in sorted(whole)),
        n_schools_state=ranks.frame["school_id"].nunique(),
    )


def estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table of estimates: differences from district schools in rank."""
    rows = frame[frame["school_type"].notna()]
    change = rows["quantity"] == "change"
    years = rows["end_years"].astype("object").where(change, rows["year"].astype("Int64"))
    return rows.assign(
        outcome=change.map({True: "state_rank_change", False: "state_rank"}),
        subject=POOLED,
        level="all",
        line=rows["rank"].str.replace("_", " "),
        end_years=years.astype("str"),
    )


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    cities = drawn(frame)
    whole = {
        city_label(place): str(rows["all_grades"].iloc[0]).removesuffix(".0").replace(";", ", ")
        for place, rows in cities
        if rows["within"].iloc[0] == "subject"
    }
    grades = "".join(
        f"; {city} within subject only, since {years} has all grades together"
        for city, years in whole.items()
    )
    schools = ", ".join(
        f"{rows['n_schools_state'].iloc[0]:,.0f} in {STATES[place].title()}"
        for place, rows in cities
    )
    parcc = frame["assessment"].eq("PARCC").any()
    took = " Of PARCC: among the schools that took it." if parcc else ""
    return (
        f"{sources(frame)}{took}\nRank: percent of the state's tested students in schools of lower "
        "percent proficient, half of those in equal ones; the state's mean is 50. Within subject "
        f"and level{grades}. At equal composition: of what grades and the study's shares of "
        f"students that the state gives do not predict. Schools ranked: {schools}.\n"
        "Points: mean of the type's schools of that spring, weighted by students tested; lines: "
        "95 % intervals that treat them as a sample of such schools (CR2, Satterthwaite), cut at 0 "
        "and 100, at an arrow; hollow: fewer than 4 degrees of freedom. Change: of the schools "
        "with a rank in both springs, by their type of the last (*: as hollow). Schools often get "
        "a type because they rank low, and then tend to rank higher whatever is done: a change is "
        "no measure of a type."
    )


def alternative_text(frame: pd.DataFrame) -> str:
    """Return the figure in words: each type's mean rank in both springs."""
    said = []
    for _, rows in drawn(frame):
        city = _City(rows)
        types = []
        for name in city.types:
            ranks = [
                f"{words.lower()} {_pair(city.springs(name, rank), 'mean', '.0f', ' then ')}"
                for rank, words in WORDS.items()
            ]
            schools = _pair(city.springs(name, RANKS[0]), "n_schools", ",.0f", " then ")
            types.append(f"{type_label(name)} {', '.join(ranks)}, {schools} schools")
        said.append(f"{city_heading(rows)}: {'; '.join(types)}")
    return f"{TITLE}. {'. '.join(said)}. {sources(frame)}"


Springs = tuple[dict[Any, Any], dict[Any, Any]]


class _City:
    """The rows of a city, looked up by type."""

    def __init__(self, rows: pd.DataFrame) -> None:
        """Keep the rows of types that have a rank in the comparison, the reference last."""
        held = rows[rows["n_schools"] > 0]
        level = held[held["quantity"] == "level"]
        reference = rows["reference"].iloc[0]
        kinds = in_order(level["school_type"])
        self.types = [*(name for name in kinds if name != reference), reference]
        self.years = sorted(rows.loc[rows["quantity"] == "level", "year"].unique())
        keys = ("quantity", "rank", "school_type", "year")
        self.cells = {tuple(row[key] for key in keys): row for row in held.to_dict("records")}

    def springs(self, name: str, rank: str) -> Springs:
        """Return a type's rows of the first and the last spring; empty where it has no rank."""
        first, last = (
            self.cells.get(("level", rank, name, year), {})
            for year in (self.years[0], self.years[-1])
        )
        return first, last

    def change(self, name: str) -> str:
        """Write the mean change of the adjusted rank of a type's schools."""
        row = self.cells.get(("change", RANKS[0], name, self.years[-1]))
        if row is None:
            return ""
        names = {"estimate": "mean", "conf_low": "mean_conf_low", "conf_high": "mean_conf_high"}
        text = signed({ours: row[theirs] for ours, theirs in names.items()})
        return text if row["mean_df"] >= FEWEST_DF else f"{text} *"


def _pair(springs: Springs, column: str, form: str, between: str) -> str:
    """Write a value of both springs; a dash where there is none."""
    return between.join(
        format(row[column], form) if row and row[column] == row[column] else "\N{EN DASH}"
        for row in springs
    )


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw two panels, raw and adjusted; a row a type, its two springs joined."""
    rows: list[Row] = []
    owners: list[tuple[_City, str] | None] = []
    for _, own in drawn(frame):
        city = _City(own)
        rows.append(heading(rows, city_heading(own)))
        owners.append(None)
        for name in city.types:
            rows.append(Row(rows[-1].height - 1, within(capital(type_label(name)), 30)))
            owners.append((city, name))
    heights = [row.height for row in rows]
    with styled():
        height = ROW * (1.6 - heights[-1])
        subtitle = (
            "Mean percentile among the state's tested students: first spring (circle, above) and "
            "last spring (square, below)"
        )
        sheet = page(TITLE, subtitle, caption(frame), height + 0.6, width=WIDTH)
        for number, (rank, words) in enumerate(WORDS.items()):
            axes = sheet.axes(NAMES + number * (AXES + BETWEEN), 0.3, AXES, height)
            springs = [owner[0].springs(owner[1], rank) if owner else ({}, {}) for owner in owners]
            for one, at in zip(springs, heights, strict=True):
                _draw_springs(axes, at, one)
            set_rows(axes, rows, (0.0, 100.0), names=0 if number else NAMES, zero=False)
            axes.set_title(words, fontsize=9.5, loc="left", pad=5)
            means = [
                _both(owner, one, "mean", ".0f") for owner, one in zip(owners, springs, strict=True)
            ]
            write_margin(axes, means, "mean", RANKED, heights=heights)
        changes = [owner[0].change(owner[1]) if owner else "" for owner in owners]
        write_margin(axes, changes, "change [95 %]", CHANGED, heights=heights)
        counts = [
            _both(owner, one, "n_schools", ",.0f")
            for owner, one in zip(owners, springs, strict=True)
        ]
        write_margin(axes, counts, "schools", SCHOOLS, heights=heights)
    return sheet.figure


def _both(owner: object, springs: Springs, column: str, form: str) -> str:
    """Write a value of both springs in the margin; nothing beside a heading."""
    return _pair(springs, column, form, " \N{RIGHTWARDS ARROW} ") if owner else ""


def _draw_springs(axes: Axes, height: float, springs: Springs) -> None:
    """Draw the points of both springs, and the line that joins them."""
    both = list(zip(springs, (APART, -APART), strict=True))
    ends = [(row["mean"], height + offset) for row, offset in both if row]
    if len(ends) == 2:
        axes.plot(*zip(*ends, strict=True), color=MUTED, linewidth=1.0, zorder=2)
    for number, (row, offset) in enumerate(both):
        if not row:
            continue
        judged = row["mean_df"] >= FEWEST_DF
        point: dict[Any, Any] = {
            "estimate": row["mean"],
            "conf_low": row["mean_conf_low"],
            "conf_high": row["mean_conf_high"],
            "note": "" if judged else "few",
        }
        look: dict[str, Any] = {"colour": PALETTE[number], "marker": MARKERS[number], "size": 0.75}
        draw_interval(axes, height + offset, point, **look, limits=(0.0, 100.0))
