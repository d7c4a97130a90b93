"""How texts are kept while a run is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["storage_of_texts", "texts_of_small_tables", "with_usual_texts"]

OPTION = "mode.string_storage"

_lock = Lock()
_open = 0
_usual = ""
"""Contexts that are open in all threads, and what the first of them found."""


def storage_of_texts() -> str:
    """Return how pandas keeps the texts of tables made now; what is held for later is held by it.

    Examples
    --------
    >>> with texts_of_small_tables():
    ...     storage_of_texts()
    'python'
    """
    import pandas as pd

    return str(pd.get_option(OPTION))


@contextmanager
def texts_of_small_tables() -> Iterator[None]:
    """Keep the texts of tables made meanwhile as Python strings, not as Arrow's.

    Of tables with some thousand rows, which those of a run are, each step over Arrow's texts
    takes longer to begin than to do: a whole run takes less time so. Tables of millions of
    rows would need several times the memory. What leaves a run has its usual texts again
    (`with_usual_texts`): pandas merges texts of two kinds to objects.

    Examples
    --------
    >>> import pandas as pd
    >>> with texts_of_small_tables():
    ...     kept = pd.Series(["a", "b"])
    >>> kept.dtype == "str", kept.dtype.storage
    (True, 'python')
    """
    import pandas as pd

    global _open, _usual
    with _lock:  # the option is one for all threads: the last to leave restores it
        if not _open:
            _usual = storage_of_texts()
            pd.set_option(OPTION, "python")
        _open += 1
    try:
        yield
    finally:
        with _lock:
            _open -= 1
            if not _open:
                pd.set_option(OPTION, _usual)


def with_usual_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts are kept as those of any other table made now.

    Examples
    --------
    >>> import pandas as pd
    >>> with texts_of_small_tables():
    ...     frame = pd.DataFrame({"school_id": ["01"]})
    >>> with_usual_texts(frame).dtypes.equals(pd.DataFrame({"school_id": ["01"]}).dtypes)
    True
    """
    import pandas as pd

    texts = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    return frame.astype(dict.fromkeys(texts, "str"))
