"""The tidy tables' declaration, and what `validate` refuses."""

from __future__ import annotations

import pandas as pd
import pytest

from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.schema import (
    CONTROLS,
    FACT_TABLES,
    TABLES,
    conform,
    describe,
    empty,
    table,
    validate,
)

NAMES = [declared.name for declared in (*TABLES, *FACT_TABLES)]
RESULT = {
    "state": "michigan",
    "end_year": 2001,
    "school_id": "0015",
    "assessment": "MEAP",
    "series": "MEAP 2001",
    "subject": "math",
    "grade": "04",
    "student_group": "all",
    "proficient_pct": 50.0,
    "status": "reported",
}


@pytest.mark.parametrize("name", NAMES)
def test_declaration(name):
    declared = table(name)
    assert set(declared.key) <= set(declared.column_names)
    assert len(set(declared.column_names)) == len(declared.columns)
    for column in declared.columns:
        assert column.meaning.endswith(".")
        assert column.name.endswith("_pct") <= (column.kind == "percent")
        assert column.required or column.name not in declared.key or column.name == "from_end_year"
    assert validate(empty(name), name).columns.tolist() == declared.column_names
    assert describe(name)["column"].tolist() == declared.column_names
    assert describe(name).loc[lambda rows: rows["key"], "column"].tolist() == [
        column for column in declared.column_names if column in declared.key
    ]


def test_controls_are_shares_of_demographics():
    assert set(CONTROLS) <= set(table("demographics").column_names)


@pytest.mark.parametrize("call", [table, empty, describe])
def test_unknown_table(call):
    with pytest.raises(UsageError, match="'tables'; the tables are achievement, growth"):
        call("tables")


def test_conform_adds_orders_and_types_columns():
    frame = conform(pd.DataFrame([RESULT], index=[7])[sorted(RESULT)], "achievement")
    assert frame.columns.tolist() == table("achievement").column_names
    assert frame.index.tolist() == [0]
    assert str(frame["end_year"].dtype) == "Int64"
    assert str(frame["n_tested"].dtype) == "float64"
    assert frame.loc[0, ["n_tested", "district_id"]].isna().all()


def test_ids_become_text():
    assert (
        conform(pd.DataFrame([RESULT | {"school_id": 15}]), "achievement")["school_id"][0] == "15"
    )


@pytest.mark.parametrize(
    ("cell", "match"),
    [
        ({"proficient_pct": 100.1}, "'proficient_pct'.*100.1"),
        ({"proficient_pct": -0.1}, "'proficient_pct'.*-0.1"),
        ({"n_tested": -1.0}, "'n_tested'.*-1"),
        ({"end_year": 16}, "'end_year'.*16"),
        ({"status": "missing"}, "'status'.*'reported'.*got .*missing"),
        ({"n_tested_status": "guessed"}, "'n_tested_status'.*guessed"),
        ({"status": None}, "'status' must be given"),
        ({"school_id": None}, "'school_id' must be given"),
        ({"school_id": ""}, "'school_id' must not be empty"),
        ({"series": None}, "'series' must be given"),
        ({"end_year": "spring"}, "'end_year' must hold values of the kind 'year'"),
        ({"proficient_pct": "half"}, "'proficient_pct' must hold values of the kind 'percent'"),
    ],
)
def test_refused_cell(cell, match):
    frame = pd.DataFrame([RESULT | {"school_id": "0001"}, RESULT | cell])
    with pytest.raises(DataError, match=match) as caught:
        validate(frame, "achievement", "some file")
    assert "table achievement" in str(caught.value)
    if "kind" not in match:
        assert str(caught.value).startswith("some file: ")
        with pytest.raises(DataError, match="row 12, column"):
            validate(frame, "achievement", "some file", rows=[11, 12])


@pytest.mark.parametrize(
    "cell", [{"proficient_pct": None}, {"proficient_pct": 0.0}, {"proficient_pct": 100.0}]
)
def test_allowed_cell(cell):
    assert len(validate(pd.DataFrame([RESULT | cell]), "achievement")) == 1


def test_repeated_key():
    with pytest.raises(
        DataError, match=r"2 rows share a key, the first .*'0015'.*one row is allowed"
    ):
        validate(pd.DataFrame([RESULT, RESULT | {"proficient_pct": 1.0}]), "achievement")
    other_grade = [RESULT, RESULT | {"grade": "05"}]
    assert len(validate(pd.DataFrame(other_grade), "achievement")) == 2


def test_undeclared_column():
    with pytest.raises(UsageError, match="achievement has no column 'colour'"):
        validate(pd.DataFrame([RESULT | {"colour": "red"}]), "achievement")
