"""Tell whether a run would give what its folder already holds, so that it need not be made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autonomy_stats import __version__
from autonomy_stats.outputs import Outputs
from autonomy_stats.raw import sha256_of
from autonomy_stats.raw_listing import list_files

__all__ = ["RECORD", "fingerprint", "keep_record", "record_of"]

RECORD = ".last-run.json"
"""What a folder of results keeps of its last run."""

SOURCES = (".py", ".csv", ".j2", ".css", ".js", ".html")
"""Files of the package that a run may depend on."""


def fingerprint(raw: Path, asked: Mapping[str, Any]) -> str:
    """Return a hash of all that the results of a run depend on.

    Parameters
    ----------
    raw : pathlib.Path
        Folder of raw files: the name and content of each counts.
    asked : mapping
        What was asked for; must hold texts, numbers and lists of them only.

    Returns
    -------
    str
        It changes with any raw file, the package's code and facts, the versions of the packages
        that it stands on, and what is asked.
    """
    total = hashlib.sha256()
    for line in (__version__, json.dumps(asked, sort_keys=True), *_versions()):
        total.update(f"{line}\n".encode())
    package = Path(__file__).resolve().parent
    for folder, paths in ((package, _own_files(package)), (raw, list_files(raw))):
        for path in paths:
            name = path.relative_to(folder).as_posix()
            # Linux names files by any bytes, of which not all are letters.
            total.update(f"{name} {_hash_of(path)}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def _hash_of(path: Path) -> str:
    """Return the hash of a file, or why it cannot be read."""
    try:
        return sha256_of(path)
    except OSError as problem:
        return str(problem.strerror)


def _versions() -> list[str]:
    """Return the installed packages that numbers and drawings come from, with their versions."""
    from importlib.metadata import distributions

    found = {f"{one.metadata['Name']} {one.version}" for one in distributions()}
    return sorted(found)


def _own_files(package: Path) -> list[Path]:
    """Return the files of the package, in a fixed order."""
    found = (path for path in package.rglob("*") if path.suffix in SOURCES)
    return sorted(path for path in found if "__pycache__" not in path.parts)


def keep_record(outputs: Outputs, mark: str, record: Any) -> None:
    """Keep what a run was and gave.

    Parameters
    ----------
    outputs : Outputs
        The results.
    mark : str
        Fingerprint of the run.
    record : object
        What the run told, as JSON can hold it.
    """
    kept = {"fingerprint": mark, "outputs": outputs.written, "record": record}
    outputs.write_text(RECORD, json.dumps(kept))


def record_of(out: Path, mark: str) -> Any:
    """Return what the last run into a folder told; None unless it was the same and all is there.

    Parameters
    ----------
    out : pathlib.Path
        Folder of the results.
    mark : str
        Fingerprint of the run that is asked for.
    """
    try:
        kept = json.loads((out / RECORD).read_text(encoding="utf-8"))
        if kept["fingerprint"] != mark:
            return None
        for name, sha256 in kept["outputs"].items():
            if sha256_of(out / name) != sha256:
                return None
        return kept["record"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or not one of ours
        return None
