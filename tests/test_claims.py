"""The report's claims, inconsistencies and counts: whole, consistent, and where they say."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from seeds import SEEDS, lines_of, text_of

import autonomy_stats as aus
from autonomy_stats import facts
from autonomy_stats.errors import DataError
from autonomy_stats.schema import SCHOOL_TYPES, validate

CLAIMS = aus.load_claims().set_index("claim_id", drop=False)
INCONSISTENCIES = facts.load_inconsistencies()
COUNTS = facts.load_report_counts()
IDS = set(CLAIMS.index)
REFERENCES = [
    pytest.param(row["seed"], lines, cites, id=f"{name}-{row[key]}-{lines}")
    for name, key, frame in (
        ("claims", "claim_id", CLAIMS),
        ("inconsistencies", "inconsistency_id", INCONSISTENCIES),
        ("counts", "school_type", COUNTS.dropna(subset="seed")),
    )
    for row in frame.to_dict("records")
    for lines, cites in zip(row["lines"].split(";"), row["cites"].split(";"), strict=True)
]
OTHERS = {"state", "district", "in_district", "less_autonomous", "before"}
LONGEST_QUOTE = 7


def parts(cell):
    """Entries of a list in a cell, none if it is missing."""
    return cell.split(";") if isinstance(cell, str) else []


# Claims


def test_37_claims_and_one_row_that_says_there_is_no_data():
    assert len(CLAIMS) == 38
    none = CLAIMS[CLAIMS["kind"] == "no_data"]
    assert none.index.tolist() == ["LA-G0"]
    assert (CLAIMS["wording"] == "no_data").sum() == 1
    claimed = CLAIMS.drop("LA-G0")
    assert claimed[["school_type", "comparison", "sign"]].notna().all(axis=None)
    assert Counter(claimed["place"]) == {
        "boston": 11,
        "los_angeles": 8,
        "memphis": 5,
        "denver": 6,
        "indianapolis": 3,
        "several": 4,
    }


def test_nothing_is_counted_twice():
    """A composite has parts, none of which is a composite; only parts name one."""
    composite = CLAIMS["is_composite"] == "yes"
    assert (composite == (CLAIMS["kind"] == "composite")).all()
    named = Counter(whole for cell in CLAIMS["part_of"] for whole in parts(cell))
    assert set(named) == set(CLAIMS.index[composite])
    assert CLAIMS.loc[composite, "part_of"].isna().all()
    single = CLAIMS[~composite & (CLAIMS["kind"] != "no_data")]
    assert len(single) == 30
    says = ["place", "school_type", "comparison", "outcome", "subject", "sign"]
    assert not single.duplicated(says).any()


def test_parts_are_of_the_place_and_the_types_that_they_are_part_of():
    for claim in CLAIMS.to_dict("records"):
        for whole in parts(claim["part_of"]):
            assert CLAIMS.loc[whole, "place"] in (claim["place"], "several"), claim["claim_id"]


@pytest.mark.parametrize(
    "claim", CLAIMS.drop("LA-G0").to_dict("records"), ids=lambda c: c["claim_id"]
)
def test_kind_sign_and_wording_agree(claim):
    types, compared = parts(claim["school_type"]), parts(claim["comparison"])
    assert set(types) <= {*SCHOOL_TYPES, "in_district"}
    assert set(compared) <= {*SCHOOL_TYPES, *OTHERS}
    order = re.split("[>;]", claim["sign"])
    kind, wording = claim["kind"], claim["wording"]
    if kind == "ranking":
        assert len(order) > 1
        assert set(order) <= {*types, *compared}
        assert len(set(order)) == len(order)
    elif kind != "composite":
        assert claim["sign"] in ("+", "-", "0")
        assert len(compared) == 1
    assert (kind == "null") == (wording in ("about_the_same", "no_more_likely", "not_significant"))
    if claim["stated_significance"].endswith("not_significant"):
        assert kind == "null"
    if kind == "directional":
        assert claim["sign"] != "0"
        assert wording in ("plain", "slightly")
    if wording == "not_significant":
        assert claim["stated_significance"] == "not_significant"
    prefix = {"boston": "BOS", "los_angeles": "LA", "memphis": "MEM", "denver": "DEN"}
    place = prefix.get(
        claim["place"], {"indianapolis": "IND", "several": "ALL"}.get(claim["place"])
    )
    assert claim["claim_id"].startswith(f"{place}-")


def test_years_tests_and_figures_agree():
    dated = CLAIMS.dropna(subset="from_end_year")
    assert (dated["from_end_year"] <= dated["to_end_year"]).all()
    assert CLAIMS["from_end_year"].isna().equals(CLAIMS["to_end_year"].isna())
    assert dated["from_end_year"].between(2015, 2017).all()
    years = dated[["from_end_year", "to_end_year"]].apply(tuple, axis=1)
    assert set(years[dated["place"] == "memphis"]) == {(2015, 2015)}
    growth = (dated["outcome"] == "growth") & dated["place"].isin(["boston", "denver"])
    assert set(years[growth]) == {(2016, 2016)}
    drawn = CLAIMS.dropna(subset="figure")
    assert set(drawn["figure"]) == {1, 2, 3, 4, 5, 6, 7, 8, 10}
    same = drawn.groupby("figure")[["place", "outcome", "assessment"]].nunique()
    assert (same == 1).all(axis=None)
    assert set(CLAIMS.loc[CLAIMS["stated_significance"] == "figure_bars", "figure"]) == {1, 3, 4, 6}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("claims", "wording"),
        ("claims", "kind"),
        ("inconsistencies", "place"),
        ("report_counts", "wording"),
        ("external_estimates", "scale"),
    ],
)
def test_a_word_that_the_table_does_not_allow_is_refused(name, column):
    frame = getattr(facts, f"load_{name}")()
    rows = range(2, len(frame) + 2)
    assert validate(frame, name, "facts").equals(frame)
    frame.loc[3, column] = "somewhat"
    with pytest.raises(DataError, match=rf"facts: .*{name}.*row 5, column '{column}'.*somewhat"):
        validate(frame, name, "facts", rows)


def test_a_change_of_what_was_loaded_stays_with_its_owner():
    first = aus.load_claims()
    first["sign"] = "+"
    assert set(aus.load_claims()["sign"].dropna()) > {"+", "-", "0"}


# Inconsistencies and counts


def test_ten_inconsistencies():
    assert INCONSISTENCIES["inconsistency_id"].tolist() == [f"X{n}" for n in range(1, 11)]
    assert {claim for cell in INCONSISTENCIES["claims"] for claim in parts(cell)} <= IDS
    mentioned = re.findall(r"\bX\d+", " ".join(CLAIMS["note"].dropna()))
    assert set(mentioned) <= set(INCONSISTENCIES["inconsistency_id"])


def test_counts_are_of_known_types_and_say_who():
    for row in COUNTS.to_dict("records"):
        assert set(parts(row["school_type"])) <= {*SCHOOL_TYPES, "all", "special"}
        from_a_report = isinstance(row["seed"], str)
        assert from_a_report == isinstance(row["lines"], str) == isinstance(row["cites"], str)
        assert from_a_report <= (not isinstance(row["url"], str))
        assert re.search(r"\d{4}|http", f"{row['source']} {row['url']}")


@pytest.mark.parametrize(
    ("wording", "given"),
    [
        ("exact", (True, True, True)),
        ("about", (True, False, False)),
        ("more_than", (False, True, False)),
        ("at_least", (False, True, False)),
        ("either", (False, True, True)),
    ],
)
def test_bounds_follow_the_wording(wording, given):
    rows = COUNTS[COUNTS["wording"] == wording]
    assert len(rows)
    for name, there in zip(("n_schools", "n_low", "n_high"), given, strict=True):
        assert (rows[name].notna() == there).all(), name
    if wording == "exact":
        assert (rows["n_low"] == rows["n_schools"]).all()
        assert (rows["n_high"] == rows["n_schools"]).all()


def test_boston_s_four_models_add_up_to_the_sum_that_x2_speaks_of():
    boston = COUNTS[(COUNTS["place"] == "boston") & (COUNTS["seed"] == "001")]
    of = boston.set_index("school_type")["n_schools"]
    models = ["horace_mann", "innovation", "pilot", "turnaround"]
    issue = INCONSISTENCIES.set_index("inconsistency_id").loc["X2", "issue"]
    assert f"{of[models].sum():g}" in issue
    assert f"{of[';'.join(models)]:g}" in issue
    high = of[["horace_mann", "innovation", "pilot"]].sum()
    assert f"{high:g} schools" in INCONSISTENCIES.set_index("inconsistency_id").loc["X4", "issue"]


# The reports' own texts


@pytest.mark.parametrize(("seed", "lines", "cites"), REFERENCES)
def test_the_lines_hold_what_they_are_cited_for(seed, lines, cites):
    assert 1 <= len(cites.split()) <= 3
    text = " ".join(lines_of(seed, lines).split())
    assert re.search(rf"(?<!\w){re.escape(cites)}(?!\w)", text), text


def test_figure_7_and_the_captions_of_3_to_8_are_not_in_the_text():
    text = text_of("001")
    captions = {int(n) for n in re.findall(r"FIGURE (\d+):", text)}
    assert captions == {1, 2, 9, 10, *range(12, 23)}
    assert not re.search(r"Figure (7|11)\b", text)


def words(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text, length=LONGEST_QUOTE + 1):
    found = words(text)
    return {tuple(found[n : n + length]) for n in range(len(found) - length + 1)}


@pytest.mark.parametrize(
    "name",
    [
        "load_claims",
        "load_inconsistencies",
        "load_report_counts",
        "load_external_estimates",
        "load_autonomy",
        "load_initiatives",
    ],
)
def test_no_sentence_is_the_reports_own(name):
    theirs = set().union(*(runs(text_of(seed)) for seed in SEEDS))
    frame = getattr(facts, name)()
    cells = [cell for column in frame.select_dtypes("str") for cell in frame[column].dropna()]
    assert not [run for cell in cells for run in runs(cell) & theirs]


def test_the_search_for_quotes_would_find_one():
    first = " ".join(words(lines_of("001", "439-446"))[: LONGEST_QUOTE + 1])
    assert runs(first) <= runs(text_of("001"))
