"""A table as a page of matplotlib, and as HTML: the same rows, wrapped and ruled."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from autonomy_stats.figures.style import CHARACTER, INK, LINE, MUTED, RULE, page, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_table", "html_table"]

SIZE = 9.0
GAP = 0.15
"""Inches between two columns."""
ASCENT = 1.0 / 72
"""Inches from the top of a line to its foot, for each point of its size."""
PADDING = 0.07
"""Inches above and below the text of a row."""

Rows = Sequence[Sequence[str]]


def draw_table(
    title: str,
    subtitle: str,
    caption: str,
    header: Sequence[str],
    rows: Rows,
    widths: Sequence[float],
) -> Figure:
    """Draw a table; each row is as high as its longest cell, wrapped to its column.

    Parameters
    ----------
    title, subtitle, caption : str
        Texts above and below.
    header : sequence of str
        Names of the columns.
    rows : sequence of sequences of str
        Cells.
    widths : sequence of float
        Width of each column in inches; what is left of the page is not used.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.lines import Line2D

    wrapped = [_wrapped(header, widths, "bold"), *(_wrapped(row, widths) for row in rows)]
    heights = [_height(cells) for cells in wrapped]
    with styled():
        sheet = page(title, subtitle, caption, sum(heights))
        width, height = sheet.figure.get_size_inches()
        top = sheet.bottom + sheet.height
        for number, (cells, room) in enumerate(zip(wrapped, heights, strict=True)):
            left = sheet.left
            for lines, column in zip(cells, widths, strict=True):
                for line, text in enumerate(lines):
                    sheet.figure.text(
                        left / width,
                        (top - PADDING - SIZE * (ASCENT + line * LINE)) / height,
                        text,
                        fontsize=SIZE,
                        fontweight="normal" if number else "bold",
                        color=INK if number else MUTED,
                        va="baseline",
                    )
                left += column + GAP
            top -= room
            ends = [sheet.left / width, (sheet.left + sheet.width) / width]
            sheet.figure.add_artist(
                Line2D(ends, [top / height] * 2, color=RULE if number else INK, linewidth=0.6)
            )
    return sheet.figure


def _wrapped(
    cells: Sequence[str], widths: Sequence[float], weight: str = "normal"
) -> list[list[str]]:
    """Wrap each cell to the width of its column."""
    columns = [max(1, int(width / (SIZE * CHARACTER[weight]))) for width in widths]
    return [
        textwrap.wrap(cell, column) or [""] for cell, column in zip(cells, columns, strict=True)
    ]


def _height(cells: list[list[str]]) -> float:
    """Return the height of a row in inches."""
    return max(len(lines) for lines in cells) * SIZE * LINE + 2 * PADDING


def html_table(title: str, caption: str, header: Sequence[str], rows: Rows) -> str:
    """Write a table as an HTML page of its own, every text escaped.

    Parameters
    ----------
    title, caption : str
        Texts above and below.
    header : sequence of str
        Names of the columns; the first column names each row.
    rows : sequence of sequences of str
        Cells.

    Returns
    -------
    str

    Examples
    --------
    >>> "<td>1 &lt; 2</td>" in html_table("Title", "Caption", ["x", "y"], [["a", "1 < 2"]])
    True
    """
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in header)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
body {{ font: 16px/1.5 sans-serif; color: {INK}; max-width: 60rem; }}
body {{ margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; }}
th, td {{ border-bottom: 1px solid {RULE}; }}
thead th {{ border-bottom-color: {INK}; }}
figure {{ margin: 0; }}
figcaption {{ color: {MUTED}; margin-top: 1rem; }}
</style>
</head>
<body>
<h1>{escape(title)}</h1>
<figure>
<table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
<figcaption>{escape(caption)}</figcaption>
</figure>
</body>
</html>
"""
