"""The schools of a simulated state: ids, types, sizes and who attends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autonomy_stats.facts import load_roster, types_in
from autonomy_stats.mark import MARK
from autonomy_stats.simulate.cities import SPANS, City, composition, settings
from autonomy_stats.simulate.truth import Truth

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["RACES", "TRAITS", "draw_schools"]

RACES = ("black", "hispanic", "asian", "white", "multiracial")
TRAITS = ("english_learner", "low_income", "disability")

CHARTERS = {
    "independent_charter": "charter",
    "asd_charter": "charter",
    "affiliated_charter": "charter_local",
}
"""Sector of a charter of each type; in California an independent one is directly funded."""

LEAST_SHARE = 0.02
"""Least mean share of a race, so that each occurs."""


def draw_schools(city: City, truth: Truth, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the schools of a state: the city's, of its roster and beyond, and some elsewhere.

    Parameters
    ----------
    city : City
        City to draw.
    truth : Truth
        Its `unobserved_selection` and `misclassified` are used here.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    pandas.DataFrame
        One row a school: `school_id, district_id, school_name, group, sector, span`; one column
        `rostered_YEAR` and one `type_YEAR` a spring, the type by the roster and the type that the
        results are drawn with (missing: not open);
        `tested_a_grade`; shares 0-1 of each race and trait; `unseen`, what the controls do not
        see, in standard deviations between schools.
    """
    schools = _listed(city)
    schools = _with_types(city, schools, truth, rng)
    schools["school_name"] = [f"{MARK} school {n}" for n in range(1, len(schools) + 1)]
    schools["sector"] = _sectors(city, schools)
    schools = _with_shares(city, schools, rng)
    constants = settings(city.place)
    schools["span"] = _spans(city, len(schools), constants, rng)
    shift = schools["group"].map(truth.of(city.place, "unobserved_selection")).fillna(0.0)
    schools["unseen"] = rng.normal(size=len(schools)) + shift.to_numpy()
    return schools


def _listed(city: City) -> pd.DataFrame:
    """Return the ids of all schools and their group: type as the roster has it, or elsewhere."""
    import pandas as pd

    roster = load_roster(city.place)
    known = pd.concat([types_in(roster, year) for year in city.end_years])
    known = known.drop_duplicates("school_id", keep="last")
    rows = [
        (school, city.district(school, kind), kind)
        for school, kind in zip(known["school_id"], known["school_type"], strict=True)
    ]
    rostered = known["school_type"].value_counts()
    number = {"city": 0, "elsewhere": 0}
    for kind, wanted in composition(city.place)["n_schools"].dropna().items():
        side = "elsewhere" if kind == "elsewhere" else "city"
        for _ in range(int(wanted) - int(rostered.get(kind, 0))):
            district, school = city.ids(side, number[side])
            number[side] += 1
            rows.append((school, district, str(kind)))
    return pd.DataFrame(rows, columns=["school_id", "district_id", "group"])


def _with_types(
    city: City, schools: pd.DataFrame, truth: Truth, rng: np.random.Generator
) -> pd.DataFrame:
    """Add the type of each spring; some schools are of another type than the roster says."""
    roster = load_roster(city.place)
    ever = set(roster["school_id"])
    swapped = _swapped(schools["group"], truth.of(city.place, "misclassified"), rng)
    columns = {}
    for year in city.end_years:
        held = types_in(roster, year).set_index("school_id")["school_type"]
        own = schools["school_id"].map(held)
        beyond = ~schools["school_id"].isin(ever)
        own = own.where(~beyond, schools["group"])
        columns[f"rostered_{year}"] = own
        columns[f"type_{year}"] = own.where(swapped.isna() | own.isna(), swapped)
    return schools.assign(**columns)


def _swapped(groups: pd.Series, shares: dict[str, float], rng: np.random.Generator) -> pd.Series:
    """Return the true type of the schools whose type is wrong in the roster, else missing."""
    import pandas as pd

    true = pd.Series(None, index=groups.index, dtype="str")
    for kind, share in shares.items():
        members = groups.index[groups == kind]
        others = groups.index[(groups == "traditional") & true.isna()]
        number = min(round(share * len(members)), len(others))
        true[rng.choice(members, number, replace=False)] = "traditional"
        true[rng.choice(others, number, replace=False)] = kind
    return true


def _sectors(city: City, schools: pd.DataFrame) -> pd.Series:
    """Return the sector that the state's directory gives each school."""
    sector = schools["group"].map(CHARTERS).fillna("district").astype("str")
    if city.state == "california":
        sector = sector.replace("charter", "charter_direct")
    return sector.mask(schools["group"] == "asd_direct", "other")


def _with_shares(city: City, schools: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw each school's size and shares of students around the means of its type."""
    constants = settings(city.place)
    means = composition(city.place).drop(columns=["place", "source"])
    known = schools["group"].where(schools["group"].isin(means.index), "traditional")
    mean = means.loc[known].reset_index(drop=True).astype(float)
    race = mean[[f"{name}_pct" for name in RACES[:-1]]].to_numpy() / 100
    race = np.column_stack([race, 1 - race.sum(axis=1)]).clip(min=LEAST_SHARE)
    race /= race.sum(axis=1, keepdims=True)
    drawn = rng.gamma(constants["race_concentration"] * race)
    drawn = (drawn + 1e-6) / (drawn + 1e-6).sum(axis=1, keepdims=True)
    away = drawn - race
    slopes = {
        "low_income": constants["low_income_on_white"] * away[:, RACES.index("white")],
        "english_learner": (
            constants["english_learner_on_hispanic"] * away[:, RACES.index("hispanic")]
        ),
        "disability": np.zeros(len(race)),
    }
    columns = dict(zip(RACES, drawn.T, strict=True))
    for trait in TRAITS:
        centre = mean[f"{trait}_pct"].to_numpy() / 100
        noise = constants["share_noise"] * rng.normal(size=len(race))
        columns[trait] = _expit(_logit(centre) + slopes[trait] + noise)
    spread = constants["size_sd"]
    size = mean["tested_a_grade"] * np.exp(spread * rng.normal(size=len(race)) - spread**2 / 2)
    return schools.assign(tested_a_grade=size, **columns)


def _spans(
    city: City, number: int, constants: dict[str, float], rng: np.random.Generator
) -> NDArray[np.str_]:
    """Draw the span of grades of each school."""
    names = [n for n in SPANS if constants[f"share_{n}"] > 0]
    shares = np.array([constants[f"share_{n}"] for n in names])
    return rng.choice(names, size=number, p=shares / shares.sum())


def _logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = share.clip(0.01, 0.99)
    logit: NDArray[np.float64] = np.log(inside / (1 - inside))
    return logit


def _expit(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
    return share
