"""Initiatives that make district schools autonomous, declared."""

from __future__ import annotations

from autonomy_stats.schema.columns import Column, Table

__all__ = ["INITIATIVES"]

GOVERNANCE_CATEGORIES = ("district_run", "partner_led", "partner_run")
COUNT_WORDINGS = ("exact", "about", "more_than", "either")

INITIATIVES = Table(
    "initiatives",
    "Initiatives for autonomous schools that the five texts name; what they leave unsaid is "
    "missing.",
    (
        Column("initiative_id", "text", "Place and initiative.", required=True),
        Column("name", "text", "Name of the initiative.", required=True),
        Column("place", "text", "City, county or state.", required=True),
        Column("state", "text", "State, in lower case.", required=True),
        Column("school_type", "text", "Governance types in rosters, separated by `;`."),
        Column(
            "category",
            "text",
            "`district_run`: waivers, all else as before; `partner_led`: a partner manages, the "
            "district keeps staff and some policies; `partner_run`: a partner governs under "
            "contract. Missing: too little is said, or it is none of the three.",
            allowed=GOVERNANCE_CATEGORIES,
        ),
        Column(
            "category_by",
            "text",
            "`named`: the second report classes it; `ours`: by its definitions.",
            allowed=("named", "ours"),
        ),
        Column("start_year", "year", "Calendar year of its start."),
        Column("start_of", "text", "What started then.", allowed=("schools", "law", "agreement")),
        Column("legal_authority", "text", "Indicator 1: law, policy or agreement behind it."),
        Column("eligibility", "text", "Indicator 2: schools that may take part."),
        Column(
            "school_based_authority", "text", "Indicator 3: who decides in the district's place."
        ),
        Column("enrollment", "text", "Indicator 4: rule of enrollment."),
        Column("governance", "text", "Indicator 5: what binds district and school."),
        Column("employer", "text", "Who employs the staff.", allowed=("district", "operator")),
        Column(
            "bargaining",
            "text",
            "The district's agreement with its union `applies`, or with `waivers`; a `separate` "
            "one; `outside`: none binds the school; `repealed`: the state ended bargaining.",
            allowed=("applies", "waivers", "separate", "outside", "repealed"),
        ),
        Column("staffing", "text", "Area 1: selecting, hiring, dismissing."),
        Column("academic", "text", "Area 2: model, curriculum, schedule, calendar."),
        Column("budget", "text", "Area 3: money."),
        Column("operations", "text", "Area 4: services, buildings."),
        Column("n_schools", "count", "Number of schools."),
        Column("count_wording", "text", "How the number is put.", allowed=COUNT_WORDINGS),
        Column("schools_end_year", "year", "Spring of the school year that the number is of."),
        Column(
            "lines",
            "text",
            "Text and its lines, from 1: `002:728-738`; several are separated by `;`.",
            required=True,
        ),
        Column(
            "cites",
            "text",
            "Name or number that stands in these lines, one for each place of `lines`.",
            required=True,
        ),
        Column("note", "text", "What a reader should know."),
    ),
    ("initiative_id",),
)
