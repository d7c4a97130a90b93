"""Breaks of comparability, declared."""

from __future__ import annotations

from autonomy_stats.schema.columns import Column, Table
from autonomy_stats.schema.tables import CONFIDENCES, MEASURES

__all__ = ["BREAKS"]

TIDY = ("achievement", "growth", "demographics")
KINDS = ("new_test", "new_form", "new_measure", "new_definition", "no_testing")
SIDES = ("from", "to", "both")

BREAKS = Table(
    "breaks",
    "Where results, growth or shares of one year do not compare with those of the year before.",
    (
        Column("break_id", "text", "State and what broke.", required=True),
        Column("state", "text", "State, in lower case.", required=True),
        Column("table", "text", "Tidy table that it is in.", required=True, allowed=TIDY),
        Column("subject", "text", "Subjects, separated by `;`; missing: every one."),
        Column("grades", "text", "Grades, separated by `;`; missing: every one."),
        Column(
            "measure",
            "text",
            f"Growth measures on either side, separated by `;`: {', '.join(MEASURES)}.",
        ),
        Column(
            "kind",
            "text",
            "`new_test`: another test, or the same with new standards and cut scores; `new_form`: "
            "a shorter test on the same scale; `new_measure` of growth; `new_definition` of a "
            "share; `no_testing`: years without results.",
            required=True,
            allowed=KINDS,
        ),
        Column(
            "from_series",
            "text",
            "`series` before the break; in demographics, `low_income_definition`.",
            required=True,
        ),
        Column(
            "to_series",
            "text",
            "The same after it. The same text: the series goes on, and estimates pool it.",
            required=True,
        ),
        Column("last_end_year", "year", "Last spring before the break.", required=True),
        Column("first_end_year", "year", "First spring after it.", required=True),
        Column(
            "outside",
            "text",
            "Side that no layout of this package reads: `from`, `to` or `both`.",
            allowed=SIDES,
        ),
        Column("source", "text", "Who says so, where and when.", required=True),
        Column("url", "text", "Address of what was read.", required=True),
        Column(
            "confidence",
            "text",
            "`documented`: the agency, or the state, says so in its own words; `inferred`: others "
            "do, or it follows from something else.",
            required=True,
            allowed=CONFIDENCES,
        ),
        Column("note", "text", "What changed, and what a reader should know.", required=True),
    ),
    ("break_id",),
)
