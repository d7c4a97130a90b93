"""Figures in words: made from the numbers, held by the picture files, escaped."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from autonomy_stats.figures.alternative import alternative_text, with_description
from autonomy_stats.figures.registry import find_figure
from autonomy_stats.figures.style import styled
from autonomy_stats.mark import MARK
from autonomy_stats.outputs import Outputs

HOSTILE = '</desc><script>alert("$1")</script> & \N{SNOWMAN} $x^2$'
SVG = "{http://www.w3.org/2000/svg}"
CHANGES = pd.DataFrame(
    {
        "group": ["state", "charter", "district"],
        "quantity": "change",
        "estimate": [-0.19, 4.5, np.nan],
        "conf_low": [np.nan, 0.2, np.nan],
        "conf_high": [np.nan, 8.9, np.nan],
        "n_schools": [1493, 8, 0],
        "note": ["", "too few to judge", "no school"],
    }
)


def test_rows_are_named_with_their_numbers():
    text = alternative_text(find_figure("10"), CHANGES)
    assert text == (
        "Figure 10. Indianapolis: percent passing both ELA and math, grades 3-8. In brackets: 95 % "
        "intervals. State: \N{MINUS SIGN}0.2, 1,493 schools. Charter: +4.5 [+0.2, +8.9], 8 "
        "schools, too few to judge. District: no estimate (no school)."
    )


def test_simulated_words_say_so():
    text = alternative_text(find_figure("10"), CHANGES.assign(simulated=True))
    assert text.startswith(f"{MARK}: made from simulated files. Figure 10.")
    assert MARK not in alternative_text(find_figure("10"), CHANGES)


def test_a_module_may_have_its_own_words():
    class Own:
        TITLE = "A title"

        @staticmethod
        def alternative_text(frame):
            return f"  {len(frame)}\n rows "

    assert alternative_text(Own, CHANGES) == "3 rows"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a folder with a figure whose every text is hostile."""
    folder = tmp_path_factory.mktemp("out")
    with styled():
        figure = Figure(figsize=(6, 2))
        figure.text(0.1, 0.5, HOSTILE)
    Outputs(folder).write_figure("fig", CHANGES, figure, title=HOSTILE, text=f"{HOSTILE} 4.5")
    return folder


def test_the_svg_names_and_describes_itself(written):
    root = ElementTree.parse(written / "fig.svg").getroot()
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]
    assert (root[0].text, root[1].text) == (HOSTILE, f"{HOSTILE} 4.5")
    assert {root[0].get("id"), root[1].get("id")} == {"title", "desc"}


def test_hostile_text_stays_text(written):
    root = ElementTree.parse(written / "fig.svg").getroot()
    assert f"{SVG}script" not in {element.tag for element in root.iter()}
    assert HOSTILE in {element.text for element in root.iter(f"{SVG}text")}


def test_the_png_holds_title_words_and_300_dots_an_inch(written):
    with Image.open(written / "fig.png") as image:
        assert image.size == (1800, 600)
        assert image.info["Title"] == HOSTILE
        assert image.info["Description"] == f"{HOSTILE} 4.5"
        assert round(image.info["dpi"][0]) == 300
        assert "Software" not in image.info


def test_a_figure_without_words_is_left_as_it_is():
    assert with_description("<svg><g/></svg>", "", "") == "<svg><g/></svg>"
    assert with_description("no drawing", "Title", "Words") == "no drawing"
