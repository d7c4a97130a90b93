"""Estimates by others: sourced, on a named scale, and consistent in themselves."""

from __future__ import annotations

import pytest

import autonomy_stats as aus
from autonomy_stats.schema import SCHOOL_TYPES

ESTIMATES = aus.load_external_estimates().set_index("estimate_id", drop=False)
EACH = pytest.mark.parametrize("row", ESTIMATES.to_dict("records"), ids=lambda r: r["estimate_id"])
NORMAL_95 = 1.96
ROUNDED = 0.0005
"""Sources print three decimals."""


def given(value):
    return isinstance(value, str) or value == value


@EACH
def test_a_row_has_a_number_a_range_or_a_direction(row):
    number, low, high = row["estimate"], row["estimate_low"], row["estimate_high"]
    assert given(low) == given(high)
    assert (row["scale"] == "direction_only") == (not given(number) and not given(low))
    assert not (given(number) and given(low))
    if given(low):
        assert low < high
        assert low * high > 0
    shown = number if given(number) else low
    if given(shown):
        assert row["direction"] == ("+" if shown > 0 else "-")
    if row["direction"] == "0":
        assert row["stated_significance"] != "significant"


@EACH
def test_intervals_are_those_of_the_standard_errors(row):
    assert given(row["std_error"]) == given(row["conf_low"]) == given(row["conf_high"])
    if given(row["std_error"]):
        half = NORMAL_95 * row["std_error"]
        assert row["conf_low"] == pytest.approx(row["estimate"] - half, abs=ROUNDED * 1.01)
        assert row["conf_high"] == pytest.approx(row["estimate"] + half, abs=ROUNDED * 1.01)


@EACH
def test_sources_can_be_found(row):
    assert row["url"].startswith("http")
    assert any(
        part.isdigit() for part in row["citation"].replace("(", " ").replace(")", " ").split()
    )
    if row["verified"] == "quoted":
        assert "Abdulkadiroglu et al. 2016" in row["where_in_source"]


def test_types_and_claims_are_known():
    types = {part for cell in ESTIMATES["school_type"].dropna() for part in cell.split(";")}
    assert types <= set(SCHOOL_TYPES)
    claims = {part for cell in ESTIMATES["claims"].dropna() for part in cell.split(";")}
    known = aus.load_claims().set_index("claim_id")
    assert claims <= set(known.index)
    for row in ESTIMATES.dropna(subset=["claims", "school_type"]).to_dict("records"):
        place = known.loc[row["claims"], "place"]
        assert row["place"] in (place, "tennessee"), row["estimate_id"]
        named = known.loc[row["claims"], ["school_type", "comparison", "sign"]].str.cat(sep=";")
        assert set(row["school_type"].split(";")) & set(named.replace(">", ";").split(";"))


def test_nothing_remembered_is_there():
    text = ESTIMATES.to_csv().lower()
    assert "recall" not in text
    assert "remember" not in text


def test_every_city_of_the_report_has_some():
    cities = {"boston", "los_angeles", "memphis", "denver", "indianapolis"}
    assert cities <= set(ESTIMATES["place"])
    assert ESTIMATES["std_error"].notna().sum() == 21


def test_regressions_stand_beside_the_lotteries_of_the_same_tables():
    ols = ESTIMATES[ESTIMATES["method"] == "ols"]
    twins = ols[ols["place"] == "boston"]["estimate_id"].str.removesuffix("-ols")
    assert len(twins) == 8
    for twin in twins:
        one, other = ESTIMATES.loc[twin], ESTIMATES.loc[f"{twin}-ols"]
        assert one["method"].endswith("2sls")
        same = ["study", "model", "subject", "scale", "where_in_source"]
        assert one[same].equals(other[same])
