"""One look for all figures: readable in grey, by colour-blind readers, nothing overlapping.

Sizes are in inches. A page is laid out from the top: title, subtitle, body, caption; the
caption's height follows from its wrapped lines, so that it never runs into the body.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["INK", "MARKERS", "MUTED", "PALETTE", "Page", "page", "plain_axes", "styled"]

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's colours: told apart by colour-blind readers; markers tell them apart in grey."""

MARKERS = ("o", "s", "D", "^", "v", "P")
INK, MUTED, RULE = "#1a1a1a", "#5f5f5f", "#c8c8c8"

WIDTH = 8.0
LEFT = 0.25
TITLE_SIZE, TEXT_SIZE, NOTE_SIZE = 13.0, 10.0, 8.5
LINE = 1.4 / 72  # inches of a line of text, for each point of its size
CHARACTER = {"normal": 0.53 / 72, "bold": 0.64 / 72}
"""Inches of an average character, for each point of its size."""

SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": TEXT_SIZE,
    "text.parse_math": False,  # a name with dollar signs is no formula
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": RULE,
    "svg.fonttype": "none",
    "svg.hashsalt": "autonomy-stats",
    "figure.dpi": 100,
    "savefig.dpi": 300,
}


@dataclass(frozen=True)
class Page:
    """A figure with its title and caption set, and the rectangle left for the body."""

    figure: Figure
    left: float
    bottom: float
    width: float
    height: float

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes, placed in inches from the lower left corner of the body."""
        page_width, page_height = self.figure.get_size_inches()
        return self.figure.add_axes(
            (
                (self.left + left) / page_width,
                (self.bottom + bottom) / page_height,
                width / page_width,
                height / page_height,
            )
        )


@contextmanager
def styled() -> Iterator[None]:
    """Draw with the settings of this module, leaving the caller's alone."""
    import matplotlib as mpl

    with mpl.rc_context(SETTINGS):
        yield


def page(title: str, subtitle: str, caption: str, body: float, width: float = WIDTH) -> Page:
    """Make a figure whose height fits its text and a body of the given height.

    Parameters
    ----------
    title, subtitle, caption : str
        Texts; long ones are wrapped.
    body : float
        Height of the body in inches.
    width : float
        Width of the page in inches.
    """
    from matplotlib.figure import Figure

    inner = width - 2 * LEFT
    heading, under, notes = (
        _wrapped(text, size, weight, inner)
        for text, size, weight in (
            (title, TITLE_SIZE, "bold"),
            (subtitle, TEXT_SIZE, "normal"),
            (caption, NOTE_SIZE, "normal"),
        )
    )
    top = 0.15 + len(heading) * TITLE_SIZE * LINE + len(under) * TEXT_SIZE * LINE + 0.1
    bottom = 0.15 + len(notes) * NOTE_SIZE * LINE + 0.1
    height = top + body + bottom
    figure = Figure(figsize=(width, height))
    start = height - 0.15
    for lines, size, weight, colour in (
        (heading, TITLE_SIZE, "bold", INK),
        (under, TEXT_SIZE, "normal", MUTED),
    ):
        _write(figure, lines, start, size, weight, colour)
        start -= len(lines) * size * LINE
    _write(figure, notes, bottom - 0.1, NOTE_SIZE, "normal", MUTED)
    return Page(figure, LEFT, bottom, inner, body)


def plain_axes(axes: Axes, *, zero: bool = False) -> None:
    """Take off the frame, keep light vertical rules, and mark zero."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    if zero:
        axes.axvline(0, color=INK, linewidth=1.0, zorder=1)


def _wrapped(text: str, size: float, weight: str, width: float) -> list[str]:
    """Wrap a text to a width; paragraphs stay apart."""
    columns = int(width / (size * CHARACTER[weight]))
    lines: list[str] = []
    for part in text.split("\n"):
        fewer = columns
        wrapped = textwrap.wrap(part, fewer)
        # Capitals and digits are wider than the average that the number of columns comes from.
        while fewer > 1 and any(_length(line, size, weight) > width for line in wrapped):
            fewer -= 1
            wrapped = textwrap.wrap(part, fewer)
        lines += wrapped
    return lines


def _length(line: str, size: float, weight: str) -> float:
    """Return the length of a line in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=SETTINGS["font.family"], size=size, weight=weight)
    points, _, _ = text_to_path.get_text_width_height_descent(line, font, False)
    return float(points) / 72


def _write(
    figure: Figure, lines: list[str], top: float, size: float, weight: str, colour: str
) -> None:
    """Write lines from a height downwards."""
    width, height = figure.get_size_inches()
    for number, line in enumerate(lines):
        figure.text(
            LEFT / width,
            (top - number * size * LINE) / height,
            line,
            fontsize=size,
            fontweight=weight,
            color=colour,
            va="top",
        )
