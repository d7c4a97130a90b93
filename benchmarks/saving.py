"""Save what a benchmark found."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any


def save(path: Path, rows: list[dict[str, Any]], about: dict[str, Any]) -> None:
    """Write the results, each row with what they depend on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], *about], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | about for row in rows)
