"""The files of the study's springs: what a writer writes, `load_file` reads to the last value.

Each table is as the simulation makes it: names bear the mark, and every status of the state is
there. Assessment, series and definitions are the loader's own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from every_layout import SCHOOLS, WRITERS, directory, growth, hide, pass_both, results, students
from pandas.testing import assert_frame_equal

from autonomy_stats import load_file
from autonomy_stats.loaders.california_groups import GROUPS, control_shares
from autonomy_stats.loaders.indiana_both import both_tested
from autonomy_stats.mark import MARK
from autonomy_stats.scales import PARCC
from autonomy_stats.schema import SHARES, table, validate
from autonomy_stats.simulate.files import write_tidy_csv

Tables = dict[str, pd.DataFrame]
NAN = float("nan")
ROUNDED = 1e-12
"""Relative error of a number of which a workbook stores 16 digits."""

GRADES = ("03", "04", "05", "06", "07", "08", "all")
RACES = SHARES[:7]
WORDS = ["low_income_definition"]
NEEDS = ("english_learner_pct", "low_income_pct", "disability_pct")
"""Shares that are of no race."""


@dataclass(frozen=True)
class Spring:
    """A file of one spring: what it is written from, and what it does not hold of that."""

    layout: str
    end_year: int
    tables: Tables
    lost: Sequence[str] = ()
    """Columns of the tables that the file does not have."""
    expected: Tables = field(default_factory=dict)
    """Tables that are read otherwise than they were given."""
    name: str = "file.xlsx"

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        if self.layout.startswith("tidy-"):
            return write_tidy_csv(path, *next(iter(self.tables.items())))
        return WRITERS[self.layout](path, self.tables, end_year=self.end_year)

    def as_read(self) -> Tables:
        known = self.tables | self.expected
        return {name: validate(lacking(t, self.lost), name) for name, t in known.items()}


def lacking(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table with some columns missing."""
    return frame.drop(columns=[name for name in columns if name in frame])


def marked(frame: pd.DataFrame, within: str = "") -> pd.DataFrame:
    """Return a table whose schools bear simulated names."""
    return frame.assign(school_name=within + f"{MARK} school " + frame["school_id"])


def all_of(frame: pd.DataFrame, status: str, row: int, low: float, high: float) -> pd.DataFrame:
    """Return results with one row's percent hidden within bounds."""
    frame.loc[row, ["proficient_n", "proficient_pct"]] = None
    frame.loc[row, ["status", "proficient_pct_low", "proficient_pct_high"]] = [status, low, high]
    return frame


# Massachusetts

WITHIN = f"{MARK} district 3 - "


def parcc(year: int) -> Spring:
    same = {"assessment": "PARCC", "series": "PARCC 2015", "participation_pct": None}
    tested = hide(results("massachusetts-parcc-2015", [year], grades=GRADES, **same))
    tested["mean_score"] = tested["mean_score"].round()
    grown = growth(tested, "sgp_median").assign(series="PARCC 2015, median SGP")
    grown = grown[grown["grade"] != "03"]
    tables = {"achievement": marked(tested, WITHIN), "growth": marked(grown, WITHIN)}
    return Spring("massachusetts-parcc-2015", year, tables)


def people_of_massachusetts(year: int, layout: str, lost: Sequence[str]) -> Spring:
    words = "economically disadvantaged: SNAP, TAFDC, foster care or MassHealth"
    frame = students("massachusetts", [year], 1).assign(low_income_definition=words)
    tables = {"demographics": marked(frame, WITHIN)}
    return Spring(f"massachusetts-{layout}", year, tables, ["enrollment", *lost])


# California


def research(year: int) -> Spring:
    """All groups that are read; participation, of all students, is of whole numbers enrolled."""
    layout = f"california-caaspp-{year}"
    same = {"assessment": "Smarter Balanced", "series": "Smarter Balanced 2015"}
    groups = GROUPS.values()
    frames = [results(layout, [year], grades=GRADES, student_group=g, **same) for g in groups]
    frame = pd.concat(frames, ignore_index=True)
    rng = random.Random(year)
    few = frame["student_group"].map({"all": 0, "migrant": 1}).fillna(0.1)
    hidden = pd.Series([rng.random() < share for share in few], frame.index)
    counted = [float(rng.randint(11, 190)) for _ in frame.index]
    whole = frame["student_group"] == "all"
    frame["n_tested"] = frame["n_tested"].where(whole, counted)
    enrolled = frame["n_tested"] + [float(rng.randint(0, 30)) for _ in frame.index]
    frame["participation_pct"] = (100 * frame["n_tested"] / enrolled).where(whole)
    frame["mean_score"] = frame["mean_score"].mask(frame["grade"] == "all")
    frame["proficient_n"] = None
    tested = marked(hide(frame, frame.index[hidden]))
    shares = control_shares(tested.assign(tested=tested["n_tested"]))
    # Without names, the mark of the rows is what stands for them.
    read = {"achievement": tested, "demographics": shares}
    expected = {kind: frame.assign(school_name=MARK) for kind, frame in read.items()}
    return Spring(layout, year, {"achievement": tested}, (), expected, "research.txt")


def entities(year: int) -> Spring:
    sectors = ("charter_direct", "district", "charter_local", "district")
    frame = marked(directory("california", [year], sectors))
    layout = "california-entities-2015"
    return Spring(layout, year, {"directory": frame}, ["level"], name="entities.txt")


# Tennessee


def tcap() -> Spring:
    courses = {"subject": "math", "assessment": "TCAP EOC", "series": "TCAP EOC 2010"}
    frames = [
        results("tennessee-tcap-2013", [2015], grades=GRADES, student_group=group)
        for group in ("all", "low_income", "disability", "english_learner", "hispanic")
    ]
    frame = pd.concat(frames, ignore_index=True).assign(assessment="TCAP", series="TCAP 2010")
    algebra = results("tennessee-tcap-2013", [2015], ("math",), ("Algebra I",)).assign(**courses)
    frame = all_of(pd.concat([frame, algebra], ignore_index=True), "censored", 3, 95, 100)
    frame = hide(all_of(frame, "censored", 7, 0, 5))
    lost = ["participation_pct", "mean_score"]
    return Spring("tennessee-tcap-2013", 2015, {"achievement": marked(frame)}, lost)


def levels() -> Spring:
    rng = random.Random(2015)
    subjects = ("composite", "ela", "math", "ela_and_math", "science")
    frame = results("tennessee-tvaas-2015", [2015], subjects)
    frame = frame[["state", "end_year", "district_id", "school_id", "subject", "grade", "status"]]
    frame = marked(frame).assign(series="TVAAS (TCAP)", measure="tvaas_level")
    frame["value"] = [float(rng.randint(1, 5)) for _ in frame.index]
    name = "data_school_wide_tvaas_2015.xlsx"
    return Spring("tennessee-tvaas-2015", 2015, {"growth": frame[:-1]}, name=name)


def profile() -> Spring:
    words = "economically disadvantaged"
    frame = marked(students("tennessee", [2015], 1)).assign(low_income_definition=words)
    lost = ["pacific_islander_pct", "multiracial_pct"]
    return Spring("tennessee-profile-2013", 2015, {"demographics": frame}, lost)


def schools_of_tennessee() -> Spring:
    sectors = ("district", "charter", "other", "district")
    frame = marked(directory("tennessee", [2015], sectors))
    achievement = frame["district_id"] == "985"
    frame["operator"] = achievement.map({True: "Achievement School District", False: None})
    return Spring("tennessee-directory-2015", 2015, {"directory": frame}, ["level"])


# Colorado


def cmas(year: int) -> Spring:
    """With the year before in its columns from 2016 on, where the number tested is derived."""
    years = [year] if year == 2015 else [year, year - 1]
    same = {"assessment": "CMAS (PARCC)", "series": "CMAS PARCC"}
    frame = results(f"colorado-cmas-{year}", years, grades=(*GRADES[:-1], "Algebra I"), **same)
    frame["mean_score"] = frame["mean_score"].round()
    largest = PARCC.largest_share(frame["mean_score"])
    rows = frame.index[frame["mean_score"] >= PARCC.approached][[0, -1]]
    for row in rows:
        frame = all_of(frame, "suppressed", row, 0, largest[row])
    frame.loc[5, ["n_tested", "n_tested_status", "mean_score", "participation_pct"]] = None
    frame = all_of(frame, "suppressed", 5, 0, 100)
    if year == 2015:
        frame = all_of(frame, "censored", 9, 0, 5)
    tables = {"achievement": marked(frame)}
    before = frame["end_year"] < year
    derived = (100 * frame["proficient_n"] / frame["proficient_pct"]).round()
    read = tables["achievement"].assign(
        n_tested=frame["n_tested"].mask(before, derived),
        participation_pct=frame["participation_pct"].mask(before),
    )
    status = read["n_tested_status"].mask(before, "derived").where(read["n_tested"].notna())
    expected = {"achievement": read.assign(n_tested_status=status)}
    return Spring(f"colorado-cmas-{year}", year, tables, expected=expected)


def membership(year: int, kind: str) -> Spring:
    words = "eligible for free or reduced-price lunch"
    frame = marked(students("colorado", [year])).assign(low_income_definition=words)
    lost = [*NEEDS, "low_income_definition"]
    if kind == "lunch":
        lost = ["enrollment", *RACES, *NEEDS[::2]]
        ends = ["low_income_pct", "low_income_pct_low", "low_income_pct_high", "shares_status"]
        frame.loc[1, ends] = [37.5, 25, 50, "suppressed"] if year == 2017 else [None] * 4
    return Spring(f"colorado-membership-{kind}", year, {"demographics": frame}, lost)


# Indiana


def istep(year: int) -> Spring:
    """In 2016 no number tested is published: it is derived, that of both where it can be told."""
    layout = f"indiana-istep-{2009 if year == 2016 else 2017}"
    same = {"assessment": "ISTEP+", "series": "ISTEP+ 2015", "participation_pct": None}
    frame = results(layout, [year], ("ela", "math", "ela_and_math"), GRADES, **same)
    pass_both(frame)
    frame = frame.assign(proficient_pct_low=frame["proficient_pct"])
    frame = frame.assign(proficient_pct_high=frame["proficient_pct"])
    few = (frame["school_id"] == "0020") & (frame["grade"] == "05")
    frame = hide(frame, frame.index[few])
    schools = marked(directory("indiana", [year], ("public",) * 4))
    tables = {"achievement": marked(frame), "directory": schools}
    expected = {"achievement": derived(tables["achievement"])} if year == 2016 else {}
    return Spring(layout, year, tables, ["locality", "level"], expected)


def derived(frame: pd.DataFrame) -> pd.DataFrame:
    """Return results as a file without numbers tested lets one derive them."""
    frame = frame.assign(n_tested_status=frame["n_tested_status"].replace("reported", "derived"))
    rows = frame.set_index(["school_id", "grade", "subject"]).unstack("subject")
    ela, mathematics = (rows["n_tested", subject] for subject in ("ela", "math"))
    told, passed = both_tested(rows["proficient_pct", "ela_and_math"] / 100, ela, mathematics)
    both = frame["subject"] == "ela_and_math"
    at = pd.MultiIndex.from_frame(frame[["school_id", "grade"]])
    return frame.assign(
        n_tested=frame["n_tested"].mask(both, told.fillna(ela).reindex(at).to_numpy()),
        proficient_n=frame["proficient_n"].mask(both, passed.reindex(at).to_numpy()),
    )


def enrollment(year: int, kind: str) -> Spring:
    words = "free or reduced-price meals"
    frame = marked(students("indiana", [year])).assign(low_income_definition=words)
    lost = NEEDS[::2] if kind == "race-meals" else [*RACES, "enrollment", "low_income_pct", *WORDS]
    return Spring(f"indiana-enrollment-{kind}", year, {"demographics": frame}, lost)


# Any place


TIDY: dict[str, Callable[[], pd.DataFrame]] = {
    "growth": lambda: growth(results("colorado-cmas-2016", [2016, 2017], grades=GRADES), "mgp"),
    "demographics": lambda: students("colorado", [2016, 2017]),
}


def tidy(year: int, name: str) -> Spring:
    return Spring(f"tidy-{name}", year, {name: marked(TIDY[name]())}, name=f"{name}.csv")


RACE_ALONE = ("enrollment-race", [*NEEDS, *WORDS])
SPRINGS: list[tuple[Callable[..., Spring], tuple[Any, ...]]] = [
    *((parcc, (year,)) for year in (2015, 2016)),
    *((people_of_massachusetts, (year, *RACE_ALONE)) for year in (2015, 2016)),
    *((people_of_massachusetts, (year, "selected-populations", RACES)) for year in (2015, 2016)),
    *((make, (year,)) for make in (research, entities) for year in (2015, 2016)),
    *((make, ()) for make in (tcap, levels, profile, schools_of_tennessee)),
    *((cmas, (year,)) for year in (2015, 2016, 2017)),
    *((membership, (year, kind)) for kind in ("race", "lunch") for year in (2015, 2016, 2017)),
    *((istep, (year,)) for year in (2016, 2017)),
    *((enrollment, (y, k)) for k in ("race-meals", "language-disability") for y in (2016, 2017)),
    *((tidy, (2016, name)) for name in TIDY),
]


def named(value: Any) -> str:
    return value.__name__ if callable(value) else "-".join(str(part) for part in value[:2])


@pytest.mark.parametrize(("make", "told"), SPRINGS, ids=named)
def test_what_is_written_is_read(make, told, tmp_path):
    spring = make(*told)
    loaded = load_file(spring.write(tmp_path))
    expected = spring.as_read()
    assert loaded.layout == spring.layout
    assert loaded.tables.keys() == expected.keys()
    for kind, frame in loaded.tables.items():
        assert set(frame["school_id"]) == set(SCHOOLS[loaded.state])
        key = list(table(kind).key)
        pair = [t.sort_values(key, ignore_index=True) for t in (frame, expected[kind])]
        assert_frame_equal(*pair, rtol=ROUNDED, atol=0)
