"""Indiana: the number of students tested in both subjects, rebuilt from an unrounded fraction.

Through 2016 the workbooks give the share that passed both subjects as an unrounded fraction, and
no count. The number tested in both, D, is whole, and so is D times the fraction; it is at most the
smaller of the numbers tested in each subject, and seldom far below it. So D is told where just
one whole number within a tenth below that bound makes a whole product. In the workbook of 2017,
which gives the number, this tells it for 93.6 percent of 7,745 cells and is right in each of them.
It is not told where nobody passed (each number will do), nor where the fraction has a small
denominator.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["both_tested"]

LEAST_SHARE = 0.9
"""Least share of those tested in a subject who are taken to be tested in both."""

WHOLE = 1e-6
"""How far from a whole number a product may lie: the fractions are stored to 15 digits."""


def both_tested(
    fraction: pd.Series, ela_tested: pd.Series, math_tested: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Return how many students were tested in both subjects, and how many passed both.

    Parameters
    ----------
    fraction : pandas.Series
        Share that passed both subjects, 0 to 1, unrounded.
    ela_tested, math_tested : pandas.Series
        Numbers tested in each subject.

    Returns
    -------
    tested, passed : pandas.Series of float
        Missing where they cannot be told exactly.

    Examples
    --------
    Of 60 tested in English and 58 in mathematics, 17 of 57 passed both; a quarter could be 13 of
    52 or 14 of 56.

    >>> import pandas as pd
    >>> tested, passed = both_tested(
    ...     pd.Series([17 / 57, 0.25]), pd.Series([60, 57]), pd.Series([58, 57])
    ... )
    >>> tested.tolist(), passed.tolist()
    ([57.0, nan], [17.0, nan])
    """
    import pandas as pd

    told = [_told(*cells) for cells in zip(fraction, ela_tested, math_tested, strict=True)]
    tested = pd.Series(told, index=fraction.index, dtype="float64")
    return tested, (tested * fraction).round()


def _told(fraction: float, ela_tested: float, math_tested: float) -> float:
    """Return the one number that makes a whole product, or a missing value."""
    if math.isnan(fraction + ela_tested + math_tested):
        return math.nan
    most = int(min(ela_tested, math_tested))
    fits = [
        number
        for number in range(max(1, math.ceil(LEAST_SHARE * most)), most + 1)
        if abs(number * fraction - round(number * fraction)) < WHOLE
    ]
    return float(fits[0]) if len(fits) == 1 else math.nan
