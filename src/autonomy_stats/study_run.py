"""What a run of the study tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FigureResult", "StudyRun"]


@dataclass(frozen=True)
class FigureResult:
    """What became of one figure.

    Parameters
    ----------
    figure_id, title : str
        Which figure.
    status : {"drawn", "skipped", "failed"}
        Skipped: the raw files at hand do not hold what it needs. Failed: a file that it needs
        is broken, or does not support the estimate.
    reason : str
        Why it was not drawn, and what to do; empty if it was.
    needs : tuple of str
        Official files that hold what it needs, in words.
    sources : pandas.DataFrame or None
        Files that it was drawn from.
    simulated : bool
        Whether simulated files have a part in it.
    frame : pandas.DataFrame or None
        Its numbers; None if it was not drawn.
    """

    figure_id: str
    title: str
    status: str
    reason: str
    needs: tuple[str, ...]
    sources: pd.DataFrame | None = field(default=None, repr=False)
    simulated: bool = False
    frame: pd.DataFrame | None = field(default=None, repr=False)


@dataclass(frozen=True)
class StudyRun:
    """A finished run.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the results.
    figures : tuple of FigureResult
        What became of each figure.
    joins : pandas.DataFrame
        Join report of every panel that was drawn from, by figure.
    unreadable : tuple of str
        Files of the raw folder that are damaged, each with what to do.
    unrecognised : tuple of pathlib.Path
        Files of the raw folder that fit no layout; they were passed over.
    scorecard : pandas.DataFrame or None
        The report's claims with a verdict each (`autonomy_stats.scorecard.score`); None where only
        some figures were asked for.
    """

    out: Path
    figures: tuple[FigureResult, ...]
    joins: pd.DataFrame = field(repr=False)
    unreadable: tuple[str, ...] = ()
    unrecognised: tuple[Path, ...] = ()
    scorecard: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def drawn(self) -> list[str]:
        """Ids of the figures that were drawn."""
        return [result.figure_id for result in self.figures if result.status == "drawn"]

    @property
    def simulated(self) -> bool:
        """Whether any figure was drawn from simulated files; `figures` says which."""
        return any(result.simulated for result in self.figures)

    @property
    def ok(self) -> bool:
        """Whether nothing failed; a figure may still have been skipped for want of a file."""
        return all(result.status != "failed" for result in self.figures)
