"""Estimates by others, declared."""

from __future__ import annotations

from autonomy_stats.schema.columns import Column, Table

__all__ = ["EXTERNAL_ESTIMATES"]

METHODS = (
    "lottery_2sls",
    "grandfathering_2sls",
    "lottery_and_observational",
    "matched",
    "did",
    "cits",
    "ols",
    "raw",
)
OUTCOMES = ("test_score", "growth", "graduation_pct", "college_enrollment_pct")
SCALES = (
    "student_sd_per_year",
    "student_sd",
    "sd_unspecified",
    "days_of_learning",
    "months_of_learning",
    "points",
    "direction_only",
)
SIGNIFICANCES = ("significant", "not_significant", "mostly_not_significant", "not_stated")
VERIFIED = ("paper", "abstract", "summary", "press", "quoted")
LEVELS = ("all", "elementary", "middle", "high")

EXTERNAL_ESTIMATES = Table(
    "external_estimates",
    "What other studies estimate for the same types of schools, each on its own scale.",
    (
        Column("estimate_id", "text", "Study, type, subject and so on.", required=True),
        Column("study", "text", "Authors or publisher, and year.", required=True),
        Column("place", "text", "City, or the wider region that was studied.", required=True),
        Column("model", "text", "Schools that were studied.", required=True),
        Column("school_type", "text", "Governance types that they map to, separated by `;`."),
        Column(
            "comparison",
            "text",
            "`traditional`, `state`, `district`; `change_elsewhere`: change over time against "
            "that of comparison schools; `other_grades` of the same schools.",
            required=True,
        ),
        Column(
            "method",
            "text",
            "`lottery_2sls`, `grandfathering_2sls`: offers or former enrollment as instruments; "
            "`lottery_and_observational`: both designs; `matched` students; `did`: difference in "
            "differences; `cits`: comparative interrupted time series; `ols`: regression; `raw`: "
            "no controls.",
            required=True,
            allowed=METHODS,
        ),
        Column("outcome", "text", "What was measured.", required=True, allowed=OUTCOMES),
        Column("subject", "text", "Subjects, separated by `;`.", required=True),
        Column("level", "text", "School level.", required=True, allowed=LEVELS),
        Column(
            "scale",
            "text",
            "Unit of the estimate: standard deviations of student scores (`student_sd`), for each "
            "year enrolled (`_per_year`), or of what is not said (`sd_unspecified`); days or "
            "months of learning a year; percentage points; `direction_only`: no number was read.",
            required=True,
            allowed=SCALES,
        ),
        Column("estimate", "number", "The estimate, in the scale's unit."),
        Column("std_error", "number", "Its standard error, where printed."),
        Column("conf_low", "number", "Estimate less 1.96 standard errors."),
        Column("conf_high", "number", "Estimate plus 1.96 standard errors."),
        Column("estimate_low", "number", "Lowest of several estimates given as a range."),
        Column("estimate_high", "number", "Highest of them."),
        Column(
            "direction",
            "text",
            "`+` above the comparison, `-` below, `0` no difference seen.",
            required=True,
            allowed=("+", "-", "0"),
        ),
        Column(
            "stated_significance",
            "text",
            "What the source says of it.",
            required=True,
            allowed=SIGNIFICANCES,
        ),
        Column("sample", "text", "Who was studied."),
        Column("n_students", "count", "Observations, where printed."),
        Column("years", "text", "Spring years of the results; missing if not read."),
        Column("where_in_source", "text", "Table, page or part.", required=True),
        Column("citation", "text", "The study.", required=True),
        Column("url", "text", "Address of the study, or of the page that was read.", required=True),
        Column(
            "verified",
            "text",
            "What was read: the `paper`, its `abstract`, a `summary` by its authors, a `press` "
            "page, or another study in which it is `quoted`.",
            required=True,
            allowed=VERIFIED,
        ),
        Column("claims", "text", "Claims of the report that it bears on, separated by `;`."),
        Column("note", "text", "What a reader should know."),
    ),
    ("estimate_id",),
)
