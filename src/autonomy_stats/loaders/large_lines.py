"""Pick the lines of a block of delimited text that hold a text, without splitting it into cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Lines", "lines_with"]

NEWLINE = ord("\n")

SOUGHT_EVERYWHERE = 3
"""Characters of a text that are compared at every place; few places are left for the others."""


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
    is_end = codes == NEWLINE
    n_lines = int(np.count_nonzero(is_end)) + (not block.endswith(b"\n"))
    if np.count_nonzero(codes == ord(delimiter)) != n_lines * (n_cells - 1):
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


def _places(codes: np.ndarray, text: bytes) -> np.ndarray:
    """Return where a text begins."""
    import numpy as np

    n_places = max(len(codes) - len(text) + 1, 0)
    here = codes[:n_places] == text[0]
    for index in range(1, min(SOUGHT_EVERYWHERE, len(text))):
        here &= codes[index : n_places + index] == text[index]
    places = np.flatnonzero(here)
    for index in range(SOUGHT_EVERYWHERE, len(text)):
        places = places[codes[places + index] == text[index]]
    return places


def _runs(numbers: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of numbers that follow one another."""
    import numpy as np

    gaps = np.flatnonzero(np.diff(numbers) > 1)
    yield from zip(numbers[np.append(0, gaps + 1)], numbers[np.append(gaps, -1)], strict=True)
