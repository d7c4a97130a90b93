"""Download one file over https, whole or not at all, trying again where that can help.

`pooch.HTTPDownloader` does the transfer (through requests: proxies and certificates are those
of the environment). What it leaves open is added here: every redirect is checked before it is
followed, a transfer that ends early is told from one that is complete, and the errors that
pass are tried again after a growing, partly random wait, or the wait that the server asks for.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from autonomy_stats import __version__
from autonomy_stats.fetch.address import DownloadError, check_address, is_loopback

__all__ = ["Policy", "ProgressBar", "download"]

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

CHUNK = 1 << 16
_LOG = logging.getLogger(__name__)
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"BZh", b"%PDF")
_MAGIC = {".zip": b"PK\x03\x04", ".xlsx": b"PK\x03\x04", ".gz": b"\x1f\x8b", ".bz2": b"BZh"}


class _PassingError(DownloadError):
    """A failure that may pass; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class ProgressBar(Protocol):
    """What pooch asks of a progress bar."""

    total: int

    def update(self, count: int) -> None:
        """Add a number of bytes."""

    def reset(self) -> None:
        """Start again at 0."""

    def close(self) -> None:
        """End; may come more than once, and another attempt may follow."""


@dataclass(frozen=True)
class Policy:
    """How patient a download is.

    Parameters
    ----------
    retries : int
        Further attempts after the first.
    timeout : float
        Seconds without a connection, or without a byte, after which an attempt is given up.
    first_wait, longest_wait : float
        Seconds before the second attempt, doubled before each further one, up to the longest;
        of each wait, a random part between a half and the whole. A server that asks for more
        than the longest is not asked again.

    Examples
    --------
    >>> 2 <= Policy(first_wait=4).wait(1) <= 4
    True
    """

    retries: int = 4
    timeout: float = 30.0
    first_wait: float = 1.0
    longest_wait: float = 120.0

    def wait(self, attempt: int) -> float:
        """Return the seconds to wait after an attempt (from 1)."""
        whole = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
        return whole * random.uniform(0.5, 1.0)


def download(
    url: str,
    target: Path,
    *,
    policy: Policy | None = None,
    progress: ProgressBar | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Download an address to a file.

    Parameters
    ----------
    url : str
        https; or http of this machine itself, which then may redirect to itself only.
    target : pathlib.Path
        File to write. On an error its content is of no use: write to a temporary folder.
    policy : Policy, optional
        Patience.
    progress : ProgressBar, optional
        Told of each block.
    sleep : callable
        How to wait.

    Raises
    ------
    DownloadError
        If the address is refused, the server says no, or it did not answer in time or cut the
        file short in every attempt, or a web page came instead of the file.
    """
    policy = policy or Policy()
    check_address(url, loopback=is_loopback(url))
    attempts = policy.retries + 1
    for attempt in range(1, attempts + 1):
        try:
            _transfer(url, target, policy, progress)
            return
        except _PassingError as problem:
            if problem.wait is not None and problem.wait > policy.longest_wait:
                raise DownloadError(
                    f"{problem}; the server asks to wait {problem.wait:,.0f} s: try again then"
                ) from None
            if attempt == attempts:
                raise DownloadError(
                    f"{problem}; {attempts} attempts failed: try again later, or raise --timeout "
                    "or --retries"
                ) from None
            wait = max(policy.wait(attempt), problem.wait or 0.0)
            _LOG.warning("%s; trying again in %.1f s", problem, wait)
            sleep(wait)


@dataclass
class _Watch:
    """Sees every response before its body is read: redirects, refusals, length and type."""

    loopback: bool
    length: int | None = None
    kind: str = ""

    def __call__(self, response: Any, *_args: object, **_kwargs: object) -> None:
        if response.is_redirect:
            following = urljoin(response.url, response.headers["location"])
            check_address(following, loopback=self.loopback, origin=response.url)
            return
        if response.status_code != 200:
            raise _refusal(response)
        headers = response.headers
        self.kind = headers.get("content-type", "").lower()
        length = headers.get("content-length", "")
        plain = headers.get("content-encoding", "identity").lower() == "identity"
        self.length = int(length) if length.isdigit() and plain else None


def _refusal(response: Any) -> DownloadError:
    """Return the error of a response that is not 200."""
    status = f"{response.status_code} {response.reason or ''}".strip()
    if response.status_code in PASSING:
        wait = _retry_after(response.headers.get("retry-after", ""))
        return _PassingError(f"{response.url}: the server answers {status}", wait)
    advice = {
        401: "a password is asked for: is a proxy or a login in between?",
        403: "the server refuses: fetch the file with a browser",
        404: "the publisher has moved or removed the file: look for it on its page",
        407: "the proxy asks for a password: set it in HTTPS_PROXY",
        410: "the publisher has removed the file: look for it on its page",
    }.get(response.status_code, "expected 200")
    return DownloadError(f"{response.url}: the server answers {status}; {advice}")


def _retry_after(value: str) -> float | None:
    """Return the seconds of a Retry-After header: a number, or a date.

    Examples
    --------
    >>> _retry_after("7"), _retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), _retry_after("soon")
    (7.0, 0.0, None)
    """
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _transfer(url: str, target: Path, policy: Policy, progress: ProgressBar | None) -> None:
    """Make one attempt."""
    import pooch
    import requests

    watch = _Watch(loopback=urlsplit(url).scheme == "http")
    get = pooch.HTTPDownloader(
        progressbar=progress or False,
        chunk_size=CHUNK,
        timeout=(policy.timeout, policy.timeout),
        headers={
            "User-Agent": f"autonomy-stats/{__version__}",
            "Accept-Encoding": "identity",  # the bytes on disk are then the publisher's
        },
        hooks={"response": watch},
    )
    problems = requests.exceptions
    try:
        get(url, str(target), None)
    except problems.SSLError as problem:
        raise DownloadError(
            f"{url}: the server's certificate is not accepted ({_short(problem)}); behind a proxy "
            "that re-encrypts, set REQUESTS_CA_BUNDLE to its certificate"
        ) from None
    except problems.ChunkedEncodingError as problem:
        raise _PassingError(f"{url}: cut short ({_short(problem)})") from None
    except (problems.ConnectionError, problems.Timeout) as problem:
        if "timed out" in str(problem):
            raise _PassingError(f"{url}: no byte within {policy.timeout:g} s") from None
        raise _PassingError(f"{url}: no connection ({_short(problem)})") from None
    except problems.RequestException as problem:
        raise DownloadError(f"{url}: {_short(problem)}") from None
    _check_content(url, target, watch)


def _short(problem: Exception) -> str:
    """Return what is wrong, without the layers of objects that wrap it."""
    text = str(problem)
    return text if len(text) <= 200 else text[:120] + " ... " + text[-75:]


def _check_content(url: str, target: Path, watch: _Watch) -> None:
    """Refuse a file that is short, or a web page, or not what its name says."""
    got = target.stat().st_size
    if watch.length is not None and got != watch.length:
        raise _PassingError(f"{url}: cut short (got {got:,} of {watch.length:,} bytes)")
    with target.open("rb") as stream:
        head = stream.read(512)
    page = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" or (
        "html" in watch.kind and not head.startswith(_BINARY)
    )
    if page:
        raise DownloadError(
            f"{url}: a web page came instead of the file (a site's error, login or consent page, "
            "most often); open the address in a browser and see what it says"
        )
    suffix = target.suffix.lower()
    if not head:
        raise DownloadError(f"{url}: an empty file came; look for the file on its page")
    if not head.startswith(_MAGIC.get(suffix, b"")):
        raise DownloadError(
            f"{url}: what came is no {suffix} file (it begins {head[:8]!r}); look for the file on "
            "its page"
        )
