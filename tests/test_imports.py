"""What importing the package costs, its public names, and the lists that name every module."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import autonomy_stats
from autonomy_stats import figures, loaders
from autonomy_stats.figures.registry import FIGURES
from autonomy_stats.loaders.states import LAYOUTS

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path(autonomy_stats.__file__).parent.parent
HEAVY = ("pandas", "numpy", "matplotlib", "statsmodels", "scipy", "pyarrow")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the checkout, with this package first on the path."""
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        arguments,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def imported_by(code: str) -> set[str]:
    """Names of the heavy modules that some code imports, in a fresh interpreter."""
    done = run(sys.executable, "-c", f"{code}\nimport sys; print(' '.join(sys.modules))")
    assert done.returncode == 0, done.stderr
    return set(HEAVY) & set(done.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import autonomy_stats",
        "import autonomy_stats.errors",
        "import autonomy_stats.cli",
        "import autonomy_stats.loaders.states",
        "import autonomy_stats; dir(autonomy_stats); autonomy_stats.__version__",
    ],
)
def test_import_is_light(code):
    assert imported_by(code) == set()


def test_the_check_of_imports_sees_a_heavy_one():
    assert "numpy" in imported_by("import autonomy_stats; autonomy_stats.estimate_effects")


def test_public_names():
    names = autonomy_stats.__all__
    assert len(names) <= 25
    assert len(set(names)) == len(names)
    assert dir(autonomy_stats) == sorted(names)
    for name in names:
        assert getattr(autonomy_stats, name) is not None
    with pytest.raises(AttributeError, match="'autonomy_stats' has no attribute 'no_such'"):
        autonomy_stats.no_such  # noqa: B018


@pytest.mark.parametrize("name", sorted(set(autonomy_stats.__all__) - {"__version__"}))
def test_public_name_says_what_it_is(name):
    assert len((getattr(autonomy_stats, name).__doc__ or "").strip()) > 20


def modules(package):
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    return [import_module(f"{package.__name__}.{name}") for name in names]


def test_every_layout_is_listed():
    listed = [id(layout) for layout in LAYOUTS]
    assert len(set(listed)) == len(listed)
    assert len({layout.layout_id for layout in LAYOUTS}) == len(LAYOUTS)
    declaring = [module for module in modules(loaders) if hasattr(module, "LAYOUTS")]
    assert len(declaring) >= 3
    for module in declaring:
        assert {id(layout) for layout in module.LAYOUTS} <= set(listed), module.__name__


def test_every_figure_is_listed():
    drawing = [module for module in modules(figures) if hasattr(module, "FIGURE_ID")]
    listed = {module.data.__module__ for module in FIGURES}
    assert {module.__name__ for module in drawing} <= listed
    assert len({module.FIGURE_ID for module in FIGURES}) == len(FIGURES)


def test_import_contracts():
    done = run(
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as m; m()",
        "--no-cache",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
