"""CONTRIBUTING.md builds its fictional state, so that the page stays true."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import types
from pathlib import Path

import pytest

from autonomy_stats.facts import places, rosters
from autonomy_stats.loaders import load, states

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# A block belongs to the file that the line above it names last, before its colon.
BLOCK = re.compile(r"`(?P<path>[\w./]+)`[^`\n]*:\n\n```\w+\n(?P<text>.*?)```", re.DOTALL)
BLOCKS = {found["path"]: found["text"] for found in BLOCK.finditer(PAGE)}

LOADERS = "src/autonomy_stats/loaders"
FACTS = "src/autonomy_stats/facts"
FICTONIA = "autonomy_stats.loaders.fictonia"


def executed(name: str, path: str) -> types.ModuleType:
    module = types.ModuleType(name)
    exec(compile(BLOCKS[path], f"{path} of CONTRIBUTING.md", "exec"), module.__dict__)
    return module


PAGE_TEST = executed("test_fictonia", "tests/test_fictonia.py")
TESTS = [name for name in vars(PAGE_TEST) if name.startswith("test_")]


@pytest.fixture
def fictonia(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> types.ModuleType:
    """The state of the page, added to the package step by step for one test."""
    module = executed(FICTONIA, f"{LOADERS}/fictonia.py")
    monkeypatch.setitem(sys.modules, FICTONIA, module)
    monkeypatch.setattr(
        importlib.import_module("autonomy_stats.loaders"), "fictonia", module, False
    )

    listed = executed("states", f"{LOADERS}/states.py").STATE_MODULES
    assert module in listed
    assert set(listed) - {module} <= set(states.STATE_MODULES), (
        "the page lists a state that is gone"
    )
    monkeypatch.setattr(load, "LAYOUTS", (*states.LAYOUTS, *module.LAYOUTS))

    place = eval(BLOCKS[f"{FACTS}/places.py"], {"Place": places.Place})
    monkeypatch.setattr(places, "PLACES", (*places.PLACES, place))

    folder = tmp_path / "facts" / "rosters"
    folder.mkdir(parents=True)
    text = BLOCKS[f"{FACTS}/rosters/fictonia.csv"]
    (folder / "fictonia.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(rosters, "files", lambda package: tmp_path / package.rpartition(".")[2])
    return module


@pytest.mark.parametrize("name", TESTS)
def test_the_page_s_own_tests_pass(
    name: str, fictonia: types.ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> None:
    getattr(PAGE_TEST, name)(tmp_path_factory.mktemp("raw"))


def test_the_page_shows_three_tests_at_least() -> None:
    assert len(TESTS) >= 3


def test_the_state_is_gone_afterwards() -> None:
    assert FICTONIA not in sys.modules
    assert all(layout.state != "fictonia" for layout in load.LAYOUTS)


def test_an_unmapped_column_stops_the_load(fictonia: types.ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(PAGE_TEST.FILE.replace("Principal", "Head"), encoding="utf-8")
    with pytest.raises(load.LayoutError, match="column 'Head' not known to this layout"):
        load.load_file(path)


def test_where_new_code_goes() -> None:
    """Every path of the map exists."""
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|$", PAGE, re.MULTILINE)[2:]
    named = [path for row in rows for path in re.findall(r"`([\w./]+)`", row)]
    assert len(named) >= 10
    package = ROOT / "src" / "autonomy_stats"
    assert [path for path in named if not (package / path).exists()] == []


def test_the_error_of_the_page_is_the_code_s() -> None:
    """The message that the page shows is one that Indiana's layout gives."""
    from autonomy_stats.loaders import indiana

    shown = re.search(r"^> .*; expected (.+)$", PAGE, re.MULTILINE)
    assert shown is not None
    assert f'"{shown[1]}"' in inspect.getsource(indiana)
