"""What a run prints of the scorecard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autonomy_stats.study import StudyRun

__all__ = ["print_scorecard"]


def print_scorecard(run: StudyRun) -> None:
    """Print how many of the report's claims got which verdict."""
    from autonomy_stats.scorecard import tally

    if run.scorecard is None:
        return
    print("The report's claims (scorecard.csv; rules in docs/scorecard.md):")
    for group, rows in tally(run.scorecard).groupby("group", sort=False):
        print(f"  {group}:")
        for row in rows.to_dict("records"):
            fragile = f", {row['n_fragile']} of them fragile" if row["n_fragile"] else ""
            print(
                f"    {row['n_claims']:2} {row['verdict']}{fragile}: "
                f"{row['claims'].replace(';', ', ')}"
            )
