"""What is known of a state's files, as Markdown: blocks of `tables.py`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fact_tables import code, markdown

from autonomy_stats.facts import load_breaks
from autonomy_stats.fetch.registry import STATES, load_registry
from autonomy_stats.loaders.states import LAYOUTS

KIND_WORDS = {
    "new_test": "another test",
    "new_form": "another form",
    "new_measure": "another measure of growth",
    "new_definition": "another definition",
    "no_testing": "no test",
}


def state_layouts(state: str) -> str:
    """Layouts of a state: the file, and the module that reads it."""
    rows = [
        (one.title, code(one.layout_id), code(f"{module_of(one)}.py"))
        for one in LAYOUTS
        if one.state == state
    ]
    return markdown(("File", "Layout", "Read in loaders/ by"), rows)


def module_of(layout: object) -> str:
    return layout.tidy.__module__.rpartition(".")[2]


def state_breaks(state: str) -> str:
    """Breaks of a state, from the last spring before to the first after."""
    rows = [
        (
            f"{row['last_end_year']} to {row['first_end_year']}",
            row["table"],
            KIND_WORDS[row["kind"]],
            f"{row['from_series']} to {row['to_series']}"
            if row["from_series"] != row["to_series"]
            else row["from_series"],
            row["note"],
        )
        for row in load_breaks(state).astype(object).to_dict("records")
    ]
    return markdown(("Spring", "Table", "What", "From and to", "Note"), rows)


def state_sources(state: str) -> str:
    """Where the files of a state come from, as the registry of `fetch` has it."""
    rows = [
        (
            code(entry.file),
            code(entry.layout),
            f"[page]({entry.page}): {entry.choices}" if entry.by_hand else f"[file]({entry.url})",
            ", ".join(map(code, entry.figures)),
        )
        for entry in load_registry()
        if entry.state == state
    ]
    return markdown(("File", "Layout", "From", "For figure"), rows)


STATE_BLOCKS: dict[str, Callable[[], str]] = {
    f"{what}-{state}": partial(make, state)
    for state in STATES
    for what, make in (
        ("layouts", state_layouts),
        ("breaks", state_breaks),
        ("sources", state_sources),
    )
}
