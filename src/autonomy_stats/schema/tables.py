"""The tidy tables, declared: each column's meaning, unit, allowed values, and each table's key."""

from __future__ import annotations

from autonomy_stats.schema.columns import Column, Table

__all__ = [
    "CONFIDENCES",
    "CONTROLS",
    "GRADES",
    "MEASURES",
    "SCHOOL_TYPES",
    "SHARES",
    "TABLES",
]

SCHOOL_TYPES = (
    "traditional",
    "exam",
    "alternative",
    "pilot",
    "innovation",
    "horace_mann",
    "turnaround",
    "independent_charter",
    "affiliated_charter",
    "local_initiative",
    "esbmm",
    "network_partner",
    "izone",
    "asd_direct",
    "asd_charter",
    "innovation_network",
    "unknown",
)
"""Governance types that the rosters of this package use."""

CONTROLS = (
    "black_pct",
    "hispanic_pct",
    "asian_pct",
    "english_learner_pct",
    "low_income_pct",
    "disability_pct",
)
"""The study's controls: race, language, poverty and special education."""

STATUSES = ("reported", "derived", "suppressed", "censored", "not_published")
MEASURES = ("sgp_median", "sgp_mean", "mgp", "tvaas_level", "tvaas_index")
SECTORS = ("district", "charter_direct", "charter_local", "charter", "public", "private", "other")
CONFIDENCES = ("documented", "inferred", "unverified")
GRADES = (*(f"{grade:02d}" for grade in range(3, 13)), "all")

_SCHOOL = (
    Column("state", "text", "State, in lower case (`michigan`).", required=True),
    Column("end_year", "year", "Spring year of the school year.", required=True),
    Column("district_id", "text", "The state's id of the district that reports the school."),
    Column("school_id", "text", "The state's id of the school, unique in it.", required=True),
    Column("school_name", "text", "Name as the file gives it."),
)
_SUBJECT = Column(
    "subject",
    "text",
    "`ela` (English language arts, or reading where only that is tested), `math`, "
    "`ela_and_math` (both passed), or another subject.",
    required=True,
)
_GRADE = Column("grade", "text", '`"03"`-`"12"`, `all`, or the name of a course.', required=True)
_STATUS = "`reported`, `derived`, `suppressed`, `censored` or `not_published`."

_SHARES = (
    ("black_pct", "Black students"),
    ("hispanic_pct", "Hispanic students"),
    ("asian_pct", "Asian students"),
    ("white_pct", "White students"),
    ("native_american_pct", "American Indian or Alaska Native students"),
    ("pacific_islander_pct", "Native Hawaiian or other Pacific Islander students"),
    ("multiracial_pct", "students of two or more races"),
    ("english_learner_pct", "English learners"),
    ("low_income_pct", "students from low-income families (see `low_income_definition`)"),
    ("disability_pct", "students with disabilities"),
)

SHARES = tuple(name for name, _ in _SHARES)
"""Shares of a school's students that demographics may hold, each with its bounds."""


def _share_columns() -> list[Column]:
    """Return each share, then the bounds of those that a state's rule hides."""
    columns = [Column(name, "percent", f"Share of enrollment: {who}.") for name, who in _SHARES]
    for name in SHARES:
        columns += [
            Column(f"{name}_low", "percent", f"Lower bound of `{name}`; missing: `{name}` itself."),
            Column(
                f"{name}_high", "percent", f"Upper bound of `{name}`; missing: `{name}` itself."
            ),
        ]
    return columns


ACHIEVEMENT = Table(
    "achievement",
    "Test results of a school in a year, subject, grade and student group.",
    (
        *_SCHOOL,
        Column("assessment", "text", "Name of the test.", required=True),
        Column("series", "text", "Comparable test and scale; a change is a break.", required=True),
        _SUBJECT,
        _GRADE,
        Column("student_group", "text", "`all`, or a group of students.", required=True),
        Column("n_tested", "count", "Students with a valid score."),
        Column("n_tested_status", "text", "`reported` or `derived`.", allowed=STATUSES),
        Column("participation_pct", "percent", "Share of enrolled students tested."),
        Column("proficient_n", "count", "Students at or above proficient."),
        Column("proficient_pct", "percent", "Share of tested students at or above proficient."),
        Column("proficient_pct_low", "percent", "Lower bound by the state's suppression rule."),
        Column("proficient_pct_high", "percent", "Upper bound by the state's suppression rule."),
        Column("mean_score", "number", "Mean scale score, in the test's points."),
        Column("status", "text", _STATUS, required=True, allowed=STATUSES),
    ),
    ("state", "end_year", "school_id", "assessment", "subject", "grade", "student_group"),
)

GROWTH = Table(
    "growth",
    "Growth of a school's students in a year, subject and grade.",
    (
        *_SCHOOL,
        _SUBJECT,
        _GRADE,
        Column("series", "text", "Comparable growth measure; a change is a break.", required=True),
        Column("measure", "text", "What `value` is.", required=True, allowed=MEASURES),
        Column("value", "number", "The growth value, in the measure's unit."),
        Column("n_students", "count", "Students with a growth value."),
        Column("status", "text", _STATUS, required=True, allowed=STATUSES),
    ),
    ("state", "end_year", "school_id", "subject", "grade", "measure"),
)

DEMOGRAPHICS = Table(
    "demographics",
    "Who attends a school: enrollment and shares of it.",
    (
        *_SCHOOL,
        Column("enrollment", "count", "Students enrolled in all grades."),
        *_share_columns(),
        Column(
            "shares_status",
            "text",
            "`suppressed`: a share of this row is hidden, known to lie between its bounds, and "
            "filled at their midpoint; `derived`: shares of the students tested, by the file's own "
            "counts; missing: as reported.",
            allowed=STATUSES,
        ),
        Column("low_income_definition", "text", "What the state counts as low income."),
    ),
    ("state", "end_year", "school_id"),
)

DIRECTORY = Table(
    "directory",
    "What the state says a school is.",
    (
        *_SCHOOL,
        Column(
            "sector",
            "text",
            "Who runs the school; `public`: the file says no more.",
            required=True,
            allowed=SECTORS,
        ),
        Column("operator", "text", "Charter operator or network, where the state names it."),
        Column("locality", "text", "City or county, where the state names it."),
        Column("level", "text", "`elementary`, `middle`, `high`, where the state names it."),
    ),
    ("state", "end_year", "school_id"),
)

ROSTER = Table(
    "roster",
    "Which school was of which governance type when, with a source.",
    (
        Column("state", "text", "State, in lower case.", required=True),
        Column("place", "text", "Place that the row belongs to.", required=True),
        Column("school_id", "text", "The state's id of the school.", required=True),
        Column("school_name", "text", "Name of the school."),
        Column("school_type", "text", "Governance type.", required=True),
        Column("operator", "text", "Charter operator or network."),
        Column("from_end_year", "year", "First spring year of the type; missing: always."),
        Column("to_end_year", "year", "Last spring year of the type; missing: still."),
        Column("source", "text", "Where this is said.", required=True),
        Column("confidence", "text", "How sure.", required=True, allowed=CONFIDENCES),
        Column("note", "text", "What a reader should know."),
    ),
    ("state", "place", "school_id", "from_end_year"),
)

TABLES: tuple[Table, ...] = (ACHIEVEMENT, GROWTH, DEMOGRAPHICS, DIRECTORY, ROSTER)
