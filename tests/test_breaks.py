"""Breaks of comparability: sourced, consistent in themselves, and those of the loaders."""

from __future__ import annotations

import every_layout
import pandas as pd
import pytest
from every_layout import FILES, Official

from autonomy_stats.errors import UsageError
from autonomy_stats.facts import load_breaks
from autonomy_stats.loaders.load import load_file
from autonomy_stats.loaders.states import LAYOUTS
from autonomy_stats.schema import CONFIDENCES, MEASURES

BREAKS = load_breaks()
EACH = pytest.mark.parametrize("row", BREAKS.to_dict("records"), ids=lambda row: row["break_id"])
CODES = {
    "california": "CA",
    "colorado": "CO",
    "indiana": "IN",
    "massachusetts": "MA",
    "tennessee": "TN",
}
GOES_ON = ("no_testing", "new_form")
"""Kinds that may leave a series as it is."""


def given(value):
    return isinstance(value, str)


# The rows in themselves


@EACH
def test_a_row_is_consistent(row):
    assert row["break_id"].startswith(f"{CODES[row['state']]}-")
    assert row["last_end_year"] < row["first_end_year"]
    skipped = row["first_end_year"] - row["last_end_year"] > 1
    assert skipped or row["kind"] != "no_testing"
    assert row["from_series"] != row["to_series"] or row["kind"] in GOES_ON
    assert (row["kind"] == "new_definition") == (row["table"] == "demographics")


@EACH
def test_measures_are_those_of_growth(row):
    assert given(row["measure"]) == (row["table"] == "growth")
    measures = row["measure"].split(";") if given(row["measure"]) else []
    assert set(measures) <= set(MEASURES)
    assert (row["kind"] == "new_measure") == (len(measures) == 2)


@EACH
def test_a_source_can_be_found(row):
    assert row["url"].startswith("http")
    assert any(year in row["source"] for year in map(str, range(2007, 2026)))
    assert row["confidence"] in CONFIDENCES[:2], "only what was read is in the table"


def test_breaks_of_a_state():
    assert set(load_breaks("colorado")["break_id"]) == {
        "CO-tcap-cmas",
        "CO-shorter-2018",
        "CO-2020",
    }
    assert load_breaks("michigan").empty
    assert sum(len(load_breaks(state)) for state in CODES) == len(BREAKS)
    with pytest.raises(UsageError, match=r"no state is called 'utah'; the states are california,"):
        load_breaks("utah")


def test_what_is_returned_is_a_copy():
    changed = load_breaks()
    changed["to_series"] = "changed"
    assert load_breaks().equals(BREAKS)


# The texts of the loaders


NEXT, LEGACY, OPEN = (
    f"massachusetts-{name}" for name in ("mcas-2017", "mcas-legacy", "open-data-mcas")
)


def official(layout, years, name, subjects=("ela", "math"), grades=("all",), measure=None, **same):
    """A file of results, with growth where a measure is named."""

    def tables():
        frame = every_layout.results(layout, years, subjects, grades, **same)
        if "ela_and_math" in subjects:
            every_layout.pass_both(frame)
        if layout != OPEN:
            frame["participation_pct"] = None
        state = layout.split("-")[0]
        made = {"achievement": frame}
        made["directory"] = every_layout.directory(state, years, ("district",) * 4)
        return made | ({"growth": every_layout.growth(frame, measure)} if measure else {})

    told = (("earlier", tuple(years[1:])),) if layout == "indiana-istep-2009" else ()
    return Official(layout, max(years), name, tables, told)


def profile(years):
    layout = "massachusetts-open-data-enrollment"
    people = {"demographics": every_layout.students("massachusetts", years, 1)}
    return Official(layout, max(years), "enrollment.csv", lambda: people)


ISTEP = ("ela", "math", "ela_and_math")

EDGES = (
    official("california-caaspp-2017", [2019], "caaspp-2019.txt"),
    official("california-caaspp-2021", [2021], "caaspp-2021.txt"),
    official("indiana-istep-2009", [2015, 2014], "istep.xlsx", ISTEP, ("03",)),
    official(LEGACY, [2014], "mcas-2014-grade-4.xlsx", grades=("04",), measure="sgp_median"),
    official(LEGACY, [2017], "mcas-2017-grade-10.xlsx", grades=("10",), measure="sgp_median"),
    official(NEXT, [2017], "mcas-2017-grade-4.xlsx", grades=("04",), measure="sgp_median"),
    official(NEXT, [2019], "mcas-2019-grade-10.xlsx", grades=("10",), measure="sgp_mean"),
    official(OPEN, [2019], "open.csv", ("science",), ("05",), measure="sgp_mean"),
    profile([2014, 2015, 2021, 2022]),
    official(
        "tennessee-tcap-2013",
        [2015],
        "tcap.xlsx",
        ("math",),
        ("Algebra I",),
        assessment="TCAP EOC",
    ),
)
"""Files of the springs around a break that the file of each layout leaves out."""

OFFICIAL = tuple(file for file in FILES if not file.layout.startswith("tidy-"))
TEXT = {
    "achievement": "series",
    "growth": "series",
    "demographics": "low_income_definition",
}


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Every text that a loader gives: state, table, subject, text, measure and year."""
    found = []
    for number, file in enumerate((*OFFICIAL, *EDGES)):
        loaded = load_file(file.write(tmp_path_factory.mktemp(f"file{number}")))
        assert loaded.layout == file.layout
        for table, column in TEXT.items():
            if table in loaded.tables:
                rows = loaded.tables[table].assign(table=table, text=lambda f, c=column: f[c])
                found.append(
                    rows.reindex(columns=["state", "table", "subject", "text", "end_year"])
                )
    return pd.concat(found).dropna(subset="text").drop_duplicates()


def sides(side):
    """The texts of one side that the layouts read, with their state and table."""
    other = {"from": "to", "to": "from"}[side]
    inside = BREAKS["outside"].isna() | (BREAKS["outside"] == other)
    rows = BREAKS[inside]
    return set(zip(rows["state"], rows["table"], rows[f"{side}_series"], strict=True))


def test_a_file_of_every_layout_is_read():
    assert {file.layout for file in OFFICIAL} == {layout.layout_id for layout in LAYOUTS}


def test_every_text_of_a_loader_is_a_side_or_the_only_one(read):
    known = sides("from") | sides("to")
    for (state, table, subject), rows in read.groupby(["state", "table", "subject"], dropna=False):
        texts = set(rows["text"])
        unknown = {text for text in texts if (state, table, text) not in known}
        assert not unknown or len(texts) == 1, (state, table, subject, unknown)


def test_every_text_of_the_table_is_a_loader_s_or_marked_as_outside(read):
    given_by_loaders = set(zip(read["state"], read["table"], read["text"], strict=True))
    assert sides("from") | sides("to") <= given_by_loaders
    for side in ("from", "to"):
        outside = BREAKS[BREAKS["outside"].isin([side, "both"])]
        marked = set(
            zip(outside["state"], outside["table"], outside[f"{side}_series"], strict=True)
        )
        assert not marked & given_by_loaders


def concerned(read, row):
    """The texts of the loaders that a break is about."""
    rows = read[(read["state"] == row["state"]) & (read["table"] == row["table"])]
    if given(row["subject"]):
        rows = rows[rows["subject"].isin(row["subject"].split(";"))]
    return rows


def test_loaders_change_in_the_years_of_the_table(read):
    """No text is read before the first break that leads to it, or after the last that ends it."""
    changes = BREAKS[BREAKS["from_series"] != BREAKS["to_series"]]
    for row in changes.to_dict("records"):
        rows = concerned(read, row)
        same = changes[(changes["state"] == row["state"]) & (changes["table"] == row["table"])]
        first = same.loc[same["to_series"] == row["to_series"], "first_end_year"].min()
        last = same.loc[same["from_series"] == row["from_series"], "last_end_year"].max()
        assert not (rows.loc[rows["text"] == row["to_series"], "end_year"] < first).any()
        assert not (rows.loc[rows["text"] == row["from_series"], "end_year"] > last).any()


@pytest.mark.parametrize(
    "break_id",
    [
        "CA-adjusted-form",
        "IN-istep-2015",
        "MA-sgp-mean",
        "MA-low-income-2015",
        "MA-low-income-2022",
        "TN-tvaas",
        "TN-low-income",
    ],
)
def test_loaders_give_both_sides_in_the_years_at_the_break(read, break_id):
    row = BREAKS.set_index("break_id", drop=False).loc[break_id]
    rows = concerned(read, row)
    for side, year in (("from", "last_end_year"), ("to", "first_end_year")):
        own = rows[rows["end_year"] == row[year]]
        assert row[f"{side}_series"] in set(own["text"]), side
