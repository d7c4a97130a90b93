"""Panels of simulated files: which rows say so, what the report says, what is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from autonomy_stats import load_panel
from autonomy_stats.errors import DataError
from autonomy_stats.facts import Place
from autonomy_stats.mark import MARK, is_simulated

TOWN = Place("town", "ohio", "Town", district_ids=("012",))
SCHOOLS = ["0001", "0002", "0003", "0004"]


def table(name: str, end_year: int = 2019, schools: list[str] = SCHOOLS) -> pd.DataFrame:
    """Return a tidy table of the town."""
    identity = pd.DataFrame({"school_id": schools}).assign(
        state="ohio", end_year=end_year, district_id="012"
    )
    if name == "directory":
        return identity.assign(sector="district")
    if name == "demographics":
        return identity.assign(enrollment=300, low_income_pct=40.0)
    return identity.assign(
        assessment="Test",
        series="Test 1",
        subject="math",
        grade="04",
        student_group="all",
        n_tested=50,
        proficient_pct=40.0,
        status="reported",
    )


def write(path: Path, frame: pd.DataFrame, *, simulated: bool = False) -> Path:
    """Write a tidy table, its schools named as simulated or not."""
    name = f"{MARK} school " if simulated else "School "
    path.parent.mkdir(exist_ok=True)
    frame.assign(school_name=name + frame["school_id"]).to_csv(path, index=False)
    return path


def panel(raw: Path, **options):
    return load_panel(TOWN, [2019], subjects=["math"], raw=raw, **options)


def lines(found) -> pd.DataFrame:
    return found.join_report[found.join_report["join"] == "files"].set_index("side")


TABLES = ("achievement", "demographics", "directory")


# Rows


@pytest.mark.parametrize("which", [(), *((name,) for name in TABLES), TABLES])
def test_rows_of_a_simulated_file_say_so(which, tmp_path):
    for name in TABLES:
        write(tmp_path / "raw" / f"{name}.csv", table(name), simulated=name in which)
    found = panel(tmp_path / "raw")
    assert found.frame.columns[-1] == "simulated"
    assert found.frame["simulated"].dtype == "bool"
    assert found.frame["simulated"].tolist() == [bool(which)] * 4
    assert found.sources.set_index("table")["simulated"].to_dict() == {
        n: n in which for n in TABLES
    }
    assert is_simulated(found.frame) == bool(which)
    said = lines(found)
    if not which:
        assert said.empty
        return
    assert said.loc["rows of simulated files", ["n_schools", "n_rows"]].tolist() == [4, 4]
    real = [f"{name}.csv" for name in TABLES if name not in which]
    if real:
        assert said.loc["real files among simulated ones", "note"] == ", ".join(real)
    else:
        assert "real files among simulated ones" not in said.index


@pytest.mark.parametrize("name", ["achievement", "demographics"])
def test_rows_of_a_real_file_beside_them_do_not(name, tmp_path):
    raw = tmp_path / "raw"
    write(raw / "real.csv", table(name, schools=SCHOOLS[:3]))
    write(raw / "made.csv", table(name, schools=SCHOOLS[3:]), simulated=True)
    other = next(n for n in TABLES if n != name)
    write(raw / "other.csv", table(other))
    found = panel(raw)
    marks = found.frame.set_index("school_id")["simulated"].to_dict()
    assert marks == dict.fromkeys(SCHOOLS[:3], False) | {"0004": True}
    said = lines(found)
    assert said.loc["rows of simulated files", "note"] == "0004"
    assert "real.csv" in said.loc["real files among simulated ones", "note"]


def test_a_school_without_demographics_is_not_touched_by_them(tmp_path):
    raw = tmp_path / "raw"
    write(raw / "a.csv", table("achievement"))
    write(raw / "d.csv", table("demographics", schools=SCHOOLS[1:]), simulated=True)
    marks = panel(raw).frame.set_index("school_id")["simulated"]
    assert marks.tolist() == [False, True, True, True]


def test_demographics_of_another_year_are_told_too(tmp_path):
    raw = tmp_path / "raw"
    write(raw / "a.csv", table("achievement"))
    write(raw / "d.csv", table("demographics", 2018), simulated=True)
    frame = panel(raw).frame
    assert frame["demographics_year"].unique().tolist() == [2018]
    assert frame["simulated"].all()


def test_a_panel_of_demographics(tmp_path):
    raw = tmp_path / "raw"
    write(raw / "d.csv", table("demographics"), simulated=True)
    assert load_panel(TOWN, [2019], table="demographics", raw=raw).frame["simulated"].all()


def test_simulated_files_of_another_state_mark_nothing(tmp_path):
    raw = tmp_path / "raw"
    write(raw / "a.csv", table("achievement"))
    write(raw / "d.csv", table("demographics"))
    write(raw / "other.csv", table("achievement").assign(state="iowa"), simulated=True)
    assert not panel(raw).frame["simulated"].any()


# One row from both


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("percent", [40.0, 50.0])
def test_a_row_of_a_real_and_of_a_simulated_file_is_refused(name, percent, tmp_path):
    """Whether or not they say the same of it."""
    raw = tmp_path / "raw"
    for other in TABLES:
        write(raw / f"{other}.csv", table(other))
    made = table(name, schools=SCHOOLS[1:2])
    if name == "achievement":
        made["proficient_pct"] = percent
    write(raw / "made.csv", made, simulated=True)
    with pytest.raises(DataError) as problem:
        panel(raw)
    text = str(problem.value)
    assert f"{name}.csv" in text
    assert "made.csv (simulated)" in text
    assert f"{name}.csv (simulated)" not in text
    assert "'0002'" in text
    assert "(2 rows in all)" in text
    assert "a folder of their own" in text


def test_two_simulated_files_that_agree_count_once(tmp_path):
    raw = tmp_path / "raw"
    for name in ("a.csv", "b.csv"):
        write(raw / name, table("achievement"), simulated=True)
    write(raw / "d.csv", table("demographics"))
    assert len(panel(raw).frame) == 4


def test_two_simulated_files_that_disagree_are_refused(tmp_path):
    raw = tmp_path / "raw"
    write(raw / "a.csv", table("achievement"), simulated=True)
    write(raw / "b.csv", table("achievement").assign(proficient_pct=1.5), simulated=True)
    with pytest.raises(DataError, match=r"a.csv \(simulated\) and .*different numbers"):
        panel(raw)
