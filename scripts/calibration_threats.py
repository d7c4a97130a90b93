"""Tables of the threats of docs/calibration.md; put there by `calibration.py`."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from calibration_tables import Block, Results, Words, kind, number, percent
from fact_tables import markdown


def signed(value: float) -> str:
    return number(value, "+.1f")


def threat(found: Results, words: Words, names: Mapping[tuple[str, float], str]) -> str:
    """Make a table of threats: a column for each, with estimate and coverage."""
    rows = []
    given = found["threats"]
    for (design, school_type), of_type in given.groupby(["design", "school_type"], sort=False):
        by = of_type.set_index(["threat", "size"])
        cells = [shifted(by.loc[key]) for key in names]
        schools = by["n_schools"].max()
        rows.append((words[design], f"{kind(school_type)} ({schools})", *cells))
    return markdown(("Design", "Type (schools)", *names.values()), rows)


def shifted(row: pd.Series) -> str:
    """Write a mean estimate with the coverage of its interval, or why there is none."""
    if row["mean_estimate"] != row["mean_estimate"]:
        return row["note"] or "no estimate"
    held = f" ({percent(row['coverage'], 0)})" if row["coverage"] == row["coverage"] else ""
    return f"{signed(row['mean_estimate'])}{held}"


def selection(found: Results, words: Words) -> str:
    """Unobserved selection."""
    sizes = sorted(found["threats"].query("threat == 'selection'")["size"].unique())
    return threat(found, words, {("selection", s): f"{s:g} SD" for s in sizes})


def roster(found: Results, words: Words) -> str:
    """Misclassified rosters, and in words what they do to charter schools."""
    given = found["threats"]
    sizes = sorted(given.query("threat == 'roster'")["size"].unique())
    names = {("roster", s): f"{s:g} % wrong" for s in sizes}
    names |= {("one school", 1.0): "One school", ("influential school", 1.0): "The worst one"}
    tenth = given[given["threat"].eq("roster") & given["size"].eq(10)]
    tenth = tenth[tenth["school_type"] == "independent_charter"]
    parts = [
        f"{signed(row['mean_estimate'])} in {words[row['design']]}"
        for row in tenth.to_dict("records")
    ]
    text = f"With 10 % of the roster wrong, +10 of charter schools shrinks to {', '.join(parts)}."
    return f"{threat(found, words, names)}\n{text}\n"


def hidden(found: Results, words: Words) -> str:
    """Suppressed cells."""
    rows = found["threats"]
    names = {
        (name, size): f"{text.format(size)}"
        for name, text in (
            ("few tested", "Fewer than {:g} tested hidden"),
            ("few proficient", "At most {:g} proficient hidden"),
        )
        for size in sorted(rows.loc[rows["threat"] == name, "size"].unique())
    }
    return threat(found, words, names)


THREAT_BLOCKS: dict[str, Block] = {"selection": selection, "roster": roster, "hidden": hidden}
