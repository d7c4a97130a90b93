"""Figures of differences: every type has its row, every number is the estimator's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frames import panel
from matplotlib.text import Text
from pages import problems

import autonomy_stats as aus
from autonomy_stats.errors import EstimationError, MissingDataError
from autonomy_stats.figures import fig01, fig02, fig05, fig06, fig11, memphis_2014
from autonomy_stats.figures.base import Need
from autonomy_stats.figures.differences import ORDERED, POOLED, SUBJECTS, Question, differences
from autonomy_stats.figures.differences_drawn import draw_differences
from autonomy_stats.figures.differences_told import caption_of, spoken
from autonomy_stats.panel import Panel, store
from autonomy_stats.panel.store import PanelStore
from autonomy_stats.schema import SCHOOL_TYPES
from autonomy_stats.study_panels import load_needed

TYPES = {"traditional": 14, "pilot": 6, "horace_mann": 3, "esbmm": 1, "exam": 2}
ASKED = Question("proficient_pct", "Test", (2016,), SUBJECTS, against={"pilot": ("horace_mann",)})
LONG = "a type of schools whose name goes on for rather longer than any column is wide"
NUMBERS = ["estimate", "std_error", "df", "conf_low", "conf_high", "n_schools", "n_rows"]


@pytest.fixture(scope="module")
def town() -> pd.DataFrame:
    return panel(TYPES, gaps={"pilot": 6.0}).assign(place="town")


@pytest.fixture(scope="module")
def found(town) -> pd.DataFrame:
    return differences(town, ASKED)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_numbers_are_the_estimators(town, found, subject):
    rows = town[town["subject"].isin(SUBJECTS[subject])]
    fit = aus.estimate_effects(rows, "proficient_pct")
    own = found[(found["subject"] == subject) & (found["reference"] == "traditional")]
    assert set(own["school_type"]) == set(TYPES)
    effects = fit.effects.set_index("school_type").loc[own["school_type"], NUMBERS]
    pd.testing.assert_frame_equal(own.set_index("school_type")[NUMBERS], effects)
    against = found[(found["subject"] == subject) & (found["reference"] == "horace_mann")]
    compared = fit.compare("pilot", "horace_mann").iloc[0]
    for name in ("estimate", "std_error", "conf_low", "conf_high", "note"):
        assert against[name].iloc[0] == compared[name]


def test_every_type_has_a_row_with_its_reason(found):
    notes = found[found["subject"] == POOLED].set_index("school_type")["note"]
    assert notes["exam"] == "left out of the comparison"
    assert notes["esbmm"] == "one school: no interval"
    assert notes["horace_mann"] == "too few to judge"
    assert notes["traditional"] == "reference"


@pytest.mark.parametrize(
    ("report", "years", "own", "said"),
    [
        ("Test", (2016,), True, "Test and year are the report's own."),
        ("Test", (2015, 2016), False, "Not the report's own test and year (Test, spring 2015"),
        ("PARCC", (2016,), False, "Not the report's own test and year (PARCC, spring 2016)"),
        ("", (2016,), True, "The spring is the report's own; the report names no test."),
        ("", (), False, "No figure of the report shows this outcome."),
    ],
)
def test_another_test_or_year_is_said(town, report, years, own, said):
    asked = Question("proficient_pct", report, years, SUBJECTS)
    frame = differences(town, asked)
    assert frame["as_in_report"].eq(own).all()
    assert frame["assessment"].eq("Test").all()
    assert frame["end_years"].eq("2016").all()
    caption = caption_of(frame, asked)
    assert said in caption
    assert "Percent proficient, Test, spring 2016." in caption


def test_a_panel_without_the_subjects_is_refused(town):
    with pytest.raises(EstimationError, match="no row of ela, math"):
        differences(town.assign(subject="science"), ASKED)


def levels() -> pd.DataFrame:
    frame = panel({"traditional": 30, "izone": 9}, subjects=("composite",), grades=("all",))
    value = np.ceil(frame["proficient_pct"].rank(pct=True) * 5)
    return frame.assign(measure="tvaas_level", value=value, series="S", place="memphis")


def test_levels_also_have_an_ordered_model():
    frame = fig05.data({"memphis": levels()})
    fit = aus.estimate_effects(levels(), "value", estimator="ordered")
    row = frame[(frame["line"] == ORDERED) & (frame["school_type"] == "izone")].iloc[0]
    effects = fit.effects.set_index("school_type").loc["izone"]
    assert row["estimate"] == effects["estimate"]
    assert "ordered logit" in fig05.caption(frame)
    assert "iZone schools, ordered logit: all subjects" in fig05.alternative_text(frame)


def test_an_ordered_model_without_an_estimate_says_why_and_fails_nothing():
    value = np.where(levels()["school_type"] == "izone", 5, levels()["value"].clip(upper=4))
    frame = fig05.data({"memphis": levels().assign(value=value)})
    row = frame[(frame["line"] == ORDERED) & (frame["school_type"] == "izone")].iloc[0]
    assert np.isnan(row["estimate"])
    assert "no finite estimate" in row["note"]
    assert "(1 row without one" in fig05.caption(frame)
    assert problems(fig05.draw(frame)) == []


@pytest.mark.parametrize(
    "types",
    [
        {"traditional": 9, "pilot": 5},
        {"traditional": 12, **{name: 5 for name in SCHOOL_TYPES if name != "traditional"}},
        {"traditional": 12, "<b>$1$</b> & sons": 5, LONG: 5, LONG[:37]: 1},
    ],
    ids=["few", "every type", "hostile and long"],
)
@pytest.mark.parametrize("lines", [SUBJECTS, {"ela": ("ela",)}], ids=["three", "one"])
def test_the_page_is_whole_at_any_size(types, lines):
    asked = Question("proficient_pct", "Test", (2016,), lines)
    frame = differences(panel(types, grades=("03",)), asked)
    assert problems(draw_differences(frame, "Title", "Caption")) == []


def test_intervals_that_go_on_end_in_arrows(found):
    figure = draw_differences(found, "Title", "Caption")
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    for line in axes.lines:
        if line.get_transform() == axes.transData:
            assert low <= min(line.get_xdata()) <= max(line.get_xdata()) <= high
    judged = found[found["note"] == ""]
    assert low < judged["conf_low"].min()
    assert high > judged["conf_high"].max()
    drawn = found[(found["subject"] == POOLED) | (found["reference"] == "traditional")]
    beyond = drawn["conf_low"].lt(low).sum() + drawn["conf_high"].gt(high).sum()
    arrows = [line for line in axes.lines if line.get_marker() in ("<", ">")]
    assert len(arrows) == beyond > 0


def test_rows_say_schools_and_operators_and_judged_rows_are_filled(found):
    figure = draw_differences(found, "Title", "Caption")
    texts = [text.get_text() for text in figure.axes[0].texts]
    for word in ("(2)", "the reference", "one school: no interval", "too few to judge"):
        assert word in texts
    assert texts.count("6") == 2 * 3 + 2  # pilots: schools and operators, three lines and one


def test_words_have_every_estimate(found):
    text = spoken(found, "Figure 0")
    for row in found[found["reference"] == "traditional"].to_dict("records"):
        if row["school_type"] not in ("traditional", "exam"):
            assert f"{row['estimate']:+.1f}".replace("-", "\N{MINUS SIGN}") in text
    assert "Exam schools: no estimate (left out of the comparison)" in text
    assert "Pilot schools against Horace Mann charters" in text
    assert "1 school, one school: no interval" in text
    assert "nan" not in text


def test_what_is_read_from_the_csv_is_drawn_alike(found, tmp_path):
    found.to_csv(tmp_path / "fig.csv", index=False)
    read = pd.read_csv(tmp_path / "fig.csv")
    assert spoken(read, "T") == spoken(found, "T")
    assert caption_of(read, ASKED) == caption_of(found, ASKED)
    drawn = [draw_differences(frame, "T", "C").findobj(Text) for frame in (read, found)]
    texts = [[text.get_text() for text in one] for one in drawn]
    assert texts[0] == texts[1]


# Which panel is drawn from


def built(frames: dict[tuple[int, ...], pd.DataFrame]):
    def build(place, end_years, **_):
        if tuple(end_years) not in frames:
            raise MissingDataError(f"{place}: no raw file with achievement of {end_years}")
        columns = ["join", "side", "school_type", "n_schools", "n_rows", "note"]
        report = pd.DataFrame([["panel", "rows", "", 1, 1, ""]], columns=columns)
        return Panel(frames[tuple(end_years)], report, pd.DataFrame()), ()

    return build


def with_tests(*tests: tuple[int, str]) -> pd.DataFrame:
    frames = [panel({"traditional": 4}, years=(y,)).assign(series=s) for y, s in tests]
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("first", "years"),
    [
        (with_tests((2015, "PARCC 2015"), (2016, "PARCC 2015")), [2015, 2016]),
        (with_tests((2015, "PARCC 2015"), (2016, "Legacy MCAS")), [2018]),
        (None, [2018]),
    ],
)
def test_a_spring_of_another_test_is_no_spring_of_the_report(first, years, monkeypatch):
    other = Need("b", "b", (2018,), "f")
    need = Need("b", "b", (2015, 2016), "f", series=("PARCC 2015",), otherwise=(other,))
    frames = {(2018,): with_tests((2018, "MCAS 2017"))}
    frames |= {} if first is None else {(2015, 2016): first}
    monkeypatch.setattr(store, "put_together", built(frames))
    assert sorted(load_needed(need, PanelStore()).frame["end_year"].unique()) == years


def test_rows_of_another_test_are_left_out_and_counted(monkeypatch):
    frame = pd.concat([with_tests((2016, "PARCC 2015")), with_tests((2016, "Legacy MCAS"))])
    monkeypatch.setattr(store, "put_together", built({(2016,): frame}))
    chosen = load_needed(Need("b", "b", (2016,), "f", series=("PARCC 2015",)), PanelStore())
    assert set(chosen.frame["series"]) == {"PARCC 2015"}
    assert len(chosen.frame) == len(frame) / 2
    line = chosen.join_report.query("side == 'rows of another test, left out'").iloc[0]
    assert (line["n_schools"], line["n_rows"]) == (4, len(frame) / 2)


@pytest.mark.parametrize("module", [fig01, fig02])
def test_boston_is_drawn_from_the_reports_test_alone(module):
    (need,) = module.NEEDS
    assert all("PARCC" in name for name in need.series)
    assert need.otherwise[0].end_years == (2018,)


# The real files at hand


def drawn(module, raw_root: Path) -> pd.DataFrame:
    return module.data(
        {need.name: load_needed(need, PanelStore(raw_root)).frame for need in module.NEEDS}
    )


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("module", "assessment", "end_years", "schools"),
    [
        (fig01, "Next-Generation MCAS", "2018", {"horace_mann": 4, "pilot": 13, "innovation": 6}),
        (fig02, "Next-Generation MCAS 2017, mean SGP", "2018", {"independent_charter": 13}),
        (memphis_2014, "TCAP, mean NCE of three years", "2014", {"izone": 13}),
    ],
    ids=["fig01", "fig02", "memphis_2014"],
)
def test_real_figures_say_what_they_are_drawn_from(
    module, assessment, end_years, schools, raw_root
):
    frame = drawn(module, raw_root)
    assert set(frame["assessment"]) == {assessment}
    assert set(frame["end_years"]) == {end_years}
    assert not frame["as_in_report"].any()
    pooled = frame[(frame["subject"] == POOLED) & (frame["reference"] == "traditional")]
    counts = pooled.set_index("school_type")["n_schools"]
    assert {name: counts[name] for name in schools} == schools


@pytest.mark.real_data
@pytest.mark.parametrize("module", [fig05, fig11])
def test_figures_without_files_say_which(module, raw_root):
    with pytest.raises(MissingDataError, match="no raw file with growth"):
        drawn(module, raw_root)


@pytest.mark.real_data
def test_denver_has_one_of_the_reports_springs(raw_root):
    frame = drawn(fig06, raw_root)
    assert set(frame["end_years"]) == {"2016"}
    assert "the report has spring 2015 and 2016" in fig06.caption(frame)
