"""Fixtures for all tests: no network, no stray raw folder, one BLAS thread, no display."""

from __future__ import annotations

import os

# Before NumPy and Matplotlib are imported: the workers of xdist share the processors already.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("tests", deadline=None)  # a busy machine is slow, and no test wrong
settings.load_profile("tests")

collect_ignore = ["golden"]  # programs that made the golden files, several of one name

RAW = "AUTONOMY_STATS_RAW"
REQUIRE = "AUTONOMY_STATS_REQUIRE_RAW"


LOOPBACK = ("127.0.0.1", "localhost")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "loopback: may connect to this machine, to a test's server")


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that opens an internet connection (a Unix socket is none).

    Those marked `loopback` may connect to this machine, and to no other.
    """
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    get_address = socket.getaddrinfo
    allowed = LOOPBACK if request.node.get_closest_marker("loopback") else ()

    def guarded(original):
        def attempt(self, address):
            inet = self.family in (socket.AF_INET, socket.AF_INET6)
            if inet and address[0] not in allowed:
                pytest.fail(f"a test connected to {address!r}: tests use no network")
            return original(self, address)

        return attempt

    def look_up(host, *args, **kwargs):
        if host in allowed:
            return get_address("127.0.0.1", *args, **kwargs)
        pytest.fail(f"a test looked up {host!r}: tests use no network")

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture(autouse=True)
def apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run a test in an empty folder; only those marked `real_data` see the raw folder."""
    monkeypatch.chdir(tmp_path)
    if request.node.get_closest_marker("real_data") is None:
        monkeypatch.delenv(RAW, raising=False)
    monkeypatch.delenv("AUTONOMY_STATS_CACHE", raising=False)


@pytest.fixture(scope="session")
def raw_root() -> Path:
    """Folder of the states' official files; skipped where none is named."""
    named = os.environ.get(RAW)
    required = os.environ.get(REQUIRE) == "1"
    if not named:
        if required:
            pytest.fail(f"{REQUIRE}=1, but ${RAW} names no folder")
        pytest.skip(f"${RAW} names no folder of official files")
    folder = Path(named).resolve()
    if not folder.is_dir():
        pytest.fail(f"${RAW} names {folder}, which is no folder")
    return folder


@pytest.fixture(scope="session")
def raw_file(raw_root: Path) -> Callable[[str], Path]:
    """Return a function that gives the path of an official file, by its place below the root."""

    def find(name: str) -> Path:
        path = raw_root / name
        if not path.is_file():
            message = f"{path} is not among the official files"
            pytest.fail(message) if os.environ.get(REQUIRE) == "1" else pytest.skip(message)
        return path

    return find
