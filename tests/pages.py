"""Look at a drawn page as a reader would: nothing cut off, no text on text or data."""

from __future__ import annotations

from itertools import combinations, product

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from autonomy_stats.mark import MARK

# Boxes of text hold their ascenders and descenders, so boxes that touch by a pixel do not overlap.
SLACK = 1.5


def _texts(figure: Figure) -> list[tuple[str, Bbox]]:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    found = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent(renderer)
            if box.width > 0:
                found.append((text.get_text(), box))
    return found


def problems(figure: Figure) -> list[str]:
    """Return what is wrong: texts cut off at the page's edge, texts on texts, texts on data."""
    width, height = figure.bbox.width, figure.bbox.height
    texts = _texts(figure)
    wrong = [
        f"cut off: {text!r}"
        for text, box in texts
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK
    ]
    below = [(text, box) for text, box in texts if text != MARK]  # which stands across the page
    for (one, a), (other, b) in combinations(below, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > SLACK and down > SLACK:
            wrong.append(f"overlap: {one!r} and {other!r}")
    for (text, a), b in product(below, _data(figure)):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK:
            wrong.append(f"over data: {text!r}")
    return wrong


def _data(figure: Figure) -> list[Bbox]:
    """Return the boxes of points and intervals, as far as they show."""
    found = []
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_transform() != axes.transData or not len(line.get_xydata()):
                continue  # a rule across the axes, or no point
            points = axes.transData.transform(line.get_xydata())
            marker = line.get_marker() not in ("", "None", None)
            around = (line.get_markersize() if marker else line.get_linewidth()) / 2
            low, high = points.min(axis=0), points.max(axis=0)
            box = Bbox([low, high]).padded(around * figure.dpi / 72)
            shown = Bbox.intersection(box, axes.bbox) if line.get_clip_on() else box
            found += [] if shown is None else [shown]
    return found
