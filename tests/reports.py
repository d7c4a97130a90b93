"""Made-up runs for the tests of the report page: figures, estimates, a scorecard, joins."""

from __future__ import annotations

import itertools
import warnings

import pandas as pd

from autonomy_stats.figures.stamp import keeps_mark, stamped
from autonomy_stats.figures.style import page, plain_axes, styled
from autonomy_stats.outputs import Outputs
from autonomy_stats.report import ReportFigure, ReportInputs

TYPES = {
    "boston": ("pilot", "horace_mann", "independent_charter"),
    "denver": ("innovation", "independent_charter"),
}
LINES = (
    ("ela;math", "all", "default"),
    ("ela", "all", "default"),
    ("math", "all", "default"),
    ("ela;math", "elementary", "default"),
    ("ela;math", "middle", "default"),
    ("ela;math", "all", "unweighted"),
    ("ela;math", "all", "one row a school"),
)

HOSTILE = (
    "<script>window.ran = true</script>",
    '"><img src=x onerror="window.ran = true">',
    "]]></text><script>window.ran = true</script><!--",
    "</script></style></title> & 'quotes' \"quotes\"",
    "\u202eloohcs\u202c \u2066\u200fmarks",
    "$\\nosuch{$ {{ 7 * 7 }} %s \x00\x0b",
    "Long" + "NameWithoutASpace" * 20,
)
"""Names of schools as no state would print them."""


def estimates(simulated: bool = False) -> pd.DataFrame:
    """Return estimates of two cities: some clear, some not, some of too few schools."""
    rows = []
    for number, (place, outcome) in enumerate(
        itertools.product(TYPES, ("proficient_pct", "growth"))
    ):
        for school_type, (at, line) in itertools.product(TYPES[place], enumerate(LINES)):
            kind = TYPES[place].index(school_type)
            estimate = (7.1, -1.2, -6.4)[kind] + 0.7 * at - number
            few = school_type == "horace_mann"
            rows.append(
                {
                    "figure": f"fig{number + 1:02d}",
                    "place": place,
                    "outcome": outcome,
                    "subject": line[0],
                    "level": line[1],
                    "line": line[2],
                    "school_type": school_type,
                    "reference": "traditional",
                    "estimate": estimate,
                    "std_error": 2.0,
                    "df": 2.5 if few else 30.0,
                    "p_value": 0.04,
                    "conf_low": estimate - (30 if few else 4),
                    "conf_high": estimate + (30 if few else 4),
                    "n_schools": 3 if few else 20,
                    "n_operators": 3,
                    "n_schools_reference": 90,
                    "n_rows": 240,
                    "assessment": "A test",
                    "end_years": "2016",
                    "note": "too few to judge" if few else "",
                }
            )
    beside = dict(rows[2 * len(LINES)]) | {"reference": "local_initiative", "estimate": -2.0}
    frame = pd.DataFrame([*rows, beside])
    return frame.assign(simulated=True) if simulated else frame


def scorecard() -> pd.DataFrame:
    """Return a scorecard of four claims, one of each group."""
    rows = [
        ("DEN-P1", "denver", "agrees", "below delta", "B", 7.1, 2.6, 11.6, False, ""),
        ("DEN-P2", "denver", "same sign, not distinguishable", "", "B", 0.1, -4.2, 4.4, True, ""),
        ("BOS-P1", "boston", "contradicts", "", "C", -6.4, -10.4, -2.4, False, "of horace_mann"),
        ("MEM-P1", "memphis", "cannot be tested", "", "", None, None, None, None, "no file"),
    ]
    columns = ["claim_id", "place", "verdict", "tag", "grade", "theta", "conf_low", "conf_high"]
    frame = pd.DataFrame(rows, columns=[*columns, "fragile", "reason"])
    return frame.assign(
        figure=pd.array([6, 6, 1, 4], "Int64"),
        claim="Schools of this type are above the district's",
        kind="directional",
        delta=3.6,
        detectable=5.0,
        assessment="A test",
        end_years="2016",
        note="",
    )


def joins(names: tuple[str, ...] = ("0010, 0220",)) -> pd.DataFrame:
    """Return a join report with schools left over; some notes hold the names given."""
    sides = ("rostered, no results", "results, no demographics", "private schools left out")
    rows = [
        {
            "join": "roster",
            "side": side,
            "school_type": "pilot",
            "n_schools": 2,
            "n_rows": 4,
            "note": name,
            "figure": "fig01",
            "panel": "boston",
        }
        for side, name in zip(itertools.cycle(sides), names, strict=False)
    ]
    rows.append(rows[0] | {"figure": "fig02"})
    rows.append(rows[0] | {"join": "panel", "side": "rows", "school_type": "exam", "note": "0001"})
    ids = ", ".join(f"{number:04d}" for number in range(40))
    unknown = rows[-1] | {"school_type": "unknown", "n_schools": 40, "note": ids}
    rows += [unknown, unknown | {"panel": "massachusetts", "n_schools": 1800, "statewide": True}]
    return pd.DataFrame(rows).fillna({"statewide": False})


class SchoolNames:
    """A figure with names of schools in it, which no figure's module can choose."""

    FIGURE_ID = "fig01"
    TITLE = "Figure 1. Boston: rates by school"
    NEEDS = ()

    @keeps_mark
    def data(self, inputs):
        frame = inputs["boston"]
        return frame[["school_name", "proficient_pct"]]

    @stamped
    def draw(self, frame):
        with styled():
            height = 0.5 + 0.3 * len(frame)
            sheet = page(self.TITLE, "Percent proficient", "A caption.", height)
            axes = sheet.axes(3.0, 0.3, 4.0, height - 0.4)
            axes.plot(frame["proficient_pct"], range(len(frame)), "o", gid=frame["school_name"][0])
            axes.set_yticks(range(len(frame)), [name[:40] for name in frame["school_name"]])
            plain_axes(axes)
        return sheet.figure


def school_figure(folder, names: tuple[str, ...], simulated: bool = False) -> ReportFigure:
    """Draw a figure of schools as a run does, and return it as the page takes it."""
    module = SchoolNames()
    panel = pd.DataFrame(
        {"school_name": names, "proficient_pct": [10.0 + 7 * n for n in range(len(names))]}
    )
    frame = module.data({"boston": panel.assign(simulated=simulated)})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # of a control character
        figure = module.draw(frame)
        Outputs(folder).write_figure(module.FIGURE_ID, frame, figure, simulated=simulated)
    source = {
        "file": "massachusetts/results.csv",
        "state": "massachusetts",
        "layout": "massachusetts-mcas-2017",
        "sha256": "0123456789abcdef" * 4,
        "simulated": simulated,
        "table": "achievement",
        "n_rows": 9,
        "end_years": "2016;2017;2018",
    }
    return ReportFigure(
        figure_id=module.FIGURE_ID,
        title=module.TITLE,
        place="boston",
        status="drawn",
        svg=(folder / "fig01.svg").read_text(encoding="utf-8"),
        caption=f"A caption that names {names[0]}.\nAnd a second paragraph.",
        alternative_text=f"Points of {len(names)} schools, the first of them {names[0]}.",
        frame=frame,
        sources=pd.DataFrame([source]),
        simulated=simulated,
    )


SKIPPED = ReportFigure(
    "fig05",
    "Figure 5. Memphis: growth",
    "memphis",
    "skipped",
    "no raw file with growth of spring 2015 was found",
    ("Tennessee's TVAAS levels of 2015",),
)


def made_up(
    folder, names: tuple[str, ...] = ("Ash School", "Bay School"), simulated: bool = False
) -> ReportInputs:
    """Return a run of a drawn and a skipped figure, with estimates and joins.

    A simulated one has no scorecard, as no claim is scored on simulated files.
    """
    return ReportInputs(
        figures=(school_figure(folder, names, simulated), SKIPPED),
        estimates=estimates(simulated),
        scorecard=None if simulated else scorecard(),
        joins=joins(names),
        unreadable=("page.xlsx: it is a web page; download it again",),
        unrecognised=("other.csv",),
        versions={"autonomy_stats": "0.1.0", "Python": "3.11.7"},
    )
