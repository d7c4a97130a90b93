"""Differences lined up with autonomy: counted, ordered, and never tested."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from autonomy_stats.errors import UsageError
from autonomy_stats.facts import autonomy_index
from autonomy_stats.models.autonomy_order import order_by_autonomy


@pytest.fixture
def autonomy():
    return autonomy_index("lenient", "equal")


def estimates(autonomy, values):
    known = autonomy.iloc[: len(values)]
    return known[["place", "school_type"]].assign(estimate=values)


def test_all_eleven_models_are_counted_whether_estimated_or_not(autonomy):
    order = order_by_autonomy(estimates(autonomy, [0.1, 0.2, 0.3]), autonomy)
    assert (order.n_models, order.n_estimated, order.n_places) == (11, 3, 1)
    assert order.by_level["n_models"].sum() == 11
    assert order.by_level["n_estimated"].sum() == 3
    assert "3 of 11 models have an estimate, in 1 place." in str(order)


def test_a_model_that_the_report_gives_two_levels_is_a_group_of_its_own(autonomy):
    order = order_by_autonomy(estimates(autonomy, []), autonomy)
    assert order.by_level["level"].tolist() == ["high", "middle", "middle;low", "low"]


def test_order_that_follows_the_index_has_rank_correlation_one(autonomy):
    every = autonomy[["place", "school_type"]].assign(estimate=autonomy["autonomy_index"] ** 2)
    assert order_by_autonomy(every, autonomy).rank_correlation == 1.0
    less = every.assign(estimate=-every["estimate"])
    assert order_by_autonomy(less, autonomy).rank_correlation == -1.0


def test_charters_are_passed_over(autonomy):
    charters = pd.DataFrame(
        {"place": ["boston"], "school_type": ["independent_charter"], "estimate": [0.3]}
    )
    order = order_by_autonomy(charters, autonomy)
    assert order.n_estimated == 0
    assert np.isnan(order.rank_correlation)


def test_two_models_have_no_rank_correlation(autonomy):
    order = order_by_autonomy(estimates(autonomy, [0.1, 0.2]), autonomy)
    assert np.isnan(order.rank_correlation)
    assert "rank correlation" not in str(order)


def test_a_model_without_level_or_index_is_counted(autonomy):
    every = autonomy[["place", "school_type"]].assign(estimate=autonomy["autonomy_index"])
    gaps = autonomy.astype({"level": "object"})
    gaps.loc[0, "level"] = None
    gaps.loc[1, "autonomy_index"] = np.nan
    order = order_by_autonomy(every, gaps)
    assert order.by_level["n_models"].sum() == 11
    assert order.rank_correlation == 1.0


def test_wrong_frames_are_refused(autonomy):
    one = estimates(autonomy, [0.1])
    with pytest.raises(UsageError, match="no column 'estimate'"):
        order_by_autonomy(one.drop(columns="estimate"), autonomy)
    with pytest.raises(UsageError, match="no place of the estimates, such as 'Boston', is among"):
        order_by_autonomy(one.assign(place="Boston"), autonomy)
    with pytest.raises(UsageError, match="must hold numbers"):
        order_by_autonomy(one.assign(estimate="much"), autonomy)
    with pytest.raises(UsageError, match="expected a data frame"):
        order_by_autonomy([1], autonomy)
    with pytest.raises(UsageError, match="two rows of"):
        order_by_autonomy(pd.concat([one, one]), autonomy)
