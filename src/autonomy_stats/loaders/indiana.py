"""Indiana: ISTEP+ results by school, grades 3-8, spring 2009 to 2018.

Agency: Indiana Department of Education, "ISTEP+ Public School Results" workbooks. One sheet a
spring; a block of columns for each grade and for the school's total. The workbooks of 2016 to
2018 hold private schools too, whatever their names say: their school ids begin with a letter.

Through 2016 no number tested is published. It is derived as pass count over percent, which
the file gives as an unrounded fraction. Both subjects passed has no count of its own there:
`indiana_both` rebuilds it where it can be told exactly, and else the number tested in English
language arts stands in for the number tested in both.

Marks. `***`: fewer than ten students tested, which hides every cell of the subject. A blank: the
grade is not served. The sheet of 2015 ends in a footnote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autonomy_stats.loaders import indiana_enrollment
from autonomy_stats.loaders.agreement import Agreement, at_most, is_share, together
from autonomy_stats.loaders.cells import check_ids, counts, percents
from autonomy_stats.loaders.indiana_both import both_fits, both_tested
from autonomy_stats.loaders.layout import IGNORED, Layout, Sheet, Tidy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LAYOUTS"]

GRADES = {f"Grade {grade}": f"{grade:02d}" for grade in range(3, 9)} | {"School Total": "all"}
MARKS = {"": "not_published", "***": "suppressed"}
"""`***`: fewer than ten students tested. Blank: the grade is not served."""

WHOLE = 1e-3
"""How far a number tested that is derived may lie from a whole one."""

PRIVATE_SCHOOL = r"[A-D]\d{3}"
STATE_SCHOOL_CORPORATIONS = ("9605", "9610")
"""Schools for the blind and the deaf: run by the state, under ids that begin with a letter."""


def _columns_to_2016() -> dict[str, str]:
    columns = {
        "Corp ID": "corporation",
        "Corporation Name": IGNORED,
        "Sch ID": "school",
        "School Name": "name",
    }
    for label, grade in GRADES.items():
        columns |= {
            f"{label} / ELA Pass N": f"{grade} ela pass_n",
            f"{label} / ELA Percent Pass": f"{grade} ela percent",
            f"{label} / Math Pass N": f"{grade} math pass_n",
            f"{label} / Math Percent Pass": f"{grade} math percent",
            f"{label} / Both Math and ELA Percent Pass": f"{grade} ela_and_math percent",
        }
    return columns


def _columns_from_2017() -> dict[str, str]:
    columns = {
        "Corp ID": "corporation",
        "Corp Name": IGNORED,
        "School ID": "school",
        "School Name": "name",
    }
    for label, grade in GRADES.items():
        for text, subject in SUBJECTS.items():
            columns |= {
                f"{label} / {text} Pass N": f"{grade} {subject} pass_n",
                f"{label} / {text} Test N": f"{grade} {subject} test_n",
                f"{label} / {text} Percent Pass": f"{grade} {subject} percent",
            }
    return columns


SUBJECTS = {"ELA": "ela", "Math": "math", "Both Math and ELA": "ela_and_math"}


def _agree_to_2016() -> tuple[Agreement, ...]:
    made: list[Agreement] = []
    for label in GRADES:
        ela, math = (
            (f"{label} / {subject} Pass N", f"{label} / {subject} Percent Pass")
            for subject in ("ELA", "Math")
        )
        both = f"{label} / Both Math and ELA Percent Pass"
        made += [together(*ela), together(*math), _whole(*ela), _whole(*math)]
        made += [both_fits(ela, math, both), _both_shown(ela[1], math[1], both)]
    return tuple(made)


def _both_shown(ela: str, mathematics: str, both: str) -> Agreement:
    """Return that a percent of both subjects is shown where that of each is."""
    return Agreement(
        (ela, mathematics, both),
        lambda one, other, both: ((one != one) | (other != other)) != (both != both),
        f"{both!r} is shown where {ela!r} and {mathematics!r} are",
        marks=True,
    )


def _whole(count: str, fraction: str) -> Agreement:
    """Return that a count over its unrounded fraction is a whole number."""

    def wrong(count: Any, fraction: Any) -> Any:
        some = fraction > 0
        tested = count / fraction.clip(min=1e-9)
        return some & (abs(tested - tested.round()) > WHOLE)

    return Agreement((count, fraction), wrong, f"{count!r} over {fraction!r} is a whole number")


def _agree_from_2017() -> tuple[Agreement, ...]:
    made: list[Agreement] = []
    for label in GRADES:
        for subject in SUBJECTS:
            passed, tested, share = (
                f"{label} / {subject} {what}" for what in ("Pass N", "Test N", "Percent Pass")
            )
            made += [is_share(passed, tested, share, 0.01), together(passed, tested, share)]
            if subject != "Both Math and ELA":
                both = f"{label} / Both Math and ELA "
                made += [at_most(f"{both}Pass N", passed), at_most(f"{both}Test N", tested)]
    return tuple(made)


def _tidy(sheet: Sheet, end_year: int) -> Tidy:
    import pandas as pd

    footers = sheet.frame["corporation"].str.startswith("***") & (sheet.frame["school"] == "")
    sheet = sheet.without(footers)
    school = _identity(sheet, end_year)
    blocks = [
        _block(sheet, school, grade, subject)
        for grade in GRADES.values()
        for subject in ("ela", "math", "ela_and_math")
    ]
    return Tidy(
        {
            "achievement": pd.concat([block for block in blocks if len(block)] or blocks[:1]),
            "directory": school.assign(sector=_sector(school)),
        },
        {"footnote": int(footers.sum())},
    )


def _identity(sheet: Sheet, end_year: int) -> pd.DataFrame:
    import pandas as pd

    ids = check_ids(
        sheet, "school", rf"\d{{4}}|{PRIVATE_SCHOOL}", "four digits, or a letter and three digits"
    )
    return pd.DataFrame(
        {
            "state": "indiana",
            "end_year": end_year,
            "district_id": check_ids(
                sheet, "corporation", r"\d{4}|N/A", "a corporation's four digits, or N/A"
            ),
            "school_id": ids,
            "school_name": sheet.frame["name"],
        }
    )


def _sector(school: pd.DataFrame) -> pd.Series:
    """Private by the id; `public` else: the file does not tell charters from district schools."""
    lettered = school["school_id"].str.fullmatch(PRIVATE_SCHOOL)
    state_run = school["district_id"].isin(STATE_SCHOOL_CORPORATIONS)
    sector = lettered.map({True: "private", False: "public"})
    return sector.where(~(lettered & state_run), "other")


def _block(sheet: Sheet, school: pd.DataFrame, grade: str, subject: str) -> pd.DataFrame:
    """Return the rows of one grade and subject, where the grade is served."""
    earlier = (school["end_year"] < 2015).any()
    percent, status = percents(sheet, f"{grade} {subject} percent", MARKS, fraction=True)
    pass_n, test_n, test_status = _counts(sheet, grade, subject)
    shown = status == "reported"
    rows = school.assign(
        assessment="ISTEP+",
        series="ISTEP+ 2009" if earlier else "ISTEP+ 2015",
        subject=subject,
        grade=grade,
        student_group="all",
        n_tested=test_n,
        n_tested_status=test_status,
        proficient_n=pass_n,
        proficient_pct=percent,
        proficient_pct_low=percent.where(shown, 0.0),
        proficient_pct_high=percent.where(shown, 100.0),
        status=status,
    )
    return rows[status != "not_published"]


def _counts(sheet: Sheet, grade: str, subject: str) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return pass counts, numbers tested, and whether the latter were reported or derived."""
    import pandas as pd

    prefix = f"{grade} {subject}"
    if f"{prefix} test_n" in sheet.frame:
        pass_n, _ = counts(sheet, f"{prefix} pass_n", MARKS)
        test_n, _ = counts(sheet, f"{prefix} test_n", MARKS)
        status = pd.Series("reported", index=test_n.index).where(test_n.notna())
        return pass_n, test_n, status
    if subject == "ela_and_math":
        pass_n, test_n = _both(sheet, grade)
    else:
        pass_n, _ = counts(sheet, f"{prefix} pass_n", MARKS)
        test_n = _derived(sheet, grade, subject)
    return pass_n, test_n, pd.Series("derived", index=test_n.index).where(test_n.notna())


def _derived(sheet: Sheet, grade: str, subject: str) -> pd.Series:
    """Return the number tested, from pass count and percent."""
    counted, _ = counts(sheet, f"{grade} {subject} pass_n", MARKS)
    share, _ = percents(sheet, f"{grade} {subject} percent", MARKS, fraction=True)
    # No one passing leaves 0 / 0: the number tested cannot be told.
    return (100 * counted / share.where(share > 0)).round()


def _both(sheet: Sheet, grade: str) -> tuple[pd.Series, pd.Series]:
    """Return how many passed both subjects, and how many were tested in both."""
    ela, mathematics = (_derived(sheet, grade, subject) for subject in ("ela", "math"))
    share, _ = percents(sheet, f"{grade} ela_and_math percent", MARKS, fraction=True)
    tested, passed = both_tested(share / 100, ela, mathematics)
    return passed, tested.fillna(ela)


AGENCY = "Indiana Department of Education"

LAYOUTS = (
    Layout(
        layout_id="indiana-istep-2009",
        state="indiana",
        agency=AGENCY,
        title="ISTEP+ results by school, grades 3-8, as published through 2016",
        columns=_columns_to_2016(),
        tidy=_tidy,
        sheets=r"Spring (?P<year>20\d\d)",
        sheet_example="Spring 2016",
        grouped=True,
        agree=_agree_to_2016(),
    ),
    Layout(
        layout_id="indiana-istep-2017",
        state="indiana",
        agency=AGENCY,
        title="ISTEP+ results by school, grades 3-8, as published in 2017 and 2018",
        columns=_columns_from_2017(),
        tidy=_tidy,
        sheets=r"Spring (?P<year>20\d\d)",
        sheet_example="Spring 2017",
        grouped=True,
        agree=_agree_from_2017(),
    ),
    *indiana_enrollment.LAYOUTS,
)
