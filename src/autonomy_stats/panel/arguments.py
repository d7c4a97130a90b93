"""Arguments of a panel, refused where they are not what is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from autonomy_stats.errors import UsageError
from autonomy_stats.schema import CONFIDENCES, MEASURES

__all__ = ["check_choices", "refuse_one_value", "wanted_years"]


def check_choices(table: str, grades: str, measure: str | None, confidence: str) -> None:
    """Refuse arguments that are not among the allowed values."""
    for name, value, allowed in (
        ("table", table, ("achievement", "growth", "demographics")),
        ("grades", grades, ("each", "all")),
        ("measure", measure, (None, *MEASURES)),
        ("confidence", confidence, CONFIDENCES),
    ):
        if value not in allowed:
            raise UsageError(f"{name} must be one of {allowed}; got {value!r}")


def refuse_one_value(end_years: Sequence[int], subjects: Sequence[str]) -> None:
    """Refuse one value where several are expected."""
    for name, values in (("end_years", end_years), ("subjects", subjects)):
        if isinstance(values, (str, int)):
            raise UsageError(f"{name} is a sequence; got {values!r}, write [{values!r}]")


def wanted_years(end_years: Sequence[int]) -> list[int]:
    """Return the wanted spring years in order, each once."""
    try:
        years = sorted({int(year) for year in end_years})
        whole = all(int(year) == float(year) for year in end_years)
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise UsageError(f"end_years are spring years such as 2016; got {end_years!r}")
    if not years:
        raise UsageError("end_years is empty; name at least one spring year, such as [2016]")
    return years
