"""California: CAASPP research files, Smarter Balanced results by school, 2015 to 2025.

Agency: California Department of Education, "Smarter Balanced Summative Assessments research
files" (`sb_ca2016_all_csv_v3` and the like), statewide or of a county, of all students or of all
student groups. No spring 2020: the tests were not given.

`*` stands where fewer than eleven students tested: the row stays, its percent between 0 and 100.
A blank (or `N/A`) is a score that is not published, such as the mean of all grades together, in
place of which some years print 0.0. A percent of no students with scores is not one: it counts as
not published. Grade 13 is all grades. Test 1 is English language arts, 2 mathematics.

Traps. `ca2015_1_csv_v3.txt`, without `sb_`, is a paper test: a file is told by its header, and by
its first row's test type, `B`, from the science test (CAST) of much the same header, `X`. Percents
are whole numbers in 2015 and 2016, two decimals later. The percent's denominator, the students at
all levels, can be a few less than the students with scores, which are `n_tested`. Enrollment by
group is wrong in 2015 (each group has that of all students), so that participation is given for
all students only. School names stand in the file from 2024 on, before that in the entities file.

The headers of 2015 to 2023 are built from descriptions: other releases of these years may name
a column that is not declared here, and are then refused with its name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.california_agreements import LEVELS, agreements
from autonomy_stats.loaders.california_groups import GROUPS, control_shares
from autonomy_stats.loaders.california_ids import (
    AGENCY,
    SECTORS,
    check_year,
    identity,
    is_elsewhere,
    is_in_other_county,
    is_total,
    meaning_of,
    one_year,
    settle,
    traces,
)
from autonomy_stats.loaders.cells import counts, first_row, percents, scores, too_many
from autonomy_stats.loaders.layout import ELSEWHERE, IGNORED, Layout, Levels, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

MARKS = {"*": "suppressed", "": "not_published", "N/A": "not_published"}
NO_MEAN = MARKS | dict.fromkeys(("0.0", "0"), "not_published")
SUBJECTS = {"1": "ela", "2": "math"}
TEST_TYPES = {"B": "Smarter Balanced"}
GRADES = {str(grade): f"{grade:02d}" for grade in (3, 4, 5, 6, 7, 8, 11)} | {"13": "all"}
FIRST_ADJUSTED = 2021
"""First spring of the adjusted forms, with about half of the adaptive part's items."""

LOWEST, HIGHEST = 2000.0, 3000.0
"""Scale scores of all grades lie within."""

SHARES = Levels({f"Percentage Standard {level}": level for level in LEVELS}, "n_tested")
COUNTS = Levels({f"Count Standard {level}": level for level in LEVELS}, "n_tested", counts=True)


def _is_other_group(columns: Mapping[str, Any], _within: Collection[str] | None) -> Any:
    """Tell student groups that are not read by their code."""
    import pyarrow as pa
    import pyarrow.compute as pc

    group = pc.utf8_trim_whitespace(columns["group"])
    read = pc.is_in(pc.utf8_ltrim(group, characters="0"), value_set=pa.array(list(GROUPS)))
    return pc.and_not(pc.match_substring_regex(group, r"^[0-9]{1,3}$"), read)


def _tidy(sheet: Sheet, end_year: int) -> Tidy:
    check_year(sheet, end_year)
    meaning_of(sheet, "test_type", TEST_TYPES)
    school = identity(sheet, end_year).assign(school_name=sheet.frame.get("name"))
    results = _results(sheet, school, end_year)
    _check_all_students(sheet, results)
    tested = _count(sheet, "tested" if "tested" in sheet.frame else "n_tested")
    tables = {
        "achievement": results,
        "demographics": control_shares(
            results[[*school.columns, "subject", "grade", "student_group"]].assign(tested=tested)
        ),
    }
    if "type" in sheet.frame:
        sector = meaning_of(sheet, "type", SECTORS, padded=True)
        tables["directory"] = school.assign(sector=sector).drop_duplicates()
    return Tidy({name: table for name, table in tables.items() if len(table) or name[0] == "a"})


def _check_all_students(sheet: Sheet, results: pd.DataFrame) -> None:
    """Raise where a group's row has no row of all students beside it."""
    key = ["school_id", "subject", "grade"]
    whole = results[key].merge(
        results.loc[results["student_group"] == "all", key].drop_duplicates(),
        on=key,
        how="left",
        indicator=True,
        validate="m:1",
    )["_merge"]
    alone = (whole == "left_only").set_axis(results.index)
    if too_many(alone, alone.notna()):
        row = first_row(alone)
        raise DataError(
            f"{sheet.where(row, 'group')}: got {sheet.frame.loc[row, 'group']!r}; expected a row "
            "of all students (group 1) of the same school, test and grade too. A column may stand "
            "under another's header"
        )


def _results(sheet: Sheet, school: pd.DataFrame, end_year: int) -> pd.DataFrame:
    """Return one row for each row of the file."""
    percent, status = percents(sheet, "met_pct", MARKS)
    n_tested = _count(sheet, "n_tested")
    status = status.where((status != "reported") | (n_tested != 0), "not_published")
    shown = status == "reported"
    percent = percent.where(shown)
    some = status != "not_published"
    return school.assign(
        assessment="Smarter Balanced",
        series=f"Smarter Balanced {'adjusted form' if end_year >= FIRST_ADJUSTED else '2015'}",
        subject=meaning_of(sheet, "test", SUBJECTS, padded=True),
        grade=meaning_of(sheet, "grade", GRADES, padded=True),
        student_group=(group := meaning_of(sheet, "group", GROUPS, padded=True)),
        n_tested=n_tested,
        n_tested_status=n_tested.notna().map({True: "reported", False: None}),
        participation_pct=_participation(sheet).where(group == "all"),
        proficient_n=_count(sheet, "met_n").where(shown),
        proficient_pct=percent,
        proficient_pct_low=percent.where(shown, 0.0).where(some),
        proficient_pct_high=percent.where(shown, 100.0).where(some),
        mean_score=scores(sheet, "mean", NO_MEAN, LOWEST, HIGHEST)[0],
        status=status,
    )


def _count(sheet: Sheet, column: str) -> pd.Series:
    """Return a column of counts; missing where the file hides it or does not have it."""
    import pandas as pd

    if column not in sheet.frame:
        return pd.Series(float("nan"), sheet.frame.index)
    return counts(sheet, column, MARKS)[0]


def _participation(sheet: Sheet) -> pd.Series:
    """Return students tested over enrolled; missing where more are said to be tested."""
    tested, enrolled = _count(sheet, "tested"), _count(sheet, "enrolled")
    return 100 * tested / enrolled.where((enrolled > 0) & (tested <= enrolled))


CODES = {
    "County Code": "county",
    "District Code": "district",
    "School Code": "school",
    "Filler": IGNORED,
    "Test Year": "year",
    "Test Type": "test_type",
    "Grade": "grade",
    "Mean Scale Score": "mean",
    "Percentage Standard Met and Above": "met_pct",
}


def _columns_to_2023(near: str, names: Mapping[str, str]) -> dict[str, str]:
    areas = {
        f"Area {area} Percentage {level} Standard": IGNORED
        for area in (1, 2, 3, 4)
        for level in ("Above", near, "Below")
    }
    levels = {f"Percentage Standard {level}": IGNORED for level in LEVELS}
    return (
        CODES
        | levels
        | {"Students Tested": "tested", "Students with Scores": "n_tested"}
        | (dict(names) | areas)
    )


def _columns_to_2019(near: str, *counts: str) -> dict[str, str]:
    names = {
        "Subgroup ID": "group",
        "Test Id": "test",
        "CAASPP Reported Enrollment": "enrolled",
        "Total Tested At Entity Level": IGNORED,
    }
    return _columns_to_2023(near, names | dict.fromkeys(counts, IGNORED))


def _columns_from_2024() -> dict[str, str]:
    columns = CODES | {
        "District Name": IGNORED,
        "School Name": "name",
        "Type ID": "type",
        "Test ID": "test",
        "Student Group ID": "group",
        "Total Students Enrolled": "enrolled",
        "Total Students Tested": "tested",
        "Total Students Tested with Scores": "n_tested",
        "Count Standard Met and Above": "met_n",
        "Overall Total": IGNORED,
    }
    for level in LEVELS:
        columns |= {f"{what} Standard {level}": IGNORED for what in ("Percentage", "Count")}
    areas = [f"Area {n}" for n in (1, 2, 3, 4)] + [f"Composite Area {n}" for n in (1, 2)]
    for area in areas:
        for level in ("Above", "Near", "Below"):
            columns |= {f"{area} {w} {level} Standard": IGNORED for w in ("Percentage", "Count")}
        columns[f"{area} Total"] = IGNORED
    return columns


def _layout(years: str, era: str, columns: dict[str, str], delimiter: str) -> Layout:
    first = era == "2015-first"
    return Layout(
        layout_id=f"california-caaspp-{era}",
        state="california",
        agency=AGENCY,
        title=f"CAASPP Smarter Balanced research file, {years}",
        columns=columns,
        tidy=_tidy,
        year_of=one_year,
        delimiter=delimiter,
        # A public copy of 2024 has these two left out.
        optional=frozenset({"enrolled", "tested"}) if era == "2024" else frozenset(),
        hallmarks=frozenset({"met_pct"}),
        first_row={"test_type": TEST_TYPES},
        left_out={
            ELSEWHERE: is_in_other_county if first else is_elsewhere,
            "state, county and district totals": is_total,
            "student groups that are not read": _is_other_group,
        },
        traces=None if first else traces,
        settle=settle if first else None,
        stands_in=frozenset({"demographics"}),
        levels=(SHARES, COUNTS) if era == "2024" else (SHARES,),
        agree=agreements(0.501 if era < "2017" else 0.00501),
    )


LAYOUTS = (
    _layout(
        "2015, first release",
        "2015-first",
        _columns_to_2019(
            "At or Near",
            "Total CAASPP Enrollment",
            "Total Tested At Subgroup Level",
            "Percent Tested",
        ),
        ",",
    ),
    _layout(
        "2015, later releases",
        "2015",
        _columns_to_2019("At or Near", "Total CAASPP Enrollment", "Total Tested At Subgroup Level"),
        ",",
    ),
    _layout(
        "2016",
        "2016",
        _columns_to_2019(
            "Near",
            "Total CAASPP Enrollment",
            "Total Tested with Scores",
            "Total Tested At Subgroup Level",  # some descriptions name it, in place of the other
        ),
        ",",
    ),
    _layout("2017 to 2019", "2017", _columns_to_2019("Near", "Total Tested with Scores"), ","),
    _layout(
        "2021 to 2023",
        "2021",
        _columns_to_2023(
            "Near",
            {
                "Student Group ID": "group",
                "Test ID": "test",
                "Students Enrolled": "enrolled",
                "Total Tested At Reporting Level": IGNORED,
                "Total Tested with Scores At Reporting Level": IGNORED,
                "Type ID": "type",
            },
        ),
        "^",
    ),
    _layout("2024 and 2025", "2024", _columns_from_2024(), "^"),
)
