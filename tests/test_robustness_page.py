"""The page: nothing overlaps or is cut, what is missing is told, and the mark is across it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from frames import panel
from matplotlib.text import Text

from autonomy_stats import plot_robustness, robustness
from autonomy_stats.errors import UsageError
from autonomy_stats.figures.stamp import is_stamped

SCHOOLS = {"traditional": 30, "pilot": 12, "innovation": 5, "turnaround": 1}
LONG = "The Very Long Name of a School that Goes on and on, Founded in 1899"


def frame_of():
    made = panel(SCHOOLS, gaps={"pilot": 6.0}, grades=("05", "06"))
    name = made["school_name"].where(made["school_id"] != "0031", LONG)
    level = np.where(made["grade"] == "05", "elementary", "middle")
    operator = np.where(made["school_id"].isin(["0031", "0032"]), "A Network", "")
    return made.assign(level=level, school_name=name, operator=operator)


@pytest.fixture(scope="module")
def result():
    return robustness(frame_of(), draws=19)


def texts(figure):
    figure.canvas.draw()
    found = []
    for axes in figure.axes:
        found += axes.findobj(Text)
    return [t for t in [*found, *figure.texts] if t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("school_type", ["pilot", "innovation", "turnaround"])
def test_nothing_is_cut_at_the_edge_of_the_page(result, school_type):
    figure = plot_robustness(result, school_type, where="Testland, Test, spring 2016")
    figure.canvas.draw()
    drawn = [axes.get_tightbbox() for axes in figure.axes]
    drawn += [text.get_window_extent() for text in figure.texts]
    page = figure.bbox
    for box in drawn:
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1


def test_panels_do_not_overlap(result):
    figure = plot_robustness(result, "pilot")
    figure.canvas.draw()
    boxes = [axes.get_tightbbox() for axes in figure.axes]
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            wide = min(one.x1, other.x1) - max(one.x0, other.x0)
            high = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert wide <= 1 or high <= 1


def test_a_page_can_be_printed(result):
    width, height = plot_robustness(result, "pilot").get_size_inches()
    assert width <= 8.27  # A4
    assert height <= 11.69


def test_what_was_not_made_is_told():
    few = robustness(frame_of(), parts=["influence"])
    said = " ".join(t.get_text().replace("\n", " ") for t in texts(plot_robustness(few, "pilot")))
    assert said.count("Not made: not asked for") == 5
    assert "A Network (2)" in said


def test_a_simulated_result_is_stamped():
    frame = frame_of()
    simulated = robustness(frame.assign(simulated=frame.index == 3), parts="balance")
    assert is_stamped(plot_robustness(simulated, "pilot"))
    assert not is_stamped(plot_robustness(robustness(frame, parts="balance"), "pilot"))


def test_drawing_warns_of_nothing(result, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_robustness(result, "pilot").savefig(tmp_path / "page.png")


def test_what_is_no_result_is_refused(result):
    with pytest.raises(UsageError, match="expected a Robustness"):
        plot_robustness(result.fit, "pilot")
    with pytest.raises(UsageError, match="'moon' has no estimate here"):
        plot_robustness(result, "moon")
