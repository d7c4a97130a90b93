"""The five cities that are simulated, each with about fifty schools elsewhere in its state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autonomy_stats.facts.read import read_facts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CITIES", "SPANS", "City", "composition", "settings"]

SPANS = {
    "elementary": (0, 5),
    "middle": (6, 8),
    "elementary_middle": (0, 8),
    "high": (9, 12),
}
"""First and last grade of a school of each kind; kindergarten is 0."""

Ids = Callable[[str, int], tuple[str, str]]
"""Gives district and school id of the n-th school that no roster names, by its group."""


@dataclass(frozen=True)
class City:
    """A city, and how its state numbers and tests its schools.

    Parameters
    ----------
    place, state : str
        The place, and the state in lower case.
    end_years : tuple of int
        Spring years that are simulated.
    grades : tuple of int
        Grades that are tested.
    subjects : tuple of str
        What is tested; `ela_and_math` where the state publishes how many passed both.
    growth : {"", "sgp_median", "mgp", "tvaas_level"}
        Measure of growth; empty: none.
    fewest : int
        Fewest students tested in a group whose results are shown.
    floor : float
        Least expected share proficient in a group. Tennessee does not show a share below 5 %,
        so that an estimate from lower ones would be off for that alone.
    ceiling : float
        Largest expected share.
    ids : callable
        Ids of the schools that no roster names.
    district : callable
        District of a school that the roster names, by its id and type.
    """

    place: str
    state: str
    end_years: tuple[int, ...]
    grades: tuple[int, ...]
    subjects: tuple[str, ...]
    growth: str
    fewest: int
    ids: Ids
    district: Callable[[str, str], str]
    floor: float = 0.03
    ceiling: float = 0.97


def _massachusetts(group: str, number: int) -> tuple[str, str]:
    if group == "elsewhere":
        district = f"{801 + number % 10:04d}"
        return district, f"{district}{1 + number // 10:04d}"
    return "0035", f"0035{5001 + number}"


def _california(group: str, number: int) -> tuple[str, str]:
    if group == "elsewhere":
        district = f"1999{901 + number % 10}"
        return district, f"{district}{9900001 + number}"
    return "1964733", f"1964733{9500001 + number}"


def _tennessee(group: str, number: int) -> tuple[str, str]:
    if group == "elsewhere":
        district = str(901 + number % 10)
        return district, f"{district}-{5 + 5 * (number // 10)}"
    return "792", f"792-{9000 + number}"


def _colorado(group: str, number: int) -> tuple[str, str]:
    elsewhere = group == "elsewhere"
    return (
        (f"{9010 + 10 * (number % 10)}", f"{9001 + number}")
        if elsewhere
        else (
            "0880",
            f"{5001 + number}",
        )
    )


def _indiana(group: str, number: int) -> tuple[str, str]:
    elsewhere = group == "elsewhere"
    return (
        (f"{8801 + number % 10}", f"{8001 + number}")
        if elsewhere
        else (
            "5385",
            f"{7001 + number}",
        )
    )


def _corporation(school: str, kind: str) -> str:
    """Return the corporation of a school: a charter school is one of its own."""
    return f"9{school[1:]}" if kind == "independent_charter" else "5385"


THROUGH_8 = (3, 4, 5, 6, 7, 8)
BOTH = ("ela", "math")

CITIES: tuple[City, ...] = (
    City(
        "boston",
        "massachusetts",
        (2015, 2016),
        THROUGH_8,
        BOTH,
        growth="sgp_median",
        fewest=10,
        ids=_massachusetts,
        district=lambda school, kind: school[:4],
    ),
    City(
        "los_angeles",
        "california",
        (2015, 2016),
        (*THROUGH_8, 11),
        BOTH,
        growth="",
        fewest=11,
        ids=_california,
        district=lambda school, kind: school[:7],
    ),
    City(
        "memphis",
        "tennessee",
        (2015,),
        THROUGH_8,
        BOTH,
        growth="tvaas_level",
        fewest=10,
        ids=_tennessee,
        district=lambda school, kind: school.split("-")[0],
        floor=0.15,
        ceiling=0.85,
    ),
    City(
        "denver",
        "colorado",
        (2015, 2016, 2017),
        (*THROUGH_8, 9),
        BOTH,
        growth="mgp",
        fewest=16,
        ids=_colorado,
        district=lambda school, kind: "0880",
    ),
    City(
        "indianapolis",
        "indiana",
        (2016, 2017),
        THROUGH_8,
        (*BOTH, "ela_and_math"),
        growth="sgp_median",
        fewest=10,
        ids=_indiana,
        district=_corporation,
        ceiling=0.74,
    ),
)


def settings(place: str) -> dict[str, float]:
    """Return the constants of a city by name: its own, else those of all cities.

    Examples
    --------
    >>> settings("boston")["school_sd"]
    8.5
    """
    frame = read_facts("simulation_settings")
    own = frame[frame["place"].isin(["any", place])].sort_values(
        "place", key=lambda names: names == place, kind="stable"
    )
    return dict(zip(own["name"], own["value"].astype(float), strict=True))


def composition(place: str) -> pd.DataFrame:
    """Return who attends the schools of a city, one row a type, indexed by it.

    Examples
    --------
    >>> composition("denver").loc["innovation", "hispanic_pct"]
    np.float64(56.0)
    """
    frame = read_facts("simulated_schools")
    return frame[frame["place"] == place].set_index("school_type")
