"""What SECURITY.md promises: no code in data, pinned hashes, downloads over https only."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autonomy_stats.fetch.registry import load_registry

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
LOCKS = ("requirements.lock", "requirements-dev.lock")

MODULES = {
    *("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "yaml"),
    *("code", "codeop", "runpy", "telnetlib", "ftplib", "smtplib"),
}
"""Modules that read code from data, or the network in the clear."""

CALLS = {
    *("eval", "exec", "compile", "__import__", "breakpoint", "os.system", "os.popen"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "read_pickle", "to_pickle"),
    *(
        "joblib.load",
        "joblib.dump",
        "pd.eval",
        "pa.deserialize",
        "np.save",
        "ssl._create_unverified_context",
    ),
}
ARGUMENTS = {"shell": True, "allow_pickle": True, "verify": False}
FRAME_TEXT = {"eval", "query"}
"""Methods of a frame that evaluate a text."""


def dotted(node: ast.expr) -> str:
    """Name of what is called: `a.b.c`, as far as it has one."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def faults(text: str) -> list[str]:
    """What in a module could run code that data hold."""
    found = []
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        found += [name for name in names if MODULES & set(name.split("."))]
        found += [name for name in names if name in CALLS]
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            last = called.rpartition(".")[2]
            found += [called] if called in CALLS or last.endswith("_pickle") else []
            if last in FRAME_TEXT and not (node.args and isinstance(node.args[0], ast.Constant)):
                found.append(f"{called} of a text that is not written out")
            found += [
                f"{word.arg}={word.value.value}"
                for word in node.keywords
                if word.arg in ARGUMENTS
                and isinstance(word.value, ast.Constant)
                and word.value.value is ARGUMENTS[word.arg]
            ]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "from joblib.externals import cloudpickle",
        "import yaml; yaml.load(x)",
        "eval(x)",
        "exec('a')",
        "pd.read_pickle(p)",
        "frame.to_pickle(p)",
        "joblib.load(p)",
        "from os import system; import os; os.system('a')",
        "subprocess.run('a', shell=True)",
        "np.load(p, allow_pickle=True)",
        "requests.get(u, verify=False)",
        "frame.query(text)",
        "frame.eval(f'a == {b}')",
    ],
)
def test_a_fault_is_found(text):
    assert faults(text)


@pytest.mark.parametrize(
    "text", ["frame.query(\"note == ''\")", "re.compile('a')", "ast.literal_eval('1')"]
)
def test_what_is_no_fault(text):
    assert faults(text) == []


def test_no_module_runs_what_data_say():
    assert len(SOURCES) > 200
    found = {str(p.relative_to(ROOT)): faults(p.read_text(encoding="utf-8")) for p in SOURCES}
    assert {name: what for name, what in found.items() if what} == {}


def test_only_fetch_opens_a_connection():
    network = {"requests", "urllib.request", "urllib3", "http.client", "socket", "pooch", "httpx"}
    users = {
        path.relative_to(ROOT / "src" / "autonomy_stats").parts[0]
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and network & {alias.name for alias in node.names})
        or (isinstance(node, ast.ImportFrom) and node.module in network)
    }
    assert users == {"fetch"}


# Locks


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_pinned_and_hashed(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    whole = text.replace("\\\n", " ").splitlines()
    lines = [line for line in whole if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) > 20
    pinned = re.compile(
        r"[A-Za-z0-9._\-\[\]]+==[^\s;]+( ; [^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*"
    )
    assert [line for line in lines if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_address(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert (
        re.findall(r"--(?:extra-)?index-url|--find-links|--trusted-host|\w+://|git\+| @ ", text)
        == []
    )


def test_setup_installs_only_what_has_its_hash():
    assert "--require-hashes" in (ROOT / "scripts" / "setup.py").read_text(encoding="utf-8")


# Addresses (refusals of http and of redirects to it: test_fetch.py)


def test_every_address_of_the_registry_is_https():
    addresses = {entry.address for entry in load_registry()}
    assert len(addresses) > 20
    assert [address for address in addresses if not address.startswith("https://")] == []
