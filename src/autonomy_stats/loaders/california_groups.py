"""California: student groups of the research files, and the control shares made of them.

Agency: California Department of Education, "StudentGroups" list of the CAASPP research files.

An `_all_` file has a row for each group of a school, so that it holds the controls beside the
outcome: a group's students tested over all students tested, of all grades (grade 13), English
language arts and mathematics added up. Not enrollment is used: in 2015 every group's enrollment
is that of all students. Low income is 31 over 31 + 111, which between them have every student.

A count that is starred or blank is 0 to 10 students, since fewer than eleven are hidden. A group
without a row has no student tested there: a group of few has a row, with its scores starred.

California tells Filipino students (77) from Asian students (76), and so does this package:
`asian_pct` is 76 alone, and Filipino students are in none of the shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.schema import SHARES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["GROUPS", "LOW_INCOME", "control_shares"]

GROUPS = {
    "1": "all",
    "3": "male",
    "4": "female",
    "6": "fluent_or_english_only",
    "7": "initially_fluent",
    "8": "reclassified_fluent",
    "28": "migrant",
    "31": "low_income",
    "74": "black",
    "75": "native_american",
    "76": "asian",
    "77": "filipino",
    "78": "hispanic",
    "79": "pacific_islander",
    "80": "white",
    "99": "no_disability",
    "111": "not_low_income",
    "128": "disability",
    "144": "multiracial",
    "160": "english_learner",
    "180": "english_only",
}
"""Student groups that are read, by their id; rows of other groups are counted and left out."""

LOW_INCOME = "socioeconomically disadvantaged"
REST = {"low_income": "not_low_income", "disability": "no_disability"}
"""Groups that have every student between them."""

MOST_HIDDEN = 10.0
"""Most students that a starred or blank count stands for."""


def control_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each school's shares of tested students by group, with their bounds.

    Parameters
    ----------
    rows : pandas.DataFrame
        `state, end_year, district_id, school_id, school_name, subject, grade, student_group` and
        `tested`, missing where the file hides it.

    Returns
    -------
    pandas.DataFrame
        Demographics of each school that has rows of groups; none for a file of all students only.
    """
    import pandas as pd

    key = ["state", "end_year", "school_id"]
    rows = rows[rows["grade"] == "all"]
    grouped = rows.loc[rows["student_group"] != "all", key].drop_duplicates()
    schools = rows.drop_duplicates(key)[[*key, "district_id", "school_name"]].merge(
        grouped, on=key, validate="1:1"
    )
    rows = rows.assign(low=rows["tested"].fillna(0.0), high=rows["tested"].fillna(MOST_HIDDEN))
    named = pd.MultiIndex.from_frame(schools[key])
    counts = rows.groupby([*key, "student_group"])[["low", "high"]].sum()
    few = counts["low"].unstack().reindex(named).fillna(0.0)
    many = counts["high"].unstack().reindex(named).fillna(0.0)
    made: dict[str, pd.Series] = {}
    for share in SHARES:
        low, high = _bounds(few, many, share.removesuffix("_pct"))
        made |= {share: (low + high) / 2, f"{share}_low": low, f"{share}_high": high}
    shares = pd.DataFrame(made).reset_index(drop=True)
    hidden = pd.concat([shares[f"{s}_high"] > shares[f"{s}_low"] for s in SHARES], axis=1)
    return pd.concat([schools.reset_index(drop=True), shares], axis=1).assign(
        shares_status=hidden.any(axis=1).map({True: "suppressed", False: "derived"}),
        low_income_definition=LOW_INCOME,
    )


def _bounds(few: pd.DataFrame, many: pd.DataFrame, group: str) -> tuple[pd.Series, pd.Series]:
    """Return the least and the largest percent of a group, from counts by school and group."""
    import pandas as pd

    rest = REST.get(group, group)
    if group not in few or rest not in few:  # the file does not have the group at all
        missing = pd.Series(float("nan"), few.index)
        return missing, missing
    low, high = few[group], many[group]
    if rest != group:
        low = low.clip(lower=few["all"] - many[rest])
        high = high.clip(upper=(many["all"] - few[rest]).clip(lower=low))
    if group == "low_income":
        least, most = low + many[rest], high + few[rest]
    else:
        least, most = many["all"], few["all"]
    lowest = 100 * low / least.where(least > 0)
    highest = 100 * high / most.where(most > 0)
    return lowest.fillna(0.0).clip(upper=100.0), highest.fillna(100.0).clip(upper=100.0)
