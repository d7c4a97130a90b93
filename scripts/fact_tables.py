"""Tables of the facts that the package ships, as Markdown: blocks of `tables.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.facts import (
    PLACES,
    autonomy_index,
    coverage,
    load_autonomy,
    load_breaks,
    load_claims,
    load_external_estimates,
    load_inconsistencies,
    load_initiatives,
    load_report_counts,
)
from autonomy_stats.facts.autonomy import CODINGS, WEIGHTS, level_agreement
from autonomy_stats.facts.read import read_facts
from autonomy_stats.scorecard import tally

if TYPE_CHECKING:
    import pandas as pd


ROOT = Path(__file__).resolve().parent.parent
SCORECARD = ROOT / "figures" / "scorecard.csv"
"""The scorecard of the last real run."""

ROUND_TRIP = ROOT / "docs" / "round_trip.csv"
"""What scripts/round_trip.py found."""


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table; a bar within a cell is escaped."""
    lines = [list(header), ["---"] * len(header), *([str(cell) for cell in row] for row in rows)]
    return "".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in line) + " |\n"
        for line in lines
    )


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def facts(frame: pd.DataFrame, names: str) -> str:
    """Some columns of a table of facts, whole numbers without a point."""

    def cell(name: str, value: object) -> str:
        if value is None or value != value:
            return ""
        text = f"{value:g}" if isinstance(value, float) else str(value)
        return code(text) if name in ("sign", "direction") else text.replace(";", "; ")

    records = frame.astype(object).to_dict("records")
    return markdown(
        [name.replace("_", " ") for name in names.split()],
        ([cell(name, record[name]) for name in names.split()] for record in records),
    )


def claims() -> str:
    """Claims of the report, place by place."""
    names = "claim_id figure claim kind from_end_year to_end_year sign wording lines"
    return facts(load_claims(), names)


def inconsistencies() -> str:
    """Where the report is at odds with itself."""
    return facts(load_inconsistencies(), "inconsistency_id place issue note claims lines")


def school_counts() -> str:
    """Counts of schools by place, type and year."""
    names = "place school_type end_year wording n_schools n_low n_high source lines note"
    return facts(load_report_counts(), names)


def outside_estimates() -> str:
    """Estimates by others."""
    frame = load_external_estimates()
    frame["study"] = "[" + frame["study"] + "](" + frame["url"] + ")"
    return facts(
        frame,
        "study place model subject level years method scale estimate std_error estimate_low "
        "estimate_high direction stated_significance verified claims",
    )


def known_breaks() -> str:
    """Breaks of comparability, state by state."""
    frame = load_breaks()
    frame["source"] = "[" + frame["source"] + "](" + frame["url"] + ")"
    return facts(
        frame,
        "break_id table kind from_series to_series last_end_year first_end_year subject grades "
        "outside source confidence note",
    )


def autonomy_matrix() -> str:
    """Codes of each model, categories as ranked: lenient, then strict if it differs."""
    matrix = load_autonomy()
    cells = matrix["lenient"].where(
        matrix["lenient"] == matrix["strict"], matrix["lenient"] + " / " + matrix["strict"]
    )
    order = matrix["category"].unique().tolist()
    wide = matrix.assign(cells=cells).pivot(
        index=["figure", "model_id", "level"], columns="category", values="cells"
    )
    return facts(wide[order].reset_index(), " ".join(("figure model_id level", *order)))


def autonomy_reasons() -> str:
    """Why each cell is coded so."""
    return facts(load_autonomy(), "model_id category lenient strict reason lines")


def autonomy_revised() -> str:
    """Cells that the rule gives another code on our reading."""
    matrix = load_autonomy()
    return facts(
        matrix[matrix["note"].notna()],
        "model_id category lenient lenient_revised strict strict_revised note lines",
    )


def autonomy_indices() -> str:
    """Index of each model, by coding and weights."""
    table = autonomy_index()[["model_id", "level"]]
    for coding in CODINGS:
        for weights in WEIGHTS:
            index = autonomy_index(coding, weights)["autonomy_index"]
            table[f"{coding}_{weights}"] = index.map("{:.2f}".format)
    return facts(table, " ".join(table.columns))


def autonomy_agreement() -> str:
    """Index against level, pair by pair of models."""
    table = level_agreement().round(2)
    table["reproduces_levels"] = table["reproduces_levels"].map({True: "yes", False: "no"})
    return facts(table, " ".join(table.columns))


def initiatives() -> str:
    """Initiatives: what, where, since when, who employs."""
    return facts(
        load_initiatives(),
        "initiative_id name place state category category_by start_year start_of employer "
        "bargaining n_schools count_wording schools_end_year note",
    )


def initiative_indicators() -> str:
    """The five indicators of those initiatives of which the texts tell one."""
    names = "legal_authority eligibility school_based_authority enrollment governance"
    frame = load_initiatives().dropna(how="all", subset=names.split())
    return facts(frame, f"initiative_id {names} lines")


def initiative_areas() -> str:
    """The four areas of those initiatives of which the texts tell one."""
    names = "staffing academic budget operations"
    frame = load_initiatives().dropna(how="all", subset=names.split())
    return facts(frame, f"initiative_id {names}")


def roster_coverage() -> str:
    """Schools that each roster names, against the counts of others."""
    import pandas as pd

    cities = [place.place_id for place in PLACES if not place.is_state]
    frame = pd.concat([found for city in cities if len(found := coverage(city))])
    frame = frame.assign(share_pct=frame["share_pct"].round())
    return facts(
        frame,
        "place school_type end_year documented inferred unverified n_reported n_low n_high "
        "share_pct source difference",
    )


def simulated_truth() -> str:
    """Associations that simulated students are drawn with."""
    return facts(read_facts("simulated_truth"), "place school_type quantity value source")


def simulated_schools() -> str:
    """Who attends simulated schools."""
    frame = read_facts("simulated_schools")
    return facts(frame, " ".join(frame.columns))


def simulation_settings() -> str:
    """Other constants of the simulation."""
    return facts(read_facts("simulation_settings"), "place name value source")


def round_trip() -> str:
    """Means of estimates from simulated students, beside the truth."""
    import pandas as pd

    frame = pd.read_csv(ROUND_TRIP).round(2)
    return facts(frame, " ".join(frame.columns))


def scorecard_tally() -> str:
    """Verdicts on the claims, counted."""
    import pandas as pd

    frame = tally(pd.read_csv(SCORECARD, keep_default_na=False).assign(fragile=_fragile))
    return facts(frame, "group verdict n_claims n_fragile claims")


def scorecard() -> str:
    """Verdicts on the claims, one by one."""
    import pandas as pd

    frame = pd.read_csv(SCORECARD, keep_default_na=False)
    for name in ("theta", "conf_low", "conf_high", "delta"):
        frame[name] = pd.to_numeric(frame[name]).map("{:.1f}".format, na_action="ignore")
    inside = frame["conf_low"].notna()
    frame["interval"] = (frame["conf_low"] + " to " + frame["conf_high"]).where(inside)
    frame["fragile"] = frame["fragile"].map({"True": "fragile", "False": "no"})
    frame["tested_on"] = (frame["assessment"] + " " + frame["end_years"]).str.strip()
    frame["verdict"] += frame["tag"].map(lambda tag: f" ({tag})" if tag else "")
    frame["why_and_what_to_know"] = [
        "; ".join(part for part in parts if part)
        for parts in zip(frame["reason"], frame["note"], strict=True)
    ]
    return facts(
        frame,
        "claim_id claim verdict grade theta interval delta tested_on fragile why_and_what_to_know",
    )


def _fragile(frame: pd.DataFrame) -> pd.Series:
    return frame["fragile"] == "True"


FACT_BLOCKS: dict[str, Callable[[], str]] = {
    "coverage": roster_coverage,
    "autonomy-agreement": autonomy_agreement,
    "autonomy-index": autonomy_indices,
    "autonomy-matrix": autonomy_matrix,
    "autonomy-reasons": autonomy_reasons,
    "autonomy-revised": autonomy_revised,
    "claims-by-place": claims,
    "inconsistencies-found": inconsistencies,
    "initiative-areas": initiative_areas,
    "initiative-indicators": initiative_indicators,
    "initiatives-named": initiatives,
    "known-breaks": known_breaks,
    "outside-estimates": outside_estimates,
    "round-trip": round_trip,
    "school-counts": school_counts,
    "scorecard": scorecard,
    "scorecard-tally": scorecard_tally,
    "simulated-schools-known": simulated_schools,
    "simulated-truth-default": simulated_truth,
    "simulation-settings-known": simulation_settings,
}
