"""The gallery page: every committed figure with its note, made when the site is built.

Pictures and tables are those of `figures/`; Sphinx copies them into the site, so that the
repository holds them once.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from autonomy_stats.figures.base import FigureModule
from autonomy_stats.figures.registry import FIGURES

DOCS = Path(__file__).resolve().parent.parent
MARK = "<!-- gallery: made by extensions/gallery.py -->"
PAGE = "gallery"


def setup(app: Sphinx) -> dict[str, Any]:
    """Fill the page when Sphinx reads it."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(app: Sphinx, name: str, source: list[str]) -> None:
    if name == PAGE:
        source[0] = source[0].replace(MARK, gallery(DOCS / "../figures"))


def gallery(folder: Path) -> str:
    """Return the page's sections, one for each figure that the folder holds."""
    said = (DOCS / "figures.md").read_text(encoding="utf-8")
    drawn = [module for module in FIGURES if (folder / f"{module.FIGURE_ID}.png").is_file()]
    return "\n".join(section(module, said, folder) for module in drawn)


def section(module: FigureModule, said: str, folder: Path) -> str:
    """Return a figure's picture, its note and its files; `said` is the page that explains it."""
    name = module.FIGURE_ID
    picture = f"../figures/{name}"
    words = re.search(rf"!\[([^\]]+)\]\({re.escape(picture)}\.png\)", said)
    heading = re.search(rf"^## ({name}\b.*)$", said, re.MULTILINE)
    files = f"{{download}}`numbers <{picture}.csv>`, {{download}}`drawing <{picture}.svg>`"
    image = f"![{words[1] if words else module.TITLE}]({picture}.png)"
    how = f"figures.md#{anchor(heading[1])}" if heading else "reading_a_figure.md"
    lines = [
        f"## {module.TITLE}",
        f"[{image}]({how})",
        note(module),
        in_words(folder / f"{name}.svg"),
        f"[How to read it]({how}); {files}.",
    ]
    return "\n\n".join(filter(None, lines)) + "\n"


def in_words(drawing: Path) -> str:
    """Return what the drawing says of itself to readers who can't see it, to be unfolded."""
    found = re.search(r"<desc[^>]*>(.*?)</desc>", drawing.read_text(encoding="utf-8"), re.DOTALL)
    words = " ".join(found[1].split()) if found else ""  # escaped already
    return f"<details><summary>In words</summary><p>{words}</p></details>" if words else ""


def anchor(heading: str) -> str:
    """Return the address of a heading within its page."""
    return re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")


def note(module: FigureModule) -> str:
    """Return the second paragraph of a figure module's docstring."""
    text = inspect.cleandoc(sys.modules[module.data.__module__].__doc__ or "")
    return "".join(text.split("\n\n")[1:2])
