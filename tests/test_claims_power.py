"""Findings of no difference beside what a comparison could have shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from autonomy_stats.errors import UsageError
from autonomy_stats.facts import load_claims
from autonomy_stats.models.detectable import noncentrality
from autonomy_stats.simulate.claims_power import claims_power


def designs(*rows):
    columns = ["place", "design", "outcome", "school_type", "df", "expected_std_error", "note"]
    frame = pd.DataFrame(rows, columns=columns)
    distance = [noncentrality(df) for df in frame["df"]]
    frame["expected_detectable"] = distance * frame["expected_std_error"]
    return frame.assign(n_schools=6, detectable=frame["expected_detectable"] + 1)


def claim(claim_id, school_type, outcome="growth", **changed):
    plain = {"place": "boston", "comparison": "traditional", "kind": "null", "is_composite": "no"}
    return {"claim_id": claim_id, "school_type": school_type, "outcome": outcome} | plain | changed


DESIGNS = designs(
    ("boston", "growth", "value", "pilot", 10.0, 2.0, ""),
    ("boston", "growth", "value", "turnaround", 2.0, 4.0, "too few to judge"),
    ("boston", "growth", "value", "innovation", 8.0, 3.5, ""),
    ("boston", "growth", "value", "horace_mann", np.nan, np.nan, "one school: no interval"),
    ("boston", "percents", "proficient_pct", "pilot", 10.0, 3.0, ""),
    ("memphis", "scores", "mean_score", "izone", 10.0, 1.5, ""),
)


def found(*claims, **options):
    return claims_power(DESIGNS, pd.DataFrame(claims), **options).set_index("school_type")


def test_power_and_its_reading():
    rows = found(claim("A", "pilot;turnaround;innovation"))
    assert rows["reading"].to_dict() == {
        "pilot": "would have shown it",
        "turnaround": "could hardly have shown it",
        "innovation": "might have missed it",
    }
    assert rows.loc["turnaround", "note"] == "too few to judge"
    size = rows.loc["innovation", "expected_detectable"]
    at = found(claim("A", "innovation"), size=size)
    assert at.loc["innovation", "power"] == pytest.approx(0.8)


def test_the_nearest_outcome():
    rows = found(
        claim("A", "pilot", "proficient_pct"),
        claim("B", "izone", "proficient_pct", place="memphis"),
    )
    assert rows["design"].to_dict() == {"pilot": "percents", "izone": "scores"}


@pytest.mark.parametrize(
    ("one", "note"),
    [
        (claim("A", "izone", place="memphis"), "no file at hand has growth of this place"),
        (claim("A", "esbmm"), "the design at hand has no school of the type"),
        (claim("A", "horace_mann"), "one school: no interval"),
        (
            claim("A", "pilot", comparison="independent_charter"),
            "compared with independent_charter, not with traditional schools",
        ),
    ],
)
def test_what_no_design_speaks_to_is_said(one, note):
    (row,) = found(one).to_dict("records")
    assert row["note"] == note
    assert row["reading"] == ""
    assert np.isnan(row["power"])


def test_only_findings_of_no_difference():
    rows = found(claim("A", "pilot", kind="directional"), claim("B", "pilot", is_composite="yes"))
    assert rows.empty


def test_every_null_claim_of_the_report_has_its_rows():
    claims = load_claims()
    null = claims[claims["kind"] == "null"]
    rows = claims_power(DESIGNS, claims)
    assert list(rows["claim_id"].unique()) == null["claim_id"].tolist()
    assert len(rows) == null["school_type"].str.split(";").str.len().sum()
    assert ((rows["reading"] != "") | (rows["note"] != "")).all()


def test_refusals():
    with pytest.raises(UsageError, match="size must be above 0"):
        found(claim("A", "pilot"), size=0.0)
    with pytest.raises(UsageError, match="no column 'design'"):
        claims_power(DESIGNS.drop(columns="design"), pd.DataFrame([claim("A", "pilot")]))
