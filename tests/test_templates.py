"""Templates: every column explained, loadable once filled in, never written over a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import autonomy_stats as aus
from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.facts import load_roster
from autonomy_stats.schema import TABLES, table
from autonomy_stats.templates import TEMPLATES, template, write_template

EACH = pytest.mark.parametrize("name", TEMPLATES)
RUN = "from autonomy_stats.cli import main; main()"
FILLED = {
    "state": "ohio",
    "end_year": "2019",
    "school_id": "0001",
    "status": "suppressed",
    "measure": "mgp",
    "sector": "district",
    "grade": "04",
    "school_type": "pilot",
    "confidence": "documented",
}


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, "template", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


def fill(path: Path, name: str, **cells: str) -> Path:
    """Add one row with what is required."""
    columns = table(name).columns
    row = [(FILLED | cells).get(c.name, "x" if c.required else "") for c in columns]
    path.write_text(path.read_text(encoding="utf-8") + ",".join(row) + "\n", encoding="utf-8")
    return path


def test_every_tidy_table_has_a_template():
    assert set(TEMPLATES) <= {one.name for one in TABLES}
    assert {"achievement", "growth", "demographics", "directory", "roster"} == set(TEMPLATES)


@EACH
def test_comments_explain_every_column(name):
    *comments, header = template(name).splitlines()
    assert comments[0] == f"# autonomy-stats {name}"
    assert all(line.startswith("# ") for line in comments)
    assert header.split(",") == table(name).column_names
    for column in table(name).columns:
        (line,) = [line for line in comments if line.startswith(f"# {column.name} (")]
        assert column.meaning in line
        assert ("; required" in line) == column.required
        assert ("may be blank" in line) == (not column.required)
        assert ("part of the key" in line) == (column.name in table(name).key)
        assert all(value in line for value in column.allowed)
    assert ("from 0 to 100" in template(name)) == any(
        c.kind == "percent" for c in table(name).columns
    )


@EACH
def test_a_filled_template_loads(name, tmp_path):
    path = fill(write_template(name, tmp_path / "t.csv"), name)
    if name == "roster":
        assert load_roster("denver", path)["school_id"].tolist() == ["0001"]
    else:
        loaded = aus.load_file(path)
        assert loaded.layout == f"tidy-{name}"
        assert loaded.tables[name]["school_id"].tolist() == ["0001"]


@EACH
def test_an_error_counts_the_comments(name, tmp_path):
    wrong = "from_end_year" if name == "roster" else "end_year"
    path = fill(write_template(name, tmp_path / "t.csv"), name, **{wrong: "20x9"})
    row = len(template(name).splitlines()) + 1
    with pytest.raises(DataError, match=rf"t\.csv, row {row}, column '{wrong}': got '20x9'"):
        load_roster("denver", path) if name == "roster" else aus.load_file(path)


@EACH
def test_an_empty_template_is_named(name, tmp_path):
    path = write_template(name, tmp_path / "t.csv")
    if name == "roster":
        assert load_roster("denver", path).empty
    else:
        with pytest.raises(DataError, match="no row stands below the header"):
            aus.load_file(path)


def test_unknown_template():
    with pytest.raises(UsageError, match="no template is called 'panel'; there are achievement"):
        template("panel")


# Command line


@EACH
def test_command_prints(name, tmp_path):
    done = run(name, cwd=tmp_path)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", template(name))
    assert list(tmp_path.iterdir()) == []


def test_command_writes_and_never_overwrites(tmp_path):
    done = run("growth", "--out", "g.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Written to g.csv\n")
    path = fill(tmp_path / "g.csv", "growth")
    before = path.read_bytes()
    done = run("growth", "--out", "g.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: g.csv: is there already, and is left as it is; name another\n"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["panel"], "no template is called 'panel'"),
        (["growth", "--out", "no/g.csv"], "no such folder"),
        ([], "Missing argument"),
    ],
)
def test_mistakes(arguments, words, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
