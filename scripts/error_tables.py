"""Every message that the package can raise, read from its source: blocks of `tables.py`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from fact_tables import code, markdown

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "autonomy_stats"

KINDS = (
    "RawFileError",
    "UnrecognisedFileError",
    "LayoutError",
    "DataError",
    "MissingDataError",
    "UsageError",
    "EstimationError",
    "DownloadError",
    "ClusterError",
    "InternalError",
)
"""In the order in which a reader meets them, from the file to the estimate."""

WHAT_TO_DO = {
    ("LayoutError", "loaders"): "Compare the file with the agency's own. If the agency has changed "
    "its layout, declare the new one ([contributing](contributing.md)).",
    ("DataError", "loaders"): "Open the file at the sheet, row and column named. Most often a "
    "spreadsheet or a script has changed it: download it again, and keep it as it comes.",
    ("DataError", "facts"): "Mend the row of your roster, or of your table of facts, that is "
    "named.",
    ("DataError", "schema"): "A table of your own has a column or a key that is not as declared: "
    "[tables](tables.md) says what is allowed.",
    ("DataError", "simulate"): "Mend the row of the table of true differences (`--truth`) that is "
    "named.",
    ("RawFileError", "facts"): "Save the roster, or the table of facts, as CSV.",
    ("UsageError", "models"): "Change the argument of `estimate_effects`, or of the function that "
    "you called; the message lists what is allowed.",
    ("UsageError", "panel"): "Change the argument of `load_panel`; the message lists what is "
    "allowed.",
    ("UsageError", "facts"): "Use one of the names that are listed, or make a "
    "`autonomy_stats.facts.Place` of your own.",
    ("UsageError", "simulate"): "Change the argument that is named.",
    ("EstimationError", "models"): "The rows do not carry this estimate. Load more of them, hold "
    "fewer shares equal (`controls=`), or ask for less; the message says which.",
}
"""What to do first, by kind and part of the package, where the message leaves it open."""

FIRST = {
    "RawFileError": "Download the file again, and put it into the raw folder as it comes.",
    "MissingDataError": "Put the file that is named into the raw folder, or ask for another year.",
    "UsageError": "Change the argument that is named; the message lists what is allowed.",
    "DownloadError": "Read the address that is named in a browser, and save the file by hand.",
    "ClusterError": "Mend the cluster, or run without `--backend dask`: the numbers are the same.",
    "InternalError": "Report it, with the message: no file and no argument of yours is at fault.",
}
"""What to do first of a kind, where its part of the package has no words of its own."""


@dataclass(frozen=True)
class Raised:
    """A message, with the kind of error and the module that raises it."""

    kind: str
    module: str
    message: str

    @property
    def part(self) -> str:
        """Folder of the package, or module of its ground floor."""
        return self.module.split("/")[0].removesuffix(".py")


@cache
def found() -> tuple[Raised, ...]:
    """All messages of the package's own kinds, in the order of the source."""
    trees = {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }
    parents = _parents(trees.values())
    constants = {name: node for tree in trees.values() for name, node in _constants(tree)}
    return tuple(
        Raised(parents[call.func.id], module, _pattern(call.args[0], constants))
        for module, tree in trees.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in parents
        and call.args
        and not _passed_on(call.args[0])
    )


def _parents(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Return the documented kind of each error class; of a private one, its base."""
    known = {name: name for name in KINDS}
    classes = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    for node in classes:
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        if node.name not in known and (kind := next((b for b in bases if b in known), None)):
            known[node.name] = kind
    return known


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the texts that a module holds under a name of capitals."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                yield name, value


def _passed_on(node: ast.expr) -> bool:
    """Tell a message that another error brings along: `str(problem)`, `problem`."""
    return isinstance(node, ast.Name) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str"
    )


def _pattern(node: ast.expr, constants: dict[str, ast.expr]) -> str:
    """Write a message with what it fills in between angle brackets."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_pattern(value, constants) for value in values)
        case ast.FormattedValue(value=value):
            return f"<{_name(value)}>"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _pattern(left, constants) + _pattern(right, constants)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="format")):
            text = _pattern(constants[name], constants) if name in constants else f"<{name}>"
            return re.sub(r"\{(\w+)\}", r"<\1>", text)
        case ast.Name(id=name) if name in constants:
            return _pattern(constants[name], constants)
    return f"<{_name(node)}>"


def _name(node: ast.expr) -> str:
    """Name what is filled in, as far as the source does."""
    match node:
        case ast.Attribute(attr="loc" | "iloc" | "at" | "iat"):
            return "value"
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").replace("_", " ").lower()
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name.replace("_", " ")
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return _name(value)
        case ast.Call(func=ast.Attribute(attr="where") | ast.Name(id="where" | "Where")):
            return "file, sheet, row, column"
        case ast.Call(func=ast.Attribute(attr="join"), args=[inner]):
            return _name(inner)
        case ast.Call(func=ast.Name(), args=[inner, *_]):
            return _name(inner)
        case ast.Call(func=ast.Attribute(value=inner)):
            return _name(inner)
        case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
            return _name(elt)
        case ast.BoolOp(values=[first, *_]) | ast.BinOp(left=first):
            return _name(first)
        case ast.UnaryOp(operand=operand):
            return _name(operand)
    return "..."


def errors(kind: str) -> str:
    """Messages of a kind, by part of the package, each with what to do first."""
    raised = [one for one in found() if one.kind == kind]
    blocks = []
    for part in dict.fromkeys(one.part for one in raised):
        own = [one for one in raised if one.part == part]
        to_do = WHAT_TO_DO.get((kind, part), FIRST.get(kind, "The message says what to do."))
        rows = [
            (code(one.message.replace("`", "'")), code(one.module.removeprefix(f"{part}/")))
            for one in own
        ]
        heading = f"**{code(part)}.** {to_do}"
        blocks.append(f"{heading}\n\n{markdown(('Message', 'Raised in'), rows)}")
    return "\n".join(blocks)


ERROR_BLOCKS: dict[str, Callable[[], str]] = {
    f"errors-{kind}": partial(errors, kind) for kind in KINDS
}
