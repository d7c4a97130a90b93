"""Value added of schools: against R, against plain regressions, and with known errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from frames import panel
from golden_change import DATA, SETTINGS, SHARES, TOLERANCE, WEIGHTS, assert_agrees, expected

from autonomy_stats import estimate_effects, load_panel
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.prior_error import prior_error
from autonomy_stats.models.value_added import estimate_value_added

PRIORS = ("same_cohort", "same_grade")
PRIOR = {"prior_proficient_pct": "prior"}


@pytest.mark.parametrize(("setting", "working"), SETTINGS)
@pytest.mark.parametrize("prior", PRIORS)
def test_agrees_with_r(prior, setting, working):
    options = {"controls": SHARES, "weights": WEIGHTS[setting], "working": working}
    fit = estimate_value_added(DATA, "proficient_pct", prior=prior, **options)
    assert_agrees(fit, prior, setting, working, PRIOR)


@pytest.mark.parametrize("setting", WEIGHTS)
@pytest.mark.parametrize("prior", PRIORS)
def test_error_of_the_prior_agrees_with_r(prior, setting):
    options = {"controls": SHARES, "weights": WEIGHTS[setting]}
    fit = estimate_value_added(DATA, "proficient_pct", prior=prior, **options)
    found = prior_error(fit).set_index("school_type")
    wanted = expected(prior, setting, "identity")["estimate"]
    assert found["reliability"].unique() == pytest.approx([wanted["reliability"]], rel=TOLERANCE)
    for kind in ("innovation", "pilot"):
        assert found.loc[kind, "prior_gap"] == pytest.approx(wanted[f"gap {kind}"], rel=TOLERANCE)
        corrected = found.loc[kind, "estimate_corrected"]
        assert corrected == pytest.approx(wanted[f"corrected {kind}"], rel=TOLERANCE)
    assert found.loc["traditional", ["prior_gap", "estimate_corrected"]].tolist() == [0, 0]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    schools = {"traditional": 20, "pilot": 8, "innovation": 4}
    return panel(schools, years=(2016, 2017)).assign(level="elementary")


def by_type(fit) -> pd.DataFrame:
    return fit.effects.set_index("school_type")


TRUTH = {"pilot": 3.0, "innovation": -2.0}


@pytest.mark.parametrize("prior", PRIORS)
def test_recovers_the_truth_exactly(frame, prior):
    """Results of 2017 made from those of 2016, with no noise."""
    rows = frame.set_index(["school_id", "subject", "grade"])
    first = rows[rows["end_year"] == 2016]
    last = rows[rows["end_year"] == 2017].copy()
    at = last.index.to_frame(index=False)
    if prior == "same_cohort":
        at["grade"] = (at["grade"].astype(int) - 1).map("{:02d}".format)
    before = first["proficient_pct"].reindex(pd.MultiIndex.from_frame(at)).to_numpy()
    effect = last["school_type"].map(TRUTH).fillna(0).to_numpy()
    last["proficient_pct"] = 10 + 0.7 * before + effect - 0.2 * last["black_pct"].to_numpy()
    last["proficient_pct"] = last["proficient_pct"].fillna(50.0)  # grade 3 has no grade below
    made = pd.concat([first, last]).reset_index()
    fit = estimate_value_added(made, "proficient_pct", prior=prior, controls=["black_pct"])
    assert by_type(fit)["estimate"].to_dict() == pytest.approx({**TRUTH, "traditional": 0})
    slopes = fit.coefficients.set_index("term")["estimate"]
    assert slopes["prior_proficient_pct"] == pytest.approx(0.7)
    lost = fit.exclusions["n_rows"].sum()
    assert lost == (64 if prior == "same_cohort" else 0)  # grade 3, two subjects, 32 schools


def test_prior_is_of_the_right_rows(frame):
    """The cohort's prior, by hand, in a plain regression."""
    first = frame[frame["end_year"] == 2016].assign(
        grade=lambda f: (f["grade"].astype(int) + 1).map("{:02d}".format)
    )
    key = ["school_id", "subject", "grade"]
    rows = frame[frame["end_year"] == 2017].merge(
        first[[*key, "proficient_pct"]].rename(columns={"proficient_pct": "prior"}), on=key
    )
    formula = (
        "proficient_pct ~ C(subject):C(grade) + black_pct + prior + "
        "C(school_type, Treatment('traditional'))"
    )
    plain = smf.wls(formula, rows, weights=rows["n_tested"]).fit()
    fit = estimate_value_added(frame, "proficient_pct", controls=["black_pct"])
    found = fit.coefficients.set_index("term")["estimate"]
    assert found["prior_proficient_pct"] == pytest.approx(plain.params["prior"])
    pilot = "C(school_type, Treatment('traditional'))[T.pilot]"
    assert found["pilot"] == pytest.approx(plain.params[pilot])
    assert fit.n_rows == len(rows) == 32 * 2 * 2


def test_several_years_are_pooled_within_years(frame):
    more = pd.concat([frame, frame[frame["end_year"] == 2016].assign(end_year=2015)])
    fit = estimate_value_added(more, "proficient_pct", prior="same_grade")
    one = estimate_value_added(more, "proficient_pct", prior="same_grade", end_years=[2017])
    assert (fit.n_rows, one.n_rows) == (2 * 192, 192)
    assert fit.absorbed == ("subject", "grade", "end_year")


def test_whose_type_and_how_many_have_no_prior(frame):
    rows = frame.copy()
    rows.loc[(rows["school_id"] == "0021") & (rows["end_year"] == 2016), "school_type"] = "exam"
    rows = rows[(rows["school_id"] != "0022") | (rows["end_year"] == 2017)]
    fit = estimate_value_added(rows, "proficient_pct")
    assert by_type(fit).loc["pilot", ["n_schools", "n_schools_before"]].tolist() == [7, 8]
    assert fit.notes[:2] == (
        "Prior: percent proficient of the school in the grade below of the year before. 124 rows "
        "have one, 68 have none (all rows of 1 school).",
        "1 school was of another type the year before; it counts by the later.",
    )
    lost = fit.exclusions.set_index("school_type")
    assert lost.loc["pilot", ["reason", "n_schools", "n_rows"]].tolist() == [
        "no proficient_pct_given_prior",
        1,
        20,
    ]


def test_reads_as_school_level_value_added(frame):
    fit = estimate_value_added(frame, "proficient_pct")
    text = repr(fit)
    assert text.startswith(
        "Percent proficient given the year before: differences from district schools of similar "
        "composition and results the year before"
    )
    assert "percent proficient in the year before, within subject x grade x end_year" in text
    assert "School level:" in text
    assert "measured with error" in text
    assert "Not held equal, since no file gives it: share English learner, with disab" in text
    assert fit.missing_controls == ("english_learner_pct", "disability_pct")


def test_what_stands_beside_keeps_the_prior(frame):
    fit = estimate_value_added(frame, "proficient_pct")
    beside = fit.beside.set_index(["variation", "subset", "school_type"])["estimate"]
    ela = estimate_value_added(frame[frame["subject"] == "ela"], "proficient_pct")
    assert beside["by subject", "ela", "pilot"] == pytest.approx(by_type(ela)["estimate"]["pilot"])


# Error of the prior


def made_with_error(error: float, schools: int = 3000) -> pd.DataFrame:
    """A school's true state, read twice in 2016 with chance, decides 2017; charters lie higher."""
    rng = np.random.default_rng(5)
    charter = np.arange(schools) % 3 == 0
    truth = rng.normal(40, 8, schools) + 10 * charter
    prior = truth + rng.normal(0, error, schools)
    last = 5 + 0.8 * truth + 2 * charter + rng.normal(0, 1, schools)
    rows = pd.DataFrame(
        {
            "school_id": [f"{n:05d}" for n in range(schools)],
            "school_type": np.where(charter, "charter", "traditional"),
            "grade": "all",
        }
    )
    return pd.concat(
        [
            rows.assign(end_year=2016, proficient_pct=prior),
            rows.assign(end_year=2017, proficient_pct=last),
        ]
    )


def test_correction_finds_the_truth_that_error_hides():
    """Of 3,000 schools; 0.25 is four standard errors of the corrected difference."""
    frame = made_with_error(error=6.0)
    fit = estimate_value_added(frame, "proficient_pct", prior="same_grade", controls=[])
    reliability = 8**2 / (8**2 + 6**2)
    found = prior_error(fit, reliability).set_index("school_type").loc["charter"]
    assert found["prior_slope"] == pytest.approx(0.8 * reliability, abs=0.02)
    assert found["estimate"] > 4
    assert found["estimate_corrected"] == pytest.approx(2, abs=0.25)


def test_binomial_error_gives_the_reliability():
    """Priors drawn from so many students."""
    rng = np.random.default_rng(8)
    frame = made_with_error(error=0.0)
    first = frame["end_year"] == 2016
    students = rng.integers(20, 80, int(first.sum()))
    percent = frame.loc[first, "proficient_pct"].clip(2, 98).to_numpy()
    variance = np.var(percent[np.arange(len(percent)) % 3 != 0])
    frame.loc[first, "proficient_pct"] = 100 * rng.binomial(students, percent / 100) / students
    frame = frame.assign(n_tested=np.tile(students, 2))
    options = {"prior": "same_grade", "controls": [], "weights": None}
    found = prior_error(estimate_value_added(frame, "proficient_pct", **options))
    chance = np.mean(percent * (100 - percent) / students)
    wanted = variance / (variance + chance)
    assert found["reliability"].iloc[0] == pytest.approx(wanted, abs=0.02)


def test_a_perfect_prior_needs_no_correction(frame):
    fit = estimate_value_added(frame, "proficient_pct")
    found = prior_error(fit, reliability=1.0)
    np.testing.assert_allclose(found["estimate_corrected"], found["estimate"])


def test_a_prior_of_nothing_but_error_has_no_correction(frame):
    """Schools that are alike, of ten students each."""
    rows = frame.assign(proficient_pct=50.0 + 0.01 * frame["proficient_pct"], n_tested=10.0)
    found = prior_error(estimate_value_added(rows, "proficient_pct")).set_index("school_type")
    assert found["reliability"].unique().tolist() == [0]
    assert np.isnan(found.loc["pilot", "estimate_corrected"])


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda f: f, {"reliability": 0}, r"must lie within \(0, 1\]"),
        (lambda f: f.drop(columns="n_tested"), {}, "can't be computed"),
        (
            lambda f: f.assign(n_tested=f["n_tested"].where(f["end_year"] == 2017, 1)),
            {},
            "128 of 128 priors are of one student",
        ),
    ],
)
def test_reliability_refuses(frame, change, options, words):
    fit = estimate_value_added(change(frame), "proficient_pct")
    with pytest.raises(UsageError, match=words):
        prior_error(fit, **options)


def test_reliability_of_a_fit_of_another_kind(frame):
    with pytest.raises(UsageError, match="a fit of estimate_value_added"):
        prior_error(estimate_effects(frame[frame["end_year"] == 2016], "proficient_pct"))


# What stops it

REFUSALS = {
    "prior": (lambda f: f, {"prior": "grade"}, UsageError, "prior must be one of"),
    "absorb": (lambda f: f, {"absorb": "grade"}, UsageError, "absorb is a sequence"),
    "end years": (lambda f: f, {"end_years": 2017}, UsageError, "end_years is a sequence"),
    "absent year": (lambda f: f, {"end_years": [2016]}, UsageError, r"2016 and of the year before"),
    "one year": (lambda f: f[f["end_year"] == 2016], {}, EstimationError, "two years in a row"),
    "a year between": (
        lambda f: f.assign(end_year=f["end_year"].replace(2016, 2015)),
        {},
        EstimationError,
        r"two years in a row; there are \[2015, 2017\]",
    ),
    "all grades": (
        lambda f: f[f["grade"] == "03"].assign(grade="all"),
        {},
        UsageError,
        "needs numbered grades",
    ),
    "one grade": (
        lambda f: f[f["grade"] == "03"],
        {},
        EstimationError,
        "no school has proficient_pct of the grade below in the year before",
    ),
    "row twice": (
        lambda f: pd.concat([f, f[f["end_year"] == 2016].head(1).assign(assessment="Another")]),
        {},
        EstimationError,
        "1 rows stand twice",
    ),
    "series": (
        lambda f: f.assign(series=f["end_year"].map({2016: "Old", 2017: "New"})),
        {},
        EstimationError,
        r"'Old' \(2016\), 'New' \(2017\)",
    ),
    "measure": (
        lambda f: f.assign(measure=f["end_year"].map({2016: "Old", 2017: "New"})),
        {},
        EstimationError,
        "growth measures",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refuses(frame, case):
    change, options, kind, words = REFUSALS[case]
    with pytest.raises(kind, match=words):
        estimate_value_added(change(frame), "proficient_pct", **options)


def test_a_break_may_be_absorbed(frame):
    rows = frame.assign(series=frame["end_year"].map({2016: "Old", 2017: "New"}))
    absorb = ("subject", "grade", "end_year", "series")
    meant = estimate_value_added(rows, "proficient_pct", absorb=absorb)
    same = estimate_value_added(frame, "proficient_pct")
    pd.testing.assert_frame_equal(meant.effects, same.effects)


# The states' files


def plainly(frame: pd.DataFrame, controls: tuple[str, ...]) -> pd.Series:
    """The same regression by statsmodels, the prior merged by hand."""
    first = frame[frame["end_year"] == 2016]
    first = first.assign(grade=(first["grade"].astype(int) + 1).map("{:02d}".format))
    key = ["school_id", "subject", "grade"]
    rows = frame[frame["end_year"] == 2017].merge(
        first[[*key, "proficient_pct"]].rename(columns={"proficient_pct": "prior"}), on=key
    )
    rows = rows[~rows["school_type"].isin(["exam", "alternative", "unknown"])]
    rows = rows.dropna(subset=["proficient_pct", "prior", "n_tested", *controls])
    rows = rows.astype({name: float for name in ("proficient_pct", "prior", *controls)})
    rows["cell"] = rows["subject"] + rows["grade"]
    formula = (
        f"proficient_pct ~ cell + {' + '.join(controls)} + prior + "
        "C(school_type, Treatment('traditional'))"
    )
    fit = smf.wls(formula, rows, weights=rows["n_tested"].astype(float)).fit()
    names = {name: name.partition("[T.")[2].rstrip("]") or name for name in fit.params.index}
    return fit.params.rename(names)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        (
            "indianapolis",
            {
                "innovation_network": (8, [7.0, 1.7, 12.3]),
                "independent_charter": (25, [4.0, -0.5, 8.5]),
            },
        ),
        (
            "denver",
            {
                "innovation": (29, [-0.2, -3.3, 2.8]),
                "independent_charter": (29, [0.8, -1.9, 3.5]),
            },
        ),
    ],
)
def test_two_cities(raw_root, place, kinds):
    frame = load_panel(place, [2016, 2017], raw=raw_root).frame
    fit = estimate_value_added(frame, "proficient_pct")
    wanted = plainly(frame, fit.controls[:-1])
    found = by_type(fit)
    for kind, (schools, interval) in kinds.items():
        assert found.loc[kind, "n_schools"] == schools
        shown = found.loc[kind, ["estimate", "conf_low", "conf_high"]].tolist()
        assert shown == pytest.approx(interval, abs=0.05)
        assert shown[0] == pytest.approx(wanted[kind])
    slope = fit.coefficients.set_index("term")["estimate"]["prior_proficient_pct"]
    assert slope == pytest.approx(wanted["prior"])
    assert 0.6 < slope < 0.8
    assert 0.7 < prior_error(fit)["reliability"].iloc[0] < 0.95


@pytest.mark.real_data
def test_all_grades_together_have_no_cohort(raw_root):
    options = {"subjects": ["ela_and_math"], "grades": "all"}
    frame = load_panel("indianapolis", [2016, 2017], raw=raw_root, **options).frame
    with pytest.raises(UsageError, match="needs numbered grades"):
        estimate_value_added(frame, "proficient_pct")
    fit = estimate_value_added(frame, "proficient_pct", prior="same_grade")
    assert by_type(fit).loc["innovation_network", "n_schools"] == 8
