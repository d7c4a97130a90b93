"""What can go wrong, each with what a reader needs to mend it.

Every error that a user can cause derives from `AutonomyStatsError`; the command line
prints its message and exits with code 1, never with a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = [
    "AutonomyStatsError",
    "ClusterError",
    "DataError",
    "EstimationError",
    "InternalError",
    "LayoutError",
    "MissingDataError",
    "RawFileError",
    "UnrecognisedFileError",
    "UsageError",
    "Where",
]


class AutonomyStatsError(Exception):
    """Base of every error that this package raises on purpose."""

    def by_itself(self) -> Self:
        """Return the error to be kept: without the frames it came through, and all they hold."""
        self.__context__ = None
        return self.with_traceback(None)


class RawFileError(AutonomyStatsError):
    """A file cannot be read at all: missing, empty, cut short, not what its name says."""


class UnrecognisedFileError(RawFileError):
    """A readable file that fits none of the layouts that the package knows."""


class LayoutError(AutonomyStatsError):
    """A file of a known layout lacks a column or sheet, or has one that is not declared."""


class DataError(AutonomyStatsError):
    """A cell, or a set of rows, says something that its layout does not allow."""


class MissingDataError(AutonomyStatsError):
    """The raw files at hand do not hold what was asked for."""


class UsageError(AutonomyStatsError, ValueError):
    """An argument is not one of the allowed values."""


class EstimationError(AutonomyStatsError):
    """The frame does not support the estimate that was asked for."""


class ClusterError(AutonomyStatsError):
    """A cluster of workers cannot be reached, or lacks what a run needs."""


class InternalError(AutonomyStatsError):
    """The package is at fault, and no file or argument: please report it."""


@dataclass(frozen=True)
class Where:
    """A place in a raw file, for error messages.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    sheet : str or None
        The sheet of a workbook; None for delimited text.
    row : int or None
        Row number as a spreadsheet shows it, from 1.
    column : str or None
        Header of the column.

    Examples
    --------
    >>> from pathlib import Path
    >>> str(Where(Path("results.xlsx"), "Spring 2017", 12, "Corp ID"))
    "results.xlsx, sheet 'Spring 2017', row 12, column 'Corp ID'"
    """

    path: Path
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """Return the place as the errors write it."""
        parts = [str(self.path)]
        if self.sheet is not None:
            parts.append(f"sheet {self.sheet!r}")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column!r}")
        return ", ".join(parts)
