"""What a figure means and what it does not, by what kind of numbers it shows."""

from __future__ import annotations

from dataclasses import dataclass

from autonomy_stats.report.inputs import FACTS, ROBUSTNESS, ReportFigure

__all__ = ["RULES", "Meaning", "meaning"]


@dataclass(frozen=True)
class Meaning:
    """What a figure means, and what it does not mean, in sentences."""

    does: str
    does_not: str


DIFFERENCE = Meaning(
    "Each point is a difference: how schools of a type stand beside schools with similar shares of "
    "students by race, income, language and disability, as far as the state publishes them. The "
    "line through it says how far chance alone could have moved it.",
    "It is not what attending a school does to a student: nothing is known of how students scored "
    "before they came, and families choose. A line that crosses zero does not show that there is "
    "no difference. If only one of two lines crosses it, the two may still be alike.",
)
SCHOOLS = Meaning(
    "Each point is a school: its result with all but its share of low-income students held equal. "
    "The line is where district schools of such a share stand; a type's mean distance from it is "
    "its difference.",
    DIFFERENCE.does_not,
)
RANKS = Meaning(
    "Each point is the mean rank of a type's schools among all schools of the state, as they are "
    "and at equal composition, in two springs.",
    "A change of rank is no measure of a type: schools often get a type because they rank low, and "
    "then tend to rise whatever is done. Nothing is known of how students scored before they came.",
)
LEVEL = Meaning(
    "Each number describes the students of a group of schools as they are, nothing held equal.",
    "It does not compare like with like: the groups enroll different students, and that alone can "
    "set them apart.",
)
RULES = Meaning(
    "Each shows what the rules let a school of this model decide, as the report describes them, in "
    "a coding of our own.",
    "None says what schools do with that freedom, and none holds results of students.",
)
DOUBTS = Meaning(
    "Each panel moves one thing that an estimate hangs on, and shows how far it goes: the choices "
    "that could have been made otherwise, what nobody measured, schools under a wrong type, "
    "schools left out, parts of the rows; and how alike the schools were to begin with.",
    "It does not say how likely any of this is, and none of it makes a difference between schools "
    "what attending one does.",
)
ESTIMATED = {"school_type", "estimate"}


def meaning(figure: ReportFigure) -> Meaning:
    """Return what a figure means and does not mean.

    Parameters
    ----------
    figure : ReportFigure
        A figure: of facts, of differences between types (a frame with `school_type` and
        `estimate`), or of levels.

    Examples
    --------
    >>> meaning(ReportFigure("fig12", "Figure 12", "", "drawn")).does[:33]
    'Each shows what the rules let a s'
    """
    if figure.place == FACTS:
        return RULES
    if figure.place == ROBUSTNESS:
        return DOUBTS
    columns = set() if figure.frame is None else set(figure.frame.columns)
    if "adjusted" in columns:
        return SCHOOLS
    if "rank" in columns:
        return RANKS
    return DIFFERENCE if columns >= ESTIMATED else LEVEL
