"""How texts are kept while a run is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["texts_of_small_tables"]


@contextmanager
def texts_of_small_tables() -> Iterator[None]:
    """Keep the texts of tables made meanwhile as Python strings, not as Arrow's.

    Of tables with some thousand rows, which those of a run are, each step over Arrow's texts
    takes longer to begin than to do: a whole run takes a quarter less time so. Their values, and
    the type `str` that pandas tells, are the same. Tables of millions of rows would need several
    times the memory.

    Examples
    --------
    >>> import pandas as pd
    >>> with texts_of_small_tables():
    ...     kept = pd.Series(["a", "b"])
    >>> kept.dtype == "str", kept.dtype.storage
    (True, 'python')
    """
    import pandas as pd

    with pd.option_context("mode.string_storage", "python"):
        yield
