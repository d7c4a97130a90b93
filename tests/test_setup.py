"""The lock files, scripts/setup.py and the Makefile: what a new user meets first."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CORE = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
BACKEND = PROJECT["build-system"]["requires"]


def load_script():
    spec = importlib.util.spec_from_file_location("setup_script", ROOT / "scripts" / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def script():
    """A fresh copy of the script's module, so that a test may replace its parts."""
    return load_script()


# The lock files


def entries(lock):
    """Split a lock file into its requirements, each with its own `--hash` options."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def pins(lock):
    """Return each pinned name's version and marker."""
    found = {}
    for entry in entries(lock):
        pin = Requirement(entry.split(" --hash=")[0].strip())
        (specifier,) = pin.specifier
        assert specifier.operator == "==", entry
        name = canonicalize_name(pin.name)
        assert name not in found, f"{lock} pins {name} twice"
        found[name] = (specifier.version, pin.marker)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_says_nothing_about_where_packages_come_from(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "\\" not in text.replace("\\\n", "\n")
    for line in text.splitlines():
        # Comments name packages; what is not one is a pin or its hash.
        assert re.match(r"[a-z0-9]|    --hash=sha256:[0-9a-f]{64}( \\)?$|    #( |$)", line), line
        assert "/" not in line, line
        assert " @ " not in line, line


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_hashes_every_pin(lock):
    assert entries(lock)
    assert not [entry for entry in entries(lock) if " --hash=sha256:" not in entry]


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", CORE + EXTRAS["examples"] + BACKEND),
        ("requirements-dev.lock", CORE + EXTRAS["examples"] + BACKEND + EXTRAS["dev"]),
    ],
)
def test_lock_satisfies_pyproject(lock, wanted):
    found = pins(lock)
    for text in wanted:
        requirement = Requirement(text)
        version, marker = found[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{lock} has {version}, pyproject wants {text}"
        assert marker is None, f"{lock} leaves {requirement.name} out on some systems"


def test_runtime_lock_holds_no_development_tool():
    runtime = {Requirement(text).name for text in CORE + EXTRAS["examples"] + BACKEND}
    dev = {Requirement(text).name for text in EXTRAS["dev"]} - runtime - {"packaging"}
    assert not dev & set(pins("requirements.lock"))


def test_dev_lock_agrees_with_runtime_lock():
    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    versions = {name: version for name, (version, _) in runtime.items()}
    assert versions == {name: dev[name][0] for name in runtime if name in dev}


def test_backend_group_is_what_builds_the_package():
    assert PROJECT["dependency-groups"]["backend"] == BACKEND
    assert set(BACKEND) <= set(EXTRAS["dev"])


def test_no_lock_with_addresses():
    assert not (ROOT / "uv.lock").exists()


def test_installed_packages_are_the_locked_ones():
    """In .venv itself: nothing was added or changed by hand."""
    if Path(sys.prefix).resolve() != ROOT / ".venv":
        pytest.skip("not run from the checkout's .venv")
    from importlib.metadata import version

    environment = default_environment()
    locked = {
        name: locked_version
        for name, (locked_version, marker) in pins("requirements-dev.lock").items()
        if marker is None or marker.evaluate(environment)
    }
    assert {name: version(name) for name in locked} == locked


# Which Python


def test_an_old_python_can_read_the_script():
    tree = ast.parse((ROOT / "scripts" / "setup.py").read_text(encoding="utf-8"))
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, new)]
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13), (3, 99, 0)])
def test_wrong_python_is_refused_with_the_way_out(script, monkeypatch, capsys, version):
    monkeypatch.setattr(script.sys, "version_info", version)
    monkeypatch.setattr(script, "succeeds", lambda command: False)
    assert script.main(["--lock", "runtime"]) == 1
    said = capsys.readouterr().err
    assert f"this is Python {version[0]}.{version[1]}" in said
    assert "make PYTHON=" in said
    assert "Traceback" not in said


def test_wrong_python_hands_over_to_one_that_will_do(script, monkeypatch):
    calls = []
    monkeypatch.setattr(script.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(script, "succeeds", lambda command: command[0] == "python3.12")
    monkeypatch.setattr(script.subprocess, "call", lambda command: calls.append(command) or 0)
    assert script.main(["--lock", "dev"]) == 0
    assert calls == [["python3.12", str(ROOT / "scripts" / "setup.py"), "--lock", "dev"]]


def test_pythons_start_at_the_oldest_that_the_package_takes(script):
    assert PROJECT["project"]["requires-python"] == f">={script.PYTHONS[-1]}"


# What is made, and what is left alone


@pytest.fixture
def checkout(script, tmp_path, monkeypatch):
    """A small checkout whose installs are written down instead of run."""
    for name in ["requirements.lock", "requirements-dev.lock", "pyproject.toml"]:
        (tmp_path / name).write_text("first")
    done = []

    def make_venv(venv):
        done.append("venv")
        python = Path(script.venv_python(venv))
        python.parent.mkdir(parents=True)
        python.touch()

    def run_pip(pip, arguments, what):
        done.append(what)

    monkeypatch.setattr(script, "make_venv", make_venv)
    monkeypatch.setattr(script, "run_pip", run_pip)
    monkeypatch.setattr(script, "pip_command", lambda python: ["pip"])

    def run(lock):
        done.clear()
        script.set_up(str(tmp_path), lock)
        return [what.removeprefix("the packages of ") for what in done]

    return tmp_path, run


RUNTIME = ["venv", "requirements.lock", "this package"]
DEV = ["venv", "requirements-dev.lock", "this package"]


def test_second_run_does_nothing(checkout):
    _, run = checkout
    assert run("runtime") == RUNTIME
    assert run("runtime") == []


def test_dev_is_added_to_runtime_and_serves_for_it(checkout):
    _, run = checkout
    run("runtime")
    assert run("dev") == DEV[1:]
    assert run("runtime") == []
    assert run("dev") == []


@pytest.mark.parametrize("lock", LOCKS)
def test_changed_lock_makes_venv_anew(checkout, lock):
    root, run = checkout
    run("runtime")
    (root / lock).write_text("second")
    assert run("runtime") == RUNTIME


def test_changed_pyproject_installs_only_this_package_and_keeps_dev(checkout):
    root, run = checkout
    run("dev")
    (root / "pyproject.toml").write_text("second")
    assert run("runtime") == ["this package"]
    assert run("dev") == []


def test_another_python_makes_venv_anew(checkout, script, monkeypatch):
    _, run = checkout
    run("runtime")
    monkeypatch.setattr(script.sys, "version_info", (3, 13, 99))
    assert run("runtime") == RUNTIME


@pytest.mark.parametrize(
    "damage",
    [
        lambda venv, python: (venv / "setup-stamp.json").unlink(),
        lambda venv, python: (venv / "setup-stamp.json").write_text("{"),
        lambda venv, python: (venv / "setup-stamp.json").write_text(json.dumps({"lock": "x"})),
        lambda venv, python: python.unlink(),
    ],
    ids=["no stamp", "cut stamp", "strange stamp", "no python"],
)
def test_half_made_venv_is_made_anew(checkout, script, damage):
    root, run = checkout
    run("dev")
    damage(root / ".venv", Path(script.venv_python(str(root / ".venv"))))
    assert run("dev") == DEV


def test_linked_venv_is_not_touched(checkout, script):
    root, run = checkout
    (root / "elsewhere").mkdir()
    (root / ".venv").symlink_to(root / "elsewhere")
    with pytest.raises(script.SetupError, match="move it away"):
        run("dev")
    assert (root / "elsewhere").is_dir()


def test_failed_install_counts_as_half_made(checkout, script, monkeypatch):
    root, run = checkout
    run("runtime")

    def fail(pip, arguments, what):
        raise script.SetupError("pip could not")

    with monkeypatch.context() as patch:
        patch.setattr(script, "run_pip", fail)
        with pytest.raises(script.SetupError):
            script.set_up(str(root), "dev")
    assert run("dev") == DEV


def test_failure_is_one_message_and_exit_code_1(script, monkeypatch, capsys):
    def fail(root, lock):
        raise script.SetupError("what happened\nwhat to do")

    monkeypatch.setattr(script, "other_python", lambda version: None)
    monkeypatch.setattr(script, "set_up", fail)
    assert script.main([]) == 1
    assert capsys.readouterr().err == "setup: what happened\nwhat to do\n"


# Without ensurepip


def test_venv_without_ensurepip(script, tmp_path, monkeypatch):
    """Really made, with this Python's pip standing in for the system's."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this Python has no pip")
    venv = tmp_path / "a folder" / ".venv"
    succeeds = script.succeeds

    def without_ensurepip(command):
        if command[1:] == ["-m", "venv", str(venv)]:
            (venv / "bin").mkdir(parents=True)  # Debian's venv leaves such a stump behind
            return False
        return succeeds(command)

    monkeypatch.setattr(script, "succeeds", without_ensurepip)
    script.make_venv(str(venv))
    python = script.venv_python(str(venv))
    pip = script.pip_command(python)
    assert pip == [sys.executable, "-m", "pip", "--python", python]
    listed = subprocess.run([*pip, "list"], capture_output=True, text=True, check=True)
    assert listed.stdout == ""  # it looked into the new environment, which is empty


def test_no_way_to_make_a_venv_says_what_to_install(script, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "succeeds", lambda command: False)
    with pytest.raises(script.SetupError, match="apt install python3-venv"):
        script.make_venv(str(tmp_path / ".venv"))


# The Makefile


def test_makefile_has_the_targets_and_explains_them():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):(?!=)", text, re.MULTILINE)
    assert targets[0] == "help"
    public = {"setup", "reproduce", "demo", "figures", "test", "lint", "types", "docs", "lock"}
    public |= {"bench", "clean"}
    assert public <= set(targets)
    assert set(re.findall(r'@echo "make ([a-z]+) ', text)) == public
    (phony,) = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert set(phony.split()) == set(targets)


def test_makefile_keeps_to_make_3_81():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert not re.search(r"\.ONESHELL|\$\(file|&:|::?:=|!=|\.RECIPEPREFIX", text)
