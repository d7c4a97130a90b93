#!/usr/bin/env python3
"""Write the tables of README.md and docs/ from the code; with --check, only say if they differ.

    .venv/bin/python scripts/tables.py [--check]

A page marks the place of a table with two comments that bear its name:

    <!-- begin figures: made by scripts/tables.py -->
    <!-- end figures -->

The name of a tidy table gives its columns. `BLOCKS` lists the other names.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path

from error_tables import ERROR_BLOCKS
from fact_tables import FACT_BLOCKS, code, markdown
from state_tables import STATE_BLOCKS

from autonomy_stats.facts import PLACES, Place, load_roster
from autonomy_stats.figures.base import FigureModule, panel_needs
from autonomy_stats.figures.registry import FIGURES
from autonomy_stats.labels import type_label
from autonomy_stats.loaders.load import recognise
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.loaders.survey import EXAMPLES
from autonomy_stats.raw import open_raw
from autonomy_stats.raw_listing import packaged_file
from autonomy_stats.schema import CONFIDENCES, FACT_TABLES, SCHOOL_TYPES, TABLES, describe

ROOT = Path(__file__).resolve().parent.parent
MARKED = re.compile(
    r"(?P<begin><!-- begin (?P<name>\S+): made by scripts/tables\.py -->\n)"
    r".*?(?P<end><!-- end (?P=name) -->)",
    re.DOTALL,
)


class PageError(Exception):
    """A page, or the code that its tables come from, lacks what they need."""


# Tables, each a Markdown text


def data() -> str:
    """Official files: layout, file, and who has it."""
    shipped = packaged()
    rows = []
    for layout in LAYOUTS:
        if layout.layout_id in shipped:
            origin, provided = f"the Python package `{shipped[layout.layout_id]}`", "yes"
        else:
            origin, provided = layout.agency, "no"
        rows.append((code(layout.layout_id), layout.title, origin, provided))
    return markdown(("Layout", "File", "From", "Provided"), rows)


def packaged() -> dict[str, str]:
    """Layouts of the files that installed packages ship, with the package."""
    found = {}
    for package, member in EXAMPLES:
        path = packaged_file(package, member)
        if path is None:
            raise PageError(f"the package {package} is not installed: run make setup-dev")
        found[recognise(open_raw(path)).layout_id] = package
    return found


def layouts() -> str:
    """Layouts, with their form and how many columns are used."""
    rows = []
    for layout in LAYOUTS:
        fields = list(layout.columns.values())
        used = sum(bool(name) for name in fields)
        sheets = f"sheets like `{layout.sheet_example}`" if layout.sheets else "delimited text"
        module = layout.tidy.__module__.rpartition(".")[2]
        counts = f"{used} of {len(fields)}"
        rows.append(
            (code(layout.layout_id), layout.title, sheets, counts, code(f"loaders/{module}.py"))
        )
    return markdown(("Layout", "File", "Form", "Header texts used", "Module"), rows)


def figures() -> str:
    """Figures: program, needs, output, note."""
    rows = [
        (
            module.TITLE,
            f"[`{program(module)}`](src/autonomy_stats/figures/{program(module)}.py)",
            needs(module),
            code(f"{module.FIGURE_ID}.png, .svg, .csv{', .html' * hasattr(module, 'html')}"),
            note(module),
        )
        for module in FIGURES
    ]
    return markdown(("Figure", "Program", "Needs", "Output", "Note"), rows)


def needs(module: FigureModule) -> str:
    return "; ".join(dict.fromkeys(need.files for need in panel_needs(module))) or "nothing"


def program(module: FigureModule) -> str:
    """Name of the file that draws a figure."""
    return module.data.__module__.rpartition(".")[2]


def note(module: FigureModule) -> str:
    """Second paragraph of a figure module's docstring; empty if there is none."""
    paragraphs = inspect.cleandoc(sys.modules[module.data.__module__].__doc__ or "").split("\n\n")
    return paragraphs[1] if len(paragraphs) > 1 else ""


def panels() -> str:
    """Panels that each figure is drawn from."""
    rows = []
    for module in FIGURES:
        for need in panel_needs(module):
            for number, one in enumerate((need, *need.otherwise)):
                options = ", ".join(f"{name}={value!r}" for name, value in one.options.items())
                years = ", ".join(str(year) for year in one.end_years)
                spring = f"else {years}" if number else years
                rows.append(
                    (code(module.FIGURE_ID), code(one.place), spring, options and code(options))
                )
    return markdown(("Figure", "Place", "Spring", "Other arguments of `load_panel`"), rows)


def places() -> str:
    """Places: which schools belong, and what an unlisted one is."""
    rows = [
        (
            code(place.place_id),
            place.name,
            belonging(place),
            ", ".join(map(code, place.rosters)),
            code(place.unlisted),
        )
        for place in PLACES
    ]
    return markdown(("Place", "Name", "Schools", "Roster", "A school that no row names"), rows)


def belonging(place: Place) -> str:
    if place.is_state:
        return "every school of the state"
    if place.district_prefix:
        return f"districts whose id begins with {place.district_prefix}"
    return f"district {', '.join(place.district_ids)}, and the schools of the roster"


def rosters() -> str:
    """Rows of each roster by type and confidence, and schools of each type."""
    rows = []
    for name in sorted({name for place in PLACES for name in place.rosters}):
        roster = load_roster(name)
        for school_type in SCHOOL_TYPES:
            of_type = roster[roster["school_type"] == school_type]
            if of_type.empty:
                continue
            counts = [int((of_type["confidence"] == c).sum()) for c in CONFIDENCES]
            schools = of_type["school_id"].nunique()
            rows.append((name, code(school_type), schools, len(of_type), *counts))
    return markdown(("Roster", "Type", "Schools", "Rows", *CONFIDENCES), rows)


def types() -> str:
    """Governance types and their words."""
    return markdown(("Type", "In words"), [(code(name), type_label(name)) for name in SCHOOL_TYPES])


def columns(name: str) -> str:
    """Columns of a declared table."""
    rows = []
    for row in describe(name).to_dict("records"):
        meaning = row["meaning"]
        if row["allowed"] and "`" not in meaning:
            meaning += f" One of {', '.join(map(code, row['allowed'].split(', ')))}."
        marks = ["key"] if row["key"] else ["required"] if row["required"] else []
        rows.append((code(row["column"]), row["kind"], ", ".join(marks), meaning))
    return markdown(("Column", "Kind", "", "Meaning"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    **ERROR_BLOCKS,
    **FACT_BLOCKS,
    **STATE_BLOCKS,
    "data": data,
    "figures": figures,
    "layouts": layouts,
    "panels": panels,
    "places": places,
    "rosters": rosters,
    "types": types,
}


# Pages


def block(name: str) -> str:
    """Make the table of a name."""
    if name in BLOCKS:
        return BLOCKS[name]()
    if name in {table.name for table in (*TABLES, *FACT_TABLES)}:
        return columns(name)
    raise PageError(
        f"no table is called {name!r}; there are {', '.join(BLOCKS)} and declared tables"
    )


def refreshed(text: str) -> str:
    """Return a page's text with its marked tables made again."""
    return MARKED.sub(lambda m: f"{m['begin']}\n{block(m['name'])}\n{m['end']}", text)


def pages() -> list[Path]:
    """Pages that may hold tables."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a page differs")
    check = parser.parse_args(arguments).check
    stale = []
    try:
        for page in pages():
            text = page.read_text(encoding="utf-8")
            fresh = refreshed(text)
            if fresh != text:
                stale.append(page.relative_to(ROOT).as_posix())
                if not check:
                    page.write_text(fresh, encoding="utf-8", newline="\n")
    except PageError as problem:
        print(f"tables: {problem}", file=sys.stderr)
        return 1
    for name in stale:
        print(f"{name}: {'differs from the code; run scripts/tables.py' if check else 'written'}")
    return int(bool(stale) and check)


if __name__ == "__main__":
    sys.exit(main())
