"""The panels of the five cities, for figures that show them together.

Each city is drawn from the report's own test and years if the raw files hold them, else from the
nearest at hand. A city without any is left out and named: it stops no figure of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.figures import fig01, fig03, fig04, memphis_2014
from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.differences import POOLED
from autonomy_stats.figures.fig06 import CONTROLS as DENVER_CONTROLS
from autonomy_stats.labels import springs
from autonomy_stats.mark import COLUMN, marked
from autonomy_stats.models import estimate_effects
from autonomy_stats.schema import CONTROLS

if TYPE_CHECKING:
    from autonomy_stats.models import Fit

__all__ = [
    "BY_GRADE",
    "CITIES",
    "NOT_AT_HAND",
    "REPORTED",
    "RESULTS",
    "absent",
    "city_heading",
    "city_label",
    "described",
    "drawn",
    "fit_of",
    "of_each",
    "rows_by_city",
    "sources",
]

CITIES = ("boston", "los_angeles", "memphis", "denver", "indianapolis")
"""In the report's order."""

DENVER_FILES = (
    "Colorado's CMAS ELA and math results of 2015 and 2016, and the membership workbooks of the "
    "same springs; else of 2016"
)
INDIANA_FILES = "Indiana's ISTEP+ school results of 2017, grades 3-8, and both enrollment workbooks"
(BOSTON,), (LOS_ANGELES,), (MEMPHIS,), (OTHER_MEMPHIS,) = (
    module.NEEDS for module in (fig01, fig03, fig04, memphis_2014)
)
DENVER = Need(
    "denver",
    "denver",
    (2015, 2016),
    DENVER_FILES,
    DENVER_CONTROLS,
    otherwise=(Need("denver", "denver", (2016,), DENVER_FILES, DENVER_CONTROLS),),
)
BOTH_PASSED = {"subjects": ("ela_and_math",), "grades": "all"}
INDIANAPOLIS = Need("indianapolis", "indianapolis", (2017,), INDIANA_FILES, CONTROLS, BOTH_PASSED)

RESULTS = tuple(
    replace(need, optional=True)
    for need in (
        BOSTON,
        LOS_ANGELES,
        replace(
            MEMPHIS,
            files=f"{MEMPHIS.files}; else {OTHER_MEMPHIS.files}",
            otherwise=(OTHER_MEMPHIS,),
        ),
        DENVER,
        INDIANAPOLIS,
    )
)
"""Results of each city. Memphis: percent proficient, else mean scores of another year."""

BY_GRADE = tuple(
    replace(need, options={}) if need.options == BOTH_PASSED else need for need in RESULTS
)
"""The same, of each test and grade by itself where there are such."""

REPORTED = [
    "estimate",
    "std_error",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "n_schools",
    "n_operators",
    "n_rows",
    "note",
]
"""Columns of a fit's effects that the frames of these figures keep."""

NOT_AT_HAND = "no raw file at hand"

ARE_ROWS = "rows of a city"
"""Attribute of a frame that is no panel, but the rows made of one."""


def fit_of(panel: pd.DataFrame, **options: Any) -> Fit:
    """Estimate the differences of a city by the default, of percents or else of mean scores.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> fit_of(aus.load_panel("michigan", [2001]).frame, cluster="district_id").outcome
    'proficient_pct'
    """
    percents = "proficient_pct" in panel and panel["proficient_pct"].notna().any()
    return estimate_effects(panel, "proficient_pct" if percents else "mean_score", **options)


def described(panel: pd.DataFrame) -> dict[str, Any]:
    """Return what a city's rows in a frame say of the results that they were made from."""
    years = sorted({int(year) for year in panel["end_year"]})
    subjects = sorted(panel["subject"].unique())
    return {
        "subject": POOLED if subjects == ["ela", "math"] else ";".join(subjects),
        "assessment": " and ".join(sorted(panel["assessment"].dropna().unique())),
        "end_years": ";".join(map(str, years)),
        "end_year": years[-1],
    }


def of_each(
    inputs: Inputs,
    made: Callable[[str, pd.DataFrame], pd.DataFrame],
    needs: Sequence[Need] = RESULTS,
) -> pd.DataFrame:
    """Make the rows of each city, in the report's order, and one row for each that has none.

    Parameters
    ----------
    inputs : mapping of str to pandas.DataFrame
        Panels of the cities at hand, by the name of their need, or the rows already made.
    made : callable
        Takes place and panel, returns the rows of a city; an `EstimationError` becomes a row with
        the reason in `note`.
    needs : sequence of Need
        What the figure would be drawn from, one a city.

    Returns
    -------
    pandas.DataFrame
        With `place` first. A city without rows has one, with `note` and, if there are results,
        what they are.
    """
    rows = rows_by_city(inputs, made, needs)
    parts = [
        rows[need.name].drop(columns=COLUMN, errors="ignore")
        if need.name in rows
        else pd.DataFrame([{"place": need.place, "note": f"{NOT_AT_HAND}: {need.files}"}])
        for need in needs
    ]
    found = pd.concat(parts, ignore_index=True)
    found.attrs.clear()  # they are rows of all cities
    return found[["place", *(name for name in found if name != "place")]]


def rows_by_city(
    inputs: Inputs,
    made: Callable[[str, pd.DataFrame], pd.DataFrame],
    needs: Sequence[Need] = RESULTS,
) -> dict[str, pd.DataFrame]:
    """Make the rows of each city at hand, which `of_each` takes in the place of its panel.

    So a run can make those of different states side by side.

    Parameters
    ----------
    inputs, made, needs
        As in `of_each`.

    Returns
    -------
    dict of str to pandas.DataFrame
        Rows by the name of the need, with `simulated` if the panel is; what are rows already
        stays as it is.
    """
    held = [(need, inputs[need.name]) for need in needs if need.name in inputs]
    return {
        need.name: panel if ARE_ROWS in panel.attrs else _rows_of(need.place, panel, made)
        for need, panel in held
    }


def _rows_of(
    place: str, panel: pd.DataFrame, made: Callable[[str, pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """Make the rows of a city; without an estimate, one with the reason."""
    try:
        rows = made(place, panel).assign(place=place, **described(panel))
    except EstimationError as problem:
        rows = pd.DataFrame([{"place": place, "note": str(problem), **described(panel)}])
    rows = marked(rows, panel)
    rows.attrs[ARE_ROWS] = True
    return rows


def absent(frame: pd.DataFrame, told: str = "school_type") -> dict[str, str]:
    """Return the cities that a frame has no numbers of, each with the reason.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `of_each` returns it.
    told : str
        Column that a row with numbers fills.
    """
    without = frame[frame[told].isna()] if told in frame else frame
    return {
        str(row["place"]): str(row["note"]).partition(":")[0]
        if str(row["note"]).startswith(NOT_AT_HAND)
        else str(row["note"])
        for row in without.to_dict("records")
    }


def city_label(place: str) -> str:
    """Return the name of a city.

    Examples
    --------
    >>> city_label("los_angeles")
    'Los Angeles'
    """
    return place.replace("_", " ").title()


def city_heading(rows: pd.DataFrame) -> str:
    """Return the name of a city with its test and springs, from its rows."""
    first = rows.iloc[0]
    return f"{city_label(first['place'])}, {_test(first)}, {_springs(first)}"


def drawn(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each city that has some, texts that are missing as empty.

    Raises
    ------
    EstimationError
        If no city has: there is nothing to draw.
    """
    held = frame[frame["school_type"].notna()] if "school_type" in frame else frame.iloc[:0]
    refuse_none(held, frame)
    if "note" in held:
        held = held.assign(note=held["note"].astype("object").fillna(""))
    return [(str(place), rows) for place, rows in held.groupby("place", sort=False)]


def refuse_none(held: pd.DataFrame, frame: pd.DataFrame) -> None:
    """Raise if no city of a frame has rows, and say why of each."""
    if held.empty:
        raise EstimationError(
            "no city has such an estimate: "
            + "; ".join(f"{city_label(place)}, {why}" for place, why in absent(frame).items())
        )


def sources(frame: pd.DataFrame, left_out: Mapping[str, str] | None = None) -> str:
    """Say which test and springs each city was drawn from, and which cities are not shown.

    Parameters
    ----------
    frame : pandas.DataFrame
        With `place`, `assessment` and `end_years`.
    left_out : mapping of str to str, optional
        Cities that are not shown, with the reason; default: those of `absent`.
    """
    left_out = absent(frame) if left_out is None else left_out
    shown = frame[~frame["place"].isin(left_out)].drop_duplicates("place")
    held = [
        f"{city_label(row['place'])}: {_test(row)}, {_springs(row)}"
        for row in shown.to_dict("records")
    ]
    lost = [f"{city_label(place)} ({reason})" for place, reason in left_out.items()]
    return "; ".join(held) + "." + (f" Not shown: {', '.join(lost)}." if lost else "")


def _test(row: Mapping[Hashable, Any] | pd.Series) -> str:
    """Return the test of a row in words."""
    both = ", both tests passed" if row["subject"] == "ela_and_math" else ""
    return f"{row['assessment']}{both}"


def _springs(row: Mapping[Hashable, Any] | pd.Series) -> str:
    """Return the springs of a row in words; a CSV may have made a year a number."""
    return springs(str(row["end_years"]).removesuffix(".0").split(";"))
