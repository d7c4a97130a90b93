"""Empty tidy tables for a user to fill in, each column explained above the header."""

from __future__ import annotations

import os
from pathlib import Path

from autonomy_stats.errors import UsageError
from autonomy_stats.loaders.tidy_cells import allowed
from autonomy_stats.loaders.tidy_csv import TIDY_TABLES
from autonomy_stats.schema import SCHOOL_TYPES, Column, Table, table

__all__ = ["TEMPLATES", "template", "write_template"]

TEMPLATES = (*TIDY_TABLES, "roster")
"""Tables that have a template."""

STATUS_WORDS = (
    "status reported: as the source gives it; derived: computed from it; suppressed: hidden for "
    "privacy; censored: a range such as <5 whose ends are the bounds; not_published: not there. "
    "But for the first two the result is blank.",
)

RAW_USE = (
    "Put it into the raw folder under any name. One file holds one state. A column that may be "
    "blank may also be left out."
)
USE = {
    "roster": "Give its path: load_panel(..., roster=PATH). It names the schools that are of "
    "another type than their district's other schools.",
}
"""Where a filled file goes, for tables that do not go into the raw folder."""


def template(name: str) -> str:
    """Return an empty tidy table as CSV: comments that explain it, and the header.

    Parameters
    ----------
    name : {"achievement", "growth", "demographics", "directory", "roster"}
        Name of the table.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        For any other name.

    Examples
    --------
    >>> lines = template("directory").splitlines()
    >>> lines[0]
    '# autonomy-stats directory'
    >>> lines[-1]
    'state,end_year,district_id,school_id,school_name,sector,operator,locality,level'
    """
    if name not in TEMPLATES:
        raise UsageError(f"no template is called {name!r}; there are {', '.join(TEMPLATES)}")
    declared = table(name)
    use = USE.get(name, RAW_USE)
    lines = [
        f"autonomy-stats {name}",
        declared.meaning,
        f"Fill in a row for each {', '.join(declared.key)} below the header. {use}",
        "Ids are text: keep their leading zeros (in a spreadsheet, format these columns as text "
        "first). Save as CSV, separated by commas. Lines that begin with # may stay.",
        *(_says(column, declared) for column in declared.columns),
        *(STATUS_WORDS if "status" in declared.column_names else ()),
    ]
    header = ",".join(declared.column_names)
    return "".join(f"# {line}\n" for line in lines) + f"{header}\n"


def write_template(name: str, path: str | os.PathLike[str]) -> Path:
    """Write an empty tidy table as CSV; a file that is there is left as it is.

    Parameters
    ----------
    name : str
        As in `template`.
    path : path
        File to write.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        If the file is there already, its folder is not, or no template is so called.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_template("growth", Path(folder, "growth.csv")).stat().st_size > 1000
    True
    """
    path = Path(path)
    text = template(name)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: is there already, and is left as it is; name another") from None
    except FileNotFoundError:
        raise UsageError(f"{path}: no such folder; make it first, or name another") from None
    return path


def _says(column: Column, declared: Table) -> str:
    """Explain a column: what it may hold, whether it is needed, what it means."""
    words = allowed(column) + ("; required" if column.required else "")
    words += "; part of the key" if column.name in declared.key else ""
    meaning = column.meaning
    if column.name == "school_type" and not column.allowed:
        meaning += f" This package uses {', '.join(SCHOOL_TYPES)}; any other text will do."
    return f"{column.name} ({words}): {meaning}"
