"""The tidy tables: each column's meaning, unit, allowed values, and each table's key.

One declaration serves three uses: `validate` checks a frame against it,
`empty` makes a frame of the right columns, and `describe` prints it for the documentation.
"""

from autonomy_stats.schema.checks import conform, describe, empty, validate
from autonomy_stats.schema.columns import Column, Table
from autonomy_stats.schema.grades import ALL_GRADES, by_grade, is_course
from autonomy_stats.schema.lookup import FACT_TABLES, table
from autonomy_stats.schema.tables import (
    CONFIDENCES,
    CONTROLS,
    GRADES,
    MEASURES,
    SCHOOL_TYPES,
    SHARES,
    TABLES,
)

__all__ = [
    "ALL_GRADES",
    "CONFIDENCES",
    "CONTROLS",
    "FACT_TABLES",
    "GRADES",
    "MEASURES",
    "SCHOOL_TYPES",
    "SHARES",
    "TABLES",
    "Column",
    "Table",
    "by_grade",
    "conform",
    "describe",
    "empty",
    "is_course",
    "table",
    "validate",
]
