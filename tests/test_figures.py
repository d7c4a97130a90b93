"""Figures: the frame says what was computed, the page shows it whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel
from matplotlib.figure import Figure
from pages import problems

import autonomy_stats as aus
from autonomy_stats.errors import MissingDataError
from autonomy_stats.figures import fig06, fig09, fig10, michigan_2001
from autonomy_stats.figures.base import panel_needs
from autonomy_stats.figures.five_cities import CITIES
from autonomy_stats.figures.rank import STATES
from autonomy_stats.figures.registry import FIGURES, find_figure
from autonomy_stats.figures.stamp import is_stamped
from autonomy_stats.mark import MARK
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.study_figures import FACTS
from autonomy_stats.study_panels import load_panels

EVERY = pytest.mark.parametrize("module", FIGURES, ids=lambda m: m.FIGURE_ID)
FROM_FILES = pytest.mark.parametrize(
    "module", [m for m in FIGURES if panel_needs(m)], ids=lambda m: m.FIGURE_ID
)
TYPES = {
    "traditional": 11,
    "pilot": 5,
    "horace_mann": 3,
    "independent_charter": 6,
    "innovation_network": 1,
    "exam": 2,
}
GROWTH = {
    "fig02": "sgp_median",
    "fig05": "tvaas_level",
    "fig07": "mgp",
    "fig08": "mgp",
    "fig11": "sgp_median",
}
ALL = [f"{grade:02d}" for grade in range(3, 10)]
DENVER = {"traditional": 30, "independent_charter": 12, "innovation": 9}


def denver(end_year: int = 2016) -> pd.DataFrame:
    frame = panel(DENVER, grades=tuple(ALL), years=(end_year,), gaps={"independent_charter": 9.0})
    levels = {g: "elementary" if g < "06" else "middle" if g < "09" else "high" for g in ALL}
    frame = frame.assign(level=frame["grade"].map(levels))
    frame = frame.assign(mean_score=740.0, n_tested_status="reported")
    course = frame[frame["grade"].eq("08") & frame["subject"].eq("math")]
    nine = frame["grade"].eq("09") & frame["subject"].eq("math")
    return pd.concat([frame[~nine], course.assign(grade="Algebra I", level=None)])


def starred(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every seventh cell suppressed, at 0 to 18.75 %."""
    frame = frame.reset_index(drop=True)
    hidden = frame.index % 7 == 0
    gone = frame["proficient_pct"].where(~hidden)
    return frame.assign(
        proficient_pct=gone,
        n_tested=frame["n_tested"].where(~hidden),
        proficient_pct_low=gone.fillna(0.0),
        proficient_pct_high=gone.fillna(18.75),
        mean_score=715.0,
        status=np.where(hidden, "suppressed", "reported"),
    )


def city(years: tuple[int, ...] = (2016, 2017)) -> pd.DataFrame:
    kinds = {"traditional": 12, "innovation_network": 6, "independent_charter": 7}
    frame = panel(kinds, subjects=("ela_and_math",), grades=("all",), years=years)
    inside = frame["school_type"].ne("independent_charter")
    frame = frame.assign(district_id=np.where(inside, "5385", "9000"), assessment="ISTEP+")
    early = frame["end_year"].eq(2016) & frame["school_id"].isin(["0013", "0014"])
    return frame.assign(school_type=frame["school_type"].where(~early, "traditional"))


def town(measure: str = "") -> pd.DataFrame:
    """Return a small panel, of results or of a measure of growth."""
    levels = measure == "tvaas_level"
    subjects = ("composite", "ela", "math") if levels else ("ela", "math")
    frame = panel(TYPES, subjects=subjects, grades=("all",) if levels else ("03", "04"))
    frame = frame.assign(place="town", mean_score=frame["proficient_pct"])
    if not measure:
        return frame
    value = frame["proficient_pct"]
    value = np.ceil(value.rank(pct=True) * 5) if levels else value
    frame = frame.assign(measure=measure, value=value, series="Test 1, growth")
    return frame.drop(columns=["assessment", "n_tested", "proficient_pct", "mean_score"])


def five_cities() -> dict[str, pd.DataFrame]:
    """Return small panels of the five cities, with elementary and middle grades."""
    frames = {}
    for seed, place in enumerate(CITIES):
        frame = panel(TYPES, seed=seed, grades=("05", "06")).assign(place=place)
        level = frame["grade"].map({"05": "elementary", "06": "middle"})
        frames[place] = frame.assign(level=level, low_income_definition="free lunch: by form")
    return frames


def two_springs() -> dict[str, pd.DataFrame]:
    """Return two springs of three cities and of their states."""
    frames = {}
    for place, state in STATES.items():
        city = panel(TYPES, years=(2016, 2017)).assign(level="elementary", place=place)
        others = panel({"unknown": 40}, years=(2016, 2017), first_id=200, seed=1)
        frames[place] = city
        frames[state] = pd.concat([city, others.assign(level="elementary", place=state)])
    return frames


@pytest.fixture(scope="module")
def inputs() -> dict[str, dict[str, pd.DataFrame]]:
    """Return small inputs of every figure, by its id."""
    michigan = {
        need.name: aus.load_panel(need.place, need.end_years).frame for need in michigan_2001.NEEDS
    }
    results = {"indianapolis": city(), "indiana": city()}
    enrolled = {"indianapolis": city((2017,)), "indiana": city((2017,))}
    facts = {name: load() for name, load in FACTS.items()}
    cities = five_cities()
    return {module.FIGURE_ID: facts for module in FIGURES if not panel_needs(module)} | {
        "michigan_2001": michigan,
        "fig01": {"boston": town()},
        "fig03": {"los_angeles": town()},
        "fig04": {"memphis": town()},
        "memphis_2014": {"memphis": town()},
        "fig06": {"denver": starred(denver()), "denver_2017": denver(2017)},
        **{name: {find_figure(name).NEEDS[0].name: town(m)} for name, m in GROWTH.items()},
        "fig09": enrolled,
        "fig10": results,
        **dict.fromkeys(("composition", "ladder", "levels"), cities),
        "cities": cities | {"external_estimates": facts["external_estimates"]},
        "rank": two_springs(),
    }


@EVERY
def test_page_is_whole(module, inputs):
    figure = module.draw(module.data(inputs[module.FIGURE_ID]))
    assert isinstance(figure, Figure)
    assert problems(figure) == []


@EVERY
@pytest.mark.parametrize("which", ["all", "last"])
def test_figures_of_simulated_inputs_are_stamped(module, which, inputs):
    frames = dict(inputs[module.FIGURE_ID])
    for name in frames if which == "all" else [module.NEEDS[-1].name]:
        frames[name] = frames[name].assign(simulated=True)
    frame = module.data(frames)
    assert frame["simulated"].eq(True).all()
    assert [name for name in frame if "simulated" in name] == ["simulated"]
    figure = module.draw(frame)
    assert is_stamped(figure)
    assert problems(figure) == []
    if hasattr(module, "html"):
        assert MARK in module.html(frame)


@EVERY
def test_figures_of_real_inputs_are_not(module, inputs):
    real = {n: frame.assign(simulated=False) for n, frame in inputs[module.FIGURE_ID].items()}
    frame = module.data(real)
    assert "simulated" not in frame
    assert not is_stamped(module.draw(frame))
    if hasattr(module, "html"):
        assert MARK not in module.html(frame)


@EVERY
def test_the_mark_changes_no_number(module, inputs):
    """But for the column, the frame is that of the same inputs without the mark."""
    frames = inputs[module.FIGURE_ID]
    marked = module.data({name: frame.assign(simulated=True) for name, frame in frames.items()})
    pd.testing.assert_frame_equal(marked.drop(columns="simulated"), module.data(frames))


@FROM_FILES
def test_caption_names_assessment_or_agency_and_year(module, inputs):
    text = module.caption(module.data(inputs[module.FIGURE_ID]))
    assert any(str(year) in text for year in (*module.NEEDS[0].end_years, 2016))
    assert any(name in text for name in ("MEAP", "Test", "ISTEP+", "Department of Education"))
    assert "effect" not in text


def test_problems_sees_what_it_should():
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.5, "one text")
    figure.text(0.15, 0.5, "another")
    figure.text(0.9, 0.1, "runs over the edge")
    axes = figure.add_axes((0, 0.7, 1, 0.3))
    axes.set_axis_off()
    axes.plot([0, 1], [0.5, 0.5])
    axes.text(0.5, 0.5, "on a line", va="center")
    found = problems(figure)
    assert [p.split(":")[0] for p in found] == ["cut off", "overlap", "over data"]


def test_michigan_numbers(inputs):
    frame = michigan_2001.data(inputs["michigan_2001"]).set_index(["place", "subject"])
    got = frame[["estimate", "conf_low", "conf_high"]].round(1)
    assert got.loc[("michigan", "math")].tolist() == [-21.0, -26.4, -15.6]
    assert got.loc[("michigan", "ela")].tolist() == [-18.5, -23.2, -13.7]
    assert got["estimate"].loc["wayne_county"].to_dict() == {"math": -19.8, "ela": -15.9}
    assert frame["n_schools"].loc["michigan"].tolist() == [78, 78]


def test_denver_bounds_hold_the_estimate_of_any_completion(inputs):
    frame = inputs["fig06"]["denver"]
    line = fig06.data(inputs["fig06"]).set_index(["line", "school_type"])
    weighted = fig06._weighted(frame, inputs["fig06"]["denver_2017"])
    numbered = weighted[weighted["grade"].isin(ALL)]
    row = line.loc[("ELA and math", "independent_charter")]
    assert row["n_suppressed"] == numbered["proficient_pct"].isna().sum() > 0
    rng = np.random.default_rng(1)
    estimates = []
    for _ in range(20):
        at = rng.choice([0.0, 1.0], len(numbered))
        spread = numbered["proficient_pct_high"] - numbered["proficient_pct_low"]
        filled = numbered.assign(proficient_pct=numbered["proficient_pct_low"] + at * spread)
        fit = aus.estimate_effects(filled, "proficient_pct", weights="bound_weight")
        effects = fit.effects.set_index("school_type")["estimate"]
        estimates.append(effects["independent_charter"])
    assert row["bound_low"] <= min(estimates)
    assert max(estimates) <= row["bound_high"]
    assert max(estimates) > min(estimates)
    assert row["limit_low"] < row["bound_low"]  # a mean of 715 allows 65 %, more than 3 in 16
    assert row["limit_high"] > row["bound_high"]


def test_indianapolis_change_is_of_the_same_schools(inputs):
    frame = fig10.data(inputs["fig10"]).set_index(["group", "quantity", "end_year"])
    counts = frame["n_schools"]
    assert counts["innovation_network", "percent", 2016] == 4
    assert counts["innovation_network", "percent", 2017] == 6
    assert ("innovation_network", "change", 2017) not in frame.index
    same = city().query("school_id in ['0013', '0014', '0015', '0016', '0017', '0018']")
    rate = same.groupby("end_year")[["proficient_pct", "n_tested"]].apply(
        lambda g: np.average(g["proficient_pct"], weights=g["n_tested"])
    )
    change = frame.loc[("innovation_network_of_2017", "change", 2017), "estimate"]
    assert change == pytest.approx(rate[2017] - rate[2016])
    without = frame.loc[("district_without_innovation", "percent", 2016), "n_schools"]
    assert without == 12


def test_demographics_are_weighted_by_enrollment(inputs):
    frame = fig09.data(inputs["fig09"]).set_index(["group", "share"])
    got = frame.loc[("innovation_network", "students_of_color_pct")]
    assert got["percent"] == pytest.approx(80.0)
    assert got["n_students"] == 6 * 300


def test_plot_effects_marks_types_of_few_schools():
    fit = aus.estimate_effects(
        panel({"traditional": 12, "pilot": 6, "a <rare> type": 2}), "proficient_pct"
    )
    figure = aus.plot_effects(fit)
    assert problems(figure) == []
    texts = " ".join(t.get_text() for t in figure.texts)
    assert "Hollow: a <rare> type, too few to judge." in texts.replace("\n", " ")


@pytest.mark.parametrize("simulated", [True, False])
def test_plot_effects_stamps_what_is_simulated(simulated):
    frame = panel({"traditional": 12, "pilot": 6}).assign(simulated=simulated)
    figure = aus.plot_effects(aus.estimate_effects(frame, "proficient_pct"))
    assert is_stamped(figure) == simulated
    assert problems(figure) == []


@pytest.mark.parametrize("call", [aus.plot_effects, lambda x: aus.estimate_effects(x, "value")])
def test_the_wrong_object_is_named(call):
    with pytest.raises(aus.AutonomyStatsError, match="got a str"):
        call("panel")


def test_plot_effects_without_an_estimate():
    fit = aus.estimate_effects(panel({"traditional": 12, "pilot": 6}), "proficient_pct")
    blank = fit.effects.assign(estimate=np.nan)
    with pytest.raises(aus.AutonomyStatsError, match="no school type"):
        aus.plot_effects(type(fit)(**{**vars(fit), "effects": blank}))


@pytest.mark.parametrize("name", ["6", "06", "fig06"])
def test_find_figure(name):
    assert find_figure(name) is fig06


def test_find_figure_lists_those_there_are():
    with pytest.raises(aus.AutonomyStatsError, match="fig09, fig10, fig11"):
        find_figure("7x")


@pytest.mark.real_data
@FROM_FILES
def test_real_page_is_whole(module, raw_root):
    try:
        panels = load_panels(panel_needs(module), PanelStore(raw_root))
    except MissingDataError:
        pytest.skip("its files are not at hand")
    facts = {name: load() for name, load in FACTS.items()}
    frames = {name: panel.frame for name, panel in panels.items()}
    assert problems(module.draw(module.data(frames | facts))) == []
