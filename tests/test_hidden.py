"""What suppressed controls and suppressed percents could do to an estimate."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from frames import panel
from scipy.stats import norm

import autonomy_stats as aus
from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.models.control_bounds import _hidden, control_bounds, shares_at
from autonomy_stats.models.design import DEFAULT_ABSORB, build_design
from autonomy_stats.models.filled import filled_from_scores

CONTROLS = ["black_pct", "low_income_pct"]


def with_intervals(seed, *, n=7, width=20.0):
    """A small panel with `n` shares of schools known as intervals, and which they are."""
    frame = panel({"traditional": 9, "pilot": 3}, seed=seed, grades=("03",))
    rng = np.random.default_rng(seed)
    schools = rng.choice(frame["school_id"].unique(), n, replace=False)
    for share in CONTROLS:
        frame = frame.assign(**{f"{share}_low": frame[share], f"{share}_high": frame[share]})
    hidden = [(school, CONTROLS[i % 2]) for i, school in enumerate(schools)]
    for school, share in hidden:
        rows = frame["school_id"] == school
        frame.loc[rows, f"{share}_low"] -= width / 2
        frame.loc[rows, f"{share}_high"] += width / 2
    return frame, hidden


def estimate(frame):
    """The estimate of pilot schools."""
    fit = aus.estimate_effects(frame, "proficient_pct", controls=CONTROLS)
    return fit.effects.set_index("school_type").loc["pilot", "estimate"]


@pytest.mark.parametrize(("seed", "width", "tried"), [(0, 20, 8), (2, 20, 8), (0, 4, 0), (1, 4, 0)])
def test_worst_corner(monkeypatch, seed, width, tried):
    """By force over all corners; the search finds the same without them where shares are narrow."""
    monkeypatch.setattr("autonomy_stats.models.control_bounds.ALL_CORNERS", tried)
    frame, hidden = with_intervals(seed, n=3, width=width)
    corners = []
    for ends in product(("low", "high"), repeat=len(hidden)):
        at = frame.copy()
        for (school, share), end in zip(hidden, ends, strict=True):
            rows = at["school_id"] == school
            at.loc[rows, share] = at.loc[rows, f"{share}_{end}"]
        corners.append(estimate(at))
    found = control_bounds(frame, "proficient_pct", controls=CONTROLS).iloc[0]
    assert found["worst_low"] <= min(corners) + 1e-4
    assert found["worst_high"] >= max(corners) - 1e-4
    if width == 4:  # wide intervals may have a point between corners that is further out
        assert found["worst_low"] == pytest.approx(min(corners), abs=1e-4)
        assert found["worst_high"] == pytest.approx(max(corners), abs=1e-4)
    assert found["n_shares_hidden"] == 3


def test_ends_are_those_of_the_fit():
    frame, hidden = with_intervals(3)
    found = control_bounds(frame, "proficient_pct", controls=CONTROLS).iloc[0]
    assert found["estimate"] == pytest.approx(estimate(frame))
    assert found["all_low"] == pytest.approx(estimate(shares_at(frame, "low", CONTROLS)))
    assert found["all_high"] == pytest.approx(estimate(shares_at(frame, "high", CONTROLS)))
    assert found["worst_low"] <= found[["estimate", "all_low", "all_high"]].min()
    assert found["worst_high"] >= found[["estimate", "all_low", "all_high"]].max()
    pilots = set(frame.loc[frame["school_type"] == "pilot", "school_id"])
    assert found["n_schools"] == 3
    assert found["n_schools_hidden"] == len(pilots & {school for school, _ in hidden})
    assert found["n_shares_hidden"] == len(hidden)


def test_slopes_are_those_of_the_estimate():
    """The derivative in closed form agrees with a difference of two fits."""
    frame, _ = with_intervals(5)
    design = build_design(
        frame,
        "proficient_pct",
        school_type="school_type",
        reference="traditional",
        controls=CONTROLS,
        absorb=DEFAULT_ABSORB,
        weights="auto",
        cluster="school_id",
        drop_types=(),
    )
    hidden = _hidden(design)
    _, slopes = hidden.slopes("pilot", hidden.middle)
    step = 1e-4
    for number, slope in enumerate(slopes):
        moved = np.eye(len(slopes))[number] * step
        up = hidden.estimate("pilot", hidden.middle + moved)
        down = hidden.estimate("pilot", hidden.middle - moved)
        assert slope == pytest.approx((up - down) / (2 * step), rel=1e-4, abs=1e-7)


def test_no_interval_no_difference():
    frame = panel({"traditional": 9, "pilot": 3})
    found = control_bounds(frame, "proficient_pct").iloc[0]
    ends = ["all_low", "all_high", "worst_low", "worst_high"]
    assert found[ends].tolist() == pytest.approx([found["estimate"]] * 4)
    assert found["n_shares_hidden"] == 0 == found["n_schools_hidden"]


def test_intervals_that_can_not_be():
    frame, hidden = with_intervals(1)
    school, share = hidden[0]
    rows = frame["school_id"] == school
    upside_down = frame.copy()
    upside_down.loc[rows, f"{share}_low"] = 100.0
    with pytest.raises(EstimationError, match=f"{share}_low exceeds .* 2 rows.*{school}"):
        control_bounds(upside_down, "proficient_pct", controls=CONTROLS)
    several = frame.copy()
    several.loc[rows & (frame["subject"] == "ela"), f"{share}_low"] -= 1
    with pytest.raises(EstimationError, match="several intervals in a school and year"):
        control_bounds(several, "proficient_pct", controls=CONTROLS)
    with pytest.raises(UsageError, match="end must be"):
        shares_at(frame, "middle", CONTROLS)


def starred(seed=0, *, high=40.0):
    """A panel whose percents follow from the mean scores, with the lowest starred."""
    frame = panel({"traditional": 40, "pilot": 10}, seed=seed, grades=("03", "04"))
    mean = 750 + 35 * norm.ppf(frame["proficient_pct"] / 100)
    hidden = frame["proficient_pct"] < high
    return frame.assign(
        truth=frame["proficient_pct"],
        mean_score=mean,
        proficient_pct=frame["proficient_pct"].mask(hidden),
        proficient_pct_low=frame["proficient_pct"].mask(hidden, 0.0),
        proficient_pct_high=frame["proficient_pct"].mask(hidden, high),
        status=np.where(hidden, "suppressed", "reported"),
    )


def test_percents_that_follow_from_scores_come_back():
    frame = starred()
    filled = filled_from_scores(frame)
    flag = filled.frame["filled"]
    assert flag.sum() == frame["proficient_pct"].isna().sum() > 10
    values = filled.frame.loc[flag]
    # Not exact: half a student is added to each side of every known cell.
    assert (values["proficient_pct"] - values["truth"]).abs().max() < 1.5
    assert values["proficient_pct"].between(0, 40).all()
    known = ~flag
    assert filled.frame.loc[known, "proficient_pct"].equals(frame.loc[known, "proficient_pct"])
    assert filled.frame["status"].equals(frame["status"])
    assert filled.counts["slope"].to_numpy() == pytest.approx(1 / 35, rel=0.1)


def test_order_and_bounds_hold():
    """A higher mean never has a lower percent, and no percent leaves the state's bounds."""
    frame = starred().assign(
        proficient_pct_high=lambda f: f["proficient_pct_high"].mask(
            f["proficient_pct"].isna(), 30.0
        )
    )
    filled = filled_from_scores(frame)
    values = filled.frame[filled.frame["filled"]]
    assert values["proficient_pct"].between(0, 30).all()
    assert (values["proficient_pct"] == 30).sum() == filled.counts["n_at_bound"].sum() > 0
    for _, rows in values.groupby(["subject", "grade"]):
        assert rows.sort_values("mean_score")["proficient_pct"].is_monotonic_increasing


def test_counts_say_what_was_not_filled():
    frame = starred()
    hidden = frame.index[frame["proficient_pct"].isna()]
    frame.loc[hidden[:3], "mean_score"] = np.nan
    thin = (frame["subject"] == "math") & (frame["grade"] == "04")
    many = frame.index[thin & frame["proficient_pct"].notna()]
    frame.loc[many[5:], "mean_score"] = np.nan
    filled = filled_from_scores(frame)
    counts = filled.counts
    assert counts["n_hidden"].sum() == len(hidden)
    assert counts["n_filled"].sum() == filled.frame["filled"].sum()
    few = counts[(counts["subject"] == "math") & (counts["grade"] == "04")].iloc[0]
    assert (few["n_known"], few["n_filled"]) == (5, 0)
    assert few["note"] == "fewer than 10 known cells"
    assert counts["n_without_score"].sum() == 3
    rest = counts[counts["note"] == ""]
    assert (rest["n_filled"] + rest["n_without_score"] == rest["n_hidden"]).all()


def test_a_line_that_falls_is_not_used():
    frame = starred().assign(mean_score=lambda f: -f["mean_score"])
    filled = filled_from_scores(frame)
    assert not filled.frame["filled"].any()
    assert set(filled.counts["note"]) == {"the percent does not rise with the mean score"}


def test_rows_of_one_index_are_kept_apart():
    """Frames that were put together repeat their index."""
    frame = starred()
    twice = pd.concat([frame, frame.assign(grade=frame["grade"].replace({"03": "05", "04": "06"}))])
    filled = filled_from_scores(twice)
    once = filled_from_scores(frame).frame["proficient_pct"].to_numpy()
    assert filled.frame["proficient_pct"].to_numpy() == pytest.approx(np.tile(once, 2), nan_ok=True)
    assert list(filled.frame.index) == list(twice.index)


def test_a_column_that_is_not_there():
    with pytest.raises(UsageError, match="no column 'mean_score'"):
        filled_from_scores(panel({"traditional": 3}))


@pytest.mark.real_data
def test_los_angeles_2024(raw_root):
    frame = aus.load_panel("los_angeles", [2024], raw=raw_root).frame
    found = control_bounds(frame, "proficient_pct", n_starts=0).set_index("school_type")
    assert found["n_shares_hidden"].unique().tolist() == [989]
    assert found.loc["pilot", "worst_high"] < 0
    assert found.loc["network_partner", "n_schools_hidden"] == 19


@pytest.mark.real_data
def test_denver_2016(raw_root):
    frame = aus.load_panel("denver", [2016], raw=raw_root).frame
    counts = filled_from_scores(frame).counts
    assert counts[["n_hidden", "n_filled", "n_without_score"]].sum().tolist() == [138, 109, 29]
    assert (counts["note"] == "").all()
