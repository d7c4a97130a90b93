"""Beyond the report: all cities in standard deviations of students, pooled, beside other studies.

A city's difference in percent proficient becomes standard deviations by the probit at its district
schools' rate; one in normal curve equivalents is divided by their standard deviation. In-district
autonomous schools are those of the report's eleven models, and Indianapolis' innovation network:
all of a city as one type, since a city may enter the pooled mean once only. The mean is by random
effects (REML, interval of Hartung and Knapp), of the cities with enough schools to judge.

Estimates by others are those of the shipped table that satisfy, column by column: `scale` is in
standard deviations of student scores, `comparison` is `traditional`, an `estimate` was read, and
`method` is neither `ols` nor `raw`. They follow students from earlier scores, mostly for each year
enrolled: their direction can be compared, their size cannot.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.figures.base import Facts, Inputs
from autonomy_stats.figures.cities_drawn import (
    AUTONOMOUS,
    CHARTERS,
    OTHERS,
    draw_cities,
    spoken,
    told,
)
from autonomy_stats.figures.differences import in_order
from autonomy_stats.figures.five_cities import BY_GRADE, fit_of, of_each, rows_by_city
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.models.partial_residuals import reference_mean
from autonomy_stats.models.pooled import pool
from autonomy_stats.models.standardize import scale_gap_sd, to_student_sd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from autonomy_stats.models import Fit

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "alternative_text", "caption", "cities", "data", "draw"]

FIGURE_ID = "cities"
TITLE = "All cities in standard deviations of students (our addition)"
NEEDS = (*BY_GRADE, Facts("external_estimates"))

MODELS: Mapping[str, tuple[str, ...]] = {
    "boston": ("pilot", "innovation", "horace_mann", "turnaround"),
    "los_angeles": (
        "pilot",
        "affiliated_charter",
        "local_initiative",
        "esbmm",
        "network_partner",
    ),
    "memphis": ("izone",),
    "denver": ("innovation",),
    "indianapolis": ("innovation_network",),
}
"""In-district autonomous types of each city."""

NCE_SD = 21.06
"""Standard deviation of normal curve equivalents among students, by their definition."""

SCALES = ("student_sd", "student_sd_per_year")
PLAIN = ("ols", "raw")
"""Methods of other studies that compare as these figures do, or with less."""

KEPT = [
    "band",
    "kind",
    "place",
    "school_type",
    "reference",
    "outcome",
    "subject",
    "level",
    "estimate",
    "std_error",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "prediction_low",
    "prediction_high",
    "n_schools",
    "n_schools_reference",
    "n_places",
    "tau2",
    "estimate_points",
    "std_error_points",
    "reference_mean",
    "assessment",
    "end_years",
    "end_year",
    "study",
    "model",
    "method",
    "scale",
    "n_estimates",
    "n_left_out",
    "note",
]
"""Columns of the frame."""


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the differences of the cities in student standard deviations, pooled, and others'.

    Returns
    -------
    pandas.DataFrame
        `band`: `charters`, `autonomous`, `other studies`. `kind`: `city` (all schools of the
        band), `type` (one type of them), `pooled` (with the prediction interval for another such
        city), `study`. `estimate`, `std_error` and the interval are in standard deviations of
        students, `estimate_points` and `std_error_points` in the outcome's unit. A city without
        results has one row, with the reason in `note`.
    """
    own = of_each(inputs, _city, BY_GRADE)
    pooled = [_pooled(own, band) for band in (CHARTERS, AUTONOMOUS)]
    found = pd.concat([own, *pooled, _others(inputs["external_estimates"])], ignore_index=True)
    return found.reindex(columns=KEPT)


def cities(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the rows of each city at hand, which `data` puts together."""
    return rows_by_city(inputs, _city, BY_GRADE)


def _city(place: str, panel: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of a city: each type's, and of all its autonomous schools."""
    fit = fit_of(panel)
    types = in_order(set(MODELS[place]) & set(fit.effects.dropna(subset="estimate")["school_type"]))
    charters = _rows(fit, ["independent_charter"], CHARTERS, "city")
    if len(types) < 2:
        return pd.concat([charters, _rows(fit, types, AUTONOMOUS, "city")])
    one = panel["school_type"].where(~panel["school_type"].isin(types), AUTONOMOUS)
    together = fit_of(panel.assign(school_type=one))
    city = _rows(together, [AUTONOMOUS], AUTONOMOUS, "city")
    return pd.concat([charters, city, _rows(fit, types, AUTONOMOUS, "type")])


def _rows(fit: Fit, types: list[str], band: str, kind: str) -> pd.DataFrame:
    """Return differences of a fit in student standard deviations."""
    mean = reference_mean(fit)
    effects = fit.effects[fit.effects["school_type"].isin(types)]
    rows = [row | _in_sd(fit, row, mean) for row in effects.to_dict("records")]
    points = {"estimate_points": effects["estimate"], "std_error_points": effects["std_error"]}
    return pd.DataFrame(rows, columns=effects.columns, index=effects.index).assign(
        **points,
        band=band,
        kind=kind,
        outcome=fit.outcome,
        level="all",
        reference=fit.reference,
        reference_mean=mean,
        n_schools_reference=fit.schools(fit.reference),
    )


def _in_sd(fit: Fit, row: Mapping[Hashable, Any], mean: float) -> dict[str, Any]:
    """Return an estimate and its interval in student standard deviations, or why it has none."""
    ends = ("estimate", "std_error", "conf_low", "conf_high")
    values = {name: float(row[name]) for name in ends}
    if fit.outcome != "proficient_pct":
        return {name: scale_gap_sd(value, NCE_SD) for name, value in values.items()}
    try:
        found = to_student_sd(reference_pct=mean, **values)
    except EstimationError as problem:
        return dict.fromkeys(ends, np.nan) | {"note": str(problem)}
    return {name: getattr(found, name) for name in ends}


def _pooled(own: pd.DataFrame, band: str) -> pd.DataFrame:
    """Return the random-effects mean over the cities that can be judged."""
    if "band" not in own:
        return pd.DataFrame()
    cities = own[(own["band"] == band) & (own["kind"] == "city") & (own["note"] == "")]
    if cities.empty:
        return pd.DataFrame()
    mean = pool(cities["estimate"], cities["std_error"])
    names = ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high", "tau2", "note")
    row = {name: getattr(mean, name) for name in names}
    row |= {"prediction_low": mean.prediction_low, "prediction_high": mean.prediction_high}
    row |= {"n_places": mean.n, "n_schools": cities["n_schools"].sum()}
    row |= {"n_schools_reference": cities["n_schools_reference"].sum()}
    places = {"place": "several", "school_type": band, "reference": cities["reference"].iloc[0]}
    years = {"end_years": ";".join(sorted({*";".join(cities["end_years"]).split(";")}))}
    tests = {"assessment": "; ".join(cities["assessment"])}
    return pd.DataFrame([{"band": band, "kind": "pooled", **places, **row, **tests, **years}])


def _others(table: pd.DataFrame) -> pd.DataFrame:
    """Return the estimates of other studies that satisfy the rule of this module."""
    kept = (
        table["scale"].isin(SCALES)
        & (table["comparison"] == "traditional")
        & table["estimate"].notna()
        & ~table["method"].isin(PLAIN)
    )
    rows = table[kept].assign(band=OTHERS, kind="study", reference="traditional")
    counts = {"n_estimates": len(rows), "n_left_out": int((~kept).sum())}
    return rows.assign(end_years=rows["years"], note="", **counts)


def estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return no row for the table of estimates: these are other figures' own in another unit."""
    return frame.iloc[:0]


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    return told(frame)


def alternative_text(frame: pd.DataFrame) -> str:
    """Return the figure in words: each band's estimates."""
    return f"{TITLE}. {spoken(frame)}"


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw the cities with their pooled means, and apart from them the other studies."""
    return draw_cities(frame, TITLE)
