"""Import and `--help`, against an empty Python."""

from __future__ import annotations

import sys

from measure import COMMAND, OURS, Case


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


CASES = (
    Case("import", OURS, command=lambda _f, _n: _python("import autonomy_stats")),
    Case("import", "Python alone", command=lambda _f, _n: _python("pass")),
    Case("import", "pandas", command=lambda _f, _n: _python("import pandas")),
    Case(
        "--help",
        OURS,
        command=lambda _f, _n: [*COMMAND, "--help"],
    ),
)
