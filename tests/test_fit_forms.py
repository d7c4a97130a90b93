"""The forms in which a fit is handed on: summary, frame, citation, headline."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frames import panel

from autonomy_stats import estimate_effects
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.estimators import ESTIMATORS
from autonomy_stats.models.fit import Fit
from autonomy_stats.models.references import OF_ESTIMATORS, OF_OUTCOMES, OF_VCOVS, REFERENCES
from autonomy_stats.models.value_added import estimate_value_added

OUTCOME = "proficient_pct"
SCHOOLS = {"traditional": 30, "pilot": 12, "innovation": 5, "exam": 2, "turnaround": 1}
METHOD = Path(__file__).resolve().parent.parent / "docs/method.md"


@pytest.fixture(scope="module")
def fit():
    return estimate_effects(panel(SCHOOLS, gaps={"pilot": 6.0}), OUTCOME)


def cells(table):
    """Return a table's rows by their first cell."""
    return {str(row[0]).strip(): [str(c).strip() for c in row[1:]] for row in table.data}


# Summary


def test_summary_has_the_numbers_of_the_effects(fit):
    rows = cells(fit.summary().tables[1])
    pilot = fit.effects.set_index("school_type").loc["pilot"]
    numbers = [f"{pilot[c]:.2f}" for c in ("estimate", "std_error")]
    assert rows["pilot schools"][:2] == numbers
    assert rows["pilot schools"][2] == f"{pilot['df']:.1f}"
    assert rows["pilot schools"][5] == f"{pilot['p_value_holm']:.3f}"
    assert rows["pilot schools"][6:8] == [f"{pilot[c]:.2f}" for c in ("conf_low", "conf_high")]
    assert rows["pilot schools"][8] == "12"
    assert rows["district schools"][0] == "reference"


def test_summary_shows_no_interval_where_there_is_none(fit):
    text = fit.summary().as_text()
    assert cells(fit.summary().tables[1])["turnaround schools"][1:8] == [""] * 7
    assert "turnaround schools: one school: no interval" in text
    assert "exam schools: left out of the comparison" in text
    assert "not what attending one does" in " ".join(text.split())


def test_summary_says_how_the_fit_was_made(fit):
    text = fit.summary().as_text()
    assert re.search(r"Clusters: +48 \(school_id\)", text)
    assert re.search(r"Weights: +n_tested", text)
    assert re.search(r"Standard errors: +CR2, identity", text)
    assert len(cells(fit.summary().tables[2])) == 1 + len(fit.controls)


def test_summary_comes_as_html_csv_and_latex(fit):
    made = fit.summary()
    assert made._repr_html_().count("<table") == 3
    assert "pilot schools" in made.as_csv()
    assert r"\begin{tabular}" in made.as_latex()


@pytest.mark.parametrize("name", [e.name for e in ESTIMATORS if e.name != "ordered"])
def test_every_estimator_has_a_summary(name):
    made = estimate_effects(panel({"traditional": 25, "pilot": 12}), OUTCOME, estimator=name)
    tables = made.summary().tables
    assert name in cells(tables[0])["Estimator:"]
    controls = made.coefficients["term"].isin(made.controls).any()
    assert len(tables) == 2 + controls
    lines = made.summary().as_text().splitlines()
    assert max(map(len, lines)) <= 110
    for table in tables:
        widths = {len(line) for line in table.as_text().splitlines() if line.startswith(("=", "-"))}
        assert len(widths) == 1


def test_long_titles_and_types_keep_the_summary_narrow():
    long = "a type of school whose name goes on and on and on"
    frame = panel({"traditional": 12, long: 6}, years=(2016, 2017))
    made = estimate_value_added(frame, OUTCOME, prior="same_grade")
    assert max(map(len, made.summary().as_text().splitlines())) <= 110


def test_controls_of_few_degrees_of_freedom_have_no_p_value():
    frame = panel({"traditional": 9, "pilot": 4}, grades=("03",), subjects=("ela",))
    clusters = frame.assign(network=frame["school_id"].astype(int).mod(4).astype("str"))
    made = estimate_effects(clusters, OUTCOME, cluster="network", controls=["black_pct"])
    (df,) = made.coefficients.loc[made.coefficients["term"] == "black_pct", "df"]
    assert df < 4
    row = cells(made.summary().tables[2])["share Black"]
    assert row[0] != ""
    assert row[3:] == ["", "", "", ""]


def test_a_fit_without_controls_has_no_table_of_them():
    made = estimate_effects(panel({"traditional": 9, "pilot": 6}), OUTCOME, controls=[])
    assert len(made.summary().tables) == 2


# Frame


def test_frames_of_several_fits_stack(fit):
    other = estimate_effects(panel(SCHOOLS), OUTCOME, weights=None, controls=[])
    both = pd.concat([fit.to_frame(), other.to_frame()])
    assert both.groupby("controls")["school_type"].count().tolist() == [5, 5]
    assert set(both["weights"].dropna()) == {"n_tested"}
    assert fit.to_frame()[list(fit.effects)].equals(fit.effects)


# Citation


def test_citation_names_the_papers_of_what_was_done(fit):
    text = fit.cite()
    for paper in ("Pustejovsky", "Satterthwaite", "Holm", "Solon"):
        assert paper in text
    assert "Papke" not in text
    assert "among schools of similar composition" in " ".join(text.split())


def test_citation_follows_estimator_weights_and_vcov():
    frame = panel({"traditional": 25, "pilot": 12})
    made = estimate_effects(frame, OUTCOME, estimator="fractional_logit", vcov="CR1", weights=None)
    assert "Papke" in made.cite()
    assert "Liang" in made.cite()
    assert "Solon" not in made.cite()
    assert "Satterthwaite, F." not in made.cite()


@pytest.mark.parametrize(("vcov", "cited"), [("CR1", True), ("CR2", True)])
def test_least_squares_cite_what_their_degrees_of_freedom_rest_on(vcov, cited):
    made = estimate_effects(panel({"traditional": 12, "pilot": 6}), OUTCOME, vcov=vcov)
    assert ("Satterthwaite, F." in made.cite()) == cited


def test_value_added_cites_its_own_papers():
    frame = panel({"traditional": 12, "pilot": 6}, years=(2016, 2017))
    text = estimate_value_added(frame, OUTCOME, prior="same_grade").cite()
    assert "Raudenbush" in text
    assert "percent proficient in the year before" in " ".join(text.split())
    assert "share percent" not in text


def test_a_type_that_is_not_there_is_named(fit):
    with pytest.raises(UsageError, match=r"no type 'pilots'; there are .*pilot"):
        fit.schools("pilots")


def test_every_reference_is_used_and_every_use_has_one():
    tables = (OF_ESTIMATORS, OF_VCOVS, OF_OUTCOMES)
    used = {key for table in tables for keys in table.values() for key in keys}
    used |= {"Holm 1979", "Solon and others 2015", "Satterthwaite 1946", "Tipton 2015"}
    assert used == set(REFERENCES)
    assert set(OF_ESTIMATORS) == {one.name for one in ESTIMATORS} - {"wls", "ols"}


def test_the_page_of_the_method_lists_every_reference():
    page = METHOD.read_text(encoding="utf-8")
    for text in REFERENCES.values():
        assert re.search(rf"^- {re.escape(text)}( <https://doi\.org/\S+>)?$", page, re.MULTILINE)


# Headline


def two_levels(gaps):
    """A panel of elementary and middle schools, with a gap of pilot schools in each."""
    frames = [
        panel({"traditional": 30, "pilot": 14}, seed=n, gaps={"pilot": gap}, first_id=100 * n + 1)
        for n, gap in enumerate(gaps, start=1)
    ]
    levels = zip(frames, ("elementary", "middle"), strict=True)
    return pd.concat([frame.assign(level=level) for frame, level in levels], ignore_index=True)


def test_levels_that_disagree_are_the_headline():
    made = estimate_effects(two_levels((0.0, 20.0)), OUTCOME)
    rows = made.headline.set_index("level")
    assert set(rows.index) == {"elementary", "middle"}
    assert rows.loc["middle", "estimate"] - rows.loc["elementary", "estimate"] > 10
    assert rows["reason"].str.startswith("the levels disagree (F ").all()
    own = made.beside[made.beside["variation"] == "by level"].set_index("subset")["estimate"]
    assert rows["estimate"].to_dict() == pytest.approx(own.drop("test that they agree").to_dict())


def test_levels_that_agree_leave_the_pooled_rows():
    made = estimate_effects(two_levels((5.0, 5.0)), OUTCOME)
    rows = made.headline
    assert rows["level"].unique().tolist() == ["all"]
    assert rows["estimate"].tolist() == made.effects["estimate"].tolist()
    assert rows["reason"].str.contains("not shown to disagree").all()


def test_without_levels_the_headline_says_so(fit):
    assert fit.headline["reason"].unique().tolist() == ["the frame has no `level`"]
    one = estimate_effects(panel({"traditional": 9, "pilot": 6}).assign(level="high"), OUTCOME)
    assert one.headline["reason"].unique().tolist() == ["one level of school"]


def test_levels_that_cannot_be_tested_leave_the_pooled_rows():
    """The only pilot school of a level has no interval, so that no level can be compared."""
    frame = panel({"traditional": 12, "pilot": 3})
    pilots = frame.loc[frame["school_type"] == "pilot", "school_id"].unique()
    middle = frame["school_id"].isin([pilots[0], *frame["school_id"].unique()[:6]])
    made = estimate_effects(frame.assign(level=np.where(middle, "middle", "elementary")), OUTCOME)
    assert made.headline["level"].unique().tolist() == ["all"]
    assert made.headline["reason"].str.startswith("no test that the levels agree").all()


def test_a_fit_without_its_frame_has_no_headline(fit):
    fields = {name: getattr(fit, name) for name in Fit.__dataclass_fields__}
    with pytest.raises(EstimationError, match="does not know the frame"):
        _ = Fit(**fields | {"asked": None}).headline
