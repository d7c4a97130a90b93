"""Ways in which a file is spoilt between an agency and a reader, each a small seeded function.

A function takes a `Book`, the cells of a file, and a random generator. It returns the spoilt book,
the bytes of one, or None where there is nothing to spoil.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from books import Book, write_book

Spoilt = Book | bytes | None
Choice = Callable[..., bool]
"""Given a book and header texts, tells whether these columns may be chosen."""


def any_column(_book: Book, *_texts: str) -> bool:
    return True


# Columns. The rows above a header stay where they are.


def _sheet(book: Book, rng: random.Random) -> str | None:
    return rng.choice(list(book.sheets))


def _columns(book: Book, name: str | None, choice: Choice = any_column) -> list[int]:
    """Return the places of the columns that have a header, of those that may be chosen."""
    texts = enumerate(book.sheets[name][book.bottoms[name]])
    return [index for index, text in texts if text and choice(book, _plain(text))]


def _plain(text: Any) -> str:
    return " ".join(str(text).split())


def _pair(book: Book, name: str | None, rng: random.Random, choice: Choice) -> list[int] | None:
    """Return the places of two columns that may be chosen together; None if none are found."""
    header, columns = book.sheets[name][book.bottoms[name]], _columns(book, name)
    for _ in range(300):
        pair = rng.sample(columns, 2)
        if choice(book, *(_plain(header[at]) for at in pair)):
            return pair
    return None


def _each_row(book: Book, name: str | None, change: Callable[[list[Any]], None], top: int) -> Book:
    """Return a book with rows of a sheet changed, from one on, each made as wide as the header."""
    rows = [list(row) for row in book.sheets[name]]
    width = len(rows[book.bottoms[name]])
    for row in rows[top:]:
        row.extend([None if not book.is_text else ""] * (width - len(row)))
        change(row)
    return book.with_rows(name, rows)


def drop_column(book: Book, rng: random.Random, choice: Choice = any_column) -> Spoilt:
    name = _sheet(book, rng)
    columns = _columns(book, name, choice)
    if not columns:
        return None
    at = rng.choice(columns)
    return _each_row(book, name, lambda row: row.pop(at), book.tops[name])


def rename_column(book: Book, rng: random.Random, choice: Choice = any_column) -> Spoilt:
    """Misspell a header, or give it the text of another column of the layout."""
    name = _sheet(book, rng)
    at = rng.choice(_columns(book, name, choice))
    text = str(book.sheets[name][book.bottoms[name]][at])
    others = sorted(book.layout.columns)
    own = [text + "x", text[:-1], text + " 2", text.replace(" ", "-"), "", rng.choice(others)]
    return _with_header(book, name, at, rng.choice(own).split(" / ")[-1])


def _with_header(book: Book, name: str | None, at: int, text: str) -> Book:
    rows = [list(row) for row in book.sheets[name]]
    rows[book.bottoms[name]][at] = text
    return book.with_rows(name, rows)


def duplicate_column(book: Book, rng: random.Random) -> Spoilt:
    name = _sheet(book, rng)
    at, to = rng.choice(_columns(book, name)), rng.choice(_columns(book, name))
    return _each_row(book, name, lambda row: row.insert(to, row[at]), book.tops[name])


def swap_columns(book: Book, rng: random.Random) -> Spoilt:
    """Swap two columns, header and content."""
    name = _sheet(book, rng)
    one, other = rng.sample(_columns(book, name), 2)
    return _swapped(book, name, one, other, book.tops[name])


def _swapped(book: Book, name: str | None, one: int, other: int, top: int) -> Book:
    def swap(row: list[Any]) -> None:
        row[one], row[other] = row[other], row[one]

    return _each_row(book, name, swap, top)


def swap_contents(book: Book, rng: random.Random, choice: Choice = any_column) -> Spoilt:
    """Swap the cells of two columns below their headers."""
    name = _sheet(book, rng)
    pair = _pair(book, name, rng, choice)
    return _swapped(book, name, *pair, book.bottoms[name] + 1) if pair else None


def swap_headers(book: Book, rng: random.Random, choice: Choice = any_column) -> Spoilt:
    name = _sheet(book, rng)
    pair = _pair(book, name, rng, choice)
    if pair is None:
        return None
    one, other = pair
    header = book.sheets[name][book.bottoms[name]]
    spoilt = _with_header(book, name, one, header[other])
    return _with_header(spoilt, name, other, header[one])


# Headers


def shift_header_sideways(book: Book, rng: random.Random) -> Spoilt:
    name = _sheet(book, rng)
    rows = [list(row) for row in book.sheets[name]]
    by = rng.choice([-2, -1, 1, 2])
    for index in range(book.tops[name], book.bottoms[name] + 1):
        rows[index] = rows[index][-by:] if by < 0 else [""] * by + rows[index]
    return book.with_rows(name, rows)


def shift_header_down(book: Book, rng: random.Random) -> Spoilt:
    """Move the header below the first rows of the body."""
    name = _sheet(book, rng)
    rows, top, bottom = book.sheets[name], book.tops[name], book.bottoms[name]
    by = rng.randint(1, min(6, len(rows) - bottom - 1))
    header, moved = rows[top : bottom + 1], rows[bottom + 1 : bottom + 1 + by]
    return book.with_rows(name, [*rows[:top], *moved, *header, *rows[bottom + 1 + by :]])


def rows_above_header(book: Book, rng: random.Random) -> Spoilt:
    """Push the header down by rows that hold nothing, or a note."""
    name = _sheet(book, rng)
    rows, top = book.sheets[name], book.tops[name]
    added = [rng.choice([[""], ["A note"], ["", ""]]) for _ in range(rng.randint(1, 5))]
    return book.with_rows(name, [*rows[:top], *added, *rows[top:]])


def header_again(book: Book, rng: random.Random) -> Spoilt:
    """Repeat the header within the body, as pages put together do."""
    name = _sheet(book, rng)
    rows, bottom = book.sheets[name], book.bottoms[name]
    at = rng.randint(bottom + 1, len(rows))
    return book.with_rows(name, [*rows[:at], rows[bottom], *rows[at:]])


def no_header(book: Book, rng: random.Random) -> Spoilt:
    name = _sheet(book, rng)
    rows = book.sheets[name]
    return book.with_rows(name, [*rows[: book.tops[name]], *rows[book.bottoms[name] + 1 :]])


# Rows


def _body(book: Book, name: str | None) -> list[int]:
    """Return the places of the rows below a header that have cells in most of its columns."""
    rows = book.sheets[name]
    filled = {
        at: sum(cell not in (None, "") for cell in rows[at])
        for at in range(book.bottoms[name] + 1, len(rows))
    }
    return [at for at, count in filled.items() if count > max(filled.values()) / 3]


def repeat_row(book: Book, rng: random.Random) -> Spoilt:
    name = _sheet(book, rng)
    rows = book.sheets[name]
    at, to = rng.choice(_body(book, name)), rng.choice(_body(book, name))
    return book.with_rows(name, [*rows[:to], rows[at], *rows[to:]])


def repeat_rows(book: Book, rng: random.Random) -> Spoilt:
    """Append a part of the body, or all of it, once more."""
    name = _sheet(book, rng)
    rows, body = book.sheets[name], _body(book, name)
    first = rng.choice(body)
    return book.with_rows(name, [*rows, *rows[first : body[-1] + 1]])


def repeat_sheet(book: Book, rng: random.Random) -> Spoilt:
    if book.is_text:
        return None
    name = _sheet(book, rng)
    copy = rng.choice([f"{name} (2)"[-31:], "Copy", "Sheet2", f"{name[:20]} "])
    if copy in book.sheets:
        return None
    there = {copy: book.sheets[name]}
    return replace(book, sheets=book.sheets | there if rng.random() < 0.5 else there | book.sheets)


def shift_rows(book: Book, rng: random.Random) -> Spoilt:
    """Shift the cells of all rows from a column on."""
    name = _sheet(book, rng)
    return _shifted(book, name, rng, range(book.bottoms[name] + 1, len(book.sheets[name])))


def shift_row_of_text(book: Book, rng: random.Random) -> Spoilt:
    return _shifted(book, None, rng, [rng.choice(_body(book, None))]) if book.is_text else None


def shift_row_of_workbook(book: Book, rng: random.Random) -> Spoilt:
    name = _sheet(book, rng)
    return None if book.is_text else _shifted(book, name, rng, [rng.choice(_body(book, name))])


def _shifted(book: Book, name: str | None, rng: random.Random, numbers: Iterable[int]) -> Book:
    rows = [list(row) for row in book.sheets[name]]
    at, right = rng.choice(_columns(book, name)), rng.random() < 0.5
    for number in numbers:
        if right:
            rows[number].insert(at, "")
        else:
            del rows[number][at : at + 1]
    return book.with_rows(name, rows)


def lose_rows(book: Book, rng: random.Random) -> Spoilt:
    """Cut a file at the end of a row."""
    name = _sheet(book, rng)
    body = _body(book, name)
    return book.with_rows(name, book.sheets[name][: rng.choice(body[1:])])


def reorder_rows(book: Book, rng: random.Random) -> Spoilt:
    name = _sheet(book, rng)
    rows, bottom = book.sheets[name], book.bottoms[name]
    body = rows[bottom + 1 :]
    rng.shuffle(body)
    return book.with_rows(name, [*rows[: bottom + 1], *body])


# Cells


NUMBER = re.compile(r"-?[\d,]*\d(\.\d+)?")


def _numbers(book: Book, name: str | None, choice: Choice = any_column) -> list[tuple[int, int]]:
    """Return the places of the numbers below a header, in columns that may be chosen."""
    rows, columns = book.sheets[name], set(_columns(book, name, choice))
    return [
        (row, column)
        for row in range(book.bottoms[name] + 1, len(rows))
        for column, cell in enumerate(rows[row])
        if column in columns and NUMBER.fullmatch(str(cell).strip())
    ]


def _put(book: Book, name: str | None, place: tuple[int, int], cell: Any) -> Book:
    rows = list(book.sheets[name])
    rows[place[0]] = list(rows[place[0]])
    rows[place[0]][place[1]] = cell
    return book.with_rows(name, rows)


def text_in_number(book: Book, rng: random.Random, choice: Choice = any_column) -> Spoilt:
    """Put text into a number, or in its place."""
    name = _sheet(book, rng)
    places = _numbers(book, name, choice)
    if not places:
        return None
    place = rng.choice(places)
    digits = str(book.sheets[name][place[0]][place[1]]).strip()
    some = rng.randrange(len(digits))
    texts = [
        *("abc", "#REF!", "#DIV/0!", "unknown", "2016-03-12T00:00:00", "nan", "inf", "()"),
        *(f"{digits}x", f"l{digits}", f"{digits[:some]} {digits[some:]}", f"({digits})"),
        *(f"{digits[:some]}O{digits[some + 1 :]}", f"{digits}%", f"{digits}.1.2", f"~{digits}"),
        *(f"{digits},5", f"{digits},25", f"{digits}_0", f"0x{digits}", f"{digits}e"),
    ]
    return _put(book, name, place, rng.choice(texts))


def change_digit(book: Book, rng: random.Random) -> Spoilt:
    name = _sheet(book, rng)
    row, column = rng.choice(_numbers(book, name))
    cell = book.sheets[name][row][column]
    text = list(str(cell))
    at = rng.choice([index for index, letter in enumerate(text) if letter.isdigit()])
    text[at] = rng.choice([digit for digit in "123456789" if digit != text[at]])
    return _put(book, name, (row, column), type(cell)("".join(text)))


def empty_cell(book: Book, rng: random.Random) -> Spoilt:
    """Empty a number, or put a mark of hidden results in its place."""
    name = _sheet(book, rng)
    return _put(book, name, rng.choice(_numbers(book, name)), rng.choice(["", "*", "***"]))


def lost_zeros(book: Book, rng: random.Random, choice: Choice = any_column) -> Spoilt:
    """Strip the zeros before the numbers of a column."""
    name = _sheet(book, rng)
    rows = book.sheets[name]
    held = sorted(
        {
            column
            for row, column in _numbers(book, name, choice)
            if re.match(r"0\d", str(rows[row][column]).strip())
        }
    )
    if not held:
        return None
    at = rng.choice(held)
    return _each_row(
        book, name, lambda row: row.__setitem__(at, _unpadded(row[at])), book.bottoms[name] + 1
    )


def _unpadded(cell: Any) -> Any:
    text = "" if cell is None else str(cell).strip()
    if not re.fullmatch(r"0\d+", text):
        return cell
    return int(text) if isinstance(cell, int) else text.lstrip("0") or "0"


def saved_by_spreadsheet(book: Book, rng: random.Random, choice: Choice = any_column) -> Spoilt:
    """Turn all that looks like a number into one: zeros before it and after it go."""
    most = rng.choice([8, 11, 15])  # digits that are shown before the exponent form sets in
    spoilt = book
    for name in book.sheets:
        rows = [list(row) for row in book.sheets[name]]
        for row, column in _numbers(book, name, choice):
            rows[row][column] = _retyped(rows[row][column], most)
        spoilt = spoilt.with_rows(name, rows)
    return spoilt


def _retyped(cell: Any, most: int) -> Any:
    text = str(cell).strip()
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        return cell
    if "." not in text and len(text.lstrip("0")) > most:
        return f"{int(text):.5E}"
    number = float(text)
    return int(number) if number.is_integer() else number


# Bytes


def truncate(book: Book, rng: random.Random) -> Spoilt:
    """Cut a text anywhere but at the end of a row, which `lost_rows` does."""
    content = _content(book)
    if content is None:
        return None
    at = rng.choice([rng.randrange(1, len(content)), len(content) - rng.randint(1, 40)])
    while content[at - 1 : at] in (b"\n", b"\r"):
        at -= 1
    return content[:at]


def truncate_packed(book: Book, rng: random.Random) -> Spoilt:
    """Cut a compressed text, or a workbook, anywhere."""
    content = _content(book)
    packed = _workbook_bytes(book) if content is None else gzip.compress(content, mtime=0)
    return packed[: rng.randrange(4, len(packed) - 1)]


def _content(book: Book) -> bytes | None:
    return book.text().encode(book.encoding) if book.is_text else None


def _workbook_bytes(book: Book) -> bytes:
    with TemporaryDirectory() as folder:
        return write_book(book, Path(folder, "book.xlsx")).read_bytes()


ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32", "mac-roman", "cp437")
ENCODINGS += ("cp500", "utf-7", "latin-1", "cp1250")


def change_encoding(book: Book, rng: random.Random) -> Spoilt:
    if not book.is_text:
        return None
    encoding = rng.choice(ENCODINGS)
    try:
        return book.text().encode(encoding) if encoding != book.encoding else None
    except UnicodeEncodeError:  # it lacks a letter of some name
        return None


def change_delimiter(book: Book, rng: random.Random) -> Spoilt:
    """Write with another delimiter, or replace each delimiter wherever it stands."""
    if not book.is_text:
        return None
    other = rng.choice([d for d in (",", ";", "\t", "|", "^", ":", " ") if d != book.delimiter])
    if rng.random() < 0.5:
        return replace(book, delimiter=other)
    return book.text().replace(book.delimiter, other).encode(book.encoding)


def decimal_commas(book: Book, rng: random.Random) -> Spoilt:
    """Write the numbers of a column, or of all, with a comma for the point."""
    name = _sheet(book, rng)
    rows = [list(row) for row in book.sheets[name]]
    places = [p for p in _numbers(book, name) if re.search(r"\.\d", str(rows[p[0]][p[1]]))]
    if not places:
        return None
    column = rng.choice(places)[1]
    for row, at in places:
        if at == column:
            rows[row][at] = str(rows[row][at]).strip().replace(",", "").replace(".", ",")
    return book.with_rows(name, rows)
