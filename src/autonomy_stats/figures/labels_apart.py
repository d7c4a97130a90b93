"""Names beside points, none over another name, a point or an edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.figures.style import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation, Text
    from matplotlib.transforms import Bbox

__all__ = ["label_points"]

DISTANCES = (5, 10, 16, 24, 34, 46, 60, 76, 94, 114)
"""Of a name from its point, in points; the nearest that is free is taken."""

DIRECTIONS = (0, 45, -45, 180, 135, -135, 90, -90, 22, -22, 158, -158, 67, -67, 113, -113)
"""In degrees, the ones that read best first."""

LINE_FROM = 9
"""From this distance on a thin line leads to the point."""

POINT = 4
"""Half the width of the space around a point, in points."""


def label_points(
    axes: Axes,
    points: Sequence[tuple[float, float]],
    names: Sequence[str],
    *,
    beside: Sequence[Text] = (),
    others: Sequence[tuple[float, float]] = (),
    size: float = 8,
) -> list[str]:
    """Write names beside points, each where it covers nothing.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With its limits and its place on the page set.
    points : sequence of (float, float)
        Points in the axes' data; earlier ones choose first.
    names : sequence of str
        A name each.
    beside : sequence of matplotlib.text.Text
        Texts that are there already.
    others : sequence of (float, float)
        Points without a name, which are not covered either.
    size : float
        Of the letters, in points.

    Returns
    -------
    list of str
        Names for which there was no room: they are not written.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> axes = Figure(figsize=(3, 2)).subplots()
    >>> label_points(axes, [(0.5, 0.5), (0.5, 0.5)], ["Ash School", "Elm School"])
    []
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    canvas: Any = FigureCanvasAgg(axes.figure)  # type: ignore[arg-type]
    renderer = canvas.get_renderer()
    unit = axes.figure.dpi / 72
    frame = axes.get_window_extent(renderer)
    taken = [text.get_window_extent(renderer) for text in beside]
    for x, y in axes.transData.transform([*points, *others]):
        reach = POINT * unit
        taken.append(Bbox.from_extents(x - reach, y - reach, x + reach, y + reach))
    without = []
    for point, name in zip(points, names, strict=True):
        for text in _tries(axes, point, name, size):
            text.update_positions(renderer)
            box = Text.get_window_extent(text, renderer).padded(1.5 * unit)  # without its line
            if _within(box, frame) and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()
        else:
            without.append(name)
    return without


def _tries(axes: Axes, point: tuple[float, float], name: str, size: float) -> Iterator[Annotation]:
    """Yield the name in every place where it could stand, the best first."""

    def written(distance: float, degrees: float) -> Annotation:
        angle = np.radians(degrees)
        x, y = distance * np.cos(angle), distance * np.sin(angle)
        line = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 1}
        return axes.annotate(
            name,
            point,
            xytext=(x, y),
            textcoords="offset points",
            fontsize=size,
            color=INK,
            ha="center" if abs(np.cos(angle)) < 0.3 else "left" if x > 0 else "right",
            va="center" if abs(np.sin(angle)) < 0.3 else "bottom" if y > 0 else "top",
            arrowprops=line if distance >= LINE_FROM else None,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
            zorder=6,
        )

    return (written(distance, degrees) for distance in DISTANCES for degrees in DIRECTIONS)


def _within(box: Bbox, frame: Bbox) -> bool:
    """Tell whether a box lies inside another."""
    return bool(
        box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1
    )
