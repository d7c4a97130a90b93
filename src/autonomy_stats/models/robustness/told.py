"""What the estimates of a specification curve say: the spread, the signs, and what moves them."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from autonomy_stats.models.robustness.choices import CHOICE_NAMES

__all__ = ["choices_of", "summary_of"]

CHOICES = [
    "school_type",
    "among",
    "choice",
    "mean_move",
    "largest_move",
    "n_pairs",
    "option_from",
    "option_to",
    "mean_difference",
    "place",
]
SUMMARY = [
    "school_type",
    "among",
    "n_specifications",
    "n_estimated",
    "median",
    "smallest",
    "largest",
    "positive",
    "positive_significant",
    "negative",
    "negative_significant",
    "default_estimate",
    "default_rank",
    "moves_most",
    "largest_mean_move",
]


def choices_of(estimates: pd.DataFrame) -> pd.DataFrame:
    """Return how far each choice alone moves the estimate of each type.

    Parameters
    ----------
    estimates : pandas.DataFrame
        As `SpecificationCurve.estimates`.

    Returns
    -------
    pandas.DataFrame
        As `SpecificationCurve.choices`. Choices with one option only have no row.
    """
    rows: list[dict[str, Any]] = []
    for among, own in _sets(estimates):
        varied = [name for name in CHOICE_NAMES if own[name].nunique() > 1]
        for school_type, of_type in own.groupby("school_type", sort=False):
            known = of_type[of_type["estimate"].notna()]
            head = {"school_type": school_type, "among": among}
            moves = [head | _move(known, name, varied) for name in varied]
            moves.sort(key=lambda row: -np.nan_to_num(row["mean_move"], nan=-1.0))
            rows += [row | {"place": place} for place, row in enumerate(moves, start=1)]
    return pd.DataFrame(rows, columns=CHOICES)


def summary_of(estimates: pd.DataFrame, choices: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    """Return the spread and the signs of each type's estimates.

    Parameters
    ----------
    estimates, choices : pandas.DataFrame
        As in `SpecificationCurve`.
    conf_level : float
        An estimate is significant if its interval of this level leaves out zero.

    Returns
    -------
    pandas.DataFrame
        As `SpecificationCurve.summary`.
    """
    rows = []
    first = choices[choices["place"] == 1].set_index(["school_type", "among"])
    for among, own in _sets(estimates):
        for school_type, of_type in own.groupby("school_type", sort=False):
            known = of_type[of_type["estimate"].notna()]
            value, default = known["estimate"], known.loc[known["default"], "estimate"]
            significant = known["p_value"] < 1 - conf_level
            key = (school_type, among)
            rows.append(
                {
                    "school_type": school_type,
                    "among": among,
                    "n_specifications": len(of_type),
                    "n_estimated": len(known),
                    "median": value.median(),
                    "smallest": value.min(),
                    "largest": value.max(),
                    "positive": (value > 0).mean(),
                    "positive_significant": ((value > 0) & significant).mean(),
                    "negative": (value < 0).mean(),
                    "negative_significant": ((value < 0) & significant).mean(),
                    "default_estimate": default.iloc[0] if len(default) else np.nan,
                    "default_rank": 1 + (value < default.iloc[0]).sum() if len(default) else np.nan,
                    "moves_most": first["choice"].get(key, ""),
                    "largest_mean_move": first["mean_move"].get(key, np.nan),
                }
            )
    return pd.DataFrame(rows, columns=SUMMARY)


def _sets(estimates: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the core specifications, and all of them if there are others."""
    sets = [("core", estimates[estimates["core"]])]
    return sets if estimates["core"].all() else [*sets, ("all", estimates)]


def _move(known: pd.DataFrame, choice: str, varied: list[str]) -> dict[str, Any]:
    """Return how far the estimate moves when one choice alone changes."""
    others = [name for name in varied if name != choice]
    by = [known[name] for name in others] or [pd.Series(0, known.index)]
    wide = known["estimate"].groupby([*by, known[choice]]).first().unstack()
    options = list(dict.fromkeys(known[choice]))
    pairs = {
        (one, other): (wide[other] - wide[one]).dropna() for one, other in combinations(options, 2)
    }
    held = {pair: moves for pair, moves in pairs.items() if len(moves)}
    row: dict[str, Any] = {"choice": choice, "n_pairs": sum(len(moves) for moves in held.values())}
    if not held:
        return row | {"mean_move": np.nan, "largest_move": np.nan}
    every = pd.concat(held.values()).abs()
    farthest = max(held, key=lambda pair: held[pair].abs().mean())
    return row | {
        "mean_move": every.mean(),
        "largest_move": every.max(),
        "option_from": farthest[0],
        "option_to": farthest[1],
        "mean_difference": held[farthest].mean(),
    }
