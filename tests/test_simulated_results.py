"""Results of simulated panels: every table has the column, every text says so, and only theirs."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
from frames import panel

from autonomy_stats import estimate_effects, minimum_detectable_effect, models
from autonomy_stats.mark import MARK, is_simulated
from autonomy_stats.models.autonomy_order import order_by_autonomy
from autonomy_stats.models.bounds import outcome_bounds
from autonomy_stats.models.change import changes_by_type, estimate_change
from autonomy_stats.models.contrasts import compare_pairs
from autonomy_stats.models.control_bounds import control_bounds, shares_at
from autonomy_stats.models.filled import filled_from_scores
from autonomy_stats.models.fit import Fit
from autonomy_stats.models.means import mean_change, weighted_mean
from autonomy_stats.models.placebo import before_conversion
from autonomy_stats.models.prior_error import prior_error
from autonomy_stats.models.rank_change import rank_change
from autonomy_stats.models.robustness import (
    SpecificationCurve,
    core_contrasts,
    specification_curve,
    with_shares_of,
)
from autonomy_stats.models.robustness.balance import balance
from autonomy_stats.models.robustness.heterogeneity import heterogeneity
from autonomy_stats.models.robustness.influence import influence
from autonomy_stats.models.robustness.misclassification import misclassification
from autonomy_stats.models.robustness.overlap import overlap, overlap_schools
from autonomy_stats.models.robustness.sensitivity import sensitivity, sensitivity_contours
from autonomy_stats.models.robustness.variations import estimate_variations
from autonomy_stats.models.state_rank import state_ranks
from autonomy_stats.models.value_added import estimate_value_added

OUTCOME = "proficient_pct"
LOW, HIGH = f"{OUTCOME}_low", f"{OUTCOME}_high"


def made(how: str) -> pd.DataFrame:
    """Return a panel: real, simulated by its column in one row only, or by a school's name."""
    frame = panel(
        {"traditional": 28, "pilot": 14, "innovation": 12}, grades=("04", "05"), years=(2016, 2017)
    )
    frame["mean_score"] = 700 + frame[OUTCOME]
    frame["level"] = np.where(frame["grade"] == "05", "middle", "elementary")
    if how == "name":
        return frame.assign(school_name=f"{MARK} " + frame["school_name"])
    return frame.assign(simulated=(frame.index == 5) & (how == "column"))


@cache
def fit_of(how: str, **options: Any) -> Fit:
    return estimate_effects(made(how), OUTCOME, **options)


@cache
def curve_of(how: str) -> SpecificationCurve:
    return specification_curve(made(how), draws=9)


def levels(how: str) -> Fit:
    frame = made(how)
    frame["level_of_growth"] = frame[OUTCOME].rank(pct=True).mul(4).astype(int) + 1.0
    return estimate_effects(frame, "level_of_growth", estimator="ordered", controls=[])


def ordered_by_autonomy(how: str):
    estimates = fit_of(how).to_frame().query("school_type != 'traditional'").assign(place="town")
    autonomy = estimates[["place", "school_type"]].assign(level="high", autonomy_index=[1.0, 2.0])
    return order_by_autonomy(estimates, autonomy)


def ranks(how: str):
    return state_ranks(made(how), controls=[])


TYPES = {"0001": "traditional", "0002": "traditional", "0029": "pilot", "0030": "pilot"}
LATER = {"0001": ("pilot", 2018), "0002": ("pilot", 2018), "0003": ("pilot", 2018)}

TABLES: dict[str, Callable[[str], pd.DataFrame]] = {
    "Fit.effects": lambda how: fit_of(how).effects,
    "Fit.coefficients": lambda how: fit_of(how).coefficients,
    "Fit.exclusions": lambda how: (
        estimate_effects(made(how), OUTCOME, drop_types=["innovation"]).exclusions
    ),
    "Fit.to_frame": lambda how: fit_of(how).to_frame(),
    "Fit.beside": lambda how: fit_of(how).beside,
    "Fit.headline": lambda how: fit_of(how).headline,
    "Fit.compare": lambda how: fit_of(how).compare("pilot", "innovation"),
    "compare_pairs": lambda how: compare_pairs(fit_of(how), [("pilot", "innovation")]),
    "Fit.about_the_same": lambda how: fit_of(how).about_the_same(5),
    "ordered: log_odds": lambda how: levels(how).estimates.log_odds,
    "ordered: probabilities": lambda how: levels(how).estimates.probabilities,
    "matched: schools": lambda how: fit_of(how, estimator="matched").estimates.schools,
    "matched: balance": lambda how: fit_of(how, estimator="matched").estimates.balance,
    "variations": lambda how: estimate_variations(fit_of(how), draws=19),
    "balance": lambda how: balance(fit_of(how)),
    "overlap": lambda how: overlap(fit_of(how)),
    "overlap_schools": lambda how: overlap_schools(fit_of(how)),
    "heterogeneity": lambda how: heterogeneity(fit_of(how)),
    "sensitivity": lambda how: sensitivity(fit_of(how)),
    "sensitivity_contours": lambda how: sensitivity_contours(fit_of(how), "pilot", points=3),
    "influence": lambda how: influence(fit_of(how), refits=0),
    "misclassification": lambda how: misclassification(fit_of(how), most=1),
    "curve: estimates": lambda how: curve_of(how).estimates,
    "curve: summary": lambda how: curve_of(how).summary,
    "curve: choices": lambda how: curve_of(how).choices,
    "curve: joint": lambda how: curve_of(how).joint,
    "curve: unsupported": lambda how: curve_of(how).unsupported,
    "core_contrasts": lambda how: core_contrasts(fit_of(how), [("pilot", "traditional")]),
    "detectable": lambda how: minimum_detectable_effect(made(how)),
    "outcome_bounds": lambda how: outcome_bounds(made(how), OUTCOME, LOW, HIGH),
    "control_bounds": lambda how: control_bounds(made(how), OUTCOME, n_starts=0),
    "filled: counts": lambda how: filled_from_scores(made(how)).counts,
    "change": lambda how: estimate_change(made(how), OUTCOME).effects,
    "changes_by_type": lambda how: changes_by_type(estimate_change(made(how), OUTCOME)),
    "value_added": lambda how: estimate_value_added(made(how), OUTCOME).effects,
    "prior_error": lambda how: prior_error(estimate_value_added(made(how), OUTCOME), 0.8),
    "placebo": lambda how: before_conversion(made(how), OUTCOME, LATER),
    "state_ranks: frame": lambda how: ranks(how).frame,
    "state_ranks: exclusions": lambda how: (
        state_ranks(
            made(how).assign(proficient_pct=lambda f: f[OUTCOME].where(f.index > 0)), controls=[]
        ).exclusions
    ),
    "rank_change": lambda how: rank_change(ranks(how), TYPES),
    "autonomy: models": lambda how: ordered_by_autonomy(how).models,
    "autonomy: by_level": lambda how: ordered_by_autonomy(how).by_level,
}

every_table = pytest.mark.parametrize("name", TABLES)


@cache
def table_of(name: str, how: str) -> pd.DataFrame:
    return TABLES[name](how)


@every_table
@pytest.mark.parametrize("how", ["column", "name"])
def test_a_table_of_a_simulated_panel_says_so(name, how):
    table = table_of(name, how)
    assert len(table)
    assert table["simulated"].eq(True).all()
    assert list(table).count("simulated") == 1
    assert list(table)[-1] == "simulated"


@every_table
def test_a_table_of_a_real_panel_does_not(name):
    assert "simulated" not in table_of(name, "real")
    assert not is_simulated(table_of(name, "real"))


@every_table
def test_the_mark_changes_no_number(name):
    real, simulated = (table_of(name, how) for how in ("real", "column"))
    pd.testing.assert_frame_equal(real, simulated.drop(columns="simulated"))


@pytest.mark.parametrize("how", ["column", "name"])
def test_a_panel_that_is_changed_stays_simulated(how):
    assert is_simulated(shares_at(made(how), "low", ["black_pct"]))
    assert is_simulated(filled_from_scores(made(how)).frame)
    shares = made(how).drop_duplicates("school_id").assign(end_year=2016)
    assert is_simulated(with_shares_of(made(how), shares, 2016))
    assert curve_of(how).simulated
    assert curve_of(how).fit(0).simulated


INNER = {
    "design": {"as_numbers", "build_design"},
    "beside": {"beside", "headline", "rows_of"},
    "contrasts": {"compare", "about_the_same"},
    "interacted": {"by_part", "effects_of_parts"},
    "logistic": {"estimate_table"},
    "one_row": {"one_row_a_school"},
    "robustness.asked": {"types_of"},
    "robustness.long": {"long_table"},
    "robustness.refit": {"refit"},
    "paired": {"side_by_side", "with_whole_years"},
    "tables": {"coefficient_table", "effect_table"},
    "robustness.specifications": {"fit_specification"},
    "robustness.told": {"choices_of", "summary_of"},
    "wls": {"linear_weights"},
}
"""Functions that return frames, or fits, to others of `models`, which mark what they return."""

TRIED = {
    "bounds.outcome_bounds",
    "change.changes_by_type",
    "change.estimate_change",
    "control_bounds.control_bounds",
    "control_bounds.shares_at",
    "contrasts.compare_pairs",
    "detectable.minimum_detectable_effect",
    "effects.estimate_effects",
    "placebo.before_conversion",
    "prior_error.prior_error",
    "rank_change.rank_change",
    "robustness.balance.balance",
    "robustness.core.core_contrasts",
    "robustness.heterogeneity.heterogeneity",
    "robustness.influence.influence",
    "robustness.misclassification.misclassification",
    "robustness.overlap.overlap",
    "robustness.overlap.overlap_schools",
    "robustness.sensitivity.sensitivity",
    "robustness.sensitivity.sensitivity_contours",
    "robustness.shares_of.with_shares_of",
    "robustness.variations.estimate_variations",
    "value_added.estimate_value_added",
}


def test_every_function_that_returns_a_table_was_tried():
    found = set()
    root = models.__name__ + "."
    for info in pkgutil.walk_packages(models.__path__, root):
        module, short = import_module(info.name), info.name.removeprefix(root)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            own = inspect.isfunction(value) and value.__module__ == info.name
            if own and name not in INNER.get(short, ()):
                returned = str(inspect.signature(value).return_annotation)
                if returned in ("pd.DataFrame", "Fit"):
                    found.add(f"{short}.{name}")
    assert found == TRIED


# Objects and numbers


@pytest.mark.parametrize("how", ["real", "column", "name"])
def test_objects_know(how):
    simulated = how != "real"
    assert fit_of(how).simulated is simulated
    assert fit_of(how).joint_test().simulated is simulated
    assert estimate_change(made(how), OUTCOME).simulated is simulated
    assert estimate_value_added(made(how), OUTCOME).simulated is simulated
    assert ranks(how).simulated is simulated
    order = ordered_by_autonomy(how)
    assert order.simulated is simulated
    assert str(order).startswith(MARK) == simulated
    mean = weighted_mean(made(how), OUTCOME, "n_tested")
    change = mean_change(made(how), OUTCOME, "n_tested", years=(2016, 2017))
    assert ("simulated" in mean, "simulated" in change) == (simulated, simulated)


def test_a_row_that_the_fit_leaves_out_counts_too():
    frame = made("real")
    frame["simulated"] = frame["school_type"] == "innovation"
    assert estimate_effects(frame, OUTCOME, drop_types=["innovation"]).simulated
    kept = frame[frame["school_type"] != "innovation"]
    assert not estimate_effects(kept, OUTCOME).simulated


# What a reader copies


def texts(fit: Fit) -> dict[str, str]:
    summary = fit.summary()
    tables = {f"table {n}": table.as_text() for n, table in enumerate(summary.tables)}
    return tables | {
        "repr": repr(fit),
        "html": fit._repr_html_(),
        "summary": summary.as_text(),
        "csv": summary.as_csv(),
        "latex": summary.as_latex(),
        "cite": fit.cite(),
    }


@pytest.mark.parametrize("name", texts(fit_of("real")))
def test_texts_say_so(name):
    simulated, real = (texts(fit_of(how))[name] for how in ("column", "real"))
    assert MARK in simulated
    assert MARK not in real
    assert "simulated" not in real.lower()


def test_each_sentence_says_so():
    sentences = [line for line in repr(fit_of("column")).splitlines() if line.startswith("  ")]
    assert len(sentences) == 3
    assert all("simulated schools" in sentence for sentence in sentences)


def test_a_fit_says_so_whatever_its_effects_say():
    fit = fit_of("column")
    bare = replace(fit, effects=fit.effects.drop(columns="simulated"))
    assert bare.to_frame()["simulated"].all()
    assert "simulated" in {one.name for one in fields(Fit)}
