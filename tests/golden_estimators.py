"""What the golden tests of three estimators share: data, designs, numbers, comparisons."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from autonomy_stats.models.design import Design, build_design
from autonomy_stats.models.inference import cluster_robust

GOLDEN = Path(__file__).parent / "golden" / "estimators"
DATA = pd.read_csv(GOLDEN / "data.csv", dtype={"school_id": "str", "grade": "str"})

# As in common.R: column of weights, column of clusters.
DESIGNS: dict[str, tuple[str | None, str]] = {
    "weighted": ("n_tested", "school_id"),
    "unweighted": (None, "school_id"),
    "networks": ("n_tested", "network"),
}
CONTROLS = ("black_pct", "low_income_pct")


# The turnaround schools but one are traditional here: nothing tells the type from its one school.
LONE = DATA.assign(
    school_type=DATA["school_type"].mask(
        (DATA["school_type"] == "turnaround") & (DATA["school_id"] != DATA["school_id"].max()),
        "traditional",
    )
)


def design(outcome: str, name: str = "weighted", frame: pd.DataFrame = DATA, **options) -> Design:
    """Return one of R's designs, or one like it of other rows."""
    weights, cluster = DESIGNS[name]
    chosen = {
        "school_type": "school_type",
        "reference": "traditional",
        "controls": CONTROLS,
        "absorb": ("subject", "grade", "end_year"),
        "weights": weights,
        "cluster": cluster,
        "drop_types": (),
    }
    return build_design(frame, outcome, **(chosen | options))


@cache
def expected(program: str) -> pd.DataFrame:
    """Return what one of the R programs wrote."""
    return pd.read_csv(GOLDEN / f"expected_{program}.csv", dtype={"kind": "str"})


def settings(program: str) -> list[tuple[str, str, str]]:
    """Return every design, kind of covariance and working model that R has results of."""
    table = expected(program).dropna(subset=["kind"])
    return list(dict.fromkeys(zip(table["design"], table["kind"], table["working"], strict=True)))


def chosen(program: str, name: str, kind: str, working: str) -> dict[str, pd.DataFrame]:
    """Return R's tables of one of these, each indexed by term."""
    rows = expected(program).query("design == @name and kind == @kind and working == @working")
    return {table: part.set_index("term") for table, part in rows.groupby("table")}


def assert_same(table: pd.DataFrame, wanted: pd.DataFrame, tolerance: float) -> None:
    """Compare estimates, standard errors and degrees of freedom, relatively."""
    assert set(table.index) == set(wanted.index)
    for column in ("estimate", "std_error", "df"):
        np.testing.assert_allclose(
            table.loc[wanted.index, column], wanted[column], rtol=tolerance, err_msg=column
        )


def assert_fitted_gives_the_table(estimates, kind: str, working: str) -> None:
    """The regression that is handed on has the table's numbers as its own."""
    fitted = estimates.fitted
    robust = cluster_robust(
        fitted.matrix,
        fitted.residuals,
        fitted.clusters,
        fitted.weights,
        kind=kind,
        working=working,
    )
    at = [fitted.terms.index(term) for term in estimates.table.index]
    table = estimates.table
    assert_same(
        pd.DataFrame(
            {
                "estimate": fitted.coefficients[at],
                "std_error": np.sqrt(np.diag(robust.vcov))[at],
                "df": robust.df[at],
            },
            index=table.index,
        ),
        table,
        1e-8,  # the change of basis costs some of the digits
    )
    np.testing.assert_allclose(
        robust.vcov[np.ix_(at, at)], estimates.covariance, rtol=1e-7, atol=1e-9
    )
