"""Put the page together: sections by city, every text escaped, style and scripts within."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from autonomy_stats.labels import counted
from autonomy_stats.mark import MARK
from autonomy_stats.models.tables import FEWEST_DF, FEWEST_SCHOOLS
from autonomy_stats.report.claims import scorecard_table
from autonomy_stats.report.estimates import city_table, estimate_table, headlines, view_data
from autonomy_stats.report.findings import findings
from autonomy_stats.report.inputs import FACTS, ReportFigure, ReportInputs
from autonomy_stats.report.meaning import RULES, Meaning, meaning
from autonomy_stats.report.safe import picture, script_data
from autonomy_stats.report.sources import dropped_table, file_table, join_table
from autonomy_stats.report.tables import MOST_ROWS, Table, of_frame
from autonomy_stats.report.words import place_label, place_order
from autonomy_stats.visible import visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["build"]

SIZE = re.compile(r'<svg[^>]*\swidth="([\d.]+)pt"[^>]*\sheight="([\d.]+)pt"')
PIXELS = 4 / 3
"""Pixels of a point."""


@dataclass(frozen=True)
class Drawing:
    """A drawn figure as the template shows it; what all of a section mean, the section says."""

    figure: ReportFigure
    address: str
    width: int
    height: int
    alternative_text: str
    meaning: Meaning | None
    numbers: Table | None


@dataclass(frozen=True)
class Section:
    """A city's figures, or those of several, or of facts."""

    name: str
    title: str
    meaning: Meaning | None
    differences: Table | None
    drawings: list[Drawing]
    absent: list[ReportFigure]


def build(inputs: ReportInputs) -> str:
    """Return the report page of a run: one HTML file that needs nothing beside it.

    It loads nothing, from anywhere: a policy in its head forbids it, and allows no script but its
    own. Without scripts all tables are there, unsorted. A page of simulated files says so at its
    top, in each section and across.

    Parameters
    ----------
    inputs : ReportInputs
        The finished run.

    Returns
    -------
    str
        The same inputs give the same text.

    Examples
    --------
    >>> figure = ReportFigure("fig07", "Figure 7", "denver", "skipped", "no file", ("a file",))
    >>> "was not drawn: fig07" in build(ReportInputs(figures=(figure,)))
    True
    """
    script, style = (_asset(name) for name in ("report.js", "report.css"))
    data = view_data(inputs.estimates)
    drawn = sum(figure.status == "drawn" for figure in inputs.figures)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            run=inputs,
            mark=MARK,
            n_drawn=drawn,
            findings=findings(inputs),
            sections=_sections(inputs),
            estimates=estimate_table(inputs.estimates),
            view=script_data(data) if data else "",
            scorecard=scorecard_table(inputs.scorecard),
            files=file_table(inputs.figures),
            joins=join_table(inputs.joins),
            dropped=dropped_table(inputs.joins),
            absent=[figure for figure in inputs.figures if figure.status != "drawn"],
            fewest_schools=FEWEST_SCHOOLS,
            fewest_df=f"{FEWEST_DF:g}",
            most_rows=MOST_ROWS,
            script=Markup(script),
            style=Markup(style),
            policy=_policy(script, style),
        )
        + "\n"
    )


def _environment() -> Environment:
    """Return the templates: every text is escaped, its unseen marks shown, no name may lack."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("autonomy_stats.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["counted"] = counted
    return environment


def _shown(value: object) -> object:
    """Return what the template writes of a value."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _asset(name: str) -> str:
    """Return the text of a file beside the templates."""
    return (files("autonomy_stats.report") / "templates" / name).read_text(encoding="utf-8")


def _policy(script: str, style: str) -> str:
    """Return a content security policy: this script, this style, pictures within the page."""
    script_hash, style_hash = (
        base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
        for text in (script, style)
    )
    return (
        f"default-src 'none'; img-src data:; script-src 'sha256-{script_hash}'; "
        f"style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    )


def _sections(inputs: ReportInputs) -> list[Section]:
    """Return the sections of figures, cities first."""
    main = headlines(inputs.estimates)
    places = dict.fromkeys(figure.place for figure in inputs.figures)
    if main is not None:
        places |= dict.fromkeys(str(place) for place in main["place"])
    ordered = sorted(places, key=place_order)
    sections = []
    for number, place in enumerate(ordered):
        own = [figure for figure in inputs.figures if figure.place == place]
        sections.append(
            Section(
                name=f"place-{number}",
                title=place_label(place),
                meaning=RULES if place == FACTS else None,
                differences=city_table(f"differences-{number}", place, main),
                drawings=[_drawing(figure) for figure in own if figure.status == "drawn"],
                absent=[figure for figure in own if figure.status != "drawn"],
            )
        )
    return sections


def _drawing(figure: ReportFigure) -> Drawing:
    """Return a figure as the template shows it."""
    size = SIZE.search(figure.svg)
    width, height = (float(points) * PIXELS for points in size.groups()) if size else (0.0, 0.0)
    return Drawing(
        figure=figure,
        address=picture(figure.svg),
        width=round(width),
        height=round(height),
        alternative_text=figure.alternative_text
        or f"{figure.title}. Its caption and numbers stand below the drawing.",
        meaning=None if figure.place == FACTS else meaning(figure),
        numbers=of_frame(f"{figure.figure_id}-numbers", f"Numbers of {figure.title}", figure.frame),
    )
