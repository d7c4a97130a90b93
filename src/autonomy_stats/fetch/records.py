"""What `fetch` has brought into a raw folder: hashes by file, in `.hashes.json`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autonomy_stats.errors import RawFileError

__all__ = ["NAME", "Record", "read_records", "write_record"]

NAME = ".hashes.json"


@dataclass(frozen=True)
class Record:
    """A file that was fetched.

    Parameters
    ----------
    sha256 : str
        Hash of what came.
    size : int
        Its bytes.
    url : str
        Where it came from; empty for an archive that was put there by hand.
    expected : str
        Hash in the registry at that time, empty if there was none: where it differs, the file
        was accepted by `--accept-changed`.
    day : str
        When, as YYYY-MM-DD.
    members : dict
        Hash of each file unpacked from it, by name.
    """

    sha256: str
    size: int
    url: str
    expected: str = ""
    day: str = ""
    members: dict[str, str] = field(default_factory=dict)


def read_records(raw: Path) -> dict[str, Record]:
    """Return the records of a raw folder, by the file's place in it; empty if there are none.

    Raises
    ------
    RawFileError
        If the file of records is not as this module writes it.
    """
    path = raw / NAME
    try:
        content = json.loads(path.read_text("utf-8"))
        return {key: Record(**values) for key, values in content.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError) as problem:
        raise RawFileError(
            f"{path}: cannot be read ({problem}); remove it: it is made again, and only the "
            "hashes of files that the registry has none for are lost"
        ) from None


def write_record(raw: Path, key: str, record: Record) -> None:
    """Add or replace a record; the file is whole at any moment."""
    records = read_records(raw) | {key: record}
    text = json.dumps({k: asdict(r) for k, r in sorted(records.items())}, indent=2) + "\n"
    scratch = raw / f"{NAME}.{os.getpid()}.tmp"
    scratch.write_text(text, encoding="utf-8", newline="\n")
    os.replace(scratch, raw / NAME)
