"""Massachusetts: the state's open data, MCAS results and enrollment of many years.

Agency: Executive Office of Education, Education-to-Career Research and Data Hub; its data sets
"MCAS Achievement Results" (`i9w6-niyt`, Next-Generation MCAS, 2017 on) and "Enrollment: Grade,
Race/Ethnicity, Gender, and Selected Populations" (`t8td-gens`), exported as CSV. `SY` is the spring
year. The column names are those that public programs name that read them; no copy was at hand.

Percents are written 0-1; an export of 2024 had 0-100 (and `STUGRP` for `STU_GRP`). The largest
percent of a column tells, and the counts must agree with it. Districts and the state are among
the rows, by their codes. A blank or starred result is of fewer than ten students. Scale scores are
rounded here to whole points, so that a school's row differs from that of the statewide report: the
report's stands where both are at hand.

`AVG_SGP` of 2017 is taken for the median that the state published then, of later years for the
mean. Low income is the year's own definition: `ECD` for 2015 to 2021, else `LI`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autonomy_stats.errors import DataError
from autonomy_stats.loaders.agreement import (
    Agreement,
    adds_up,
    at_most,
    is_share,
    together,
)
from autonomy_stats.loaders.cells import check_ids, counts, first_row, numbers, percents
from autonomy_stats.loaders.layout import IGNORED, Layout, Levels, Sheet, Tidy
from autonomy_stats.loaders.massachusetts_common import (
    AGENCY,
    EXACT,
    NEXT_GENERATION,
    STATE,
    TOTALS,
    achievement,
    identity,
    low_income_definition,
    schools_only,
    subjects,
)
from autonomy_stats.loaders.massachusetts_enrollment import DIRECT_CERTIFICATION
from autonomy_stats.loaders.massachusetts_grade import HIGH_SCHOOL_SCIENCE
from autonomy_stats.loaders.massachusetts_growth import LAST_MEDIAN_YEAR, growth, growth_shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

YEAR = (r"(?:19|20)\d\d", "a spring year such as 2018")
GRADES = {
    **{f"{grade:02d}": f"{grade:02d}" for grade in range(3, 11)},
    "ALL (03-08)": "all",
    "HS SCI": HIGH_SCHOOL_SCIENCE,
}
SECTORS = {"Charter School": "charter", "Public School": "district", "School": "public"}
ALL_STUDENTS = "All Students"
NOT_SHOWN = {mark: "suppressed" for mark in ("", "*", "**", "***", "NA", "N/A")}
NOT_GIVEN = {"": "not_published"}
LEVELS = ("E", "M", "PM", "NM")
SHARES = {
    "AIAN_PCT": "native_american_pct",
    "AS_PCT": "asian_pct",
    "BAA_PCT": "black_pct",
    "HL_PCT": "hispanic_pct",
    "MNHL_PCT": "multiracial_pct",
    "NHPI_PCT": "pacific_islander_pct",
    "WH_PCT": "white_pct",
    "EL_PCT": "english_learner_pct",
    "SWD_PCT": "disability_pct",
    "LI_PCT": "low_income_pct",
    "ECD_PCT": "disadvantaged_pct",
}


def _years(sheet: Sheet) -> pd.Series:
    return check_ids(sheet, "year", *YEAR).astype("int64")


def _first_year(sheet: Sheet) -> int:
    return int(_years(sheet).iloc[0])


def _is_fraction(sheet: Sheet, column: str, marks: dict[str, str]) -> bool:
    """Tell whether a column of percents is written 0-1."""
    return bool(numbers(sheet, column, marks)[0].max() <= 1)


def _tidy_results(sheet: Sheet, _end_year: int) -> Tidy:
    import pandas as pd

    fraction = _is_fraction(sheet, "pct", NOT_SHOWN)
    schools, totals = schools_only(sheet)
    unknown = ~schools.frame["grade"].isin(list(GRADES))
    if unknown.any():
        row = first_row(unknown)
        raise DataError(
            f"{schools.where(row, 'grade')}: got {schools.frame.loc[row, 'grade']!r}; expected one "
            f"of {', '.join(GRADES)}"
        )
    school = identity(schools, _years(schools))
    grade, subject = schools.frame["grade"].map(GRADES), subjects(schools)
    group, kind = schools.frame["group"], schools.frame["type"]
    for column, known in (("group", group == ALL_STUDENTS), ("type", kind.isin(list(SECTORS)))):
        if len(known) and not known.any():
            raise DataError(
                f"{sheet.where(None, column)}: no row of a school is of {ALL_STUDENTS!r} or of a "
                f"known type ({', '.join(SECTORS)}); a column may stand under another's header"
            )
    tested = achievement(
        schools,
        school,
        NEXT_GENERATION,
        subject=subject,
        grade=grade,
        student_group=group.mask(group == ALL_STUDENTS, "all"),
        fraction=fraction,
        marks=NOT_SHOWN,
    )
    whole = group == ALL_STUDENTS
    median = school["end_year"] <= LAST_MEDIAN_YEAR
    measure = pd.Series("sgp_mean", median.index).mask(median, "sgp_median")
    grown = growth(
        schools.without(~whole),
        school[whole],
        NEXT_GENERATION,
        measure=measure[whole],
        subject=subject[whole],
        grade=grade[whole],
    )
    sector = kind.map(SECTORS).fillna("other")
    directory = school.assign(sector=sector).drop_duplicates(["end_year", "school_id", "sector"])
    return Tidy({"achievement": tested, "growth": grown, "directory": directory}, {TOTALS: totals})


def _tidy_enrollment(sheet: Sheet, _end_year: int) -> Tidy:
    schools, totals = schools_only(sheet)
    school = identity(schools, _years(schools))
    enrollment, _ = counts(schools, "enrollment", NOT_GIVEN)
    shares = {}
    for field in SHARES.values():
        fraction = _is_fraction(sheet, field, NOT_GIVEN)
        share, _ = percents(schools, field, NOT_GIVEN, fraction=fraction)
        shares[field] = share.round(EXACT)
    certified = school["end_year"].isin(list(DIRECT_CERTIFICATION))
    disadvantaged = shares.pop("disadvantaged_pct")
    shares["low_income_pct"] = shares["low_income_pct"].mask(certified, disadvantaged)
    demographics = school.assign(
        enrollment=enrollment,
        **shares,
        low_income_definition=school["end_year"].map(low_income_definition),
    )
    return Tidy({"demographics": demographics}, {TOTALS: totals})


ORGANIZATION = {
    "SY": "year",
    "DIST_CODE": IGNORED,
    "DIST_NAME": IGNORED,
    "ORG_CODE": "school",
    "ORG_NAME": "name",
}

OF_ITS_DISTRICT = Agreement(
    ("ORG_CODE", "DIST_CODE"),
    lambda code, district: code // 10_000 * 10_000 != district,
    "an organization's code begins as its district's",
)
RACES = tuple(SHARES)[:7]


def _races_apart(*shares: Any) -> Any:
    """Tell where shares by race, 0 to 1 or 0 to 100, do not add up to all."""
    total = sum(shares)
    whole = 1 if max(share.max(initial=0.0) for share in shares) <= 1 else 100
    return abs(total - whole) > 0.03 * whole


RACES_ADD_UP = Agreement(RACES, _races_apart, "the shares by race add up to all")
GROUPS = ("EL", "SWD", "LI", "ECD", "FLNE", "HN")

LAYOUTS = (
    Layout(
        layout_id="massachusetts-open-data-mcas",
        state=STATE,
        agency=AGENCY,
        title="MCAS Achievement Results (open data set i9w6-niyt)",
        columns={
            **ORGANIZATION,
            "ORG_TYPE": "type",
            "TEST_GRADE": "grade",
            "SUBJECT_CODE": "subject",
            "STU_GRP": "group",
            "STUGRP": "group",
            "M_PLUS_E_CNT": "n",
            "M_PLUS_E_PCT": "pct",
            **{f"{level}_{kind}": IGNORED for level in LEVELS for kind in ("CNT", "PCT")},
            "E_CNT": "upper_n",
            "M_CNT": "next_n",
            "STU_CNT": "n_tested",
            "STU_PART_PCT": "participation",
            "AVG_SCALED_SCORE": "mean_score",
            "AVG_SGP": "sgp",
            "AVG_SGP_INCL": "n_sgp",
            "ACH_PERCENTILE": IGNORED,
            "DISTRICT_AND_SCHOOL": IGNORED,
        },
        tidy=_tidy_results,
        year_of=_first_year,
        many_years=True,
        stands_in=frozenset({"achievement", "growth"}),
        levels=(
            Levels({f"{level}_PCT": level for level in LEVELS}, "n_tested"),
            Levels({f"{level}_CNT": level for level in LEVELS}, "n_tested", counts=True),
        ),
        agree=(
            OF_ITS_DISTRICT,
            adds_up([f"{level}_CNT" for level in LEVELS], "STU_CNT"),
            together("M_PLUS_E_CNT", "M_PLUS_E_PCT"),
            at_most("AVG_SGP_INCL", "STU_CNT"),
            growth_shown("AVG_SGP", "AVG_SGP_INCL"),
        ),
    ),
    Layout(
        layout_id="massachusetts-open-data-enrollment",
        state=STATE,
        agency=AGENCY,
        title="Enrollment: Grade, Race/Ethnicity, Gender, and Selected Populations (open data set "
        "t8td-gens)",
        columns={
            **ORGANIZATION,
            "ORG_TYPE": IGNORED,
            "TOTAL_CNT": "enrollment",
            **{f"{grade}_CNT": IGNORED for grade in ("PK", "K", "SP")},
            **{f"G{grade}_CNT": IGNORED for grade in range(1, 13)},
            **SHARES,
            **{f"{gender}_PCT": IGNORED for gender in ("FE", "MA", "NB")},
            "EL_CNT": "english_learner_n",
            "FLNE_CNT": IGNORED,
            "FLNE_PCT": IGNORED,
            "HN_CNT": IGNORED,
            "HN_PCT": IGNORED,
            "LI_CNT": "low_income_n",
            "ECD_CNT": "disadvantaged_n",
            "SWD_CNT": "disability_n",
        },
        agree=(
            OF_ITS_DISTRICT,
            RACES_ADD_UP,
            *(is_share(f"{text}_CNT", "TOTAL_CNT", f"{text}_PCT") for text in GROUPS),
            *(together(f"{text}_CNT", f"{text}_PCT") for text in GROUPS),
        ),
        tidy=_tidy_enrollment,
        year_of=_first_year,
        many_years=True,
    ),
)
