"""Tidy tables of raw files, kept as Parquet so that a file is parsed once.

An entry is a folder, `RAW_SHA256/VERSION-KEY/`: a Parquet file for each table, and `entry.json`
with the hash of each, what was asked of the raw file, and a hash of itself. It is written under
another name and then moved, and read only if every hash agrees: an entry that is cut short, changed
or another's is a miss, and is made again. VERSION is a hash of the code that reads raw files, so
that entries of other code are misses too; they are removed when their file is read again.

Entries are kept in `$AUTONOMY_STATS_CACHE` if that names a folder, else in `data/processed` if it
is there, else nowhere. `AUTONOMY_STATS_CACHE=off` keeps none.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OFF", "VARIABLE", "Entry", "cache_folder", "fetch", "keep"]

VARIABLE = "AUTONOMY_STATS_CACHE"
OFF = "off"
DEFAULT_FOLDER = Path("data/processed")

READERS = ("numpy", "pandas", "pyarrow", "python-calamine")
"""Packages that turn a raw file's bytes into values."""

AFTERWARDS = (
    "claims",
    "fetch",
    "figures",
    "models",
    "panel",
    "report",
    "scorecard",
    "simulate",
)
"""Folders of this package that no tidy table depends on; on all else one may."""

WRITING = ".writing-"
LEFT_OVER = 24 * 60 * 60
"""Seconds after which something half written is no longer being written."""

_ENTRY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{16}")
_log = logging.getLogger(__name__)
_warned: set[str] = set()


@dataclass(frozen=True)
class Entry:
    """What is kept of a raw file: tidy tables by name, and facts that JSON can hold."""

    tables: dict[str, pd.DataFrame] = field(repr=False)
    facts: dict[str, Any]


def _code_version() -> str:
    """Return a hash of the code that makes tidy tables, and of the packages that it uses."""
    package = Path(__file__).resolve().parent
    paths = [p for p in package.rglob("*") if p.relative_to(package).parts[0] not in AFTERWARDS]
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in READERS).encode())
    for path in sorted(paths):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"\0{path.relative_to(package).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


VERSION = _code_version()  # at once: later the files may be newer than the code that runs


def cache_folder() -> Path | None:
    """Return the folder of the cache, or None if there is none.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch.dict(os.environ, {"AUTONOMY_STATS_CACHE": "off"}):
    ...     print(cache_folder())
    None
    """
    named = os.environ.get(VARIABLE)
    if named:
        return None if named.lower() == OFF else Path(named)
    return DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None


def fetch(sha256: str, asked: Mapping[str, Any]) -> Entry | None:
    """Return what is kept of a raw file, or None if it must be read.

    Parameters
    ----------
    sha256 : str
        Hash of the raw file.
    asked : mapping
        All else that the tables depend on, as JSON can hold it: layout, file name, years.

    Returns
    -------
    Entry or None
        None too if the entry is not whole; nothing is raised.
    """
    import pyarrow as pa

    root = cache_folder()
    if root is None:
        return None
    identity = _identity(sha256, asked)
    try:
        return _read(_place(root, identity), identity)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def keep(sha256: str, asked: Mapping[str, Any], entry: Entry) -> None:
    """Keep what was made of a raw file; a folder that takes nothing is warned of once.

    Parameters
    ----------
    sha256, asked
        As in `fetch`.
    entry : Entry
        What to keep.
    """
    root = cache_folder()
    if root is None:
        return
    identity = _identity(sha256, asked)
    try:
        _write(_place(root, identity), identity, entry)
    except OSError as problem:
        if str(root) not in _warned:
            _warned.add(str(root))
            _log.warning(
                "%s: tidy tables cannot be kept here (%s); raw files are read anew",
                root,
                problem.strerror or problem,
            )


def _identity(sha256: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that an entry depends on."""
    return {"sha256": sha256, "version": VERSION, "asked": dict(asked)}


def _place(root: Path, identity: Mapping[str, Any]) -> Path:
    """Return the folder of an entry."""
    key = _hash(_plain(identity))[:16]
    return root / str(identity["sha256"]) / f"{identity['version']}-{key}"


def _plain(record: object) -> bytes:
    """Return a record as JSON, the same for the same record."""
    return json.dumps(record, sort_keys=True, default=int).encode()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(place: Path, identity: dict[str, Any]) -> Entry:
    """Read an entry, or raise if anything about it is not as it was written."""
    import pyarrow.parquet as pq

    written = json.loads((place / "entry.json").read_bytes())
    record = written["record"]
    if _hash(_plain(record)) != written["sha256"] or record["identity"] != identity:
        raise ValueError(f"{place}: not the entry that was written")
    tables = {}
    for name, sha256 in record["tables"].items():
        content = (place / f"{name}.parquet").read_bytes()
        if _hash(content) != sha256:
            raise ValueError(f"{place}: table {name} has changed")
        # Without threads: the tables are small, and a thread of Arrow's that is still waiting
        # when Python ends was seen to abort the process.
        file = pq.ParquetFile(io.BytesIO(content), pre_buffer=False)
        tables[name] = file.read(use_threads=False).to_pandas(use_threads=False)
    return Entry(tables, record["facts"])


def _write(place: Path, identity: dict[str, Any], entry: Entry) -> None:
    """Write an entry under another name, then move it to its place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=place.parent, prefix=WRITING, ignore_cleanup_errors=True
    ) as scratch:
        made = Path(scratch) / "entry"
        made.mkdir()
        tables = {}
        for name, frame in entry.tables.items():
            content = _parquet(frame)
            (made / f"{name}.parquet").write_bytes(content)
            tables[name] = _hash(content)
        record = {"identity": identity, "tables": tables, "facts": entry.facts}
        written = {"sha256": _hash(_plain(record)), "record": record}
        (made / "entry.json").write_bytes(_plain(written))
        with suppress(FileNotFoundError):  # what is there was no entry, or is just being written
            os.rename(place, Path(scratch) / "replaced")
        try:
            os.rename(made, place)
        except OSError:
            if not place.is_dir():  # else another process was first, with the same tables
                raise
    _tidy_up(place.parent, identity["version"])


def _parquet(frame: pd.DataFrame) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, nthreads=1), stream, compression="zstd")
    return stream.getvalue()


def _tidy_up(folder: Path, current: str) -> None:
    """Remove a raw file's entries of other code, and what was left half written long ago."""

    def is_stale(path: Path) -> bool:
        if path.name.startswith(WRITING):
            return time.time() - path.stat().st_mtime > LEFT_OVER
        return bool(_ENTRY.fullmatch(path.name)) and not path.name.startswith(current)

    with suppress(OSError):
        for path in filter(is_stale, list(folder.iterdir())):
            shutil.rmtree(path, ignore_errors=True)
