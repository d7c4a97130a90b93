"""What stops a fit: rows that do not support it, each refusal naming the rows and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autonomy_stats.errors import EstimationError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "WHY",
    "breaks_in",
    "refuse_bad_rows",
    "refuse_break",
    "refuse_constant",
    "refuse_incomplete",
]

ROW_KEY = ("school_id", "end_year", "assessment", "subject", "grade", "student_group")
"""What names a row of results."""

MOST_INCOMPLETE = 0.05
"""Largest share of a type's schools that missing controls may drop."""

DEFINITIONS = {"low_income_pct": "low_income_definition"}
"""Controls that mean what another column says they mean."""

WHY = "The known breaks and their sources: autonomy_stats.facts.load_breaks()"


def refuse_incomplete(
    before: pd.DataFrame, after: pd.DataFrame, school: str, controls: tuple[str, ...]
) -> None:
    """Stop if missing controls drop too many schools of a type."""
    schools = before.groupby("_type")[school].nunique()
    left = after.groupby("_type")[school].nunique().reindex(schools.index, fill_value=0)
    lost = schools - left
    if not (lost > MOST_INCOMPLETE * schools).any():
        return
    worst = str((lost / schools).idxmax())
    rows = before[before["_type"] == worst]
    control = rows[list(controls)].isna().sum().idxmax()
    raise EstimationError(
        f"control {control!r} is missing for {lost[worst]} of {schools[worst]} "
        f"schools of type {worst!r}; complete cases may drop {MOST_INCOMPLETE:.0%} at most. Leave "
        f"it out (controls=) or bring a file that has it"
    )


def refuse_constant(values: NDArray[np.float64], name: str) -> None:
    """Stop if all rows have the same outcome."""
    if (values == values[0]).all():
        raise EstimationError(
            f"{name} is {values[0]:g} in all {len(values)} rows: there is no difference to "
            f"estimate. Choose rows or an outcome that differ"
        )


def refuse_bad_rows(rows: pd.DataFrame, cluster: str, school: str | None = None) -> None:
    """Stop if a row has no cluster or no school, or stands twice."""
    bare = rows[cluster].isna() | (rows[cluster].astype("str").str.strip() == "")
    if bare.any():
        raise EstimationError(
            f"{int(bare.sum())} rows have no {cluster!r} to cluster by. Fill it, for example each "
            f"school by itself: frame[{cluster!r}].replace('', None).fillna(frame['school_id'])"
        )
    if school is not None and (lost := int(rows[school].isna().sum())):
        raise EstimationError(f"{lost} rows have no {school!r}; fill it")
    key = [column for column in ROW_KEY if column in rows]
    if len(key) == len(ROW_KEY) and (twice := rows.duplicated(key)).any():
        raise EstimationError(
            f"{int(twice.sum())} rows stand twice; one row is allowed for each, and the first to "
            f"repeat is {rows.loc[twice, key].iloc[0].to_dict()}"
        )


def breaks_in(rows: pd.DataFrame, controls: Sequence[str] = ()) -> dict[str, str]:
    """Say what rows pool that is not comparable, by the column that tells it.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of results or growth.
    controls : sequence of str
        Shares that are held equal.

    Returns
    -------
    dict of str to str
        What was found, with its years; empty if all is comparable. Growth measures are looked
        at together, series within each subject, and the definition of a share where the share is
        held equal. A missing text is no break.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"subject": "ela", "end_year": [2014, 2015], "series": ["Old", "New"]})
    >>> breaks_in(rows)
    {'series': "series of 'ela': 'Old' (2014), 'New' (2015)"}
    """
    found = {}
    if "measure" in rows and rows["measure"].nunique() > 1:
        found["measure"] = f"growth measures: {_with_years(rows, 'measure')}"
    if "series" in rows:
        subject = rows["subject"] if "subject" in rows else rows["series"].map(lambda _: "the rows")
        n_series = rows.groupby(subject)["series"].nunique()
        several = {name: rows[subject == name] for name in n_series.index[n_series > 1]}
        alike: dict[str, list[str]] = {}
        for name, own in several.items():
            alike.setdefault(_with_years(own, "series"), []).append(repr(name))
        texts = [f"series of {', '.join(names)}: {text}" for text, names in alike.items()]
        found |= {"series": "; ".join(texts)} if texts else {}
    for control, definition in DEFINITIONS.items():
        if control in controls and definition in rows and rows[definition].nunique() > 1:
            found[definition] = f"definitions of {control}: {_with_years(rows, definition)}"
    return found


def refuse_break(rows: pd.DataFrame, absorbed: Sequence[str], controls: Sequence[str] = ()) -> None:
    """Stop if the rows pool what is not comparable, and `absorb` does not say that it is meant."""
    found = breaks_in(rows, controls)
    found = {column: text for column, text in found.items() if column not in absorbed}
    if not found:
        return
    out = [c for c, definition in DEFINITIONS.items() if definition in found]
    without = f" leave {', '.join(map(repr, out))} out (controls=)," if out else ""
    raise EstimationError(
        f"the rows pool what is not comparable: {'; '.join(found.values())}. Estimate them apart,"
        f"{without} or say that you mean it: absorb={(*absorbed, *found)}. {WHY}"
    )


def _with_years(rows: pd.DataFrame, column: str) -> str:
    """Name each text of a column with its years, the earliest first."""
    if "end_year" not in rows:
        return ", ".join(map(repr, sorted(rows[column].dropna().unique())))
    years = {text: sorted(own.dropna().unique()) for text, own in rows.groupby(column)["end_year"]}
    return ", ".join(
        f"{text!r} ({', '.join(str(int(year)) for year in of)})"
        for text, of in sorted(years.items(), key=lambda item: (item[1], item[0]))
    )
