"""What holds between the columns of a CAASPP research file."""

from __future__ import annotations

from typing import Any

from autonomy_stats.loaders.agreement import Agreement, adds_up, at_most

__all__ = ["LEVELS", "agreements"]

LEVELS = ("Exceeded", "Met", "Nearly Met", "Not Met")
ENROLLED = ("CAASPP Reported Enrollment", "Students Enrolled", "Total Students Enrolled")


def agreements(rounded: float) -> tuple[Agreement, ...]:
    """Return what holds between columns, percents rounded by so much at most."""
    levels = [f"Percentage Standard {level}" for level in LEVELS]
    counted = [f"Count Standard {level}" for level in LEVELS]
    met = "Standard Met and Above"
    made = [
        adds_up(levels[:2], f"Percentage {met}", 3 * rounded),
        _all_levels(levels, 4 * rounded),
        adds_up(counted[:2], f"Count {met}"),
    ]
    for tested in ("Students Tested", "Total Students Tested"):
        for scored in ("Students with Scores", "Total Students Tested with Scores"):
            made += [at_most(scored, tested), _at_least_half(scored, tested)]
        made += [at_most(tested, enrolled, zero=False) for enrolled in ENROLLED]
    return tuple(made)


def _all_levels(levels: list[str], slack: float) -> Agreement:
    """Return that the levels add up to 100, but for rows of nobody, where all are 0."""

    def wrong(*shares: Any) -> Any:
        total = sum(shares)
        return (total > 0) & (abs(total - 100) > slack)

    return Agreement(tuple(levels), wrong, "the levels add up to 100")


def _at_least_half(scored: str, tested: str) -> Agreement:
    """Return that most students tested have scores."""
    return Agreement(
        (scored, tested),
        lambda scored, tested: 2 * scored < tested,
        f"{scored!r} are at least half of {tested!r}",
    )
