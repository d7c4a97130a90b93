"""The documentation's examples run, its generated pages are whole, and its words are the code's."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import re
import sys
from pathlib import Path

import pytest
from test_docs import PAGES, ROOT, text_of

import autonomy_stats as aus
from autonomy_stats import errors
from autonomy_stats.figures.registry import FIGURES

sys.path.append(str(ROOT / "docs" / "extensions"))
gallery = importlib.import_module("gallery")
error_tables = importlib.import_module("error_tables")
STATE_BLOCKS = importlib.import_module("state_tables").STATE_BLOCKS

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXAMPLES = [  # CONTRIBUTING.md, whose blocks are files, has a test of its own
    page for page in PAGES if page.name != "CONTRIBUTING.md" and BLOCK.search(text_of(str(page)))
]


# Examples


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.stem)
def test_every_example_runs(page: Path) -> None:
    """Block after block of a page, as a reader would type them into one session."""
    namespace: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for number, block in enumerate(BLOCK.findall(text_of(str(page))), start=1):
            exec(compile(block, f"{page.name}, block {number}", "exec"), namespace)
    assert printed.getvalue(), "an example shows something"


def test_pages_have_examples() -> None:
    names = {page.stem for page in EXAMPLES}
    assert {"README", "index", "first_estimate", "your_files", "a_run", "formulas"} <= names


# Every message


def test_every_raise_is_on_the_page() -> None:
    """The longest fixed piece of each message, found here without the script's help."""
    page = " ".join(text_of("docs/errors.md").split())
    checked = 0
    for path in sorted((ROOT / "src" / "autonomy_stats").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Raise(exc=ast.Call(func=ast.Name(id=kind), args=[message, *_])):
                    if kind not in error_tables.KINDS:
                        continue
                    fixed = [
                        piece.value.replace("`", "'").replace("|", r"\|").split()
                        for piece in ast.walk(message)
                        if isinstance(piece, ast.Constant) and isinstance(piece.value, str)
                    ]
                    longest = " ".join(max(fixed, key=len, default=[]))
                    assert longest in page, f"{path.name}, {kind}: run scripts/tables.py"
                    checked += 1
    assert checked > 300


def test_every_kind_is_on_the_page() -> None:
    kinds = {
        name
        for name, one in vars(errors).items()
        if inspect.isclass(one) and issubclass(one, Exception) and one.__module__ == errors.__name__
    }
    assert set(error_tables.KINDS) == kinds - {"AutonomyStatsError"} | {"DownloadError"}
    assert {kind for kind, _ in error_tables.WHAT_TO_DO} <= set(error_tables.KINDS)
    combinations = {(one.kind, one.part) for one in error_tables.found()}
    assert set(error_tables.WHAT_TO_DO) <= combinations, "advice for what nobody raises"


def test_a_message_is_written_as_it_reads() -> None:
    source = """f"{sheet.where(row)}: got {text[row]!r}; expected {', '.join(names)}" " or x" """
    node = ast.parse(source.strip(), mode="eval").body
    pattern = error_tables._pattern(node, {})
    assert pattern == "<file, sheet, row, column>: got <text>; expected <names> or x"


SAID_BY_A_FIT = ("since no file gives it",)


def test_troubleshooting_quotes_messages_that_there_are() -> None:
    page = text_of("docs/troubleshooting.md").partition("## Files")[2]
    messages = "\n".join(one.message for one in error_tables.found())
    quotes = re.findall(r'"([^"]+)"', " ".join(re.findall(r"^\*\*(.*?)\*\*", page, re.M)))
    assert len(quotes) >= 6
    for quote in quotes:
        for part in re.split(r" '[^']*'", quote):  # what a message fills in is an example here
            assert part in messages or part in SAID_BY_A_FIT, part


# States, gallery


def test_every_state_has_a_page() -> None:
    for name in STATE_BLOCKS:
        state = name.partition("-")[2]
        assert f"<!-- begin {name}: " in text_of(f"docs/state_{state}.md")


def test_rules_of_hiding_are_taken_from_one_page() -> None:
    layouts = text_of("docs/layouts.md")
    for page in (ROOT / "docs").glob("state_*.md"):
        text = page.read_text(encoding="utf-8")
        start, end = re.findall(r':(?:start-after|end-before): "(.*?)"', text)
        assert layouts.count(start) == layouts.count(end) == 1
        assert f"**{page.stem.removeprefix('state_').title()}" in layouts.split(start)[1]
        assert 40 < len(layouts.split(start)[1].split(end)[0]) < 4000


def test_gallery_has_every_committed_figure() -> None:
    page = gallery.gallery(ROOT / "figures")
    committed = {path.stem for path in (ROOT / "figures").glob("*.png")}
    assert committed == {module.FIGURE_ID for module in FIGURES} & committed
    for name in committed:
        assert f"](../figures/{name}.png)]" in page
        assert (ROOT / "figures" / f"{name}.csv").is_file()
    headings = re.findall(r"^#+ (.*)$", text_of("docs/figures.md"), re.MULTILINE)
    anchors = {gallery.anchor(heading) for heading in headings}
    assert set(re.findall(r"figures\.md#([\w-]+)", page)) <= anchors
    assert gallery.MARK in text_of("docs/gallery.md")


def test_gallery_has_a_picture_of_a_figure_that_no_page_explains_yet() -> None:
    made = gallery.section(FIGURES[0], "# Figures\n", ROOT / "figures")
    name, title = FIGURES[0].FIGURE_ID, FIGURES[0].TITLE
    assert f"[![{title}](../figures/{name}.png)](reading_a_figure.md)" in made


def test_gallery_tells_what_a_drawing_says_of_itself(tmp_path: Path) -> None:
    drawing = tmp_path / "one.svg"
    drawing.write_text("<svg><title>T</title><desc>A &lt; B,\n 3 points</desc></svg>", "utf-8")
    assert "<p>A &lt; B, 3 points</p>" in gallery.in_words(drawing)
    drawing.write_text("<svg></svg>", "utf-8")
    assert gallery.in_words(drawing) == ""


# Names


def test_api_page_has_every_method_of_a_fit() -> None:
    found = re.search(r"autoclass:: autonomy_stats\.Fit\n +:members: (.*)", text_of("docs/api.md"))
    assert found is not None
    methods = {
        name
        for name, one in vars(aus.Fit).items()
        if not name.startswith("_") and (inspect.isfunction(one) or hasattr(one, "func"))
    }
    assert methods <= set(found[1].split(", "))


def test_every_name_that_examples_import_is_explained() -> None:
    api = text_of("docs/api.md") + text_of("docs/scorecard.md")
    named = {name.rpartition(".")[2] for name in re.findall(r"auto\w+:: ([\w.]+)", api)}
    texts = [page.read_text("utf-8") for page in (ROOT / "notebooks").glob("*.py")]
    texts += [block for page in EXAMPLES for block in BLOCK.findall(text_of(str(page)))]
    imported = set()
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("autonomy_stats."):
            imported |= {name.name for name in node.names}
    assert imported - named <= {module.FIGURE_ID for module in FIGURES}
