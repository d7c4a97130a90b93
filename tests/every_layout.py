"""A small official file in every layout and era that a writer knows, with content that agrees.

All numbers are made from a seed. Counts give the percents beside them, shares by race add up, ids
have leading zeros where the state's have, and each file has what its agency hides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from books import Book, read_book, write_book

from autonomy_stats.loaders import states
from autonomy_stats.loaders.layout import normal
from autonomy_stats.schema import SHARES, validate
from autonomy_stats.simulate import (
    files_california,
    files_colorado,
    files_indiana,
    files_massachusetts,
    files_michigan,
    files_tennessee,
)
from autonomy_stats.simulate.files import write_tidy_csv

WRITERS: dict[str, Callable[..., Path]] = {
    **files_california.WRITERS,
    **files_colorado.WRITERS,
    **files_indiana.WRITERS,
    **files_massachusetts.WRITERS,
    **files_michigan.WRITERS,
    **files_tennessee.WRITERS,
}

LAYOUTS = {layout.layout_id: layout for layout in states.LAYOUTS}

Row = dict[str, Any]
NAN = float("nan")

SCHOOLS = {
    "california": ("01611190130229", "19647330100289", "19647331931047", "04614240430090"),
    "colorado": ("0220", "0067", "0408", "1489"),
    "indiana": ("0013", "0020", "5498", "5444"),
    "massachusetts": ("00350012", "00350541", "00010405", "04450105"),
    "michigan": ("4937", "405", "8336", "1021"),
    "tennessee": ("792-2470", "792-8", "985-8035", "10-5"),
}
DISTRICTS: dict[str, Callable[[str], str]] = {
    "california": lambda school: school[:7],
    "colorado": lambda school: "0010" if school == "0220" else "0880",
    "indiana": lambda school: {"0013": "0015", "5444": "9895"}.get(school, "5385"),
    "massachusetts": lambda school: school[:4],
    "michigan": lambda school: {"4937": "01010", "8336": "82901"}.get(school, "82010"),
    "tennessee": lambda school: school.split("-")[0],
}
RACES = SHARES[:7]
SCALES = {
    "massachusetts-mcas-2017": (470, 530),
    "massachusetts-open-data-mcas": (470, 530),
    "massachusetts-mcas-legacy": (220, 260),
    "massachusetts-parcc-2015": (700, 780),
    "massachusetts-parcc-pages": (700, 780),
    "colorado": (730, 760),
    "california-caaspp": (2350, 2650),
    "california-api": (600, 950),
    "tennessee-nce": (30, 80),
}
DIGITS = {"colorado": 1, "tennessee": 1, "massachusetts": 0, "indiana": 13, "california": 2}
"""Decimals of a percent."""


def identity(state: str, school: str, end_year: int) -> Row:
    return {
        "state": state,
        "end_year": end_year,
        "district_id": DISTRICTS[state](school),
        "school_id": school,
        "school_name": f"Peña School {school}",
    }


def results(
    layout: str,
    years: Sequence[int],
    subjects: Sequence[str] = ("ela", "math"),
    grades: Sequence[str] = ("all",),
    **same: Any,
) -> pd.DataFrame:
    """Return achievement rows of every school, each with numbers of its own."""
    state = layout.split("-")[0]
    rng = random.Random(layout)
    digits = 0 if layout in ("california-caaspp-2015", "california-caaspp-2015-first") else None
    digits = 0 if layout == "california-caaspp-2016" else digits
    digits = DIGITS.get(state, 1) if digits is None else digits
    low, high = next((s for start, s in SCALES.items() if layout.startswith(start)), (0, 0))
    rows = []
    for year in years:
        for school in SCHOOLS[state]:
            for subject in subjects:
                for grade in grades:
                    tested = rng.randint(200, 390)
                    met = rng.randint(tested // 5, tested - 60)
                    percent = round(100 * met / tested, digits)
                    rows.append(
                        identity(state, school, year)
                        | {"subject": subject, "grade": grade, "student_group": "all"}
                        | {"assessment": "A test", "series": "A test", "status": "reported"}
                        | {"n_tested": tested, "n_tested_status": "reported", "proficient_n": met}
                        | {"proficient_pct": percent, "proficient_pct_low": percent}
                        | {"proficient_pct_high": percent}
                        | {"participation_pct": round(rng.uniform(88, 99), 1)}
                        | {"mean_score": rng.randint(10 * low, 10 * high) / 10 if high else NAN}
                        | same
                    )
    return validate(pd.DataFrame(rows), "achievement")


def hide(frame: pd.DataFrame, row: Any = 1, *, tested: bool = True) -> pd.DataFrame:
    """Return results with a row, or several, suppressed; the number tested too unless shown."""
    hidden = ["proficient_n", "proficient_pct", "mean_score", "participation_pct"]
    hidden += ["n_tested", "n_tested_status"] if tested else []
    frame.loc[row, hidden] = None
    frame.loc[row, ["status", "proficient_pct_low", "proficient_pct_high"]] = ["suppressed", 0, 100]
    return frame


def growth(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return growth rows of the schools in a frame of results, one of them not shown."""
    rng = random.Random(measure)
    key = ["state", "end_year", "district_id", "school_id", "school_name", "subject", "grade"]
    made = frame.loc[frame["status"] == "reported", key].assign(
        series="growth",
        measure=measure,
        status="reported",
        n_students=lambda rows: [float(rng.randint(41, 180)) for _ in range(len(rows))],
        value=lambda rows: [rng.randint(200, 800) / 10 for _ in range(len(rows))],
    )
    if measure == "sgp_median":
        made["value"] = made["value"].round()
    last = made.index[-1]
    made.loc[last, ["value", "n_students", "status"]] = [None, 12, "suppressed"]
    return validate(made.reset_index(drop=True), "growth")


def students(state: str, years: Sequence[int], digits: int = 12) -> pd.DataFrame:
    """Return demographics of every school, its shares those of whole students, rounded."""
    rng = random.Random(f"{state} students")
    rows = []
    for year in years:
        for school in SCHOOLS[state]:
            total = rng.randint(400, 900)
            counts = [rng.randint(12, total // 9) for _ in RACES[1:]]
            counts = [total - sum(counts), *counts]
            others = rng.sample(range(40, total - 40), 3)
            shares = dict(zip((*RACES, *SHARES[7:]), [*counts, *others], strict=True))
            rows.append(
                identity(state, school, year)
                | {"enrollment": total, "low_income_definition": "low income"}
                | {name: round(100 * count / total, digits) for name, count in shares.items()}
            )
    return validate(pd.DataFrame(rows), "demographics")


def directory(state: str, years: Sequence[int], sectors: Sequence[str]) -> pd.DataFrame:
    levels = ("elementary", "middle", "high", "elementary")
    rows = [
        identity(state, school, year)
        | {"sector": sector, "locality": f"Town {sector}", "level": level}
        for year in years
        for school, sector, level in zip(SCHOOLS[state], sectors, levels, strict=True)
    ]
    return validate(pd.DataFrame(rows), "directory")


@dataclass(frozen=True)
class Official:
    """A file to be: its layout, its year, its name, what is in it, and how its writer is told."""

    layout: str
    end_year: int
    name: str
    tables: Callable[[], dict[str, pd.DataFrame]]
    told: tuple[tuple[str, Any], ...] = ()

    @property
    def id(self) -> str:
        told = "-".join(f"{name}={value}" for name, value in self.told)
        return "-".join(filter(None, [self.layout, f"in {self.end_year}", told]))

    def write_plain(self, folder: Path, tables: dict[str, pd.DataFrame]) -> Path:
        """Write tables as the writer of the layout does."""
        path = folder / self.name
        if self.layout.startswith("tidy-"):
            return write_tidy_csv(path, *next(iter(tables.items())))
        return WRITERS[self.layout](path, tables, end_year=self.end_year, **dict(self.told))

    def write(self, folder: Path) -> Path:
        """Write the file, with numbers in the columns that its writer leaves blank."""
        path = self.write_plain(folder, self.tables())
        if self.layout.startswith("tidy-"):
            return path
        return write_book(filled(read_book(path, LAYOUTS[self.layout])), path)


def filled(book: Book) -> Book:
    """Return a file with numbers in the columns that nothing is read from, so that swaps show."""
    agreed = {normal(text) for agreement in book.layout.agree for text in agreement.texts}
    free = {text for text, field in book.layout.known.items() if not field} - agreed
    free -= {normal(text) for levels in book.layout.levels for text in levels.columns}
    free -= {"filler", "zip code"}
    rng = random.Random(book.layout.layout_id)
    for name, rows in book.sheets.items():
        bottom = book.bottoms[name]
        for at, text in enumerate(rows[bottom]):
            body = [row for row in rows[bottom + 1 :] if sum(map(bool, row)) > 3 and at < len(row)]
            if normal(text or "") in free and all(row[at] in EMPTY for row in body):
                for row in body:
                    row[at] = str(rng.randint(1, 99)) if book.is_text else rng.randint(1, 99)
    return book


EMPTY = ("", None, "N/A", "NA", "*")


def _california() -> list[Official]:
    charters = ("charter_direct", "district", "charter_local", "district")

    def research(era: str, year: int) -> Official:
        layout = f"california-caaspp-{era}"

        def tables() -> dict[str, pd.DataFrame]:
            frame = hide(results(layout, [year], grades=("03", "all")))
            if era != "2024":
                frame["proficient_n"] = None
            made = {"achievement": frame, "directory": directory("california", [year], charters)}
            grouped = {"demographics": students("california", [year])}
            return made | (grouped if era == "2024" else {})

        return Official(layout, year, "research.txt", tables)

    def entities(era: int, year: int) -> Official:
        return Official(
            f"california-entities-{era}",
            year,
            "entities.txt",
            lambda: {"directory": directory("california", [year], charters)},
        )

    def index() -> dict[str, pd.DataFrame]:
        frame = results("california-api-2013", [2013], ("all",))
        frame["mean_score"] = frame["mean_score"].round()
        return {
            "achievement": hide(frame, 2, tested=False),
            "demographics": students("california", [2013], 0),
            "directory": directory("california", [2013], charters),
        }

    def profile() -> dict[str, pd.DataFrame]:
        frame = students("california", [2024, 2026], 2)
        hidden = ["native_american_pct_low", "native_american_pct_high"]
        frame.loc[1, hidden] = [0, 2]
        return {
            "demographics": frame,
            "directory": directory("california", [2024], charters),
        }

    eras = {"2015-first": 2015, "2015": 2015, "2016": 2016, "2017": 2018, "2021": 2022}
    return [
        *(research(era, year) for era, year in (eras | {"2024": 2024}).items()),
        *(entities(era, year) for era, year in ((2015, 2015), (2015, 2019), (2021, 2022))),
        entities(2021, 2024),
        Official("california-api-2013", 2013, "api.csv", index),
        Official("california-profile-2024", 2024, "profile.csv", profile),
    ]


def _colorado() -> list[Official]:
    def cmas(year: int) -> Official:
        layout, years = f"colorado-cmas-{year}", [year, year - 1]

        def tables() -> dict[str, pd.DataFrame]:
            frame = results(layout, years, grades=("03", "04", "Algebra I"))
            frame["mean_score"] = frame["mean_score"].round()
            frame.loc[1, ["proficient_n", "proficient_pct"]] = None
            frame.loc[1, ["status", "mean_score"]] = ["suppressed", 701]
            return {"achievement": frame}

        return Official(layout, year, "cmas.xlsx", tables)

    def lunch() -> pd.DataFrame:
        frame = students("colorado", range(2015, 2019))
        frame["low_income_pct"] = frame["low_income_pct"].round(1)
        later = frame.index[frame["end_year"] == 2017][0]
        frame.loc[later, ["low_income_pct", "low_income_pct_low", "low_income_pct_high"]] = [
            *(37.5, 25, 50)
        ]
        return frame

    def learners() -> pd.DataFrame:
        frame = students("colorado", [2017], 1)
        frame.loc[0, ["english_learner_pct_low", "english_learner_pct_high"]] = [0, 1]
        return frame

    files = [cmas(year) for year in range(2015, 2020)]
    for year in range(2015, 2019):
        files.append(
            Official(
                "colorado-membership-race",
                year,
                "race.xlsx",
                lambda: {"demographics": students("colorado", range(2015, 2019))},
            )
        )
    for year in (2016, 2017):
        files.append(
            Official(
                "colorado-membership-lunch", year, "lunch.xlsx", lambda: {"demographics": lunch()}
            )
        )
    last = ("colorado-membership-learners", 2017, "learners.xlsx")
    return [*files, Official(*last, lambda: {"demographics": learners()})]


def pass_both(frame: pd.DataFrame) -> None:
    """Let all be tested in both subjects but a few, and fewer pass both than either."""
    ela, mathematics, both = (frame["subject"] == s for s in ("ela", "math", "ela_and_math"))
    tested = frame.loc[ela, "n_tested"].to_numpy()
    frame.loc[mathematics, "n_tested"] = tested - 1
    frame.loc[both, "n_tested"] = tested - 2
    passed = [frame.loc[rows, "proficient_n"].to_numpy() for rows in (ela, mathematics)]
    frame.loc[mathematics, "proficient_n"] = passed[1].clip(max=tested - 20)
    frame.loc[both, "proficient_n"] = passed[0].clip(max=passed[1]) - 7
    frame["proficient_pct"] = 100 * frame["proficient_n"] / frame["n_tested"]


def _add_up(frame: pd.DataFrame) -> None:
    """Let the rows of all grades be the sums of the others."""
    key, counts = ["end_year", "school_id", "subject"], ["n_tested", "proficient_n"]
    sums = frame[frame["grade"] != "all"].groupby(key)[counts].sum()
    total = frame["grade"] == "all"
    frame.loc[total, counts] = sums.loc[[*frame.loc[total, key].itertuples(index=False)]].to_numpy()


def _indiana() -> list[Official]:
    def istep(era: int, year: int) -> Official:
        layout = f"indiana-istep-{era}"

        def tables() -> dict[str, pd.DataFrame]:
            subjects = ("ela", "math", "ela_and_math")
            frame = results(layout, [year], subjects, ("03", "04", "08", "all"))
            pass_both(frame)
            _add_up(frame)
            frame["proficient_pct"] = 100 * frame["proficient_n"] / frame["n_tested"]
            first = (frame["school_id"] == "0020") & frame["grade"].isin(["03", "all"])
            hidden = frame["subject"].isin(["math", "ela_and_math"]) & first
            frame.loc[hidden, ["proficient_n", "proficient_pct", "n_tested"]] = None
            frame.loc[hidden, "status"] = "suppressed"
            sectors = ("public",) * 4
            return {
                "achievement": frame,
                "directory": directory("indiana", [year], sectors),
            }

        return Official(layout, year, "istep.xlsx", tables)

    def enrollment(year: int) -> dict[str, pd.DataFrame]:
        frame = students("indiana", [year])
        if year <= 2010:
            frame[["asian_pct", "pacific_islander_pct"]] = None
        return {"demographics": frame}

    def race(year: int) -> Official:
        layout = "indiana-enrollment-race-meals"
        return Official(layout, year, "race.xlsx", lambda: enrollment(year))

    language = ("indiana-enrollment-language-disability", 2016, "language.xlsx")
    return [
        istep(2009, 2016),
        istep(2017, 2017),
        *(race(year) for year in (2010, 2012, 2016, 2018)),
        Official(*language, lambda: enrollment(2016)),
    ]


def _massachusetts() -> list[Official]:
    def mcas(layout: str, year: int, grade: str, measure: str, *, parts: bool = False) -> Official:
        def tables() -> dict[str, pd.DataFrame]:
            frame = results(layout, [year], grades=(grade,))
            frame["participation_pct"] = frame["participation_pct"].round() if parts else None
            frame = hide(frame)
            return {"achievement": frame, "growth": growth(frame, measure)}

        return Official(layout, year, f"mcas-{year}-grade-{int(grade)}.xlsx", tables)

    def parcc(layout: str, name: str, years: Sequence[int]) -> Official:
        def tables() -> dict[str, pd.DataFrame]:
            frame = results(layout, years, participation_pct=None)
            frame["mean_score"] = frame["mean_score"].round()
            if layout.endswith("2015"):
                frame = hide(frame)
            return {"achievement": frame, "growth": growth(frame, "sgp_median")}

        return Official(layout, years[-1], name, tables)

    def people(layout: str, year: int, **told: Any) -> Official:
        return Official(
            f"massachusetts-{layout}",
            year,
            "students.xlsx",
            lambda: {"demographics": students("massachusetts", [year], 1)},
            tuple(told.items()),
        )

    sectors = ("district", "charter", "district", "charter")

    def compilation() -> dict[str, pd.DataFrame]:
        frame = results("massachusetts-compilation-2017", [2016], grades=("04", "10"))
        return {
            "achievement": frame,
            "growth": growth(frame, "sgp_median"),
            "demographics": students("massachusetts", [2017], 1),
            "directory": directory("massachusetts", [2017], sectors),
        }

    def open_results() -> dict[str, pd.DataFrame]:
        years = (2017, 2018)
        frame = results("massachusetts-open-data-mcas", years, grades=("04", "all"))
        return {
            "achievement": frame,
            "growth": growth(frame, "sgp_mean"),
            "directory": directory("massachusetts", years, sectors),
        }

    opened = "massachusetts-open-data"
    return [
        mcas("massachusetts-mcas-2017", 2018, "04", "sgp_mean"),
        mcas("massachusetts-mcas-2017", 2022, "05", "sgp_mean", parts=True),
        mcas("massachusetts-mcas-legacy", 2016, "10", "sgp_median"),
        mcas("massachusetts-mcas-legacy", 2018, "10", "sgp_mean"),
        parcc("massachusetts-parcc-2015", "parcc.xlsx", [2015]),
        parcc("massachusetts-parcc-pages", "pages.csv", [2015, 2016]),
        people("enrollment-race", 2018, older=True),
        people("enrollment-race", 2024, older=False),
        people("selected-populations", 2018),
        people("selected-populations-flat", 2023),
        Official("massachusetts-compilation-2017", 2017, "compilation.csv", compilation),
        Official(f"{opened}-mcas", 2018, "open.csv", open_results),
        Official(
            f"{opened}-enrollment",
            2023,
            "enrollment.csv",
            lambda: {"demographics": students("massachusetts", [2021, 2023], 1)},
        ),
    ]


def _michigan() -> list[Official]:
    def tables() -> dict[str, pd.DataFrame]:
        frame = results("michigan-meap-2001", [2001], grades=("04",))
        names = {"math": "MEAP mathematics", "ela": "MEAP reading"}
        frame["assessment"] = frame["subject"].map(names)
        return {"achievement": frame, "demographics": students("michigan", [2001], 1)}

    return [Official("michigan-meap-2001", 2001, "meap01.csv", tables)]


def _tennessee() -> list[Official]:
    def tcap() -> dict[str, pd.DataFrame]:
        subjects = ("ela", "math", "science")
        frame = results("tennessee-tcap-2013", [2014], subjects, ("all", "04"), assessment="TCAP")
        high = {"status": "censored", "proficient_pct_low": 95, "proficient_pct_high": 100}
        frame.loc[2, ["proficient_n", "proficient_pct"]] = None
        frame.loc[2, list(high)] = list(high.values())
        return {"achievement": hide(frame)}

    def nce() -> dict[str, pd.DataFrame]:
        subjects = ("math", "ela", "social_studies", "science")
        frame = results("tennessee-nce-2014", [2014], subjects)
        frame["mean_score"] = frame["mean_score"].round()
        return {"achievement": frame}

    def profile(year: int) -> Official:
        def tables() -> dict[str, pd.DataFrame]:
            frame = students("tennessee", [year])
            words = "eligible for free or reduced-price meals"
            frame["low_income_definition"] = words if year < 2015 else "economically disadvantaged"
            frame.loc[2, "low_income_pct"] = 100.0 if year < 2015 else 80.0
            return {"demographics": frame}

        return Official("tennessee-profile-2013", year, "profile.xlsx", tables)

    def levels(year: int) -> Official:
        subjects = ("composite", "ela", "math", "ela_and_math", "science", "social_studies")
        rng = random.Random(year)
        rows = [
            identity("tennessee", school, year)
            | {"subject": subject, "grade": "all", "series": "TVAAS", "measure": "tvaas_level"}
            | {"value": rng.randint(1, 5), "status": "reported"}
            for school in SCHOOLS["tennessee"]
            for subject in subjects[: 6 if year > 2015 else 5]
        ]
        frame = validate(pd.DataFrame(rows[:-1]), "growth")
        name = f"data_school_wide_tvaas_{year}.xlsx"
        return Official("tennessee-tvaas-2015", year, name, lambda: {"growth": frame})

    sectors = ("district", "charter", "other", "district")
    place = ("tennessee-directory-2015", 2015, "directory.xlsx")
    return [
        Official("tennessee-tcap-2013", 2014, "tcap.xlsx", tcap),
        Official("tennessee-nce-2014", 2014, "nce.xlsx", nce),
        *(profile(year) for year in (2013, 2014, 2015)),
        Official(*place, lambda: {"directory": directory("tennessee", [2015], sectors)}),
        *(levels(year) for year in (2015, 2016)),
    ]


def _tidy() -> list[Official]:
    def tested() -> pd.DataFrame:
        return hide(results("colorado-cmas-2016", [2016], grades=("03", "all")))

    sectors = ("district", "charter", "charter", "district")
    made = {
        "achievement": tested,
        "growth": lambda: growth(tested(), "mgp"),
        "demographics": lambda: students("colorado", [2016], 1),
        "directory": lambda: directory("colorado", [2016], sectors),
    }
    return [
        Official(f"tidy-{name}", 2016, f"{name}.csv", lambda name=name: {name: made[name]()})
        for name in made
    ]


FILES = (
    *_california(),
    *_colorado(),
    *_indiana(),
    *_massachusetts(),
    *_michigan(),
    *_tennessee(),
    *_tidy(),
)
"""A file of every layout; of several where eras of one layout differ."""
