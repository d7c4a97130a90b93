"""Read what the levels of achievement of each row add up to, which no tidy table needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autonomy_stats.loaders.layout import Layout, Levels, Sheet
from autonomy_stats.loaders.load import sheets_in
from autonomy_stats.raw import RawFile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["half_unit", "level_sums"]

MOST_DECIMALS = 3
"""Percents with more decimals are fractions as stored, not rounded for print."""

STORED = 1e-9
"""How far apart equal numbers may be stored."""


def half_unit(percents: pd.Series) -> float:
    """Return half a unit of the last decimal of a file's percents: how far rounding moves one.

    Examples
    --------
    >>> import pandas as pd
    >>> round(half_unit(pd.Series([33.3, 50.0])), 6)
    0.05
    """
    for decimals in range(MOST_DECIMALS):
        if not ((percents.round(decimals) - percents).abs() > STORED).any():
            return 0.5 * 10.0**-decimals + STORED
    return 0.5 * 10.0 ** -(MOST_DECIMALS + 3) + STORED


def level_sums(raw: RawFile, layout: Layout) -> pd.DataFrame:
    """Return what the levels of each row of a file add up to, and what they should.

    Parameters
    ----------
    raw : RawFile
        The file.
    layout : Layout
        Its layout, which declares its levels.

    Returns
    -------
    pandas.DataFrame
        One row for each row of the file and set of levels that shows them all, of somebody
        tested: `place, counts, total, whole, slack`. `slack` is what rounding explains.
    """
    import pandas as pd

    fields = [
        {text: f"levels {number} {level}" for text, level in levels.columns.items()}
        for number, levels in enumerate(layout.levels)
    ]
    columns = dict(layout.columns)
    for texts in fields:
        columns |= texts
    added = frozenset(name for texts in fields for name in texts.values())
    read = replace(layout, columns=columns, optional=layout.optional | added)
    found = [
        _sums(sheet, levels, list(dict.fromkeys(texts.values())))
        for sheet, _, _ in sheets_in(raw, read)
        for levels, texts in zip(layout.levels, fields, strict=True)
        if set(texts.values()) <= set(sheet.frame)
    ]
    names = ["place", "counts", "total", "whole", "slack"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)


def _sums(sheet: Sheet, levels: Levels, fields: list[str]) -> pd.DataFrame:
    """Return the sums of one set of levels."""
    import pandas as pd

    values = pd.DataFrame(  # a mark is no number, and its row not checked
        {
            name: pd.to_numeric(sheet.frame[name].str.replace(",", ""), errors="coerce")
            for name in (*fields, levels.tested)
        }
    )
    shown = values[fields].notna().all(axis=1) & (values[levels.tested] > 0)
    parts, tested = values.loc[shown, fields], values.loc[shown, levels.tested]
    whole, slack = tested, STORED
    if not levels.counts:
        parts = parts * 100 if (parts.to_numpy() <= 1).all() else parts  # written 0 to 1
        rounding = half_unit(pd.Series(parts.to_numpy().ravel()))
        whole, slack = tested * 0 + 100, len(fields) * rounding
    name = f"sheet {sheet.name!r}, " if sheet.name else ""
    return pd.DataFrame(
        {
            "place": [f"{name}row {row}" for row in parts.index],
            "counts": levels.counts,
            "total": parts.sum(axis=1),
            "whole": whole,
            "slack": slack,
        }
    )
