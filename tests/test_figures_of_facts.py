"""Figures 12 to 22, the map of autonomy and the typology: what the facts say, drawn and as HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from pages import problems

import autonomy_stats as aus
from autonomy_stats.figures import autonomy_map, typology
from autonomy_stats.figures.autonomy_tables import CATEGORIES, TABLES
from autonomy_stats.figures.table import draw_table, html_table
from autonomy_stats.study_figures import FACTS

INPUTS = {name: load() for name, load in FACTS.items()}
HOSTILE = '<script>alert("x")</script> & sons'
RUN = {".last-run.json", "manifest.json", "report.html"}
"""What a run leaves beside its figures."""


class Cells(HTMLParser):
    """Texts of a page's table cells, and the tags in it."""

    def __init__(self, text):
        super().__init__()
        self.cells, self.tags, self._open = [], set(), False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self._open = tag in ("td", "th")
        if self._open:
            self.cells.append("")

    def handle_endtag(self, tag):
        self._open = False

    def handle_data(self, data):
        if self._open:
            self.cells[-1] += data


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.FIGURE_ID)
def test_each_model_has_its_six_categories(table):
    frame = table.data(INPUTS)
    assert frame["category"].tolist() == list(CATEGORIES)
    assert set(frame["model_id"]) == {table.model_id}
    assert (INPUTS["autonomy"].query("model_id == @table.model_id")["figure"] == table.number).all()
    caption = table.caption(frame)
    assert f"Figure {table.number}" in caption
    assert "nan" not in caption
    assert frame["lines"].str.match(r"\d+").all()


def test_tables_are_figures_12_to_22():
    assert [table.FIGURE_ID for table in TABLES] == [f"fig{n}" for n in range(12, 23)]
    assert {table.model_id for table in TABLES} == set(INPUTS["autonomy"]["model_id"])


def test_html_has_every_cell():
    table = TABLES[0]
    frame = table.data(INPUTS)
    page = Cells(table.html(frame))
    assert page.cells == [
        cell
        for row in [["Category", "Lenient", "Strict", "Why"], *table.rows(frame)]
        for cell in row
    ]


def test_hostile_text_is_escaped():
    page = Cells(html_table(HOSTILE, HOSTILE, ["x", HOSTILE], [[HOSTILE, "1"]]))
    assert "script" not in page.tags
    assert page.cells == ["x", HOSTILE, HOSTILE, "1"]


def test_long_cells_are_wrapped_and_stay_apart():
    words = "a rather long sentence that has to be wrapped more than once to fit " * 3
    figure = draw_table("T", "S", "C", ["a", "b"], [[words, words], ["x", words]], [2.0, 3.0])
    assert problems(figure) == []


def test_map_orders_models_and_says_that_no_index_reproduces_the_levels():
    frame = autonomy_map.data(INPUTS)
    assert len(frame) == 11
    assert frame["index_lenient"].is_monotonic_decreasing
    assert frame["index_lenient"].between(0, 6).all()
    assert (frame["index_strict"] <= frame["index_lenient"]).all()
    caption = autonomy_map.caption(frame)
    low = frame.loc[frame["level"] == "low", "index_lenient"].max()
    middle = frame.loc[frame["level"] == "middle", "index_lenient"].min()
    assert low > middle
    assert f"a low model reaches {low:.1f}" in caption


def test_typology_keeps_the_order_of_the_continuum():
    frame = typology.data(INPUTS)
    order = {"district_run": 0, "partner_led": 1, "partner_run": 2}
    assert frame["category"].map(order).is_monotonic_increasing
    assert "indianapolis_innovation_network" in set(frame["initiative_id"])
    page = Cells(typology.html(frame))
    assert len(page.cells) == 6 * (len(frame) + 1)
    assert "" not in page.cells[6::6]  # the first column names each row
    assert "nan" not in " ".join(page.cells).lower().split()


def test_a_run_writes_html_and_needs_no_raw_file(tmp_path):
    (tmp_path / "raw").mkdir()
    run = aus.reproduce(raw=tmp_path / "raw", out=tmp_path / "out", only=["fig12", "typology"])
    assert run.drawn == ["fig12", "typology"]
    written = {path.name for path in (tmp_path / "out").iterdir()}
    kinds = ("png", "svg", "csv", "html")
    assert written == {f"{name}.{kind}" for name in run.drawn for kind in kinds} | RUN
