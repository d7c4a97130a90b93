"""The true associations that simulated students are drawn with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.facts.read import read_facts, read_typed
from autonomy_stats.schema import table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Truth", "load_truth"]

LARGEST = {
    "proficient_pct": 30.0,
    "growth": 25.0,
    "unobserved_selection": 3.0,
    "misclassified": 0.5,
}
"""Largest size of each quantity that students can be drawn with: percents end at 0 and 100."""

LARGEST_LEVELS = 1.5
"""The same of growth in levels, which end at 1 and 5."""


@dataclass(frozen=True)
class Truth:
    """The true associations, one a row of the table `simulated_truth`."""

    frame: pd.DataFrame

    def of(self, place: str, quantity: str) -> dict[str, float]:
        """Return a quantity of a place by school type; a type that is absent has 0.

        Examples
        --------
        >>> load_truth().of("denver", "proficient_pct")
        {'independent_charter': 8.0, 'innovation': -2.0}
        """
        rows = self.frame
        rows = rows[(rows["place"] == place) & (rows["quantity"] == quantity)]
        return dict(zip(rows["school_type"], rows["value"].astype(float), strict=True))

    def write(self, path: Path) -> None:
        """Write the table as a CSV that `load_truth` reads."""
        self.frame.to_csv(path, index=False, lineterminator="\n")

    def changed(self, values: Mapping[tuple[str, str, str], float]) -> Truth:
        """Return a truth with some values in place of these, by place, type and quantity."""
        import pandas as pd

        key = list(table("simulated_truth").key)
        new = pd.DataFrame(
            [{**dict(zip(key, name, strict=True)), "value": v} for name, v in values.items()]
        )
        both = pd.concat([self.frame, new.assign(source="set by the caller")])
        return Truth(_checked(both.drop_duplicates(key, keep="last"), "truth"))


def load_truth(path: str | os.PathLike[str] | None = None) -> Truth:
    """Read a truth, or the package's own.

    Parameters
    ----------
    path : path, optional
        A CSV with the columns of the table `simulated_truth`: `place, school_type, quantity,
        value, source`. What it does not name is 0. Default: the package's, whose signs are those
        of the report and whose sizes are made up.

    Returns
    -------
    Truth

    Raises
    ------
    RawFileError, DataError
        If the file cannot be read, or a row is not as the table declares; the message names the
        row and the column.

    Examples
    --------
    >>> load_truth().of("boston", "growth")["independent_charter"]
    8.0
    """
    if path is None:
        return Truth(read_facts("simulated_truth"))
    return Truth(_checked(read_typed(path, "simulated_truth", os.fspath(path)), os.fspath(path)))


def _checked(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """Refuse places that are not simulated, and values that students cannot be drawn with."""
    places = read_facts("simulated_schools")["place"].unique().tolist()
    for number, row in enumerate(frame.to_dict("records"), start=1):
        if row["place"] not in places:
            raise DataError(
                f"{where}, row {number} below the header, column 'place': got {row['place']!r}; "
                f"the places that are simulated are {', '.join(places)}"
            )
        quantity = str(row["quantity"])
        if quantity not in LARGEST:
            raise UsageError(f"{where}: no quantity is called {quantity!r}: {', '.join(LARGEST)}")
        levels = quantity == "growth" and row["place"] == "memphis"
        most = LARGEST_LEVELS if levels else LARGEST[quantity]
        least = 0.0 if quantity == "misclassified" else -most
        if not least <= row["value"] <= most:
            raise DataError(
                f"{where}, row {number} below the header, column 'value': got {row['value']:g} "
                f"as {quantity} in {row['place']}; expected {least:g} to {most:g}"
            )
    return frame.reset_index(drop=True)
