"""How many claims got which verdict; only estimates that come near the report's own are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.scorecard.words import COUNTED_GRADES, VERDICTS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BEARS_ON", "COUNTED", "NOT_JUDGED", "tally"]

COUNTED = "in the tally (grade A or B)"
BEARS_ON = "bears on (grade C)"
NOT_JUDGED = "not judged"


def tally(scorecard: pd.DataFrame) -> pd.DataFrame:
    """Count a scorecard's verdicts.

    Parameters
    ----------
    scorecard : pandas.DataFrame
        What `score` returned.

    Returns
    -------
    pandas.DataFrame
        One row a group and verdict that occurs: `group` (`in the tally (grade A or B)`, `bears on
        (grade C)`, `not judged`), `verdict, n_claims, n_fragile, claims` (their ids). Composite
        claims are not judged: their parts are.

    Examples
    --------
    >>> import pandas as pd
    >>> made = pd.DataFrame({
    ...     "claim_id": ["a", "b", "c"], "verdict": ["agrees", "agrees", "cannot be tested"],
    ...     "grade": ["B", "C", ""], "fragile": [True, None, None],
    ... })
    >>> tally(made)[["verdict", "n_claims", "n_fragile"]].values.tolist()
    [['agrees', 1, 1], ['agrees', 1, 0], ['cannot be tested', 1, 0]]
    """
    import pandas as pd

    group = scorecard["grade"].map(
        lambda grade: COUNTED if grade in COUNTED_GRADES else BEARS_ON if grade else NOT_JUDGED
    )
    rows = []
    for name in (COUNTED, BEARS_ON, NOT_JUDGED):
        for verdict in VERDICTS:
            own = scorecard[(group == name) & (scorecard["verdict"] == verdict)]
            if len(own):
                rows.append(
                    {
                        "group": name,
                        "verdict": verdict,
                        "n_claims": len(own),
                        "n_fragile": int((own["fragile"] == True).sum()),  # noqa: E712
                        "claims": ";".join(own["claim_id"]),
                    }
                )
    return pd.DataFrame(rows, columns=["group", "verdict", "n_claims", "n_fragile", "claims"])
