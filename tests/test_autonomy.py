"""The matrix of autonomy: whole, by its rule, where the report says; its index and the levels."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.optimize import linprog
from seeds import lines_of

import autonomy_stats as aus
from autonomy_stats.errors import DataError, UsageError
from autonomy_stats.facts import Place, autonomy, autonomy_index, index_of_types
from autonomy_stats.schema import SCHOOL_TYPES, validate

MATRIX = aus.load_autonomy()
TABLE = MATRIX.drop(columns="level")
CATEGORIES = autonomy.load_autonomy_categories()
LEVELS = autonomy.load_autonomy_levels()
AGREEMENT = autonomy.level_agreement().set_index(["coding", "weights"])
ORDER = CATEGORIES["category"].tolist()
REFERENCES = [
    pytest.param(row["seed"], lines, cites, id=f"{row[key]}-{row[other]}-{lines}")
    for key, other, frame in (
        ("model_id", "category", MATRIX),
        ("rank", "category", CATEGORIES),
        ("model_id", "level", LEVELS),
    )
    for row in frame.to_dict("records")
    for lines, cites in zip(row["lines"].split(";"), row["cites"].split(";"), strict=True)
]
LOS_ANGELES = Place("los_angeles", "california", "Los Angeles", district_ids=("1964733",))


def values(coding):
    """Number of each model (row) in each category (column, as the report ranks them)."""
    numbers = MATRIX.assign(value=MATRIX[coding].map({"full": 1.0, "partial": 0.5, "none": 0.0}))
    return numbers.pivot(index="model_id", columns="category", values="value")[ORDER]


def level_of():
    """Rank of each model's level, without the one that has two."""
    single = MATRIX.drop_duplicates("model_id").set_index("model_id")["level"]
    return single[~single.str.contains(";")].map({"high": 3, "middle": 2, "low": 1})


def widest_margin(table, *, ordered):
    """Largest gap that weights of sum 1 can put between all models of different levels."""
    levels = level_of()
    rows = [
        np.append(table.loc[below] - table.loc[above], 1.0)
        for one, other in combinations(levels.index, 2)
        if levels[one] != levels[other]
        for above, below in [sorted((one, other), key=lambda model: -levels[model])]
    ]
    if ordered:
        rows += [[*(np.eye(6)[n + 1] - np.eye(6)[n]), 0.0] for n in range(5)]
    solved = linprog(
        [0] * 6 + [-1],
        A_ub=np.array(rows),
        b_ub=np.zeros(len(rows)),
        A_eq=[[1] * 6 + [0]],
        b_eq=[1],
        bounds=[(0, None)] * 6 + [(None, None)],
    )
    assert solved.success
    return -solved.fun


# The matrix


def test_eleven_models_in_six_categories():
    assert len(MATRIX) == 66
    assert MATRIX.groupby("model_id")["category"].agg(list).map(lambda found: found == ORDER).all()
    models = MATRIX.drop_duplicates("model_id")
    assert models["figure"].tolist() == list(range(12, 23))
    constant = ["place", "school_type", "figure", "contingency", "level"]
    per_model = MATRIX.groupby("model_id")[constant].nunique(dropna=False)
    assert (per_model == 1).all(axis=None)
    assert not models.duplicated(["place", "school_type"]).any()
    assert set(models["school_type"]) <= set(SCHOOL_TYPES)
    assert set(MATRIX["model_id"]) == set(LEVELS["model_id"])


def test_strict_is_never_above_lenient():
    for lenient, strict in (("lenient", "strict"), ("lenient_revised", "strict_revised")):
        assert (values(lenient) >= values(strict)).all(axis=None)


def test_a_revised_code_says_why():
    changed = (MATRIX["lenient"] != MATRIX["lenient_revised"]) | (
        MATRIX["strict"] != MATRIX["strict_revised"]
    )
    assert changed.sum() == 9
    assert (MATRIX["note"].notna() == changed).all()


def test_the_same_words_have_the_same_code():
    """Cells that the report words alike are coded alike."""
    for text in ("own model by an approved plan", "chooses provider", "none"):
        alike = MATRIX[MATRIX["reason"].str.startswith(text)]
        assert len(alike) > 1
        codes = alike.groupby("category")[
            ["lenient", "strict", "lenient_revised", "strict_revised"]
        ]
        assert (codes.nunique() == 1).all(axis=None), text


@pytest.mark.parametrize(
    ("name", "frame", "column", "word"),
    [
        ("autonomy", TABLE, "strict", "much"),
        ("autonomy", TABLE, "category", "discipline"),
        ("autonomy", TABLE, "reason", None),
        ("autonomy_levels", LEVELS, "level", "mid"),
        ("autonomy_categories", CATEGORIES, "category", "discipline"),
    ],
)
def test_what_the_table_does_not_allow_is_refused(name, frame, column, word):
    assert validate(frame, name).equals(frame)
    wrong = frame.copy()
    wrong.loc[2, column] = word
    with pytest.raises(DataError, match=rf"table {name}: row 4, column '{column}'"):
        validate(wrong, name, rows=range(2, len(wrong) + 2))


def test_a_change_of_what_was_loaded_stays_with_its_owner():
    first = aus.load_autonomy()
    first["lenient"] = "none"
    assert set(aus.load_autonomy()["lenient"]) == {"full", "partial", "none"}


# Levels


def test_one_model_has_two_levels():
    """The report is at odds with itself; both levels stay."""
    twice = LEVELS[LEVELS["model_id"].duplicated(keep=False)]
    assert twice[["model_id", "level"]].to_numpy().tolist() == [
        ["la_local_initiative", "middle"],
        ["la_local_initiative", "low"],
    ]
    assert twice["note"].notna().all()
    assert level_of().value_counts().sort_index().to_dict() == {1: 3, 2: 3, 3: 4}


# The index


def test_weights_follow_the_report_s_ranking():
    assert CATEGORIES["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    ranked = autonomy.category_weights("ranked")
    assert ranked.to_dict() == dict(zip(ORDER, (6, 5, 4, 3, 2, 1), strict=True))
    assert autonomy.category_weights("equal").to_dict() == dict.fromkeys(ORDER, 1)


@pytest.mark.parametrize("coding", autonomy.CODINGS)
@pytest.mark.parametrize("weights", autonomy.WEIGHTS)
def test_index_is_the_weighted_sum_scaled_to_six(coding, weights):
    found = autonomy_index(coding, weights)
    assert found["model_id"].tolist() == MATRIX["model_id"].unique().tolist()
    weight = np.ones(6) if weights == "equal" else np.arange(6, 0, -1)
    expected = values(coding).loc[found["model_id"]].to_numpy() @ weight * 6 / weight.sum()
    np.testing.assert_allclose(found["autonomy_index"], expected, rtol=1e-14)
    assert found["autonomy_index"].between(0, autonomy.HIGHEST).all()


def test_all_indices_in_one_frame():
    every = autonomy.autonomy_indices().set_index(["coding", "weights"])
    for coding in autonomy.CODINGS:
        for weights in autonomy.WEIGHTS:
            own = every.loc[(coding, weights)].reset_index(drop=True)
            assert own.equals(autonomy_index(coding, weights))


def test_some_indices_by_hand():
    """Staffing, model and budget 1/2, curriculum and training 1, schedule 0."""
    of = {
        weights: autonomy_index("lenient", weights).set_index("model_id")["autonomy_index"]
        for weights in autonomy.WEIGHTS
    }
    assert of["equal"]["la_local_initiative"] == 3 / 2 + 2
    assert of["ranked"]["la_local_initiative"] == (3 + 2.5 + 4 + 1.5 + 0 + 1) * 6 / 21


def test_neither_index_reproduces_the_levels():
    assert not AGREEMENT["reproduces_levels"].any()
    assert (AGREEMENT["n_pairs"] == 4 * 3 + 4 * 3 + 3 * 3).all()
    parts = AGREEMENT["n_in_order"] + AGREEMENT["n_tied"] + AGREEMENT["n_reversed"]
    assert (parts == AGREEMENT["n_pairs"]).all()
    equal = AGREEMENT.loc[("lenient", "equal")]
    assert equal[["n_in_order", "n_tied", "n_reversed"]].tolist() == [27, 2, 4]
    assert equal["lowest_high"] > equal["highest_middle"]
    assert equal["highest_low"] > equal["lowest_middle"]


def test_agreement_would_be_seen(monkeypatch):
    by_level = MATRIX["level"].map({"high": "full", "middle": "partial", "low": "none"})
    agreeing = MATRIX.assign(lenient=by_level.fillna("none"))
    monkeypatch.setattr(autonomy, "load_autonomy", lambda: agreeing)
    found = autonomy.level_agreement().set_index(["coding", "weights"])
    assert found.loc["lenient", "reproduces_levels"].all()
    assert not found.loc["strict", "reproduces_levels"].any()


@pytest.mark.parametrize("coding", ["lenient", "strict"])
def test_a_middle_and_a_low_model_have_the_same_codes(coding):
    """No weights whatever can tell them apart."""
    table = values(coding)
    assert table.loc["la_pilot"].equals(table.loc["la_esbmm"])
    assert level_of()["la_pilot"] > level_of()["la_esbmm"]
    assert widest_margin(table, ordered=False) <= 1e-9


@pytest.mark.parametrize("coding", autonomy.CODINGS)
def test_no_weights_in_the_report_s_order_reproduce_the_levels(coding):
    assert widest_margin(values(coding), ordered=True) <= 1e-9


def test_two_staffing_cells_decide_it():
    table = values("lenient_revised")
    table.loc[["la_pilot", "denver_innovation"], "staffing"] = 1.0
    assert widest_margin(table, ordered=True) > 0.001
    index = table @ (2.0 ** np.arange(5, -1, -1))
    sets = [index[level_of().loc[lambda level, n=n: level == n].index] for n in (1, 2, 3)]
    assert all(low.max() < high.min() for low, high in pairwise(sets))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: autonomy_index("loose"), "coding must be one of .*'strict'.*got 'loose'"),
        (lambda: autonomy_index(weights="rank"), "weights must be one of .*'ranked'.*got 'rank'"),
        (lambda: index_of_types("nowhere"), "no place is called 'nowhere'"),
    ],
)
def test_unknown_arguments(call, match):
    with pytest.raises(UsageError, match=match):
        call()


@pytest.mark.parametrize(
    ("place", "types"),
    [
        ("boston", ["horace_mann", "pilot", "innovation", "turnaround"]),
        ("denver", ["innovation"]),
        ("colorado", ["innovation"]),
        ("michigan", []),
        (
            LOS_ANGELES,
            ["pilot", "local_initiative", "esbmm", "network_partner", "affiliated_charter"],
        ),
    ],
)
def test_index_of_types(place, types):
    assert list(index_of_types(place)) == types


def test_a_type_s_index_is_that_of_the_place():
    assert index_of_types("boston")["innovation"] == 5.5
    assert index_of_types("denver")["innovation"] == 5.0
    strict = index_of_types("denver", "strict", "ranked")["innovation"]
    assert strict == pytest.approx(13.5 * 6 / 21)


# The report's own text


@pytest.mark.parametrize(("seed", "lines", "cites"), REFERENCES)
def test_the_lines_hold_what_they_are_cited_for(seed, lines, cites):
    assert 1 <= len(cites.split()) <= 3
    text = " ".join(lines_of(seed, lines).split())
    assert re.search(rf"(?<!\w){re.escape(cites)}(?!\w)", text), text


@pytest.mark.parametrize("figure", range(12, 23))
def test_cells_stand_below_their_figure_s_caption(figure):
    """The first lines of a cell are within its figure, in the order of the categories."""
    cells = MATRIX[MATRIX["figure"] == figure]
    firsts = [int(re.match(r"\d+", lines)[0]) for lines in cells["lines"]]
    assert firsts == sorted(firsts)
    text = lines_of("001", f"{firsts[0] - 6}-{firsts[-1]}")
    assert re.findall(r"FIGURE (\d+):", text) == [str(figure)]
    headings = ("STAFFING", "LEARNING MODEL", "CURRICULUM", "BUDGETING", "SCHEDULE", "PROFESSIONAL")
    places = [text.find(heading) for heading in headings]
    assert -1 not in places
    assert places == sorted(places)
    for heading, first in zip(headings[:-1], firsts[:-1], strict=True):
        assert lines_of("001", str(first)).startswith(heading)


@pytest.mark.parametrize("figure", range(12, 23))
def test_only_a_title_that_says_contingent_has_a_contingency(figure):
    row = MATRIX[MATRIX["figure"] == figure].iloc[0]
    first = int(re.match(r"\d+", row["lines"])[0])
    title = lines_of("001", f"{first - 6}-{first - 1}")
    title = title[title.index(f"FIGURE {figure}:") :]
    assert ("Contingent upon" in title) == isinstance(row["contingency"], str)
