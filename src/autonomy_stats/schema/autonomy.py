"""What the report grants each type of school, declared: codes, categories, levels."""

from __future__ import annotations

from autonomy_stats.schema.columns import Column, Table
from autonomy_stats.schema.tables import SCHOOL_TYPES

__all__ = ["AUTONOMY", "AUTONOMY_CATEGORIES", "AUTONOMY_LEVELS", "LEVELS"]

PLACES = ("boston", "los_angeles", "memphis", "denver")
CATEGORIES = (
    "staffing",
    "learning_model",
    "curriculum",
    "budgeting",
    "schedule_calendar",
    "professional_development",
)
CODES = ("full", "partial", "none")
LEVELS = ("high", "middle", "low")
SEEDS = ("001",)

_MODEL = Column("model_id", "text", "Place and type: one model of the report.", required=True)
_CATEGORY = Column(
    "category",
    "text",
    "One of the report's six categories of autonomy.",
    required=True,
    allowed=CATEGORIES,
)
_EVIDENCE = (
    Column("seed", "text", "Text that says so.", required=True, allowed=SEEDS),
    Column(
        "lines",
        "text",
        "Lines of that text, from 1: `2462-2471`; several places are separated by `;`.",
        required=True,
    ),
    Column(
        "cites",
        "text",
        "Name or number that stands in these lines, one for each place of `lines`.",
        required=True,
    ),
)


def _code(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning, required=True, allowed=CODES)


AUTONOMY = Table(
    "autonomy",
    "How much each model decides for itself, category by category (Figures 12 to 22).",
    (
        _MODEL,
        Column("place", "text", "Place.", required=True, allowed=PLACES),
        Column(
            "school_type",
            "text",
            "Governance type in rosters.",
            required=True,
            allowed=SCHOOL_TYPES,
        ),
        Column("figure", "count", "Figure of the report.", required=True),
        _CATEGORY,
        _code(
            "lenient",
            "`full`: the school decides, bound at most by its own approved charter, plan or "
            "agreement, or by leave to lengthen its year or day; `partial`: with a stated limit; "
            "`none`.",
        ),
        _code(
            "strict",
            "As `lenient`, but any stated condition, approval or limit makes `full` `partial`, and "
            "a token say is `none`.",
        ),
        _code("lenient_revised", "`lenient`, where the rule reads otherwise to us: see `note`."),
        _code("strict_revised", "`strict`, where the rule reads otherwise to us: see `note`."),
        Column("contingency", "text", "What the figure's title makes all of it depend on."),
        Column("reason", "text", "Why it is coded so, in our words.", required=True),
        *_EVIDENCE,
        Column("note", "text", "Why a revised code differs."),
    ),
    ("model_id", "category"),
)

AUTONOMY_CATEGORIES = Table(
    "autonomy_categories",
    "The six categories of autonomy, as the report ranks them.",
    (
        Column("rank", "count", "Rank by importance, 1 the highest.", required=True),
        Column("category", "text", "Category of autonomy.", required=True, allowed=CATEGORIES),
        Column("meaning", "text", "What is asked of it, in our words.", required=True),
        *_EVIDENCE,
    ),
    ("category",),
)

AUTONOMY_LEVELS = Table(
    "autonomy_levels",
    "The level of autonomy that the report gives each model; two rows where it gives two.",
    (
        _MODEL,
        Column("level", "text", "Level of autonomy.", required=True, allowed=LEVELS),
        *_EVIDENCE,
        Column("note", "text", "What a reader should know."),
    ),
    ("model_id", "level"),
)
