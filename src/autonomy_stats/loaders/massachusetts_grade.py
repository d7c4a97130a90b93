"""Massachusetts: the grade that an export of results is of, which its content does not say."""

from __future__ import annotations

import re

from autonomy_stats.errors import DataError, LayoutError
from autonomy_stats.loaders.cells import numbers, too_many
from autonomy_stats.loaders.layout import Sheet
from autonomy_stats.loaders.massachusetts_common import FEW_TESTED
from autonomy_stats.loaders.massachusetts_growth import NO_GROWTH

__all__ = ["HIGH_SCHOOL_SCIENCE", "grade_named", "grade_of"]

MORE_THAN_ONE_GRADE = 150_000
"""No grade of the state has as many students: a state total above it is of several grades."""

ALL_GRADES = (
    r"(?<![a-z])gr(?:ades?)?[-_ .]*0?3[-_ ]*(?:-|–|to|through)[-_ ]*0?8(?!\d)",
    r"(?<![a-z])all[-_ ]*grades",
)
ONE_GRADE = (
    r"(?<![a-z])gr(?:ade)?[-_ .]*(0?[3-8]|10)(?!\d)",
    r"(?<!\d)(0?[3-8]|10)(?:rd|th)[-_ ]*gr(?:ade)?",
    r"(?<!\d)20\d\d[-_ ](0?[3-8]|10)[-_ ](?:next|mcas|parcc)",
)
HIGH_SCHOOL_SCIENCE = "high school science"


def grade_of(sheet: Sheet) -> str:
    """Return the grade that an export is of: by its title, else by the name of its file.

    The state's exports do not say which grade was chosen on its page. If the name does not
    either, a state total that no single grade could have still tells an export of all grades.

    Raises
    ------
    LayoutError
        If nothing tells the grade, and what name to give the file.
    DataError
        If title, name and content contradict each other.
    """
    by_title, by_name = grade_named(sheet.title), grade_named(sheet.path.stem)
    grade = by_title or by_name
    if by_title and by_name and by_title != by_name:
        raise DataError(
            f"{sheet.where()}: the title says grade {by_title!r}, the file's name {by_name!r}; "
            "rename the file"
        )
    tested, _ = numbers(sheet, "n_tested", FEW_TESTED)
    several = bool((tested > MORE_THAN_ONE_GRADE).any())
    if grade is None and several:
        return "all"
    if grade is None:
        raise LayoutError(
            f"{sheet.where()}: which grade? The state's exports do not say which grade was chosen "
            "on its page: name the file with it, such as 'mcas-2018-grade-3.xlsx' or "
            "'mcas-2018-grades-3-8.xlsx'"
        )
    if several and grade != "all":
        raise DataError(
            f"{sheet.where()}: the name says grade {grade!r}, but the state's total is of several "
            "grades; rename the file"
        )
    grown, _ = numbers(sheet, "sgp", NO_GROWTH)
    if grade == "03" and too_many(grown > 0, tested.notna()):
        raise DataError(
            f"{sheet.where()}: the name says grade 3, but there are growth percentiles, which "
            "grade 3 has none of; rename the file"
        )
    return grade


def grade_named(text: str) -> str | None:
    """Return the one grade that a text names; None if it names none, or several.

    Examples
    --------
    >>> grade_named("mcas-2018-grade-3"), grade_named("2018 Grades 3-8"), grade_named("NextGenMCAS")
    ('03', 'all', None)
    """
    text = text.lower()
    if any(re.search(pattern, text) for pattern in ALL_GRADES):
        return "all"
    if re.search(r"(?<![a-z])hs[-_ ]*sci", text):
        return HIGH_SCHOOL_SCIENCE
    found = {int(m) for pattern in ONE_GRADE for m in re.findall(pattern, text)}
    return f"{found.pop():02d}" if len(found) == 1 else None
