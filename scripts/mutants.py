#!/usr/bin/env python3
"""Change the code of a module in one place at a time, and see whether its tests notice.

    .venv/bin/python scripts/mutants.py [--only TEXT] [--processes 2] [--out survivors.csv]

For each change the tests of the module run in a child of a process that has imported the heavy
libraries already; a change that no test notices survives. docs/mutants.md explains the survivors.
Needs a system that can fork.
"""

from __future__ import annotations

import argparse
import ast
import csv
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("autonomy_stats")
HEAVY = ("numpy", "pandas", "scipy.stats", "scipy.optimize", "statsmodels.api")
LONGEST = 240
"""Seconds after which a change counts as noticed: it has made a loop without end."""

INFERENCE = ("cluster_robust", "joint_test", "wild_bootstrap", "permutation", "batched_inference")
TESTS = {
    "models/inference": tuple(f"tests/test_{name}.py" for name in INFERENCE),
    "scorecard": ("tests/test_scorecard.py",),
}
"""Folders whose modules are changed, and the tests that should notice."""

OTHER_COMPARISON = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OTHER_OPERATOR = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True)
class Mutant:
    """A module, changed in one place."""

    module: Path
    line: int
    before: str
    after: str
    source: str


def mutants_of(module: Path) -> Iterator[Mutant]:
    """Yield every change of a module; its docstrings, annotations and imports stay."""
    text = (ROOT / "src" / module).read_text(encoding="utf-8")
    tree = ast.parse(text)
    for place, node in enumerate(_code(tree)):
        for number, _ in enumerate(_changes(node)):
            copy = ast.parse(text)
            target = list(_code(copy))[place]
            before = ast.unparse(target)
            list(_changes(target))[number]()
            ast.fix_missing_locations(copy)
            after = ast.unparse(target)
            yield Mutant(module, node.lineno, before, after, ast.unparse(copy))


def _code(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Yield statements and expressions that can change what the module computes."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.Import | ast.ImportFrom) or not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.JoinedStr) or _is_only_for_types(child):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield child
            yield from _code(child)


def _is_only_for_types(node: ast.AST) -> bool:
    """Tell whether a node names public objects, or is seen by a type checker alone."""
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name == "__all__" or (name[:1].isupper() and name[1:2].islower())
        case ast.Raise() | ast.Assert():
            return True  # the words of a message; whether it is raised, its condition tells
        case ast.Expr(value=ast.Constant()):
            return True
    return False


def _changes(node: ast.AST) -> Iterator[Callable[[], None]]:
    """Yield what changes a node in place."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OTHER_COMPARISON:
            yield lambda: node.ops.__setitem__(0, OTHER_COMPARISON[type(operator)]())
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if (
            type(operator) in OTHER_OPERATOR
        ):
            yield lambda: setattr(node, "op", OTHER_OPERATOR[type(operator)]())
        case ast.BoolOp(op=operator):
            other = ast.Or if isinstance(operator, ast.And) else ast.And
            yield lambda: setattr(node, "op", other())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield (
                lambda: (
                    setattr(node, "op", ast.UAdd())
                    if isinstance(node.op, ast.USub)
                    else _become(node, ast.Call(ast.Name("bool", ast.Load()), [node.operand], []))
                )
            )
        case ast.Constant(value=bool(value)):
            yield lambda: setattr(node, "value", not value)
        case ast.Constant(value=int(value) | float(value)):
            yield lambda: setattr(node, "value", value + 1)
        case ast.If() | ast.IfExp() | ast.While():
            yield lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))


def _become(node: ast.AST, other: ast.AST) -> None:
    """Turn a node into another."""
    node.__class__ = other.__class__  # type: ignore[assignment]
    node.__dict__.update(other.__dict__)


def is_noticed(mutant: Mutant, tests: tuple[str, ...], scratch: Path) -> bool:
    """Run the tests of a mutant in a child; True if one fails."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        shutil.copytree(ROOT / "src", Path(folder, "src"), ignore=shutil.ignore_patterns("*.pyc"))
        Path(folder, "src", mutant.module).write_text(mutant.source, encoding="utf-8")
        child = multiprocessing.get_context("fork").Process(
            target=_tested, args=(Path(folder, "src"), tests)
        )
        child.start()
        child.join(LONGEST)
        if child.exitcode is None:
            os.kill(child.pid or 0, signal.SIGKILL)
            child.join()
        return child.exitcode != 0


def refuse_failing(asked: list[tuple[Mutant, tuple[str, ...]]]) -> None:
    """Stop if tests fail without any change: all would count as noticed."""
    for module, tests in {
        mutant.module.parent: (mutant.module, tests) for mutant, tests in asked
    }.values():
        source = (ROOT / "src" / module).read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as scratch:
            if is_noticed(Mutant(module, 0, "", "", source), tests, Path(scratch)):
                sys.exit(f"{', '.join(tests)}: a test fails without any change")


def _tested(source: Path, tests: tuple[str, ...]) -> None:
    """Run tests against a copy of the package, and exit as they do."""
    import pytest

    os.chdir(ROOT)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(source))
    silent = os.open(source.parent / "tests.log", os.O_WRONLY | os.O_CREAT)
    os.dup2(silent, sys.stdout.fileno())
    os.dup2(silent, sys.stderr.fileno())
    ended = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", *tests])
    import autonomy_stats

    at_home = Path(autonomy_stats.__file__).is_relative_to(source)
    os._exit(int(ended) if at_home else 0)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="modules whose path has this text")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write the survivors as CSV")
    args = parser.parse_args()
    for name in HEAVY:
        __import__(name)
    asked = [
        (mutant, tests)
        for folder, tests in TESTS.items()
        for path in sorted((ROOT / "src" / PACKAGE / folder).glob("*.py"))
        if args.only in str(path.relative_to(ROOT))
        for mutant in mutants_of(path.relative_to(ROOT / "src"))
    ]
    refuse_failing(asked)
    survivors = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(args.processes) as pool:
        runs = pool.map(lambda one: is_noticed(*one, Path(scratch)), asked)
        for number, ((mutant, _), noticed) in enumerate(zip(asked, runs, strict=True), start=1):
            if not noticed:
                survivors.append(mutant)
                print(f"{mutant.module}:{mutant.line}: {mutant.before}  ->  {mutant.after}")
            if number % 50 == 0:
                print(f"{number} of {len(asked)}, {time.monotonic() - start:.0f} s", flush=True)
    print(f"{len(survivors)} of {len(asked)} changes survive")
    if args.out:
        with args.out.open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(["module", "line", "before", "after"])
            rows.writerows([m.module, m.line, m.before, m.after] for m in survivors)


if __name__ == "__main__":
    main()
