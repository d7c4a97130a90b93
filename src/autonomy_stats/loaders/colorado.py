"""Colorado: CMAS (PARCC) results in English language arts and mathematics, 2015 to 2019.

Agency: Colorado Department of Education, "CMAS ELA and Math, District and School Overall
Results", one workbook a spring. From 2016 on each also gives its rows' results of the year
before, without the number of valid scores: it is derived as count over percent met, which the
file rounds to a tenth. A year's own workbook overrules these.

Each spring has its own header texts. That of 2017 was at hand; those of 2015, 2016, 2018 and 2019
are from the layout's description and from public code that reads these workbooks, so that a
column they leave out stops the load and is named. 2015 writes ids as numbers and percents as
fractions, some only as `<` or `>` a bound; in 2016 a test's name may end in `**`; in 2019 header
texts stand twice, first for 2019, then for 2018. All of 2015 to 2019 are one series: scale and cut
scores did not change, and the agency publishes the change of each year from the one before.

Suppression. A count of students who met or exceeded expectations is shown from 4 up, so a count
that is starred for its own sake is 0 to 3. Other cells are starred because a small cell next to
them could be worked out from them, and the workbook does not say which. So a starred cell whose
mean lies below 725, the score at which a student approaches expectations, is taken to be 0 to 3
students of the number tested, or of `FEWEST_SHOWN` where that is not given; any other starred cell
is bounded by 0 and by what its mean allows (`scales.Scale.largest_share`). The first is a reading
of the rule, not a fact of each cell: in 2017 a few large high schools with low means are starred
whole. Figure 6 shows what follows if nothing but the arithmetic holds. In 2015 nothing else is
assumed.

Median growth percentiles: no school file and no description of one was found. There is no layout.
"""

from __future__ import annotations

from collections.abc import Callable

from autonomy_stats.errors import LayoutError
from autonomy_stats.loaders import colorado_membership
from autonomy_stats.loaders.agreement import Agreement, adds_up, is_share, together
from autonomy_stats.loaders.cells import check_ids, year_in
from autonomy_stats.loaders.colorado_cmas import (
    FEWEST_SHOWN,
    MOST_STARRED,
    latest_year,
    tidy,
    tidy_2015,
)
from autonomy_stats.loaders.layout import IGNORED, Layout, Levels, Sheet

__all__ = ["FEWEST_SHOWN", "LAYOUTS", "MOST_STARRED"]

AGENCY = "Colorado Department of Education"

LEVELS = ("Did Not Yet Meet", "Partially Met", "Approached", "Met", "Exceeded")


def _year_of_2017(sheet: Sheet) -> int:
    return year_in(sheet, sheet.title, r"(20\d\d) District and School", "a title with the year")


def _titled(year: int) -> Callable[[Sheet], int]:
    """Return a function that checks that a sheet's title is of a year."""

    def year_of(sheet: Sheet) -> int:
        if (got := latest_year(sheet.title)) != year:
            raise LayoutError(
                f"{sheet.where()}: the text above the header names the year {got}; expected "
                f"{year}, whose header this is"
            )
        return year

    return year_of


def _year_of_2015(sheet: Sheet) -> int:
    pattern = r"(2014\s*-\s*)?(20)?15"
    rows = sheet.without((sheet.frame["test"] == "") & (sheet.frame["content"] == ""))
    check_ids(rows, "year", pattern, "the year 2015")
    return 2015


def _counts(number: str, percent: str) -> dict[str, str]:
    """Return the columns that all springs have, by how they write `number` and `percent`."""
    of = f"{number} of"
    columns = {
        "Level": "level",
        "District Code": "district",
        "District Name": IGNORED,
        "School Code": "school",
        "School Name": "name",
        f"{of} Total Records": IGNORED,
        f"{of} Valid Scores": "valid_n",
        f"{of} No Scores": IGNORED,
        "Participation Rate": "participation",
        "Mean Scale Score": "mean",
    }
    for level in LEVELS:
        columns |= {f"{number} {level} Expectations": IGNORED}
        columns |= {f"{percent} {level} Expectations": IGNORED}
    return columns | {
        f"{number} Met or Exceeded Expectations": "met_n",
        f"{percent} Met or Exceeded Expectations": "met_pct",
    }


def _levels(number: str, percent: str, misspelt: str = "") -> tuple[Levels, Levels]:
    """Return the columns of the levels, the share of the highest in another spelling too."""
    shares = {f"{percent} {level} Expectations": level for level in LEVELS}
    shares |= {misspelt: LEVELS[-1]} if misspelt else {}
    counts = {f"{number} {level} Expectations": level for level in LEVELS}
    return Levels(shares, "valid_n"), Levels(counts, "valid_n", counts=True)


TENTH = 0.0501
"""How far rounding to a tenth moves a percent, and a little."""

SOME_EXCUSED = 5.0
"""How far leaving some students out may move a rate of participation."""


def _agree(
    number: str, percent: str, *prior: tuple[str, str], misspelt: str = ""
) -> tuple[Agreement, ...]:
    """Return what holds between the columns of a workbook.

    `prior` are last year's columns of those who met expectations, in each way of writing them.
    What stands beside a hidden percent is known from 2016 on.
    """
    levels = [f"{number} {level} Expectations" for level in LEVELS]
    met = f"{number} Met or Exceeded Expectations"
    shares = {count: f"{percent}{count.removeprefix(number)}" for count in (*levels, met)}
    if misspelt:
        shares[levels[-1]] = misspelt
    made = [adds_up(levels[-2:], met), *(together(*texts) for texts in prior)]
    if prior:
        made.append(together(met, shares[met]))
        made.append(_counted("Mean Scale Score", f"{number} of Valid Scores"))
    for start in (f"{number} of ", ""):
        valid, no_scores, total = f"{start}Valid Scores", f"{start}No Scores", "of Total Records"
        made += [
            *(is_share(count, valid, share, TENTH) for count, share in shares.items()),
            adds_up(levels, valid),
            adds_up([valid, no_scores], f"{number} {total}"),
            is_share(valid, f"{number} {total}", "Participation Rate", SOME_EXCUSED),
        ]
    return tuple(made)


def _counted(mean: str, valid: str) -> Agreement:
    """Return that a mean has the number of its scores beside it."""
    return Agreement(
        (mean, valid),
        lambda mean, valid: (mean == mean) & (valid != valid),
        f"{mean!r} is shown with {valid!r}",
        marks=True,
    )


PRIOR_MET = ("prior_met_n", "prior_met_pct")


def _prior(year: int, number: str, percent: str, ends: tuple[str, ...] = ("",)) -> dict[str, str]:
    """Return the prior-year columns, whose texts begin with the year and may end in stars."""
    columns: dict[str, str] = {}
    for end in ends:
        columns |= {
            f"{year} Mean Scale Score{end}": "prior_mean",
            **dict(zip(_prior_met(year, number, percent, end), PRIOR_MET, strict=True)),
            f"% Change in Met or Exceeded Expectations{end}": IGNORED,
            f"Change in % Met or Exceeded Expectations{end}": IGNORED,
        }
    return columns


def _prior_met(year: int, number: str, percent: str, end: str = "") -> tuple[str, str]:
    """Return the texts of last year's count and percent who met expectations."""
    met = f"Met or Exceeded Expectations{end}"
    return f"{year} {number} {met}", f"{year} {percent} {met}"


CHANGE_2017 = adds_up(
    ["2016 % Met or Exceeded Expectations", "% Change in Met or Exceeded Expectations"],
    "% Met or Exceeded Expectations",
    2 * TENTH,
)
"""Of the workbook at hand; what other springs call the change was not seen."""

MET_2018 = (
    "Number Met or Exceeded Expectations (2)",
    "Percent Met or Exceeded Expectations (2)",
)

SECOND_2019 = {
    "Mean Scale Score (2)": "prior_mean",
    **dict(zip(MET_2018, PRIOR_MET, strict=True)),
    "Standard Deviation (2)": IGNORED,
    "Percent Met or Exceeded Expectations (3)": IGNORED,
    "Change in Percent Met or Exceeded Expectations": IGNORED,
    "Change in Met or Exceeded Expectations": IGNORED,
    "Percent Change in Met or Exceeded Expectations": IGNORED,
    "% Change in Met or Exceeded Expectations": IGNORED,
}
"""Columns of 2018 in the workbook of 2019, and the change, however it is called."""

MISSPELT_2015 = "Percent Exceeded Expecations"

OWN_2015 = {
    "Year": "year",
    "Content Area": "content",
    "Test": "test",
    "Valid Scores": "valid_n",
    "No Scores": IGNORED,
    MISSPELT_2015: IGNORED,
}
"""Columns of 2015; the last as the agency spelt it."""

LAYOUTS = (
    Layout(
        layout_id="colorado-cmas-2015",
        state="colorado",
        agency=AGENCY,
        title="CMAS ELA and math achievement results, 2015",
        columns=_counts("Number", "Percent") | OWN_2015,
        tidy=tidy_2015,
        year_of=_year_of_2015,
        sheets=r"Achievement Results",
        sheet_example="Achievement Results",
        levels=_levels("Number", "Percent", MISSPELT_2015),
        agree=_agree("Number", "Percent", misspelt=MISSPELT_2015),
    ),
    Layout(
        layout_id="colorado-cmas-2016",
        state="colorado",
        agency=AGENCY,
        title="CMAS ELA and math district and school summary, 2016",
        columns=_counts("Number", "%")
        | {"Content": "content", "Test": "test"}
        | _prior(2015, "Number", "%"),
        tidy=tidy,
        year_of=_titled(2016),
        sheets=r"(?i)ELA|Math",
        sheet_example="ELA",
        levels=_levels("Number", "%"),
        agree=_agree("Number", "%", _prior_met(2015, "Number", "%")),
        prior_years=True,
    ),
    Layout(
        layout_id="colorado-cmas-2017",
        state="colorado",
        agency=AGENCY,
        title="CMAS ELA and math district and school overall results, 2017",
        columns=_counts("Number", "%")
        | {"Content": "content", "Test": "test"}
        | _prior(2016, "Number", "%"),
        tidy=tidy,
        year_of=_year_of_2017,
        sheets=r"District and School Detail_1",
        sheet_example="District and School Detail_1",
        levels=_levels("Number", "%"),
        agree=(*_agree("Number", "%", _prior_met(2016, "Number", "%")), CHANGE_2017),
        prior_years=True,
    ),
    Layout(
        layout_id="colorado-cmas-2018",
        state="colorado",
        agency=AGENCY,
        title="CMAS ELA and math district and school summary, 2018",
        columns=_counts("#", "%")
        | {"Content": "content", "Test/Grade": "test", "Test": "test"}
        | _prior(2017, "#", "%", ("", "*", "**")),
        tidy=tidy,
        year_of=_titled(2018),
        sheets=r"District and School Detail_1",
        sheet_example="District and School Detail_1",
        levels=_levels("#", "%"),
        agree=_agree("#", "%", *(_prior_met(2017, "#", "%", end) for end in ("", "*", "**"))),
        prior_years=True,
    ),
    Layout(
        layout_id="colorado-cmas-2019",
        state="colorado",
        agency=AGENCY,
        title="CMAS ELA and math district and school summary, 2019",
        agree=_agree("Number", "Percent", MET_2018),
        columns=_counts("Number", "Percent")
        | {"Subject": "content", "Grade": "test", "Standard Deviation": "deviation"}
        | SECOND_2019,
        tidy=tidy,
        year_of=_titled(2019),
        sheets=r"CMAS ELA and Math",
        sheet_example="CMAS ELA and Math",
        levels=_levels("Number", "Percent"),
        prior_years=True,
        numbered=True,
    ),
    *colorado_membership.LAYOUTS,
)
