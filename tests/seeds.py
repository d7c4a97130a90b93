"""The five texts that the facts cite, where they stand beside the folder of official files."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

SEEDS = ("000", "001", "002", "003", "004")

# Read once, here: the fixture `apart` hides the variable from tests without official files.
_RAW = os.environ.get("AUTONOMY_STATS_RAW")


@cache
def _lines(seed: str) -> list[str] | None:
    """Return the lines of a text, or nothing where the texts are not at hand."""
    folder = Path(_RAW).resolve().parent / "seeds" if _RAW else None
    if folder is None or not folder.is_dir():
        return None
    (path,) = folder.glob(f"{seed}_*.txt")
    return path.read_text(encoding="utf-8").replace("\f", " ").split("\n")


def _lines_or_skip(seed: str) -> list[str]:
    lines = _lines(seed)
    if lines is None:
        pytest.skip("no folder `seeds` beside $AUTONOMY_STATS_RAW")
    return lines


def text_of(seed: str) -> str:
    """Return a whole text; the test is skipped where the texts are not at hand."""
    return "\n".join(_lines_or_skip(seed))


def lines_of(seed: str, lines: str) -> str:
    """Return lines of a text, from 1: `2462-2471`, or several places, `416-418;2411`."""
    text = _lines_or_skip(seed)
    held: list[str] = []
    for place in lines.split(";"):
        first, _, last = place.partition("-")
        start, stop = int(first), int(last or first)
        assert 1 <= start <= stop <= len(text), f"text {seed} has no lines {place}"
        held += text[start - 1 : stop]
    return "\n".join(held)
