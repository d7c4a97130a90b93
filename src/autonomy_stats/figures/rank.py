"""Beyond the report: where a type's students' schools rank in their state, in two springs.

A rank is the percent of the state's tested students in schools of lower results, raw and at equal
composition (`models.state_rank`). Cities with two springs of statewide results on one test. Where
a spring has all grades together, ranks are within subject only, else within subject and level.
"""

from __future__ import annotations

from dataclasses import replace
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

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "data", "draw"]

FIGURE_ID = "rank"
TITLE = "Rank in the state over two springs (no figure of the report)"

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

RANKED, CHANGED, SCHOOLS = 8, 62, 178
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

    def city(place: str, panel: pd.DataFrame) -> pd.DataFrame:
        """Return the ranks of a city's schools."""
        state = inputs.get(STATES[place])
        if state is None:
            raise EstimationError(f"{NOT_AT_HAND}: results of all schools of the state")
        return _ranked(panel, state)

    return of_each(inputs, city, IN_CITY)


def _ranked(panel: pd.DataFrame, state: pd.DataFrame) -> pd.DataFrame:
    """Rank the schools of a state, and compare those of a city by type."""
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
        types = []
        for name in _types(rows):
            ranks = []
            for rank, words in WORDS.items():
                first, last = _springs(rows, name, rank)
                ranks.append(f"{words.lower()} {_pair(first, last, 'mean', '.0f', ' then ')}")
            first, last = _springs(rows, name, RANKS[0])
            schools = _pair(first, last, "n_schools", ",.0f", " then ")
            types.append(f"{type_label(name)} {', '.join(ranks)}, {schools} schools")
        said.append(f"{city_heading(rows)}: {'; '.join(types)}")
    return f"{TITLE}. {'. '.join(said)}. {sources(frame)}"


def _types(rows: pd.DataFrame) -> list[str]:
    """Return the types of a city that have a rank in the comparison, the reference last."""
    held = rows[(rows["n_schools"] > 0) & (rows["quantity"] == "level")]
    kinds = in_order(held["school_type"])
    reference = rows["reference"].iloc[0]
    return [*(name for name in kinds if name != reference), reference]


def _springs(rows: pd.DataFrame, name: str, rank: str) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return a type's rows of the first and the last spring; an empty one where it has no rank."""
    own = rows[(rows["rank"] == rank) & (rows["quantity"] == "level")]
    years = sorted(own["year"].unique())
    of_type = own[(own["school_type"] == name) & (own["n_schools"] > 0)].set_index("year")
    held = of_type.to_dict("index")
    return held.get(years[0], {}), held.get(years[-1], {})


def _pair(first: dict[Any, Any], last: dict[Any, Any], column: str, form: str, between: str) -> str:
    """Write a value of both springs; a dash where there is none."""
    return between.join(
        format(row[column], form) if row and row[column] == row[column] else "\N{EN DASH}"
        for row in (first, last)
    )


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw two panels, raw and adjusted; a row a type, its two springs joined."""
    cities = [(rows, _types(rows)) for _, rows in drawn(frame)]
    rows: list[Row] = []
    owners: list[tuple[pd.DataFrame, str] | None] = []
    for own, types in cities:
        rows.append(heading(rows, city_heading(own)))
        owners.append(None)
        for name in types:
            rows.append(Row(rows[-1].height - 1, within(capital(type_label(name)), 30)))
            owners.append((own, name))
    arrow = " \N{RIGHTWARDS ARROW} "
    with styled():
        height = ROW * (1.6 - rows[-1].height)
        subtitle = (
            "Mean percentile among the state's tested students: first spring (circle, above) and "
            "last spring (square, below)"
        )
        sheet = page(TITLE, subtitle, caption(frame), height + 0.6, width=WIDTH)
        heights = [row.height for row in rows]
        for number, (rank, words) in enumerate(WORDS.items()):
            axes = sheet.axes(NAMES + number * (AXES + BETWEEN), 0.3, AXES, height)
            texts = []
            for row, owner in zip(rows, owners, strict=True):
                springs = _springs(*owner, rank) if owner else ({}, {})
                _draw_springs(axes, row.height, springs)
                texts.append(_pair(*springs, "mean", ".0f", arrow) if owner else "")
            set_rows(axes, rows, (0.0, 100.0), names=0 if number else NAMES, zero=False)
            axes.set_title(words, fontsize=9.5, loc="left", pad=5)
            write_margin(axes, texts, "mean", RANKED, heights=heights)
        changes = [_change(*owner) if owner else "" for owner in owners]
        write_margin(axes, changes, "change [95 %]", CHANGED, heights=heights)
        counts = [
            _pair(*_springs(*owner, RANKS[0]), "n_schools", ",.0f", arrow) if owner else ""
            for owner in owners
        ]
        write_margin(axes, counts, "schools", SCHOOLS, heights=heights)
    return sheet.figure


def _change(rows: pd.DataFrame, name: str) -> str:
    """Write the mean change of the adjusted rank of a type's schools."""
    own = rows[(rows["rank"] == RANKS[0]) & (rows["quantity"] == "change")]
    held = own[(own["school_type"] == name) & (own["n_schools"] > 0)].to_dict("records")
    if not held:
        return ""
    names = {"estimate": "mean", "conf_low": "mean_conf_low", "conf_high": "mean_conf_high"}
    text = signed({ours: held[0][theirs] for ours, theirs in names.items()})
    return text if held[0]["mean_df"] >= FEWEST_DF else f"{text} *"


def _draw_springs(
    axes: Axes, height: float, springs: tuple[dict[Any, Any], dict[Any, Any]]
) -> None:
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
