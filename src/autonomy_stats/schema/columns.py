"""What declares a table: its columns in order, and the columns that name one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BOUNDS", "DTYPES", "Column", "Kind", "Table"]

Kind = Literal["text", "year", "number", "percent", "count"]

DTYPES: dict[Kind, str] = {
    "text": "str",
    "year": "Int64",
    "number": "float64",
    "percent": "float64",
    "count": "float64",
}

BOUNDS: dict[Kind, tuple[float, float]] = {
    "percent": (0, 100),
    "count": (0, float("inf")),
    "year": (1990, 2100),
}
"""Least and greatest number of a kind."""


@dataclass(frozen=True)
class Column:
    """One column of a tidy table.

    Parameters
    ----------
    name : str
        The column's name; it carries the unit.
    kind : {"text", "year", "number", "percent", "count"}
        Percents lie within 0-100, counts and numbers are floats so that they can be missing.
    meaning : str
        One sentence.
    required : bool
        Whether a missing value is an error.
    allowed : tuple of str
        Allowed values of a text column; empty: any.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A tidy table: its columns in order, and the columns that name one row."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]
