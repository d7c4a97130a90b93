"""Michigan's extract: exact tidy values from a small file."""

from __future__ import annotations

import pytest
from examples import MEAP_ROWS, meap
from files import meap_sheet, write_text

from autonomy_stats import load_file
from autonomy_stats.errors import DataError


@pytest.mark.parametrize("name", ["m.csv", "m.csv.bz2", "m.csv.gz", "m.csv.zip"])
def test_tidy_values(tmp_path, name):
    loaded = load_file(meap(tmp_path, name))
    assert (loaded.state, loaded.layout) == ("michigan", "michigan-meap-2001")
    assert loaded.own_years == {2001}
    assert not loaded.simulated

    results = loaded.tables["achievement"].set_index(["school_id", "subject"])
    assert len(results) == 2 * len(MEAP_ROWS)
    assert results["proficient_pct"].to_dict() == pytest.approx(
        {
            ("4937", "math"): 83.3,
            ("0405", "math"): 0.0,
            ("12", "math"): float("nan"),
            ("8336", "math"): 21.0,
            ("4937", "ela"): 77.8,
            ("0405", "ela"): 100.0,
            ("12", "ela"): 55.5,
            ("8336", "ela"): 20.5,
        },
        nan_ok=True,
    )
    blank = results.loc[("12", "math")]
    assert (blank["status"], blank["proficient_pct_low"]) == ("not_published", 0.0)
    assert blank["proficient_pct_high"] == 100.0
    assert results["status"].value_counts().to_dict() == {"reported": 7, "not_published": 1}
    assert results["n_tested"].isna().all()
    assert set(results["grade"]) == {"04"}
    assert set(results["end_year"]) == {2001}
    assert results.loc[("4937", "math"), "series"] != results.loc[("4937", "ela"), "series"]

    schools = loaded.tables["demographics"].set_index("school_id")
    assert schools["district_id"].tolist() == ["01010", "82010", "82010", "82901"]
    assert schools["low_income_pct"].tolist() == pytest.approx(
        [40.6, 0.0, float("nan"), 88.0], nan_ok=True
    )
    assert schools["enrollment"].tolist() == pytest.approx(
        [468.0, 1226.0, float("nan"), 301.0], nan_ok=True
    )


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("dcode", "101", "a district code of 4 or 5 digits"),
        ("dcode", "1010.5", "a district code of 4 or 5 digits"),
        ("bcode", "", "a building code of up to 5 digits"),
        ("bcode", "12a", "a building code of up to 5 digits"),
        ("math4", "12x", "expected a number or one of ''"),
        ("math4", "*", "expected a number or one of ''"),
        ("read4", "100.5", "expected 0 to 100"),
        ("read4", "-1", "expected 0 to 100"),
        ("enroll", "inf", "expected a number or one of ''"),
        ("enroll", "nan", "expected a number or one of ''"),
    ],
)
def test_bad_cell(tmp_path, column, cell, expected):
    path = write_text(tmp_path / "m.csv", meap_sheet(MEAP_ROWS).put(1, column, cell))
    with pytest.raises(DataError) as caught:
        load_file(path)
    message = str(caught.value)
    for part in (str(path), "row 3", f"column {column!r}", repr(cell), expected):
        assert part in message


def test_school_twice(tmp_path):
    path = write_text(tmp_path / "m.csv", meap_sheet([*MEAP_ROWS, MEAP_ROWS[0]]))
    with pytest.raises(DataError, match=r"m\.csv: .* rows share a key, .*'4937'"):
        load_file(path)
