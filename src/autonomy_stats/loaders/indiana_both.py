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
from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders.agreement import Agreement

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["both_fits", "both_tested"]

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


def both_fits(ela: tuple[str, str], math: tuple[str, str], both_pct: str) -> Agreement:
    """Return that some number tested in both subjects fits a fraction that passed both.

    Parameters
    ----------
    ela, math : tuple of str
        Header texts of pass count and unrounded fraction of a grade.
    both_pct : str
        Header text of the unrounded fraction that passed both.
    """

    def wrong(*columns: Any) -> Any:
        import numpy as np

        ela_n, ela_share, math_n, math_share, both = columns
        some = (ela_share > 0) & (math_share > 0) & (both > 0)
        tested = (
            np.round(count / np.where(some, share, 1.0))
            for count, share in ((ela_n, ela_share), (math_n, math_share))
        )
        most = np.minimum(*tested)
        return [bool(s) and not _fitting(b, m) for s, b, m in zip(some, both, most, strict=True)]

    return Agreement(
        (*ela, *math, both_pct),
        wrong,
        f"{both_pct!r} is a share of some number of students close to those tested in each subject",
    )


def _told(fraction: float, ela_tested: float, math_tested: float) -> float:
    """Return the one number that makes a whole product, or a missing value."""
    if math.isnan(fraction + ela_tested + math_tested):
        return math.nan
    fits = _fitting(fraction, min(ela_tested, math_tested))
    return float(fits[0]) if len(fits) == 1 else math.nan


def _fitting(fraction: float, most: float) -> list[int]:
    """Return the whole numbers, up to a bound and close to it, that make a whole product."""
    return [
        number
        for number in range(max(1, math.ceil(LEAST_SHARE * most)), int(most) + 1)
        if abs(number * fraction - round(number * fraction)) < WHOLE
    ]
