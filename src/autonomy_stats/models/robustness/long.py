"""All parts of a result in one long table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from autonomy_stats.mark import marked
from autonomy_stats.models.robustness.choices import CHOICE_NAMES

if TYPE_CHECKING:
    from autonomy_stats.models.robustness.curve import SpecificationCurve
    from autonomy_stats.models.robustness.result import Robustness

__all__ = ["COLUMNS", "long_table"]

ESTIMATE = ["estimate", "std_error", "df", "p_value", "conf_low", "conf_high", "n_schools"]
COLUMNS = ["part", "school_type", "name", *ESTIMATE, "quantity", "value", "note"]

TEXTS = ("part", "school_type", "name", "quantity", "note")


@dataclass(frozen=True)
class Layout:
    """Which columns of a part name a row, and which are values beside an estimate."""

    names: tuple[str, ...]
    values: tuple[str, ...] = ()


LAYOUTS = {
    "variations": Layout(("variation", "subset")),
    "sensitivity": Layout(
        ("benchmark", "times"),
        (
            "partial_r2",
            "robustness_value",
            "robustness_value_interval",
            "between_share",
            "robustness_value_between",
            "extreme_value_between",
        ),
    ),
    "balance": Layout(
        ("control",),
        (
            "mean",
            "mean_reference",
            "std_difference",
            "variance_ratio",
            "std_difference_adjusted",
            "std_difference_reference",
            "n_effective",
            "n_effective_adjusted",
            "negative_weight_pct",
        ),
    ),
    "misclassification": Layout(("moves", "direction", "n_moved")),
    "influence": Layout(("left_out", "name", "which"), ("change",)),
    "overlap": Layout((), ("n_beyond", "beyond_pct", "estimate_all")),
    "heterogeneity": Layout(("variation", "subset")),
}


def long_table(result: Robustness) -> pd.DataFrame:
    """Return all parts of a result below each other; see `Robustness.to_frame`."""
    tables = []
    for part in result.parts:
        made = getattr(result, part)
        tables.append(_curve(made) if part == "curve" else _long(part, made, LAYOUTS[part]))
    tables += [
        pd.DataFrame([{"part": part, "name": "not made", "note": why}])
        for part, why in result.problems.items()
    ]
    found = [table.reindex(columns=COLUMNS) for table in tables if len(table)]
    whole = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
    texts = {name: whole[name].astype("object").fillna("").astype("str") for name in TEXTS}
    return marked(whole.assign(**texts), result)


def _long(part: str, frame: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """Return a part's estimates, then its values, one row each."""
    base = frame.assign(part=part, name=_names(frame, layout.names))
    if "note" not in base:
        base["note"] = ""
    tables = [base] if "estimate" in base else []
    for column in layout.values:
        known = base[base[column].notna()]
        kept = known[["part", "school_type", "name", "note"]]
        tables.append(kept.assign(quantity=column, value=known[column].astype("float64")))
    if "estimate" not in base:
        without = base[list(layout.values)].isna().all(axis=1)
        tables.append(base.loc[without, ["part", "school_type", "name", "note"]])
    return pd.concat([table.reindex(columns=COLUMNS) for table in tables if len(table)])


def _curve(curve: SpecificationCurve) -> pd.DataFrame:
    """Return the specifications, named by the options of each choice that there is, and the test.

    The joint test has its statistic as a value, and its p-value.
    """
    rows = curve.estimates
    chosen = [name for name in CHOICE_NAMES if rows[name].nunique() > 1]
    table = rows.assign(part="curve", name=_names(rows, ("specification", *chosen)))
    tested = curve.joint.assign(
        part="curve",
        name="joint test",
        quantity=curve.joint["statistic"],
        value=curve.joint["observed"],
    )
    return pd.concat([one.reindex(columns=COLUMNS) for one in (table, tested) if len(one)])


def _names(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return what names each row: the texts of some columns, those that are blank passed over."""
    if not columns:  # of which pandas 3.0 makes no records
        return [""] * len(frame)
    records = frame[list(columns)].to_dict("records")
    return [", ".join(_text(row[c]) for c in columns if _text(row[c])) for row in records]


def _text(value: object) -> str:
    """Return a value as text, a missing one and a zero as none."""
    if value is None or value != value or value == 0:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
