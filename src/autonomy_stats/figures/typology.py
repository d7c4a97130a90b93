"""Public Impact's continuum of initiatives: district-run, partner-led, partner-run, as a table.

Those it names, and those of the study that fit its definitions, marked as ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.figures.base import Facts, Inputs
from autonomy_stats.figures.stamp import keeps_mark, stamped, stamped_html
from autonomy_stats.figures.table import draw_table, html_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["FIGURE_ID", "NEEDS", "TITLE", "data", "draw", "html"]

FIGURE_ID = "typology"
TITLE = "Autonomous district schools, by who runs them"
NEEDS = (Facts("initiatives"),)
CATEGORIES = {
    "district_run": "District-run",
    "partner_led": "Partner-led",
    "partner_run": "Partner-run",
}
HEADER = ("Category", "Initiative", "Since", "Authority", "Staff employed by", "Schools")
WIDTHS = (0.85, 2.1, 0.4, 1.85, 0.7, 0.85)
SUBTITLE = "From exemptions within the district to a contract with an operator"
COLUMNS = [
    "category",
    "category_by",
    "initiative_id",
    "name",
    "place",
    "start_year",
    "legal_authority",
    "employer",
    "n_schools",
    "count_wording",
    "schools_end_year",
]
CAPTION = (
    "Public Impact's three categories. District-run: exemptions from district rules, the "
    "bargaining agreement or state law; partner-led: a partner manages critical operations of "
    "district schools; partner-run: a contract with an outside board or operator, to be ended only "
    "for cause. * Placed by its definition, not by the report. Blank: the texts do not say. "
    "Schools: number, and the spring it speaks of."
)


@keeps_mark
def data(inputs: Inputs) -> pd.DataFrame:
    """Return the initiatives that have a category, in the order of the continuum.

    Returns
    -------
    pandas.DataFrame
        Columns of the table `initiatives`: `category, category_by, initiative_id, name, place,
        start_year, legal_authority, employer, n_schools, count_wording, schools_end_year`.
    """
    frame = inputs["initiatives"]
    held = frame[frame["category"].isin(list(CATEGORIES))]
    order = held["category"].map(list(CATEGORIES).index)
    return held.iloc[order.argsort(kind="stable")][COLUMNS].reset_index(drop=True)


def _rows(frame: pd.DataFrame) -> list[list[str]]:
    """Return the cells of the table; a category is named once."""
    rows, before = [], None
    for row in frame.to_dict("records"):
        star = "" if row["category_by"] == "named" else "*"
        place = str(row["place"]).replace("_", " ").title()
        rows.append(
            [
                "" if row["category"] == before else CATEGORIES[row["category"]],
                f"{row['name']}, {place}{star}",
                _text(row["start_year"]),
                _text(row["legal_authority"]),
                _text(row["employer"]),
                _count(row),
            ]
        )
        before = row["category"]
    return rows


def _text(value: object) -> str:
    """Return a cell; a missing one is blank."""
    import pandas as pd

    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _count(row: dict[object, object]) -> str:
    """Return a number of schools with its year."""
    if not _text(row["n_schools"]):
        return ""
    words = {"more_than": "over ", "about": "about "}.get(str(row["count_wording"]), "")
    return f"{words}{row['n_schools']:.0f} ({_text(row['schools_end_year'])})"


@stamped
def draw(frame: pd.DataFrame) -> Figure:
    """Draw the table."""
    return draw_table(TITLE, SUBTITLE, CAPTION, HEADER, _rows(frame), WIDTHS)


@stamped_html
def html(frame: pd.DataFrame) -> str:
    """Write the table as HTML."""
    rows = _rows(frame)
    named = [""]
    for row in rows:
        named.append(row[0] or named[-1])
    full = [[category, *row[1:]] for category, row in zip(named[1:], rows, strict=True)]
    return html_table(TITLE, CAPTION, HEADER, full)
