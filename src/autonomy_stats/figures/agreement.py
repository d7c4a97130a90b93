"""Whether subjects, or levels of school, agree: what stands beside a pooled estimate."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autonomy_stats.errors import EstimationError
from autonomy_stats.models.interacted import by_part, effects_of_parts, parts_agree

if TYPE_CHECKING:
    from autonomy_stats.models import Fit

__all__ = ["PARTS", "Apart", "agreement_of", "apart", "sentence"]

PARTS = {"subject": "ELA and math", "level": "the levels of school"}
"""Columns that split the rows of a fit, and words for their parts."""


@dataclass(frozen=True)
class Apart:
    """A fit split into parts.

    Parameters
    ----------
    effects : pandas.DataFrame
        As `Fit.effects`, one row a type and part, with a column `part`; empty if there are none.
    statistic, df_constraints, df, p_value : float
        F test that each type's difference is the same in all parts; missing if there is none.
    note : str
        Why there are no estimates or no test.
    """

    effects: pd.DataFrame
    statistic: float = float("nan")
    df_constraints: float = float("nan")
    df: float = float("nan")
    p_value: float = float("nan")
    note: str = ""


def apart(fit: Fit, part: str) -> Apart:
    """Estimate each part of the rows of a fit, and test that they agree.

    Parameters
    ----------
    fit : Fit
        Result of `estimate_effects`.
    part : {"subject", "level"}
        Column that splits its rows.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", cluster="district_id")
    >>> found = apart(fit, "subject")
    >>> found.effects[["part", "school_type", "estimate"]].round(1).values.tolist()
    [['ela', 'independent_charter', -17.6], ['math', 'independent_charter', -20.4]]
    >>> round(found.p_value, 3)
    0.12
    """
    if fit.asked is None:
        raise EstimationError("the fit does not know the frame that it came from")
    frame = fit.asked.frame
    if part not in frame or frame[part].dropna().nunique() < 2:
        held = part in frame and frame[part].notna().any()
        return Apart(pd.DataFrame(), note=f"results of one {part}" if held else f"no {part}")
    try:
        split = by_part(frame, fit.outcome, part, fit.controls, fit.asked.options)
    except EstimationError as problem:
        return Apart(pd.DataFrame(), note=str(problem))
    rows = effects_of_parts(split)
    try:
        test = parts_agree(split)
    except EstimationError as problem:
        return Apart(rows, note=str(problem))
    return Apart(rows, test.statistic, test.df_constraints, test.df_residual, test.p_value)


def agreement_of(fit: Fit) -> dict[str, float | str]:
    """Return the tests that subjects and levels agree, as columns of a figure's frame."""
    found: dict[str, float | str] = {}
    for part in PARTS:
        split = apart(fit, part)
        for name in ("statistic", "df_constraints", "df", "p_value", "note"):
            found[f"{part}_{name}"] = getattr(split, name)
    return found


def sentence(row: Mapping[Hashable, Any] | pd.Series, part: str) -> str:
    """Return what the test of a frame's row says; empty if it has none.

    Parameters
    ----------
    row : mapping
        With the columns of `agreement_of`.
    part : {"subject", "level"}
        Which test.

    Examples
    --------
    >>> row = {"level_statistic": 3.33, "level_df_constraints": 4.0, "level_df": 26.3,
    ...        "level_p_value": 0.0251}
    >>> sentence(row, "level")
    'The levels of school disagree (F 3.33 on 4 and 26.3 df, p 0.025).'
    """
    p_value = row.get(f"{part}_p_value", np.nan)
    if p_value != p_value:
        return ""
    statistic, constraints, df = (
        row[f"{part}_{name}"] for name in ("statistic", "df_constraints", "df")
    )
    words = PARTS[part]
    verdict = "disagree" if p_value < 0.05 else "are not shown to disagree"
    found = f"F {statistic:.2f} on {constraints:.0f} and {df:.1f} df, p {p_value:.3f}"
    return f"{words[0].upper()}{words[1:]} {verdict} ({found})."
