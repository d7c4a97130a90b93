"""Fetching, against a server of this machine that misbehaves as real ones do."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from autonomy_stats import fetch
from autonomy_stats.errors import RawFileError, UsageError
from autonomy_stats.fetch import DownloadError, Entry, Policy, fetch_files, load_registry, select
from autonomy_stats.fetch.address import check_address, from_mirror
from autonomy_stats.fetch.download import _check_content, _Watch, download
from autonomy_stats.fetch.records import NAME, read_records
from autonomy_stats.fetch.registry import parse_registry
from autonomy_stats.fetch.unpack import unpack
from autonomy_stats.raw_listing import list_files

pytestmark = pytest.mark.loopback

SOURCE = Path(fetch.__file__).parent.parent.parent
CONTENT = b"PK\x03\x04" + bytes(range(256)) * 1200
PAGE = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
MAIN = "from autonomy_stats.cli import main; main()"
FAST = Policy(retries=2, timeout=0.4, first_wait=0.01, longest_wait=5)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def entry(name: str = "a.xlsx", content: bytes | None = CONTENT, **changes: object) -> Entry:
    known = {} if content is None else {"sha256": sha(content), "size": len(content)}
    values = {
        "id": "an-entry",
        "state": "indiana",
        "file": name,
        "publisher": "The agency",
        "terms": "",
        "page": "https://agency.test/page",
        "url": f"https://agency.test/files/{name}",
    }
    return Entry(**(values | known | changes))


class Server(ThreadingHTTPServer):
    """Answers each path with its list of answers in turn, the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list] = {}
        self.seen: dict[str, int] = defaultdict(int)
        self.headers: list = []
        self.times: list[float] = []
        self.half_sent = threading.Event()
        self.release = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def gives(self, *answers: object, name: str = "a.xlsx") -> None:
        self.answers[f"/files/{name}"] = list(answers)

    def handle_error(self, *_args: object) -> None:
        """A client that hangs up is what these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        server, path = self.server, self.path.removeprefix("http://localhost:9")
        server.headers.append(self.headers)
        server.times.append(time.monotonic())
        answers = server.answers.get(path, [404])
        answer = answers[min(server.seen[path], len(answers) - 1)]
        server.seen[path] += 1
        if callable(answer):
            answer(self)
        elif isinstance(answer, int):
            self.respond(answer, PAGE, "text/html")
        else:
            self.respond(200, answer)

    def respond(self, status=200, body=b"", kind="application/octet-stream", length=None, **more):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if length != "":
            self.send_header("Content-Length", str(length or len(body)))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def truncated(handler: Handler) -> None:
    handler.respond(body=CONTENT[:5000], length=len(CONTENT))


def half_and_stall(handler: Handler) -> None:
    handler.respond(body=CONTENT[: len(CONTENT) // 2], length=len(CONTENT))
    handler.wfile.flush()
    handler.server.half_sent.set()
    handler.server.release.wait(20)


def silent(handler: Handler) -> None:
    handler.server.release.wait(20)


def hangs_up(handler: Handler) -> None:
    handler.connection.close()


def page(handler: Handler) -> None:
    handler.respond(200, PAGE, "text/html; charset=utf-8")


def page_as_text(handler: Handler) -> None:
    handler.respond(200, b"\xef\xbb\xbf\n " + PAGE, "text/csv")


def denied_as_html(handler: Handler) -> None:
    handler.respond(200, b"Access denied", "text/html")


def workbook_called_html(handler: Handler) -> None:
    handler.respond(200, CONTENT, "text/html")


def no_length(handler: Handler) -> None:
    handler.respond(200, CONTENT, length="")


def later(seconds: str, status: int = 429):
    def answer(handler: Handler) -> None:
        handler.respond(status, b"", Retry_After=seconds)

    return answer


def redirect(where: str):
    def answer(handler: Handler) -> None:
        handler.respond(302, b"", Location=where)

    return answer


@pytest.fixture
def server(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.release.set()
        server.shutdown()


def run(server: Server, raw: Path, *entries: Entry, policy: Policy = FAST, **options: object):
    results = fetch_files(entries or [entry()], raw, mirror=server.url, policy=policy, **options)
    return list(results)


def left_in(raw: Path) -> list[str]:
    """Every file below a raw folder, hidden ones too."""
    return sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file())


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw"


def named(value: object) -> str:
    """Name a case: the same in every process."""
    if isinstance(value, tuple):
        return "-".join(named(item) for item in value)
    if isinstance(value, bytes):
        return "file" if value == CONTENT else f"bytes{len(value)}"
    return value.__name__ if callable(value) else str(value)[:30]


# What works


@pytest.mark.parametrize(
    "answers",
    [
        (CONTENT,),
        (no_length,),
        (workbook_called_html,),
        (redirect("/files/b.xlsx"),),
        (500, CONTENT),
        (503, 429, CONTENT),
        (truncated, CONTENT),
        (hangs_up, CONTENT),
        (half_and_stall, CONTENT),
        (silent, CONTENT),
        (later("0"), CONTENT),
    ],
    ids=named,
)
def test_fetched(server, raw, answers):
    server.gives(*answers)
    server.gives(CONTENT, name="b.xlsx")
    (result,) = run(server, raw)
    assert (result.status, result.message) == ("fetched", "")
    assert (raw / "indiana/a.xlsx").read_bytes() == CONTENT
    assert left_in(raw) == [NAME, "indiana/a.xlsx"]
    record = read_records(raw)["indiana/a.xlsx"]
    assert record.sha256 == record.expected == sha(CONTENT)
    assert record.size == len(CONTENT)
    assert record.url == f"{server.url}/files/a.xlsx"
    assert list_files(raw) == [raw / "indiana/a.xlsx"]


def test_what_is_at_hand_is_not_asked_for_again(server, raw):
    server.gives(CONTENT)
    assert [run(server, raw)[0].status for _ in range(2)] == ["fetched", "at hand"]
    before = (raw / "indiana/a.xlsx").stat()
    assert run(server, raw, accept_changed=True)[0].status == "at hand"
    assert (raw / "indiana/a.xlsx").stat() == before
    (raw / "indiana/a.xlsx").rename(raw / "mine.xlsx")
    (result,) = run(server, raw)
    assert (result.status, result.message) == ("at hand", "as mine.xlsx")
    assert sum(server.seen.values()) == 1


def test_a_failure_does_not_stop_the_others(server, raw):
    server.gives(CONTENT, name="b.xlsx")
    results = run(server, raw, entry("gone.xlsx"), entry("b.xlsx"))
    assert [result.status for result in results] == ["failed", "fetched"]


def test_the_query_and_the_agent_are_sent(server, raw):
    server.answers["/files/rows.csv?accessType=DOWNLOAD"] = [b"a,b\n1,2\n"]
    url = "https://agency.test/files/rows.csv?accessType=DOWNLOAD"
    (result,) = run(server, raw, entry("rows.csv", None, url=url))
    assert result.status == "fetched", result.message
    assert server.headers[0]["User-Agent"].startswith("autonomy-stats/")
    assert server.headers[0]["Accept-Encoding"] == "identity"


def test_the_proxy_of_the_environment_is_used(server, raw, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.gives(CONTENT)
    (result,) = fetch_files([entry()], raw, mirror="http://localhost:9", policy=FAST)
    assert result.status == "fetched", result.message
    assert server.seen == {"/files/a.xlsx": 1}


# What is refused, and what is said


@pytest.mark.parametrize(
    ("answers", "words", "asked"),
    [
        ((404,), ("404", "moved or removed", "page is https://agency.test/page"), 1),
        ((403,), ("403", "browser"), 1),
        ((418,), ("418", "expected 200"), 1),
        ((500,), ("500", "3 attempts failed", "try again later"), 3),
        ((429,), ("429", "3 attempts"), 3),
        ((later("3600"),), ("429", "3,600 s"), 1),
        ((later("Fri, 31 Dec 2999 23:59:59 GMT", 503),), ("503", "asks to wait"), 1),
        ((truncated,), ("cut short", "3 attempts"), 3),
        ((half_and_stall,), ("no byte within 0.4 s", "--timeout"), 3),
        ((silent,), ("no byte within 0.4 s",), 3),
        ((hangs_up,), ("no connection",), 3),
        ((page,), ("web page came instead", "browser"), 1),
        ((page_as_text,), ("web page came instead",), 1),
        ((denied_as_html,), ("web page came instead",), 1),
        ((b"",), ("an empty file",), 1),
        ((b"a,b\n1,2\n",), ("no .xlsx file", "a,b"), 1),
        ((redirect("http://agency.test/a.xlsx"),), ("redirects to http://agency.test", "https"), 1),
        ((redirect("ftp://agency.test/a.xlsx"),), ("redirects to ftp", "expected an https"), 1),
        ((redirect("/files/a.xlsx"),), ("redirects",), 31),
        ((CONTENT + b"x",), ("has changed", sha(CONTENT), "--accept-changed", "307,205 bytes"), 1),
    ],
    ids=named,
)
def test_refused(server, raw, answers, words, asked):
    server.gives(*answers)
    (result,) = run(server, raw)
    assert result.status == "failed"
    assert all(word in result.message for word in ("/files/a.xlsx", *words)), result.message
    assert server.seen["/files/a.xlsx"] == asked
    assert left_in(raw) == []


def test_no_server(server, raw):
    server.server_close()
    (result,) = run(server, raw)
    assert "no connection" in result.message


def test_a_short_file_is_told_even_where_the_transfer_is_content(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match=r"cut short \(got 307,203 of 307,204 bytes\)"):
        _check_content("https://agency.test/a", tmp_path / "a.xlsx", _Watch(False, len(CONTENT)))


def test_waits_grow_and_are_random():
    policy = Policy(first_wait=1, longest_wait=6)
    for attempt, whole in ((1, 1), (2, 2), (3, 4), (4, 6), (9, 6)):
        waits = {policy.wait(attempt) for _ in range(50)}
        assert len(waits) > 1
        assert whole / 2 <= min(waits) <= max(waits) <= whole


def test_waits_as_long_as_the_server_asks(server, tmp_path, caplog):
    server.gives(later("2", 503), CONTENT)
    waits: list[float] = []
    url = f"{server.url}/files/a.xlsx"
    download(url, tmp_path / "a.xlsx", policy=FAST, sleep=waits.append)
    assert waits == [2]
    assert "503" in caplog.text
    assert "trying again in 2.0 s" in caplog.text


@pytest.mark.parametrize(
    ("url", "loopback", "allowed"),
    [
        ("https://agency.test/a", False, True),
        ("https://agency.test/a", True, True),
        ("http://127.0.0.1:1/a", True, True),
        ("http://[::1]:1/a", True, True),
        ("http://127.0.0.1:1/a", False, False),
        ("http://agency.test/a", True, False),
        ("http://127.0.0.1.agency.test/a", True, False),
        ("http://127.0.0.1@agency.test/a", True, False),
        ("file:///etc/hosts", True, False),
        ("ftp://agency.test/a", False, False),
    ],
)
def test_addresses(url, loopback, allowed):
    if allowed:
        check_address(url, loopback=loopback)
    else:
        with pytest.raises(DownloadError, match="expected an https address"):
            check_address(url, loopback=loopback)


@pytest.mark.parametrize("where", ["http://agency.test/a", "http://127.0.0.1/a"])
def test_https_never_redirects_to_http(where):
    response = requests.Response()
    response.status_code, response.url = 302, "https://agency.test/a"
    response.headers["Location"] = where
    with pytest.raises(DownloadError, match=r"https://agency\.test/a redirects to http:"):
        _Watch(loopback=False)(response)


def test_only_a_mirror_can_be_http(tmp_path):
    with pytest.raises(DownloadError, match="expected an https address, got http"):
        download("http://agency.test/a", tmp_path / "a", policy=FAST)


@pytest.mark.parametrize(
    "mirror",
    [
        *("http://mirror.test", "http://10.0.0.1/", "ftp://127.0.0.1", "mirror.test", ""),
        *("https://", "https://h:x/", "https://mirror.test/?a=b"),
    ],
)
def test_a_mirror_that_is_refused(raw, mirror):
    with pytest.raises(UsageError, match="--mirror"):
        list(fetch_files([entry()], raw, mirror=mirror, dry_run=True))


def test_a_mirror_keeps_path_and_query():
    got = from_mirror("https://agency.test/a%20b/c.csv?d=e", "https://mirror.test:8443/x/")
    assert got == "https://mirror.test:8443/x/a%20b/c.csv?d=e"


# Changed files


def test_a_changed_file_is_kept_only_when_accepted(server, raw):
    changed = CONTENT + b"new"
    server.gives(changed)
    assert run(server, raw)[0].status == "failed"
    (result,) = run(server, raw, accept_changed=True)
    assert result.status == "fetched"
    assert f"sha256 {sha(changed)} recorded in" in result.message
    assert (raw / "indiana/a.xlsx").read_bytes() == changed
    assert read_records(raw)["indiana/a.xlsx"].expected == sha(CONTENT)
    assert run(server, raw)[0].status == "at hand"


def test_a_file_of_another_content_is_left_alone(server, raw):
    server.gives(CONTENT)
    mine = raw / "indiana/a.xlsx"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    (result,) = run(server, raw)
    assert result.status == "failed"
    assert all(
        word in result.message
        for word in (str(mine), "left as it is", sha(CONTENT), sha(b"mine"), "--accept-changed")
    )
    assert mine.read_bytes() == b"mine"
    assert not server.seen
    assert run(server, raw, accept_changed=True)[0].status == "fetched"
    assert mine.read_bytes() == CONTENT


def test_a_file_without_a_known_hash(server, raw):
    server.gives(CONTENT, CONTENT + b"new")
    unknown = entry(content=None)
    (result,) = run(server, raw, unknown)
    assert (result.status, "no hash was known" in result.message) == ("fetched", True)
    (raw / "indiana/a.xlsx").unlink()
    (result,) = run(server, raw, unknown)
    assert "has changed" in result.message
    (raw / NAME).unlink()
    (raw / "indiana/a.xlsx").write_bytes(b"mine")
    assert run(server, raw, unknown)[0].status == "at hand"


@pytest.mark.parametrize("text", ["{", "[]", '{"a": 1}', '{"a": {"b": 1}}'])
def test_damaged_records(raw, text):
    raw.mkdir()
    (raw / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(RawFileError, match=r"\.hashes\.json: cannot be read .* remove it"):
        list(fetch_files([entry()], raw, dry_run=True))


# Archives


def archive(members: dict[str, bytes], **attributes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as content:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = attributes.get("external_attr", 0)
            content.writestr(info, data)
    return buffer.getvalue()


TABLES = {"in/scores.txt": b"a,b\n1,2\n" * 500, "entities.txt": b"c\n3\n", "readme.pdf": b"%PDF"}


def test_an_archive_is_unpacked(server, raw):
    content = archive(TABLES)
    server.gives(content, name="a.zip")
    zipped = entry("a.zip", content, members="*.txt")
    (result,) = run(server, raw, zipped)
    assert result.message == "unpacked: scores.txt, entities.txt"
    assert left_in(raw) == [NAME, "indiana/entities.txt", "indiana/scores.txt"]
    assert read_records(raw)["indiana/a.zip"].members["entities.txt"] == sha(b"c\n3\n")
    assert run(server, raw, zipped)[0].status == "at hand"
    (raw / "indiana/scores.txt").write_bytes(b"mine")
    (result,) = run(server, raw, zipped)
    assert "left as it is" in result.message
    assert (raw / "indiana/scores.txt").read_bytes() == b"mine"
    assert run(server, raw, zipped, accept_changed=True)[0].status == "fetched"
    assert (raw / "indiana/scores.txt").read_bytes() == TABLES["in/scores.txt"]


def test_an_archive_put_there_by_hand_is_unpacked_and_left(server, raw):
    content = archive(TABLES)
    (raw / "indiana").mkdir(parents=True)
    (raw / "indiana/a.zip").write_bytes(content)
    zipped = entry("a.zip", content, members="*.txt")
    assert run(server, raw, zipped)[0].status == "fetched"
    assert (raw / "indiana/a.zip").read_bytes() == content
    assert not server.seen


def _damaged(content: bytes) -> bytes:
    return content[:60] + b"\xff" * 20 + content[80:]


def _locked(content: bytes) -> bytes:
    """Set the flag that says that a password is needed, in both headers of one member."""
    data = bytearray(content)
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (archive({"../up.txt": b"x"}), "leads out of the archive"),
        (archive({"a/../../up.txt": b"x"}), "leads out of the archive"),
        (archive({"/etc/up.txt": b"x"}), "leads out of the archive"),
        (archive({"..\\up.txt": b"x"}), "leads out of the archive"),
        (archive({"C:up.txt": b"x"}), "leads out of the archive"),
        (archive({"l.txt": b"/etc/hosts"}, external_attr=stat.S_IFLNK << 16), "leads out"),
        (archive({"a/s.txt": b"x", "b/s.txt": b"y"}), "two members are called 's.txt'"),
        (archive({"big.txt": bytes(200_000)}), "more than 100,000 bytes"),
        (archive({f"{i}.txt": bytes(30_000) for i in range(5)}), "more than 100,000 bytes"),
        (archive({"a.csv": b"x"}), r"no member is called \*.txt; it holds 'a.csv'"),
        (archive({}), "holds nothing"),
        (_damaged(archive({"s.txt": bytes(range(256)) * 4})), "damaged"),
        (archive({"s.txt": bytes(500)})[:-30], "damaged"),
        (_locked(archive({"s.txt": b"x"})), "password"),
    ],
    ids=named,
)
def test_archives_that_are_refused(tmp_path, content, words):
    path, folder = tmp_path / "a.zip", tmp_path / "in" / "folder"
    path.write_bytes(content)
    folder.mkdir(parents=True)
    with pytest.raises(DownloadError, match=words):
        unpack(path, "*.txt", folder, limit=100_000)
    assert not [p for p in tmp_path.rglob("*up.txt")]
    assert sum(p.stat().st_size for p in folder.iterdir()) <= 100_000 + (1 << 20)


def test_an_archive_that_understates_its_size(tmp_path):
    data = bytearray(archive({"s.txt": bytes(3 << 20)}))
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(bytes(data))
    (tmp_path / "in").mkdir()
    with pytest.raises(DownloadError):
        unpack(tmp_path / "a.zip", "*.txt", tmp_path / "in", limit=100_000)
    assert sum(p.stat().st_size for p in (tmp_path / "in").iterdir()) <= 100_000 + (1 << 20)


def test_a_bad_archive_leaves_nothing(server, raw):
    content = archive({"good.txt": b"x", "../up.txt": b"x"})
    server.gives(content, name="a.zip")
    assert run(server, raw, entry("a.zip", content, members="*.txt"))[0].status == "failed"
    assert left_in(raw) == []


# A process that is killed


def child(code: str) -> subprocess.Popen:
    path = os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code], env=os.environ | {"PYTHONPATH": path}
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_killed_in_the_middle(server, raw):
    server.gives(half_and_stall, CONTENT)
    asked = entry()
    process = child(
        "from autonomy_stats.fetch import Entry, Policy, fetch_files\n"
        f"list(fetch_files([{asked!r}], {str(raw)!r}, mirror={server.url!r}))"
    )
    assert server.half_sent.wait(15)
    deadline = time.monotonic() + 5
    while not any((raw / n).stat().st_size for n in (left_in(raw) if raw.exists() else [])):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait(10)
    (part,) = left_in(raw)
    assert part.startswith(".fetching-")
    assert list_files(raw) == []
    assert run(server, raw)[0].status == "fetched"
    assert part in left_in(raw)  # another process might still be writing it
    folder = (raw / part).parent
    for path in (raw / part, folder):
        os.utime(path, (0, 0))
    run(server, raw)
    assert not folder.exists()


def test_a_full_disk_leaves_nothing(server, raw, monkeypatch):
    server.gives(CONTENT)

    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autonomy_stats.fetch.disk.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        run(server, raw)
    assert left_in(raw) == []


# The registry


def test_the_registry_fits_the_package():
    from autonomy_stats.facts import PLACES
    from autonomy_stats.figures.base import panel_needs
    from autonomy_stats.figures.registry import FIGURES
    from autonomy_stats.loaders.states import LAYOUTS

    registry = load_registry()
    known = {place.place_id: place.state for place in PLACES}
    layouts = {layout.layout_id for layout in LAYOUTS}
    for item in registry:
        assert all(known.get(place, item.state) == item.state for place in item.places), item.id
        assert item.layout in layouts | {""}, item.id
        assert item.publisher, item.id
        assert item.terms, item.id
    assert len({item.key for item in registry}) == len(registry)
    drawn = {figure for item in registry for figure in item.figures}
    packaged = {"michigan_2001"}  # its file comes with a package
    from_files = {module.FIGURE_ID for module in FIGURES if panel_needs(module)}
    assert from_files <= drawn | packaged


def test_the_registry_files_are_all_read():
    folder = Path(fetch.__file__).parent / "registry"
    assert {path.stem for path in folder.iterdir()} == {e.state for e in load_registry()}


def test_select():
    assert {e.state for e in select(["colorado"])} == {"colorado"}
    assert {e.id for e in select(["fig10"])} >= {"istep-2016", "istep-2017"}
    assert [e.id for e in select(["istep-2017-grade3-8-final-school.xlsx", "istep-2017"])] == [
        "istep-2017"
    ]
    assert all(e.figures for e in select())
    with pytest.raises(UsageError, match=r"called 'atlantis'.*tennessee.*denver"):
        select(["denver", "atlantis"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://agency.test/a"}, "not an https address"),
        ({"url": "https:///a"}, "not an https address"),
        ({"file": "../a.xlsx"}, "not a plain file name"),
        ({"file": ".a.xlsx"}, "not a plain file name"),
        ({"sha256": "abc"}, "no sha256"),
        ({"id": "An Entry"}, "an id is"),
        ({"url": ""}, "needs `choices`"),
        ({"members": "*.txt"}, "only a zip"),
        ({"colour": "red"}, r"unknown \['colour'\]"),
    ],
)
def test_a_registry_file_that_is_wrong(changes, words):
    row = {"id": "a", "file": "a.xlsx", "url": "https://agency.test/a"} | changes
    top = {"publisher": "The agency", "terms": "", "page": "https://agency.test"}
    with pytest.raises(ValueError, match=words):
        parse_registry("indiana", top | {"file": [row]})
    with pytest.raises(ValueError, match=r"missing \['page', 'publisher', 'terms'\]"):
        parse_registry("indiana", {"file": [{"id": "a", "file": "a.xlsx"}]})


def test_a_file_that_another_serves_for(server, raw):
    older, newer = select(["enrollment-race-meals-2006-23", "enrollment-race-meals-2006-25"])[::-1]
    server.answers[newer.url.removeprefix("https://www.in.gov")] = [CONTENT]
    results = run(server, raw, newer, older)
    assert [result.status for result in results] == ["fetched", "not needed"]
    assert run(server, raw, older)[0].status == "by hand"


# The command line


def cli(*arguments: str, **changes: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", MAIN, "fetch", *arguments],
        env=os.environ | {"PYTHONPATH": path} | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_cli_fetches(server, raw):
    item = select(["istep-2018"])[0]
    server.answers["/doe/files/ISTEP-2018-Grade3-8-Final-School.xlsx"] = [503, CONTENT]
    done = cli("istep-2018", "--mirror", server.url, AUTONOMY_STATS_RAW=str(raw))
    assert (done.returncode, "trying again" in done.stderr) == (0, True), done.stderr
    assert (raw / item.key).read_bytes() == CONTENT
    assert json.loads((raw / NAME).read_text("utf-8"))[item.key]["sha256"] == sha(CONTENT)
    assert f"fetched      {item.file}" in done.stdout
    assert done.stdout.endswith("1 fetched\n")


def test_cli_fails_with_one_message_a_file(server, raw):
    done = cli("istep-2017", "istep-2018", "--mirror", server.url, "--raw", str(raw))
    assert done.returncode == 1
    assert done.stderr.count("error: ") == 2
    assert "Traceback" not in done.stderr
    assert done.stdout.endswith("2 failed\n")


def test_cli_dry_run_touches_nothing(server, raw):
    done = cli("indiana", "boston", "--dry-run", "--mirror", server.url, "--raw", str(raw))
    assert done.returncode == 0, done.stderr
    assert f"{server.url}/doe/files/istep-2017-grade3-8-final-school.xlsx" in done.stdout
    assert str(raw / "indiana/istep-2017-grade3-8-final-school.xlsx") in done.stdout
    assert "609 kB" in done.stdout
    assert "choose  report type School, year 2018, grade 03" in done.stdout
    assert not server.seen
    assert not raw.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["atlantis"], 2, "no file to fetch is called 'atlantis'"),
        (["indiana", "--mirror", "http://mirror.test"], 2, "--mirror 'http://mirror.test'"),
        (["indiana", "--retries", "many"], 2, "--retries"),
        (["tvaas-2015"], 1, ""),
    ],
)
def test_cli_exit_codes(tmp_path, arguments, code, word):
    done = cli(*arguments, "--raw", str(tmp_path))
    assert done.returncode == code, done.stderr
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_of_the_network_is_imported_before_it_is_needed():
    code = "import autonomy_stats.cli, autonomy_stats.fetch, sys; print(*sys.modules)"
    path = os.pathsep.join([str(SOURCE), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"pooch", "requests", "urllib3", "rich.progress"} & set(done.stdout.split())


@pytest.mark.parametrize("address", [("10.0.0.1", 80), ("agency.test", 80)])
def test_the_tests_of_this_file_reach_this_machine_only(address):
    import socket

    with pytest.raises(pytest.fail.Exception, match="tests use no network"):
        socket.create_connection(address, timeout=0.1)
