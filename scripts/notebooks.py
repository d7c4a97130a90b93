#!/usr/bin/env python3
"""Write notebooks/*.ipynb from the text beside them; with --check, only say if they differ.

    .venv/bin/python scripts/notebooks.py [--check]

The text (`NAME.py`, jupytext's percent format) is what is edited and reviewed. A notebook holds the
same cells without outputs: no row of a state's file comes into the repository, and the same text
gives the same bytes. After editing a notebook in Jupyter, write the text first:

    .venv/bin/jupytext --to py:percent notebooks/NAME.ipynb
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import jupytext
import nbformat

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebook(text: str) -> str:
    """Return the notebook of a text, as JSON."""
    made = jupytext.reads(text, fmt="py:percent")
    made.metadata = nbformat.from_dict(KERNEL)
    made.nbformat, made.nbformat_minor = 4, 5
    for number, cell in enumerate(made.cells, start=1):
        cell.id = f"cell-{number:02d}"
    nbformat.validate(made)
    return nbformat.writes(made) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if one differs")
    check = parser.parse_args(arguments).check
    stale = []
    for source in sorted(FOLDER.glob("*.py")):
        path = source.with_suffix(".ipynb")
        fresh = notebook(source.read_text(encoding="utf-8"))
        if path.is_file() and path.read_text(encoding="utf-8") == fresh:
            continue
        stale.append(path.name)
        if not check:
            path.write_text(fresh, encoding="utf-8", newline="\n")
    for name in stale:
        said = "differs from its text; run scripts/notebooks.py" if check else "written"
        print(f"{name}: {said}")
    return int(bool(stale) and check)


if __name__ == "__main__":
    sys.exit(main())
