"""Show what nobody sees: marks that turn text around, and characters that no page may hold."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["path_text", "visible"]

DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of text around; they may reach beyond the name they stand in."""

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that neither XML nor HTML may hold."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def visible(text: str) -> str:
    r"""Return a text whose unseen marks of direction and forbidden characters show.

    Parameters
    ----------
    text : str
        Text of any origin; a name, or a whole drawing as SVG.

    Examples
    --------
    >>> visible("Ash \u202eSchool\x00")
    'Ash [U+202E]School�'
    """
    if text.isascii() and text.isprintable():  # most are
        return text
    text = DIRECTIONS.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
    return FORBIDDEN.sub(REPLACEMENT, text)


def path_text(path: Path | str) -> str:
    r"""Return a path, or a text that names one, as any table can hold it.

    Linux names files by any bytes; those that are no letters show as their numbers.

    Examples
    --------
    >>> path_text(Path("Pe\xf1a.csv")), path_text("caf\udce9.csv: cut short")
    ('Peña.csv', 'caf\\xe9.csv: cut short')
    """
    return str(path).encode(errors="surrogateescape").decode(errors="backslashreplace")
