#!/usr/bin/env python3
"""Write the tables of docs/files.md from official files; with --check, only say if they differ.

    AUTONOMY_STATS_RAW=folder .venv/bin/python scripts/files.py [--check]

What each file is and holds, in counts: no row of a file is copied. The folder is the one that the
page is about; without one the page stays as it is.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tables import code, markdown

from autonomy_stats.errors import UnrecognisedFileError
from autonomy_stats.loaders import LoadedFile, load_file
from autonomy_stats.raw import sha256_of
from autonomy_stats.raw_listing import RAW_VARIABLE, list_files

PAGE = Path(__file__).resolve().parent.parent / "docs" / "files.md"
BLOCK = re.compile(
    r"(<!-- files: made by scripts/files\.py -->\n).*?(<!-- end of files -->)", re.DOTALL
)
HEADER = ("File", "Layout", "Rows", "Spring", "Statuses", "Passed over or corrected", "sha256")


def block(folder: Path) -> str:
    """Make the tables of a folder: files of a known layout, and the others with the reason."""
    known, others = [], []
    for path in sorted(list_files(folder), key=lambda path: path.name):
        try:
            loaded = load_file(path)
        except UnrecognisedFileError as problem:
            others.append((code(path.name), reason(problem, path), code(sha256_of(path)[:12])))
        else:
            if loaded.simulated:
                others.append((code(path.name), "simulated", code(loaded.sha256[:12])))
            else:
                known.append((loaded.state, row(loaded)))
    rows = [cells for _, cells in sorted(known)]
    return f"{markdown(HEADER, rows)}\nOf no known layout:\n\n" + markdown(
        ("File", "What was said", "sha256"), others
    )


def row(loaded: LoadedFile) -> tuple[str, ...]:
    """Say what a file holds."""
    tables = loaded.tables
    return (
        code(loaded.path.name),
        code(loaded.layout),
        "; ".join(f"{name} {len(frame):,}" for name, frame in tables.items()),
        spring({int(year) for frame in tables.values() for year in frame["end_year"]}),
        "; ".join(filter(None, (statuses(name, frame) for name, frame in tables.items()))),
        notes({"": loaded.passed_over, "corrected: ": loaded.corrected}),
        code(loaded.sha256[:12]),
    )


def spring(years: Iterable[int]) -> str:
    """Write years, those without a gap as first and last."""
    years = sorted(years)
    if len(years) > 1 and years[-1] - years[0] == len(years) - 1:
        return f"{years[0]} to {years[-1]}"
    return ", ".join(map(str, years))


def statuses(name: str, frame) -> str:
    """Count the rows of a table by status, and say so of a table that has one."""
    column = next((c for c in ("status", "shares_status") if c in frame), None)
    counts = {} if column is None else frame[column].value_counts().to_dict()
    said = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    return said and f"{name}: {said}"


def notes(counts: Mapping[str, Mapping[str, int]]) -> str:
    """List what was counted, but for nothing."""
    return "; ".join(
        f"{kind}{what} {count:,}"
        for kind, found in counts.items()
        for what, count in found.items()
        if count
    )


def reason(problem: UnrecognisedFileError, path: Path) -> str:
    """Return the first sentence of an error, without the folder of this machine."""
    return str(problem).removeprefix(f"{path}: ").split(". ")[0]


def refreshed(text: str, folder: Path) -> str:
    """Return the page's text with its tables made again."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{block(folder)}\n{found[2]}", text)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if the page differs")
    check = parser.parse_args(arguments).check
    folder = Path(os.environ.get(RAW_VARIABLE) or "nowhere")
    if not folder.is_dir():
        print(f"files: ${RAW_VARIABLE} names no folder; the page stays as it is", file=sys.stderr)
        return 1
    text = PAGE.read_text(encoding="utf-8")
    fresh = refreshed(text, folder)
    if fresh == text:
        return 0
    if check:
        print(f"{PAGE.name}: differs from the files; run scripts/files.py")
        return 1
    PAGE.write_text(fresh, encoding="utf-8", newline="\n")
    print(f"{PAGE.name}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
