"""What the report page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autonomy_stats.mark import is_simulated

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FACTS", "ROBUSTNESS", "SEVERAL", "ReportFigure", "ReportInputs"]

SEVERAL = "several"
"""Place of a figure that is drawn from several cities."""

ROBUSTNESS = "robustness"
"""Place of the pages that tell how far the cities' estimates could be wrong: a section."""

FACTS = ""
"""Place of a figure that is drawn from the package's facts, and from no results."""


@dataclass(frozen=True)
class ReportFigure:
    """One figure of the run, drawn or not.

    Parameters
    ----------
    figure_id, title : str
        Which figure.
    place : str
        Place whose results it shows, as `denver`; `several`; `robustness`; empty: none,
        it shows facts.
    status : {"drawn", "skipped", "failed"}
        What became of it.
    reason : str
        Why it was not drawn.
    needs : tuple of str
        Official files that hold what it needs, in words.
    svg : str
        The drawing, as the text of an SVG; empty if there is none.
    caption, alternative_text : str
        What it is drawn from and is not, and what it shows, in sentences.
    frame : pandas.DataFrame or None
        Its numbers.
    sources : pandas.DataFrame or None
        Files that it was drawn from: `file` (relative, no path of this machine), `state, layout,
        sha256, simulated, table`, and `end_years` where known.
    simulated : bool
        Whether simulated files have a part in it.
    """

    figure_id: str
    title: str
    place: str
    status: str
    reason: str = ""
    needs: tuple[str, ...] = ()
    svg: str = field(default="", repr=False)
    caption: str = ""
    alternative_text: str = ""
    frame: pd.DataFrame | None = field(default=None, repr=False)
    sources: pd.DataFrame | None = field(default=None, repr=False)
    simulated: bool = False


@dataclass(frozen=True)
class ReportInputs:
    """A finished run, as the report page tells it.

    Parameters
    ----------
    figures : tuple of ReportFigure
        Every figure that was asked for, in the order of the page.
    estimates : pandas.DataFrame or None
        `figure, place, outcome, subject, level, line, school_type, reference, estimate, std_error,
        df, p_value, conf_low, conf_high, n_schools, n_operators, n_schools_reference, n_rows,
        assessment, end_years, note, simulated`, one row an estimate.
    scorecard : pandas.DataFrame or None
        `claim_id, figure, place, claim, kind, verdict, tag, grade, reason, theta, conf_low,
        conf_high, delta, detectable, assessment, end_years, fragile, note`, one row a claim.
    joins : pandas.DataFrame or None
        `join, side, school_type, n_schools, n_rows, note, figure, panel`.
    unreadable : tuple of str
        Damaged files of the raw folder, each with what to do.
    unrecognised : tuple of str
        Files of the raw folder that fit no layout.
    versions : mapping
        What the run was made with: name to version.

    Notes
    -----
    No text may name a folder of this machine or a time: the same run then gives the same page.
    """

    figures: tuple[ReportFigure, ...]
    estimates: pd.DataFrame | None = field(default=None, repr=False)
    scorecard: pd.DataFrame | None = field(default=None, repr=False)
    joins: pd.DataFrame | None = field(default=None, repr=False)
    unreadable: tuple[str, ...] = ()
    unrecognised: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether anything on the page comes from simulated files."""
        frames = [frame for frame in (self.estimates, self.scorecard) if frame is not None]
        drawn = [figure.frame for figure in self.figures if figure.frame is not None]
        return is_simulated(*self.figures, *frames, *drawn)
