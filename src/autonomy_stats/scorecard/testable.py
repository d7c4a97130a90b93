"""When a claim cannot be tested, and how near what tests it comes to what the report did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autonomy_stats.labels import outcome_label, type_label
from autonomy_stats.models.tables import FEWEST_DF, FEWEST_SCHOOLS
from autonomy_stats.scorecard.case import Row
from autonomy_stats.scorecard.contrast import pair_label

__all__ = ["FEWEST_REFERENCE", "NOT_AT_HAND", "grade_of", "why_untestable"]

FEWEST_OPERATORS = 3
LEAST_COVERAGE = 80.0
"""Percent of the schools counted by the report, or nearest to it, that the roster must name."""

FEWEST_REFERENCE = 10

NOT_AT_HAND = "no results at hand"
"""How the reason begins where the raw files do not hold what a claim needs."""


def why_untestable(stated: bool, rows: Sequence[Row]) -> list[str]:
    """Return every reason why a claim cannot be tested; none if it can.

    Parameters
    ----------
    stated : bool
        Whether the claim states a contrast.
    rows : sequence of mapping
        Its contrasts, as `score` takes them.

    Returns
    -------
    list of str
        In the order of the rules: another construct; too few schools, operators or degrees of
        freedom; too thin a roster; too few reference schools; no stated contrast.
    """
    if not stated:
        return ["no stated contrast: the report names no test, year or type to compare"]
    if not rows:
        return [f"{NOT_AT_HAND}: no estimate of it was given"]
    found = [reason for check in CHECKS for row in rows for reason in check(row)]
    return list(dict.fromkeys(found))


def another_construct(row: Row) -> Iterator[str]:
    """Refuse what measures another thing than the claim is about."""
    if not row["same_construct"]:
        yield f"another construct: {outcome_label(str(row['outcome']))[0]}"


def no_estimate(row: Row) -> Iterator[str]:
    """Refuse where the files, or the schools in them, give no estimate with an interval."""
    if row["problem"]:
        yield str(row["problem"])
    elif not (row["std_error"] > 0 and row["df"] > 0):
        yield f"no interval of {pair_label(row)}"


def too_few_schools(row: Row) -> Iterator[str]:
    """Refuse under 4 schools of a type."""
    for side in ("a", "b"):
        if row[f"n_schools_{side}"] < FEWEST_SCHOOLS:
            yield (
                f"{type_label(row[f'type_{side}'])}: {row[f'n_schools_{side}']:.0f} "
                f"({FEWEST_SCHOOLS} are needed)"
            )


def too_few_operators(row: Row) -> Iterator[str]:
    """Refuse under 3 operators of a type."""
    for side in ("a", "b"):
        if row[f"n_operators_{side}"] < FEWEST_OPERATORS:
            yield (
                f"operators of {type_label(row[f'type_{side}'])}: "
                f"{row[f'n_operators_{side}']:.0f} "
                f"({FEWEST_OPERATORS} are needed)"
            )


def too_few_df(row: Row) -> Iterator[str]:
    """Refuse under 4 degrees of freedom."""
    if row["df"] < FEWEST_DF:
        yield (
            f"degrees of freedom of {pair_label(row)}: {row['df']:.2f} ({FEWEST_DF:g} are needed)"
        )


def thin_roster(row: Row) -> Iterator[str]:
    """Refuse a roster that names under 80 % of the schools that were counted."""
    for side in ("a", "b"):
        if row[f"coverage_pct_{side}"] < LEAST_COVERAGE:
            yield (
                f"the roster names {row[f'coverage_pct_{side}']:.1f} % of the "
                f"{type_label(row[f'type_{side}'])} counted ({LEAST_COVERAGE:g} % are needed)"
            )


def few_reference_schools(row: Row) -> Iterator[str]:
    """Refuse under 10 schools of the reference type."""
    if row["n_schools_reference"] < FEWEST_REFERENCE:
        yield f"reference schools: {row['n_schools_reference']:.0f} ({FEWEST_REFERENCE} are needed)"


CHECKS = (
    another_construct,
    no_estimate,
    too_few_schools,
    too_few_operators,
    too_few_df,
    thin_roster,
    few_reference_schools,
)


def grade_of(claim: Row, rows: Sequence[Row]) -> str:
    """Return how near an estimate comes to the report's own: A, B or C, of the worst contrast.

    Parameters
    ----------
    claim : mapping
        `from_end_year, to_end_year`.
    rows : sequence of mapping
        `same_test, end_years, missing_controls, departure`.

    Examples
    --------
    >>> claim = {"from_end_year": 2015, "to_end_year": 2016}
    >>> row = {"same_test": True, "end_years": "2015;2016", "missing_controls": "", "departure": ""}
    >>> [grade_of(claim, [row | changed]) for changed in
    ...  ({}, {"end_years": "2016"}, {"end_years": "2018"})]
    ['A', 'B', 'C']
    """
    return max(_grade(claim, row) for row in rows)


def _grade(claim: Row, row: Row) -> str:
    own = set(range(int(claim["from_end_year"]), int(claim["to_end_year"]) + 1))
    held = {int(year) for year in str(row["end_years"]).split(";")}
    if not row["same_test"] or not own & held or row["departure"]:
        return "C"
    return "A" if held == own and not row["missing_controls"] else "B"
