"""Tables of docs/calibration.md, each a Markdown text; put there by `calibration.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from fact_tables import code, markdown

from autonomy_stats.labels import type_label
from autonomy_stats.models.detectable import power_at
from autonomy_stats.simulate.runs import METHODS

FEWEST = 4
"""Schools from which a type's interval is held to its level."""

NOMINAL = 0.95
SPREADS = {"reference": "as the district's", "own": "own"}
MINUS = "\N{MINUS SIGN}"

Results = Mapping[str, pd.DataFrame]
Words = Mapping[str, str]
Block = Callable[[Results, Words], str]


def number(value: float, form: str = ".1f") -> str:
    """Write a number, nothing for a missing one."""
    return "" if value != value else format(value, form).replace("-", MINUS)


def percent(value: float, digits: int = 1) -> str:
    return number(100 * value, f".{digits}f")


def floor(runs: float) -> float:
    """Return the level less three Monte Carlo errors."""
    return NOMINAL - 3 * (NOMINAL * (1 - NOMINAL) / runs) ** 0.5


def kind(name: str) -> str:
    return type_label(name)


def designs(found: Results, words: Words) -> str:
    """What was taken from each panel."""
    rows = [
        (
            words[row["design"]],
            number(row["rows"], ",.0f"),
            number(row["schools"], ".0f"),
            row["errors"],
            number(row["sd_between"]),
            number(row["sd_rows"]),
            number(row["sd_sampling"]),
            own(row["own"]),
            number(row["rows_moved"], ".0f"),
            number(row["largest_move"]),
        )
        for row in found["parameters"].to_dict("records")
    ]
    header = (
        "Design", "Rows", "Schools", "Errors", "SD between district schools", "SD of rows",
        "SD of sampling", "SD between schools of a type", "Rows moved by more than a point",
        "Largest move",
    )  # fmt: skip
    return markdown(header, rows)


def own(text: str) -> str:
    """Write the spread of each type in words."""
    parts = [part.rpartition(" ") for part in text.split("; ") if part]
    return "; ".join(f"{kind(name)} {value}" for name, _, value in parts)


def default_rows(found: Results, spread: str) -> pd.DataFrame:
    """Return the rows of the default interval."""
    rows = found["coverage"]
    rows = rows[(rows["method"] == METHODS[0]) & (rows["spread"] == spread)]
    return rows[rows["coverage"].notna()]


def coverage(found: Results, words: Words) -> str:
    """Coverage of the default interval."""
    alike, wide = default_rows(found, "reference"), default_rows(found, "own")
    at = ["design", "school_type"]
    wide = wide[wide["truth"] == 0].set_index(at)["coverage"]
    rows = []
    for (design, school_type), own_rows in alike.groupby(at, sort=False):
        first = own_rows.iloc[0]
        rows.append(
            (
                words[design],
                kind(school_type),
                first["n_schools"],
                number(first["df"]),
                *(cell(row) for row in own_rows.to_dict("records")),
                percent(wide[design, school_type]),
            )
        )
    truths = [f"Coverage at {truth:g}" for truth in sorted(alike["truth"].unique())]
    header = ("Design", "Type", "Schools", "df", *truths, "At 0, own spread")
    return markdown(header, rows)


def cell(row: Mapping[str, float]) -> str:
    return f"{percent(row['coverage'])} ± {percent(row['coverage_error'])}"


def verdict(found: Results, words: Words) -> str:
    """Say where the default interval falls short of its level, and where it goes beyond."""
    lines = []
    for spread, means in (
        ("reference", "If all schools vary as the district's do"),
        ("own", "If the schools of a type vary as its own did"),
    ):
        rows = default_rows(found, spread)
        rows = rows[rows["n_schools"] >= FEWEST]
        least = floor(rows["runs"].iloc[0])
        short = rows[rows["coverage"] < least]
        over = rows[rows["coverage"] > 2 * NOMINAL - least]
        lines.append(
            f"- {means}: {len(rows)} cases (types of at least {FEWEST} schools, each truth). "
            f"{len(rows) - len(short)} reach {percent(least, 2)} %, the level less three Monte "
            f"Carlo errors; below: {listed(short, words)}. Above 95 % by more than three errors: "
            f"{listed(over, words)}."
        )
    return "\n".join(lines) + "\n"


def longer(found: Results, words: Words) -> str:
    """Coverage from many more runs of the types that fall below 95 % in them."""
    rows = found["longer"]
    rows = rows[rows["coverage"].notna() & (rows["n_schools"] >= FEWEST)]
    at = ["design", "school_type", "spread"]
    normal = rows[(rows["errors"] == "normal") & (rows["method"] == METHODS[0])]
    normal = normal.set_index(at)["coverage"]
    rows = rows[rows["errors"] == "auto"]
    default = rows[rows["method"] == METHODS[0]]
    short = default[default["coverage"] < floor(default["runs"].iloc[0])]
    lines = []
    for key, _ in short.groupby(at, sort=False):
        of_type = rows[(rows[at] == list(key)).all(axis=1)].set_index(["method", "truth"])
        truths = sorted(of_type.index.get_level_values("truth").unique())
        lines.append(
            (
                words[key[0]],
                f"{kind(key[1])} ({of_type['n_schools'].iloc[0]})",
                SPREADS[key[2]],
                *(percent(of_type.loc[(METHODS[0], truth), "coverage"]) for truth in truths),
                percent(of_type.loc[("CR3", 0.0), "coverage"]),
                percent(normal[key]) if key in normal.index else "",
            )
        )
    header = (
        "Design", "Type (schools)", "Spread", "CR2 at 0", "CR2 at 5", "CR2 at 10", "CR3 at 0",
        "CR2 at 0, normal errors",
    )  # fmt: skip
    return markdown(header, lines)


def listed(rows: pd.DataFrame, words: Words) -> str:
    """List cases with their coverage, each type once."""
    if rows.empty:
        return "none"
    parts = []
    for (design, school_type), own_rows in rows.groupby(["design", "school_type"], sort=False):
        values = ", ".join(
            f"{percent(row.coverage, 2)} at {row.truth:g}" for row in own_rows.itertuples()
        )
        parts.append(f"{kind(school_type)}, {words[design]} ({values})")
    return "; ".join(parts)


def methods(found: Results, words: Words) -> str:
    """Coverage of every method where no type differs."""
    rows = found["coverage"]
    rows = rows[(rows["truth"] == 0) & rows["n_schools"].gt(1)]
    lines = []
    for (design, school_type), of_type in rows.groupby(["design", "school_type"], sort=False):
        for spread in ("reference", "own"):
            by = of_type[of_type["spread"] == spread].set_index("method")["coverage"]
            lines.append(
                (
                    words[design],
                    f"{kind(school_type)} ({of_type['n_schools'].iloc[0]})",
                    SPREADS[spread],
                    *(percent(by[method]) for method in METHODS),
                )
            )
    names = [code(method) for method in METHODS]
    return markdown(("Design", "Type (schools)", "Spread", *names), lines)


def power(found: Results, words: Words) -> str:
    """Power of the default at 5 and 10 points, and at the size that should be shown."""
    alike = default_rows(found, "reference").set_index(["design", "school_type", "truth"])
    rows = []
    for row in found["power"].to_dict("records"):
        key = row["design"], row["school_type"]
        cells = []
        for truth in (5.0, 10.0):
            predicted = power_at(truth / row["expected_std_error"], row["df"])
            cells.append(
                f"{percent(alike.loc[(*key, truth), 'rejection'], 0)} ({percent(predicted, 0)})"
            )
        rows.append(
            (
                words[row["design"]],
                f"{kind(row['school_type'])} ({row['n_schools']})",
                number(row["df"]),
                percent(alike.loc[(*key, 0.0), "rejection"]),
                *cells,
                number(row["truth"]),
                f"{percent(row['rejection'])} ± {percent(row['rejection_error'])}",
            )
        )
    header = (
        "Design", "Type (schools)", "df", "Rejections at 0", "Power at 5 (predicted)",
        "Power at 10 (predicted)", "Expected detectable", "Power there",
    )  # fmt: skip
    return markdown(header, rows)


def claims(found: Results, words: Words) -> str:
    """Findings of no difference."""
    rows = [
        (
            row["claim_id"],
            kind(row["school_type"]),
            row["outcome"].replace("_pct", ""),
            row["design"] or "none",
            number(row["detectable"]),
            number(row["expected_detectable"]),
            percent(row["power"], 0),
            row["reading"],
            row["note"],
        )
        for row in found["claims"].to_dict("records")
    ]
    header = (
        "Claim", "Type", "Outcome", "Nearest design", "Detectable", "Expected detectable",
        "Power at 10, %", "A difference of 10", "Note",
    )  # fmt: skip
    return markdown(header, rows)


BLOCKS: dict[str, Block] = {
    "designs": designs,
    "verdict": verdict,
    "longer": longer,
    "coverage": coverage,
    "methods": methods,
    "power": power,
    "claims": claims,
}
