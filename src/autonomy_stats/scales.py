"""Score scales of tests, and what a mean score says of the share that passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PARCC", "Scale"]


@dataclass(frozen=True)
class Scale:
    """A test's score scale.

    Parameters
    ----------
    lowest, approached, met : float
        Lowest score, and the scores from which a student approaches and meets expectations.
    """

    lowest: float
    approached: float
    met: float

    def largest_share(self, mean: pd.Series) -> pd.Series:
        """Return the largest percent meeting expectations that a mean score allows.

        With a share p at `met` or above and no score below `lowest`, the mean is at least
        `met * p + lowest * (1 - p)`.

        Parameters
        ----------
        mean : pandas.Series
            Mean scores; a missing one allows 100.

        Returns
        -------
        pandas.Series
            Percents.

        Examples
        --------
        >>> import pandas as pd
        >>> PARCC.largest_share(pd.Series([710.0, 760.0, None])).tolist()
        [60.0, 100.0, 100.0]
        """
        share = (mean - self.lowest) / (self.met - self.lowest)
        return (100 * share).clip(0, 100).fillna(100.0)


PARCC = Scale(lowest=650.0, approached=725.0, met=750.0)
"""Scale of the Partnership for Assessment of Readiness for College and Careers, 650 to 850."""
