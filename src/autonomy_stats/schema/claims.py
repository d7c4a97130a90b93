"""What the reports claim, declared: claims, inconsistencies, counts of schools."""

from __future__ import annotations

from autonomy_stats.schema.columns import Column, Table

__all__ = ["CLAIMS", "INCONSISTENCIES", "PLACES_OF_CLAIMS", "REPORT_COUNTS"]

PLACES_OF_CLAIMS = ("boston", "los_angeles", "memphis", "denver", "indianapolis", "several")
KINDS = ("directional", "null", "ranking", "composite", "no_data")
OUTCOMES = (
    "proficient_pct",
    "both_passed_change",
    "growth",
    "test_scores",
    "test_scores_change",
    "not_stated",
)
SUBJECTS = ("ela", "math", "ela_and_math", "not_stated")
LEVELS = ("all", "elementary", "middle", "high")
WORDINGS = (
    "plain",
    "slightly",
    "much_higher",
    "generally",
    "about_the_same",
    "no_more_likely",
    "not_significant",
    "ranking",
    "none_nearly_as_well",
    "seldom_as_well",
    "no_data",
)
SIGNIFICANCES = (
    "not_significant",
    "implied_not_significant",
    "implied_significant",
    "figure_bars",
    "none",
)
COUNT_WORDINGS = ("exact", "about", "more_than", "at_least", "either")
SEEDS = ("001", "002", "004")

_LINES = Column(
    "lines", "text", "Lines of that text, from 1: `439-446`; several places are separated by `;`."
)
_CITES = Column(
    "cites", "text", "Name or number that stands in these lines, one for each place of `lines`."
)
_NOTE = Column("note", "text", "What a reader should know.")

CLAIMS = Table(
    "claims",
    "What the report says of how types of schools do, claim by claim, in words of our own.",
    (
        Column("claim_id", "text", "Place, `P` (proficiency), `G` or `T`, number.", required=True),
        Column("place", "text", "Place.", required=True, allowed=PLACES_OF_CLAIMS),
        Column(
            "school_type",
            "text",
            "Governance types, separated by `;`; `in_district`: every autonomous type that "
            "districts run.",
        ),
        Column(
            "comparison",
            "text",
            "What they are compared with: types, `state`, `district` (all its schools), "
            "`in_district`, `less_autonomous`, or `before` (their own past).",
        ),
        Column(
            "kind",
            "text",
            "`directional`: above or below; `null`: not told apart; `ranking`: an order of types; "
            "`composite`: sums up or repeats other claims; `no_data`: no claim.",
            required=True,
            allowed=KINDS,
        ),
        Column(
            "is_composite",
            "text",
            "`yes`: judge its parts, and count them in its place.",
            required=True,
            allowed=("yes", "no"),
        ),
        Column("part_of", "text", "Composites that it is a part of, separated by `;`."),
        Column(
            "outcome",
            "text",
            "`proficient_pct`, `growth`, `both_passed_change` (of the share that passed both "
            "tests), `test_scores` or their change where the report says no more, or `not_stated`.",
            required=True,
            allowed=OUTCOMES,
        ),
        Column(
            "subject",
            "text",
            "`ela`, `math`, `ela_and_math` (both passed), or `not_stated`: the report does not "
            "say how it joined subjects.",
            required=True,
            allowed=SUBJECTS,
        ),
        Column(
            "level", "text", "School level; the report has none.", required=True, allowed=LEVELS
        ),
        Column("assessment", "text", "Test; missing where none is meant or named."),
        Column("from_end_year", "year", "First spring of the results; of growth, its last spring."),
        Column("to_end_year", "year", "Last spring of the results."),
        Column(
            "sign",
            "text",
            "`+` or `-`: above or below the comparison, of a `null` claim as the estimate is "
            "described; `0`; of a `ranking` the order, `a>b;c`: a above both b and c.",
        ),
        Column("wording", "text", "How strongly it is put.", required=True, allowed=WORDINGS),
        Column(
            "stated_significance",
            "text",
            "`not_significant`: said; `implied_...`: follows from the wording or a contrast; "
            "`figure_bars`: only the figure's 95 % bars would tell; `none`.",
            required=True,
            allowed=SIGNIFICANCES,
        ),
        Column("figure", "count", "Figure of the report that shows it."),
        Column("seed", "text", "Text that says so.", required=True, allowed=SEEDS),
        _LINES,
        _CITES,
        Column("claim", "text", "The claim, in our words.", required=True),
        _NOTE,
    ),
    ("claim_id",),
)

INCONSISTENCIES = Table(
    "inconsistencies",
    "Where the report is at odds with itself, or leaves out what a replication needs.",
    (
        Column("inconsistency_id", "text", "`X` and a number.", required=True),
        Column("place", "text", "Place.", required=True, allowed=PLACES_OF_CLAIMS),
        Column("issue", "text", "What is at odds, in our words.", required=True),
        Column("claims", "text", "Claims that it touches, separated by `;`."),
        Column("seed", "text", "Text that says so.", required=True, allowed=SEEDS),
        _LINES,
        _CITES,
        _NOTE,
    ),
    ("inconsistency_id",),
)

REPORT_COUNTS = Table(
    "report_counts",
    "How many schools of a type there were, as the reports, districts and press say.",
    (
        Column("place", "text", "Place.", required=True, allowed=PLACES_OF_CLAIMS[:-1]),
        Column(
            "school_type",
            "text",
            "Governance types, counted together if separated by `;`; `all`; or `special`.",
            required=True,
        ),
        Column("end_year", "year", "Spring year that the count speaks of.", required=True),
        Column("wording", "text", "How it is put.", required=True, allowed=COUNT_WORDINGS),
        Column("n_schools", "count", "Number of schools, if one is given."),
        Column("n_low", "count", "Fewest that the wording allows."),
        Column("n_high", "count", "Most that the wording allows."),
        Column("source", "text", "Who says so.", required=True),
        Column("url", "text", "Address of the source."),
        Column("seed", "text", "Text that says so, of a count by a report.", allowed=SEEDS),
        _LINES,
        _CITES,
        Column("difference", "text", "Why the package's roster names another number of schools."),
        _NOTE,
    ),
    ("place", "school_type", "end_year", "source"),
)
