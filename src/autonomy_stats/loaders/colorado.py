"""Colorado: CMAS (PARCC) results in English language arts and mathematics, 2017 workbook.

Agency: Colorado Department of Education, "CMAS ELA and Math, District and School Overall
Results". The 2017 workbook also gives each row's 2016 results, without the number of valid
scores: it is derived as count over percent met, which the file rounds to a tenth.

Suppression. A count of students who met or exceeded expectations is shown from 4 up, so a count
that is starred for its own sake is 0 to 3. Other cells are starred because a small cell next to
them could be worked out from them, and the workbook does not say which. So a starred cell whose
mean lies below 725, the score at which a student approaches expectations, is taken to be 0 to 3
students of the number tested, or of `FEWEST_SHOWN` where that is not given; any other starred cell
is bounded by 0 and by what its mean allows (`scales.Scale.largest_share`). The first is a reading
of the rule, not a fact of each cell: in 2017 a few large high schools with low means are starred
whole. Figure 6 shows what follows if nothing but the arithmetic holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autonomy_stats.loaders import colorado_membership
from autonomy_stats.loaders.cells import check_ids, numbers, percents, year_in
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy
from autonomy_stats.scales import PARCC

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

FEWEST_SHOWN = 16.0
"""Scores of fewer students are not shown."""

MOST_STARRED = 3.0
"""Most students that a starred count of students who met expectations stands for."""

SUBJECTS = {"ELA": "ela", "MATH": "math"}
MARKS = {
    "*": "suppressed",
    "- -": "suppressed",
    "< 16": "suppressed",
    "NA": "not_published",
    "": "not_published",
}


def _tidy(sheet: Sheet, end_year: int) -> Tidy:
    import pandas as pd

    level = sheet.frame["level"].str.upper()
    footers = (sheet.frame["test"] == "") & (sheet.frame["content"] == "")
    totals = level.isin(["STATE", "DISTRICT"])
    schools = sheet.without(footers | totals)
    identity = _identity(schools)
    this_year = _year(schools, identity, end_year, prior=False)
    prior_year = _year(schools, identity, end_year - 1, prior=True)
    return Tidy(
        {"achievement": pd.concat([this_year, prior_year])},
        {"state and district totals": int(totals.sum()), "footnote": int(footers.sum())},
    )


def _identity(sheet: Sheet) -> pd.DataFrame:
    import pandas as pd

    district = check_ids(sheet, "district", r"\d{4}", "a district code of 4 digits")
    school = check_ids(sheet, "school", r"\d{4}", "a school code of 4 digits")
    content = sheet.frame["content"].str.upper()
    test = sheet.frame["test"].str.replace("*", "", regex=False).str.strip()
    grade = test.str.extract(r"Grade (\d\d)$")[0]
    return pd.DataFrame(
        {
            "state": "colorado",
            "district_id": district,
            "school_id": school,
            "school_name": sheet.frame["name"],
            "assessment": "CMAS (PARCC)",
            "series": "CMAS PARCC",
            "subject": content.map(SUBJECTS).fillna(content.str.lower()),
            "grade": grade.fillna(test),
            "student_group": "all",
        }
    )


def _year(sheet: Sheet, identity: pd.DataFrame, end_year: int, *, prior: bool) -> pd.DataFrame:
    """Return the rows of the workbook's own year, or of its prior-year columns."""
    import pandas as pd

    prefix = "prior_" if prior else ""
    percent, status = percents(sheet, f"{prefix}met_pct", MARKS)
    met, _ = numbers(sheet, f"{prefix}met_n", MARKS)
    mean, _ = numbers(sheet, f"{prefix}mean", MARKS)
    if prior:
        tested = (100 * met / percent.where(percent > 0)).round()
        participation = pd.Series(float("nan"), index=percent.index)
    else:
        tested, _ = numbers(sheet, "valid_n", MARKS)
        participation, _ = percents(sheet, "participation", MARKS)
    low, high = _bounds(percent, status, tested, mean)
    rows = identity.assign(
        end_year=end_year,
        n_tested=tested,
        n_tested_status=pd.Series("derived" if prior else "reported", index=tested.index).where(
            tested.notna()
        ),
        participation_pct=participation,
        proficient_n=met,
        proficient_pct=percent,
        proficient_pct_low=low,
        proficient_pct_high=high,
        mean_score=mean,
        status=status,
    )
    return rows[status != "not_published"]


def _bounds(
    percent: pd.Series, status: pd.Series, tested: pd.Series, mean: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Return the bounds of each percent by the rule in this module's docstring."""
    shown = status == "reported"
    few = 100 * MOST_STARRED / tested.fillna(FEWEST_SHOWN).clip(lower=FEWEST_SHOWN)
    high = few.where(mean < PARCC.approached, PARCC.largest_share(mean))
    return percent.where(shown, 0.0), percent.where(shown, high)


def _year_of(sheet: Sheet) -> int:
    return year_in(sheet, sheet.title, r"(20\d\d) District and School", "a title with the year")


def _columns() -> dict[str, str]:
    levels = (
        "Did Not Yet Meet",
        "Partially Met",
        "Approached",
        "Met",
        "Exceeded",
    )
    columns = {
        "Level": "level",
        "District Code": "district",
        "District Name": IGNORED,
        "School Code": "school",
        "School Name": "name",
        "Content": "content",
        "Test": "test",
        "Number of Total Records": IGNORED,
        "Number of Valid Scores": "valid_n",
        "Number of No Scores": IGNORED,
        "Participation Rate": "participation",
        "Mean Scale Score": "mean",
    }
    for level in levels:
        columns |= {f"Number {level} Expectations": IGNORED, f"% {level} Expectations": IGNORED}
    return columns | {
        "Number Met or Exceeded Expectations": "met_n",
        "% Met or Exceeded Expectations": "met_pct",
        "2016 Mean Scale Score": "prior_mean",
        "2016 Number Met or Exceeded Expectations": "prior_met_n",
        "2016 % Met or Exceeded Expectations": "prior_met_pct",
        "% Change in Met or Exceeded Expectations": IGNORED,
    }


AGENCY = "Colorado Department of Education"

LAYOUTS = (
    Layout(
        layout_id="colorado-cmas-2017",
        state="colorado",
        agency=AGENCY,
        title="CMAS ELA and math district and school overall results, 2017",
        columns=_columns(),
        tidy=_tidy,
        year_of=_year_of,
        sheets=r"District and School Detail_1",
        sheet_example="District and School Detail_1",
        prior_years=True,
    ),
    *colorado_membership.LAYOUTS,
)
