"""What the simulation of state files starts from, declared: constants with sources, a truth."""

from __future__ import annotations

from autonomy_stats.schema.columns import Column, Table
from autonomy_stats.schema.tables import SCHOOL_TYPES

__all__ = ["QUANTITIES", "SIMULATED_SCHOOLS", "SIMULATED_TRUTH", "SIMULATION_SETTINGS"]

QUANTITIES = ("proficient_pct", "growth", "unobserved_selection", "misclassified")

_PLACE = Column("place", "text", "City.", required=True)
_SOURCE = Column("source", "text", "Where the numbers are from, or that they are assumed.")

SIMULATED_SCHOOLS = Table(
    "simulated_schools",
    "Who attends the simulated schools of each city, by governance type.",
    (
        _PLACE,
        Column(
            "school_type",
            "text",
            "Governance type; `elsewhere`: schools of the state outside the city.",
            required=True,
            allowed=(*SCHOOL_TYPES, "elsewhere"),
        ),
        Column("n_schools", "count", "Schools; missing: those that the city's roster names."),
        Column("black_pct", "percent", "Mean share of Black students.", required=True),
        Column("hispanic_pct", "percent", "Mean share of Hispanic students.", required=True),
        Column("asian_pct", "percent", "Mean share of Asian students.", required=True),
        Column("white_pct", "percent", "Mean share of White students.", required=True),
        Column("english_learner_pct", "percent", "Mean share of English learners.", required=True),
        Column("low_income_pct", "percent", "Mean share of low-income students.", required=True),
        Column("disability_pct", "percent", "Mean share with disabilities.", required=True),
        Column("tested_a_grade", "count", "Mean number of students tested in a grade.", True),
        _SOURCE,
    ),
    ("place", "school_type"),
)

SIMULATION_SETTINGS = Table(
    "simulation_settings",
    "Other constants of the simulation.",
    (
        Column("place", "text", "City; `any`: all of them.", required=True),
        Column("name", "text", "What it is.", required=True),
        Column("value", "number", "Its value.", required=True),
        _SOURCE,
    ),
    ("place", "name"),
)

SIMULATED_TRUTH = Table(
    "simulated_truth",
    "The true associations that simulated students are drawn with.",
    (
        _PLACE,
        Column(
            "school_type", "text", "Governance type.", required=True, allowed=SCHOOL_TYPES[1:-1]
        ),
        Column(
            "quantity",
            "text",
            "`proficient_pct`: difference from traditional schools of the same composition, in "
            "percentage points; `growth`: the same in points of the median growth percentile, in "
            "Memphis in levels of TVAAS (1-5); `unobserved_selection`: mean of what the controls "
            "do not see of the schools of the type, in standard deviations between schools; "
            "`misclassified`: share (0-0.5) of the type's schools that are really traditional, "
            "while as many traditional ones are of the type.",
            required=True,
            allowed=QUANTITIES,
        ),
        Column("value", "number", "Its value; what no row names is 0.", required=True),
        _SOURCE,
    ),
    ("place", "school_type", "quantity"),
)
