"""Write results so that a file under its final name is always whole, and record their hashes."""

from __future__ import annotations

import io
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autonomy_stats import __version__
from autonomy_stats.mark import COLUMN
from autonomy_stats.out_folder import scratch_in, writable
from autonomy_stats.raw import sha256_of
from autonomy_stats.visible import visible

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from autonomy_stats.study_run import FigureResult

__all__ = [
    "PACKAGES",
    "Outputs",
    "lock_hash",
    "relative_name",
    "with_earlier",
    "write_manifest",
]

LOCK = "requirements.lock"
PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")
FLOATS = "%.10g"

QUICKLY = {"compress_level": 1}
"""How a PNG is packed: in half the time of the default, a seventh larger."""

OF_ALL = {"joins", "estimates"}
"""Tables of a run as a whole, by name."""


@dataclass
class Outputs:
    """A folder of results: every file is written under a temporary name and then moved.

    Parameters
    ----------
    folder : pathlib.Path
        The folder, made if need be.
    written : dict of str to str
        Hash of each file written, by name.
    parent : int, optional
        Process that a worker belongs to. Once it is gone, so is the run, and nothing of it may
        land among the results of the next.
    """

    folder: Path
    written: dict[str, str] = field(default_factory=dict)
    parent: int | None = None

    def write_figure(
        self,
        figure_id: str,
        frame: pd.DataFrame,
        figure: Figure,
        html: Callable[[pd.DataFrame], str] | None = None,
        *,
        simulated: bool = False,
        title: str = "",
        text: str = "",
    ) -> None:
        """Write a figure as PNG, SVG and CSV, a table as HTML too; all whole before one moves.

        Parameters
        ----------
        figure_id : str
            Beginning of the files' names.
        frame, figure : pandas.DataFrame, matplotlib.figure.Figure
            What the figure shows, and its drawing.
        html : callable, optional
            Writes the frame as a page.
        simulated : bool
            Whether it was made from simulated files.
        title, text : str
            Its title, and what it shows in words, for the picture files to hold.

        Raises
        ------
        InternalError
            If it was, and frame, drawing or page do not say so: nothing is written.
        """
        from autonomy_stats.figures.alternative import with_description
        from autonomy_stats.figures.stamp import refuse_lost_mark
        from autonomy_stats.figures.style import styled

        page = None if html is None else html(frame)
        refuse_lost_mark(figure_id, frame, figure, page, simulated)
        writers: dict[str, Callable[[Path], object]] = {
            f"{figure_id}.csv": lambda path: _write_csv(frame, path),
            f"{figure_id}.png": lambda path: figure.savefig(
                path, format="png", dpi=300, metadata=_png_texts(title, text), pil_kwargs=QUICKLY
            ),
            f"{figure_id}.svg": lambda path: path.write_text(
                visible(with_description(_svg(figure), title, text)), "utf-8", newline="\n"
            ),
        }
        if page is not None:
            writers[f"{figure_id}.html"] = lambda path: path.write_text(
                page, encoding="utf-8", newline="\n"
            )
        with styled():
            self._write(writers)

    def write_table(self, name: str, frame: pd.DataFrame) -> None:
        """Write a table as CSV."""
        self._write({name: lambda path: _write_csv(frame, path)})

    def write_text(self, name: str, text: str) -> None:
        """Write a text."""
        self._write({name: lambda path: path.write_text(text, encoding="utf-8", newline="\n")})

    def _write(self, writers: dict[str, Callable[[Path], object]]) -> None:
        with writable(self.folder), scratch_in(self.folder) as scratch:
            for name, write in writers.items():
                write(scratch / name)
            if self.parent not in (None, os.getppid()):
                sys.exit("the run that this process worked for has ended")
            for name in writers:
                self.written[name] = sha256_of(scratch / name)
                os.replace(scratch / name, self.folder / name)


def _svg(figure: Figure) -> str:
    """Return a figure as SVG: no time of writing, and nothing that turns text around."""
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    return visible(drawn.getvalue())


def _png_texts(title: str, text: str) -> dict[str, str | None]:
    """Return the texts that a PNG holds: the words of PNG's own specification."""
    held = {"Title": title, "Description": text}
    return {"Software": None} | {name: words for name, words in held.items() if words}


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, float_format=FLOATS, lineterminator="\n")


def with_earlier(outputs: Outputs, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of a run with the lines of an earlier run on figures not drawn now.

    Parameters
    ----------
    outputs : Outputs
        Folder of the results.
    name : str
        Name of the table's file: `joins.csv`, `estimates.csv`.
    table : pandas.DataFrame
        Its lines now; column `figure` says of which figure.
    """
    import pandas as pd

    try:
        earlier = pd.read_csv(outputs.folder / name, keep_default_na=False, dtype="str")
        kept = earlier[~earlier["figure"].isin(table["figure"])]
        kept = kept[list(table.columns)]
    except (OSError, ValueError, KeyError):  # none, or not one of ours
        return table
    return pd.concat([table, _of_kinds(kept, table)], ignore_index=True)


def _of_kinds(text: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return columns of text as the kinds that they have in a table, for them to be written so."""
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    kinds: dict[str, pd.Series] = {}
    for name in map(str, table):
        if is_bool_dtype(table[name]):
            kinds[name] = text[name] == str(True)
        elif is_numeric_dtype(table[name]):
            kinds[name] = pd.to_numeric(text[name], errors="coerce")
    return text.assign(**kinds)


def write_manifest(
    outputs: Outputs, results: Iterable[FigureResult], raw: Path, command: str
) -> None:
    """Write `manifest.json`: hashes of inputs and outputs, versions, lock hash, command.

    It holds no time and no absolute path, so that the same run writes the same file. Figures
    of an earlier run that were not drawn now stay in it while their files are unchanged.
    """
    results = list(results)
    drawn = {result.figure_id for result in results if result.sources is not None}
    inputs: dict[str, dict[str, Any]] = {}
    for result in results:
        if result.sources is not None:
            for row in result.sources.to_dict("records"):
                name = relative_name(Path(row["file"]), raw)
                entry = {"sha256": row["sha256"], "layout": row["layout"], "figures": []}
                entry |= {COLUMN: True} if row.get(COLUMN) else {}
                figures = inputs.setdefault(name, entry)["figures"]
                figures += [result.figure_id] if result.figure_id not in figures else []
    earlier = _earlier(outputs, drawn)
    for name, entry in earlier["inputs"].items():
        held = inputs.setdefault(name, {**entry, "figures": []})
        held["figures"] += [f for f in entry["figures"] if f not in held["figures"]]
    figures = earlier["figures"]
    for result in results:
        before = figures.get(result.figure_id, {}) if result.sources is None else {}
        simulated = result.simulated or before.get(COLUMN, False)
        figures[result.figure_id] = _figure_entry(result.figure_id, result.status, simulated)
    manifest = {
        "autonomy_stats": __version__,
        "command": command,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "lock_sha256": lock_hash(),
        "figures": list(figures.values()),
        "inputs": dict(sorted(inputs.items())),
        "outputs": dict(sorted((earlier["outputs"] | outputs.written).items())),
    }
    outputs.write_text("manifest.json", json.dumps(manifest, indent=2) + "\n")


def _figure_entry(figure_id: str, status: str, simulated: bool) -> dict[str, Any]:
    """Return what the manifest says of a figure: that its files are simulated only if they are."""
    return {"id": figure_id, "status": status} | ({COLUMN: True} if simulated else {})


def _earlier(outputs: Outputs, drawn: set[str]) -> dict[str, dict[str, Any]]:
    """Return what an earlier manifest says of figures that were not drawn now."""
    nothing: dict[str, dict[str, Any]] = {"figures": {}, "inputs": {}, "outputs": {}}
    try:
        old = json.loads((outputs.folder / "manifest.json").read_text(encoding="utf-8"))
        kept = {
            name: sha256
            for name, sha256 in old["outputs"].items()
            if name.rpartition(".")[0] not in drawn
            and (outputs.folder / name).is_file()
            and sha256_of(outputs.folder / name) == sha256
        }
        whole = {name.rpartition(".")[0] for name in kept} - OF_ALL
        inputs = {
            name: {**entry, "figures": [f for f in entry["figures"] if f in whole]}
            for name, entry in old["inputs"].items()
        }
        return {
            "figures": {
                f["id"]: _figure_entry(f["id"], f["status"], COLUMN in f)
                for f in old["figures"]
                if f["id"] in whole
            },
            "inputs": {name: entry for name, entry in inputs.items() if entry["figures"]},
            "outputs": kept,
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or not one of ours
        return nothing


def relative_name(path: Path, raw: Path) -> str:
    """Name an input by its place in the raw folder, or in the package that ships it."""
    try:
        return path.resolve().relative_to(raw.resolve()).as_posix()
    except ValueError:
        return "/".join(path.parts[-3:])


def lock_hash() -> str | None:
    """Return the hash of the lock: beside the package in a wheel, at the root of a checkout."""
    here = Path(__file__).resolve().parent
    for path in (here / LOCK, here.parent.parent / LOCK):
        if path.is_file():
            return sha256_of(path)
    return None
