"""The kinds of mutation that no loader lets pass, and those that none can tell.

`KINDS` are spoilt files of which each leaves every number as it was, or is refused.
`CANNOT_BE_TOLD` and `ALIKE` are the exceptions, in the words of `docs/layouts.md`, which lists
them too.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import spoil
from books import Book
from spoil import Spoilt

from autonomy_stats.loaders.layout import normal
from autonomy_stats.loaders.states import LAYOUTS

Mutation = Callable[[Book, random.Random], Spoilt]


@dataclass(frozen=True)
class Alike:
    """Columns that nothing in a file tells from each other.

    Parameters
    ----------
    layouts, texts : str
        Patterns of the ids of layouts and of header texts.
    words : str
        What they are.
    others : str
        Pattern of the columns that may be taken for one of them; by default the same.
    unused : bool
        Whether any column that nothing is read from may be, too.
    """

    layouts: str
    texts: str
    words: str
    others: str = ""
    unused: bool = False

    def holds(self, book: Book, one: str, other: str) -> bool:
        """Tell whether one column may be taken for the other."""
        if not re.fullmatch(self.layouts, book.layout.layout_id):
            return False
        others = self.others or self.texts
        pairs = ((one, other), (other, one))
        return any(
            re.fullmatch(self.texts, first)
            and (re.fullmatch(others, second) or (self.unused and is_unused(book, second)))
            for first, second in pairs
        )


ALIKE = (
    Alike(
        "california-caaspp-20(15.*|16|17|21)",
        "CAASPP Reported Enrollment|Students Enrolled|Students Tested|Students with Scores",
        "numbers of students of a row, with the totals beside them that are not used",
        "Total (CAASPP|Tested).*",
    ),
    Alike(
        "california-api-2013",
        "MEALS|P_EL|P_DI",
        "percents of students by need, with percents that are not used",
        unused=True,
    ),
    Alike("california-api-2013", "PCT_(?!RESP).*", "percents by race"),
    Alike(
        "california-profile-2024",
        r"pct_(el|sed|swd)_2324|pct_(english_learner|socio.*|students_with.*)_2526|enr.*",
        "shares of students by need, of either year, and enrollments, with shares not used",
        unused=True,
    ),
    Alike("california-profile-2024", "pct_.._2324", "shares by race of 2023-24"),
    Alike(
        "california-profile-2024",
        "pct_(african|american|asian|filip|hisp|pac|white|two|not).*_2526",
        "shares by race of 2025-26",
    ),
    Alike("colorado-membership-race", ".*(Fem|M|m)ale", "counts by race and gender"),
    Alike(
        "indiana-enrollment-race-meals",
        "American Indian|Asian.*|Black|Hispanic|Multiracial|Native.*|White",
        "counts by race",
    ),
    Alike("indiana-enrollment-race-meals", ".*[Mm]eals", "counts by meals"),
    Alike(
        "massachusetts-mcas-.*",
        r".*SGP|Incl.*SGP.*|Ach\. PCTL|Part.*|CPI",
        "growth percentile, its number of students, achievement percentile, participation",
    ),
    Alike(
        "massachusetts-parcc-2015",
        r"SGP #|Trans\. SGP.*|CPI.*|Trans\. CPI",
        "growth percentile, its number of students, and indices",
    ),
    Alike(
        "massachusetts-open-data-mcas",
        "STU_PART_PCT|AVG_SGP|AVG_SGP_INCL|ACH_PERCENTILE",
        "growth percentile, its number of students, achievement percentile, participation",
    ),
    Alike(
        "massachusetts-compilation-2017",
        r"MCAS_.*_(SGP|Incl\. in SGP\(#\))",
        "growth percentiles of all grades, their numbers of students, with columns not used",
        unused=True,
    ),
    Alike(
        "massachusetts-(enrollment-race|compilation-2017|open-data-enrollment)",
        r"(% )?(African|Asian|Hisp|White|Native|Multi|Black|American Ind).*|"
        "(AIAN|AS|BAA|HL|MNHL|NHPI|WH)_PCT",
        "shares by race",
    ),
    Alike(
        "michigan-meap-2001",
        "math4|read4|lunch|lexpend|lexppp",
        "percents, and logarithms that look like them",
    ),
    Alike("tennessee-tvaas-2015", "School-Wide: .*", "levels by subject"),
    Alike("tidy-.*", ".*", "columns of one kind: texts and ids, shares, numbers"),
)
"""Columns of which two may change places, their headers staying, and no check can tell."""

OPTIONAL = {
    "california-caaspp-2024": "Total Students (Enrolled|Tested)",
    "colorado-membership-lunch": "% FRL RANGE",
    "massachusetts-mcas-2017": "Part.*",
    "tennessee-tvaas-2015": "School-Wide: Social Studies",
    "tidy-(achievement|growth|demographics|directory)": ".*",
}
"""Columns, by the ids of their layouts, that some files of a layout have and others lack."""


def is_unused(book: Book, text: str) -> bool:
    """Tell whether nothing is read from a column, and no check looks at it."""
    return normal(text) in _unused(book.layout.layout_id)


@cache
def _unused(layout_id: str) -> frozenset[str]:
    (layout,) = (one for one in LAYOUTS if one.layout_id == layout_id)
    agreed = {normal(text) for agreement in layout.agree for text in agreement.texts}
    return frozenset(text for text, field in layout.known.items() if not field) - agreed


def are_alike(book: Book, *texts: str) -> bool:
    """Tell whether nothing in a file tells two columns from each other."""
    return any(alike.holds(book, *texts) for alike in ALIKE)


def are_apart(book: Book, *texts: str) -> bool:
    return not are_alike(book, *texts)


def is_optional(book: Book, text: str) -> bool:
    """Tell whether a file may lack a column of which a number comes."""
    return any(
        re.fullmatch(layouts, book.layout.layout_id) and re.fullmatch(texts, text)
        for layouts, texts in OPTIONAL.items()
    ) and (book.layout.known[normal(text)] in book.layout.optional)


def is_needed(book: Book, text: str) -> bool:
    return not is_optional(book, text)


def is_tidy_text(book: Book, text: str) -> bool:
    """Tell whether a column of digits is one that may hold any text."""
    tidy = book.layout.layout_id.startswith("tidy-")
    return tidy and text in ("school_id", "district_id", "grade")


def is_no_tidy_text(book: Book, text: str) -> bool:
    return not is_tidy_text(book, text)


KINDS: dict[str, tuple[Mutation, int]] = {
    "drop a column": (partial(spoil.drop_column, choice=is_needed), 4),
    "rename a column": (partial(spoil.rename_column, choice=is_needed), 2),
    "duplicate a column": (spoil.duplicate_column, 1),
    "swap columns": (spoil.swap_columns, 1),
    "swap the contents of columns": (partial(spoil.swap_contents, choice=are_apart), 6),
    "swap the headers of columns": (partial(spoil.swap_headers, choice=are_apart), 4),
    "shift the header sideways": (spoil.shift_header_sideways, 1),
    "shift the header down": (spoil.shift_header_down, 2),
    "put rows above the header": (spoil.rows_above_header, 1),
    "repeat the header": (spoil.header_again, 1),
    "lose the header": (spoil.no_header, 1),
    "repeat a row": (spoil.repeat_row, 2),
    "repeat many rows": (spoil.repeat_rows, 1),
    "repeat a sheet": (spoil.repeat_sheet, 1),
    "shift all rows": (spoil.shift_rows, 2),
    "shift a row of text": (spoil.shift_row_of_text, 2),
    "reorder rows": (spoil.reorder_rows, 1),
    "text in a number": (partial(spoil.text_in_number, choice=is_no_tidy_text), 3),
    "lose leading zeros": (partial(spoil.lost_zeros, choice=is_no_tidy_text), 1),
    "save by a spreadsheet": (partial(spoil.saved_by_spreadsheet, choice=is_no_tidy_text), 1),
    "truncate": (spoil.truncate, 3),
    "truncate what is packed": (spoil.truncate_packed, 1),
    "change the encoding": (spoil.change_encoding, 3),
    "change the delimiter": (spoil.change_delimiter, 3),
    "decimal commas": (spoil.decimal_commas, 1),
}
"""Mutations, each with how many of it are made of a file."""

CANNOT_BE_TOLD: dict[str, Mutation] = {
    "another digit that is as plausible": spoil.change_digit,
    "a number emptied, or replaced by a mark that the layout has": spoil.empty_cell,
    "rows that are gone, the file ending where a row ends": spoil.lose_rows,
    "one row of a workbook whose cells moved to the next columns of numbers": (
        spoil.shift_row_of_workbook
    ),
    "a column gone that a layout may lack": partial(spoil.drop_column, choice=is_optional),
    "an id or a course of a tidy table, which may be any text": partial(
        spoil.text_in_number, choice=is_tidy_text
    ),
    "the contents or headers of columns alike, swapped": partial(
        spoil.swap_contents, choice=are_alike
    ),
}
"""Mutations that may pass in silence, as the documentation lists them."""


def mutants(book: Book, mutation: Mutation, count: int, label: str) -> Iterator[Book | bytes]:
    """Yield so many different mutations, or as many as a few more seeds give."""
    seen = {_shown(book)}
    for seed in range(4 * count):
        spoilt = mutation(book, random.Random(f"{label} {seed}"))
        if spoilt is None or _shown(spoilt) in seen:
            continue
        seen.add(_shown(spoilt))
        yield spoilt
        if len(seen) > count:
            return


def _shown(spoilt: Book | bytes) -> str:
    return repr(spoilt if isinstance(spoilt, bytes) else (spoilt.sheets, spoilt.delimiter))
