"""Tidy tables of simulated students, with what each state hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.schema import conform
from autonomy_stats.simulate.cities import City
from autonomy_stats.simulate.growth_levels import value_added_levels
from autonomy_stats.simulate.schools import RACES, TRAITS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.simulate.students import Spring

    Floats = NDArray[np.float64]

__all__ = ["achievement", "demographics", "directory", "levels", "median_percentiles"]

SERIES = "simulated"
ASSESSMENTS = {"tennessee": "TCAP"}

DIGITS = {"massachusetts": 0, "colorado": 1, "tennessee": 1}
"""Decimals of a percent proficient that a state publishes; California's writer rounds itself."""

SHARE_DIGITS = {"massachusetts": 1, "tennessee": 1}
"""Decimals of a share of students, where a state publishes the share and not the count."""

CENSORED = {"tennessee": (5.0, 95.0)}
"""Percents below and above which a state shows a mark only."""

FEWEST_WITH_GROWTH = 20
"""Fewest students whose median growth percentile Massachusetts and Colorado show."""

PARCC = dict.fromkeys(range(3, 13), 750.0)
SMARTER_BALANCED: dict[str, dict[int, float]] = {
    "ela": {3: 2432, 4: 2473, 5: 2502, 6: 2531, 7: 2552, 8: 2567, 11: 2583},
    "math": {3: 2436, 4: 2485, 5: 2528, 6: 2552, 7: 2567, 8: 2586, 11: 2628},
}
SCALES: dict[str, tuple[dict[str, dict[int, float]], float, tuple[float, float]]] = {
    "massachusetts": ({"ela": PARCC, "math": PARCC}, 35.0, (650.0, 850.0)),
    "colorado": ({"ela": PARCC, "math": PARCC}, 35.0, (650.0, 850.0)),
    "california": (SMARTER_BALANCED, 95.0, (2000.0, 3000.0)),
}
"""Score that meets the standard by grade (PARCC; Smarter Balanced), a student's standard
deviation (about 35 and 95 points in both consortia's technical reports), and the ends."""


def achievement(
    city: City, schools: pd.DataFrame, spring: Spring, *, groups: bool = False
) -> pd.DataFrame:
    """Return the tidy table of results: each grade and all, of all students or each group too.

    Parameters
    ----------
    city, schools, spring
        As in `draw_spring`.
    groups : bool
        Whether groups of students have rows.
    """
    import pandas as pd

    members: dict[str, NDArray[np.bool_]] = {"all": np.ones(int(spring.tested.sum()), bool)}
    if groups:
        held = {name: flags[spring.tested] for name, flags in spring.traits.items()}
        members |= held
        members |= {"not_low_income": ~held["low_income"], "no_disability": ~held["disability"]}
    parts = [
        _results(city, spring, subject, group, flags)
        for subject in city.subjects
        for group, flags in members.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    return conform(_named(city, schools, spring, rows), "achievement")


def _results(
    city: City, spring: Spring, subject: str, group: str, flags: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return the rows of a subject and group: those of grades, then of all grades together."""
    import pandas as pd

    cell = spring.tested_cell
    count = len(spring.cells)
    score = _scores(city, spring, subject)
    sums = spring.cells.assign(
        n_tested=np.bincount(cell, weights=flags, minlength=count),
        proficient_n=np.bincount(cell, weights=flags & spring.proficient[subject], minlength=count),
        total=np.bincount(cell, weights=np.where(flags, score, 0.0), minlength=count),
        enrolled=np.bincount(spring.cell, minlength=count),
    )
    sums = sums[sums["grade"].isin(city.grades)]
    whole = sums.groupby("school", as_index=False).sum().assign(grade=-1)
    rows = pd.concat([sums, whole], ignore_index=True)
    rows = rows[rows["n_tested"] > 0]
    tested = rows["n_tested"]
    percent = 100 * rows["proficient_n"] / tested
    low, high = CENSORED.get(city.state, (-1.0, 101.0))
    enough = tested >= city.fewest
    extreme = enough & ~percent.between(low, high)
    shown, above = enough & ~extreme, percent > high
    percent = _rounded(percent.where(shown), DIGITS.get(city.state))
    mean = (rows["total"] / tested).where(shown)
    if city.state == "california":
        mean = mean.where(rows["grade"] > 0)  # of all grades together it means nothing
    hidden_too = city.state in ("massachusetts", "indiana", "tennessee")
    return pd.DataFrame(
        {
            "school": rows["school"],
            "subject": subject,
            "grade": _grade_names(rows["grade"]),
            "student_group": group,
            "assessment": ASSESSMENTS.get(city.state, SERIES),
            "series": SERIES,
            "n_tested": tested.where(enough | (not hidden_too)),
            "n_tested_status": "reported",
            "participation_pct": 100 * tested / rows["enrolled"] if group == "all" else np.nan,
            "proficient_n": rows["proficient_n"].where(shown),
            "proficient_pct": percent,
            "proficient_pct_low": percent.fillna(0.0).mask(extreme & above, high),
            "proficient_pct_high": percent.fillna(100.0).mask(extreme & ~above, low),
            "mean_score": mean,
            "status": np.select([shown, extreme], ["reported", "censored"], "suppressed"),
        }
    )


def _rounded(percent: pd.Series, digits: int | None) -> pd.Series:
    """Return percents as a state rounds them."""
    return percent if digits is None else percent.round(digits)


def _scores(city: City, spring: Spring, subject: str) -> Floats:
    """Return the scale score of each student tested; missing where the state shows none."""
    if city.state not in SCALES:
        return np.full(int(spring.tested.sum()), np.nan)
    cuts, spread, (lowest, highest) = SCALES[city.state]
    grade = spring.cells["grade"].to_numpy()[spring.tested_cell]
    cut = np.array([cuts[subject].get(one, 0.0) for one in range(13)])[grade]
    # Within a group of like students the latent score has a standard deviation of one; over all
    # of a state's students about 1.15.
    score: Floats = np.rint(cut + spread / 1.15 * spring.latent[subject]).clip(lowest, highest)
    return score


def median_percentiles(
    city: City, schools: pd.DataFrame, spring: Spring, percentiles: Mapping[str, Floats]
) -> pd.DataFrame:
    """Return the tidy table of growth from students' percentiles: each grade and all."""
    import pandas as pd

    cells = spring.cells.iloc[spring.tested_cell].reset_index(drop=True)
    parts = []
    for subject, values in percentiles.items():
        students = cells.assign(value=values).dropna(subset=["value"])
        whole = students.assign(grade=-1)
        groups = pd.concat([students, whole]).groupby(["school", "grade"])["value"]
        rows = groups.agg(value="median", n_students="count").reset_index()
        shown = rows["n_students"] >= FEWEST_WITH_GROWTH
        parts.append(
            rows.assign(
                subject=subject,
                grade=_grade_names(rows["grade"]),
                series=SERIES,
                measure=city.growth,
                value=rows["value"].where(shown),
                status=np.where(shown, "reported", "suppressed"),
            )
        )
    return conform(_named(city, schools, spring, pd.concat(parts)), "growth")


def levels(
    city: City, schools: pd.DataFrame, spring: Spring, indices: Mapping[str, Floats]
) -> pd.DataFrame:
    """Return the tidy table of growth from schools' growth indices: levels 1-5."""
    import pandas as pd

    both = {"ela_and_math": (indices["ela"] + indices["math"]) / np.sqrt(2)}
    parts = [
        pd.DataFrame(
            {
                "school": np.arange(len(schools)),
                "subject": subject,
                "grade": "all",
                "series": SERIES,
                "measure": "tvaas_level",
                "value": value_added_levels(index),
                "status": "reported",
            }
        )[np.isfinite(index)]
        for subject, index in {**indices, **both, "composite": both["ela_and_math"]}.items()
    ]
    return conform(_named(city, schools, spring, pd.concat(parts)), "growth")


def demographics(city: City, schools: pd.DataFrame, spring: Spring) -> pd.DataFrame:
    """Return the tidy table of who is enrolled in each school, in all its grades."""
    import pandas as pd

    school = spring.cells["school"].to_numpy()[spring.cell]
    enrolled = np.bincount(school, minlength=len(schools))
    rows = pd.DataFrame({"school": np.flatnonzero(enrolled)})
    total = enrolled[rows["school"]]
    rows["enrollment"] = total.astype(float)
    for name in (*RACES, *TRAITS):
        held = np.bincount(school, weights=spring.traits[name], minlength=len(schools))
        rows[f"{name}_pct"] = _rounded(
            100 * pd.Series(held[rows["school"]] / total), SHARE_DIGITS.get(city.state)
        )
    for name in ("native_american", "pacific_islander"):
        rows[f"{name}_pct"] = 0.0
    rows["low_income_definition"] = SERIES
    return conform(_named(city, schools, spring, rows), "demographics")


def directory(city: City, schools: pd.DataFrame, spring: Spring) -> pd.DataFrame:
    """Return the tidy table of what the state says each school is."""
    import pandas as pd

    rows = pd.DataFrame({"school": sorted(set(spring.cells["school"]))})
    rows["sector"] = schools["sector"].to_numpy()[rows["school"]]
    rows["locality"] = "Anytown"
    return conform(_named(city, schools, spring, rows), "directory")


def _named(city: City, schools: pd.DataFrame, spring: Spring, rows: pd.DataFrame) -> pd.DataFrame:
    """Add to rows what names a school and year."""
    who = schools.iloc[rows["school"].to_numpy()].reset_index(drop=True)
    rows = rows.drop(columns="school").reset_index(drop=True)
    return rows.assign(
        state=city.state,
        end_year=spring.end_year,
        district_id=who["district_id"],
        school_id=who["school_id"],
        school_name=who["school_name"],
    )


def _grade_names(grade: pd.Series) -> pd.Series:
    """Return grades as the tables name them; -1 is all of them."""
    return grade.map(lambda number: "all" if number < 0 else f"{number:02d}").astype("str")
