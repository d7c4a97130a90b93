"""README and docs/ say what the code says: tables, examples, commands, paths, names, defaults."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import typer

import autonomy_stats as aus
from autonomy_stats.cli import app
from autonomy_stats.facts import load_roster
from autonomy_stats.figures import fig06
from autonomy_stats.figures.registry import FIGURES
from autonomy_stats.loaders import colorado
from autonomy_stats.models import guards, tables
from autonomy_stats.scales import PARCC
from autonomy_stats.schema import CONTROLS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "autonomy_stats"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
TOP_FOLDERS = tuple(
    f"{name}/"
    for name in ["benchmarks", "data", "docs", "figures", "notebooks", "scripts", "src", "tests"]
)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_script", ROOT / f"scripts/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.path.append(str(ROOT / "scripts"))  # tables.py imports its neighbour
TABLES = load_script("tables")
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


# Generated tables


@every_page
def test_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert TABLES.refreshed(text) == text, "run scripts/tables.py"


@every_page
def test_each_mark_of_a_table_is_whole(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(re.findall("<!-- begin ", text)) == len(TABLES.MARKED.findall(text))


def test_every_table_stands_somewhere() -> None:
    marked = {m["name"] for page in PAGES for m in TABLES.MARKED.finditer(text_of(str(page)))}
    assert set(TABLES.BLOCKS) | {table.name for table in TABLES.TABLES} <= marked


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """README in a folder of its own, as the root that the script writes to."""
    (tmp_path / "README.md").write_text(text_of("README.md"), encoding="utf-8")
    monkeypatch.setattr(TABLES, "ROOT", tmp_path)
    return tmp_path / "README.md"


def test_check_finds_drift_and_a_run_mends_it(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert TABLES.main(["--check"]) == 0
    drifted = text_of("README.md").replace("| `michigan-meap-2001` |", "| `michigan-2001` |")
    copied.write_text(drifted, encoding="utf-8")
    assert TABLES.main(["--check"]) == 1
    assert copied.read_text(encoding="utf-8") == drifted
    assert TABLES.main([]) == 0
    assert copied.read_text(encoding="utf-8") == text_of("README.md")
    assert capsys.readouterr().out.split("\n")[0].startswith("README.md: differs from the code")


def test_an_unknown_table_is_named(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = "<!-- begin layout: made by scripts/tables.py -->\n<!-- end layout -->\n"
    copied.write_text(mark, encoding="utf-8")
    assert TABLES.main([]) == 1
    assert "no table is called 'layout'" in capsys.readouterr().err


# README's example


def test_the_five_lines_print_what_readme_shows() -> None:
    found = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert found is not None
    program, shown = found.groups()
    assert len([line for line in program.splitlines() if line]) == 5
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})
    assert printed.getvalue() == shown


# Commands


@every_page
def test_every_make_command_is_in_the_makefile(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`(make [^`]*)`", text)
    lines = [line for block in blocks for line in block.splitlines()] + inline
    named = {
        re.sub(r"\w+=(\"[^\"]*\"|\S+) ?", "", line.split("#")[0]).split()[1]
        for line in lines
        if line.startswith("make ")
    }
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert named <= targets
    if page.name == "README.md":
        assert {"reproduce", "test", "figures", "help", "setup"} <= named


def test_windows_commands_are_those_of_the_makefile() -> None:
    """Without make: what its targets do, in their order."""
    found = re.search(r"```bat\n(.*?)```", text_of("README.md"), re.DOTALL)
    assert found is not None
    lines = [line for line in found[1].splitlines() if line]
    setup = load_script("setup")
    assert (ROOT / "scripts" / "setup.py").is_file()
    assert set(setup.LOCKS) == {"runtime", "dev"}
    makefile = text_of("Makefile")
    assert "$(BIN)/autonomy-stats reproduce" in makefile
    assert "$(BIN)/python -m pytest" in makefile
    assert lines == [
        r"py scripts\setup.py",
        r".venv\Scripts\autonomy-stats reproduce",
        r"py scripts\setup.py --lock dev",
        r".venv\Scripts\python -m pytest",
    ]


def test_readme_names_the_pythons_of_setup() -> None:
    versions = load_script("setup").PYTHONS
    assert f"Python {versions[-1]} to {versions[0]}" in text_of("README.md")


def test_cli_page_has_every_command_and_option() -> None:
    page = text_of("docs/cli.md")
    command = typer.main.get_command(app)
    script = tomllib.loads(text_of("pyproject.toml"))["project"]["scripts"]
    assert list(script) == ["autonomy-stats"]
    for name, sub in command.commands.items():
        assert f"## `autonomy-stats {name}" in page
        for option in (o for parameter in sub.params for o in parameter.opts if o[:2] == "--"):
            assert f"`{option}" in page, option


# Links, paths and names


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).strip().lower().replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("#")
    }
    for link in links:
        if link.startswith("#"):
            assert link[1:] in headings, link
        elif "://" not in link:
            assert (page.parent / link.partition("#")[0]).exists(), link


@every_page
def test_paths_exist(page: Path) -> None:
    """Paths in backticks, from the root or the package; the fictional state is not there."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    made = ("docs/_build", "data/processed")
    for path in re.findall(r"`([\w./-]+)`", text):
        named = path.startswith(TOP_FOLDERS) and not path.startswith(made)
        if named and "fictonia" not in path:
            assert any((base / path).exists() for base in (ROOT, PACKAGE)), path


def test_api_page_has_every_public_name() -> None:
    page = text_of("docs/api.md")
    missing = [name for name in aus.__all__ if not re.search(rf"autonomy_stats\.{name}\b", page)]
    assert missing == []


def test_every_figure_has_its_section_and_picture() -> None:
    page = text_of("docs/figures.md")
    for module in FIGURES:
        section = re.search(rf"^## {module.FIGURE_ID}\b.*?(?=^## |\Z)", page, re.M | re.DOTALL)
        assert section is not None, module.FIGURE_ID
        committed = (ROOT / f"figures/{module.FIGURE_ID}.png").is_file()
        assert (f"](../figures/{module.FIGURE_ID}.png)" in section[0]) == committed
        assert ("Not drawn from the files at hand" in section[0]) != committed


def test_every_page_is_in_the_table_of_contents() -> None:
    trees = re.findall(r"```{toctree}.*?\n\n(.*?)```", text_of("docs/index.md"), re.DOTALL)
    listed = [name for tree in trees for name in tree.split()]
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert sorted([*listed, "index"]) == sorted(pages)


# What the pages say in words


def test_the_frozen_default() -> None:
    """A change of it is dated in docs/method.md and listed in CHANGELOG.md; then change this."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(aus.estimate_effects).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }
    assert defaults == {
        "school_type": "school_type",
        "reference": "traditional",
        "controls": None,
        "absorb": ("subject", "grade", "end_year"),
        "weights": "auto",
        "cluster": "school_id",
        "vcov": "CR2",
        "working": "identity",
        "estimator": "wls",
        "drop_types": ("exam", "alternative", "unknown"),
        "conf_level": 0.95,
    }
    page = text_of("docs/method.md")
    assert "frozen on 2026-11-22" in page
    for name in (*CONTROLS, *defaults["drop_types"], defaults["reference"]):
        assert f"`{name}`" in page, name


def test_numbers_in_words_are_the_code_s() -> None:
    method, layouts = text_of("docs/method.md"), text_of("docs/layouts.md")
    assert f"more than {guards.MOST_INCOMPLETE * 100:.0f} %" in method
    assert f"fewer than {tables.FEWEST_DF:.0f} degrees of freedom" in method
    assert tables.FEWEST_SCHOOLS == 4, "method.md says: two or three"
    assert f'marked "{tables.TOO_FEW}"' in method
    assert f"and {fig06.HIDDEN:.0f}, the most that the state hides" in method
    assert f"below {PARCC.approached:.0f}" in layouts
    assert f"fewer than {colorado.FEWEST_SHOWN:.0f} students" in layouts
    assert colorado.MOST_STARRED == 3, "layouts.md says: three at most"


def test_shares_of_inferred_rows_are_as_the_page_says() -> None:
    def inferred(place: str, school_type: str) -> float:
        roster = load_roster(place)
        rows = roster[roster["school_type"] == school_type]
        return float((rows["confidence"] != "documented").mean())

    assert inferred("michigan", "independent_charter") == 1
    assert inferred("denver", "independent_charter") == pytest.approx(1 / 3, abs=0.05)
    assert inferred("denver", "innovation") > 1 / 2
    assert (load_roster("indianapolis")["confidence"] != "documented").mean() < 0.05
