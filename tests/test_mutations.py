"""A spoilt file keeps every number as it was or is refused: none changes one in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from books import Book, read_book, write_book
from every_layout import FILES
from mutations import ALIKE, CANNOT_BE_TOLD, KINDS, OPTIONAL, mutants
from spoil import swap_contents

from autonomy_stats import load_file
from autonomy_stats.errors import AutonomyStatsError
from autonomy_stats.loaders.load import recognise
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.loaders.tidy_csv import TIDY_LAYOUTS
from autonomy_stats.raw import open_raw

PAGE = Path(__file__).resolve().parent.parent / "docs/layouts.md"
FEWEST = 2000
Numbers = dict[str, pd.DataFrame]

NAMES = ["school_name", "locality", "operator"]
"""Columns of a tidy table that are names, neither numbers nor what they are of."""

WIDE = "massachusetts-compilation|california-api|indiana-istep|colorado-cmas|california-caaspp-2024"
"""Files that take longest to read: two mutations of a kind."""

BY_ID = {official.id: official for official in FILES}


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """Return a function that gives a sound file's name, its cells and its tables."""

    @cache
    def make(name: str) -> tuple[str, Book, Numbers]:
        path = BY_ID[name].write(tmp_path_factory.mktemp("sound"))
        book = read_book(path, recognise(open_raw(path)))
        return path.name, book, numbers(path)

    return make


def numbers(path: Path) -> Numbers:
    """Return the tables of a file without names, rows in a fixed order."""
    tables = load_file(path).tables.items()
    tables = {name: table.drop(columns=NAMES, errors="ignore") for name, table in tables}
    return {n: t.sort_values(list(t.columns), ignore_index=True) for n, t in tables.items()}


def passes_in_silence(spoilt: Book | bytes, path: Path, expected: Numbers) -> bool:
    """Tell whether a spoilt file is read as if it were sound, with other numbers."""
    write_book(spoilt, path)
    try:
        found = numbers(path)
    except AutonomyStatsError as problem:
        refused = str(problem)
    else:
        return differ(found, expected)
    assert str(path) in refused
    return False


def differ(found: Numbers, expected: Numbers) -> bool:
    return found.keys() != expected.keys() or any(not found[n].equals(expected[n]) for n in found)


def spoilt_files(book: Book, name: str, kind: str) -> Iterator[Book | bytes]:
    mutation, count = KINDS[kind]
    most = 2 if re.match(WIDE, name) else count
    return mutants(book, mutation, min(count, most), f"{name} {kind}")


def test_every_layout_is_spoilt():
    assert {official.layout for official in FILES} == {
        layout.layout_id for layout in (*LAYOUTS, *TIDY_LAYOUTS)
    }


@pytest.mark.parametrize("name", BY_ID)
def test_a_sound_file_is_read_again_alike(sound, tmp_path, name):
    file, book, expected = sound(name)
    loaded = load_file(write_book(book, tmp_path / file))
    assert loaded.layout == BY_ID[name].layout
    assert {n: len(t) for n, t in loaded.tables.items()} == {n: len(t) for n, t in expected.items()}
    assert not passes_in_silence(book, tmp_path / file, expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BY_ID)
def test_no_number_changes_in_silence(sound, tmp_path, name, kind):
    file, book, expected = sound(name)
    for number, spoilt in enumerate(spoilt_files(book, name, kind)):
        assert not passes_in_silence(spoilt, tmp_path / file, expected), f"mutation {number}"


def test_there_are_enough_mutations(sound):
    books = {name: sound(name)[1] for name in BY_ID}
    made = [one for n, b in books.items() for kind in KINDS for one in spoilt_files(b, n, kind)]
    assert len(made) >= FEWEST


# What cannot be told


@pytest.mark.parametrize("kind", CANNOT_BE_TOLD)
def test_what_is_said_to_be_out_of_reach_is(sound, tmp_path, kind):
    """A kind that every file refuses belongs to those that are told."""
    assert any(
        passes_in_silence(spoilt, tmp_path / file, expected)
        for name in BY_ID
        for file, book, expected in [sound(name)]
        for spoilt in mutants(book, CANNOT_BE_TOLD[kind], 2, f"{name} {kind}")
    )


@pytest.mark.parametrize("alike", ALIKE, ids=lambda alike: f"{alike.layouts}: {alike.words}")
def test_columns_said_to_be_alike_are(sound, tmp_path, alike):
    def swap(book, rng):
        return swap_contents(book, rng, alike.holds)

    assert any(
        passes_in_silence(spoilt, tmp_path / file, expected)
        for name, official in BY_ID.items()
        if re.fullmatch(alike.layouts, official.layout)
        for file, book, expected in [sound(name)]
        for spoilt in mutants(book, swap, 12, f"{name} {alike.words}")
    )


@pytest.mark.parametrize("layouts", OPTIONAL)
def test_optional_columns_are_of_some_layout(layouts):
    assert any(re.fullmatch(layouts, official.layout) for official in FILES)


def test_the_documentation_lists_what_cannot_be_told():
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition("## What cannot be told")[2].partition("\n## ")[0]
    for kind in CANNOT_BE_TOLD:
        assert kind in section
    listed = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert sorted(
        (words.strip("| "), set(re.findall("`(.+?)`", ids))) for ids, words in listed
    ) == (
        sorted(
            (alike.words, {o.layout for o in FILES if re.fullmatch(alike.layouts, o.layout)})
            for alike in ALIKE
        )
    )
    for layouts in OPTIONAL:
        named = [o.layout for o in FILES if re.fullmatch(layouts, o.layout)]
        assert all(f"`{layout}`" in section for layout in named)
