#!/usr/bin/env python3
"""Make .venv in this checkout, and install a lock file's packages and this package into it.

    python3 scripts/setup.py [--lock runtime|dev]

Needs the standard library only, asks for no rights, and does nothing when nothing has changed.
It is kept readable for an old Python, so that this can say what is wrong and what to do.
"""

from __future__ import print_function

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys

PYTHONS = ("3.14", "3.13", "3.12", "3.11")  # those that every package of the locks has a wheel for
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class SetupError(Exception):
    """What went wrong and what to do about it, for the person at the keyboard."""


def main(arguments=None):
    """Run the command line; return the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--lock", choices=sorted(LOCKS), default="runtime", help="runtime (default), or dev"
    )
    lock = parser.parse_args(arguments).lock
    try:
        other = other_python(sys.version_info)
        if other:
            return subprocess.call(other + [os.path.abspath(__file__)] + arguments)
        set_up(ROOT, lock)
    except (SetupError, OSError) as error:
        print("setup: {}".format(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; run it again to start over", file=sys.stderr)
        return 1
    return 0


# Which Python


def other_python(version):
    """Return the command of the Python to use instead of this one, or None if this one will do."""
    if "{}.{}".format(*version[:2]) in PYTHONS:
        # From inside .venv, go on with the Python that made it: .venv may have to be made anew.
        inside = os.path.realpath(sys.prefix) == os.path.realpath(os.path.join(ROOT, ".venv"))
        return [sys._base_executable] if inside else None
    commands = [["python" + name] for name in PYTHONS]
    if os.name == "nt":
        commands += [["py", "-" + name] for name in PYTHONS]
    check = "import sys; sys.exit('%d.%d' % sys.version_info[:2] not in {!r})".format(PYTHONS)
    for command in commands:
        if succeeds(command + ["-c", check]):
            return command
    raise SetupError(
        "this is Python {}.{}, and Python {} to {} is needed; none was found.\n"
        "Install one (python.org, your system's packages, pyenv, conda or uv), then name it:\n"
        "    make PYTHON=/path/to/python{} setup".format(
            version[0], version[1], PYTHONS[-1], PYTHONS[0], PYTHONS[1]
        )
    )


# What there is to do


def set_up(root, lock):
    """Bring .venv to the named lock and to this checkout, doing no more than is needed."""
    venv = os.path.join(root, ".venv")
    python = venv_python(venv)
    stamp_path = os.path.join(venv, "setup-stamp.json")
    wanted = stamp(root, lock)
    found = read_stamp(stamp_path) if os.path.exists(python) else {}

    # Whatever the packages depend on is the same as when .venv was made, or it is made anew.
    kept = all(found.get(key) == wanted[key] for key in ("root", "python", "locks"))
    has_lock = kept and found["lock"] in (lock, "dev")
    if has_lock and found["pyproject"] == wanted["pyproject"]:
        return
    if kept:
        os.remove(stamp_path)  # written again at the end: without it, .venv counts as half made
    else:
        if os.path.islink(venv) or os.path.isfile(venv):
            raise SetupError("{} is a link or a file, not made here: move it away".format(venv))
        if os.path.isdir(venv):
            say("Removing .venv: it is half made, or was made for another lock or Python.")
            shutil.rmtree(venv)
        say("Making .venv with Python {}.".format(wanted["python"]))
        make_venv(venv)

    pip = pip_command(python)
    if has_lock:
        wanted["lock"] = found["lock"]
    else:
        say("Installing {} (a minute or two) ...".format(LOCKS[lock]))
        # Wheels only: building from source would run unlocked build tools.
        options = ["--require-hashes", "--only-binary", ":all:", "-r"]
        run_pip(pip, options + [os.path.join(root, LOCKS[lock])], "the packages of " + LOCKS[lock])
    run_pip(pip, ["--no-deps", "--no-build-isolation", "-e", root], "this package")
    with open(stamp_path, "w") as file:
        json.dump(wanted, file, indent=2, sort_keys=True)
    say("Ready: .venv holds {}.".format(LOCKS[wanted["lock"]]))


def stamp(root, lock):
    """Describe what .venv is made from."""
    return {
        "root": root,
        "python": "{}.{}.{}".format(*sys.version_info[:3]),
        "locks": sha256(*[os.path.join(root, LOCKS[name]) for name in sorted(LOCKS)]),
        "pyproject": sha256(os.path.join(root, "pyproject.toml")),
        "lock": lock,
    }


def read_stamp(path):
    """Read what an earlier run left; nothing readable is an empty stamp."""
    try:
        with open(path) as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("lock") in LOCKS else {}


def sha256(*paths):
    """Hash the contents of some files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


# The virtual environment and its pip


def venv_python(venv):
    """Return the path of the Python in a virtual environment."""
    if os.name == "nt":
        return os.path.join(venv, "Scripts", "python.exe")
    return os.path.join(venv, "bin", "python")


def make_venv(venv):
    """Make a virtual environment, also where the system's Python lacks ensurepip.

    Debian and Ubuntu leave ensurepip to the package python3-venv. Without it, an environment
    without pip can be made and filled by the system's pip; else virtualenv brings its own.
    """
    bare = [sys.executable, "-m", "venv", "--without-pip", venv]
    ways = [[sys.executable, "-m", "venv", venv]]
    if succeeds([sys.executable, "-m", "pip", "--python", sys.executable, "--version"]):
        ways.append(bare)
    ways.append([sys.executable, "-m", "virtualenv", "--quiet", venv])
    ways.append(["virtualenv", "--quiet", "--python", sys.executable, venv])
    for way in ways:
        if os.path.lexists(venv):
            shutil.rmtree(venv)
        if succeeds(way):
            return
    if os.path.lexists(venv):
        shutil.rmtree(venv)
    raise SetupError(
        "{} can make no virtual environment: it has neither ensurepip, nor pip 22.3 or newer, "
        "nor virtualenv.\nOn Debian and Ubuntu: sudo apt install python3-venv. "
        "Else name another Python: make PYTHON=/path/to/python3 setup".format(sys.executable)
    )


def pip_command(python):
    """Return the pip that installs for a Python: its own, else this Python's (22.3 or newer)."""
    own = [python, "-m", "pip"]
    if succeeds(own + ["--version"]):
        return own
    return [sys.executable, "-m", "pip", "--python", python]


def run_pip(pip, arguments, what):
    """Run pip install; pip's own words come before ours when it fails."""
    options = ["install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.call(pip + options + arguments) != 0:
        raise SetupError(
            "pip could not install {}; its message is above.\n"
            "If the network failed, run this again.".format(what)
        )


def succeeds(command):
    """Tell whether a command is there and exits with 0, without a word from it."""
    with open(os.devnull, "r+") as null:
        try:
            return subprocess.call(command, stdin=null, stdout=null, stderr=null) == 0
        except OSError:
            return False


def say(text):
    """Print a line at once, so that it stands before what pip prints."""
    print(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
