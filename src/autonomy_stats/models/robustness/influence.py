"""Every estimate without one school, one operator or one type, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autonomy_stats.errors import EstimationError, UsageError
from autonomy_stats.mark import marked
from autonomy_stats.models.inference.batches import cluster_products
from autonomy_stats.models.inference.prepared import prepare
from autonomy_stats.models.robustness.refit import least_squares, refit

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from autonomy_stats.models.design import Design
    from autonomy_stats.models.fit import Fit

__all__ = ["COLUMNS", "influence"]

COLUMNS = [
    "left_out",
    "which",
    "name",
    "of_type",
    "n_schools",
    "school_type",
    "estimate",
    "change",
    "std_error",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "note",
]

JUDGED = ("std_error", "df", "p_value", "conf_low", "conf_high", "note")

LEFT = 1e-4
"""Where less of some direction of the columns is left without the rows, the fit is made again: the
formula would lose more digits than the nine that it is to keep."""

NONE_LEFT = "no school of the type is left"


def influence(fit: Fit, *, refits: int = 1) -> pd.DataFrame:
    """Estimate every difference without one school, one operator, or one type.

    Without the rows of g, the coefficients are ``b - M X_g' W_g (I - H_g)^-1 e_g``, which needs no
    other fit and is exact. Where the rest can't carry all columns, such as a grade that only one
    school has, the fit is made again.

    Parameters
    ----------
    fit : Fit
        Of `estimate_effects` by least squares.
    refits : int
        Of each kind and school type, so many rows in each direction have an interval, those that
        move the estimate most. Every type that is left out has one.

    Returns
    -------
    pandas.DataFrame
        One row a case and school type: `left_out` ("school", "operator" or "type"), `which` (its
        id), `name`, `of_type` (types of the schools left out), `n_schools` (how many),
        `school_type, estimate, change, std_error, df, p_value, conf_low, conf_high, note`; of each
        kind and school type the largest change first. Operators are those of two schools and
        more; a school without an operator is none.

    Raises
    ------
    EstimationError
        If the fit is of another estimator.

    Examples
    --------
    >>> import autonomy_stats as aus
    >>> panel = aus.load_panel("michigan", [2001], subjects=["math"])
    >>> fit = aus.estimate_effects(panel.frame, "proficient_pct", weights=None)
    >>> table = influence(fit)
    >>> table.loc[[0], ["left_out", "estimate", "change"]].round(2)
      left_out  estimate  change
    0   school    -21.75   -0.71
    """
    import pandas as pd

    if not isinstance(refits, int) or refits < 0:
        raise UsageError(f"refits must be a whole number of at least 0; got {refits!r}")
    design = least_squares(fit, "influence")
    cases = list(_cases(fit, design))
    estimates, singular = _without(fit, design, cases)
    types = [t for t in design.types if t in design.terms]
    own = fit.effects.set_index("school_type")["estimate"]
    table = pd.DataFrame(
        [
            {
                **case.row,
                "case": number,
                "school_type": school_type,
                "estimate": estimates[number, k],
                "note": "",
            }
            for number, case in enumerate(cases)
            for k, school_type in enumerate(types)
            if not (case.row["left_out"] == "type" and case.row["which"] == school_type)
        ]
    ).reindex(columns=["case", *COLUMNS])
    table["change"] = table["estimate"] - table["school_type"].map(own)
    judged = singular | _most(table, refits)
    for number in sorted(judged):
        _judge(table, number, fit, design, cases[number])
    table["change"] = table["estimate"] - table["school_type"].map(own)
    order = pd.DataFrame(
        {
            "kind": table["left_out"].map({"school": 0, "operator": 1, "type": 2}),
            "school_type": table["school_type"],
            "change": -table["change"].abs(),
        }
    ).sort_values(["kind", "school_type", "change"], kind="stable")
    return marked(table.loc[order.index, COLUMNS].reset_index(drop=True), fit)


@dataclass(frozen=True)
class _Case:
    """Rows that are left out, by their number in the design, and what they are."""

    rows: NDArray[np.intp]
    row: dict[str, Any]


def _cases(fit: Fit, design: Design) -> Iterator[_Case]:
    """Yield every school, every operator of several schools, and every type but the reference."""
    frame = design.frame
    types = frame["_type"].to_numpy()
    schools = frame[design.school].to_numpy()
    named = frame["school_name"] if "school_name" in frame else frame[design.school]
    names = named.astype("str").to_numpy()

    def case(kind: str, which: object, name: str, rows: NDArray[np.intp]) -> _Case:
        found = {
            "left_out": kind,
            "which": which,
            "name": name,
            "of_type": ", ".join(sorted(set(types[rows]))),
            "n_schools": len(set(schools[rows])),
        }
        return _Case(rows, found)

    for school in dict.fromkeys(schools):
        rows = np.flatnonzero(schools == school)
        yield case("school", school, str(names[rows[-1]]), rows)
    if "operator" in frame:
        operators = frame["operator"].astype("str").fillna("").to_numpy()
        for operator in sorted(set(operators) - {""}):
            rows = np.flatnonzero(operators == operator)
            if len(set(schools[rows])) > 1:
                yield case("operator", operator, operator, rows)
    for school_type in sorted(set(types) - {fit.reference}):
        yield case("type", school_type, school_type, np.flatnonzero(types == school_type))


def _without(fit: Fit, design: Design, cases: list[_Case]) -> tuple[NDArray[np.float64], set[int]]:
    """Return the types' estimates without each case, and the cases that need another fit."""
    import pandas as pd

    assert fit.fitted is not None
    fitted = fit.fitted
    at = [fitted.terms.index(t) for t in design.types if t in fitted.terms]
    # Rows of one school, operator and type are left out together or not at all.
    keys = [design.school, "_type", *(["operator"] if "operator" in design.frame else [])]
    unit = design.frame.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    p = prepare(
        fitted.matrix, fitted.residuals, unit, fitted.weights, np.eye(len(fitted.terms))[at]
    )
    weighted = p.weight[:, None] * p.basis
    gram = cluster_products(weighted, p.basis, p.starts).swapaxes(0, 1)
    score = np.add.reduceat(weighted * p.residual[:, None], p.starts)
    place = pd.Series(np.arange(len(p.starts)), index=unit[p.order[p.starts]])
    count = len(fitted.terms)
    found = np.full((len(cases), len(at)), np.nan)
    singular = set()
    for number, case in enumerate(cases):
        units = place[np.unique(unit[case.rows])].to_numpy()
        rest = np.eye(count) - gram[units].sum(axis=0)
        if np.linalg.eigvalsh(rest)[0] < LEFT:
            singular.add(number)
            continue
        moved = np.linalg.solve(rest, score[units].sum(axis=0))
        found[number] = fitted.coefficients[at] - moved @ p.coordinates
    return found, singular


def _most(table: pd.DataFrame, refits: int) -> set[int]:
    """Return the cases that move an estimate most, up or down, and all types."""
    cases = set(table.loc[table["left_out"] == "type", "case"])
    for _, own in table.groupby(["left_out", "school_type"]):
        ordered = own.dropna(subset="change").sort_values("change")["case"].to_list()
        cases |= {*ordered[:refits], *ordered[max(0, len(ordered) - refits) :]}
    return cases


def _judge(table: pd.DataFrame, number: int, fit: Fit, design: Design, case: _Case) -> None:
    """Make the fit again without a case, and take its intervals; its estimates, where needed."""
    rows = design.frame.iloc[np.setdiff1d(np.arange(len(design.frame)), case.rows)]
    of_case = table.index[table["case"] == number]
    try:
        effects = refit(fit, design, rows).effects
    except EstimationError as problem:
        table.loc[of_case, "note"] = str(problem)
        return
    found: dict[str, Any] = {row["school_type"]: row for row in effects.to_dict("records")}
    known = set(table.index[table["estimate"].notna()])
    for at in of_case:
        row = found.get(str(table.at[at, "school_type"]), {"note": NONE_LEFT})
        # An estimate is taken only where the formula gave none: the two agree to the last digits.
        taken = JUDGED if at in known else ("estimate", *JUDGED)
        for column in taken:
            table.loc[at, column] = row.get(column, np.nan)
