"""Change of the same schools: against R, against a regression with school effects, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from frames import SHARES, panel
from golden_change import DATA, SETTINGS, TOLERANCE, WEIGHTS, assert_agrees, expected
from golden_change import SHARES as GOLDEN_SHARES

from autonomy_stats import estimate_effects, load_panel
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.change import changes_by_type, estimate_change
from autonomy_stats.models.inference import cluster_robust

# Sums of some hundred floats, and the inverse of their cross-products.
ROUNDING = 1e-9

# How far apart CR2 of changes and CR2 of results with school effects lie where a pair's weights
# differ: two working models, not rounding. Measured 0.0102 for the golden data.
WORKING_MODELS = 0.011

VARIANTS = {
    "change": ({"controls": GOLDEN_SHARES}, {}),
    "change_raw": ({"controls": []}, {}),
    "change_apart": ({"controls": GOLDEN_SHARES, "type_changes": "apart"}, {}),
    "change_alike": (
        {"controls": [], "first_year_controls": ["low_income_pct"]},
        {"low_income_pct_first": "low_income_pct_level"},
    ),
}


@pytest.mark.parametrize(("setting", "working"), SETTINGS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_agrees_with_r(variant, setting, working):
    options, names = VARIANTS[variant]
    options = {**options, "weights": WEIGHTS[setting], "working": working}
    fit = estimate_change(DATA, "proficient_pct", **options)
    assert_agrees(fit, variant, setting, working, names)


@pytest.mark.parametrize(("setting", "working"), SETTINGS)
def test_is_the_regression_with_school_effects(setting, working):
    """R fits both years with an indicator of each school, subject and grade."""
    options = {"controls": GOLDEN_SHARES, "weights": WEIGHTS[setting], "working": working}
    fit = estimate_change(DATA, "proficient_pct", **options)
    wanted = expected("stacked", setting, working)
    found = fit.coefficients.set_index("term").loc[wanted.index]
    np.testing.assert_allclose(found["estimate"], wanted["estimate"], rtol=TOLERANCE)
    tolerance = TOLERANCE if setting == "unweighted" else WORKING_MODELS
    np.testing.assert_allclose(found["std_error"], wanted["std_error"], rtol=tolerance)
    if setting == "unweighted":
        np.testing.assert_allclose(found["df"], wanted["df"], rtol=TOLERANCE)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    schools = {"traditional": 20, "pilot": 8, "innovation": 4, "exam": 2}
    return panel(schools, years=(2016, 2017)).assign(level="elementary")


def by_type(fit) -> pd.DataFrame:
    return fit.effects.set_index("school_type")


def test_equal_weights_in_both_years_give_the_intervals_of_school_effects(frame):
    """CR2 of the stacked regression, its clusters' blocks singular, by the package's own."""
    rows = frame[frame["school_type"] != "exam"].reset_index(drop=True)
    unit = rows["school_id"] + rows["subject"] + rows["grade"]
    rows["n_tested"] = rows.groupby(unit)["n_tested"].transform("first")
    last = (rows["end_year"] == 2017).to_numpy(float)
    cells = pd.get_dummies(rows["subject"] + rows["grade"]).to_numpy(float) * last[:, None]
    kinds = pd.get_dummies(rows["school_type"])[["innovation", "pilot"]].to_numpy(float)
    matrix = np.hstack([pd.get_dummies(unit).to_numpy(float), cells, kinds * last[:, None]])
    weights = rows["n_tested"].to_numpy(float)
    stacked = sm.WLS(rows["proficient_pct"], matrix, weights=weights).fit(method="qr")
    for working in ("identity", "inverse_weights"):
        robust = cluster_robust(matrix, stacked.resid, rows["school_id"], weights, working=working)
        fit = estimate_change(rows, "proficient_pct", controls=[], working=working)
        found = by_type(fit).loc[["innovation", "pilot"]]
        errors = np.sqrt(np.diag(robust.vcov))[-2:]
        np.testing.assert_allclose(found["estimate"], stacked.params.to_numpy()[-2:], rtol=ROUNDING)
        np.testing.assert_allclose(found["std_error"], errors, rtol=ROUNDING)
        np.testing.assert_allclose(found["df"], robust.df[-2:], rtol=ROUNDING)


def test_recovers_the_truth_exactly(frame):
    """School levels, cells of years, slopes of shares and types, and no noise."""
    rng = np.random.default_rng(1)
    rows = frame.reset_index(drop=True)
    later = (rows["end_year"] == 2017).astype(float)
    for share in SHARES:
        rows[share] += later * rows["school_id"].map(
            dict(zip(rows["school_id"].unique(), rng.normal(0, 5, 34), strict=True))
        )
    unit = rows["school_id"] + rows["subject"] + rows["grade"]
    level = unit.map(dict(zip(unit.unique(), rng.normal(50, 10, unit.nunique()), strict=True)))
    cell = later * rows["grade"].astype(int) * np.where(rows["subject"] == "ela", 1.0, -1.0)
    truth = {"pilot": 4.0, "innovation": -2.5}
    slope = {share: rate for share, rate in zip(SHARES, (-0.3, 0.1, 0.5, -0.2), strict=True)}
    percent = level + cell + later * rows["school_type"].map(truth).fillna(0)
    rows["proficient_pct"] = percent + sum(rate * rows[share] for share, rate in slope.items())
    fit = estimate_change(rows, "proficient_pct")
    assert by_type(fit)["estimate"].dropna().to_dict() == pytest.approx({**truth, "traditional": 0})
    found = fit.coefficients.set_index("term")["estimate"][list(SHARES)].to_dict()
    assert found == pytest.approx(slope)
    assert fit.missing_controls == ("english_learner_pct", "disability_pct")
    assert fit.effects.set_index("school_type").loc["exam", "note"] == "left out of the comparison"


def test_raw_change_is_of_weighted_means(frame):
    one = frame[(frame["grade"] == "03") & (frame["subject"] == "ela")]
    fit = estimate_change(one, "proficient_pct", controls=[])
    wide = one.pivot(index="school_id", columns="end_year", values=["proficient_pct", "n_tested"])
    n = wide["n_tested"]
    weight = 2 / (1 / n[2016] + 1 / n[2017])
    change = wide["proficient_pct"][2017] - wide["proficient_pct"][2016]
    kinds = one.drop_duplicates("school_id").set_index("school_id")["school_type"]
    means = {
        kind: np.average(change[own], weights=weight[own])
        for kind, own in kinds.groupby(kinds).groups.items()
    }
    found = by_type(fit)
    assert found.loc["pilot", "estimate"] == pytest.approx(means["pilot"] - means["traditional"])
    assert found.loc["pilot", "n_students"] == n[2017][kinds == "pilot"].sum()
    table = changes_by_type(fit).set_index("school_type")
    assert table["change"].to_dict() == pytest.approx(
        {kind: means[kind] for kind in ("innovation", "pilot", "traditional")}
    )
    np.testing.assert_allclose(table["mean_last"] - table["mean_first"], table["change"])


# Which schools count


def small(**columns) -> pd.DataFrame:
    """One row a school and year: `b` was traditional first, `e` has closed, `f` is new."""
    first = {"a": 10.0, "b": 20.0, "c": 30.0, "d": 40.0, "e": 50.0}
    last = {"a": 45.0, "b": 24.0, "c": 30.0, "d": 40.0, "f": 50.0}
    rows = [
        {"school_id": school, "end_year": year, "proficient_pct": percent}
        for year, percents in ((2016, first), (2017, last))
        for school, percent in percents.items()
    ]
    pilots = {("a", 2016), ("a", 2017), ("b", 2017)}
    kinds = ["pilot" if (r["school_id"], r["end_year"]) in pilots else "traditional" for r in rows]
    return pd.DataFrame(rows).assign(school_type=kinds, n_tested=50, **columns)


@pytest.mark.parametrize(
    ("type_changes", "estimates", "words"),
    [
        ("last", {"pilot": 19.5, "traditional": 0.0}, "count by their type of 2017"),
        ("first", {"pilot": 35 - 4 / 3, "traditional": 0.0}, "count by their type of 2016"),
        (
            "apart",
            {"pilot": 35.0, "traditional": 0.0, "traditional to pilot": 4.0},
            "are types of their own",
        ),
        ("drop", {"pilot": 35.0, "traditional": 0.0}, "are left out"),
    ],
)
def test_schools_that_changed_type(type_changes, estimates, words):
    fit = estimate_change(small(), "proficient_pct", type_changes=type_changes)
    assert by_type(fit)["estimate"].dropna().to_dict() == pytest.approx(estimates)
    assert "1 from district schools to pilot schools; they " + words in "\n".join(fit.notes)
    if type_changes == "drop":
        assert by_type(fit).loc["changed type", "n_schools_before"] == 1


def test_schools_without_both_years_are_counted():
    fit = estimate_change(small(), "proficient_pct")
    assert fit.exclusions.to_dict("records") == [
        {
            "reason": "no proficient_pct_change",
            "school_type": "traditional",
            "n_schools": 2,
            "n_rows": 2,
        }
    ]
    assert fit.notes[0] == (
        "Change of the same schools from 2016 to 2017: 4 rows of 4 schools have percent proficient "
        "in both years; 1 in 2016 alone (all rows of 1 school); 1 in 2017 alone (all rows of 1 "
        "school)."
    )
    assert (
        estimate_change(
            pd.concat([small(), small().assign(school_id="g", school_type="exam").iloc[[0, 5]]]),
            "proficient_pct",
        ).notes[0]
        == fit.notes[0]
    )
    counts = by_type(fit)[["n_schools", "n_schools_before"]].to_dict("index")
    assert counts["traditional"] == {"n_schools": 2, "n_schools_before": 4}


def test_pairs_need_a_weight_in_both_years():
    rows = small()
    rows.loc[0, "n_tested"] = 0
    fit = estimate_change(rows, "proficient_pct")
    assert fit.exclusions["reason"].tolist() == [
        "no proficient_pct_change",
        "no n_tested_both_years",
    ]
    assert by_type(fit).loc["pilot", "estimate"] == pytest.approx(4)


def test_other_years_do_not_enter(frame):
    more = pd.concat([frame, frame.assign(end_year=2014, proficient_pct=0.0, series="Old")])
    one = estimate_change(frame, "proficient_pct")
    two = estimate_change(more, "proficient_pct", years=(2016, 2017))
    pd.testing.assert_frame_equal(one.effects, two.effects)


def test_reads_as_a_change(frame):
    fit = estimate_change(frame, "proficient_pct")
    text = repr(fit)
    assert text.startswith(
        "Change in percent proficient: differences from district schools whose composition "
        "changed alike"
    )
    assert "Shares are held equal as their changes" in text
    assert "regression to the mean" in text
    assert "Change not held equal, since no file gives it: share English learner" in text
    assert text.endswith("whose composition changed alike, not what attending one does.")
    bare = repr(estimate_change(frame, "proficient_pct", controls=[], weights=None))
    assert bare.splitlines()[0] == "Change in percent proficient: differences from district schools"
    assert "harmonic" not in bare


def test_what_stands_beside_is_of_changes_too(frame):
    fit = estimate_change(frame.assign(mean_score=frame["proficient_pct"] * 2), "proficient_pct")
    beside = fit.beside.set_index(["variation", "subset", "school_type"])["estimate"]
    raw = by_type(estimate_change(frame, "proficient_pct", controls=[]))["estimate"]
    assert beside["ladder", "raw", "pilot"] == pytest.approx(raw["pilot"])
    plain = by_type(estimate_change(frame, "proficient_pct", weights=None))["estimate"]
    assert beside["unweighted", "", "pilot"] == pytest.approx(plain["pilot"])
    score = by_type(fit)["estimate"]["pilot"] * 2
    assert beside["mean score", "points of the test", "pilot"] == pytest.approx(score)
    ela = estimate_change(frame[frame["subject"] == "ela"], "proficient_pct")
    assert beside["by subject", "ela", "pilot"] == pytest.approx(by_type(ela)["estimate"]["pilot"])


# What stops it

OLD_AND_NEW = {2016: "Old", 2017: "New"}


def test_a_break_stops_a_change_unless_absorbed(frame):
    rows = frame.assign(series=frame["end_year"].map(OLD_AND_NEW))
    with pytest.raises(EstimationError, match=r"'Old' \(2016\), 'New' \(2017\).*say that you mean"):
        estimate_change(rows, "proficient_pct")
    absorb = ("subject", "grade", "end_year", "series")
    meant = estimate_change(rows, "proficient_pct", absorb=absorb)
    same = estimate_change(frame, "proficient_pct")
    assert meant.absorbed == ("subject", "grade", "series")
    pd.testing.assert_frame_equal(meant.effects, same.effects)


def test_a_break_within_a_year_is_absorbed_as_pairs(frame):
    """Schools that moved to the other test are compared with such schools only."""
    moved = frame["school_id"].astype(int) % 2 == 0
    series = np.where(moved & (frame["end_year"] == 2017), "New", "Old")
    rows = frame.assign(series=series)
    rows["proficient_pct"] += 30.0 * (series == "New")
    absorb = ("subject", "grade", "end_year", "series")
    found = estimate_change(rows, "proficient_pct", absorb=absorb)
    plain = estimate_change(
        frame.assign(moved=np.where(moved, "moved", "stayed")),
        "proficient_pct",
        absorb=("subject", "grade", "end_year", "moved"),
    )
    np.testing.assert_allclose(found.effects["estimate"], plain.effects["estimate"])


def test_breaks_of_measures_and_definitions_stop_a_change(frame):
    year = frame["end_year"]
    with pytest.raises(EstimationError, match="growth measures"):
        estimate_change(frame.assign(measure=year.map(OLD_AND_NEW)), "proficient_pct")
    rows = frame.assign(low_income_definition=year.map(OLD_AND_NEW))
    with pytest.raises(EstimationError, match="definitions of low_income_pct"):
        estimate_change(rows, "proficient_pct")
    estimate_change(rows, "proficient_pct", controls=["black_pct"])


def test_a_share_of_one_year_alone(frame):
    gone = frame["school_type"].eq("pilot") & frame["end_year"].eq(2016)
    rows = frame.assign(asian_pct=frame["asian_pct"].mask(gone))
    with pytest.raises(EstimationError, match="'asian_pct' is missing for 8 of 8 schools"):
        estimate_change(rows, "proficient_pct")
    one_year = frame.assign(asian_pct=frame["asian_pct"].where(frame["end_year"] == 2017))
    assert "asian_pct" in estimate_change(one_year, "proficient_pct").missing_controls


REFUSALS = {
    "one year": (lambda f: f[f["end_year"] == 2016], {}, EstimationError, "needs two years"),
    "other grades": (
        lambda f: f[f["grade"] == "03"].assign(grade=f["end_year"].map({2016: "03", 2017: "all"})),
        {},
        EstimationError,
        r"same subject x grade: .*grade \['03'\] in 2016; grade \['all'\] in 2017.*grades='all'",
    ),
    "row twice": (
        lambda f: pd.concat([f, f.head(1).assign(assessment="Another")]),
        {},
        EstimationError,
        "1 rows stand twice: a school has one row a year",
    ),
    "two types a year": (
        lambda f: f.assign(school_type=np.where(f["grade"] == "03", "pilot", f["school_type"])),
        {},
        UsageError,
        r"has the types \['pilot', 'traditional'\] in 2016",
    ),
    "no school": (lambda f: f.drop(columns="school_id"), {}, UsageError, "no column 'school_id'"),
    "years": (lambda f: f, {"years": (2017, 2016)}, UsageError, "a first and a later spring year"),
    "absent year": (lambda f: f, {"years": (2015, 2017)}, UsageError, "no proficient_pct of 2015"),
    "type changes": (lambda f: f, {"type_changes": "none"}, UsageError, "must be one of"),
    "absorb": (lambda f: f, {"absorb": "grade"}, UsageError, "absorb is a sequence"),
    "controls": (lambda f: f, {"controls": "asian_pct"}, UsageError, "controls is a sequence"),
    "first-year text": (
        lambda f: f,
        {"first_year_controls": "asian_pct"},
        UsageError,
        "first_year_controls is a sequence",
    ),
    "first-year outcome": (
        lambda f: f,
        {"first_year_controls": ["proficient_pct"]},
        UsageError,
        "use models.value_added",
    ),
    "reference": (lambda f: f, {"reference": "none"}, EstimationError, "reference type 'none'"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refuses(frame, case):
    change, options, kind, words = REFUSALS[case]
    with pytest.raises(kind, match=words):
        estimate_change(change(frame), "proficient_pct", **{"cluster": "school_id", **options})


def test_changes_by_type_are_of_a_change_alone(frame):
    with pytest.raises(UsageError, match="a fit of estimate_change"):
        changes_by_type(estimate_effects(frame[frame["end_year"] == 2016], "proficient_pct"))


# The states' files

PASSING_BOTH = {"subjects": ["ela_and_math"], "grades": "all"}


@pytest.fixture(scope="module")
def indianapolis(raw_root) -> pd.DataFrame:
    return load_panel("indianapolis", [2016, 2017], raw=raw_root, **PASSING_BOTH).frame


def by_statsmodels(frame: pd.DataFrame, controls: tuple[str, ...] = ()) -> pd.Series:
    """Estimates of a regression of both years with an indicator of each row of a school."""
    rows = frame[frame["proficient_pct"].notna() & (frame["n_tested"] > 0)]
    rows = rows[~rows["school_type"].isin(["exam", "alternative", "unknown"])]
    unit = rows["school_id"] + " " + rows["subject"] + " " + rows["grade"]
    rows = rows[unit.groupby(unit).transform("size") == 2].assign(unit=unit)
    last = rows["end_year"] == 2017
    kinds = rows[last].drop_duplicates("school_id").set_index("school_id")["school_type"]
    types = pd.get_dummies(rows["school_id"].map(kinds)).drop(columns="traditional")
    parts = [
        pd.get_dummies(rows["unit"]),
        pd.get_dummies(rows["subject"] + rows["grade"]).mul(last, axis=0),
        rows[list(controls)],
        types.mul(last, axis=0),
    ]
    fit = sm.WLS(rows["proficient_pct"], pd.concat(parts, axis=1).astype(float), rows["n_tested"])
    return fit.fit(method="qr").params[types.columns]


@pytest.mark.real_data
def test_indianapolis_innovation_schools_rose_and_district_schools_fell(indianapolis):
    """The same eight schools as in Figure 10, which weighs each year by its own students."""
    fit = estimate_change(indianapolis, "proficient_pct", controls=[])
    own = changes_by_type(fit).set_index("school_type")
    found = by_type(fit)
    assert found["n_schools"].to_dict() == {
        "independent_charter": 26,
        "innovation_network": 8,
        "traditional": 50,
        "turnaround": 2,
        "unknown": 0,
    }
    schools = indianapolis[indianapolis["school_type"] == "innovation_network"]["school_id"]
    rows = indianapolis[indianapolis["school_id"].isin(schools)]
    wide = rows.pivot(index="school_id", columns="end_year", values=["proficient_pct", "n_tested"])
    n = wide["n_tested"].astype(float)
    change = wide["proficient_pct"][2017] - wide["proficient_pct"][2016]
    mean = np.average(change.astype(float), weights=1 / (1 / n[2016] + 1 / n[2017]))
    assert own.loc["innovation_network", "change"] == pytest.approx(mean)
    assert mean == pytest.approx(4.4, abs=0.05)  # 4.5 with each year's own students
    assert found.loc["innovation_network", "estimate"] == pytest.approx(
        mean - own.loc["traditional", "change"]
    )
    row = found.loc["innovation_network", ["estimate", "conf_low", "conf_high"]].tolist()
    assert row == pytest.approx([6.4, 1.8, 11.1], abs=0.05)
    expected = by_statsmodels(indianapolis)
    assert found.loc[expected.index, "estimate"].to_dict() == pytest.approx(expected.to_dict())
    assert "4 from district schools to innovation network schools" in "\n".join(fit.notes)


@pytest.mark.real_data
def test_indianapolis_lacks_the_poverty_of_one_school(indianapolis):
    with pytest.raises(EstimationError, match="'low_income_pct' is missing for 1 of 8 schools"):
        estimate_change(indianapolis, "proficient_pct")


@pytest.mark.real_data
def test_denver(raw_root):
    """No difference in change that the data could tell from none."""
    frame = load_panel("denver", [2016, 2017], raw=raw_root).frame
    fit = estimate_change(frame, "proficient_pct")
    found = by_type(fit)
    counts = found["n_schools"].to_dict()
    assert counts["independent_charter"] == 38
    assert counts["innovation"] == 34
    assert counts["traditional"] == 88
    assert fit.controls == ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct")
    expected = by_statsmodels(frame, fit.controls)
    assert found.loc[expected.index, "estimate"].to_dict() == pytest.approx(expected.to_dict())
    intervals = found[["estimate", "conf_low", "conf_high"]]
    assert intervals.loc["independent_charter"].tolist() == pytest.approx(
        [-2.0, -4.4, 0.4], abs=0.05
    )
    assert intervals.loc["innovation"].tolist() == pytest.approx([0.0, -2.8, 2.8], abs=0.05)
    assert "No school changed type" in "\n".join(fit.notes)
