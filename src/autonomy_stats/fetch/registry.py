"""The registry of official files: one TOML file a state, checked when it is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from autonomy_stats.errors import UsageError

__all__ = ["STATES", "Entry", "load_registry", "select"]

STATES = ("california", "colorado", "indiana", "massachusetts", "tennessee")
"""States with a registry: a new one is one new file and one word here."""


@dataclass(frozen=True)
class Entry:
    """One official file.

    Parameters
    ----------
    id : str
        Short name, unique over all states.
    state : str
        State in lower case; the file is saved in the raw folder's folder of that name.
    file : str
        Name to save under: the publisher's, or one that says what a nameless export is.
    publisher, terms : str
        Who publishes it, and under what terms.
    page : str
        Page of the publisher on which the file is offered.
    choices : str
        What to choose there; needed where there is no `url`.
    url : str
        Address of the file (https); empty where the publisher has no stable one, and the file
        is then downloaded by hand.
    sha256, size : str, int
        Hash in hexadecimal and bytes of the file, or of the archive; empty and 0 if not known.
    members : str
        Pattern of the names to unpack from a zip of several tables; empty: kept as it is.
    layout : str
        Layout that reads it; empty if none does, or where the members have several.
    places, figures : tuple of str
        Places of the study whose schools it holds; figures of the report drawn from it.
    covered_by : tuple of str
        Ids of files that hold all of this one: it is not needed where one is at hand.
    source : str
        Where its address was found, if not on `page`.
    note : str
        Anything else that a reader should know.

    Examples
    --------
    >>> select(["istep-2017"])[0].address
    'https://www.in.gov/doe/files/istep-2017-grade3-8-final-school.xlsx'
    """

    id: str
    state: str
    file: str
    publisher: str
    terms: str
    page: str
    choices: str = ""
    url: str = ""
    sha256: str = ""
    size: int = 0
    members: str = ""
    layout: str = ""
    places: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    covered_by: tuple[str, ...] = ()
    source: str = ""
    note: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether there is no address from which the file can be fetched."""
        return not self.url

    @property
    def address(self) -> str:
        """Where the file comes from: its url, or the page to visit."""
        return self.url or self.page

    @property
    def key(self) -> str:
        """Place of the file below the raw folder."""
        return f"{self.state}/{self.file}"


@cache
def load_registry() -> tuple[Entry, ...]:
    """Return all entries, by state and in the order of the files.

    Returns
    -------
    tuple of Entry

    Raises
    ------
    ValueError
        If a registry file is not as `Entry` describes; the tests read them all.

    Examples
    --------
    >>> {entry.state for entry in load_registry()} == set(STATES)
    True
    """
    entries: list[Entry] = []
    for state in STATES:
        text = (files("autonomy_stats.fetch") / "registry" / f"{state}.toml").read_text("utf-8")
        entries += parse_registry(state, tomllib.loads(text))
    ids = [entry.id for entry in entries]
    repeated = {i for i in ids if ids.count(i) > 1}
    unknown = {i for entry in entries for i in entry.covered_by} - set(ids)
    if repeated or unknown:
        raise ValueError(f"registry: ids used twice {sorted(repeated)}, unknown {sorted(unknown)}")
    return tuple(entries)


def parse_registry(state: str, document: dict[str, Any]) -> list[Entry]:
    """Return the entries of one state's file: its own keys are the defaults of each file.

    Raises
    ------
    ValueError
        If a key is unknown or missing, or a value cannot be.
    """
    defaults = {key: value for key, value in document.items() if key != "file"}
    entries = []
    for row in document["file"]:
        values: dict[str, Any] = defaults | {"state": state} | row
        where = f"registry/{state}.toml, {row.get('id')!r}"
        unknown = set(values) - {field.name for field in fields(Entry)}
        missing = {f.name for f in fields(Entry) if f.default is MISSING} - set(values)
        if unknown or missing:
            raise ValueError(f"{where}: unknown {sorted(unknown)}, missing {sorted(missing)}")
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        entry = Entry(**values)
        for problem in _problems(entry):
            raise ValueError(f"{where}: {problem}")
        entries.append(entry)
    return entries


def _problems(entry: Entry) -> Iterable[str]:
    for address in filter(None, (entry.url, entry.page)):
        if urlsplit(address).scheme != "https" or not urlsplit(address).hostname:
            yield f"{address!r} is not an https address"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id):
        yield "an id is small letters and digits, with single hyphens"
    if PurePosixPath(entry.file).name != entry.file or "\\" in entry.file or entry.file[0] == ".":
        yield f"{entry.file!r} is not a plain file name"
    if entry.sha256 and not re.fullmatch(r"[0-9a-f]{64}", entry.sha256):
        yield f"{entry.sha256!r} is no sha256"
    if entry.by_hand and not entry.choices:
        yield "a file without a url needs `choices`"
    if entry.members and not entry.file.endswith(".zip"):
        yield "only a zip has `members`"


def select(wanted: Sequence[str] = ()) -> list[Entry]:
    """Return the entries that some words name, each once, in the order of the registry.

    Parameters
    ----------
    wanted : sequence of str
        States, places, figures, ids or file names. Empty: every file that a figure of the
        report is drawn from.

    Raises
    ------
    UsageError
        If a word names nothing; the message lists what there is.

    Examples
    --------
    >>> [entry.file for entry in select(["tcap-2015"])]
    ['data_2015_school_base.xlsx']
    """
    registry = load_registry()
    if not wanted:
        return [entry for entry in registry if entry.figures]
    chosen: set[str] = set()
    for word in wanted:
        found = {entry.id for entry in registry if word in _names(entry)}
        if not found:
            places = sorted({place for entry in registry for place in entry.places})
            raise UsageError(
                f"no file to fetch is called {word!r}; the states are {', '.join(STATES)}; the "
                f"places {', '.join(places)}; `autonomy-stats fetch --dry-run STATE` lists a "
                "state's files"
            )
        chosen |= found
    return [entry for entry in registry if entry.id in chosen]


def _names(entry: Entry) -> set[str]:
    return {entry.id, entry.file, entry.state, *entry.places, *entry.figures}
