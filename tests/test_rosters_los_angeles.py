"""The roster of Los Angeles: partial, its types by year, charters by directory, ids."""

from __future__ import annotations

import pytest

from autonomy_stats import estimate_effects, load_panel
from autonomy_stats.errors import MissingDataError
from autonomy_stats.facts import find_place, load_roster, types_in
from autonomy_stats.loaders.gather import gather

PLACE = find_place("los_angeles")
ROSTER = load_roster("los_angeles")
AUTONOMOUS = ("pilot", "network_partner", "local_initiative", "esbmm")


def types(year, confidence="inferred"):
    return types_in(ROSTER, year, confidence).set_index("school_id")["school_type"]


@pytest.mark.parametrize(
    ("school", "changes"),
    [
        # 20th Street joined the Partnership in July 2016.
        ("19647336019582", {2016: None, 2017: "network_partner", 2024: "network_partner"}),
        # Toland Way became a local initiative school in 2016.
        ("19647336019509", {2016: None, 2018: "local_initiative"}),
        # Reseda High is an affiliated charter by 2024, which the directory tells.
        ("19647331937226", {2014: None, 2016: "local_initiative", 2024: None}),
        # Hawkins became one school in 2021.
        ("19647330126482", {2013: "pilot", 2021: "pilot", 2022: "unknown"}),
        # Two special education centers are local initiative schools since.
        ("19647336060578", {2013: "alternative", 2016: "local_initiative"}),
    ],
)
def test_types_change_with_the_year(school, changes):
    assert {year: types(year).get(school) for year in changes} == changes


@pytest.mark.parametrize("year", [2015, 2016])
def test_the_roster_falls_short_of_the_counts_of_the_report(year):
    """What it lacks stands among the traditional schools, as its notes have to say."""
    held = types(year).value_counts()
    assert {kind: int(held[kind]) for kind in AUTONOMOUS} == {
        "pilot": 37,
        "network_partner": 16,
        "local_initiative": 5,
        "esbmm": 1,
    }


def test_a_lead_is_on_neither_side():
    leads = ROSTER[ROSTER["confidence"] == "unverified"]
    assert set(leads["school_type"]) == {"pilot", "network_partner", "esbmm", "unknown"}
    assert set(types(2016)[leads.loc[leads["from_end_year"].isna(), "school_id"]]) == {"unknown"}


def test_no_autonomous_school_is_documented_after_the_lists_end():
    late = types(2024, "documented")
    assert not late.isin(AUTONOMOUS).any()
    assert types(2024).isin(AUTONOMOUS).sum() > 50


def test_partners_are_clusters():
    partners = ROSTER[ROSTER["school_type"] == "network_partner"]
    assert set(partners["operator"]) == {
        "Partnership for Los Angeles Schools",
        "LA Promise Fund",
        "Youth Policy Institute",
    }
    charters = ROSTER[ROSTER["school_type"] == "independent_charter"]
    assert charters.groupby("operator")["school_id"].nunique().min() >= 2


@pytest.mark.real_data
def test_ids_and_names_are_those_of_the_state_s_files(raw_root):
    found = gather("california", [2013, 2015, 2016, 2024], raw_root, PLACE.district_ids)
    directory = found.tables["directory"]
    names = directory.groupby("school_id")["school_name"].agg(set)
    assert set(ROSTER["school_id"]) <= set(names.index)
    assert all(row.school_name in names[row.school_id] for row in ROSTER.itertuples())


@pytest.mark.real_data
def test_rows_agree_with_the_state_s_directory(raw_root):
    """Charters of the roster are charters of the directory in every year, and others are none."""
    found = gather("california", [2013, 2015, 2016, 2024], raw_root, PLACE.district_ids)
    directory = found.tables["directory"]
    for year, of_year in directory.groupby("end_year"):
        sector = of_year.set_index("school_id")["sector"]
        held = types_in(ROSTER, int(year), "unverified").set_index("school_id")["school_type"]
        both = held[held.index.isin(sector.index)]
        charter = both == "independent_charter"
        assert set(sector[both[charter].index]) == {"charter_direct"}
        assert set(sector[both[~charter].index]) == {"district"}


@pytest.mark.real_data
def test_panel_of_2024(raw_root):
    panel = load_panel("los_angeles", [2024], raw=raw_root)
    schools = panel.frame.groupby("school_type")["school_id"].nunique()
    assert schools.to_dict() == {
        "traditional": 580,
        "independent_charter": 219,
        "alternative": 54,
        "affiliated_charter": 51,
        "pilot": 30,
        "unknown": 20,
        "network_partner": 19,
        "local_initiative": 4,
        "esbmm": 1,
    }
    effects = estimate_effects(panel.frame, "proficient_pct").effects.set_index("school_type")
    assert effects.loc["esbmm", "note"] == "one school: no interval"
    assert effects.loc["unknown", "n_schools"] == 0


@pytest.mark.real_data
def test_panel_of_2013_has_only_the_index(raw_root):
    with pytest.raises(MissingDataError):
        load_panel("los_angeles", [2013], raw=raw_root)
    panel = load_panel("los_angeles", [2013], subjects=("all",), raw=raw_root)
    schools = panel.frame.groupby("school_type")["school_id"].nunique()
    assert schools.to_dict() == {
        "traditional": 608,
        "independent_charter": 185,
        "alternative": 66,
        "affiliated_charter": 43,
        "pilot": 31,
        "network_partner": 19,
        "unknown": 18,
    }
