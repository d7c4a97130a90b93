"""Pick the lines of a block of delimited text that hold a text, without splitting it into cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import local
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Lines", "lines_with"]

NEWLINE = ord("\n")

_OF_THREAD = local()


@dataclass(frozen=True)
class Lines:
    """Some lines of a block.

    Parameters
    ----------
    n_lines : int
        Lines of the whole block.
    numbers : numpy.ndarray
        Those picked, counted from 0, in order.
    text : bytes
        The picked lines, one after the other.
    """

    n_lines: int
    numbers: np.ndarray
    text: bytes


def lines_with(block: bytes, texts: Sequence[bytes], delimiter: str, n_cells: int) -> Lines | None:
    r"""Return the lines of a block that hold one of several texts.

    Parameters
    ----------
    block : bytes
        Whole lines, in an encoding that has ASCII as it is.
    texts : sequence of bytes
        ASCII; any line that holds one is picked.
    delimiter : str
        Of the cells.
    n_cells : int
        Cells of a line.

    Returns
    -------
    Lines or None
        None if the block does not have the delimiters that its lines need: a line is broken, or a
        cell in quotes holds a delimiter or a line's end, and only a parser can tell which.

    Examples
    --------
    >>> lines_with(b"a,1\nb,2\na,3\n", [b"a"], ",", 2)
    Lines(n_lines=3, numbers=array([0, 2]), text=b'a,1\na,3\n')
    >>> lines_with(b"a,1\nb\na,3\n", [b"a"], ",", 2) is None
    True
    """
    import numpy as np

    codes = np.frombuffer(block, np.uint8)
    room = _room(len(codes))
    n_delimiters = np.count_nonzero(np.equal(codes, ord(delimiter), out=room))
    is_end = np.equal(codes, NEWLINE, out=room)
    n_lines = int(np.count_nonzero(is_end)) + (not block.endswith(b"\n"))
    if n_delimiters != n_lines * (n_cells - 1):
        return None
    places = np.concatenate([np.array([], np.int64), *(_places(codes, text) for text in texts)])
    if not len(places):
        return Lines(n_lines, places, b"")
    ends = np.flatnonzero(is_end)
    picked = np.zeros(n_lines, bool)
    picked[np.searchsorted(ends, places)] = True
    numbers = np.flatnonzero(picked)
    edges = np.append(np.append(0, ends + 1)[:n_lines], len(block))
    text = b"".join(block[edges[first] : edges[last + 1]] for first, last in _runs(numbers))
    return Lines(n_lines, numbers, text)


def _room(length: int) -> np.ndarray:
    """Return room for that many truth values, the same for each block that a thread looks at.

    Comparing into new memory takes four times as long: the system hands it out page by page.
    """
    import numpy as np

    held: np.ndarray | None = getattr(_OF_THREAD, "room", None)
    if held is None or len(held) < length:
        held = _OF_THREAD.room = np.empty(length, bool)
    return held[:length]


def _places(codes: np.ndarray, text: bytes) -> np.ndarray:
    """Return where a text begins.

    Its first bytes are sought as one number, from each place of a word on: four comparisons of a
    quarter of the block each, instead of one of all of it for each byte.
    """
    import numpy as np

    word = np.dtype(np.uint32 if len(text) >= 4 else np.uint8)
    first = np.frombuffer(text, word, count=1)[0]
    found = []
    for start in range(min(word.itemsize, len(codes))):
        n_words = (len(codes) - start) // word.itemsize
        words = np.frombuffer(codes, word, count=n_words, offset=start)
        found.append(np.flatnonzero(words == first) * word.itemsize + start)
    places = np.concatenate([np.array([], np.int64), *found])
    places = places[places <= len(codes) - len(text)]
    for index in range(word.itemsize, len(text)):
        places = places[codes[places + index] == text[index]]
    return places


def _runs(numbers: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of numbers that follow one another."""
    import numpy as np

    gaps = np.flatnonzero(np.diff(numbers) > 1)
    yield from zip(numbers[np.append(0, gaps + 1)], numbers[np.append(gaps, -1)], strict=True)
