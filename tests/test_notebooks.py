"""The notebooks run, on simulated files and on official ones; they agree with their text."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from test_docs import ROOT, load_script

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = sorted((ROOT / "notebooks").glob("*.py"))
SCRIPT = load_script("notebooks")
each_text = pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)

Run = Callable[[Path, str], list[nbformat.NotebookNode]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Return what runs a notebook: one kernel for all, since starting one takes seconds."""
    folder = tmp_path_factory.mktemp("kernel")
    # Sockets of this machine's file system, where it has them: no port is opened.
    transport = "tcp" if sys.platform == "win32" else "ipc"
    manager = KernelManager(kernel_name="python3", transport=transport, ip=str(folder / "k"))
    manager.start_kernel(cwd=str(folder), env={**os.environ, "AUTONOMY_STATS_CACHE": "off"})

    def execute(path: Path, raw: str) -> list[nbformat.NotebookNode]:
        notebook = nbformat.read(path, as_version=4)
        first = nbformat.v4.new_code_cell(
            f"%reset -f\nimport os\nos.environ['AUTONOMY_STATS_RAW'] = {raw!r}"
        )
        notebook.cells.insert(0, first)
        client = NotebookClient(notebook, km=manager, timeout=120)
        try:
            client.execute()
        finally:
            client.kc.stop_channels()
        return notebook.cells[1:]

    yield execute
    manager.shutdown_kernel(now=True)


def shown(cells: list[nbformat.NotebookNode]) -> tuple[str, int]:
    """Return the text that the cells show, and how many pictures."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    data = [output.get("data", {}) for output in outputs]
    texts = [output.get("text", "") for output in outputs] + [d.get("text/plain", "") for d in data]
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    return "\n".join(texts), sum("image/png" in one for one in data)


# They run


@each_notebook
def test_runs_on_simulated_files(notebook: Path, run: Run) -> None:
    text, pictures = shown(run(notebook, ""))
    assert pictures >= 1
    assert "SIMULATED" in text or "simulated: True" in text


@pytest.mark.real_data
@pytest.mark.parametrize("number", ["01", "02", "05"])  # the others make their own schools
def test_runs_on_official_files(number: str, run: Run, raw_root: Path) -> None:
    notebook = next(path for path in NOTEBOOKS if path.name.startswith(number))
    text, pictures = shown(run(notebook, str(raw_root)))
    assert pictures >= 1
    assert "SIMULATED" not in text
    assert "simulated: True" not in text


# They are what they say they are


def test_there_are_five_pairs() -> None:
    names = [path.stem for path in NOTEBOOKS]
    assert [name[:2] for name in names] == ["01", "02", "03", "04", "05"]
    assert [path.stem for path in TEXTS] == names


@each_text
def test_the_notebook_is_its_text(text: Path) -> None:
    source = text.read_text(encoding="utf-8")
    notebook = text.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert SCRIPT.notebook(source) == notebook, "run scripts/notebooks.py"
    cells = nbformat.reads(notebook, as_version=4)
    plain = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "-all"}
    cells.metadata = nbformat.from_dict({"jupytext": plain})
    assert jupytext.writes(cells, fmt="py:percent").strip() == source.strip()


@each_text
def test_defines_nothing(text: Path) -> None:
    tree = ast.parse(text.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert [node.name for node in ast.walk(tree) if isinstance(node, kinds)] == []
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert "autonomy_stats" in imported


@each_notebook
def test_has_no_output(notebook: Path) -> None:
    for cell in nbformat.read(notebook, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_check_finds_drift(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("# %% [markdown]\n# # One\n\n# %%\nx = 1\n", encoding="utf-8")
    monkeypatch.setattr(SCRIPT, "FOLDER", tmp_path)
    assert SCRIPT.main(["--check"]) == 1
    assert not (tmp_path / "a.ipynb").exists()
    assert SCRIPT.main([]) == 0
    assert SCRIPT.main(["--check"]) == 0
    (tmp_path / "a.py").write_text("# %%\nx = 2\n", encoding="utf-8")
    assert SCRIPT.main(["--check"]) == 1
    assert "a.ipynb: differs from its text" in capsys.readouterr().out
