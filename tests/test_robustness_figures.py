"""Drawings of sensitivity and influence: nothing covers anything, and the mark stands across."""

from __future__ import annotations

from itertools import combinations

import pytest
from frames import panel
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from autonomy_stats import estimate_effects
from autonomy_stats.errors import UsageError
from autonomy_stats.figures.influence import plot_influence
from autonomy_stats.figures.labels_apart import label_points
from autonomy_stats.figures.sensitivity_contour import plot_sensitivity
from autonomy_stats.figures.stamp import is_stamped

PLOTS = {"sensitivity": plot_sensitivity, "influence": plot_influence}


def fit(**columns):
    frame = panel({"traditional": 30, "pilot": 12, "innovation": 6}, gaps={"pilot": 6.0})
    frame["operator"] = (frame["school_id"].astype(int) // 8).astype(str)
    return estimate_effects(frame.assign(**columns), "proficient_pct")


def boxes(figure):
    """Return each name in a drawing with the box of its letters."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    (axes,) = figure.axes
    names = [one for one in axes.texts if isinstance(one, Annotation) and one.get_text()]
    for name in names:
        name.update_positions(renderer)
    return {name.get_text(): Text.get_window_extent(name, renderer) for name in names}, (
        axes.get_window_extent(renderer)
    )


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("school_type", ["pilot", "innovation"])
def test_names_cover_no_name_and_stay_inside(name, school_type):
    found, frame = boxes(PLOTS[name](fit(), school_type))
    assert len(found) >= 4
    for one, other in combinations(found.values(), 2):
        assert not one.overlaps(other)
    for box in found.values():
        assert frame.x0 <= box.x0
        assert box.x1 <= frame.x1
        assert frame.y0 <= box.y0
        assert box.y1 <= frame.y1


@pytest.mark.parametrize("name", PLOTS)
def test_simulated_fits_are_stamped(name):
    assert is_stamped(PLOTS[name](fit(simulated=True), "pilot"))
    assert not is_stamped(PLOTS[name](fit(), "pilot"))


def test_benchmarks_are_named_or_said_to_lie_beyond():
    figure = plot_sensitivity(fit(), "pilot")
    words = " ".join(text.get_text() for text in [*figure.texts, *figure.axes[0].texts])
    for name in ("Black", "Hispanic", "Asian", "low-income", "race", "all controls"):
        assert name in words


def test_a_name_without_room_is_given_back():
    axes = Figure(figsize=(1, 1)).subplots()
    assert label_points(axes, [(0.5, 0.5)], ["a name that is far too long for so small a drawing"])
    assert not axes.texts


@pytest.mark.parametrize("name", PLOTS)
def test_a_type_without_an_estimate_is_refused(name):
    with pytest.raises(UsageError, match="'izone' has no estimate"):
        PLOTS[name](fit(), "izone")
