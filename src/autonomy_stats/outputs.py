"""Write results so that a file under its final name is always whole, and record their hashes."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from autonomy_stats import __version__
from autonomy_stats.raw import sha256_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from autonomy_stats.study import FigureResult

__all__ = ["Outputs", "write_manifest"]

LOCK = "requirements.lock"
PACKAGES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")
FLOATS = "%.10g"


@dataclass
class Outputs:
    """A folder of results: every file is written under a temporary name and then moved."""

    folder: Path
    written: dict[str, str] = field(default_factory=dict)

    def write_figure(self, figure_id: str, frame: pd.DataFrame, figure: Figure) -> None:
        """Write a figure as PNG, SVG and CSV; all three are whole before one is moved."""
        from autonomy_stats.figures.style import styled

        with styled():
            self._write(
                {
                    f"{figure_id}.csv": lambda path: _write_csv(frame, path),
                    f"{figure_id}.png": lambda path: figure.savefig(
                        path, format="png", dpi=300, metadata={"Software": None}
                    ),
                    f"{figure_id}.svg": lambda path: figure.savefig(
                        path, format="svg", metadata={"Date": None, "Creator": None}
                    ),
                }
            )

    def write_table(self, name: str, frame: pd.DataFrame) -> None:
        """Write a table as CSV."""
        self._write({name: lambda path: _write_csv(frame, path)})

    def write_text(self, name: str, text: str) -> None:
        """Write a text."""
        self._write({name: lambda path: path.write_text(text, encoding="utf-8", newline="\n")})

    def _write(self, writers: dict[str, Callable[[Path], object]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".writing-") as scratch:
            for name, write in writers.items():
                write(Path(scratch) / name)
            for name in writers:
                self.written[name] = sha256_of(Path(scratch) / name)
                os.replace(Path(scratch) / name, self.folder / name)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, float_format=FLOATS, lineterminator="\n")


def write_manifest(
    outputs: Outputs, results: Iterable[FigureResult], raw: Path, command: str
) -> None:
    """Write `manifest.json`: hashes of inputs and outputs, versions, lock hash, command.

    It holds no time and no absolute path, so that the same run writes the same file.
    """
    results = list(results)
    inputs: dict[str, dict[str, object]] = {}
    for result in results:
        if result.sources is None:
            continue
        for row in result.sources.to_dict("records"):
            name = _relative(Path(row["file"]), raw)
            entry = inputs.setdefault(
                name, {"sha256": row["sha256"], "layout": row["layout"], "figures": []}
            )
            figures = entry["figures"]
            assert isinstance(figures, list)
            if result.figure_id not in figures:
                figures.append(result.figure_id)
    manifest = {
        "autonomy_stats": __version__,
        "command": command,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "lock_sha256": _lock_hash(),
        "figures": [{"id": r.figure_id, "status": r.status} for r in results],
        "inputs": dict(sorted(inputs.items())),
        "outputs": dict(sorted(outputs.written.items())),
    }
    outputs.write_text("manifest.json", json.dumps(manifest, indent=2) + "\n")


def _relative(path: Path, raw: Path) -> str:
    """Name an input by its place in the raw folder, or in the package that ships it."""
    try:
        return path.resolve().relative_to(raw.resolve()).as_posix()
    except ValueError:
        return "/".join(path.parts[-3:])


def _lock_hash() -> str | None:
    """Return the hash of the lock: beside the package in a wheel, at the root of a checkout."""
    here = Path(__file__).resolve().parent
    for path in (here / LOCK, here.parent.parent / LOCK):
        if path.is_file():
            return sha256_of(path)
    return None
