"""Figures of several cities: every number is a model's own, and no city's absence stops them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import SHARES, panel
from pages import problems

import autonomy_stats as aus
from autonomy_stats.errors import EstimationError, MissingDataError
from autonomy_stats.figures import cities, composition, fig01, fig06, ladder, levels, rank
from autonomy_stats.figures.agreement import apart, sentence
from autonomy_stats.figures.alternative import alternative_text
from autonomy_stats.figures.base import Need, panel_needs
from autonomy_stats.figures.estimates import estimates
from autonomy_stats.figures.intervals import signed
from autonomy_stats.figures.rows import judged_limits
from autonomy_stats.models.interacted import by_part, parts_agree
from autonomy_stats.models.partial_residuals import partial_residuals, reference_mean
from autonomy_stats.models.pooled import pool
from autonomy_stats.models.rank_change import rank_change
from autonomy_stats.models.standardize import to_student_sd
from autonomy_stats.models.state_rank import state_ranks
from autonomy_stats.panel import Panel, store
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.study_panels import load_panels

TYPES = {"traditional": 18, "independent_charter": 8, "pilot": 6, "horace_mann": 4, "exam": 2}
GRADES = ("05", "06")
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high"]
MODULES = (composition, ladder, levels, cities, rank)
EVERY = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.FIGURE_ID)
HOSTILE = "<b>$1$</b> & sons of a name that goes on for longer than any column is wide"


def town(place: str, seed: int = 0, **kwargs) -> pd.DataFrame:
    frame = panel(TYPES, seed=seed, grades=GRADES, gaps={"pilot": 5.0}, **kwargs)
    return frame.assign(
        place=place,
        level=frame["grade"].map({"05": "elementary", "06": "middle"}),
        mean_score=frame["proficient_pct"] + 5,
        low_income_definition="free or reduced-price lunch: by form",
        operator="",
    )


@pytest.fixture(scope="module")
def inputs() -> dict[str, pd.DataFrame]:
    """Return what the figures are drawn from: Boston and Memphis, the latter of mean scores."""
    boston = town("boston", years=(2016, 2017))
    memphis = town("memphis", seed=3).assign(assessment="TCAP, mean NCE of three years")
    memphis = memphis.assign(proficient_pct=np.nan)
    others = panel({"unknown": 60}, years=(2016, 2017), grades=GRADES, first_id=300, seed=5)
    level = others["grade"].map({"05": "elementary", "06": "middle"})
    return {
        "boston": boston,
        "memphis": memphis,
        "massachusetts": pd.concat([boston, others.assign(level=level)], ignore_index=True),
        "external_estimates": aus.load_external_estimates(),
    }


@pytest.fixture(scope="module")
def fit(inputs):
    return aus.estimate_effects(inputs["boston"], "proficient_pct")


@pytest.fixture(scope="module")
def frames(inputs) -> dict[str, pd.DataFrame]:
    return {module.FIGURE_ID: module.data(inputs) for module in MODULES}


def of_city(frame: pd.DataFrame, place: str = "boston") -> pd.DataFrame:
    return frame[(frame["place"] == place) & frame["school_type"].notna()]


def assert_same(found: pd.DataFrame, effects: pd.DataFrame, columns=NUMBERS) -> None:
    expected = effects.set_index("school_type").loc[found["school_type"], columns]
    pd.testing.assert_frame_equal(
        found.set_index("school_type")[columns].astype(float), expected.astype(float), rtol=1e-8
    )


# All of them


@EVERY
def test_absent_cities_are_named_and_stop_nothing(module, frames):
    frame = frames[module.FIGURE_ID]
    absent = frame[frame["place"].eq("denver")]
    assert absent["note"].str.startswith("no raw file at hand: Colorado").tolist() == [True]
    assert absent["school_type"].isna().all()
    caption = module.caption(frame)
    assert "Boston: Test, spring 2016 and 2017" in caption
    assert "Not shown: " in caption
    assert "Denver (no raw file at hand)" in caption
    assert "effect" not in caption
    assert problems(module.draw(frame)) == []


def test_the_whole_ladder_is_the_default_estimate(frames, fit):
    rows = ladder.estimates(frames["ladder"])
    whole = rows[(rows["line"] == "default") & (rows["place"] == "boston")]
    assert set(whole["controls"]) == {" ".join(fit.controls)}
    assert_same(whole, fit.effects)
    assert rows["line"].str.startswith("ladder: ").any()


@EVERY
def test_rows_of_cities_may_be_made_apart(module, inputs, frames):
    rows = {}
    for own in (["boston", "massachusetts"], ["memphis"]):
        rows |= module.cities({name: inputs[name] for name in own})
    made = module.data(inputs | rows)
    pd.testing.assert_frame_equal(made, frames[module.FIGURE_ID], check_exact=True)
    marked = {name: frame.assign(simulated=True) for name, frame in inputs.items()}
    assert module.data(inputs | module.cities(marked))["simulated"].all()


@EVERY
def test_what_is_read_from_the_csv_is_told_and_drawn_alike(module, frames, tmp_path):
    frame = frames[module.FIGURE_ID]
    frame.to_csv(tmp_path / "figure.csv", index=False)
    read = pd.read_csv(tmp_path / "figure.csv")
    assert module.caption(read) == module.caption(frame)
    assert alternative_text(module, read) == alternative_text(module, frame)
    assert problems(module.draw(read)) == []


@EVERY
def test_names_of_any_length_and_letter_fit(module, inputs):
    changed = {
        name: frame.assign(school_type=frame["school_type"].replace("horace_mann", HOSTILE))
        for name, frame in inputs.items()
        if name != "memphis"
    }
    assert problems(module.draw(module.data(changed))) == []


@EVERY
def test_words_have_no_gap(module, frames):
    text = alternative_text(module, frames[module.FIGURE_ID])
    assert text.startswith(module.TITLE)
    assert "nan" not in text.lower().replace("finan", "")
    assert "Boston" in text


@EVERY
def test_all_panels_are_optional(module):
    assert all(need.optional for need in panel_needs(module))


# The schools behind each estimate


def test_a_types_mean_distance_from_the_line_is_its_estimate(frames, fit):
    rows = of_city(frames["composition"])
    schools, types = (rows[rows["kind"] == kind] for kind in ("school", "type"))
    assert len(schools) == sum(count for name, count in TYPES.items() if name != "exam")
    assert_same(types, fit.effects)
    line = types.iloc[0]
    distance = schools["adjusted"] - line["level"] - line["slope"] * schools["low_income_from_mean"]
    weight = schools["school_id"].map(
        partial_residuals(fit).schools.set_index("school_id")["weight"]
    )
    for name, own in distance.groupby(schools["school_type"]):
        mean = np.average(own, weights=weight[own.index])
        assert mean == pytest.approx(types.set_index("school_type")["estimate"][name], abs=1e-9)


def test_adjusted_results_are_outcomes_less_what_the_others_add(inputs, fit):
    found = partial_residuals(fit)
    rows = inputs["boston"][inputs["boston"]["school_type"] != "exam"]
    slopes = fit.coefficients.set_index("term")["estimate"]
    assert found.slope == slopes["low_income_pct"]
    # Of two schools, what cells add cancels: the tests weigh them alike.
    even = rows.assign(n_tested=1.0)
    fitted = aus.estimate_effects(even, "proficient_pct")
    schools = partial_residuals(fitted).schools.set_index("school_id")["adjusted"]
    slopes = fitted.coefficients.set_index("term")["estimate"]
    means = even.groupby("school_id")[["proficient_pct", *SHARES]].mean()
    others = [share for share in SHARES if share != "low_income_pct"]
    left = means["proficient_pct"] - means[others] @ slopes[others]
    np.testing.assert_allclose(schools - schools.mean(), left - left.mean(), atol=1e-9)


def test_schools_of_a_type_without_a_column_are_not_those_of_the_reference(inputs):
    """A type alone in its grade is implied by the grade, and has no estimate."""
    rows = inputs["boston"]
    alone = rows["school_type"] == "horace_mann"
    rows = rows.assign(grade=rows["grade"].where(~alone, "07"))
    fit = aus.estimate_effects(rows[~alone | (rows["subject"] == "ela")], "proficient_pct")
    noted = fit.effects.set_index("school_type")
    assert noted["note"]["horace_mann"].startswith("not identified")
    kinds = partial_residuals(fit).schools.groupby("school_type").size()
    assert kinds.to_dict() == noted.loc[noted["n_schools"] > 0, "n_schools"].to_dict()
    own = rows[rows["school_type"] == "traditional"]
    expected = np.average(own["proficient_pct"], weights=own["n_tested"])
    assert reference_mean(fit) == pytest.approx(expected)
    drawn = composition.cities({"boston": rows})["boston"]
    assert "horace_mann" not in set(drawn["school_type"])


@pytest.mark.parametrize("estimator", ["fractional_logit", "mixed"])
def test_partial_residuals_need_a_linear_fit(inputs, estimator):
    other = aus.estimate_effects(
        inputs["boston"],
        "proficient_pct",
        estimator=estimator,
        vcov="model" if estimator == "mixed" else "CR2",
    )
    with pytest.raises(aus.AutonomyStatsError, match="gives no linear fit"):
        partial_residuals(other)


def test_partial_residuals_need_a_share_of_the_fit(fit):
    with pytest.raises(aus.AutonomyStatsError, match="'english_learner_pct' is not held equal"):
        partial_residuals(fit, "english_learner_pct")


# The ladder


@pytest.mark.parametrize(
    ("step", "controls"),
    [
        ("raw", ()),
        ("+ race", SHARES[:3]),
        ("+ low income", SHARES),
        ("+ English learners", None),
        ("+ disability", None),
    ],
)
def test_each_step_is_the_fit_with_its_shares(inputs, frames, step, controls):
    frame = frames["ladder"]
    rows = of_city(frame)
    rows = rows[rows["step"] == step]
    assert set(rows["school_type"]) == set(TYPES) - {"exam"}
    if controls is None:
        assert rows["estimate"].isna().all()
        assert rows["note"].str.startswith("no file gives the share").all()
        return
    own = aus.estimate_effects(inputs["boston"], "proficient_pct", controls=controls)
    assert_same(rows, own.effects)


def test_steps_are_of_the_same_schools(inputs):
    boston = inputs["boston"]
    kinds = boston["school_type"].replace({"exam": "traditional", "pilot": "traditional"})
    share = boston["low_income_pct"].mask(boston["school_id"].eq("0001"))
    changed = boston.assign(school_type=kinds, low_income_pct=share)
    frame = of_city(ladder.data({"boston": changed})).dropna(subset="estimate")
    schools = frame[frame["school_type"] == "traditional"].set_index("step")["n_schools"]
    assert schools.to_dict() == dict.fromkeys(("raw", "+ race", "+ low income"), 18 + 6 + 2 - 1)


def test_the_table_of_estimates_has_each_step(frames):
    table = estimates({"ladder": frames["ladder"]})
    raw = table[(table["line"] == "ladder: raw") & (table["place"] == "boston")]
    assert set(raw["school_type"]) == {"independent_charter", "pilot", "horace_mann"}
    assert raw["n_schools_reference"].eq(TYPES["traditional"]).all()


# Levels


def test_levels_are_those_of_one_fit_with_its_test(inputs, frames, fit):
    rows = of_city(frames["levels"])
    split = by_part(inputs["boston"], "proficient_pct", "level", fit.controls, fit.asked.options)
    test = parts_agree(split)
    for level in ("elementary", "middle"):
        own = rows[rows["level"] == level]
        names = own.assign(school_type=own["school_type"] + f" in {level}")
        assert_same(names, split.effects)
        assert own["n_schools_reference"].eq(TYPES["traditional"]).all()
    assert rows["level_p_value"].iloc[0] == test.p_value
    assert rows["level_statistic"].iloc[0] == test.statistic
    assert f"p {test.p_value:.3f}" in alternative_text(levels, frames["levels"])


def test_a_city_without_levels_says_so(inputs):
    whole = inputs["boston"].query("grade == '05'").assign(grade="all", level=None)
    frame = levels.data({"boston": whole, "memphis": inputs["memphis"]})
    assert frame.set_index("place")["note"]["boston"] == "results of all grades together"
    assert "Boston (results of all grades together)" in levels.caption(frame)


# All cities


def test_cities_are_in_standard_deviations(inputs, frames, fit):
    frame = frames["cities"].set_index(["place", "kind", "school_type"])
    effects = fit.effects.set_index("school_type").loc["independent_charter"]
    own = inputs["boston"].query("school_type == 'traditional'")
    mean = np.average(own["proficient_pct"], weights=own["n_tested"])
    expected = to_student_sd(effects["estimate"], effects["std_error"], mean)
    row = frame.loc[("boston", "city", "independent_charter")]
    assert row["reference_mean"] == pytest.approx(mean)
    assert row["estimate"] == pytest.approx(expected.estimate)
    assert row["std_error"] == pytest.approx(expected.std_error)
    assert row["estimate_points"] == effects["estimate"]
    scores = aus.estimate_effects(inputs["memphis"], "mean_score").effects
    points = scores.set_index("school_type")["estimate"]["independent_charter"]
    row = frame.loc[("memphis", "city", "independent_charter")]
    assert row["estimate"] == pytest.approx(points / 21.06)


def test_autonomous_schools_of_a_city_are_one_type(inputs, frames):
    boston = inputs["boston"]
    both = boston["school_type"].replace({"pilot": "one", "horace_mann": "one"})
    effects = aus.estimate_effects(boston.assign(school_type=both), "proficient_pct").effects
    one = effects.set_index("school_type").loc["one"]
    frame = frames["cities"].set_index(["place", "kind", "school_type"])
    row = frame.loc[("boston", "city", "autonomous")]
    assert (row["estimate_points"], row["n_schools"]) == (pytest.approx(one["estimate"]), 10)
    types = frames["cities"].query("kind == 'type' and place == 'boston'")["school_type"]
    assert set(types) == {"pilot", "horace_mann"}


def test_the_mean_is_of_the_cities_that_can_be_judged(frames):
    frame = frames["cities"]
    for band in ("charters", "autonomous"):
        rows = frame[(frame["band"] == band) & (frame["kind"] == "city") & (frame["note"] == "")]
        row = frame[(frame["band"] == band) & (frame["kind"] == "pooled")].iloc[0]
        mean = pool(rows["estimate"], rows["std_error"])
        assert row["estimate"] == mean.estimate
        assert row["n_places"] == len(rows) == mean.n
        np.testing.assert_equal(row["conf_low"], mean.conf_low)
    few = rows["school_type"].eq("izone")
    assert not few.any()  # Memphis has none here: its pilots are no type of the city


def test_other_studies_are_chosen_by_columns_alone(inputs, frames):
    table = inputs["external_estimates"]
    chosen = [
        row["estimate_id"]
        for row in table.to_dict("records")
        if row["scale"] in ("student_sd", "student_sd_per_year")
        and row["comparison"] == "traditional"
        and row["estimate"] == row["estimate"]
        and row["method"] not in ("ols", "raw")
    ]
    frame = frames["cities"]
    rows = frame[frame["band"] == "other studies"]
    expected = table[table["estimate_id"].isin(chosen)]
    assert rows["estimate"].tolist() == expected["estimate"].tolist()
    caption = cities.caption(frame)
    assert f"{len(chosen)} of {len(table)} estimates by others" in caption
    assert len(estimates({"cities": frame})) == 0


def test_a_gap_beyond_every_rate_has_its_reason(inputs):
    """A linear fit may say that a type passes more than all: such a gap has no probit."""
    boston = inputs["boston"]
    high = boston["school_type"].isin(["independent_charter"])
    frame = boston.assign(proficient_pct=np.where(high, 99.0, 1 + boston["proficient_pct"] / 20))
    low = frame["low_income_pct"] + 40 * high
    found = cities.data(inputs | {"boston": frame.assign(low_income_pct=low)})
    row = found.query("place == 'boston' and band == 'charters'").iloc[0]
    if np.isnan(row["estimate"]):
        assert "the probit needs a rate" in row["note"]
    assert problems(cities.draw(found)) == []


# Ranks


def test_ranks_are_those_of_the_state(inputs, frames):
    frame = of_city(frames["rank"])
    ranks = state_ranks(inputs["massachusetts"])
    for name in ("rank_raw", "rank_adjusted"):
        expected = rank_change(ranks, inputs["boston"], rank=name)
        found = frame[frame["rank"] == name]
        for column in ("mean", "mean_conf_low", "estimate", "n_schools"):
            np.testing.assert_allclose(found[column].astype(float), expected[column].astype(float))
    assert frame["n_schools_state"].eq(60 + sum(TYPES.values())).all()


def test_a_spring_of_all_grades_is_ranked_within_subject(inputs):
    state, boston = inputs["massachusetts"], inputs["boston"]
    early = (state["end_year"] == 2016) & (state["grade"] == "05")
    later = state["end_year"] == 2017
    mixed = state[early | later]
    first = mixed["end_year"] == 2016
    mixed = mixed.assign(
        grade=mixed["grade"].mask(first, "all"), level=mixed["level"].mask(first, None)
    )
    frame = rank.data({"boston": boston, "massachusetts": mixed})
    assert of_city(frame)["within"].eq("subject").all()
    assert "Boston within subject only, since 2016 has all grades together" in rank.caption(frame)


def test_a_city_without_its_state_is_not_shown(inputs):
    frame = rank.data({"boston": inputs["boston"]})
    note = frame.set_index("place")["note"]["boston"]
    assert note == "no raw file at hand: results of all schools of the state"


@EVERY
def test_without_any_city_nothing_is_drawn(module, inputs):
    """A run then says so of this figure, and goes on."""
    places = {need.place for need in panel_needs(module)}
    bare = {name: frame.iloc[:1] for name, frame in inputs.items() if name in places}
    with pytest.raises(EstimationError, match="no city has such an estimate"):
        module.draw(module.data(inputs | bare))


def test_an_interval_that_ends_beyond_every_rate_is_drawn():
    row = {"estimate": 0.1, "conf_low": -np.inf, "conf_high": 0.4, "note": ""}
    frame = pd.DataFrame([row, {**row, "conf_low": -0.2}])
    low, high = judged_limits(frame)
    assert -0.3 < low < -0.2
    assert 0.4 < high < 0.5
    assert signed(row, 2) == "+0.10  [\N{MINUS SIGN}\N{INFINITY}, +0.40]"


# Whether subjects and levels agree


@pytest.mark.parametrize("part", ["subject", "level"])
def test_agreement_is_the_joint_test(inputs, fit, part):
    found = apart(fit, part)
    split = by_part(inputs["boston"], "proficient_pct", part, fit.controls, fit.asked.options)
    test = parts_agree(split)
    assert (found.statistic, found.df, found.p_value) == (
        test.statistic,
        test.df_residual,
        test.p_value,
    )
    frame = fig01.data({"boston": inputs["boston"]})
    assert frame[f"{part}_p_value"].iloc[0] == test.p_value
    assert sentence(frame.iloc[0], part) in fig01.caption(frame)


def test_levels_that_disagree_are_in_the_caption(inputs):
    boston = inputs["boston"]
    apart_by = 25 * (boston["level"].eq("middle") & boston["school_type"].eq("pilot"))
    frame = fig01.data(
        {"boston": boston.assign(proficient_pct=boston["proficient_pct"] + apart_by)}
    )
    caption = fig01.caption(frame)
    assert "The levels of school disagree (F " in caption
    assert "see the figure of levels" in caption


def test_figure_6_has_the_tests_of_its_first_row():
    types = {"traditional": 18, "independent_charter": 8, "innovation": 6}
    frame = panel(types, grades=GRADES).assign(mean_score=740.0, n_tested_status="reported")
    frame = frame.assign(level=frame["grade"].map({"05": "elementary", "06": "middle"}))
    found = fig06.data({"denver": frame, "denver_2017": frame.assign(end_year=2017)})
    default = aus.estimate_effects(frame, "proficient_pct")
    assert found["subject_p_value"].iloc[0] == pytest.approx(apart(default, "subject").p_value)
    assert found.loc[found["line"] != "ELA and math", "subject_p_value"].isna().all()
    assert sentence(found.iloc[0], "level") in fig06.caption(found)


def test_a_part_may_lose_more_schools_than_the_whole_and_says_so():
    """One of 30 charters lacks a share, which is one of the four with middle grades."""
    frame = panel({"traditional": 20, "independent_charter": 30}, grades=GRADES)
    frame = frame.assign(level=frame["grade"].map({"05": "elementary", "06": "middle"}))
    number = frame["school_id"].astype(int)
    frame = frame[(number <= 24) | (frame["level"] == "elementary")]
    lost = frame["school_id"].eq("0021")
    holed = frame.assign(low_income_pct=frame["low_income_pct"].mask(lost))
    fit = aus.estimate_effects(holed, "proficient_pct")
    arguments = ("proficient_pct", "level", fit.controls, fit.asked.options)
    found, whole = (by_part(rows, *arguments) for rows in (holed, frame[~lost]))
    notes = found.effects.set_index("school_type")["note"]
    assert (
        notes["independent_charter in middle"] == "too few to judge; 1 of 4 schools lack a control"
    )
    assert notes["independent_charter in elementary"] == ""
    assert found.effects["estimate"].equals(whole.effects["estimate"])
    assert parts_agree(found) == parts_agree(whole)


# What a run loads


def built(held: dict[str, pd.DataFrame], calls: list[str]):
    def build(place, end_years, **_):
        calls.append(place)
        if place not in held:
            raise MissingDataError(f"{place}: no raw file")
        return Panel(held[place], pd.DataFrame(), pd.DataFrame()), ()

    return build


def need(place: str, optional: bool = True) -> Need:
    return Need(place, place, (2016,), f"files of {place}", optional=optional)


def test_optional_panels_may_be_missing_but_not_all(inputs, monkeypatch):
    calls: list[str] = []
    monkeypatch.setattr(store, "put_together", built({"boston": inputs["boston"]}, calls))
    held = PanelStore()
    wanted = [need("boston"), need("denver")]
    assert list(load_panels(wanted, held)) == ["boston"]
    assert list(load_panels([*wanted, need("boston")], held)) == ["boston"]
    assert calls == ["boston", "denver"]  # each once
    with pytest.raises(MissingDataError, match=r"denver: no raw file memphis: no raw file"):
        load_panels([need("denver"), need("memphis")], held)
    with pytest.raises(MissingDataError, match="denver"):
        load_panels([need("boston"), need("denver", optional=False)], held)
    assert load_panels([], held) == {}


def test_limits_are_of_what_can_be_judged():
    wide = pd.DataFrame(
        {
            "estimate": [1.0, 2.0],
            "conf_low": [-90.0, -80.0],
            "conf_high": [90.0, 80.0],
            "note": "few",
        }
    )
    assert judged_limits(wide) == pytest.approx((-0.12, 2.12))  # arrows say that intervals go on
    assert judged_limits(wide.assign(note=["", "few"])) == pytest.approx((-100.8, 100.8))
    nothing = wide.assign(estimate=0.0)
    assert judged_limits(nothing) == pytest.approx((-100.8, 100.8))  # no point gives a width
