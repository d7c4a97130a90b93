"""What a figure shows in words, made from its numbers, for a reader who can't see it.

The words go into the picture files: an SVG's `<title>` and `<desc>`, a PNG's texts.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from autonomy_stats.figures.intervals import signed
from autonomy_stats.labels import capital, counted, type_label
from autonomy_stats.mark import MARK, is_simulated

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.figures.base import FigureModule

__all__ = ["alternative_text", "with_description"]

NAMES = (
    "place",
    "group",
    "model",
    "name",
    "line",
    "category",
    "school_type",
    "quantity",
    "share",
    "subject",
    "end_year",
)
"""Columns that name a row."""

VALUES = ("percent", "level", "lenient", "strict", "index_lenient", "index_strict")
"""Columns that are a row's content, where it has no estimate."""

OPENING = re.compile(r"<svg\b[^>]*>")


def alternative_text(module: FigureModule, frame: pd.DataFrame) -> str:
    """Return a figure in words: what it is, then each row of its frame with its numbers.

    Parameters
    ----------
    module : FigureModule
        The figure; its own `alternative_text` is used if it has one.
    frame : pandas.DataFrame
        What it shows.

    Returns
    -------
    str
        One paragraph, which says so if the frame is of simulated files.

    Examples
    --------
    >>> import pandas as pd
    >>> from autonomy_stats.figures.registry import find_figure
    >>> frame = pd.DataFrame({"group": "district", "share": ["low_income_pct"], "percent": 70.2})
    >>> alternative_text(find_figure("9"), frame)
    'Figure 9. Indianapolis: who attends each type of school. District, low income: percent 70.2.'
    """
    own = getattr(module, "alternative_text", None)
    text = own(frame) if own is not None else f"{module.TITLE}. {_rows(frame)}"
    text = " ".join(text.split())
    return f"{MARK}: made from simulated files. {text}" if is_simulated(frame) else text


def _rows(frame: pd.DataFrame) -> str:
    """Return each row of a frame: its names, then its numbers."""
    named = [
        name
        for name in NAMES
        if name in frame and (frame[name].nunique() > 1 or len(frame) == 1 or name == "group")
    ]
    said = " ".join(_row(row, named) for row in frame.to_dict("records"))
    return f"In brackets: 95 % intervals. {said}" if "conf_low" in frame else said


def _row(row: Mapping[Hashable, Any], named: list[str]) -> str:
    """Return one row in words."""
    words = ", ".join(_word(name, row[name]) for name in named if row[name] == row[name])
    words = capital(words)
    if "estimate" not in row:
        held = [name for name in VALUES if name in row and row[name] == row[name]]
        values = [f"{name.replace('_', ' ')} {_value(row[name])}" for name in held]
        return f"{words}: {', '.join(values)}." if values else f"{words}."
    if row["estimate"] != row["estimate"]:
        return f"{words}: no estimate ({row.get('note') or 'no reason given'})."
    note = f", {row['note']}" if isinstance(row.get("note"), str) and row["note"] else ""
    schools = row.get("n_schools", 0)
    count = f", {counted(int(schools), 'school')}" if schools > 0 else ""
    number = signed(row) if row.get("quantity") != "percent" else signed(row).replace("+", "")
    return f"{words}: {number}{count}{note}."


def _word(name: str, value: object) -> str:
    """Return a name of a row in words."""
    if name == "school_type":
        return type_label(str(value))
    text = str(value).removesuffix("_pct").replace("_", " ")
    return text.title() if name == "place" else text


def _value(value: object) -> str:
    """Return a number with one decimal, and a text as it is."""
    return f"{value:.1f}" if isinstance(value, float) else str(value).replace(";", " and ")


def with_description(svg: str, title: str, text: str) -> str:
    """Return an SVG that names and describes itself to a screen reader.

    Parameters
    ----------
    svg : str
        The drawing.
    title, text : str
        Its title, and the figure in words; any character is allowed.

    Examples
    --------
    >>> print(with_description("<svg width='1'><g/></svg>", "1 < 2", "Words"))
    <svg width='1' role="img" aria-labelledby="title desc">
     <title id="title">1 &lt; 2</title>
     <desc id="desc">Words</desc><g/></svg>
    """
    found = OPENING.search(svg)
    if found is None or not (title or text):
        return svg
    opening = f'{found[0][:-1]} role="img" aria-labelledby="title desc">'
    words = f'\n <title id="title">{escape(title)}</title>\n <desc id="desc">{escape(text)}</desc>'
    return svg[: found.start()] + opening + words + svg[found.end() :]
