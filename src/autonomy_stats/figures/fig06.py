"""Figure 6: Denver, percent proficient by school type.

The report's springs are 2015 and 2016. Without a file of 2015, that of 2016 alone, whose results
also stand in the state's 2017 workbook, for schools that tested in 2017 too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from autonomy_stats.figures.agreement import agreement_of, sentence
from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.differences import POOLED
from autonomy_stats.figures.intervals import ROW, draw_intervals, signed, span, write_margin
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import MARKERS, PALETTE, page, styled
from autonomy_stats.labels import control_label, springs, type_label
from autonomy_stats.mark import COLUMN
from autonomy_stats.models import estimate_effects
from autonomy_stats.models.bounds import outcome_bounds
from autonomy_stats.scales import PARCC

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "data", "draw"]

FIGURE_ID = "fig06"
TITLE = "Figure 6. Denver: percent proficient by school type"
FILES = (
    "Colorado's CMAS ELA and math results of 2015, 2016 and 2017 (or the 2017 workbook alone, for "
    "2016), and the membership workbooks of 2014-15 and 2015-16 (race/ethnicity; free and reduced "
    "lunch)"
)
REPORT_YEARS = (2015, 2016)
COURSES = {"courses": True}
CONTROLS = ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct")
"""Without one of these the figure would say something else under the same words."""

NEEDS = (
    Need(
        "denver",
        "denver",
        REPORT_YEARS,
        FILES,
        CONTROLS,
        COURSES,
        otherwise=(Need("denver", "denver", (2016,), FILES, CONTROLS, COURSES),),
    ),
    Need("denver_2017", "denver", (2017,), FILES, (), COURSES),
)
TYPES = ("independent_charter", "innovation")
NUMBERED = r"\d\d"
BOTH = "ELA and math"
LEVELS = {"elementary": "grades 3-5", "middle": "grades 6-8", "high": "grade 9"}

FEW = 100 * 3 / 16
"""Upper bound of a cell that is taken to hold 0 to 3 students who met expectations."""

HIDDEN = 15.0
"""Most students tested in a cell whose mean is not shown: the state shows it from 16 up."""


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Estimate the differences pooled, by subject and by level, with bounds for starred cells.

    Returns
    -------
    pandas.DataFrame
        One row for each line of the figure and school type.
    """
    frame = _weighted(inputs["denver"], inputs["denver_2017"])
    numbered = frame[frame["grade"].str.fullmatch(NUMBERED)]
    ela, math = (numbered[numbered["subject"] == subject] for subject in ("ela", "math"))
    lines = {
        BOTH: numbered,
        "ELA": ela,
        "Math": math,
        "Math, with course tests": frame[frame["subject"] == "math"],
    }
    for level, grades in LEVELS.items():
        for subject, rows in (("ELA", ela), ("math", math)):
            lines[f"{level.capitalize()} ({grades}), {subject}"] = rows[rows["level"] == level]
    return pd.concat(
        [_line(name, rows) for name, rows in lines.items() if len(rows)], ignore_index=True
    )


def _weighted(frame: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Give suppressed cells a weight, and the largest percent that their mean score allows.

    The weight is the number tested in the same cell a year later; `HIDDEN` at most where the
    cell is so small that its mean is hidden too, and where the later year has no number.
    """
    key = ["school_id", "subject", "grade", "end_year"]
    counts = pd.concat([frame, later]).set_index(key)["n_tested"]
    year_later = frame[key].assign(end_year=frame["end_year"] + 1)
    stand_in = pd.Series(
        counts.reindex(pd.MultiIndex.from_frame(year_later)).to_numpy(float), frame.index
    ).fillna(HIDDEN)
    hidden = frame["proficient_pct"].isna()
    small = stand_in.where(frame["mean_score"].notna(), stand_in.clip(upper=HIDDEN))
    limit = frame["proficient_pct"].where(~hidden, PARCC.largest_share(frame["mean_score"]))
    return frame.assign(bound_weight=frame["n_tested"].where(~hidden, small), limit_pct_high=limit)


def _line(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Estimate one line of the figure."""
    fit = estimate_effects(rows, "proficient_pct", weights="n_tested")
    effects = fit.effects[fit.effects["school_type"].isin(TYPES)]
    effects = effects.merge(_bounds(rows, "proficient_pct_high"), on="school_type", how="left")
    limits = _bounds(rows, "limit_pct_high").drop(columns="n_suppressed")
    limits = limits.rename(columns={"bound_low": "limit_low", "bound_high": "limit_high"})
    effects = effects.merge(limits, on="school_type", how="left", validate="1:1")
    years = sorted({int(year) for year in rows["end_year"]})
    compared = rows[rows["school_type"].isin([*TYPES, fit.reference])]
    few = compared["proficient_pct_high"] <= FEW
    return effects.assign(
        line=name,
        n_few=int((compared["proficient_pct"].isna() & few).sum()),
        assessment=rows["assessment"].iloc[0],
        end_year=years[-1],
        end_years=";".join(map(str, years)),
        as_in_report=tuple(years) == REPORT_YEARS,
        reference=fit.reference,
        n_schools_reference=fit.schools(fit.reference),
        controls=" ".join(fit.controls),
        missing_controls=" ".join(fit.missing_controls),
        n_tested_status=rows["n_tested_status"].mode().iloc[0],
        **(agreement_of(fit) if name == BOTH else {}),
    )


def _bounds(rows: pd.DataFrame, high: str) -> pd.DataFrame:
    """Return how far the suppressed cells, between 0 and their upper bound, move an estimate."""
    bounds = outcome_bounds(
        rows, "proficient_pct", "proficient_pct_low", high, weights="bound_weight"
    )
    return bounds.drop(columns=COLUMN, errors="ignore")  # the estimates beside them have it


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    controls = ", ".join(control_label(c) for c in frame["controls"].iloc[0].split())
    pooled = frame.to_dict("records")[0]
    absent = ", ".join(control_label(c) for c in frame["missing_controls"].iloc[0].split())
    missing = f"; no file gives the share {absent}" if absent else ""
    # The state's 2017 workbook has the counts of 2016, but not the students tested.
    prior = frame["n_tested_status"].iloc[0] == "derived"
    source = (
        ", from the prior-year columns of the state's 2017 workbook (schools that also tested in "
        "2017)"
    )
    number = ", a number derived from count and percent"
    own = "" if frame["as_in_report"].iloc[0] else f"; the report has {springs(REPORT_YEARS)}"
    years = str(pooled["end_years"]).split(";")
    within = "subject, grade and year" if len(years) > 1 else "subject and grade"
    tests = "".join(f"{sentence(pooled, part)} " for part in ("subject", "level"))
    return (
        f"{frame['assessment'].iloc[0]}, {springs(years)}{source * prior}{own}. "
        "Points: difference from district schools of the same composition (share "
        f"{controls}{missing}), within {within}, weighted by students tested"
        f"{number * prior}; lines: 95 % intervals, clustered by school, CR2 "
        "with Satterthwaite degrees of freedom; hollow: too few to judge.\n"
        f"{tests}{_of_suppressed(frame)}Roster: charters mostly by the district's renewal list, "
        "else by the state's later flag; innovation schools in part by a later list (see the "
        "roster's sources); alternative schools and schools of unknown type left out. Schools: of "
        "the type / district. A difference between schools, not what attending one does."
    )


def _of_suppressed(frame: pd.DataFrame) -> str:
    """Say what the grey bars are, if any cell is suppressed."""
    if not frame["n_suppressed"].gt(0).any():
        return ""
    pooled = frame.iloc[0]
    return (
        f"Suppressed cells ({pooled['n_suppressed']:.0f} in the first row) have no point. Grey "
        "bars: where it could lie if each of them with a mean score below 725 "
        f"({pooled['n_few']} cells) has at most 3 in 16 students proficient and any other what its "
        "mean allows; thin grey lines: if all have what their mean allows (no mean: 0 to 100 %); "
        "sampling error apart. "
    )


def estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table of estimates: each line's subject, level and rows."""
    words = frame["line"].str.lower()
    level = words.str.extract(f"^({'|'.join(LEVELS)})", expand=False).fillna("all")
    subject = words.str.contains(r"\bela\b").map({True: "ela", False: "math"})
    return frame.assign(
        place="denver",
        outcome="proficient_pct",
        subject=subject.mask(words == BOTH.lower(), POOLED),
        level=level,
        line=words.str.contains("course tests").map({True: "with course tests", False: "default"}),
    )


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw two panels, charters and innovation schools, with the same rows."""
    names = list(dict.fromkeys(frame["line"]))
    limits = span(frame)
    with styled():
        height = ROW * len(names) + 0.9
        subtitle = "Difference from district schools of similar composition, percentage points"
        sheet = page(TITLE, subtitle, caption(frame), height, width=11.0)
        for number, school_type in enumerate(TYPES):
            rows = frame[frame["school_type"] == school_type].set_index("line").reindex(names)
            axes = sheet.axes(2.4 + 4.15 * number, 0.3, 1.75, height - 0.85)
            draw_intervals(
                axes,
                rows,
                colour=PALETTE[number],
                marker=MARKERS[number],
                labels=names if number == 0 else None,
            )
            axes.set_xlim(*limits)
            title = type_label(school_type)
            axes.set_title(title[0].upper() + title[1:], fontsize=10.5, loc="left", pad=14)
            records = rows.to_dict("records")
            write_margin(axes, [signed(row) for row in records], "difference [95 %]")
            counts = [
                f"{row['n_schools']:.0f} / {row['n_schools_reference']:.0f}" for row in records
            ]
            write_margin(axes, counts, "schools", offset=118)
    return sheet.figure
