"""Figures 12 to 22: what each model of school may decide, one table a model.

Coded from the report's appendix tables, in words of our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autonomy_stats.figures.base import Facts, Inputs
from autonomy_stats.figures.stamp import keeps_mark, stamped, stamped_html
from autonomy_stats.figures.table import draw_table, html_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["CATEGORIES", "CODE_WORDS", "TABLES", "AutonomyTable"]

CATEGORIES = {
    "staffing": "Staffing",
    "learning_model": "Learning model",
    "curriculum": "Curriculum",
    "budgeting": "Budgeting",
    "schedule_calendar": "Schedule and calendar",
    "professional_development": "Professional development",
}
CODE_WORDS = {"full": "\N{BLACK CIRCLE} full", "partial": "◐ partial", "none": "○ none"}
HEADER = ("Category", "Lenient", "Strict", "Why")
WIDTHS = (1.75, 0.8, 0.8, 3.6)
SUBTITLE = "How far the school itself decides, by category"
CODINGS = (
    "Lenient: full if nothing but the approval of the school's own plan, charter or agreement "
    "limits it. Strict: any stated condition or limit lowers full to partial."
)


@dataclass(frozen=True)
class AutonomyTable:
    """One of the eleven tables: its number in the report, its model, and its title."""

    number: int
    model_id: str
    model: str

    NEEDS = (Facts("autonomy"),)

    @property
    def FIGURE_ID(self) -> str:
        """Id of the figure."""
        return f"fig{self.number}"

    @property
    def TITLE(self) -> str:
        """Title of the figure."""
        return f"Figure {self.number}. {self.model}: what the school decides"

    @keeps_mark
    def data(self, inputs: Inputs) -> pd.DataFrame:
        """Return the model's six categories.

        Returns
        -------
        pandas.DataFrame
            One row a category, in the report's ranking: `model_id, category, lenient, strict,
            reason, contingency, level, lines`.
        """
        matrix = inputs["autonomy"]
        own = matrix[matrix["model_id"] == self.model_id].set_index("category")
        columns = [
            "model_id",
            "category",
            "lenient",
            "strict",
            "reason",
            "contingency",
            "level",
            "lines",
        ]
        return own.loc[list(CATEGORIES)].reset_index()[columns]

    def caption(self, frame: pd.DataFrame) -> str:
        """Return the caption."""
        level = " and ".join(frame["level"].iloc[0].split(";"))
        stated = frame["contingency"].dropna()
        condition = f"; it depends on: {stated.iloc[0]}" if len(stated) else ""
        return (
            f"Our coding of the report's Figure {self.number}, in our words{condition}. {CODINGS} "
            f"The report calls the model's autonomy {level}. Lines of its text: in the CSV."
        )

    def rows(self, frame: pd.DataFrame) -> list[list[str]]:
        """Return the cells of the table."""
        return [
            [
                CATEGORIES[row["category"]],
                CODE_WORDS[row["lenient"]],
                CODE_WORDS[row["strict"]],
                row["reason"][0].upper() + row["reason"][1:] + ".",
            ]
            for row in frame.to_dict("records")
        ]

    @stamped
    def draw(self, frame: pd.DataFrame) -> Figure:
        """Draw the table."""
        return draw_table(
            self.TITLE, SUBTITLE, self.caption(frame), HEADER, self.rows(frame), WIDTHS
        )

    @stamped_html
    def html(self, frame: pd.DataFrame) -> str:
        """Write the table as HTML."""
        return html_table(self.TITLE, self.caption(frame), HEADER, self.rows(frame))


TABLES = tuple(
    AutonomyTable(number, model_id, model)
    for number, model_id, model in (
        (12, "boston_horace_mann", "Horace Mann charters, Boston"),
        (13, "boston_pilot", "Pilot schools, Boston"),
        (14, "boston_innovation", "Innovation schools, Boston"),
        (15, "boston_turnaround", "Turnaround schools, Boston"),
        (16, "la_pilot", "Pilot schools, Los Angeles"),
        (17, "la_local_initiative", "Local initiative schools, Los Angeles"),
        (18, "la_esbmm", "ESBMM schools, Los Angeles"),
        (19, "la_network_partner", "Network partner schools, Los Angeles"),
        (20, "la_affiliated_charter", "Affiliated charters, Los Angeles"),
        (21, "memphis_izone", "iZone schools, Memphis"),
        (22, "denver_innovation", "Innovation schools, Denver"),
    )
)
