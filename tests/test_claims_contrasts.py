"""Which panel, fit and contrast each claim is held against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frames import panel

import autonomy_stats as aus
from autonomy_stats.claims import contrasts_of_claims, real_scorecard
from autonomy_stats.claims.changes import change_fit
from autonomy_stats.errors import DataError, MissingDataError
from autonomy_stats.models.contrasts import compare_pairs
from autonomy_stats.models.robustness import core_contrasts, specification_curve
from autonomy_stats.panel import Panel, store

COMMITTED = Path(__file__).parent.parent / "figures"
SOURCES = pd.DataFrame({"file": ["a.xlsx"], "layout": ["a"], "sha256": ["0"], "simulated": [False]})
TYPES = {"traditional": 14, "independent_charter": 8, "innovation": 7}
CLAIMS = aus.load_claims().set_index("claim_id", drop=False)


def held(frame, **changed):
    """Return a panel of a frame."""
    return Panel(frame.assign(**({"simulated": False} | changed)), pd.DataFrame(), SOURCES)


@pytest.fixture
def at_hand(monkeypatch):
    """Let only some panels be at hand, by place and years; return what was asked for."""
    panels, asked = {}, []

    def build(place, end_years, *, raw=None, **options):
        asked.append((place, tuple(end_years), options.get("table", "achievement")))
        found = panels.get((place, tuple(end_years)))
        if found is None or options.get("table"):
            raise MissingDataError("no raw file")
        if isinstance(found, Exception):
            raise found
        return found, ()

    monkeypatch.setattr(store, "put_together", build)
    panels["asked"] = asked
    return panels


def denver(**options):
    frame = panel(TYPES, gaps={"independent_charter": 20.0}, **options)
    return frame.assign(assessment="CMAS (PARCC)")


def contrasts(*claims):
    return contrasts_of_claims(CLAIMS.loc[list(claims)])


def test_the_reports_own_years_come_first(at_hand):
    at_hand["denver", (2015, 2016)] = held(denver(years=(2015, 2016)))
    at_hand["denver", (2016,)] = held(denver())
    row = contrasts("DEN-P1").contrasts.iloc[0]
    assert (row["end_years"], row["same_test"], row["problem"]) == ("2015;2016", True, "")


def test_one_of_the_years_comes_next_and_then_another_year(at_hand):
    at_hand["denver", (2017,)] = held(denver(years=(2017,)))
    assert contrasts("DEN-P1").contrasts.iloc[0]["end_years"] == "2017"
    at_hand["denver", (2016,)] = held(denver())
    assert contrasts("DEN-P1").contrasts.iloc[0]["end_years"] == "2016"


def test_claims_of_the_same_results_share_a_fit(at_hand):
    at_hand["denver", (2015, 2016)] = held(denver(years=(2015, 2016)))
    made = contrasts("DEN-P1", "DEN-P2")
    assert at_hand["asked"] == [("denver", (2015, 2016), "achievement")]
    fit = aus.estimate_effects(at_hand["denver", (2015, 2016)].frame, "proficient_pct")
    expected = fit.effects.set_index("school_type").loc[["independent_charter", "innovation"]]
    for name in ("estimate", "std_error", "df"):
        np.testing.assert_allclose(made.contrasts[name], expected[name])
    assert made.contrasts["n_schools_a"].tolist() == [8, 7]
    assert made.contrasts["n_schools_b"].tolist() == [14, 14]
    assert made.contrasts["n_schools_reference"].tolist() == [14, 14]
    assert made.contrasts["coverage_pct_a"].between(80, 120).all()
    assert made.contrasts["coverage_pct_b"].isna().all()
    assert made.contrasts["missing_controls"].iloc[0] == "english_learner_pct disability_pct"
    frame = at_hand["denver", (2015, 2016)].frame
    rows = frame[frame["school_type"] == "traditional"]
    rate = np.average(rows["proficient_pct"], weights=rows["n_tested"])
    np.testing.assert_allclose(made.contrasts["reference_pct"], rate)


def test_results_of_a_few_schools_are_passed_over_and_said(at_hand):
    """Nine traditional schools are not a district; a year of these two would be a part of them."""
    few = denver(years=(2015, 2016)).assign(
        school_type=lambda f: f["school_type"].where(f["school_id"] > "0005", "exam")
    )
    at_hand["denver", (2015, 2016)] = held(few)
    at_hand["denver", (2016,)] = held(denver())
    at_hand["denver", (2017,)] = held(denver(years=(2017,)))
    row = contrasts("DEN-P1").contrasts.iloc[0]
    assert row["end_years"] == "2017"
    assert "of 9 district schools only" in row["departure"]


def test_only_the_reports_test_is_taken_where_there_are_two(at_hand):
    frame = denver(years=(2015, 2016))
    other = frame.assign(grade="10", series="Another", assessment="Another", proficient_pct=50.0)
    at_hand["denver", (2015, 2016)] = held(pd.concat([frame, other], ignore_index=True))
    row = contrasts("DEN-P1").contrasts.iloc[0]
    assert (row["assessment"], row["same_test"]) == ("CMAS (PARCC)", True)


def test_another_test_is_told(at_hand):
    at_hand["boston", (2018,)] = held(panel({"traditional": 12, "pilot": 6}, years=(2018,)))
    row = contrasts("BOS-P3").contrasts.iloc[0]
    assert (row["assessment"], row["same_test"], row["end_years"]) == ("Test", False, "2018")


def test_simulated_panels_are_refused_with_the_reason(at_hand):
    at_hand["denver", (2015, 2016)] = held(denver(years=(2015, 2016)), simulated=True)
    made = contrasts("DEN-P1")
    assert made.contrasts["problem"].iloc[0].endswith("the files of these results are simulated")
    assert made.contrasts["estimate"].isna().all()
    assert made.specifications.empty
    at_hand["denver", (2016,)] = held(denver())  # a real one still serves
    assert contrasts("DEN-P1").contrasts["end_years"].iloc[0] == "2016"


def test_a_broken_file_is_the_reason(at_hand):
    at_hand["denver", (2015, 2016)] = DataError("x.xlsx, row 3: got 'a'")
    problem = contrasts("DEN-P1").contrasts["problem"].iloc[0]
    assert problem == "no results at hand: x.xlsx, row 3: got 'a'"


def test_an_outcome_of_another_kind_is_another_construct(at_hand):
    frame = panel({"traditional": 12, "izone": 6}, years=(2014,)).rename(
        columns={"proficient_pct": "mean_score"}
    )
    at_hand["memphis", (2014,)] = held(frame.assign(proficient_pct=np.nan))
    row = contrasts("MEM-P2").contrasts.iloc[0]
    assert (row["outcome"], row["unit"]) == ("mean_score", "points of the test")
    assert not row["same_construct"]


def test_a_type_that_is_not_there_is_the_reason(at_hand):
    at_hand["los_angeles", (2024,)] = held(panel({"traditional": 12, "pilot": 6}, years=(2024,)))
    rows = contrasts("LA-P1").contrasts.set_index("type_b")
    assert (rows["problem"] == "charter schools: none among the results").all()


def test_core_specifications_of_what_enters_the_tally_only(at_hand):
    at_hand["denver", (2015, 2016)] = held(denver(years=(2015, 2016)))
    at_hand["boston", (2018,)] = held(panel({"traditional": 12, "pilot": 6}, years=(2018,)))
    found = contrasts("DEN-P1", "BOS-P3").specifications
    assert set(found["claim_id"]) == {"DEN-P1"}
    names = found["specification"].tolist()
    assert names[0] == "as asked"
    assert {"weights: none", "unit: schools", "controls: all and squares"} <= {*names}
    assert not any("controls: none" in name or "subject" in name for name in names)
    assert len(set(names)) == len(names)


def test_core_specifications_are_those_of_the_curve():
    fit = aus.estimate_effects(denver(), "proficient_pct")
    pairs = [("innovation", "traditional"), ("independent_charter", "innovation")]
    found = core_contrasts(fit, [*pairs, ("pilot", "traditional")])
    curve = specification_curve(denver(), draws=0)
    own = curve.estimates.query("school_type == 'innovation'")
    one = found.query("type_a == 'innovation'")
    for name in ("estimate", "std_error", "df"):
        np.testing.assert_allclose(one[name], own[name], rtol=1e-9)
    (other,) = found[
        found["specification"].eq("unit: schools") & found["type_a"].eq("independent_charter")
    ].to_dict("records")
    number = own.query("unit == 'schools' and weights == 'students'")["specification"].iloc[0]
    expected = curve.fit(int(number)).compare(*pairs[1]).iloc[0]
    for name in ("estimate", "std_error", "df"):
        assert other[name] == pytest.approx(expected[name], rel=1e-9)
    assert (other["n_schools_a"], other["n_schools_b"]) == (8, 7)
    assert found["n_schools_reference"].eq(14).all()
    lost = found.query("type_a == 'pilot'")
    assert lost["problem"].eq("pilot schools: none among the results").all()


def test_pairs_are_compared_as_one_by_one():
    fit = aus.estimate_effects(denver(), "proficient_pct")
    pairs = [("innovation", "independent_charter"), ("innovation", "traditional")]
    expected = pd.concat([fit.compare(*pair) for pair in pairs], ignore_index=True)
    pd.testing.assert_frame_equal(compare_pairs(fit, pairs), expected)
    assert compare_pairs(fit, []).empty
    with pytest.raises(aus.AutonomyStatsError, match="both sides"):
        compare_pairs(fit, [("innovation", "innovation")])


def test_the_change_is_of_disjoint_groups():
    """Made so that innovation schools gain 6, the district loses 2, charters gain 1, others 0."""
    gains = {"5385": -2.0, "9000": 1.0, "0001": 0.0}
    rows = []
    for number in range(24):
        district = ("5385", "9000", "0001")[number % 3]
        kind = {"5385": "traditional", "9000": "independent_charter", "0001": "unknown"}[district]
        if number < 12 and district == "5385":
            kind = "innovation_network"
        for year in (2016, 2017):
            gain = 6.0 if kind == "innovation_network" else gains[district]
            rows.append(
                {"school_id": f"{number:04d}", "district_id": district, "end_year": year,
                 "subject": "ela_and_math", "grade": "all", "series": "ISTEP+", "n_tested": 50.0,
                 "proficient_pct": 30.0 + number + gain * (year == 2017), "school_type": kind}
            )  # fmt: skip
    state = pd.DataFrame(rows)
    # Only in the last year are they innovation schools, and so in both for the comparison.
    first = (state["end_year"] == 2016) & (state["school_type"] == "innovation_network")
    city = state.assign(school_type=state["school_type"].mask(first, "traditional"))
    fit = change_fit(city[city["district_id"] != "0001"], state)
    effects = fit.effects.set_index("school_type")
    assert effects["estimate"].round(6).to_dict() == {
        "district": -2.0,
        "independent_charter": 1.0,
        "innovation_network": 6.0,
        "state": 0.0,
    }
    assert effects["n_schools"].to_dict() == {
        "district": 4,
        "independent_charter": 8,
        "innovation_network": 4,
        "state": 8,
    }


@pytest.mark.real_data
def test_the_real_scorecard(raw_root):
    """Denver's proficiency is of the report's test; all else is of another year, or can't be told.

    The numbers of Denver are those of Figure 6.
    """
    made = real_scorecard(raw_root)
    table = made.table.set_index("claim_id")
    graded = table[table["grade"] != ""]
    assert graded.loc[graded["grade"] != "C", "grade"].to_dict() == {"DEN-P1": "B", "DEN-P2": "B"}
    assert graded.loc[graded["grade"] == "C", "bears_on"].all()
    assert not made.sources["simulated"].any()
    rest = table[table["grade"] == ""]
    assert set(rest["verdict"]) == {"cannot be tested", "see its parts", "no claim"}
    assert rest["reason"].ne("").all()
    figure = pd.read_csv(COMMITTED / "fig06.csv").query("line == 'ELA and math'")
    figure = figure.set_index("school_type")
    for claim, kind, sign in (("DEN-P1", "independent_charter", 1), ("DEN-P2", "innovation", -1)):
        # Tolerance: the ten digits of the CSV.
        expected = sign * figure.loc[kind, "estimate"]
        assert table.loc[claim, "theta"] == pytest.approx(expected, rel=1e-9)
    committed = pd.read_csv(COMMITTED / "scorecard.csv", keep_default_na=False)
    assert made.table["verdict"].tolist() == committed["verdict"].tolist()
    assert made.table["reason"].tolist() == committed["reason"].tolist()
