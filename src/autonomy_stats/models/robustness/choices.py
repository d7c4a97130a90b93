"""The choices that the report leaves unstated, each option with the reason that one has for it.

A specification is one option of each choice. The first option of a choice that a frame supports is
the default. Core options are those that an expert would defend as an answer to the same question;
the others ask another question, change no estimate (`cluster`), or serve to see how far a defence
carries, and are in the full grid only. Not among the choices: kinds of standard errors of the same
clusters, which are told apart by calibration and not by taste, and estimators that average over
other schools (`mixed`, `matched`, `aipw`); `robustness` has both.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHOICES", "CHOICE_NAMES", "PAIRS", "REST", "Choice", "Option", "Pair"]

REST = "all"
"""Option of a choice among the values of a column: none of them by itself."""


@dataclass(frozen=True)
class Option:
    """An option of a choice.

    Parameters
    ----------
    name : str
        As it stands in tables and figures.
    reason : str
        Why one would take it.
    core : bool
        Whether an expert would defend it as an answer to the same question.
    """

    name: str
    reason: str
    core: bool = True


@dataclass(frozen=True)
class Choice:
    """A choice that has to be made, and that the report does not tell.

    Parameters
    ----------
    name : str
        Column of the table of estimates.
    question : str
        What has to be chosen.
    options : tuple of Option
        The default first.
    values_of : str
        Column whose values are options too, each by itself; none of them core.
    """

    name: str
    question: str
    options: tuple[Option, ...]
    values_of: str = ""


@dataclass(frozen=True)
class Pair:
    """Options of two choices that do not go together.

    Parameters
    ----------
    one, other : tuple of (str, str)
        Choice and option.
    reason : str
        Why not.
    """

    one: tuple[str, str]
    other: tuple[str, str]
    reason: str


CHOICES = (
    Choice("frame", "Which panel", ()),
    Choice(
        "rows",
        "Which rows of results",
        (
            Option(
                "each grade",
                "schools are compared within a grade, so that it does not matter which they teach",
            ),
            Option(
                "all grades together",
                "the state's own figure of a school, which is published for more schools",
            ),
        ),
    ),
    Choice(
        "courses",
        "Course tests, such as Algebra I in grade 7 or 8",
        (
            Option("left out", "who takes a course early is the school's own choice"),
            Option("taken in", "leaving them out drops the strongest students of a grade"),
        ),
    ),
    Choice(
        "years",
        "Which springs",
        (Option(REST, "more results of the same schools"),),
        values_of="end_year",
    ),
    Choice(
        "subject",
        "Which subject",
        (Option(REST, "the report speaks of proficiency in both"),),
        values_of="subject",
    ),
    Choice(
        "level",
        "Which level of school",
        (Option(REST, "the report speaks of schools of a type, whatever they teach"),),
        values_of="level",
    ),
    Choice(
        "roster",
        "Which schools' types are sure enough",
        (
            Option("as given", "every school that a source names"),
            Option("documented", "schools whose type rests on a document that says so"),
        ),
    ),
    Choice(
        "reference",
        "Whom schools are compared with",
        (
            Option("alone", "exam and alternative schools choose, or are assigned, their students"),
            Option(
                "with exam and alternative",
                "they are run by the district as well, and their students are its students",
            ),
            Option("with exam", "as the one, without the other", core=False),
            Option("with alternative", "as the one, without the other", core=False),
        ),
    ),
    Choice(
        "suppressed",
        "Results that the state hides",
        (
            Option("left out", "what is not published is not known"),
            Option("lowest", "hidden cells are those of few proficient students", core=False),
            Option("highest", "hidden cells are those of few who are not", core=False),
        ),
    ),
    Choice(
        "unit",
        "What counts as one observation",
        (
            Option("results", "each result by grade and subject, as published"),
            Option("schools", "types are of schools, so that a school is one observation"),
        ),
    ),
    Choice(
        "weights",
        "Whose average it is",
        (
            Option("students", "the tested student's: a large school counts for more"),
            Option("none", "the school's: large and small ones alike"),
            Option(
                "schools alike",
                "each school once, its own results by students tested",
                core=False,
            ),
        ),
    ),
    Choice(
        "controls",
        "What is held equal",
        (
            Option("all shares", "the report's own list"),
            Option(
                "all but disability",
                "schools have a say in who counts as having a disability",
            ),
            Option(
                "all and squares",
                "results need not fall along a straight line with a share",
            ),
            Option(
                "race and low income",
                "schools have a say in who counts as an English learner too",
            ),
            Option("race", "what no school has a say in", core=False),
            Option("none", "the schools as they are: another question", core=False),
        ),
    ),
    Choice(
        "cells",
        "Within what schools are compared",
        (
            Option("as asked", "subject, grade and year"),
            Option("and level", "where grades stand together, middle schools have harder tests"),
            Option("without grade", "schools as wholes, whatever grades they teach", core=False),
        ),
    ),
    Choice(
        "cluster",
        "Whose errors hang together",
        (
            Option("as asked", "those of a school"),
            Option(
                "operator", "schools of one operator share curriculum and management", core=False
            ),
        ),
    ),
    Choice(
        "estimator",
        "How the mean depends on what is held equal",
        (
            Option("wls", "a straight line, whose coefficients need no further step"),
            Option("fractional_logit", "a percent can't leave 0 to 100", core=False),
        ),
    ),
)
"""Every choice, in the order of the columns of a table of estimates."""

CHOICE_NAMES = tuple(choice.name for choice in CHOICES)

PAIRS = (
    Pair(
        ("unit", "schools"),
        ("weights", "schools alike"),
        "one row a school without weights is the same",
    ),
    Pair(
        ("unit", "schools"),
        ("estimator", "fractional_logit"),
        "a school's mean distance from its cells is no percent",
    ),
    Pair(
        ("rows", "each grade"),
        ("cells", "and level"),
        "a grade tells its level",
    ),
    Pair(
        ("rows", "all grades together"),
        ("cells", "without grade"),
        "the grades are not told apart already",
    ),
)
"""Options that mean nothing, or nothing new, together; no grid holds them."""
