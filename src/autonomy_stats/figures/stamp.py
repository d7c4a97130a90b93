"""SIMULATED across everything that is drawn from simulated files.

Each figure's `data`, `draw` and `html` wear these decorators, so that it makes no difference
whether a study's run calls them or a reader does by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from math import atan2, cos, degrees, sin
from typing import TYPE_CHECKING, Any, ParamSpec

from autonomy_stats.errors import InternalError
from autonomy_stats.figures.style import MUTED, styled
from autonomy_stats.mark import COLUMN, MARK, is_simulated, marked

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["is_stamped", "keeps_mark", "refuse_lost_mark", "stamped", "stamped_html"]

P = ParamSpec("P")

GID = "simulated"
"""Name of the stamp in a drawing, and its id in an SVG."""

LONG, HIGH = 6.7, 0.73
"""Length and height of the mark in bold capitals, for each inch of its size."""

REACH = 0.9
"""Share of the page that the stamp spans."""

FAINT = 0.25
"""Opacity of the stamp: read from afar, and the numbers below it from near."""

BANNER = f"""\
<p style="border: 2px solid; padding: .4rem .8rem"><strong>{MARK}</strong>: made from simulated
files, no results of real schools.</p>
<div aria-hidden="true" style="position: fixed; inset: 0; z-index: 1; pointer-events: none;
display: grid; place-items: center; overflow: hidden; opacity: {FAINT}">
<div style="font: bold 13vw sans-serif; color: {MUTED}; transform: rotate(-25deg)">{MARK}</div>
</div>
"""


def keeps_mark(data: Callable[P, pd.DataFrame]) -> Callable[P, pd.DataFrame]:
    """Let the frame of a figure say that it is simulated, if any of its inputs is.

    Parameters
    ----------
    data : callable
        A figure's `data`, whose last argument is the mapping of inputs.

    Returns
    -------
    callable
        The same; its frame has a column `simulated` (True) if an input is simulated.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"proficient_pct": [40.0], "simulated": True})
    >>> mean = keeps_mark(lambda inputs: inputs["town"][["proficient_pct"]].agg(["mean"]))
    >>> mean({"town": panel})
          proficient_pct  simulated
    mean            40.0       True
    """

    @wraps(data)
    def made(*args: P.args, **kwargs: P.kwargs) -> pd.DataFrame:
        return marked(data(*args, **kwargs), *_last(args, kwargs).values())

    return made


def stamped(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a drawing bear the mark across it, if what it shows is simulated.

    Parameters
    ----------
    draw : callable
        A function that draws its last argument: a frame, or a fit.

    Returns
    -------
    callable
        The same; its figure is stamped if the frame or the fit is simulated.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> draw = stamped(lambda frame: Figure())
    >>> is_stamped(draw(pd.DataFrame({"simulated": [True]})))
    True
    >>> is_stamped(draw(pd.DataFrame({"simulated": [False]})))
    False
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        figure = draw(*args, **kwargs)
        if is_simulated(_last(args, kwargs)) and not is_stamped(figure):
            _stamp(figure)
        return figure

    return drawn


def stamped_html(html: Callable[P, str]) -> Callable[P, str]:
    """Let an HTML page bear the mark at its top and across it, if its frame is simulated.

    Parameters
    ----------
    html : callable
        A function that writes its last argument, a frame, as an HTML page.

    Examples
    --------
    >>> import pandas as pd
    >>> page = stamped_html(lambda frame: "<html><body><h1>Title</h1></body></html>")
    >>> page(pd.DataFrame({"simulated": [True]})).splitlines()[1][:3]
    '<p '
    """

    @wraps(html)
    def written(*args: P.args, **kwargs: P.kwargs) -> str:
        page = html(*args, **kwargs)
        if not is_simulated(_last(args, kwargs)):
            return page
        before, body, after = page.partition("<body>")
        return f"{before}{body}\n{BANNER}{after}" if body else BANNER + page

    return written


def is_stamped(figure: Figure) -> bool:
    """Tell whether a drawing bears the mark across it."""
    return any(
        text.get_gid() == GID and text.get_text() == MARK and text.get_visible()
        for text in figure.texts
    )


def refuse_lost_mark(
    figure_id: str, frame: pd.DataFrame, figure: Figure, page: str | None, simulated: bool
) -> None:
    """Refuse to write a figure that comes from simulated files and does not say so.

    Parameters
    ----------
    figure_id : str
        Which figure.
    frame, figure, page
        What would be written: the frame, the drawing and, if there is one, the HTML page.
    simulated : bool
        Whether any panel that it was made from is simulated.

    Raises
    ------
    InternalError
        Naming what lacks the mark.
    """
    if not (simulated or is_simulated(frame)):
        return
    bears = {
        f"the column {COLUMN!r} of its frame": COLUMN in frame
        and bool(frame[COLUMN].eq(True).all()),
        "the stamp across its drawing": is_stamped(figure),
        "the stamp of its page": page is None or MARK in page,
    }
    if lost := [name for name, held in bears.items() if not held]:
        raise InternalError(
            f"{figure_id} was made from simulated files and lacks {' and '.join(lost)}, so that "
            "nothing of it was written. The module of the figure is at fault: its data, draw and "
            "html need the decorators of figures/stamp.py"
        )


def _last(args: tuple[object, ...], kwargs: Mapping[str, object]) -> Any:
    """Return the last argument, which follows an object itself in its methods."""
    return [*args, *kwargs.values()][-1]


def _stamp(figure: Figure) -> None:
    """Write the mark from corner to corner, over all else, as large as the page allows."""
    width, height = (float(inches) for inches in figure.get_size_inches())
    angle = atan2(height, width)
    across = LONG * cos(angle) + HIGH * sin(angle)
    up = LONG * sin(angle) + HIGH * cos(angle)
    with styled():
        figure.text(
            0.5,
            0.5,
            MARK,
            fontsize=72 * REACH * min(width / across, height / up),
            fontweight="bold",
            color=MUTED,
            alpha=FAINT,
            rotation=degrees(angle),
            rotation_mode="anchor",
            ha="center",
            va="center",
            zorder=1000,
            gid=GID,
        )
