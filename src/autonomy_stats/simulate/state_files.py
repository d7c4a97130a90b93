"""The files of each simulated state, in its official layouts and under the names that it uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats.simulate import (
    files_california,
    files_colorado,
    files_indiana,
    files_massachusetts,
    files_tennessee,
)
from autonomy_stats.simulate.files import write_tidy_csv

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STATE_FILES", "StateFile"]

WRITERS: dict[str, Callable[..., Path]] = {
    **files_california.WRITERS,
    **files_colorado.WRITERS,
    **files_indiana.WRITERS,
    **files_massachusetts.WRITERS,
    **files_tennessee.WRITERS,
}


@dataclass(frozen=True)
class StateFile:
    """A file that a state publishes.

    Parameters
    ----------
    name : str
        Its name.
    layout : str
        Its layout; `tidy-TABLE`: the package's own table, where the state's file is not known.
    end_year : int
        Its spring; the last one of a workbook of several.
    columns : tuple of str
        Columns of a tidy table beyond those that name a school; none: all of them.
    options : mapping
        Further arguments of the writer.
    """

    name: str
    layout: str
    end_year: int
    columns: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path, tables: Mapping[str, pd.DataFrame]) -> Path:
        """Write the file into a folder, from the tidy tables of all years."""
        path = folder / self.name
        if not self.layout.startswith("tidy-"):
            return WRITERS[self.layout](path, tables, end_year=self.end_year, **self.options)
        name = self.layout.removeprefix("tidy-")
        frame = tables[name]
        if self.columns:
            frame = frame[["state", "end_year", "school_id", "school_name", *self.columns]]
        return write_tidy_csv(path, name, frame)


def _each_year(
    first: int, last: int, *files: tuple[str, str], **options: Any
) -> tuple[StateFile, ...]:
    """Return files of each spring; `{year}`, `{start}` and `{short}` in a name give the spring."""
    return tuple(
        StateFile(
            name.format(year=year, start=year - 1, short=year % 100),
            layout.format(year=year),
            year,
            **options,
        )
        for year in range(first, last + 1)
        for name, layout in files
    )


STATE_FILES: dict[str, tuple[StateFile, ...]] = {
    "massachusetts": _each_year(
        2015,
        2016,
        ("parcc-{year}-grades-3-8.xlsx", "massachusetts-parcc-2015"),
        ("enrollmentbyracegender-{year}.xlsx", "massachusetts-enrollment-race"),
        ("selectedpopulations-{year}.xlsx", "massachusetts-selected-populations"),
    ),
    "california": _each_year(
        2015,
        2016,
        ("sb_ca{year}_all_19_csv_v3.txt", "california-caaspp-{year}"),
        ("sb_ca{year}entities_csv.txt", "california-entities-2015"),
    ),
    "tennessee": _each_year(
        2015,
        2015,
        ("data_{year}_school_base.xlsx", "tennessee-tcap-2013"),
        ("data_school_wide_tvaas_{year}.xlsx", "tennessee-tvaas-2015"),
        ("data_{year}_school_profile.xlsx", "tennessee-profile-2013"),
        ("data_schl_directory_{year}.xlsx", "tennessee-directory-2015"),
    ),
    "colorado": (
        *_each_year(
            2015,
            2017,
            ("{year} CMAS ELA and Math District and School.xlsx", "colorado-cmas-{year}"),
            ("{start}-{short}-Membership-Race-Gender-Grade.xlsx", "colorado-membership-race"),
            ("{start}-{short}-Membership-FRL-School.xlsx", "colorado-membership-lunch"),
            ("{start}-{short}-Membership-EL-School.xlsx", "colorado-membership-learners"),
        ),
        # Neither the layout of the growth files nor a file of disability by school is known.
        StateFile("colorado-growth.csv", "tidy-growth", 2017),
        StateFile("colorado-disability.csv", "tidy-demographics", 2017, ("disability_pct",)),
    ),
    "indiana": (
        StateFile("press2016istepschoolpublic-grades-03-08.xlsx", "indiana-istep-2009", 2016),
        StateFile("istep-2017-grade3-8-final-school.xlsx", "indiana-istep-2017", 2017),
        StateFile(
            "school-enrollment-ethnicity-and-free-reduced-price-meal-status.xlsx",
            "indiana-enrollment-race-meals",
            2017,
            options={"earlier": (2016,)},
        ),
        StateFile(
            "school-enrollment-ell-special-education.xlsx",
            "indiana-enrollment-language-disability",
            2017,
            options={"earlier": (2016,)},
        ),
        # The layout of the growth files is not known.
        StateFile("indiana-growth.csv", "tidy-growth", 2017),
    ),
}
"""Files by state: a new one is one line."""
