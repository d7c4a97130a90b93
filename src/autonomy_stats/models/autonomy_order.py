"""How differences line up with how much each model of school decides for itself: a description.

The report orders eleven models of school by their autonomy. Eleven models in four cities, several
of which share a district, its reference schools and its test, are no dose-response study: what
stands here counts and orders, and tests nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autonomy_stats.errors import UsageError
from autonomy_stats.mark import MARK, is_simulated, marked
from autonomy_stats.models.design import as_numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AutonomyOrder", "order_by_autonomy"]

MODEL = ["place", "school_type"]


@dataclass(frozen=True)
class AutonomyOrder:
    """Differences by autonomy, with the number of models that each statement stands on.

    Parameters
    ----------
    models : pandas.DataFrame
        One row a model: `place, school_type, level, autonomy_index, estimate`, the estimate
        missing where there is none.
    by_level : pandas.DataFrame
        One row a level: `level, n_models, n_estimated, lowest, median, highest`.
    n_models, n_estimated, n_places : int
        Models, those with an estimate, and the places of these.
    rank_correlation : float
        Spearman's, between index and estimate over the models that have one; missing for fewer
        than three, or if all have the same index. It has no p-value: models of one place share
        reference schools and test.
    """

    models: pd.DataFrame
    by_level: pd.DataFrame
    n_models: int
    n_estimated: int
    n_places: int
    rank_correlation: float

    @property
    def simulated(self) -> bool:
        """Whether any of the differences is of simulated files."""
        return is_simulated(self.models)

    def __str__(self) -> str:
        """Say in a sentence what the order stands on."""
        said = (
            f"{f'{MARK} files: ' if self.simulated else ''}"
            f"{self.n_estimated} of {self.n_models} models have an estimate, in "
            f"{self.n_places} place{'' if self.n_places == 1 else 's'}"
        )
        if self.rank_correlation == self.rank_correlation:
            said += (
                f"; the rank correlation of index and difference over these {self.n_estimated} "
                f"is {self.rank_correlation:+.2f}"
            )
        return (
            f"{said}. A description of these models: those of one place share reference schools "
            "and test, and nothing else about the places is held equal."
        )


def order_by_autonomy(estimates: pd.DataFrame, autonomy: pd.DataFrame) -> AutonomyOrder:
    """Line up the differences of models of school with their autonomy.

    Parameters
    ----------
    estimates : pandas.DataFrame
        One row a model: `place, school_type, estimate`, in a unit that can be compared across
        places (`models.standardize.to_student_sd`). Other types, such as charters, are passed over.
    autonomy : pandas.DataFrame
        One row a model: `place, school_type, level, autonomy_index`, such as
        `facts.autonomy_index()`.

    Returns
    -------
    AutonomyOrder

    Raises
    ------
    UsageError
        If a column is absent, a model has two rows, or no place is in both frames.

    Examples
    --------
    >>> import pandas as pd
    >>> autonomy = pd.DataFrame({
    ...     "place": "town", "school_type": ["pilot", "innovation", "esbmm", "izone"],
    ...     "level": ["high", "high", "low", "low"], "autonomy_index": [6.0, 5.0, 2.0, 1.0],
    ... })
    >>> estimates = pd.DataFrame({
    ...     "place": "town", "school_type": ["pilot", "innovation", "esbmm"],
    ...     "estimate": [0.1, 0.2, -0.1],
    ... })
    >>> order = order_by_autonomy(estimates, autonomy)
    >>> order.by_level[["level", "n_models", "n_estimated", "median"]]
      level  n_models  n_estimated  median
    0  high         2            2    0.15
    1   low         2            1   -0.10
    >>> order.rank_correlation, order.n_estimated
    (0.5, 3)
    """
    estimates = _checked(estimates, "estimates", ("estimate",))
    autonomy = _checked(autonomy, "autonomy", ("level", "autonomy_index"))
    if not set(estimates["place"]) & set(autonomy["place"]) and len(estimates):
        raise UsageError(
            f"no place of the estimates, such as {estimates['place'].iloc[0]!r}, is among "
            f"{sorted(set(autonomy['place']))}"
        )
    models = autonomy[[*MODEL, "level", "autonomy_index"]].merge(
        estimates[[*MODEL, "estimate"]], on=MODEL, how="left", validate="1:1"
    )
    known = models.dropna(subset=["estimate"])
    grouped = models.assign(level=models["level"].fillna("(none)")).groupby("level", sort=False)
    by_level = grouped["estimate"].agg(
        n_models="size", n_estimated="count", lowest="min", median="median", highest="max"
    )
    return AutonomyOrder(
        models=marked(models, estimates),
        by_level=marked(by_level.reset_index(), estimates),
        n_models=len(models),
        n_estimated=len(known),
        n_places=known["place"].nunique(),
        rank_correlation=_rank_correlation(known),
    )


def _checked(frame: pd.DataFrame, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a frame with its last column as numbers; refuse one without a column or a key."""
    require_columns(frame, [*MODEL, *columns])
    if (twice := frame.duplicated(MODEL)).any():
        model = frame.loc[twice, MODEL].iloc[0].to_list()
        raise UsageError(f"{name} has two rows of {model}; give one for each place and type")
    return as_numbers(frame, columns[-1:])


def _rank_correlation(known: pd.DataFrame) -> float:
    """Return Spearman's rank correlation; missing where it is not defined."""
    from scipy import stats

    known = known.dropna(subset=["autonomy_index"])
    if len(known) < 3 or known["autonomy_index"].nunique() < 2 or known["estimate"].nunique() < 2:
        return float("nan")
    return round(float(stats.spearmanr(known["autonomy_index"], known["estimate"]).statistic), 12)
