"""How far an estimate can move if a few schools are of another type than the roster says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.robustness.moves import Move, Types
from autonomy_stats.models.robustness.refit import least_squares, refit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.fit import Fit

__all__ = ["COLUMNS", "misclassification"]

COLUMNS = [
    "school_type",
    "moves",
    "direction",
    "n_moved",
    "search",
    "estimate",
    "change",
    "std_error",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "same_sign",
    "significant",
    "schools",
    "note",
]

JUDGED = ("std_error", "df", "p_value", "conf_low", "conf_high", "note")

CONFIDENCE = "roster_confidence"

EXACT, AT_LEAST = "exact", "at least this far"
REFERENCE, ANY = "with the reference", "any"
MOVES = (REFERENCE, ANY)
DIRECTIONS = {"lowest": 1.0, "highest": -1.0}


def misclassification(fit: Fit, most: int = 3, *, settled: Sequence[str] = ()) -> pd.DataFrame:
    """Find the lowest and the highest estimate if up to some schools are of another type.

    One school is searched exactly: every school, every other type. More are added one by one, each
    the one that moves the estimate furthest next to those before it. That need not find the worst
    set, so that such a row says how far the estimate moves *at least*: a set that is found moves
    it so far, and another may move it further.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects` by least squares.
    most : int
        Largest number of schools that are of another type.
    settled : sequence of str
        Values of the column `roster_confidence` whose schools can't be wrong, such as
        ("documented",). A school without a value, one that no row of the roster names, can be.

    Returns
    -------
    pandas.DataFrame
        Of each type with an estimate a row as it stands (`n_moved` 0), then a row for each
        `moves`, `direction` and `n_moved`, as long as another school takes it further:
        `school_type, moves, direction, n_moved, search,
        estimate, change, std_error, df, p_value, conf_low, conf_high, same_sign, significant,
        schools, note`. `moves`: "with the reference", only between the type and the reference;
        "any", between all types of the fit, which moves an estimate of a third type too.
        `search`: "exact", or "at least this far". Intervals are of the fit made again;
        `significant` is missing where there is none. `schools` names each with both types.

    Raises
    ------
    UsageError
        If `most` is no whole number above 0, or `settled` has no column to look in.
    EstimationError
        If the fit is of another estimator.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> table = misclassification(fit, most=1)
    >>> table[["moves", "direction", "search", "estimate"]].round(1)
                    moves direction search  estimate
    0                                          -21.0
    1  with the reference    lowest  exact     -21.8
    2  with the reference   highest  exact     -20.1
    3                 any    lowest  exact     -21.8
    4                 any   highest  exact     -20.1
    """
    import pandas as pd

    if not isinstance(most, int) or most < 1:
        raise UsageError(f"most must be a whole number of at least 1; got {most!r}")
    design = least_squares(fit, "misclassification")
    free = _free(design, settled)
    types = Types.of(design, fit.reference)
    made: dict[tuple[Move, ...], Any] = {}
    rows: list[dict[str, Any]] = []
    for school_type, row in _by_type(fit.effects).items():
        if school_type not in types.names:
            continue
        rows.append(_stated(row, fit))
        for moves in MOVES:
            among = (school_type, fit.reference) if moves == REFERENCE else types.names_of_all
            for direction, sign in DIRECTIONS.items():
                found = types.search(school_type, among, sign, most, free)
                for moved, estimate in found:
                    if moved not in made:
                        made[moved] = _judged(fit, design, types, moved)
                    rows.append(
                        {
                            "school_type": school_type,
                            "moves": moves,
                            "direction": direction,
                            "n_moved": len(moved),
                            "search": EXACT if len(moved) == 1 else AT_LEAST,
                            **_row(estimate, row, made[moved], fit.conf_level),
                            "schools": _named(design, types, moved),
                        }
                    )
    return marked(pd.DataFrame(rows, columns=COLUMNS), fit)


def _free(design: Design, settled: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows are of schools that may be of another type."""
    if isinstance(settled, str):
        raise UsageError(f"settled is a sequence of confidences; got {settled!r}")
    if not settled:
        return np.ones(len(design.frame), dtype=bool)
    if CONFIDENCE not in design.frame:
        raise UsageError(f"settled looks in the column {CONFIDENCE!r}, which the frame has not")
    free: NDArray[np.bool_] = ~design.frame[CONFIDENCE].isin(list(settled)).to_numpy()
    return free


def _stated(row: dict[str, Any], fit: Fit) -> dict[str, Any]:
    """Return a type's estimate as it stands."""
    own = {"school_type": row["school_type"], "moves": "", "direction": "", "n_moved": 0}
    judged = {name: row[name] for name in JUDGED}
    return own | {"search": "", **_row(row["estimate"], row, judged, fit.conf_level), "schools": ""}


def _row(
    estimate: float, stated: dict[str, Any], effects: Any, conf_level: float
) -> dict[str, Any]:
    """Return an estimate, its interval, and whether sign and significance are those that stood."""
    import pandas as pd

    judged = effects if "note" in effects else effects[stated["school_type"]]
    p_value = judged.get("p_value", np.nan)
    return {
        "estimate": estimate,
        "change": estimate - stated["estimate"],
        "same_sign": bool(estimate * stated["estimate"] > 0),
        "significant": pd.NA if pd.isna(p_value) else bool(p_value < 1 - conf_level),
        **{name: judged.get(name, np.nan) for name in JUDGED},
    }


def _judged(
    fit: Fit, design: Design, types: Types, moved: tuple[Move, ...]
) -> dict[str, dict[str, Any]]:
    """Make the fit again with schools of other types; return its rows by type."""
    kinds = design.frame["_type"].astype("object").to_numpy().copy()
    for move in moved:
        kinds[types.rows_of(move.unit)] = types.names_of_all[move.to]
    try:
        effects = refit(fit, design, design.frame.assign(_type=kinds)).effects
    except EstimationError as problem:
        return {name: {"note": str(problem)} for name in types.names}
    found = _by_type(effects)
    return {name: found.get(name, {"note": ""}) for name in types.names}


def _by_type(effects: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the rows of effects by type."""
    rows: list[dict[str, Any]] = [{**row} for row in effects.to_dict("records")]  # type: ignore[dict-item]
    return {row["school_type"]: row for row in rows}


def _named(design: Design, types: Types, moved: tuple[Move, ...]) -> str:
    """Name schools with the type that they had and the one that they are given."""
    said = []
    for move in moved:
        row = design.frame.iloc[types.rows_of(move.unit)[-1]]
        school = str(row[design.school])
        name = f"{row['school_name']} ({school})" if "school_name" in design.frame else school
        said.append(f"{name}: {row['_type']} to {types.names_of_all[move.to]}")
    return "; ".join(said)
