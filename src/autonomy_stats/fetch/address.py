"""Which addresses are fetched from: https, and this machine where it is named as a mirror."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from autonomy_stats.errors import AutonomyStatsError, UsageError

__all__ = ["DownloadError", "check_address", "from_mirror", "is_loopback"]


class DownloadError(AutonomyStatsError):
    """A file could not be fetched, or what came is not the file."""


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own.

    Examples
    --------
    >>> is_loopback("http://127.0.0.1:8000/file"), is_loopback("http://127.0.0.1.example.org/")
    (True, False)
    """
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def from_mirror(url: str, mirror: str) -> str:
    """Return the address of a file at a mirror: its path there is the publisher's.

    Parameters
    ----------
    url : str
        Address of the publisher.
    mirror : str
        Address that takes the place of scheme and host. https, or http on this machine only
        (a tunnel or a test server): nothing then crosses a network unencrypted.

    Raises
    ------
    UsageError
        If the mirror is neither.

    Examples
    --------
    >>> from_mirror("https://agency.gov/files/a.xlsx", "https://mirror.edu/agency/")
    'https://mirror.edu/agency/files/a.xlsx'
    """
    try:
        base, origin = urlsplit(mirror), urlsplit(url)
        _ = base.port
    except ValueError as problem:
        raise UsageError(f"--mirror {mirror!r}: not an address ({problem})") from None
    allowed = base.scheme == "https" or (base.scheme == "http" and is_loopback(mirror))
    if not allowed or not base.hostname or base.query or base.fragment:
        raise UsageError(
            f"--mirror {mirror!r}: expected https://HOST[/PATH] (http only for this machine "
            "itself, such as http://127.0.0.1:8000)"
        )
    path = base.path.rstrip("/") + origin.path
    return base._replace(path=path, query=origin.query).geturl()


def check_address(url: str, *, loopback: bool, origin: str | None = None) -> None:
    """Refuse what is not https, but for http of this machine where that was asked for.

    Raises
    ------
    DownloadError
        Naming the address, and the one that redirected to it.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and loopback and is_loopback(url)):
        return
    came = f"{origin} redirects to {url}" if origin else url
    raise DownloadError(
        f"{came}: not fetched; expected an https address, got {parts.scheme or 'none'}; download "
        "the file with a browser, if you trust the address"
    )
