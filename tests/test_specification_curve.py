"""The specification curve: each specification is a fit, none is lost, and they are summed up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from frames import panel
from pandas.testing import assert_frame_equal

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.figures.specification_curve import curve_rows, plot_specification_curve
from autonomy_stats.figures.stamp import is_stamped
from autonomy_stats.models.robustness import specification_curve, with_shares_of
from autonomy_stats.models.robustness.choices import CHOICE_NAMES, CHOICES, PAIRS
from autonomy_stats.models.robustness.grid import asked_options, make_grid
from autonomy_stats.models.robustness.reading import read_arrays
from autonomy_stats.models.robustness.specifications import NUMBERS, estimates_of, rows_by_fit

OUTCOME = "proficient_pct"
SAME = 1e-9
"""Relative: two ways to solve the same least squares differ by rounding, which leaves 1e-13."""

TYPES = {"traditional": 26, "pilot": 9, "innovation": 6, "exam": 3, "alternative": 2, "unknown": 1}


def made(*, years: tuple[int, ...] = (2016, 2017)) -> pd.DataFrame:
    """Return a panel in which every choice is one: rows, courses, bounds, operators, levels."""
    grades = ("05", "06", "all", "Algebra I")
    frame = panel(TYPES, gaps={"pilot": 6.0}, grades=grades, years=years)
    middle = frame["school_id"].astype(int) % 2 == 0
    taught = np.where(middle, frame["grade"] != "05", ~frame["grade"].isin(["06", "Algebra I"]))
    frame = frame[taught].reset_index(drop=True)
    number = frame["school_id"].astype(int)
    frame["level"] = frame["grade"].map({"05": "elementary", "06": "middle"})
    hidden = frame.index % 17 == 3
    pilot = frame["school_type"] == "pilot"
    return frame.assign(
        student_group="all",
        disability_pct=(number * 7 % 11 + 5.0),
        english_learner_pct=(number * 5 % 13 + 2.0),
        proficient_pct=frame[OUTCOME].mask(hidden),
        proficient_pct_low=frame[OUTCOME].mask(hidden, 0.0),
        proficient_pct_high=frame[OUTCOME].mask(hidden, 25.0),
        operator=np.where(pilot & (number % 3 == 0), "Network", ""),
        roster_confidence=np.where(
            pilot, np.where(number % 4 == 0, "inferred", "documented"), None
        ),
    )


@pytest.fixture(scope="module")
def arrays():
    return read_arrays(made(), OUTCOME, asked_options({}))


@pytest.fixture(scope="module")
def full(arrays):
    return make_grid({"as given": arrays}, "full", 10_000, 0)


@pytest.fixture(scope="module")
def curve():
    frame = made(years=(2016,))
    return specification_curve(frame[frame["grade"].isin(["05", "06"])], draws=39)


# Choices


def test_every_option_has_a_reason_and_the_default_is_core():
    for choice in CHOICES[1:]:
        assert choice.question
        assert choice.options[0].core
        assert all(option.reason for option in choice.options)
        names = [option.name for option in choice.options]
        assert len(set(names)) == len(names)
    allowed = {choice.name: [option.name for option in choice.options] for choice in CHOICES}
    for pair in PAIRS:
        for name, option in (pair.one, pair.other):
            assert option in allowed[name]


def test_a_frame_that_has_everything_has_every_option(arrays, full):
    assert full.unsupported == []
    held = pd.DataFrame(full.specifications)
    for choice in CHOICES[1:]:
        assert {option.name for option in choice.options} <= {*held[choice.name]}
    assert {*held["subject"]} == {"all", "ela", "math"}
    assert {*held["years"]} == {"all", "2016", "2017"}
    assert not held.duplicated().any()
    for pair in PAIRS:
        assert not (
            (held[pair.one[0]] == pair.one[1]) & (held[pair.other[0]] == pair.other[1])
        ).any()


def test_the_core_is_the_product_of_core_options(full):
    held = pd.DataFrame(full.specifications)
    core = {c.name: {o.name for o in c.options if o.core} for c in CHOICES[1:]}
    expected = np.logical_and.reduce([held[name].isin(options) for name, options in core.items()])
    assert (expected == np.array(full.core)).all()
    # unit, weights, reference, roster, courses: 2 each; 4 sets of controls; rows and cells: 3
    assert sum(full.core) == 2**5 * 4 * 3


def test_a_plain_city_has_sixty_four_core_specifications():
    frame = made(years=(2016,))
    plain = frame[frame["grade"].isin(["05", "06"])]
    assert (
        sum(make_grid({"": read_arrays(plain, OUTCOME, asked_options({}))}, "core", 0, 0).core)
        == 64
    )


def test_what_a_frame_does_not_support_is_said():
    frame = panel({"traditional": 12, "pilot": 6})
    found = specification_curve(frame, weights=None, draws=0).unsupported
    reasons = found.set_index(["choice", "option"])["reason"]
    assert reasons["weights", "students"] == "no weights were asked for"
    assert reasons["courses", "taken in"] == "the frame has no course tests"
    assert reasons["controls", "all but disability"].startswith("the shares that it leaves out")
    assert reasons["suppressed", "lowest"] == "the frame has no hidden outcome with bounds"


def test_a_large_grid_is_sampled_by_its_seed_with_all_of_the_core(arrays, full):
    one, same, other = (make_grid({"as given": arrays}, "full", 500, seed) for seed in (0, 0, 1))
    assert one.specifications == same.specifications
    assert one.specifications != other.specifications
    assert len(one.specifications) == 500
    assert sum(one.core) == sum(full.core)
    assert one.n_possible == full.n_possible > len(full.specifications) == 10_000


# The same numbers as fits


@pytest.mark.parametrize("part", range(4))
def test_numbers_are_those_of_fits(arrays, full, part):
    wls = [one for one in full.specifications if one["estimator"] == "wls"]
    drawn = np.random.default_rng(part).choice(len(wls), 15, replace=False)
    varied = set()
    for specification in (wls[number] for number in drawn):
        fast = pd.DataFrame(estimates_of(arrays, specification))
        slow = pd.DataFrame(rows_by_fit(arrays, arrays.chosen(specification)))
        columns = ["school_type", *NUMBERS, "n_schools", "note"]
        fast, slow = (table.reindex(columns=columns) for table in (fast, slow))
        kinds = dict.fromkeys(NUMBERS, "float64")
        assert_frame_equal(fast.astype(kinds), slow.astype(kinds), rtol=SAME, atol=SAME)
        varied |= {*specification.items()}
    assert len(varied) > 30


@pytest.mark.parametrize("options", [{}, {"vcov": "CR3"}, {"working": "inverse_weights"}])
def test_the_default_is_the_default(options):
    frame = panel({"traditional": 20, "pilot": 8, "turnaround": 1})
    found = specification_curve(frame, draws=0, **options)
    own = found.estimates[found.estimates["default"]].set_index("school_type")
    expected = estimate_effects(frame, OUTCOME, **options).effects.set_index("school_type")
    for name in (*NUMBERS, "n_schools"):
        np.testing.assert_allclose(
            own[name].astype(float), expected.loc[own.index, name].astype(float), rtol=SAME
        )
    assert own["note"].to_dict() == expected.loc[own.index, "note"].to_dict()


def test_a_specification_that_is_not_supported_has_the_reason():
    """Two pilot schools of twelve have no share of disability, which only one option leaves out."""
    frame = panel({"traditional": 20, "pilot": 12})
    number = frame["school_id"].astype(int)
    frame["disability_pct"] = (number % 9 + 4.0).mask(number.isin([22, 24]))
    with pytest.raises(EstimationError, match="disability_pct"):
        specification_curve(frame, draws=0)
    later = frame.assign(disability_pct=frame["disability_pct"].fillna(9.0))
    found = specification_curve({"whole": later, "gaps": frame}, draws=0).estimates
    gaps = found[found["frame"] == "gaps"]
    lost = gaps["controls"].isin(["all shares", "all and squares"])
    assert gaps.loc[lost, "note"].str.contains("'disability_pct' is missing for 2 of 12").all()
    assert gaps.loc[lost, "estimate"].isna().all()
    assert gaps.loc[~lost, "estimate"].notna().all()
    assert len(gaps) == (found["frame"] == "whole").sum()


def test_a_fit_of_a_specification_is_its_own(curve):
    own = curve.estimates[curve.estimates["unit"] == "schools"]
    number = int(own["specification"].iloc[5])
    effects = curve.fit(number).effects.set_index("school_type")
    rows = curve.estimates[curve.estimates["specification"] == number]
    for row in rows.to_dict("records"):
        assert effects.loc[row["school_type"], "estimate"] == pytest.approx(row["estimate"])
    with pytest.raises(UsageError, match="no specification 9999"):
        curve.fit(9999)


def test_processes_and_progress_change_nothing():
    frame = panel({"traditional": 20, "pilot": 8})
    told = []
    one = specification_curve(frame, draws=9, progress=lambda *done: told.append(done))
    two = specification_curve(frame, draws=9, n_jobs=2)
    assert_frame_equal(one.estimates, two.estimates)
    assert_frame_equal(one.joint, two.joint)
    count = one.estimates["specification"].nunique()
    assert told[-1] == (count, count)


# What the estimates say


def test_summary_is_of_the_estimates(curve):
    own = curve.estimates[curve.estimates["school_type"] == "pilot"]
    (row,) = curve.summary.query("school_type == 'pilot'").to_dict("records")
    assert row["median"] == own["estimate"].median()
    assert row["positive_significant"] == (own["conf_low"] > 0).mean()
    assert row["negative"] == (own["estimate"] < 0).mean()
    default = own.loc[own["default"], "estimate"].iloc[0]
    assert (row["default_estimate"], row["smallest"]) == (default, own["estimate"].min())
    assert row["default_rank"] == own["estimate"].rank()[own["default"]].iloc[0]


def test_moves_are_of_specifications_that_differ_in_one_choice(curve):
    own = curve.estimates[curve.estimates["school_type"] == "pilot"]
    row = curve.choices.query("school_type == 'pilot' and choice == 'weights'").iloc[0]
    others = [name for name in CHOICE_NAMES if name != "weights"]
    wide = own.pivot(index=others, columns="weights", values="estimate")
    moved = wide["none"] - wide["students"]
    assert row["mean_move"] == pytest.approx(moved.abs().mean())
    assert row["largest_move"] == pytest.approx(moved.abs().max())
    assert row["mean_difference"] == pytest.approx(moved.mean())
    assert row["n_pairs"] == len(moved)


def test_the_choice_that_moves_most_is_named():
    """The rows of all grades are made 20 points lower for pilot schools."""
    frame = made(years=(2016,))
    low = (frame["grade"] == "all") & (frame["school_type"] == "pilot")
    frame[OUTCOME] = frame[OUTCOME] - 20.0 * low
    found = specification_curve(frame, draws=0).summary.set_index("school_type")
    assert found.loc["pilot", "moves_most"] == "rows"
    assert found.loc["pilot", "largest_mean_move"] > 15


# Frames


def test_frames_are_a_choice():
    one = panel({"traditional": 20, "pilot": 8})
    later = one[["school_id", "black_pct", "hispanic_pct"]].drop_duplicates("school_id")
    later = later.assign(end_year=2020, black_pct=lambda f: f["black_pct"] / 2 + 3)
    other = with_shares_of(one, later, 2020)
    assert other["demographics_year"].eq(2020).all()
    assert other["low_income_pct"].isna().all()
    found = specification_curve({"own": one, "later": other}, draws=9)
    assert found.estimates["frame"].value_counts().nunique() == 1
    own = found.estimates.query("frame == 'later' and controls == 'all shares'")
    expected = estimate_effects(other, OUTCOME).effects.set_index("school_type")
    assert own["estimate"].iloc[0] == pytest.approx(expected.loc["pilot", "estimate"])


def test_shares_of_a_year_that_is_not_there_or_twice_are_refused():
    one = panel({"traditional": 3})
    rows = one[["school_id", "end_year", "black_pct"]]
    with pytest.raises(UsageError, match="no demographics of spring 2020; there are 2016"):
        with_shares_of(one, rows, 2020)
    with pytest.raises(UsageError, match="twice"):
        with_shares_of(one, rows, 2016)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"grid": "some"}, "grid must be 'core' or 'full'"),
        ({"estimator": "mixed"}, "starts from estimator='wls'"),
        ({"controls_": []}, "no option 'controls_'"),
        ({"draws": -1}, "draws must be"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(UsageError, match=message):
        specification_curve(panel({"traditional": 8, "pilot": 5}), **arguments)
    with pytest.raises(UsageError, match="no frame"):
        specification_curve({})


# The figure


@pytest.mark.parametrize("grid", ["core", "full"])
def test_the_figure_has_every_estimate_and_every_option(curve, grid):
    found = curve
    if grid == "full":
        frame = panel({"traditional": 20, "pilot": 8}, grades=("03",))
        found = specification_curve(frame, grid="full", most=300, draws=0, cluster="school_id")
    figure = plot_specification_curve(found, "pilot")
    upper, lower = figure.axes
    rows = curve_rows(found, "pilot")
    assert rows["estimate"].is_monotonic_increasing
    drawn = upper.lines[0].get_ydata()
    np.testing.assert_array_equal(drawn, rows["estimate"])
    options = {label.get_text() for label in lower.get_yticklabels()}
    for name in CHOICE_NAMES:
        if rows[name].nunique() > 1:
            assert {one.replace("_", " ") for one in rows[name]} <= options
    assert not is_stamped(figure)


def test_the_figure_of_simulated_files_is_stamped():
    frame = panel({"traditional": 12, "pilot": 6}).assign(simulated=True)
    found = specification_curve(frame, draws=9)
    for table in (found.estimates, found.summary, found.choices, found.joint):
        assert table["simulated"].all()
    assert is_stamped(plot_specification_curve(found))
    with pytest.raises(UsageError, match="no type 'exam'"):
        curve_rows(found, "exam")


@pytest.mark.real_data
def test_los_angeles_names_the_rows(raw_root):
    """Mathematics of 2024: -5.8 with all grades together and later shares, 0.9 by grade."""
    import autonomy_stats as aus

    options = {"subjects": ["math"], "raw": raw_root}
    both = pd.concat(
        [aus.load_panel("los_angeles", [2024], grades=g, **options).frame for g in ("each", "all")],
        ignore_index=True,
    )
    (file,) = raw_root.rglob("lausd_school_profile_2023_24_and_2025_26.csv")
    later = with_shares_of(both, aus.load_file(file).tables["demographics"], 2026)
    found = specification_curve({"2024": both, "2026": later}, draws=0)
    own = found.estimates.query(
        "school_type == 'independent_charter' and unit == 'results' and weights == 'students' and "
        "controls == 'all shares' and roster == 'as given' and reference == 'alone'"
    ).set_index(["frame", "rows", "cells"])["estimate"]
    assert own["2026", "all grades together", "as asked"] == pytest.approx(-5.76, abs=0.01)
    assert own["2026", "each grade", "as asked"] == pytest.approx(-0.54, abs=0.01)
    assert own["2024", "each grade", "as asked"] == pytest.approx(0.87, abs=0.01)
    summary = found.summary.set_index("school_type")
    assert summary.loc["independent_charter", "moves_most"] == "rows"
